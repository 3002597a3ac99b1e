//! The argument that a refusal of the service is about.
//!
//! The service names a parameter of the request in the code or in the text of a refusal, or neither. The
//! rows of the table know the codes; the other parameters are recognized by their names.

use super::{
    Condition, Given, Tag,
    checks::FILTER_KEYS,
    table::{FILTER_BLOCK, FILTERS, LOCALS},
};
use crate::{
    alicloud::error::ApiError,
    text::sanitize,
    value::{AttributePath, Value},
};

/// The argument, as far as the refusal says which one it is.
#[derive(Debug, PartialEq)]
pub(crate) struct Blamed {
    /// Where it is in the block.
    pub(crate) path: AttributePath,
    /// The argument with its value, as a user would write it; `None` if it is not a filter of the service.
    pub(crate) given: Option<String>,
}

/// The most characters of an argument that a message quotes.
const SHOWN: usize = 300;

/// The argument that `refusal` is about, if the block sets it.
pub(crate) fn blamed(
    refusal: &ApiError,
    config: &Value,
    conditions: &[Condition],
) -> Option<Blamed> {
    let parameter = parameter(refusal);
    let name = by_code(&refusal.code).or_else(|| argument(parameter?))?;
    if config.attribute(name).is_null() {
        return None;
    }
    let condition = if name == FILTER_BLOCK.name {
        let (place, member) = filter_block(refusal, parameter, conditions)?;
        let path = AttributePath::attribute(name).index(i64::try_from(place).ok()?).child(member);
        let given = pairs(conditions).nth(place).map(shown);
        return Some(Blamed { path, given });
    } else {
        conditions.iter().find(|condition| condition.filter.name == name)
    };
    let given = condition.map(|condition| match (&condition.given, parameter.and_then(numbered)) {
        (Given::Tags(tags), Some((place, _))) => match tags.get(place) {
            Some(tag) => shown(&one_tag(condition, tag)),
            None => shown(condition),
        },
        _ => shown(condition),
    });
    Some(Blamed { path: AttributePath::attribute(name), given })
}

fn shown(condition: &Condition) -> String {
    sanitize(&condition.to_string(), SHOWN)
}

fn one_tag(condition: &Condition, tag: &Tag) -> Condition {
    Condition { given: Given::Tags(vec![tag.clone()]), ..condition.clone() }
}

/// The argument whose row has the code, or its beginning; the longest beginning is the most specific.
fn by_code(code: &str) -> Option<&'static str> {
    let filters = FILTERS.iter().chain([&FILTER_BLOCK]).map(|row| (row.name, row.blamed_by));
    let rows = filters.chain(LOCALS.iter().map(|row| (row.name, row.blamed_by)));
    let codes = rows.flat_map(|(name, codes)| codes.iter().map(move |begin| (begin, name)));
    let (_, name) = codes
        .filter(|(begin, _)| code.starts_with(**begin))
        .max_by_key(|(begin, _)| begin.len())?;
    Some(name)
}

/// The request parameter that a refusal names: in its code, as in `InvalidStatus.ValueNotSupported` and
/// `InvalidParameter.Status`, or in its text if the code says no more than that a parameter is at fault.
fn parameter(refusal: &ApiError) -> Option<&str> {
    let (family, detail) = refusal.code.split_once('.').unwrap_or((&refusal.code, ""));
    let is_known = |name: &&str| argument(name).is_some();
    let about = ["Invalid", "Missing", "Unsupported"];
    let subject = about.iter().find_map(|begin| family.strip_prefix(begin))?;
    // The service also spells it `InvalidParamter`.
    if !["Parameter", "Paramter"].contains(&subject) {
        return Some(subject).filter(is_known);
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let words = refusal.message.split(|c| !is_part(c)).map(|word| word.trim_matches('.'));
    [detail].into_iter().chain(words).find(is_known)
}

/// The argument of a request parameter, such as `Status` or `Tag.1.Key`.
fn argument(parameter: &str) -> Option<&'static str> {
    let (name, _) = parameter.split_once('.').unwrap_or((parameter, ""));
    let is_numbered = numbered(parameter).is_some();
    let mut rows = FILTERS.iter().chain([&FILTER_BLOCK]);
    let row = rows.find(|row| row.parameter == name && row.form.is_numbered() == is_numbered)?;
    Some(row.name)
}

/// The position, from 0, and the member of a parameter such as `Filter.1.Key`.
fn numbered(parameter: &str) -> Option<(usize, &str)> {
    let (number, member) = parameter.split_once('.')?.1.split_once('.')?;
    Some((number.parse::<usize>().ok()?.checked_sub(1)?, member))
}

/// The filter blocks, in their order in the block: all of them are sent.
fn pairs(conditions: &[Condition]) -> impl Iterator<Item = &Condition> {
    conditions.iter().filter(|condition| matches!(condition.given, Given::Pair(..)))
}

