//! The format of an image in a response: the known members, and the images that the mock generates.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    filter::{Owner, Status},
    systems::System,
};

/// The properties of an image that do not follow from its operating system.
pub(super) struct Description<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) system: &'a System,
    pub(super) owner: Owner,
    pub(super) owner_id: u64,
    pub(super) status: Status,
    /// `yyyy-MM-ddTHH:mm:ssZ`
    pub(super) created: &'a str,
    pub(super) family: &'a str,
    pub(super) size: u32,
    pub(super) community: bool,
    pub(super) copied: bool,
    pub(super) used: bool,
    pub(super) shared: bool,
    pub(super) product_code: &'a str,
    pub(super) supplier: &'a str,
    pub(super) resource_group: &'a str,
    /// Empty for images without disk mappings, such as system images.
    pub(super) snapshot: &'a str,
    pub(super) data_snapshot: &'a str,
    pub(super) tags: &'a [(&'a str, &'a str)],
}

impl<'a> Description<'a> {
    /// An available image with nothing special about it.
    pub(super) fn new(
        id: &'a str,
        name: &'a str,
        system: &'a System,
        owner: Owner,
        created: &'a str,
    ) -> Self {
        Self {
            id,
            name,
            description: "",
            system,
            owner,
            owner_id: 0,
            status: Status::Available,
            created,
            family: "",
            size: system.size,
            community: false,
            copied: false,
            used: false,
            shared: false,
            product_code: "",
            supplier: "",
            resource_group: "",
            snapshot: "",
            data_snapshot: "",
            tags: &[],
        }
    }
}

/// Writes the image as one line of JSON.
pub(super) fn json(image: &Description<'_>) -> String {
    // The structure has only text and numbers, so serialization cannot fail.
    serde_json::to_string(&Document::new(image)).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    architecture: &'static str,
    boot_mode: &'static str,
    creation_time: &'a str,
    description: &'a str,
    detection_options: Detection,
    disk_device_mappings: Mappings<'a>,
    features: Features,
    image_family: &'a str,
    image_id: &'a str,
    image_name: &'a str,
    image_owner_alias: &'static str,
    image_owner_id: u64,
    image_version: &'static str,
    is_copied: bool,
    is_public: bool,
    is_self_shared: &'static str,
    is_subscribed: bool,
    #[serde(rename = "IsSupportCloudinit")]
    is_support_cloud_init: bool,
    is_support_io_optimized: bool,
    license_type: &'static str,
    login_as_non_root_supported: bool,
    #[serde(rename = "OSName")]
    os_name: String,
    #[serde(rename = "OSNameEn")]
    os_name_en: String,
    #[serde(rename = "OSType")]
    os_type: &'static str,
    platform: &'a str,
    product_code: &'a str,
    progress: &'static str,
    resource_group_id: &'a str,
    secure_boot_options: SecureBoot,
    size: u32,
    status: &'static str,
    supplier_name: &'a str,
    tags: Tags<'a>,
    usable: bool,
    usage: &'static str,
}

