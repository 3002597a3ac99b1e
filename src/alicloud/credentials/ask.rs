//! One question to a service that hands out credentials, repeated for a while where that may help.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::{Credential, failure::Failure};
use crate::{
    alicloud::{
        decode::read_refusal,
        error::Cause,
        redact::Redactor,
        retry::{self, AttemptCounts, Decision, FailedAttempt, FailureClass},
    },
    ctx::{
        Ctx,
        http::{Error, ErrorKind, Limits, Request, Response},
    },
};

/// The largest answer, in bytes: one credential and a few names.
const BODY_LIMIT: usize = 256 << 10;

/// Limits of one try. Source: the credential libraries, 5 s to connect and 10 s to read.
pub(super) const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    read: Duration::from_secs(10),
    total: Duration::from_secs(15),
    body: BODY_LIMIT,
};

/// How long a question is repeated at most.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Sends what `request` makes, anew for each try since signatures hold a time and a nonce, until an
/// answer with status 200 comes, a failure is final, or `patience` is over. What is told of an answer
/// shows neither what the request carries nor the `key` that signed it.
pub(super) async fn ask(
    ctx: &Ctx,
    patience: Duration,
    key: Option<&Credential>,
    request: impl Fn() -> Request + Send,
) -> Result<Response, Failure> {
    let deadline = Instant::now() + patience;
    let mut tries = AttemptCounts::default();
    loop {
        let request = request();
        let host = request.host().to_owned();
        let redactor = Redactor::new(&request, key);
        let answer = match timeout_at(deadline, ctx.http.send(request)).await {
            Ok(answer) => answer,
            Err(_) => {
                let cause = String::new();
                Err(Error { kind: ErrorKind::ReadTimeout, host: host.clone(), cause })
            }
        };
        let cause = match answer {
            Ok(response) if response.status == 200 => return Ok(response),
            Ok(response) => Cause::Api(read_refusal(&response, ctx.clock.now(), &redactor)),
            Err(error) => Cause::Transport(error),
        };
        let class = FailureClass::of(&cause);
        let failed = FailedAttempt {
            class,
            retry_after: cause.retry_after(),
            count: tries.failed(class),
            // The credential that would replace an expired one is what is requested here.
            remedied: true,
            remaining: deadline.saturating_duration_since(Instant::now()),
            fraction: ctx.entropy.fraction(),
        };
        match (retry::decide(failed), cause) {
            (Decision::Wait(wait), _) => sleep(wait).await,
            (_, Cause::Api(error)) => {
                return Err(Failure::Refused { host, error: Box::new(error) });
            }
            (_, Cause::Transport(error)) => return Err(error.into()),
            (_, _) => return Err(Failure::Unusable("the call ended without an answer".into())),
        }
    }
}
