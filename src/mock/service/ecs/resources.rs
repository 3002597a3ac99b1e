//! What the actions about key pairs, networks and instances have in common: finding a resource of the
//! caller, listing, creating and removing them.

use serde_json::{Map, Value, json};

use crate::mock::{
    message::Refusal,
    resources::{Kind, Resource},
    service::Exchange,
};

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
    let region = exchange.request.parameter("RegionId").unwrap_or_default();
    let mut resources = exchange.backend.resources();
    let found = resources.find(kind, exchange.account(), region, id);
    found.cloned().ok_or_else(|| Refusal::known(kind.names().unknown))
}

/// Creates a resource of the caller; gives its ID, which is new unless one is given.
pub(super) fn create(
    exchange: &Exchange<'_>,
    kind: Kind,
    region: &str,
    id: Option<&str>,
    members: Value,
) -> Result<String, Refusal> {
    let names = kind.names();
    let id = id.map_or_else(|| exchange.backend.new_id(names.prefix), str::to_owned);
    let mut resource = Resource {
        kind,
        region: region.to_owned(),
        account: exchange.account(),
        id: id.clone(),
        members: match members {
            Value::Object(members) => members,
            _ => Map::new(),
        },
    };
    resource.set(names.id, id.as_str());
    let added = exchange.backend.resources().add(resource);
    if added { Ok(id) } else { Err(Refusal::known("QuotaExceeded")) }
}

/// Changes a resource that was found before.
pub(super) fn change(
    exchange: &Exchange<'_>,
    resource: &Resource,
    change: impl FnOnce(&mut Resource),
) {
    let mut resources = exchange.backend.resources();
    let (account, region) = (resource.account, &resource.region);
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

/// A page of the caller's resources of a region that fit the parameters: those that are members too,
/// tags, and `fits`.
pub(super) fn describe(
    exchange: &Exchange<'_>,
    kind: Kind,
    parameters: &[&str],
    fits: impl Fn(&Resource) -> bool,
) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let page = exchange.request.page(10)?;
    let tags = exchange.request.tags()?;
    let resources = exchange.backend.resources();
    let same = |resource: &Resource| {
        parameters.iter().all(|name| {
            let wanted = exchange.request.parameter(name);
            wanted.is_none_or(|wanted| wanted == resource.text(name))
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
    let [list, item] = kind.names().list;
    Ok(exchange.answer(json!({
        "RegionId": region, "PageNumber": page.number, "PageSize": page.size,
        "TotalCount": found.len(), list: {item: page.of(found)},
    })))
}

/// The IDs of a parameter that is a JSON list of texts, as `InstanceIds` is.
pub(super) fn ids(exchange: &Exchange<'_>, name: &str) -> Result<Option<Vec<String>>, Refusal> {
    let list = exchange.request.parameter(name).map(serde_json::from_str);
    list.transpose().map_err(|_| Refusal::invalid_parameter(name))
}
