//! The client of one configured provider. It calls actions of ECS, lists images over all pages, and finds
//! out to whom its credentials belong.
//!
//! A client is made without touching the network: credential, endpoint and connections come with the
//! first call. It holds what its lookups share, the flights and whether the run was interrupted.
//! Page 1 says how many pages there are; the others are requested concurrently, and
//! `paging` decides whether all of them agree.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde::Deserialize;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};
use tracing::info;

use super::{
    Api, ApiRequest, ApiResponse, Detail, Listing, LookUp, PageObserver, PageRead, Pages, Product,
    call::{ApiCall, Caller, Policy},
    credential::Credentials,
    decode::{self, PAGE_SIZE, Page},
    endpoint::{Endpoint, FindEndpoint},
    error::{Bound, Cause, Error},
    paging::{self, PageSet, ROUNDS, TooManyImages},
    process::Process,
    retry,
    sign::Scheme,
    single_flight::{Ahead, SingleFlight},
    trace::CallTrace,
};
use crate::{
    ctx::{Ctx, http::Limits},
    text::ExternalText,
};

/// The largest body of a response, in bytes. A page of 100 images has about 200,000.
const BODY_LIMIT: usize = 4 << 20;

/// How many pages of one lookup are requested or waiting. The concurrency limiter decides how many
/// calls are actually in flight; this limit prevents an absurd `TotalCount` from using much memory.
const PAGES_AHEAD: usize = 32;

/// The parts of a client.
#[derive(Clone)]
pub struct ClientConfig {
    /// The region of lookups that do not name one.
    pub region: String,
    /// Finds the endpoint of calls.
    pub endpoint: Arc<dyn FindEndpoint>,
    /// The signature scheme.
    pub scheme: Scheme,
    /// The credentials to sign with.
    pub credentials: Arc<dyn Credentials>,
    /// The user agent.
    pub user_agent: String,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long to wait for more bytes of a response.
    pub read_timeout: Duration,
    /// Caps the time of every lookup.
    pub max_retry_timeout: Option<Duration>,
    /// Parameters of every call, such as `SourceIp` and `SecureTransport`.
    pub extra_parameters: Vec<(String, String)>,
}

/// One endpoint for all regions.
impl FindEndpoint for Endpoint {
    fn find<'a>(&'a self, _region: &'a str) -> BoxFuture<'a, Result<Endpoint, Cause>> {
        std::future::ready(Ok(self.clone())).boxed()
    }
}

/// Calls ECS and lists images. Each configuration of the provider has a client of its own, so lookups
/// are shared only within one configuration.
pub struct Client {
    ecs: Arc<Ecs>,
    region: String,
    max_retry_timeout: Option<Duration>,
    flights: SingleFlight<LookUpKey, Result<Arc<Listing>, Error>>,
    stopped: watch::Sender<bool>,
}

/// What makes lookups equal. A lookup with less detail may also join one that has all.
#[derive(Clone, Eq, Hash, PartialEq)]
struct LookUpKey {
    region: String,
    /// The request parameters, sorted.
    parameters: Vec<(String, String)>,
    pages: Pages,
    detail: Detail,
}

/// ECS as the provider is configured: where calls go, and what each of them carries.
struct Ecs {
    caller: Caller,
    endpoint: Arc<dyn FindEndpoint>,
    extra_parameters: Vec<(String, String)>,
}

impl Client {
    /// Creates a client without any I/O: the first lookup gets a credential, finds the endpoint and
    /// connects. All clients in a process must share one `process`.
    pub fn new(ctx: Ctx, config: ClientConfig, process: &Process) -> Self {
        let caller = Caller {
            ctx,
            process: process.clone(),
            scheme: config.scheme,
            credentials: Some(config.credentials),
            user_agent: config.user_agent,
            limits: Limits {
                connect: config.connect_timeout,
                read: config.read_timeout,
                total: Duration::MAX,
                body: BODY_LIMIT,
            },
            policy: Policy::ECS,
        };
        let ecs =
            Ecs { caller, endpoint: config.endpoint, extra_parameters: config.extra_parameters };
        Self {
            ecs: Arc::new(ecs),
            region: config.region,
            max_retry_timeout: config.max_retry_timeout,
            flights: SingleFlight::default(),
            stopped: watch::Sender::new(false),
        }
    }

