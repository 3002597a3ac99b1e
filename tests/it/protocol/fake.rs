//! A provider whose configuration controls its behavior.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use terraform_provider_alicloud::{
    contract::{ConfigureRequest, DataSource, Deferred, Provider, ReadRequest, ReadResponse},
    diag::{Diagnostics, Message, Severities, Topic},
    schema::{Attribute, AttributeKind, Block, NestedBlock, Nesting, Presence, Schema},
    value::{AttributePath, Kind, Value},
};
use tokio::sync::Notify;

/// The type name of the one data source.
pub(super) const TYPE: &str = "fake_thing";

/// The provider. It counts its calls, over all connections.
#[derive(Clone, Default)]
pub(super) struct Fake {
    /// The state of one connection.
    stop: Arc<Notify>,
    /// Whether the calls without a configuration block panic.
    pub(super) broken: Arc<AtomicBool>,
    /// How many reads have begun.
    pub(super) reads: Arc<AtomicUsize>,
    /// Signaled when a read begins.
    pub(super) reading: Arc<Notify>,
    /// The gate for which a validation in the mode `slow` waits, on its thread.
    pub(super) gate: Arc<Gate>,
}

/// A gate for threads; it starts closed.
#[derive(Default)]
pub(super) struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub(super) fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    /// Blocks the thread until the gate is open; returns `false` if that takes too long.
    fn is_opened(&self) -> bool {
        let is_open = self.is_open.lock().unwrap();
        let limit = Duration::from_secs(10);
        let waited = self.opened.wait_timeout_while(is_open, limit, |is_open| !*is_open);
        *waited.unwrap().0
    }
}

impl Fake {
    /// The provider of a new connection.
    pub(super) fn connect(&self) -> Arc<dyn Provider> {
        Arc::new(Self { stop: Arc::default(), ..self.clone() })
    }

    fn panic_if_broken(&self) {
        assert!(!self.broken.load(Ordering::Relaxed), "secret-in-a-panic");
    }
}

fn text(name: &'static str, presence: Presence) -> Attribute {
    Attribute::new(name, Kind::String, presence, "Text.")
}

impl Provider for Fake {
    fn schema(&self) -> Schema {
        let attributes = vec![text("region", Presence::Optional).deprecated("Use another.")];
        let endpoints = NestedBlock {
            name: "endpoints".into(),
            block: Block { attributes: vec![text("ecs", Presence::Optional)], ..Block::default() },
            nesting: Nesting::Set,
            min_items: 0,
            max_items: 1,
        };
        let blocks = vec![endpoints];
        Schema { version: 0, block: Block { attributes, blocks, ..Block::default() } }
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        self.panic_if_broken();
        vec![Arc::new(self.clone())]
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        judge(config.attribute("region"), "region")
    }

    fn configure(&self, request: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move { judge(request.config.expose().attribute("region"), "region") })
    }

    fn stop(&self) {
        self.panic_if_broken();
        self.stop.notify_waiters();
    }
}

/// The value `bad` gives an error, `odd` a warning, and `panic` a panic.
fn judge(value: &Value, attribute: &'static str) -> Diagnostics {
    let at = AttributePath::attribute(attribute);
    match value.as_str() {
        Some("bad") => message(Severities::Error, "Bad").diagnostic("It is bad.").at(at).into(),
        Some("odd") => message(Severities::Warning, "Odd").diagnostic("It is odd.").at(at).into(),
        Some("panic") => panic!("secret-in-a-panic"),
        _ => Diagnostics::default(),
    }
}

impl DataSource for Fake {
    fn name(&self) -> &'static str {
        TYPE
    }

    fn schema(&self) -> Schema {
        let mut things = text("things", Presence::Computed);
        things.kind = AttributeKind::Nested {
            nesting: Nesting::List,
            attributes: vec![
                text("name", Presence::Computed),
                Attribute::new("size", Kind::Number, Presence::Computed, "A number."),
            ],
        };
        let filter = NestedBlock {
            name: "filter".into(),
            block: Block { attributes: vec![text("name", Presence::Required)], ..Block::default() },
            nesting: Nesting::List,
            min_items: 0,
            max_items: 0,
        };
        let old = text("old_mode", Presence::Optional).deprecated("Use `mode`.");
        let attributes = vec![text("mode", Presence::Optional), old, things];
        Schema { version: 0, block: Block { attributes, blocks: vec![filter], ..Block::default() } }
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        if config.attribute("mode").as_str() == Some("slow") {
            self.reading.notify_one();
            if !self.gate.is_opened() {
                return message(Severities::Error, "Stuck").diagnostic("Nobody came.").into();
            }
        }
        judge(config.attribute("mode"), "mode")
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        // The wait must be registered before anyone can see that the read has started.
        let stopped = self.stop.clone().notified_owned();
        self.reading.notify_one();
        Box::pin(async move {
            let mode = request.config.attribute("mode").clone();
            let state = |things| {
                Value::object([
                    ("mode", mode.clone()),
                    ("old_mode", request.config.attribute("old_mode").clone()),
                    ("filter", request.config.attribute("filter").clone()),
                    ("things", things),
                ])
            };
            let mut response = ReadResponse::default();
            match mode.as_str() {
                Some("nothing") => {}
                Some("misfit") => response.state = Some(state(Value::from(true))),
                Some("defer") => response.deferred = Some(Deferred::ProviderConfigUnknown),
                Some("wait") => {
                    stopped.await;
                    response.diagnostics =
                        message(Severities::Error, "Stopped").diagnostic("It was stopped.").into();
                }
                Some("wait forever") => std::future::pending().await,
                Some("panic later") => {
                    tokio::task::yield_now().await;
                    panic!("secret-in-a-panic");
                }
                Some(count) if count.parse::<i64>().is_ok() => {
                    response.state = Some(state(things(count.parse().unwrap())));
                }
                _ => {
                    response.diagnostics = judge(&mode, "mode");
                    response.state = Some(state(things(1)));
                }
            }
            response
        })
    }
}

/// This many things of about a hundred bytes each.
fn things(count: i64) -> Value {
    let name: Value = "thing".repeat(16).into();
    let thing = |size| Value::object([("name", name.clone()), ("size", size)]);
    Value::List((0..count).map(|size| thing(size.into())).collect())
}

/// A message of this provider.
fn message(severities: Severities, summary: &'static str) -> Message {
    Message { topic: Topic::Result, severities, summary, cause: "A test.", remedy: "None." }
}
