//! The HTTP interface of the project: a request, a complete response, an error.

use std::{fmt, ops::Deref, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::tls::TlsSettings;
use crate::secret::Secret;

pub use ::http::{HeaderName, HeaderValue, Method, StatusCode};

/// Sends requests.
pub trait Http: Send + Sync {
    /// Sends one request and reads the complete response. Never retries, never follows a redirect.
    /// Dropping the future cancels the request.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>>;
}

/// A request.
///
/// It has no `Debug`: query, headers and body carry keys, tokens and signatures.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The URL: scheme, host, port and path. It contains no secret and may be logged.
    pub url: String,
    /// The query, ready to send, without `?`; empty for none.
    pub query: Secret,
    /// Header names in lower case, with values.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body.
    pub body: Secret,
    /// The limits of time and size.
    pub limits: Limits,
    /// Whether a proxy may be used. Loopback hosts never use one, regardless of this value.
    pub proxy: bool,
    /// How the server is verified. [`Ctx::with_tls`](super::Ctx::with_tls) sets it for all
    /// requests.
    pub tls: TlsSettings,
    /// Whether the server is verified even where the settings are insecure.
    /// [`Ctx::verified`](super::Ctx::verified) sets it for all requests.
    pub always_verified: bool,
}

impl Request {
    /// The host of the request, with the port where the URL has one, and without a user name.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(&*self.url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default()
    }
}

/// Sends every request with the same TLS settings.
pub struct WithTls {
    /// What sends them.
    pub http: Arc<dyn Http>,
    /// The settings.
    pub settings: TlsSettings,
}

impl Http for WithTls {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        let insecure = self.settings.insecure && !request.always_verified;
        let tls = TlsSettings { insecure, ..self.settings.clone() };
        self.http.send(Request { tls, ..request })
    }
}

/// Sends every request only to a server that is verified, whether [`WithTls`] comes before or after.
pub struct Verified(pub Arc<dyn Http>);

impl Http for Verified {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        let tls = TlsSettings { insecure: false, ..request.tls };
        self.0.send(Request { tls, always_verified: true, ..request })
    }
}

/// How long a request may take, and how large its response may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For name resolution, connection and TLS.
    pub connect: Duration,
    /// For each wait for more bytes of the response, the first of which begins when the connection
    /// is established, and the window over which a body must arrive at 1 KiB per second or more.
    pub read: Duration,
    /// For the whole request.
    pub total: Duration,
    /// The largest body, in bytes after decompression.
    pub body: usize,
}

/// A response with any status.
///
/// It has no `Debug`, since its body has none.
pub type Response = ::http::Response<Body>;

/// The complete body of a response, decompressed.
///
/// It has no `Debug`: it may contain credentials.
#[derive(Clone, Default)]
pub struct Body(Bytes);

impl Body {
    /// A body of these bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }
}

impl Deref for Body {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.0
    }
}

/// The first header of this name in `response`, if it is text.
pub fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// A failure to get a response.
///
/// Its text contains no query, header or body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Error {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The host of the request, with the port where the URL has one; empty where it is not a URL.
    pub host: String,
    /// The cause as the library reports it; may be empty.
    pub cause: String,
}

/// The kinds of failures between a request and its response.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorKind {
    /// The response is larger than its limit.
    BodyTooLarge,
    /// The connection was closed before the end of the response, or was reset.
    Closed,
    /// No connection: refused or unreachable.
    Connect,
    /// No connection within its time.
    ConnectTimeout,
    /// The host name has no address.
    Dns,
    /// The response is not HTTP, or does not match its content encoding.
    Garbled,
    /// The URL cannot be used.
    InvalidUrl,
    /// The proxy refused or cannot be reached.
    Proxy,
    /// No more bytes arrived, or they arrived too slowly, or the time limit was reached.
    ReadTimeout,
    /// The name server failed, so it is not known whether the host name has an address.
    Resolver,
    /// The certificate or the TLS handshake was refused.
    Tls,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ErrorKind::BodyTooLarge => "the response is too large",
            ErrorKind::Closed => "the connection was closed before the response was complete",
            ErrorKind::Connect => "no connection could be made",
            ErrorKind::ConnectTimeout => "no connection could be made in time",
            ErrorKind::Dns => "the host name has no address",
            ErrorKind::Garbled => "the response is not valid HTTP",
            ErrorKind::InvalidUrl => "the address is not a valid URL",
            ErrorKind::Proxy => "the proxy could not be used",
            ErrorKind::ReadTimeout => "no response was received in time",
            ErrorKind::Resolver => "the name server failed",
            ErrorKind::Tls => "the TLS handshake failed",
        };
        if !self.host.is_empty() {
            write!(f, "{}: ", self.host)?;
        }
        f.write_str(what)?;
        if !self.cause.is_empty() {
            write!(f, " ({})", self.cause)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
