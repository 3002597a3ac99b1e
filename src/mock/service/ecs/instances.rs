//! Instances and their addresses, as far as building an image needs them: an instance has an image and a status, but
//! nothing runs on it, and its addresses are not reachable. Source: ECS API, version 2014-05-26, the references of
//! these actions.

use std::{collections::HashSet, sync::Arc};

use serde_json::{Map, Value, json};

use super::{
    change, create, create_all, describe, document, find, ids,
    instance_types::{runs, zones},
    is_like, named, named_if_any, new_tags, remove,
};
use crate::mock::{
    catalog::{
        Stored,
        filter::Status,
        instance_types::{InstanceType, Known},
    },
    message::Refusal,
    repeatable::iso,
    resources::{Kind, Resource},
    service::Exchange,
};

/// How many security groups an instance can be in. Source: ECS API, RunInstances, `SecurityGroupIds`.
const MOST_GROUPS: usize = 16;

/// CreateInstance: creates one stopped instance.
pub(crate) fn create_instance(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let (region, members) = new_instance(exchange, "Stopped")?;
    let id = create(exchange, Kind::Instance, region, members)?;
    Ok(exchange.answer(json!({"InstanceId": id})))
}

/// RunInstances: creates running instances.
pub(crate) fn run_instances(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let amount = exchange.request.integer("Amount", 1, 1..=100)?;
    let (region, members) = new_instance(exchange, "Running")?;
    let ids: Vec<_> = (0..amount).map(|_| exchange.backend.new_id("i")).collect();
    create_all(exchange, Kind::Instance, region, &ids, &members)?;
    Ok(exchange.answer(json!({"InstanceIdSets": {"InstanceIdSet": ids}})))
}

/// DescribeInstances.
pub(crate) fn describe_instances(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let ids = ids(exchange, "InstanceIds")?;
    let group = exchange.request.parameter("SecurityGroupId");
    let nested = [("VpcId", "VpcAttributes"), ("VSwitchId", "VpcAttributes")];
    let name = exchange.request.parameter("InstanceName");
    let parameters = [
        "ImageId",
        "InstanceChargeType",
        "InstanceNetworkType",
        "InstanceType",
        "InstanceTypeFamily",
        "InternetChargeType",
        "IoOptimized",
        "KeyPairName",
        "ResourceGroupId",
        "Status",
        "ZoneId",
    ];
    describe(exchange, Kind::Instance, &parameters, |instance| {
        let is = |(name, within): &(&str, &str)| {
            let wanted = exchange.request.parameter(name);
            wanted.is_none_or(|wanted| *instance.within(within, name) == *wanted)
        };
        ids.as_ref().is_none_or(|ids| ids.contains(&instance.id))
            && nested.iter().all(is)
            && group.is_none_or(|group| is_in(instance, group))
            && name.is_none_or(|name| is_like(instance.text("InstanceName"), name))
    })
}

/// StartInstance: a stopped instance is running immediately.
pub(crate) fn start_instance(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    turn(exchange, "Stopped", "Running")
}

/// StopInstance: a running instance is stopped immediately.
pub(crate) fn stop_instance(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    turn(exchange, "Running", "Stopped")
}

fn turn(exchange: &Exchange<'_>, from: &str, to: &str) -> Result<String, Refusal> {
    let instance = named(exchange, Kind::Instance)?;
    if instance.text("Status") != from {
        return Err(Refusal::known("IncorrectInstanceStatus"));
    }
    exchange.dry_run()?;
    change(exchange, &instance, |instance| instance.set("Status", to));
    Ok(exchange.done())
}

/// DeleteInstance: deletes a stopped instance, or any with `Force`.
pub(crate) fn delete_instance(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let instance = named(exchange, Kind::Instance)?;
    let force = exchange.request.boolean("Force")?.unwrap_or(false);
    if !force && instance.text("Status") != "Stopped" {
        return Err(Refusal::known("IncorrectInstanceStatus"));
    }
    exchange.dry_run()?;
    free_addresses(exchange, &instance);
    Ok(remove(exchange, &instance))
}

/// Whether an instance is in a security group.
pub(super) fn is_in(instance: &Resource, group: &str) -> bool {
    let groups = instance.within("SecurityGroupIds", "SecurityGroupId").as_array();
    groups.is_some_and(|groups| groups.iter().any(|id| *id == *group))
}

/// The image that an instance of the mock runs, as the caller sees it.
pub(super) fn image_of(exchange: &Exchange<'_>, instance: &str) -> Option<Arc<Stored>> {
    let instance = find(exchange, Kind::Instance, instance).ok()?;
    exchange.image(&instance.region, instance.text("ImageId")).ok()
}

