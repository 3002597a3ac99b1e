//! Requests that are repeated until one succeeds, one fails for good, or the time is over.
//!
//! What signed calls ([`super::call`]) have in common with plain requests to servers that return
//! credentials: the attempts, the limits that the process shares, the redaction of what a response
//! repeats, the log. The [`Policy`] says how failures are dealt with, [`Requests`] makes the
//! requests, and the caller gives the function that reads the response.

use std::{panic::resume_unwind, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
};
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use super::{
    credentials::Credential,
    decode::{self, read_refusal},
    error::Cause,
    process::Process,
    redact::Redactor,
    retry::{
        FailureClass,
        attempts::{Attempts, End, Next, Policy},
    },
    trace::CallTrace,
};
use crate::ctx::{
    Ctx,
    http::{Body, Request, Response},
};

/// From this size on, in bytes, a body is decoded on a thread of its own: it takes about a
/// millisecond.
const LONG_BODY: usize = 256 << 10;

/// Makes the requests, one for each attempt: a signature contains a time and a nonce.
pub(crate) trait Requests: Send + Sync {
    /// The credential to sign with, where requests are signed.
    fn credential(&self) -> BoxFuture<'_, Result<Option<Arc<Credential>>, Cause>> {
        ready(Ok(None)).boxed()
    }

    /// The next request.
    fn request(&self, credential: Option<&Credential>) -> Request;

    /// Gets another credential in place of one that the service called expired. Returns whether
    /// there is one.
    fn renew<'a>(&'a self, _refused: &'a Arc<Credential>) -> BoxFuture<'a, Result<bool, Cause>> {
        ready(Ok(false)).boxed()
    }
}

/// Sends requests and reads the response to one of them.
#[derive(Clone, Copy)]
pub(crate) struct Exchange<'a> {
    /// Clock, randomness and HTTP.
    pub(crate) ctx: &'a Ctx,
    /// What all exchanges of the process share.
    pub(crate) process: &'a Process,
    /// How failures are dealt with.
    pub(crate) policy: Policy,
    /// The attempts and the deadline.
    pub(crate) trace: &'a CallTrace,
    /// The page that is requested, for the log; 0 where there are no pages.
    pub(crate) page: u64,
}

