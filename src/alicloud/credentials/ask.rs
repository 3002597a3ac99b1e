//! One request to a service that returns credentials, retried for a while where that may help.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use super::{Credential, error::SourceError};
use crate::{
    alicloud::{
        decode::read_refusal,
        error::Cause,
        redact::Redactor,
        retry::{self, AttemptCounts, Decision, FailedAttempt, FailureClass},
    },
    ctx::{Ctx, http::Request},
};

/// How long a request is retried. The last attempt may still use its own limits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Sends what `request` makes, once for each attempt since signatures hold a time and a nonce, until
/// an answer with status 200 comes, a failure is permanent, or `patience` is over. Returns the body,
/// which is wiped when it is dropped. Errors show neither what the request carries nor the `key` that
/// signed it.
pub(crate) async fn ask(
    ctx: &Ctx,
    patience: Duration,
    key: Option<&Credential>,
    request: impl Fn() -> Request + Send,
) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let deadline = Instant::now() + patience;
    let mut tries = AttemptCounts::default();
    loop {
        let request = request();
        let host = request.host().to_owned();
        let redactor = Redactor::new(&request, key);
        let cause = match ctx.http.send(request).await {
            Ok(response) if response.status == 200 => return Ok(wiped(response.body)),
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
                return Err(SourceError::Refused { host, error: Box::new(error) });
            }
            (_, Cause::Transport(error)) => return Err(error.into()),
            (_, _) => return Err(SourceError::Unusable("the call ended without an answer".into())),
        }
    }
}

/// The bytes, wiped when they are dropped. Where others still hold them, theirs stay as they are.
fn wiped(body: Bytes) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::from(body))
}
