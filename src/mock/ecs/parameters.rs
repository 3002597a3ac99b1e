//! Parameters: which an action has, and how numbers, booleans and numbered lists are read.

use std::{collections::BTreeMap, ops::RangeInclusive};

use crate::mock::{refusal::Refusal, request::Request};

/// What every RPC action of the service takes.
const COMMON: &[&str] = &[
    "AccessKeyId",
    "Action",
    "BearerToken",
    "Format",
    "OwnerAccount",
    "OwnerId",
    "ResourceOwnerAccount",
    "ResourceOwnerId",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

/// The parameters of each action. Source: the API reference of each product.
#[rustfmt::skip]
const ACTIONS: &[(&str, &[&str])] = &[
    ("AssumeRole", &["DurationSeconds", "ExternalId", "Policy", "RoleArn", "RoleSessionName", "SourceIdentity"]),
    ("AssumeRoleWithOIDC", &["DurationSeconds", "OIDCProviderArn", "OIDCToken", "Policy", "RoleArn", "RoleSessionName"]),
    ("DescribeEndpoints", &["Id", "ServiceCode", "Type"]),
    ("DescribeImageFromFamily", &["ImageFamily", "RegionId"]),
    ("DescribeImages", &["ActionType", "Architecture", "DryRun", "ImageFamily", "ImageId", "ImageName", "ImageOwnerAlias", "ImageOwnerId", "InstanceType", "IsPublic", "IsSupportCloudinit", "IsSupportIoOptimized", "OSType", "PageNumber", "PageSize", "RegionId", "ResourceGroupId", "ShowExpired", "SnapshotId", "Status", "Usable", "Usage"]),
    ("DescribeRegions", &["AcceptLanguage", "InstanceChargeType", "RegionId", "ResourceType"]),
    ("DescribeTags", &["Category", "PageNumber", "PageSize", "RegionId", "ResourceId", "ResourceType"]),
    ("GetCallerIdentity", &[]),
    ("QueryAvailableInstances", &["CreateTimeEnd", "CreateTimeStart", "EndTimeEnd", "EndTimeStart", "InstanceIDs", "PageNum", "PageSize", "ProductCode", "ProductType", "Region", "RegionId", "RenewStatus", "SubscriptionType"]),
];

/// The parameters of a request that its action does not have.
pub(in crate::mock) fn unknown_parameters(action: &str, request: &Request) -> Vec<String> {
    let Some((_, own)) = ACTIONS.iter().find(|(known, _)| *known == action) else {
        return Vec::new();
    };
    let tagged = matches!(action, "DescribeImages" | "DescribeTags");
    let known = |name: &str| {
        COMMON.contains(&name)
            || own.contains(&name)
            || (tagged && numbered(name, "Tag").is_some())
            || (action == "DescribeImages" && numbered(name, "Filter").is_some())
    };
    request.parameters().filter(|(name, _)| !known(name)).map(|(name, _)| name.to_owned()).collect()
}

/// Reads `Tag.3.Key` into 3 and whether it is the key.
fn numbered(name: &str, list: &str) -> Option<(u32, bool)> {
    let (number, part) = name.strip_prefix(list)?.strip_prefix('.')?.split_once('.')?;
    let is_key = match part {
        "Key" | "key" => true,
        "Value" | "value" => false,
        _ => return None,
    };
    number.parse().ok().map(|number| (number, is_key))
}

/// Keys and values of a numbered list.
pub(super) fn pairs<'a>(
    request: &'a Request,
    list: &str,
) -> BTreeMap<u32, (Option<&'a str>, Option<&'a str>)> {
    let mut pairs: BTreeMap<_, (Option<&str>, Option<&str>)> = BTreeMap::new();
    for (name, value) in request.parameters() {
        if let Some((number, is_key)) = numbered(name, list) {
            let pair = pairs.entry(number).or_default();
            *(if is_key { &mut pair.0 } else { &mut pair.1 }) = Some(value);
        }
    }
    pairs
}

/// Reads the tags of a search. Source: ECS API, DescribeImages, `Tag.N.Key` and `Tag.N.Value`.
pub(in crate::mock) fn tags(request: &Request) -> Result<Vec<(String, Option<String>)>, Refusal> {
    /// The longest key and value that any page of the service allows.
    const LONGEST: usize = 128;
    let pairs = pairs(request, "Tag");
    if pairs.len() > 20 || pairs.keys().any(|number| !(1..=20).contains(number)) {
        return Err(Refusal::known("InvalidTagCount"));
    }
    let mut tags = Vec::with_capacity(pairs.len());
    for (number, (key, value)) in pairs {
        let key = key
            .filter(|key| !key.is_empty())
            .ok_or_else(|| Refusal::known("InvalidTag.Mismatch"))?;
        if key.chars().count() > LONGEST {
            return Err(Refusal::invalid_parameter(&format!("Tag.{number}.Key")));
        }
        if value.is_some_and(|value| value.chars().count() > LONGEST) {
            return Err(Refusal::invalid_parameter(&format!("Tag.{number}.Value")));
        }
        tags.push((key.to_owned(), value.map(str::to_owned)));
    }
    Ok(tags)
}

/// Reads a whole number within bounds.
pub(in crate::mock) fn integer(
    request: &Request,
    name: &str,
    default: u64,
    bounds: RangeInclusive<u64>,
) -> Result<u64, Refusal> {
    let Some(text) = request.parameter(name) else { return Ok(default) };
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| Refusal::invalid_parameter(name))
}

/// Reads a boolean without regard to case: the official clients differ.
pub(super) fn boolean(request: &Request, name: &str) -> Result<Option<bool>, Refusal> {
    match request.parameter(name) {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(Refusal::invalid_parameter(name)),
    }
}
