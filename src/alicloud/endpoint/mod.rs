//! The endpoint of a call.
//!
//! [`Endpoints`] contains the configured values and determines the endpoint of each product in a region. A
//! [`ConfiguredEndpoint`] is one such value with its [`Origin`]; [`File`] is the official provider's `endpoints.xml`.
//! All of it is pure; if the Location service is configured, [`location`](super::location) queries it.
//!
//! The order for each product: `endpoints.xml`, the `endpoints` block, the environment, the profile
//! (STS only), the host that is derived from the region.
//!
//! Plain HTTP, by [`PlainHttp`]: `endpoints.xml` and responses of the Location service cannot
//! introduce it except to this machine. Calls to STS and Location carry or return secrets, so for
//! them only the `provider` block can introduce it, and only with `http://` in the endpoint itself.

pub mod configured;

use futures_util::future::BoxFuture;

use self::configured::{
    ConfiguredEndpoint, File, Origin, PlainHttp, is_aliyun, is_local, is_loopback,
};
use super::{Product, error::Cause};

/// The endpoint of one product.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Endpoint {
    /// HTTP or HTTPS.
    pub scheme: Protocol,
    /// The host, with the port if it is not the default, in the form of a `Host` header.
    pub host: String,
    /// The path: `/`, or the one in the configured endpoint.
    pub path: String,
    /// What named the host.
    pub origin: Origin,
}

impl Endpoint {
    /// Scheme, host and path.
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme.as_str(), self.host, self.path)
    }

    /// The root of a host that is derived from the region.
    fn of_host(host: String, scheme: Protocol) -> Self {
        Self { scheme, host, path: "/".into(), origin: Origin::Region }
    }
}

/// An endpoint that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{origin}: {reason}")]
pub struct Unusable {
    /// What named it.
    pub origin: Origin,
    /// The reason.
    pub reason: String,
}

impl From<Unusable> for Cause {
    fn from(Unusable { origin, reason }: Unusable) -> Self {
        Self::Endpoint { origin, reason }
    }
}

/// Finds the endpoint of ECS for a region.
pub trait FindEndpoint: Send + Sync {
    /// The endpoint of ECS in `region`.
    fn find<'a>(&'a self, region: &'a str) -> BoxFuture<'a, Result<Endpoint, Cause>>;
}

/// The scheme of a URL.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Protocol {
    /// Plain HTTP.
    Http,
    /// HTTPS.
    #[default]
    Https,
}

impl Protocol {
    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The configured endpoints, from which the endpoint of each product is derived.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// The scheme of ECS endpoints that are configured without one.
    pub protocol: Protocol,
    /// `endpoints.xml`: it takes precedence for the regions and products that it names, as with the
    /// official provider.
    pub file: Option<File>,
    /// The endpoint of ECS.
    pub ecs: Option<ConfiguredEndpoint>,
    /// The endpoint of the Location service, which is queried only if it is configured.
    pub location: Option<ConfiguredEndpoint>,
    /// The endpoint of STS.
    pub sts: Option<ConfiguredEndpoint>,
    /// Whether to use the hosts that are reached from within a VPC; `None` if that is not
    /// configured.
    pub vpc: Option<bool>,
}

/// A configured host that is neither Alibaba Cloud's nor this machine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OutsideHost {
    /// The product that it is configured for.
    pub product: Product,
    /// The host, with its port.
    pub host: String,
    /// The place where it is configured.
    pub origin: Origin,
}

impl Endpoints {
    /// The configured endpoint of ECS for `region`, if there is one.
    ///
    /// # Errors
    ///
    /// [`Unusable`] where the configured text is not a valid endpoint.
    pub fn configured_ecs(&self, region: &str) -> Result<Option<Endpoint>, Unusable> {
        let configured = self.configured(Product::ECS, region, self.ecs.as_ref());
        configured.map(|endpoint| self.read_ecs(&endpoint)).transpose()
    }

