//! The actions that change images: CreateImage, CopyImage, CancelCopyImage, DeleteImage, ModifyImageAttribute and the
//! two actions for sharing. Source: ECS API, the references of these actions.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    any,
    attributes::{
        check_boot_mode, check_description, check_family, check_license, check_name, check_texts,
        imds_support, set_within, support,
    },
    disks::{ImageSource, disks_of, from_snapshots, is_encrypted, set_disks, size_of},
    document,
    instances::image_of,
    new_tags,
};
use crate::mock::{
    catalog::{
        Stored,
        filter::{Architecture, Owner, Status, Traits},
        image_of_instance,
    },
    message::{Refusal, Request},
    repeatable::iso,
    resources::{Kind, Resource},
    service::{Exchange, unknown_region},
};

/// How many accounts one call can share an image with. Source: ECS API, ModifyImageSharePermission.
const MOST_ACCOUNTS: usize = 10;

/// How many accounts an image can be shared with. Source: ECS guide, "Share a custom image".
const MOST_SHARED: usize = 100;

/// CopyImage copies an available image: one of the caller to any region, a shared one within its region.
pub(crate) fn copy_image(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let destination = request.parameter("DestinationRegionId").unwrap_or(region);
    if !exchange.backend.catalog().has_region(destination) {
        let text = unknown_region(destination).message;
        return Err(Refusal::known("DestinationRegion.NotFound").with_message(text));
    }
    let encrypted = request.boolean("Encrypted")?.unwrap_or(false);
    for (parameter, code) in [
        ("KMSKeyId", "InvalidParameter.EncryptedIllegal"),
        ("EncryptAlgorithm", "InvalidEncrypted.NotMatchEncryptAlgorithm"),
    ] {
        if !encrypted && request.parameter(parameter).is_some() {
            return Err(Refusal::known(code));
        }
    }
    let name = request.parameter("DestinationImageName").unwrap_or_default();
    check_description(request, "DestinationDescription")?;
    check_texts(request, &["ResourceGroupId"])?;
    let source = copied(exchange, region, destination, encrypted)?;
    check_name(exchange, destination, name)?;
    let tags = document(new_tags(request, "InvalidTagCount")?);
    exchange.dry_run()?;
    let id = exchange.backend.new_id("m");
    let copy = source.edited(|members| {
        started(members, exchange, &id, name);
        members.insert("IsCopied".into(), true.into());
        let description = request.parameter("DestinationDescription").unwrap_or_default();
        members.insert("Description".into(), description.into());
        let group = request.parameter("ResourceGroupId").unwrap_or_default();
        members.insert("ResourceGroupId".into(), group.into());
        members.insert("Tags".into(), tags);
        members.insert("ImageFamily".into(), "".into());
        set_disks(members, disks_of(&source), &id, encrypted);
    });
    let copy = Stored { shared_with: Vec::new(), ..copy };
    make(exchange, destination, copy, Some((region, &source.id)))?;
    Ok(exchange.answer(json!({"ImageId": id})))
}

/// The image that a call of CopyImage names, if it can be copied.
fn copied(
    exchange: &Exchange<'_>,
    region: &str,
    destination: &str,
    encrypted: bool,
) -> Result<Arc<Stored>, Refusal> {
    let source = exchange.image(region, exchange.request.required("ImageId")?)?;
    match source.traits.owner {
        Owner::Marketplace | Owner::System => Err(Refusal::known("InvalidImageId.NotFound")),
        Owner::Others | Owner::Own if source.traits.flags & Traits::PUBLIC != 0 => {
            Err(Refusal::known("OperationDenied.CommunityImage"))
        }
        _ if source.traits.status != Status::Available => {
            Err(Refusal::known("IncorrectImageStatus"))
        }
        Owner::Others if destination != region => {
            Err(Refusal::known("OperationDenied.SameRegionOnly"))
        }
        _ if !encrypted && disks_of(&source).iter().any(is_encrypted) => {
            Err(Refusal::known("OperationDeined.EncryptedSnapshot"))
        }
        _ if exchange.backend.catalog().is_copied(region, &source.id) => {
            Err(Refusal::known("OperationDenied.ImageCopyConflict"))
        }
        Owner::Others | Owner::Own => Ok(source),
    }
}

