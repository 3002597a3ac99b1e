//! An endpoint as users write it: `ecs.example.com`, `host:8080`, `http://[::1]:80/path`.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use super::{Endpoint, Protocol, Unusable};

/// An endpoint as it is configured, not yet read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfiguredEndpoint {
    /// The text.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where an endpoint comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// An argument of the `provider` block, such as `endpoints.ecs`.
    Argument(&'static str),
    /// The file `endpoints.xml`, by its path.
    File(String),
    /// A response of the Location service, by its host.
    Location(String),
    /// A profile, as it is called in messages.
    Profile(String),
    /// An environment variable.
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => f.write_str(name),
            Self::File(path) => write!(f, "the file {path}"),
            Self::Location(host) => write!(f, "the response of {host}"),
            Self::Profile(profile) => f.write_str(profile),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
        }
    }
}

/// Where an endpoint may use plain HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PlainHttp {
    /// To every host.
    Anywhere,
    /// To this machine and to addresses that only this machine's network link reaches.
    Local,
    /// To this machine.
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
    /// Reads the text; `default` gives the scheme for a host that is written without one, and
    /// `plain` says where an `http://` in the text is allowed.
    ///
    /// White space around it and the case of scheme and host do not matter. The port that is usual
    /// for the scheme is dropped, so that the host is what a `Host` header says.
    ///
    /// # Errors
    ///
    /// [`Unusable`], with the reason.
    pub fn read(
        &self,
        default: impl FnOnce(&str) -> Protocol,
        plain: PlainHttp,
    ) -> Result<Endpoint, Unusable> {
        read(self.text.trim(), default, plain)
            .map_err(|reason| Unusable { origin: self.origin.to_string(), reason })
    }
}

/// Whether a host name, without port, is this machine.
pub fn is_loopback(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback()),
        None => {
            host == "localhost"
                || host.ends_with(".localhost")
                || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
        }
    }
}

/// Whether a host name, without port, is this machine or an address where agents of a machine or a
/// pod listen: link-local ones, and the metadata service's. Such traffic never leaves the link.
pub fn is_local(host: &str) -> bool {
    let link_local = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse().is_ok_and(|ip: Ipv6Addr| ip.is_unicast_link_local()),
        None => host.parse().is_ok_and(|address: Ipv4Addr| address.is_link_local()),
    };
    is_loopback(host) || link_local || host == METADATA_HOST
}

/// Whether a host name, without port, belongs to Alibaba Cloud's API.
pub fn is_aliyun(host: &str) -> bool {
    host == "aliyuncs.com" || host.ends_with(".aliyuncs.com")
}

/// The metadata service. Source: ECS, "Instance metadata".
pub const METADATA_HOST: &str = "100.100.100.200";

fn read(
    text: &str,
    default: impl FnOnce(&str) -> Protocol,
    plain: PlainHttp,
) -> Result<Endpoint, String> {
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
        return Err("plain HTTP to this host is allowed only where the provider block itself \
                    names the endpoint with http://"
            .into());
    }
    let scheme = scheme.unwrap_or_else(|| default(&host));
    let host = match (scheme, port) {
        (_, None) | (Protocol::Http, Some(80)) | (Protocol::Https, Some(443)) => host,
        (_, Some(port)) => format!("{host}:{port}"),
    };
    Ok(Endpoint { scheme, host, path: path.to_owned() })
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
        // The colons of an IPv6 address stand in brackets.
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
    // What ends in a number is an address; other spellings than four decimals would be rewritten
    // on the way and no longer be what was signed.
    if last.bytes().all(|byte| byte.is_ascii_digit()) && host.parse::<Ipv4Addr>().is_err() {
        return Err("its host is not a valid IPv4 address".into());
    }
    Ok(host)
}
