//! DescribeInstanceTypes, DescribeImageSupportInstanceTypes and DescribeZones: what can be launched,
//! and where. Source: ECS API, the references of these actions.

use serde_json::{Value, json};

use crate::mock::{
    catalog::{
        Stored,
        instance_types::{InstanceType, KNOWN, Known},
        traits::{Architecture, Traits},
    },
    message::Refusal,
    service::Exchange,
};

/// DescribeInstanceTypes: the types of the table, or those that the request names.
pub(crate) fn describe_instance_types(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let names = request.values("InstanceTypes");
    if names.len() > 10 {
        return Err(Refusal::invalid_parameter("InstanceTypes"));
    }
    let family = request.parameter("InstanceTypeFamily");
    let listed = |known: &&Known| {
        (names.is_empty() || names.contains(&known.name))
            && family.is_none_or(|family| known.name.split('.').nth(1) == suffix_of(family))
    };
    let types: Vec<_> = KNOWN.iter().filter(listed).map(describe).collect();
    Ok(exchange.answer(json!({"NextToken": "", "InstanceTypes": {"InstanceType": types}})))
}

/// `g7` of `ecs.g7`.
fn suffix_of(family: &str) -> Option<&str> {
    family.strip_prefix("ecs.")
}

fn describe(known: &Known) -> Value {
    let parsed = InstanceType::parse(known.name);
    let arm = parsed.is_some_and(|parsed| parsed.architecture() == Architecture::Arm64);
    let (gpu, gpus) = known.gpu;
    json!({
        "InstanceTypeId": known.name,
        "InstanceTypeFamily": parsed.map(|parsed| format!("ecs.{}", parsed.family)),
        "CpuCoreCount": known.cores,
        "MemorySize": known.memory,
        "CpuArchitecture": if arm { "ARM" } else { "X86" },
        "GPUAmount": gpus,
        "GPUSpec": gpu,
        "LocalStorageCategory": "",
        "NvmeSupport": "supported",
    })
}

/// DescribeImageSupportInstanceTypes: the types of the table that can run an image.
pub(crate) fn describe_image_support_instance_types(
    exchange: &Exchange<'_>,
) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let id = exchange.request.required("ImageId")?;
    let image = exchange.image(region, id)?;
    let fits = |known: &&Known| {
        InstanceType::parse(known.name).is_some_and(|parsed| runs(&parsed, &image))
    };
    let types: Vec<_> = KNOWN.iter().filter(fits).map(describe).collect();
    Ok(exchange.answer(json!({
        "RegionId": region, "ImageId": id, "InstanceTypes": {"InstanceType": types},
    })))
}

/// Whether instances of a type can run an image.
pub(super) fn runs(instance_type: &InstanceType<'_>, image: &Stored) -> bool {
    if instance_type.architecture() == Architecture::Arm64 {
        image.traits.architecture == Architecture::Arm64
    } else {
        image.traits.architecture != Architecture::Arm64
            && image.traits.flags & Traits::IO_OPTIMIZED != 0
    }
}

/// DescribeZones: three zones in each region, which offer all types of the table.
pub(crate) fn describe_zones(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let types: Vec<_> = KNOWN.iter().map(|known| known.name).collect();
    let zone = |zone: String| {
        json!({
            "ZoneId": zone,
            "LocalName": zone,
            "ZoneType": "AvailabilityZone",
            "AvailableInstanceTypes": {"InstanceTypes": types},
            "AvailableDiskCategories": {"DiskCategories": ["cloud_efficiency", "cloud_ssd", "cloud_essd"]},
            "AvailableResourceCreation": {"ResourceTypes": ["VSwitch", "IoOptimized", "Instance", "Disk"]},
        })
    };
    Ok(exchange.answer(json!({"Zones": {"Zone": zones(region).map(zone)}})))
}

/// `cn-hangzhou-h`, but `us-west-1h`: in a region that ends with a number no hyphen precedes the letter.
pub(super) fn zones(region: &str) -> [String; 3] {
    let hyphen = if region.ends_with(|c: char| c.is_ascii_digit()) { "" } else { "-" };
    ["h", "i", "j"].map(|letter| format!("{region}{hyphen}{letter}"))
}
