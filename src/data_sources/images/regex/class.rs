//! The cursor with which a pattern is read, and character classes: classes in brackets, in which `[`, `&&`, `--` and
//! `~~` are literal, and sequences that begin with a backslash: classes such as `\d` and `\pL`, and single characters.

use regex_syntax::hir::ClassUnicode;

use super::{Error, unicode};

/// The part of a pattern that is not read yet. A copy serves as a bookmark.
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

    /// Reads up to and including the next `end`, and returns the text before it.
    pub(super) fn eat_until(&mut self, end: &str) -> Option<&'p str> {
        let (before, after) = self.rest.split_once(end)?;
        self.rest = after;
        Some(before)
    }

    /// Reads everything.
    pub(super) fn eat_all(&mut self) -> &'p str {
        std::mem::take(&mut self.rest)
    }

    /// Reads a decimal number without leading zeros. A number that is too large becomes the largest possible one,
    /// which exceeds every limit of the dialect.
    pub(super) fn eat_number(&mut self) -> Option<u32> {
        let rest = self.rest.trim_start_matches(|character: char| character.is_ascii_digit());
        let digits = self.rest.strip_suffix(rest)?;
        if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        self.rest = rest;
        Some(digits.parse().unwrap_or(u32::MAX))
    }

    /// The text that was read since a bookmark.
    pub(super) fn since(self, bookmark: Self) -> String {
        bookmark.rest.strip_suffix(self.rest).unwrap_or(bookmark.rest).to_owned()
    }
}

/// Reads a class from its `[` to its `]`.
///
/// # Errors
/// Unknown names, ranges that run backwards, and a missing `]`.
pub(super) fn read(cursor: &mut Cursor<'_>, fold: bool) -> Result<ClassUnicode, Error> {
    let start = *cursor;
    cursor.eat("[");
    let negated = cursor.eat("^");
    let mut class = ClassUnicode::empty();
    let mut first = true;
    while first || !cursor.eat("]") {
        first = false;
        class.union(&read_item(cursor, start, fold)?);
    }
    if negated {
        unicode::negate(&mut class);
    }
    Ok(class)
}

/// Reads `[:name:]`, an escaped class, a range or a single character.
fn read_item(
    cursor: &mut Cursor<'_>,
    class: Cursor<'_>,
    fold: bool,
) -> Result<ClassUnicode, Error> {
    if let Some(named) = read_posix(cursor, fold)? {
        return Ok(named);
    }
    if let Some(escaped) = read_escaped(cursor, fold)? {
        return Ok(escaped);
    }
    let start = *cursor;
    let low = read_end(cursor, class)?;
    let mut high = low;
    let mut after = *cursor;
    if after.eat("-") && after.peek().is_some_and(|next| next != ']') {
        *cursor = after;
        high = read_end(cursor, class)?;
        if high < low {
            return Err(Error::InvalidClass(cursor.since(start)));
        }
    }
    let mut range = unicode::range(low, high);
    if fold {
        unicode::fold(&mut range);
    }
    Ok(range)
}

/// Reads one end of a range, or a single character.
fn read_end(cursor: &mut Cursor<'_>, class: Cursor<'_>) -> Result<u32, Error> {
    match cursor.peek() {
        None => Err(Error::MissingBracket(class.rest().to_owned())),
        Some('\\') => read_code_point(cursor),
        Some(character) => {
            cursor.bump();
            Ok(u32::from(character))
        }
    }
}

/// Reads `[:name:]` or `[:^name:]`, if one comes next.
fn read_posix(cursor: &mut Cursor<'_>, fold: bool) -> Result<Option<ClassUnicode>, Error> {
    let start = *cursor;
    let mut after = start;
    if !after.eat("[:") {
        return Ok(None);
    }
    // Without an end, the bracket is a character like any other.
    let Some(name) = after.eat_until(":]") else {
        return Ok(None);
    };
    let (name, negated) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\x7F')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1F'), ('\x7F', '\x7F')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return Err(Error::InvalidClass(after.since(start))),
    };
    let mut class = unicode::ascii(ranges);
    if fold {
        unicode::fold(&mut class);
    }
    if negated {
        unicode::negate(&mut class);
    }
    *cursor = after;
    Ok(Some(class))
}

