//! The provider: the `provider` block, and the API client that it configures.
//!
//! Configuring makes no network calls: the client, its credentials and its connections are set up by
//! the first read. The names of required arguments that are not known yet are stored, so that a read can report them.

mod arguments;
mod config;
mod schema;
mod session;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;

use crate::{
    access::{Access, Reported, Unavailable},
    alicloud::{Api, Process},
    contract::{ConfigureRequest, DataSource, NewProvider, Provider},
    ctx::Ctx,
    data_sources,
    diag::{Diagnostics, Message, messages},
    schema::Schema,
    sync::lock,
    value::Value,
};

use config::Config;

pub(crate) use schema::schema;
pub use session::{Session, configure};

/// The diagnostics of the provider and of its data sources.
pub(crate) fn messages() -> impl Iterator<Item = &'static [&'static Message]> {
    std::iter::once(MESSAGES).chain(data_sources::messages())
}

messages! {
    Provider {
        INVALID_ARGUMENT: Error "Invalid provider argument",
            "An argument of the provider block has an invalid value.",
            "Correct the argument that the message names.";
        INVALID_VARIABLE: Error "Invalid environment variable",
            "A variable that the provider reads has an invalid value.",
            "Correct the variable that the message names, or unset it.";
        ENDPOINTS_OUTSIDE: Warning "Endpoints outside Alibaba Cloud",
            "`endpoints.xml` or a variable of the environment sends calls to a host that belongs neither to Alibaba Cloud nor to this machine.",
            "Remove the file or the variable if you did not set it; name the host in the `endpoints` block to silence the warning.";
        NOT_VERIFIED: Warning "Certificates are not verified",
            "The provider block sets `insecure = true`.",
            "Remove it, and name the certificate of the server or of its issuer in `ca_certificate_file`.";
        PLAIN_HTTP: Warning "Credentials over plain HTTP",
            "The provider block sets an endpoint of STS or Location, or a credentials URI, with `http://`.",
            "Use `https://`.";
        UNCLEAR_VARIABLE: Warning "Unclear environment variable",
            "A switch in the environment is neither on nor off, or `ALIBABA_CLOUD_ENDPOINT_TYPE` is neither `vpc` nor `public`.",
            "Set it to one of the values in the message, or unset it.";
        MISSING_FILE: Warning "File of endpoints not found",
            "`TF_ENDPOINT_PATH` names a file that does not exist. As with the official provider, calls go to the hosts that they would go to without it.",
            "Correct the path, or unset the variable.";
        UNUSABLE_FILE: Error "Unusable file of endpoints",
            "`endpoints.xml` in the working directory, or the file in `TF_ENDPOINT_PATH`, cannot be read.",
            "Correct or remove the file.";
    }
    Credentials {
        INVALID_PROFILE: Error "Invalid profile",
            "The profile has a `region_id` that is not the ID of a region.",
            "Correct it in the file that the message names.";
        MODE_NOT_USED: Warning "The profile's mode is not used",
            "The profile has a mode that the official provider does not know, and also an access key. The key is used, as with the official provider.",
            "Remove the key from the profile to use its mode, or set the mode to `AK`.";
        UNCLEAR_PROFILE: Warning "Unclear endpoint type of the profile",
            "The `endpoint_type` of the profile is neither `vpc` nor `public`, and has no effect.",
            "Set it to `vpc` or `public`, or remove it.";
        EMPTY_KEY: Warning "Empty access key",
            "`access_key` or `secret_key` is set but empty, which keeps the environment's key from being used; another source is.",
            "Remove both, or set both.";
        NO_ROLE: Warning "No role is assumed",
            "The block `assume_role` has no `role_arn`.",
            "Set `role_arn` or `ALICLOUD_ASSUME_ROLE_ARN`, or remove the block.";
        PROFILE_NOT_USED: Warning "The profile is not used",
            "The profile cannot be read or has no mode, and another source is used; or an access key of the environment takes precedence over it.",
            "Correct the profile's name, file or mode, unset the variables, or remove `profile`.";
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
    Ready(Box<Session>),
    Unknown(Vec<String>),
}

impl Alicloud {
    /// A provider with this version and this context, not configured yet.
    pub fn new(ctx: Ctx, version: &'static str) -> Self {
        Self { ctx, version, process: Process::default(), configured: Arc::default() }
    }

    /// Creates a provider for each connection of a process. They share the state that belongs to the account or the
    /// service; each has its own configuration.
    pub fn for_each_connection(ctx: Ctx, version: &'static str) -> NewProvider {
        let process = Process::default();
        Arc::new(move || {
            Arc::new(Self { process: process.clone(), ..Self::new(ctx.clone(), version) })
        })
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let product = config::product(&request.terraform_version, self.version);
        let mut diagnostics = Diagnostics::default();
        let block = request.config.expose();
        let configuration =
            session::read(&self.ctx, &self.process, &product, block, &mut diagnostics).await;
        self.configured.set(configuration);
        diagnostics
    }
}

impl Provider for Alicloud {
    fn schema(&self) -> Schema {
        schema()
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        let access: Arc<dyn Access> = self.configured.clone();
        data_sources::all(&self.ctx, &access)
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
        let mut state = lock(&self.configured.0);
        state.stopped = true;
        if let Configuration::Ready(session) = &state.configuration {
            session.client.stop();
        }
    }
}

impl Configured {
    fn set(&self, configuration: Configuration) {
        let mut state = lock(&self.0);
        if let (true, Configuration::Ready(session)) = (state.stopped, &configuration) {
            session.client.stop();
        }
        state.configuration = configuration;
    }
}

impl Access for Configured {
    fn client(&self) -> Result<Arc<dyn Api>, Unavailable> {
        match &lock(&self.0).configuration {
            Configuration::Missing => Err(Unavailable::NotConfigured),
            Configuration::Ready(session) => session.client(),
            Configuration::Unknown(names) => Err(Unavailable::Unknown(names.clone())),
        }
    }

    fn region_is_assumed(&self) -> bool {
        match &lock(&self.0).configuration {
            Configuration::Ready(session) => session.region_is_assumed(),
            Configuration::Missing | Configuration::Unknown(_) => false,
        }
    }

    fn reported(&self) -> Arc<Reported> {
        match &lock(&self.0).configuration {
            Configuration::Ready(session) => session.reported(),
            Configuration::Missing | Configuration::Unknown(_) => Arc::default(),
        }
    }
}
