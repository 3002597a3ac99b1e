//! The one table of the arguments of a data block.
//!
//! The row of an argument that is sent defines everything about it: its schema and description, the
//! validation of its value, its request parameter, its role in the explanation of an empty result, and
//! the error codes of the service that refer to it. The row of an argument that is not sent has its
//! schema and description; `arguments` reads its value and `selection` applies it. Rules that involve
//! several arguments are in `arguments` and `guard`.

use super::super::selection::Order;
use crate::{alicloud::model::Image, text::ExternalText, value::Kind};

/// An argument that is sent to the service. Source: ECS API, DescribeImages.
#[derive(Debug)]
pub(crate) struct Filter {
    /// The name of the argument.
    pub(crate) name: &'static str,
    /// The form of its value.
    pub(crate) form: Form,
    /// The request parameter; for tags and filter blocks, the part before the index.
    pub(crate) parameter: &'static str,
    /// Whether omitting it can find more images.
    pub(crate) narrows: Narrows,
    /// Whether the service returns a limited number of images for a search by it.
    pub(crate) is_capped: bool,
    /// The field of an image with which a value that matches nothing is compared to suggest a
    /// correction, if such a value is probably misspelled.
    pub(crate) named_by: Option<fn(&Image) -> &ExternalText>,
    /// Error codes of the service that are about it, or how they begin.
    pub(crate) blamed_by: &'static [&'static str],
    /// The description, without the documented values and the default, which are appended.
    pub(crate) description: &'static str,
    /// What holds if it is not set; empty if the description says all.
    pub(crate) default: &'static str,
    /// The deprecation message, if it is deprecated.
    pub(crate) deprecation: Option<&'static str>,
}

/// An argument that is not sent to the service.
#[derive(Debug)]
pub(crate) struct Local {
    /// The name of the argument.
    pub(crate) name: &'static str,
    /// Its type.
    pub(crate) kind: Kind,
    /// Whether the provider reports a value if the user sets none.
    pub(crate) computed: bool,
    /// Whether only the data sources that return a list have it.
    pub(crate) lists_only: bool,
    /// Its values, if there are no others.
    pub(crate) words: fn() -> Vec<&'static str>,
    /// Error codes of the service that are about it, or how they begin.
    pub(crate) blamed_by: &'static [&'static str],
    /// The description, without the values and the default, which are appended.
    pub(crate) description: &'static str,
    /// What holds if it is not set; empty if the description says all.
    pub(crate) default: &'static str,
}

/// The form of the value of an argument that is sent.
#[derive(Debug)]
pub(crate) enum Form {
    /// `true` or `false`; `false` is a filter too.
    Flag,
    /// Any text; `""` means no filter.
    Text,
    /// Digits only; `""` means no filter.
    Digits,
    /// One word. These are documented, with a meaning if the word needs one. Any other word is sent
    /// with a warning.
    Word(&'static [Word], Empty),
    /// Several such words, separated by commas. If it is not set, [`DEFAULT_STATUS`] is sent.
    Words(&'static [Word]),
    /// A map of tags.
    Tags,
    /// Key and value of a nested block.
    Pair,
}

impl Form {
    /// The type of the argument.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Flag => Kind::Bool,
            Self::Tags => Kind::map(Kind::String),
            Self::Text | Self::Digits | Self::Word(..) | Self::Words(_) | Self::Pair => {
                Kind::String
            }
        }
    }

    /// Whether it is sent as several parameters with a number, such as `Tag.1.Key`.
    pub(crate) fn is_numbered(&self) -> bool {
        matches!(self, Self::Tags | Self::Pair)
    }

    /// The documented words.
    pub(crate) fn words(&self) -> &'static [Word] {
        match self {
            Self::Word(words, _) | Self::Words(words) => words,
            Self::Flag | Self::Tags | Self::Text | Self::Digits | Self::Pair => &[],
        }
    }
}

/// A documented word and its meaning.
pub(crate) type Word = (&'static str, &'static str);

