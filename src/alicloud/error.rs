//! The reasons that a call failed: facts, without advice for the user.
//!
//! No error contains a key, a token, a signature, a string to sign, a query or a body, so every
//! error may be shown and logged, with all its sources.

use std::{error, fmt, sync::Arc, time::Duration};

use super::{
    Product,
    origin::{KeyOrigin, Origin},
};
use crate::ctx::http;

/// A call that failed permanently.
#[derive(Clone, Debug)]
pub struct Error {
    /// The product whose action was called; `None` if no call was made.
    pub product: Option<Product>,
    /// The API action, such as `DescribeImages`.
    pub action: &'static str,
    /// The region of the call; empty if it was not yet determined.
    pub region: String,
    /// The host of the call, with a port if it is not the default; empty if no host was called yet.
    pub host: String,
    /// What named that host; `None` if no host was called yet.
    pub origin: Option<Origin>,
    /// What the credential of the call is from, if that is known.
    pub key: Option<Arc<KeyOrigin>>,
    /// How many attempts were made.
    pub attempts: u32,
    /// How long they took.
    pub elapsed: Duration,
    /// The cause of the last failure.
    pub cause: Cause,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.action)?;
        for (before, part) in [(" in ", &self.region), (" at ", &self.host)] {
            if !part.is_empty() {
                write!(f, "{before}{part}")?;
            }
        }
        write!(f, " after {} attempts", self.attempts)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// The last cause of a failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Cause {
    /// The service refused.
    #[error("the service refused the call")]
    Api(#[source] ApiError),
    /// The run was interrupted.
    #[error("cancelled")]
    Cancelled,
    /// There is no credential to sign with.
    #[error("there is no credential to sign with")]
    Credentials(#[source] CredentialsError),
    /// The read timed out.
    #[error(transparent)]
    Deadline(Timeout),
    /// The configured endpoint cannot be used.
    #[error("the endpoint from {origin} cannot be used: {reason}")]
    Endpoint {
        /// What named it.
        origin: Origin,
        /// The reason.
        reason: String,
    },
    /// The configured Location service returned no endpoint.
    #[error("the Location service at {host} named no endpoint: {reason}")]
    Location {
        /// Its host.
        host: String,
        /// The reason, with the request ID.
        reason: String,
        /// The refusal of the service, if that is the reason.
        refusal: Option<Box<ApiError>>,
    },
    /// HTTP 200, but not a response of this API.
    #[error("the response (status {status}) is not a valid response of this action: {reason}")]
    Garbled {
        /// The status code.
        status: u16,
        /// What is wrong with the body.
        reason: String,
        /// The request id, if the response names one.
        request_id: Option<String>,
        /// Whether a retry may succeed, because the body was truncated or replaced in transit, or
        /// is the response to another request.
        transient: bool,
    },
    /// `TotalCount` and the pages never agreed.
    #[error("received {received} of {total_count} images after reading all pages {rounds} times")]
    Inconsistent {
        /// `TotalCount` of page 1.
        total_count: u64,
        /// How many different images were received.
        received: u64,
        /// How often all pages were read.
        rounds: u32,
        /// The request ID of the last response, if it has one.
        request_id: Option<String>,
    },
    /// The images of the lookup would take more memory than a lookup may use.
    #[error("the first {received} of {total_count} images take more than {limit} bytes")]
    TooManyImages {
        /// `TotalCount` on page 1.
        total_count: u64,
        /// How many images had been received by then.
        received: u64,
        /// How much memory the images of a lookup may take, in bytes.
        limit: u64,
        /// The request ID of the last response, if it has one.
        request_id: Option<String>,
    },
    /// There was no response.
    #[error("there was no response")]
    Transport(#[source] http::Error),
}

impl Cause {
    /// How long the service wants the client to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after,
            _ => None,
        }
    }
}

