//! The log of lookups: one line for each lookup, one debug line for each call, and no secrets.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use serde_json::json;
use terraform_provider_alicloud::{
    alicloud::{Api, Pages},
    ctx::fixed::{Fixed, response},
};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt};

use crate::faults::{client_of, look_up};

/// Keeps every event as one line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<(Level, String)>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!("{}={value:?} ", field.name()));
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push((*event.metadata().level(), line.0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lookup_and_each_call_log_one_line_without_secrets() {
    let lines = Lines::default();
    let _guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(lines.clone()));
    let fixed = Fixed::default();
    fixed.http.push_json(400, json!({"Code": "Throttling", "RequestId": "R-1"}).to_string());
    let empty = json!({"Images": {}, "TotalCount": 0}).to_string();
    fixed.http.push(Box::new(move |_| {
        let response = response(200, &[("x-acs-request-id", "R-2")], empty);
        Box::pin(async move { Ok(response) })
    }));
    client_of(fixed.ctx()).describe_images(look_up(Pages::All)).await.unwrap();

    let lines = lines.0.lock().unwrap();
    let of = |level| {
        let of_level = lines.iter().filter(move |(known, _)| *known == level);
        of_level.map(|(_, line)| line.as_str()).collect::<Vec<_>>()
    };
    let [summary] = of(Level::INFO)[..] else { panic!("{lines:?}") };
    for part in ["images=0", "pages=1", "calls=2", "region=\"cn-test\"", "elapsed_ms="] {
        assert!(summary.contains(part), "{summary}");
    }
    let [throttled, answered] = of(Level::DEBUG)[..] else { panic!("{lines:?}") };
    for part in
        ["code=\"Throttling\"", "request_id=\"R-1\"", "status=400", "page=1", "host=\"ecs.test\""]
    {
        assert!(throttled.contains(part), "{throttled}");
    }
    assert!(answered.contains("status=200"), "{answered}");
    assert!(answered.contains("request_id=\"R-2\""), "{answered}");
    for (_, line) in lines.iter() {
        for secret in ["key-1", "the-secret", "the-token", "Signature", "?"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}
