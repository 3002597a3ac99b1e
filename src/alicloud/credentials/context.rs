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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::{
        ctx::{
            fixed::{Fixed, json, response},
            http::Method,
        },
        secret::Secret,
    };

    async fn fetch(world: &Fixed, process: &Process, policy: Policy) -> Result<(), SourceError> {
        let context = SourceContext {
            ctx: world.ctx(),
            process: process.clone(),
            endpoints: Endpoints::default(),
            user_agent: "test".into(),
            region: "cn-test".into(),
            connect_timeout: Duration::from_secs(1),
            read_timeout: Duration::from_secs(1),
            deadline: Instant::now(),
        };
        let request = |limits| Request {
            method: Method::GET,
            url: "http://127.0.0.1/".into(),
            query: Secret::default(),
            headers: Vec::new(),
            body: Secret::default(),
            limits,
            proxy: false,
            tls: Default::default(),
            always_verified: false,
            arrival: Default::default(),
        };
        context.fetch(Input::CredentialsUri, policy, context.limits(), request).await.map(drop)
    }

    /// Such a server is not the service, and no signature of ours has a time that it could refuse.
    #[tokio::test(start_paused = true)]
    async fn a_server_of_credentials_cannot_change_the_clock() {
        let (world, process) = (Fixed::default(), Process::default());
        world.http.always(|_| {
            let date = [("date", "Fri, 02 Jan 2026 03:34:05 GMT")];
            Ok(response(400, &date, r#"{"Code":"InvalidTimeStamp.Expired","Message":"late"}"#))
        });
        assert!(fetch(&world, &process, Policy::UNSIGNED).await.is_err());
        assert_eq!((world.http.seen().len(), process.clock.seconds()), (1, 0));
    }

    /// The longest token of a security service has a few KiB.
    #[tokio::test(start_paused = true)]
    async fn a_response_with_a_credential_may_have_64_kib() {
        let (world, process) = (Fixed::default(), Process::default());
        world.http.push_json(200, "{}");
        assert!(fetch(&world, &process, Policy::UNSIGNED).await.is_ok());
        assert!(world.http.seen()[0].limits.body >= 64 << 10);
    }

    /// The retry budget is for failures of a service, not for its quota.
    #[tokio::test(start_paused = true)]
    async fn a_throttled_request_is_retried_even_in_an_outage_of_the_cloud() {
        let (world, process) = (Fixed::default(), Process::default());
        while process.retries.take().now_or_never().is_some() {}
        world.http.push_json(429, "");
        world.http.push_json(200, "{}");
        let begun = Instant::now();
        assert!(fetch(&world, &process, Policy::UNSIGNED).await.is_ok());
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn the_metadata_service_is_retried_for_its_own_time_even_in_an_outage_of_the_cloud() {
        let (world, process) = (Fixed::default(), Process::default());
        // The outage has used up all retries of the process.
        while process.retries.take().now_or_never().is_some() {}
        let policy = Policy::metadata(Duration::from_secs(3));
        world.http.push_json(503, "");
        world.http.push_json(200, "{}");
        let begun = Instant::now();
        assert!(fetch(&world, &process, policy).await.is_ok());
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
        world.http.always(|_| Ok(json(503, "")));
        let begun = Instant::now();
        assert!(fetch(&world, &process, policy).await.is_err());
        assert!(begun.elapsed() <= Duration::from_secs(3), "{:?}", begun.elapsed());
    }
}
