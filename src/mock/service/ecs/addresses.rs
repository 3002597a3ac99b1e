//! Elastic IP addresses, and the public ones of instances, as version 2014-05-26 of ECS has them.
//! Source: ECS API, the references of these actions.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::resources::{change, create, describe, named, remove};
use crate::mock::{
    clock::iso,
    message::Refusal,
    resources::{Kind, Resource},
    service::Exchange,
};

/// AllocateEipAddress: an address that leads nowhere.
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

/// ReleaseEipAddress: once it is not bound.
pub(crate) fn release_eip_address(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let address = named(exchange, Kind::Address)?;
    if address.text("Status") != "Available" {
        return Err(Refusal::known("IncorrectEipStatus"));
    }
    Ok(remove(exchange, &address))
}

/// AllocatePublicIpAddress: an address that leads nowhere; the one that the instance has, if any.
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

/// A free address from the ranges for documentation, which are not routed. Source: RFC 5737.
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
