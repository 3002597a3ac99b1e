//! The API client: signed calls to Alibaba Cloud's ECS.
//!
//! It does not depend on Terraform. Its errors contain facts; the modules that report them add the
//! advice for the user.
//!
//! A lookup takes this path: [`Client`] joins equal lookups (`single_flight`) and reads pages
//! (`paging`), each with one call; calls of other actions ([`Api::call`]) begin here.
//! [`call::Caller`] signs each attempt ([`sign`]) with a credential ([`credentials`])
//! for the host that [`endpoint`] finds. `exchange` sends the attempts, decides about retries
//! (`retry`) within the limits that all clients share ([`Process`]), and reads the response
//! ([`decode`]). Calls of STS and of the Location service take the same path. Unsigned requests
//! go through `exchange` only.
//!
//! # Use it as a library
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//!
//! use terraform_provider_alicloud::{
//!     alicloud::{
//!         Api, Client, ClientConfig, Detail, LookUp, Pages, Process,
//!         credentials::{Credential, StaticCredentials},
//!         endpoint::{Endpoint, Protocol, configured::Origin},
//!         sign::Scheme,
//!     },
//!     ctx::system::System,
//!     mock::{Config, Server},
//! };
//! use tokio::time::Instant;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A server to call. The real one is `https://ecs.cn-hangzhou.aliyuncs.com/`.
//! let server = Server::start(Config::default())?;
//! let host = server.address().to_string();
//! let key = Credential {
//!     access_key_id: "mock-access-key".into(),
//!     access_key_secret: "mock-secret-key".into(),
//!     security_token: None,
//!     expires: None,
//! };
//! let config = ClientConfig {
//!     region: "cn-hangzhou".into(),
//!     endpoint: Arc::new(Endpoint { scheme: Protocol::Http, host, path: "/".into(), origin: Origin::Region }),
//!     scheme: Scheme::Acs3,
//!     credentials: Arc::new(StaticCredentials::from(key)),
//!     user_agent: "example".into(),
//!     connect_timeout: Duration::from_secs(5),
//!     read_timeout: Duration::from_secs(60),
//!     max_retry_timeout: None,
//!     extra_parameters: Vec::new(),
//! };
//! let client = Client::new(System::ctx(), config, &Process::default());
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! let listing = runtime.block_on(async {
//!     client.describe_images(LookUp {
//!         region: None,
//!         parameters: vec![("ImageOwnerAlias".into(), "system".into())],
//!         pages: Pages::All,
//!         detail: Detail::Full,
//!         deadline: Instant::now() + Duration::from_secs(60),
//!         observer: None,
//!     })
//!     .await
//! })?;
//! assert!(listing.total_count > 0);
//! assert_eq!(listing.images.len() as u64, listing.total_count);
//! # Ok(())
//! # }
//! ```

pub mod call;
pub mod client;
mod credential;
pub mod credentials;
pub mod decode;
pub mod endpoint;
pub mod error;
mod exchange;
pub mod location;
pub mod model;
pub mod origin;
mod paging;
mod process;
mod redact;
mod retry;
pub mod sign;
mod single_flight;
pub mod trace;
pub mod variables;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::StatusCode;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

pub use client::{Client, ClientConfig, Identity};
use error::Cause;
pub use error::Error;
use model::Image;
pub use process::Process;
use trace::CallTrace;

/// A product of Alibaba Cloud, which has an API and hosts of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Product {
    /// Its code, as hosts and the `endpoints` block of the provider spell it.
    pub code: &'static str,
    /// The version of its API that is called.
    pub version: &'static str,
    /// What its actions begin with in RAM policies; `None` if that is not documented.
    pub ram: Option<&'static str>,
}

impl Product {
    /// Elastic Compute Service.
    pub const ECS: Self = Self { code: "ecs", version: "2014-05-26", ram: Some("ecs") };
    /// The Location service, which knows the endpoints of the other products.
    pub const LOCATION: Self = Self { code: "location", version: "2015-06-12", ram: None };
    /// Security Token Service.
    pub const STS: Self = Self { code: "sts", version: "2015-04-01", ram: Some("sts") };

    /// What a RAM policy must allow for a call of `action`, such as `ecs:DescribeImages`, if it is known.
    pub fn ram_action(self, action: &str) -> Option<String> {
        Some(format!("{}:{action}", self.ram?))
    }
}

/// The API of ECS, as data sources use it. [`Client`] implements it; tests have fakes.
pub trait Api: Send + Sync {
    /// Calls an action that has no method here. Dropping the future cancels.
    fn call(&self, request: ApiRequest) -> BoxFuture<'_, Result<ApiResponse, Error>>;

    /// All images that the API finds, or the first pages of them.
    ///
    /// The result uses only API calls that are sent after this method was called. Equal lookups of one client
    /// that wait at the same time share a set of calls. Dropping the future cancels.
    fn describe_images(&self, look_up: LookUp) -> BoxFuture<'_, Result<Arc<Listing>, Error>>;
}

/// A call of an action of ECS.
#[derive(Clone, Debug)]
pub struct ApiRequest {
    /// The action, such as `DescribeRegions`.
    pub action: &'static str,
    /// The region; `None` for the client's.
    pub region: Option<String>,
    /// The parameters of the action by their names on the wire, without `RegionId` and what belongs
    /// to the signature.
    pub parameters: Vec<(String, String)>,
    /// When to give up.
    pub deadline: Instant,
}

/// The response to an [`ApiRequest`].
pub struct ApiResponse {
    /// The body: a JSON object, and not an error.
    pub body: Bytes,
    /// What is known of the call, for the error where the body lacks what is needed.
    pub trace: CallTrace,
}

impl ApiResponse {
    /// Reads the members of `T`, on another thread if the body is long.
    ///
    /// # Errors
    ///
    /// [`Cause::Garbled`] where the body does not have them.
    pub async fn read<T: DeserializeOwned + Send + 'static>(&self) -> Result<T, Error> {
        let answer = exchange::read_body(self.body.clone(), decode::read_json).await;
        answer.map_err(|error| {
            // What has these members or not would be the same the next time.
            let (status, transient) = (StatusCode::OK.as_u16(), false);
            let (reason, request_id) = (error.to_string(), self.trace.request_id());
            self.trace.fail(Cause::Garbled { status, reason, request_id, transient })
        })
    }
}

