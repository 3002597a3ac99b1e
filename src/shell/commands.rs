//! The commands: `alicloud-images ARGUMENT=VALUE...` looks up images in one or several regions, and `alicloud-images
//! whoami` reports which credentials are used and why, the account that they belong to, and the endpoint of calls.

use std::{
    fmt::Write as _,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future;
use tokio::time::Instant;

use super::{
    Format, LookUpOptions, Report, Screen, Status, configure,
    format::{self, PageBodies},
    progress::{self, Progress},
};
use crate::{
    access::Access,
    alicloud::{
        Error, Identity, PageObserver,
        endpoint::{Endpoint, FindEndpoint},
        error::Cause,
        trace::CallTrace,
        variables::{self, first_set},
    },
    ctx::Ctx,
    data_sources::images::{Found, ImageDataSource, SourceKind},
    diag::{Diagnostics, Severity},
    provider::Session,
    sync::lock,
    text::{SHOWN, sanitize},
    value::{Object, Value},
};

/// How long the service may take to respond to `whoami`, retries included.
const WHO_AM_I_TIMEOUT: Duration = Duration::from_secs(60);

/// Looks up images and renders the result.
pub(super) async fn look_up(
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
    let (progress, pages) = (Progress::default(), Arc::new(Mutex::new(PageBodies::default())));
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
    let found = progress::shown(all, count, &progress, screen.progress_columns, stderr).await;
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

/// The states of all regions; their diagnostics are added to the report. `None` if a lookup failed, because a partial
/// result could be mistaken for the whole one.
fn states(found: Vec<Result<Found, Diagnostics>>, report: &mut Report) -> Option<Vec<Value>> {
    let mut states = Vec::new();
    let mut explanations = Vec::new();
    for result in found {
        match result {
            Ok(found) => {
                report.add(found.warnings);
                explanations.extend(found.empty);
                states.push(found.state);
            }
            Err(diagnostics) => report.add(diagnostics),
        }
    }
    if report.status == Status::Error {
        return None;
    }
    let all_are_empty = explanations.len() == states.len();
    for mut explanation in explanations {
        if !all_are_empty {
            explanation.severity = Severity::Warning;
        }
        report.show(explanation);
    }
    if all_are_empty {
        report.status = Status::NothingFound;
    }
    Some(states)
}

fn render(
    states: &[Value],
    pages: &PageBodies,
    format: Format,
    screen: Screen,
    report: &mut Report,
) {
    let is_terminal = screen.columns.is_some();
    let rendered = match format {
        Format::Api => pages.document(is_terminal).map_err(|error| error.to_string()),
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

/// The results that require network calls.
struct WhoAmI {
    endpoint: Result<Endpoint, Error>,
    identity: Result<Identity, Error>,
}

/// Prints what is known; reports an error on stderr for what cannot be determined.
pub(super) async fn who_am_i(profile: Option<String>, region: Option<String>, ctx: &Ctx) -> Report {
    let mut report = Report::default();
    let session = configure(ctx, profile.as_deref(), region.as_deref(), &mut report).await;
    let Some(session) = session else { return report };
    let answers = who(&session).await;
    let is_unset = |variable| first_set(ctx.env.as_ref(), variable).is_none();
    let no_profile =
        profile.is_none() && is_unset(variables::PROFILE) && is_unset(variables::SDK_PROFILE);
    report.stdout = who_text(&session, &answers, no_profile).into_bytes();
    let failures = [answers.identity.err(), answers.endpoint.err()];
    for failure in failures.into_iter().flatten() {
        report.add(session.reported().report(&failure, None).into());
    }
    report
}

async fn who(session: &Session) -> WhoAmI {
    let deadline = Instant::now() + WHO_AM_I_TIMEOUT;
    let region = session.region.as_str();
    let endpoint = session.locator.find(region).await.map_err(|cause| {
        let trace = CallTrace::new("DescribeImages", region, deadline);
        trace.signed_with(&*session.credentials).fail(cause)
    });
    let identity = match session.endpoints.sts(region) {
        Ok(sts) => session.client.identity(&sts, deadline).await,
        Err(unusable) => {
            let trace = CallTrace::new("GetCallerIdentity", region, deadline);
            Err(trace.fail(Cause::from(unusable)))
        }
    };
    WhoAmI { endpoint, identity }
}

/// The report. It contains names of sources, variables and files, but nothing that a source
/// returned.
fn who_text(session: &Session, answers: &WhoAmI, no_profile: bool) -> String {
    let credentials = &session.credentials;
    let mut lines = vec![("credentials", credentials.source().unwrap_or("none").to_owned())];
    lines.extend(credentials.base().map(|base| ("with", base.to_owned())));
    if let Ok(identity) = &answers.identity {
        lines.push(("account", identity.account_id.to_string()));
        lines.push(("identity", identity.arn.to_string()));
        lines.extend(identity.role().map(|role| ("role", role.to_string())));
    }
    let assumed = if session.region_is_assumed() { " (the default)" } else { "" };
    lines.push(("region", format!("{}{assumed}", session.region)));
    if let Ok(endpoint) = &answers.endpoint {
        lines.push(("endpoint", endpoint.url()));
    }
    let mut text = String::new();
    for (name, value) in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<13}{}", sanitize(&value, SHOWN));
    }
    let profile = (
        "a named profile".to_owned(),
        format!("neither --profile nor {} is set", variables::PROFILE.first()),
    );
    let skipped: Vec<_> =
        no_profile.then_some(&profile).into_iter().chain(credentials.skipped()).collect();
    if credentials.source().is_some() {
        text.push_str("\nSources that come first, and are not used:\n");
        for (source, reason) in skipped {
            let _ =
                writeln!(text, "- {}: {}", sanitize(source, SHOWN), sanitize(reason, 2 * SHOWN));
        }
    }
    text
}
