//! A simple matcher that is independent of the translation: it walks the tree of a pattern, knows only the few
//! characters of its texts, and shares nothing with the code under test.

use std::{collections::BTreeSet, fmt};

use proptest::prelude::*;

/// The characters of the texts. Those on a line differ in case only.
const CHARACTERS: &[&[char]] = &[
    &['a', 'A'],
    &['k', 'K', '\u{212A}'],
    &['s', 'S', 'ſ'],
    &['é', 'É'],
    &['自'],
    &['_'],
    &['7'],
    &['-'],
    &['&'],
    &['['],
    &[']'],
    &['^'],
    &['\\'],
    &[' '],
    &['\n'],
    &['\u{0B}'],
];

/// The syntax tree of a pattern.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Empty,
    Character(char),
    Dot,
    Class {
        negated: bool,
        items: Vec<Item>,
    },
    Escape(char),
    Place(&'static str),
    Repeat {
        tree: Box<Self>,
        min: usize,
        max: Option<usize>,
        lazy: bool,
    },
    Sequence(Vec<Self>),
    Choice(Vec<Self>),
    /// A group and how it opens.
    Group(&'static str, Box<Self>),
}

/// An item of a class.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Character(char),
    Escape(char),
}

/// The flags in effect at a place in a pattern.
#[derive(Clone, Copy, Default)]
struct Mode {
    fold: bool,
    lines: bool,
    dot_all: bool,
}

/// Texts of the matcher's characters.
pub(super) fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(characters(), 0..7).prop_map(String::from_iter)
}

/// Patterns over the matcher's characters.
pub(super) fn trees() -> impl Strategy<Value = Tree> {
    let escape = || prop::sample::select(vec!['d', 'D', 's', 'S', 'w', 'W']);
    let item = prop_oneof![
        3 => characters().prop_map(Item::Character),
        1 => escape().prop_map(Item::Escape),
    ];
    let leaf = prop_oneof![
        1 => Just(Tree::Empty),
        8 => characters().prop_map(Tree::Character),
        2 => Just(Tree::Dot),
        3 => (any::<bool>(), prop::collection::vec(item, 1..4))
            .prop_map(|(negated, items)| Tree::Class { negated, items }),
        2 => escape().prop_map(Tree::Escape),
        3 => prop::sample::select(vec!["^", "$", r"\A", r"\z", r"\b", r"\B"]).prop_map(Tree::Place),
    ];
    leaf.prop_recursive(5, 24, 4, |tree| {
        let counts = prop::sample::select(vec![
            (0, None),
            (1, None),
            (0, Some(1)),
            (0, Some(0)),
            (2, Some(2)),
            (2, None),
            (1, Some(3)),
        ]);
        let open = prop::sample::select(vec![
            "(", "(?:", "(?P<n>", "(?i:", "(?m:", "(?s:", "(?U:", "(?-i:",
        ]);
        prop_oneof![
            3 => (tree.clone(), counts, any::<bool>()).prop_map(|(tree, (min, max), lazy)| {
                Tree::Repeat { tree: Box::new(tree), min, max, lazy }
            }),
            4 => prop::collection::vec(tree.clone(), 1..4).prop_map(Tree::Sequence),
            2 => prop::collection::vec(tree.clone(), 1..4).prop_map(Tree::Choice),
            2 => (open, tree).prop_map(|(open, tree)| Tree::Group(open, Box::new(tree))),
        ]
    })
}

fn characters() -> impl Strategy<Value = char> {
    prop::sample::select(CHARACTERS.concat())
}

impl Tree {
    /// Whether the pattern matches anywhere in a text.
    pub(super) fn is_found_in(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        (0..=text.len()).any(|start| !self.ends(&text, start, Mode::default()).is_empty())
    }

