//! Name patterns in the dialect of Go's `regexp` package, matched by the `regex` crate.
//!
//! Configurations for the official provider contain patterns in Go's dialect. Here the same pattern matches the same
//! texts, and a pattern that Go refuses is refused for the same reason. The two dialects are similar but differ in
//! details, so a pattern is not edited as text: it is parsed with Go's grammar (as of Go 1.26, `regexp.Compile`),
//! every class is reduced to the code points that it has in Go, and the result is printed for the crate. [`GoRegex`]
//! tests whether a pattern matches; [`Extractor`] returns what its first group matches.
//!
//! The verdict differs from Go's in these cases only:
//!
//! * Go refuses script names of several words, such as `\p{Old_Italic}` (Go 1.26; earlier releases
//!   accept them). Here they are accepted.
//! * Go limits the number of instructions of the compiled pattern. Here its memory and the length of
//!   the pattern are limited, see [`GoRegex::new`]. Only patterns of many thousand characters, or large counts of
//!   long pieces, reach either limit.
//! * Go allows 1000 levels of nesting after it has rearranged alternations; here they are counted as written. The
//!   results for patterns of about that depth may differ.
//! * An anchored pattern that begins with a surrogate, such as `^\x{D800}$`, matches U+FFFD in Go,
//!   which is a bug. Here it matches nothing, as surrogates do everywhere else in Go.

use std::thread;

use ::regex::{Regex, RegexBuilder};
use regex_automata::meta;

mod class;
mod parse;
mod unicode;

use parse::Piece;

/// How much memory a compiled pattern may take, in bytes.
const MAX_COMPILED_SIZE: usize = 64 << 20;

/// How many levels deep a pattern may nest to be compiled on the stack of the calling thread. The
/// parser and the compiler of the crate recurse, and one level takes up to 5 KiB of stack in a build
/// without optimization (a fifth of that with it), so this is at most 250 KiB.
const SHALLOW: usize = 50;

/// The stack for deeper patterns, in bytes: three times what 1000 levels need without optimization.
/// The system provides only the pages that are used.
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

/// A pattern in Go's syntax that extracts a part of a name.
///
/// ```
/// use terraform_provider_alicloud::data_sources::images::regex::Extractor;
///
/// let version = Extractor::new("-v?([0-9.]+)$").unwrap();
/// assert_eq!(version.extract("web-v2.10"), Some("2.10"));
/// assert_eq!(version.extract("web"), None);
/// ```
#[derive(Clone, Debug)]
pub struct Extractor {
    regex: meta::Regex,
    /// The group to extract; 0 is the whole match.
    group: usize,
}

impl Extractor {
    /// Reads and translates a pattern.
    ///
    /// # Errors
    ///
    /// As [`GoRegex::new`].
    pub fn new(pattern: &str) -> Result<Self, Error> {
        let (piece, groups) = parse::parse_with_groups(pattern)?;
        let regex = compiled(&piece, compile_with_groups).ok_or(Error::TooLarge)?;
        Ok(Self { regex, group: groups.min(1) })
    }

    /// The part of `name` that the first group matched, or the whole match if the pattern has no
    /// group. `None` if there is no match, or if the group took no part in it.
    pub fn extract<'t>(&self, name: &'t str) -> Option<&'t str> {
        let mut captures = self.regex.create_captures();
        self.regex.captures(name, &mut captures);
        name.get(captures.get_group(self.group)?.range())
    }
}

/// The reason that a pattern is refused: the same reasons as in Go, with the part of the pattern at
/// fault.
///
/// Each text is a sentence without a period, for the detail of a diagnostic.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// A class names characters that do not exist, or a range in the wrong order.
    #[error("`{0}` is not a valid class or range of characters")]
    InvalidClass(String),
    /// A backslash before a letter or digit that means nothing there.
    #[error("`{0}` is not a valid escape sequence; backreferences are not supported")]
    InvalidEscape(String),
    /// A group opens with `(?` and something that Go does not know, look-around for example.
    #[error("`{0}` opens a group that is not supported, such as look-around or the flag x")]
    InvalidGroup(String),
    /// The name of a group is not closed or not valid.
    #[error(
        "`{0}` opens a group without a valid name: a name consists of A-Z, a-z, 0-9 and _, and ends with `>`"
    )]
    InvalidGroupName(String),
    /// A repetition of a repetition, such as `a**`.
    #[error("`{0}` repeats a repetition; put the inner one into a group")]
    InvalidRepetition(String),
    /// A repetition count above 1000, possibly in combination with inner counts, or a range in the wrong order.
    #[error(
        "`{0}` is not a valid repetition: at most 1000 times in all, and the lower count first"
    )]
    InvalidRepeatCount(String),
    /// A class is not closed.
    #[error("`{0}` opens a class that no ] closes")]
    MissingBracket(String),
    /// A group is not closed.
    #[error("`{0}` opens a group that no ) closes")]
    MissingParenthesis(String),
    /// A repetition that follows nothing.
    #[error("`{0}` repeats nothing; write a backslash before it to mean the character")]
    MissingRepeatArgument(String),
    /// Groups and repetitions are nested more than 1000 levels deep.
    #[error("the pattern nests more than 1000 levels deep")]
    TooDeep,
    /// The compiled pattern would need too much memory.
    #[error("the pattern is too large")]
    TooLarge,
    /// The last character is a backslash.
    #[error("the pattern ends with a lone backslash; write two to mean the character")]
    TrailingBackslash,
    /// A `)` that closes nothing.
    #[error("`{0}` has a ) that no ( opens; write a backslash before it to mean the character")]
    UnexpectedParenthesis(String),
}

/// Compiles a piece, on a thread with a larger stack if it is deep.
fn compiled<T: Send>(piece: &Piece, compile: fn(&Piece) -> Option<T>) -> Option<T> {
    if piece.height <= SHALLOW {
        return compile(piece);
    }
    // If the thread cannot be started or panics, only this pattern is refused.
    thread::scope(|scope| {
        let compiler = thread::Builder::new().stack_size(DEEP_STACK);
        compiler.spawn_scoped(scope, || compile(piece)).ok()?.join().ok()?
    })
}

fn compile(piece: &Piece) -> Option<Regex> {
    RegexBuilder::new(&piece.hir.to_string())
        .size_limit(MAX_COMPILED_SIZE)
        // Depth is already limited, and this limit counts other levels than ours.
        .nest_limit(u32::MAX)
        .build()
        .ok()
}

fn compile_with_groups(piece: &Piece) -> Option<meta::Regex> {
    let config = meta::Config::new().nfa_size_limit(Some(MAX_COMPILED_SIZE));
    meta::Builder::new().configure(config).build_from_hir(&piece.hir).ok()
}

#[cfg(test)]
mod tests;
