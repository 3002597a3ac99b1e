//! A deterministic context for tests.
//!
//! The clock stands still (or follows tokio's, which tests advance), randomness is a counter, the
//! environment and the files are maps, and HTTP and commands return queued responses.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::{BoxFuture, pending, ready};
use jiff::Timestamp;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{
    Clock, Commands, Ctx, Entropy, Env, Files, Output,
    http::{Body, Error, ErrorKind, HeaderName, HeaderValue, Http, Request, Response, StatusCode},
};
use crate::sync::lock;

/// A whole context of fixed parts.
///
/// Each part is public, so that a test can set it up and inspect it afterward.
#[derive(Clone, Default)]
pub struct Fixed {
    /// The wall clock.
    pub clock: Arc<FixedClock>,
    /// The environment.
    pub env: Arc<FixedEnv>,
    /// The files.
    pub files: Arc<FixedFiles>,
    /// The results of commands.
    pub commands: Arc<FixedCommands>,
    /// The responses of servers.
    pub http: Arc<FixedHttp>,
    /// Randomness that counts upwards.
    pub entropy: Arc<Counter>,
}

impl Fixed {
    /// The context for the code under test.
    pub fn ctx(&self) -> Ctx {
        Ctx {
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            env: self.env.clone(),
            files: self.files.clone(),
            commands: self.commands.clone(),
            http: self.http.clone(),
        }
    }
}

/// A clock that starts at a given instant and moves with tokio's clock.
pub struct FixedClock {
    start: Timestamp,
    /// Set at the first reading, because tokio's clock needs a runtime.
    origin: Mutex<Option<Instant>>,
}

impl FixedClock {
    /// A clock that shows `start` when it is first read.
    pub fn at(start: Timestamp) -> Self {
        Self { start, origin: Mutex::new(None) }
    }
}

impl Default for FixedClock {
    /// 2026-01-02T03:04:05Z.
    fn default() -> Self {
        Self::at(Timestamp::from_second(1_767_323_045).unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        if tokio::runtime::Handle::try_current().is_err() {
            return self.start;
        }
        let mut origin = lock(&self.origin);
        let origin = origin.get_or_insert_with(Instant::now);
        self.start.checked_add(origin.elapsed()).unwrap_or(Timestamp::MAX)
    }
}

/// A counter instead of randomness, so that no value repeats.
pub struct Counter {
    next: AtomicU64,
    fraction: f64,
}

impl Counter {
    /// Randomness in which every fraction is `fraction`.
    pub fn with_fraction(fraction: f64) -> Self {
        Self { next: AtomicU64::new(1), fraction }
    }
}

impl Default for Counter {
    fn default() -> Self {
        Self::with_fraction(0.5)
    }
}

impl Entropy for Counter {
    fn bytes(&self) -> [u8; 16] {
        u128::from(self.next.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
    }

    fn fraction(&self) -> f64 {
        self.fraction
    }
}

/// An environment of given variables.
#[derive(Default)]
pub struct FixedEnv(BTreeMap<String, String>);

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for FixedEnv {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Env for FixedEnv {
    fn var(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn home_dir(&self) -> Option<PathBuf> {
        self.0.get("HOME").map(PathBuf::from)
    }

    fn home_dir_of(&self, user: &str) -> Option<PathBuf> {
        (user == "someone").then(|| PathBuf::from("/home/someone"))
    }

    fn current_dir(&self) -> Option<PathBuf> {
        Some(PathBuf::from("/cwd"))
    }
}

/// Files in memory.
#[derive(Default)]
pub struct FixedFiles {
    contents: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    silent: Mutex<BTreeSet<PathBuf>>,
}

impl FixedFiles {
    /// Adds a file whose reads never complete, as on a network file system without a server.
    pub fn insert_silent(&self, path: impl Into<PathBuf>) {
        lock(&self.silent).insert(path.into());
    }

    /// Adds a file.
    pub fn insert(&self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) {
        lock(&self.contents).insert(path.into(), content.into());
    }

    /// The content of a file.
    pub fn content(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        lock(&self.contents).get(path.as_ref()).cloned()
    }
}

impl Files for FixedFiles {
    fn read<'a>(
        &'a self,
        path: &'a Path,
        limit: u64,
    ) -> BoxFuture<'a, io::Result<Zeroizing<Vec<u8>>>> {
        Box::pin(async move {
            if lock(&self.silent).contains(path) {
                return pending().await;
            }
            self.read_blocking(path, limit).map(Zeroizing::new)
        })
    }

    fn read_blocking(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let content = self.content(path).ok_or(io::ErrorKind::NotFound)?;
        if content.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(content)
    }

    fn replace<'a>(&'a self, path: &'a Path, content: Vec<u8>) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            if lock(&self.silent).contains(path) {
                return pending().await;
            }
            self.insert(path, content);
            Ok(())
        })
    }
}

