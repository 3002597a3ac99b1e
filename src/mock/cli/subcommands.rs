//! What `run`, `env` and `health` need: the environment variables that point clients at a mock, and a health check
//! for container engines.

use std::time::Duration;

use http_body_util::Empty;
use hyper::{Request, Uri, body::Bytes, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use crate::{ctx::Env, mock::VERSION_HEADER};

/// What a client must know about a mock.
#[derive(Clone, Debug)]
pub struct Target {
    /// `http://127.0.0.1:PORT`, or the same with `https`.
    pub url: String,
    /// The ID of an access key that the mock accepts.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// The region.
    pub region: String,
    /// The file of the certificate, if the mock created one.
    pub certificate: Option<String>,
}

/// A shell, or the file from which a GitHub workflow reads variables.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shell {
    /// `export NAME='value'`, for Bash, zsh and other POSIX shells.
    Bash,
    /// `set -gx NAME 'value'`.
    Fish,
    /// `NAME=value`, to be appended to `$GITHUB_ENV`.
    Github,
    /// `$env:NAME = 'value'`.
    PowerShell,
}

/// Variables that would select another credential, profile, region, role or endpoint. A command
/// that runs against a mock must not see them.
///
/// Sources: the official provider, the SDKs' default credential chain, the CLI, Packer's plugin.
pub const CLEARED: &[&str] = &[
    "ALIBABACLOUD_ACCESS_KEY_ID",
    "ALIBABACLOUD_ACCESS_KEY_SECRET",
    "ALIBABACLOUD_ENDPOINT",
    "ALIBABACLOUD_ENDPOINT_TYPE",
    "ALIBABACLOUD_OIDC_PROVIDER_ARN",
    "ALIBABACLOUD_OIDC_TOKEN_FILE",
    "ALIBABACLOUD_PROFILE",
    "ALIBABACLOUD_REGION_ID",
    "ALIBABACLOUD_ROLE_ARN",
    "ALIBABACLOUD_SECURITY_TOKEN",
    "ALIBABA_CLOUD_BEARER_TOKEN",
    "ALIBABA_CLOUD_BEARER_TOKEN_HEADER_KEY",
    "ALIBABA_CLOUD_CONFIG_FILE",
    "ALIBABA_CLOUD_CREDENTIALS_FILE",
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALIBABA_CLOUD_ENDPOINT_TYPE",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
    "ALIBABA_CLOUD_PROFILE",
    "ALIBABA_CLOUD_PROFILE_MODE",
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_ROLE_SESSION_NAME",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALIBABA_CLOUD_STS_REGION",
    "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED",
    "ALICLOUD_ACCESS_KEY_ID",
    "ALICLOUD_ACCESS_KEY_SECRET",
    "ALICLOUD_ASSUME_ROLE_ARN",
    "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION",
    "ALICLOUD_ASSUME_ROLE_SESSION_NAME",
    "ALICLOUD_CREDENTIALS_URI",
    "ALICLOUD_ECS_ROLE_NAME",
    "ALICLOUD_ENDPOINT",
    "ALICLOUD_ENDPOINT_TYPE",
    "ALICLOUD_PROFILE",
    "ALICLOUD_REGION_ID",
    "ALICLOUD_SECURITY_TOKEN",
    "ALICLOUD_SHARED_CREDENTIALS_FILE",
    "SECURITY_TOKEN",
    "TF_ENDPOINT_PATH",
];