/// Checks the parameters and returns the region and members of a new instance.
fn new_instance<'a>(exchange: &Exchange<'a>, status: &str) -> Result<(&'a str, Value), Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let image = image(exchange, region)?;
    // A deprecated image can still start instances. Source: ECS API, ModifyImageAttribute.
    if !matches!(image.traits.status, Status::Available | Status::Deprecated) {
        return Err(Refusal::known("IncorrectImageStatus").with_status(403));
    }
    let name = request.required("InstanceType")?;
    let instance_type = InstanceType::parse(name)
        .ok_or_else(|| Refusal::known("InvalidInstanceType.ValueNotSupported"))?;
    if !runs(&instance_type, &image) {
        return Err(Refusal::known("ImageNotSupportInstanceType"));
    }
    let group = named_if_any(exchange, Kind::SecurityGroup)?.map(|group| group.id);
    let more = request.values("SecurityGroupIds");
    if more.len() > MOST_GROUPS {
        return Err(Refusal::invalid_parameter("SecurityGroupIds"));
    }
    let more = more.into_iter().map(|id| Ok(find(exchange, Kind::SecurityGroup, id)?.id));
    let groups = group.into_iter().map(Ok).chain(more).collect::<Result<Vec<_>, Refusal>>()?;
    let switch = named_if_any(exchange, Kind::VSwitch)?;
    let pair = named_if_any(exchange, Kind::KeyPair)?;
    exchange.dry_run()?;
    let shape = Known::by_name(name);
    let [first_zone, ..] = zones(region);
    let zone = match &switch {
        Some(switch) => switch.text("ZoneId"),
        None => request.parameter("ZoneId").unwrap_or(&first_zone),
    };
    let vpc = switch.as_ref().map(|switch| switch.text("VpcId")).unwrap_or_default();
    let private: &[&str] = if switch.is_some() { &["172.16.0.10"] } else { &[] };
    let text = |name| request.parameter(name).unwrap_or_default();
    let mut members = json!({
        "Cpu": shape.map(|known| known.cores), "CreationTime": iso(exchange.now),
        "Description": text("Description"), "EipAddress": no_address(), "HostName": text("HostName"),
        "ImageId": &*image.id, "InnerIpAddress": {"IpAddress": []},
        "InstanceChargeType": request.parameter("InstanceChargeType").unwrap_or("PostPaid"),
        "InstanceName": text("InstanceName"), "InstanceType": name,
        "InstanceNetworkType": if switch.is_some() { "vpc" } else { "classic" },
        "InstanceTypeFamily": format!("ecs.{}", instance_type.family),
        "InternetChargeType": text("InternetChargeType"), "IoOptimized": true,
        "KeyPairName": pair.map(|pair| pair.id).unwrap_or_default(),
        "Memory": shape.map(|known| known.memory * 1024.0), "PublicIpAddress": {"IpAddress": []},
        "RegionId": region, "ResourceGroupId": text("ResourceGroupId"),
        "SecurityGroupIds": {"SecurityGroupId": groups},
        "Status": status, "Tags": document(new_tags(request, "InvalidTagCount")?),
        "VpcAttributes": {
            "PrivateIpAddress": {"IpAddress": private}, "VpcId": vpc,
            "VSwitchId": switch.as_ref().map(|switch| switch.id.as_str()).unwrap_or_default(),
        },
        "ZoneId": zone,
    });
    copy_system(&image, &mut members);
    Ok((region, members))
}

/// The image of a new instance.
fn image(exchange: &Exchange<'_>, region: &str) -> Result<Arc<Stored>, Refusal> {
    let request = exchange.request;
    match (request.parameter("ImageId"), request.parameter("ImageFamily")) {
        (Some(id), _) => exchange.image(region, id),
        (None, Some(family)) => {
            let found = super::newest_of_family(exchange, region, family);
            found.ok_or_else(|| Refusal::known("InvalidImageId.NotFound"))
        }
        (None, None) => Err(Refusal::missing_parameter("ImageId")),
    }
}

/// Copies to an instance the members that describe the operating system of its image.
fn copy_system(image: &Stored, members: &mut Value) {
    let of_image: Option<Map<String, Value>> = serde_json::from_str(&image.json).ok();
    let (Some(mut of_image), Some(members)) = (of_image, members.as_object_mut()) else { return };
    for name in ["OSName", "OSNameEn", "OSType"] {
        members.insert(name.to_owned(), of_image.remove(name).unwrap_or_default());
    }
}

