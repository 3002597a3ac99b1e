//! `ARGUMENT=VALUE` becomes the data block of `alicloud_images`.
//!
//! | type in the schema | form |
//! |---|---|
//! | text, number, bool | `NAME=VALUE`, once |
//! | map | `NAME.KEY=VALUE`, once for each key |
//! | repeated block of a name and a value | `NAME.KEY=VALUE`, any number of times |
//! | single block | `NAME.ATTRIBUTE=VALUE` |

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use regex::{Captures, Regex};

use crate::{
    data_sources::images::{self, Argument},
    text::sanitize,
    value::{Kind, Value},
};

/// The most characters of a word that a message quotes.
const QUOTED: usize = 100;

/// The reason that words are not a valid data block.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

/// The data block that these words describe, with every attribute of the schema.
///
/// # Errors
///
/// When a word does not have this form, or its argument is unknown, repeated, or not of its type.
pub(super) fn block(words: &[String]) -> Result<Value, Refused> {
    let arguments = images::arguments();
    let mut block: BTreeMap<&'static str, Value> = BTreeMap::new();
    for word in words {
        let (name, value) = word.split_once('=').ok_or_else(|| {
            refused(word, "is not of the form ARGUMENT=VALUE, nor a command such as whoami")
        })?;
        let (name, key) = match name.split_once('.') {
            Some((name, key)) => (name, Some(key)),
            None => (name, None),
        };
        let argument = arguments.iter().find(|argument| argument.name == name);
        let names = || arguments.iter().map(|argument| argument.name);
        let argument = argument.ok_or_else(|| unknown(name, names()))?;
        let given = block.remove(argument.name);
        block.insert(argument.name, add(argument, given, key, value)?);
    }
    // An absent block is an empty list, as clients send it.
    let repeated = arguments.iter().filter(|argument| matches!(argument.kind, Kind::List(_)));
    for argument in repeated {
        block.entry(argument.name).or_insert_with(|| Value::List(Vec::new()));
    }
    Ok(images::SourceKind::Images.schema().kind().complete(Value::object(block)))
}

/// The value of an argument after one more word for it.
fn add(
    argument: &Argument,
    given: Option<Value>,
    key: Option<&str>,
    value: &str,
) -> Result<Value, Refused> {
    let name = argument.name;
    let key = match (takes_key(&argument.kind), key) {
        (true, Some(key)) if !key.is_empty() => key,
        (true, _) => return Err(refused(name, &format!("needs a key: {name}.KEY=VALUE"))),
        (false, Some(_)) => return Err(refused(name, &format!("takes no key: {name}=VALUE"))),
        (false, None) => "",
    };
    let twice = || refused(&joined(name, key), "is given twice");
    match (&argument.kind, given) {
        (Kind::Map(_), given) => {
            let Value::Map(mut members) = given.unwrap_or(Value::Map(BTreeMap::new())) else {
                return Err(twice());
            };
            let before = members.insert(Arc::from(key), value.into());
            if before.is_some() { Err(twice()) } else { Ok(Value::Map(members)) }
        }
        (Kind::List(_), given) => {
            let pair = Value::object([("name", Value::from(key)), ("value", Value::from(value))]);
            let before = given.as_ref().and_then(Value::as_elements).unwrap_or_default();
            Ok(Value::List(before.iter().cloned().chain([pair]).collect()))
        }
        (Kind::Object(attributes), given) => {
            let known = attributes.keys().find(|known| *known == key);
            let known = known.ok_or_else(|| refused(&joined(name, key), "is not an argument"))?;
            let before = given.as_ref().and_then(Value::as_object).into_iter();
            let mut members: BTreeMap<_, _> = before
                .flat_map(|object| object.iter())
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect();
            let before = members.insert(known.clone(), value.into());
            if before.is_some() { Err(twice()) } else { Ok(Value::object(members)) }
        }
        (_, Some(_)) => Err(twice()),
        (kind, None) => scalar(kind, value).ok_or_else(|| {
            refused(name, &format!("must be {}, not {:?}", expected(kind), sanitize(value, QUOTED)))
        }),
    }
}

/// Whether the argument has parts that are set one by one.
pub(super) fn takes_key(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Map(_) | Kind::Object(_))
}

fn scalar(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Bool => text.parse().ok().map(Value::Bool),
        Kind::Number => text.parse().ok().map(Value::Number),
        _ => Some(text.into()),
    }
}

fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false",
        Kind::Number => "a number",
        _ => "text",
    }
}

fn joined(name: &str, key: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{name}.{key}") }
}

fn refused(word: &str, what: &str) -> Refused {
    Refused(format!("{:?} {what}", sanitize(word, QUOTED)))
}

/// An unknown name, with the known one that it resembles.
fn unknown<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Refused {
    match images::similar(word, known) {
        Some(known) => refused(word, &format!("is not an argument; did you mean {known:?}?")),
        None => refused(word, "is not an argument"),
    }
}

