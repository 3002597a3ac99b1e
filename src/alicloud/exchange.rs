//! Requests that are repeated until one succeeds, one fails permanently, or the deadline is
//! reached.
//!
//! This is the part that signed calls ([`super::call`]) share with plain requests to servers that
//! return credentials: the attempts, the process-wide limits, redaction of responses, and the log.
//! The [`Policy`] determines how failures are handled, [`Requests`] makes the requests, and the
//! caller provides the function that reads the response.

use std::{panic::resume_unwind, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::debug;

use super::{
    credential::Credential,
    decode::{self, read_refusal},
    error::Cause,
    process::Process,
    redact::Redactor,
    retry::{AttemptCounts, Decision, FailedAttempt, FailureClass, decide},
    trace::CallTrace,
};
use crate::ctx::{
    Ctx,
    http::{self, Limits, Request, Response},
};

/// A body of at least this size, in bytes, is decoded on another thread, because that takes about a
/// millisecond.
pub(super) const LONG_BODY: usize = 256 << 10;

/// Makes the requests, one for each attempt: a signature contains a time and a nonce.
pub(crate) trait Requests: Send + Sync {
    /// The credential to sign with, if requests are signed.
    fn credential(&self) -> BoxFuture<'_, Result<Option<Arc<Credential>>, Cause>> {
        ready(Ok(None)).boxed()
    }

    /// The next request.
    fn request(&self, credential: Option<&Credential>) -> Request;

    /// Gets a new credential after the service rejected one as expired. Returns whether there is
    /// one.
    fn renew<'a>(&'a self, _refused: &'a Arc<Credential>) -> BoxFuture<'a, Result<bool, Cause>> {
        ready(Ok(false)).boxed()
    }
}

/// Sends requests and reads the response to one of them.
#[derive(Clone, Copy)]
pub(crate) struct Exchange<'a> {
    /// Clock, randomness and HTTP.
    pub(crate) ctx: &'a Ctx,
    /// The state that all exchanges of the process share.
    pub(crate) process: &'a Process,
    /// How failures are handled.
    pub(crate) policy: Policy,
    /// The attempts and the deadline.
    pub(crate) trace: &'a CallTrace,
    /// The requested page, for the log; 0 if there are no pages.
    pub(crate) page: u64,
}

