//! `whoami`: which credentials are used, why, whose they are, and where calls go.

use std::{fmt::Write, time::Duration};

use tokio::time::Instant;

use super::{Report, configure};
use crate::{
    access::Access,
    alicloud::{
        Error,
        endpoint::{Endpoint, FindEndpoint},
        error::Cause,
        identity::Identity,
        trace::CallTrace,
        variables::{self, first_set},
    },
    ctx::Ctx,
    provider::Session,
    text::{SHOWN, sanitize},
};

/// How long the service may take to answer, retries included.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What is found out with the network.
struct Answers {
    endpoint: Result<Endpoint, Error>,
    identity: Result<Identity, Error>,
}

/// Prints what is known; what cannot be found out is an error on stderr.
pub(super) async fn run(profile: Option<String>, region: Option<String>, ctx: &Ctx) -> Report {
    let mut report = Report::default();
    let session = configure(ctx, profile.as_deref(), region.as_deref(), &mut report).await;
    let Some(session) = session else { return report };
    let answers = query(&session).await;
    let is_unset = |variable| first_set(ctx.env.as_ref(), variable).is_none();
    let no_profile =
        profile.is_none() && is_unset(variables::PROFILE) && is_unset(variables::SDK_PROFILE);
    report.stdout = text(&session, &answers, no_profile).into_bytes();
    let failures = [answers.identity.err(), answers.endpoint.err()];
    for failure in failures.into_iter().flatten() {
        report.add(session.reported().report(&failure).into());
    }
    report
}

async fn query(session: &Session) -> Answers {
    let deadline = Instant::now() + TIMEOUT;
    let region = session.region.as_str();
    let endpoint = session
        .locator
        .find(region)
        .await
        .map_err(|cause| CallTrace::new("DescribeImages", region, deadline).fail(cause));
    let identity = match session.endpoints.sts(region) {
        Ok(sts) => session.client.identity(&sts, deadline).await,
        Err(unusable) => {
            let trace = CallTrace::new("GetCallerIdentity", region, deadline);
            Err(trace.fail(Cause::from(unusable)))
        }
    };
    Answers { endpoint, identity }
}

/// The report. It holds names of sources, variables and files, and nothing that a source returned.
fn text(session: &Session, answers: &Answers, no_profile: bool) -> String {
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