/// What `""` means if a word is expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Empty {
    /// No filter.
    NoFilter,
    /// An error, as for the official provider.
    Invalid,
}

/// Whether omitting a filter can find more images.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Narrows {
    Always,
    Never,
    /// Always, except for [`ALL_STATUSES`].
    UnlessAll,
    WhenTrue,
}

/// The default of `status`, as in the API.
pub(crate) const DEFAULT_STATUS: &str = "Available";

/// The word that stands for every status.
pub(crate) const ALL_STATUSES: &str = "ALL";

/// The most tags to filter by. Source: ECS API, DescribeImages, `Tag.N`.
pub(crate) const MAX_TAGS: usize = 20;

const FILTER: Filter = Filter {
    name: "",
    form: Form::Text,
    parameter: "",
    narrows: Narrows::Always,
    is_capped: false,
    named_by: None,
    blamed_by: &[],
    description: "",
    default: "",
    deprecation: None,
};

const LOCAL: Local = Local {
    name: "",
    kind: Kind::String,
    computed: false,
    lists_only: false,
    words: Vec::new,
    blamed_by: &[],
    description: "",
    default: "",
};

/// The nested block `filter`: a key and a value of the API's `Filter.N`.
pub(crate) static FILTER_BLOCK: Filter = Filter {
    name: "filter",
    form: Form::Pair,
    parameter: "Filter",
    blamed_by: &["InvalidFilterKey", "InvalidFilterValue"],
    description: "An additional filter of the service. May be repeated; an image must match all of them.",
    ..FILTER
};