/// Which filter block a refusal is about, and which of its arguments; `None` if it may be about several.
fn filter_block(
    refusal: &ApiError,
    parameter: Option<&str>,
    conditions: &[Condition],
) -> Option<(usize, &'static str)> {
    if let Some((place, member)) = parameter.and_then(numbered) {
        let member = if member == "Key" { "name" } else { "value" };
        return (place < pairs(conditions).count()).then_some((place, member));
    }
    let (family, key) = refusal.code.split_once('.').unwrap_or((&refusal.code, ""));
    let is_documented = |key: &str| FILTER_KEYS.iter().any(|(name, _)| *name == key);
    let is_about_the_key = family == "InvalidFilterKey";
    let is_suspect = |condition: &Condition| match &condition.given {
        Given::Pair(name, _) if is_about_the_key => !is_documented(name),
        Given::Pair(name, _) if is_documented(key) => **name == *key,
        _ => true,
    };
    let mut suspects = pairs(conditions).enumerate().filter(|(_, pair)| is_suspect(pair));
    let (place, _) = suspects.next()?;
    let member = if is_about_the_key { "name" } else { "value" };
    suspects.next().is_none().then_some((place, member))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::data_sources::images::{
        arguments::{Cardinality, Query},
        fakes::images_block,
    };

    fn found(code: &str, message: &str, arguments: Json) -> Option<(String, String)> {
        let config = images_block(arguments);
        let (query, _) = Query::read(&config, Cardinality::Any);
        let (code, message) = (code.into(), message.into());
        let refusal = ApiError { code, message, ..ApiError::default() };
        let Blamed { path, given } = blamed(&refusal, &config, &query.conditions)?;
        Some((path.to_string(), given.unwrap_or_default()))
    }

    #[test]
    fn a_refusal_points_at_the_argument_that_was_set() {
        let block = json!({
            "owners": "others", "is_public": true, "tags": { "b": "2", "a": "1" }, "status": "Avail",
            "action_type": "x", "snapshot_id": "s-1", "region": "cn-x",
        });
        let invalid = "The specified parameter \"{}\" is not valid.";
        for (code, named, expected) in [
            ("InvalidImageOwnerAlias.ValueNotSupported", "", ("owners", "owners = \"others\"")),
            (
                "InvalidImageOwnerAlias.PublicImageUnsupported",
                "",
                ("is_public", "is_public = true"),
            ),
            ("InvalidTagCount", "", ("tags", "tags = { \"a\" = \"1\", \"b\" = \"2\" }")),
            ("InvalidParameter", "Status", ("status", "status = \"Avail\"")),
            ("InvalidParamter", "ActionType", ("action_type", "action_type = \"x\"")),
            ("InvalidParameter.ActionType", "", ("action_type", "action_type = \"x\"")),
            ("InvalidStatus.ValueNotSupported", "", ("status", "status = \"Avail\"")),
            ("InvalidSnapshotId.NotFound", "", ("snapshot_id", "snapshot_id = \"s-1\"")),
            ("InvalidParameter", "Tag.2.Key", ("tags", "tags = { \"b\" = \"2\" }")),
            // It is not a filter.
            ("InvalidRegionId.NotFound", "", ("region", "")),
        ] {
            let found = found(code, &invalid.replace("{}", named), block.clone());
            let found = found.as_ref().map(|(path, given)| (&**path, &**given));
            assert_eq!(found, Some(expected), "{code} {named}");
        }
        for (code, message) in [
            ("InvalidParameter", "The specified parameter \"PageSize\" is not valid."),
            ("InvalidParameter", "The specified parameter \"Tag\" is not valid."),
            // Not set.
            ("InvalidParameter", "The specified parameter \"ImageId\" is not valid."),
            ("InvalidUsage", "The specified Usage is not valid"),
            ("Throttling", "The Status is not valid."),
            ("", ""),
        ] {
            assert_eq!(found(code, message, block.clone()), None, "{code} {message}");
        }
        assert_eq!(found("InvalidRegionId.NotFound", "", json!({ "owners": "" })), None);
    }

    #[test]
    fn a_refusal_of_a_filter_block_points_at_its_name_or_value_if_there_is_one_candidate() {
        let pair = |name: &str, value: &str| json!({ "name": name, "value": value });
        let network = pair("NetworkType", "ib");
        let blocks =
            json!([pair("CreationStartTime", "2026-01-01T00:00Z"), network, pair("Odd", "")]);
        let several = json!([network, network, pair("Odd", ""), pair("Odder", "")]);
        let at = |path: &str, given: &str| Some((path.to_owned(), given.to_owned()));
        let odd = "filter \"Odd\" = \"\"";
        let vpc = "filter \"NetworkType\" = \"ib\"";
        for (code, message, filters, expected) in [
            ("InvalidFilterKey.NotFound", "", &blocks, at("filter[2].name", odd)),
            ("InvalidFilterKey.NotFound", "", &several, None),
            ("InvalidFilterValue.NetworkType", "", &blocks, at("filter[1].value", vpc)),
            ("InvalidFilterValue.NetworkType", "", &several, None),
            ("InvalidFilterValue", "", &blocks, None),
            ("InvalidFilterValue", "", &json!([network]), at("filter[0].value", vpc)),
            ("InvalidParameter", "\"Filter.3.Key\"", &blocks, at("filter[2].name", odd)),
            ("InvalidParameter", "\"Filter.2.Value\"", &blocks, at("filter[1].value", vpc)),
            ("InvalidParameter", "\"Filter.9.Value\"", &blocks, None),
        ] {
            let block = json!({ "owners": "self", "filter": filters });
            assert_eq!(found(code, message, block), expected, "{code} {message} {filters}");
        }
    }
}