impl Exchange<'_> {
    /// Sends `requests` until one succeeds, and reads the response with `read`.
    ///
    /// # Errors
    ///
    /// The cause of the last attempt, or [`Cause::Deadline`] where the time is over.
    pub(crate) async fn run<T, R>(&self, requests: &dyn Requests, read: R) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: Fn(&[u8]) -> Result<T, decode::Error> + Clone + Send + 'static,
    {
        let answer = self.repeat(requests, read);
        match timeout_at(self.trace.deadline(), answer).await {
            Ok(answer) => answer,
            Err(_) => Err(self.trace.timed_out(self.trace.limit())),
        }
    }

    async fn repeat<T, R>(&self, requests: &dyn Requests, read: R) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: Fn(&[u8]) -> Result<T, decode::Error> + Clone + Send + 'static,
    {
        let mut attempts =
            Attempts::until(self.trace.deadline(), self.policy, self.ctx, self.process);
        loop {
            // A permit is not held while a credential is fetched, and a request is not signed
            // before it can be sent.
            let credential = requests.credential().await?;
            let permit = match self.policy.limited {
                true => Some(self.process.limiter.permit().await),
                false => None,
            };
            let request = requests.request(credential.as_deref());
            let cause = match self.attempt(request, credential.as_deref(), read.clone()).await {
                Ok(answer) => {
                    if let Some(permit) = permit {
                        permit.succeeded();
                    }
                    attempts.succeeded();
                    return Ok(answer);
                }
                Err(cause) => cause,
            };
            match permit {
                Some(permit) if FailureClass::of(&cause) == FailureClass::Throttled => {
                    permit.throttled();
                }
                permit => drop(permit),
            }
            self.trace.attempt_failed(&cause);
            match attempts.failed(&cause).await {
                Ok(Next::Retry) => {}
                Ok(Next::Renew) => match credential {
                    Some(refused) if requests.renew(&refused).await? => {}
                    _ => return Err(cause),
                },
                Err(End::GiveUp) => return Err(cause),
                Err(End::OutOfTime) => return Err(self.trace.timed_out(self.trace.limit())),
            }
        }
    }

    async fn attempt<T, R>(
        &self,
        mut request: Request,
        credential: Option<&Credential>,
        read: R,
    ) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: FnOnce(&[u8]) -> Result<T, decode::Error> + Send + 'static,
    {
        let begun = Instant::now();
        let remaining = self.trace.deadline().saturating_duration_since(begun);
        request.limits.total = request.limits.total.min(remaining);
        self.trace.attempt_begins();
        let host = request.host().to_owned();
        let redactor = Redactor::new(&request, credential);
        let response = self.ctx.http.send(request).await;
        // What is not a valid URL may have anything in the place of the host, so the error has
        // none.
        self.trace.calls(response.as_ref().map_or_else(|error| &*error.host, |_| &*host));
        let status = response.as_ref().map_or(0, |response| response.status().as_u16());
        let answer = match response {
            Ok(response) => self.read_answer(response, &redactor, read).await,
            Err(error) => Err(Cause::Transport(error)),
        };
        self.log(status, begun.elapsed(), answer.as_ref().err());
        answer
    }

    async fn read_answer<T, R>(
        &self,
        response: Response,
        redactor: &Redactor,
        read: R,
    ) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: FnOnce(&[u8]) -> Result<T, decode::Error> + Send + 'static,
    {
        let status = response.status();
        let refusal = || Cause::Api(read_refusal(&response, self.ctx.clock.now(), redactor));
        if !status.is_success() {
            return Err(refusal());
        }
        let (reason, request_id, transient) = match read_body(response.body().clone(), read).await {
            Ok(answer) => return Ok(answer),
            Err(decode::Error::Refused) => {
                return Err(refusal());
            }
            Err(decode::Error::Broken(reason)) => (reason, None, true),
            Err(decode::Error::Unexpected { reason, request_id }) => (reason, request_id, false),
            Err(decode::Error::Mismatch { reason, request_id }) => (reason, request_id, true),
        };
        // A body that is not a response may still have come from the service, which then names the
        // call in a header.
        let request_id = request_id
            .map(|id| redactor.redact(&id))
            .or_else(|| decode::request_id(&response, redactor));
        let reason = redactor.redact(&reason);
        Err(Cause::Garbled { status: status.as_u16(), reason, request_id, transient })
    }

    fn log(&self, status: u16, elapsed: Duration, failure: Option<&Cause>) {
        let (code, request_id) = match failure {
            Some(Cause::Api(error)) => (error.code.as_str(), error.request_id.as_str()),
            Some(Cause::Garbled { request_id, .. }) => {
                ("(garbled)", request_id.as_deref().unwrap_or_default())
            }
            Some(_) => ("(no response)", ""),
            None => ("", ""),
        };
        debug!(
            action = self.trace.action(),
            host = self.trace.host(),
            page = self.page,
            status,
            code,
            request_id,
            elapsed_ms = elapsed.as_millis() as u64,
            "call"
        );
    }
}

async fn read_body<T, R>(body: Body, read: R) -> Result<T, decode::Error>
where
    T: Send + 'static,
    R: FnOnce(&[u8]) -> Result<T, decode::Error> + Send + 'static,
{
    if body.len() < LONG_BODY {
        return read(&body);
    }
    match tokio::task::spawn_blocking(move || read(&body)).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Only a runtime that shuts down cancels such a task.
            Err(_) => Err(decode::Error::Broken("decoding was cancelled".into())),
        },
    }
}