    /// The possible ends of matches that begin at `start`.
    fn ends(&self, text: &[char], start: usize, mode: Mode) -> BTreeSet<usize> {
        let one = |fits: &dyn Fn(char) -> bool| {
            text.get(start).filter(|next| fits(**next)).map(|_| start + 1).into_iter().collect()
        };
        match self {
            Self::Empty => BTreeSet::from([start]),
            Self::Character(character) => {
                one(&|next| variants(next, mode.fold).contains(character))
            }
            Self::Dot => one(&|next| mode.dot_all || next != '\n'),
            Self::Class { negated, items } => {
                one(&|next| items.iter().any(|item| item.fits(next, mode.fold)) != *negated)
            }
            Self::Escape(letter) => one(&|next| fits_escape(*letter, next, mode.fold)),
            Self::Place(place) => {
                is_at(place, text, start, mode.lines).then_some(start).into_iter().collect()
            }
            Self::Repeat { tree, min, max, .. } => {
                let mut reached = BTreeSet::from([start]);
                for _ in 0..*min {
                    reached = after(&reached, |at| tree.ends(text, at, mode));
                }
                let mut all = reached.clone();
                // More rounds than places find nothing new.
                for _ in *min..max.unwrap_or(min + text.len() + 1) {
                    reached = after(&reached, |at| tree.ends(text, at, mode));
                    all.extend(&reached);
                }
                all
            }
            Self::Sequence(trees) => trees.iter().fold(BTreeSet::from([start]), |reached, tree| {
                after(&reached, |at| tree.ends(text, at, mode))
            }),
            Self::Choice(trees) => {
                trees.iter().flat_map(|tree| tree.ends(text, start, mode)).collect()
            }
            Self::Group(open, tree) => {
                let mode = match *open {
                    "(?i:" => Mode { fold: true, ..mode },
                    "(?-i:" => Mode { fold: false, ..mode },
                    "(?m:" => Mode { lines: true, ..mode },
                    "(?s:" => Mode { dot_all: true, ..mode },
                    _ => mode,
                };
                tree.ends(text, start, mode)
            }
        }
    }
}

impl Item {
    fn fits(&self, next: char, fold: bool) -> bool {
        match self {
            Self::Character(character) => variants(next, fold).contains(character),
            Self::Escape(letter) => fits_escape(*letter, next, fold),
        }
    }
}

fn after(reached: &BTreeSet<usize>, ends: impl Fn(usize) -> BTreeSet<usize>) -> BTreeSet<usize> {
    reached.iter().flat_map(|at| ends(*at)).collect()
}

fn variants(character: char, fold: bool) -> Vec<char> {
    let row = CHARACTERS.iter().find(|row| fold && row.contains(&character));
    row.map_or_else(|| vec![character], |row| row.to_vec())
}

fn fits_escape(letter: char, next: char, fold: bool) -> bool {
    let fits = variants(next, fold).into_iter().any(|variant| match letter.to_ascii_lowercase() {
        'd' => variant.is_ascii_digit(),
        's' => matches!(variant, '\t' | '\n' | '\x0C' | '\r' | ' '),
        _ => is_word(variant),
    });
    fits != letter.is_ascii_uppercase()
}

fn is_at(place: &str, text: &[char], at: usize, lines: bool) -> bool {
    let before = at.checked_sub(1).map(|before| text[before]);
    let next = text.get(at).copied();
    let at_word = before.is_some_and(is_word) != next.is_some_and(is_word);
    match place {
        "^" if lines => before.is_none_or(|before| before == '\n'),
        "$" if lines => next.is_none_or(|next| next == '\n'),
        "^" | r"\A" => before.is_none(),
        "$" | r"\z" => next.is_none(),
        r"\b" => at_word,
        _ => !at_word,
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Character(character) if r"\[]^".contains(*character) => {
                write!(f, r"\{character}")
            }
            Self::Character(character) => write!(f, "{character}"),
            Self::Dot => write!(f, "."),
            Self::Class { negated, items } => {
                write!(f, "[{}", if *negated { "^" } else { "" })?;
                for item in items {
                    match item {
                        Item::Character(character @ ('\\' | ']' | '^' | '-')) => {
                            write!(f, r"\{character}")?;
                        }
                        Item::Character(character) => write!(f, "{character}")?,
                        Item::Escape(letter) => write!(f, r"\{letter}")?,
                    }
                }
                write!(f, "]")
            }
            Self::Escape(letter) => write!(f, r"\{letter}"),
            Self::Place(place) => write!(f, "{place}"),
            Self::Repeat { tree, min, max, lazy } => {
                write!(f, "(?:{tree})")?;
                match (min, max) {
                    (0, None) => write!(f, "*")?,
                    (1, None) => write!(f, "+")?,
                    (0, Some(1)) => write!(f, "?")?,
                    (min, None) => write!(f, "{{{min},}}")?,
                    (min, Some(max)) if min == max => write!(f, "{{{min}}}")?,
                    (min, Some(max)) => write!(f, "{{{min},{max}}}")?,
                }
                write!(f, "{}", if *lazy { "?" } else { "" })
            }
            Self::Sequence(trees) => trees.iter().try_for_each(|tree| write!(f, "(?:{tree})")),
            Self::Choice(trees) => {
                let branches: Vec<String> = trees.iter().map(Self::to_string).collect();
                write!(f, "(?:{})", branches.join("|"))
            }
            Self::Group(open, tree) => write!(f, "{open}{tree})"),
        }
    }
}
