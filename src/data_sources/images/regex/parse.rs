//! The grammar: groups, flags, alternation, repetition and plain characters.
//!
//! What has been read is a [`Piece`]: an expression of `regex_syntax` with the measures that Go limits,
//! so that a pattern is refused at the same size as in Go.

use regex_syntax::hir::{Capture, Class, ClassUnicode, Hir, Look, Repetition};

use super::{
    Error,
    class::{self, Cursor},
    unicode,
};

/// Go's limit of how often a piece may occur in the expanded pattern (`regexp/syntax`, `repeatIsValid`).
const MAX_COPIES: u32 = 1000;

/// Go's limit of how deeply pieces may be nested (`regexp/syntax`, `maxHeight`).
const MAX_HEIGHT: usize = 1000;

/// How long a pattern may be, in bytes. A byte of a pattern takes up to 500 bytes while it is translated.
const MAX_LENGTH: usize = 64 << 10;

/// How many ranges all classes of a pattern may have, about 400 times those of `\pL`; a character counts as one. This
/// limits the size of the translation of a long pattern.
const MAX_RANGES: usize = 1 << 18;

/// Reads a pattern in Go's dialect.
///
/// # Errors
/// The same as Go's `regexp.Compile`, except for the size of the compiled pattern.
pub(super) fn parse(pattern: &str) -> Result<Piece, Error> {
    Parser::new(pattern, Purpose::Verdict).parse().map(|(piece, _)| piece)
}

/// Reads a pattern for its groups, for which the preference among several matches matters. Also
/// returns the number of groups.
///
/// # Errors
/// As [`parse`].
pub(super) fn parse_with_groups(pattern: &str) -> Result<(Piece, usize), Error> {
    Parser::new(pattern, Purpose::Groups).parse()
}

/// What a pattern is read for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    /// Only whether it matches.
    Verdict,
    /// What its groups match.
    Groups,
}

/// The flags of `(?imsU)`. The flag U changes which match is preferred, not whether there is one.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_all: bool,
    swap_greed: bool,
}

/// A group that is not closed yet; the outermost is the pattern.
#[derive(Debug, Default)]
struct Group {
    /// Its number, if it is a capturing group.
    captures: Option<u32>,
    /// The flags to restore when the group closes.
    flags_outside: Flags,
    /// Complete alternatives.
    alternatives: Vec<Piece>,
    /// The pieces of the alternative being read.
    pieces: Vec<Piece>,
}

impl Group {
    fn end_alternative(&mut self) {
        self.alternatives.push(Piece::concatenation(std::mem::take(&mut self.pieces)));
    }

    fn into_piece(mut self, purpose: Purpose) -> Piece {
        self.end_alternative();
        let piece = Piece::alternation(self.alternatives);
        match self.captures {
            Some(number) => piece.captured((purpose == Purpose::Groups).then_some(number)),
            None => piece,
        }
    }
}

#[derive(Debug)]
struct Parser<'p> {
    pattern: &'p str,
    purpose: Purpose,
    /// How many capturing groups were opened.
    groups: u32,
    cursor: Cursor<'p>,
    flags: Flags,
    group: Group,
    /// The groups around `group`, outermost first.
    outside: Vec<Group>,
    /// The beginning of the last repetition, if it ends at the cursor.
    last_repetition: Option<Cursor<'p>>,
    ranges: usize,
}

impl<'p> Parser<'p> {
    fn new(pattern: &'p str, purpose: Purpose) -> Self {
        Self {
            pattern,
            purpose,
            groups: 0,
            cursor: Cursor::new(pattern),
            flags: Flags::default(),
            group: Group::default(),
            outside: Vec::new(),
            last_repetition: None,
            ranges: 0,
        }
    }

    fn parse(mut self) -> Result<(Piece, usize), Error> {
        if self.pattern.len() > MAX_LENGTH {
            return Err(Error::TooLarge);
        }
        while let Some(next) = self.cursor.peek() {
            let start = self.cursor;
            if self.read_repetition(next)? {
                self.last_repetition = Some(start);
                continue;
            }
            self.read_piece(next)?;
            self.last_repetition = None;
        }
        if !self.outside.is_empty() {
            return Err(Error::MissingParenthesis(self.pattern.to_owned()));
        }
        let piece = self.group.into_piece(self.purpose);
        let groups = usize::try_from(self.groups).unwrap_or(usize::MAX);
        if piece.height > MAX_HEIGHT { Err(Error::TooDeep) } else { Ok((piece, groups)) }
    }

