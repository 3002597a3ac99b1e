//! Maps the members of a response to fields.

use serde::de::MapAccess;

use super::{
    MAX_INNER,
    loose::{JsonReader, Object},
};
use crate::{
    alicloud::model::{Detection, DetectionItem, DiskDeviceMapping, Features, Image},
    text::ExternalText,
};

/// Implements [`Object`] from a table: the name of the member on the wire, and its field.
macro_rules! members {
    ($object:ty { $($name:literal => $($field:tt).+ : $read:ident),+ $(,)? }
     $($more:literal => |$this:ident, $reader:ident, $members:ident| $body:expr),* $(,)?) => {
        impl Object for $object {
            fn read_member<'de, A: MapAccess<'de>>(
                &mut self,
                name: &str,
                reader: &JsonReader,
                members: &mut A,
            ) -> Result<bool, A::Error> {
                match name {
                    $($name => self.$($field).+ = reader.$read($name, members)?,)+
                    $($more => {
                        let ($this, $reader, $members) = (self, reader, members);
                        $body
                    })*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}

members! {
    Image {
        "Architecture" => architecture: word,
        "BootMode" => boot_mode: word,
        "CreationTime" => creation_time: text,
        "Description" => description: text,
        "DetectionOptions" => detection: object,
        "Features" => features: object,
        "ImageFamily" => image_family: word,
        "ImageId" => image_id: text,
        "ImageName" => image_name: text,
        "ImageOwnerAlias" => image_owner_alias: word,
        "ImageOwnerId" => image_owner_id: word,
        "ImageVersion" => image_version: word,
        "IsCopied" => is_copied: flag,
        "IsPublic" => is_public: flag,
        "IsSelfShared" => is_self_shared: word,
        "IsSubscribed" => is_subscribed: flag,
        "IsSupportCloudinit" => is_support_cloud_init: flag,
        "IsSupportIoOptimized" => is_support_io_optimized: flag,
        "LicenseType" => license_type: word,
        "LoginAsNonRootSupported" => login_as_non_root_supported: flag,
        "OSName" => os_name: word,
        "OSNameEn" => os_name_en: word,
        "OSType" => os_type: word,
        "Platform" => platform: word,
        "ProductCode" => product_code: word,
        "Progress" => progress: word,
        "ResourceGroupId" => resource_group_id: word,
        "Size" => size: integer,
        "Status" => status: word,
        "SupplierName" => supplier_name: word,
        "Usable" => usable: flag,
        "Usage" => usage: word,
    }
    "DiskDeviceMappings" => |image, reader, members| {
        image.disk_device_mappings = reader
            .list("DiskDeviceMappings", "DiskDeviceMapping", MAX_INNER, members)?
            .unwrap_or_default();
    },
    "SecureBootOptions" => |image, reader, members| {
        let SecureBoot(support) = reader.object("SecureBootOptions", members)?;
        image.secure_boot_support = support;
    },
    "Tags" => |image, reader, members| {
        image.tags = reader.list("Tags", "Tag", MAX_INNER, members)?.unwrap_or_default();
    },
}

/// `SecureBootOptions`.
#[derive(Default)]
struct SecureBoot(ExternalText);

members! { SecureBoot { "SecureBootSupport" => 0: word } }

members! { (ExternalText, ExternalText) { "TagKey" => 0: word, "TagValue" => 1: word } }

members! {
    DiskDeviceMapping {
        "Device" => device: word,
        "Encrypted" => encrypted: flag,
        "Format" => format: word,
        "ImportOSSBucket" => import_oss_bucket: word,
        "ImportOSSObject" => import_oss_object: text,
        "Progress" => progress: word,
        "RemainTime" => remain_time: integer,
        "Size" => size: word,
        "SnapshotId" => snapshot_id: text,
        "Type" => disk_type: word,
    }
}

members! {
    Features {
        "CpuOnlineDowngrade" => cpu_online_downgrade: word,
        "CpuOnlineUpgrade" => cpu_online_upgrade: word,
        "ImdsSupport" => imds_support: word,
        "MemoryOnlineDowngrade" => memory_online_downgrade: word,
        "MemoryOnlineUpgrade" => memory_online_upgrade: word,
        "NvmeSupport" => nvme_support: word,
    }
}

members! {
    Detection { "Status" => status: word }
    "Items" => |detection, reader, members| {
        detection.items = reader.list("Items", "Item", MAX_INNER, members)?.unwrap_or_default();
    },
}

members! {
    DetectionItem {
        "Name" => name: word,
        "RiskCode" => risk_code: word,
        "RiskLevel" => risk_level: word,
        "Value" => value: word,
    }
}
