//! The implementation of each RPC, independent of the protocol version; `v5` and `v6` translate it.
//!
//! Every RPC is logged, a panic in it becomes a diagnostic while the process continues, and a stopped
//! connection does not wait for it. The work of an RPC belongs to the [`RpcSession`] of the
//! connection on which it was received.

pub(crate) mod read;

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tracing::Instrument;

pub(crate) use self::read::ReadResult;
use super::{About, handshake::ProtocolVersion, log::key};
use crate::{
    contract::{ConfigureRequest, DataSource, NewProvider, Provider},
    ctx::Entropy,
    diag::{Diagnostic, Diagnostics, Severity, messages},
    schema::Schema,
    value::{AttributePath, Kind, Sensitive, Value},
    wire::DynamicValue,
};

messages! {
    Arguments {
        DEPRECATED: Warning "Argument is deprecated",
            "An argument of the data block or the provider block is deprecated.",
            "Use what the message names instead.";
    }
    Connection {
        ABANDONED: Error "Call abandoned after an interrupt",
            "The run was interrupted while a call waited for a file, a program or a network drive that does not respond.",
            "Check the files that the provider block and the environment name.";
    }
    Defect {
        INTERNAL: Error "Internal error in the provider",
            "A bug; nothing was changed, and the provider continues.",
            "Report it with the log of a run with `TF_LOG=ERROR`.";
        UNKNOWN_TYPE: Error "Unknown data source type",
            "A read names a data source that the provider does not have.",
            "Run `terraform init -upgrade`: the schema may be from another version.";
        UNREADABLE: Error "Configuration cannot be read",
            "A block does not match the schema.",
            "Run `terraform init -upgrade`: the schema may be from another version.";
        HAS_NO: Error "The provider has no …",
            "Terraform requested something that the provider does not have, such as a resource or a function.",
            "Check the source address: `aliyun/alicloud` has the resources.";
    }
}

/// How long work may continue after a stop. The provider cancels most work immediately; this is for work that waits
/// for something that cannot be interrupted, such as a file on an unavailable network drive.
const STOP_GRACE: Duration = Duration::from_millis(500);

/// The gRPC service. It has no state: each request carries the [`RpcSession`] of its connection.
pub(crate) struct Service;

/// Creates the session of each connection.
#[derive(Clone)]
pub(crate) struct Sessions {
    new_provider: NewProvider,
    about: About,
    protocol: ProtocolVersion,
    entropy: Arc<dyn Entropy>,
}

/// One connection: the provider as that connection configured it.
#[derive(Clone)]
pub(crate) struct RpcSession(Arc<SessionInner>);

struct SessionInner {
    provider: Arc<dyn Provider>,
    about: About,
    protocol: ProtocolVersion,
    entropy: Arc<dyn Entropy>,
    /// Created when first needed: most processes serve no data source.
    data_sources: OnceLock<BTreeMap<&'static str, ServedDataSource>>,
    /// The type of the `provider` block.
    provider_kind: OnceLock<Kind>,
    /// Whether the host has requested that running work is stopped.
    stopped: watch::Sender<bool>,
}

/// A data source and its type.
struct ServedDataSource {
    data_source: Arc<dyn DataSource>,
    kind: OnceLock<Arc<Kind>>,
}

/// The names of the data sources.
#[derive(Default)]
pub(crate) struct Metadata {
    pub(crate) data_sources: Vec<&'static str>,
    pub(crate) diagnostics: Diagnostics,
}

/// The schemas of the `provider` block and of every data source.
#[derive(Default)]
pub(crate) struct Schemas {
    pub(crate) provider: Option<Schema>,
    pub(crate) data_sources: Vec<(&'static str, Schema)>,
    pub(crate) diagnostics: Diagnostics,
}

/// The response to a stop, which has one text instead of diagnostics.
#[derive(Default)]
pub(crate) struct Stopped(Diagnostics);

impl Stopped {
    /// The text of the error; empty if there is none.
    pub(crate) fn error(self) -> String {
        self.0.into_iter().next().map(|found| found.detail).unwrap_or_default()
    }
}

/// Implements [`HasDiagnostics`] for types with the diagnostics in the named field.
macro_rules! answers {
    ($($answer:ident { $diagnostics:tt }),*) => {$(
        #[allow(clippy::needless_update, reason = "one has diagnostics and no more")]
        impl From<Diagnostics> for $answer {
            fn from(diagnostics: Diagnostics) -> Self {
                Self { $diagnostics: diagnostics, ..Self::default() }
            }
        }

        impl HasDiagnostics for $answer {
            fn diagnostics(&self) -> &Diagnostics {
                &self.$diagnostics
            }
        }
    )*};
}

answers!(Metadata { diagnostics }, ReadResult { diagnostics }, Schemas { diagnostics }, Stopped { 0 });

/// The result of an RPC, which may carry diagnostics.
trait HasDiagnostics: From<Diagnostics> {
    /// The diagnostics that it carries.
    fn diagnostics(&self) -> &Diagnostics;
}

impl HasDiagnostics for Diagnostics {
    fn diagnostics(&self) -> &Diagnostics {
        self
    }
}

impl Sessions {
    pub(crate) fn new(
        new_provider: NewProvider,
        about: &About,
        protocol: ProtocolVersion,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { new_provider, about: *about, protocol, entropy }
    }

