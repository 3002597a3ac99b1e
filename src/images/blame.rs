//! Which argument the service refused.

use crate::value::{AttributePath, Value};

/// Codes of DescribeImages that are about one parameter, or how they begin, and the argument.
/// Source: ECS API, DescribeImages, error codes.
const ARGUMENTS: &[(&str, &str)] = &[
    ("DryRunOperation", "dry_run"),
    ("InvalidArchitecture", "architecture"),
    ("InvalidFilterKey", "filter"),
    ("InvalidFilterValue", "filter"),
    ("InvalidImageOwnerAlias.PublicImageUnsupported", "is_public"),
    ("InvalidImageOwnerAlias", "owners"),
    ("InvalidInstanceType", "instance_type"),
    ("InvalidOSType", "os_type"),
    ("InvalidOperation.ImageOwnerIdUnsupported", "image_owner_id"),
    ("InvalidRegionId", "region"),
    ("InvalidTag", "tags"),
    ("InvalidUsage", "usage"),
];

/// The argument that a refusal with this code is about, where the block gives it.
pub(super) fn argument(code: &str, config: &Value) -> Option<AttributePath> {
    let (_, argument) = ARGUMENTS.iter().find(|(begin, _)| code.starts_with(begin))?;
    (!config.attribute(argument).is_null()).then(|| AttributePath::attribute(*argument))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::fakes::images_block, ARGUMENTS, argument};

    #[test]
    fn a_refusal_stands_at_the_argument_that_was_given() {
        let config = images_block(json!({ "owners": "others", "is_public": true, "tags": {} }));
        for (code, expected) in [
            ("InvalidImageOwnerAlias.ValueNotSupported", Some("owners")),
            ("InvalidImageOwnerAlias.PublicImageUnsupported", Some("is_public")),
            ("InvalidTagCount", Some("tags")),
            ("InvalidTag.Mismatch", Some("tags")),
            // Not given: the provider's region was refused.
            ("InvalidRegionId.NotFound", None),
            ("Throttling", None),
            ("", None),
        ] {
            let found = argument(code, &config).map(|path| path.to_string());
            assert_eq!(found.as_deref(), expected, "{code}");
        }
    }

    #[test]
    fn every_argument_is_one() {
        for (_, argument) in ARGUMENTS {
            images_block(json!({ (*argument): null }));
        }
    }
}
