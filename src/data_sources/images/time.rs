//! Times and durations as images, arguments and API filters spell them.
//!
//! The service and Terraform have a spelling each. A text is read as its author reads it or not at all:
//! a time that is misread would select another image, and nothing would show it.

use std::time::Duration;

use jiff::{Timestamp, fmt::temporal::DateTimeParser};

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
    PARSER.parse_timestamp(text).ok()
}

/// The minute of `time`, in the format of the API's filters: `yyyy-MM-ddTHH:mmZ`.
pub(crate) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// Reads a duration in the syntax of Terraform's `timeouts` blocks, which is Go's, such as `90s`, `5m`, `1h30m` or `1.5h`: numbers, each with a unit (`h`, `m`,
/// `s`, `ms`, `us`, `µs`, `ns`). `None` for anything else, for durations that are not longer than zero, and for those
/// that exceed Go's range.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        // Go accepts `.5s` and `5.s`, as the float parser does; at least one digit is required.
        let number = number.parse::<f64>().ok()?;
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds(unit)?).ok()?)?;
        rest = tail;
    }
    (!total.is_zero() && total <= LONGEST).then_some(total)
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
mod tests {
    use std::time::Duration;

    use super::{minute, parse, parse_duration};

    #[test]
    fn times_are_understood_with_and_without_seconds_fractions_and_offsets() {
        for (text, second) in [
            ("2020-12-31T23:59:59Z", 1_609_459_199),
            ("2020-12-31T23:59:59.999Z", 1_609_459_199),
            ("2021-01-01T08:00:00+08:00", 1_609_459_200),
            ("2021-01-01T00:00Z", 1_609_459_200),
            ("2021-01-01T08:00+08:00", 1_609_459_200),
            ("2021-01-01t00:00:00z", 1_609_459_200),
        ] {
            assert_eq!(parse(text).unwrap().as_second(), second, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in [
            "",
            "2021-01-01",
            "2021-01-01T00Z",
            "2021-01-01T00:00:00",
            "2021-01-01 00:00:00Z",
            "2021-01-01T00:00:00Z[UTC]",
            "2021-13-01T00:00:00Z",
            "1609459200",
            "yesterday",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn minutes_are_spelled_as_the_api_wants_them() {
        assert_eq!(minute(parse("2017-12-06T06:40:59+08:00").unwrap()), "2017-12-05T22:40Z");
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, millis) in [
            ("90s", 90_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("2m.5s", 120_500),
            ("+250ms", 250),
            ("2562047h", 9_223_369_200_000),
            ("5000us", 5),
            ("5000µs", 5),
            ("5000000ns", 5),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_or_not_longer_than_zero_is_refused() {
        for text in [
            "", "5", "0", "0s", "-5m", "m", ".s", "1.2.3s", "5 m", "5min", "1e9h", "9e300h",
            "2562048h",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
