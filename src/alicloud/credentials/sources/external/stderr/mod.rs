//! What a program wrote to stderr, without what may be secret.
//!
//! Unlike a response, which [`redact`](crate::alicloud::redact) compares with the secrets of its request, the output of a
//! program has secrets that are not known. They are recognized by what is before them and by their form. What is in
//! doubt is redacted: the message tells the user how to see everything.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::sanitize;

/// How many lines are shown.
const LAST_LINES: usize = 3;

/// How many bytes of these lines are examined. A program may print megabytes on both streams, and each word of one is
/// searched for in the other.
const EXAMINED: usize = 4096;

/// How many characters are shown.
const LENGTH: usize = 400;

const REDACTED: &str = "(redacted)";

/// Parts of the names that have secret values.
const NAMES: [&str; 9] =
    ["auth", "cookie", "credential", "key", "pass", "pwd", "secret", "signature", "token"];

/// The last lines of `stderr`, on one line, without control characters and without what may be secret: what the
/// program printed on `stdout`, some of its `arguments`, and everything that looks like a secret.
pub(super) fn shown(stderr: &[u8], stdout: &[u8], arguments: &[String]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default();
    let mut text = first_words(last.join("\n"), EXAMINED);
    let stdout = String::from_utf8_lossy(stdout);
    // Whole tokens first, then their parts: a program may repeat only one.
    let printed = [is_word, |c: char| is_word(c) && c != '/']
        .into_iter()
        .flat_map(|is_part| stdout.split(move |c| !is_part(c)))
        .filter(|word| word.len() >= 8);
    for secret in secret_arguments(arguments).into_iter().chain(printed) {
        text = text.replace(secret, REDACTED);
    }
    sanitize(&redact(text).replace('\n', "; "), LENGTH)
}

/// The whole words at the beginning of a text within `limit` bytes. A truncated word could be a part of a secret,
/// which would not be recognized.
fn first_words(mut text: String, limit: usize) -> String {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        let end = text.rfind(|c: char| !is_word(c)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// The arguments of a program that may be secret: the values of options with a suspicious name, and words that mix
/// letters and digits. Plain words are kept, because messages name commands and profiles with them.
fn secret_arguments(arguments: &[String]) -> Vec<&str> {
    let mut secrets = Vec::new();
    let mut follows_secret_option = false;
    for argument in arguments {
        let is_option = argument.starts_with(['-', '/']);
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, value),
            None if is_option => (argument.as_str(), ""),
            None => ("", argument.as_str()),
        };
        let is_secret = names_secret(name) || (follows_secret_option && !is_option);
        let is_mixed = value.len() >= 6 && is_mixed(value);
        if value.len() >= 4 && (is_secret || is_mixed) {
            secrets.push(value);
        }
        follows_secret_option = is_option && value.is_empty() && names_secret(name);
    }
    secrets
}

/// Whether the value of an option may be secret, by its name.
fn names_secret(option: &str) -> bool {
    let option = option.to_ascii_lowercase();
    option == "-p" || NAMES.iter().any(|part| option.contains(part))
}

/// Patterns, each with what replaces its matches. `None` only if a pattern is not valid, which a test excludes.
static RULES: LazyLock<Option<Vec<(Regex, &str)>>> = LazyLock::new(|| {
    let name = format!("(?i-u:{})[A-Za-z0-9_.-]*", NAMES.join("|"));
    let rules = [
        // The query and the fragment of an address, such as that of a sign-in page.
        (r"(://[^ \t\n?#]*)[?#][^ \t\n]+".into(), "$1?(redacted)"),
        // The user and the password before a host.
        (r"([A-Za-z0-9]:(?://)?)[^ \t\n]*@".into(), "$1(redacted)@"),
        // The rest of the line after a name with `=` or `:`, since a value may have spaces, or else the next line.
        (format!("({name}[\"'`\\\\]*[ \\t]*[:=])(?:[ \\t]*\\n)?.*"), "$1 (redacted)"),
        // The word after an option.
        (
            format!(
                r#"((?:^|[ \t\n])--?[A-Za-z0-9_-]*{name}[ \t]+)(?:'[^'\n]*'?|"[^"\n]*"?|[^ \t\n]+)"#
            ),
            "$1(redacted)",
        ),
        // The word after the scheme of a header.
        (r"(?-u:\b)((?i-u:bearer|basic)[ \t]+)[^ \t\n]+".into(), "$1(redacted)"),
    ];
    let compile = |(pattern, with): (String, _)| Some((Regex::new(&pattern).ok()?, with));
    rules.into_iter().map(compile).collect()
});

/// Replaces everything in `text` that looks like a secret.
fn redact(mut text: String) -> String {
    let Some(rules) = &*RULES else { return REDACTED.into() };
    for (pattern, with) in rules {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    redact_random_words(&text)
}

/// Replaces the words that look like keys, tokens or signatures: 16 characters or more with letters and digits mixed.
fn redact_random_words(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_word(c)).unwrap_or(from.len()));
        redacted.push_str(before);
        // Base64 has slashes, too. A word that begins with one is a path, unless a part looks encoded.
        let is_path = word.starts_with('/') && !word.split('/').any(is_encoded);
        let parts = if is_path { word.split('/').collect() } else { vec![word] };
        let parts: Vec<&str> =
            parts.into_iter().map(|part| if is_random(part) { REDACTED } else { part }).collect();
        redacted.push_str(&parts.join("/"));
        rest = after;
    }
    redacted.push_str(rest);
    redacted
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '=' | '_' | '-' | '/' | '%')
}

fn is_random(word: &str) -> bool {
    word.len() >= 16 && is_mixed(word)
}

/// Whether a part of a path has what names rarely have together: small letters, capitals and digits.
fn is_encoded(part: &str) -> bool {
    let has = |is: fn(&u8) -> bool| part.bytes().any(|byte| is(&byte));
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Whether a word has letters and digits.
fn is_mixed(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
