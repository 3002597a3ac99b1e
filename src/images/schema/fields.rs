//! The attributes of one image.

use crate::{
    schema::{Attribute, AttributeKind, Nesting, Presence},
    value::Kind,
};

/// The attributes of an image, in the order of their documentation.
pub(super) fn attributes() -> Vec<Attribute> {
    let mut attributes = identity();
    attributes.extend(system());
    attributes.extend(origin());
    attributes.push(disk_device_mappings());
    attributes.push(detection_options());
    attributes.push(features());
    attributes.push(nested(
        "secure_boot_options",
        Nesting::Single,
        "What the image says about secure boot.",
        vec![text("secure_boot_support", "Whether secure boot is supported, as the service says.")],
    ));
    attributes
}

fn identity() -> Vec<Attribute> {
    vec![
        text("id", "The image ID."),
        text("image_id", "The image ID, the same as `id`."),
        text("name", "The name. Public images have their ID as name."),
        text("description", "The description."),
        text("image_family", "The image family; empty for none."),
        text("image_version", "The version of the image; mostly empty."),
        text("creation_time", "When the image was created, as the service says: ISO 8601 in UTC."),
        text(
            "status",
            "The status, such as `Available`; see the argument `status` for the others.",
        ),
        text("state", "The status, the same as `status`."),
        text("progress", "How far the making of the image is, such as `100%`."),
        flag("usable", "Whether an instance can be made from the image at once."),
        text("usage", "Whether instances run the image: `instance` or `none`."),
        attribute(
            "tags",
            Kind::map(Kind::String),
            "The tags, without those that the platform sets.",
        ),
    ]
}

fn system() -> Vec<Attribute> {
    vec![
        text("architecture", "The processor architecture: `i386`, `x86_64`, `arm64`."),
        text("platform", "The distribution, such as `Ubuntu`, `Aliyun` or `Windows Server 2022`."),
        text("os_type", "The kind of operating system: `linux` or `windows`."),
        text("os_name", "The name of the operating system, in the language of the site."),
        text("os_name_en", "The name of the operating system in English."),
        text("boot_mode", "How the image boots: `BIOS`, `UEFI` or `UEFI-Preferred`."),
        attribute("size", Kind::Number, "The size of the system disk in GiB."),
        flag("is_support_cloud_init", "Whether cloud-init is supported."),
        flag("is_support_io_optimized", "Whether the image runs on I/O optimized instances."),
        flag("login_as_non_root_supported", "Whether one can log in as the user `ecs-user`."),
        text("license_type", "Who licenses the system: `Aliyun`, `BYOL`, or empty."),
    ]
}

fn origin() -> Vec<Attribute> {
    vec![
        text("image_owner_alias", "Whose image it is: `system`, `self`, `others`, `marketplace`."),
        text("image_owner_id", "The ID of the account that owns the image; may be empty."),
        flag("is_public", "Whether the image is a public or a community image."),
        text("is_self_shared", "Whether you share the image: `True`, `False`, or empty."),
        flag("is_subscribed", "Whether you have subscribed to the terms of the image's product."),
        flag("is_copied", "Whether the image is a copy of another."),
        text("product_code", "The product code of a marketplace image."),
        text("supplier_name", "The name of the supplier of a community image."),
        text("resource_group_id", "The resource group of a custom image; may be empty."),
    ]
}

fn disk_device_mappings() -> Attribute {
    nested(
        "disk_device_mappings",
        Nesting::List,
        "The disks of the image; public images have none.",
        vec![
            text("device", "The device name, such as `/dev/xvda`."),
            text("type", "What the disk is for: `system` or `data`."),
            text("size", "The size in GiB, as text."),
            text("snapshot_id", "The snapshot that the disk is made from."),
            flag("encrypted", "Whether the disk is encrypted."),
            text("format", "The format of an imported image, such as `qcow2`."),
            text("import_oss_bucket", "The OSS bucket that the image was imported from."),
            text("import_oss_object", "The OSS object that the image was imported from."),
            text("progress", "How far a copy is, such as `32%`."),
            attribute("remain_time", Kind::Number, "How long a copy will still take, in seconds."),
        ],
    )
}

fn detection_options() -> Attribute {
    nested(
        "detection_options",
        Nesting::Single,
        "The result of checking an imported image.",
        vec![
            text("status", "How far the check is: `Processing`, `Finished`, or empty without one."),
            nested(
                "items",
                Nesting::List,
                "What was checked.",
                vec![
                    text("name", "The name of the check."),
                    text("value", "What was found."),
                    text("risk_level", "How bad that is: `High`, `Medium`, or empty."),
                    text("risk_code", "The code of the risk."),
                ],
            ),
        ],
    )
}

fn features() -> Attribute {
    nested(
        "features",
        Nesting::Single,
        "What instances made from the image support; empty texts where the service says nothing.",
        vec![
            text("nvme_support", "NVMe disks: `supported` or `unsupported`."),
            text("imds_support", "The instance metadata service: `v1` or `v2`."),
            text(
                "cpu_online_upgrade",
                "Adding processors at run time: `supported` or `unsupported`.",
            ),
            text(
                "cpu_online_downgrade",
                "Removing processors at run time: `supported` or `unsupported`.",
            ),
            text(
                "memory_online_upgrade",
                "Adding memory at run time: `supported` or `unsupported`.",
            ),
            text(
                "memory_online_downgrade",
                "Removing memory at run time: `supported` or `unsupported`.",
            ),
        ],
    )
}

fn text(name: &'static str, description: &'static str) -> Attribute {
    attribute(name, Kind::String, description)
}

fn flag(name: &'static str, description: &'static str) -> Attribute {
    attribute(name, Kind::Bool, description)
}

fn attribute(name: &'static str, kind: Kind, description: &'static str) -> Attribute {
    Attribute::new(name, kind, Presence::Computed, description)
}

fn nested(
    name: &'static str,
    nesting: Nesting,
    description: &'static str,
    attributes: Vec<Attribute>,
) -> Attribute {
    Attribute {
        kind: AttributeKind::Nested { nesting, attributes },
        ..attribute(name, Kind::Dynamic, description)
    }
}