    fn read_piece(&mut self, next: char) -> Result<(), Error> {
        match next {
            '\\' => return self.read_escape(),
            '[' => {
                let class = class::read(&mut self.cursor, self.flags.fold)?;
                return self.push_class(class);
            }
            '(' if self.cursor.rest().starts_with("(?") => return self.read_special_group(),
            _ => {}
        }
        self.cursor.bump();
        match next {
            '(' => self.open_group(true, self.flags),
            ')' => return self.close_group(),
            '|' => self.group.end_alternative(),
            '^' if self.flags.multi_line => self.push_look(Look::StartLF),
            '^' => self.push_look(Look::Start),
            '$' if self.flags.multi_line => self.push_look(Look::EndLF),
            '$' => self.push_look(Look::End),
            '.' => {
                let mut class = unicode::any();
                if !self.flags.dot_all {
                    class.difference(&unicode::ascii(&[('\n', '\n')]));
                }
                return self.push_class(class);
            }
            _ => return self.push_code_point(u32::from(next)),
        }
        Ok(())
    }

    fn read_escape(&mut self) -> Result<(), Error> {
        for (escape, look) in [
            (r"\A", Look::Start),
            (r"\z", Look::End),
            (r"\b", Look::WordAscii),
            (r"\B", Look::WordAsciiNegate),
        ] {
            if self.cursor.eat(escape) {
                self.push_look(look);
                return Ok(());
            }
        }
        if self.cursor.eat(r"\Q") {
            let quoted = self.cursor.eat_until(r"\E");
            let quoted = quoted.unwrap_or_else(|| self.cursor.eat_all());
            return quoted.chars().try_for_each(|next| self.push_code_point(u32::from(next)));
        }
        if let Some(class) = class::read_escaped(&mut self.cursor, self.flags.fold)? {
            return self.push_class(class);
        }
        let code_point = class::read_code_point(&mut self.cursor)?;
        self.push_code_point(code_point)
    }

    /// Reads a repetition of the previous piece, if one comes next. Braces without counts are plain
    /// characters.
    fn read_repetition(&mut self, next: char) -> Result<bool, Error> {
        let start = self.cursor;
        let (min, max) = match next {
            '*' => (0, None),
            '+' => (1, None),
            '?' => (0, Some(1)),
            '{' => match read_counts(&mut self.cursor) {
                Some(counts) => counts,
                None => return Ok(false),
            },
            _ => return Ok(false),
        };
        if next != '{' {
            self.cursor.bump();
        }
        let most = max.unwrap_or(min);
        if most > MAX_COPIES || min > most {
            return Err(Error::InvalidRepeatCount(self.cursor.since(start)));
        }
        let lazy = self.cursor.eat("?");
        let greedy = self.purpose == Purpose::Groups && lazy == self.flags.swap_greed;
        if let Some(last) = self.last_repetition {
            return Err(Error::InvalidRepetition(self.cursor.since(last)));
        }
        let Some(piece) = self.group.pieces.pop() else {
            return Err(Error::MissingRepeatArgument(self.cursor.since(start)));
        };
        let piece = piece.repeated(min, max, greedy);
        if piece.copies > MAX_COPIES {
            return Err(Error::InvalidRepeatCount(self.cursor.since(start)));
        }
        self.push(piece)?;
        Ok(true)
    }

    /// Reads `(?` and what follows up to the content of the group: a name, or flags.
    fn read_special_group(&mut self) -> Result<(), Error> {
        let start = self.cursor;
        self.cursor.eat("(?");
        let mut named = self.cursor;
        if (named.eat("P<") || named.eat("<")) && named.peek().is_some() {
            self.cursor = named;
            return self.open_named_group(start);
        }
        let mut flags = self.flags;
        let mut on = true;
        let mut flag_needed = false;
        loop {
            match self.cursor.bump() {
                Some('i') => flags.fold = on,
                Some('m') => flags.multi_line = on,
                Some('s') => flags.dot_all = on,
                Some('U') => flags.swap_greed = on,
                Some('-') if on => {
                    on = false;
                    flag_needed = true;
                    continue;
                }
                Some(':') if !flag_needed => {
                    self.open_group(false, flags);
                    return Ok(());
                }
                Some(')') if !flag_needed => {
                    self.flags = flags;
                    return Ok(());
                }
                _ => return Err(Error::InvalidGroup(self.cursor.since(start))),
            }
            flag_needed = false;
        }
    }

    /// Reads the name of a group. Unlike in other dialects, it may begin with a digit, and it may
    /// be used twice.
    fn open_named_group(&mut self, start: Cursor<'_>) -> Result<(), Error> {
        let Some(name) = self.cursor.eat_until(">") else {
            return Err(Error::InvalidGroupName(start.rest().to_owned()));
        };
        let is_valid = |character: char| character.is_ascii_alphanumeric() || character == '_';
        if name.is_empty() || !name.chars().all(is_valid) {
            return Err(Error::InvalidGroupName(self.cursor.since(start)));
        }
        self.open_group(true, self.flags);
        Ok(())
    }

    fn open_group(&mut self, captures: bool, flags: Flags) {
        self.groups += u32::from(captures);
        let captures = captures.then_some(self.groups);
        let group = Group { captures, flags_outside: self.flags, ..Group::default() };
        self.outside.push(std::mem::replace(&mut self.group, group));
        self.flags = flags;
    }

