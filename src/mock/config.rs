//! What a server is started with. Tests build it as a value and `mock-ecs` from its command line, so both
//! can do the same.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use super::{
    account::Account,
    catalog::Seed,
    fault::{Latency, Rule, RuleError},
    scenario::{Recording, Scenario},
};
use crate::{
    ctx::{Clock, Entropy, Files, system::System},
    secret::Secret,
};

/// The configuration of a server. The default listens on a free port of the loopback interface and
/// serves the built-in catalog to the access key `mock-access-key` with the secret
/// `mock-secret-key`.
///
/// ```
/// use terraform_provider_alicloud::mock::{Config, Seed, Server};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let image = r#"[{"ImageId": "m-1", "ImageName": "web-1", "ImageOwnerAlias": "self"}]"#;
/// let config = Config { quota: Some(1_000), ..Config::default() }
///     .with_images(Seed::Json { name: "web.json".into(), region: None, text: image.into() })
///     .with_fault("action=DescribeImages nth=1 do=latency:50ms")?;
/// let server = Server::start(config)?;
/// assert!(server.url().starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Config {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 for a free one.
    pub port: u16,
    /// The accounts whose signatures are accepted. Unsigned requests belong to the first one.
    pub accounts: Vec<Account>,
    /// Whether signatures are checked.
    pub auth: Auth,
    /// How much the time of a request may differ from the mock's clock.
    pub max_skew: Duration,
    /// By how many seconds the mock's clock is ahead; negative for behind.
    pub clock_skew: i64,
    /// Where the images come from; empty for the built-in catalog.
    pub images: Vec<Seed>,
    /// The seed of generated images, random faults and random latency.
    pub seed: u64,
    /// The fault rules at the start.
    pub faults: Vec<Rule>,
    /// How many calls a minute each account has for each action and region; `None` for no limit.
    pub quota: Option<u32>,
    /// The latency of every call of the API.
    pub latency: Option<Latency>,
    /// How long it takes to create or copy an image, by the mock's clock.
    pub image_time: Duration,
    /// Whether to use TLS, with a certificate that is created at the start.
    pub tls: bool,
    /// The versions of HTTP that are offered with TLS; without TLS it is HTTP/1.1.
    pub http: Http,
    /// What to do with parameters that an action does not have.
    pub unknown_parameters: UnknownParameters,
    /// Which versions of the metadata service are served.
    pub imds: Imds,
    /// The role whose credentials the metadata service returns.
    pub ram_role: String,
    /// How many requests the journal keeps; the oldest go first. It never takes more than 64 MiB.
    pub journal_capacity: usize,
    /// Host names under which the admin API may be used, in addition to `localhost`, loopback
    /// addresses and the address that the server listens on.
    pub allowed_hosts: Vec<String>,
    /// The token that requests to the admin API must have in `Authorization: Bearer`; `None` for no
    /// token.
    pub admin_token: Option<Secret>,
    /// How many connections are served at a time; others wait until one ends.
    pub max_connections: usize,
    /// How long a client may read nothing of its response before its connection is closed.
    pub write_timeout: Duration,
    /// Where to record every call and response.
    pub record: Option<Recording>,
    /// The scenario to play back.
    pub replay: Option<Scenario>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness for request IDs and credentials.
    pub entropy: Arc<dyn Entropy>,
    /// The files that images are read from.
    pub files: Arc<dyn Files>,
}

/// Whether signatures are checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Auth {
    /// Every call must be signed by a known key.
    On,
    /// Every call is accepted, for the account whose access key it names, or for the first account.
    Off,
}

/// What to do with parameters that an action does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UnknownParameters {
    /// Respond, and note it in the journal.
    Note,
    /// Refuse with `UnsupportedParameter`.
    Refuse,
}

/// The versions of HTTP that are offered with TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Http {
    /// HTTP/2 and HTTP/1.1.
    Both,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 only.
    Http2,
}

/// Which versions of the metadata service are served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Imds {
    /// With and without a token.
    Both,
    /// No version: every path of the service returns 404.
    Off,
    /// With a token only.
    V2,
}

/// The limit that some pages of the service document: 15 minutes; others document 31.
pub(super) const STRICT_SKEW: Duration = Duration::from_secs(15 * 60);

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            accounts: vec![Account::new("mock-access-key", "mock-secret-key")],
            auth: Auth::On,
            max_skew: STRICT_SKEW,
            clock_skew: 0,
            images: Vec::new(),
            seed: 1,
            faults: Vec::new(),
            quota: None,
            latency: None,
            image_time: Duration::from_secs(5),
            tls: false,
            http: Http::Both,
            unknown_parameters: UnknownParameters::Note,
            imds: Imds::Both,
            ram_role: "mock-ecs-role".into(),
            journal_capacity: 10_000,
            allowed_hosts: Vec::new(),
            admin_token: None,
            max_connections: 512,
            write_timeout: Duration::from_secs(30),
            record: None,
            replay: None,
            clock: Arc::new(System),
            entropy: Arc::new(System),
            files: Arc::new(System),
        }
    }
}

impl Config {
    /// Adds a source of images, which replaces the built-in catalog.
    #[must_use]
    pub fn with_images(mut self, seed: Seed) -> Self {
        self.images.push(seed);
        self
    }

    /// Adds a fault rule in its text form, such as `action=DescribeImages page=2 do=reset`.
    ///
    /// # Errors
    ///
    /// When the rule cannot be read.
    pub fn with_fault(mut self, rule: &str) -> Result<Self, RuleError> {
        self.faults.push(rule.parse()?);
        Ok(self)
    }
}
