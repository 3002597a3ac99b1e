//! Parses a data block into a [`Query`], or into diagnostics if it is not valid, and turns the query's
//! conditions into request parameters of DescribeImages.
//!
//! The same code validates a block with unknown values and reads a block whose values are all known:
//! an unknown value counts as set, and its checks are skipped. [`table`] describes each argument; a condition refers
//! to its row, so every condition has a request parameter. This matters because a filter that is dropped would find
//! more images than the user requested.

pub(crate) mod blame;
pub(crate) mod checks;
pub(crate) mod guard;
pub(crate) mod table;

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    alicloud::endpoint::is_region,
    diag::{Diagnostics, messages},
    text::string_literal,
    value::{AttributePath, Value},
};

use super::{
    selection::{MinimumAge, Order, Selection},
    time::{self, DurationError},
};
use checks::BlockReader;
use guard::Exposure;
use table::{DEFAULT_STATUS, FILTER_BLOCK, FILTERS, Filter, Form};

messages! {
    Arguments {
        TOO_FEW_ARGUMENTS: Error "Too few arguments",
            "`alicloud_images` sets none of `name_regex`, `owners` and `image_owner_id`.",
            "Set one of them; `owners = \"\"` finds all images that you can use.";
        UNKNOWN_ORDER: Error "Unknown order",
            "The value of `sort_by` is not a known order.",
            "Use one of the orders in the message.";
        INVALID_LIMIT: Error "Invalid limit",
            "`limit` is not a whole number of at least 1.",
            "Set a valid number, or omit `limit` to keep all images.";
        INVALID_REGION: Error "Invalid region",
            "`region` does not have the form of a region ID: at most 63 letters, digits, hyphens and underscores.",
            "Write it as in `cn-hangzhou`.";
        INVALID_DURATION: Error "Invalid duration",
            "`timeouts.read` or `minimum_age` is not a duration in Terraform's syntax, or it is not longer than zero, or longer than 292 years.",
            "Write numbers with units, such as `90s`, `1h30m`, or `168h` for 7 days.";
        EMPTY_PERIOD: Warning "No time matches",
            "`created_after` is not earlier than `created_before`, so no image can match both.",
            "Correct one of them.";
    }
}

/// The time limit of a lookup if `timeouts` does not set one.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// A lookup, as configured in the data block.
#[derive(Debug)]
pub(crate) struct Query {
    /// The region; `None` for the provider's.
    pub(crate) region: Option<Arc<str>>,
    /// The filters that the service applies.
    pub(crate) conditions: Vec<Condition>,
    /// The selection from its response.
    pub(crate) selection: Selection,
    /// Set if an image of another account can be picked and `allow_unsafe_filter` is not set.
    pub(crate) exposure: Option<Exposure>,
    /// Whether finding nothing is an error.
    pub(crate) must_match: bool,
    /// Where to write the images.
    pub(crate) output_file: Option<Arc<str>>,
    /// The time limit of the lookup.
    pub(crate) timeout: Duration,
}

/// One filter that the service applies.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// The argument; its row in the table names the request parameter, so every condition has one.
    pub(crate) filter: &'static Filter,
    /// The value of the argument.
    pub(crate) given: Given,
}

/// The value of an argument that is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    /// A boolean.
    Flag(bool),
    /// Key and value of a filter block.
    Pair(Arc<str>, Arc<str>),
    /// Tags, sorted by key.
    Tags(Vec<Tag>),
    /// A string that is not empty.
    Text(Arc<str>),
}

/// A tag that an image must have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tag {
    /// Its key.
    pub(crate) key: Arc<str>,
    /// Its value; `None` matches any value.
    pub(crate) value: Option<Arc<str>>,
}

/// How many images a data source returns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cardinality {
    /// Any number.
    Any,
    /// Exactly one.
    One,
}

