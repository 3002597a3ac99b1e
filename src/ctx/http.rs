//! The HTTP interface of the project: a request with its TLS settings, a complete response, an error.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use rustls::{
    RootCertStore,
    pki_types::{
        CertificateDer,
        pem::{self, PemObject},
    },
};

use crate::{secret::Secret, text};

pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

/// The longest URL with its query, in bytes. Source: the crate `http`, whose `Uri` has this limit.
pub const MAX_URL: usize = u16::MAX as usize - 1;

/// The metadata service of ECS, which describes the machine that calls it. Source: ECS, "Instance
/// metadata".
pub const METADATA_SERVICE: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);

/// Whether an address is this machine, or one at which agents of a machine or a pod listen: a
/// link-local one, or that of the metadata service. Such traffic never leaves the link.
pub fn is_local(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address == METADATA_SERVICE,
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    address.is_loopback() || is_link_local
}

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
    /// Header names in lowercase, with values.
    pub headers: Vec<(&'static str, Secret)>,
    /// The body.
    pub body: Secret,
    /// The limits of time and size.
    pub limits: Limits,
    /// Whether a proxy may be used. Hosts on this machine or its network link never use one,
    /// regardless of this value.
    pub proxy: bool,
    /// How the server is verified. [`Ctx::with_tls`](super::Ctx::with_tls) sets it for all
    /// requests.
    pub tls: TlsSettings,
    /// Whether the server is verified even if the settings are insecure.
    /// [`Ctx::verified`](super::Ctx::verified) sets it for all requests.
    pub always_verified: bool,
    /// Where the arrival of the response is reported.
    pub arrival: Arrival,
}

/// Whether the response to a request has begun. This is known also of a request that is dropped
/// before its end.
#[derive(Clone, Debug, Default)]
pub struct Arrival(Arc<AtomicBool>);

