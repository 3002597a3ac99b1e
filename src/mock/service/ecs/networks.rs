//! VPCs, vSwitches and security groups in version 2014-05-26 of the ECS API. Source: ECS API, the
//! references of these actions.

use serde_json::json;

use super::{
    any, create, describe, document, ids, instance_types::zones, instances::is_in, named,
    named_if_any, new_tags, remove,
};
use crate::mock::{
    message::Refusal,
    repeatable::iso,
    resources::{Kind, Resource},
    service::Exchange,
};

/// CreateVpc: the VPC is available immediately.
pub(crate) fn create_vpc(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let text = |name| exchange.request.parameter(name).unwrap_or_default();
    let router = exchange.backend.new_id("vrt");
    let members = json!({
        "CidrBlock": exchange.request.parameter("CidrBlock").unwrap_or("172.16.0.0/12"),
        "CreationTime": iso(exchange.now), "Description": text("Description"), "IsDefault": false,
        "RegionId": region, "Status": "Available", "VRouterId": router, "VpcName": text("VpcName"),
    });
    let id = create(exchange, Kind::Vpc, region, members)?;
    let table = exchange.backend.new_id("vtb");
    Ok(exchange.answer(json!({"VpcId": id, "VRouterId": router, "RouteTableId": table})))
}

/// DescribeVpcs.
pub(crate) fn describe_vpcs(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    describe(exchange, Kind::Vpc, &["IsDefault", "VpcId"], |_| true)
}

/// DeleteVpc: only a VPC without vSwitches and security groups can be deleted.
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

/// CreateVSwitch: the vSwitch is available immediately.
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
    let id = create(exchange, Kind::VSwitch, &vpc.region, members)?;
    Ok(exchange.answer(json!({"VSwitchId": id})))
}

/// DescribeVSwitches.
pub(crate) fn describe_v_switches(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    describe(exchange, Kind::VSwitch, &["IsDefault", "VSwitchId", "VpcId", "ZoneId"], |_| true)
}

/// DeleteVSwitch: only a vSwitch without instances can be deleted.
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
        "Tags": document(new_tags(request, "InvalidTagCount")?),
        "VpcId": vpc.map(|vpc| vpc.id).unwrap_or_default(),
    });
    let id = create(exchange, Kind::SecurityGroup, region, members)?;
    Ok(exchange.answer(json!({"SecurityGroupId": id})))
}

/// AuthorizeSecurityGroup and AuthorizeSecurityGroupEgress: the rule is not stored, because nothing
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
    let ids = ids(exchange, "SecurityGroupIds")?;
    let parameters =
        ["ResourceGroupId", "SecurityGroupId", "SecurityGroupName", "SecurityGroupType", "VpcId"];
    describe(exchange, Kind::SecurityGroup, &parameters, |group| {
        ids.as_ref().is_none_or(|ids| ids.contains(&group.id))
    })
}

/// DeleteSecurityGroup: only a group without instances can be deleted.
pub(crate) fn delete_security_group(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let group = named(exchange, Kind::SecurityGroup)?;
    if any(exchange, Kind::Instance, |instance| is_in(instance, &group.id)) {
        return Err(Refusal::known("DependencyViolation"));
    }
    Ok(remove(exchange, &group))
}
