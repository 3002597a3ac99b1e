//! The guard against look-alikes.
//!
//! If a block picks one of several images without limiting their owner, another account can publish
//! or share an image with a matching name, which may then be picked. On other clouds this attack is
//! known as image name confusion (CVE-2018-15869).

use crate::{
    alicloud::model::Image,
    diag::{Diagnostic, Message, Severity, messages},
    text::string_literal,
    value::AttributePath,
};

use super::{super::selection::Selection, checks::BlockReader};

messages! {
    Result {
        SHARED: Either "Another account may own the image picked here",
            "`most_recent` or `limit` picks among images that include those which other accounts share with yours, so that one of these can take the place of the one you mean. An error with `allow_unsafe_filter = false`.",
            "Set `owners` to `system` or `self`, or set `image_owner_id` or `image_id`.";
        COMMUNITY: Either "Anybody can publish the image picked here",
            "`most_recent` or `limit` picks among community images. An error with `allow_unsafe_filter = false`.",
            "Set `image_owner_id` or `image_id`.";
        VENDORS: Either "Any vendor can publish the image picked here",
            "`most_recent` or `limit` picks among the images of all marketplace vendors, which the service cannot filter by vendor. An error with `allow_unsafe_filter = false`.",
            "Set `image_id`, or check `product_code` of the result in a postcondition and set `allow_unsafe_filter = true`.";
    }
}

/// Who else can publish an image that matches the block.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Publisher {
    /// Other accounts that share an image with this one, since no owner is set.
    Sharing,
    /// The same, since `owners = "others"`.
    Others,
    /// Anybody, as a community image.
    Community,
    /// A vendor of the marketplace.
    Vendor,
    /// Unknown, since the API does not document this value of `owners`.
    Undocumented(String),
}

/// The picked image may belong to another account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Exposure {
    publisher: Publisher,
    /// The argument that picks the image.
    picked_by: &'static str,
}

impl Exposure {
    /// The exposure of a block for which `allow_unsafe_filter` is not set. With `false`, the block
    /// gets an error instead.
    pub(crate) fn of(block: &mut BlockReader<'_>, selection: &Selection) -> Option<Self> {
        let picked_by = match (selection.most_recent, selection.limit) {
            (true, _) => "most_recent",
            (false, Some(_)) => "limit",
            (false, None) => return None,
        };
        let names_the_image_or_its_owner = ["image_owner_id", "image_id"]
            .iter()
            .any(|argument| block.is_given(argument) && block.value(argument).as_str() != Some(""));
        if names_the_image_or_its_owner {
            return None;
        }
        let exposure = Self { publisher: publisher(block)?, picked_by };
        match block.value("allow_unsafe_filter").as_bool() {
            Some(true) => None,
            Some(false) => {
                block.diagnostics.push(exposure.diagnostic(Severity::Error, None));
                None
            }
            // Not set, or unknown: the read reports the warning, since it knows which image was
            // picked.
            None => Some(exposure),
        }
    }

    /// The warning, with the owner of the picked image.
    pub(crate) fn warning(&self, picked: Option<&Image>) -> Diagnostic {
        self.diagnostic(Severity::Warning, picked)
    }

    fn diagnostic(&self, severity: Severity, picked: Option<&Image>) -> Diagnostic {
        let (message, publishers, remedy) = self.publisher.words();
        let picks = self.picked_by;
        let switch = match severity {
            Severity::Error => "`allow_unsafe_filter = false` forbids this.",
            Severity::Warning => {
                "`allow_unsafe_filter = true` silences this warning, `false` makes it an error."
            }
        };
        let picked = picked.map(described).unwrap_or_default();
        message
            .with_severity(
                severity,
                format!(
                    "`{picks}` picks among several images, and {publishers}. Such an image with a \
                     matching name can take the place of the one you mean.{picked}\n\n{remedy} \
                     {switch}"
                ),
            )
            .at(AttributePath::attribute(picks))
    }
}

impl Publisher {
    /// The message, the description of the publishers, and the remedy.
    fn words(&self) -> (&'static Message, String, &'static str) {
        const NAME_OWNER: &str = "Set `owners` to `system` or `self`, or `image_owner_id` to the account, or `image_id` \
             to the image.";
        const NAME_ACCOUNT: &str =
            "Set `image_owner_id` to the account, or `image_id` to the image.";
        match self {
            Self::Sharing => (
                SHARED,
                "without `owners` these include images that other accounts share with yours".into(),
                NAME_OWNER,
            ),
            Self::Others => (
                SHARED,
                "`owners = \"others\"` finds images that any other account shares with yours"
                    .into(),
                NAME_ACCOUNT,
            ),
            Self::Community => (
                COMMUNITY,
                "`is_public = true` finds community images, which anybody can publish".into(),
                NAME_ACCOUNT,
            ),
            Self::Vendor => (
                VENDORS,
                "`owners = \"marketplace\"` finds the images of all vendors".into(),
                "Set `image_id` to the image. The service cannot filter the marketplace by vendor: \
                 to keep picking by name, check `product_code` of the result in a postcondition and \
                 set `allow_unsafe_filter = true`.",
            ),
            Self::Undocumented(owners) => (
                SHARED,
                format!(
                    "`owners = {}` is not a documented value, so these may include images \
                     of other accounts",
                    string_literal(owners)
                ),
                NAME_OWNER,
            ),
        }
    }
}

/// Who else can publish an image that matches a block; `None` if nobody can, or if it is not known
/// yet.
fn publisher(block: &BlockReader<'_>) -> Option<Publisher> {
    let owners = match block.value("owners").as_str() {
        Some(owners) => owners,
        None if block.is_given("owners") => return None,
        None => "",
    };
    match owners {
        "system" | "self" => None,
        "marketplace" => Some(Publisher::Vendor),
        _ if block.flag("is_public") == Some(true) => Some(Publisher::Community),
        "" => Some(Publisher::Sharing),
        "others" => Some(Publisher::Others),
        other => Some(Publisher::Undocumented(other.to_owned())),
    }
}

fn described(image: &Image) -> String {
    let (alias, account) = (&image.image_owner_alias, &image.image_owner_id);
    let owner = match (alias.is_empty(), account.is_empty()) {
        (true, true) => "whose owner the service does not name".to_owned(),
        (false, true) => format!("of {alias:?}"),
        (true, false) => format!("of the account {account}"),
        (false, false) => format!("of {alias:?}, account {account}"),
    };
    format!("\n\nPicked now: {} ({:?}), {owner}.", image.image_id, image.image_name)
}
