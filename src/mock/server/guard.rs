//! Access control of the admin API: it refuses web pages of other origins and host names that were
//! rebound to this address. With `--admin-token`, it accepts only clients that have the token.
//!
//! A browser on the machine of a developer can reach loopback addresses, so a request to one may be from any web
//! page. A page of another origin sends its `Origin`; after DNS rebinding the `Host` is the name of the attacker. An
//! IP address in `Host` cannot be rebound.

use std::net::IpAddr;

use hyper::{
    HeaderMap,
    header::{AUTHORIZATION, HOST, HeaderName, ORIGIN},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    mock::message::{Connection, Reply},
    secret::Secret,
};

/// The rules for access to the admin API.
pub(super) struct Guard {
    /// Host names that are allowed in addition to loopback and the bound address.
    pub(super) hosts: Vec<String>,
    /// The token that `Authorization: Bearer` must have.
    pub(super) token: Option<Secret>,
}

impl Guard {
    /// Whether the path belongs to the admin API.
    pub(super) fn covers(path: &str) -> bool {
        path == "/_mock" || path.starts_with("/_mock/")
    }

    /// Checks the head of a request, before its body is read, and returns the response if it is
    /// refused.
    pub(super) fn refuse(
        &self,
        path: &str,
        headers: &HeaderMap,
        connection: Connection,
    ) -> Option<Reply> {
        let host = single(headers, HOST).unwrap_or_default();
        let name = without_port(host);
        if !self.allows_host(name, connection.local) {
            let reason = format!(
                "the Host {name:?} is neither loopback nor the address that mock-ecs listens on; \
                 --allowed-host NAME allows it"
            );
            return Some(refusal(403, &reason));
        }
        if headers.contains_key(ORIGIN) {
            let scheme = if connection.tls { "https" } else { "http" };
            let own = format!("{scheme}://{host}");
            let origin = single(headers, ORIGIN).unwrap_or_default();
            if !origin.eq_ignore_ascii_case(&own) {
                let reason = format!("pages of the origin {origin:?} may not use this API");
                return Some(refusal(403, &reason));
            }
        }
        // The console page asks its user for the token, and the health of the server is not secret.
        let open = matches!(path, "/_mock" | "/_mock/" | "/_mock/health");
        if !open && !self.admits(headers) {
            let mut reply = refusal(401, "this API needs the token: Authorization: Bearer TOKEN");
            reply.headers.push(("www-authenticate", "Bearer".to_owned()));
            return Some(reply);
        }
        None
    }

    fn allows_host(&self, name: &str, local: IpAddr) -> bool {
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match address.map(|address| address.to_canonical()) {
            Ok(address) if address.is_loopback() || address == local.to_canonical() => true,
            _ => {
                name.eq_ignore_ascii_case("localhost")
                    || self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
            }
        }
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let given = single(headers, AUTHORIZATION).and_then(|value| value.split_once(' '));
        // Hashes are compared, so that timing does not reveal the token.
        given.is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("bearer")
                && Sha256::digest(given.trim()) == Sha256::digest(token.expose())
        })
    }
}

/// The value of a header that occurs once.
fn single(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

/// `name:port`, `[address]:port` or either without a port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn refusal(status: u16, reason: &str) -> Reply {
    Reply::json(status, json!({ "error": reason }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(guard: &Guard, local: &str, headers: &[(&'static str, &str)]) -> u16 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let connection = Connection { local: local.parse().unwrap(), ..Connection::default() };
        guard.refuse("/_mock/journal", &map, connection).map_or(200, |reply| reply.status)
    }

    #[test]
    fn hosts_and_origins_are_checked() {
        let guard = Guard { hosts: vec!["Mock.test".into()], token: None };
        for (local, headers, expected) in [
            ("127.0.0.1", &[("host", "127.0.0.1:80")][..], 200),
            ("127.0.0.1", &[("host", "127.1.2.3")], 200),
            ("127.0.0.1", &[("host", "LOCALHOST:80")], 200),
            ("::1", &[("host", "[::1]:80")], 200),
            ("::ffff:10.0.0.5", &[("host", "10.0.0.5:80")], 200),
            ("10.0.0.5", &[("host", "10.0.0.6:80")], 403),
            ("127.0.0.1", &[("host", "mock.TEST:80")], 200),
            ("127.0.0.1", &[("host", "evil.example:80")], 403),
            ("127.0.0.1", &[("host", "127.0.0.1.evil.example")], 403),
            ("127.0.0.1", &[("host", "localhost.evil.example")], 403),
            ("127.0.0.1", &[], 403),
            ("127.0.0.1", &[("host", "localhost"), ("host", "evil.example")], 403),
            ("127.0.0.1", &[("host", "localhost:1"), ("origin", "http://localhost:1")], 200),
            ("127.0.0.1", &[("host", "localhost:1"), ("origin", "http://localhost:2")], 403),
            ("127.0.0.1", &[("host", "localhost:1"), ("origin", "https://localhost:1")], 403),
            ("127.0.0.1", &[("host", "localhost:1"), ("origin", "http://evil.example")], 403),
            ("127.0.0.1", &[("host", "localhost:1"), ("origin", "null")], 403),
            (
                "127.0.0.1",
                &[
                    ("host", "localhost:1"),
                    ("origin", "http://localhost:1"),
                    ("origin", "http://evil.example"),
                ],
                403,
            ),
        ] {
            assert_eq!(status(&guard, local, headers), expected, "{local} {headers:?}");
        }
    }

    #[test]
    fn a_token_is_required_if_one_is_configured() {
        let guard = Guard { hosts: Vec::new(), token: Some("letmein".into()) };
        for (authorization, expected) in [
            ("Bearer letmein", 200),
            ("bearer letmein", 200),
            ("Bearer letme", 401),
            ("Basic x", 401),
        ] {
            let headers = [("host", "localhost"), ("authorization", authorization)];
            assert_eq!(status(&guard, "127.0.0.1", &headers), expected, "{authorization}");
        }
        assert_eq!(status(&guard, "127.0.0.1", &[("host", "localhost")]), 401);
        let mut map = HeaderMap::new();
        map.append("host", "localhost".parse().unwrap());
        for path in ["/_mock/health", "/_mock/"] {
            let connection = Connection { local: [127, 0, 0, 1].into(), ..Connection::default() };
            assert!(guard.refuse(path, &map, connection).is_none(), "{path}");
        }
    }
}
