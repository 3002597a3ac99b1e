//! Converts conditions to request parameters of DescribeImages, and error codes back to arguments.

use crate::value::{AttributePath, Value};

use super::arguments::{
    Condition, Given, Tag,
    table::{FILTER_BLOCK, FILTERS, LOCALS},
};

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

/// The argument that an error code of the service is about, if the block sets it.
pub(crate) fn blamed(code: &str, config: &Value) -> Option<AttributePath> {
    let filters = FILTERS.iter().chain([&FILTER_BLOCK]).map(|row| (row.name, row.blamed_by));
    let rows = filters.chain(LOCALS.iter().map(|row| (row.name, row.blamed_by)));
    let codes = rows.flat_map(|(name, codes)| codes.iter().map(move |begin| (begin, name)));
    // The longest prefix is the most specific one.
    let (_, name) = codes
        .filter(|(begin, _)| code.starts_with(**begin))
        .max_by_key(|(begin, _)| begin.len())?;
    (!config.attribute(name).is_null()).then(|| AttributePath::attribute(name))
}

#[cfg(test)]
mod tests;
