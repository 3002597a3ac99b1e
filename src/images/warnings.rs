//! What a user should know of a read that succeeded.

use std::time::Duration;

use crate::{
    alicloud::model::Image,
    diag::{Diagnostic, Diagnostics},
    text::ExternalText,
};

use super::{
    arguments::Query,
    failure::{spoken, summary::CLOCK},
    filter::{Selected, Selection},
};

/// All warnings about a result.
pub(super) fn of(query: &Query, selected: &Selected<'_>) -> Diagnostics {
    let only = match *selected.images {
        [image] => Some(image),
        _ => None,
    };
    let look_alike =
        query.exposure.map(|exposure| exposure.warning(selected.images.first().copied()));
    let mut diagnostics = Diagnostics::default();
    diagnostics.extend(look_alike);
    diagnostics.extend(only.and_then(deprecation));
    diagnostics.extend(unreadable_times(&selected.without_time, &query.selection));
    diagnostics
}

/// A warning where the service refused the time of this machine, which the calls then no longer
/// used. `skew` is the clock of the service less ours, in seconds; 0 where all is well.
pub(super) fn clock(skew: i64) -> Option<Diagnostic> {
    let (by, side) = (skew.unsigned_abs(), if skew > 0 { "behind" } else { "ahead of" });
    (skew != 0).then(|| {
        Diagnostic::warning(
            CLOCK,
            format!(
                "The service refused the time of this machine, whose clock is {} {side} the \
                 service's. The calls were signed again with the service's time and succeeded. Set \
                 the clock, best by NTP: other tools fail, and credentials seem to expire too \
                 early or too late.",
                spoken(Duration::from_secs(by))
            ),
        )
    })
}

/// A warning where the one image chosen is on its way out.
fn deprecation(image: &Image) -> Option<Diagnostic> {
    (image.status == "Deprecated").then(|| {
        Diagnostic::warning(
            "The image is deprecated",
            format!(
                "The one image found, {} ({:?}), has the status `Deprecated`: its owner advises \
                 against using it for new instances.",
                image.image_id, image.image_name
            ),
        )
    })
}

/// A warning where images took part in a comparison of times though theirs cannot be read.
fn unreadable_times(ids: &[ExternalText], selection: &Selection) -> Option<Diagnostic> {
    let (first, rest) = ids.split_first()?;
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    let effect = if selection.created_after.or(selection.created_before).is_some() {
        "left out, since nothing tells whether they were created within the window"
    } else {
        "taken for the oldest"
    };
    Some(Diagnostic::warning(
        "Creation times that cannot be read",
        format!("The service gives no usable creation time for {first}{more}: {effect}."),
    ))
}
