//! What changes images: CreateImage, CopyImage, CancelCopyImage, DeleteImage, ModifyImageAttribute and
//! the two actions about sharing. Source: ECS API, the references of these actions.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    instances::image_of,
    resources::{any, document},
};
use crate::mock::{
    catalog::{
        Stored, image_of_instance,
        traits::{Owner, Status},
    },
    clock::iso,
    message::Refusal,
    resources::{Kind, Resource},
    service::exchange::{Exchange, unknown_region},
};

/// The longest name of an image, in characters.
const LONGEST_NAME: usize = 128;

/// The longest other text that is kept of a request, in characters. Source: ECS API, CreateImage,
/// `Description`.
const LONGEST_TEXT: usize = 256;

/// How many accounts an image can be shared with. Source: ECS guide, "Share a custom image".
const MOST_SHARED: usize = 100;

/// CopyImage: a copy of an own, available image in another region.
pub(crate) fn copy_image(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let source = own_image(exchange, region, request.required("ImageId")?)?;
    let destination = request.parameter("DestinationRegionId").unwrap_or(region);
    if !exchange.backend.catalog().has_region(destination) {
        let text = unknown_region(destination).message;
        return Err(Refusal::known("DestinationRegion.NotFound").with_message(text));
    }
    if source.traits.status != Status::Available {
        return Err(Refusal::known("IncorrectImageStatus"));
    }
    let name = request.parameter("DestinationImageName").unwrap_or_default();
    check_name(exchange, destination, name)?;
    check_texts(exchange, &["DestinationDescription", "ResourceGroupId"])?;
    let tags = document(request.tags()?);
    exchange.dry_run()?;
    let id = exchange.backend.new_id("m");
    let encrypted = request.boolean("Encrypted")?.unwrap_or(false);
    let copy = source.edited(|members| {
        started(members, exchange, &id, name);
        members.insert("IsCopied".into(), true.into());
        let description = request.parameter("DestinationDescription").unwrap_or_default();
        members.insert("Description".into(), description.into());
        let group = request.parameter("ResourceGroupId").unwrap_or_default();
        members.insert("ResourceGroupId".into(), group.into());
        members.insert("Tags".into(), tags);
        members.insert("ImageFamily".into(), "".into());
        new_snapshots(members, &id, encrypted);
    });
    make(exchange, destination, Stored { shared_with: Vec::new(), ..copy })?;
    Ok(exchange.answer(json!({"ImageId": id})))
}

/// CreateImage: from a snapshot of an own image, or from an instance. One that the mock does not have is
/// taken as running Alibaba Cloud Linux.
pub(crate) fn create_image(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let snapshot = request
        .parameter("SnapshotId")
        .or_else(|| request.parameter("DiskDeviceMapping.1.SnapshotId"));
    let instance = request.parameter("InstanceId");
    let source = match (snapshot, instance) {
        (Some(snapshot), _) => Some(image_of_snapshot(exchange, region, snapshot)?),
        (None, Some(instance)) => image_of(exchange, instance),
        (None, None) => return Err(Refusal::missing_parameter("SnapshotId")),
    };
    let id = exchange.backend.new_id("m");
    let name = request.parameter("ImageName").unwrap_or(&id);
    check_name(exchange, region, name)?;
    check_texts(exchange, &["Description", "ImageFamily", "ImageVersion", "ResourceGroupId"])?;
    let tags = document(request.tags()?);
    exchange.dry_run()?;
    let source = match source {
        Some(image) => image,
        None => image_of_instance(exchange.account(), &id)
            .ok_or_else(|| Refusal::known("InternalError"))?,
    };
    let image = source.try_edited(|members| {
        started(members, exchange, &id, name);
        members.insert("IsCopied".into(), false.into());
        for (parameter, member) in [
            ("Description", "Description"),
            ("ImageFamily", "ImageFamily"),
            ("ImageVersion", "ImageVersion"),
            ("ResourceGroupId", "ResourceGroupId"),
        ] {
            let value = request.parameter(parameter).unwrap_or_default();
            members.insert(member.into(), value.into());
        }
        for parameter in ["Architecture", "BootMode", "Platform"] {
            if let Some(value) = request.parameter(parameter) {
                members.insert(parameter.into(), value.into());
            }
        }
        members.insert("Tags".into(), tags);
        new_snapshots(members, &id, false);
    });
    let image = image.map_err(|cause| Refusal::invalid_parameter(cause.field))?;
    make(exchange, region, Stored { shared_with: Vec::new(), ..image })?;
    Ok(exchange.answer(json!({"ImageId": id})))
}

