//! The tests of the console of `mock-ecs` in headless Chromium.
//!
//! Each test is a function in `drive.cjs` with its own mock. On a machine without a browser, the
//! tests are reported as ignored, with the reason; with `REQUIRE_BROWSER=1`, they fail there
//! instead. `tests/console/install` installs what they need.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests fail by panicking and drive real processes"
)]

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use terraform_provider_alicloud::mock::{Config, Server};

/// The name of a test's function, and the changes to the configuration of its mock.
type Test = (&'static str, fn(&mut Config));

const TESTS: &[Test] = &[
    ("a_call_appears_with_its_parameters_and_its_response", |_| {}),
    ("a_fault_is_added_takes_effect_and_is_removed", |_| {}),
    ("a_restart_of_the_mock_is_detected", |_| {}),
    ("a_token_is_requested_once", |config| config.admin_token = Some("letmein".into())),
    ("a_wrong_acs3_secret_is_told_from_another_text", |_| {}),
    ("a_wrong_acs3_signature_is_explained", |_| {}),
    ("a_wrong_secret_is_distinguished_from_another_text", |_| {}),
    ("a_wrong_signature_is_explained", |_| {}),
    ("calls_are_filtered", |_| {}),
    ("charts_show_counts_latency_and_quota", |config| config.quota = Some(4)),
    ("everything_can_be_reached_with_the_keyboard", |_| {}),
    ("every_preset_is_a_rule_and_rules_are_checked", |_| {}),
    ("the_page_is_readable_at_all_widths_in_light_and_dark", |config| config.quota = Some(100)),
    ("it_works_over_tls", |config| config.tls = true),
    ("reset_clears", |_| {}),
    ("the_catalog_can_be_searched_and_paged", |_| {}),
    ("the_clock_can_be_advanced", |_| {}),
    ("what_clients_send_is_shown_as_text", |_| {}),
];

/// The programs that the tests need.
struct Browser {
    chromium: PathBuf,
    modules: PathBuf,
}

impl Browser {
    fn find() -> Result<Self, String> {
        let on_path = |name: &str| {
            let folders = env::var_os("PATH").unwrap_or_default();
            env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
        };
        let chromium = env::var_os("CHROMIUM_PATH").map(PathBuf::from).or_else(|| {
            ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| on_path(name))
        });
        let chromium = chromium.ok_or("no Chromium on PATH, and CHROMIUM_PATH is not set")?;
        on_path("node").ok_or("no Node.js on PATH")?;
        let target = Path::new(env!("CARGO_BIN_EXE_mock-ecs")).parent().and_then(Path::parent);
        let modules = target.unwrap_or_else(|| Path::new("target")).join("console/node_modules");
        if !modules.join("playwright-core").is_dir() {
            return Err(format!("no playwright-core in {}", modules.display()));
        }
        Ok(Self { chromium, modules })
    }

    fn run(&self, name: &str, config: Config) -> Result<(), Failed> {
        let server = Server::start(config).unwrap();
        let output = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/console/drive.cjs"))
            .args([name, server.url(), env!("CARGO_BIN_EXE_mock-ecs")])
            .env("NODE_PATH", &self.modules)
            .env("CHROMIUM_PATH", &self.chromium)
            // The certificate of the mock is self-signed.
            .env("NODE_TLS_REJECT_UNAUTHORIZED", "0")
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Err(format!("{}{}", text(&output.stdout), text(&output.stderr)).into())
    }
}

fn main() -> ExitCode {
    let required = env::var_os("REQUIRE_BROWSER").is_some_and(|value| value == "1");
    let trials = TESTS.iter().map(|(name, configure)| {
        Trial::ignorable_test(*name, move || match Browser::find() {
            Ok(browser) => {
                let mut config = Config::default();
                configure(&mut config);
                browser.run(name, config).map(|()| Completion::Completed)
            }
            Err(reason) if required => Err(reason.into()),
            Err(reason) => {
                Ok(Completion::ignored_with(format!("{reason}: run tests/console/install")))
            }
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
