//! HTTP over reqwest: pooled connections, the system's certificates, proxies, limits.
//!
//! Nothing is built before the first request, because reading the system's certificates takes up to
//! 60 ms and most processes of a plan never send a request. Requests are not repeated here and
//! redirects are ordinary responses.
//!
//! A connection on which a request timed out is not used again. Over HTTP/1.1 the connection is
//! closed with the request; over HTTP/2, where requests share a connection, new requests get a new
//! one. Unanswered pings detect a silent HTTP/2 connection before that.

mod proxy;
mod response;
mod trust;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use reqwest::header::CONTENT_LENGTH;
use rustls::pki_types::ServerName;
use tokio::{
    sync::{OnceCell, Semaphore},
    time::timeout,
};

use self::proxy::Proxies;
use super::{
    Env, Files,
    http::{
        Error, ErrorKind, HeaderName, HeaderValue, Http, Limits, MAX_URL, Method, Request,
        Response, TlsSettings,
    },
};
use crate::sync::lock;

/// How long an unused connection is kept. The service's load balancers drop theirs after about ten
/// seconds, and a request on a dropped one fails.
const IDLE: Duration = Duration::from_secs(5);

/// How often an HTTP/2 connection with requests in flight is pinged, and how long the response to a
/// ping may take: a silent connection is detected within 10 s.
const PING: Duration = Duration::from_secs(5);

/// HTTP over real connections.
pub struct HttpClient {
    env: Arc<dyn Env>,
    files: Arc<dyn Files>,
    proxies: std::sync::OnceLock<Proxies>,
    /// The TLS configuration for each combination of settings and HTTPS proxy.
    tls: Mutex<Vec<(TlsKey, TlsConfig)>>,
    /// One pool for each key; there are rarely more than two.
    pools: Mutex<Vec<(PoolKey, Arc<reqwest::Client>)>>,
    /// The permits for reading large bodies; see [`response`].
    large_bodies: Arc<Semaphore>,
}

/// The properties that connections of one pool share.
#[derive(Clone, Eq, PartialEq)]
struct PoolKey {
    connect_timeout: Duration,
    proxy: Option<proxy::Proxy>,
    /// `None` if no connection of the pool uses TLS.
    tls: Option<TlsSettings>,
}