/// CancelCopyImage: removes the copy while it is being made.
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

/// DeleteImage: an image that does not exist is not an error.
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
    let runs =
        |instance: &Resource| instance.region == region && instance.text("ImageId") == &*image.id;
    if !force && (image.traits.used || any(exchange, Kind::Instance, runs)) {
        return Err(Refusal::known("ImageUsingByInstance"));
    }
    if !force && member(&image, "IsSelfShared") == "True" {
        return Err(Refusal::known("ImageUseShared"));
    }
    exchange.dry_run()?;
    exchange.backend.catalog().remove(region, std::slice::from_ref(&image.id));
    Ok(exchange.done())
}

/// ModifyImageAttribute: name, description, family, boot mode, and whether it is deprecated.
pub(crate) fn modify_image_attribute(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let image = own_image(exchange, region, request.required("ImageId")?)?;
    let name = request.parameter("ImageName");
    if let Some(name) = name.filter(|name| **name != *image.name) {
        check_name(exchange, region, name)?;
    }
    check_texts(exchange, &["BootMode", "Description", "ImageFamily", "LicenseType"])?;
    let status = match request.parameter("Status") {
        None => None,
        Some(status @ ("Available" | "Deprecated")) => Some(status),
        Some(_) => return Err(Refusal::invalid_parameter("Status")),
    };
    let changeable = matches!(image.traits.status, Status::Available | Status::Deprecated);
    if status.is_some() && !changeable {
        return Err(Refusal::known("IncorrectImageStatus"));
    }
    exchange.dry_run()?;
    let changed = image.try_edited(|members| {
        for member in ["BootMode", "Description", "ImageFamily", "ImageName", "LicenseType"] {
            if let Some(value) = request.parameter(member) {
                members.insert(member.into(), value.into());
            }
        }
        if let Some(status) = status {
            members.insert("Status".into(), status.into());
            members.insert("Usable".into(), (status == "Available").into());
        }
    });
    let changed = changed.map_err(|cause| Refusal::invalid_parameter(cause.field))?;
    exchange.backend.catalog().put(region, changed);
    Ok(exchange.done())
}

