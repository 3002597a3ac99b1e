//! One call of an action, made until it succeeds, fails for good, or its time is over.
//!
//! Every try is signed anew, with its own instant and nonce. What an answer holds is not known here:
//! the caller gives the function that reads it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use super::{
    credentials::{Credential, Credentials},
    decode::{self, read_refusal},
    endpoint::Endpoint,
    error::Cause,
    hidden::Hidden,
    process::Process,
    retry::{self, Decision, Kind, Tries, Try},
    sign::{self, Scheme},
    story::Story,
};
use crate::ctx::{
    Ctx,
    http::{Limits, Response},
};

/// The largest body of an answer, in bytes. A page of 100 images has about 200,000.
const BODY_LIMIT: usize = 16 << 20;

/// From this size on, in bytes, a body is read on a thread of its own: it takes about a millisecond.
const LONG_BODY: usize = 256 << 10;

/// Makes calls with one set of credentials.
#[derive(Clone)]
pub struct Caller {
    /// Clock, randomness and HTTP.
    pub ctx: Ctx,
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
    process: Process,
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
    /// The page that is asked for, for the log; 0 where there are no pages.
    pub page: u64,
}

/// A try that failed.
struct Failure {
    cause: Cause,
    kind: Kind,
    credential: Option<Arc<Credential>>,
}

impl Caller {
    /// A caller whose calls keep to the limits of `process`.
    pub fn new(
        ctx: Ctx,
        process: Process,
        scheme: Scheme,
        credentials: Arc<dyn Credentials>,
        user_agent: impl Into<String>,
        connect_timeout: Duration,
        read_timeout: Duration,
    ) -> Self {
        let user_agent = user_agent.into();
        Self { ctx, scheme, credentials, user_agent, connect_timeout, read_timeout, process }
    }

    /// Makes the call until it succeeds, and reads the answer with `read`.
    ///
    /// # Errors
    ///
    /// The cause of the last try, or [`Cause::Deadline`] at the deadline of `story`, which tells the
    /// rest.
    pub async fn call<T: Send + 'static>(
        &self,
        call: ApiCall<'_>,
        story: &Story,
        read: fn(&[u8]) -> Result<T, decode::Error>,
    ) -> Result<T, Cause> {
        story.asks(&call.endpoint.host);
        let answer = self.call_until_success(call, story, read);
        match timeout_at(story.deadline(), answer).await {
            Ok(answer) => answer,
            Err(_) => Err(story.out_of_time(story.limit())),
        }
    }

    async fn call_until_success<T: Send + 'static>(
        &self,
        call: ApiCall<'_>,
        story: &Story,
        read: fn(&[u8]) -> Result<T, decode::Error>,
    ) -> Result<T, Cause> {
        let mut tries = Tries::default();
        let mut renewed = false;
        loop {
            let permit = self.process.limiter.permit().await;
            let failure = match self.call_once(call, story, read).await {
                Ok(answer) => {
                    permit.succeeded();
                    self.process.retries.succeeded();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            if failure.kind == Kind::Throttled {
                permit.throttled();
            } else {
                drop(permit);
            }
            story.failed(&failure.cause);
            let decision = retry::decide(Try {
                kind: failure.kind,
                retry_after: failure.cause.retry_after(),
                tries: tries.failed(failure.kind),
                renewed,
                remaining: story.deadline().saturating_duration_since(Instant::now()),
                fraction: self.ctx.entropy.fraction(),
            });
            match decision {
                Decision::GiveUp => return Err(failure.cause),
                Decision::OutOfTime => return Err(story.out_of_time(story.limit())),
                Decision::Renew => {
                    renewed = true;
                    let Some(refused) = failure.credential else { return Err(failure.cause) };
                    let renewed = self.credentials.renew(&refused).await;
                    if Arc::ptr_eq(&renewed.map_err(Cause::Credentials)?, &refused) {
                        return Err(failure.cause);
                    }
                }
                Decision::Wait(wait) => {
                    tokio::time::sleep(wait).await;
                    if failure.kind.is_server_error() {
                        self.process.retries.take().await;
                    }
                }
            }
        }
    }

    async fn call_once<T: Send + 'static>(
        &self,
        call: ApiCall<'_>,
        story: &Story,
        read: fn(&[u8]) -> Result<T, decode::Error>,
    ) -> Result<T, Failure> {
        let credential = self.credentials.credential().await.map_err(|error| Failure {
            cause: Cause::Credentials(error),
            kind: Kind::Final,
            credential: None,
        })?;
        let begun = Instant::now();
        story.tried();
        let request = sign::sign(
            self.scheme,
            sign::Call {
                action: story.action(),
                version: call.version,
                parameters: call.parameters,
                endpoint: call.endpoint,
                user_agent: &self.user_agent,
                limits: Limits {
                    connect: self.connect_timeout,
                    read: self.read_timeout,
                    total: story.deadline().saturating_duration_since(begun),
                    body: BODY_LIMIT,
                },
            },
            &credential,
            self.ctx.clock.now(),
            &format!("{:032x}", u128::from_be_bytes(self.ctx.entropy.bytes())),
        );
        let hidden = Hidden::of(&request, Some(&credential));
        let response = self.ctx.http.send(request).await;
        let status = response.as_ref().map_or(0, |response| response.status);
        let answer = match response {
            Ok(response) => self.read_answer(response, &hidden, read).await,
            Err(error) => Err(Cause::Transport(error)),
        };
        log_call(call, story, status, begun.elapsed(), answer.as_ref().err());
        answer.map_err(|cause| {
            let kind = Kind::of(&cause);
            Failure { cause, kind, credential: Some(credential) }
        })
    }

    async fn read_answer<T: Send + 'static>(
        &self,
        response: Response,
        hidden: &Hidden,
        read: fn(&[u8]) -> Result<T, decode::Error>,
    ) -> Result<T, Cause> {
        let status = response.status;
        let refusal = || Cause::Api(read_refusal(&response, self.ctx.clock.now(), hidden));
        if !(200..300).contains(&status) {
            return Err(refusal());
        }
        let (reason, request_id, whole) = match read_body(response.body.clone(), read).await {
            Ok(answer) => return Ok(answer),
            Err(decode::Error::Refused) => {
                return Err(refusal());
            }
            Err(decode::Error::Broken(reason)) => (reason, None, false),
            Err(decode::Error::Foreign { reason, request_id }) => (reason, request_id, true),
        };
        // A body that is no answer may still have come from the service, which then names the call.
        let request_id = request_id
            .map(|id| hidden.take_from(&id))
            .or_else(|| decode::request_id(&response, hidden));
        Err(Cause::Garbled { status, reason, request_id, whole })
    }
}

async fn read_body<T: Send + 'static>(
    body: Bytes,
    read: fn(&[u8]) -> Result<T, decode::Error>,
) -> Result<T, decode::Error> {
    if body.len() < LONG_BODY {
        return read(&body);
    }
    let answer = tokio::task::spawn_blocking(move || read(&body)).await;
    answer.unwrap_or_else(|_| Err(decode::Error::Broken("the body could not be read".into())))
}

fn log_call(
    call: ApiCall<'_>,
    story: &Story,
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
        action = story.action(),
        host = call.endpoint.host,
        page = call.page,
        status,
        code,
        request_id,
        elapsed_ms = elapsed.as_millis() as u64,
        "call"
    );
}