impl Query {
    /// Reads a block and checks it. The query is complete if the diagnostics have no error and the
    /// block has no unknown part.
    pub(crate) fn read(config: &Value, cardinality: Cardinality) -> (Self, Diagnostics) {
        let mut block = BlockReader::new(config);
        if cardinality == Cardinality::Any {
            require_an_official_argument(&mut block);
        }
        let conditions = conditions(&mut block);
        checks::request_length(&mut block, &conditions);
        let selection = selection(&mut block);
        let exposure = Exposure::of(&mut block, &selection);
        let query = Self {
            region: region(&mut block),
            conditions,
            selection,
            exposure,
            must_match: cardinality == Cardinality::One
                || block.flag("must_match").unwrap_or_default(),
            output_file: block.text("output_file"),
            timeout: timeout(&mut block),
        };
        (query, block.diagnostics)
    }
}

/// The official `alicloud_images` requires one of these arguments; `""` counts as set.
fn require_an_official_argument(block: &mut BlockReader<'_>) {
    if ["image_owner_id", "name_regex", "owners"].iter().any(|name| block.is_given(name)) {
        return;
    }
    block.report(
        "name_regex",
        TOO_FEW_ARGUMENTS,
        "One of `image_owner_id`, `name_regex` and `owners` must be set. To find all images that \
         you can use, write `owners = \"\"`."
            .to_owned(),
    );
}

/// The conditions, in the order of the table and then of the filter blocks.
fn conditions(block: &mut BlockReader<'_>) -> Vec<Condition> {
    checks::dry_run(block);
    let mut conditions: Vec<Condition> = Vec::new();
    for filter in FILTERS {
        conditions.extend(given(block, filter).map(|given| Condition { filter, given }));
    }
    let pairs = checks::filter_blocks(block).into_iter();
    conditions.extend(pairs.map(|given| Condition { filter: &FILTER_BLOCK, given }));
    conditions
}

/// The value that is sent for an argument, if there is one.
fn given(block: &mut BlockReader<'_>, filter: &'static Filter) -> Option<Given> {
    match filter.form {
        Form::Flag => block.flag(filter.name).map(Given::Flag),
        Form::Text => block.text(filter.name).map(Given::Text),
        Form::Digits => checks::digits(block, filter).map(Given::Text),
        Form::Word(known, empty) => checks::word(block, filter, known, empty).map(Given::Text),
        Form::Words(known) => Some(Given::Text(checks::words(block, filter, known))),
        Form::Tags => checks::tags(block, filter),
        // `filter` blocks are repeated and have their own attribute paths; see `filter_blocks`.
        Form::Pair => None,
    }
}

fn selection(block: &mut BlockReader<'_>) -> Selection {
    let order = order(block);
    let selection = Selection {
        name: checks::pattern(block, "name_regex"),
        exclude: checks::pattern(block, "exclude_name_regex"),
        version: checks::version(block, order),
        created_after: checks::time(block, "created_after"),
        created_before: checks::time(block, "created_before"),
        minimum_age: minimum_age(block),
        mature_before: None,
        most_recent: block.flag("most_recent").unwrap_or_default(),
        order,
        limit: limit(block),
    };
    if let (Some(start), Some(end)) = (selection.created_after, selection.created_before)
        && start >= end
    {
        block.report(
            "created_after",
            EMPTY_PERIOD,
            format!(
                "No image can be created at {start} or later and before {end}: check \
                 `created_after` and `created_before`."
            ),
        );
    }
    selection
}

fn order(block: &mut BlockReader<'_>) -> Option<Order> {
    let text = block.value("sort_by").as_str()?;
    let order = Order::from_name(text);
    if order.is_none() {
        block.report(
            "sort_by",
            UNKNOWN_ORDER,
            format!(
                "{} is not a known order.{} Use one of {}.",
                string_literal(text),
                checks::hint(text, Order::names()),
                checks::quoted(Order::names())
            ),
        );
    }
    order
}

fn limit(block: &mut BlockReader<'_>) -> Option<usize> {
    let number = block.value("limit").as_number()?;
    let is_valid = number.is_integer() && number.as_i64().is_none_or(|limit| limit >= 1);
    if !is_valid || number.to_string().starts_with('-') {
        block.report(
            "limit",
            INVALID_LIMIT,
            format!(
                "{number} is not a valid number of images; it must be a whole number of at least 1."
            ),
        );
        return None;
    }
    // There are never more images than memory for them.
    let limit = number.as_i64().and_then(|limit| usize::try_from(limit).ok());
    Some(limit.unwrap_or(usize::MAX))
}

