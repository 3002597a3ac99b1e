//! A program that prints a credential: the mode External of a CLI profile.
//!
//! Source: aliyun-cli, profile mode External. The command line is split as a shell would, on
//! Windows as Windows programs do, but no shell runs: nothing is expanded.

mod stderr;

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
    text,
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
            let stderr = || stderr::shown(&output.stderr, &output.stdout, &self.arguments);
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
}
