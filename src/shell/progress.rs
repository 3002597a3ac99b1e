//! The progress line of a lookup that takes long, on a terminal.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::{Instant, interval_at};

use super::table::cut;
use crate::{alicloud::PageRead, sync::lock};

/// How long a lookup may take without the line.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the line is updated.
const INTERVAL: Duration = Duration::from_millis(200);

/// Returns to the beginning of the line and clears it.
const CLEAR: &str = "\r\u{1b}[K";

/// The progress of each lookup. Clones share the state.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<Mutex<BTreeMap<usize, (u64, u64)>>>);

impl Progress {
    /// Records a page of the lookup number `look_up`.
    pub(super) fn page(&self, look_up: usize, page: &PageRead<'_>) {
        let mut known = lock(&self.0);
        known.insert(look_up, (page.number, page.pages));
    }

    fn line(&self, look_ups: usize) -> String {
        let known = lock(&self.0);
        let add = |sum: (u64, u64), page: &(u64, u64)| (sum.0 + page.0, sum.1 + page.1);
        let (read, pages) = known.values().fold((0, 0), add);
        let place = match look_ups {
            1 => String::new(),
            regions => format!(", {} of {regions} regions done", known.len()),
        };
        match known.len() {
            0 => "Waiting for the service ...".to_owned(),
            _ => format!("Reading images: page {read} of {pages}{place}"),
        }
    }
}

/// A line of a terminal, cleared when it is dropped.
struct Line<'a> {
    to: &'a mut (dyn Write + Send),
    columns: usize,
    is_written: bool,
}

impl Line<'_> {
    fn write(&mut self, text: &str) {
        self.is_written = true;
        // A line that wraps could not be cleared as a whole.
        let text = cut(text, self.columns.saturating_sub(1));
        // If the terminal is closed, there is no progress to show.
        let _ = write!(self.to, "{CLEAR}{text}").and_then(|()| self.to.flush());
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if self.is_written {
            self.write("");
        }
    }
}

/// Runs `work`, the lookups that report to `progress`. If it takes longer than a second and `stderr` is a terminal
/// with this many columns, a line there shows the progress until the work ends or is canceled.
pub(super) async fn shown<T>(
    work: impl Future<Output = T>,
    look_ups: usize,
    progress: &Progress,
    columns: Option<usize>,
    stderr: &mut (dyn Write + Send),
) -> T {
    let Some(columns) = columns else { return work.await };
    let mut line = Line { to: stderr, columns, is_written: false };
    let mut ticks = interval_at(Instant::now() + PATIENCE, INTERVAL);
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            result = &mut work => return result,
            _ = ticks.tick() => line.write(&progress.line(look_ups)),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::time::sleep;

    use super::*;

    /// What was written to a terminal while pages arrived after these milliseconds.
    async fn written(pages: &[u64], columns: Option<usize>) -> String {
        let (progress, body) = (Progress::default(), Bytes::new());
        let work = async {
            for (number, millis) in (1..).zip(pages) {
                sleep(Duration::from_millis(*millis)).await;
                let pages = pages.len() as u64;
                progress.page(0, &PageRead { number, pages, body: &body });
            }
        };
        let mut stderr = Vec::new();
        shown(work, 1, &progress, columns, &mut stderr).await;
        String::from_utf8(stderr).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_lookup_that_takes_longer_than_a_second_shows_its_progress() {
        assert_eq!(written(&[900, 90], Some(80)).await, "");
        let text = written(&[1_100, 300], Some(80)).await;
        let waiting = format!("{CLEAR}Waiting for the service ...");
        let reading = format!("{CLEAR}Reading images: page 1 of 2");
        assert!(text.starts_with(&format!("{waiting}{reading}")), "{text:?}");
        assert!(text.ends_with(CLEAR), "{text:?}");
        // A narrow terminal.
        let text = written(&[1_100, 300], Some(12)).await;
        assert!(text.starts_with(&format!("{CLEAR}Waiting fo…{CLEAR}Reading im…")), "{text:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_shown_if_stderr_is_not_a_terminal() {
        assert_eq!(written(&[5_000, 5_000], None).await, "");
    }

    #[tokio::test(start_paused = true)]
    async fn the_line_is_cleared_when_the_work_is_cancelled() {
        let (progress, mut stderr) = (Progress::default(), Vec::new());
        {
            let work = shown(std::future::pending::<()>(), 3, &progress, Some(80), &mut stderr);
            assert!(tokio::time::timeout(Duration::from_secs(2), work).await.is_err());
        }
        assert!(stderr.ends_with(CLEAR.as_bytes()));
    }

    #[test]
    fn several_regions_are_counted_together() {
        let (progress, body) = (Progress::default(), Bytes::new());
        for look_up in [0, 2] {
            progress.page(look_up, &PageRead { number: 2, pages: 4, body: &body });
        }
        assert_eq!(progress.line(3), "Reading images: page 4 of 8, 2 of 3 regions done");
    }
}
