//! Reads and validates individual arguments: documented values, digits, times, patterns, filter keys.
//!
//! An undocumented value is sent with a warning, since a newer version of the service may support
//! it. A value that cannot be valid is an error.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{Timestamp, ToSpan, Unit};

use crate::{
    access,
    alicloud::sign::canonical_query,
    ctx::http::MAX_URL,
    diag::{Diagnostic, Diagnostics, Message, messages},
    text::string_literal,
    value::{AttributePath, Value},
};

use super::{
    super::{
        nearest::similar,
        regex,
        selection::{Order, Pattern, VersionRule},
        time,
        version::Constraints,
    },
    Condition, Given, Tag, parameters,
    table::{ALL_STATUSES, DEFAULT_STATUS, Empty, Filter, MAX_TAGS, Word},
};

messages! {
    Arguments {
        EMPTY_ARGUMENT: Error "Empty argument",
            "`usage`, `os_type`, `architecture` or `action_type` is `\"\"`.",
            "Leave it out, or set it to `null`, for no filter.";
        EMPTY_STATUS: Error "Empty status",
            "`status` is `\"\"`, or contains an empty entry between two commas.",
            "Omit it for `Available`, or list the statuses; `ALL` stands for every status.";
        ALL_AND_OTHERS: Warning "ALL combined with other statuses",
            "`status` contains `ALL` and another status; the API does not document the effect.",
            "Write `status = \"ALL\"`.";
        UNKNOWN_VALUE: Warning "Unknown value of …",
            "The value is not among those that the API documents. It is sent as it is.",
            "Correct it if it is misspelled. Ignore the warning if the service now supports it.";
        UNDOCUMENTED_ACTION: Warning "Undocumented value of action_type",
            "`action_type` is `CreateOS`, which the official provider accepts and the API does not document.",
            "Write `ChangeOS`.";
        INVALID_ACCOUNT_ID: Error "Invalid account ID",
            "`image_owner_id` contains something other than digits.",
            "Set the ID of the account, not its name.";
        TOO_MANY_TAGS: Error "Too many tags",
            "`tags` has more than 20 entries, the most that the service filters by.",
            "Filter by fewer tags, and check the others in an expression.";
        EMPTY_TAG_KEY: Warning "Empty tag key",
            "`tags` has an entry whose key is empty. No tag has an empty key, and the service may reject it. It is sent as it is.",
            "Correct the key, or remove the entry.";
        INVALID_REGEX: Error "Invalid regular expression",
            "`name_regex`, `exclude_name_regex` or `version_regex` is not in Go's syntax (RE2): for example, it uses look-ahead, or a bracket is not closed.",
            "Fix the pattern as the message says. Instead of a negative look-ahead, use `exclude_name_regex`.";
        INVALID_CONSTRAINT: Error "Invalid version constraint",
            "`version_constraint` is not in Terraform's syntax for versions.",
            "Write one or several conditions with commas between them, such as `~> 2.1` or `>= 1.4, != 1.5.2`.";
        MISSING_VERSION_REGEX: Error "Missing version_regex",
            "`version_constraint` is set, or `sort_by` is `version` or `version_desc`, without `version_regex`, so the provider cannot find the version in the name.",
            "Set `version_regex`, for example to `-v([0-9.]+)$`.";
        INVALID_TIME: Error "Invalid time",
            "`created_after`, `created_before`, or the value of a filter by time cannot be read.",
            "Write ISO 8601 with an offset, such as `2026-01-31T00:00:00Z`.";
        UNKNOWN_FILTER_KEY: Warning "Unknown filter key",
            "The `name` of a `filter` block is not among those that the API documents. It is sent as it is.",
            "Correct it if it is misspelled: the service rejects unknown keys.";
        DRY_RUN: Warning "A dry run reads nothing",
            "`dry_run` is `true`, so the read will end in an error.",
            "Remove `dry_run` once the check has passed.";
    }
}

/// A data block while it is read and validated, with its diagnostics.
pub(crate) struct BlockReader<'a> {
    config: &'a Value,
    /// The diagnostics found so far.
    pub(crate) diagnostics: Diagnostics,
}

impl<'a> BlockReader<'a> {
    /// A block without diagnostics.
    pub(crate) fn new(config: &'a Value) -> Self {
        Self { config, diagnostics: Diagnostics::default() }
    }

