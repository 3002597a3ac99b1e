//! One lookup in one or several regions, from the data block to the report.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use futures_util::future;

use super::{
    Format, LookUpOptions, Report, Screen, Status, configure, format,
    pages::Pages,
    progress::{self, Progress},
};
use crate::{
    alicloud::PageObserver,
    ctx::Ctx,
    diag::Diagnostics,
    images::{Found, ImageDataSource, SourceKind},
    sync::lock,
    value::{Object, Value},
};

/// Looks up and renders.
pub(super) async fn run(
    options: LookUpOptions,
    ctx: &Ctx,
    screen: Screen,
    stderr: &mut (dyn Write + Send),
) -> Report {
    let mut report = Report::default();
    let blocks = blocks(&options);
    for block in &blocks {
        let diagnostics = SourceKind::Images.validate(block);
        let is_invalid = diagnostics.has_errors();
        report.add(diagnostics);
        if is_invalid {
            report.status = Status::Usage;
            return report;
        }
    }
    let (profile, region) = (options.profile.as_deref(), options.regions.first());
    let region = region.map(String::as_str);
    let Some(session) = configure(ctx, profile, region, &mut report).await else { return report };
    let source = ImageDataSource::new(SourceKind::Images, ctx.clone(), Arc::new(session));
    let (progress, pages) = (Progress::default(), Arc::new(Mutex::new(Pages::default())));
    let is_api = options.format == Format::Api;
    let look_ups = blocks.into_iter().enumerate().map(|(number, block)| {
        let (progress, pages) = (progress.clone(), pages.clone());
        let observer = PageObserver::new(move |page| {
            progress.page(number, &page);
            if is_api {
                lock(&pages).add(&page);
            }
        });
        source.look_up(block, observer, is_api)
    });
    let look_ups: Vec<_> = look_ups.collect();
    let (count, all) = (look_ups.len(), future::join_all(look_ups));
    let found = progress::shown(all, count, &progress, screen.stderr_is_terminal, stderr).await;
    let Some(states) = states(found, &mut report) else { return report };
    let pages = lock(&pages).clone();
    render(&states, &pages, options.format, screen, &mut report);
    report
}

/// The data block for each region.
fn blocks(options: &LookUpOptions) -> Vec<Value> {
    if options.regions.is_empty() {
        return vec![options.block.clone()];
    }
    let attributes = || options.block.as_object().into_iter().flat_map(Object::iter);
    let in_region = |region: &String| {
        let attributes = attributes().map(|(name, value)| match &**name {
            "region" => (name.clone(), Value::from(region.as_str())),
            _ => (name.clone(), value.clone()),
        });
        Value::object(attributes)
    };
    options.regions.iter().map(in_region).collect()
}

/// The states of all regions, with what there is to say about them; `None` if a lookup failed: a part
/// of a result could be taken for the whole.
fn states(found: Vec<Result<Found, Diagnostics>>, report: &mut Report) -> Option<Vec<Value>> {
    let mut states = Vec::new();
    let mut explanations = Vec::new();
    for result in found {
        match result {
            Ok(found) => {
                report.add(found.warnings);
                if let Some(explanation) = found.empty {
                    let region = found.state.attribute("region").as_str().unwrap_or_default();
                    explanations.push((region.to_owned(), explanation));
                }
                states.push(found.state);
            }
            Err(diagnostics) => report.add(diagnostics),
        }
    }
    if report.status == Status::Error {
        return None;
    }
    let all_are_empty = explanations.len() == states.len();
    for (region, explanation) in explanations {
        match all_are_empty {
            true => report.show(explanation),
            false => report.note(&format!("no image matches in {region}")),
        }
    }
    if all_are_empty {
        report.status = Status::NothingFound;
    }
    Some(states)
}

fn render(states: &[Value], pages: &Pages, format: Format, screen: Screen, report: &mut Report) {
    let rendered = match format {
        Format::Api => pages.document().map_err(|error| error.to_string()),
        Format::Ids => Ok(format::ids(states).into_bytes()),
        Format::Json => format::json(states, &SourceKind::Images.schema().kind())
            .map(String::into_bytes)
            .map_err(|error| error.to_string()),
        Format::Table => Ok(format::table(states, screen.columns).into_bytes()),
    };
    match rendered {
        Ok(rendered) => report.stdout = rendered,
        Err(reason) => {
            report.note(&format!("the result cannot be written as JSON: {reason}"));
            report.status = Status::Error;
        }
    }
}
