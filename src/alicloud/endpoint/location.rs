//! Asks the Location service for the endpoint of ECS, where its own endpoint is configured.
//!
//! Source: Location API 2015-06-12, DescribeEndpoints. The official provider asks it always; here
//! the regional host is known without, so it is asked only on request.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{Endpoint, Endpoints, FindEndpoint, Unusable, written::Written};
use crate::{
    alicloud::{
        credentials::Credentials,
        sign::{Call, Scheme, encode::hex, sign},
    },
    ctx::{Ctx, http::Limits},
};

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    read: Duration::from_secs(10),
    total: Duration::from_secs(10),
    body: 1 << 20,
};

/// Finds endpoints by what is configured; asks the Location service once per region, if at all.
pub struct Locator {
    endpoints: Endpoints,
    credentials: Arc<dyn Credentials>,
    ctx: Ctx,
    user_agent: String,
    /// What the service answered, by region.
    found: Mutex<BTreeMap<String, Endpoint>>,
}

impl Locator {
    /// A locator whose requests are signed with `credentials` and carry `user_agent`.
    pub fn new(
        endpoints: Endpoints,
        credentials: Arc<dyn Credentials>,
        user_agent: String,
        ctx: Ctx,
    ) -> Self {
        Self { endpoints, credentials, ctx, user_agent, found: Mutex::default() }
    }

    async fn locate(&self, region: &str) -> Result<Endpoint, Unusable> {
        if let Some(written) = self.endpoints.written_ecs(region)? {
            return Ok(written);
        }
        let Some(service) = self.endpoints.location(region)? else {
            return self.endpoints.derived_ecs(region);
        };
        let mut found = self.found.lock().await;
        if let Some(known) = found.get(region) {
            return Ok(known.clone());
        }
        // A service that does not answer is no reason to fail: the regional host is known.
        let endpoint = match self.ask(&service, region).await {
            Some(host) => {
                let origin = format!("the answer of {}", service.host);
                Written { text: host, origin }.read(|_| self.endpoints.protocol)?
            }
            None => self.endpoints.derived_ecs(region)?,
        };
        found.insert(region.to_owned(), endpoint.clone());
        Ok(endpoint)
    }

    async fn ask(&self, service: &Endpoint, region: &str) -> Option<String> {
        let credential = self.credentials.credential().await.ok()?;
        let parameters = [("Id", region), ("ServiceCode", "ecs"), ("Type", "openAPI")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let call = Call {
            action: "DescribeEndpoints",
            version: "2015-06-12",
            parameters: &parameters,
            endpoint: service,
            user_agent: &self.user_agent,
            limits: LIMITS,
        };
        let nonce = hex(&self.ctx.entropy.bytes());
        let request = sign(Scheme::V1, call, &credential, self.ctx.clock.now(), &nonce);
        let answer = self.ctx.http.send(request).await.ok()?;
        let answer: Answer = serde_json::from_slice(&answer.body).ok()?;
        let open = |entry: &Entry| entry.kind == "openAPI" && !entry.endpoint.is_empty();
        answer.endpoints.endpoint.into_iter().find(open).map(|entry| entry.endpoint)
    }
}

impl FindEndpoint for Locator {
    fn find<'a>(&'a self, region: &'a str) -> BoxFuture<'a, Result<Endpoint, Unusable>> {
        Box::pin(self.locate(region))
    }
}

#[derive(Deserialize)]
struct Answer {
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