    /// The value of the argument or nested block `name`.
    pub(crate) fn value(&self, name: &str) -> &'a Value {
        self.config.attribute(name)
    }

    /// Whether the argument is set, even if it is empty or unknown.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.config.is_unknown() || !self.value(name).is_null()
    }

    /// The string value of an argument; `None` if it is not set, unknown or empty.
    pub(crate) fn text(&self, name: &str) -> Option<Arc<str>> {
        match self.value(name) {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    /// The boolean value of an argument; `None` if it is not set or unknown.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name).as_bool()
    }

    /// Adds a diagnostic about one argument.
    pub(crate) fn report(&mut self, argument: &'static str, message: &Message, detail: String) {
        self.diagnostics.push(message.diagnostic(detail).at(AttributePath::attribute(argument)));
    }
}

/// Keys of the API's `Filter.N`, each with its documented values; empty if the value is a time.
/// Source: ECS API, DescribeImages, `Filter.N.Key`.
pub(crate) const FILTER_KEYS: &[(&str, &[&str])] = &[
    ("CreationStartTime", &[]),
    ("CreationEndTime", &[]),
    ("NetworkType", &["vpc", "classic"]),
    ("CpuOnlineUpgrade", &["supported", "unsupported"]),
    ("CpuOnlineDowngrade", &["supported", "unsupported"]),
    ("MemoryOnlineUpgrade", &["supported", "unsupported"]),
    ("MemoryOnlineDowngrade", &["supported", "unsupported"]),
];

/// The value of an argument that has one documented value.
pub(super) fn word(
    block: &mut BlockReader<'_>,
    filter: &'static Filter,
    known: &[Word],
    empty: Empty,
) -> Option<Arc<str>> {
    let Value::String(word) = block.value(filter.name) else {
        return None;
    };
    if word.is_empty() {
        if empty == Empty::Invalid {
            block.report(
                filter.name,
                EMPTY_ARGUMENT,
                format!(
                    "`{}` must not be empty; leave it out, or set it to null, for no filter. \
                     Documented values: {}.",
                    filter.name,
                    quoted(words_of(known))
                ),
            );
        }
        return None;
    }
    check_word(block, filter, known, word);
    if filter.name == "action_type" && &**word == "CreateOS" {
        block.report(
            filter.name,
            UNDOCUMENTED_ACTION,
            "`CreateOS` is sent as it is, but the API documents `ChangeOS`: write that to find \
             images that can become another system disk of an instance."
                .to_owned(),
        );
    }
    Some(word.clone())
}

/// The comma-separated values of an argument; white space around them is removed.
pub(super) fn words(
    block: &mut BlockReader<'_>,
    filter: &'static Filter,
    known: &[Word],
) -> Arc<str> {
    let Value::String(given) = block.value(filter.name) else {
        return DEFAULT_STATUS.into();
    };
    let words: Vec<&str> = given.split(',').map(str::trim).collect();
    if words.iter().any(|word| word.is_empty()) {
        block.report(
            filter.name,
            EMPTY_STATUS,
            format!(
                "{} contains an empty status. Write one or several of {}, with commas \
                 between them, or leave `{}` out for `{DEFAULT_STATUS}`.",
                string_literal(given),
                quoted(words_of(known)),
                filter.name
            ),
        );
    } else {
        words.iter().for_each(|word| check_word(block, filter, known, word));
        if words.len() > 1 && words.contains(&ALL_STATUSES) {
            block.report(
                filter.name,
                ALL_AND_OTHERS,
                "`ALL` stands for every status; the API does not document what it does in \
                 combination with others. Write `status = \"ALL\"`."
                    .to_owned(),
            );
        }
    }
    words.join(",").into()
}

/// A number of any length, digits only.
pub(super) fn digits(block: &mut BlockReader<'_>, filter: &'static Filter) -> Option<Arc<str>> {
    let id = block.text(filter.name)?;
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        block.report(
            filter.name,
            INVALID_ACCOUNT_ID,
            format!(
                "{} is not a valid account ID: it must consist of digits only.",
                string_literal(&id)
            ),
        );
    }
    Some(id)
}

/// Tags.
pub(super) fn tags(block: &mut BlockReader<'_>, filter: &'static Filter) -> Option<Given> {
    let tags = block.value(filter.name).as_map().filter(|tags| !tags.is_empty())?;
    if tags.len() > MAX_TAGS {
        block.report(
            filter.name,
            TOO_MANY_TAGS,
            format!("The service filters by at most {MAX_TAGS} tags, but {} are set.", tags.len()),
        );
    }
    if tags.contains_key("") {
        block.report(
            filter.name,
            EMPTY_TAG_KEY,
            "`tags` has an empty key, which is sent as it is. No tag has an empty key, and the \
             service may reject it."
                .to_owned(),
        );
    }
    let tag = |(key, value): (&Arc<str>, &Value)| Tag {
        key: key.clone(),
        value: value.as_str().map(Arc::from),
    };
    Some(Given::Tags(tags.iter().map(tag).collect()))
}

