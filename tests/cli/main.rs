//! The tests that run the real Terraform (or OpenTofu) against `mock-ecs`.
//!
//! They have their own harness, so that they are reported as ignored, with the reason, on a machine
//! without a CLI, and never as passed. With `REQUIRE_TERRAFORM=1`, they fail there instead.
//! `TF_CLI_PATH` names the binary; the default is `terraform`, then `tofu`, on `PATH`.
//!
//! Plain `#[test]` functions do not run here: every test is listed in the `TESTS` of its module.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests fail by panicking, drive real processes, and are one binary"
)]

/// The tests of a module, each with the name of its function.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), $name)),*]
    };
}

mod bad_input;
mod cancel;
mod certificates;
mod cli;
mod compat;
mod credentials;
mod examples;
mod failed_calls;
mod hosts;
mod install;
mod load;
mod look_up;
mod metadata;
mod next_to_official;
mod other_users;
mod packer;
mod protocol;
mod real_cloud;
mod scenario;
mod secrets;
mod shell;
#[path = "../support/mod.rs"]
mod support;
mod test_frameworks;
mod workspace;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use cli::Cli;

/// The name of a test, and its function.
type Test = (&'static str, fn(&Cli));

fn trial(module: &str, test: Test) -> Trial {
    trial_unless(module, test, |_| None)
}

/// The same, for a test that does not run with every CLI.
fn trial_unless(
    module: &str,
    (name, run): Test,
    ignored: fn(&Cli) -> Option<&'static str>,
) -> Trial {
    Trial::ignorable_test(format!("{module}::{name}"), move || match Cli::find() {
        Ok(cli) => match ignored(&cli) {
            None => {
                run(&cli);
                Ok(Completion::Completed)
            }
            Some(reason) => Ok(Completion::ignored_with(reason)),
        },
        Err(reason) if cli::is_required() => Err(Failed::from(reason)),
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}

fn main() -> ExitCode {
    if let Some(code) = other_users::connecting().or_else(metadata::measuring) {
        return code;
    }
    let modules: &[(&str, &[Test])] = &[
        ("bad_input", bad_input::TESTS),
        ("next_to_official", next_to_official::TESTS),
        ("cancel", cancel::TESTS),
        ("certificates", certificates::TESTS),
        ("compat", compat::TESTS),
        ("credentials", credentials::TESTS),
        ("credentials", credentials::practice::TESTS),
        ("credentials", credentials::profiles::TESTS),
        ("examples", examples::TESTS),
        ("failed_calls", failed_calls::TESTS),
        ("hosts", hosts::TESTS),
        ("install", install::TESTS),
        ("install", install::pages::TESTS),
        ("load", load::TESTS),
        ("look_up", look_up::TESTS),
        ("protocol", protocol::TESTS),
        ("scenario", scenario::TESTS),
        ("secrets", secrets::TESTS),
        ("shell", shell::TESTS_WITH_TERRAFORM),
        ("test_frameworks", test_frameworks::TESTS),
    ];
    let mut trials: Vec<Trial> = modules
        .iter()
        .flat_map(|(module, tests)| tests.iter().map(|test| trial(module, *test)))
        .collect();
    let shell = [shell::TESTS, shell::process::TESTS, shell::whoami::TESTS].concat();
    trials.extend(shell.into_iter().map(|(name, run)| {
        Trial::test(format!("shell::{name}"), move || {
            run();
            Ok(())
        })
    }));
    for (module, tests, ignored) in [
        ("metadata", &[metadata::TEST][..], metadata::ignored()),
        ("other_users", other_users::TESTS, other_users::ignored()),
        ("real_cloud", &[real_cloud::TEST], real_cloud::ignored()),
    ] {
        trials.extend(tests.iter().map(|test| match ignored {
            None => trial(module, *test),
            Some(reason) => Trial::ignorable_test(format!("{module}::{}", test.0), move || {
                Ok(Completion::ignored_with(reason))
            }),
        }));
    }
    trials.extend(
        test_frameworks::TESTS_WITH_PARTIAL_OBJECTS
            .iter()
            .map(|test| trial_unless("test_frameworks", *test, test_frameworks::ignored)),
    );
    let (name, run) = metadata::TEST_WITHOUT_CLI;
    trials.push(Trial::ignorable_test(format!("metadata::{name}"), move || {
        Ok(metadata::ignored().map_or_else(
            || {
                run();
                Completion::Completed
            },
            Completion::ignored_with,
        ))
    }));
    trials.extend(shell::completion::trials());
    trials.push(packer::trial());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
