//! Which host a call goes to.
//!
//! [`Endpoints`] holds what is configured and answers for a region; [`written`] reads a configured
//! value, [`mod@file`] the official provider's `endpoints.xml`, [`table`] knows the regions whose host
//! does not follow the rule, and [`location`] asks the Location service where that is wanted. All
//! but the last are pure.

pub mod file;
pub mod location;
pub mod table;
pub mod written;

use futures_util::future::BoxFuture;

use file::File;
use written::Written;

/// Where calls of one product go.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Endpoint {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Host, with the port where it is not the usual one, in the form that a `Host` header has.
    pub host: String,
    /// The path: `/`, or what the endpoint was configured with.
    pub path: String,
}

impl Endpoint {
    /// Scheme, host and path.
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }

    /// The root of an HTTPS host that this project derives itself.
    fn of_host(host: String, scheme: &'static str) -> Self {
        Self { scheme, host, path: "/".into() }
    }
}

/// An endpoint that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{origin}: {reason}")]
pub struct Unusable {
    /// Where it was configured: an argument, a variable or a file.
    pub origin: String,
    /// The reason.
    pub reason: String,
}

/// Finds the endpoint of ECS for a region.
pub trait FindEndpoint: Send + Sync {
    /// The endpoint of ECS in `region`.
    fn find<'a>(&'a self, region: &'a str) -> BoxFuture<'a, Result<Endpoint, Unusable>>;
}

/// The scheme of endpoints that are written without one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Protocol {
    /// Plain HTTP.
    Http,
    /// HTTPS.
    #[default]
    Https,
}

impl Protocol {
    fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// What is configured of endpoints, from which each product's endpoint follows.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// The scheme of ECS where none is written.
    pub protocol: Protocol,
    /// `endpoints.xml`: for the regions and products it names it counts more than the rest, as with
    /// the official provider.
    pub file: Option<File>,
    /// The endpoint of ECS.
    pub ecs: Option<Written>,
    /// The endpoint of the Location service, which is asked only where one is written.
    pub location: Option<Written>,
    /// The endpoint of STS.
    pub sts: Option<Written>,
    /// Whether to use the hosts that are reached from within a VPC.
    pub vpc: bool,
}

impl Endpoints {
    /// The endpoint of ECS that is written for `region`, if one is.
    ///
    /// # Errors
    ///
    /// [`Unusable`] where what is written is no endpoint.
    pub fn written_ecs(&self, region: &str) -> Result<Option<Endpoint>, Unusable> {
        let written = self.written("ecs", region, self.ecs.as_ref());
        written.map(|written| written.read(|_| self.protocol)).transpose()
    }

    /// The endpoint of ECS that follows from the name of the region.
    ///
    /// # Errors
    ///
    /// [`Unusable`] where the region cannot be part of a host name.
    pub fn derived_ecs(&self, region: &str) -> Result<Endpoint, Unusable> {
        check_region(region)?;
        let host = match table::exception(region) {
            Some(host) => host.into(),
            None => format!("ecs.{}.aliyuncs.com", region.to_ascii_lowercase()),
        };
        Ok(Endpoint::of_host(host, self.protocol.scheme()))
    }

    /// The endpoint of STS. Its answers carry secrets, so it is HTTPS whatever the protocol, except
    /// to this machine or where `http://` is written.
    ///
    /// # Errors
    ///
    /// [`Unusable`] where what is written is no endpoint, or the region no part of a host name.
    pub fn sts(&self, region: &str) -> Result<Endpoint, Unusable> {
        match self.written("sts", region, self.sts.as_ref()) {
            Some(written) => written.read(|host| self.guarded(host)),
            None => {
                check_region(region)?;
                let network = if self.vpc { "-vpc" } else { "" };
                let host = format!("sts{network}.{}.aliyuncs.com", region.to_ascii_lowercase());
                Ok(Endpoint::of_host(host, "https"))
            }
        }
    }

    /// The endpoint of the Location service, where one is written; HTTPS by the rule of
    /// [`Endpoints::sts`].
    ///
    /// # Errors
    ///
    /// [`Unusable`] where what is written is no endpoint.
    pub fn location(&self, region: &str) -> Result<Option<Endpoint>, Unusable> {
        let written = self.written("location", region, self.location.as_ref());
        written.map(|written| written.read(|host| self.guarded(host))).transpose()
    }

    fn written(&self, product: &str, region: &str, other: Option<&Written>) -> Option<Written> {
        let in_file = self.file.as_ref().and_then(|file| file.domain(region, product));
        in_file.or_else(|| other.cloned())
    }

    fn guarded(&self, host: &str) -> Protocol {
        if written::is_loopback(host) { self.protocol } else { Protocol::Https }
    }
}

/// Whether `region` has the shape of a region ID, `^[a-zA-Z0-9_-]+$`: it becomes a part of host
/// names. There is no list of regions to check against, since new ones open.
pub fn is_region(region: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !region.is_empty() && region.bytes().all(allowed)
}

fn check_region(region: &str) -> Result<(), Unusable> {
    if is_region(region) {
        return Ok(());
    }
    Err(Unusable {
        origin: "region".into(),
        reason: format!("{region:?} has characters that no region ID has"),
    })
}

#[cfg(test)]
mod tests;
