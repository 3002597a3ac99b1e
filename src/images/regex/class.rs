//! Classes in brackets. Inside, `[`, `&&`, `--` and `~~` mean themselves.

use regex_syntax::hir::ClassUnicode;

use super::{Error, cursor::Cursor, escape, unicode};

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
    if let Some(escaped) = escape::read_class(cursor, fold)? {
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
        Some('\\') => escape::read_code_point(cursor),
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
