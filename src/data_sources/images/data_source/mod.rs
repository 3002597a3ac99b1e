//! The data sources, and one read from the block to its state. All async code of `images` is here, except
//! for the writing of an `output_file`.
//!
//! What takes long without waiting, such as compiling a pattern or selecting among thousands of
//! images, runs on a blocking thread, so that one block does not delay the reads of the others.

use std::{panic::resume_unwind, sync::Arc};

use futures_util::future::{self, BoxFuture};
use tokio::{task, time::Instant};

use crate::{
    access::{Access, Unavailable},
    alicloud::{self, Api, Detail, Listing, LookUp, PageObserver, Pages, error::Cause},
    contract::{DataSource, Deferred, ReadRequest, ReadResponse},
    ctx::Ctx,
    diag::{Diagnostic, Diagnostics},
    schema::Schema,
    value::Value,
};

use super::{
    arguments::{
        self, Cardinality, Query,
        blame::{Blamed, blamed},
    },
    explain, output_file, schema,
    selection::Steps,
    state, warnings,
};

/// The kind of a data source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SourceKind {
    /// `alicloud_image_ids`: the IDs of all images that match.
    Ids,
    /// `alicloud_image`: exactly one image.
    Image,
    /// `alicloud_images`: all images that match.
    Images,
}

impl SourceKind {
    /// How many images a read returns.
    pub(crate) fn cardinality(self) -> Cardinality {
        match self {
            Self::Image => Cardinality::One,
            Self::Ids | Self::Images => Cardinality::Any,
        }
    }

    /// What a read needs of each image.
    fn detail(self, query: &Query) -> Detail {
        match self {
            Self::Ids if query.output_file.is_none() => Detail::Outline,
            Self::Ids | Self::Image | Self::Images => Detail::Full,
        }
    }

    /// The schema of its block.
    pub fn schema(self) -> Schema {
        match self {
            Self::Ids => schema::image_ids(),
            Self::Image => schema::image(),
            Self::Images => schema::images(),
        }
    }

    /// Validates a block, which may contain unknown values.
    pub fn validate(self, config: &Value) -> Diagnostics {
        Query::read(config, self.cardinality()).1
    }
}

/// A data source that looks up images.
pub struct ImageDataSource {
    kind: SourceKind,
    ctx: Ctx,
    access: Arc<dyn Access>,
}

/// Options of a read.
#[derive(Default)]
struct Follow {
    /// Whether the caller accepts a deferred read.
    deferral_allowed: bool,
    /// Whether to explain an empty result instead of failing.
    explain: bool,
    /// Receives each page.
    observer: Option<PageObserver>,
    /// Whether to read all pages even if the query needs fewer.
    all_pages: bool,
}

/// The reason that a read has no state.
enum Refusal {
    Deferred,
    Failed(Diagnostics),
}

impl From<Diagnostic> for Refusal {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Failed(diagnostic.into())
    }
}

/// A lookup that succeeded, for a program that shows the result itself.
#[derive(Clone, Debug)]
pub struct Found {
    /// The whole state.
    pub state: Value,
    /// Warnings about it.
    pub warnings: Diagnostics,
    /// The explanation, if no image was found.
    pub empty: Option<Diagnostic>,
}

/// The outcome of a selection.
enum Outcome {
    Found {
        state: Value,
        warnings: Diagnostics,
        output: Option<OutputFile>,
        /// The steps of the selection, if no image remained.
        empty: Option<Steps>,
    },
    /// No image remained after these steps, but one is required.
    Nothing(Steps),
    Failed(Diagnostic),
}

/// The output file: its path and its content.
struct OutputFile {
    path: Arc<str>,
    json: String,
}

impl ImageDataSource {
    /// Creates a data source. `access` provides the API client.
    pub fn new(kind: SourceKind, ctx: Ctx, access: Arc<dyn Access>) -> Self {
        Self { kind, ctx, access }
    }

