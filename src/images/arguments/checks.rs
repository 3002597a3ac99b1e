//! The checks of single arguments: known words, digits, times, filter keys.
//!
//! What the service may have learned since is warned about and sent; what no service can
//! understand is an error.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan, Unit};

use crate::{
    diag::Diagnostic,
    value::{AttributePath, Value},
};

use super::{super::time, block::Block};

/// Arguments that take one of a list of words. Source: ECS API, DescribeImages, and for `CreateOS`
/// the official provider, which takes it in place of `ChangeOS`.
const WORDS: &[(&str, &[&str])] = &[
    ("action_type", &["CreateEcs", "ChangeOS", "CreateOS"]),
    ("architecture", &["i386", "x86_64", "arm64"]),
    ("os_type", &["linux", "windows"]),
    ("owners", &["system", "self", "others", "marketplace"]),
    (
        "status",
        &["Available", "Creating", "Waiting", "UnAvailable", "CreateFailed", "Deprecated", "ALL"],
    ),
    ("usage", &["instance", "none"]),
];

/// Keys of the API's `Filter.N`, each with the values it takes; none for times.
/// Source: ECS API, DescribeImages, `Filter.N.Key`.
const FILTER_KEYS: &[(&str, &[&str])] = &[
    ("CreationStartTime", &[]),
    ("CreationEndTime", &[]),
    ("NetworkType", &["vpc", "classic"]),
    ("CpuOnlineUpgrade", &["supported", "unsupported"]),
    ("CpuOnlineDowngrade", &["supported", "unsupported"]),
    ("MemoryOnlineUpgrade", &["supported", "unsupported"]),
    ("MemoryOnlineDowngrade", &["supported", "unsupported"]),
];

/// The status where none is given, as the API has it too.
pub(in crate::images) const DEFAULT_STATUS: &str = "Available";

/// `owners`, where `""` is no filter.
pub(super) fn owners(block: &mut Block<'_>) -> Option<Arc<str>> {
    let owners = block.text("owners")?;
    check_word(block, "owners", &owners);
    Some(owners)
}

/// An argument that takes one word.
pub(super) fn word(block: &mut Block<'_>, argument: &'static str) -> Option<Arc<str>> {
    let Value::String(word) = block.value(argument) else {
        return None;
    };
    if word.is_empty() {
        block.error(
            argument,
            "Empty argument",
            format!(
                "`{argument}` must not be empty; leave it out, or give null, for no filter. Known: \
                 {}.",
                quoted(known_words(argument))
            ),
        );
        return None;
    }
    check_word(block, argument, word);
    if argument == "action_type" && &**word == "CreateOS" {
        block.warn(
            argument,
            "Undocumented value of action_type",
            "`CreateOS` is sent as it is, but the API documents `ChangeOS`: write that to find \
             images that can become another system disk of an instance."
                .to_owned(),
        );
    }
    Some(word.clone())
}

/// `status`: words with commas between them, white space around them dropped.
pub(super) fn status(block: &mut Block<'_>) -> Arc<str> {
    let Value::String(given) = block.value("status") else {
        return DEFAULT_STATUS.into();
    };
    let words: Vec<&str> = given.split(',').map(str::trim).collect();
    if words.iter().any(|word| word.is_empty()) {
        block.error(
            "status",
            "Empty status",
            format!(
                "{given:?} names an empty status; write one or several of {}, with commas between \
                 them, or leave `status` out for `{DEFAULT_STATUS}`.",
                quoted(known_words("status"))
            ),
        );
    } else {
        words.iter().for_each(|word| check_word(block, "status", word));
        if words.len() > 1 && words.contains(&"ALL") {
            block.warn(
                "status",
                "ALL beside other statuses",
                "`ALL` stands for every status; the API does not document what it does beside \
                 others. Write `status = \"ALL\"`."
                    .to_owned(),
            );
        }
    }
    words.join(",").into()
}

/// `image_owner_id`: digits, as many as there are.
pub(super) fn account_id(block: &mut Block<'_>) -> Option<Arc<str>> {
    let id = block.text("image_owner_id")?;
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        block.error(
            "image_owner_id",
            "Invalid account ID",
            format!("{id:?} is no account ID: it consists of digits only."),
        );
    }
    Some(id)
}

