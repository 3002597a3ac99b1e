//! Access to everything outside the process: clock, randomness, environment, files, commands, HTTP.
//!
//! All other code is pure or takes a [`Ctx`], so tests can set the time, the nonces, the environment
//! and the responses of servers without sleeping or changing the process environment. Clippy's
//! `disallowed-methods` restricts the real functions to [`system`].
//!
//! Timers are the exception: code waits with `tokio::time`, whose clock tests pause and advance.
//!
//! ```
//! use terraform_provider_alicloud::ctx::{Clock, Entropy, Env, fixed::Fixed};
//!
//! // Nothing here accesses the machine: the clock stands still, and only this variable is set.
//! let env = [("HOME", "/home/me")].into_iter().collect();
//! let ctx = Fixed { env: std::sync::Arc::new(env), ..Fixed::default() }.ctx();
//! assert_eq!(ctx.clock.now().to_string(), "2026-01-02T03:04:05Z");
//! assert_eq!(ctx.entropy.fraction(), 0.5);
//! assert_eq!(ctx.env.expand("~/images.json"), std::path::Path::new("/home/me/images.json"));
//! ```

pub mod fixed;
pub mod http;
pub mod http_client;
mod program;
mod replace;
pub mod system;

use std::{io, path::Path, path::PathBuf, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use zeroize::Zeroizing;

/// The context: everything outside the process, as one value to pass around.
#[derive(Clone)]
pub struct Ctx {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness for nonces, jitter and identifiers.
    pub entropy: Arc<dyn Entropy>,
    /// The environment of the process.
    pub env: Arc<dyn Env>,
    /// The file system.
    pub files: Arc<dyn Files>,
    /// Other programs.
    pub commands: Arc<dyn Commands>,
    /// Other hosts.
    pub http: Arc<dyn http::Http>,
}

impl Ctx {
    /// The same context, with `settings` for the verification of servers.
    pub fn with_tls(&self, settings: http::TlsSettings) -> Self {
        let http = Arc::new(http::WithTls { http: self.http.clone(), settings });
        Self { http, ..self.clone() }
    }

    /// The same context, which verifies servers even if the settings are insecure: for services
    /// that return credentials.
    pub fn verified(&self) -> Self {
        let http = Arc::new(http::Verified(self.http.clone()));
        Self { http, ..self.clone() }
    }
}

/// The wall clock. Durations are measured with `tokio::time::Instant` instead.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// Randomness.
pub trait Entropy: Send + Sync {
    /// 16 random bytes, never the same twice.
    fn bytes(&self) -> [u8; 16];

    /// A number from 0 to 1, 1 excluded, each equally likely.
    fn fraction(&self) -> f64;
}

/// The environment of the process.
pub trait Env: Send + Sync {
    /// The variable `name`. `None` if it is not set or not Unicode; set but empty is `Some("")`.
    fn var(&self, name: &str) -> Option<String>;

    /// The home folder of the user who runs the process.
    fn home_dir(&self) -> Option<PathBuf>;

    /// The home folder of another user, by name.
    fn home_dir_of(&self, user: &str) -> Option<PathBuf>;

    /// The directory against which relative paths are read.
    fn current_dir(&self) -> Option<PathBuf>;

    /// Replaces a leading `~` or `~user` of `path` with the home directory.
    ///
    /// # Errors
    ///
    /// The user without a known home directory; the empty text stands for the current user.
    fn expand_home(&self, path: &str) -> Result<PathBuf, String> {
        let Some(rest) = path.strip_prefix('~') else { return Ok(path.into()) };
        let separators = ['/', std::path::MAIN_SEPARATOR];
        let (user, below) = rest.split_once(separators).unwrap_or((rest, ""));
        let home = if user.is_empty() { self.home_dir() } else { self.home_dir_of(user) };
        let home = home.ok_or_else(|| user.to_owned())?;
        // Joining a path that begins with a separator would leave the home directory.
        let below = below.trim_start_matches(separators);
        Ok(if below.is_empty() { home } else { home.join(below) })
    }

    /// The same, but returns the path unchanged if the home directory is not known.
    fn expand(&self, path: &str) -> PathBuf {
        self.expand_home(path).unwrap_or_else(|_| path.into())
    }
}

/// The file system.
///
/// A path may name a FIFO, or a file on a network file system that no longer responds. So the
/// methods that return a future never block the runtime, and dropping the future abandons the call.
pub trait Files: Send + Sync {
    /// The whole file, if it has at most `limit` bytes; more is an error of kind
    /// [`io::ErrorKind::FileTooLarge`]. The content is zeroized when dropped.
    fn read<'a>(
        &'a self,
        path: &'a Path,
        limit: u64,
    ) -> BoxFuture<'a, io::Result<Zeroizing<Vec<u8>>>>;

    /// The same, blocking the calling thread: only for a process that has no other work yet.
    fn read_blocking(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// Writes `content` to the file, following symbolic links. A regular file is replaced in one
    /// step, so that readers see the old content or the new, and keeps its mode, owner and group; a new one has the
    /// mode 0644 minus the umask. A file that cannot be replaced in this way (a FIFO, a device, a mounted file, one
    /// of another owner or with several names) is written in place. A link or file that another user put into a
    /// directory like `/tmp` is neither followed nor written to. The parent directory must exist.
    fn replace<'a>(&'a self, path: &'a Path, content: Vec<u8>) -> BoxFuture<'a, io::Result<()>>;
}

/// Other programs.
pub trait Commands: Send + Sync {
    /// Runs `program` with `arguments`, without a shell and without input, until it ends or `timeout` has passed.
    /// Programs that it started itself end with it. Dropping the future ends them all.
    ///
    /// # Errors
    ///
    /// If the program cannot be started, or writes more than 1 MiB to stdout.
    fn run<'a>(
        &'a self,
        program: &'a str,
        arguments: &'a [String],
        timeout: Duration,
    ) -> BoxFuture<'a, io::Result<Output>>;
}

/// The output of a program, which is zeroized on drop, and how the program ended.
pub struct Output {
    /// What it wrote to stdout.
    pub stdout: Zeroizing<Vec<u8>>,
    /// The end of what it wrote to stderr, at most 4 KiB.
    pub stderr: Zeroizing<Vec<u8>>,
    /// How it ended.
    pub exit: Exit,
}

/// How a program ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Exit {
    /// With status 0.
    Success,
    /// With this status.
    Failure(String),
    /// It was killed because it timed out.
    TimedOut,
}