/// Refuses arguments that make a request too long to be sent, whatever else is in its URL.
pub(super) fn request_length(block: &mut BlockReader<'_>, conditions: &[Condition]) {
    let length = |condition: &Condition| {
        let sent = parameters([condition]);
        canonical_query(sent.iter().map(|(name, value)| (&**name, &**value))).len()
    };
    let mut lengths = BTreeMap::<_, usize>::new();
    for condition in conditions {
        *lengths.entry(condition.filter.name).or_default() += length(condition);
    }
    let all: usize = lengths.values().sum();
    let Some((argument, longest)) = lengths.into_iter().max_by_key(|(_, length)| *length) else {
        return;
    };
    if all > MAX_URL {
        block.report(
            argument,
            access::messages::REQUEST_TOO_LONG,
            format!(
                "The arguments that are sent take {all} bytes of a URL, which may have {MAX_URL}; \
                 `{argument}` takes {longest}. Most characters other than \
                 letters and digits take three bytes or more. Shorten it."
            ),
        );
    }
}

/// Warns that a dry run finds no images.
pub(super) fn dry_run(block: &mut BlockReader<'_>) {
    if block.flag("dry_run") == Some(true) {
        block.report(
            "dry_run",
            DRY_RUN,
            "With `dry_run = true` the service only checks the request and the permissions. The \
             read always ends in an error, which says whether the check passed."
                .to_owned(),
        );
    }
}

/// A time.
pub(super) fn time(block: &mut BlockReader<'_>, argument: &'static str) -> Option<Timestamp> {
    let text = block.text(argument)?;
    let time = time::parse(&text);
    if time.is_none() {
        block.report(argument, INVALID_TIME, not_a_time(&text));
    }
    time
}

/// A regular expression; `None` if it is not set, unknown, empty or not valid.
pub(super) fn pattern(block: &mut BlockReader<'_>, argument: &'static str) -> Option<Pattern> {
    let source = block.text(argument)?;
    match Pattern::new(source.clone()) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            invalid_regex(block, argument, &source, &error);
            None
        }
    }
}

fn invalid_regex(
    block: &mut BlockReader<'_>,
    argument: &'static str,
    source: &str,
    error: &regex::Error,
) {
    block.report(
        argument,
        INVALID_REGEX,
        format!(
            "{} is not a valid regular expression in Go's syntax: {error}.",
            string_literal(source)
        ),
    );
}

/// The rule that finds the version in the name, with the version constraints.
pub(super) fn version(block: &mut BlockReader<'_>, order: Option<Order>) -> Option<VersionRule> {
    let constraints = constraints(block);
    let constraint = block.value("version_constraint");
    let is_constrained = !constraint.is_null() && constraint.as_str() != Some("");
    let is_sorted = order.is_some_and(Order::is_by_version);
    let sorted = block.value("sort_by").as_str().map(|order| format!("sort_by = \"{order}\""));
    let needing = match is_constrained {
        true => Some(("version_constraint", "version_constraint".to_owned())),
        false => sorted.filter(|_| is_sorted).map(|given| ("sort_by", given)),
    };
    let source = block.text("version_regex");
    if let Some((argument, given)) = needing
        && source.is_none()
        && !block.value("version_regex").is_unknown()
    {
        block.report(
            argument,
            MISSING_VERSION_REGEX,
            format!(
                "`{given}` needs `version_regex`, which finds the version in the name: \
                 for example `version_regex = \"-v([0-9.]+)$\"`."
            ),
        );
    }
    let source = source?;
    match VersionRule::new(source.clone(), constraints) {
        Ok(rule) => Some(rule),
        Err(error) => {
            invalid_regex(block, "version_regex", &source, &error);
            None
        }
    }
}

fn constraints(block: &mut BlockReader<'_>) -> Option<Constraints> {
    let text = block.text("version_constraint")?;
    let constraints = text.parse();
    if let Err(error) = &constraints {
        block.report(
            "version_constraint",
            INVALID_CONSTRAINT,
            format!(
                "{} is not a valid version constraint: {error}. Separate several with commas, \
                 as in `>= 1.4, != 1.5.2`.",
                string_literal(&text)
            ),
        );
    }
    constraints.ok()
}

