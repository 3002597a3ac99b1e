//! Tables of the authentication guide: the resolution order, the modes of profiles, the variables.
//! The example of a row is the first credential case that uses it; a row without one fails.

use std::{fs, path::Path};

use terraform_provider_alicloud::alicloud::{
    credentials::{MODES, ORDER},
    variables::ALL,
};

use super::{files, project};
use crate::credentials::{Chosen, chosen};

const CASES: &str = "tests/data/credentials";

/// The steps of the resolution order. The example of a step is a case whose source that step chooses,
/// one that signs a call where there is any, with the fewest requests before it.
pub(super) fn order() -> Result<String, String> {
    let chosen: Vec<(String, Chosen)> = cases()
        .into_iter()
        .map(|name| {
            let chosen = chosen(&project(CASES).join(&name));
            (name, chosen)
        })
        .collect();
    let rows = ORDER.iter().enumerate().map(|(position, step)| {
        let number = position + 1;
        let mut of_step: Vec<_> =
            chosen.iter().filter(|(_, chosen)| chosen.step == Some(position)).collect();
        of_step.sort_by_key(|(_, chosen)| (!chosen.signs, chosen.exchanges));
        let (case, _) = of_step.first().ok_or_else(|| format!("no case chooses step {number}"))?;
        Ok(format!("| {number} | {} | {} | `{case}` |", step.source, step.configured_by))
    });
    Ok(rows.collect::<Result<Vec<_>, String>>()?.join("\n"))
}

/// The modes of profiles.
pub(super) fn modes() -> Result<String, String> {
    let rows = MODES.iter().map(|mode| {
        let wanted = format!("\"mode\":\"{}\"", mode.name.to_lowercase());
        let uses = |folder: &Path| {
            let config = folder.join("files/home/user/.aliyun/config.json");
            let text = fs::read_to_string(config).unwrap_or_default().to_lowercase();
            text.replace([' ', '\n'], "").contains(&wanted)
        };
        let case = case(uses).ok_or_else(|| format!("no case has the mode {}", mode.name))?;
        Ok(format!("| {} | {} | `{case}` |", mode.name, mode.meaning))
    });
    Ok(rows.collect::<Result<Vec<_>, String>>()?.join("\n"))
}

/// The environment variables.
pub(super) fn variables() -> Result<String, String> {
    let mut missing = Vec::new();
    let rows: Vec<String> = ALL
        .iter()
        .map(|variable| {
            let argument = match variable.argument {
                "" => String::new(),
                argument => format!("`{argument}`"),
            };
            let names: Vec<String> = variable.names.iter().map(|n| format!("`{n}`")).collect();
            let is_set = |text: &str| {
                variable.names.iter().any(|name| text.contains(&format!("\"{name}\":")))
            };
            let uses =
                |folder: &Path| is_set(&fs::read_to_string(folder.join("case.json")).unwrap());
            let example = match case(uses) {
                Some(case) => format!("`{case}`"),
                None if IN_UNIT_TESTS.contains(&variable.first()) => String::new(),
                None => {
                    missing.push(variable.first());
                    String::new()
                }
            };
            let names = names.join(", ");
            format!("| {argument} | {names} | {} | {example} |", variable.meaning)
        })
        .collect();
    if missing.is_empty() { Ok(rows.join("\n")) } else { Err(format!("no case for {missing:?}")) }
}

/// Variables that are not about credentials and endpoints: the tests of `provider` cover them.
const IN_UNIT_TESTS: &[&str] = &[
    "LOCATION_ENDPOINT",
    "TF_ENDPOINT_PATH",
    "ALICLOUD_SIGN_VERSION_ECS",
    "ALICLOUD_SOURCE_IP",
    "ALICLOUD_SECURE_TRANSPORT",
    "ALICLOUD_SECURITY_TRANSPORT",
    "TF_APPEND_USER_AGENT",
    "CLIENT_CONNECT_TIMEOUT",
    "CLIENT_READ_TIMEOUT",
    "MAX_RETRY_TIMEOUT",
];

/// The first credential case for which `uses` holds.
fn case(uses: impl Fn(&Path) -> bool) -> Option<String> {
    cases().into_iter().find(|name| uses(&project(CASES).join(name)))
}

/// The names of the cases, the shortest first.
fn cases() -> Vec<String> {
    let mut names: Vec<String> = files(CASES)
        .iter()
        .filter_map(|path| path.strip_suffix("/case.json")?.rsplit('/').next().map(str::to_owned))
        .collect();
    names.sort_by_key(|name| (name.len(), name.clone()));
    names
}
