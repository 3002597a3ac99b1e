//! The admin API, under `/_mock/`, and the console, a page that shows and controls a running mock through this API.
//! `docs/mock-ecs-openapi.json` describes the API.
//!
//! The page is embedded and loads nothing from other hosts. Its content security policy allows only
//! its own style and script, by their hashes.

use std::{sync::LazyLock, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use hyper::Method;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    VERSION,
    backend::Backend,
    catalog::Catalog,
    fault::{Counted, Faults, read_rules},
    journal::{Entry, EntryFilter},
    message::{OF_EVERY_CALL, Reply, Request},
    repeatable::iso,
    scenario::Replay,
    service,
};

/// Responds to a request under `/_mock/`.
pub(super) fn answer(request: &Request, backend: &Backend) -> Reply {
    let path = request.path.strip_prefix("/_mock/").unwrap_or_default();
    match (path, request.method.as_str()) {
        ("health", "GET") => ok(json!({"status": "ok", "version": VERSION})),
        ("stats", "GET") => stats(backend),
        ("journal", "GET") => journal(request, backend),
        ("journal", "DELETE") => {
            backend.journal.clear();
            ok(json!({}))
        }
        ("journal/count", "GET") => match filter(request) {
            Ok(filter) => ok(json!({"count": backend.journal.find(&filter).len()})),
            Err(wrong) => wrong,
        },
        ("faults", "GET") => show_faults(&backend.faults()),
        ("faults", "POST" | "PUT") => add_faults(request, backend),
        ("faults", "DELETE") => remove_faults(request, backend),
        ("images", "GET") => images(request, backend),
        ("images", "POST" | "PUT") => add_images(request, backend),
        ("images", "DELETE") => {
            backend.record_event("images removed", "");
            backend.catalog().clear();
            count_images(&backend.catalog())
        }
        ("clock", "GET") => ok(json!({"now": iso(backend.clock.now())})),
        ("clock", "POST") => move_clock(request, backend),
        ("reset", "POST") => {
            backend.reset();
            ok(json!({}))
        }
        ("scenario", "GET") => ok(json!({
            "recording": backend.record.is_some(), "replaying": backend.replay.is_some(),
            "mismatches": backend.replay.as_ref().map(Replay::mismatches).unwrap_or_default(),
        })),
        (
            "health" | "stats" | "journal" | "journal/count" | "faults" | "images" | "clock"
            | "reset" | "scenario",
            _,
        ) => wrong(405, "this path does not take this method"),
        _ => wrong(404, "there is no such path; docs/mock-ecs-openapi.json lists them"),
    }
}

fn ok(value: Value) -> Reply {
    Reply::json(200, value.to_string())
}

fn wrong(status: u16, reason: impl ToString) -> Reply {
    Reply::json(status, json!({"error": reason.to_string()}).to_string())
}

fn stats(backend: &Backend) -> Reply {
    let stats = backend.stats().clone();
    let (kept, bytes) = backend.journal.size();
    let images: usize = backend.catalog().regions().map(|(_, count)| count).sum();
    match serde_json::to_value(stats) {
        Ok(Value::Object(mut members)) => {
            members.insert("journal".into(), kept.into());
            members.insert("journal_bytes".into(), bytes.into());
            members.insert("images".into(), images.into());
            members.insert("quota".into(), json!(backend.quota().show(backend.clock.now())));
            ok(members.into())
        }
        _ => wrong(500, "the counters cannot be written"),
    }
}

/// The entries that the query selects. An unknown name in the query is an error, so that a typing
/// mistake does not look like an empty journal.
fn filter(request: &Request) -> Result<EntryFilter, Reply> {
    let mut filter = EntryFilter::default();
    for (name, value) in request.query.iter() {
        let number = || value.parse().map_err(|_| wrong(400, format!("{name} must be a number")));
        let text = Some(value.to_owned());
        match name {
            "action" => filter.action = text,
            "region" => filter.region = text,
            "account" => filter.account = text,
            "code" => filter.code = text,
            "request_id" => filter.request_id = text,
            "status" => filter.status = Some(u16::try_from(number()?).unwrap_or(u16::MAX)),
            "after" => filter.after = Some(number()?),
            "limit" => {
                number()?;
            }
            "answers" => {}
            _ => return Err(wrong(400, format!("{name} is not a filter"))),
        }
    }
    Ok(filter)
}

fn journal(request: &Request, backend: &Backend) -> Reply {
    let filter = match filter(request) {
        Ok(filter) => filter,
        Err(wrong) => return wrong,
    };
    let mut entries = backend.journal.find(&filter);
    let found = entries.len();
    let limit = request.parameter("limit").and_then(|limit| limit.parse().ok());
    entries.truncate(limit.unwrap_or(1_000));
    let answers = request.parameter("answers") == Some("true");
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| Shown {
            entry,
            answer: answers.then(|| backend.journal.answer(entry.number)).flatten(),
        })
        .collect();
    let (first, last) = backend.journal.range();
    ok(json!({"count": found, "first": first, "last": last, "entries": entries}))
}

/// An entry, with its response if that was requested and is still kept.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

fn show_faults(faults: &Faults) -> Reply {
    let rules: Vec<_> = faults
        .rules()
        .iter()
        .map(|Counted { id, rule, matched, fired }| {
            json!({"id": id, "rule": rule.to_string(), "matched": matched, "fired": fired})
        })
        .collect();
    ok(json!({"rules": rules}))
}