/// The `filter` blocks whose key and value are known, ready to send.
pub(super) fn filter_blocks(block: &mut BlockReader<'_>) -> Vec<Given> {
    let filters = block.value("filter").as_elements().unwrap_or_default();
    let mut known = Vec::new();
    let pair = |key: &Arc<str>, value: &str| Given::Pair(key.clone(), value.into());
    for (index, filter) in (0..).zip(filters) {
        let path = AttributePath::attribute("filter").index(index);
        let (Value::String(key), value) = (filter.attribute("name"), filter.attribute("value"))
        else {
            continue;
        };
        let Some((_, values)) = FILTER_KEYS.iter().find(|(name, _)| **name == **key) else {
            block.diagnostics.push(unknown_filter_key(key).at(path.child("name")));
            known.extend(value.as_str().map(|value| pair(key, value)));
            continue;
        };
        let Value::String(value) = value else {
            continue;
        };
        if values.is_empty() {
            match whole_minute(key, value) {
                Some(minute) => known.push(pair(key, &minute)),
                None => block
                    .diagnostics
                    .push(INVALID_TIME.diagnostic(not_a_time(value)).at(path.child("value"))),
            }
            continue;
        }
        if !values.contains(&&**value) {
            let detail = format!(
                "{} is sent as it is. Documented values: {}.{}",
                string_literal(value),
                quoted(values.iter()),
                hint(value, values.iter().copied())
            );
            block.diagnostics.push(UNKNOWN_VALUE.about(key, detail).at(path.child("value")));
        }
        known.push(pair(key, value));
    }
    known
}

/// A time in the format of the API's filters, in whole minutes. A start is rounded down and an end
/// is rounded up, so that the filter does not exclude a matching image.
fn whole_minute(key: &str, text: &str) -> Option<String> {
    let given = time::parse(text)?;
    let is_end = key == "CreationEndTime";
    let is_whole = given.round(Unit::Minute).ok()? == given;
    let minute = if is_end && !is_whole { given.checked_add(1.minute()).ok()? } else { given };
    Some(time::minute(minute))
}

fn check_word(block: &mut BlockReader<'_>, filter: &'static Filter, known: &[Word], word: &str) {
    if words_of(known).any(|known| known == word) {
        return;
    }
    let detail = format!(
        "{} is sent to the service as it is. Documented values: {}.{}",
        string_literal(word),
        quoted(words_of(known)),
        hint(word, words_of(known))
    );
    let path = AttributePath::attribute(filter.name);
    block.diagnostics.push(UNKNOWN_VALUE.about(filter.name, detail).at(path));
}

/// What other programs and services call the values that the API documents.
const OTHER_WORDS: &[(&str, &[&str])] = &[
    ("x86_64", &["amd64", "x64", "x86-64"]),
    ("i386", &["386", "i686", "x86", "x86_32"]),
    ("arm64", &["aarch64", "armv8"]),
    ("windows", &["win", "microsoft"]),
];

/// The sentence about the known word that was probably meant; empty if there is none.
pub(super) fn hint<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let word = word.trim();
    let is_called = |known: &str| {
        let others = OTHER_WORDS.iter().find(|(name, _)| *name == known);
        let others = others.map_or(&[][..], |(_, others)| *others);
        [known].iter().chain(others).any(|other| other.eq_ignore_ascii_case(word))
    };
    let meant = known.clone().find(|known| is_called(known)).or_else(|| similar(word, known));
    meant.map(|known| format!(" Did you mean `{known}`?")).unwrap_or_default()
}

fn words_of(known: &[Word]) -> impl Iterator<Item = &'static str> + Clone {
    known.iter().map(|(word, _)| *word)
}

fn unknown_filter_key(key: &str) -> Diagnostic {
    let keys = FILTER_KEYS.iter().map(|(key, _)| *key);
    UNKNOWN_FILTER_KEY.diagnostic(format!(
        "{} is sent to the service as it is. Documented keys: {}.{} A key that the service does \
         not know makes the read fail.",
        string_literal(key),
        quoted(keys.clone()),
        hint(key, keys)
    ))
}

fn not_a_time(text: &str) -> String {
    format!(
        "{} is not a valid time; write ISO 8601 with an offset, such as \
         `2026-01-31T00:00:00Z` or `2026-01-31T08:00+08:00`.",
        string_literal(text)
    )
}

/// A list of words for a sentence: `a`, `b`, `c`.
pub(crate) fn quoted(words: impl Iterator<Item = impl std::fmt::Display>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
