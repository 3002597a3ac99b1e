//! Times and durations as images, arguments and API filters spell them.
//!
//! The service and Terraform have a spelling each. A text is read as its author reads it or not at all:
//! a time that is misread would select another image, and nothing would show it.

use std::{fmt, time::Duration};

use jiff::{Timestamp, fmt::temporal::DateTimeParser};

use crate::text::string_literal;

/// The longest duration that Go has: 292 years.
const LONGEST: Duration = Duration::from_nanos(i64::MAX.unsigned_abs());

/// Reads ISO 8601: a date, `T`, hours and minutes, with or without seconds and fractions of them,
/// and an offset. `None` for anything else.
///
/// Responses of the API have seconds (ECS API, `CreationTime`) or, the older ones, none.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    const PARSER: DateTimeParser = DateTimeParser::new();
    // The parser also accepts a space instead of `T`, hours without minutes, and time zone names.
    let (_, time) = text.split_once(['T', 't'])?;
    if !time.contains(':') || text.contains(['[', ' ']) {
        return None;
    }
    let parsed = PARSER.parse_timestamp(text).ok()?;
    // The service always uses UTC, and there may be thousands of its times.
    if time.ends_with(['Z', 'z']) {
        return Some(parsed);
    }
    // As in Go, up to 24 hours; the parser accepts more.
    let offset = PARSER.parse_pieces(text).ok()?.to_numeric_offset()?;
    (offset.seconds().abs() <= 86_400).then_some(parsed)
}

/// The minute of `time`, in the format of the API's filters: `yyyy-MM-ddTHH:mmZ`.
pub(crate) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// The reason that a text is not a duration that can be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum DurationError {
    /// It is not a duration, or has a number without a unit.
    Malformed,
    /// It is zero, or negative.
    NotPositive,
    /// It is longer than Go's longest.
    TooLong,
    /// It has this unit, which Go does not have.
    UnknownUnit(String),
}

impl fmt::Display for DurationError {
    /// What the text must be, or what is wrong with it, to follow "is not valid: ".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FORM: &str = "write numbers with units, such as `90s`, `5m` or `1h30m`";
        match self {
            Self::Malformed => f.write_str(FORM),
            Self::NotPositive => f.write_str("it must be longer than zero"),
            Self::TooLong => {
                let hours = LONGEST.as_secs() / 3600;
                write!(f, "it must be at most {hours} hours (292 years)")
            }
            Self::UnknownUnit(unit) => write!(
                f,
                "{} is not a unit; {FORM}. The units are `h`, `m`, `s`, `ms`, `us` and `ns`",
                string_literal(unit)
            ),
        }
    }
}

/// A duration in hours that a text in days or weeks means, such as `168h` for `7d`.
pub(crate) fn in_hours(text: &str) -> Option<String> {
    let (number, unit) = text.trim().split_at_checked(text.trim().find(char::is_alphabetic)?)?;
    let hours: u32 = match unit.to_ascii_lowercase().as_str() {
        "d" | "day" | "days" => 24,
        "w" | "week" | "weeks" => 7 * 24,
        _ => return None,
    };
    let number: u32 = number.trim().parse().ok().filter(|number| *number > 0)?;
    Some(format!("{}h", number.checked_mul(hours)?))
}

/// Reads a duration in the syntax of Terraform's `timeouts` blocks, which is Go's, such as `90s`, `5m`, `1h30m` or
/// `1.5h`: numbers, each with a unit (`h`, `m`, `s`, `ms`, `us`, `µs`, `ns`).
///
/// # Errors
///
/// For anything else, for durations that are not longer than zero, and for those that exceed Go's range.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    match text.strip_prefix('-') {
        Some(unsigned) => parse_unsigned(unsigned).and(Err(DurationError::NotPositive)),
        None => parse_unsigned(text.strip_prefix('+').unwrap_or(text)),
    }
}

fn parse_unsigned(text: &str) -> Result<Duration, DurationError> {
    use DurationError::{Malformed, NotPositive, TooLong, UnknownUnit};
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        // Go accepts `.5s` and `5.s`, as the float parser does; at least one digit is required.
        let number = number.parse::<f64>().map_err(|_| Malformed)?;
        if unit.trim().is_empty() {
            return Err(if number == 0.0 && tail.is_empty() { NotPositive } else { Malformed });
        }
        let seconds = seconds(unit).ok_or_else(|| UnknownUnit(unit.to_owned()))?;
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_| TooLong)?;
        total = total.checked_add(part).ok_or(TooLong)?;
        rest = tail;
    }
    match total {
        total if total > LONGEST => Err(TooLong),
        Duration::ZERO if text.is_empty() => Err(Malformed),
        Duration::ZERO => Err(NotPositive),
        total => Ok(total),
    }
}

/// The length of a unit in seconds.
fn seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        // The micro sign and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