/// Removes the rule that the query names, or all rules if it names none.
fn remove_faults(request: &Request, backend: &Backend) -> Reply {
    match request.parameter("id") {
        None => backend.clear_faults(),
        Some(id) => {
            if !id.parse().is_ok_and(|id| backend.remove_fault(id)) {
                return wrong(404, format!("there is no rule {id}"));
            }
        }
    }
    show_faults(&backend.faults())
}

fn add_faults(request: &Request, backend: &Backend) -> Reply {
    let rules = match read_rules(&String::from_utf8_lossy(&request.body)) {
        Ok(rules) => rules,
        Err(cause) => return wrong(400, cause),
    };
    if request.method == "PUT" {
        backend.clear_faults();
    }
    backend.add_faults(rules);
    show_faults(&backend.faults())
}

fn count_images(catalog: &Catalog) -> Reply {
    let regions: Value = catalog
        .regions()
        .map(|(region, count)| (region.to_owned(), Value::from(count)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    ok(json!({"regions": regions}))
}

/// The number of images by region, or the images of one region in the shape of a fixture.
fn images(request: &Request, backend: &Backend) -> Reply {
    let Some(region) = request.parameter("region") else {
        return count_images(&backend.catalog());
    };
    let Some(listing) = backend.catalog().listing(region) else {
        return wrong(404, format!("there is no region {region}"));
    };
    let number = |name| -> Option<usize> { request.parameter(name)?.parse().ok() };
    let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(1_000));
    let (positions, total) = match request.parameter("search") {
        None => {
            let end = listing.len().min(offset.saturating_add(limit));
            ((offset..end).collect(), listing.len())
        }
        Some(text) => listing.search(text, offset, limit),
    };
    let mut json = format!("{{\"RegionId\":{},\"Images\":{{\"Image\":[", Value::from(region));
    for (nth, at) in positions.into_iter().enumerate() {
        if nth > 0 {
            json.push(',');
        }
        listing.append_json(at, &mut json);
    }
    json.push_str(&format!("]}},\"TotalCount\":{total}}}"));
    Reply::json(200, json)
}

fn add_images(request: &Request, backend: &Backend) -> Reply {
    let text = String::from_utf8_lossy(&request.body);
    let mut catalog = backend.catalog();
    let mut changed = catalog.clone();
    if request.method == "PUT" {
        changed.clear();
    }
    match changed.add_json("body", request.parameter("region"), &text) {
        Ok(_) => {
            *catalog = changed;
            let event = if request.method == "PUT" { "images replaced" } else { "images added" };
            backend.record_event(event, "");
            count_images(&catalog)
        }
        Err(cause) => wrong(400, cause),
    }
}

fn move_clock(request: &Request, backend: &Backend) -> Reply {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    match body.get("advance_seconds").and_then(Value::as_u64) {
        Some(seconds) => {
            backend.advance(Duration::from_secs(seconds));
            ok(json!({"now": iso(backend.clock.now())}))
        }
        None => wrong(400, "advance_seconds must be a whole number, 0 or more"),
    }
}

const FRAME: &str = include_str!("console/page.html");
const STYLE: &str = include_str!("console/style.css");
/// The source files of the script in the order of use, after the constants that depend on the mock.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = service::names().collect();
    format!(
        "const ACTIONS = {};\nconst OF_EVERY_CALL = {};\n{SOURCE}",
        json!(names),
        json!(OF_EVERY_CALL),
    )
});
const SOURCE: &str = concat!(
    include_str!("console/dom.js"),
    include_str!("console/api.js"),
    include_str!("console/diff.js"),
    include_str!("console/charts.js"),
    include_str!("console/calls.js"),
    include_str!("console/faults.js"),
    include_str!("console/catalog.js"),
    include_str!("console/main.js"),
);

static PAGE: LazyLock<Bytes> = LazyLock::new(|| {
    FRAME
        .replace("<style></style>", &format!("<style>{STYLE}</style>"))
        .replace("<script></script>", &format!("<script>{}</script>", *SCRIPT))
        .into()
});

/// Source: Content Security Policy Level 3. The icon is a `data:` URL.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(&SCRIPT),
        hash(STYLE),
    )
});

/// The page, for a browser that opens `/` or `/_mock/`; `None` for all other requests.
///
/// Some HTTP libraries accept HTML by default, so a request that names an action is a call.
pub(super) fn console(request: &Request) -> Option<Reply> {
    let reads = request.method == Method::GET || request.method == Method::HEAD;
    let is_page = matches!(request.path.as_str(), "/" | "/_mock" | "/_mock/");
    let accepts = request.header("accept").is_some_and(|accept| accept.contains("text/html"));
    if !reads || !is_page || !accepts || request.action().is_some() {
        return None;
    }
    let mut reply = Reply::new(200, "text/html;charset=utf-8", PAGE.clone());
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-security-policy", POLICY.as_str()),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        reply.headers.push((name, value.to_owned()));
    }
    Some(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_complete_and_loads_nothing() {
        let page = std::str::from_utf8(&PAGE).unwrap();
        assert!(page.len() <= 80_000, "{} bytes", page.len());
        assert!(page.contains(STYLE) && page.contains(&*SCRIPT));
        assert_eq!((page.matches("<style>").count(), page.matches("<script>").count()), (1, 1));
        assert!(page.contains("\"CreateKeyPair\"") && page.contains("\"SignatureNonce\""));
        for foreign in ["src=", "@import", "url(", "https://", "innerHTML", "eval(", " style="] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }
}
