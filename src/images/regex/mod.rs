//! Name patterns in the dialect of Go's `regexp` package, matched by the `regex` crate.
//!
//! Configurations written for the official provider hold patterns that Go has read. Here the same
//! pattern gives the same verdict on every text, and one that Go refuses is refused for the same
//! reason. The dialects look alike and differ in the details, so a pattern is not patched: it is read by
//! Go's grammar (as of Go 1.26, `regexp.Compile`), every class is reduced to the code points that Go
//! means, and the result is written anew for the crate. Only whether a pattern matches is kept; where
//! it matches and what its groups hold is not asked here.
//!
//! The verdict differs from Go's in these cases only:
//!
//! * Go refuses script names of several words, such as `\p{Old_Italic}` (Go 1.26; earlier releases
//!   take them). Here they are taken.
//! * Go limits the size of the compiled pattern by its own instructions, here memory is limited, see
//!   [`GoRegex::new`]: large counts of large classes, such as `\p{L}{1000}`, may be too large here,
//!   and repetitions of nothing may be too large there.
//! * Go allows 1000 levels of nesting after it has rearranged alternations. They are not counted
//!   here, so that somewhat deeper patterns pass.
//! * An anchored pattern that begins with a surrogate, such as `^\x{D800}$`, matches U+FFFD in Go,
//!   by a slip. Here it matches nothing, as surrogates do everywhere else in Go.

use ::regex::{Regex, RegexBuilder};

mod class;
mod cursor;
mod error;
mod escape;
mod parse;
mod piece;
mod unicode;

pub use error::Error;

/// How much memory a compiled pattern may take, in bytes.
const MAX_COMPILED_SIZE: usize = 64 << 20;

/// A pattern in the dialect of Go's `regexp` package, ready to match names.
#[derive(Clone, Debug)]
pub struct GoRegex {
    regex: Regex,
}

impl GoRegex {
    /// Reads and translates a pattern.
    ///
    /// # Errors
    /// Patterns that Go's `regexp.Compile` refuses, and those that would take more than 64 MiB when
    /// compiled.
    pub fn new(pattern: &str) -> Result<Self, Error> {
        let expression = parse::parse(pattern)?;
        let regex = RegexBuilder::new(&expression.to_string())
            .size_limit(MAX_COMPILED_SIZE)
            .nest_limit(u32::MAX)
            .build()
            .map_err(|_| Error::TooLarge)?;
        Ok(Self { regex })
    }

    /// Whether the pattern matches anywhere in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}