/// Says beforehand that a dry run gives no images.
pub(super) fn dry_run(block: &mut Block<'_>) {
    if block.flag("dry_run") == Some(true) {
        block.warn(
            "dry_run",
            "A dry run reads nothing",
            "With `dry_run = true` the service only checks the request and the permissions, and \
             the read always ends in an error, one that says whether the check passed."
                .to_owned(),
        );
    }
}

/// A time.
pub(super) fn time(block: &mut Block<'_>, argument: &'static str) -> Option<Timestamp> {
    let text = block.text(argument)?;
    let time = time::parse(&text);
    if time.is_none() {
        block.error(argument, "Invalid time", not_a_time(&text));
    }
    time
}

/// The `filter` blocks whose key and value are known, ready to send.
pub(super) fn filters(block: &mut Block<'_>) -> Vec<(Arc<str>, Arc<str>)> {
    let filters = block.value("filter").as_elements().unwrap_or_default();
    let mut known = Vec::new();
    for (index, filter) in (0..).zip(filters) {
        let path = AttributePath::attribute("filter").index(index);
        let (Value::String(key), value) = (filter.attribute("name"), filter.attribute("value"))
        else {
            continue;
        };
        let Some((_, values)) = FILTER_KEYS.iter().find(|(name, _)| **name == **key) else {
            block.diagnostics.push(unknown_filter_key(key).at(path.child("name")));
            known.extend(value.as_str().map(|value| (key.clone(), value.into())));
            continue;
        };
        let Value::String(value) = value else {
            continue;
        };
        if values.is_empty() {
            match whole_minute(key, value) {
                Some(minute) => known.push((key.clone(), minute.into())),
                None => block.diagnostics.push(
                    Diagnostic::error("Invalid time", not_a_time(value)).at(path.child("value")),
                ),
            }
            continue;
        }
        if !values.contains(&&**value) {
            block.diagnostics.push(
                Diagnostic::warning(
                    format!("Unknown value of {key}"),
                    format!("{value:?} is sent, but known are only {}.", quoted(values)),
                )
                .at(path.child("value")),
            );
        }
        known.push((key.clone(), value.clone()));
    }
    known
}

/// A time as the API's filters take it, in whole minutes. A start is moved back and an end forward,
/// so that no image is lost that the user asked for.
fn whole_minute(key: &str, text: &str) -> Option<String> {
    let given = time::parse(text)?;
    let is_end = key == "CreationEndTime";
    let is_whole = given.round(Unit::Minute).ok()? == given;
    let minute = if is_end && !is_whole { given.checked_add(1.minute()).ok()? } else { given };
    Some(time::minute(minute))
}

fn check_word(block: &mut Block<'_>, argument: &'static str, word: &str) {
    let known = known_words(argument);
    if known.contains(&word) {
        return;
    }
    let hint = known
        .iter()
        .find(|known| known.eq_ignore_ascii_case(word.trim()))
        .map(|known| format!(" Did you mean `{known}`?"))
        .unwrap_or_default();
    block.warn(
        argument,
        &format!("Unknown value of {argument}"),
        format!(
            "{word:?} is sent to the service as it is, but known are only {}.{hint}",
            quoted(known)
        ),
    );
}

fn known_words(argument: &str) -> &'static [&'static str] {
    WORDS.iter().find(|(name, _)| *name == argument).map_or(&[], |(_, words)| words)
}

fn unknown_filter_key(key: &str) -> Diagnostic {
    let keys: Vec<&str> = FILTER_KEYS.iter().map(|(key, _)| *key).collect();
    Diagnostic::warning(
        "Unknown filter key",
        format!(
            "{key:?} is sent to the service as it is, but known are only {}. A key that the \
             service does not know makes the read fail.",
            quoted(&keys)
        ),
    )
}

fn not_a_time(text: &str) -> String {
    format!(
        "{text:?} is no time; write ISO 8601 with an offset, such as `2026-01-31T00:00:00Z` or \
         `2026-01-31T08:00+08:00`."
    )
}

/// Words for a sentence: `a`, `b`, `c`.
fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
