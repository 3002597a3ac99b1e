//! Why a rule cannot be read.

/// A rule, or a part of one, that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("fault rule: {part:?} {reason}")]
pub struct RuleError {
    part: String,
    reason: &'static str,
}

impl RuleError {
    pub(super) fn new(part: &str, reason: &'static str) -> Self {
        Self { part: part.to_owned(), reason }
    }
}