    /// Looks up images like a read, for a program that shows the result itself: an empty result is
    /// explained regardless of `must_match`. `observer` receives the pages: those that the block
    /// needs, or all of them if `all_pages` is set.
    ///
    /// # Errors
    ///
    /// The diagnostics of a read that fails for another reason.
    pub async fn look_up(
        &self,
        config: Value,
        observer: PageObserver,
        all_pages: bool,
    ) -> Result<Found, Diagnostics> {
        let observer = Some(observer);
        let follow = Follow { deferral_allowed: false, explain: true, observer, all_pages };
        self.found(config, follow).await.map_err(|refusal| match refusal {
            Refusal::Failed(diagnostics) => diagnostics,
            Refusal::Deferred => Diagnostics::default(),
        })
    }

    async fn found(&self, config: Value, follow: Follow) -> Result<Found, Refusal> {
        let (kind, config) = (self.kind, Arc::new(config));
        // A regular expression can take a long time to compile.
        let (mut query, problems) = off_the_runtime({
            let config = config.clone();
            move || Query::read(&config, kind.cardinality())
        })
        .await;
        // Warnings were reported when the block was validated.
        if problems.has_errors() {
            return Err(Refusal::Failed(problems));
        }
        let client = self.access.client().map_err(|reason| match reason {
            Unavailable::Unknown(_) if follow.deferral_allowed => Refusal::Deferred,
            reason => reason.diagnostic().into(),
        })?;
        let assumed = query.region.is_none() && self.access.region_is_assumed();
        let deadline = Instant::now() + query.timeout;
        query.selection.settle(self.ctx.clock.now());
        query.must_match &= !follow.explain;
        let query = Arc::new(query);
        let detail = kind.detail(&query);
        let listing =
            listing(&*client, &query, detail, deadline, &follow).await.map_err(|error| {
                let mut diagnostics = Diagnostics::from(self.failure(&error, &config, &query));
                // A failure before the first call has nothing to do with the region.
                let assumed = assumed && error.attempts > 0;
                diagnostics.extend(assumed.then(|| warnings::assumed_region(&error.region)));
                Refusal::Failed(diagnostics)
            })?;
        let outcome = off_the_runtime({
            let (query, listing, config) = (query.clone(), listing.clone(), config.clone());
            move || outcome(kind, &query, &listing, &config, assumed)
        })
        .await;
        match outcome {
            Outcome::Found { state, mut warnings, output, empty } => {
                warnings.extend(assumed.then(|| warnings::assumed_region(&listing.region)));
                if let Some(OutputFile { path, json }) = output {
                    warnings.extend(output_file::write(&self.ctx, &path, json, deadline).await);
                }
                let empty = match empty.filter(|_| follow.explain) {
                    Some(steps) => {
                        // `warnings` has the one about an assumed region, so this does not repeat it.
                        let sought = Sought { query, listing, steps, assumed: false };
                        Some(nothing_found(&*client, sought, deadline).await)
                    }
                    None => None,
                };
                Ok(Found { state, warnings, empty })
            }
            Outcome::Nothing(steps) => {
                let sought = Sought { query, listing, steps, assumed };
                Err(nothing_found(&*client, sought, deadline).await.into())
            }
            Outcome::Failed(diagnostic) => Err(diagnostic.into()),
        }
    }

    /// The diagnostic for a failed call. It points at the argument that the service refused, and quotes
    /// it.
    fn failure(&self, error: &alicloud::Error, config: &Value, query: &Query) -> Diagnostic {
        let refused = match &error.cause {
            Cause::Api(refusal) => blamed(refusal, config, &query.conditions),
            _ => None,
        };
        let given = refused.as_ref().and_then(|refused| refused.given.as_deref());
        let diagnostic = self.access.reported().report(error, given);
        match refused {
            Some(Blamed { path, .. }) => diagnostic.at(path),
            None => diagnostic,
        }
    }
}

impl DataSource for ImageDataSource {
    fn name(&self) -> &'static str {
        match self.kind {
            SourceKind::Ids => "alicloud_image_ids",
            SourceKind::Image => "alicloud_image",
            SourceKind::Images => "alicloud_images",
        }
    }

    fn schema(&self) -> Schema {
        self.kind.schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.kind.validate(config)
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        Box::pin(async move {
            let ReadRequest { config, deferral_allowed } = request;
            let follow = Follow { deferral_allowed, ..Follow::default() };
            match self.found(config, follow).await {
                Ok(Found { state, warnings, .. }) => ReadResponse {
                    state: Some(state),
                    diagnostics: warnings,
                    ..ReadResponse::default()
                },
                Err(Refusal::Deferred) => ReadResponse {
                    deferred: Some(Deferred::ProviderConfigUnknown),
                    ..ReadResponse::default()
                },
                Err(Refusal::Failed(diagnostics)) => {
                    ReadResponse { diagnostics, ..ReadResponse::default() }
                }
            }
        })
    }
}

