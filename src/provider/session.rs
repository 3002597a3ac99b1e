//! A configured provider: the API client, and what it was made from.
//!
//! Files are read here, `endpoints.xml` and certificates, within one limit of time; no request is sent.
//! Terraform and `alicloud-images` configure by the same function. What was chosen stays available,
//! so that `whoami` can report it.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use rustls::pki_types::CertificateDer;
use tokio::time::{Instant, timeout_at};

use super::{
    Configuration, EMPTY_KEY, ENDPOINTS_OUTSIDE, INVALID_ARGUMENT, INVALID_PROFILE, MISSING_FILE,
    MODE_NOT_USED, NO_ROLE, NOT_VERIFIED, PLAIN_HTTP, PROFILE_NOT_USED, UNCLEAR_PROFILE,
    UNUSABLE_FILE,
    arguments::invalid_variable,
    config::{self, CertificateFile, Config},
};
use crate::{
    access::{Access, Reported, Unavailable},
    alicloud::{
        Api, Client, ClientConfig, Process,
        credentials::{Chain, DEFAULT_REGION, Notice, SettingOrigin},
        endpoint::{
            Endpoints, OutsideHost,
            configured::{File, MAX_SIZE, Origin},
            is_region,
        },
        location::Locator,
        variables,
    },
    ctx::{Ctx, http},
    diag::{Diagnostic, Diagnostics},
    text,
    value::{AttributePath, Sensitive, Value},
};

/// How long configuring waits for all the files that it reads together.
const FILES_TIMEOUT: Duration = Duration::from_secs(10);

/// The parts of one configuration.
#[derive(Clone)]
pub struct Session {
    /// The API client. It has made no call yet.
    pub client: Arc<Client>,
    /// The credential source that was chosen.
    pub credentials: Arc<Chain>,
    /// The endpoints that are configured.
    pub endpoints: Endpoints,
    /// Finds the endpoint of ECS.
    pub locator: Arc<Locator>,
    /// The region.
    pub region: String,
    reported: Arc<Reported>,
}

impl Access for Session {
    fn client(&self) -> Result<Arc<dyn Api>, Unavailable> {
        Ok(self.client.clone())
    }

    fn reported(&self) -> Arc<Reported> {
        self.reported.clone()
    }

    fn region_is_assumed(&self) -> bool {
        self.credentials.region().is_none()
    }
}

/// Configures a client with the `provider` block `config`, for a program without a plugin host.
/// `product` is its name in the user agent. `None` if there are errors.
pub async fn configure(
    ctx: &Ctx,
    product: &str,
    config: &Sensitive,
) -> (Option<Session>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let (process, block) = (Process::default(), config.expose());
    match read(ctx, &process, product, block, &mut diagnostics).await {
        Configuration::Ready(session) => (Some(*session), diagnostics),
        Configuration::Missing | Configuration::Unknown(_) => (None, diagnostics),
    }
}

/// Reads a `provider` block. Errors and warnings are added to `diagnostics`.
pub(super) async fn read(
    ctx: &Ctx,
    process: &Process,
    product: &str,
    block: &Value,
    diagnostics: &mut Diagnostics,
) -> Configuration {
    let deadline = Instant::now() + FILES_TIMEOUT;
    let mut config = Config::read(block, ctx.env.as_ref(), diagnostics);
    match endpoints_file(ctx, deadline, diagnostics).await {
        Ok(file) => config.endpoints.file = file,
        Err(diagnostic) => diagnostics.push(diagnostic),
    }
    match certificates(config.certificate_file.as_ref(), ctx, deadline).await {
        Ok(certificates) => config.tls.certificates = certificates.into(),
        Err(diagnostic) => diagnostics.push(diagnostic),
    }
    if diagnostics.has_errors() {
        return Configuration::Missing;
    }
    if !config.unknown.is_empty() {
        return Configuration::Unknown(config.unknown);
    }
    let session = session(ctx, process, product, config, deadline, diagnostics).await;
    if let Some(error) = region_error(&session.credentials) {
        diagnostics.push(error);
        return Configuration::Missing;
    }
    Configuration::Ready(Box::new(session))
}

/// An error if the region from the chosen source is not valid. Those of the argument and its variables were checked
/// before.
fn region_error(credentials: &Chain) -> Option<Diagnostic> {
    let region = credentials.region().filter(|region| !is_region(region))?;
    let what = config::not_a_region(region);
    Some(match credentials.region_origin()? {
        SettingOrigin::Variable(name) => invalid_variable(name, &what),
        origin => INVALID_PROFILE.diagnostic(format!("region_id of {origin} {what}")),
    })
}

