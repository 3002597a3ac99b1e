//! The cursor with which a pattern is read.

/// The part of a pattern that is not read yet. A copy is a bookmark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'p> {
    rest: &'p str,
}

impl<'p> Cursor<'p> {
    pub(super) const fn new(pattern: &'p str) -> Self {
        Self { rest: pattern }
    }

    pub(super) const fn rest(self) -> &'p str {
        self.rest
    }

    pub(super) fn peek(self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Reads one character.
    pub(super) fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let character = chars.next();
        self.rest = chars.as_str();
        character
    }

    /// Reads a given text if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(text) else {
            return false;
        };
        self.rest = rest;
        true
    }

    /// Reads up to and including the next `end`, and returns what stands before it.
    pub(super) fn eat_until(&mut self, end: &str) -> Option<&'p str> {
        let (before, after) = self.rest.split_once(end)?;
        self.rest = after;
        Some(before)
    }

    /// Reads everything.
    pub(super) fn eat_all(&mut self) -> &'p str {
        std::mem::take(&mut self.rest)
    }

    /// Reads a decimal number without leading zeros. One that does not fit is the largest that does:
    /// every limit of the dialect lies far below.
    pub(super) fn eat_number(&mut self) -> Option<u32> {
        let rest = self.rest.trim_start_matches(|character: char| character.is_ascii_digit());
        let digits = self.rest.strip_suffix(rest)?;
        if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        self.rest = rest;
        Some(digits.parse().unwrap_or(u32::MAX))
    }

    /// What was read since a bookmark.
    pub(super) fn since(self, bookmark: Self) -> String {
        bookmark.rest.strip_suffix(self.rest).unwrap_or(bookmark.rest).to_owned()
    }
}
