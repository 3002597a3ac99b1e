//! The guide to diagnostics, which is generated from the messages in the code.

use std::collections::BTreeSet;

use regex::Regex;
use terraform_provider_alicloud::messages;

use super::{files, pages, read, template};

#[test]
fn the_guide_has_every_message_once() {
    let pages = pages::pages();
    let (_, guide) = pages.iter().find(|(path, _)| path.ends_with("/diagnostics.md")).unwrap();
    for message in messages() {
        let row = template::row(message);
        assert_eq!(guide.matches(&row).count(), 1, "{row}");
    }
    let rows = guide.lines().filter(|line| line.starts_with("| ")).count();
    let headings = guide.matches("| Summary |").count();
    assert_eq!(rows, messages().count() + headings);
}

#[test]
fn summaries_are_short_and_name_one_thing() {
    let mut seen = BTreeSet::new();
    for message in messages() {
        let summary = message.summary;
        assert!(summary.split_whitespace().count() <= 8, "{summary}");
        assert!(!summary.ends_with('.'), "{summary}");
        assert!(seen.insert((summary, template::severity(message))), "{summary}");
    }
}

#[test]
fn causes_and_remedies_are_sentences() {
    for message in messages() {
        for text in [message.cause, message.remedy] {
            assert!(text.ends_with('.') && !text.contains('|'), "{}: {text}", message.summary);
        }
    }
}

#[test]
fn the_messages_of_every_module_are_registered() {
    let row = Regex::new(r#"^\s+[A-Z_]+: (?:Error|Warning|Either) "([^"]*)",$"#).unwrap();
    let registered: BTreeSet<&str> = messages().map(|message| message.summary).collect();
    let mut declared = 0;
    for path in files("src").iter().filter(|path| path.ends_with(".rs") && *path != "src/diag.rs") {
        let text = read(path);
        let Some((_, block)) = text.split_once("\nmessages! {\n") else { continue };
        let block = block.lines().take_while(|line| *line != "}");
        let summaries: Vec<_> = block.filter_map(|line| row.captures(line)).collect();
        assert!(!summaries.is_empty(), "{path}: its messages! cannot be read");
        for summary in &summaries {
            let is_registered = registered.contains(&summary[1]);
            assert!(
                is_registered,
                "{path}: {:?} is not among the messages of the crate",
                &summary[1]
            );
        }
        declared += summaries.len();
    }
    assert_eq!(declared, messages().count());
}