/// The arguments that are sent, in the order in which they are documented and explained.
pub(crate) static FILTERS: &[Filter] = &[
    Filter {
        name: "owners",
        form: Form::Word(
            &[
                ("system", "public images of Alibaba Cloud"),
                ("self", "your own"),
                ("others", "shared with you; with `is_public = true`, community images"),
                ("marketplace", ""),
            ],
            Empty::NoFilter,
        ),
        parameter: "ImageOwnerAlias",
        blamed_by: &["InvalidImageOwnerAlias"],
        description: "The owner of the images, as in the API's `ImageOwnerAlias`.",
        default: "the first three, where `others` includes images that any other account has \
                  shared with yours",
        ..FILTER
    },
    Filter {
        name: "image_owner_id",
        form: Form::Digits,
        parameter: "ImageOwnerId",
        blamed_by: &["InvalidOperation.ImageOwnerIdUnsupported"],
        description: "The ID of the account that owns the images, digits only. The service accepts \
                      it only for shared and community images.",
        ..FILTER
    },
    Filter {
        name: "status",
        form: Form::Words(&[
            ("Available", ""),
            ("Creating", ""),
            ("Waiting", ""),
            ("UnAvailable", ""),
            ("CreateFailed", ""),
            ("Deprecated", ""),
            (ALL_STATUSES, "every status"),
        ]),
        parameter: "Status",
        narrows: Narrows::UnlessAll,
        description: "The status of the images; separate several with commas.",
        default: "`Available`",
        ..FILTER
    },
    Filter {
        name: "image_id",
        parameter: "ImageId",
        named_by: Some(|image| &image.image_id),
        description: "The ID of the image.",
        ..FILTER
    },
    Filter {
        name: "image_name",
        parameter: "ImageName",
        named_by: Some(|image| &image.image_name),
        description: "The name of the image, matched by the service, which also finds parts of \
                      names. `name_regex` is more exact.",
        ..FILTER
    },
    Filter {
        name: "image_family",
        parameter: "ImageFamily",
        named_by: Some(|image| &image.image_family),
        description: "The name of the image family.",
        ..FILTER
    },
    Filter {
        name: "snapshot_id",
        parameter: "SnapshotId",
        description: "The ID of the snapshot from which a custom image was created.",
        ..FILTER
    },
    Filter {
        name: "instance_type",
        parameter: "InstanceType",
        blamed_by: &["InvalidInstanceType"],
        description: "An instance type, such as `ecs.g8i.large`: only images that can run on it.",
        ..FILTER
    },
    Filter {
        name: "resource_group_id",
        parameter: "ResourceGroupId",
        is_capped: true,
        description: "The ID of a resource group: only custom images in it. The service finds at \
                      most 1,000 this way, and none of the default group.",
        ..FILTER
    },
    Filter {
        name: "usage",
        form: Form::Word(
            &[("instance", "at least one instance runs the image"), ("none", "")],
            Empty::Invalid,
        ),
        parameter: "Usage",
        blamed_by: &["InvalidUsage"],
        description: "Whether instances run the image.",
        default: "both",
        ..FILTER
    },
    Filter {
        name: "os_type",
        form: Form::Word(&[("linux", ""), ("windows", "")], Empty::Invalid),
        parameter: "OSType",
        blamed_by: &["InvalidOSType"],
        description: "The type of operating system.",
        default: "both",
        ..FILTER
    },
    Filter {
        name: "architecture",
        form: Form::Word(&[("i386", ""), ("x86_64", ""), ("arm64", "")], Empty::Invalid),
        parameter: "Architecture",
        blamed_by: &["InvalidArchitecture"],
        description: "The processor architecture.",
        default: "all",
        ..FILTER
    },
    Filter {
        name: "action_type",
        form: Form::Word(
            &[
                ("CreateEcs", "a new instance; the service's default"),
                ("ChangeOS", "another system disk for an instance"),
                (
                    "CreateOS",
                    "sent as it is, since the official provider accepts it, but not documented by the API",
                ),
            ],
            Empty::Invalid,
        ),
        parameter: "ActionType",
        narrows: Narrows::Never,
        description: "The intended use of the image.",
        ..FILTER
    },
    Filter {
        name: "is_support_io_optimized",
        form: Form::Flag,
        parameter: "IsSupportIoOptimized",
        description: "Whether the image runs on I/O optimized instances. `false` is a filter too.",
        default: "both",
        ..FILTER
    },
    Filter {
        name: "is_support_cloud_init",
        form: Form::Flag,
        parameter: "IsSupportCloudinit",
        description: "Whether the image supports cloud-init. `false` is a filter too.",
        default: "both",
        ..FILTER
    },
    Filter {
        name: "is_public",
        form: Form::Flag,
        parameter: "IsPublic",
        narrows: Narrows::WhenTrue,
        blamed_by: &["InvalidImageOwnerAlias.PublicImageUnsupported"],
        description: "Whether to find community images, which anybody can publish. They need \
                      `owners = \"others\"`, and should be limited by `image_owner_id`.",
        default: "`false`",
        ..FILTER
    },
    Filter {
        name: "usable",
        form: Form::Flag,
        parameter: "Usable",
        description: "Whether an instance can be created from the image immediately.",
        default: "both",
        ..FILTER
    },
    Filter {
        name: "show_expired",
        form: Form::Flag,
        parameter: "ShowExpired",
        narrows: Narrows::Never,
        description: "Whether expired images are listed.",
        default: "the service's",
        deprecation: Some(
            "The API documents that it is going to drop this parameter, `ShowExpired`.",
        ),
        ..FILTER
    },
    Filter {
        name: "owner_account",
        parameter: "OwnerAccount",
        description: "The login name of a RAM user, sent as the API's `OwnerAccount`.",
        ..FILTER
    },
    Filter {
        name: "tags",
        form: Form::Tags,
        parameter: "Tag",
        is_capped: true,
        blamed_by: &["InvalidTag"],
        description: "Tags that the image must have, all of them: up to 20. A value of `null` or \
                      `\"\"` matches any value. The service finds at most 1,000 images this way.",
        ..FILTER
    },
    Filter {
        name: "dry_run",
        form: Form::Flag,
        parameter: "DryRun",
        narrows: Narrows::Never,
        blamed_by: &["DryRunOperation"],
        description: "Whether the service only checks the request and the permissions. The read \
                      then ends in an error even if the check passes, since nothing was read.",
        default: "`false`",
        ..FILTER
    },
];