/// A read that was not complete in time.
#[derive(Clone, Debug, Default, thiserror::Error)]
#[error("timed out after {limit:?}")]
pub struct Timeout {
    /// How long it was allowed to take.
    pub limit: Duration,
    /// What sets this limit.
    pub bound: Bound,
    /// How much of that passed while an equal lookup was being read.
    pub waited: Duration,
    /// How long the service asked to wait before the next attempt, if that was longer than the time
    /// that was left.
    pub asked: Option<Duration>,
    /// How many calls had a complete response that could be used.
    pub answered: u32,
    /// Whether another response had begun.
    pub begun: bool,
    /// The reason that the last attempt failed, if it was complete.
    #[source]
    pub last: Option<Box<Cause>>,
}

/// What limits the time of a read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Bound {
    /// The deadline of the caller, which for a data block is its `timeouts.read`.
    #[default]
    Deadline,
    /// `max_retry_timeout` of the provider.
    MaxRetryTimeout,
}

/// `text`, followed by the request ID if there is one.
pub(crate) fn with_request_id(text: &str, request_id: Option<&str>) -> String {
    match request_id {
        Some(id) => format!("{text} (request ID {id})"),
        None => text.to_owned(),
    }
}

/// An error that the service returned. Source: ECS API, common error codes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// `Code`; empty if the body could not be decoded.
    pub code: String,
    /// `Message`, sanitized, cut to 1,000 characters, and without the string to sign that
    /// `SignatureDoesNotMatch` carries.
    pub message: String,
    /// `RequestId`; empty if the body could not be decoded.
    pub request_id: String,
    /// The action that RAM refused (`AccessDeniedDetail.AuthAction`).
    pub denied_action: Option<String>,
    /// How RAM refused (`AccessDeniedDetail.NoPermissionType`): `ExplicitDeny`, `ImplicitDeny`.
    pub denied_by: Option<String>,
    /// The identity that RAM refused (`AccessDeniedDetail.AuthPrincipalDisplayName`).
    pub denied_principal: Option<String>,
    /// How long the service wants the client to wait (`Retry-After`, `x-acs-retry-after`).
    pub retry_after: Option<Duration>,
    /// The server's clock minus ours in seconds, if the response has a `Date`.
    pub clock_skew: Option<i64>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        for (before, part, after) in [
            (", ", &self.code, ""),
            (": ", &self.message, ""),
            (" (request ID ", &self.request_id, ")"),
        ] {
            if !part.is_empty() {
                write!(f, "{before}{part}{after}")?;
            }
        }
        Ok(())
    }
}

impl error::Error for ApiError {}

/// The reason that there is no credential.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CredentialsError {
    /// The configured source failed; no other is tried.
    #[error("{source_name} returned no credentials: {reason}")]
    Failed {
        /// The name of the source in messages.
        source_name: String,
        /// Why it failed.
        reason: String,
        /// What to set, unset or check. Empty if the reason already contains it.
        remedy: String,
    },
    /// Half of an access key is configured, and which half is missing.
    #[error("{0}")]
    Incomplete(String),
    /// Nothing is configured.
    #[error("no credentials are configured")]
    Missing {
        /// The sources that were skipped, each with the reason.
        skipped: Vec<(String, String)>,
    },
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_error_has_its_causes_as_sources() {
        let refusal = ApiError {
            status: 400,
            code: "Throttling.User".into(),
            message: "too many".into(),
            request_id: "R-1".into(),
            ..ApiError::default()
        };
        let last = Some(Box::new(Cause::Api(refusal)));
        let error = Error {
            product: Some(Product::ECS),
            action: "DescribeImages",
            region: "cn-hangzhou".into(),
            host: "ecs.test".into(),
            origin: None,
            key: None,
            attempts: 3,
            elapsed: Duration::from_secs(9),
            cause: Cause::Deadline(Timeout {
                limit: Duration::from_secs(10),
                last,
                ..Timeout::default()
            }),
        };
        let mut shown = vec![error.to_string()];
        let mut source = error.source();
        while let Some(cause) = source {
            shown.push(cause.to_string());
            source = cause.source();
        }
        assert_eq!(
            shown,
            [
                "DescribeImages failed in cn-hangzhou at ecs.test after 3 attempts",
                "timed out after 10s",
                "the service refused the call",
                "status 400, Throttling.User: too many (request ID R-1)",
            ]
        );
    }
}
