//! The regular expressions among the arguments.

use super::{super::filter::Pattern, block::Block};

/// The pattern of an argument; `None` where it is not given, unknown, empty or refused.
pub(super) fn pattern(block: &mut Block<'_>, argument: &'static str) -> Option<Pattern> {
    let source = block.text(argument)?;
    match Pattern::new(source.clone()) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            block.error(
                argument,
                "Invalid regular expression",
                format!("{source:?} is not a regular expression of the dialect of Go: {error}."),
            );
            None
        }
    }
}