/// Runs `work` on a blocking thread, so that it does not delay other reads. A panic of `work` is
/// propagated.
async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is shutting down and drops this read.
            Err(_) => future::pending().await,
        },
    }
}

/// Reads the images that the service finds, only as many pages as needed.
async fn listing(
    client: &dyn Api,
    query: &Query,
    detail: Detail,
    deadline: Instant,
    follow: &Follow,
) -> Result<Arc<Listing>, alicloud::Error> {
    let look_up = |pages| {
        client.describe_images(LookUp {
            region: query.region.as_deref().map(str::to_owned),
            parameters: arguments::parameters(&query.conditions),
            pages,
            detail,
            deadline,
            observer: follow.observer.clone(),
        })
    };
    let Some(enough) = query.enough().filter(|_| !follow.all_pages) else {
        return look_up(Pages::All).await;
    };
    let listing = look_up(Pages::First(enough as u64)).await?;
    // A page can repeat images of another page, so fewer distinct images than requested may be
    // left.
    if listing.images.len() < enough && (listing.images.len() as u64) < listing.total_count {
        return look_up(Pages::All).await;
    }
    Ok(listing)
}

/// Applies the selection to the images that the service found, and builds the state.
fn outcome(
    kind: SourceKind,
    query: &Query,
    listing: &Listing,
    config: &Value,
    assumed: bool,
) -> Outcome {
    let selected = query.selection.apply(&listing.images);
    // The client logs the number of calls, since lookups share them.
    tracing::debug!(
        region = listing.region,
        total_count = listing.total_count,
        steps = steps(&selected.steps),
        selected = selected.images.len(),
        "images selected"
    );
    if selected.images.is_empty() && query.must_match {
        return Outcome::Nothing(selected.steps);
    }
    let state = match (kind, &*selected.images) {
        (SourceKind::Ids, images) => state::image_ids(config, listing, images),
        (SourceKind::Images, images) => state::images(config, listing, images),
        (SourceKind::Image, [image]) => {
            let version = query.selection.version.as_ref().and_then(|rule| rule.text(image));
            state::image(config, listing, image, version.unwrap_or_default())
        }
        (SourceKind::Image, images) => {
            return Outcome::Failed(explain::several_found(query, listing, images, assumed));
        }
    };
    let output = query
        .output_file
        .as_ref()
        .map(|path| OutputFile { path: path.clone(), json: output_file::encode(&selected.images) });
    let empty = selected.images.is_empty().then(|| selected.steps.clone());
    Outcome::Found { state, warnings: warnings::of(query, listing, &selected), output, empty }
}

/// The steps of a selection for the log, such as `name_regex=3 limit=1`: how many images each left.
fn steps(steps: &[(&str, usize)]) -> String {
    let steps = steps.iter().map(|(argument, left)| format!("{argument}={left}"));
    steps.collect::<Vec<_>>().join(" ")
}

/// The query and the listing of a lookup that found nothing.
struct Sought {
    query: Arc<Query>,
    listing: Arc<Listing>,
    steps: Steps,
    /// Whether nothing names the region.
    assumed: bool,
}

/// Repeats the lookup once without each filter of the service, and explains what that finds.
async fn nothing_found(client: &dyn Api, sought: Sought, deadline: Instant) -> Diagnostic {
    let Sought { query, listing, steps, assumed } = sought;
    let calls = explain::relaxations(&query.conditions).into_iter().map(|relaxation| async {
        let response = client.describe_images(LookUp {
            region: query.region.as_deref().map(str::to_owned),
            parameters: relaxation.parameters.clone(),
            pages: Pages::First(1),
            detail: Detail::Full,
            deadline,
            observer: None,
        });
        let response = response.await.ok();
        (relaxation, response)
    });
    let responses = future::join_all(calls).await;
    off_the_runtime(move || explain::nothing_found(&query, &listing, &steps, &responses, assumed))
        .await
}

#[cfg(test)]
mod tests;