/// `DetectionOptions`; empty for an image that was not checked, which is the usual case.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Detection {
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<DetectionItems>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DetectionItems {
    item: [DetectionItem; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DetectionItem {
    name: &'static str,
    value: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk_level: Option<&'static str>,
}

impl Detection {
    /// In this catalog, custom images with a data disk were checked.
    fn of(image: &Description<'_>) -> Self {
        if image.data_snapshot.is_empty() {
            return Self { items: None, status: None };
        }
        let item = |name, value, risk_code, risk_level| DetectionItem {
            name,
            value,
            risk_code,
            risk_level,
        };
        let items = [
            item("Nvme", "supported", None, None),
            item("VirtioSupport", "unsupported", Some("Virtio.NotInstalled"), Some("High")),
        ];
        Self { items: Some(DetectionItems { item: items }), status: Some("Finished") }
    }
}

/// `SecureBootOptions`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SecureBoot {
    secure_boot_support: &'static str,
}

impl SecureBoot {
    fn of(system: &System) -> Self {
        let uefi = system.boot_mode.starts_with("UEFI");
        Self { secure_boot_support: if uefi { "supported" } else { "unsupported" } }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mappings<'a> {
    disk_device_mapping: Vec<Mapping<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Mapping<'a> {
    device: &'static str,
    encrypted: bool,
    format: &'static str,
    #[serde(rename = "ImportOSSBucket")]
    import_oss_bucket: &'static str,
    #[serde(rename = "ImportOSSObject")]
    import_oss_object: &'static str,
    progress: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remain_time: Option<u32>,
    size: String,
    snapshot_id: &'a str,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Features {
    cpu_online_downgrade: &'static str,
    cpu_online_upgrade: &'static str,
    imds_support: &'static str,
    memory_online_downgrade: &'static str,
    memory_online_upgrade: &'static str,
    nvme_support: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tags<'a> {
    tag: Vec<Tag<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    tag_key: &'a str,
    tag_value: &'a str,
}

impl<'a> Document<'a> {
    fn new(image: &Description<'a>) -> Self {
        let system = image.system;
        let windows = system.windows();
        let own = image.owner == Owner::Own;
        let progress = match image.status {
            Status::Creating => "42%",
            Status::CreateFailed | Status::Waiting => "0%",
            _ => "100%",
        };
        Self {
            architecture: system.architecture.as_str(),
            boot_mode: system.boot_mode,
            creation_time: image.created,
            description: image.description,
            detection_options: Detection::of(image),
            disk_device_mappings: Mappings { disk_device_mapping: mappings(image) },
            features: Features::of(system),
            image_family: image.family,
            image_id: image.id,
            image_name: image.name,
            image_owner_alias: image.owner.as_str(),
            image_owner_id: image.owner_id,
            image_version: "",
            is_copied: image.copied,
            is_public: image.community || image.owner == Owner::System,
            is_self_shared: match (own, image.shared) {
                (true, true) => "True",
                (true, false) => "False",
                (false, _) => "",
            },
            is_subscribed: image.owner == Owner::Marketplace,
            is_support_cloud_init: cloud_init(system),
            is_support_io_optimized: io_optimized(system),
            license_type: if windows { "Aliyun" } else { "" },
            login_as_non_root_supported: !windows && io_optimized(system),
            os_name: system.os_name(),
            os_name_en: system.os_name_en(),
            os_type: if windows { "windows" } else { "linux" },
            platform: system.platform,
            product_code: image.product_code,
            progress,
            resource_group_id: image.resource_group,
            secure_boot_options: SecureBoot::of(system),
            size: image.size,
            status: image.status.as_str(),
            supplier_name: image.supplier,
            tags: Tags {
                tag: image
                    .tags
                    .iter()
                    .map(|&(tag_key, tag_value)| Tag { tag_key, tag_value })
                    .collect(),
            },
            usable: image.status == Status::Available,
            usage: if image.used { "instance" } else { "none" },
        }
    }
}

fn mappings<'a>(image: &Description<'a>) -> Vec<Mapping<'a>> {
    let disks = [
        ("/dev/xvda", "system", image.size, image.snapshot),
        ("/dev/xvdb", "data", 100, image.data_snapshot),
    ];
    disks
        .into_iter()
        .filter(|(.., snapshot)| !snapshot.is_empty())
        .map(|(device, r#type, size, snapshot_id)| Mapping {
            device,
            // In this catalog, data disks are encrypted and system disks are not.
            encrypted: r#type == "data",
            format: "",
            import_oss_bucket: "",
            import_oss_object: "",
            progress: if image.status == Status::Creating { "42%" } else { "" },
            remain_time: (image.status == Status::Creating).then_some(180),
            size: size.to_string(),
            snapshot_id,
            r#type,
        })
        .collect()
}

impl Features {
    fn of(system: &System) -> Self {
        let word = |yes: bool| if yes { "supported" } else { "unsupported" };
        Self {
            cpu_online_downgrade: word(false),
            cpu_online_upgrade: word(online_upgrade(system)),
            imds_support: "v2",
            memory_online_downgrade: word(false),
            memory_online_upgrade: word(online_upgrade(system)),
            nvme_support: word(io_optimized(system) && !system.windows()),
        }
    }
}

/// The old 32-bit systems support neither.
pub(super) fn io_optimized(system: &System) -> bool {
    system.architecture != super::filter::Architecture::I386
}

/// All but FreeBSD and the 32-bit systems.
pub(super) fn cloud_init(system: &System) -> bool {
    io_optimized(system) && system.platform != "Freebsd"
}

/// Only the vendor's own system.
pub(super) fn online_upgrade(system: &System) -> bool {
    system.platform == "Aliyun"
}

