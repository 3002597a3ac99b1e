//! The provider: the `provider` block, and the API client that it configures.
//!
//! Configuring makes no network calls: the client, its credentials and its connections are set up by
//! the first read. What a read needs and the block does not say yet is remembered by name, so that the
//! read can report it.

mod arguments;
#[cfg(feature = "baselines")]
mod baselines;
mod config;
mod schema;
#[cfg(test)]
mod tests;
mod user_agent;
mod warnings;

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout_at};

use crate::{
    access::{Access, Reported, Unavailable},
    alicloud::{
        Client, ClientConfig, DescribeImages, Process,
        credentials::{Chain, DEFAULT_REGION},
        endpoint::{
            Endpoints,
            file::{File, MAX_SIZE},
            location::Locator,
        },
        variables,
    },
    contract::{ConfigureRequest, DataSource, NewProvider, Provider},
    ctx::Ctx,
    diag::{Diagnostic, Diagnostics, messages},
    images,
    schema::Schema,
    text,
    value::Value,
};

use config::Config;

/// How long configuring waits for all the files that it reads together.
const FILES_TIMEOUT: Duration = Duration::from_secs(10);

messages! {
    Provider {
        INVALID_ARGUMENT: Error "Invalid provider argument",
            "An argument of the provider block, or its variable, has an invalid value.",
            "Correct the argument or variable that the message names.";
        ENDPOINTS_OUTSIDE: Warning "Endpoints outside Alibaba Cloud",
            "`endpoints.xml` or a variable of the environment sends calls to a host that belongs neither to Alibaba Cloud nor to this machine.",
            "Remove the file or the variable if you did not set it; name the host in the `endpoints` block to silence the warning.";
        PLAIN_HTTP: Warning "Credentials over plain HTTP",
            "The provider block sets an endpoint of STS or Location, or a credentials URI, with `http://`.",
            "Use `https://`.";
        UNCLEAR_SWITCH: Warning "Unclear environment variable",
            "A switch in the environment is neither on nor off.",
            "Set it to `1`, `true`, `yes` or `on`, or to `0`, `false`, `no` or `off`.";
        UNUSABLE_FILE: Error "Unusable file of endpoints",
            "`endpoints.xml` in the working directory, or the file in `TF_ENDPOINT_PATH`, cannot be read.",
            "Correct or remove the file.";
    }
    Credentials {
        EMPTY_KEY: Warning "Empty access key",
            "`access_key` or `secret_key` is set but empty, which keeps the environment's key from being used; another source is.",
            "Remove both, or set both.";
        NO_ROLE: Warning "No role is assumed",
            "The block `assume_role` has no `role_arn`.",
            "Set `role_arn` or `ALICLOUD_ASSUME_ROLE_ARN`, or remove the block.";
        PROFILE_NOT_USED: Warning "The profile is not used",
            "The profile cannot be read and another source is used, or an access key of the environment takes precedence over it.",
            "Correct the profile's name or file, unset the variables, or remove `profile`.";
    }
}

/// The provider `alicloud`, as one connection configures it.
pub struct Alicloud {
    ctx: Ctx,
    version: &'static str,
    process: Process,
    configured: Arc<Configured>,
}

/// What this connection has configured, for its data sources.
#[derive(Default)]
struct Configured(Mutex<State>);

#[derive(Default)]
struct State {
    configuration: Configuration,
    /// Whether the user has interrupted the run, perhaps before there was a configuration.
    stopped: bool,
}

#[derive(Default)]
enum Configuration {
    #[default]
    Missing,
    Ready {
        client: Arc<Client>,
        reported: Arc<Reported>,
        region_is_assumed: bool,
    },
    Unknown(Vec<String>),
}

impl Alicloud {
    /// The provider of this version in this outside world, not configured yet.
    pub fn new(ctx: Ctx, version: &'static str) -> Self {
        Self { ctx, version, process: Process::default(), configured: Arc::default() }
    }

