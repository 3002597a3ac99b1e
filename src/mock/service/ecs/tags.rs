//! TagResources, UntagResources and ListTagResources, for images. Source: ECS API, the references of
//! these actions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::images::{done, own_image};
use crate::mock::{
    catalog::Stored,
    message::{Refusal, Request},
    service::Exchange,
};

/// How many resources one call may name.
const MOST_RESOURCES: usize = 50;
/// How many tags a resource may have.
const MOST_TAGS: usize = 20;

/// TagResources: sets tags of images.
pub(crate) fn tag_resources(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let images = named_images(exchange, region)?;
    let tags = exchange.request.tags()?;
    if tags.is_empty() {
        return Err(Refusal::missing_parameter("Tag"));
    }
    let reserved = ["acs:", "aliyun", "http://", "https://"];
    if tags.iter().any(|(key, _)| reserved.iter().any(|start| key.starts_with(start))) {
        return Err(Refusal::known("InvalidTagKey.Malformed"));
    }
    let mut changed = Vec::new();
    for image in &images {
        let mut all = image.tags.clone();
        for (key, value) in &tags {
            all.retain(|(known, _)| known != key);
            all.push((key.clone(), value.clone().unwrap_or_default()));
        }
        if all.len() > MOST_TAGS {
            return Err(Refusal::known("NumberExceed.Tags"));
        }
        changed.push(with_tags(image, &all));
    }
    put_all(exchange, region, changed);
    Ok(done(exchange))
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
    let changed = images.iter().map(|image| {
        let kept = image.tags.iter().filter(|(key, _)| !all && !keys.contains(&key.as_str()));
        with_tags(image, &kept.cloned().collect::<Vec<_>>())
    });
    put_all(exchange, region, changed.collect());
    Ok(done(exchange))
}

/// ListTagResources: the tags of own images, of those that are named or of all.
pub(crate) fn list_tag_resources(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    check_type(exchange.request)?;
    let ids = exchange.request.values("ResourceId");
    let wanted = exchange.request.tags()?;
    if ids.is_empty() && wanted.is_empty() {
        return Err(Refusal::missing_parameter("ResourceId"));
    }
    let view = exchange.backend.catalog().view(region, exchange.account()).unwrap_or_default();
    let images: Vec<_> = match ids.as_slice() {
        [] => (0..view.len()).filter_map(|at| view.stored(at)).collect(),
        ids => ids.iter().filter_map(|id| view.stored(view.position(id)?)).collect(),
    };
    let has = |image: &Stored, key: &str, value: Option<&str>| {
        image.tags.iter().any(|(k, v)| k == key && value.is_none_or(|value| value == v))
    };
    let fits =
        |image: &&Arc<Stored>| wanted.iter().all(|(key, value)| has(image, key, value.as_deref()));
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
    Ok(json!({
        "RequestId": exchange.request_id, "NextToken": "",
        "TagResources": {"TagResource": resources},
    })
    .to_string())
}

fn check_type(request: &Request) -> Result<(), Refusal> {
    if request.required("ResourceType")?.eq_ignore_ascii_case("image") {
        Ok(())
    } else {
        Err(Refusal::known("InvalidResourceType.NotFound"))
    }
}

/// The own images that `ResourceId.N` names.
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

fn with_tags(image: &Stored, tags: &[(String, String)]) -> Stored {
    let tags: Vec<_> =
        tags.iter().map(|(key, value)| json!({"TagKey": key, "TagValue": value})).collect();
    image.edited(|members| {
        members.insert("Tags".into(), json!({"Tag": tags}));
    })
}

fn put_all(exchange: &Exchange<'_>, region: &str, images: Vec<Stored>) {
    let mut catalog = exchange.backend.catalog();
    for image in images {
        catalog.put(region, image);
    }
}
