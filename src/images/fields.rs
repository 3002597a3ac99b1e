//! The objects inside the state: which members they have, and where each comes from.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    alicloud::model::{Detection, DetectionItem, DiskDeviceMapping, Features, Image},
    text::ExternalText,
    value::{Names, Object, Value},
};

use super::own_tags;

/// A member of an object: its name, and how to take it from a `T`.
type Member<T> = (&'static str, fn(&Shapes, &T) -> Value);

/// One type of object. Its names are made once and shared by all objects of the type.
pub(super) struct Shape<T: 'static> {
    names: Names,
    /// Sorted by name, as the names are.
    members: &'static [Member<T>],
}

impl<T> Shape<T> {
    fn new(members: &'static [Member<T>]) -> Self {
        Self { names: Names::new(members.iter().map(|(name, _)| *name)), members }
    }

    /// The object of an item.
    pub(super) fn object(&self, shapes: &Shapes, item: &T) -> Value {
        let values = self.members.iter().map(|(_, take)| take(shapes, item)).collect();
        Object::with_names(&self.names, values).map_or(Value::Null, Value::Object)
    }

    /// The members of an item, one by one.
    pub(super) fn members<'a>(
        &'a self,
        shapes: &'a Shapes,
        item: &'a T,
    ) -> impl Iterator<Item = (&'static str, Value)> + 'a {
        self.members.iter().map(|(name, take)| (*name, take(shapes, item)))
    }

    fn objects(&self, shapes: &Shapes, items: &[T]) -> Value {
        Value::List(items.iter().map(|item| self.object(shapes, item)).collect())
    }
}

/// All types of objects.
pub(super) struct Shapes {
    detection: Shape<Detection>,
    detection_item: Shape<DetectionItem>,
    disk: Shape<DiskDeviceMapping>,
    features: Shape<Features>,
    /// Images.
    pub(super) image: Shape<Image>,
    secure_boot: Shape<ExternalText>,
}

impl Shapes {
    /// Makes the names.
    pub(super) fn new() -> Self {
        Self {
            detection: Shape::new(DETECTION),
            detection_item: Shape::new(DETECTION_ITEM),
            disk: Shape::new(DISK),
            features: Shape::new(FEATURES),
            image: Shape::new(IMAGE),
            secure_boot: Shape::new(SECURE_BOOT),
        }
    }
}

const IMAGE: &[Member<Image>] = &[
    ("architecture", |_, image| text(&image.architecture)),
    ("boot_mode", |_, image| text(&image.boot_mode)),
    ("creation_time", |_, image| text(&image.creation_time)),
    ("description", |_, image| text(&image.description)),
    ("detection_options", |shapes, image| shapes.detection.object(shapes, &image.detection)),
    ("disk_device_mappings", |shapes, image| {
        shapes.disk.objects(shapes, &image.disk_device_mappings)
    }),
    ("features", |shapes, image| shapes.features.object(shapes, &image.features)),
    ("id", |_, image| text(&image.image_id)),
    ("image_family", |_, image| text(&image.image_family)),
    ("image_id", |_, image| text(&image.image_id)),
    ("image_owner_alias", |_, image| text(&image.image_owner_alias)),
    ("image_owner_id", |_, image| text(&image.image_owner_id)),
    ("image_version", |_, image| text(&image.image_version)),
    ("is_copied", |_, image| image.is_copied.into()),
    ("is_public", |_, image| image.is_public.into()),
    ("is_self_shared", |_, image| text(&image.is_self_shared)),
    ("is_subscribed", |_, image| image.is_subscribed.into()),
    ("is_support_cloud_init", |_, image| image.is_support_cloud_init.into()),
    ("is_support_io_optimized", |_, image| image.is_support_io_optimized.into()),
    ("license_type", |_, image| text(&image.license_type)),
    ("login_as_non_root_supported", |_, image| image.login_as_non_root_supported.into()),
    ("name", |_, image| text(&image.image_name)),
    ("os_name", |_, image| text(&image.os_name)),
    ("os_name_en", |_, image| text(&image.os_name_en)),
    ("os_type", |_, image| text(&image.os_type)),
    ("platform", |_, image| text(&image.platform)),
    ("product_code", |_, image| text(&image.product_code)),
    ("progress", |_, image| text(&image.progress)),
    ("resource_group_id", |_, image| text(&image.resource_group_id)),
    ("secure_boot_options", |shapes, image| {
        shapes.secure_boot.object(shapes, &image.secure_boot_support)
    }),
    ("size", |_, image| image.size.into()),
    ("state", |_, image| text(&image.status)),
    ("status", |_, image| text(&image.status)),
    ("supplier_name", |_, image| text(&image.supplier_name)),
    ("tags", |_, image| tags(image)),
    ("usable", |_, image| image.usable.into()),
    ("usage", |_, image| text(&image.usage)),
];

const DISK: &[Member<DiskDeviceMapping>] = &[
    ("device", |_, disk| text(&disk.device)),
    ("encrypted", |_, disk| disk.encrypted.into()),
    ("format", |_, disk| text(&disk.format)),
    ("import_oss_bucket", |_, disk| text(&disk.import_oss_bucket)),
    ("import_oss_object", |_, disk| text(&disk.import_oss_object)),
    ("progress", |_, disk| text(&disk.progress)),
    ("remain_time", |_, disk| disk.remain_time.into()),
    ("size", |_, disk| text(&disk.size)),
    ("snapshot_id", |_, disk| text(&disk.snapshot_id)),
    ("type", |_, disk| text(&disk.disk_type)),
];

const FEATURES: &[Member<Features>] = &[
    ("cpu_online_downgrade", |_, features| text(&features.cpu_online_downgrade)),
    ("cpu_online_upgrade", |_, features| text(&features.cpu_online_upgrade)),
    ("imds_support", |_, features| text(&features.imds_support)),
    ("memory_online_downgrade", |_, features| text(&features.memory_online_downgrade)),
    ("memory_online_upgrade", |_, features| text(&features.memory_online_upgrade)),
    ("nvme_support", |_, features| text(&features.nvme_support)),
];

const DETECTION: &[Member<Detection>] = &[
    ("items", |shapes, detection| shapes.detection_item.objects(shapes, &detection.items)),
    ("status", |_, detection| text(&detection.status)),
];

const DETECTION_ITEM: &[Member<DetectionItem>] = &[
    ("name", |_, item| text(&item.name)),
    ("risk_code", |_, item| text(&item.risk_code)),
    ("risk_level", |_, item| text(&item.risk_level)),
    ("value", |_, item| text(&item.value)),
];

const SECURE_BOOT: &[Member<ExternalText>] = &[("secure_boot_support", |_, support| text(support))];

fn text(text: &ExternalText) -> Value {
    Value::String(text.raw().clone())
}

fn tags(image: &Image) -> Value {
    let tags: BTreeMap<Arc<str>, Value> =
        own_tags(image).map(|(key, value)| (key.raw().clone(), text(value))).collect();
    Value::Map(tags)
}

#[cfg(test)]
mod tests {
    use super::{DETECTION, DETECTION_ITEM, DISK, FEATURES, IMAGE, Member};

    #[test]
    fn members_are_sorted_by_name() {
        fn names<T>(members: &[Member<T>]) -> Vec<&'static str> {
            members.iter().map(|(name, _)| *name).collect()
        }
        let all =
            [names(DETECTION), names(DETECTION_ITEM), names(DISK), names(FEATURES), names(IMAGE)];
        for names in all {
            assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        }
    }
}
