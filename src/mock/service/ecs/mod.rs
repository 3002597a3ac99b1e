//! The actions of ECS, version 2014-05-26: those for images, and those that building an image
//! needs.

mod attributes;
mod describe_images;
mod disks;
mod images;
mod instance_types;
mod instances;
mod key_pairs;
mod networks;
mod tags;

use std::sync::Arc;

use serde_json::{Map, Value, json};

pub(crate) use self::{
    describe_images::describe_images,
    disks::delete_snapshot,
    images::{
        cancel_copy_image, copy_image, create_image, delete_image, describe_image_share_permission,
        modify_image_attribute, modify_image_share_permission,
    },
    instance_types::{
        describe_image_support_instance_types, describe_instance_types, describe_zones,
    },
    instances::{
        allocate_eip_address, allocate_public_ip_address, associate_eip_address, create_instance,
        delete_instance, describe_eip_addresses, describe_instances, release_eip_address,
        run_instances, start_instance, stop_instance, unassociate_eip_address,
    },
    key_pairs::{
        attach_key_pair, create_key_pair, delete_key_pairs, describe_key_pairs, detach_key_pair,
        import_key_pair,
    },
    networks::{
        authorize_security_group, create_security_group, create_v_switch, create_vpc,
        delete_security_group, delete_v_switch, delete_vpc, describe_security_groups,
        describe_v_switches, describe_vpcs,
    },
    tags::{add_tags, list_tag_resources, remove_tags, tag_resources, untag_resources},
};
use super::Exchange;
use crate::mock::{
    catalog::{
        self, Listing, Stored,
        filter::{Filter, Owner, Status},
    },
    message::{Page, Refusal, Request},
    resources::{Kind, Resource},
};

/// The version of the API.
pub(crate) const VERSION: &str = "2014-05-26";

/// DescribeImageFromFamily: the newest available image of a family, or no image.
pub(crate) fn describe_image_from_family(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    /// The members of an image that this response contains.
    const SHOWN: &[&str] = &[
        "Architecture",
        "CreationTime",
        "Description",
        "DiskDeviceMappings",
        "ImageFamily",
        "ImageId",
        "ImageName",
        "ImageOwnerAlias",
        "ImageVersion",
        "IsCopied",
        "IsSelfShared",
        "IsSubscribed",
        "IsSupportCloudinit",
        "IsSupportIoOptimized",
        "OSName",
        "OSType",
        "Platform",
        "ProductCode",
        "Progress",
        "Size",
        "Status",
        "Tags",
        "Usage",
    ];
    let region = exchange.region()?;
    let family = exchange.request.required("ImageFamily")?;
    let mut answer = Map::new();
    if let Some(image) = newest_of_family(exchange, region, family)
        && let Ok(Value::Object(mut members)) = serde_json::from_str(&image.json)
    {
        members.retain(|name, _| SHOWN.contains(&name.as_str()));
        answer.insert("Image".into(), members.into());
    }
    Ok(exchange.answer(answer.into()))
}

/// The newest available image of a family that the caller sees.
fn newest_of_family(exchange: &Exchange<'_>, region: &str, family: &str) -> Option<Arc<Stored>> {
    let filter = Filter {
        family: Some(family.to_owned()),
        statuses: vec![Status::Available],
        ..Filter::default()
    };
    let hits = exchange.backend.catalog().find(region, exchange.account(), &filter)?;
    hits.listing.stored(hits.positions.iter().next()?)
}

/// DescribeTags: the tags of one image, or of all images of the caller.
pub(crate) fn describe_tags(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let request = exchange.request;
    let kind = request.parameter("ResourceType");
    let id = request.parameter("ResourceId");
    if id.is_some() && kind.is_none() {
        return Err(Refusal::missing_parameter("ResourceType"));
    }
    let page = request.page(50)?;
    let wanted = request.tags()?;
    let images = kind.is_none_or(|kind| kind.eq_ignore_ascii_case("image"));
    let listing = exchange.backend.catalog().view(region, exchange.account()).unwrap_or_default();
    let positions = match id {
        _ if !images => Vec::new(),
        Some(id) => listing.position(id).into_iter().collect(),
        None => (0..listing.len()).collect(),
    };
    let counted = count_tags(&listing, &positions, &wanted);
    let total = counted.len();
    let shown: Vec<_> = page
        .of(counted)
        .into_iter()
        .map(|((key, value), images)| {
            json!({"TagKey": key, "TagValue": value, "ResourceTypeCount": {
                "Instance": 0, "Disk": 0, "Volume": 0, "Image": images, "Snapshot": 0,
                "Securitygroup": 0, "LaunchTemplate": 0, "Eni": 0, "Ddh": 0, "KeyPair": 0,
                "SnapshotPolicy": 0, "ReservedInstance": 0,
            }})
        })
        .collect();
    Ok(exchange.answer(json!({
        "PageNumber": page.number, "PageSize": page.size, "TotalCount": total,
        "Tags": {"Tag": shown},
    })))
}

/// Every tag of the caller's images among these, with the number of images that have it.
fn count_tags(
    listing: &Listing,
    positions: &[usize],
    wanted: &[(String, Option<String>)],
) -> std::collections::BTreeMap<(String, String), u64> {
    let mut counted = std::collections::BTreeMap::new();
    let images = positions.iter().filter_map(|at| listing.stored(*at));
    for image in images.filter(|image| image.traits.owner == Owner::Own) {
        for (key, value) in &image.tags {
            let fits = |(k, v): &(String, Option<String>)| {
                k == key && v.as_ref().is_none_or(|v| v == value)
            };
            if wanted.is_empty() || wanted.iter().any(fits) {
                *counted.entry((key.clone(), value.clone())).or_insert(0) += 1;
            }
        }
    }
    counted
}