/// Commands that return the queued results in order.
#[derive(Default)]
pub struct FixedCommands {
    /// The queued results; if the queue is empty, the command is not found.
    pub answers: Mutex<VecDeque<io::Result<Output>>>,
    /// The commands that were run, each with its arguments.
    pub seen: Mutex<Vec<Vec<String>>>,
}

impl Commands for FixedCommands {
    fn run<'a>(
        &'a self,
        program: &'a str,
        arguments: &'a [String],
        _timeout: Duration,
    ) -> BoxFuture<'a, io::Result<Output>> {
        let line = std::iter::once(program.to_owned()).chain(arguments.iter().cloned()).collect();
        lock(&self.seen).push(line);
        let answer = lock(&self.answers).pop_front();
        let answer = answer.unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()));
        Box::pin(ready(answer))
    }
}

/// What a scripted server does with one request.
pub type Reply = Box<dyn FnOnce(&Request) -> BoxFuture<'static, Result<Response, Error>> + Send>;

/// What a scripted server does with every request.
type Rule = Arc<dyn Fn(&Request) -> Result<Response, Error> + Send + Sync>;

/// A server with a queue of responses, and a function for all requests after these.
#[derive(Default)]
pub struct FixedHttp {
    queue: Mutex<VecDeque<Reply>>,
    always: Mutex<Option<Rule>>,
    seen: Mutex<Vec<Request>>,
}

impl FixedHttp {
    /// Queues what to do with one request.
    pub fn push(&self, answer: Reply) {
        lock(&self.queue).push_back(answer);
    }

    /// Queues a response with this status and JSON body.
    pub fn push_json(&self, status: u16, body: impl Into<String>) {
        let body = body.into();
        self.push(Box::new(move |_| Box::pin(async move { Ok(json(status, body)) })));
    }

    /// Queues a failure of this kind.
    pub fn push_error(&self, kind: ErrorKind) {
        self.push(Box::new(move |request| {
            let host = request.host().to_owned();
            Box::pin(
                async move { Err(Error { kind, host, cause: String::new(), request_id: None }) },
            )
        }));
    }

    /// Sets what to do with every request that finds the queue empty.
    pub fn always(
        &self,
        answer: impl Fn(&Request) -> Result<Response, Error> + Send + Sync + 'static,
    ) {
        *lock(&self.always) = Some(Arc::new(answer));
    }

    /// The requests that arrived, in order.
    pub fn seen(&self) -> Vec<Request> {
        lock(&self.seen).clone()
    }
}

impl Http for FixedHttp {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        lock(&self.seen).push(request.clone());
        let queued = lock(&self.queue).pop_front();
        if let Some(answer) = queued {
            return answer(&request);
        }
        let always = lock(&self.always).clone();
        let answer = match always {
            Some(answer) => answer(&request),
            None => Err(Error {
                kind: ErrorKind::Connect,
                host: request.host().to_owned(),
                cause: "nothing is queued for this request".into(),
                request_id: None,
            }),
        };
        Box::pin(async move { answer })
    }
}

/// A response with this status, which must be valid, these headers and this body. A header with a
/// value that is not valid in HTTP is omitted.
pub fn response(status: u16, headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::new(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let allowed = headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
    });
    response.headers_mut().extend(allowed);
    response
}

/// A response with this status and JSON body.
pub fn json(status: u16, body: impl Into<String>) -> Response {
    response(status, &[("content-type", "application/json;charset=utf-8")], body.into())
}
