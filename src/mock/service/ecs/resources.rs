//! What the actions about key pairs, networks and instances have in common: finding a resource of the
//! caller, listing, creating and removing them.

use serde_json::{Value, json};

use crate::mock::{
    message::{Page, Refusal, Request},
    resources::{Kind, Resource},
    service::Exchange,
};

/// How many tags a resource may have. Source: ECS API, TagResources.
pub(super) const MOST_TAGS: usize = 20;

/// The resource that the parameter of its kind names.
pub(super) fn named(exchange: &Exchange<'_>, kind: Kind) -> Result<Resource, Refusal> {
    find(exchange, kind, exchange.request.required(kind.names().id)?)
}

/// The same for a parameter that may be missing.
pub(super) fn named_if_any(
    exchange: &Exchange<'_>,
    kind: Kind,
) -> Result<Option<Resource>, Refusal> {
    let id = exchange.request.parameter(kind.names().id);
    id.map(|id| find(exchange, kind, id)).transpose()
}

/// The caller's resource of this ID.
pub(super) fn find(exchange: &Exchange<'_>, kind: Kind, id: &str) -> Result<Resource, Refusal> {
    let region = exchange.request.parameter("RegionId");
    let mut resources = exchange.backend.resources();
    let found = resources.find(kind, exchange.account(), region, id);
    found.cloned().ok_or_else(|| Refusal::known(kind.names().unknown))
}

/// Creates a resource of the caller; gives its new ID.
pub(super) fn create(
    exchange: &Exchange<'_>,
    kind: Kind,
    region: &str,
    members: Value,
) -> Result<String, Refusal> {
    let id = exchange.backend.new_id(kind.names().prefix);
    create_all(exchange, kind, region, std::slice::from_ref(&id), &members)?;
    Ok(id)
}

/// Creates resources of the caller with these IDs and the same members, all or none.
pub(super) fn create_all(
    exchange: &Exchange<'_>,
    kind: Kind,
    region: &str,
    ids: &[String],
    members: &Value,
) -> Result<(), Refusal> {
    let resource = |id: &String| {
        let (region, account) = (region.to_owned(), exchange.account());
        let members = members.as_object().cloned().unwrap_or_default();
        let mut resource = Resource { kind, region, account, id: id.clone(), members };
        resource.set(kind.names().id, id.as_str());
        resource
    };
    let added = exchange.backend.resources().add(ids.iter().map(resource).collect());
    if added { Ok(()) } else { Err(Refusal::known("QuotaExceeded")) }
}

/// Changes a resource that was found before.
pub(super) fn change(
    exchange: &Exchange<'_>,
    resource: &Resource,
    change: impl FnOnce(&mut Resource),
) {
    let mut resources = exchange.backend.resources();
    let (account, region) = (resource.account, Some(resource.region.as_str()));
    if let Some(known) = resources.find(resource.kind, account, region, &resource.id) {
        change(known);
    }
}

/// Removes a resource.
pub(super) fn remove(exchange: &Exchange<'_>, resource: &Resource) -> String {
    exchange.backend.resources().remove(resource);
    exchange.done()
}

/// Whether the caller has a resource of this kind that fits.
pub(super) fn any(exchange: &Exchange<'_>, kind: Kind, fits: impl Fn(&Resource) -> bool) -> bool {
    exchange.backend.resources().of(kind, exchange.account()).any(fits)
}

/// The part of a list that a request asks for, by `PageNumber` and `PageSize` or by `MaxResults` and
/// `NextToken`, and the token of the part that follows. Source: ECS API, DescribeInstances.
fn part_of<T>(exchange: &Exchange<'_>, items: Vec<T>) -> Result<(Page, Vec<T>, String), Refusal> {
    let request = exchange.request;
    let by_token = ["MaxResults", "NextToken"].iter().any(|name| request.parameter(name).is_some());
    let page = request.page(10)?;
    if !by_token {
        let part = page.of(items);
        return Ok((page, part, String::new()));
    }
    let (part, next) = part_by_token(request, items, 10, 100)?;
    Ok((page, part, next))
}

/// The part of a list that a request asks for by `MaxResults` and `NextToken`, and the token of the part
/// that follows.
pub(super) fn part_by_token<T>(
    request: &Request,
    items: Vec<T>,
    default: u64,
    most: u64,
) -> Result<(Vec<T>, String), Refusal> {
    let size = request.integer("MaxResults", default, 1..=most)? as usize;
    // The token is where the part begins.
    let start = request.integer("NextToken", 0, 0..=u64::from(u32::MAX))? as usize;
    let end = start.saturating_add(size);
    let next = if end < items.len() { end.to_string() } else { String::new() };
    Ok((items.into_iter().skip(start).take(size).collect(), next))
}