/// The arguments that only the provider uses, in the order in which they are documented.
pub(crate) static LOCALS: &[Local] = &[
    Local {
        name: "region",
        computed: true,
        blamed_by: &["InvalidRegionId"],
        description: "The region to look in, such as `cn-hangzhou`.",
        default: "the provider's",
        ..LOCAL
    },
    Local {
        name: "name_regex",
        description: "A regular expression that must match somewhere in the name; anchor it with \
                      `^` and `$` to match the whole name. The syntax is Go's (RE2). Images without \
                      a name never match. `\"\"` means no filter.",
        ..LOCAL
    },
    Local {
        name: "exclude_name_regex",
        description: "A regular expression, in the syntax of `name_regex`: images whose name \
                      matches it are left out. `\"\"` means no filter.",
        ..LOCAL
    },
    Local {
        name: "version_regex",
        description: "A regular expression, in the syntax of `name_regex`, that finds the version in \
                      the name: its first capture group, or the whole match if it has none. Images \
                      without a version in their name are left out. `\"\"` means no filter.",
        ..LOCAL
    },
    Local {
        name: "version_constraint",
        description: "Only images whose version fulfills this constraint, in Terraform's own syntax, \
                      such as `~> 2.1` or `>= 1.4, != 1.5.2`. A pre-release matches only a condition \
                      that names a pre-release of the same version, and any `!=` with another: \
                      add `>= 0` to leave pre-releases out. Requires `version_regex`. `\"\"` means no filter.",
        ..LOCAL
    },
    Local {
        name: "created_after",
        description: "Only images created at this time or later: ISO 8601 with an offset, such as \
                      `2026-01-31T00:00:00Z`; seconds may be left out. Images whose creation time \
                      cannot be read are left out.",
        ..LOCAL
    },
    Local {
        name: "created_before",
        description: "Only images created before this time, in the form of `created_after`.",
        ..LOCAL
    },
    Local {
        name: "minimum_age",
        description: "Only images that were created at least this long ago: a duration such as \
                      `168h` or `36h30m`, for fleets that let a new image mature first. The result \
                      changes with time, as with `most_recent`. `\"\"` means no filter.",
        ..LOCAL
    },
    Local {
        name: "most_recent",
        kind: Kind::Bool,
        description: "Whether to keep only the newest image; the result changes with time, as images \
                      are added. Times are compared in whole seconds; \
                      among equal times the last image in the order of the service is kept, and a \
                      time that cannot be read counts as the oldest.",
        default: "`false`",
        ..LOCAL
    },
    Local {
        name: "sort_by",
        words: || Order::names().collect(),
        description: "The order of the result; `_desc` reverses it. `version` requires `version_regex`. \
                      Equal images are ordered by image ID, equal versions by creation time before that.",
        default: "the order of the service",
        ..LOCAL
    },
    Local {
        name: "limit",
        kind: Kind::Number,
        description: "The maximum number of images to keep, from the first: a whole number of at least 1.",
        default: "all",
        ..LOCAL
    },
    Local {
        name: "allow_unsafe_filter",
        kind: Kind::Bool,
        description: "What happens when `most_recent` or `limit` picks from images that others can \
                      publish, so that a look-alike can take the place of the one you mean: a \
                      warning if this is not set, nothing with `true`, an error with `false`.",
        ..LOCAL
    },
    Local {
        name: "output_file",
        description: "A file to write the images to, as JSON. A relative path starts in the \
                      working directory; `~` and `~user` are home directories. The directory must \
                      exist. A file that cannot be written is a warning.",
        default: "none",
        ..LOCAL
    },
    Local {
        name: "must_match",
        kind: Kind::Bool,
        lists_only: true,
        description: "Whether finding no image is an error, which says what each filter left and \
                      which images come closest.",
        default: "`false`",
        ..LOCAL
    },
];
