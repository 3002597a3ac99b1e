//! The responses of the API as values.
//!
//! Text is shared ([`ExternalText`]), so that an image can be part of any number of states without
//! a copy. A member that the service omits, or returns as null, is the empty text, `false`, `0` or
//! an empty list here: the official client does not distinguish them either.

use crate::text::ExternalText;

/// One image. Source of every field: ECS API, DescribeImages, response `Images.Image[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// `Architecture`: `i386`, `x86_64`, `arm64`.
    pub architecture: ExternalText,
    /// `BootMode`: `BIOS`, `UEFI`, `UEFI-Preferred`.
    pub boot_mode: ExternalText,
    /// `CreationTime`, as received; ISO 8601 in UTC.
    pub creation_time: ExternalText,
    /// `Description`.
    pub description: ExternalText,
    /// `DetectionOptions`: the result of checking an imported image.
    pub detection: Detection,
    /// `DiskDeviceMappings.DiskDeviceMapping[]`.
    pub disk_device_mappings: Vec<DiskDeviceMapping>,
    /// `Features`.
    pub features: Features,
    /// `ImageFamily`.
    pub image_family: ExternalText,
    /// `ImageId`.
    pub image_id: ExternalText,
    /// `ImageName`.
    pub image_name: ExternalText,
    /// `ImageOwnerAlias`: `system`, `self`, `others`, `marketplace`.
    pub image_owner_alias: ExternalText,
    /// `ImageOwnerId`: an account ID, as decimal text, because it exceeds the exact range of
    /// floating-point numbers.
    pub image_owner_id: ExternalText,
    /// `ImageVersion`.
    pub image_version: ExternalText,
    /// `IsCopied`.
    pub is_copied: bool,
    /// `IsPublic`.
    pub is_public: bool,
    /// `IsSelfShared`: text, since the service says `True`, `False` and nothing.
    pub is_self_shared: ExternalText,
    /// `IsSubscribed`.
    pub is_subscribed: bool,
    /// `IsSupportCloudinit`.
    pub is_support_cloud_init: bool,
    /// `IsSupportIoOptimized`.
    pub is_support_io_optimized: bool,
    /// `LicenseType`: `Aliyun`, `BYOL` or empty.
    pub license_type: ExternalText,
    /// `LoginAsNonRootSupported`.
    pub login_as_non_root_supported: bool,
    /// `OSName`: in Chinese on the Chinese site.
    pub os_name: ExternalText,
    /// `OSNameEn`.
    pub os_name_en: ExternalText,
    /// `OSType`: `linux`, `windows`.
    pub os_type: ExternalText,
    /// `Platform`.
    pub platform: ExternalText,
    /// `ProductCode`: of marketplace images.
    pub product_code: ExternalText,
    /// `Progress`, as received: with or without a percent sign.
    pub progress: ExternalText,
    /// `ResourceGroupId`.
    pub resource_group_id: ExternalText,
    /// `SecureBootOptions.SecureBootSupport`.
    pub secure_boot_support: ExternalText,
    /// `Size`: of the system disk, in GiB.
    pub size: i64,
    /// `Status`.
    pub status: ExternalText,
    /// `SupplierName`: of community images.
    pub supplier_name: ExternalText,
    /// `Tags.Tag[]`, in the order received: key and value.
    pub tags: Vec<(ExternalText, ExternalText)>,
    /// `Usable`.
    pub usable: bool,
    /// `Usage`: `instance`, `none`.
    pub usage: ExternalText,
}

/// One disk of an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiskDeviceMapping {
    /// `Device`, such as `/dev/xvda`.
    pub device: ExternalText,
    /// `Encrypted`.
    pub encrypted: bool,
    /// `Format`.
    pub format: ExternalText,
    /// `ImportOSSBucket`.
    pub import_oss_bucket: ExternalText,
    /// `ImportOSSObject`.
    pub import_oss_object: ExternalText,
    /// `Progress`.
    pub progress: ExternalText,
    /// `RemainTime`, in seconds.
    pub remain_time: i64,
    /// `Size`, in GiB, as text.
    pub size: ExternalText,
    /// `SnapshotId`.
    pub snapshot_id: ExternalText,
    /// `Type`: `system` or `data`.
    pub disk_type: ExternalText,
}

/// What an image supports. Each is `supported` or `unsupported` unless stated otherwise; empty if
/// the service does not return it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// `CpuOnlineDowngrade`.
    pub cpu_online_downgrade: ExternalText,
    /// `CpuOnlineUpgrade`.
    pub cpu_online_upgrade: ExternalText,
    /// `ImdsSupport`: `v1` or `v2`.
    pub imds_support: ExternalText,
    /// `MemoryOnlineDowngrade`.
    pub memory_online_downgrade: ExternalText,
    /// `MemoryOnlineUpgrade`.
    pub memory_online_upgrade: ExternalText,
    /// `NvmeSupport`.
    pub nvme_support: ExternalText,
}

/// The result of checking an imported image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detection {
    /// `Status`: `Processing`, `Finished`.
    pub status: ExternalText,
    /// `Items.Item[]`.
    pub items: Vec<DetectionItem>,
}

/// One thing that was checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectionItem {
    /// `Name`.
    pub name: ExternalText,
    /// `RiskCode`.
    pub risk_code: ExternalText,
    /// `RiskLevel`: `High`, `Medium`, or empty without risk.
    pub risk_level: ExternalText,
    /// `Value`.
    pub value: ExternalText,
}
