//! Why a source returns no credential. The text of an error can follow the name of the source.

use std::io;

use crate::{
    alicloud::{
        decode,
        error::{ApiError, Cause},
    },
    ctx::http,
};

/// Why a source returns no credential. Its text never contains a key, a token or a body.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The source that this one depends on failed.
    #[error("{name}: {error}")]
    Base {
        /// The name of that source.
        name: String,
        /// Why it failed.
        error: Box<Self>,
    },
    /// A response, a file or the output of a program does not have the expected form.
    #[error("{what} is not valid: {reason}")]
    Garbled {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Only one of two values that belong together is configured. The text is a complete message.
    #[error("{0}")]
    Half(String),
    /// A required value is missing.
    #[error("{0}")]
    Missing(String),
    /// A defect of this program.
    #[error("internal error; please report it")]
    Panicked,
    /// A program could not be run, or failed.
    #[error("the program failed: {reason}{}", said(.stderr))]
    Program {
        /// How it failed.
        reason: String,
        /// The end of what it wrote to stderr, sanitized and redacted.
        stderr: String,
    },
    /// A service responded with an error.
    #[error("{host} refused with {error}")]
    Refused {
        /// The service.
        host: String,
        /// The error.
        error: Box<ApiError>,
    },
    /// There was no response.
    #[error("{0}")]
    Transport(#[from] http::Error),
    /// A file could not be read.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// The configuration is not supported or not valid.
    #[error("{0}")]
    Unusable(String),
}

impl SourceError {
    /// The source is disabled by one of these variables.
    pub(crate) fn forbidden(variables: &[&str]) -> Self {
        Self::Unusable(format!("the environment variable {} forbids it", variables.join(", ")))
    }

    /// A failed call to `host`. `what` is the name of its response in messages.
    pub(crate) fn of_call(what: &'static str, host: &str, cause: Cause) -> Self {
        match cause {
            Cause::Api(error) => Self::Refused { host: host.into(), error: Box::new(error) },
            Cause::Deadline { last: Some(last), .. } => Self::of_call(what, host, *last),
            Cause::Garbled { reason, .. } => Self::Garbled { what, reason },
            Cause::Transport(error) => error.into(),
            other => Self::Unusable(format!("{host}: {other}")),
        }
    }

    /// A file that could not be read.
    pub(crate) fn unreadable(path: impl Into<String>, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file",
            io::ErrorKind::PermissionDenied => "permission denied",
            io::ErrorKind::FileTooLarge => "it is too large",
            io::ErrorKind::IsADirectory => "it is a directory",
            io::ErrorKind::TimedOut => "the file system did not respond in time",
            _ => "the operating system reported an error",
        };
        Self::Unreadable { path: path.into(), reason }
    }

    /// What is wrong with a JSON text.
    pub(crate) fn json(what: &'static str, error: &serde_json::Error) -> Self {
        Self::Garbled { what, reason: decode::describe_json(error) }
    }
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; it wrote: {stderr}") }
}
