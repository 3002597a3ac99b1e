//! The members of an image that are known, and what each may be.

use serde_json::{Map, Value};

/// Why an image of a fixture cannot be used.
#[derive(Debug)]
pub(crate) struct FieldError {
    /// The member of the image at fault; empty for the image itself.
    pub(crate) field: &'static str,
    pub(crate) reason: String,
}

/// What a known member of an image may be.
#[derive(Clone, Copy)]
enum MemberKind {
    /// A boolean, or a text that spells one.
    Bool,
    /// An object that may be empty.
    Object,
    /// A whole number, or a text that spells one.
    Number,
    /// A text, number or boolean.
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
