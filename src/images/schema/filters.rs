//! The arguments that are sent to the service, which filters by them.

use crate::{
    schema::{Attribute, Presence},
    value::Kind,
};

/// The arguments that the service filters by, in the order of their documentation.
pub(super) fn attributes() -> Vec<Attribute> {
    let optional =
        |name, kind, description| Attribute::new(name, kind, Presence::Optional, description);
    vec![
        optional(
            "owners",
            Kind::String,
            "Whose images: `system` (public images of Alibaba Cloud), `self` (your own), `others` \
             (shared with you; with `is_public = true` community images), `marketplace`. Default: \
             the first three, where `others` includes images that any stranger has shared with \
             your account. Values as in the API's `ImageOwnerAlias`.",
        ),
        optional(
            "image_owner_id",
            Kind::String,
            "The ID of the account that owns the images: digits only. The service takes it for \
             shared and community images alone.",
        ),
        optional(
            "status",
            Kind::String,
            "The status to look for: `Available` (default), `Creating`, `Waiting`, `UnAvailable`, \
             `CreateFailed`, `Deprecated`; several with commas between them, or `ALL`. Values as \
             in the API's `Status`.",
        ),
        optional("image_id", Kind::String, "The ID of the image."),
        optional(
            "image_name",
            Kind::String,
            "The name of the image, matched by the service, which also finds parts of names. \
             `name_regex` is more exact.",
        ),
        optional("image_family", Kind::String, "The name of the family that the image is in."),
        optional(
            "snapshot_id",
            Kind::String,
            "The ID of the snapshot that a custom image was made from.",
        ),
        optional(
            "instance_type",
            Kind::String,
            "An instance type, such as `ecs.g8i.large`: only images that can run on it.",
        ),
        optional(
            "resource_group_id",
            Kind::String,
            "The ID of a resource group: only custom images in it. The service finds at most 1,000 \
             this way, and none of the default group.",
        ),
        optional(
            "usage",
            Kind::String,
            "Whether instances run the image: `instance` (at least one does) or `none`. Default: \
             both. Values as in the API's `Usage`.",
        ),
        optional(
            "os_type",
            Kind::String,
            "The kind of operating system: `linux` or `windows`. Default: both.",
        ),
        optional(
            "architecture",
            Kind::String,
            "The processor architecture: `i386`, `x86_64` or `arm64`. Default: all.",
        ),
        optional(
            "action_type",
            Kind::String,
            "What the image is to be used for: `CreateEcs` (a new instance; the service's \
             default) or `ChangeOS` (another system disk for an instance). `CreateOS` is sent \
             as it is, since other providers take it, but the API documents `ChangeOS` only.",
        ),
        optional(
            "is_support_io_optimized",
            Kind::Bool,
            "Whether the image runs on I/O optimized instances. `false` is a filter too. Default: \
             both.",
        ),
        optional(
            "is_support_cloud_init",
            Kind::Bool,
            "Whether the image supports cloud-init. `false` is a filter too. Default: both.",
        ),
        optional(
            "is_public",
            Kind::Bool,
            "Whether to look among community images, which anybody can publish; they need \
             `owners = \"others\"`, and should be limited by `image_owner_id`. Default: `false`.",
        ),
        optional(
            "usable",
            Kind::Bool,
            "Whether an instance can be made from the image at once. Default: both.",
        ),
        optional(
            "show_expired",
            Kind::Bool,
            "Whether expired images are listed. Default: the service's.",
        )
        .deprecated("The API documents that it is going to drop this parameter, `ShowExpired`."),
        optional(
            "owner_account",
            Kind::String,
            "The login name of a RAM user, sent as the API's `OwnerAccount`.",
        ),
        optional(
            "tags",
            Kind::map(Kind::String),
            "Tags that the image must have, all of them: up to 20. A value of `null` or `\"\"` \
             stands for any value.",
        ),
        optional(
            "dry_run",
            Kind::Bool,
            "Whether the service only checks the request and the permissions. The read then ends \
             in an error, even when the check passes, since nothing was read. Default: `false`.",
        ),
    ]
}
