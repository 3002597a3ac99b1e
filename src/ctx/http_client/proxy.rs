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

/// A proxy. Its URL may contain a password.
#[derive(Clone)]
pub(super) struct Proxy(Secret);

impl PartialEq for Proxy {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose() == other.0.expose()
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
    /// Whether the connection to the proxy itself uses TLS.
    pub(super) fn is_https(&self) -> bool {
        self.0.expose().starts_with("https:")
    }

    /// The name with which the certificate of a proxy is verified, in the form in which TLS
    /// compares names: without a trailing dot, and an address by its value. `None` if the
    /// connection to the proxy does not use TLS.
    pub(super) fn tls_name(&self) -> Result<Option<ServerName<'static>>, Failure> {
        if !self.is_https() {
            return Ok(None);
        }
        let url = self.0.expose().parse::<Url>().ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
        name.map(Some).map_err(|_| unfit())
    }

    /// The proxy as reqwest's type, for every scheme.
    pub(super) fn to_reqwest(&self) -> Result<reqwest::Proxy, Failure> {
        reqwest::Proxy::all(self.0.expose()).map_err(|_| unfit())
    }
}

fn unfit() -> Failure {
    Failure::new(ErrorKind::Proxy, "the address of the proxy is not valid")
}

impl Proxies {
    /// The proxies that the environment configures.
    pub(super) fn of(env: &dyn Env) -> Self {
        let set = |names: [&'static str; 2]| {
            let set = |name| Some((name, env.var(name)?.trim().to_owned()));
            names.into_iter().filter_map(set).find(|(_, value)| !value.is_empty())
        };
        let all = || set(["ALL_PROXY", "all_proxy"]);
        let read = |(name, value): (&str, String)| read_proxy(name, &value);
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
fn read_proxy(name: &str, value: &str) -> Result<Proxy, String> {
    let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let parsed = url.parse::<Url>().map_err(|_| format!("the value of {name} is not a URL"))?;
    // With `socks5h` the proxy resolves the host name, with `socks5` this machine does.
    if !matches!(parsed.scheme(), "http" | "https" | "socks5" | "socks5h") {
        let scheme = parsed.scheme();
        let known = "http, https, socks5 and socks5h";
        return Err(format!("{name} specifies {scheme}, but only {known} proxies are supported"));
    }
    Ok(Proxy(parsed.as_str().into()))
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
mod tests {
    use super::*;
    use crate::ctx::fixed::FixedEnv;

    fn chosen(env: &[(&str, &str)], url: &str) -> Option<String> {
        let env: FixedEnv = env.iter().copied().collect();
        let proxies = Proxies::of(&env);
        proxies.choose(&url.parse().unwrap()).map(|proxy| proxy.unwrap().0.expose().to_owned())
    }

    fn is_direct(no_proxy: &str, url: &str) -> bool {
        chosen(&[("ALL_PROXY", "p"), ("NO_PROXY", no_proxy)], url).is_none()
    }

    #[test]
    fn each_scheme_has_its_proxy_and_upper_case_takes_precedence() {
        let env = [("HTTPS_PROXY", "s:1"), ("https_proxy", "x"), ("http_proxy", "http://h:2")];
        assert_eq!(chosen(&env, "https://ecs.test/").unwrap(), "http://s:1/");
        assert_eq!(chosen(&env, "http://ecs.test/").unwrap(), "http://h:2/");
        assert_eq!(chosen(&env[2..], "https://ecs.test/"), None);
        let env = [("HTTPS_PROXY", ""), ("all_proxy", "https://u:p@a:3")];
        assert_eq!(chosen(&env, "https://ecs.test/").unwrap(), "https://u:p@a:3/");
        assert_eq!(chosen(&env, "http://ecs.test/").unwrap(), "https://u:p@a:3/");
        let env = [("ALL_PROXY", "socks5://a:4"), ("HTTP_PROXY", "socks5h://b:5")];
        assert_eq!(chosen(&env, "https://ecs.test/").unwrap(), "socks5://a:4");
        assert_eq!(chosen(&env, "http://ecs.test/").unwrap(), "socks5h://b:5");
    }

    #[test]
    fn a_proxy_is_verified_by_its_host_in_any_form() {
        for (proxy, expected) in [
            ("https://user:hush@Proxy.Example.:1", "proxy.example"),
            ("https://10.1", "10.0.0.1"),
            ("https://[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1"),
        ] {
            let name = read_proxy("HTTPS_PROXY", proxy).unwrap().tls_name().ok().unwrap();
            assert_eq!(name, Some(ServerName::try_from(expected).unwrap()), "{proxy}");
        }
        let without = read_proxy("HTTPS_PROXY", "http://proxy.example").unwrap();
        assert_eq!(without.tls_name().ok().unwrap(), None);
        let nameless = read_proxy("HTTPS_PROXY", "https://a_b!c").unwrap();
        assert!(nameless.tls_name().is_err());
    }

    #[test]
    fn what_is_on_this_machine_or_its_link_bypasses_proxies() {
        let direct = "localhost a.localhost 127.0.0.1:80 127.9.9.9 [::1]:8 100.100.100.200 \
                      169.254.170.2 [fe80::1]";
        for host in direct.split(' ') {
            assert!(is_direct("", &format!("http://{host}/")), "{host}");
        }
        for host in ["100.100.100.201", "169.253.1.1", "[fd00::1]"] {
            assert!(!is_direct("", &format!("http://{host}/")), "{host}");
        }
    }

    #[test]
    fn no_proxy_supports_names_suffixes_addresses_networks_and_ports() {
        for (list, host, direct) in [
            ("*", "a.test", true),
            ("a.test", "A.test", true),
            ("a.test", "b.a.test", true),
            ("a.test", "ba.test", false),
            (".a.test", "b.a.test", true),
            (".a.test", "a.test", false),
            ("*.a.test", "b.a.test", true),
            ("x, a.test:443 y", "a.test", true),
            ("a.test:444", "a.test", false),
            ("a.test:444", "a.test:444", true),
            ("10.0.0.0/8", "10.200.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "11.0.0.1", true),
            ("0.0.0.0/0", "[fd00::1]", false),
            ("fd00::/8", "[fd12::1]", true),
            ("::/0", "[fd12::1]", true),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1:443", "10.0.0.1", true),
            ("10.0.0.1:80", "10.0.0.1", false),
            ("[fd00::1]:443", "[fd00::1]", true),
            ("fd00::1", "[fd00::1]", true),
            ("10.0.0.0/99", "10.0.0.0", true),
            ("", "a.test", false),
        ] {
            assert_eq!(is_direct(list, &format!("https://{host}/")), direct, "{list} {host}");
        }
    }

    #[test]
    fn an_unusable_proxy_is_reported_by_variable_without_its_url() {
        for value in ["socks4://user:hush@p", "http://user:hush@p:port"] {
            let env: FixedEnv = [("HTTPS_PROXY", value)].into_iter().collect();
            let proxies = Proxies::of(&env);
            let cause = proxies.choose(&"https://a/".parse().unwrap()).unwrap().err().unwrap();
            assert!(cause.contains("HTTPS_PROXY") && !cause.contains("hush"), "{cause}");
        }
    }
}
