//! The usage text.

use std::fmt::Write;

use super::{
    NAME,
    argument::takes_key,
    command::{COMMANDS, OPTIONS},
};
use crate::images::{self, Argument};

/// How wide the column of names is.
const NAMES: usize = 27;

/// What `--help` prints: made from the options and from the arguments of the data source.
pub(super) fn text() -> String {
    let mut text = format!(
        "{NAME}: looks up Alibaba Cloud images.\n\n\
         Usage: {NAME} [OPTION]... [ARGUMENT=VALUE]...\n\
         {space} {NAME} whoami [--profile PROFILE] [--region REGION]\n\
         {space} {NAME} completions bash|zsh|fish\n\n\
         The arguments are those of the data source alicloud_images, and the results are\n\
         its results. Credentials, region and endpoints come from the environment and the\n\
         files that the provider reads.\n\nOptions\n",
        space = "      ",
    );
    for option in OPTIONS {
        let name = match option.value {
            "" => format!("--{}", option.name),
            value => format!("--{} {value}", option.name),
        };
        row(&mut text, &name, option.meaning);
    }
    text.push_str("\nCommands\n");
    for (name, meaning) in COMMANDS {
        row(&mut text, name, meaning);
    }
    text.push_str("\nFormats\n");
    row(&mut text, "table", "a table that fits the terminal");
    row(&mut text, "json", "the state of the data source; by region, if there are several");
    row(&mut text, "ids", "one ID a line");
    row(&mut text, "api", "all that the service sent, which mock-ecs --images loads;");
    row(&mut text, "", "arguments that select in this program do not apply to it");
    text.push_str("\nArguments (tags and filter may be repeated)\n");
    for argument in images::arguments() {
        row(&mut text, &form(&argument), &summary(&argument));
    }
    text.push_str("\nExit status: 0 found, 1 nothing found, 2 usage, 3 error.\n");
    text
}

fn row(text: &mut String, name: &str, meaning: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {name:<NAMES$}  {meaning}");
}

/// `NAME`, or `NAME.KEY` where parts are set one by one.
fn form(argument: &Argument) -> String {
    match argument.keys {
        _ if !takes_key(&argument.kind) => argument.name.to_owned(),
        [(key, [])] => format!("{}.{key}", argument.name),
        _ => format!("{}.KEY", argument.name),
    }
}

/// The documented words, or else the first sentence of the description, as plain text.
fn summary(argument: &Argument) -> String {
    if !argument.words.is_empty() {
        return argument.words.join(", ");
    }
    let text = argument.description.replace('`', "");
    let end = [". ", "; ", ": "].iter().filter_map(|end| text.find(end)).min();
    let first = end.and_then(|end| text.get(..end)).unwrap_or(&text);
    first.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_has_every_argument_and_option() {
        let text = text();
        for name in images::arguments().iter().map(form) {
            assert!(text.contains(&format!("\n  {name} ")), "{name}");
        }
        for option in OPTIONS {
            assert!(text.contains(&format!("\n  --{} ", option.name)), "{}", option.name);
        }
        assert!(text.contains("timeouts.read ") && text.contains("tags.KEY "));
        assert!(!text.contains('`'));
    }
}
