//! The disks of a new image: those of the image or instance from which it is created, or those that
//! `DiskDeviceMapping.N` describes. Source: ECS API, CreateImage.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use serde_json::{Map, Value, json};

use crate::mock::{
    catalog::{Stored, filter::Owner},
    message::{Refusal, Request},
    service::Exchange,
};

/// How many data disks an image can have.
const MOST_DATA_DISKS: usize = 16;
/// How large a disk can be, in GiB.
const SIZES: RangeInclusive<u64> = 5..=32_768;
/// The size of a disk for which the request has neither a snapshot nor a size, in GiB.
const DEFAULT_SIZE: u64 = 20;
/// The prefixes of device names; the second one is the name within instances.
const DEVICES: [&str; 2] = ["/dev/xvd", "/dev/vd"];

/// The disks of an image.
pub(super) fn disks_of(image: &Stored) -> Vec<Value> {
    let members: Option<Map<String, Value>> = serde_json::from_str(&image.json).ok();
    let disks = members.and_then(|mut members| {
        Some(members.get_mut("DiskDeviceMappings")?.get_mut("DiskDeviceMapping")?.take())
    });
    match disks {
        Some(Value::Array(disks)) => disks,
        _ => Vec::new(),
    }
}

/// Whether a disk is encrypted.
pub(super) fn is_encrypted(disk: &Value) -> bool {
    match disk.get("Encrypted") {
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        other => other == Some(&Value::Bool(true)),
    }
}

/// A member of a disk that is a text; empty for any other.
fn text<'a>(disk: &'a Value, name: &str) -> &'a str {
    disk.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn set(disk: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = disk.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

/// The description of a disk in `DiskDeviceMapping.N`.
#[derive(Default)]
struct Wanted<'a> {
    snapshot: Option<&'a str>,
    size: Option<&'a str>,
    device: Option<&'a str>,
    kind: Option<&'a str>,
}

/// The disks that a request describes, by their numbers.
fn wanted(request: &Request) -> BTreeMap<u32, Wanted<'_>> {
    let mut all: BTreeMap<u32, Wanted<'_>> = BTreeMap::new();
    for (name, value) in request.parameters().filter(|(_, value)| !value.is_empty()) {
        let rest = name.strip_prefix("DiskDeviceMapping.").and_then(|rest| rest.split_once('.'));
        let Some((Ok(number), member)) = rest.map(|(number, rest)| (number.parse(), rest)) else {
            continue;
        };
        let disk = all.entry(number).or_default();
        match member {
            "SnapshotId" => disk.snapshot = Some(value),
            "Size" => disk.size = Some(value),
            "Device" => disk.device = Some(value),
            "DiskType" => disk.kind = Some(value),
            _ => {}
        }
    }
    all
}

/// The source of a new image: an image of the caller that has one of the snapshots, and the disks.
pub(super) struct ImageSource {
    pub(super) image: Arc<Stored>,
    pub(super) disks: Vec<Value>,
}

/// The system disk and the data disks that a request describes by snapshots; `None` if it names none.
pub(super) fn from_snapshots(
    exchange: &Exchange<'_>,
    region: &str,
) -> Result<Option<ImageSource>, Refusal> {
    let request = exchange.request;
    let mut wanted: Vec<_> = wanted(request).into_values().collect();
    let alone = request.parameter("SnapshotId");
    if alone.is_some() && wanted.iter().all(|disk| disk.snapshot != alone) {
        wanted.insert(0, Wanted { snapshot: alone, ..Wanted::default() });
    }
    if wanted.iter().all(|disk| disk.snapshot.is_none()) {
        return Ok(None);
    }
    let mut system = None;
    let mut disks = Vec::new();
    for wanted in &wanted {
        let (image, disk) = disk(exchange, region, wanted)?;
        if text(&disk, "Type") != "system" {
            disks.push(disk);
        } else if system.replace((image, disk)).is_some() {
            return Err(denied("The disks have more than one snapshot of a system disk."));
        }
    }
    let Some((Some(image), disk)) = system else {
        return Err(denied("The disks have no snapshot of a system disk."));
    };
    if is_encrypted(&disk) {
        return Err(denied("The snapshot of the system disk is encrypted."));
    }
    if disks.len() > MOST_DATA_DISKS {
        return Err(Refusal::invalid_parameter("DiskDeviceMapping"));
    }
    disks.insert(0, disk);
    name_devices(&mut disks)?;
    Ok(Some(ImageSource { image, disks }))
}

/// The caller's image that has a snapshot; the snapshots of a shared image belong to its owner.
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