    /// Reads an endpoint of ECS.
    ///
    /// # Errors
    ///
    /// [`Unusable`] where the text is not a valid endpoint, or must not be plain HTTP.
    pub fn read_ecs(&self, endpoint: &ConfiguredEndpoint) -> Result<Endpoint, Unusable> {
        let plain = match endpoint.origin {
            Origin::File(_) | Origin::Location(_) => PlainHttp::Loopback,
            Origin::Argument(_) | Origin::Profile(_) | Origin::Region | Origin::Variable(_) => {
                PlainHttp::Anywhere
            }
        };
        endpoint.read(|_| self.protocol, plain)
    }

    /// The endpoint of ECS that is derived from the name of the region.
    ///
    /// # Errors
    ///
    /// [`Unusable`] if the region cannot be part of a host name.
    pub fn regional_ecs(&self, region: &str) -> Result<Endpoint, Unusable> {
        check_region(region)?;
        let host = match exception(region).filter(|_| !self.is_vpc()) {
            Some(host) => host.into(),
            None => self.regional_host(Product::ECS, region),
        };
        Ok(Endpoint::of_host(host, self.protocol))
    }

    /// The endpoint of STS. Its responses contain secrets, so it uses HTTPS regardless of
    /// `protocol`, except to this machine, or if the `provider` block has `http://` in the endpoint
    /// itself.
    ///
    /// # Errors
    ///
    /// [`Unusable`] if the configured text is not a valid endpoint, must not be plain HTTP, or if
    /// the region cannot be part of a host name.
    pub fn sts(&self, region: &str) -> Result<Endpoint, Unusable> {
        match self.configured(Product::STS, region, self.sts.as_ref()) {
            Some(configured) => self.read_sensitive(&configured),
            None => {
                check_region(region)?;
                let host = self.regional_host(Product::STS, region);
                Ok(Endpoint::of_host(host, Protocol::Https))
            }
        }
    }

    /// The endpoint of the Location service, if it is configured, with the rule of
    /// [`Endpoints::sts`] about HTTPS.
    ///
    /// # Errors
    ///
    /// [`Unusable`] where the configured text is not a valid endpoint, or must not be plain HTTP.
    pub fn location(&self, region: &str) -> Result<Option<Endpoint>, Unusable> {
        let configured = self.configured(Product::LOCATION, region, self.location.as_ref());
        configured.map(|endpoint| self.read_sensitive(&endpoint)).transpose()
    }

    /// Parses an endpoint to which secrets are sent.
    ///
    /// # Errors
    ///
    /// [`Unusable`] where the text is not a valid endpoint, or must not be plain HTTP.
    pub fn read_sensitive(&self, endpoint: &ConfiguredEndpoint) -> Result<Endpoint, Unusable> {
        let plain = match endpoint.origin {
            Origin::Argument(_) => PlainHttp::Anywhere,
            Origin::File(_) | Origin::Location(_) => PlainHttp::Loopback,
            Origin::Profile(_) | Origin::Region | Origin::Variable(_) => PlainHttp::Local,
        };
        let default = |host: &str| if is_loopback(host) { self.protocol } else { Protocol::Https };
        endpoint.read(default, plain)
    }

    /// The endpoints that are from a file or the environment and are neither on this machine nor of Alibaba Cloud.
    /// They are reported, because the user may not have configured them. First those that are used in `region`, then
    /// those of other regions.
    pub fn outside_alibaba_cloud(&self, region: &str) -> (Vec<OutsideHost>, Vec<OutsideHost>) {
        let products = [
            (Product::ECS, &self.ecs),
            (Product::LOCATION, &self.location),
            (Product::STS, &self.sts),
        ];
        let mut used = Vec::new();
        let mut others = Vec::new();
        for (product, configured) in products {
            let here = self.configured(product, region, configured.as_ref());
            used.extend(here.and_then(|endpoint| self.outside(product, endpoint)));
            let in_file = self.file.iter().flat_map(|file| file.domains(product.code));
            let all = in_file.chain(configured.clone());
            others.extend(all.filter_map(|endpoint| self.outside(product, endpoint)));
        }
        others.retain(|other| !used.contains(other));
        (used, others)
    }

