//! The warnings about a read that succeeded.
//!
//! They are about results that are what the block says and may still not be what its author means. Each
//! follows from the query, the listing and the selection alone, so every data source has the same.

use std::time::Duration;

use crate::{
    access::spoken,
    alicloud::{
        Listing,
        endpoint::{self, HostMismatch},
        model::Image,
    },
    diag::{Diagnostic, Diagnostics, messages},
    text::ExternalText,
    value::AttributePath,
};

use super::{
    arguments::Query,
    selection::{Selected, Selection},
};

messages! {
    Result {
        DEPRECATED: Warning "The image is deprecated",
            "The one image found has the status `Deprecated`.",
            "Use a newer image; see [Pinning images](pinning-images.md).";
        UNREADABLE_TIMES: Warning "Creation times that cannot be read",
            "Images were compared by creation time, but the service reports none for some of them, or one that cannot be parsed.",
            "Select the images by name, or remove the conditions on the creation time.";
        CAPPED: Warning "Search capped by the service",
            "A search by `tags` or `resource_group_id` reports 1,000 images or more. The service returns at most 1,000 resources for such searches, so images may be missing.",
            "Narrow the search, for example by `image_family`, or search without tags and resource group and select in an expression.";
        ASSUMED_REGION: Warning "No region is configured",
            "Nothing names a region, so images are looked up in `cn-beijing`, as with the official provider.",
            "Set `region` in the provider or data block, `ALICLOUD_REGION`, or `region_id` of the profile.";
        OTHER_REGION: Warning "The endpoint belongs to another region",
            "`endpoints.ecs`, a variable or a file names the host of one region, and images are looked up in another: such a host may return an empty list.",
            "Remove the endpoint, so that the provider chooses the host for the region, or set a host of the right region.";
        CENTRAL_HOST: Warning "The endpoint may not serve the region",
            "`endpoints.ecs`, a variable or a file names a central host, which serves some regions only, and a lookup in another region found no image.",
            "Remove the endpoint, so that the provider chooses the host for the region, or set the host of the region.";
        CLOCK: Warning "Clock differs from Alibaba Cloud's",
            "The service rejected the time of this machine; the calls were signed again with the service's time.",
            "Synchronize the clock, preferably by NTP.";
    }
}

/// The most resources that a search by tag or resource group returns. Source: ECS API,
/// DescribeImages, `Tag.N` and `ResourceGroupId`.
pub(super) const CAP: u64 = 1_000;

/// All warnings about a result.
pub(crate) fn of(query: &Query, listing: &Listing, selected: &Selected<'_>) -> Diagnostics {
    let only = match *selected.images {
        [image] => Some(image),
        _ => None,
    };
    let first = selected.images.first().copied();
    let mut diagnostics = Diagnostics::default();
    diagnostics.extend(query.exposure.as_ref().map(|exposure| exposure.warning(first)));
    diagnostics.extend(only.and_then(deprecation));
    diagnostics.extend(unreadable_times(&selected.without_time, &query.selection));
    diagnostics.extend(
        cap(query, listing)
            .map(|(by, detail)| CAPPED.diagnostic(detail).at(AttributePath::attribute(by))),
    );
    diagnostics.extend(endpoint(listing));
    diagnostics.extend(clock(listing.clock_skew));
    diagnostics
}

/// A warning if the one image found is deprecated.
fn deprecation(image: &Image) -> Option<Diagnostic> {
    (image.status == "Deprecated").then(|| {
        DEPRECATED.diagnostic(format!(
            "The one image found, {} ({:?}), has the status `Deprecated`: its owner advises \
             against using it for new instances.",
            image.image_id, image.image_name
        ))
    })
}

/// A warning if images were compared by creation time although it cannot be parsed.
fn unreadable_times(ids: &[ExternalText], selection: &Selection) -> Option<Diagnostic> {
    let (first, rest) = ids.split_first()?;
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    let effect = if selection.has_time_bounds() {
        "left out, since it is not known when they were created"
    } else {
        "treated as the oldest"
    };
    Some(UNREADABLE_TIMES.diagnostic(format!(
        "The service reports no usable creation time for {first}{more}: {effect}."
    )))
}

/// A warning that a default region was used.
pub(crate) fn assumed_region(region: &str) -> Diagnostic {
    ASSUMED_REGION.diagnostic(assumed(region))
}

/// That a default region was used, and what to do.
pub(crate) fn assumed(region: &str) -> String {
    format!(
        "Images are looked up in {region}, since nothing names a region: set region in the provider \
         block or here, or ALICLOUD_REGION in the environment. Images of one region do not exist in \
         another."
    )
}

/// A warning if the host that responded may not serve the region.
fn endpoint(listing: &Listing) -> Option<Diagnostic> {
    let (mismatch, sentence) = wrong_host(listing)?;
    let message = match mismatch {
        HostMismatch::OtherRegion(_) => OTHER_REGION,
        HostMismatch::Central => CENTRAL_HOST,
    };
    Some(message.diagnostic(sentence))
}

/// Why the host that responded may not serve the region, and a sentence that says what to do. A
/// central host that knows images of the region serves it.
pub(crate) fn wrong_host(listing: &Listing) -> Option<(HostMismatch, String)> {
    let Listing { host, region, .. } = listing;
    let mismatch = endpoint::mismatch(host, region)?;
    let what = match &mismatch {
        HostMismatch::OtherRegion(other) => format!("belongs to {other} and may not know them"),
        HostMismatch::Central if listing.total_count > 0 => return None,
        HostMismatch::Central => {
            "is a central host, which serves some regions only, and found no image".to_owned()
        }
    };
    let sentence = format!(
        "Images are looked up in {region}, but the endpoint {host} {what}. Remove the endpoint, so that \
         the host is derived from the region."
    );
    Some((mismatch, sentence))
}

/// The argument for which the service may have left images out, and the sentence about it.
pub(crate) fn cap(query: &Query, listing: &Listing) -> Option<(&'static str, String)> {
    let by = query
        .conditions
        .iter()
        .find(|condition| condition.filter.is_capped)
        .filter(|_| listing.total_count >= CAP)?
        .filter
        .name;
    let sentence = format!(
        "The service reports {} images for a search by `{by}`. It returns at most {CAP} resources \
         for a search by tag or resource group, so images may be missing from the result. Narrow \
         the search, for example by `image_family`.",
        listing.total_count
    );
    Some((by, sentence))
}

/// A warning if the service rejected the time of this machine, so that the calls were signed with
/// the service's time. `skew` is the service's clock minus the local clock, in seconds; 0 for no
/// warning.
fn clock(skew: i64) -> Option<Diagnostic> {
    let (by, side) = (skew.unsigned_abs(), if skew > 0 { "behind" } else { "ahead of" });
    (skew != 0).then(|| {
        CLOCK.diagnostic(format!(
            "The service refused the time of this machine, whose clock is {} {side} the service's. \
             The calls were signed again with the service's time and succeeded. Synchronize the \
             clock, preferably by NTP: other tools fail, and credentials seem to expire too early \
             or too late.",
            spoken(Duration::from_secs(by))
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alicloud::credentials::DEFAULT_REGION;

    /// The texts of the guide are literals.
    #[test]
    fn the_guide_names_the_default_region_and_the_cap_of_the_service() {
        assert!(ASSUMED_REGION.cause.contains(&format!("`{DEFAULT_REGION}`")));
        assert!(CAPPED.cause.contains("1,000 images or more") && CAP == 1_000);
    }
}