    /// Ends every call and lookup, now and later, with [`Cause::Cancelled`]. Returns at once.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// `deadline`, or what `max_retry_timeout` allows from now on.
    fn capped(&self, deadline: Instant) -> (Instant, Bound) {
        // `None` if the clock cannot express the time; then there is no limit.
        let capped = self.max_retry_timeout.and_then(|most| Instant::now().checked_add(most));
        match capped {
            Some(capped) if capped < deadline => (capped, Bound::MaxRetryTimeout),
            _ => (deadline, Bound::Deadline),
        }
    }

    /// Work that starts now and is signed with the credentials of this client.
    fn trace(&self, action: &'static str, region: &str, deadline: Instant) -> CallTrace {
        let trace = CallTrace::new(action, region, deadline);
        match &self.ecs.caller.credentials {
            Some(credentials) => trace.signed_with(&**credentials),
            None => trace,
        }
    }

    /// Waits for `work`, but not after the run is interrupted.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Cause> {
        let mut stopped = self.stopped.subscribe();
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => Err(Cause::Cancelled),
            done = work => Ok(done),
        }
    }

    async fn respond(&self, request: ApiRequest) -> Result<ApiResponse, Error> {
        let region = request.region.unwrap_or_else(|| self.region.clone());
        let (deadline, bound) = self.capped(request.deadline);
        let trace = self.trace(request.action, &region, deadline).bounded_by(bound);
        let call = async {
            let endpoint = self.ecs.find(&region, &trace).await?;
            let destination = Destination { endpoint: &endpoint, region: &region, page: 0 };
            let read = {
                let region = region.clone();
                move |body: &[u8]| decode::read_response(body, &region)
            };
            self.ecs.call(destination, request.parameters, &trace, read).await
        };
        match self.unless_stopped(call).await.flatten() {
            Ok(body) => Ok(ApiResponse { body, trace }),
            Err(cause) => Err(trace.fail(cause)),
        }
    }

    async fn look_up(&self, look_up: LookUp) -> Result<Arc<Listing>, Error> {
        let (begun, (deadline, bound)) = (Instant::now(), self.capped(look_up.deadline));
        let mut parameters = look_up.parameters;
        parameters.sort();
        let region = look_up.region.unwrap_or_else(|| self.region.clone());
        let LookUp { pages, detail, .. } = look_up;
        let key = LookUpKey { region, parameters, pages, detail };
        let begin = |observer| {
            let trace = Arc::new(self.trace("DescribeImages", &key.region, deadline));
            (trace.clone(), self.ecs.clone().list(key.clone(), trace, observer))
        };
        let (trace, ahead, listing) = if look_up.observer.is_some() {
            let (trace, listing) = begin(look_up.observer);
            (trace, Ahead::default(), listing.boxed())
        } else {
            // A waiting full lookup reads every member that an outline needs.
            let full = LookUpKey { detail: Detail::Full, ..key.clone() };
            let open = self.flights.open(&full);
            let flight = open.unwrap_or_else(|| self.flights.join(&key, || begin(None)));
            (flight.trace.clone(), flight.ahead.clone(), flight.wait().boxed())
        };
        trace.extend(deadline);
        let error = match self.unless_stopped(timeout_at(deadline, listing)).await {
            Err(cause) => trace.fail(cause),
            // A flight has the latest deadline of its callers, so this one's is checked here.
            Ok(Err(_) | Ok(Err(Error { cause: Cause::Deadline(_), .. }))) => {
                let limit = deadline.duration_since(begun);
                match ahead.of(&trace) {
                    Some(ahead) => ahead.fail(ahead.delayed(limit, bound)),
                    None => trace.fail(trace.timed_out_for(begun, limit, bound)),
                }
            }
            Ok(Ok(result)) => return result,
        };
        Err(Error { elapsed: begun.elapsed(), ..error })
    }

    /// Asks STS, at the endpoint `sts`, to whom the credentials belong.
    ///
    /// # Errors
    ///
    /// [`Error`] if there is no credential, or STS does not respond by `deadline`.
    pub async fn identity(&self, sts: &Endpoint, deadline: Instant) -> Result<Identity, Error> {
        // What the user configures about signatures and verification is for ECS.
        let caller = &self.ecs.caller;
        let (ctx, scheme, policy) = (caller.ctx.verified(), Scheme::V1, Policy::AUXILIARY);
        let caller = Caller { ctx, scheme, policy, ..caller.clone() };
        let trace = self.trace("GetCallerIdentity", &self.region, deadline);
        let call = ApiCall { product: Product::STS, endpoint: sts, parameters: &[], page: 0 };
        let identity = self.unless_stopped(caller.call(call, &trace, read_identity)).await;
        identity.flatten().map_err(|cause| trace.fail(cause))
    }
}

