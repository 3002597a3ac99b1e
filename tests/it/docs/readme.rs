//! README.md: short, and with the commands that CI runs.

use super::{pages, read};

/// The most lines that README.md may have.
const MOST_LINES: usize = 150;

/// The text of the fenced code blocks, in order.
fn code_blocks(text: &str) -> Vec<&str> {
    text.split("```").skip(1).step_by(2).collect()
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= MOST_LINES, "README.md has {lines} lines, the limit is {MOST_LINES}");
}

#[test]
fn the_first_commands_of_the_readme_are_the_quickstart_and_the_test_command_of_ci() {
    let readme = read("README.md");
    let first = code_blocks(&readme)[0].lines().skip(1);
    let commands: Vec<&str> =
        first.map(|line| line.split('#').next().unwrap_or_default().trim_end()).collect();
    assert_eq!(commands, ["./examples/quickstart/run", "cargo test"]);
    assert!(super::project("examples/quickstart/run").exists());
    let ci = read(".ci/run");
    assert!(ci.lines().any(|line| line == "cargo test"), ".ci/run does not run `cargo test`");
}

#[test]
fn the_readme_leads_to_every_page_about_installing() {
    let readme = read("README.md");
    let pages = pages::pages();
    let installing: Vec<_> =
        pages.iter().filter(|(path, _)| path.starts_with("docs/guides/install-")).collect();
    assert!(!installing.is_empty());
    for (path, _) in installing {
        assert!(readme.contains(&format!("]({path})")), "README.md has no link to {path}");
    }
}
