//! What a program wrote to stderr, without what may be secret.
//!
//! Unlike a response, which [`redact`](crate::alicloud::redact) compares with the secrets of its request, the output of a
//! program has secrets that are not known. They are recognized by what is around them, as the value of a
//! name such as `AccessKeySecret`, the user of an address or the word after `Bearer`, and by their
//! form. Sentences such as "token: not found" are kept, because they are what the user needs.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use crate::text::sanitize;

/// How many lines are shown.
const LAST_LINES: usize = 3;

/// How many bytes of these lines are examined. A program may print megabytes on both streams, and each word of one is
/// searched for in the other.
const EXAMINED: usize = 4096;

/// How many characters are shown.
const LENGTH: usize = 400;

const REDACTED: &str = "(redacted)";

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
    let text = redact(text).replace('\n', "; ");
    sanitize(&text, LENGTH)
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
    option == "-p" || SECRET_OPTIONS.iter().any(|part| option.contains(part))
}

/// Parts of the names of options that have secret values.
const SECRET_OPTIONS: [&str; 7] = ["auth", "credential", "key", "pass", "pwd", "secret", "token"];

/// The patterns of the text around a secret.
struct Patterns {
    /// The user of an address.
    user: Regex,
    /// An address whose password has characters that should be encoded, so that it has no clear end.
    unclear_user: Regex,
    /// A user and a password without a scheme.
    bare_user: Regex,
    /// The query and the fragment of an address, such as that of a sign-in page.
    query: Regex,
    /// The name of a secret with `=` or `:`; the value follows.
    named: Regex,
    /// An option for a secret; the value follows.
    option: Regex,
    /// `Bearer` or `Basic`; the value follows.
    scheme: Regex,
    /// A word as in the names of files, such as `python3` or `AppData`.
    name: Regex,
}

/// `None` only if a pattern is not valid, which a test excludes. Then everything is redacted.
static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| Patterns::new().ok());

impl Patterns {
    fn new() -> Result<Self, regex::Error> {
        let secret = "(?i-u:secret|token|passw|passphrase|passcode|pwd|key|authorization|credential|signature|cookie)";
        Ok(Self {
            user: Regex::new(r"://[^ \t\n/?#@]*@")?,
            unclear_user: Regex::new(
                r"://[^ \t\n/?#:@]+:[^ \t\n/?#@]*[^ \t\n/?#@0-9][^ \t\n/?#@]*[/?#][^ \t\n]*@[^ \t\n]*",
            )?,
            bare_user: Regex::new(r"([A-Za-z0-9._%+-]+):[^ \t\n@/:]+@")?,
            query: Regex::new(r"(://[^ \t\n?#]*)[?#][^ \t\n]+")?,
            named: Regex::new(&format!(
                r#"(?P<name>[A-Za-z0-9_.-]*{secret}[A-Za-z0-9_.-]*)(?P<close>\\*["'`]?)[ \t]*(?P<sign>=>|:=|[=:])(?P<space>[ \t]*)"#
            ))?,
            option: Regex::new(&format!(
                r"(?:^|[ \t\n])--?[A-Za-z0-9_-]*{secret}[A-Za-z0-9_-]*[ \t]+"
            ))?,
            scheme: Regex::new(r"(?-u:\b)(?i-u:(?P<bearer>bearer)|basic)[ \t]+")?,
            name: Regex::new(
                "^(?:[a-z]{0,15}|[A-Z]{1,15}|[a-z]{0,15}(?:[A-Z][a-z]{1,14}){1,4})[0-9]{0,6}$",
            )?,
        })
    }
}

