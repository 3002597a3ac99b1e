//! Credentials, from the `provider` block to the signed call.
//!
//! Each folder of `tests/data/credentials` is a case: adding a folder adds a case.

mod bounds;
mod case;
mod counting;
mod metadata;
mod outages;

use std::{fs, path::Path};

use case::Case;
pub(crate) use case::Chosen;

/// The least number of cases, so that the test fails if the folder is renamed.
const AT_LEAST: usize = 195;

/// What the case in `folder` chooses.
pub(crate) fn chosen(folder: &Path) -> Chosen {
    Case::read(folder).chosen()
}

/// The complexity of the case in `folder`, if its outcome depends on these variables with `block`
/// in the provider block. Simpler cases have smaller numbers.
pub(crate) fn shows_variables(folder: &Path, names: &[&str], block: &str) -> Option<usize> {
    let variables = Case::read(folder).variables();
    Case::read(folder).depends_on_variables(names, block).then_some(variables)
}

/// The same for a mode of profiles; cases that sign come first.
pub(crate) fn shows_mode(folder: &Path, mode: &str) -> Option<(bool, usize, usize)> {
    let profiles = Case::read(folder).depends_on_mode(mode)?;
    let case = Case::read(folder);
    Some((!case.signs(), profiles, case.variables()))
}

#[test]
fn every_case_signs_with_its_credential_or_explains_why_there_is_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/credentials");
    let mut folders: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.retain(|folder| folder.is_dir());
    assert!(folders.len() >= AT_LEAST, "{} cases", folders.len());
    let wrong: Vec<String> = folders
        .iter()
        .filter_map(|folder| {
            let problems = Case::read(folder).problems();
            let name = folder.file_name().unwrap().to_str().unwrap();
            (!problems.is_empty()).then(|| format!("{name}:\n  {}", problems.join("\n  ")))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