    fn close_group(&mut self) -> Result<(), Error> {
        let Some(outer) = self.outside.pop() else {
            return Err(Error::UnexpectedParenthesis(self.pattern.to_owned()));
        };
        let group = std::mem::replace(&mut self.group, outer);
        self.flags = group.flags_outside;
        self.push(group.into_piece(self.purpose))
    }

    fn push_look(&mut self, look: Look) {
        self.group.pieces.push(Piece::look(look));
    }

    fn push_code_point(&mut self, code_point: u32) -> Result<(), Error> {
        let mut class = unicode::range(code_point, code_point);
        if self.flags.fold {
            unicode::fold(&mut class);
        }
        self.push_class(class)
    }

    fn push_class(&mut self, class: ClassUnicode) -> Result<(), Error> {
        self.ranges += class.ranges().len();
        if self.ranges > MAX_RANGES {
            return Err(Error::TooLarge);
        }
        self.push(Piece::class(class))
    }

    fn push(&mut self, piece: Piece) -> Result<(), Error> {
        if piece.height > MAX_HEIGHT {
            return Err(Error::TooDeep);
        }
        self.group.pieces.push(piece);
        Ok(())
    }
}

/// Reads `{n}`, `{n,}` or `{n,m}`; does not move the cursor if anything else comes next.
fn read_counts(cursor: &mut Cursor<'_>) -> Option<(u32, Option<u32>)> {
    let mut after = *cursor;
    if !after.eat("{") {
        return None;
    }
    let min = after.eat_number()?;
    let max = if !after.eat(",") {
        Some(min)
    } else if after.peek() == Some('}') {
        None
    } else {
        Some(after.eat_number()?)
    };
    if !after.eat("}") {
        return None;
    }
    *cursor = after;
    Some((min, max))
}

/// A piece of a pattern.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) hir: Hir,
    /// How often the innermost piece occurs in the expanded pattern.
    copies: u32,
    /// How deeply pieces are nested.
    pub(super) height: usize,
    is_concatenation: bool,
}

impl Piece {
    fn leaf(hir: Hir) -> Self {
        Self { hir, copies: 1, height: 1, is_concatenation: false }
    }

    fn empty() -> Self {
        Self::leaf(Hir::empty())
    }

    fn look(look: Look) -> Self {
        Self::leaf(Hir::look(look))
    }

    fn class(class: ClassUnicode) -> Self {
        Self::leaf(Hir::class(Class::Unicode(class)))
    }

    /// Pieces one after the other.
    fn concatenation(mut pieces: Vec<Self>) -> Self {
        match pieces.len() {
            0 => return Self::empty(),
            1 => return pieces.remove(0),
            _ => {}
        }
        let inner = |piece: &Self| piece.height - usize::from(piece.is_concatenation);
        Self {
            copies: pieces.iter().map(|piece| piece.copies).max().unwrap_or(1),
            height: height_around(&pieces, inner),
            is_concatenation: true,
            hir: Hir::concat(pieces.into_iter().map(|piece| piece.hir).collect()),
        }
    }

    /// One of several pieces.
    fn alternation(mut pieces: Vec<Self>) -> Self {
        if pieces.len() == 1 {
            return pieces.remove(0);
        }
        Self {
            copies: pieces.iter().map(|piece| piece.copies).max().unwrap_or(1),
            height: height_around(&pieces, |piece| piece.height),
            is_concatenation: false,
            hir: Hir::alternation(pieces.into_iter().map(|piece| piece.hir).collect()),
        }
    }

    /// A capturing group with this number; without a number, only its depth matters.
    fn captured(self, number: Option<u32>) -> Self {
        let hir = match number {
            Some(index) => Hir::capture(Capture { index, name: None, sub: Box::new(self.hir) }),
            None => self.hir,
        };
        Self { hir, height: self.height + 1, is_concatenation: false, ..self }
    }

    /// The piece `min` to `max` times, without upper limit for `None`.
    ///
    /// `greedy` matters only if the groups do. Otherwise every repetition is lazy, because
    /// `regex_syntax` prints a greedy one inside an optional one as `a+?`, which has another
    /// meaning.
    fn repeated(self, min: u32, max: Option<u32>, greedy: bool) -> Self {
        let copies = match max {
            Some(0) => 1,
            most => self.copies.saturating_mul(most.unwrap_or(min).max(1)),
        };
        Self {
            hir: Hir::repetition(Repetition { min, max, greedy, sub: Box::new(self.hir) }),
            copies,
            height: self.height + 1,
            is_concatenation: false,
        }
    }
}

/// The height of a piece that consists of others. Go joins plain characters into one piece.
fn height_around(pieces: &[Piece], height: impl Fn(&Piece) -> usize) -> usize {
    if pieces.iter().all(|piece| piece.height == 1) {
        return 1;
    }
    1 + pieces.iter().map(height).max().unwrap_or(0)
}
