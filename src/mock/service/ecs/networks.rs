//! VPCs, vSwitches, security groups and elastic IP addresses, as version 2014-05-26 of ECS has them.
//! Source: ECS API, the references of these actions.

use serde_json::{Value, json};

use super::{
    instance_types::zones,
    instances::is_in,
    resources::{any, change, create, describe, named, named_if_any, remove},
};
use crate::mock::{
    clock::iso,
    message::Refusal,
    resources::{Kind, Resource},
    service::Exchange,
};

/// CreateVpc: available at once.
pub(crate) fn create_vpc(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let text = |name| exchange.request.parameter(name).unwrap_or_default();
    let router = exchange.backend.new_id("vrt");
    let members = json!({
        "CidrBlock": exchange.request.parameter("CidrBlock").unwrap_or("172.16.0.0/12"),
        "CreationTime": iso(exchange.now), "Description": text("Description"), "IsDefault": false,
        "RegionId": region, "Status": "Available", "VRouterId": router, "VpcName": text("VpcName"),
    });
    let id = create(exchange, Kind::Vpc, region, None, members)?;
    let table = exchange.backend.new_id("vtb");
    Ok(exchange.answer(json!({"VpcId": id, "VRouterId": router, "RouteTableId": table})))
}

/// DescribeVpcs.
pub(crate) fn describe_vpcs(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    describe(exchange, Kind::Vpc, &["VpcId"], |_| true)
}

/// DeleteVpc: once it has neither vSwitches nor security groups.
pub(crate) fn delete_vpc(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let vpc = named(exchange, Kind::Vpc)?;
    let inside = |resource: &Resource| resource.text("VpcId") == vpc.id;
    for (kind, code) in [
        (Kind::VSwitch, "DependencyViolation.VSwitch"),
        (Kind::SecurityGroup, "DependencyViolation.SecurityGroup"),
    ] {
        if any(exchange, kind, inside) {
            return Err(Refusal::known(code));
        }
    }
    Ok(remove(exchange, &vpc))
}

/// CreateVSwitch: available at once.
pub(crate) fn create_v_switch(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let vpc = named(exchange, Kind::Vpc)?;
    let zone = request.required("ZoneId")?;
    if !zones(&vpc.region).iter().any(|known| known == zone) {
        return Err(Refusal::known("InvalidZoneId.NotFound"));
    }
    let text = |name| request.parameter(name).unwrap_or_default();
    let members = json!({
        "AvailableIpAddressCount": 252, "CidrBlock": request.required("CidrBlock")?,
        "CreationTime": iso(exchange.now), "Description": text("Description"), "IsDefault": false,
        "Status": "Available", "VSwitchName": text("VSwitchName"), "VpcId": vpc.id, "ZoneId": zone,
    });
    let id = create(exchange, Kind::VSwitch, &vpc.region, None, members)?;
    Ok(exchange.answer(json!({"VSwitchId": id})))
}

/// DescribeVSwitches.
pub(crate) fn describe_v_switches(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    describe(exchange, Kind::VSwitch, &["VSwitchId", "VpcId", "ZoneId"], |_| true)
}

/// DeleteVSwitch: once no instance is in it.
pub(crate) fn delete_v_switch(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let switch = named(exchange, Kind::VSwitch)?;
    let inside = |instance: &Resource| *instance.within("VpcAttributes", "VSwitchId") == *switch.id;
    if any(exchange, Kind::Instance, inside) {
        return Err(Refusal::known("DependencyViolation"));
    }
    Ok(remove(exchange, &switch))
}

/// CreateSecurityGroup.
pub(crate) fn create_security_group(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let vpc = named_if_any(exchange, Kind::Vpc)?;
    let text = |name| request.parameter(name).unwrap_or_default();
    let members = json!({
        "CreationTime": iso(exchange.now), "Description": text("Description"),
        "ResourceGroupId": text("ResourceGroupId"), "SecurityGroupName": text("SecurityGroupName"),
        "SecurityGroupType": request.parameter("SecurityGroupType").unwrap_or("normal"),
        "Tags": super::tags::document(request.tags()?),
        "VpcId": vpc.map(|vpc| vpc.id).unwrap_or_default(),
    });
    let id = create(exchange, Kind::SecurityGroup, region, None, members)?;
    Ok(exchange.answer(json!({"SecurityGroupId": id})))
}

/// AuthorizeSecurityGroup and AuthorizeSecurityGroupEgress: the rule is not kept, since nothing
/// connects to the instances.
pub(crate) fn authorize_security_group(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    exchange.region()?;
    named(exchange, Kind::SecurityGroup)?;
    let request = exchange.request;
    if request.parameter("Permissions.1.IpProtocol").is_none() {
        request.required("IpProtocol")?;
        request.required("PortRange")?;
    }
    Ok(exchange.done())
}

/// DescribeSecurityGroups.
pub(crate) fn describe_security_groups(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let ids = super::resources::ids(exchange, "SecurityGroupIds")?;
    let parameters =
        ["ResourceGroupId", "SecurityGroupId", "SecurityGroupName", "SecurityGroupType", "VpcId"];
    describe(exchange, Kind::SecurityGroup, &parameters, |group| {
        ids.as_ref().is_none_or(|ids| ids.contains(&group.id))
    })
}

/// DeleteSecurityGroup: once no instance is in it.
pub(crate) fn delete_security_group(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let group = named(exchange, Kind::SecurityGroup)?;
    if any(exchange, Kind::Instance, |instance| is_in(instance, &group.id)) {
        return Err(Refusal::known("DependencyViolation"));
    }
    Ok(remove(exchange, &group))
}

/// AllocateEipAddress: an address that leads nowhere.
pub(crate) fn allocate_eip_address(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let count = exchange.backend.resources().of(Kind::Address, exchange.account()).count();
    let address = unreachable_address(count);
    let members = json!({
        "AllocationTime": iso(exchange.now), "Bandwidth": request.parameter("Bandwidth").unwrap_or("5"),
        "InstanceId": "", "InstanceType": "", "IpAddress": address, "RegionId": region,
        "InternetChargeType": request.parameter("InternetChargeType").unwrap_or("PayByBandwidth"),
        "Status": "Available",
    });
    let id = create(exchange, Kind::Address, region, None, members)?;
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

/// An address for documentation, which leads nowhere. Source: RFC 5737.
pub(super) fn unreachable_address(n: usize) -> String {
    format!("203.0.113.{}", n % 254 + 1)
}
