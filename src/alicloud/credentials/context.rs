//! The shared context of the sources, and how they send requests.
//!
//! A source says only what to request and how to read the response. That it is limited, retried and
//! redacted like every other exchange, with the same user agent and through the same proxies, is the
//! same for all of them, so it is here.

use std::time::Duration;

use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{
    Credential,
    error::{Input, SourceError},
};
use crate::{
    alicloud::{
        call::Policy,
        endpoint::Endpoints,
        exchange::{Exchange, Requests},
        process::Process,
    },
    ctx::{
        Ctx,
        http::{Limits, Request},
    },
};

/// The size limit of the response of a service that returns credentials, in bytes: one credential,
/// a few names.
const BODY_LIMIT: usize = 256 << 10;

/// The shared context of the sources.
#[derive(Clone)]
pub(crate) struct SourceContext {
    pub(crate) ctx: Ctx,
    /// The state that all requests of the process share.
    pub(crate) process: Process,
    pub(crate) endpoints: Endpoints,
    pub(crate) user_agent: String,
    /// The region in which STS is called.
    pub(crate) region: String,
    /// The connect timeout.
    pub(crate) connect_timeout: Duration,
    /// The read timeout.
    pub(crate) read_timeout: Duration,
    /// The deadline for reading files while the source is chosen.
    pub(crate) deadline: Instant,
}

impl SourceContext {
    /// The limits of one attempt.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            connect: self.connect_timeout,
            read: self.read_timeout,
            total: self.connect_timeout.saturating_add(self.read_timeout),
            body: BODY_LIMIT,
        }
    }

    /// Sends the request that `request` builds from the `limits` of an attempt, and returns the
    /// body of the response, which is zeroized on drop. `input` names the response in messages,
    /// which contain nothing from the request.
    pub(crate) async fn fetch<F>(
        &self,
        input: Input,
        policy: Policy,
        limits: Limits,
        request: F,
    ) -> Result<Zeroizing<Vec<u8>>, SourceError>
    where
        F: Fn(Limits) -> Request + Send + Sync,
    {
        let trace = policy.trace("credentials", "", limits);
        let (ctx, process) = (&self.ctx, &self.process);
        let exchange = Exchange { ctx, process, policy, trace: &trace, page: 0 };
        let body = exchange
            .run(&Unsigned(|| request(limits)), |body| Ok(Zeroizing::new(body.to_vec())))
            .await;
        body.map_err(|cause| SourceError::of_call(input, trace.host(), cause))
    }
}

/// Requests without a signature.
struct Unsigned<F>(F);

impl<F: Fn() -> Request + Send + Sync> Requests for Unsigned<F> {
    fn request(&self, _credential: Option<&Credential>) -> Request {
        (self.0)()
    }
}