/// ModifyImageSharePermission: shares an image with accounts, or with everybody.
pub(crate) fn modify_image_share_permission(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let region = exchange.region()?;
    let image = own_image(exchange, region, request.required("ImageId")?)?;
    let accounts = |list: &str| -> Result<Vec<u64>, Refusal> {
        let ids = request.values(list);
        if ids.len() > 10 {
            return Err(Refusal::invalid_parameter(list));
        }
        let parse = |id: &&str| id.parse().map_err(|_| Refusal::known("InvalidAccount.NotFound"));
        ids.iter().map(parse).collect()
    };
    let (add, remove) = (accounts("AddAccount")?, accounts("RemoveAccount")?);
    let public = request.boolean("IsPublic")?;
    if image.traits.status != Status::Available {
        return Err(Refusal::known("IncorrectImageStatus"));
    }
    exchange.dry_run()?;
    let mut shared_with = image.shared_with.clone();
    shared_with.retain(|account| !remove.contains(account));
    for account in add {
        if account != exchange.account() && !shared_with.contains(&account) {
            shared_with.push(account);
        }
    }
    if shared_with.len() > MOST_SHARED {
        return Err(Refusal::known("QuotaExceeded"));
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

/// DescribeImageSharePermission: the accounts that an own image is shared with.
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

/// The image of this ID, if it belongs to the caller; those of others count as not found.
pub(super) fn own_image(
    exchange: &Exchange<'_>,
    region: &str,
    id: &str,
) -> Result<Arc<Stored>, Refusal> {
    let image = exchange.image(region, id)?;
    let own = image.traits.owner == Owner::Own;
    if own { Ok(image) } else { Err(Refusal::known("InvalidImageId.NotFound")) }
}

/// Checks the name of a new image. Source: ECS API, CreateImage, `ImageName`.
fn check_name(exchange: &Exchange<'_>, region: &str, name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Ok(());
    }
    let forbidden = ["acs:", "aliyun", "http://", "https://"];
    let starts_well = name.starts_with(char::is_alphabetic);
    let length = name.chars().count();
    if !starts_well
        || !(2..=LONGEST_NAME).contains(&length)
        || forbidden.iter().any(|start| name.starts_with(start))
    {
        return Err(Refusal::known("InvalidImageName.Malformed"));
    }
    let view = exchange.backend.catalog().view(region, exchange.account());
    let taken = view.is_some_and(|view| view.has_own_name(name));
    if taken { Err(Refusal::known("InvalidImageName.Duplicated")) } else { Ok(()) }
}

/// Checks the length of parameters that are kept.
fn check_texts(exchange: &Exchange<'_>, names: &[&str]) -> Result<(), Refusal> {
    let long = |name: &&&str| {
        let text = exchange.request.parameter(name).unwrap_or_default();
        text.chars().count() > LONGEST_TEXT
    };
    names.iter().find(long).map_or(Ok(()), |name| Err(Refusal::invalid_parameter(name)))
}

/// The members of an image that has just been started.
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

/// Gives the disks of a new image snapshots of their own. An image without disks, as the service's own
/// are shown, gets a system disk.
fn new_snapshots(members: &mut Map<String, Value>, id: &str, encrypted: bool) {
    let disks = members
        .get_mut("DiskDeviceMappings")
        .and_then(|mappings| mappings.get_mut("DiskDeviceMapping"))
        .and_then(Value::as_array_mut);
    let mut disks = disks.map(std::mem::take).unwrap_or_default();
    if disks.is_empty() {
        let size = members.get("Size").and_then(Value::as_u64).unwrap_or_default();
        disks.push(json!({
            "Device": "/dev/xvda", "Format": "", "ImportOSSBucket": "", "ImportOSSObject": "",
            "Progress": "", "Size": size.to_string(), "Type": "system",
        }));
    }
    for (disk, letter) in disks.iter_mut().zip('a'..='z') {
        let Some(members) = disk.as_object_mut() else { continue };
        let snapshot = format!("{}{letter}", id.replacen("m-", "s-", 1));
        members.insert("SnapshotId".into(), snapshot.into());
        members.insert("Encrypted".into(), encrypted.into());
        members.remove("RemainTime");
    }
    members.insert("DiskDeviceMappings".into(), json!({"DiskDeviceMapping": disks}));
}

fn make(exchange: &Exchange<'_>, region: &str, image: Stored) -> Result<(), Refusal> {
    let time = exchange.backend.settings.image_time;
    let image = Stored { account: exchange.account(), ..image };
    let now = exchange.backend.clock.now();
    let ends = now.saturating_add(time).unwrap_or(now);
    let made = exchange.backend.catalog().make(region, image, now, ends);
    if made { Ok(()) } else { Err(Refusal::known("QuotaExceeded")) }
}

/// The own image that has a snapshot; the snapshots of shared images belong to their owner.
pub(super) fn image_of_snapshot(
    exchange: &Exchange<'_>,
    region: &str,
    snapshot: &str,
) -> Result<Arc<Stored>, Refusal> {
    let view = exchange.backend.catalog().view(region, exchange.account());
    let image = view.and_then(|view| {
        let mut images = (0..view.len()).filter_map(|at| view.stored(at));
        images.find(|image| {
            image.traits.owner == Owner::Own
                && image.snapshots.iter().any(|known| known == snapshot)
        })
    });
    image.ok_or_else(|| Refusal::known("InvalidSnapshotId.NotFound"))
}

fn member(image: &Stored, name: &str) -> Value {
    let members: Option<Map<String, Value>> = serde_json::from_str(&image.json).ok();
    members.and_then(|mut members| members.remove(name)).unwrap_or_default()
}
