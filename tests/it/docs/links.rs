//! Checks the links between the pages.

use std::collections::BTreeMap;

use super::{pages, project, read};

/// The documents that are not generated from a template.
pub(super) const PAPERS: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "COMPARE.md",
    "CONTRIBUTING.md",
    "DESIGN.md",
    "README.md",
    "README.zh-CN.md",
    "SECURITY.md",
    "docs/measurements.md",
    "docs/mock-ecs-clients.md",
    "docs/mock-ecs-differences.md",
    "docs/mock-ecs-reference.md",
    "docs/mock-ecs.md",
    "fuzz/README.md",
    "release/README.md",
    "tests/data/README.md",
];

/// The targets of the Markdown links in a text.
pub(super) fn targets(text: &str) -> Vec<&str> {
    let links = text.match_indices("](").map(|(at, opening)| &text[at + opening.len()..]);
    links.filter_map(|rest| rest.split_once(')').map(|(target, _)| target)).collect()
}

/// The anchors of a page: those that GitHub and the registry generate for its headings, and the
/// explicit ones.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    });
    let written = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    headings.chain(written.map(str::to_owned)).collect()
}

/// Joins a folder and a target, and resolves `..`.
fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_link_between_documents_leads_to_a_file_and_a_heading() {
    let papers = PAPERS.iter().map(|path| ((*path).to_owned(), read(path)));
    let texts: BTreeMap<String, String> = papers.chain(pages::pages()).collect();
    for (path, text) in &texts {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in targets(text).into_iter().filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { path.clone() } else { joined(folder, file) };
            let leads = match texts.get(&file) {
                Some(text) => anchor.is_empty() || anchors(text).iter().any(|a| a == anchor),
                None => anchor.is_empty() && project(&file).exists(),
            };
            assert!(leads, "{path} links to {target}");
        }
    }
}

/// Whether a code span looks like the path of a file in the project.
fn is_path(span: &str) -> bool {
    let folders = [
        ".ci/",
        ".github/",
        "benches/",
        "docs/",
        "examples/",
        "fuzz/",
        "proto/",
        "release/",
        "src/",
        "templates/",
        "tests/",
    ];
    let is_plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    // A part in uppercase is a placeholder for any name.
    let is_general =
        span.split('/').any(|part| part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase()));
    is_plain && !is_general && folders.iter().any(|folder| span.starts_with(folder))
}

#[test]
fn every_path_in_a_code_span_exists() {
    for path in PAPERS {
        let text = read(path);
        // Code blocks are examples; only code spans name files.
        let prose = text.split("```").step_by(2);
        let spans = prose.flat_map(|part| part.split('`').skip(1).step_by(2));
        for span in spans.filter(|span| is_path(span)) {
            assert!(project(span).exists(), "{path} names {span}");
        }
    }
}
