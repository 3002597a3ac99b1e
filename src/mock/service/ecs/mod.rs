//! The actions of ECS, version 2014-05-26: those about images, and those that building one needs.

mod addresses;
mod attributes;
mod describe_images;
mod disks;
mod images;
mod instance_types;
mod instances;
mod key_pairs;
mod networks;
mod resources;
mod tags;

use std::sync::Arc;

use serde_json::{Map, Value, json};

pub(crate) use self::{
    addresses::{
        allocate_eip_address, allocate_public_ip_address, associate_eip_address,
        describe_eip_addresses, release_eip_address, unassociate_eip_address,
    },
    describe_images::describe_images,
    images::{
        cancel_copy_image, copy_image, create_image, delete_image, describe_image_share_permission,
        modify_image_attribute, modify_image_share_permission,
    },
    instance_types::{
        describe_image_support_instance_types, describe_instance_types, describe_zones,
    },
    instances::{
        create_instance, delete_instance, describe_instances, run_instances, start_instance,
        stop_instance,
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
        filter::Filter,
        traits::{Owner, Status},
    },
    message::Refusal,
};

/// The version of the API.
pub(crate) const VERSION: &str = "2014-05-26";

/// DescribeImageFromFamily: the newest available image of a family, or no image.
pub(crate) fn describe_image_from_family(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    /// What this answer shows of an image.
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

/// Every tag of the own ones among these images with the number of images that have it.
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