/// Replaces everything in `text` that looks like a secret.
fn redact(text: String) -> String {
    let Some(patterns) = &*PATTERNS else { return REDACTED.into() };
    let text = patterns.unclear_user.replace_all(&text, "://(redacted)");
    let text = patterns.user.replace_all(&text, "://(redacted)@");
    let text = patterns.query.replace_all(&text, "$1?(redacted)");
    let text = patterns.bare_user.replace_all(&text, "$1:(redacted)@");
    let text = redact_after(&patterns.named, &text, value_of_name);
    let text = redact_after(&patterns.option, &text, |_, rest| {
        let word = first_word(rest);
        if word.starts_with('-') || is_ordinary(word) { 0..0 } else { 0..word.len() }
    });
    let text = redact_after(&patterns.scheme, &text, |found, rest| {
        let word = first_word(rest);
        let is_value = match found.name("bearer") {
            Some(_) => !is_ordinary(word),
            None => is_encoded(word),
        };
        if is_value { 0..word.len() } else { 0..0 }
    });
    redact_random_words(&text, &patterns.name)
}

/// Redacts after each match of `pattern` the part of the rest of the text that `find` returns.
fn redact_after(
    pattern: &Regex,
    text: &str,
    find: impl Fn(&Captures<'_>, &str) -> Range<usize>,
) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = pattern.captures(rest) {
        let end = found.get(0).map_or(rest.len(), |whole| whole.end());
        let (before, after) = rest.split_at(end);
        redacted.push_str(before);
        let secret = find(&found, after);
        redacted.push_str(after.get(..secret.start).unwrap_or_default());
        if !secret.is_empty() && !after.starts_with(REDACTED) {
            redacted.push_str(REDACTED);
            rest = after.get(secret.end..).unwrap_or_default();
        } else {
            rest = after.get(secret.start..).unwrap_or_default();
        }
    }
    redacted.push_str(rest);
    redacted
}

/// The part of the text after a name that may be its value.
fn value_of_name(found: &Captures<'_>, rest: &str) -> Range<usize> {
    let part = |name| found.name(name).map_or("", |part| part.as_str());
    let name = part("name").to_ascii_lowercase();
    let line = rest.split('\n').next().unwrap_or_default();
    if let Some(value) = quoted(line) {
        return value;
    }
    let word = first_word(line);
    match line.chars().next() {
        Some('[') => return 1..line.find(']').unwrap_or(line.len()),
        // The names inside have values of their own.
        Some('{') if name.contains("credential") => return 0..0,
        Some('{') => return 1..line.len(),
        _ => {}
    }
    let is_place = name.contains('.') && part("space").is_empty() && is_number(word);
    if word.is_empty() || word.starts_with("//") || is_place || is_literal(word) {
        return 0..0;
    }
    let is_password = name.contains("pass") || name.contains("pwd");
    let is_header = name.contains("authorization") || name.contains("cookie");
    let is_scheme = ["bearer", "basic"].contains(&&*word.to_ascii_lowercase());
    let may_be_sentence =
        part("close").is_empty() && part("sign") == ":" && !part("space").is_empty();
    let may_have_spaces = is_password || is_header;
    if may_be_sentence && !is_scheme && is_sentence(line, may_have_spaces) {
        return 0..0;
    }
    if is_header {
        return 0..line.len();
    }
    if may_be_sentence && is_password {
        return 0..line.find([',', ';']).unwrap_or(line.len());
    }
    let end = match line.get(word.len()..).map(|after| (after, after.trim_start())) {
        Some((after, value)) if is_scheme => {
            word.len() + (after.len() - value.len()) + first_word(value).len()
        }
        _ => word.len(),
    };
    0..end
}

/// The text in the quotes with which `line` begins: up to the same quotes, or the end of the line.
fn quoted(line: &str) -> Option<Range<usize>> {
    let start = line.len() - line.trim_start_matches('\\').len();
    line.get(start..).filter(|rest| rest.starts_with(['"', '\'', '`']))?;
    let (quotes, value) = line.split_at_checked(start + 1)?;
    let is_end = |at: &usize| !value.get(..*at).is_some_and(|before| before.ends_with('\\'));
    let end = value.match_indices(quotes).map(|(at, _)| at).find(is_end);
    Some(quotes.len()..quotes.len() + end.unwrap_or(value.len()))
}