/// CreateImage: from snapshots of the caller's images, or from an instance. An instance that the mock does not have
/// is assumed to run Alibaba Cloud Linux.
pub(crate) fn create_image(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let instance = request.parameter("InstanceId");
    let source = match (from_snapshots(exchange, region)?, instance) {
        (Some(source), _) => Some(source),
        (None, Some(instance)) => {
            image_of(exchange, instance).map(|image| ImageSource { disks: disks_of(&image), image })
        }
        (None, None) => return Err(Refusal::missing_parameter("SnapshotId")),
    };
    let id = exchange.backend.new_id("m");
    let name = request.parameter("ImageName").unwrap_or(&id);
    check_name(exchange, region, name)?;
    check_family(request)?;
    check_description(request, "Description")?;
    check_texts(request, &["ImageVersion", "ResourceGroupId"])?;
    let imds = imds_support(request)?;
    let secure_boot = support(request, "SecureBootOptions.SecureBootSupport")?;
    let tags = document(new_tags(request, "InvalidTagCount")?);
    if request.parameter("Architecture").is_some_and(|text| text.parse::<Architecture>().is_err()) {
        return Err(Refusal::known("InvalidArchitecture.Malformed"));
    }
    let architecture = request.parameter("Architecture").and_then(|text| text.parse().ok());
    let of_source = source.as_ref().map(|source| source.image.traits.architecture);
    check_boot_mode(request, architecture.or(of_source).unwrap_or(Architecture::X86_64))?;
    exchange.dry_run()?;
    let ImageSource { image: source, disks } = match source {
        Some(source) => source,
        None => image_of_instance(exchange.account(), &id)
            .map(|image| ImageSource { disks: disks_of(&image), image })
            .ok_or_else(|| Refusal::known("InternalError"))?,
    };
    let image = source.try_edited(|members| {
        started(members, exchange, &id, name);
        members.insert("IsCopied".into(), false.into());
        for parameter in ["Description", "ImageFamily", "ImageVersion", "ResourceGroupId"] {
            let value = request.parameter(parameter).unwrap_or_default();
            members.insert(parameter.into(), value.into());
        }
        for parameter in ["Architecture", "BootMode", "Platform"] {
            if let Some(value) = request.parameter(parameter) {
                members.insert(parameter.into(), value.into());
            }
        }
        set_within(members, "Features", "ImdsSupport", imds);
        set_within(members, "SecureBootOptions", "SecureBootSupport", secure_boot);
        members.insert("Tags".into(), tags);
        if let Some(system) = disks.first() {
            members.insert("Size".into(), size_of(system).into());
        }
        set_disks(members, disks, &id, false);
    });
    let image = image.map_err(|cause| Refusal::invalid_parameter(cause.field))?;
    make(exchange, region, Stored { shared_with: Vec::new(), ..image }, None)?;
    Ok(exchange.answer(json!({"ImageId": id})))
}

/// CancelCopyImage: removes a copy that is being created.
pub(crate) fn cancel_copy_image(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let region = exchange.region()?;
    let image = own_image(exchange, region, exchange.request.required("ImageId")?)?;
    if member(&image, "IsCopied") != Value::Bool(true) {
        return Err(Refusal::known("ImageCreatedNotFromCopy"));
    }
    if image.traits.status != Status::Creating {
        return Err(Refusal::known("IncorrectImageStatus"));
    }
    exchange.backend.catalog().remove(region, std::slice::from_ref(&image.id));
    Ok(exchange.done())
}

/// DeleteImage: deleting an image that does not exist is not an error.
pub(crate) fn delete_image(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let id = request.required("ImageId")?;
    let force = request.boolean("Force")?.unwrap_or(false);
    let Ok(image) = own_image(exchange, region, id) else {
        exchange.dry_run()?;
        return Ok(exchange.done());
    };
    if image.traits.status == Status::Creating {
        let copied = member(&image, "IsCopied") == Value::Bool(true);
        let code = if copied { "OperationDenied.ImageCopying" } else { "ImageIsCreating" };
        return Err(Refusal::known(code));
    }
    if !force && is_used(exchange, region, &image) {
        return Err(Refusal::known("ImageUsingByInstance"));
    }
    if !force && is_shared(&image) {
        return Err(Refusal::known("ImageUseShared"));
    }
    exchange.dry_run()?;
    exchange.backend.catalog().remove(region, std::slice::from_ref(&image.id));
    Ok(exchange.done())
}

