//! Queries the Location service for the endpoint of ECS, where its own endpoint is configured.
//!
//! Source: Location API 2015-06-12, DescribeEndpoints. The official provider queries it always; here
//! the regional host is known without it, so it is queried only where somebody configured it. A
//! service that was configured and fails is an error: the regional host of the public cloud would be
//! another cloud's for those who run one of their own.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use super::{
    Endpoint, Endpoints, FindEndpoint,
    configured::{ConfiguredEndpoint, Origin},
};
use crate::{
    alicloud::{
        credentials::Credentials,
        error::Cause,
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

/// How long a failure is remembered, so that the lookups that wait do not query in turn.
const FAILURE_TTL: Duration = Duration::from_secs(10);

/// Finds endpoints by what is configured; queries the Location service once per region, if at all.
pub struct Locator {
    endpoints: Endpoints,
    credentials: Arc<dyn Credentials>,
    ctx: Ctx,
    user_agent: String,
    regions: StdMutex<BTreeMap<String, Arc<Region>>>,
}

/// What is known of one region. Held while the service is queried for this region, not for others.
type Region = Mutex<Option<Known>>;

enum Known {
    Found(Endpoint),
    Failed(Cause, Instant),
}

impl Locator {
    /// A locator whose requests are signed with `credentials` and carry `user_agent`.
    pub fn new(
        endpoints: Endpoints,
        credentials: Arc<dyn Credentials>,
        user_agent: String,
        ctx: Ctx,
    ) -> Self {
        Self { endpoints, credentials, ctx, user_agent, regions: StdMutex::default() }
    }

    async fn locate(&self, region: &str) -> Result<Endpoint, Cause> {
        if let Some(configured) = self.endpoints.configured_ecs(region)? {
            return Ok(configured);
        }
        let Some(service) = self.endpoints.location(region)? else {
            return Ok(self.endpoints.regional_ecs(region)?);
        };
        let entry = {
            let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
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
        let failed = |reason: String| Cause::Location { host: host.clone(), reason };
        let credential = self.credentials.credential().await.map_err(Cause::Credentials)?;
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
        let answer =
            self.ctx.http.send(request).await.map_err(|error| failed(error.to_string()))?;
        if answer.status != 200 {
            return Err(failed(format!("it answered with status {}", answer.status)));
        }
        let answer: Answer = serde_json::from_slice(&answer.body)
            .map_err(|_| failed("its answer is not a list of endpoints".into()))?;
        let open = |entry: &Entry| entry.kind == "openAPI" && !entry.endpoint.is_empty();
        let entry = answer.endpoints.endpoint.into_iter().find(open);
        let entry = entry.ok_or_else(|| failed("it knows no endpoint of ECS there".into()))?;
        let origin = Origin::Location(host.clone());
        Ok(self.endpoints.read_ecs(&ConfiguredEndpoint { text: entry.endpoint, origin })?)
    }
}

impl FindEndpoint for Locator {
    fn find<'a>(&'a self, region: &'a str) -> BoxFuture<'a, Result<Endpoint, Cause>> {
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
    use futures_util::future::{join, join_all, ready};

    use super::*;
    use crate::{
        alicloud::{credentials::Credential, error::CredentialsError},
        ctx::{
            fixed::{Fixed, json},
            http::ErrorKind,
        },
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

    fn configured(text: &str) -> Option<ConfiguredEndpoint> {
        Some(ConfiguredEndpoint { text: text.into(), origin: Origin::Argument("endpoints.x") })
    }

    fn locator(world: &Fixed, endpoints: Endpoints) -> Locator {
        Locator::new(endpoints, Arc::new(Key), "agent".into(), world.ctx())
    }

    fn querying() -> Endpoints {
        Endpoints { location: configured("location.example"), ..Endpoints::default() }
    }

    const ANSWER: &str = r#"{"Endpoints":{"Endpoint":[
        {"Id":"cn-x","Endpoint":"inner.example","Type":"innerAPI","SerivceCode":"ecs"},
        {"Id":"cn-x","Endpoint":"ecs.example","Type":"openAPI","SerivceCode":"ecs"}]}}"#;

    fn reason(error: Cause) -> String {
        match error {
            Cause::Location { host, reason } => format!("{host}: {reason}"),
            Cause::Endpoint { origin, reason } => format!("{origin}: {reason}"),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_service_is_queried_once_for_each_region() {
        let world = Fixed::default();
        world.http.push_json(200, ANSWER);
        world.http.push_json(200, ANSWER.replace("ecs.example", "other.example"));
        let locator = locator(&world, querying());
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
    async fn the_service_is_not_queried_unless_its_endpoint_is_configured() {
        let world = Fixed::default();
        let plain = locator(&world, Endpoints::default());
        assert_eq!(plain.find("cn-x").await.unwrap().host, "ecs.cn-x.aliyuncs.com");
        let both = locator(&world, Endpoints { ecs: configured("ecs.block"), ..querying() });
        assert_eq!(both.find("cn-x").await.unwrap().host, "ecs.block");
        assert!(world.http.seen().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_fails_is_an_error_and_never_the_public_cloud() {
        let world = Fixed::default();
        world.http.push_error(ErrorKind::Connect);
        world.http.push_json(403, "{}");
        world.http.push_json(200, "{}");
        world.http.push_json(200, r#"{"Endpoints":{"Endpoint":[]}}"#);
        let locator = locator(&world, querying());
        for (region, expected) in [
            ("cn-a", "no connection could be made"),
            ("cn-b", "status 403"),
            ("cn-c", "not a list of endpoints"),
            ("cn-d", "it knows no endpoint of ECS there"),
        ] {
            let error = reason(locator.find(region).await.unwrap_err());
            assert!(error.contains("location.example") && error.contains(expected), "{error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_for_a_while_by_all_who_wait() {
        let world = Fixed::default();
        world.http.push_error(ErrorKind::Connect);
        let locator = locator(&world, querying());
        let results = join_all((0..50).map(|_| locator.find("cn-x"))).await;
        assert!(results.iter().all(Result::is_err));
        assert_eq!(world.http.seen().len(), 1);
        tokio::time::advance(FAILURE_TTL).await;
        world.http.push_json(200, ANSWER);
        assert_eq!(locator.find("cn-x").await.unwrap().host, "ecs.example");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_for_one_region_holds_up_no_other() {
        let world = Fixed::default();
        world.http.push(Box::new(|_| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(8)).await;
                Ok(json(200, ANSWER))
            })
        }));
        world.http.push_json(200, ANSWER);
        let locator = locator(&world, querying());
        let begun = Instant::now();
        let quick = async {
            locator.find("cn-y").await.unwrap();
            begun.elapsed()
        };
        let (slow, quick) = join(locator.find("cn-x"), quick).await;
        assert!(slow.is_ok());
        assert_eq!((quick, begun.elapsed().as_secs()), (Duration::ZERO, 8));
    }

    #[tokio::test]
    async fn an_answer_cannot_introduce_plain_http() {
        let world = Fixed::default();
        world.http.push_json(200, ANSWER.replace("ecs.example", "http://ecs.example"));
        let error = reason(locator(&world, querying()).find("cn-x").await.unwrap_err());
        assert!(error.contains("plain HTTP"), "{error}");
    }
}
