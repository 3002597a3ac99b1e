//! Decodes response bodies.
//!
//! A valid response to DescribeImages is a JSON object with `Images` and `TotalCount`. Anything
//! else, such as an empty body, `{}`, `null`, an error object or an HTML page, is an error and
//! never counts as "no images". Types within the object may vary (see `loose`). The decoder reads
//! the body once, does not recurse into unknown members, and limits the length of every list, so a
//! decoded response needs at most a few times the memory of its body.

mod loose;
mod refusal;

use bytes::Bytes;
use serde::{
    Deserialize,
    de::{DeserializeOwned, MapAccess},
};

use self::loose::{JsonObject, JsonReader};
use super::{
    Detail,
    model::{Detection, DetectionItem, DiskDeviceMapping, Features, Image},
};
use crate::text::{ExternalText, sanitize};
pub(crate) use refusal::{clean_name, read_refusal, request_id};

/// The requested page size. Source: ECS API, DescribeImages, `PageSize`: at most 100.
pub(crate) const PAGE_SIZE: u64 = 100;

/// The most images that a lookup may have. The quota of the service allows reading half as many in
/// five minutes; with a larger `TotalCount`, the lookup would only time out.
const MAX_IMAGES: u64 = 1_000_000;

/// The most images in one response: the requested page size, which is the maximum of the service.
const MAX_IMAGES_OF_PAGE: usize = PAGE_SIZE as usize;

/// The most tags, disks and detection items of one image. Sources: the service allows 20 tags a
/// resource and 17 disks an instance; it documents fewer than 20 checks of an image.
const MAX_INNER: usize = 64;

/// The maximum overhead of a string, in bytes: the counters of `Arc` and the rounding of the
/// allocator.
const TEXT_OVERHEAD: usize = 32;

/// One page of images.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The images, in the order of the API.
    pub(crate) images: Vec<Image>,
    /// The number of images on all pages.
    pub(crate) total_count: u64,
    /// An upper bound of the memory that the images take, in bytes. It assumes that no string is
    /// shared and that the whole body is text.
    pub(crate) size: usize,
}

/// The reason that a body is not a valid response.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The body is not complete JSON, for example because an intermediary truncated or replaced it.
    /// A retry may succeed.
    #[error("{0}")]
    Broken(String),
    /// The body is complete JSON, but not a response of this action. The service sent it
    /// intentionally, so a retry would return the same.
    #[error("{reason}")]
    Unexpected {
        /// What is wrong with it.
        reason: String,
        /// The request id, if there is one.
        request_id: Option<String>,
    },
    /// The body is the response to another request, for example because a cache or a proxy mixed up
    /// responses. A retry may succeed.
    #[error("{reason}")]
    Mismatch {
        /// What differs from the request.
        reason: String,
        /// The request id, if there is one.
        request_id: Option<String>,
    },
    /// The body is an error (`Code`), although the status says otherwise.
    #[error("the body is an error")]
    Refused,
}

/// Decodes the response to DescribeImages for page `number` of `region`.
///
/// # Errors
///
/// See [`Error`]; the reason names the place within the body.
pub(crate) fn read_page(
    body: &[u8],
    region: &str,
    number: u64,
    detail: Detail,
) -> Result<Page, Error> {
    match detail {
        Detail::Full => read_page_of::<Image>(body, region, number),
        Detail::Outline => read_page_of::<Outline>(body, region, number),
    }
}

