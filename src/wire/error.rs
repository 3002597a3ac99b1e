//! What can be wrong with a value on its way, and where.

use std::fmt;

use crate::value::{AttributePath, Step};

/// Why a value could not be encoded or decoded, and at which attribute.
#[derive(Debug, Eq, PartialEq)]
pub struct Error {
    /// Innermost step first: the path is put together while the error travels outwards.
    steps: Vec<Step>,
    cause: Cause,
}

/// What is wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Cause {
    /// An object has an attribute that its type does not have.
    #[error("the attribute {0:?} is not in the schema")]
    ExtraAttribute(String),
    /// The bytes are not JSON.
    #[error("not valid JSON: {0}")]
    InvalidJson(String),
    /// The bytes are not msgpack: an unassigned marker, or a length with no bytes behind it.
    #[error("not valid msgpack")]
    InvalidMsgpack,
    /// A number that is none, or one of more digits than can be kept.
    #[error("not a number, or one with too many digits")]
    InvalidNumber,
    /// A type expression that is none.
    #[error("not a valid type expression")]
    InvalidType,
    /// Text that is not UTF-8.
    #[error("text that is not UTF-8")]
    InvalidUtf8,
    /// An object has an attribute twice.
    #[error("the attribute {0:?} occurs twice")]
    RepeatedAttribute(String),
    /// A value nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("nested deeper than {} levels", super::MAX_DEPTH)]
    TooDeep,
    /// More values than [`MAX_VALUES`](super::MAX_VALUES), or a part longer than 4 GiB.
    #[error("more values than one message may hold")]
    TooLarge,
    /// Bytes after the end of the value.
    #[error("bytes after the end of the value")]
    TrailingBytes,
    /// A value of another type than the schema's.
    #[error("{expected} expected, {found} found")]
    TypeMismatch {
        /// What the schema asks for.
        expected: &'static str,
        /// What is there instead.
        found: &'static str,
    },
    /// JSON cannot say infinity.
    #[error("JSON has no infinity")]
    UnsayableInfinity,
    /// JSON cannot say that a value is unknown.
    #[error("JSON has no unknown values")]
    UnsayableUnknown,
    /// A tuple of another length than its type's.
    #[error("a tuple of {expected} elements expected, {found} found")]
    WrongLength {
        /// The length of the type.
        expected: usize,
        /// The length of the value.
        found: usize,
    },
}

impl Error {
    /// What is wrong.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// The attribute at fault; empty for the whole value.
    pub fn path(&self) -> AttributePath {
        self.steps.iter().rev().fold(AttributePath::default(), |path, step| match step.clone() {
            Step::Attribute(name) => path.child(name),
            Step::Index(index) => path.index(index),
            Step::Key(key) => path.key(key),
        })
    }

    /// The same error, seen from one level further out.
    pub(super) fn within(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The same error in the element `index`, counted from 0, of a list or tuple.
    pub(super) fn within_index(self, index: usize) -> Self {
        self.within(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// The same error in some element of a set: a path cannot go into a set.
    pub(super) fn within_set(mut self) -> Self {
        self.steps.clear();
        self
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self { steps: Vec::new(), cause }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.steps.is_empty() {
            write!(f, "{}: ", self.path())?;
        }
        self.cause.fmt(f)
    }
}

impl std::error::Error for Error {}
