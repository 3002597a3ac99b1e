//! The guard against look-alikes.
//!
//! Whoever takes the newest of several images by name, without saying whose, takes a stranger's as
//! soon as a stranger shares one of that name with the account or publishes it: the attack known
//! from other clouds as name confusion.

use crate::{
    alicloud::model::Image,
    diag::{Diagnostic, Severity},
    value::AttributePath,
};

use super::{arguments::Block, filter::Selection};

/// The newest image is taken, whoever owns it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Exposure {
    /// Whether community images take part, which anybody can publish.
    community: bool,
    /// The argument that makes the newest image the one that is taken.
    picked_by: &'static str,
}

impl Exposure {
    /// Whether a block is exposed and the user has not said that this is fine. Where they said that
    /// it is not, the block gets an error instead.
    pub(super) fn of(block: &mut Block<'_>, selection: &Selection) -> Option<Self> {
        let picks_newest = selection.most_recent
            || (selection.limit.is_some()
                && selection.order.is_some_and(|order| order.is_newest_first()));
        let strangers = match block.value("owners").as_str() {
            Some(owners) => ["", "others", "marketplace"].contains(&owners),
            None => !block.is_given("owners"),
        };
        let is_limited = ["image_owner_id", "image_id"]
            .iter()
            .any(|argument| block.is_given(argument) && block.value(argument).as_str() != Some(""));
        if !picks_newest || !strangers || is_limited {
            return None;
        }
        let exposure = Self {
            community: block.flag("is_public") == Some(true),
            picked_by: if selection.most_recent { "most_recent" } else { "sort_by" },
        };
        match block.value("allow_unsafe_filter").as_bool() {
            Some(true) => None,
            Some(false) => {
                block.diagnostics.push(exposure.diagnostic(Severity::Error, None));
                None
            }
            // Not given, or not known yet: a warning is for the read to give.
            None => Some(exposure),
        }
    }

    /// The warning, with whose image was taken.
    pub(super) fn warning(self, chosen: Option<&Image>) -> Diagnostic {
        self.diagnostic(Severity::Warning, chosen)
    }

    fn diagnostic(self, severity: Severity, chosen: Option<&Image>) -> Diagnostic {
        let summary = if self.community {
            "Anybody can publish the image picked here"
        } else {
            "A stranger may own the image picked here"
        };
        let danger = if self.community {
            "The newest image is picked among community images, without saying whose: anybody can \
             publish one, and a newer one of a matching name takes the place of the one you mean."
        } else {
            "The newest image is picked without saying whose: images that strangers share with \
             your account take part, and a newer one of a matching name takes the place of the one \
             you mean."
        };
        let cure = if self.community {
            "Name the account in `image_owner_id`, or the image in `image_id`."
        } else {
            "Set `owners` to `system` or `self`, or name the account in `image_owner_id`, or the \
             image in `image_id`."
        };
        let switch = match severity {
            Severity::Error => "`allow_unsafe_filter = false` forbids that.",
            Severity::Warning => {
                "`allow_unsafe_filter = true` silences this warning, `false` makes it an error."
            }
        };
        let chosen = chosen.map(picked).unwrap_or_default();
        Diagnostic::new(severity, summary, format!("{danger}{chosen}\n\n{cure} {switch}"))
            .at(AttributePath::attribute(self.picked_by))
    }
}

fn picked(image: &Image) -> String {
    let (alias, account) = (&image.image_owner_alias, &image.image_owner_id);
    let owner = match (alias.is_empty(), account.is_empty()) {
        (true, true) => "whose owner the service does not name".to_owned(),
        (false, true) => format!("of {alias:?}"),
        (true, false) => format!("of the account {account}"),
        (false, false) => format!("of {alias:?}, account {account}"),
    };
    format!("\n\nPicked now: {} ({:?}), {owner}.", image.image_id, image.image_name)
}