fn read_page_of<I>(body: &[u8], region: &str, number: u64) -> Result<Page, Error>
where
    I: JsonObject + Into<Image>,
{
    let answer: Envelope<I> = read_object(body)?;
    let (Some(images), Some(total_count)) = (answer.images, answer.total_count) else {
        if is_error(&answer.code) {
            return Err(Error::Refused);
        }
        return Err(Error::Unexpected {
            reason: "the members Images and TotalCount are missing".into(),
            request_id: answer.request_id,
        });
    };
    // In addition to its `Code`, an error may have all members of a response, empty.
    if images.is_empty() && is_error(&answer.code) {
        return Err(Error::Refused);
    }
    let request_id = answer.request_id;
    if let Some(reason) = mismatch(&answer.region, answer.page_number, region, number) {
        return Err(Error::Mismatch { reason, request_id });
    }
    let Ok(total_count) = u64::try_from(total_count) else {
        let reason = "TotalCount is negative".into();
        return Err(Error::Unexpected { reason, request_id });
    };
    if total_count > MAX_IMAGES {
        let reason = format!("TotalCount is {total_count}, more than can be read");
        return Err(Error::Unexpected { reason, request_id });
    }
    let images: Vec<Image> = images.into_iter().map(Into::into).collect();
    let size = body.len() + images.iter().map(size_without_text).sum::<usize>();
    Ok(Page { images, total_count, size })
}

/// Whether the `Code` of a response says that it is an error; most others have none.
fn is_error(code: &str) -> bool {
    !["", "200", "OK", "Success"].contains(&code)
}

/// The body of the response to a call of any action for `region`: a JSON object, not an error, and not
/// for another region.
///
/// # Errors
///
/// See [`Error`].
pub(crate) fn read_response(body: &[u8], region: &str) -> Result<Bytes, Error> {
    let common: CommonMembers = read_object(body)?;
    if is_error(common.code.raw()) {
        return Err(Error::Refused);
    }
    if let Some(reason) = other_region(common.region.raw(), region) {
        let id = common.request_id.raw();
        let request_id = (!id.is_empty()).then(|| id.to_string());
        return Err(Error::Mismatch { reason, request_id });
    }
    Ok(Bytes::copy_from_slice(body))
}

/// Decodes the response of another action, which is JSON with the members of `T`.
///
/// # Errors
///
/// See [`Error`]. No reason quotes the text of the body.
pub(crate) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct CommonMembers {
        code: String,
        request_id: Option<String>,
    }
    serde_json::from_slice(body).map_err(|error| {
        let reason = describe_json(&error);
        if !error.is_data() {
            return Error::Broken(reason);
        }
        let CommonMembers { code, request_id } = serde_json::from_slice(body).unwrap_or_default();
        if is_error(&code) { Error::Refused } else { Error::Unexpected { reason, request_id } }
    })
}

/// The error in a JSON text. The library's message would quote the text, so only the kind and the
/// position of the error are kept.
pub(crate) fn describe_json(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Data => "a member is missing or of the wrong type",
        serde_json::error::Category::Eof => "the JSON ends too early",
        serde_json::error::Category::Io | serde_json::error::Category::Syntax => {
            "it is not valid JSON"
        }
    };
    format!("{kind}, near line {} column {}", error.line(), error.column())
}

/// How a response for page `its_number` of `its_region` differs from the request, if it does. A
/// response may omit either.
fn mismatch(
    its_region: &str,
    its_number: Option<i64>,
    region: &str,
    number: u64,
) -> Option<String> {
    if let Some(reason) = other_region(its_region, region) {
        return Some(reason);
    }
    let its_number = its_number.filter(|its_number| u64::try_from(*its_number) != Ok(number))?;
    Some(format!("it is for page {its_number} instead of {number}"))
}

/// How a response for `its_region` differs from the request, if it does.
fn other_region(its_region: &str, region: &str) -> Option<String> {
    let differs = !its_region.is_empty() && !its_region.eq_ignore_ascii_case(region);
    differs.then(|| {
        let its_region = sanitize(its_region, 100);
        format!("it is for the region {its_region:?} instead of {region:?}")
    })
}

/// The memory that an image takes without the characters of its strings, in bytes. The factors are
/// the numbers of strings in an image, a tag, a disk and a detection item.
fn size_without_text(image: &Image) -> usize {
    const TAG: usize = size_of::<(ExternalText, ExternalText)>() + 2 * TEXT_OVERHEAD;
    const DISK: usize = size_of::<DiskDeviceMapping>() + 8 * TEXT_OVERHEAD;
    const ITEM: usize = size_of::<DetectionItem>() + 4 * TEXT_OVERHEAD;
    size_of::<Image>()
        + 28 * TEXT_OVERHEAD
        + image.tags.capacity() * TAG
        + image.disk_device_mappings.capacity() * DISK
        + image.detection.items.capacity() * ITEM
}