/// Whether a text matches a pattern with `*` at either end.
pub(super) fn is_like(text: &str, wanted: &str) -> bool {
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(rest), Some(_)) => text.contains(rest.trim_end_matches('*')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == wanted,
    }
}

/// A page of the caller's resources of a region that fit the parameters: those that are members too,
/// tags, and `fits`.
pub(super) fn describe(
    exchange: &Exchange<'_>,
    kind: Kind,
    parameters: &[&str],
    fits: impl Fn(&Resource) -> bool,
) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let tags = exchange.request.tags()?;
    let resources = exchange.backend.resources();
    let same = |resource: &Resource| {
        parameters.iter().all(|name| {
            let Some(wanted) = exchange.request.parameter(name) else { return true };
            match resource.members.get(*name) {
                Some(Value::String(text)) => text == wanted,
                Some(other) => other.to_string().eq_ignore_ascii_case(wanted),
                None => false,
            }
        })
    };
    let tagged = |resource: &Resource| {
        let known = resource.within("Tags", "Tag").as_array();
        tags.iter().all(|(key, value)| {
            known.into_iter().flatten().any(|tag| {
                tag["TagKey"] == **key && value.as_ref().is_none_or(|v| tag["TagValue"] == **v)
            })
        })
    };
    let found: Vec<_> = resources
        .of(kind, exchange.account())
        .filter(|resource| {
            resource.region == region && same(resource) && tagged(resource) && fits(resource)
        })
        .map(|resource| &resource.members)
        .collect();
    let total = found.len();
    let (page, part, next) = part_of(exchange, found)?;
    let [list, item] = kind.names().list;
    Ok(exchange.answer(json!({
        "RegionId": region, "PageNumber": page.number, "PageSize": page.size,
        "TotalCount": total, "NextToken": next, list: {item: part},
    })))
}

/// The IDs of a parameter that is a JSON list of at most 100 texts, as `InstanceIds` is.
pub(super) fn ids(exchange: &Exchange<'_>, name: &str) -> Result<Option<Vec<String>>, Refusal> {
    let Some(list) = exchange.request.parameter(name) else { return Ok(None) };
    let ids: Option<Vec<String>> = serde_json::from_str(list).ok();
    let ids = ids.filter(|ids| ids.len() <= 100);
    ids.map(Some).ok_or_else(|| Refusal::invalid_parameter(name))
}

/// The tags that a request sets; more than 20 are refused with `too_many`. Source: ECS API, TagResources,
/// `Tag.N.Key`, `Tag.N.Value` and error codes.
pub(super) fn new_tags(
    request: &Request,
    too_many: &str,
) -> Result<Vec<(String, Option<String>)>, Refusal> {
    /// The longest key and value, in characters.
    const LONGEST: usize = 128;
    let is_url = |text: &str| text.contains("http://") || text.contains("https://");
    let pairs = request.pairs("Tag");
    if pairs.len() > MOST_TAGS || pairs.keys().any(|number| *number > MOST_TAGS as u32) {
        return Err(Refusal::known(too_many));
    }
    let mut tags: Vec<(String, Option<String>)> = Vec::with_capacity(pairs.len());
    for (key, value) in pairs.into_values() {
        let key = key.filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| Refusal::known("InvalidTag.Mismatch"))?;
        let reserved = key.starts_with("acs:") || key.starts_with("aliyun");
        if reserved || is_url(key) || key.chars().count() > LONGEST {
            return Err(Refusal::known("InvalidTagKey.Malformed"));
        }
        let malformed = |value: &str| {
            value.starts_with("acs:") || is_url(value) || value.chars().count() > LONGEST
        };
        if value.is_some_and(malformed) {
            return Err(Refusal::known("InvalidTagValue.Malformed"));
        }
        if tags.iter().any(|(known, _)| known == key) {
            return Err(Refusal::known("Duplicate.TagKey"));
        }
        tags.push((key.to_owned(), value.map(str::to_owned)));
    }
    Ok(tags)
}

/// Tags as an answer shows them; one without a value has an empty one.
pub(super) fn document(tags: impl IntoIterator<Item = (String, Option<String>)>) -> Value {
    let tag = |(key, value): (String, Option<String>)| json!({"TagKey": key, "TagValue": value.unwrap_or_default()});
    json!({"Tag": tags.into_iter().map(tag).collect::<Vec<_>>()})
}
