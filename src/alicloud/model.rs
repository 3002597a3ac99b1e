//! The answers of the API, as values.
//!
//! Text is shared (`Arc<str>`), so that an image goes into any number of states without a copy.
//! What the service leaves out, or gives as null, is the empty text, `false`, `0` or an empty list
//! here: the official client makes no difference between them either.

use std::sync::Arc;

/// One image. Source of every field: ECS API, DescribeImages, response `Images.Image[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// `Architecture`: `i386`, `x86_64`, `arm64`.
    pub architecture: Arc<str>,
    /// `BootMode`: `BIOS`, `UEFI`, `UEFI-Preferred`.
    pub boot_mode: Arc<str>,
    /// `CreationTime`, as received; ISO 8601 in UTC.
    pub creation_time: Arc<str>,
    /// `Description`.
    pub description: Arc<str>,
    /// `DetectionOptions`: the result of checking an imported image.
    pub detection: Detection,
    /// `DiskDeviceMappings.DiskDeviceMapping[]`.
    pub disk_device_mappings: Vec<DiskDeviceMapping>,
    /// `Features`.
    pub features: Features,
    /// `ImageFamily`.
    pub image_family: Arc<str>,
    /// `ImageId`.
    pub image_id: Arc<str>,
    /// `ImageName`.
    pub image_name: Arc<str>,
    /// `ImageOwnerAlias`: `system`, `self`, `others`, `marketplace`.
    pub image_owner_alias: Arc<str>,
    /// `ImageOwnerId`: an account ID, as decimal text since it exceeds what numbers keep exactly.
    pub image_owner_id: Arc<str>,
    /// `ImageVersion`.
    pub image_version: Arc<str>,
    /// `IsCopied`.
    pub is_copied: bool,
    /// `IsPublic`.
    pub is_public: bool,
    /// `IsSelfShared`: text, since the service says `True`, `False` and nothing.
    pub is_self_shared: Arc<str>,
    /// `IsSubscribed`.
    pub is_subscribed: bool,
    /// `IsSupportCloudinit`.
    pub is_support_cloud_init: bool,
    /// `IsSupportIoOptimized`.
    pub is_support_io_optimized: bool,
    /// `LicenseType`: `Aliyun`, `BYOL` or empty.
    pub license_type: Arc<str>,
    /// `LoginAsNonRootSupported`.
    pub login_as_non_root_supported: bool,
    /// `OSName`: in Chinese on the Chinese site.
    pub os_name: Arc<str>,
    /// `OSNameEn`.
    pub os_name_en: Arc<str>,
    /// `OSType`: `linux`, `windows`.
    pub os_type: Arc<str>,
    /// `Platform`.
    pub platform: Arc<str>,
    /// `ProductCode`: of marketplace images.
    pub product_code: Arc<str>,
    /// `Progress`, as received: with or without a percent sign.
    pub progress: Arc<str>,
    /// `ResourceGroupId`.
    pub resource_group_id: Arc<str>,
    /// `SecureBootOptions.SecureBootSupport`.
    pub secure_boot_support: Arc<str>,
    /// `Size`: of the system disk, in GiB.
    pub size: i64,
    /// `Status`.
    pub status: Arc<str>,
    /// `SupplierName`: of community images.
    pub supplier_name: Arc<str>,
    /// `Tags.Tag[]`, in the order received: key and value.
    pub tags: Vec<(Arc<str>, Arc<str>)>,
    /// `Usable`.
    pub usable: bool,
    /// `Usage`: `instance`, `none`.
    pub usage: Arc<str>,
}

/// One disk of an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiskDeviceMapping {
    /// `Device`, such as `/dev/xvda`.
    pub device: Arc<str>,
    /// `Encrypted`.
    pub encrypted: bool,
    /// `Format`.
    pub format: Arc<str>,
    /// `ImportOSSBucket`.
    pub import_oss_bucket: Arc<str>,
    /// `ImportOSSObject`.
    pub import_oss_object: Arc<str>,
    /// `Progress`.
    pub progress: Arc<str>,
    /// `RemainTime`, in seconds.
    pub remain_time: i64,
    /// `Size`, in GiB, as text.
    pub size: Arc<str>,
    /// `SnapshotId`.
    pub snapshot_id: Arc<str>,
    /// `Type`: `system` or `data`.
    pub disk_type: Arc<str>,
}

/// What an image supports. Each is `supported` or `unsupported` unless said otherwise; empty where
/// the service does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// `CpuOnlineDowngrade`.
    pub cpu_online_downgrade: Arc<str>,
    /// `CpuOnlineUpgrade`.
    pub cpu_online_upgrade: Arc<str>,
    /// `ImdsSupport`: `v1` or `v2`.
    pub imds_support: Arc<str>,
    /// `MemoryOnlineDowngrade`.
    pub memory_online_downgrade: Arc<str>,
    /// `MemoryOnlineUpgrade`.
    pub memory_online_upgrade: Arc<str>,
    /// `NvmeSupport`.
    pub nvme_support: Arc<str>,
}

/// The result of checking an imported image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detection {
    /// `Status`: `Processing`, `Finished`.
    pub status: Arc<str>,
    /// `Items.Item[]`.
    pub items: Vec<DetectionItem>,
}

/// One thing that was checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectionItem {
    /// `Name`.
    pub name: Arc<str>,
    /// `RiskCode`.
    pub risk_code: Arc<str>,
    /// `RiskLevel`: `High`, `Medium`, or empty without risk.
    pub risk_level: Arc<str>,
    /// `Value`.
    pub value: Arc<str>,
}