/// A message of the provider, with arguments written as on the command line.
pub(super) fn on_the_command_line(message: &str) -> String {
    // Both patterns are constants that a test compiles.
    static BLOCK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(\w+) \{ (\w+) = "([^"]*)" \} in the data block"#).ok());
    static ARGUMENT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"`(\w+) = (?:"([^"`]*)"|(\w+))`"#).ok());
    let arguments = images::arguments();
    let is_argument = |name: &str| arguments.iter().any(|argument| argument.name == name);
    let replaced = |text: &str, pattern: &Option<Regex>, new: &dyn Fn(&[&str; 3]) -> String| {
        let Some(pattern) = pattern else { return text.to_owned() };
        let one = |found: &Captures<'_>| {
            let groups = [1, 2, 3].map(|group| found.get(group).map_or("", |text| text.as_str()));
            let [name, ..] = groups;
            match is_argument(name) {
                true => new(&groups),
                false => found.get(0).map_or("", |text| text.as_str()).to_owned(),
            }
        };
        pattern.replace_all(text, one).into_owned()
    };
    let message =
        replaced(message, &BLOCK, &|[block, name, value]| format!("{block}.{name}={value}"));
    replaced(&message, &ARGUMENT, &|[name, text, word]| format!("`{name}={}{word}`", quoted(text)))
}

/// A value, quoted for a shell if necessary.
fn quoted(value: &str) -> Cow<'_, str> {
    match value {
        "" => "".into(),
        value => shlex::try_quote(value).unwrap_or_else(|_| value.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Value, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        block(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn every_type_of_the_schema_has_a_form() {
        let block = read(&[
            "owners=",
            "limit=3",
            "most_recent=true",
            "tags.env=prod",
            "tags.a.b==c",
            "filter.NetworkType=vpc",
            "filter.NetworkType=classic",
            "timeouts.read=90s",
        ])
        .unwrap();
        assert_eq!(block.attribute("owners").as_str(), Some(""));
        assert_eq!(block.attribute("limit").as_number().and_then(|n| n.as_i64()), Some(3));
        assert_eq!(block.attribute("most_recent").as_bool(), Some(true));
        let tags = block.attribute("tags").as_map().unwrap();
        assert_eq!((tags["env"].as_str(), tags["a.b"].as_str()), (Some("prod"), Some("=c")));
        let filters = block.attribute("filter").as_elements().unwrap();
        let values: Vec<_> =
            filters.iter().filter_map(|filter| filter.attribute("value").as_str()).collect();
        assert_eq!(values, ["vpc", "classic"]);
        assert_eq!(block.attribute("timeouts").attribute("read").as_str(), Some("90s"));
        // An absent argument is null, and an absent block is empty, as clients send them.
        let empty = read(&[]).unwrap();
        assert_eq!(empty.attribute("filter"), &Value::List(Vec::new()));
        assert!(block.attribute("name_regex").is_null() && block.attribute("images").is_null());
    }

    #[test]
    fn arguments_that_the_schema_rejects_are_reported() {
        for (words, expected) in [
            (
                &["nme_regex=a"][..],
                "\"nme_regex\" is not an argument; did you mean \"name_regex\"?",
            ),
            (&["owner=a"], "\"owner\" is not an argument; did you mean \"owners\"?"),
            (&["images=a"], "\"images\" is not an argument"),
            (&["id=a"], "\"id\" is not an argument"),
            (&["limit=many"], "\"limit\" must be a number, not \"many\""),
            (&["most_recent=yes"], "\"most_recent\" must be true or false, not \"yes\""),
            (&["owners=self", "owners=system"], "\"owners\" is given twice"),
            (&["tags.a=1", "tags.a=2"], "\"tags.a\" is given twice"),
            (&["timeouts.read=1s", "timeouts.read=2s"], "\"timeouts.read\" is given twice"),
            (&["timeouts.write=1s"], "\"timeouts.write\" is not an argument"),
            (&["tags=a"], "\"tags\" needs a key: tags.KEY=VALUE"),
            (&["tags.=a"], "\"tags\" needs a key"),
            (&["owners.x=a"], "\"owners\" takes no key"),
            (&["\u{1b}[2J=a"], "\" [2J\" is not an argument"),
        ] {
            let error = read(words).unwrap_err();
            assert!(error.starts_with(expected), "{words:?}: {error}");
            let is_typo = expected.contains("did you mean");
            assert_eq!(error.contains("did you mean"), is_typo, "{words:?}: {error}");
        }
    }

    #[test]
    fn messages_have_the_form_of_the_command_line() {
        for (message, expected) in [
            ("write `owners = \"\"`.", "write `owners=`."),
            ("`most_recent = true`, `limit = 1`", "`most_recent=true`, `limit=1`"),
            ("`version_regex = \"-v([0-9.]+)$\"`", "`version_regex='-v([0-9.]+)$'`"),
            ("with timeouts { read = \"10m\" } in the data block.", "with timeouts.read=10m."),
            ("sign_version { ecs = \"v3\" }, `insecure = true`", ""),
            ("`~> 2.1` or `owners`", ""),
        ] {
            let expected = if expected.is_empty() { message } else { expected };
            assert_eq!(on_the_command_line(message), expected);
        }
    }
}
