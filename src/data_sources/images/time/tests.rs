use std::time::Duration;

use super::{DurationError::*, in_hours, minute, parse, parse_duration};

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
        "2021-01-01T00:00:00+25:00",
        "2021-01-01T00:00:00-24:01",
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
        assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
    }
}

#[test]
fn days_and_weeks_are_suggested_in_hours() {
    for (text, hours) in [
        ("7d", Some("168h")),
        ("2 Weeks", Some("336h")),
        ("1day", Some("24h")),
        ("0d", None),
        ("1d12h", None),
        ("d", None),
        ("999999999d", None),
        ("5 minutes", None),
    ] {
        assert_eq!(in_hours(text).as_deref(), hours, "{text}");
    }
}

#[test]
fn what_is_not_a_duration_or_not_longer_than_zero_is_refused() {
    let unknown = |unit: &str| UnknownUnit(unit.to_owned());
    for (text, error) in [
        ("", Malformed),
        ("5", Malformed),
        ("0", NotPositive),
        ("0s", NotPositive),
        ("-5m", NotPositive),
        ("-x", Malformed),
        ("--5m", Malformed),
        ("+", Malformed),
        ("m", Malformed),
        (".s", Malformed),
        ("1.2.3s", Malformed),
        ("5 ", Malformed),
        ("5 m", unknown(" m")),
        ("5min", unknown("min")),
        ("7d", unknown("d")),
        ("1e9h", unknown("e")),
        ("2562048h", TooLong),
        ("99999999999999999999h", TooLong),
        ("2562047h2562047h", TooLong),
    ] {
        assert_eq!(parse_duration(text), Err(error), "{text}");
    }
}
