//! An API client for these tests. It implements both signatures independently of the library's
//! client and of the mock.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, Response};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// How parameters are sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Transport {
    Get,
    PostForm,
    PostQuery,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    Acs3,
    Rpc1,
    Unsigned,
}

/// A call, which a test can change before it is sent.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) action: String,
    pub(crate) version: &'static str,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) transport: Transport,
    pub(crate) scheme: Scheme,
    pub(crate) xml: bool,
    pub(crate) access_key: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) time: String,
    pub(crate) nonce: String,
}

static NONCE: AtomicU64 = AtomicU64::new(1);

impl Call {
    pub(crate) fn new(action: &str, parameters: &[(&str, &str)]) -> Self {
        let parameters = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Self {
            action: action.into(),
            version: match action {
                "AssumeRole" | "AssumeRoleWithOIDC" | "GetCallerIdentity" => "2015-04-01",
                "DescribeEndpoints" => "2015-06-12",
                "QueryAvailableInstances" => "2017-12-14",
                _ => "2014-05-26",
            },
            parameters: parameters.collect(),
            transport: Transport::PostQuery,
            scheme: Scheme::Rpc1,
            xml: false,
            access_key: "mock-access-key".into(),
            secret: "mock-secret-key".into(),
            token: None,
            time: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            nonce: format!("nonce-{}", NONCE.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// DescribeImages in cn-hangzhou.
    pub(crate) fn images(parameters: &[(&str, &str)]) -> Self {
        let mut call = Self::new("DescribeImages", parameters);
        call.parameters.push(("RegionId".into(), "cn-hangzhou".into()));
        call
    }

    pub(crate) fn request(&self, url: &str) -> reqwest::Request {
        self.request_with(&client(), url)
    }

    fn request_with(&self, client: &Client, url: &str) -> reqwest::Request {
        let method = if self.transport == Transport::Get { Method::GET } else { Method::POST };
        let mut query = Vec::new();
        let mut form = Vec::new();
        let own = if self.transport == Transport::PostForm { &mut form } else { &mut query };
        own.extend(self.parameters.iter().cloned());
        let format = if self.xml { "XML" } else { "JSON" };
        let common = |query: &mut Vec<(String, String)>, pairs: &[(&str, &str)]| {
            query.extend(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        };
        if self.scheme != Scheme::Acs3 {
            common(
                &mut query,
                &[
                    ("Action", &self.action),
                    ("Version", self.version),
                    ("Format", format),
                    ("Timestamp", &self.time),
                ],
            );
        }
        if self.scheme == Scheme::Rpc1 {
            common(
                &mut query,
                &[
                    ("AccessKeyId", &self.access_key),
                    ("SignatureMethod", "HMAC-SHA1"),
                    ("SignatureType", ""),
                    ("SignatureVersion", "1.0"),
                    ("SignatureNonce", &self.nonce),
                ],
            );
            if let Some(token) = &self.token {
                common(&mut query, &[("SecurityToken", token)]);
            }
            let all: Vec<_> = query.iter().chain(&form).cloned().collect();
            let text = format!("{method}&%2F&{}", encode(&canonical(&all)));
            let key = format!("{}&", self.secret);
            let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap();
            mac.update(text.as_bytes());
            query.push(("Signature".into(), BASE64_STANDARD.encode(mac.finalize().into_bytes())));
        }
        let body = canonical(&form);
        let target = format!("{url}/?{}", canonical(&query));
        let mut request = client.request(method.clone(), &target);
        if !form.is_empty() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        if self.scheme == Scheme::Acs3 {
            let mut headers = vec![
                ("accept", if self.xml { "text/xml" } else { "application/json" }.to_owned()),
                ("host", url.split_once("://").unwrap().1.to_owned()),
                ("x-acs-action", self.action.clone()),
                ("x-acs-content-sha256", hex(&Sha256::digest(&body))),
                ("x-acs-date", self.time.clone()),
                ("x-acs-signature-nonce", self.nonce.clone()),
                ("x-acs-version", self.version.to_owned()),
            ];
            if let Some(token) = &self.token {
                headers.insert(5, ("x-acs-security-token", token.clone()));
            }
            let lines: String = headers.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
            let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
            let hash = hex(&Sha256::digest(&body));
            let text = format!("{method}\n/\n{}\n{lines}\n{names}\n{hash}", canonical(&query));
            let text = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(text)));
            let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
            mac.update(text.as_bytes());
            let signature = hex(&mac.finalize().into_bytes());
            let key = &self.access_key;
            headers.push((
                "authorization",
                format!(
                    "ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}"
                ),
            ));
            for (name, value) in headers.into_iter().filter(|(name, _)| *name != "host") {
                request = request.header(name, value);
            }
        }
        request.body(body).build().unwrap()
    }

    pub(crate) async fn send(&self, url: &str) -> Result<Answer, reqwest::Error> {
        self.send_with(&client(), url).await
    }

    pub(crate) async fn send_with(
        &self,
        client: &Client,
        url: &str,
    ) -> Result<Answer, reqwest::Error> {
        Answer::read(client.execute(self.request_with(client, url)).await?).await
    }
}

pub(crate) fn client() -> Client {
    Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .tls_backend_preconfigured(tls(&[]))
        .build()
        .unwrap()
}

/// A client that trusts this certificate and no other.
pub(crate) fn tls(certificates: &[Vec<u8>]) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate.clone().into()).unwrap();
    }
    rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// A response with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Result<Self, reqwest::Error> {
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
        let (status, headers) = (response.status().as_u16(), headers.collect());
        Ok(Self { status, headers, body: response.text().await? })
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|cause| panic!("{cause}: {self:?}"))
    }

    /// A member of the response as text, whether JSON or XML: the first element of that name.
    pub(crate) fn text(&self, name: &str) -> String {
        self.texts(name).into_iter().next().unwrap_or_default()
    }

    /// All members of that name as text, in the order of the response.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        if self.header("content-type").starts_with("text/xml") {
            let open = format!("<{name}>");
            let elements = self.body.split(&open).skip(1);
            return elements.map(|rest| unescape(rest.split("</").next().unwrap())).collect();
        }
        let mut found = Vec::new();
        collect(&self.json(), name, &mut found);
        found
    }
}

fn collect(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                match value {
                    Value::String(text) if member == name => found.push(text.clone()),
                    Value::Number(number) if member == name => found.push(number.to_string()),
                    _ => collect(value, name, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        _ => {}
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn canonical(parameters: &[(String, String)]) -> String {
    let mut encoded: Vec<_> = parameters
        .iter()
        .map(|(name, value)| (name.clone(), format!("{}={}", encode(name), encode(value))))
        .collect();
    encoded.sort();
    encoded.into_iter().map(|(_, pair)| pair).collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, ENCODED).to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
