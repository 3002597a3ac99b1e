//! The log of `--verbose`: a line for each call, each lookup, and the credential source.
//!
//! Secrets never reach this module, so it redacts nothing; text from outside is made safe to print.

use std::{
    fmt::{self, Write as _},
    io::Write,
    sync::Mutex,
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry,
};

use super::NAME;
use crate::{sync::lock, text::sanitize};

/// The most characters of a value.
const LONGEST: usize = 1_000;

/// A subscriber that writes each event of this crate as a line, to be set as the global one.
pub fn log_to(writer: impl Write + Send + 'static) -> impl Subscriber + Send + Sync {
    registry().with(LineLog(Mutex::new(writer)))
}

struct LineLog<W>(Mutex<W>);

impl<S: Subscriber, W: Write + Send + 'static> Layer<S> for LineLog<W> {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        // The libraries log bytes and frames.
        let is_ours = metadata.target().split("::").next() == module_path!().split("::").next();
        *metadata.level() <= Level::DEBUG && is_ours
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = LogLine::default();
        event.record(&mut line);
        // If stderr is closed, nobody reads the log.
        let _ = writeln!(lock(&self.0), "{NAME}: {}{}", line.message, line.fields);
    }
}

/// The message of an event, and its fields as ` NAME=VALUE`.
#[derive(Default)]
struct LogLine {
    message: String,
    fields: String,
}

impl Visit for LogLine {
    fn record_str(&mut self, field: &Field, value: &str) {
        if !value.is_empty() {
            self.record_debug(field, &format_args!("{value}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = sanitize(&format!("{value:?}"), LONGEST);
        if field.name() == "message" {
            self.message = text;
        } else {
            // Writing to a String cannot fail.
            let _ = write!(self.fields, " {}={text}", field.name());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_of_this_crate_is_a_line_that_is_safe_to_print() {
        let written = Written::default();
        tracing::subscriber::with_default(log_to(written.clone()), || {
            tracing::debug!(action = "A", code = "", page = 2, host = "h\u{1b}[2J\nx", "call");
            tracing::trace!("too much");
            tracing::info!(target: "hyper", "not ours");
        });
        let text = String::from_utf8(lock(&written.0).clone()).unwrap();
        assert_eq!(text, "alicloud-images: call action=A page=2 host=h [2J x\n");
    }
}