    /// The host of `endpoint`, if it is not from the `provider` block and is neither Alibaba Cloud's nor
    /// this machine.
    fn outside(&self, product: Product, endpoint: ConfiguredEndpoint) -> Option<OutsideHost> {
        if matches!(endpoint.origin, Origin::Argument(_)) {
            return None;
        }
        // An invalid endpoint fails when it is used.
        let read = endpoint.read(|_| self.protocol, PlainHttp::Anywhere).ok()?;
        let host = without_port(&read.host);
        if is_loopback(host) || is_aliyun(host) {
            return None;
        }
        Some(OutsideHost { product, host: read.host, origin: endpoint.origin })
    }

    /// The endpoints of the `provider` block to which secrets are sent over plain HTTP: argument
    /// and host.
    pub fn plain(&self) -> Vec<(&'static str, String)> {
        let mut plain = Vec::new();
        for endpoint in [&self.location, &self.sts].into_iter().flatten() {
            let Origin::Argument(name) = endpoint.origin else { continue };
            if let Ok(Endpoint { scheme: Protocol::Http, host, .. }) = self.read_sensitive(endpoint)
                && !is_local(without_port(&host))
            {
                plain.push((name, host));
            }
        }
        plain
    }

    /// The host that follows from the name of the region, which was checked.
    fn regional_host(&self, product: Product, region: &str) -> String {
        let network = if self.is_vpc() { "-vpc" } else { "" };
        format!("{}{network}.{}.aliyuncs.com", product.code, region.to_ascii_lowercase())
    }

    fn is_vpc(&self) -> bool {
        self.vpc.unwrap_or(false)
    }

    fn configured(
        &self,
        product: Product,
        region: &str,
        other: Option<&ConfiguredEndpoint>,
    ) -> Option<ConfiguredEndpoint> {
        let in_file = self.file.as_ref().and_then(|file| file.domain(region, product.code));
        in_file.or_else(|| other.cloned())
    }
}

/// Why a host of ECS may not serve a region: such a host may respond with an empty list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HostMismatch {
    /// It is the host of this region.
    OtherRegion(String),
    /// It is a central host, which serves the oldest regions and a few others, and is not known to
    /// serve this one.
    Central,
}

/// Why `host` may not serve `region`; `None` if nothing is known against it.
pub fn mismatch(host: &str, region: &str) -> Option<HostMismatch> {
    let host = without_port(host);
    if [CENTRAL, HANGZHOU].contains(&host) {
        return (!is_served_centrally(region)).then_some(HostMismatch::Central);
    }
    let name = host.strip_suffix(".aliyuncs.com")?;
    let named = ["ecs-vpc.", "ecs."].iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let is_other =
        is_region(named) && !named.eq_ignore_ascii_case(region) && exception(region) != Some(host);
    is_other.then(|| HostMismatch::OtherRegion(named.to_owned()))
}

/// Whether an endpoint type selects the hosts of the VPC network. `None` if it is neither `vpc` nor
/// `public`.
pub fn is_vpc_type(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "vpc" => Some(true),
        "public" => Some(false),
        _ => None,
    }
}

/// Whether `region` has the format of a region ID, `^[a-zA-Z0-9_-]{1,63}$`, because it becomes a label
/// of host names, which has at most 63 characters. There is no list of regions to check against, because new ones open.
pub fn is_region(region: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&region.len()) && region.bytes().all(allowed)
}

fn check_region(region: &str) -> Result<(), Unusable> {
    if is_region(region) {
        return Ok(());
    }
    Err(Unusable { origin: Origin::Region, reason: format!("{region:?} is not a valid region ID") })
}

