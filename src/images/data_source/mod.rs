//! One read of either data source, from the block to its state. The only waits are here.

use std::sync::Arc;

use futures_util::future;
use tokio::time::Instant;

use crate::{
    alicloud::{self, DescribeImages, Listing, LookUp, Pages, error::Cause},
    contract::{Deferred, ReadRequest, ReadResponse},
    ctx::Ctx,
    diag::{Diagnostic, Diagnostics},
    value::{AttributePath, Value},
};

use super::{
    Access, Unavailable,
    arguments::{Cardinality, Query},
    blame, explain,
    filter::Selected,
    flatten, output_file, request, warnings,
};

/// What both data sources need to read.
pub(super) struct Reader {
    ctx: Ctx,
    access: Arc<dyn Access>,
}

/// Why a read gives no state.
enum Refusal {
    Deferred,
    Failed(Diagnostics),
}

impl From<Diagnostic> for Refusal {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Failed(diagnostic.into())
    }
}

impl Reader {
    /// A reader with the outside world and the way to the API client.
    pub(super) fn new(ctx: Ctx, access: Arc<dyn Access>) -> Self {
        Self { ctx, access }
    }

    /// Reads a block of either data source.
    pub(super) async fn read(
        &self,
        request: ReadRequest,
        cardinality: Cardinality,
    ) -> ReadResponse {
        match self.state(&request, cardinality).await {
            Ok((state, diagnostics)) => {
                ReadResponse { state: Some(state), diagnostics, ..ReadResponse::default() }
            }
            Err(Refusal::Deferred) => ReadResponse {
                deferred: Some(Deferred::ProviderConfigUnknown),
                ..ReadResponse::default()
            },
            Err(Refusal::Failed(diagnostics)) => {
                ReadResponse { diagnostics, ..ReadResponse::default() }
            }
        }
    }

    async fn state(
        &self,
        request: &ReadRequest,
        cardinality: Cardinality,
    ) -> Result<(Value, Diagnostics), Refusal> {
        let (query, found_wrong) = Query::read(&request.config, cardinality);
        // Warnings were given when the block was validated.
        if found_wrong.has_errors() {
            return Err(Refusal::Failed(found_wrong));
        }
        let client = self.access.client().map_err(|reason| match reason {
            Unavailable::Unknown(_) if request.deferral_allowed => Refusal::Deferred,
            reason => unavailable(reason).into(),
        })?;
        let deadline = Instant::now() + query.timeout;
        let listing = client
            .describe_images(LookUp {
                region: query.region.as_deref().map(str::to_owned),
                parameters: request::parameters(&query.conditions),
                pages: Pages::All,
                deadline,
            })
            .await
            .map_err(|error| self.failure(&error, &request.config))?;
        let selected = query.selection.apply(&listing.images);
        // How many calls that took is the client's to log, since look-ups share them.
        tracing::debug!(
            region = listing.region,
            total_count = listing.total_count,
            steps = ?selected.steps,
            selected = selected.images.len(),
            "images selected"
        );
        if selected.images.is_empty() && query.must_match {
            return Err(self.nothing_found(&*client, &query, &listing, &selected, deadline).await);
        }
        let state = match (cardinality, &*selected.images) {
            (Cardinality::Any, images) => flatten::images(&request.config, &listing, images),
            (Cardinality::One, [image]) => flatten::image(&request.config, &listing, image),
            (Cardinality::One, images) => {
                return Err(explain::several_found(&query, &listing, images).into());
            }
        };
        let mut diagnostics = warnings::of(&query, &selected);
        diagnostics.extend(warnings::clock(listing.clock_skew));
        if let Some(path) = &query.output_file {
            let written = self.write(path, &selected.images, deadline).await;
            written.map_err(|error| not_written(&error))?;
        }
        Ok((state, diagnostics))
    }

    /// Asks once more without each filter of the service, and tells what that finds.
    async fn nothing_found(
        &self,
        client: &dyn DescribeImages,
        query: &Query,
        listing: &Listing,
        selected: &Selected<'_>,
        deadline: Instant,
    ) -> Refusal {
        let calls = explain::relaxations(&query.conditions).into_iter().map(|relaxation| async {
            let answer = client.describe_images(LookUp {
                region: query.region.as_deref().map(str::to_owned),
                parameters: relaxation.parameters.clone(),
                pages: Pages::First,
                deadline,
            });
            let answer = answer.await.ok();
            (relaxation, answer)
        });
        let answers = future::join_all(calls).await;
        explain::nothing_found(query, listing, selected, &answers).into()
    }

    /// What is said of a call that failed, at the argument that the service refused.
    fn failure(&self, error: &alicloud::Error, config: &Value) -> Diagnostic {
        let diagnostic = self.access.told().tell(error);
        let refused = match &error.cause {
            Cause::Api(refusal) => blame::argument(&refusal.code, config),
            _ => None,
        };
        match refused {
            Some(argument) => diagnostic.at(argument),
            None => diagnostic,
        }
    }

    async fn write(
        &self,
        given: &str,
        images: &[&alicloud::model::Image],
        deadline: Instant,
    ) -> Result<(), output_file::Error> {
        let file = output_file::File::new(&*self.ctx.env, given, images)?;
        file.write(&*self.ctx.files, deadline).await
    }
}

/// Why there is no API client, for the user.
fn unavailable(reason: Unavailable) -> Diagnostic {
    match reason {
        Unavailable::NotConfigured => Diagnostic::error(
            "The provider is not configured",
            "Images were to be read before the provider was configured. This is a fault of the \
             program that drives the provider.",
        ),
        Unavailable::Unknown(arguments) => {
            let names: Vec<String> =
                arguments.iter().map(|argument| format!("`{argument}`")).collect();
            Diagnostic::error(
                "The provider's configuration is not known yet",
                format!(
                    "These arguments of the provider depend on something that is made only by \
                     apply: {}. Images cannot be looked up before; make what they depend on \
                     first, for example with `-target`, or give values that are known.",
                    names.join(", ")
                ),
            )
        }
    }
}

/// Why the file was not written, for the user.
fn not_written(error: &output_file::Error) -> Diagnostic {
    Diagnostic::error(
        "The output file cannot be written",
        format!(
            "{error}. Nothing of it was written. Its folder must exist and be writable; take \
             `output_file` out if nothing reads the file."
        ),
    )
    .at(AttributePath::attribute("output_file"))
}

#[cfg(test)]
mod tests;