impl Target {
    /// The variables with their values, sorted by name. `env` has the current values: the host of
    /// the mock is added to the value of `NO_PROXY`.
    pub fn variables(&self, env: &dyn Env) -> Vec<(&'static str, String)> {
        let Self { url, access_key, secret_key, region, certificate } = self;
        let mut variables: Vec<(&str, String)> = vec![
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", access_key.clone()),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret_key.clone()),
            // For the CLI, which expects a host.
            ("ALIBABA_CLOUD_ENDPOINT", url.replace("http://", "").replace("https://", "")),
            ("ALIBABA_CLOUD_ENDPOINT_ECS", url.clone()),
            // The CLI prefers its configuration file to the variables unless this is set.
            ("ALIBABA_CLOUD_IGNORE_PROFILE", "TRUE".to_owned()),
            ("ALIBABA_CLOUD_REGION", region.clone()),
            ("ALIBABA_CLOUD_REGION_ID", region.clone()),
            ("ALIBABA_CLOUD_STS_ENDPOINT", url.clone()),
            ("ALICLOUD_ACCESS_KEY", access_key.clone()),
            ("ALICLOUD_REGION", region.clone()),
            ("ALICLOUD_SECRET_KEY", secret_key.clone()),
            ("ECS_ENDPOINT", url.clone()),
            ("LOCATION_ENDPOINT", url.clone()),
            ("MOCK_ECS_URL", url.clone()),
            ("NO_PROXY", self.not_proxied(env, ["NO_PROXY", "no_proxy"])),
            ("STS_ENDPOINT", url.clone()),
            ("no_proxy", self.not_proxied(env, ["no_proxy", "NO_PROXY"])),
        ];
        if let Some(certificate) = certificate {
            let names = [
                "ALIBABA_CLOUD_CA_BUNDLE",
                "NODE_EXTRA_CA_CERTS",
                "REQUESTS_CA_BUNDLE",
                "SSL_CERT_FILE",
            ];
            variables.extend(names.map(|name| (name, certificate.clone())));
            variables.sort_unstable();
        }
        variables
    }

    /// The hosts that are not reached through a proxy, from the first of two variables that is set, and the host of
    /// the mock. A proxy in the network cannot reach a mock on this machine, and would see the signed requests.
    fn not_proxied(&self, env: &dyn Env, names: [&str; 2]) -> String {
        let set = names.iter().filter_map(|name| env.var(name)).find(|hosts| !hosts.is_empty());
        let hosts = set.unwrap_or_default();
        let parsed: Option<Uri> = self.url.parse().ok();
        let host = parsed.as_ref().and_then(Uri::host).unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let named = |known: &str| known.trim() == host || known.trim() == "*";
        match hosts.as_str() {
            "" => host.to_owned(),
            hosts if hosts.split(',').any(named) => hosts.to_owned(),
            hosts => format!("{hosts},{host}"),
        }
    }

    /// The same as lines for a shell, preceded by lines that unset [`CLEARED`].
    pub fn lines(&self, shell: Shell, env: &dyn Env) -> String {
        let unset = CLEARED.iter().map(|name| match shell {
            Shell::Bash => format!("unset {name}\n"),
            Shell::Fish => format!("set -e {name}\n"),
            // The file can only set variables; clients treat an empty variable as not set.
            Shell::Github => format!("{name}=\n"),
            Shell::PowerShell => {
                format!("Remove-Item -Path Env:{name} -ErrorAction SilentlyContinue\n")
            }
        });
        let set = self.variables(env).into_iter().map(|(name, value)| match shell {
            Shell::Bash => format!("export {name}='{}'\n", value.replace('\'', "'\\''")),
            Shell::Fish => {
                let value = value.replace('\\', "\\\\").replace('\'', "\\'");
                format!("set -gx {name} '{value}'\n")
            }
            Shell::Github => format!("{name}={value}\n"),
            Shell::PowerShell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
        });
        unset.chain(set).collect()
    }
}

/// How long a mock may take to respond. Container engines abort a check after 30 s by default.
const PATIENCE: Duration = Duration::from_secs(5);

/// The reason that a mock is not healthy.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// The connection cannot be made, or is closed.
    #[error("{url}: {reason}")]
    Connection {
        /// The URL of the mock.
        url: String,
        /// What failed.
        reason: String,
    },
    /// The response is not from a mock, or is not a success.
    #[error("{url}: not a healthy mock-ecs: status {status}")]
    NotHealthy {
        /// The URL of the mock.
        url: String,
        /// The status of the response.
        status: u16,
    },
    /// No response within five seconds.
    #[error("{0}: no response within 5 s")]
    Timeout(String),
    /// The URL is not `http://HOST:PORT`.
    #[error("{0:?} must be a URL such as http://127.0.0.1:8080; TLS is not supported here")]
    Url(String),
}