    /// Makes a provider for each connection of a process. What the service limits for an account or an
    /// outage limits for all, they share; what one configures is its own.
    pub fn for_each_connection(ctx: Ctx, version: &'static str) -> NewProvider {
        let process = Process::default();
        Arc::new(move || {
            Arc::new(Self { process: process.clone(), ..Self::new(ctx.clone(), version) })
        })
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let deadline = Instant::now() + FILES_TIMEOUT;
        let mut diagnostics = Diagnostics::default();
        let block = request.config.expose();
        let mut config = Config::read(block, self.ctx.env.as_ref(), &mut diagnostics);
        match endpoints_file(&self.ctx, deadline).await {
            Ok(file) => config.endpoints.file = file,
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
        self.configured.set(if diagnostics.has_errors() {
            Configuration::Missing
        } else if config.unknown.is_empty() {
            let version = &request.terraform_version;
            self.ready(config, version, deadline, &mut diagnostics).await
        } else {
            Configuration::Unknown(config.unknown)
        });
        diagnostics
    }

    async fn ready(
        &self,
        config: Config,
        terraform_version: &str,
        deadline: Instant,
        diagnostics: &mut Diagnostics,
    ) -> Configuration {
        let user_agent =
            user_agent::user_agent(terraform_version, self.version, &config.user_agent_words);
        let endpoints: Endpoints = config.endpoints;
        let chain =
            Chain::new(&config.credentials, &endpoints, &user_agent, &self.ctx, deadline).await;
        let region_is_assumed = chain.region().is_none();
        let region = chain.region().unwrap_or(DEFAULT_REGION).to_owned();
        let endpoints = chain.endpoints().clone();
        diagnostics.extend(chain.notices().iter().map(|notice| warnings::notice(notice, &region)));
        diagnostics.extend(warnings::endpoints(&endpoints));
        let credentials = Arc::new(chain);
        let endpoint =
            Locator::new(endpoints, credentials.clone(), user_agent.clone(), self.ctx.clone());
        let client = Client::new(
            self.ctx.clone(),
            ClientConfig {
                region,
                endpoint: Arc::new(endpoint),
                scheme: config.scheme,
                credentials,
                user_agent,
                connect_timeout: config.connect_timeout,
                read_timeout: config.read_timeout,
                max_retry_timeout: config.max_retry_timeout,
                extra_parameters: config.extra_parameters,
            },
            &self.process,
        );
        Configuration::Ready {
            client: Arc::new(client),
            reported: Arc::default(),
            region_is_assumed,
        }
    }
}

impl Provider for Alicloud {
    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        let access: Arc<dyn Access> = self.configured.clone();
        let sources = images::data_sources(&self.ctx, &access);
        #[cfg(feature = "baselines")]
        let sources = [sources, baselines::data_sources(&self.ctx)].concat();
        sources
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        Config::read(config, self.ctx.env.as_ref(), &mut diagnostics);
        diagnostics
    }

    fn configure(&self, request: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
        Box::pin(Self::configure(self, request))
    }

    fn stop(&self) {
        let mut state = self.configured.lock();
        state.stopped = true;
        if let Configuration::Ready { client, .. } = &state.configuration {
            client.stop();
        }
    }
}

impl Configured {
    fn set(&self, configuration: Configuration) {
        let mut state = self.lock();
        if let (true, Configuration::Ready { client, .. }) = (state.stopped, &configuration) {
            client.stop();
        }
        state.configuration = configuration;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Access for Configured {
    fn client(&self) -> Result<Arc<dyn DescribeImages>, Unavailable> {
        match &self.lock().configuration {
            Configuration::Missing => Err(Unavailable::NotConfigured),
            Configuration::Ready { client, .. } => Ok(client.clone()),
            Configuration::Unknown(names) => Err(Unavailable::Unknown(names.clone())),
        }
    }

    fn region_is_assumed(&self) -> bool {
        let configuration = &self.lock().configuration;
        matches!(configuration, Configuration::Ready { region_is_assumed: true, .. })
    }

    fn reported(&self) -> Arc<Reported> {
        match &self.lock().configuration {
            Configuration::Ready { reported, .. } => reported.clone(),
            Configuration::Missing | Configuration::Unknown(_) => Arc::default(),
        }
    }
}

/// The official provider's file of endpoints: `endpoints.xml` in the current folder, else the one
/// that a variable names. No file there is no error; one that cannot be read is.
async fn endpoints_file(ctx: &Ctx, deadline: Instant) -> Result<Option<File>, Diagnostic> {
    let local = ctx.env.current_dir().map(|folder| folder.join("endpoints.xml"));
    let named = variables::first_set(ctx.env.as_ref(), variables::ENDPOINT_PATH)
        .map(|(_, path)| std::path::PathBuf::from(path));
    for path in local.into_iter().chain(named) {
        let origin = path.display().to_string();
        let refused = |reason: String| {
            UNUSABLE_FILE.diagnostic(format!(
                "The file {origin} cannot be used: {reason}. Correct or remove it."
            ))
        };
        let content = timeout_at(deadline, ctx.files.read(&path, MAX_SIZE)).await;
        let content = match content.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(refused(error.to_string())),
        };
        let text = text::decode(&content)
            .ok_or_else(|| refused("it is not text in UTF-8 or UTF-16".into()))?;
        let file = File::parse(&text, &origin).map_err(|error| refused(error.to_string()))?;
        return Ok(Some(file));
    }
    Ok(None)
}