/// AllocateEipAddress: creates an address that is not reachable.
pub(crate) fn allocate_eip_address(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let address = free_address(exchange)?;
    let members = json!({
        "AllocationTime": iso(exchange.now), "Bandwidth": request.parameter("Bandwidth").unwrap_or("5"),
        "InstanceId": "", "InstanceType": "", "IpAddress": address, "RegionId": region,
        "InternetChargeType": request.parameter("InternetChargeType").unwrap_or("PayByBandwidth"),
        "Status": "Available",
    });
    let id = create(exchange, Kind::Address, region, members)?;
    Ok(exchange.answer(json!({"AllocationId": id, "EipAddress": address})))
}

/// DescribeEipAddresses.
pub(crate) fn describe_eip_addresses(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let address = exchange.request.parameter("EipAddress");
    let instance = exchange.request.parameter("AssociatedInstanceId");
    describe(exchange, Kind::Address, &["AllocationId", "Status"], |known| {
        address.is_none_or(|address| address == known.text("IpAddress"))
            && instance.is_none_or(|instance| instance == known.text("InstanceId"))
    })
}

/// AssociateEipAddress: binds an address to an instance.
pub(crate) fn associate_eip_address(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let address = named(exchange, Kind::Address)?;
    let instance = named(exchange, Kind::Instance)?;
    if address.text("Status") != "Available" {
        return Err(Refusal::known("IncorrectEipStatus"));
    }
    let shown = json!({
        "AllocationId": address.id, "IpAddress": address.text("IpAddress"),
        "InternetChargeType": address.text("InternetChargeType"),
    });
    bind(exchange, &address, &instance.id, "EcsInstance", "InUse");
    change(exchange, &instance, |instance| instance.set("EipAddress", shown));
    Ok(exchange.done())
}

/// UnassociateEipAddress.
pub(crate) fn unassociate_eip_address(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let address = named(exchange, Kind::Address)?;
    let instance = named(exchange, Kind::Instance)?;
    if address.text("InstanceId") != instance.id {
        return Err(Refusal::known("IncorrectEipStatus"));
    }
    bind(exchange, &address, "", "", "Available");
    change(exchange, &instance, |instance| instance.set("EipAddress", no_address()));
    Ok(exchange.done())
}

/// ReleaseEipAddress: deletes an address that is not bound.
pub(crate) fn release_eip_address(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let address = named(exchange, Kind::Address)?;
    if address.text("Status") != "Available" {
        return Err(Refusal::known("IncorrectEipStatus"));
    }
    Ok(remove(exchange, &address))
}

/// AllocatePublicIpAddress: returns the address of the instance, or creates one that is not
/// reachable.
pub(crate) fn allocate_public_ip_address(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let instance = named(exchange, Kind::Instance)?;
    let address = match instance.within("PublicIpAddress", "IpAddress")[0].as_str() {
        Some(known) => known.to_owned(),
        None => free_address(exchange)?,
    };
    change(exchange, &instance, |instance| {
        instance.set("PublicIpAddress", json!({"IpAddress": [address]}));
    });
    Ok(exchange.answer(json!({"IpAddress": address})))
}

/// `EipAddress` of an instance that has none.
pub(super) fn no_address() -> Value {
    json!({"AllocationId": "", "InternetChargeType": "", "IpAddress": ""})
}

/// Frees what is bound to an instance that is deleted.
pub(super) fn free_addresses(exchange: &Exchange<'_>, instance: &Resource) {
    let bound: Vec<_> = {
        let resources = exchange.backend.resources();
        let addresses = resources.of(Kind::Address, exchange.account());
        addresses.filter(|address| address.text("InstanceId") == instance.id).cloned().collect()
    };
    for address in bound {
        bind(exchange, &address, "", "", "Available");
    }
}

fn bind(exchange: &Exchange<'_>, address: &Resource, instance: &str, kind: &str, status: &str) {
    change(exchange, address, |address| {
        address.set("InstanceId", instance);
        address.set("InstanceType", kind);
        address.set("Status", status);
    });
}

/// An unused address from the ranges for documentation, which are not routed. Source: RFC 5737.
pub(super) fn free_address(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let resources = exchange.backend.resources();
    let mut used = HashSet::new();
    for resource in resources.all() {
        used.insert(resource.text("IpAddress"));
        used.extend(resource.within("PublicIpAddress", "IpAddress")[0].as_str());
    }
    let networks = ["192.0.2", "198.51.100", "203.0.113"].iter();
    let mut all = networks.flat_map(|network| (1..255).map(move |n| format!("{network}.{n}")));
    let free = all.find(|address| !used.contains(address.as_str()));
    free.ok_or_else(|| Refusal::known("QuotaExceeded"))
}
