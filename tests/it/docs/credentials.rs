//! Tables of the authentication guide: the resolution order, the modes of profiles, the variables.
//! Each row must name a test or case that demonstrates it.

use std::path::Path;

use terraform_provider_alicloud::alicloud::{
    credentials::{MODES, ORDER},
    variables::ALL,
};

use super::{files, project, read};
use crate::credentials::{Chosen, chosen, shows_mode, shows_variables};

const CASES: &str = "tests/data/credentials";

/// The steps of the resolution order. The example of a step is the case in which that step chooses the source with
/// the fewest requests; cases that sign a call are preferred.
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

/// The modes of profiles. The example of a mode is the simplest case with an outcome that depends on it.
pub(super) fn modes() -> Result<String, String> {
    let rows = MODES.iter().map(|mode| {
        let case = simplest(|folder| shows_mode(folder, mode.name));
        let case = case.ok_or_else(|| format!("no case shows the mode {}", mode.name))?;
        Ok(format!("| {} | {} | `{case}` |", mode.name, mode.meaning))
    });
    Ok(rows.collect::<Result<Vec<_>, String>>()?.join("\n"))
}

/// The environment variables. The example of a variable is the simplest case with an outcome that depends on it, or a
/// test in [`TESTS`].
pub(super) fn variables() -> Result<String, String> {
    let mut missing = Vec::new();
    let mut rows = Vec::new();
    for variable in ALL {
        let argument = match variable.argument {
            "" => String::new(),
            argument => format!("`{argument}`"),
        };
        // Without the block, these variables have another meaning.
        let block = variable.argument.split('.').next().unwrap_or_default();
        let block = if block.starts_with("assume_role") { block } else { "" };
        let case = simplest(|folder| shows_variables(folder, variable.names, block));
        let example = case.or_else(|| test_of(variable.first()));
        missing.extend(example.is_none().then_some(variable.first()));
        let example = example.unwrap_or_default();
        rows.push(row(&argument, variable.names, variable.meaning, &example));
    }
    for (names, meaning) in NETWORK {
        let is_read = |name: &&str| {
            files(NETWORK_CODE).iter().any(|path| read(path).contains(&format!("\"{name}\"")))
        };
        missing.extend(names.iter().copied().filter(|name| !is_read(name)));
        let example = names.first().and_then(|name| test_of(name));
        missing.extend(names.first().filter(|_| example.is_none()));
        rows.push(row("", names, meaning, &example.unwrap_or_default()));
    }
    if missing.is_empty() {
        Ok(rows.join("\n"))
    } else {
        Err(format!("no case or test for {missing:?}"))
    }
}

fn row(argument: &str, names: &[&str], meaning: &str, example: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("| {argument} | {} | {meaning} | `{example}` |", names.join(", "))
}

/// The variables that the HTTP client reads, below [`NETWORK_CODE`].
const NETWORK: &[(&[&str], &str)] = &[
    (&["SSL_CERT_FILE"], "A file of certificates to trust in addition to the system's."),
    (&["SSL_CERT_DIR"], "Directories of certificates to trust in addition to the system's."),
    (
        &["HTTPS_PROXY", "https_proxy"],
        "The proxy for `https://`, with `http://`, `https://`, `socks5://` or `socks5h://`.",
    ),
    (&["HTTP_PROXY", "http_proxy"], "The proxy for `http://`."),
    (&["ALL_PROXY", "all_proxy"], "The proxy if the variables above are not set."),
    (
        &["NO_PROXY", "no_proxy"],
        "Hosts without a proxy: domains with their subdomains, addresses or networks, each with or without a port, or `*`.",
    ),
];

const NETWORK_CODE: &str = "src/ctx/http_client";

/// The tests of variables that do not concern credentials: variable, file, test.
const TESTS: &[(&str, &str, &str)] = &[
    ("LOCATION_ENDPOINT", PROVIDER, "endpoints_are_taken_from_the_block_then_the_environment"),
    (
        "TF_ENDPOINT_PATH",
        "tests/cli/credentials/mod.rs",
        "endpoints_xml_takes_precedence_over_the_environment",
    ),
    ("ALICLOUD_SIGN_VERSION_ECS", PROVIDER, "the_signature_is_chosen_by_block_or_environment"),
    ("ALICLOUD_SOURCE_IP", PROVIDER, TRANSPORT),
    ("ALICLOUD_SECURE_TRANSPORT", PROVIDER, TRANSPORT),
    ("ALICLOUD_SECURITY_TRANSPORT", PROVIDER, TRANSPORT),
    ("TF_APPEND_USER_AGENT", PROVIDER, "the_environment_limits_a_lookup_and_names_its_user"),
    ("CLIENT_CONNECT_TIMEOUT", PROVIDER, "an_argument_takes_precedence_over_its_variable"),
    ("CLIENT_READ_TIMEOUT", PROVIDER, "an_argument_takes_precedence_over_its_variable"),
    ("MAX_RETRY_TIMEOUT", PROVIDER, "the_environment_limits_a_lookup_and_names_its_user"),
    ("SSL_CERT_FILE", CERTIFICATES, "certificates_of_ssl_cert_file_are_trusted_as_well"),
    ("SSL_CERT_DIR", CERTIFICATES, "ssl_cert_dir_adds_to_the_certificates_of_the_system"),
    ("HTTPS_PROXY", PROXY, "each_scheme_has_its_proxy_and_upper_case_takes_precedence"),
    ("HTTP_PROXY", PROXY, "each_scheme_has_its_proxy_and_upper_case_takes_precedence"),
    ("ALL_PROXY", PROXY, "each_scheme_has_its_proxy_and_upper_case_takes_precedence"),
    ("NO_PROXY", PROXY, "no_proxy_supports_names_suffixes_addresses_networks_and_ports"),
];

const CERTIFICATES: &str = "src/ctx/http_client/tests/certificates.rs";
const PROVIDER: &str = "src/provider/tests.rs";
const PROXY: &str = "src/ctx/http_client/proxy/tests.rs";
const TRANSPORT: &str = "source_ip_and_secure_transport_must_be_set_together";

/// The test of a variable, if it exists and contains the name of the variable, in uppercase or
/// lowercase.
fn test_of(variable: &str) -> Option<String> {
    let (_, path, test) = TESTS.iter().find(|(known, ..)| *known == variable)?;
    let text = read(path);
    let (_, body) = text.split_once(&format!("fn {test}("))?;
    let body = body.split("\nfn ").next()?.split("\n    fn ").next()?;
    let shows = format!("{test} {body}").to_uppercase().contains(variable);
    shows.then(|| (*test).to_owned())
}

/// The case with the smallest measure; among equals, the one with the shortest name.
fn simplest<M: Ord>(measure: impl Fn(&Path) -> Option<M>) -> Option<String> {
    let measured = cases().into_iter().filter_map(|name| {
        let measure = measure(&project(CASES).join(&name))?;
        Some((measure, name))
    });
    measured.min_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, name)| name)
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
