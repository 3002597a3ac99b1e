//! Checks of the parameters that set the name and other attributes of an image. Source: ECS API, CreateImage,
//! CopyImage and ModifyImageAttribute, request parameters and error codes.

use serde_json::{Map, Value, json};

use crate::mock::{
    catalog::filter::Architecture,
    message::{Refusal, Request},
    service::Exchange,
};

/// The longest name of an image, in characters.
const LONGEST_NAME: usize = 128;

/// The longest other text that is stored from a request, in characters. Source: ECS API,
/// CreateImage, `Description`.
const LONGEST_TEXT: usize = 256;

/// The types of licenses. Source: ECS API, ImportImage, `LicenseType`.
const LICENSES: &[&str] = &["Aliyun", "Auto", "BYOL"];

/// Checks the name of a new image. Source: ECS API, CreateImage, `ImageName`.
pub(super) fn check_name(exchange: &Exchange<'_>, region: &str, name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Ok(());
    }
    if !is_name(name) {
        return Err(Refusal::known("InvalidImageName.Malformed"));
    }
    let view = exchange.backend.catalog().view(region, exchange.account());
    let taken = view.is_some_and(|view| view.has_own_name(name));
    if taken { Err(Refusal::known("InvalidImageName.Duplicated")) } else { Ok(()) }
}

/// Checks the family of an image. Source: ECS API, CreateImage, `ImageFamily`.
pub(super) fn check_family(request: &Request) -> Result<(), Refusal> {
    match request.parameter("ImageFamily") {
        Some(family) if !is_name(family) => Err(Refusal::known("InvalidImageFamily.Malformed")),
        _ => Ok(()),
    }
}

/// Whether a text can be the name of an image or a family: it begins with a letter and consists of
/// letters of any script, digits, `.`, `:`, `_` and `-`.
fn is_name(text: &str) -> bool {
    let reserved = ["acs:", "aliyun"];
    let fits = |c: char| c.is_alphanumeric() || ['.', ':', '_', '-'].contains(&c);
    (2..=LONGEST_NAME).contains(&text.chars().count())
        && text.starts_with(char::is_alphabetic)
        && text.chars().all(fits)
        && !reserved.iter().any(|start| text.starts_with(start))
}

/// Checks a description. Source: ECS API, CreateImage, `Description`.
pub(super) fn check_description(request: &Request, name: &str) -> Result<(), Refusal> {
    let Some(text) = request.parameter(name) else { return Ok(()) };
    let is_url = ["http://", "https://"].iter().any(|start| text.starts_with(start));
    if is_url || !(2..=LONGEST_TEXT).contains(&text.chars().count()) {
        return Err(Refusal::known("InvalidDescription.Malformed"));
    }
    Ok(())
}

/// Checks the boot mode. Instances with ARM processors have no BIOS. Source: ECS API, CreateImage, `BootMode`;
/// ECS guide, "Boot modes of images".
pub(super) fn check_boot_mode(
    request: &Request,
    architecture: Architecture,
) -> Result<(), Refusal> {
    match (request.parameter("BootMode"), architecture) {
        (None | Some("UEFI"), _) => Ok(()),
        (Some("BIOS" | "UEFI-Preferred"), Architecture::I386 | Architecture::X86_64) => Ok(()),
        _ => Err(Refusal::known("InvalidBootMode.NotSupport")),
    }
}

/// Checks the type of the license.
pub(super) fn check_license(request: &Request) -> Result<(), Refusal> {
    match request.parameter("LicenseType") {
        Some(license) if !LICENSES.contains(&license) => {
            Err(Refusal::known("InvalidLicenseType.NotSupported"))
        }
        _ => Ok(()),
    }
}

/// `supported` or `unsupported`, as a request sets it: `Features.NvmeSupport` and the like.
pub(super) fn support<'a>(request: &'a Request, name: &str) -> Result<Option<&'a str>, Refusal> {
    match request.parameter(name) {
        None => Ok(None),
        Some(support @ ("supported" | "unsupported")) => Ok(Some(support)),
        Some(_) => Err(Refusal::invalid_parameter(name)),
    }
}

/// The access mode for metadata that a request sets.
pub(super) fn imds_support(request: &Request) -> Result<Option<&str>, Refusal> {
    match request.parameter("Features.ImdsSupport") {
        None => Ok(None),
        Some(version @ ("v1" | "v2")) => Ok(Some(version)),
        Some(_) => Err(Refusal::known("InvalidParameter.FeaturesImdsSupport")),
    }
}

/// Sets a member of a member of an image, such as one of its `Features`.
pub(super) fn set_within(
    members: &mut Map<String, Value>,
    outer: &str,
    name: &str,
    value: Option<&str>,
) {
    let Some(value) = value else { return };
    let outer = members.entry(outer).or_insert_with(|| json!({}));
    if let Some(outer) = outer.as_object_mut() {
        outer.insert(name.to_owned(), value.into());
    }
}

/// Checks the length of parameters that are stored.
pub(super) fn check_texts(request: &Request, names: &[&str]) -> Result<(), Refusal> {
    let long = |name: &&&str| {
        let text = request.parameter(name).unwrap_or_default();
        text.chars().count() > LONGEST_TEXT
    };
    names.iter().find(long).map_or(Ok(()), |name| Err(Refusal::invalid_parameter(name)))
}
