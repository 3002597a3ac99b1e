//! Times as images, arguments and API filters spell them.

use jiff::{Timestamp, fmt::temporal::DateTimeParser};

/// Reads ISO 8601: a date, `T`, hours and minutes, with or without seconds and fractions of them,
/// and an offset. `None` for anything else.
///
/// Answers of the API have seconds (ECS API, `CreationTime`) or, the older ones, none.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    const PARSER: DateTimeParser = DateTimeParser::new();
    // The parser also takes a space for the `T`, hours alone, and names of time zones.
    let (_, time) = text.split_once(['T', 't'])?;
    if !time.contains(':') || text.contains(['[', ' ']) {
        return None;
    }
    PARSER.parse_timestamp(text).ok()
}

/// The minute that `time` is in, as the API's filters spell it: `yyyy-MM-ddTHH:mmZ`.
pub(super) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::{minute, parse};

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
    fn what_is_no_time_is_not_guessed_at() {
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
}