/// Sends `GET /_mock/health` to the mock at `url`, `http://HOST:PORT`.
///
/// A mock with an admin token refuses that call; it counts as healthy too.
///
/// # Errors
///
/// When the URL is not valid, or no healthy mock responds there within five seconds.
pub async fn check_health(url: &str) -> Result<(), HealthError> {
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

/// The status of the response and whether a mock sent it, or the reason for having none.
async fn ask(address: (&str, u16), host: &str) -> Result<(u16, bool), String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
    let request = Request::get("/_mock/health").header(HOST, host).body(Empty::<Bytes>::new());
    let request = request.map_err(|error| error.to_string())?;
    // The sender is dropped after the response, which ends the connection.
    let answer = async move {
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        Ok((response.status().as_u16(), response.headers().contains_key(VERSION_HEADER)))
    };
    let (answer, _) = tokio::join!(answer, connection);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::FixedEnv;

    fn target() -> Target {
        Target {
            url: "http://127.0.0.1:1".into(),
            access_key: "it's".into(),
            secret_key: "a\\b".into(),
            region: "cn-hangzhou".into(),
            certificate: None,
        }
    }

    #[test]
    fn the_host_is_added_to_those_that_are_not_proxied() {
        for (set, [upper, lower]) in [
            (vec![], ["127.0.0.1", "127.0.0.1"]),
            (vec![("no_proxy", "corp")], ["corp,127.0.0.1", "corp,127.0.0.1"]),
            (vec![("NO_PROXY", "a"), ("no_proxy", "b")], ["a,127.0.0.1", "b,127.0.0.1"]),
            (vec![("NO_PROXY", "a, 127.0.0.1")], ["a, 127.0.0.1", "a, 127.0.0.1"]),
            (vec![("NO_PROXY", "*")], ["*", "*"]),
        ] {
            let variables = target().variables(&FixedEnv::from_iter(set));
            for (name, expected) in [("NO_PROXY", upper), ("no_proxy", lower)] {
                let value = variables.iter().find(|(known, _)| *known == name).unwrap();
                assert_eq!(value.1, expected);
            }
        }
        let variables =
            Target { url: "http://[::1]:2".into(), ..target() }.variables(&FixedEnv::default());
        assert!(variables.contains(&("NO_PROXY", "::1".into())), "{variables:?}");
    }

    #[test]
    fn values_are_quoted_as_each_shell_reads_them() {
        for (shell, key, secret, unset) in [
            (
                Shell::Bash,
                r"export ALICLOUD_ACCESS_KEY='it'\''s'",
                r"export ALICLOUD_SECRET_KEY='a\b'",
                "unset ALIBABA_CLOUD_OIDC_TOKEN",
            ),
            (
                Shell::Fish,
                r"set -gx ALICLOUD_ACCESS_KEY 'it\'s'",
                r"set -gx ALICLOUD_SECRET_KEY 'a\\b'",
                "set -e ALIBABA_CLOUD_OIDC_TOKEN",
            ),
            (
                Shell::Github,
                "ALICLOUD_ACCESS_KEY=it's",
                r"ALICLOUD_SECRET_KEY=a\b",
                "ALIBABA_CLOUD_OIDC_TOKEN=",
            ),
            (
                Shell::PowerShell,
                "$env:ALICLOUD_ACCESS_KEY = 'it''s'",
                r"$env:ALICLOUD_SECRET_KEY = 'a\b'",
                "Remove-Item -Path Env:ALIBABA_CLOUD_OIDC_TOKEN -ErrorAction SilentlyContinue",
            ),
        ] {
            let lines = target().lines(shell, &FixedEnv::default());
            let lines: Vec<_> = lines.lines().collect();
            for line in [key, secret, unset] {
                assert!(lines.contains(&line), "{line} {lines:?}");
            }
        }
    }
}
