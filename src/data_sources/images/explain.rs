//! Explains why a lookup found no image, or more than one.
//!
//! The message about no image contains the region, the active filters, how many images each step left, and how many
//! would be found if one filter were omitted. This module decides which calls that needs;
//! `data_source` makes them.

use std::{fmt::Write, sync::Arc};

use crate::{
    alicloud::{Listing, endpoint::HostMismatch, model::Image},
    diag::{Diagnostic, messages},
    text::ExternalText,
};

use super::{
    arguments::{
        self, Condition, Given, Query,
        table::{ALL_STATUSES, Narrows},
    },
    nearest::{closest, literal, nearest},
    selection::{Hint, Selection, Steps, criteria},
    time, warnings,
};

messages! {
    Result {
        NOTHING_FOUND: Error "No image matches",
            "`alicloud_image`, a list with `must_match = true`, or `alicloud-images` found no image.",
            "Check the nearest matches in the message: they list the filters to change and what would be found without each of them.";
        SEVERAL_FOUND: Error "More than one image matches",
            "`alicloud_image` found several images.",
            "Set `most_recent = true`, or add a filter to those in the message.";
    }
}

/// How many images the message lists if there is more than one.
const CANDIDATES: usize = 5;

/// The lookup with one filter of the service omitted.
pub(crate) struct Relaxation {
    /// The omitted filter.
    without: Condition,
    /// The request parameters.
    pub(crate) parameters: Vec<(String, String)>,
}

/// The lookups that show which filter of the service excludes images, one for each filter that
/// narrows the result.
pub(crate) fn relaxations(conditions: &[Condition]) -> Vec<Relaxation> {
    let narrowing = conditions.iter().enumerate().filter(|(_, condition)| narrows(condition));
    narrowing
        .map(|(left_out, condition)| {
            // If no status is sent, the service filters by `Available`.
            let everything =
                Condition { given: Given::Text(ALL_STATUSES.into()), ..condition.clone() };
            let others = conditions.iter().enumerate();
            let others = others.filter(|(place, _)| *place != left_out).map(|(_, other)| other);
            let widened = condition.is_status().then_some(&everything);
            Relaxation {
                without: condition.clone(),
                parameters: arguments::parameters(others.chain(widened)),
            }
        })
        .collect()
}

/// No image matches. `listings` are the responses to the relaxations, `None` if the call failed;
/// `assumed`: whether the region is the default because none is configured.
pub(crate) fn nothing_found(
    query: &Query,
    listing: &Listing,
    steps: &Steps,
    listings: &[(Relaxation, Option<Arc<Listing>>)],
    assumed: bool,
) -> Diagnostic {
    let mut detail = format!("In the region {} no image passes all of:\n", listing.region);
    for filter in filters(query) {
        let _ = writeln!(detail, "- {filter}");
    }
    let _ = write!(detail, "\nThe service found {}", images(listing.total_count));
    for (argument, left) in steps.iter().filter(|_| listing.total_count > 0) {
        let _ = write!(detail, "; `{argument}` left {left}");
    }
    detail.push_str(".\n");
    push_assumed(&mut detail, listing, assumed);
    let served = listings.iter().flat_map(|(_, answer)| answer).any(|found| found.total_count > 0);
    match warnings::wrong_host(listing) {
        Some((HostMismatch::OtherRegion(_), sentence)) => {
            let _ = writeln!(detail, "\nThis is the most likely cause: {sentence}");
        }
        // A central host that finds images of the region without one of the filters serves it.
        Some((HostMismatch::Central, sentence)) if !served => {
            let _ = writeln!(detail, "\nThis is a likely cause: {sentence}");
        }
        Some(_) | None => {}
    }
    let capped = warnings::cap(query, listing);
    if let Some((_, sentence)) = &capped {
        let _ = writeln!(detail, "\n{sentence}");
    }
    if let Some(unversioned) = unversioned(&query.selection, listing) {
        let _ = writeln!(detail, "\n{unversioned}.");
    }
    let matches = nearest_matches(query, listing, listings);
    // Only the first page of each response was read.
    let all_seen = listings.iter().all(|(_, answer)| {
        let seen = |answer: &Arc<Listing>| answer.images.len() as u64 >= answer.total_count;
        answer.as_ref().is_some_and(seen)
    });
    if matches.is_empty() && all_seen && capped.is_none() {
        detail.push_str(
            "\nNo single filter is the cause: leaving out any one of them finds no image either.",
        );
    } else if matches.is_empty() {
        detail.push_str(
            "\nLeaving out one filter at a time found no match among the images that were checked.",
        );
    } else {
        detail.push_str("\nNearest matches:");
        for line in matches {
            let _ = write!(detail, "\n- {line}");
        }
    }
    if listings.iter().any(|(_, answer)| answer.is_none()) {
        detail.push_str("\n\nSome calls for this list failed, so it may be incomplete.");
    }
    NOTHING_FOUND.diagnostic(detail)
}