/// The first word, without the punctuation after it.
fn first_word(text: &str) -> &str {
    let word = text.split([' ', '\t', '\n']).next().unwrap_or_default();
    word.trim_end_matches([',', ';', ')', '}', ']', '>', '"', '\''])
}

/// Whether a text after `name: ` is about the secret and not its value, which may have spaces itself.
fn is_sentence(text: &str, may_have_spaces: bool) -> bool {
    let words = text.split([' ', '\t']).filter(|word| !word.is_empty());
    let mut words = words.map(|word| word.trim_end_matches(['.', ',', ';', ':', '!', '?']));
    let first = words.next().unwrap_or_default();
    let is_plain = |word: &str| {
        (1..=14).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_alphabetic())
            && word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
    };
    is_ordinary(first)
        || (!may_have_spaces
            && is_plain(first)
            && words.take(2).filter(|word| is_plain(word)).count() == 2)
}

/// Whether a word is one of those with which messages about a secret go on.
fn is_ordinary(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?']).to_ascii_lowercase();
    word.is_empty() || is_literal(&word) || ORDINARY.contains(&word.as_str())
}

fn is_literal(word: &str) -> bool {
    ["false", "nil", "none", "null", "true"].contains(&word)
}

/// Words after the name of a secret, `Bearer` or an option, with which messages go on.
const ORDINARY: &[&str] = &[
    "a",
    "an",
    "and",
    "are",
    "argument",
    "at",
    "auth",
    "authentication",
    "authorization",
    "bad",
    "by",
    "can",
    "cannot",
    "could",
    "credentials",
    "denied",
    "disabled",
    "does",
    "empty",
    "error",
    "expects",
    "expired",
    "failed",
    "file",
    "for",
    "forbidden",
    "format",
    "from",
    "has",
    "have",
    "header",
    "http",
    "https",
    "in",
    "incorrect",
    "invalid",
    "is",
    "it",
    "key",
    "login",
    "malformed",
    "may",
    "missing",
    "must",
    "needs",
    "no",
    "not",
    "of",
    "on",
    "or",
    "permission",
    "please",
    "profile",
    "refused",
    "rejected",
    "required",
    "requires",
    "revoked",
    "scheme",
    "session",
    "sorry",
    "specified",
    "takes",
    "the",
    "this",
    "timeout",
    "to",
    "token",
    "tokens",
    "unable",
    "unauthorized",
    "undefined",
    "unexpected",
    "unknown",
    "unset",
    "unsupported",
    "user",
    "value",
    "was",
    "with",
    "wrong",
    "you",
    "your",
];

/// Whether a word may be Base64: no word of a sentence, where capitals are only at the beginning.
fn is_encoded(word: &str) -> bool {
    word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
        || word.bytes().any(|byte| byte.is_ascii_digit() || byte == b'=')
}

/// Whether a word begins with a number, as of a port or a line.
fn is_number(word: &str) -> bool {
    let digits = word.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Replaces the words that look like keys, tokens or signatures: 16 characters or more with letters
/// and digits mixed.
fn redact_random_words(text: &str, name: &Regex) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        redacted.push_str(before);
        if is_random(word) && !is_path(word, name) {
            redacted.push_str(REDACTED);
        } else {
            let parts = word.split('/');
            let parts: Vec<&str> =
                parts.map(|part| if is_random(part) { REDACTED } else { part }).collect();
            redacted.push_str(&parts.join("/"));
        }
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

/// Whether a word with slashes is a path and not Base64: names separate them. In an absolute path most are.
fn is_path(word: &str, name: &Regex) -> bool {
    let is_name = |part: &str| part.split(['-', '_']).all(|part| name.is_match(part));
    let parts: Vec<&str> = word.split('/').filter(|part| !part.is_empty()).collect();
    let names = parts.iter().filter(|part| is_name(part)).count();
    let least = if word.starts_with('/') { parts.len().div_ceil(2) } else { parts.len() };
    word.contains('/') && names >= least
}

/// Whether a word has letters and digits.
fn is_mixed(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
