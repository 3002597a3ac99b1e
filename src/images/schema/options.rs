//! The arguments that the service never sees, and the blocks.

use crate::{
    schema::{Attribute, NestedBlock, Nesting, Presence},
    value::Kind,
};

use super::block;

/// The arguments that both data sources have and that are not filters of the service.
pub(super) fn attributes() -> Vec<Attribute> {
    let optional =
        |name, kind, description| Attribute::new(name, kind, Presence::Optional, description);
    vec![
        Attribute::new(
            "region",
            Kind::String,
            Presence::OptionalComputed,
            "The region to look in, such as `cn-hangzhou`. Default: the provider's.",
        ),
        optional(
            "name_regex",
            Kind::String,
            "A regular expression that the name must match somewhere; anchor it with `^` and `$` \
             where it should match as a whole. The dialect is that of Go (RE2). Images without a \
             name never match. `\"\"` is no filter.",
        ),
        optional(
            "exclude_name_regex",
            Kind::String,
            "A regular expression, in the dialect of `name_regex`: images whose name matches it \
             are left out. `\"\"` is no filter.",
        ),
        optional(
            "created_after",
            Kind::String,
            "Only images created at this time or later: ISO 8601 with an offset, such as \
             `2026-01-31T00:00:00Z`; seconds may be left out. Images whose creation time cannot \
             be read are left out.",
        ),
        optional(
            "created_before",
            Kind::String,
            "Only images created before this time, in the form of `created_after`.",
        ),
        optional(
            "most_recent",
            Kind::Bool,
            "Whether to keep only the newest image. Times are compared in whole seconds; among \
             equals the last in the order of the service is kept, and a time that cannot be read \
             counts as the oldest. Default: `false`.",
        ),
        optional(
            "sort_by",
            Kind::String,
            "The order of the result: `creation_time`, `name`, `size`, or one of these with \
             `_desc` for the largest first. Equals are ordered by image ID. Default: the order of \
             the service.",
        ),
        optional(
            "limit",
            Kind::Number,
            "The most images to keep, counted from the first: a whole number from 1. Default: \
             all.",
        ),
        optional(
            "allow_unsafe_filter",
            Kind::Bool,
            "What happens when the newest image is picked without a limit on who owns it, so that \
             a stranger can put a look-alike in its place: a warning by default, nothing with \
             `true`, an error with `false`.",
        ),
        optional(
            "output_file",
            Kind::String,
            "A file to write the images to, as JSON; relative to the working directory, `~` and \
             `~user` stand for home folders. The folder must exist. Default: none.",
        ),
        Attribute::new(
            "total_count",
            Kind::Number,
            Presence::Computed,
            "How many images the service found, before `name_regex` and the other arguments that \
             select on this side.",
        ),
    ]
}

/// The argument that only a list has: the one image must always be found.
pub(super) fn must_match() -> Attribute {
    Attribute::new(
        "must_match",
        Kind::Bool,
        Presence::Optional,
        "Whether finding no image is an error, one that tells what each filter left and which \
         images come closest. Default: `false`.",
    )
}

/// The nested blocks of both data sources.
pub(super) fn blocks() -> Vec<NestedBlock> {
    let required =
        |name, description| Attribute::new(name, Kind::String, Presence::Required, description);
    vec![
        block(
            "filter",
            Nesting::List,
            "A further filter of the service; may be repeated, and an image must pass all.",
            vec![
                required(
                    "name",
                    "The key: `CreationStartTime`, `CreationEndTime`, `NetworkType`, \
                     `CpuOnlineUpgrade`, `CpuOnlineDowngrade`, `MemoryOnlineUpgrade`, \
                     `MemoryOnlineDowngrade`. Keys as in the API's `Filter.N.Key`.",
                ),
                required(
                    "value",
                    "The value: for times ISO 8601, sent in whole minutes of UTC; for \
                     `NetworkType` `vpc` or `classic`; for the others `supported` or \
                     `unsupported`.",
                ),
            ],
        ),
        block(
            "timeouts",
            Nesting::Single,
            "How long the operations may take.",
            vec![Attribute::new(
                "read",
                Kind::String,
                Presence::Optional,
                "How long the whole look-up may take, repeats included: a duration such as `90s`, \
                 `5m` or `1h30m`. Default: `5m`.",
            )],
        ),
    ]
}
