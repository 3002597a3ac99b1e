//! An endpoint as users configure it: `ecs.example.com`, `host:8080`, `http://[::1]:80/path`, or an
//! entry for a region and a product in the official provider's file of endpoints.
//!
//! The format of the file `endpoints.xml`: `Endpoints/Endpoint[@name]`, each with `RegionIds/RegionId` and
//! `Products/Product/{ProductName,DomainName}`. Documents with a DTD are refused. Time and memory are proportional to
//! the text: regions and products are stored separately, as in the file, and never multiplied.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use roxmltree::{Document, Node, ParsingOptions};

use super::{super::Product, Endpoint, Protocol, Unusable};
pub use crate::alicloud::origin::Origin;
use crate::ctx::http;

/// An endpoint as it is configured, not yet parsed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfiguredEndpoint {
    /// The text.
    pub text: String,
    /// Its origin.
    pub origin: Origin,
}

/// The hosts to which plain HTTP is allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PlainHttp {
    /// Every host.
    Anywhere,
    /// This machine and link-local addresses.
    Local,
    /// This machine.
    Loopback,
}

impl PlainHttp {
    fn allows(self, host: &str) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Local => is_local(host),
            Self::Loopback => is_loopback(host),
        }
    }
}

impl ConfiguredEndpoint {
    /// Parses the text. `default` is the scheme for a host without one, and `plain` determines the
    /// hosts for which `http://` in the text is allowed.
    ///
    /// Surrounding white space and the case of scheme and host do not matter. The default port of
    /// the scheme is dropped, so that the host equals the value of a `Host` header.
    ///
    /// # Errors
    ///
    /// [`Unusable`], with the reason.
    pub fn read(
        &self,
        default: impl FnOnce(&str) -> Protocol,
        plain: PlainHttp,
    ) -> Result<Endpoint, Unusable> {
        let origin = self.origin.clone();
        match read(self.text.trim(), default, plain) {
            Ok((scheme, host, path)) => Ok(Endpoint { scheme, host, path, origin }),
            Err(reason) => Err(Unusable { origin, reason }),
        }
    }
}

/// Whether a host name, without port, is this machine. Names below `localhost` are not, because resolvers may query a
/// name server for them.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || address(host).is_some_and(|address| address.is_loopback())
}

/// Whether a host name, without port, is this machine or a [local](http::is_local) address.
pub fn is_local(host: &str) -> bool {
    host == "localhost" || address(host).is_some_and(http::is_local)
}

/// The address that is written as a host name of a URL.
fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// Whether a host name, without port, belongs to Alibaba Cloud's API.
pub fn is_aliyun(host: &str) -> bool {
    host == "aliyuncs.com" || host.ends_with(".aliyuncs.com")
}

/// Scheme, host with port, and path of an endpoint.
fn read(
    text: &str,
    default: impl FnOnce(&str) -> Protocol,
    plain: PlainHttp,
) -> Result<(Protocol, String, String), String> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "http" => (Some(Protocol::Http), rest),
            "https" => (Some(Protocol::Https), rest),
            _ => return Err("the scheme is neither http nor https".into()),
        },
        None => (None, text),
    };
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    check_path(path)?;
    if authority.contains('@') {
        return Err("it contains a user name, which is not supported".into());
    }
    let (host, port) = split_port(authority)?;
    let host = read_host(host)?;
    if scheme == Some(Protocol::Http) && !plain.allows(&host) {
        return Err("plain HTTP to this host is allowed only if the provider block itself \
                    names the endpoint with http://"
            .into());
    }
    let scheme = scheme.unwrap_or_else(|| default(&host));
    let host = match (scheme, port) {
        (_, None) | (Protocol::Http, Some(80)) | (Protocol::Https, Some(443)) => host,
        (_, Some(port)) => format!("{host}:{port}"),
    };
    Ok((scheme, host, path.to_owned()))
}

fn check_path(path: &str) -> Result<(), String> {
    if path.contains(['?', '#']) {
        return Err("it contains a query or a fragment, which is not supported".into());
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%".contains(&byte);
    if !path.bytes().all(allowed) {
        return Err("its path has characters that must be percent-encoded".into());
    }
    if path.split('/').any(|segment| segment == "." || segment == "..") {
        return Err("its path has `.` or `..` as a segment".into());
    }
    Ok(())
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), String> {
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an IPv6 address are in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let Some(port) = port else { return Ok((host, None)) };
    match port.parse() {
        Ok(number @ 1..) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok((host, Some(number)))
        }
        _ => Err("its port is not a number from 1 to 65535".into()),
    }
}