/// What to look up.
#[derive(Clone, Debug)]
pub struct LookUp {
    /// The region; `None` for the client's.
    pub region: Option<String>,
    /// Request parameters of DescribeImages by their API names, without `RegionId`, paging
    /// parameters and those of the signature.
    pub parameters: Vec<(String, String)>,
    /// Which pages to read.
    pub pages: Pages,
    /// What to read of each image.
    pub detail: Detail,
    /// The deadline.
    pub deadline: Instant,
    /// The observer of the pages. An observed lookup does not share its calls with others.
    pub observer: Option<PageObserver>,
}

/// Which pages of a listing to read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Pages {
    /// All of them.
    All,
    /// As many first pages as are needed for this number of images, at least one.
    First(u64),
}

/// What to read of each image.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Detail {
    /// All members.
    #[default]
    Full,
    /// The ID, and what images are selected, ordered and described by: name, status, owner, creation
    /// time and size. Everything else keeps its default, whatever the service sends: for a long list,
    /// decoding the other members would take most of the time.
    Outline,
}

/// The result of a lookup.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The images in the order of the API, without duplicate IDs.
    pub images: Vec<Image>,
    /// How many images the API counts (`TotalCount`).
    pub total_count: u64,
    /// The region of the lookup.
    pub region: String,
    /// The host that responded, with a port if it is not the default.
    pub host: String,
    /// How many calls were made, retries included.
    pub calls: u32,
    /// The service's clock minus this machine's in seconds, if the service refused the time of a
    /// request (later calls are then signed with the service's time); otherwise 0.
    pub clock_skew: i64,
}

/// A page that has just been read.
#[derive(Clone, Debug)]
pub struct PageRead<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// How many pages the lookup reads, as known now.
    pub pages: u64,
    /// The whole body of the response, unchanged.
    pub body: &'a Bytes,
}

/// A callback for every page of a lookup, in the order of the pages.
///
/// Page 1 begins the list again: if the catalog changed during the read, all pages are read once
/// more, and the earlier ones are discarded. The sizes of the bodies count towards the memory limit
/// of the lookup, so together they stay below it.
#[derive(Clone)]
pub struct PageObserver(Arc<dyn Fn(PageRead<'_>) + Send + Sync>);

impl PageObserver {
    /// An observer that calls `observe`.
    pub fn new(observe: impl Fn(PageRead<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    /// Reports a page.
    pub(super) fn page(&self, page: PageRead<'_>) {
        (self.0)(page);
    }
}

impl fmt::Debug for PageObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageObserver")
    }
}

#[cfg(test)]
mod tests {
    use std::{
        thread::{self, ThreadId},
        time::Duration,
    };

    use serde::{Deserialize, Deserializer, de::IgnoredAny};

    use super::*;

    /// The thread that read the body.
    struct Reader(ThreadId);

    impl<'de> Deserialize<'de> for Reader {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            IgnoredAny::deserialize(deserializer)?;
            Ok(Self(thread::current().id()))
        }
    }

    fn response(body: Vec<u8>) -> ApiResponse {
        let deadline = Instant::now() + Duration::from_secs(1);
        ApiResponse { body: body.into(), trace: CallTrace::new("Test", "cn-test", deadline) }
    }

    #[tokio::test]
    async fn only_a_long_body_is_read_on_another_thread() {
        for (length, elsewhere) in [(2, false), (exchange::LONG_BODY, true)] {
            let mut body = b"{}".to_vec();
            body.resize(length, b' ');
            let Reader(thread) = response(body).read().await.unwrap();
            assert_eq!(thread != thread::current().id(), elsewhere, "{length}");
        }
    }

    #[tokio::test]
    async fn a_body_without_the_members_is_an_error_with_the_request_id() {
        for body in ["[]", r#"{"AccountId":1}"#, "{"] {
            let response = response(body.into());
            response.trace.responded(Some("R-1".into()));
            let error = response.read::<Identity>().await.unwrap_err();
            let Cause::Garbled { request_id, transient: false, .. } = error.cause else {
                panic!("{body}: {:?}", error.cause);
            };
            assert_eq!(request_id.as_deref(), Some("R-1"), "{body}");
        }
    }
}
