//! DescribeInstanceTypes, DescribeImageSupportInstanceTypes and DescribeZones: the instances that can be launched,
//! and the zones for them. Source: ECS API, the references of these actions.

use serde_json::{Value, json};

use super::part_by_token;
use crate::mock::{
    catalog::{
        Stored,
        filter::{Architecture, Traits},
        instance_types::{InstanceType, KNOWN, Known},
    },
    message::{Refusal, Request},
    service::Exchange,
};

/// How many types one call can name.
const MOST_NAMED: usize = 10;

/// DescribeInstanceTypes: the types of the table, or those that the request names.
pub(crate) fn describe_instance_types(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let names = request.values("InstanceTypes");
    if names.len() > MOST_NAMED {
        return Err(Refusal::invalid_parameter("InstanceTypes"));
    }
    let search = Search::of(request)?;
    let mut types: Vec<_> = match names.as_slice() {
        [] => KNOWN.to_vec(),
        names => names.iter().filter_map(|name| Known::by_name(name)).collect(),
    };
    types.retain(|known| search.fits(known));
    let (types, next) = part_by_token(request, types, MOST_TYPES, MOST_TYPES)?;
    let types: Vec<_> = types.iter().map(describe).collect();
    Ok(exchange.answer(json!({"NextToken": next, "InstanceTypes": {"InstanceType": types}})))
}

/// How many types one response lists at most. Source: ECS API, DescribeInstanceTypes, `MaxResults`.
const MOST_TYPES: u64 = 1_600;

/// What a call of DescribeInstanceTypes searches for.
struct Search<'a> {
    families: Vec<&'a str>,
    processors: Vec<&'a str>,
    gpus: Vec<&'a str>,
    cores: (f64, f64),
    memory: (f64, f64),
    gpu_amount: (f64, f64),
}

impl<'a> Search<'a> {
    fn of(request: &'a Request) -> Result<Self, Refusal> {
        let any = |one: &str, list: &str| -> Vec<&'a str> {
            request.parameter(one).into_iter().chain(request.values(list)).collect()
        };
        let number = |name: &str, missing: f64| match request.parameter(name) {
            None => Ok(missing),
            Some(text) => text.parse().map_err(|_| Refusal::invalid_parameter(name)),
        };
        let bounds = |least: &str, most: &str| -> Result<(f64, f64), Refusal> {
            Ok((number(least, 0.0)?, number(most, f64::INFINITY)?))
        };
        Ok(Self {
            families: any("InstanceTypeFamily", "InstanceTypeFamilies"),
            processors: any("CpuArchitecture", "CpuArchitectures"),
            gpus: any("GPUSpec", "GpuSpecs"),
            cores: bounds("MinimumCpuCoreCount", "MaximumCpuCoreCount")?,
            memory: bounds("MinimumMemorySize", "MaximumMemorySize")?,
            gpu_amount: bounds("MinimumGPUAmount", "MaximumGPUAmount")?,
        })
    }

    fn fits(&self, known: &Known<'_>) -> bool {
        let is_one = |wanted: &[&str], value: &str| wanted.is_empty() || wanted.contains(&value);
        let within = |(least, most): (f64, f64), value: f64| (least..=most).contains(&value);
        let family = known.name.rsplit_once('.').map_or(known.name, |(family, _)| family);
        let (gpu, gpus) = known.gpu;
        is_one(&self.families, family)
            && is_one(&self.processors, known.processor())
            && is_one(&self.gpus, gpu)
            && within(self.cores, f64::from(known.cores))
            && within(self.memory, known.memory)
            && within(self.gpu_amount, f64::from(gpus))
    }
}

fn describe(known: &Known<'_>) -> Value {
    let parsed = InstanceType::parse(known.name);
    let (gpu, gpus) = known.gpu;
    json!({
        "InstanceTypeId": known.name,
        "InstanceTypeFamily": parsed.map(|parsed| format!("ecs.{}", parsed.family)),
        "CpuCoreCount": known.cores,
        "MemorySize": known.memory,
        "CpuArchitecture": known.processor(),
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
    let fits = |known: &&Known<'_>| {
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

/// The zones of a region, such as `cn-hangzhou-h`; after a region that ends with a number, the letter has no hyphen,
/// as in `us-west-1h`.
pub(super) fn zones(region: &str) -> [String; 3] {
    let hyphen = if region.ends_with(|c: char| c.is_ascii_digit()) { "" } else { "-" };
    ["h", "i", "j"].map(|letter| format!("{region}{hyphen}{letter}"))
}