fn read_host(host: &str) -> Result<String, String> {
    if host.is_empty() {
        return Err("it names no host".into());
    }
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address: Ipv6Addr = address
            .parse()
            .map_err(|_| "the text between the brackets is not a valid IPv6 address")?;
        return Ok(format!("[{address}]"));
    }
    if host.contains([':', '[', ']']) {
        return Err("an IPv6 address must be in brackets".into());
    }
    let host = host.to_ascii_lowercase();
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if !host.bytes().all(allowed) {
        return Err("its host is not a valid host name".into());
    }
    if host.len() > 253 || host.split('.').any(|label| label.is_empty() || label.len() > 63) {
        return Err("its host has an empty or an overlong part".into());
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    // A host that ends in a number is an address. Other forms than four decimals would be rewritten
    // by the HTTP client, and then differ from the signed host.
    if last.bytes().all(|byte| byte.is_ascii_digit()) && host.parse::<Ipv4Addr>().is_err() {
        return Err("its host is not a valid IPv4 address".into());
    }
    Ok(host)
}

/// The largest file that is read, in bytes.
pub const MAX_SIZE: u64 = 1 << 20;

/// The most regions and products that a file may list, each counted once for each `Endpoint`. The
/// official list of all regions and products has about 3,000.
pub const MAX_ENTRIES: usize = 20_000;

/// The most XML nodes of a file: an entry has about six, white space included.
const MAX_NODES: u32 = 200_000;

/// The products that are used, in lowercase.
const PRODUCTS: [&str; 3] = [Product::ECS.code, Product::LOCATION.code, Product::STS.code];

/// The endpoints of a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct File {
    origin: String,
    groups: Vec<EndpointGroup>,
}

/// One `Endpoint` element.
#[derive(Clone, Debug, Eq, PartialEq)]
struct EndpointGroup {
    regions: Vec<String>,
    /// The product in lowercase, and the host.
    domains: Vec<(String, String)>,
}

/// The reason that a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has another structure.
    #[error("the root element is {0}, not Endpoints")]
    Root(String),
    /// It has too many entries.
    #[error("it lists more than {MAX_ENTRIES} regions and products")]
    TooManyEntries,
    /// It is not XML.
    #[error("it is not well-formed XML: {0}")]
    Xml(#[from] roxmltree::Error),
}

impl File {
    /// Parses the text of the file `origin`.
    ///
    /// # Errors
    ///
    /// [`Error`] if the text is not XML, has another structure, or has too many entries.
    pub fn parse(text: &str, origin: impl Into<String>) -> Result<Self, Error> {
        let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options)?;
        let root = document.root_element();
        if root.tag_name().name() != "Endpoints" {
            return Err(Error::Root(root.tag_name().name().to_owned()));
        }
        let mut entries = 0;
        let mut groups = Vec::new();
        for endpoint in children(root, "Endpoint") {
            let nodes = children(endpoint, "RegionIds").flat_map(|ids| children(ids, "RegionId"));
            let regions: Vec<String> = nodes.map(text_of).collect();
            let nodes = children(endpoint, "Products").flat_map(|all| children(all, "Product"));
            let products: Vec<Option<(String, String)>> = nodes.map(product).collect();
            entries += regions.len() + products.len();
            if entries > MAX_ENTRIES {
                return Err(Error::TooManyEntries);
            }
            let known = |(name, _): &(String, String)| PRODUCTS.contains(&name.as_str());
            let domains = products.into_iter().flatten().filter(known).collect();
            groups.push(EndpointGroup { regions, domains });
        }
        Ok(Self { origin: origin.into(), groups })
    }

    /// The endpoint of a product, by its lowercase name, in a region. The last entry has
    /// precedence.
    pub fn domain(&self, region: &str, product: &str) -> Option<ConfiguredEndpoint> {
        let groups = self.groups.iter().rev();
        let mut groups = groups.filter(|group| group.regions.iter().any(|known| known == region));
        let text = groups.find_map(|group| group.domain(product))?;
        Some(self.configured(text))
    }

    /// The different endpoints of a product in all regions.
    pub fn domains(&self, product: &str) -> Vec<ConfiguredEndpoint> {
        let all = self.groups.iter().filter(|group| !group.regions.is_empty());
        let mut texts: Vec<&str> = all.filter_map(|group| group.domain(product)).collect();
        texts.sort_unstable();
        texts.dedup();
        texts.into_iter().map(|text| self.configured(text)).collect()
    }

    fn configured(&self, text: &str) -> ConfiguredEndpoint {
        let origin = Origin::File(self.origin.clone());
        ConfiguredEndpoint { text: text.to_owned(), origin }
    }
}

impl EndpointGroup {
    fn domain(&self, product: &str) -> Option<&str> {
        let mut domains = self.domains.iter().rev();
        domains.find(|(known, _)| known == product).map(|(_, domain)| domain.as_str())
    }
}

fn product(node: Node<'_, '_>) -> Option<(String, String)> {
    let name = children(node, "ProductName").next().map(text_of)?;
    let domain = children(node, "DomainName").next().map(text_of)?;
    (!domain.is_empty()).then(|| (name.to_lowercase(), domain))
}

fn children<'a, 'input>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.has_tag_name(name))
}

fn text_of(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}