/// Adds the note that the region is a default. A user who wants another region gets the wrong images or
/// none, so this is the first thing to check.
fn push_assumed(detail: &mut String, listing: &Listing, assumed: bool) {
    if assumed {
        let _ = writeln!(detail, "\n{}", warnings::assumed(&listing.region));
    }
}

/// More than one image matches, but exactly one is required. `assumed`: whether the region is
/// the default because none is configured.
pub(crate) fn several_found(
    query: &Query,
    listing: &Listing,
    found: &[&Image],
    assumed: bool,
) -> Diagnostic {
    let mut detail = format!(
        "In the region {} {} images match all filters, but exactly one is required:\n",
        listing.region,
        found.len()
    );
    for image in found.iter().take(CANDIDATES) {
        let _ = writeln!(
            detail,
            "- {}, {:?}, created {}",
            image.image_id,
            image.image_name,
            if image.creation_time.is_empty() {
                "at an unknown time".to_owned()
            } else {
                image.creation_time.to_string()
            }
        );
    }
    if found.len() > CANDIDATES {
        let _ = writeln!(detail, "- and {} more", found.len() - CANDIDATES);
    }
    push_assumed(&mut detail, listing, assumed);
    if let Some((_, sentence)) = warnings::cap(query, listing) {
        let _ = writeln!(detail, "\n{sentence}");
    }
    detail.push_str("\nSet `most_recent = true` to pick the newest, or add a filter to these:");
    for filter in filters(query) {
        let _ = write!(detail, "\n- {filter}");
    }
    SEVERAL_FOUND.diagnostic(detail)
}

/// The filters in effect, as a user would write them.
fn filters(query: &Query) -> Vec<String> {
    let mut filters: Vec<String> = query.conditions.iter().map(ToString::to_string).collect();
    filters.extend(criteria().filter_map(|criterion| criterion.shown(&query.selection)));
    filters
}

/// What would be found if one filter were omitted: first the filters that the provider applies,
/// which need no call.
fn nearest_matches(
    query: &Query,
    listing: &Listing,
    listings: &[(Relaxation, Option<Arc<Listing>>)],
) -> Vec<String> {
    let narrowing = query.selection.criteria_only();
    let mut matches = Vec::new();
    for criterion in criteria() {
        let Some(selection) = criterion.left_out_of(&narrowing) else { continue };
        let found = selection.apply(&listing.images).images;
        if !found.is_empty() {
            let (argument, count) = (criterion.argument, images(found.len() as u64));
            let hint = hint(&criterion.hint, &narrowing, &found).unwrap_or_default();
            matches.push(format!("without `{argument}`: {count}{hint}"));
        }
    }
    matches.extend(listings.iter().filter_map(|(relaxation, answer)| {
        nearest_match(&relaxation.without, answer.as_ref()?, &narrowing)
    }));
    matches
}