/// Why an image of a fixture cannot be used.
#[derive(Debug)]
pub(crate) struct FieldError {
    /// The member of the image at fault; empty for the image itself.
    pub(crate) field: &'static str,
    pub(crate) reason: String,
}

/// The type of a known member of an image.
#[derive(Clone, Copy)]
enum MemberKind {
    /// A boolean, or a string that contains one.
    Bool,
    /// An object that may be empty.
    Object,
    /// A whole number, or a string that contains one.
    Number,
    /// A string, number or boolean.
    Text,
    /// An object with one list of objects of this name, or an empty object.
    Wrapped(&'static str),
}

/// The known members of an image. Source: ECS API, DescribeImages, response `Images.Image[]`.
#[rustfmt::skip]
const MEMBERS: &[(&str, MemberKind)] = &[
    ("Architecture", MemberKind::Text), ("BootMode", MemberKind::Text), ("CreationTime", MemberKind::Text),
    ("Description", MemberKind::Text), ("DetectionOptions", MemberKind::Object),
    ("DiskDeviceMappings", MemberKind::Wrapped("DiskDeviceMapping")), ("Features", MemberKind::Object),
    ("ImageFamily", MemberKind::Text), ("ImageId", MemberKind::Text), ("ImageName", MemberKind::Text),
    ("ImageOwnerAlias", MemberKind::Text), ("ImageOwnerId", MemberKind::Number), ("ImageVersion", MemberKind::Text),
    ("IsCopied", MemberKind::Bool), ("IsPublic", MemberKind::Bool), ("IsSelfShared", MemberKind::Text),
    ("IsSubscribed", MemberKind::Bool), ("IsSupportCloudinit", MemberKind::Bool),
    ("IsSupportIoOptimized", MemberKind::Bool), ("LicenseType", MemberKind::Text),
    ("LoginAsNonRootSupported", MemberKind::Bool), ("OSName", MemberKind::Text), ("OSNameEn", MemberKind::Text),
    ("OSType", MemberKind::Text), ("Platform", MemberKind::Text), ("ProductCode", MemberKind::Text),
    ("Progress", MemberKind::Text), ("ResourceGroupId", MemberKind::Text), ("SecureBootOptions", MemberKind::Object),
    ("Size", MemberKind::Number), ("Status", MemberKind::Text), ("SupplierName", MemberKind::Text),
    ("Tags", MemberKind::Wrapped("Tag")), ("Usable", MemberKind::Bool), ("Usage", MemberKind::Text),
];

/// Checks the known members of an image; null counts as absent.
pub(super) fn check_members(members: &Map<String, Value>) -> Result<(), FieldError> {
    for (field, kind) in MEMBERS {
        let Some(value) = members.get(*field).filter(|value| !value.is_null()) else { continue };
        if let Some(expected) = misfit(value, *kind) {
            return Err(FieldError { field, reason: format!("must be {expected}, is {value}") });
        }
    }
    match members.get("ImageId") {
        Some(Value::String(id)) if !id.is_empty() => Ok(()),
        _ => Err(FieldError { field: "ImageId", reason: "every image needs an ID".into() }),
    }
}

/// The expected type of the value; `None` if it has that type.
fn misfit(value: &Value, kind: MemberKind) -> Option<String> {
    let scalar = value.is_string() || value.is_number() || value.is_boolean();
    let (fits, expected) = match kind {
        MemberKind::Bool => {
            let spelt =
                |text: &str| ["true", "false", ""].iter().any(|b| b.eq_ignore_ascii_case(text));
            (value.is_boolean() || value.as_str().is_some_and(spelt), "true or false".to_owned())
        }
        MemberKind::Number => {
            let whole = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (whole.is_empty() || whole.parse::<i64>().is_ok(), "a whole number".to_owned())
        }
        MemberKind::Object => (value.is_object(), "an object".to_owned()),
        MemberKind::Text => (scalar, "a text".to_owned()),
        MemberKind::Wrapped(inner) => {
            let list = value.get(inner);
            let objects =
                |list: &Value| list.as_array().is_some_and(|l| l.iter().all(Value::is_object));
            (
                value.is_object() && list.is_none_or(objects),
                format!("an object with a list {inner} of objects"),
            )
        }
    };
    (!fits).then_some(expected)
}