impl Exchange<'_> {
    /// Sends `requests` until one succeeds, and reads the response with `read`.
    ///
    /// # Errors
    ///
    /// The cause of the last attempt, or [`Cause::Deadline`] if the requests timed out.
    pub(crate) async fn run<T, R>(&self, requests: &dyn Requests, read: R) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: Fn(&[u8]) -> Result<T, decode::Error> + Clone + Send + 'static,
    {
        self.trace.in_time(self.repeat(requests, read)).await?
    }

    async fn repeat<T, R>(&self, requests: &dyn Requests, read: R) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: Fn(&[u8]) -> Result<T, decode::Error> + Clone + Send + 'static,
    {
        let mut attempts = Attempts::new(self.trace, self.policy, self.ctx, self.process);
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
                    self.trace.attempt_succeeded(self.page);
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
            if is_out_of_time(&cause) && self.trace.deadline() <= Instant::now() {
                // The deadline ended this attempt, so it says nothing about the host.
                return Err(self.trace.timed_out());
            }
            self.trace.attempt_failed(self.page, &cause);
            match attempts.failed(&cause).await {
                Ok(Next::Retry) => {}
                Ok(Next::Renew) => match credential {
                    Some(refused) if requests.renew(&refused).await? => {}
                    _ => return Err(cause),
                },
                Err(End::GiveUp) => return Err(cause),
                // The time for this service is over, but not that of the work.
                Err(End::OutOfTime { .. }) if attempts.deadline() < self.trace.deadline() => {
                    return Err(cause);
                }
                Err(End::OutOfTime { asked }) => {
                    if let Some(asked) = asked {
                        self.trace.asked_to_wait(asked);
                    }
                    return Err(self.trace.timed_out());
                }
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
        self.trace.attempt_begins(&request.arrival);
        let host = request.host().to_owned();
        let redactor = Redactor::new(&request, credential);
        let response = self.ctx.http.send(request).await;
        // An invalid URL may have anything in place of the host, so the error does not contain it.
        self.trace.calls(response.as_ref().map_or_else(|error| &*error.host, |_| &*host));
        let status = response.as_ref().map_or(0, |response| response.status().as_u16());
        let mut request_id = None;
        let answer = match response {
            Ok(response) => {
                request_id = decode::request_id(response.headers(), &redactor);
                self.trace.responded(request_id.clone());
                self.read_answer(response, &redactor, read).await
            }
            Err(error) => {
                let request_id = error.request_id.map(|id| decode::clean_name(&id, &redactor));
                Err(Cause::Transport(http::Error { request_id, ..error }))
            }
        };
        self.log(status, begun.elapsed(), answer.as_ref().err(), request_id.as_deref());
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
        let (reason, request_id, transient) = match read_body(Bytes::clone(response.body()), read)
            .await
        {
            Ok(answer) => return Ok(answer),
            Err(decode::Error::Refused) => {
                return Err(refusal());
            }
            Err(decode::Error::Broken(reason)) => (reason, None, true),
            Err(decode::Error::Unexpected { reason, request_id }) => (reason, request_id, false),
            Err(decode::Error::Mismatch { reason, request_id }) => (reason, request_id, true),
        };
        // A body that is not a response may still be from the service, which then has the request
        // ID in a header.
        let request_id = request_id
            .map(|id| decode::clean_name(&id, redactor))
            .or_else(|| decode::request_id(response.headers(), redactor));
        let reason = redactor.redact(&reason);
        Err(Cause::Garbled { status: status.as_u16(), reason, request_id, transient })
    }

    /// Logs an attempt; `request_id` is the one in the headers of the response.
    fn log(
        &self,
        status: u16,
        elapsed: Duration,
        failure: Option<&Cause>,
        request_id: Option<&str>,
    ) {
        let (code, request_id) = match failure {
            Some(Cause::Api(error)) => (error.code.as_str(), error.request_id.as_str()),
            Some(Cause::Garbled { request_id, .. }) => {
                ("(garbled)", request_id.as_deref().unwrap_or_default())
            }
            Some(Cause::Transport(error)) => {
                ("(no response)", error.request_id.as_deref().unwrap_or_default())
            }
            Some(_) => ("(no response)", ""),
            None => ("", request_id.unwrap_or_default()),
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

/// Whether the response of an attempt did not arrive in time.
fn is_out_of_time(cause: &Cause) -> bool {
    use http::{Error, ErrorKind::*};
    matches!(cause, Cause::Transport(Error { kind: ReadTimeout | Stalled, .. }))
}

/// Reads `body` with `read`, on another thread if it is long.
pub(super) async fn read_body<T, R>(body: Bytes, read: R) -> Result<T, decode::Error>
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
            // Such a task is canceled only if the runtime shuts down.
            Err(_) => Err(decode::Error::Broken("decoding was cancelled".into())),
        },
    }
}

/// How long a credential source is retried.
const CREDENTIALS: Duration = Duration::from_secs(30);

/// How one kind of request handles failures. The classification of failures and the backoff are the
/// same for all kinds.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// How long after the first attempt another one may start, if the deadline is not earlier.
    pub(crate) patience: Duration,
    /// Whether a refusal of the time means that our clock is wrong. Then the clock of the process
    /// is corrected, and the request is sent once more.
    pub(crate) corrects_clock: bool,
    /// Whether retries after server errors draw on the budget of the process.
    pub(crate) draws_on_budget: bool,
    /// Whether an attempt needs a permit of the concurrency limiter, which follows the quota of ECS.
    pub(crate) limited: bool,
}

impl Policy {
    /// Calls of ECS: until the deadline of the lookup.
    pub const ECS: Self = Self {
        patience: Duration::MAX,
        corrects_clock: true,
        draws_on_budget: true,
        limited: true,
    };

