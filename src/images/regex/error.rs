//! Why a pattern is refused.

/// Why a pattern is refused: Go's reasons, in our words, with the part of the pattern at fault.
///
/// The text of each is a sentence without full stop, fit for the detail of a diagnostic.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// A class names characters that do not exist, or a range that runs backwards.
    #[error("`{0}` names no class or range of characters")]
    InvalidClass(String),
    /// A backslash before a letter or digit that means nothing there.
    #[error("`{0}` is not a valid escape sequence; backreferences are not supported")]
    InvalidEscape(String),
    /// A group opens with `(?` and something that Go does not know, look-around for example.
    #[error("`{0}` opens no kind of group that is supported; look-around and the flag x are not")]
    InvalidGroup(String),
    /// The name of a group is not closed or not valid.
    #[error("`{0}` names a group wrongly: a name is made of A-Z, a-z, 0-9 and _, ends with `>`")]
    InvalidGroupName(String),
    /// A repetition of a repetition, such as `a**`.
    #[error("`{0}` repeats a repetition; put the inner one into a group")]
    InvalidRepetition(String),
    /// A repetition count above 1000, also multiplied with the counts inside, or a range that runs backwards.
    #[error(
        "`{0}` repeats too often or backwards: at most 1000 times in all, the lower count first"
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
    /// Groups and repetitions lie in each other more than 1000 deep.
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
