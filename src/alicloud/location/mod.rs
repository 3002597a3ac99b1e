//! Queries the Location service for the endpoint of ECS, if the endpoint of the Location service is
//! configured.
//!
//! Source: Location API 2015-06-12, DescribeEndpoints. The official provider always queries it.
//! Here the regional host is known without it, so it is queried only if it is configured. If a
//! configured service fails, that is an error: for users of a private cloud, the regional host of
//! the public cloud would belong to another cloud.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as StdMutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use super::{
    Product,
    call::{ApiCall, Caller, Policy},
    credential::Credentials,
    decode,
    endpoint::{
        Endpoint, Endpoints, FindEndpoint,
        configured::{ConfiguredEndpoint, Origin},
    },
    error::{Cause, Timeout, with_request_id},
    process::Process,
    sign::Scheme,
};
use crate::{
    ctx::{Ctx, http::Limits},
    sync::lock,
};

/// The largest response, in bytes: the endpoints of one service in one region.
const BODY_LIMIT: usize = 1 << 20;

/// How long a failure is cached, so that waiting lookups do not repeat the query one after the
/// other.
const FAILURE_TTL: Duration = Duration::from_secs(10);

/// Finds endpoints from the configuration; queries the Location service at most once per region.
pub struct Locator {
    endpoints: Endpoints,
    caller: Caller,
    regions: StdMutex<BTreeMap<String, Arc<Region>>>,
}

/// What is known of one region. Held while the service is queried for this region, not for others.
type Region = Mutex<Option<Known>>;

enum Known {
    Found(Endpoint),
    Failed(Cause, Instant),
}

impl Locator {
    /// A locator that signs its requests with `credentials`, sends `user_agent`, and waits
    /// `connect` for a connection and `read` for more bytes of a response.
    pub fn new(
        endpoints: Endpoints,
        credentials: Arc<dyn Credentials>,
        user_agent: String,
        (connect, read): (Duration, Duration),
        ctx: &Ctx,
        process: &Process,
    ) -> Self {
        let caller = Caller {
            ctx: ctx.clone(),
            process: process.clone(),
            scheme: Scheme::V1,
            credentials: Some(credentials),
            user_agent,
            limits: Limits { connect, read, total: connect.saturating_add(read), body: BODY_LIMIT },
            policy: Policy::AUXILIARY,
        };
        Self { endpoints, caller, regions: StdMutex::default() }
    }

    async fn locate(&self, region: &str) -> Result<Endpoint, Cause> {
        if let Some(configured) = self.endpoints.configured_ecs(region)? {
            return Ok(configured);
        }
        let Some(service) = self.endpoints.location(region)? else {
            return Ok(self.endpoints.regional_ecs(region)?);
        };
        let entry = {
            let mut regions = lock(&self.regions);
            regions.entry(region.to_owned()).or_default().clone()
        };
        let mut known = entry.lock().await;
        match &*known {
            Some(Known::Found(endpoint)) => return Ok(endpoint.clone()),
            Some(Known::Failed(cause, until)) if Instant::now() < *until => {
                return Err(cause.clone());
            }
            _ => {}
        }
        match self.query(&service, region).await {
            Ok(endpoint) => {
                *known = Some(Known::Found(endpoint.clone()));
                Ok(endpoint)
            }
            Err(cause) => {
                *known = Some(Known::Failed(cause.clone(), Instant::now() + FAILURE_TTL));
                Err(cause)
            }
        }
    }

    async fn query(&self, service: &Endpoint, region: &str) -> Result<Endpoint, Cause> {
        let host = &service.host;
        let code = Product::ECS.code;
        let parameters = [("Id", region), ("ServiceCode", code), ("Type", "openAPI")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (product, parameters) = (Product::LOCATION, &parameters[..]);
        let call = ApiCall { product, endpoint: service, parameters, page: 0 };
        let trace = self.caller.policy.trace("DescribeEndpoints", region, self.caller.limits);
        let answer = self.caller.call(call, &trace, decode::read_json::<EndpointsResponse>).await;
        let answer = answer.map_err(|cause| of_location(host, cause))?;
        let failed = |reason: &str| {
            let reason = with_request_id(reason, trace.request_id().as_deref());
            Cause::Location { host: host.clone(), reason, refusal: None }
        };
        let open = |entry: &Entry| entry.kind == "openAPI" && !entry.endpoint.is_empty();
        let entry = answer.endpoints.endpoint.into_iter().find(open);
        let entry = entry.ok_or_else(|| failed("it has no ECS endpoint for this region"))?;
        let origin = Origin::Location(host.clone());
        Ok(self.endpoints.read_ecs(&ConfiguredEndpoint { text: entry.endpoint, origin })?)
    }
}

/// The cause for the service at `host` that returned no endpoint.
fn of_location(host: &str, cause: Cause) -> Cause {
    let host = host.to_owned();
    let reason = match cause {
        Cause::Api(refusal) => {
            let reason = format!("it refused the call with {refusal}");
            return Cause::Location { host, reason, refusal: Some(Box::new(refusal)) };
        }
        Cause::Credentials(error) => return Cause::Credentials(error),
        Cause::Deadline(Timeout { last: Some(last), .. }) => return of_location(&host, *last),
        Cause::Garbled { reason, request_id, .. } => {
            let reason = format!("its response is not a list of endpoints: {reason}");
            with_request_id(&reason, request_id.as_deref())
        }
        Cause::Transport(error) => with_request_id(&error.to_string(), error.request_id.as_deref()),
        other => other.to_string(),
    };
    Cause::Location { host, reason, refusal: None }
}

impl FindEndpoint for Locator {
    fn find<'a>(&'a self, region: &'a str) -> BoxFuture<'a, Result<Endpoint, Cause>> {
        Box::pin(self.locate(region))
    }
}

#[derive(Deserialize)]
struct EndpointsResponse {
    #[serde(rename = "Endpoints")]
    endpoints: Entries,
}

#[derive(Deserialize)]
struct Entries {
    #[serde(rename = "Endpoint")]
    endpoint: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "Endpoint")]
    endpoint: String,
    #[serde(rename = "Type")]
    kind: String,
}

#[cfg(test)]
mod tests;
