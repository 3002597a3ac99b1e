//! Why a call failed: facts, without sentences for the user.
//!
//! Nothing here holds a key, a token, a signature, a string to sign, a query or a body.

use std::time::Duration;

use super::endpoint::Unusable;
use crate::ctx::http;

/// A call that failed for good.
#[derive(Clone, Debug)]
pub struct Error {
    /// The API action, such as `DescribeImages`.
    pub action: &'static str,
    /// The region that was asked; empty where that was not yet settled.
    pub region: String,
    /// The host that was asked, with a port where it is not the usual one; empty where no endpoint
    /// was reached yet.
    pub host: String,
    /// How often it was tried.
    pub tries: u32,
    /// How long that took.
    pub elapsed: Duration,
    /// The last cause.
    pub cause: Cause,
}

/// The last cause of a failure.
#[derive(Clone, Debug)]
pub enum Cause {
    /// The service refused.
    Api(ApiError),
    /// The run was interrupted.
    Cancelled,
    /// No credential could be had.
    Credentials(CredentialsError),
    /// The time of the read was over; `last` is why the try before did not succeed.
    Deadline {
        /// How long it was allowed to take.
        limit: Duration,
        /// What the last complete try met.
        last: Option<Box<Self>>,
    },
    /// The endpoint that is configured cannot be used, and why.
    Endpoint {
        /// Where it was configured: an argument, a variable or a file.
        source: String,
        /// The reason.
        reason: String,
    },
    /// The Location service, which is configured, named no endpoint.
    Location {
        /// Its host.
        host: String,
        /// Why not.
        reason: String,
    },
    /// HTTP 200, but not an answer of this API.
    Garbled {
        /// The status code.
        status: u16,
        /// What is wrong with the body.
        reason: String,
        /// The request id, if the answer names one.
        request_id: Option<String>,
        /// Whether a retry may bring an answer: the body was cut, something on the way put its own
        /// text in its place, or it answers another request.
        transient: bool,
    },
    /// `TotalCount` and the pages never agreed.
    Inconsistent {
        /// What `TotalCount` said on page 1.
        total_count: u64,
        /// How many different images came.
        received: u64,
        /// How often all pages were read.
        rounds: u32,
    },
    /// The images of the lookup would take more memory than a lookup may use.
    TooManyImages {
        /// What `TotalCount` said on page 1.
        total_count: u64,
        /// How many images had come by then.
        received: u64,
        /// How much memory the images of a lookup may take, in bytes.
        limit: u64,
    },
    /// There was no answer.
    Transport(http::Error),
}

impl From<Unusable> for Cause {
    fn from(Unusable { origin, reason }: Unusable) -> Self {
        Self::Endpoint { source: origin, reason }
    }
}

impl Cause {
    /// How long the service asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after,
            _ => None,
        }
    }
}

/// An error that the service answered. Source: ECS API, common error codes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// `Code`; empty where the body could not be read.
    pub code: String,
    /// `Message`, without control characters, cut to 1,000 characters, and without the string to
    /// sign that `SignatureDoesNotMatch` carries.
    pub message: String,
    /// `RequestId`; empty where the body could not be read.
    pub request_id: String,
    /// The action that RAM refused (`AccessDeniedDetail.AuthAction`).
    pub denied_action: Option<String>,
    /// How RAM refused (`AccessDeniedDetail.NoPermissionType`): `ExplicitDeny`, `ImplicitDeny`.
    pub denied_by: Option<String>,
    /// Whom RAM refused (`AccessDeniedDetail.AuthPrincipalDisplayName`).
    pub denied_principal: Option<String>,
    /// How long the service asks to wait (`Retry-After`, `x-acs-retry-after`).
    pub retry_after: Option<Duration>,
    /// The server's clock less ours in seconds, where the answer has a `Date`.
    pub clock_skew: Option<i64>,
}

/// Why no credential could be had.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CredentialsError {
    /// Every source that was asked, in order, with the reason why it gave none.
    pub sources: Vec<(String, String)>,
    /// The source that is configured but failed, if one did: then the others were not asked.
    pub failed: Option<String>,
}
