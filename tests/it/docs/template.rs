//! Templates: prose with a few placeholders, in the syntax of tfplugindocs.
//!
//! | placeholder | becomes |
//! |---|---|
//! | `{{ .Description }}` | the description in the schema |
//! | `{{ .SchemaMarkdown }}` | the chapter that describes the schema |
//! | `{{ tffile "PATH" }}` | the file as a block of Terraform code |
//! | `{{ codefile "LANGUAGE" "PATH" }}` | the file as a block of code |
//! | `{{ messages "TOPIC" }}` | the messages of a topic as rows of a table; tfplugindocs has no such placeholder |
//! | `{{ credential_order }}`, `{{ credential_modes }}`, `{{ variables }}` | tables of the authentication guide |
//! | `{{ .Version }}` | the version of the crate; tfplugindocs has no such placeholder |

use terraform_provider_alicloud::{
    diag::{Message, Severities},
    messages,
    schema::Schema,
};

use super::{credentials, read, schema};

/// Fills in a template. `subject` is what the page describes, if it is not a guide. `Err` names an
/// unknown placeholder.
pub(super) fn fill(template: &str, subject: Option<&Schema>) -> Result<String, String> {
    let mut page = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (placeholder, after) =
            behind.split_once("}}").ok_or_else(|| format!("{{{{{behind} is not closed"))?;
        page.push_str(before);
        page.push_str(&value(placeholder.trim(), subject)?);
        rest = after;
    }
    page.push_str(rest);
    Ok(page)
}

fn value(placeholder: &str, subject: Option<&Schema>) -> Result<String, String> {
    let words: Vec<&str> = placeholder.split_whitespace().collect();
    let unquoted = |word: &str| word.trim_matches('"').to_owned();
    match (&*words, subject) {
        ([".Description"], Some(subject)) => Ok(subject.block.description.trim().to_owned()),
        ([".SchemaMarkdown"], Some(subject)) => Ok(schema::markdown(&subject.block)),
        ([".Version"], _) => Ok(env!("CARGO_PKG_VERSION").to_owned()),
        (["tffile", path], _) => Ok(code("terraform", &unquoted(path))),
        (["credential_order"], _) => credentials::order(),
        (["credential_modes"], _) => credentials::modes(),
        (["variables"], _) => credentials::variables(),
        (["messages", topic], _) => rows(&unquoted(topic)),
        (["codefile", language, path], _) => Ok(code(&unquoted(language), &unquoted(path))),
        _ => Err(format!("{{{{ {placeholder} }}}} means nothing here")),
    }
}

/// The messages of a topic, without the last line feed.
fn rows(topic: &str) -> Result<String, String> {
    let of_topic = messages().filter(|message| format!("{:?}", message.topic) == topic);
    let rows: Vec<String> = of_topic.map(row).collect();
    if rows.is_empty() { Err(format!("{topic} has no messages")) } else { Ok(rows.join("\n")) }
}

/// The row of a message.
pub(super) fn row(message: &Message) -> String {
    let severity = severity(message);
    format!("| {} | {severity} | {} | {} |", message.summary, message.cause, message.remedy)
}

/// The severities of a message, as a word.
pub(super) fn severity(message: &Message) -> &'static str {
    match message.severities {
        Severities::Error => "Error",
        Severities::Warning => "Warning",
        Severities::Either => "Error or warning",
    }
}

fn code(language: &str, path: &str) -> String {
    format!("```{language}\n{}\n```", read(path).trim())
}

#[test]
fn an_unknown_or_open_placeholder_is_an_error() {
    assert_eq!(fill("a {{ b }}", None), Err("{{ b }} means nothing here".to_owned()));
    assert!(fill("a {{ .SchemaMarkdown }}", None).is_err());
    assert!(fill("a {{ b", None).is_err());
    assert_eq!(fill("plain", None), Ok("plain".to_owned()));
}