/// Reads `\d`, `\pL` or a similar class, if one comes next.
///
/// # Errors
/// `\p` with a name that Go does not know.
pub(super) fn read_escaped(
    cursor: &mut Cursor<'_>,
    fold: bool,
) -> Result<Option<ClassUnicode>, Error> {
    let mut after = *cursor;
    if !after.eat("\\") {
        return Ok(None);
    }
    let Some(letter) = after.bump() else {
        return Ok(None);
    };
    let (mut class, negated) = match letter {
        'd' | 'D' => (unicode::ascii(&[('0', '9')]), letter == 'D'),
        's' | 'S' => (unicode::ascii(&[('\t', '\n'), ('\x0C', '\r'), (' ', ' ')]), letter == 'S'),
        'w' | 'W' => {
            (unicode::ascii(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]), letter == 'W')
        }
        'p' | 'P' => {
            let (class, negated) = read_property(&mut after, *cursor, fold)?;
            (class, negated != (letter == 'P'))
        }
        _ => return Ok(None),
    };
    if fold && !matches!(letter, 'p' | 'P') {
        unicode::fold(&mut class);
    }
    if negated {
        unicode::negate(&mut class);
    }
    *cursor = after;
    Ok(Some(class))
}

/// Reads what follows `\p`: one letter, or a name in braces that `^` may negate.
fn read_property(
    cursor: &mut Cursor<'_>,
    start: Cursor<'_>,
    fold: bool,
) -> Result<(ClassUnicode, bool), Error> {
    let letter = *cursor;
    let name = if cursor.eat("{") {
        let name = cursor.eat_until("}");
        name.ok_or_else(|| Error::InvalidClass(start.rest().to_owned()))?.to_owned()
    } else {
        cursor.bump();
        cursor.since(letter)
    };
    let (name, negated) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name.as_str(), false),
    };
    let class = unicode::named(name, fold);
    Ok((class.ok_or_else(|| Error::InvalidClass(cursor.since(start)))?, negated))
}

/// Reads an escape sequence for one character, and returns its code point, which may be that of a surrogate.
///
/// # Errors
/// Escape sequences that Go does not know, including back-references.
pub(super) fn read_code_point(cursor: &mut Cursor<'_>) -> Result<u32, Error> {
    let start = *cursor;
    cursor.eat("\\");
    let Some(letter) = cursor.bump() else {
        return Err(Error::TrailingBackslash);
    };
    let code_point = match letter {
        '0' => Some(read_octal(cursor, 0)),
        // A single digit would be a back-reference.
        '1'..='7' if cursor.peek().is_some_and(|next| next.is_digit(8)) => {
            Some(read_octal(cursor, letter.to_digit(8).unwrap_or(0)))
        }
        'x' => read_hexadecimal(cursor),
        'a' => Some(0x07),
        'f' => Some(0x0C),
        'n' => Some(0x0A),
        'r' => Some(0x0D),
        't' => Some(0x09),
        'v' => Some(0x0B),
        _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => Some(u32::from(letter)),
        _ => None,
    };
    code_point.ok_or_else(|| Error::InvalidEscape(cursor.since(start)))
}

/// Reads up to two more octal digits.
fn read_octal(cursor: &mut Cursor<'_>, first: u32) -> u32 {
    let mut code_point = first;
    for _ in 0..2 {
        let Some(digit) = cursor.peek().and_then(|next| next.to_digit(8)) else {
            break;
        };
        cursor.bump();
        code_point = code_point * 8 + digit;
    }
    code_point
}

/// Reads two hexadecimal digits, or any number of them in braces.
fn read_hexadecimal(cursor: &mut Cursor<'_>) -> Option<u32> {
    if !cursor.eat("{") {
        let high = cursor.bump()?.to_digit(16);
        let low = cursor.bump()?.to_digit(16);
        return Some(high? * 16 + low?);
    }
    let mut code_point = None;
    loop {
        let digit = match cursor.bump()? {
            '}' => return code_point,
            digit => digit.to_digit(16)?,
        };
        let larger = code_point.unwrap_or(0) * 16 + digit;
        if larger > u32::from(char::MAX) {
            return None;
        }
        code_point = Some(larger);
    }
}
