//! Chooses the proxy for a request. This module is pure.
//!
//! `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY` name proxies, `NO_PROXY` the hosts that bypass them.
//! Each is also read in lower case; upper case takes precedence, as in the official provider. Loopback,
//! link-local addresses and the metadata service of ECS never go through a proxy: from there they
//! are another machine's.

use std::net::IpAddr;

use reqwest::Url;
use rustls::pki_types::ServerName;

use super::{ErrorKind, Failure};
use crate::{
    ctx::{Env, http::is_local},
    secret::Secret,
};

/// A proxy.
#[derive(Clone)]
pub(super) struct Proxy {
    /// Its URL, which may contain a password.
    url: Secret,
    /// The environment variable that names it.
    variable: &'static str,
}

impl PartialEq for Proxy {
    fn eq(&self, other: &Self) -> bool {
        self.url.expose() == other.url.expose()
    }
}

impl Eq for Proxy {}

/// The proxies of the environment.
pub(super) struct Proxies {
    http: Option<Result<Proxy, String>>,
    https: Option<Result<Proxy, String>>,
    direct: Vec<Direct>,
}

/// An entry of `NO_PROXY`.
#[derive(Debug, Eq, PartialEq)]
enum Direct {
    All,
    /// A domain and all its subdomains; with a leading dot, only the subdomains.
    Name(String, Option<u16>),
    /// The addresses with the same prefix of this many bits.
    Network(IpAddr, u32),
    Address(IpAddr, Option<u16>),
}

impl Proxy {
    /// Its host and the variable that names it, for messages.
    pub(super) fn name(&self) -> String {
        let url = self.url.expose().parse::<Url>().ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        // `port` leaves out the default of the scheme.
        let port = url.as_ref().and_then(Url::port).map(|port| format!(":{port}"));
        format!("the proxy {host}{} from {}", port.unwrap_or_default(), self.variable)
    }

    /// Whether the connection to the proxy itself uses TLS.
    pub(super) fn is_https(&self) -> bool {
        self.url.expose().starts_with("https:")
    }

    /// The name with which the certificate of a proxy is verified, in the form in which TLS
    /// compares names: without a trailing dot, and an address by its value. `None` if the
    /// connection to the proxy does not use TLS.
    pub(super) fn tls_name(&self) -> Result<Option<ServerName<'static>>, Failure> {
        if !self.is_https() {
            return Ok(None);
        }
        let url = self.url.expose().parse::<Url>().ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
        name.map(Some).map_err(|_| self.unfit())
    }

    /// The proxy as reqwest's type, for every scheme.
    pub(super) fn to_reqwest(&self) -> Result<reqwest::Proxy, Failure> {
        reqwest::Proxy::all(self.url.expose()).map_err(|_| self.unfit())
    }

    fn unfit(&self) -> Failure {
        let cause = format!("the value of {} is not a valid address", self.variable);
        Failure::new(ErrorKind::InvalidProxy, cause)
    }
}

impl Proxies {
    /// The proxies that the environment configures.
    pub(super) fn of(env: &dyn Env) -> Self {
        let set = |names: [&'static str; 2]| {
            let set = |name| Some((name, env.var(name)?.trim().to_owned()));
            names.into_iter().filter_map(set).find(|(_, value)| !value.is_empty())
        };
        let all = || set(["ALL_PROXY", "all_proxy"]);
        let read = |(name, value): (&'static str, String)| read_proxy(name, &value);
        let direct = set(["NO_PROXY", "no_proxy"]).map(|(_, value)| value).unwrap_or_default();
        Self {
            http: set(["HTTP_PROXY", "http_proxy"]).or_else(all).map(read),
            https: set(["HTTPS_PROXY", "https_proxy"]).or_else(all).map(read),
            direct: read_direct(&direct),
        }
    }

    /// The proxy for `url`, or the reason that the configured one cannot be used.
    pub(super) fn choose(&self, url: &Url) -> Option<Result<&Proxy, &String>> {
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http };
        let proxy = proxy.as_ref()?;
        let host = url.host_str()?.trim_matches(['[', ']']).trim_end_matches('.');
        let port = url.port_or_known_default();
        let goes_direct = is_never_proxied(host)
            || self.direct.iter().any(|direct| direct.covers(&host.to_ascii_lowercase(), port));
        (!goes_direct).then_some(proxy.as_ref())
    }
}

impl Direct {
    fn covers(&self, host: &str, port: Option<u16>) -> bool {
        let address = host.parse::<IpAddr>().ok();
        let is_port = |wanted: &Option<u16>| wanted.is_none() || *wanted == port;
        match self {
            Self::All => true,
            Self::Address(known, wanted) => address == Some(*known) && is_port(wanted),
            Self::Network(network, bits) => address.is_some_and(|address| {
                leading_bits(address, *bits) == leading_bits(*network, *bits)
            }),
            Self::Name(name, wanted) => is_port(wanted) && is_below(host, name),
        }
    }
}

fn is_below(host: &str, name: &str) -> bool {
    match host.strip_suffix(name) {
        Some("") => !name.starts_with('.'),
        Some(rest) => name.starts_with('.') || rest.ends_with('.'),
        None => false,
    }
}

/// The first `bits` bits, and the length of the address, so that the address families are never
/// mixed.
fn leading_bits(address: IpAddr, bits: u32) -> (u32, u128) {
    let (length, value) = match address {
        IpAddr::V4(address) => (32, u128::from(u32::from(address))),
        IpAddr::V6(address) => (128, u128::from(address)),
    };
    (length, value.checked_shr(length - bits.min(length)).unwrap_or(0))
}

fn is_never_proxied(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => is_local(address),
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.ends_with(".localhost"),
    }
}

/// Reads the value of variable `name`, which may lack the scheme.
fn read_proxy(name: &'static str, value: &str) -> Result<Proxy, String> {
    let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let parsed = url.parse::<Url>().map_err(|_| format!("the value of {name} is not a URL"))?;
    // A password with `/`, `?` or `#` ends the host too early.
    let after_host = [Some(parsed.path()), parsed.query(), parsed.fragment()];
    if after_host.into_iter().flatten().any(|part| part.contains('@')) {
        return Err(format!("the password in {name} has characters that must be percent-encoded"));
    }
    // With `socks5h` the proxy resolves the host name, with `socks5` this machine does.
    if !matches!(parsed.scheme(), "http" | "https" | "socks5" | "socks5h") {
        let scheme = parsed.scheme();
        let known = "http, https, socks5 and socks5h";
        return Err(format!("{name} specifies {scheme}, but only {known} proxies are supported"));
    }
    Ok(Proxy { url: parsed.as_str().into(), variable: name })
}

fn read_direct(list: &str) -> Vec<Direct> {
    let entries = list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
    entries.map(|entry| read_entry(&entry.to_ascii_lowercase())).collect()
}

fn read_entry(entry: &str) -> Direct {
    if entry == "*" {
        return Direct::All;
    }
    if let Some((network, bits)) = entry.split_once('/')
        && let (Ok(network), Ok(bits)) = (network.parse(), bits.parse())
    {
        return Direct::Network(network, bits);
    }
    if let Ok(address) = entry.trim_matches(['[', ']']).parse() {
        return Direct::Address(address, None);
    }
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        None => (entry, None),
    };
    if let Ok(address) = host.trim_matches(['[', ']']).parse() {
        return Direct::Address(address, port);
    }
    let name = host.strip_prefix('*').unwrap_or(host).trim_end_matches('.');
    Direct::Name(name.to_owned(), port)
}

#[cfg(test)]
mod tests;