impl Api for Client {
    fn call(&self, request: ApiRequest) -> BoxFuture<'_, Result<ApiResponse, Error>> {
        self.respond(request).boxed()
    }

    fn describe_images(&self, look_up: LookUp) -> BoxFuture<'_, Result<Arc<Listing>, Error>> {
        self.look_up(look_up).boxed()
    }
}

/// Where a call goes.
struct Destination<'a> {
    endpoint: &'a Endpoint,
    region: &'a str,
    /// The page that is requested; 0 where there are no pages.
    page: u64,
}

impl Ecs {
    /// The endpoint in `region`.
    async fn find(&self, region: &str, trace: &CallTrace) -> Result<Endpoint, Cause> {
        trace.in_time(self.endpoint.find(region)).await?
    }

    /// Calls the action of `trace`, and reads the response with `read`.
    async fn call<T, R>(
        &self,
        destination: Destination<'_>,
        mut parameters: Vec<(String, String)>,
        trace: &CallTrace,
        read: R,
    ) -> Result<T, Cause>
    where
        T: Send + 'static,
        R: Fn(&[u8]) -> Result<T, decode::Error> + Clone + Send + 'static,
    {
        let Destination { endpoint, region, page } = destination;
        parameters.push(("RegionId".to_owned(), region.to_owned()));
        parameters.extend(self.extra_parameters.iter().cloned());
        let call = ApiCall { product: Product::ECS, endpoint, parameters: &parameters, page };
        self.caller.call(call, trace, read).await
    }

    async fn list(
        self: Arc<Self>,
        key: LookUpKey,
        trace: Arc<CallTrace>,
        observer: Option<PageObserver>,
    ) -> Result<Arc<Listing>, Error> {
        let result = self.read_until_consistent(&key, &trace, observer.as_ref()).await;
        let result = result.map_err(|cause| trace.fail(cause));
        log_look_up(&key, &trace, result.as_ref());
        result.map(Arc::new)
    }

