//! Name patterns in Go's regular expression dialect, matched by the `regex` crate.

mod error;

pub use error::Error;

/// A pattern in the dialect of Go's `regexp` package, ready to match names.
#[derive(Clone, Debug)]
pub struct GoRegex {
    regex: ::regex::Regex,
}

impl GoRegex {
    /// Reads and translates a pattern.
    ///
    /// # Errors
    /// Those patterns fail that Go's `regexp.Compile` refuses, and those that are too large to be
    /// compiled.
    pub fn new(pattern: &str) -> Result<Self, Error> {
        ::regex::Regex::new(pattern).map(|regex| Self { regex }).map_err(|_| Error::TooLarge)
    }

    /// Whether the pattern matches anywhere in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}
