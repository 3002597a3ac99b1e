//! Signed calls of any product: ECS, STS, Location.
//!
//! Every attempt is signed separately, with its own instant and nonce. This module does not know the content of
//! responses; the caller provides the function that reads them. `exchange` makes the attempts.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};

use super::{
    Product,
    credential::{Credential, Credentials},
    decode,
    endpoint::Endpoint,
    error::Cause,
    exchange::{Exchange, Requests},
    process::Process,
    sign::{self, Scheme, hex},
    trace::CallTrace,
};
use crate::ctx::{
    Ctx,
    http::{Limits, Request},
};

pub use super::exchange::Policy;

/// Makes calls with one set of credentials.
#[derive(Clone)]
pub struct Caller {
    /// Clock, randomness and HTTP.
    pub ctx: Ctx,
    /// The state that all callers of the process share.
    pub process: Process,
    /// The signature scheme.
    pub scheme: Scheme,
    /// The credentials to sign with; `None` for actions without a signature, whose parameters
    /// identify the caller.
    pub credentials: Option<Arc<dyn Credentials>>,
    /// The user agent.
    pub user_agent: String,
    /// The limits of one attempt. It ends at the deadline of the call in any case.
    pub limits: Limits,
    /// How failures are handled.
    pub policy: Policy,
}

/// What to call.
#[derive(Clone, Copy)]
pub struct ApiCall<'a> {
    /// The product whose API it belongs to.
    pub product: Product,
    /// Where it goes.
    pub endpoint: &'a Endpoint,
    /// The parameters of the action, not encoded, including `RegionId` if it has one.
    pub parameters: &'a [(String, String)],
    /// The requested page, for the log; 0 if there are no pages.
    pub page: u64,
}

impl Caller {
    /// Makes the call until it succeeds, and reads the response with `read`.
    ///
    /// # Errors
    ///
    /// The cause of the last attempt, or [`Cause::Deadline`] if the call timed out: at the deadline
    /// of `trace`, or earlier if the policy allows no further attempt.
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
        trace.calls_action_of(call.product, call.endpoint);
        let (ctx, process, policy) = (&self.ctx, &self.process, self.policy);
        let exchange = Exchange { ctx, process, policy, trace, page: call.page };
        exchange.run(&Signed { caller: self, call, trace }, read).await
    }
}

/// The requests of one call.
struct Signed<'a> {
    caller: &'a Caller,
    call: ApiCall<'a>,
    trace: &'a CallTrace,
}

impl Signed<'_> {
    async fn renewed(&self, refused: &Arc<Credential>) -> Result<bool, Cause> {
        let Some(keys) = &self.caller.credentials else { return Ok(false) };
        let renewed = keys.renew(refused).await.map_err(Cause::Credentials)?;
        Ok(!Arc::ptr_eq(&renewed, refused))
    }
}

impl Requests for Signed<'_> {
    fn credential(&self) -> BoxFuture<'_, Result<Option<Arc<Credential>>, Cause>> {
        async {
            match &self.caller.credentials {
                Some(keys) => Ok(Some(keys.credential().await.map_err(Cause::Credentials)?)),
                None => Ok(None),
            }
        }
        .boxed()
    }

    fn request(&self, credential: Option<&Credential>) -> Request {
        let caller = self.caller;
        let call = sign::Call {
            action: self.trace.action(),
            version: self.call.product.version,
            parameters: self.call.parameters,
            endpoint: self.call.endpoint,
            user_agent: &caller.user_agent,
            limits: caller.limits,
        };
        let now = caller.process.clock.now(&*caller.ctx.clock);
        let nonce = hex(&caller.ctx.entropy.bytes());
        match credential {
            Some(credential) => sign::sign(caller.scheme, call, credential, now, &nonce),
            None => sign::leave_unsigned(call, now, &nonce),
        }
    }

    fn renew<'a>(&'a self, refused: &'a Arc<Credential>) -> BoxFuture<'a, Result<bool, Cause>> {
        self.renewed(refused).boxed()
    }
}
