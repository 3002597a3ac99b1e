//! A program that prints a credential: the mode External of a CLI profile.
//!
//! Source: aliyun-cli, profile mode External. The command line is split as a shell would, on
//! Windows as Windows programs do, but no shell runs: nothing is expanded.

use std::{io, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{ProfileMode, expiration, secret};
use crate::{
    alicloud::{
        credentials::{
            Credential, Source,
            error::{Input, SourceError},
        },
        variables::{self, is_on},
    },
    ctx::{Ctx, Exit},
    secret::Secret,
    text::{self, sanitize},
};

/// How long the program may run. Source: aliyun-cli.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The profile mode External.
pub(crate) const MODE: ProfileMode = ProfileMode {
    name: "External",
    meaning: "A program that prints a credential as JSON.",
    source: |given| {
        let ctx = &given.context.ctx;
        if is_on(ctx.env.as_ref(), variables::EXTERNAL_PROCESS_DISABLED) {
            return Err(SourceError::Forbidden(variables::EXTERNAL_PROCESS_DISABLED.first()));
        }
        let line = given.profile.members.required("process_command")?;
        let words = if cfg!(windows) { Some(split_windows(line)) } else { shlex::split(line) };
        let words = words.ok_or_else(|| {
            SourceError::configuration(
                "the process_command has an unclosed quote",
                "Correct process_command of the profile.",
            )
        })?;
        let mut words = words.into_iter();
        let Some(program) = words.next().filter(|program| !program.is_empty()) else {
            return Err(SourceError::configuration(
                "the process_command is empty",
                "Set process_command of the profile.",
            ));
        };
        Ok(Arc::new(ExternalProgram { ctx: ctx.clone(), program, arguments: words.collect() }))
    },
};

/// A program that prints a credential.
struct ExternalProgram {
    ctx: Ctx,
    program: String,
    arguments: Vec<String>,
}

impl Source for ExternalProgram {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, SourceError>> {
        Box::pin(async move {
            let failed = |reason: String, stderr, remedy: &str| SourceError::Program {
                reason,
                stderr,
                remedy: remedy.to_owned(),
            };
            let output = self.ctx.commands.run(&self.program, &self.arguments, TIMEOUT).await;
            let output = output.map_err(|error| {
                let reason = match error.kind() {
                    io::ErrorKind::NotFound => "it was not found".into(),
                    io::ErrorKind::PermissionDenied => "permission denied".into(),
                    _ => error.to_string(),
                };
                let remedy = "Correct process_command of the profile, or install the program.";
                failed(format!("the program failed: {reason}"), String::new(), remedy)
            })?;
            let stderr = || self.last_words(&output.stderr, &output.stdout);
            match &output.exit {
                Exit::Success => read(&output.stdout)
                    .map_err(|error| failed(error.to_string(), stderr(), &Input::Program.form())),
                Exit::Failure(status) => {
                    let remedy = "Run process_command of the profile in a shell to see why.";
                    Err(failed(format!("the program failed: {status}"), stderr(), remedy))
                }
                Exit::TimedOut => Err(failed(
                    format!("the program failed: it did not end within {} s", TIMEOUT.as_secs()),
                    stderr(),
                    "Run process_command of the profile in a shell: it must end by itself, without \
                     asking for anything.",
                )),
            }
        })
    }
}

impl ExternalProgram {
    /// The last lines of `stderr` without control characters, and without what may be secret: what
    /// the program printed on stdout, some of its arguments, and long random-looking words.
    fn last_words(&self, stderr: &[u8], stdout: &[u8]) -> String {
        let text = String::from_utf8_lossy(stderr);
        let lines: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default();
        let stdout = String::from_utf8_lossy(stdout);
        let printed = stdout.split(|c: char| !is_word(c)).filter(|word| word.len() >= 8);
        let mut text = first_words(last.join("; "), EXAMINED);
        for secret in secret_arguments(&self.arguments).into_iter().chain(printed) {
            text = text.replace(secret, REDACTED);
        }
        sanitize(&redact_random_words(&text), STDERR_LENGTH)
    }
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

/// How many lines of stderr are shown.
const LAST_LINES: usize = 3;

/// How many bytes of these lines are examined. A program may print megabytes on both streams, and each word of one is
/// searched for in the other.
const EXAMINED: usize = 4096;

/// How many characters of stderr are shown.
const STDERR_LENGTH: usize = 400;

const REDACTED: &str = "(redacted)";

/// Replaces the words that look like keys, tokens or signatures: 16 characters or more with letters
/// and digits mixed. Only the query is removed from addresses of sign-in pages.
fn redact_random_words(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let (word, query) = match word.split_once('?') {
            Some((word, _)) if word.contains("://") => (word, "?(redacted) "),
            _ => (word, ""),
        };
        let mut rest = word;
        while let Some(start) = rest.find(is_word) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
            let (token, after) = from.split_at(end);
            redacted.push_str(before);
            redacted.push_str(if is_random(token) { REDACTED } else { token });
            rest = after;
        }
        redacted.push_str(rest);
        redacted.push_str(query);
    }
    redacted
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '=' | '_' | '-')
}

fn is_random(word: &str) -> bool {
    word.len() >= 16 && is_mixed(word)
}

