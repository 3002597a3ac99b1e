//! Which host a call goes to.

use futures_util::future::BoxFuture;

/// Where calls of one product go.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Endpoint {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Host, with the port where it is not the usual one, in the form that a `Host` header has.
    pub host: String,
    /// The path: `/`, or what the endpoint was configured with.
    pub path: String,
}

impl Endpoint {
    /// Scheme, host and path.
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }
}

/// An endpoint that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{origin}: {reason}")]
pub struct Unusable {
    /// Where it was configured: an argument, a variable or a file.
    pub origin: String,
    /// The reason.
    pub reason: String,
}

/// Finds the endpoint of ECS for a region.
pub trait FindEndpoint: Send + Sync {
    /// The endpoint of ECS in `region`.
    fn find<'a>(&'a self, region: &'a str) -> BoxFuture<'a, Result<Endpoint, Unusable>>;
}