    /// Calls of STS and Location, which a lookup needs in addition to the images.
    pub const AUXILIARY: Self = Self { patience: CREDENTIALS, limited: false, ..Self::ECS };

    /// Requests without a signature to servers that return credentials.
    pub(crate) const UNSIGNED: Self = Self { corrects_clock: false, ..Self::AUXILIARY };

    /// The trace of a call that starts now. Its deadline includes the limits of the last attempt
    /// that the patience allows.
    pub(crate) fn trace(self, action: &'static str, region: &str, limits: Limits) -> CallTrace {
        let deadline = Instant::now() + self.patience.saturating_add(limits.total);
        CallTrace::new(action, region, deadline)
    }

    /// Requests to the metadata service, with this patience. The service belongs to this machine,
    /// so an outage of the cloud must not use up its retries.
    pub(crate) const fn metadata(patience: Duration) -> Self {
        Self { patience, draws_on_budget: false, ..Self::UNSIGNED }
    }
}

/// The failed attempts of one call.
struct Attempts<'a> {
    ctx: &'a Ctx,
    process: &'a Process,
    policy: Policy,
    trace: &'a CallTrace,
    /// When the patience ends; `None` if the clock cannot represent the time.
    patience: Option<Instant>,
    failed: AttemptCounts,
    /// Whether the clock was corrected, or must not be.
    clock_corrected: bool,
    /// Whether a new credential was requested.
    renewed: bool,
}

/// What to do before the next attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    /// Fetch a new credential.
    Renew,
    /// Nothing; the wait has ended.
    Retry,
}

/// The reason that no further attempt is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// It would fail as well.
    GiveUp,
    /// It would be too late.
    OutOfTime {
        /// How long the service asks to wait, if that is the reason.
        asked: Option<Duration>,
    },
}

impl<'a> Attempts<'a> {
    /// Attempts with `policy` that start now and end by the deadline of `trace`.
    fn new(trace: &'a CallTrace, policy: Policy, ctx: &'a Ctx, process: &'a Process) -> Self {
        Self {
            ctx,
            process,
            policy,
            trace,
            patience: Instant::now().checked_add(policy.patience),
            failed: AttemptCounts::default(),
            clock_corrected: !policy.corrects_clock,
            renewed: false,
        }
    }

    /// The time from which no further attempt may start, as known now.
    fn deadline(&self) -> Instant {
        let deadline = self.trace.deadline();
        self.patience.map_or(deadline, |patience| patience.min(deadline))
    }

    /// An attempt succeeded.
    fn succeeded(&self) {
        if self.policy.draws_on_budget {
            self.process.retries.succeeded();
        }
    }

    /// Decides what to do after an attempt that failed for `cause`, and waits for the backoff.
    async fn failed(&mut self, cause: &Cause) -> Result<Next, End> {
        let class = FailureClass::of(cause);
        let decision = decide(FailedAttempt {
            class,
            retry_after: cause.retry_after(),
            count: self.failed.failed(class),
            remedied: match class {
                FailureClass::ClockSkew => self.clock_corrected,
                _ => self.renewed,
            },
            remaining: self.deadline().saturating_duration_since(Instant::now()),
            fraction: self.ctx.entropy.fraction(),
        });
        match decision {
            Decision::GiveUp => return Err(End::GiveUp),
            Decision::OutOfTime => return Err(End::OutOfTime { asked: cause.retry_after() }),
            Decision::Renew => {
                self.renewed = true;
                return Ok(Next::Renew);
            }
            Decision::CorrectClock => {
                self.clock_corrected = true;
                if let Cause::Api(refusal) = cause {
                    self.process.clock.correct(refusal.clock_skew.unwrap_or_default());
                }
            }
            Decision::Wait(wait) => {
                sleep(wait).await;
                if class.is_server_error() && self.policy.draws_on_budget {
                    let token = timeout_at(self.deadline(), self.process.retries.take()).await;
                    token.map_err(|_| End::OutOfTime { asked: None })?;
                }
            }
        }
        Ok(Next::Retry)
    }
}
