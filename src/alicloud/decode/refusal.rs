//! Decodes error responses: JSON or XML. For any other body only the status is kept.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use serde_json::{Map, Value};

use crate::{
    alicloud::{error::ApiError, redact::Redactor},
    ctx::http::{self, HeaderMap, Response, header},
    text::sanitize,
};

/// The longest message that is kept, in characters.
const MESSAGE_LIMIT: usize = 1_000;

/// The longest identifier (code, request id, action) that is kept, in characters.
const NAME_LIMIT: usize = 200;

/// The largest body that is decoded, in bytes: errors are short, and decoding builds a tree that
/// takes many times the memory of the body.
const BODY_LIMIT: usize = 64 << 10;

/// The most elements and texts of an error in XML; a real one has about ten.
const NODES_LIMIT: u32 = 1_000;

/// Decodes and redacts the error in `response`, which arrived at `now`. Never fails: if the body
/// cannot be decoded, the error has the status and the headers.
pub(crate) fn read_refusal(response: &Response, now: Timestamp, redactor: &Redactor) -> ApiError {
    let mut error = read_body(response.body(), redactor).unwrap_or_default();
    error.status = response.status().as_u16();
    if error.request_id.is_empty() {
        error.request_id = request_id(response.headers(), redactor).unwrap_or_default();
    }
    error.retry_after = retry_after(response, now);
    error.clock_skew = date(header(response, "date"))
        .map(|server| server.as_second().saturating_sub(now.as_second()));
    error
}

/// The request ID in `headers`, sanitized and redacted.
pub(crate) fn request_id(headers: &HeaderMap, redactor: &Redactor) -> Option<String> {
    Some(clean_name(http::request_id(headers)?, redactor))
}

fn read_body(body: &[u8], redactor: &Redactor) -> Option<ApiError> {
    if body.len() > BODY_LIMIT {
        return None;
    }
    let body = body.trim_ascii();
    if body.first() == Some(&b'<') {
        return read_xml(std::str::from_utf8(body).ok()?, redactor);
    }
    let members: Map<String, Value> = serde_json::from_slice(body).ok()?;
    Some(read_json(&members, redactor))
}

fn read_json(members: &Map<String, Value>, redactor: &Redactor) -> ApiError {
    let member = |names: [&str; 2]| {
        names.iter().find_map(|name| text(members.get(*name)?)).unwrap_or_default()
    };
    let denied = members.get("AccessDeniedDetail").or_else(|| members.get("accessDeniedDetail"));
    let denied = denied.and_then(|detail| match detail {
        Value::Object(detail) => Some(detail.clone()),
        // Some gateways send the object as text.
        Value::String(detail) => serde_json::from_str(detail).ok(),
        _ => None,
    });
    let detail = |member| {
        let detail = text(denied.as_ref()?.get(member)?)?;
        Some(clean_name(&detail, redactor)).filter(|detail| !detail.is_empty())
    };
    ApiError {
        code: clean_name(&member(["Code", "code"]), redactor),
        message: message(&member(["Message", "message"]), redactor),
        request_id: clean_name(&member(["RequestId", "requestId"]), redactor),
        denied_action: detail("AuthAction"),
        denied_principal: detail("AuthPrincipalDisplayName"),
        denied_by: detail("NoPermissionType"),
        ..ApiError::default()
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Reads `<Error><Code>...</Code>...</Error>`. Source: ECS API, "Response results".
fn read_xml(body: &str, redactor: &Redactor) -> Option<ApiError> {
    let options = roxmltree::ParsingOptions { nodes_limit: NODES_LIMIT, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(body, options).ok()?;
    let error = document.root_element();
    if !error.has_tag_name("Error") {
        return None;
    }
    let element = |name: &str| {
        let found = error.children().find(|child| child.has_tag_name(name));
        found.and_then(|found| found.text()).unwrap_or_default().trim()
    };
    Some(ApiError {
        code: clean_name(element("Code"), redactor),
        message: message(element("Message"), redactor),
        request_id: clean_name(element("RequestId"), redactor),
        ..ApiError::default()
    })
}

/// A sanitized identifier. It is redacted before it is truncated, so that no part of a secret
/// remains.
pub(crate) fn clean_name(text: &str, redactor: &Redactor) -> String {
    sanitize(&redactor.redact(text), NAME_LIMIT)
}

/// The message without the string to sign, which contains the access key, the nonce and every
/// parameter and does not help the user.
fn message(text: &str, redactor: &Redactor) -> String {
    let text = &redactor.redact(text);
    let lower = text.to_ascii_lowercase();
    let secret =
        ["string to sign", "stringtosign"].iter().filter_map(|words| lower.find(words)).min();
    let Some(secret) = secret else { return sanitize(text, MESSAGE_LIMIT) };
    let before = text.get(..secret).unwrap_or_default();
    let sentence = before.rfind('.').and_then(|end| before.get(..=end)).unwrap_or(before);
    sanitize(sentence, MESSAGE_LIMIT)
}

/// How long the service wants the client to wait. `x-acs-retry-after` is in milliseconds (as the
/// official SDKs read it), `Retry-After` in seconds or a date (RFC 9110, section 10.2.3).
fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let positive = |digits: &str| digits.trim().parse::<u64>().ok().filter(|number| *number > 0);
    if let Some(milliseconds) = header(response, "x-acs-retry-after").and_then(positive) {
        return Some(Duration::from_millis(milliseconds));
    }
    let value = header(response, "retry-after")?;
    if let Some(seconds) = positive(value) {
        return Some(Duration::from_secs(seconds));
    }
    Duration::try_from(date(Some(value))?.duration_since(now)).ok()
}

/// An HTTP date, `Tue, 15 Nov 2026 08:12:31 GMT`.
fn date(value: Option<&str>) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(value?).ok()
}
