//! Keys and clients of the API for tests and benches.

#![allow(dead_code, reason = "each of its users uses a part")]
#![allow(unreachable_pub, reason = "it is a module of each test crate that uses it")]

use std::{sync::Arc, time::Duration};

use terraform_provider_alicloud::alicloud::{
    ClientConfig,
    credentials::{Credential, Credentials, StaticCredentials},
    endpoint::{Endpoint, Protocol, configured::Origin},
    sign::Scheme,
};

/// An access key without a token.
pub fn credential(id: &str, secret: &str) -> Credential {
    Credential {
        access_key_id: id.into(),
        access_key_secret: secret.into(),
        security_token: None,
        expires: None,
    }
}

/// Credentials that are always this access key.
pub fn key(id: &str, secret: &str) -> Arc<dyn Credentials> {
    Arc::new(StaticCredentials::from(credential(id, secret)))
}

/// `https://ecs.test/`.
pub fn endpoint() -> Endpoint {
    let (scheme, origin) = (Protocol::Https, Origin::Region);
    Endpoint { scheme, host: "ecs.test".into(), path: "/".into(), origin }
}

/// A client of [`endpoint`] in the region `cn-test`.
pub fn config(credentials: Arc<dyn Credentials>) -> ClientConfig {
    ClientConfig {
        region: "cn-test".into(),
        endpoint: Arc::new(endpoint()),
        scheme: Scheme::V1,
        credentials,
        user_agent: "test".into(),
        connect_timeout: Duration::from_secs(5),
        read_timeout: Duration::from_secs(60),
        max_retry_timeout: None,
        extra_parameters: Vec::new(),
    }
}
