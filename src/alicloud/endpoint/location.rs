//! Asks the Location service for the endpoint of ECS, where its own endpoint is configured.
//!
//! Source: Location API 2015-06-12, DescribeEndpoints. The official provider asks it always; here
//! the regional host is known without, so it is asked only on request.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

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
    /// What the service answered, by region, and until when that is good where it did not answer.
    found: Mutex<BTreeMap<String, (Endpoint, Option<Instant>)>>,
}

/// How long a service that does not answer is left alone: look-ups wait for it in turn.
const LEFT_ALONE: Duration = Duration::from_secs(60);

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
        if let Some((known, until)) = found.get(region)
            && until.is_none_or(|until| Instant::now() < until)
        {
            return Ok(known.clone());
        }
        // A service that does not answer is no reason to fail: the regional host is known.
        let Some(host) = self.ask(&service, region).await else {
            tracing::warn!(
                region,
                service = service.host,
                "the Location service named no endpoint; the regional one is asked"
            );
            let derived = self.endpoints.derived_ecs(region)?;
            let until = Instant::now() + LEFT_ALONE;
            found.insert(region.to_owned(), (derived.clone(), Some(until)));
            return Ok(derived);
        };
        let origin = format!("the answer of {}", service.host);
        let endpoint = Written { text: host, origin }.read(|_| self.endpoints.protocol)?;
        found.insert(region.to_owned(), (endpoint.clone(), None));
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

#[cfg(test)]
mod tests {
    use futures_util::future::ready;

    use super::*;
    use crate::{
        alicloud::{credentials::Credential, error::CredentialsError},
        ctx::{fixed::Fixed, http::ErrorKind},
    };

    struct Key;

    impl Credentials for Key {
        fn credential(&self) -> BoxFuture<'_, Result<Arc<Credential>, CredentialsError>> {
            let (access_key_id, access_key_secret) = ("id".into(), "secret".into());
            Box::pin(ready(Ok(Arc::new(Credential {
                access_key_id,
                access_key_secret,
                security_token: None,
                expires: None,
            }))))
        }

        fn renew<'a>(
            &'a self,
            refused: &'a Arc<Credential>,
        ) -> BoxFuture<'a, Result<Arc<Credential>, CredentialsError>> {
            Box::pin(ready(Ok(refused.clone())))
        }
    }

    fn written(text: &str) -> Option<Written> {
        Some(Written { text: text.into(), origin: "endpoints".into() })
    }

    fn locator(world: &Fixed, endpoints: Endpoints) -> Locator {
        Locator::new(endpoints, Arc::new(Key), "agent".into(), world.ctx())
    }

    fn asking() -> Endpoints {
        Endpoints { location: written("location.example"), ..Endpoints::default() }
    }

    const ANSWER: &str = r#"{"Endpoints":{"Endpoint":[
        {"Id":"cn-x","Endpoint":"inner.example","Type":"innerAPI","SerivceCode":"ecs"},
        {"Id":"cn-x","Endpoint":"ecs.example","Type":"openAPI","SerivceCode":"ecs"}]}}"#;

    #[tokio::test]
    async fn the_service_is_asked_once_for_each_region() {
        let world = Fixed::default();
        world.http.push_json(200, ANSWER);
        world.http.push_json(200, ANSWER.replace("ecs.example", "other.example"));
        let locator = locator(&world, asking());
        for (region, host) in
            [("cn-x", "ecs.example"), ("cn-x", "ecs.example"), ("cn-y", "other.example")]
        {
            assert_eq!(locator.find(region).await.unwrap().host, host);
        }
        let seen = world.http.seen();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0].url, "https://location.example/");
        assert!(seen[0].query.expose().contains("Action=DescribeEndpoints"));
    }

    #[tokio::test]
    async fn the_service_is_not_asked_unless_its_endpoint_is_written() {
        let world = Fixed::default();
        let plain = locator(&world, Endpoints::default());
        assert_eq!(plain.find("cn-x").await.unwrap().host, "ecs.cn-x.aliyuncs.com");
        let both = locator(&world, Endpoints { ecs: written("ecs.block"), ..asking() });
        assert_eq!(both.find("cn-x").await.unwrap().host, "ecs.block");
        assert!(world.http.seen().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_does_not_answer_leaves_the_regional_host() {
        let world = Fixed::default();
        world.http.push_error(ErrorKind::Connect);
        world.http.push_json(200, "{}");
        let locator = locator(&world, asking());
        assert_eq!(locator.find("cn-x").await.unwrap().host, "ecs.cn-x.aliyuncs.com");
        assert_eq!(locator.find("cn-y").await.unwrap().host, "ecs.cn-y.aliyuncs.com");
        // For a minute it is not asked again, lest every look-up wait for it in turn.
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(locator.find("cn-x").await.unwrap().host, "ecs.cn-x.aliyuncs.com");
        assert_eq!(world.http.seen().len(), 2);
        tokio::time::advance(Duration::from_secs(2)).await;
        world.http.push_json(200, ANSWER);
        assert_eq!(locator.find("cn-x").await.unwrap().host, "ecs.example");
    }
}
