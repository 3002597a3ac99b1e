//! Durations in the syntax that Terraform's `timeouts` blocks have: that of Go.

use std::time::Duration;

/// The longest duration that Go has: 292 years.
const LONGEST: Duration = Duration::from_nanos(i64::MAX.unsigned_abs());

/// Reads a duration such as `90s`, `5m`, `1h30m` or `1.5h`: numbers, each with a unit (`h`, `m`,
/// `s`, `ms`, `us`, `µs`, `ns`). `None` for anything else, for what is not longer
/// than zero, and for more than Go can hold.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        // Go takes `.5s` and `5.s`, as the parser of floats does; it refuses what has no digit.
        let number = number.parse::<f64>().ok()?;
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds(unit)?).ok()?)?;
        rest = tail;
    }
    (!total.is_zero() && total <= LONGEST).then_some(total)
}

/// How many seconds a unit has.
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

    use super::parse;

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
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_or_no_time_at_all_is_refused() {
        for text in [
            "", "5", "0", "0s", "-5m", "m", ".s", "1.2.3s", "5 m", "5min", "1e9h", "9e300h",
            "2562048h",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