    /// The protocol version of all sessions.
    pub(crate) fn protocol(&self) -> ProtocolVersion {
        self.protocol
    }

    /// The session of a new connection.
    pub(crate) fn open(&self) -> RpcSession {
        RpcSession(Arc::new(SessionInner {
            provider: (self.new_provider)(),
            about: self.about,
            protocol: self.protocol,
            entropy: self.entropy.clone(),
            data_sources: OnceLock::new(),
            provider_kind: OnceLock::new(),
            stopped: watch::Sender::new(false),
        }))
    }
}

impl RpcSession {
    pub(crate) async fn metadata(&self) -> Metadata {
        let work = async {
            let data_sources = self.0.provider.data_sources();
            let data_sources = data_sources.iter().map(|source| source.name()).collect();
            Ok(Metadata { data_sources, ..Metadata::default() })
        };
        self.observe("GetMetadata", None, work).await
    }

    pub(crate) async fn schemas(&self) -> Schemas {
        let work = async {
            let data_sources = self.0.provider.data_sources();
            Ok(Schemas {
                provider: Some(self.0.provider.schema().with_explained_deprecations()),
                data_sources: data_sources
                    .iter()
                    .map(|source| {
                        let schema = source.schema().with_explained_deprecations();
                        (source.name(), schema.without_deprecation_marks())
                    })
                    .collect(),
                ..Schemas::default()
            })
        };
        self.observe("GetProviderSchema", None, work).await
    }

    pub(crate) async fn validate_provider(&self, config: DynamicValue) -> Diagnostics {
        let work = async {
            let config = Sensitive::from(decode(&config, self.provider_kind())?);
            let mut diagnostics = self.0.provider.validate(config.expose());
            diagnostics.extend(deprecated(&self.0.provider.schema(), config.expose()));
            Ok(diagnostics)
        };
        self.observe("ValidateProviderConfig", None, work).await
    }

    pub(crate) async fn validate_data_source(
        &self,
        type_name: String,
        config: DynamicValue,
    ) -> Diagnostics {
        const RPC: &str = "ValidateDataResourceConfig";
        let work = async {
            let source = self.data_source(&type_name)?;
            let config = decode(&config, source.kind())?;
            let data_source = source.data_source.clone();
            // A regular expression can take a long time to compile.
            let work = move || {
                let mut diagnostics = data_source.validate(&config);
                diagnostics.extend(deprecated(&data_source.schema(), &config));
                diagnostics
            };
            tokio::task::spawn_blocking(work).await.map_err(|_| panicked(RPC))
        };
        self.observe(RPC, Some(&type_name), work).await
    }

    pub(crate) async fn configure(
        &self,
        config: DynamicValue,
        terraform_version: String,
    ) -> Diagnostics {
        let work = async {
            let config = decode(&config, self.provider_kind())?.into();
            Ok(self.0.provider.configure(ConfigureRequest { config, terraform_version }).await)
        };
        self.observe("ConfigureProvider", None, work).await
    }

    /// Ends running work early, because the user interrupted the run.
    pub(crate) async fn stop(&self) -> Stopped {
        let work = async {
            self.0.stopped.send_replace(true);
            self.0.provider.stop();
            Ok(Stopped::default())
        };
        self.observe("StopProvider", None, work).await
    }

    /// The response to an RPC about something that the provider does not have; `what` is its plural.
    pub(crate) async fn unsupported(&self, rpc: &'static str, what: &'static str) -> Diagnostics {
        let work = async {
            Err(HAS_NO.about(
                what,
                format!("{rpc} was called, but {} has no {what}.", self.0.about.address),
            ))
        };
        self.observe(rpc, None, work).await
    }

    fn provider_kind(&self) -> &Kind {
        self.0.provider_kind.get_or_init(|| self.0.provider.schema().kind())
    }

