//! What named an endpoint or set a credential: errors report it, and their remedies depend on it.

use std::fmt;

/// The origin of an endpoint.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Origin {
    /// An argument of the `provider` block, such as `endpoints.ecs`.
    Argument(&'static str),
    /// The file `endpoints.xml`, by its path.
    File(String),
    /// A response of the Location service, by its host.
    Location(String),
    /// A profile, by its name in messages.
    Profile(String),
    /// The name of the region, from which the host is derived.
    Region,
    /// An environment variable.
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => f.write_str(name),
            Self::File(path) => write!(f, "the file {path}"),
            Self::Location(host) => write!(f, "the response of {host}"),
            Self::Profile(profile) => f.write_str(profile),
            Self::Region => f.write_str("region"),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
        }
    }
}

/// What the parts of a credential are from, for messages about one that the service refuses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyOrigin {
    /// A configured access key: what sets each part, such as "the environment variable
    /// ALICLOUD_ACCESS_KEY".
    Configured {
        /// The AccessKey ID.
        id: String,
        /// The AccessKey secret.
        secret: String,
        /// The STS token, if there is one.
        token: Option<String>,
    },
    /// A source that returns the whole credential, by its name in messages.
    Issued(String),
}
