//! Name patterns in the dialect of Go's `regexp` package, matched by the `regex` crate.
//!
//! Configurations written for the official provider hold patterns that Go has read. Here the same
//! pattern gives the same verdict on every text, and one that Go refuses is refused for the same
//! reason. The dialects look alike and differ in the details, so a pattern is not patched: it is read by
//! Go's grammar (as of Go 1.26, `regexp.Compile`), every class is reduced to the code points that Go
//! means, and the result is written out for the crate. [`GoRegex`] keeps only whether a
//! pattern matches, [`Extractor`] what its first group holds.
//!
//! The verdict differs from Go's in these cases only:
//!
//! * Go refuses script names of several words, such as `\p{Old_Italic}` (Go 1.26; earlier releases
//!   take them). Here they are taken.
//! * Go limits the size of the compiled pattern by its own instructions, here memory and the
//!   length of the pattern are limited, see [`GoRegex::new`]. Only patterns of many thousand characters, or large counts of long pieces,
//!   come near either limit.
//! * Go allows 1000 levels of nesting after it has rearranged alternations, here they are counted as
//!   they were written. Patterns of about that depth may be judged differently.
//! * An anchored pattern that begins with a surrogate, such as `^\x{D800}$`, matches U+FFFD in Go,
//!   by a slip. Here it matches nothing, as surrogates do everywhere else in Go.

use std::thread;

use ::regex::{Regex, RegexBuilder};

mod class;
mod cursor;
mod error;
mod escape;
mod extract;
mod parse;
mod piece;
mod unicode;

pub use error::Error;
pub use extract::Extractor;
use piece::Piece;

#[cfg(test)]
mod tests;

/// How much memory a compiled pattern may take, in bytes.
const MAX_COMPILED_SIZE: usize = 64 << 20;

/// How many levels deep a pattern may nest to be compiled on the stack of the calling thread. The
/// parser and the compiler of the crate recurse, and one level takes up to 5 KiB of stack in a build
/// without optimization (a fifth of that with it), so this is at most 250 KiB.
const SHALLOW: usize = 50;

/// The stack for deeper patterns, in bytes: three times what 1000 levels need without optimization.
/// The system provides only the pages of it that are touched.
const DEEP_STACK: usize = 16 << 20;

/// A pattern in the dialect of Go's `regexp` package, ready to match names.
#[derive(Clone, Debug)]
pub struct GoRegex {
    regex: Regex,
}

impl GoRegex {
    /// Reads and translates a pattern.
    ///
    /// # Errors
    /// Patterns that Go's `regexp.Compile` refuses, those longer than 64 KiB, and those that would take
    /// more than 64 MiB when compiled.
    pub fn new(pattern: &str) -> Result<Self, Error> {
        let piece = parse::parse(pattern)?;
        Ok(Self { regex: compiled(&piece, compile).ok_or(Error::TooLarge)? })
    }

    /// Whether the pattern matches anywhere in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// Compiles a piece, on a thread with a larger stack if it is deep.
fn compiled<T: Send>(piece: &Piece, compile: fn(&Piece) -> Option<T>) -> Option<T> {
    if piece.height <= SHALLOW {
        return compile(piece);
    }
    // A thread that cannot be started, or that panics, is no reason to take the provider down.
    thread::scope(|scope| {
        let compiler = thread::Builder::new().stack_size(DEEP_STACK);
        compiler.spawn_scoped(scope, || compile(piece)).ok()?.join().ok()?
    })
}

fn compile(piece: &Piece) -> Option<Regex> {
    RegexBuilder::new(&piece.hir.to_string())
        .size_limit(MAX_COMPILED_SIZE)
        // Depth is limited already, and the limit counts other levels than ours.
        .nest_limit(u32::MAX)
        .build()
        .ok()
}