/// The settings, and the name of the HTTPS proxy.
type TlsKey = (TlsSettings, Option<ServerName<'static>>);

/// Created by the first request that needs it.
type TlsConfig = Arc<OnceCell<rustls::ClientConfig>>;

/// A failure without the host, which only [`HttpClient::send`] knows.
struct Failure {
    kind: ErrorKind,
    cause: String,
    /// The request ID, if the headers of the response arrived and have one.
    request_id: Option<String>,
}

impl Failure {
    fn new(kind: ErrorKind, cause: impl Into<String>) -> Self {
        Self { kind, cause: cause.into(), request_id: None }
    }

    /// The same failure of a response whose headers have arrived.
    fn after_the_headers(self) -> Self {
        let kind = match self.kind {
            ErrorKind::Closed => ErrorKind::Cut,
            ErrorKind::ReadTimeout => ErrorKind::Stalled,
            kind => kind,
        };
        Self { kind, ..self }
    }

    /// The same failure of a request through `proxy`, which it names if the proxy may be the reason.
    fn through(self, proxy: &proxy::Proxy) -> Self {
        let kind = match self.kind {
            ErrorKind::Proxy => ErrorKind::Proxy,
            // Which of the two servers does not use TLS is not known.
            ErrorKind::NotTls | ErrorKind::Tls if proxy.is_https() => ErrorKind::Tls,
            _ => return self,
        };
        let colon = if self.cause.is_empty() { "" } else { ": " };
        Self { kind, cause: format!("{}{colon}{}", proxy.name(), self.cause), ..self }
    }
}

impl HttpClient {
    /// A client that reads the proxies and `SSL_CERT_FILE` from `env` when a request first needs
    /// them.
    pub fn new(env: Arc<dyn Env>, files: Arc<dyn Files>) -> Self {
        Self {
            env,
            files,
            proxies: std::sync::OnceLock::new(),
            tls: Mutex::default(),
            pools: Mutex::default(),
            large_bodies: Arc::new(Semaphore::new(response::LARGE_BODIES)),
        }
    }

    async fn exchange(&self, url: reqwest::Url, request: Request) -> Result<Response, Failure> {
        let proxies = self.proxies.get_or_init(|| Proxies::of(&*self.env));
        let proxy = if request.proxy { proxies.choose(&url) } else { None };
        let proxy =
            proxy.transpose().map_err(|cause| Failure::new(ErrorKind::InvalidProxy, cause))?;
        let tls = url.scheme() == "https" || proxy.is_some_and(proxy::Proxy::is_https);
        let proxied = proxy.is_some();
        let key = PoolKey {
            connect_timeout: request.limits.connect,
            proxy: proxy.cloned(),
            tls: tls.then(|| request.tls.clone()),
        };
        let pool = self.pool(key).await?;
        let (limits, arrival) = (request.limits, request.arrival.clone());
        let request = build(&pool, url, request)?;
        let request_id = std::sync::OnceLock::new();
        let exchange = async {
            match response::within(limits, pool.execute(request)).await {
                Some(Ok(response)) => {
                    arrival.begins();
                    if let Some(id) = super::http::request_id(response.headers()) {
                        request_id.get_or_init(|| id.to_owned());
                    }
                    self.read(response, limits).await
                }
                Some(Err(error)) => Err(response::classify(error, proxied)),
                None => Err(Failure::new(ErrorKind::ReadTimeout, "")),
            }
        };
        let result = timeout(limits.total, exchange).await;
        let result = result.unwrap_or_else(|_| Err(Failure::new(ErrorKind::ReadTimeout, "")));
        if matches!(&result, Err(Failure { kind: ErrorKind::ReadTimeout, .. })) {
            lock(&self.pools).retain(|(_, known)| !Arc::ptr_eq(known, &pool));
        }
        result.map_err(|failure| {
            let failure = if arrival.has_begun() { failure.after_the_headers() } else { failure };
            let failure = proxy.into_iter().fold(failure, Failure::through);
            Failure { request_id: request_id.into_inner(), ..failure }
        })
    }

    /// Reads the complete response.
    async fn read(&self, response: reqwest::Response, limits: Limits) -> Result<Response, Failure> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut whole = Response::new(response::read(response, limits, &self.large_bodies).await?);
        (*whole.status_mut(), *whole.headers_mut()) = (status, headers);
        Ok(whole)
    }

    async fn pool(&self, key: PoolKey) -> Result<Arc<reqwest::Client>, Failure> {
        let find = |pools: &[(PoolKey, Arc<reqwest::Client>)]| {
            pools.iter().find(|(known, _)| *known == key).map(|(_, pool)| pool.clone())
        };
        if let Some(pool) = find(&lock(&self.pools)) {
            return Ok(pool);
        }
        let proxy = key.proxy.as_ref().map(proxy::Proxy::tls_name).transpose()?.flatten();
        let tls = match &key.tls {
            Some(settings) => self.tls((settings.clone(), proxy)).await,
            None => trust::nobody(),
        };
        let tls = tls.map_err(|cause| Failure::new(ErrorKind::Tls, cause))?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(key.connect_timeout)
            .connector_layer(response::ReportConnections)
            .pool_idle_timeout(IDLE)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy();
        if let Some(proxy) = &key.proxy {
            builder = builder.proxy(proxy.to_reqwest()?);
        }
        let built = builder.build().map_err(|error| response::classify(error, false))?;
        let built = Arc::new(built);
        // Another request may have built the same in the meantime; the first one is kept.
        let mut pools = lock(&self.pools);
        if let Some(pool) = find(&pools) {
            return Ok(pool);
        }
        pools.push((key, built.clone()));
        Ok(built)
    }

    async fn tls(&self, key: TlsKey) -> Result<rustls::ClientConfig, String> {
        let config = {
            let mut configs = lock(&self.tls);
            match configs.iter().find(|(known, _)| *known == key) {
                Some((_, config)) => config.clone(),
                None => {
                    let config = TlsConfig::default();
                    configs.push((key.clone(), config.clone()));
                    config
                }
            }
        };
        let (settings, proxy) = key;
        let build = || trust::config(settings, proxy, &*self.env, &*self.files);
        config.get_or_try_init(build).await.cloned()
    }
}

impl Http for HttpClient {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        Box::pin(async move {
            let Ok(mut url) = request.url.parse::<reqwest::Url>() else {
                // A text that is not a URL has no host; what looks like a host may be a password.
                let (kind, host) = (ErrorKind::InvalidUrl, String::new());
                return Err(Error { kind, host, cause: String::new(), request_id: None });
            };
            let mut host = url.host_str().unwrap_or_default().to_owned();
            if let Some(port) = url.port() {
                host.push_str(&format!(":{port}"));
            }
            if !request.query.is_empty() {
                url.set_query(Some(request.query.expose()));
            }
            let length = url.as_str().len();
            if length > MAX_URL {
                let cause = format!("{length} bytes, and a URL may have {MAX_URL}");
                let kind = ErrorKind::RequestTooLong;
                return Err(Error { kind, host, cause, request_id: None });
            }
            self.exchange(url, request).await.map_err(|failure| {
                let Failure { kind, cause, request_id } = failure;
                Error { kind, host, cause, request_id }
            })
        })
    }
}

fn build(
    pool: &reqwest::Client,
    url: reqwest::Url,
    request: Request,
) -> Result<reqwest::Request, Failure> {
    let mut builder = pool.request(request.method.clone(), url);
    if !request.body.is_empty() {
        builder = builder.body(request.body.expose().to_owned());
    } else if request.method != Method::GET {
        // Sent even without a body: some servers refuse a POST without it (411).
        builder = builder.header(CONTENT_LENGTH, 0);
    }
    for (name, value) in &request.headers {
        let invalid = |_| {
            Failure::new(
                ErrorKind::InvalidUrl,
                format!("the header {name} has characters that no header may have"),
            )
        };
        let mut value = HeaderValue::from_str(value.expose()).map_err(invalid)?;
        value.set_sensitive(true);
        builder = builder.header(HeaderName::from_static(name), value);
    }
    builder.build().map_err(|error| response::classify(error, false))
}

#[cfg(test)]
mod tests;