/// Whether a word has letters and digits.
fn is_mixed(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Splits a command line by the rules of Windows: backslashes are literal, except before a quote,
/// where each pair is one backslash and a remaining one makes the quote literal.
///
/// Source: Microsoft, "Parsing C++ command-line arguments".
fn split_windows(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut quoted, mut backslashes) = (false, 0);
    for character in line.chars() {
        if character == '\\' {
            backslashes += 1;
            continue;
        }
        if backslashes > 0 {
            let kept = if character == '"' { backslashes / 2 } else { backslashes };
            word.get_or_insert_default().extend(std::iter::repeat_n('\\', kept));
        }
        let literal = character == '"' && backslashes % 2 == 1;
        backslashes = 0;
        match character {
            '"' if !literal => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if backslashes > 0 {
        word.get_or_insert_default().extend(std::iter::repeat_n('\\', backslashes));
    }
    words.extend(word);
    words
}

fn read(output: &[u8]) -> Result<Credential, SourceError> {
    let input = Input::Program;
    let garbled = |reason: &str| SourceError::Garbled { input, reason: reason.into() };
    let output = text::decode(output).ok_or_else(|| garbled("it is neither UTF-8 nor UTF-16"))?;
    if output.trim().is_empty() {
        return Err(garbled("it is empty"));
    }
    let printed: Printed =
        serde_json::from_str(&output).map_err(|error| SourceError::json(input, &error))?;
    let security_token = match printed.mode.to_ascii_lowercase().as_str() {
        "ak" => None,
        // As in credentials-go, the mode follows from the members that are present.
        "" => Some(printed.sts_token).filter(|token| !token.is_empty()),
        "ststoken" if printed.sts_token.is_empty() => return Err(garbled("it has no sts_token")),
        "ststoken" => Some(printed.sts_token),
        _ => return Err(garbled("its mode is neither AK nor StsToken")),
    };
    if printed.access_key_id.is_empty() || printed.access_key_secret.is_empty() {
        return Err(garbled("it has no access_key_id or no access_key_secret"));
    }
    let expires = match printed.expiration.as_deref() {
        None | Some("") => None,
        text => Some(expiration(text, input)?),
    };
    Ok(Credential {
        access_key_id: printed.access_key_id,
        access_key_secret: printed.access_key_secret,
        security_token,
        expires,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Printed {
    mode: String,
    #[serde(deserialize_with = "secret")]
    access_key_id: Secret,
    #[serde(deserialize_with = "secret")]
    access_key_secret: Secret,
    #[serde(deserialize_with = "secret")]
    sts_token: Secret,
    expiration: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_split_by_the_rules_of_windows() {
        for (line, words) in [
            (r"C:\tools\cred.exe --json", &[r"C:\tools\cred.exe", "--json"][..]),
            (r#""C:\Program Files\c.exe" "a b" c"#, &[r"C:\Program Files\c.exe", "a b", "c"]),
            (r#"a \"b\" c"#, &["a", r#""b""#, "c"]),
            (r#"a "b\\" c"#, &["a", r"b\", "c"]),
            (r#"a "" b"#, &["a", "", "b"]),
            (r"a\\b c\", &[r"a\\b", r"c\"]),
            ("  a\tb  ", &["a", "b"]),
            ("a 'b c'", &["a", "'b", "c'"]),
            ("", &[]),
        ] {
            assert_eq!(split_windows(line), words, "{line}");
        }
    }

    #[test]
    fn whole_words_up_to_the_limit_are_examined() {
        let first = |limit| first_words("some words".into(), limit);
        assert_eq!([9, 10, 11].map(first), ["some", "some words", "some words"]);
    }

    #[test]
    fn the_stderr_of_a_program_is_redacted() {
        let said_by = |line: &str, stderr: &str, stdout: &str| {
            let ctx = crate::ctx::fixed::Fixed::default().ctx();
            let arguments = line.split(' ').map(str::to_owned).collect();
            let process = ExternalProgram { ctx, program: "p".into(), arguments };
            process.last_words(stderr.as_bytes(), stdout.as_bytes())
        };
        let said = |stderr: &str, stdout: &str| said_by("--password hunter2", stderr, stdout);
        assert_eq!(said("one\ntwo\n\nthree\nfour\n", ""), "two; three; four");
        assert_eq!(
            said("session over, \u{1b}[31mlog in again\n", ""),
            "session over,  [31mlog in again"
        );
        // Only a part of the second secret is examined.
        let (first, second) = ("x".repeat(200), "y".repeat(300));
        let stderr = format!("{}{second}", format!("{first} ").repeat(20));
        let shown = said(&stderr, &format!("{first} {second}"));
        assert!(shown.starts_with("(redacted) ") && !shown.contains('y'), "{shown}");
        for line in ["--password hunter", "--password=hunter", "-p hunter", "-v --api-key hunter"] {
            assert_eq!(said_by(line, "wrong: hunter", ""), "wrong: (redacted)", "{line}");
        }
        assert_eq!(said_by("login hunter22", "wrong: hunter22", ""), "wrong: (redacted)");
        for line in [
            "login --profile production",
            "login --profile=production -v",
            "login --key=k production",
        ] {
            let advice = "run login for production";
            assert_eq!(said_by(line, advice, ""), advice, "{line}");
        }
        let stdout = r#"{"access_key_secret": "printedsecret"}"#;
        assert_eq!(said("got printedsecret", stdout), "got (redacted)");
        assert_eq!(
            said("bad key LTAI5tAbCdEfGh12345 at https://sso.example/login?code=abc now", ""),
            "bad key (redacted) at https://sso.example/login?(redacted) now"
        );
        assert_eq!(said("log in again? wrong/user?", ""), "log in again? wrong/user?");
        assert!(said(&"x ".repeat(1000), "").chars().count() <= STDERR_LENGTH);
    }
}
