//! The block as the user wrote it becomes a [`Query`], or diagnostics that say why it cannot.
//!
//! The same code checks a block while parts of it are unknown and reads it when all is known: an
//! unknown part counts as given, and is not looked at. What the query becomes on the wire is
//! `request`'s to know.

mod block;
mod checks;
mod duration;
mod patterns;

use std::{sync::Arc, time::Duration};

use crate::{
    alicloud::endpoint::is_region,
    diag::{Diagnostic, Diagnostics},
    value::{AttributePath, Value},
};

use super::{
    filter::{Order, Selection},
    guard::Exposure,
};
pub(super) use block::Block;
pub(super) use checks::DEFAULT_STATUS;

/// How long a look-up may take where `timeouts` does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The most tags to filter by. Source: ECS API, DescribeImages, `Tag.N`.
const MAX_TAGS: usize = 20;

/// A look-up as the user wants it.
#[derive(Debug)]
pub(super) struct Query {
    /// The region; `None` for the provider's.
    pub(super) region: Option<Arc<str>>,
    /// What the service filters by.
    pub(super) conditions: Vec<Condition>,
    /// What is selected from its answer.
    pub(super) selection: Selection,
    /// Whether a stranger's image can be picked, and nobody said that this is fine.
    pub(super) exposure: Option<Exposure>,
    /// Whether finding nothing is an error.
    pub(super) must_match: bool,
    /// Where to write the images.
    pub(super) output_file: Option<Arc<str>>,
    /// How long the look-up may take.
    pub(super) timeout: Duration,
}

/// One thing that the service filters by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    /// The argument.
    pub(super) argument: &'static str,
    /// What it was given.
    pub(super) given: Given,
}

/// What an argument was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// A filter block: key and value.
    Filter(Arc<str>, Arc<str>),
    /// A bool.
    Flag(bool),
    /// Tags, sorted by key.
    Tags(Vec<Tag>),
    /// A text that is not empty.
    Text(Arc<str>),
}

/// A tag that an image must have.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tag {
    /// Its key.
    pub(super) key: Arc<str>,
    /// Its value; `None` for any.
    pub(super) value: Option<Arc<str>>,
}

/// The data source that a block belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cardinality {
    /// `alicloud_images`.
    Any,
    /// `alicloud_image`.
    One,
}

impl Query {
    /// Reads a block and checks it. The query is whole where the diagnostics have no error and the
    /// block has no unknown part.
    pub(super) fn read(config: &Value, cardinality: Cardinality) -> (Self, Diagnostics) {
        let mut block = Block::new(config);
        if cardinality == Cardinality::Any {
            require_one_of_the_official_three(&mut block);
        }
        let conditions = conditions(&mut block);
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

/// `alicloud_images` has always asked for one of these; `""` counts as given.
fn require_one_of_the_official_three(block: &mut Block<'_>) {
    if ["image_owner_id", "name_regex", "owners"].iter().any(|name| block.is_given(name)) {
        return;
    }
    block.error(
        "name_regex",
        "Too few arguments",
        "One of `image_owner_id`, `name_regex` and `owners` must be given. To look among all \
             images that you can use, write `owners = \"\"`."
            .to_owned(),
    );
}

/// The conditions in the order in which they are explained.
fn conditions(block: &mut Block<'_>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let mut add = |argument, given: Option<Given>| {
        conditions.extend(given.map(|given| Condition { argument, given }));
    };
    add("owners", checks::owners(block).map(Given::Text));
    add("image_owner_id", checks::account_id(block).map(Given::Text));
    add("status", Some(Given::Text(checks::status(block))));
    for argument in [
        "image_id",
        "image_name",
        "image_family",
        "snapshot_id",
        "instance_type",
        "resource_group_id",
        "owner_account",
    ] {
        add(argument, block.text(argument).map(Given::Text));
    }
    for argument in ["usage", "os_type", "architecture", "action_type"] {
        add(argument, checks::word(block, argument).map(Given::Text));
    }
    checks::dry_run(block);
    for argument in [
        "is_support_io_optimized",
        "is_support_cloud_init",
        "is_public",
        "usable",
        "show_expired",
        "dry_run",
    ] {
        add(argument, block.flag(argument).map(Given::Flag));
    }
    add("tags", tags(block).map(Given::Tags));
    for (key, value) in checks::filters(block) {
        add("filter", Some(Given::Filter(key, value)));
    }
    conditions
}

fn tags(block: &mut Block<'_>) -> Option<Vec<Tag>> {
    let tags = block.value("tags").as_map().filter(|tags| !tags.is_empty())?;
    if tags.len() > MAX_TAGS {
        block.error(
            "tags",
            "Too many tags",
            format!(
                "The service filters by at most {MAX_TAGS} tags, and {} are given.",
                tags.len()
            ),
        );
    }
    let tag = |(key, value): (&Arc<str>, &Value)| Tag {
        key: key.clone(),
        value: value.as_str().map(Arc::from),
    };
    Some(tags.iter().map(tag).collect())
}

fn selection(block: &mut Block<'_>) -> Selection {
    Selection {
        name: patterns::pattern(block, "name_regex"),
        exclude: patterns::pattern(block, "exclude_name_regex"),
        created_after: checks::time(block, "created_after"),
        created_before: checks::time(block, "created_before"),
        most_recent: block.flag("most_recent").unwrap_or_default(),
        order: order(block),
        limit: limit(block),
    }
}

fn order(block: &mut Block<'_>) -> Option<Order> {
    let text = block.value("sort_by").as_str()?;
    let order = Order::from_name(text);
    if order.is_none() {
        let names: Vec<String> = Order::names().map(|name| format!("`{name}`")).collect();
        block.error(
            "sort_by",
            "Unknown order",
            format!("{text:?} is no order; write one of {}.", names.join(", ")),
        );
    }
    order
}

fn limit(block: &mut Block<'_>) -> Option<usize> {
    let number = block.value("limit").as_number()?;
    let limit = number.as_i64().and_then(|limit| usize::try_from(limit).ok());
    if limit.is_none_or(|limit| limit < 1) {
        block.error(
            "limit",
            "Invalid limit",
            format!("{number} is no number of images; write a whole number from 1."),
        );
    }
    limit
}

fn region(block: &mut Block<'_>) -> Option<Arc<str>> {
    let region = block.text("region")?;
    if !is_region(&region) {
        block.error(
            "region",
            "Invalid region",
            format!(
                "{region:?} does not have the form of a region ID, such as `cn-hangzhou`: letters, \
                 digits, hyphens and underscores only."
            ),
        );
    }
    Some(region)
}

fn timeout(block: &mut Block<'_>) -> Duration {
    let Some(text) = block.value("timeouts").attribute("read").as_str() else {
        return DEFAULT_TIMEOUT;
    };
    duration::parse(text).unwrap_or_else(|| {
        block.diagnostics.push(
            Diagnostic::error(
                "Invalid duration",
                format!(
                    "{text:?} is no duration longer than zero; write numbers with units, such as \
                     `90s`, `5m` or `1h30m`."
                ),
            )
            .at(AttributePath::attribute("timeouts").child("read")),
        );
        DEFAULT_TIMEOUT
    })
}

#[cfg(test)]
mod tests;