/// ModifyImageAttribute: name, description, family, boot mode, license, features, and whether it is
/// deprecated.
pub(crate) fn modify_image_attribute(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let image = own_image(exchange, region, request.required("ImageId")?)?;
    if image.traits.status == Status::Creating {
        return Err(Refusal::known("InvalidStatus.ImageIsCreating"));
    }
    let name = request.parameter("ImageName");
    if let Some(name) = name.filter(|name| **name != *image.name) {
        check_name(exchange, region, name)?;
    }
    check_description(request, "Description")?;
    check_family(request)?;
    check_boot_mode(request, image.traits.architecture)?;
    let boot_mode = request.parameter("BootMode");
    if boot_mode.is_some_and(|mode| member(&image, "BootMode") != *mode)
        && is_used(exchange, region, &image)
    {
        return Err(Refusal::known("OperationDeined.ImageUsingByInstance"));
    }
    check_license(request)?;
    let nvme = support(request, "Features.NvmeSupport")?;
    let imds = imds_support(request)?;
    let features = member(&image, "Features");
    if imds == Some("v1") && features.get("ImdsSupport").is_some_and(|known| known == "v2") {
        return Err(Refusal::known("InvalidOperation.FeaturesImdsSupportNotMatch"));
    }
    let status = new_status(request, &image)?;
    exchange.dry_run()?;
    let changed = image.try_edited(|members| {
        for member in ["BootMode", "Description", "ImageFamily", "ImageName", "LicenseType"] {
            if let Some(value) = request.parameter(member) {
                members.insert(member.into(), value.into());
            }
        }
        set_within(members, "Features", "NvmeSupport", nvme);
        set_within(members, "Features", "ImdsSupport", imds);
        if let Some(status) = status {
            members.insert("Status".into(), status.as_str().into());
            members.insert("Usable".into(), (status == Status::Available).into());
        }
    });
    let changed = changed.map_err(|cause| Refusal::invalid_parameter(cause.field))?;
    exchange.backend.catalog().put(region, changed);
    Ok(exchange.done())
}

/// The status that a request sets: an available image can be deprecated, and a deprecated one restored.
fn new_status(request: &Request, image: &Stored) -> Result<Option<Status>, Refusal> {
    let Some(text) = request.parameter("Status") else { return Ok(None) };
    match (text, image.traits.status) {
        ("Deprecated", Status::Available) if is_shared(image) => {
            let text = "The image is shared. Remove the accounts that it is shared with first.";
            Err(Refusal::known("ImageUseShared").with_message(text))
        }
        ("Deprecated", Status::Available) => Ok(Some(Status::Deprecated)),
        ("Deprecated", _) => Err(Refusal::known("ImageStatus.NotAvailable")),
        ("Available", Status::Deprecated) => Ok(Some(Status::Available)),
        ("Available", _) => Err(Refusal::known("ImageStatus.NotDeprecated")),
        _ => Err(Refusal::invalid_parameter("Status")),
    }
}

/// ModifyImageSharePermission: shares an image with accounts, or with everybody.
pub(crate) fn modify_image_share_permission(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let image = own_image(exchange, region, request.required("ImageId")?)?;
    let accounts = |list: &str| -> Result<Vec<u64>, Refusal> {
        let ids = request.values(list);
        let parse = |id: &&str| id.parse().map_err(|_| Refusal::known("InvalidAccount.NotFound"));
        // According to the reference, all after the first ten are ignored.
        ids.iter().take(MOST_ACCOUNTS).map(parse).collect()
    };
    let (add, remove) = (accounts("AddAccount")?, accounts("RemoveAccount")?);
    if add.contains(&exchange.account()) {
        return Err(Refusal::known("InvalidAccount.Forbbiden"));
    }
    let public = request.boolean("IsPublic")?;
    match image.traits.status {
        Status::Available => {}
        Status::Deprecated if add.is_empty() && public != Some(true) => {}
        Status::Deprecated => return Err(Refusal::known("OperationDenied.InvalidImageStatus")),
        _ => return Err(Refusal::known("IncorrectImageStatus")),
    }
    let is_public = image.traits.flags & Traits::PUBLIC != 0;
    if is_public && (public == Some(true) || !add.is_empty()) {
        return Err(Refusal::known("Image.Public"));
    }
    if !is_public && public == Some(false) && add.is_empty() && remove.is_empty() {
        return Err(Refusal::known("Image.NotPublic"));
    }
    exchange.dry_run()?;
    let mut shared_with = image.shared_with.clone();
    shared_with.retain(|account| !remove.contains(account));
    for account in add {
        if !shared_with.contains(&account) {
            shared_with.push(account);
        }
    }
    if shared_with.len() > MOST_SHARED {
        return Err(Refusal::known("QuotaExceed.ShareImageUser"));
    }
    let changed = image.edited(|members| {
        let shared = if shared_with.is_empty() { "False" } else { "True" };
        members.insert("IsSelfShared".into(), shared.into());
        if let Some(public) = public {
            members.insert("IsPublic".into(), public.into());
        }
    });
    exchange.backend.catalog().put(region, Stored { shared_with, ..changed });
    Ok(exchange.done())
}

