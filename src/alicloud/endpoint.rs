//! Which host a call goes to.

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