/// DeleteSnapshot: one that does not exist is not an error, as all are after the deletion of their image. The
/// action has no region. Source: ECS API, DeleteSnapshot.
pub(crate) fn delete_snapshot(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let id = exchange.request.required("SnapshotId")?;
    exchange.request.boolean("Force")?;
    if exchange.backend.catalog().has_snapshot(exchange.account(), id) {
        return Err(Refusal::known("SnapshotCreatedImage"));
    }
    Ok(exchange.done())
}

fn denied(text: &'static str) -> Refusal {
    Refusal::known("OperationDenied").with_status(400).with_message(text)
}

/// A disk that a request describes, and the image that has its snapshot.
fn disk(
    exchange: &Exchange<'_>,
    region: &str,
    wanted: &Wanted<'_>,
) -> Result<(Option<Arc<Stored>>, Value), Refusal> {
    let (image, mut disk) = match wanted.snapshot {
        Some(snapshot) => {
            let image = image_of_snapshot(exchange, region, snapshot)?;
            let mut disks = disks_of(&image).into_iter();
            let disk = disks.find(|disk| text(disk, "SnapshotId") == snapshot);
            (Some(image), disk.unwrap_or_else(|| empty_disk("system", DEFAULT_SIZE)))
        }
        None => (None, empty_disk("data", DEFAULT_SIZE)),
    };
    match wanted.kind {
        None => {}
        Some(kind @ ("data" | "system")) => set(&mut disk, "Type", kind),
        Some(_) => return Err(Refusal::known("InvalidDiskType.ValueNotSupported")),
    }
    if let Some(size) = wanted.size {
        let least = if image.is_some() { size_of(&disk) } else { *SIZES.start() };
        let fits = size.parse().is_ok_and(|size: u64| SIZES.contains(&size) && size >= least);
        if !fits {
            return Err(Refusal::known("InvalidSize.ValueNotSupported"));
        }
        set(&mut disk, "Size", size);
    }
    set(&mut disk, "Device", wanted.device.unwrap_or_default());
    Ok((image, disk))
}

/// Names the devices that have no name, and checks the names of the others. The system disk is the first.
fn name_devices(disks: &mut [Value]) -> Result<(), Refusal> {
    let letter = |disk: &Value| {
        let name = text(disk, "Device");
        let letter = DEVICES.iter().find_map(|start| name.strip_prefix(start))?;
        letter.parse().ok().filter(char::is_ascii_lowercase)
    };
    let mut used = vec!['a'];
    for (nth, disk) in disks.iter_mut().enumerate() {
        let given = !text(disk, "Device").is_empty();
        let letter = match letter(disk) {
            Some('a') if nth == 0 => 'a',
            Some(letter) if nth > 0 && letter != 'a' => letter,
            None if nth == 0 && !given => 'a',
            None if !given => continue,
            _ => return Err(Refusal::known("InvalidDevice.Malformed")),
        };
        if nth > 0 && used.contains(&letter) {
            return Err(Refusal::known("InvalidDevice.InUse"));
        }
        used.push(letter);
        set(disk, "Device", format!("/dev/xvd{letter}"));
    }
    let mut free = ('b'..='z').filter(|letter| !used.contains(letter));
    for disk in disks.iter_mut().filter(|disk| text(disk, "Device").is_empty()) {
        let letter = free.next().ok_or_else(|| Refusal::known("InvalidDevice.InUse"))?;
        set(disk, "Device", format!("/dev/xvd{letter}"));
    }
    Ok(())
}

/// The size of a disk, in GiB.
pub(super) fn size_of(disk: &Value) -> u64 {
    let number = disk.get("Size").and_then(Value::as_u64);
    number.or_else(|| text(disk, "Size").parse().ok()).unwrap_or(DEFAULT_SIZE)
}

fn empty_disk(kind: &str, size: u64) -> Value {
    json!({
        "Device": "/dev/xvda", "Format": "", "ImportOSSBucket": "", "ImportOSSObject": "",
        "Progress": "", "Size": size.to_string(), "Type": kind,
    })
}

/// Sets the disks of an image, each with its own snapshot. An image without disks, such as a system image, gets a
/// system disk.
pub(super) fn set_disks(
    members: &mut Map<String, Value>,
    mut disks: Vec<Value>,
    id: &str,
    encrypted: bool,
) {
    if disks.is_empty() {
        let size = members.get("Size").and_then(Value::as_u64).unwrap_or(DEFAULT_SIZE);
        disks.push(empty_disk("system", size));
    }
    for (disk, letter) in disks.iter_mut().zip('a'..='z') {
        let encrypted = encrypted || is_encrypted(disk);
        set(disk, "Encrypted", encrypted);
        set(disk, "SnapshotId", format!("{}{letter}", id.replacen("m-", "s-", 1)));
        disk.as_object_mut().and_then(|members| members.remove("RemainTime"));
    }
    members.insert("DiskDeviceMappings".into(), json!({"DiskDeviceMapping": disks}));
}
