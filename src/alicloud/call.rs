//! Signed calls: repeated until one succeeds, one fails for good, or the time is over.
//!
//! Every attempt is signed separately, with its own instant and nonce. What an answer holds is not known
//! here: the caller gives the function that reads it.

use std::{panic::resume_unwind, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use super::{
    credentials::{Credential, Credentials},
    decode::{self, read_refusal},
    endpoint::Endpoint,
    error::Cause,
    process::Process,
    redact::Redactor,
    retry::{
        FailureClass,
        attempts::{Attempts, End, Next},
    },
    sign::{self, Scheme},
    trace::CallTrace,
};
use crate::ctx::{
    Ctx,
    http::{Limits, Response},
};

/// The largest body of an answer, in bytes. A page of 100 images has about 200,000.
const BODY_LIMIT: usize = 4 << 20;

/// From this size on, in bytes, a body is decoded on a thread of its own: it takes about a
/// millisecond.
const LONG_BODY: usize = 256 << 10;

/// Makes calls with one set of credentials.
#[derive(Clone)]
pub struct Caller {
    /// Clock, randomness and HTTP.
    pub ctx: Ctx,
    /// What all callers of the process share.
    pub process: Process,
    /// The signature scheme.
    pub scheme: Scheme,
    /// Where the keys to sign with come from.
    pub credentials: Arc<dyn Credentials>,
    /// The user agent.
    pub user_agent: String,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long to wait for more bytes of an answer.
    pub read_timeout: Duration,
}

/// What to call.
#[derive(Clone, Copy)]
pub struct ApiCall<'a> {
    /// The API version, such as `2014-05-26`.
    pub version: &'static str,
    /// Where it goes.
    pub endpoint: &'a Endpoint,
    /// The parameters of the action, raw, `RegionId` included where it has one.
    pub parameters: &'a [(String, String)],
    /// The page that is requested, for the log; 0 where there are no pages.
    pub page: u64,
}

/// An attempt that failed, with the credential that signed it.
struct Failed {
    cause: Cause,
    credential: Option<Arc<Credential>>,
}

impl Caller {
    /// Makes the call until it succeeds, and reads the answer with `read`.
    ///
    /// # Errors
    ///
    /// The cause of the last attempt, or [`Cause::Deadline`] at the deadline of `trace`, which
    /// knows the rest.
    pub async fn call<T, R>(
        &self,
        call: ApiCall<'_>,
        trace: &CallTrace,
        read: R,
    ) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: Fn(&[u8]) -> Result<T, decode::Error> + Clone + Send + 'static,
    {
        trace.calls(&call.endpoint.host);
        let answer = self.call_until_success(call, trace, read);
        match timeout_at(trace.deadline(), answer).await {
            Ok(answer) => answer,
            Err(_) => Err(trace.timed_out(trace.limit())),
        }
    }

    async fn call_until_success<T, R>(
        &self,
        call: ApiCall<'_>,
        trace: &CallTrace,
        read: R,
    ) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: Fn(&[u8]) -> Result<T, decode::Error> + Clone + Send + 'static,
    {
        let mut attempts = Attempts::until(trace.deadline(), &self.ctx, &self.process);
        loop {
            let permit = self.process.limiter.permit().await;
            let failed = match self.attempt(call, trace, read.clone()).await {
                Ok(answer) => {
                    permit.succeeded();
                    self.process.retries.succeeded();
                    return Ok(answer);
                }
                Err(failed) => failed,
            };
            if FailureClass::of(&failed.cause) == FailureClass::Throttled {
                permit.throttled();
            } else {
                drop(permit);
            }
            trace.attempt_failed(&failed.cause);
            match attempts.failed(&failed.cause).await {
                Ok(Next::Retry) => {}
                Ok(Next::Renew) => {
                    let Some(refused) = failed.credential else { return Err(failed.cause) };
                    let renewed = self.credentials.renew(&refused).await;
                    if Arc::ptr_eq(&renewed.map_err(Cause::Credentials)?, &refused) {
                        return Err(failed.cause);
                    }
                }
                Err(End::GiveUp) => return Err(failed.cause),
                Err(End::OutOfTime) => return Err(trace.timed_out(trace.limit())),
            }
        }
    }

    async fn attempt<T, R>(
        &self,
        call: ApiCall<'_>,
        trace: &CallTrace,
        read: R,
    ) -> Result<T, Failed>
    where
        T: Send + 'static,
        R: FnOnce(&[u8]) -> Result<T, decode::Error> + Send + 'static,
    {
        let credential = self
            .credentials
            .credential()
            .await
            .map_err(|error| Failed { cause: Cause::Credentials(error), credential: None })?;
        let begun = Instant::now();
        trace.attempt_begins();
        let request = sign::sign(
            self.scheme,
            sign::Call {
                action: trace.action(),
                version: call.version,
                parameters: call.parameters,
                endpoint: call.endpoint,
                user_agent: &self.user_agent,
                limits: Limits {
                    connect: self.connect_timeout,
                    read: self.read_timeout,
                    total: trace.deadline().saturating_duration_since(begun),
                    body: BODY_LIMIT,
                },
            },
            &credential,
            self.process.clock.apply(self.ctx.clock.now()),
            &format!("{:032x}", u128::from_be_bytes(self.ctx.entropy.bytes())),
        );
        let redactor = Redactor::new(&request, Some(&credential));
        let response = self.ctx.http.send(request).await;
        let status = response.as_ref().map_or(0, |response| response.status);
        let answer = match response {
            Ok(response) => self.read_answer(response, &redactor, read).await,
            Err(error) => Err(Cause::Transport(error)),
        };
        log_call(call, trace, status, begun.elapsed(), answer.as_ref().err());
        answer.map_err(|cause| Failed { cause, credential: Some(credential) })
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
        let status = response.status;
        let refusal = || Cause::Api(read_refusal(&response, self.ctx.clock.now(), redactor));
        if !(200..300).contains(&status) {
            return Err(refusal());
        }
        let (reason, request_id, transient) = match read_body(response.body.clone(), read).await {
            Ok(answer) => return Ok(answer),
            Err(decode::Error::Refused) => {
                return Err(refusal());
            }
            Err(decode::Error::Broken(reason)) => (reason, None, true),
            Err(decode::Error::Foreign { reason, request_id }) => (reason, request_id, false),
            Err(decode::Error::Mismatch { reason, request_id }) => (reason, request_id, true),
        };
        // A body that is not an answer may still have come from the service, which then names the
        // call in a header.
        let request_id = request_id
            .map(|id| redactor.redact(&id))
            .or_else(|| decode::request_id(&response, redactor));
        let reason = redactor.redact(&reason);
        Err(Cause::Garbled { status, reason, request_id, transient })
    }
}

async fn read_body<T, R>(body: Bytes, read: R) -> Result<T, decode::Error>
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

fn log_call(
    call: ApiCall<'_>,
    trace: &CallTrace,
    status: u16,
    elapsed: Duration,
    failure: Option<&Cause>,
) {
    let (code, request_id) = match failure {
        Some(Cause::Api(error)) => (error.code.as_str(), error.request_id.as_str()),
        Some(Cause::Garbled { request_id, .. }) => {
            ("(garbled)", request_id.as_deref().unwrap_or_default())
        }
        Some(_) => ("(no answer)", ""),
        None => ("", ""),
    };
    debug!(
        action = trace.action(),
        host = call.endpoint.host,
        page = call.page,
        status,
        code,
        request_id,
        elapsed_ms = elapsed.as_millis() as u64,
        "call"
    );
}
