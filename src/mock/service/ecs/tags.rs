//! TagResources, UntagResources, ListTagResources and the older AddTags and RemoveTags, for images.
//! Source: ECS API, the references of these actions.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{MOST_TAGS, disks::image_of_snapshot, document, images::own_image, new_tags};
use crate::mock::{
    catalog::{Stored, filter::Owner},
    message::{Refusal, Request},
    service::Exchange,
};

/// How many resources one call may name.
const MOST_RESOURCES: usize = 50;

/// TagResources: sets tags of images.
pub(crate) fn tag_resources(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let images = named_images(exchange, region)?;
    add(exchange, region, &images, "NumberExceed.Tags")
}

/// AddTags: sets tags of an image. Tags of a snapshot are checked but not stored.
pub(crate) fn add_tags(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    add(exchange, region, &named_image(exchange, region)?, "InvalidTagCount")
}

/// RemoveTags: removes the tags of an image that the request names.
pub(crate) fn remove_tags(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let images = named_image(exchange, region)?;
    let tags = exchange.request.tags()?;
    if tags.is_empty() {
        return Err(Refusal::missing_parameter("Tag"));
    }
    let named = |key: &str, value: &str| {
        tags.iter().any(|(k, v)| k == key && v.as_ref().is_none_or(|v| v == value))
    };
    keep(exchange, region, &images, |key, value| !named(key, value));
    Ok(exchange.done())
}

fn add(
    exchange: &Exchange<'_>,
    region: &str,
    images: &[Arc<Stored>],
    too_many: &str,
) -> Result<String, Refusal> {
    let tags = new_tags(exchange.request, too_many)?;
    if tags.is_empty() {
        return Err(Refusal::missing_parameter("Tag"));
    }
    let mut changed = Vec::new();
    for image in images {
        let mut all = image.tags.clone();
        for (key, value) in &tags {
            all.retain(|(known, _)| known != key);
            all.push((key.clone(), value.clone().unwrap_or_default()));
        }
        if all.len() > MOST_TAGS {
            return Err(Refusal::known("OperationDenied.QuotaExceed"));
        }
        changed.push(with_tags(image, &all));
    }
    put_all(exchange, region, changed);
    Ok(exchange.done())
}

/// UntagResources: removes tags of images.
pub(crate) fn untag_resources(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let images = named_images(exchange, region)?;
    let keys = exchange.request.values("TagKey");
    let all = keys.is_empty() && exchange.request.boolean("All")?.unwrap_or(false);
    if keys.is_empty() && !all {
        return Err(Refusal::missing_parameter("TagKey"));
    }
    keep(exchange, region, &images, |key, _| !all && !keys.contains(&key));
    Ok(exchange.done())
}

/// ListTagResources: the tags of the caller's images, of the named ones or of all.
pub(crate) fn list_tag_resources(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    check_type(exchange.request)?;
    let ids = exchange.request.values("ResourceId");
    let wanted = exchange.request.tags()?;
    let filters = tag_filters(exchange.request);
    if !wanted.is_empty() && !filters.is_empty() {
        return Err(Refusal::known("InvalidTags.MalFormed"));
    }
    if ids.is_empty() && wanted.is_empty() && filters.is_empty() {
        return Err(Refusal::missing_parameter("ResourceId"));
    }
    if ids.len() > MOST_RESOURCES {
        return Err(Refusal::known("NumberExceed.ResourceIds"));
    }
    let view = exchange.backend.catalog().view(region, exchange.account()).unwrap_or_default();
    let mut images: Vec<_> = match ids.as_slice() {
        [] => (0..view.len()).filter_map(|at| view.stored(at)).collect(),
        ids => ids.iter().filter_map(|id| view.stored(view.position(id)?)).collect(),
    };
    images.retain(|image| image.traits.owner == Owner::Own);
    let has = |image: &Stored, key: &str, value: Option<&str>| {
        image.tags.iter().any(|(k, v)| k == key && value.is_none_or(|value| value == v))
    };
    let passes = |image: &Stored, filter: &TagFilter<'_>| match filter.values.as_slice() {
        [] => has(image, filter.key, None),
        values => values.iter().any(|value| has(image, filter.key, Some(value))),
    };
    let fits = |image: &&Arc<Stored>| {
        wanted.iter().all(|(key, value)| has(image, key, value.as_deref()))
            && filters.iter().all(|filter| passes(image, filter))
    };
    let resources: Vec<Value> = images
        .iter()
        .filter(fits)
        .flat_map(|image| {
            image.tags.iter().map(|(key, value)| {
                json!({
                    "ResourceType": "image", "ResourceId": image.id, "TagKey": key,
                    "TagValue": value,
                })
            })
        })
        .collect();
    Ok(exchange.answer(json!({"NextToken": "", "TagResources": {"TagResource": resources}})))
}

