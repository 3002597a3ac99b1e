//! A request as it arrived, decoded but not judged.

use std::{borrow::Cow, net::IpAddr};

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// One request with its whole body.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path, still encoded.
    pub(crate) path: String,
    /// The parameters of the query, decoded, in the order of the wire.
    pub(crate) query: Vec<(String, String)>,
    /// The parameters of a form body, decoded.
    pub(crate) form: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// How it came.
    pub(crate) connection: Connection,
}

/// The connection that a request came on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connection {
    /// Counts the connections of a server from 1.
    pub(crate) number: u64,
    pub(crate) tls: bool,
    /// Whether it speaks HTTP/2; else HTTP/1.1.
    pub(crate) http2: bool,
    /// The address of the server's end.
    pub(crate) local: IpAddr,
}

#[cfg(test)]
impl Default for Connection {
    fn default() -> Self {
        Self { number: 1, tls: false, http2: false, local: [127, 0, 0, 1].into() }
    }
}

impl Request {
    pub(crate) fn new(
        method: Method,
        path: &str,
        query: &str,
        headers: HeaderMap,
        body: Bytes,
        connection: Connection,
    ) -> Self {
        let is_form = headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        let form = match std::str::from_utf8(&body) {
            Ok(text) if is_form => decode_parameters(text),
            _ => Vec::new(),
        };
        Self {
            method,
            path: path.to_owned(),
            query: decode_parameters(query),
            form,
            headers,
            body,
            connection,
        }
    }

    /// All parameters, those of the query first.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().chain(&self.form).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first parameter of this name; an empty one counts as not given.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let first = self.parameters().find(|(known, _)| *known == name);
        first.map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The header decides: clients send `x-acs-*` headers with RPC signatures too.
    pub(crate) fn scheme(&self) -> Scheme {
        match self.header("authorization") {
            Some(value) if value.starts_with("ACS3-") => Scheme::Acs3,
            _ => Scheme::Rpc1,
        }
    }

    pub(crate) fn action(&self) -> Option<&str> {
        self.common("Action", "x-acs-action")
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.common("Version", "x-acs-version")
    }

    /// What RPC 1.0 has in a parameter and ACS3 in a header.
    pub(crate) fn common(&self, parameter: &str, header: &str) -> Option<&str> {
        match self.scheme() {
            Scheme::Acs3 => self.header(header).or_else(|| self.parameter(parameter)),
            Scheme::Rpc1 => self.parameter(parameter).or_else(|| self.header(header)),
        }
    }

    pub(crate) fn host(&self) -> &str {
        self.header("host").unwrap_or_default()
    }
}

/// How a request is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    /// ACS3-HMAC-SHA256, in headers.
    Acs3,
    /// RPC signature 1.0, HMAC-SHA1, in parameters.
    Rpc1,
}

impl Scheme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Acs3 => "ACS3-HMAC-SHA256",
            Self::Rpc1 => "RPC-1.0",
        }
    }
}

/// Decodes `a=b&c=d`, with `+` for a space; an invalid encoding stays as it is.
fn decode_parameters(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let spaced = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { text.into() };
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