impl Arrival {
    /// Records that the headers have arrived.
    pub fn begins(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the headers have arrived.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Request {
    /// The host of the request, with the port if the URL has one, and without a user name.
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(&*self.url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default()
    }
}

/// The host to which a request for `url` goes, in lowercase and without its port; `None` if `url` is not a valid URL.
/// Decisions about the host must use this function, because they must interpret the URL in the same way as the
/// client.
pub fn host_of(url: &str) -> Option<String> {
    let url: reqwest::Url = url.parse().ok()?;
    url.host_str().map(str::to_owned)
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

/// Sends every request only to a verified server, whether [`WithTls`] is outside or inside.
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
    /// For each wait for more bytes of the response, and the window over which a body must arrive
    /// at 1 KiB per second or more. The first wait begins when the connection is established.
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

/// The header with the ID that a service of Alibaba Cloud gives a request.
const REQUEST_ID: &str = "x-acs-request-id";

/// The request ID in `headers`, if they have one. It is not sanitized.
pub fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get(REQUEST_ID)?.to_str().ok()
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
    /// The host of the request, with the port if the URL has one; empty if it is not a URL.
    pub host: String,
    /// The cause as the library reports it; may be empty.
    pub cause: String,
    /// The request ID, if the headers of the response arrived and have one. Not part of the text,
    /// which is equal for equal failures.
    pub request_id: Option<String>,
}

/// The kinds of failures between a request and its response.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorKind {
    /// The response is larger than its limit.
    BodyTooLarge,
    /// The connection was closed or reset before the response began.
    Closed,
    /// No connection: refused or unreachable.
    Connect,
    /// The connection timed out.
    ConnectTimeout,
    /// The connection was closed or reset before the end of the response.
    Cut,
    /// The host name has no address.
    Dns,
    /// The response is not HTTP, or does not match its content encoding.
    Garbled,
    /// What names the proxy cannot be used.
    InvalidProxy,
    /// The URL cannot be used.
    InvalidUrl,
    /// The server does not use TLS.
    NotTls,
    /// The proxy refused or cannot be reached.
    Proxy,
    /// No response began within the time limit.
    ReadTimeout,
    /// The URL with its query is longer than [`MAX_URL`].
    RequestTooLong,
    /// The name server failed, so it is not known whether the host name has an address.
    Resolver,
    /// A response began, but no more bytes arrived, or they arrived too slowly, or the time limit was
    /// reached.
    Stalled,
    /// The certificate or the TLS handshake was refused.
    Tls,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ErrorKind::BodyTooLarge => "the response is too large",
            ErrorKind::Closed => "the connection was closed before a response began",
            ErrorKind::Connect => "no connection could be made",
            ErrorKind::ConnectTimeout => "no connection could be made in time",
            ErrorKind::Cut => "the connection was closed before the end of the response",
            ErrorKind::Dns => "the host name has no address",
            ErrorKind::Garbled => "the response is not valid HTTP",
            ErrorKind::InvalidProxy => "the proxy is not configured correctly",
            ErrorKind::InvalidUrl => "the address is not a valid URL",
            ErrorKind::NotTls => "the host does not use TLS on this port",
            ErrorKind::Proxy => "the proxy could not be used",
            ErrorKind::ReadTimeout => "no response was received in time",
            ErrorKind::RequestTooLong => "the request is too long",
            ErrorKind::Resolver => "the name server failed",
            ErrorKind::Stalled => "the response began, but its end was not received in time",
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

/// The largest file of certificates, in bytes. The certificates of a whole system have about
/// 250,000.
pub const FILE_LIMIT: u64 = 16 << 20;

/// How the certificates of servers are verified. The default is by the system's certificates.
///
/// Requests with equal settings share connections; others never do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TlsSettings {
    /// Certificates to trust in addition to the system's.
    pub certificates: Arc<[CertificateDer<'static>]>,
    /// Whether the certificates of servers are not verified. Those of proxies still are.
    pub insecure: bool,
}

/// The certificates in a file: PEM with at least one certificate and any other text around them, or
/// one certificate as DER. Those that cannot be trust anchors are skipped if others can.
///
/// # Errors
///
/// What is wrong with the file, in words that can follow its name.
pub fn read_certificates(content: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = if content.first() == Some(&DER_SEQUENCE) {
        vec![CertificateDer::from(content.to_vec())]
    } else {
        let text = text::decode(content).ok_or("is neither PEM nor a certificate as DER")?;
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        // The library's message may quote the content of the file as numbers.
        found.map_err(|cause| match cause {
            pem::Error::MissingSectionEnd { .. } => "is not valid PEM: a -----END line is missing",
            pem::Error::Base64Decode(_) => "is not valid PEM: a section is not Base64",
            _ => "is not valid PEM",
        })?
    };
    if found.is_empty() {
        return Err("contains no certificate: there is no line -----BEGIN CERTIFICATE-----".into());
    }
    let mut usable = Vec::new();
    let mut refused = None;
    for (certificate, number) in found.into_iter().zip(1..) {
        match RootCertStore::empty().add(certificate.clone()) {
            Ok(()) => usable.push(certificate),
            Err(cause) => {
                let what = || format!("has an invalid certificate, number {number}: {cause}");
                refused.get_or_insert_with(what);
            }
        }
    }
    match refused {
        Some(refused) if usable.is_empty() => Err(refused),
        _ => Ok(usable),
    }
}

/// The first byte of every certificate as DER: a sequence. In practice, no PEM file begins with it,
/// because it is the digit 0.
const DER_SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::{Fixed, json};

    fn get(url: &str) -> Request {
        let second = Duration::from_secs(1);
        Request {
            method: Method::GET,
            url: url.into(),
            query: "".into(),
            headers: Vec::new(),
            body: "".into(),
            limits: Limits { connect: second, read: second, total: second, body: 1 },
            proxy: false,
            tls: TlsSettings::default(),
            always_verified: false,
            arrival: Arrival::default(),
        }
    }

    fn made() -> (CertificateDer<'static>, String) {
        let own = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let der = own.cert.der().clone();
        let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &der);
        (der, format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"))
    }

    #[test]
    fn a_failure_names_its_host_if_there_is_one_and_its_cause() {
        assert_eq!(get("https://user:password@a.example:8/path?q").host(), "a.example:8");
        let error = |host: &str, cause: &str| {
            Error { kind: ErrorKind::Dns, host: host.into(), cause: cause.into(), request_id: None }
                .to_string()
        };
        assert_eq!(error("", ""), "the host name has no address");
        assert_eq!(error("a.example", "x"), "a.example: the host name has no address (x)");
    }

    #[tokio::test]
    async fn a_verified_request_is_never_insecure_in_any_order_of_the_layers() {
        let insecure = TlsSettings { insecure: true, ..TlsSettings::default() };
        let world = Fixed::default();
        world.http.always(|_| Ok(json(200, "{}")));
        let ctx = world.ctx();
        for (ctx, expected) in [
            (ctx.with_tls(insecure.clone()), true),
            (ctx.with_tls(insecure.clone()).verified(), false),
            (ctx.verified().with_tls(insecure), false),
        ] {
            ctx.http.send(get("https://a.example/")).await.ok().unwrap();
            assert_eq!(world.http.seen().last().unwrap().tls.insecure, expected);
        }
    }

    #[test]
    fn certificates_are_read_in_every_common_format() {
        let ((first, first_pem), (second, second_pem)) = (made(), made());
        let bundle = format!("# Corporate roots\n{first_pem}\nsecond:\n{second_pem}");
        let both = Ok(vec![first.clone(), second]);
        let utf16 = |text: &str| {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            [vec![0xff, 0xfe], units.collect()].concat()
        };
        assert_eq!(read_certificates(bundle.as_bytes()), both);
        assert_eq!(read_certificates(bundle.replace('\n', "\r\n").as_bytes()), both);
        assert_eq!(read_certificates(format!("\u{feff}{bundle}").as_bytes()), both);
        assert_eq!(read_certificates(&utf16(&bundle)), both);
        assert_eq!(read_certificates(&first), Ok(vec![first.clone()]));
        // As in Go, a certificate that cannot be used is skipped.
        let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(read_certificates(format!("{odd}{first_pem}").as_bytes()), Ok(vec![first]));
    }

    #[test]
    fn a_file_without_a_usable_certificate_is_rejected_with_the_reason() {
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        for (content, expected) in [
            (b"".as_slice(), "contains no certificate"),
            (b"nothing", "contains no certificate"),
            (key.as_bytes(), "contains no certificate"),
            (odd.as_bytes(), "has an invalid certificate, number 1"),
            (broken.as_bytes(), "is not valid PEM: a section is not Base64"),
            (
                b"-----BEGIN CERTIFICATE-----\nAAAA\n",
                "is not valid PEM: a -----END line is missing",
            ),
            (b"0\x03\x02\x01\x01", "has an invalid certificate, number 1"),
            (b"\xff\xff", "is neither PEM nor"),
        ] {
            let error = read_certificates(content).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