/// DescribeImageSharePermission: the accounts with which an image of the caller is shared.
pub(crate) fn describe_image_share_permission(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let image = own_image(exchange, region, request.required("ImageId")?)?;
    let page = request.page(10)?;
    let shown = page.of(&image.shared_with);
    let accounts: Vec<_> = shown.iter().map(|id| json!({"AliyunId": id.to_string()})).collect();
    Ok(exchange.answer(json!({
        "RegionId": region, "ImageId": image.id, "TotalCount": image.shared_with.len(),
        "PageNumber": page.number, "PageSize": page.size, "Accounts": {"Account": accounts},
        "ShareGroups": {"ShareGroup": []},
    })))
}

/// The image with this ID, if it belongs to the caller; images of other accounts count as not
/// found.
pub(super) fn own_image(
    exchange: &Exchange<'_>,
    region: &str,
    id: &str,
) -> Result<Arc<Stored>, Refusal> {
    let image = exchange.image(region, id)?;
    let own = image.traits.owner == Owner::Own;
    if own { Ok(image) } else { Err(Refusal::known("InvalidImageId.NotFound")) }
}

/// Whether an instance runs an image.
fn is_used(exchange: &Exchange<'_>, region: &str, image: &Stored) -> bool {
    let runs =
        |instance: &Resource| instance.region == region && instance.text("ImageId") == &*image.id;
    image.traits.used || any(exchange, Kind::Instance, runs)
}

/// Whether an image is shared with other accounts, including accounts that the mock does not know.
fn is_shared(image: &Stored) -> bool {
    !image.shared_with.is_empty() || member(image, "IsSelfShared") == "True"
}

/// Sets the members of an image whose creation starts now.
fn started(members: &mut Map<String, Value>, exchange: &Exchange<'_>, id: &str, name: &str) {
    for (member, value) in [
        ("CreationTime", iso(exchange.now)),
        ("ImageId", id.to_owned()),
        ("ImageName", name.to_owned()),
        ("ImageOwnerAlias", Owner::Own.as_str().to_owned()),
        ("IsSelfShared", "False".to_owned()),
        ("Progress", "0%".to_owned()),
        ("Status", Status::Creating.as_str().to_owned()),
        ("Usage", "none".to_owned()),
    ] {
        members.insert(member.to_owned(), value.into());
    }
    members.insert("ImageOwnerId".into(), exchange.account().into());
    members.insert("IsPublic".into(), false.into());
    members.insert("Usable".into(), false.into());
}

/// Adds an image that is being created, possibly as a copy of an image in a region.
fn make(
    exchange: &Exchange<'_>,
    region: &str,
    image: Stored,
    copy_of: Option<(&str, &str)>,
) -> Result<(), Refusal> {
    let time = exchange.backend.settings.image_time;
    let image = Stored { account: exchange.account(), ..image };
    let now = exchange.backend.clock.now();
    let ends = now.saturating_add(time).unwrap_or(now);
    let made = exchange.backend.catalog().make(region, image, copy_of, [now, ends]);
    if made { Ok(()) } else { Err(Refusal::known("QuotaExceeded")) }
}

fn member(image: &Stored, name: &str) -> Value {
    let members: Option<Map<String, Value>> = serde_json::from_str(&image.json).ok();
    members.and_then(|mut members| members.remove(name)).unwrap_or_default()
}