/// A key of a tag, with the accepted values; an empty list accepts any value.
#[derive(Default)]
struct TagFilter<'a> {
    key: &'a str,
    values: Vec<&'a str>,
}

/// Reads `TagFilter.N.TagKey` and `TagFilter.N.TagValues.M`.
fn tag_filters(request: &Request) -> Vec<TagFilter<'_>> {
    let mut filters: BTreeMap<u32, TagFilter<'_>> = BTreeMap::new();
    for (name, value) in request.parameters() {
        let rest = name.strip_prefix("TagFilter.").and_then(|rest| rest.split_once('.'));
        let Some((Ok(number), member)) = rest.map(|(number, rest)| (number.parse(), rest)) else {
            continue;
        };
        let filter = filters.entry(number).or_default();
        if member == "TagKey" {
            filter.key = value;
        } else if member.starts_with("TagValues.") {
            filter.values.push(value);
        }
    }
    filters.into_values().filter(|filter| !filter.key.is_empty()).collect()
}

fn check_type(request: &Request) -> Result<(), Refusal> {
    if request.required("ResourceType")?.eq_ignore_ascii_case("image") {
        Ok(())
    } else {
        Err(Refusal::known("InvalidResourceType.NotFound"))
    }
}

/// The caller's images that `ResourceId.N` names.
fn named_images(exchange: &Exchange<'_>, region: &str) -> Result<Vec<Arc<Stored>>, Refusal> {
    check_type(exchange.request)?;
    let ids = exchange.request.values("ResourceId");
    if ids.is_empty() {
        return Err(Refusal::missing_parameter("ResourceId"));
    }
    if ids.len() > MOST_RESOURCES {
        return Err(Refusal::known("NumberExceed.ResourceIds"));
    }
    let image = |id: &&str| {
        let found = own_image(exchange, region, id);
        found.map_err(|_| Refusal::known("InvalidResourceId.NotFound"))
    };
    ids.iter().map(image).collect()
}

/// The image that `ResourceId` names; empty for a snapshot, because tags of snapshots are not
/// stored.
fn named_image(exchange: &Exchange<'_>, region: &str) -> Result<Vec<Arc<Stored>>, Refusal> {
    let id = exchange.request.required("ResourceId")?;
    if exchange.request.required("ResourceType")?.eq_ignore_ascii_case("snapshot") {
        image_of_snapshot(exchange, region, id)?;
        return Ok(Vec::new());
    }
    check_type(exchange.request)?;
    let image = own_image(exchange, region, id);
    Ok(vec![image.map_err(|_| Refusal::known("InvalidResourceId.NotFound"))?])
}

/// Removes the tags of images that do not satisfy a condition.
fn keep(
    exchange: &Exchange<'_>,
    region: &str,
    images: &[Arc<Stored>],
    kept: impl Fn(&str, &str) -> bool,
) {
    let changed = images.iter().map(|image| {
        let tags = image.tags.iter().filter(|(key, value)| kept(key, value));
        with_tags(image, &tags.cloned().collect::<Vec<_>>())
    });
    put_all(exchange, region, changed.collect());
}

fn with_tags(image: &Stored, tags: &[(String, String)]) -> Stored {
    let tags = tags.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
    image.edited(|members| {
        members.insert("Tags".into(), document(tags));
    })
}

fn put_all(exchange: &Exchange<'_>, region: &str, images: Vec<Stored>) {
    let mut catalog = exchange.backend.catalog();
    for image in images {
        catalog.put(region, image);
    }
}