/// DescribeRegions: all regions of the catalog.
pub(crate) fn describe_regions(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let catalog = exchange.backend.catalog();
    let regions: Vec<_> = catalog
        .regions()
        .map(|(region, _)| {
            let known = catalog::REGIONS.iter().find(|(id, _)| *id == region);
            json!({
                "RegionId": region,
                "RegionEndpoint": format!("ecs.{region}.aliyuncs.com"),
                "LocalName": known.map_or(region, |(_, name)| name),
                "Status": "available",
            })
        })
        .collect();
    Ok(exchange.answer(json!({"Regions": {"Region": regions}})))
}

/// How many tags a resource may have. Source: ECS API, TagResources.
const MOST_TAGS: usize = 20;

/// The resource that the parameter of its kind names.
fn named(exchange: &Exchange<'_>, kind: Kind) -> Result<Resource, Refusal> {
    find(exchange, kind, exchange.request.required(kind.names().id)?)
}

/// The same for a parameter that may be missing.
fn named_if_any(exchange: &Exchange<'_>, kind: Kind) -> Result<Option<Resource>, Refusal> {
    let id = exchange.request.parameter(kind.names().id);
    id.map(|id| find(exchange, kind, id)).transpose()
}

/// The caller's resource of this ID.
fn find(exchange: &Exchange<'_>, kind: Kind, id: &str) -> Result<Resource, Refusal> {
    let region = exchange.request.parameter("RegionId");
    let mut resources = exchange.backend.resources();
    let found = resources.find(kind, exchange.account(), region, id);
    found.cloned().ok_or_else(|| Refusal::known(kind.names().unknown))
}

/// Creates a resource of the caller and returns its new ID.
fn create(
    exchange: &Exchange<'_>,
    kind: Kind,
    region: &str,
    members: Value,
) -> Result<String, Refusal> {
    let id = exchange.backend.new_id(kind.names().prefix);
    create_all(exchange, kind, region, std::slice::from_ref(&id), &members)?;
    Ok(id)
}

/// Creates resources of the caller with these IDs and the same members: all or none.
fn create_all(
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
fn change(exchange: &Exchange<'_>, resource: &Resource, change: impl FnOnce(&mut Resource)) {
    let mut resources = exchange.backend.resources();
    let (account, region) = (resource.account, Some(resource.region.as_str()));
    if let Some(known) = resources.find(resource.kind, account, region, &resource.id) {
        change(known);
    }
}

/// Removes a resource.
fn remove(exchange: &Exchange<'_>, resource: &Resource) -> String {
    exchange.backend.resources().remove(resource);
    exchange.done()
}

/// Whether the caller has a resource of this kind that fits.
fn any(exchange: &Exchange<'_>, kind: Kind, fits: impl Fn(&Resource) -> bool) -> bool {
    exchange.backend.resources().of(kind, exchange.account()).any(fits)
}

/// The part of a list that a request selects, with `PageNumber` and `PageSize` or with `MaxResults` and `NextToken`,
/// and the token of the next part. Source: ECS API, DescribeInstances.
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

/// The part of a list that a request selects with `MaxResults` and `NextToken`, and the token of the next part.
fn part_by_token<T>(
    request: &Request,
    items: Vec<T>,
    default: u64,
    most: u64,
) -> Result<(Vec<T>, String), Refusal> {
    let size = request.integer("MaxResults", default, 1..=most)? as usize;
    // The token is the index at which the part begins.
    let start = request.integer("NextToken", 0, 0..=u64::from(u32::MAX))? as usize;
    let end = start.saturating_add(size);
    let next = if end < items.len() { end.to_string() } else { String::new() };
    Ok((items.into_iter().skip(start).take(size).collect(), next))
}

/// Whether a text matches a pattern with `*` at either end.
fn is_like(text: &str, wanted: &str) -> bool {
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(rest), Some(_)) => text.contains(rest.trim_end_matches('*')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == wanted,
    }
}

/// A page of the caller's resources in a region that match the request: the parameters with the name of a member, the
/// tags, and `fits`.
fn describe(
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
fn ids(exchange: &Exchange<'_>, name: &str) -> Result<Option<Vec<String>>, Refusal> {
    let Some(list) = exchange.request.parameter(name) else { return Ok(None) };
    let ids: Option<Vec<String>> = serde_json::from_str(list).ok();
    let ids = ids.filter(|ids| ids.len() <= 100);
    ids.map(Some).ok_or_else(|| Refusal::invalid_parameter(name))
}

/// The tags that a request sets; more than 20 are refused with `too_many`. Source: ECS API, TagResources,
/// `Tag.N.Key`, `Tag.N.Value` and error codes.
fn new_tags(request: &Request, too_many: &str) -> Result<Vec<(String, Option<String>)>, Refusal> {
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

/// Tags as a response shows them; one without a value has an empty one.
fn document(tags: impl IntoIterator<Item = (String, Option<String>)>) -> Value {
    let tag = |(key, value): (String, Option<String>)| json!({"TagKey": key, "TagValue": value.unwrap_or_default()});
    json!({"Tag": tags.into_iter().map(tag).collect::<Vec<_>>()})
}