    fn data_source(&self, type_name: &str) -> Result<&ServedDataSource, Diagnostic> {
        let sources = self.0.data_sources.get_or_init(|| {
            let sources = self.0.provider.data_sources().into_iter();
            let kept = |data_source: Arc<dyn DataSource>| ServedDataSource {
                data_source,
                kind: OnceLock::new(),
            };
            sources.map(|source| (source.name(), kept(source))).collect()
        });
        sources.get(type_name).ok_or_else(|| {
            UNKNOWN_TYPE
                .diagnostic(format!("This provider has no data source of type {type_name:?}."))
        })
    }
}

impl RpcSession {
    /// Runs the work of one RPC. `data_source` is the type that it concerns, if any.
    async fn observe<A: HasDiagnostics>(
        &self,
        rpc: &'static str,
        data_source: Option<&str>,
        work: impl Future<Output = Result<A, Diagnostic>>,
    ) -> A {
        let span = tracing::error_span!(
            "rpc",
            { key::RPC } = rpc,
            { key::REQUEST } = self.request_id(),
            { key::PROVIDER } = self.0.about.address,
            { key::VERSION } = self.0.protocol.version(),
            { key::DATA_SOURCE } = data_source,
        );
        let observed = async {
            let start = Instant::now();
            tracing::trace!("Received request");
            let work = AssertUnwindSafe(work).catch_unwind();
            let answer = tokio::select! {
                biased;
                done = work => match done {
                    Ok(Ok(answer)) => answer,
                    Ok(Err(diagnostic)) => Diagnostics::from(diagnostic).into(),
                    Err(_) => Diagnostics::from(panicked(rpc)).into(),
                },
                () = self.stop_is_overdue() => Diagnostics::from(abandoned(rpc)).into(),
            };
            let count = |severity| {
                answer.diagnostics().iter().filter(|found| found.severity == severity).count()
            };
            tracing::debug!(
                { key::DURATION } = start.elapsed().as_millis() as u64,
                { key::ERRORS } = count(Severity::Error),
                { key::WARNINGS } = count(Severity::Warning),
                "Served request",
            );
            answer
        };
        observed.instrument(span).await
    }

    /// Waits until the host has requested a stop and the grace period has ended.
    async fn stop_is_overdue(&self) {
        let mut stopped = self.0.stopped.subscribe();
        // The session owns the sender, so the wait cannot fail.
        let _ = stopped.wait_for(|stopped| *stopped).await;
        sleep(STOP_GRACE).await;
    }

    /// A random UUID, like the request IDs of the Go providers.
    fn request_id(&self) -> String {
        let number = u128::from_be_bytes(self.0.entropy.bytes());
        let digits = format!("{number:032x}");
        let (first, rest) = digits.split_at(8);
        let (second, rest) = rest.split_at(4);
        let (third, rest) = rest.split_at(4);
        let (fourth, fifth) = rest.split_at(4);
        format!("{first}-{second}-{third}-{fourth}-{fifth}")
    }
}

/// The diagnostic in place of a panic.
fn panicked(rpc: &str) -> Diagnostic {
    INTERNAL.diagnostic(format!(
        "{rpc} panicked. Nothing was changed. Please report this with the log of the same run \
             under TF_LOG=ERROR, which names the place."
    ))
}

/// The diagnostic for work that a stop did not end.
fn abandoned(rpc: &str) -> Diagnostic {
    ABANDONED.diagnostic(format!(
        "The run was interrupted, and {rpc} did not end within {} ms: it waits for a file, a \
             program or a network drive that does not respond.",
        STOP_GRACE.as_millis()
    ))
}

impl ServedDataSource {
    fn kind(&self) -> &Arc<Kind> {
        self.kind.get_or_init(|| Arc::new(self.data_source.schema().kind()))
    }
}

/// Decodes a block. If that fails, the diagnostic points at the attribute at fault.
fn decode(config: &DynamicValue, kind: &Kind) -> Result<Value, Diagnostic> {
    config.decode(kind).map_err(|error| {
        let diagnostic =
            UNREADABLE.diagnostic(format!("What was sent does not fit the schema: {error}."));
        if error.path() == AttributePath::default() {
            return diagnostic;
        }
        diagnostic.at(error.path())
    })
}

/// A warning for each deprecated attribute that the block itself sets: Terraform leaves these
/// warnings to the provider.
fn deprecated(schema: &Schema, config: &Value) -> impl Iterator<Item = Diagnostic> {
    schema.block.attributes.iter().filter_map(|attribute| {
        let message = attribute.deprecation.as_ref()?;
        (!config.attribute(&attribute.name).is_null()).then(|| {
            DEPRECATED
                .diagnostic(message.clone())
                .at(AttributePath::attribute(attribute.name.clone()))
        })
    })
}