fn read_object<T: JsonObject>(body: &[u8]) -> Result<T, Error> {
    let body = body.trim_ascii();
    match body {
        [] => return Err(Error::Broken("the body is empty".into())),
        [b'<', ..] => return Err(Error::Broken("the body is HTML or XML, not JSON".into())),
        _ => {}
    }
    let reader = JsonReader::default();
    let mut json = serde_json::Deserializer::from_slice(body);
    let object = reader.read(&mut json).and_then(|object| json.end().map(|()| object));
    object.map_err(|cause| explain(&cause, &reader.place()))
}

fn explain(cause: &serde_json::Error, place: &str) -> Error {
    let mut reason = sanitize(&without_quote(&cause.to_string()), 200);
    if !place.is_empty() {
        reason = format!("{place}: {reason}");
    }
    if cause.is_data() {
        return Error::Unexpected { reason, request_id: None };
    }
    Error::Broken(format!("the body is not whole JSON: {reason}"))
}

/// The message of the JSON library without the quoted text of the body, which may repeat a part of
/// the request.
fn without_quote(words: &str) -> String {
    let quoted =
        words.split_once('"').and_then(|(before, rest)| Some((before, rest.rsplit_once('"')?.1)));
    quoted
        .map_or_else(|| words.to_owned(), |(before, after)| format!("{}{after}", before.trim_end()))
}

/// The outermost object, before its kind is known.
#[derive(Default)]
struct Envelope<I> {
    code: String,
    images: Option<Vec<I>>,
    page_number: Option<i64>,
    region: String,
    request_id: Option<String>,
    total_count: Option<i64>,
}

impl<I: JsonObject> JsonObject for Envelope<I> {
    fn read_member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        reader: &JsonReader,
        members: &mut A,
    ) -> Result<bool, A::Error> {
        match name {
            "Code" | "code" => self.code = reader.text("Code", members)?.raw().to_string(),
            "Images" => {
                self.images = reader.list("Images", "Image", MAX_IMAGES_OF_PAGE, members)?;
            }
            "PageNumber" => self.page_number = reader.count("PageNumber", members)?,
            "RegionId" => self.region = reader.text("RegionId", members)?.raw().to_string(),
            "RequestId" | "requestId" => {
                // A truncated request ID would be useless.
                let id = reader.text("RequestId", members)?;
                self.request_id = (id.raw().len() <= 100).then(|| id.to_string());
            }
            "TotalCount" => self.total_count = reader.count("TotalCount", members)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Implements [`JsonObject`] from a table: the name of the member on the wire, and its field.
macro_rules! members {
    ($object:ty { $($name:literal => $($field:tt).+ : $read:ident),+ $(,)? }
     $($more:literal => |$this:ident, $reader:ident, $members:ident| $body:expr),* $(,)?) => {
        impl JsonObject for $object {
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

/// An image of which only a few members are read; see [`Detail::Outline`].
#[derive(Default)]
struct Outline(Image);

impl From<Outline> for Image {
    fn from(Outline(image): Outline) -> Self {
        image
    }
}

members! {
    Outline {
        "CreationTime" => 0.creation_time: text,
        "ImageId" => 0.image_id: text,
        "ImageName" => 0.image_name: text,
        "ImageOwnerAlias" => 0.image_owner_alias: word,
        "ImageOwnerId" => 0.image_owner_id: word,
        "Size" => 0.size: integer,
        "Status" => 0.status: word,
    }
}

/// What a response to any action may have; empty if it does not.
#[derive(Default)]
struct CommonMembers {
    code: ExternalText,
    region: ExternalText,
    request_id: ExternalText,
}

members! {
    CommonMembers {
        "Code" => code: word,
        "code" => code: word,
        "RegionId" => region: word,
        "RequestId" => request_id: word,
    }
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

#[cfg(test)]
mod tests;
