//! README.md is short, has the commands that CI runs, and has the same content in Chinese.

use super::{links::targets, pages, read};

/// The README in English, and its translation.
const README: &str = "README.md";
const CHINESE: &str = "README.zh-CN.md";

/// The most lines that README.md may have.
const MOST_LINES: usize = 150;

/// The text of the fenced code blocks, in order.
fn code_blocks(text: &str) -> Vec<&str> {
    text.split("```").skip(1).step_by(2).collect()
}

/// The code blocks without their comments, which are translated.
fn commands(text: &str) -> Vec<String> {
    let code = |block: &str| -> String {
        block.lines().map(|line| line.split(" #").next().unwrap_or_default().trim_end()).collect()
    };
    code_blocks(text).into_iter().map(code).collect()
}

/// The code spans outside the code blocks, sorted.
fn code_spans(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let mut spans: Vec<_> = prose.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    spans.sort();
    spans
}

/// The links, except the one to the other language.
fn links(text: &str) -> Vec<&str> {
    targets(text).into_iter().filter(|target| ![README, CHINESE].contains(target)).collect()
}

/// The numbers in the tables, in order.
fn figures(text: &str) -> Vec<&str> {
    let cells = text.lines().filter(|line| line.starts_with('|')).flat_map(|row| row.split('|'));
    cells.map(str::trim).filter(|cell| cell.starts_with(|c: char| c.is_ascii_digit())).collect()
}

#[test]
fn the_readme_is_short_in_both_languages() {
    for path in [README, CHINESE] {
        let lines = read(path).lines().count();
        assert!(lines <= MOST_LINES, "{path} has {lines} lines, the limit is {MOST_LINES}");
    }
}

#[test]
fn the_readme_has_the_same_commands_links_and_figures_in_both_languages() {
    let (english, chinese) = (read(README), read(CHINESE));
    assert_eq!(commands(&english), commands(&chinese));
    assert_eq!(code_spans(&english), code_spans(&chinese));
    assert_eq!(links(&english), links(&chinese));
    assert_eq!(figures(&english), figures(&chinese));
    assert!(english.contains(CHINESE) && chinese.contains(&format!("({README})")));
    let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
    assert_eq!(headings(&english), headings(&chinese));
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
    for command in ["cargo test", ".ci/quickstart"] {
        assert!(ci.lines().any(|line| line == command), ".ci/run does not run `{command}`");
    }
    assert!(read(".ci/quickstart").contains("\nfinds_images examples/quickstart/run\n"));
}

#[test]
fn the_recording_of_the_quickstart_shows_this_version() {
    let recording = read("docs/images/quickstart.svg");
    let version = concat!("alicloud-rs/alicloud v", env!("CARGO_PKG_VERSION"));
    assert!(recording.contains(version), "run examples/record");
    // The headings that the script currently prints.
    for heading in ["init (installs", "plan", "apply (prints the image IDs)"] {
        assert!(
            recording.contains(&format!("terraform {heading}")),
            "{heading}: run examples/record"
        );
    }
}

#[test]
fn the_readme_links_to_every_page_about_installing() {
    let readme = read("README.md");
    let pages = pages::pages();
    let installing: Vec<_> =
        pages.iter().filter(|(path, _)| path.starts_with("docs/guides/install-")).collect();
    assert!(!installing.is_empty());
    for (path, _) in installing {
        assert!(readme.contains(&format!("]({path})")), "README.md has no link to {path}");
    }
}