async fn session(
    ctx: &Ctx,
    process: &Process,
    product: &str,
    config: Config,
    deadline: Instant,
    diagnostics: &mut Diagnostics,
) -> Session {
    let user_agent = config::user_agent(product, &config.user_agent_words);
    let insecure = config.tls.insecure;
    let ctx = &ctx.with_tls(config.tls);
    let verified = ctx.verified();
    let (arguments, endpoints) = (&config.credentials, &config.endpoints);
    let chain = Chain::new(arguments, endpoints, &user_agent, &verified, process, deadline).await;
    let region = chain.region().unwrap_or(DEFAULT_REGION).to_owned();
    let endpoints = chain.endpoints().clone();
    diagnostics.extend(chain.notices().iter().map(|notice| notice_warning(notice, &region)));
    diagnostics.extend(endpoint_warnings(&endpoints, &region));
    diagnostics.extend(insecure.then(insecure_warning));
    let credentials = Arc::new(chain);
    let timeouts = (config.connect_timeout, config.read_timeout);
    let locator = Locator::new(
        endpoints.clone(),
        credentials.clone(),
        user_agent.clone(),
        timeouts,
        ctx,
        process,
    );
    let locator = Arc::new(locator);
    let client = Client::new(
        ctx.clone(),
        ClientConfig {
            region: region.clone(),
            endpoint: locator.clone(),
            scheme: config.scheme,
            credentials: credentials.clone(),
            user_agent,
            connect_timeout: config.connect_timeout,
            read_timeout: config.read_timeout,
            max_retry_timeout: config.max_retry_timeout,
            extra_parameters: config.extra_parameters,
        },
        process,
    );
    let (client, reported) = (Arc::new(client), Arc::default());
    Session { client, credentials, endpoints, locator, region, reported }
}

/// The official provider's file of endpoints: `endpoints.xml` in the current folder, or else the
/// file that a variable names. A file that cannot be read is an error. A missing one is not, as with the official
/// provider, but it is a warning if the variable names it: calls would go elsewhere without notice.
async fn endpoints_file(
    ctx: &Ctx,
    deadline: Instant,
    diagnostics: &mut Diagnostics,
) -> Result<Option<File>, Diagnostic> {
    let local = ctx.env.current_dir().map(|folder| folder.join("endpoints.xml"));
    let named = variables::first_set(ctx.env.as_ref(), variables::ENDPOINT_PATH)
        .map(|(name, path)| (PathBuf::from(path), Some(name)));
    for (path, variable) in local.map(|path| (path, None)).into_iter().chain(named) {
        let origin = path.display().to_string();
        let refused = |reason: String| {
            UNUSABLE_FILE.diagnostic(format!(
                "The file {origin} cannot be used: {reason}. Correct or remove it."
            ))
        };
        let content = timeout_at(deadline, ctx.files.read(&path, MAX_SIZE)).await;
        let content = match content.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                diagnostics.extend(variable.map(|variable| missing_file(variable, &origin)));
                continue;
            }
            Err(error) => return Err(refused(error.to_string())),
        };
        let text = text::decode(&content)
            .ok_or_else(|| refused("it is not text in UTF-8 or UTF-16".into()))?;
        let file = File::parse(&text, &origin).map_err(|error| refused(error.to_string()))?;
        return Ok(Some(file));
    }
    Ok(None)
}

/// The file that `variable` names does not exist.
fn missing_file(variable: &str, path: &str) -> Diagnostic {
    MISSING_FILE.diagnostic(format!(
        "The environment variable `{variable}` names the file {path}, which does not exist. No endpoint is \
         read from it, as with the official provider: calls go to the hosts that they would go to \
         without the variable. Correct the path, or unset `{variable}`."
    ))
}

/// The certificates of the configured file; empty if none is configured.
async fn certificates(
    file: Option<&CertificateFile>,
    ctx: &Ctx,
    deadline: Instant,
) -> Result<Vec<CertificateDer<'static>>, Diagnostic> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let unusable = |reason: String| {
        let what = format!("cannot be used: {} {reason}.", file.path);
        match &file.origin {
            Origin::Argument(name) => INVALID_ARGUMENT
                .diagnostic(format!("The provider argument `{name}` {what}"))
                .at(AttributePath::default().child(*name)),
            Origin::Variable(name) => invalid_variable(name, &what),
            origin => INVALID_ARGUMENT.diagnostic(format!("{origin} {what}")),
        }
    };
    let path = ctx.env.expand(&file.path);
    let content = timeout_at(deadline, ctx.files.read(&path, http::FILE_LIMIT)).await;
    let content = content.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let content = content.map_err(|error| unusable(format!("cannot be read ({error})")))?;
    http::read_certificates(&content).map_err(unusable)
}

