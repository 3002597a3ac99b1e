//! An endpoint as users write it: `ecs.example.com`, `host:8080`, `http://[::1]:80/path`.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Endpoint, Protocol, Unusable};

/// An endpoint as it is written somewhere, not yet looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Where it is written: an argument, a variable or a file.
    pub origin: String,
}

impl Written {
    /// Reads the text; `protocol` gives the scheme for a host that is written without one.
    ///
    /// White space around it and the case of scheme and host do not matter. The port that is usual
    /// for the scheme is dropped, so that the host is what a `Host` header says.
    ///
    /// # Errors
    ///
    /// [`Unusable`], with the reason.
    pub fn read(&self, protocol: impl FnOnce(&str) -> Protocol) -> Result<Endpoint, Unusable> {
        read(self.text.trim(), protocol)
            .map_err(|reason| Unusable { origin: self.origin.clone(), reason })
    }
}

/// Whether a host name, without port, is this machine.
pub fn is_loopback(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback());
    }
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

fn read(text: &str, protocol: impl FnOnce(&str) -> Protocol) -> Result<Endpoint, String> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "http" => (Some("http"), rest),
            "https" => (Some("https"), rest),
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
        return Err("it carries a user name, which is not supported".into());
    }
    let (host, port) = split_port(authority)?;
    let host = read_host(host)?;
    let scheme = scheme.unwrap_or_else(|| protocol(&host).scheme());
    let host = match (scheme, port) {
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => host,
        (_, Some(port)) => format!("{host}:{port}"),
    };
    Ok(Endpoint { scheme, host, path: path.to_owned() })
}

fn check_path(path: &str) -> Result<(), String> {
    if path.contains(['?', '#']) {
        return Err("it carries a query or a fragment, which is not supported".into());
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
        _ => Err("its port is no number from 1 to 65535".into()),
    }
}

fn read_host(host: &str) -> Result<String, String> {
    if host.is_empty() {
        return Err("it names no host".into());
    }
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address: Ipv6Addr =
            address.parse().map_err(|_| "it has no valid IPv6 address between the brackets")?;
        return Ok(format!("[{address}]"));
    }
    if host.contains([':', '[', ']']) {
        return Err("an IPv6 address must stand in brackets".into());
    }
    let host = host.to_ascii_lowercase();
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if !host.bytes().all(allowed) {
        return Err("its host has characters that no host name has".into());
    }
    if host.len() > 253 || host.split('.').any(|label| label.is_empty() || label.len() > 63) {
        return Err("its host has an empty or an overlong part".into());
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    // What ends in a number is an address; other spellings than four decimals would be rewritten
    // on the way and no longer be what was signed.
    if last.bytes().all(|byte| byte.is_ascii_digit()) && host.parse::<Ipv4Addr>().is_err() {
        return Err("its host is no valid IPv4 address".into());
    }
    Ok(host)
}
