//! What has been read of a pattern: an expression of `regex_syntax` and the measures that Go limits.

use regex_syntax::hir::{Capture, Class, ClassUnicode, Hir, Look, Repetition};

/// Go's limit of how often a piece may stand in the expanded pattern (`regexp/syntax`, `repeatIsValid`).
pub(super) const MAX_COPIES: u32 = 1000;

/// Go's limit of how deep pieces may lie in each other (`regexp/syntax`, `maxHeight`).
pub(super) const MAX_HEIGHT: usize = 1000;

/// A piece of a pattern.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) hir: Hir,
    /// How often the innermost piece stands in the expanded pattern.
    pub(super) copies: u32,
    /// How deep pieces lie in each other.
    pub(super) height: usize,
    is_concatenation: bool,
}

impl Piece {
    fn leaf(hir: Hir) -> Self {
        Self { hir, copies: 1, height: 1, is_concatenation: false }
    }

    pub(super) fn empty() -> Self {
        Self::leaf(Hir::empty())
    }

    pub(super) fn look(look: Look) -> Self {
        Self::leaf(Hir::look(look))
    }

    pub(super) fn class(class: ClassUnicode) -> Self {
        Self::leaf(Hir::class(Class::Unicode(class)))
    }

    /// Pieces one after the other.
    pub(super) fn concatenation(mut pieces: Vec<Self>) -> Self {
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
    pub(super) fn alternation(mut pieces: Vec<Self>) -> Self {
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

    /// A group that Go remembers, under this number; without one only its depth matters.
    pub(super) fn captured(self, number: Option<u32>) -> Self {
        let hir = match number {
            Some(index) => Hir::capture(Capture { index, name: None, sub: Box::new(self.hir) }),
            None => self.hir,
        };
        Self { hir, height: self.height + 1, is_concatenation: false, ..self }
    }

    /// The piece `min` to `max` times, without upper limit for `None`.
    ///
    /// `greedy` matters only if the groups do. Otherwise every repetition is a lazy one:
    /// `regex_syntax` prints a greedy one inside an optional one as `a+?`, which means something
    /// else.
    pub(super) fn repeated(self, min: u32, max: Option<u32>, greedy: bool) -> Self {
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

/// The height of a piece made of others. Go joins plain characters to one piece.
fn height_around(pieces: &[Piece], height: impl Fn(&Piece) -> usize) -> usize {
    if pieces.iter().all(|piece| piece.height == 1) {
        return 1;
    }
    1 + pieces.iter().map(height).max().unwrap_or(0)
}