    async fn read_until_consistent(
        &self,
        key: &LookUpKey,
        trace: &CallTrace,
        observer: Option<&PageObserver>,
    ) -> Result<Listing, Cause> {
        let endpoint = self.find(&key.region, trace).await?;
        let mut rounds = 0;
        loop {
            rounds += 1;
            let pages = self.read_pages(key, &endpoint, trace, observer).await?;
            let (total_count, received) = (pages.total_count(), pages.received());
            if let Some(images) = pages.complete() {
                return Ok(Listing {
                    images,
                    total_count,
                    region: key.region.clone(),
                    host: endpoint.host.clone(),
                    calls: trace.attempts(),
                    clock_skew: self.caller.process.clock.seconds(),
                });
            }
            let wait = retry::settle(rounds, self.caller.ctx.entropy.fraction());
            if rounds == ROUNDS || Instant::now() + wait >= trace.deadline() {
                let request_id = trace.request_id();
                return Err(Cause::Inconsistent { total_count, received, rounds, request_id });
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Reads page 1, then the others in parallel.
    async fn read_pages(
        &self,
        key: &LookUpKey,
        endpoint: &Endpoint,
        trace: &CallTrace,
        observer: Option<&PageObserver>,
    ) -> Result<PageSet, Cause> {
        let keep_body = observer.is_some();
        let report = |number, pages, body: Option<Bytes>| {
            if let (Some(observer), Some(body)) = (observer, &body) {
                observer.page(PageRead { number, pages, body });
            }
        };
        let too_many = |too_many: TooManyImages| too_many.cause(trace.request_id());
        let (first, body) = self.read_page(key, endpoint, trace, 1, keep_body).await?;
        let mut set = PageSet::begin(first, key.pages).map_err(too_many)?;
        let count = set.pages();
        report(1, count, body);
        let mut pages = stream::iter(2..=count)
            .map(|number| self.read_page(key, endpoint, trace, number, keep_body))
            .buffered(PAGES_AHEAD);
        let mut number = 1;
        while let Some(page) = pages.next().await {
            let (page, body) = page?;
            number += 1;
            if !set.add(page).map_err(too_many)? {
                break;
            }
            report(number, count, body);
        }
        Ok(set)
    }

    /// Reads a page; `keep_body` means that its body is returned too.
    async fn read_page(
        &self,
        key: &LookUpKey,
        endpoint: &Endpoint,
        trace: &CallTrace,
        number: u64,
        keep_body: bool,
    ) -> Result<(Page, Option<Bytes>), Cause> {
        let mut parameters = key.parameters.clone();
        parameters.push(("PageNumber".to_owned(), number.to_string()));
        parameters.push(("PageSize".to_owned(), PAGE_SIZE.to_string()));
        let destination = Destination { endpoint, region: &key.region, page: number };
        let (region, detail) = (key.region.clone(), key.detail);
        let read = move |body: &[u8]| {
            let page = decode::read_page(body, &region, number, detail)?;
            Ok((page, keep_body.then(|| Bytes::copy_from_slice(body))))
        };
        self.call(destination, parameters, trace, read).await
    }
}

fn log_look_up(key: &LookUpKey, trace: &CallTrace, result: Result<&Listing, &Error>) {
    let images = result.map_or(0, |listing| listing.images.len());
    let pages = result.map_or(0, |listing| {
        paging::expected(listing.total_count, key.pages).div_ceil(PAGE_SIZE).max(1)
    });
    info!(
        region = key.region,
        images,
        pages,
        calls = trace.attempts(),
        elapsed_ms = trace.elapsed().as_millis() as u64,
        "{}",
        if result.is_ok() { "images listed" } else { "images not listed" }
    );
}

/// The identity that a credential belongs to, as STS reports it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub struct Identity {
    /// `AccountId`: digits.
    #[serde(deserialize_with = "text")]
    pub account_id: ExternalText,
    /// `Arn`: of the account, a RAM user, or a session of a role.
    #[serde(deserialize_with = "text")]
    pub arn: ExternalText,
}

impl Identity {
    /// The role whose session it is: `ROLE` of `acs:ram::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub fn role(&self) -> Option<ExternalText> {
        let (_, session) = self.arn.raw().split_once(":assumed-role/")?;
        session.split('/').next().filter(|role| !role.is_empty()).map(ExternalText::from)
    }
}

/// Reads the response to GetCallerIdentity.
///
/// # Errors
///
/// [`decode::Error::Unexpected`] if the account or the ARN is missing.
fn read_identity(body: &[u8]) -> Result<Identity, decode::Error> {
    // The message of the JSON library would quote the body, which may repeat the request.
    serde_json::from_slice(body).map_err(|_| decode::Error::Unexpected {
        reason: "the members AccountId and Arn are missing".into(),
        request_id: None,
    })
}

fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ExternalText, D::Error> {
    String::deserialize(deserializer).map(ExternalText::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_of_a_role_names_the_role() {
        let role = |arn: &str| {
            let body = format!(r#"{{"AccountId":"1","Arn":"{arn}","RequestId":"R"}}"#);
            read_identity(body.as_bytes()).unwrap().role()
        };
        assert_eq!(role("acs:ram::1:assumed-role/reader/session").unwrap(), "reader");
        assert_eq!(role("acs:ram::1:user/jane"), None);
        assert_eq!(role("acs:ram::1:root"), None);
    }

    #[test]
    fn a_response_without_account_is_not_an_identity() {
        for body in [r#"{"Arn":"acs:ram::1:root"}"#, "[]", "<html>", ""] {
            assert!(
                matches!(read_identity(body.as_bytes()), Err(decode::Error::Unexpected { .. })),
                "{body}"
            );
        }
    }
}
