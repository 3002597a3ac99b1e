//! A program that prints a credential: the mode External of a CLI profile.
//!
//! Source: aliyun-cli, profile mode External. The command line is split like a shell would, but no
//! shell runs: nothing is expanded.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{
    Credential, Source,
    failure::Failure,
    issued::{expiration, secret},
};
use crate::{ctx::Ctx, secret::Secret};

/// How long the program may run.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A program that prints a credential.
pub(super) struct Command {
    pub(super) ctx: Ctx,
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
}

impl Command {
    /// Splits a command line.
    pub(super) fn parse(line: &str, ctx: Ctx) -> Result<Self, Failure> {
        let words = shlex::split(line);
        let words = words.ok_or_else(|| {
            Failure::Unusable("the process command has a quote without its end".into())
        })?;
        let mut words = words.into_iter();
        match words.next() {
            Some(program) => Ok(Self { ctx, program, arguments: words.collect() }),
            None => Err(Failure::Missing("the process command is empty".into())),
        }
    }
}

impl Source for Command {
    fn fetch(&self) -> BoxFuture<'_, Result<Credential, Failure>> {
        Box::pin(async move {
            let output = self.ctx.commands.run(&self.program, &self.arguments, TIMEOUT).await;
            let output = output.map_err(|error| {
                Failure::Program(match error.kind() {
                    std::io::ErrorKind::NotFound => "it was not found".into(),
                    std::io::ErrorKind::PermissionDenied => "permission denied".into(),
                    std::io::ErrorKind::TimedOut => {
                        format!("it did not end within {} s", TIMEOUT.as_secs())
                    }
                    // An exit status, which holds nothing that the program wrote.
                    _ => error.to_string(),
                })
            })?;
            read(&output)
        })
    }
}

fn read(output: &[u8]) -> Result<Credential, Failure> {
    let what = "the output of the program";
    let garbled = |reason: &str| Failure::Garbled { what, reason: reason.into() };
    let printed: Printed =
        serde_json::from_slice(output).map_err(|error| Failure::json(what, &error))?;
    let security_token = match printed.mode.to_ascii_lowercase().as_str() {
        "ak" => None,
        "ststoken" if printed.sts_token.is_empty() => return Err(garbled("it has no sts_token")),
        "ststoken" => Some(printed.sts_token),
        _ => return Err(garbled("its mode is neither AK nor StsToken")),
    };
    if printed.access_key_id.is_empty() || printed.access_key_secret.is_empty() {
        return Err(garbled("it has no access_key_id or no access_key_secret"));
    }
    let expires = match printed.expiration.as_deref() {
        None | Some("") => None,
        text => Some(expiration(text, what)?),
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
