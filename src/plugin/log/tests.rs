use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::{Value as Json, json};
use tracing::level_filters::LevelFilter;

use super::{Hclog, level};
use crate::ctx::fixed::{FixedClock, FixedEnv};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged while `work` runs.
fn logged(level: LevelFilter, work: impl FnOnce()) -> Vec<Json> {
    let lines = Lines::default();
    let clock = Arc::new(FixedClock::at("2026-01-02T03:04:05.678Z".parse().unwrap()));
    let subscriber = Hclog::new(lines.clone(), clock, level).subscriber();
    tracing::subscriber::with_default(subscriber, work);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_line_has_the_form_that_terraform_reads() {
    let lines =
        logged(LevelFilter::TRACE, || tracing::info!(pages = 3, attempts = "two", "Fetched"));
    let expected = json!({
        "@level": "info",
        "@message": "Fetched",
        "@module": "provider.plugin",
        "@timestamp": "2026-01-02T03:04:05.678000Z",
        "pages": 3,
        "attempts": "two",
    });
    assert_eq!(lines, [expected]);
}

#[test]
fn fields_of_the_surrounding_rpc_are_on_every_line() {
    let lines = logged(LevelFilter::DEBUG, || {
        let span = tracing::error_span!("rpc", tf_rpc = "ReadDataSource", absent = None::<&str>);
        span.in_scope(|| tracing::debug!("inside"));
        tracing::debug!("outside");
    });
    assert_eq!(lines[0]["tf_rpc"], "ReadDataSource");
    assert_eq!(lines[0].get("absent"), None);
    assert_eq!(lines[1].get("tf_rpc"), None);
}

#[test]
fn a_number_that_terraform_would_round_is_text() {
    let lines = logged(LevelFilter::INFO, || {
        tracing::info!(small = 999_999, large = 1_000_000, negative = -1_000_000_i64, "");
    });
    assert_eq!(lines[0]["small"], 999_999);
    assert_eq!(lines[0]["large"], "1000000");
    assert_eq!(lines[0]["negative"], "-1000000");
}

#[test]
fn the_message_is_text_even_if_there_is_none() {
    let lines = logged(LevelFilter::INFO, || tracing::info!(only = true));
    assert_eq!(lines[0]["@message"], "");
}

#[test]
fn the_causes_of_an_error_are_logged() {
    let cause = io::Error::other("cause");
    let error = super::super::Error::Output(cause);
    let lines = logged(LevelFilter::INFO, || {
        tracing::info!(error = &error as &dyn std::error::Error, "");
    });
    assert_eq!(lines[0]["error"], "stdout: cause");
}

#[test]
fn levels_and_other_crates_are_filtered() {
    let lines = logged(LevelFilter::WARN, || {
        tracing::error!("kept");
        tracing::warn!("kept");
        tracing::info!("dropped");
        tracing::error!(target: "h2::proto", "dropped");
    });
    assert_eq!(lines.len(), 2);
}

#[test]
fn the_most_specific_variable_decides() {
    let level = |variables: &[(&str, &str)]| {
        level(&variables.iter().copied().collect::<FixedEnv>(), "alicloud")
    };
    assert_eq!(level(&[]), LevelFilter::OFF);
    assert_eq!(level(&[("TF_LOG", "INFO")]), LevelFilter::INFO);
    assert_eq!(level(&[("TF_LOG", "INFO"), ("TF_LOG_PROVIDER", "warn")]), LevelFilter::WARN);
    assert_eq!(
        level(&[("TF_LOG", "INFO"), ("TF_LOG_PROVIDER_ALICLOUD", "error")]),
        LevelFilter::ERROR
    );
    assert_eq!(level(&[("TF_LOG_PROVIDER", ""), ("TF_LOG", "debug")]), LevelFilter::DEBUG);
    assert_eq!(level(&[("TF_LOG_PROVIDER", "off"), ("TF_LOG", "debug")]), LevelFilter::OFF);
    assert_eq!(level(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
    assert_eq!(level(&[("TF_LOG", "1")]), LevelFilter::TRACE);
}

#[test]
fn errors_of_the_operating_system_are_logged_without_their_numbers() {
    let error = io::Error::from_raw_os_error(2);
    let lines = logged(LevelFilter::TRACE, || tracing::warn!(%error, "failed: {error}"));
    for text in [&lines[0]["error"], &lines[0]["@message"]] {
        let text = text.as_str().unwrap();
        assert!(text.len() > 10 && !text.contains("os error"), "{text}");
    }
}
