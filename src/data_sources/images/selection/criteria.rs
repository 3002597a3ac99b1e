//! The criteria: the arguments that decide about each image separately.
//!
//! A row holds what the selection knows about an argument (`arguments` has its schema and reads its
//! value). Applying a selection, explaining an empty result and the documentation derive from the rows,
//! so none of them can forget an argument. This matters most for the explanation: it lists each filter
//! whose removal would find images. If a criterion had no row, the explanation could wrongly say that
//! no such filter exists.

use jiff::Timestamp;

use super::{super::time, Pattern, Selection, VersionRule};
use crate::{alicloud::model::Image, text::string_literal};

/// An argument that keeps some of the images.
pub(crate) struct Criterion {
    /// The name of the argument.
    pub(crate) argument: &'static str,
    /// Decides about an image; `None` if the argument is not set.
    keeps: fn(&Selection) -> Option<Keeps<'_>>,
    /// The value as a user would write it, plus a derived value if there is one; `None` if it is not
    /// set.
    shown: fn(&Selection) -> Option<String>,
    /// Removes the criterion from a selection.
    omit: fn(&mut Selection),
    /// What helps if this criterion alone excludes all images.
    pub(crate) hint: Hint,
}

/// Decides whether to keep an image.
pub(super) type Keeps<'s> = Box<dyn Fn(&Image) -> bool + 's>;

/// What to report about the images that omitting this criterion would find.
pub(crate) enum Hint {
    /// How many there are.
    Count,
    /// Also the name that is closest to a pattern.
    ClosestName(fn(&Selection) -> Option<&str>),
    /// Also the newest version.
    NewestVersion,
    /// Also the oldest one.
    Oldest,
}

/// The criteria for names, in the order in which they are applied.
pub(super) static BY_NAME: &[Criterion] = &[
    Criterion {
        argument: "name_regex",
        keeps: |selection| {
            let pattern = selection.name.as_ref()?;
            Some(Box::new(|image| !image.image_name.is_empty() && pattern.matches(image)))
        },
        shown: |selection| selection.name.as_ref().map(|name| string_literal(name.source())),
        omit: |selection| selection.name = None,
        hint: Hint::ClosestName(|selection| selection.name.as_ref().map(Pattern::source)),
    },
    Criterion {
        argument: "exclude_name_regex",
        keeps: |selection| {
            let pattern = selection.exclude.as_ref()?;
            Some(Box::new(|image| !pattern.matches(image)))
        },
        shown: |selection| selection.exclude.as_ref().map(|name| string_literal(name.source())),
        omit: |selection| selection.exclude = None,
        hint: Hint::Count,
    },
    Criterion {
        argument: "version_regex",
        keeps: |selection| {
            let rule = selection.version.as_ref()?;
            Some(Box::new(|image| rule.version(image).is_some()))
        },
        shown: |selection| selection.version.as_ref().map(|rule| string_literal(rule.source())),
        omit: |selection| selection.version = None,
        hint: Hint::ClosestName(|selection| selection.version.as_ref().map(VersionRule::source)),
    },
    Criterion {
        argument: "version_constraint",
        keeps: |selection| {
            let rule = selection.version.as_ref()?;
            let constraints = rule.constraints.as_ref()?;
            Some(Box::new(|image| {
                rule.version(image).is_some_and(|version| constraints.allow(&version))
            }))
        },
        shown: |selection| {
            let constraints = selection.version.as_ref()?.constraints.as_ref()?;
            Some(format!("\"{constraints}\""))
        },
        omit: |selection| {
            selection.version = selection.version.take().map(VersionRule::without_constraints);
        },
        hint: Hint::NewestVersion,
    },
];

/// The criteria for creation times, in the order in which they are applied. An image whose time
/// cannot be read fulfills none.
pub(super) static BY_TIME: &[Criterion] = &[
    Criterion {
        argument: "created_after",
        keeps: |selection| {
            let start = selection.created_after?;
            Some(Box::new(move |image| created(image).is_some_and(|created| created >= start)))
        },
        shown: |selection| selection.created_after.map(|time| format!("\"{time}\"")),
        omit: |selection| selection.created_after = None,
        hint: Hint::Count,
    },
    Criterion {
        argument: "created_before",
        keeps: |selection| {
            let end = selection.created_before?;
            Some(Box::new(move |image| created(image).is_some_and(|created| created < end)))
        },
        shown: |selection| selection.created_before.map(|time| format!("\"{time}\"")),
        omit: |selection| selection.created_before = None,
        hint: Hint::Count,
    },
    Criterion {
        argument: "minimum_age",
        keeps: |selection| {
            let latest = selection.mature_before?;
            Some(Box::new(move |image| created(image).is_some_and(|created| created <= latest)))
        },
        shown: |selection| {
            let (minimum, latest) = (selection.minimum_age.as_ref()?, selection.mature_before?);
            let source = string_literal(&minimum.source);
            Some(format!("{source} (created at {latest:.0} or earlier)"))
        },
        omit: |selection| (selection.minimum_age, selection.mature_before) = (None, None),
        hint: Hint::Oldest,
    },
];

/// All criteria, in the order in which they are applied.
pub(crate) fn criteria() -> impl Iterator<Item = &'static Criterion> {
    BY_NAME.iter().chain(BY_TIME)
}

impl Criterion {
    /// What decides about an image; `None` if the argument is not set.
    pub(super) fn keeps<'s>(&self, selection: &'s Selection) -> Option<Keeps<'s>> {
        (self.keeps)(selection)
    }

    /// The argument as a user would write it, if it is set.
    pub(crate) fn shown(&self, selection: &Selection) -> Option<String> {
        Some(format!("{} = {}", self.argument, (self.shown)(selection)?))
    }

    /// The selection without this criterion; `None` if the argument is not set.
    pub(crate) fn left_out_of(&self, selection: &Selection) -> Option<Selection> {
        (self.shown)(selection)?;
        let mut rest = selection.clone();
        (self.omit)(&mut rest);
        Some(rest)
    }
}

fn created(image: &Image) -> Option<Timestamp> {
    time::parse(image.creation_time.raw())
}