/// The warning for a notice about the choice of a credential source; `region` is the region of the
/// run.
fn notice_warning(notice: &Notice, region: &str) -> Diagnostic {
    let warning = notice_text(notice, region);
    match notice.argument() {
        Some(argument) => warning.at(AttributePath::attribute(argument)),
        None => warning,
    }
}

fn notice_text(notice: &Notice, region: &str) -> Diagnostic {
    match notice {
        Notice::EmptyKey { argument, used } => EMPTY_KEY.diagnostic(format!(
            "{argument} is set but empty, which keeps the environment's access key from being \
                 used: calls are signed with credentials from {used}. Remove access_key and \
                 secret_key, or set both."
        )),
        Notice::EmptyRole { used } => NO_ROLE.diagnostic(format!(
            "The block assume_role has no role_arn, so calls are signed with credentials from \
                 {used} themselves. Set role_arn or ALICLOUD_ASSUME_ROLE_ARN, or remove the block."
        )),
        Notice::PlainCredentialsUri(host) => PLAIN_HTTP.diagnostic(format!(
            "credentials_uri uses http:// to {host}: anyone who can read the network traffic \
                 can read the credentials. Use https:// there."
        )),
        Notice::ProfileLoses { profile, used } => PROFILE_NOT_USED.diagnostic(format!(
            "Calls are signed with credentials from {used}, which take precedence over \
                 {profile}, as with the official provider. Unset these variables to use the \
                 profile, or remove profile."
        )),
        Notice::StrayKey { profile, mode } => MODE_NOT_USED.diagnostic(format!(
            "Calls are signed with the access key in {profile}, as with the official provider, which \
                 does not know the mode {mode} of it. Remove access_key_id and access_key_secret \
                 from the profile to use this mode, or set its mode to AK."
        )),
        Notice::UnclearEndpointType { profile, given } => UNCLEAR_PROFILE.diagnostic(format!(
            "endpoint_type of {profile} is {given:?}; it must be public or vpc. It has no effect."
        )),
        Notice::UnusedProfile { profile, reason, remedy, named_by } => {
            PROFILE_NOT_USED.diagnostic(format!(
                "Nothing from {profile} is used: {reason}. Credentials come from another source, and \
                     the region is {region:?}. {remedy} To stop using it, remove {named_by}."
            ))
        }
    }
}

/// The most hosts that one warning names in addition to those that the run uses.
const MOST_NAMED: usize = 5;

/// Warnings about endpoints that someone else may have configured, and about those to which secrets are sent
/// unencrypted.
fn endpoint_warnings(endpoints: &Endpoints, region: &str) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let (used, others) = endpoints.outside_alibaba_cloud(region);
    if !(used.is_empty() && others.is_empty()) {
        let line = |outside: &OutsideHost| {
            let OutsideHost { product, host, origin } = outside;
            format!("\n  - {}: {host}, from {origin}", product.code)
        };
        let mut list: String =
            used.iter().chain(others.iter().take(MOST_NAMED)).map(line).collect();
        if others.len() > MOST_NAMED {
            let more = others.len() - MOST_NAMED;
            list.push_str(&format!("\n  - and {more} more, for other regions"));
        }
        warnings.push(ENDPOINTS_OUTSIDE.diagnostic(format!(
            "Signed calls go to hosts that the provider block does not name:{list}\n\nThe \
                 operator of such a host sees these calls and chooses which images exist. Remove \
                 the file or the variable if you do not know it; name the host in the endpoints block to \
                 silence this warning."
        )));
    }
    warnings.extend(endpoints.plain().into_iter().map(|(argument, host)| {
        let path = argument.split('.').fold(AttributePath::default(), AttributePath::child);
        let what = "Anyone who can read the network traffic can read the secrets that are sent and received by";
        PLAIN_HTTP.diagnostic(format!("{what} {argument} ({host}). Use https:// there.")).at(path)
    }));
    warnings
}

/// `insecure = true`.
fn insecure_warning() -> Diagnostic {
    NOT_VERIFIED
        .diagnostic(
            "insecure = true accepts any certificate of ECS and of the Location service: anyone \
         who can intercept the network traffic sees the calls and chooses which images exist. STS, \
         OIDC, CloudSSO and a credentials URI are still verified. Remove it, and name the file \
         with the certificate of the server or of its issuer in ca_certificate_file.",
        )
        .at(AttributePath::attribute("insecure"))
}