/// A host without its port; an IPv6 address keeps its brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => host,
    }
}

/// The central hosts. The official provider replaces the first by the second.
const HANGZHOU: &str = "ecs-cn-hangzhou.aliyuncs.com";
const CENTRAL: &str = "ecs.aliyuncs.com";
const QINGDAO_NEBULA: &str = "ecs.cn-qingdao-nebula.aliyuncs.com";

/// The regions with an ECS host that does not follow the rule `ecs.{region}.aliyuncs.com`.
///
/// Source: `alibabacloud_ecs20140526` 7.11.8, the SDK's endpoint map, public network; without
/// `cn-hangzhou`, for which ECS's page "Endpoints" gives the regular host.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("ap-northeast-2-pop", CENTRAL),
    ("cn-beijing-finance-pop", CENTRAL),
    ("cn-beijing-gov-1", CENTRAL),
    ("cn-beijing-nu16-b01", HANGZHOU),
    ("cn-edge-1", QINGDAO_NEBULA),
    ("cn-fujian", HANGZHOU),
    ("cn-haidian-cm12-c01", HANGZHOU),
    ("cn-hangzhou-bj-b01", HANGZHOU),
    ("cn-hangzhou-finance", CENTRAL),
    ("cn-hangzhou-test-306", HANGZHOU),
    ("cn-hongkong-finance-pop", CENTRAL),
    ("cn-huhehaote-nebula-1", QINGDAO_NEBULA),
    ("cn-north-2-gov-1", CENTRAL),
    ("cn-shanghai-et15-b01", HANGZHOU),
    ("cn-shanghai-et2-b01", HANGZHOU),
    ("cn-shanghai-finance-1", HANGZHOU),
    ("cn-shanghai-inner", CENTRAL),
    ("cn-shanghai-internal-test-1", HANGZHOU),
    ("cn-shenzhen-finance-1", HANGZHOU),
    ("cn-shenzhen-inner", CENTRAL),
    ("cn-shenzhen-st4-d01", HANGZHOU),
    ("cn-shenzhen-su18-b01", HANGZHOU),
    ("cn-wuhan", CENTRAL),
    ("cn-yushanfang", CENTRAL),
    ("cn-zhangbei", CENTRAL),
    ("cn-zhangbei-na61-b01", HANGZHOU),
    ("cn-zhangjiakou-na62-a01", "ecs.cn-zhangjiakou.aliyuncs.com"),
    ("cn-zhengzhou-nebula-1", QINGDAO_NEBULA),
    ("eu-west-1-oxs", "ecs.cn-shenzhen-cloudstone.aliyuncs.com"),
    ("rus-west-1-pop", CENTRAL),
];

/// The other regions that the central hosts serve.
///
/// Source: `aliyun-python-sdk-ecs`, `endpoint.py`, an earlier endpoint map. Their regular hosts exist
/// too, by ECS's page "Endpoints".
const SERVED_CENTRALLY: &[&str] = &[
    "ap-southeast-1",
    "cn-beijing",
    "cn-beijing-finance-1",
    "cn-hangzhou",
    "cn-hongkong",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shenzhen",
    "us-east-1",
    "us-west-1",
];

/// Whether the central hosts are known to serve a region.
fn is_served_centrally(region: &str) -> bool {
    let region = region.to_ascii_lowercase();
    SERVED_CENTRALLY.contains(&&*region)
        || exception(&region).is_some_and(|host| [CENTRAL, HANGZHOU].contains(&host))
}

/// The host of ECS in a region that is an exception.
fn exception(region: &str) -> Option<&'static str> {
    if region.starts_with("cn-hangzhou-internal-") {
        return Some(HANGZHOU);
    }
    EXCEPTIONS.iter().find(|(known, _)| *known == region).map(|(_, host)| *host)
}

#[cfg(test)]
mod tests;
