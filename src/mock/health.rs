//! `mock-ecs health URL`: whether a mock serves, for the health checks of container engines.

use std::time::Duration;

use http_body_util::Empty;
use hyper::{Request, Uri, body::Bytes, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use super::VERSION_HEADER;

/// How long a mock may take to answer. Engines end a check after 30 s by default.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a mock is not healthy.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// It cannot be connected to, or ends the connection.
    #[error("{url}: {reason}")]
    Connection {
        /// The URL of the mock.
        url: String,
        /// What failed.
        reason: String,
    },
    /// Something else answers, or a mock that fails.
    #[error("{url}: not a healthy mock-ecs: status {status}")]
    NotHealthy {
        /// The URL of the mock.
        url: String,
        /// The status of the answer.
        status: u16,
    },
    /// No answer within five seconds.
    #[error("{0}: no response within 5 s")]
    Timeout(String),
    /// The URL is not `http://HOST:PORT`.
    #[error("{0:?} must be a URL such as http://127.0.0.1:8080; TLS is not supported here")]
    Url(String),
}

/// Sends `GET /_mock/health` to the mock at `url`, `http://HOST:PORT`.
///
/// A mock with an admin token is healthy too when it refuses that call.
///
/// # Errors
///
/// When the URL is not valid, or no mock answers there within five seconds.
pub async fn check(url: &str) -> Result<(), HealthError> {
    let parsed: Uri = url.parse().map_err(|_| HealthError::Url(url.into()))?;
    let authority = parsed.authority().filter(|_| parsed.scheme_str() == Some("http"));
    let authority = authority.ok_or_else(|| HealthError::Url(url.into()))?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let address = (host, authority.port_u16().unwrap_or(80));
    let status = match timeout(PATIENCE, ask(address, authority.as_str())).await {
        Ok(Ok((status, true))) => status,
        Ok(Ok((status, false))) => return Err(HealthError::NotHealthy { url: url.into(), status }),
        Ok(Err(reason)) => return Err(HealthError::Connection { url: url.into(), reason }),
        Err(_) => return Err(HealthError::Timeout(url.into())),
    };
    match status {
        200 | 401 => Ok(()),
        _ => Err(HealthError::NotHealthy { url: url.into(), status }),
    }
}

/// The status of the answer, and whether a mock sent it; or why there is none.
async fn ask(address: (&str, u16), host: &str) -> Result<(u16, bool), String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
    let request = Request::get("/_mock/health").header(HOST, host).body(Empty::<Bytes>::new());
    let request = request.map_err(|error| error.to_string())?;
    // The sender goes with the answer, which ends the connection.
    let answer = async move {
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        Ok((response.status().as_u16(), response.headers().contains_key(VERSION_HEADER)))
    };
    let (answer, _) = tokio::join!(answer, connection);
    answer
}