fn region(block: &mut BlockReader<'_>) -> Option<Arc<str>> {
    let region = block.text("region")?;
    if !is_region(&region) {
        block.report(
            "region",
            INVALID_REGION,
            format!(
                "{} does not have the form of a region ID, such as `cn-hangzhou`: at most 63 \
                 letters, digits, hyphens and underscores.",
                string_literal(&region)
            ),
        );
    }
    Some(region)
}

fn timeout(block: &mut BlockReader<'_>) -> Duration {
    let Some(text) = block.value("timeouts").attribute("read").as_str() else {
        return DEFAULT_TIMEOUT;
    };
    time::parse_duration(text).unwrap_or_else(|error| {
        block.diagnostics.push(
            INVALID_DURATION
                .diagnostic(not_a_duration(text, &error))
                .at(AttributePath::attribute("timeouts").child("read")),
        );
        DEFAULT_TIMEOUT
    })
}

fn minimum_age(block: &mut BlockReader<'_>) -> Option<MinimumAge> {
    let source = block.text("minimum_age")?;
    match time::parse_duration(&source) {
        Ok(age) => Some(MinimumAge { source, age }),
        Err(error) => {
            block.report("minimum_age", INVALID_DURATION, not_a_duration(&source, &error));
            None
        }
    }
}

fn not_a_duration(text: &str, error: &DurationError) -> String {
    let hint = time::in_hours(text).map(|hours| format!(" Did you mean `{hours}`?"));
    format!(
        "{} is not a valid duration: {error}.{}",
        string_literal(text),
        hint.unwrap_or_default()
    )
}

impl Query {
    /// How many images from the beginning of the service's list are sufficient; `None` if all are
    /// needed, because the selection filters or sorts them.
    pub(crate) fn enough(&self) -> Option<usize> {
        self.selection.limit.filter(|_| self.selection.is_only_a_limit())
    }
}

/// The parameters, without region and paging. Tags and filter blocks are numbered from 1, in their
/// order in the block.
pub(crate) fn parameters<'a>(
    conditions: impl IntoIterator<Item = &'a Condition>,
) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut pairs = 0;
    for Condition { filter, given } in conditions {
        let name = filter.parameter;
        match given {
            Given::Flag(truth) => parameters.push((name.to_owned(), truth.to_string())),
            Given::Text(text) => parameters.push((name.to_owned(), text.to_string())),
            Given::Pair(key, value) => {
                pairs += 1;
                parameters.push((format!("{name}.{pairs}.Key"), key.to_string()));
                parameters.push((format!("{name}.{pairs}.Value"), value.to_string()));
            }
            Given::Tags(tags) => {
                for (number, Tag { key, value }) in (1..).zip(tags) {
                    parameters.push((format!("{name}.{number}.Key"), key.to_string()));
                    // As in the official provider: without a value, any value matches.
                    if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                        parameters.push((format!("{name}.{number}.Value"), value.to_string()));
                    }
                }
            }
        }
    }
    parameters
}

impl fmt::Display for Condition {
    /// Prints the condition as a user would write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.filter.name;
        match &self.given {
            Given::Pair(key, value) => {
                write!(f, "{name} {} = {}", string_literal(key), string_literal(value))
            }
            Given::Flag(truth) => write!(f, "{name} = {truth}"),
            Given::Text(text) if self.is_status() && &**text == DEFAULT_STATUS => {
                write!(f, "{name} = {} (the default)", string_literal(text))
            }
            Given::Text(text) => write!(f, "{name} = {}", string_literal(text)),
            Given::Tags(tags) => {
                let tags: Vec<String> = tags
                    .iter()
                    .map(|Tag { key, value }| {
                        let value = value.as_deref().map_or_else(|| "null".into(), string_literal);
                        format!("{} = {value}", string_literal(key))
                    })
                    .collect();
                write!(f, "{name} = {{ {} }}", tags.join(", "))
            }
        }
    }
}

impl Condition {
    /// Whether this is the `status` filter, the only one for which the service has a default.
    pub(crate) fn is_status(&self) -> bool {
        matches!(self.filter.form, Form::Words(_))
    }
}

#[cfg(test)]
mod tests;