/// The end of the line about the images that are found if a criterion is omitted.
fn hint(hint: &Hint, narrowing: &Selection, found: &[&Image]) -> Option<String> {
    match hint {
        Hint::Count => None,
        Hint::ClosestName(pattern) => {
            let names = found.iter().map(|image| &image.image_name);
            let name = closest(&literal(pattern(narrowing)?), names)?;
            Some(format!("; the closest name is {name:?}"))
        }
        Hint::NewestVersion => {
            let (version, name) = newest_version(narrowing, found)?;
            Some(format!("; the newest version is {version:?}, of {name:?}"))
        }
        Hint::Oldest => {
            let oldest = oldest(found)?;
            let (name, created) = (&oldest.image_name, &oldest.creation_time);
            Some(format!("; the oldest is {name:?}, created at {created}"))
        }
    }
}

/// The newest version among images, as spelled in the name, and the name.
fn newest_version(
    selection: &Selection,
    images: &[&Image],
) -> Option<(ExternalText, ExternalText)> {
    let rule = selection.version.as_ref()?;
    let newest = images.iter().max_by_key(|image| rule.version(image))?;
    Some((rule.text(newest)?.into(), newest.image_name.clone()))
}

/// The image that was created first.
fn oldest<'a>(images: &[&'a Image]) -> Option<&'a Image> {
    let dated =
        images.iter().filter_map(|image| Some((time::parse(image.creation_time.raw())?, *image)));
    dated.min_by_key(|(created, _)| *created).map(|(_, image)| image)
}

/// The sentence about images without a version in their name, with those that come closest.
fn unversioned(selection: &Selection, listing: &Listing) -> Option<String> {
    let rule = selection.version.as_ref()?;
    let named = Selection {
        name: selection.name.clone(),
        exclude: selection.exclude.clone(),
        ..Selection::default()
    };
    let found = named.apply(&listing.images).images;
    let without: Vec<&ExternalText> = found
        .into_iter()
        .filter(|image| rule.version(image).is_none())
        .map(|image| &image.image_name)
        .collect();
    let names = nearest(&literal(rule.source()), without.iter().copied());
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let (last, others) = names.split_last()?;
    let examples = match others {
        [] => last.clone(),
        others => format!("{} and {last}", others.join(", ")),
    };
    Some(format!(
        "{} no version in the name that `version_regex` finds, such as {examples}",
        match without.len() {
            1 => "1 image has".to_owned(),
            count => format!("{count} images have"),
        }
    ))
}

/// What would be found without one filter of the service.
fn nearest_match(without: &Condition, listing: &Listing, narrowing: &Selection) -> Option<String> {
    let found = narrowing.apply(&listing.images).images;
    if found.is_empty() {
        return None;
    }
    let is_whole = listing.images.len() as u64 >= listing.total_count;
    let mut text = format!(
        "{}: {}{}",
        if without.is_status() {
            format!("with `{} = {ALL_STATUSES:?}`", without.filter.name)
        } else {
            format!("without `{without}`")
        },
        if is_whole { "" } else { "at least " },
        images(found.len() as u64)
    );
    if let (Some(value), Given::Text(wanted)) = (without.filter.named_by, &without.given) {
        let values = found.iter().map(|image| value(image));
        if let Some(closest) = closest(wanted, values) {
            let _ = write!(text, "; the closest `{}` is {closest:?}", without.filter.name);
        }
    }
    Some(text)
}

/// Whether omitting the condition can find more images.
fn narrows(condition: &Condition) -> bool {
    match (condition.filter.narrows, &condition.given) {
        (Narrows::Never, _) => false,
        (Narrows::UnlessAll, Given::Text(status)) => &**status != ALL_STATUSES,
        (Narrows::WhenTrue, Given::Flag(truth)) => *truth,
        (Narrows::Always | Narrows::UnlessAll | Narrows::WhenTrue, _) => true,
    }
}

fn images(count: u64) -> String {
    if count == 1 { "1 image".into() } else { format!("{count} images") }
}
