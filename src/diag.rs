//! Messages to the user: errors and warnings, each with a place, a cause and a remedy.
//!
//! Diagnostics are collected and returned with a response; they are not Rust errors. A failure
//! inside a module has that module's error type, and becomes a diagnostic when it is reported to
//! the user.
//!
//! A diagnostic can be created only from a [`Message`]. The macro `messages!` declares the messages
//! of a module next to the code that raises them, and `messages()` of the crate lists those of all
//! modules; the guide to the diagnostics is generated from that list.

use crate::{
    text::{sanitize, sanitize_lines, without_os_codes},
    value::AttributePath,
};

/// The most characters of a summary.
const LONGEST_SUMMARY: usize = 200;

/// The most characters of a detail. An explanation may quote twenty arguments.
const LONGEST_DETAIL: usize = 20_000;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation succeeded, and the user should know this.
    Warning,
}

/// The severities that a message can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severities {
    /// Always an error.
    Error,
    /// Always a warning.
    Warning,
    /// Either, depending on what the user configured.
    Either,
}

/// The chapters of the guide to the diagnostics.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Topic {
    /// Arguments of a data block, which `terraform validate` checks.
    Arguments,
    /// The result of a lookup.
    Result,
    /// The provider block.
    Provider,
    /// Credentials and permissions.
    Credentials,
    /// The connection to the service.
    Connection,
    /// Responses of the service.
    Service,
    /// Defects of the provider, or of the program that drives it.
    Defect,
}

/// One kind of message to the user.
///
/// ```
/// use terraform_provider_alicloud::diag::{Message, Severities, Severity, Topic};
///
/// const UNKNOWN_WORD: Message = Message {
///     topic: Topic::Arguments,
///     severities: Severities::Warning,
///     summary: "Unknown value of …",
///     cause: "The value is not documented.",
///     remedy: "Correct it.",
/// };
/// let found = UNKNOWN_WORD.about("owners", "\"me\" is sent as it is.");
/// assert_eq!((found.severity, &*found.summary), (Severity::Warning, "Unknown value of owners"));
/// ```
#[derive(Debug, PartialEq)]
pub struct Message {
    /// Its chapter.
    pub topic: Topic,
    /// Which severities it has.
    pub severities: Severities,
    /// One line of at most eight words, in which `…` stands for a name.
    pub summary: &'static str,
    /// What causes it, in Markdown.
    pub cause: &'static str,
    /// What to do, in Markdown.
    pub remedy: &'static str,
}

impl Message {
    /// The diagnostic: an error unless the message is always a warning.
    pub fn diagnostic(&self, detail: impl Into<String>) -> Diagnostic {
        let severity = match self.severities {
            Severities::Warning => Severity::Warning,
            Severities::Error | Severities::Either => Severity::Error,
        };
        self.with_severity(severity, detail)
    }

    /// The diagnostic with one of the severities of [`Severities::Either`].
    pub fn with_severity(&self, severity: Severity, detail: impl Into<String>) -> Diagnostic {
        Diagnostic::new(severity, self.summary.to_owned(), detail.into())
    }

    /// The diagnostic with `name` in place of `…`.
    pub fn about(&self, name: &str, detail: impl Into<String>) -> Diagnostic {
        let summary = sanitize(&self.summary.replace('…', name), LONGEST_SUMMARY);
        Diagnostic { summary, ..self.diagnostic(detail) }
    }
}

/// Declares the messages of a module by topic, and `MESSAGES`, the list of them.
///
/// ```text
/// messages! {
///     Arguments {
///         INVALID_LIMIT: Error "Invalid limit",
///             "`limit` is not a whole number of at least 1.",
///             "Set one, or leave `limit` out for all images.";
///     }
/// }
/// ```
macro_rules! messages {
    ($($topic:ident {
        $($name:ident: $severities:ident $summary:literal, $cause:literal, $remedy:literal;)+
    })+) => {
        $($(
            #[doc = $cause]
            pub(crate) const $name: &$crate::diag::Message = &$crate::diag::Message {
                topic: $crate::diag::Topic::$topic,
                severities: $crate::diag::Severities::$severities,
                summary: $summary,
                cause: $cause,
                remedy: $remedy,
            };
        )+)+
        /// Every message that this module raises.
        pub(crate) const MESSAGES: &[&$crate::diag::Message] = &[$($($name),+),+];
    };
}
pub(crate) use messages;

/// One message to the user.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::manual_non_exhaustive, reason = "`non_exhaustive` does not bind this crate")]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// One line, at most about eight words.
    pub summary: String,
    /// What happened, where, and what to do; may have several lines. Whatever it quotes is
    /// sanitized.
    pub detail: String,
    /// The attribute at fault; `None` for the whole block.
    pub attribute: Option<AttributePath>,
    /// Keeps other modules from making one without a [`Message`].
    sealed: (),
}

impl Diagnostic {
    /// A message about the whole block.
    fn new(severity: Severity, summary: String, detail: String) -> Self {
        Self {
            severity,
            summary: sanitize(&summary, LONGEST_SUMMARY),
            detail: sanitize_lines(without_os_codes(detail), LONGEST_DETAIL),
            attribute: None,
            sealed: (),
        }
    }

    /// The same diagnostic about one attribute.
    #[must_use]
    pub fn at(mut self, attribute: AttributePath) -> Self {
        self.attribute = Some(attribute);
        self
    }
}

/// Messages in the order in which they were found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether any message is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The messages.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.0.extend(diagnostics);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
