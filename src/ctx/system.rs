//! The real implementation of the context.

#![expect(clippy::disallowed_methods, reason = "this is the one place that touches the real ones")]

use std::{
    env, fs, io,
    io::Read,
    panic,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{
    Clock, Commands, Ctx, Entropy, Env, Files, Output, http_client::HttpClient, program::Program,
    replace,
};
use crate::secret::SecretBytes;

/// The machine that the process runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl System {
    /// The real context. Nothing is opened, read or built before it is needed.
    pub fn ctx() -> Ctx {
        let system = Arc::new(Self);
        Ctx {
            clock: system.clone(),
            entropy: system.clone(),
            env: system.clone(),
            files: system.clone(),
            commands: system.clone(),
            http: Arc::new(HttpClient::new(system.clone(), system)),
        }
    }
}

/// Turns off core dumps of this process, since its memory holds access keys. Only on Linux.
///
/// The limit applies to dumps that are written to files. The flag also applies if the kernel passes
/// dumps to a program, for which the limit has no effect, and prevents other processes of the same
/// user from reading the memory of this one.
///
/// # Errors
///
/// If the kernel supports neither or only one.
pub fn forbid_core_dumps() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{
            DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit,
        };
        let limit = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        limit?;
    }
    Ok(())
}

/// Reports the place of panics, not their message, which may contain a secret.
pub fn report_panics(report: impl Fn(&str) + Send + Sync + 'static) {
    panic::set_hook(Box::new(move |panic| {
        report(&panic.location().map(ToString::to_string).unwrap_or_default());
    }));
}

impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl Env for System {
    fn var(&self, name: &str) -> Option<String> {
        env::var(name).ok()
    }

    fn home_dir(&self) -> Option<PathBuf> {
        env::home_dir().filter(|home| !home.as_os_str().is_empty())
    }

    fn home_dir_of(&self, user: &str) -> Option<PathBuf> {
        let accounts = fs::read_to_string("/etc/passwd").ok()?;
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(user)).then(|| fields.nth(4).map(PathBuf::from))?
        })
    }

    fn current_dir(&self) -> Option<PathBuf> {
        env::current_dir().ok()
    }
}

impl Entropy for System {
    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // The operating system's generator does not fail on the platforms that Terraform runs on;
        // if it did, the nonce would repeat and the service would reject the call, which is safe.
        let _ = getrandom::fill(&mut bytes);
        bytes
    }

    fn fraction(&self) -> f64 {
        let [first, second, third, fourth, fifth, sixth, ..] = self.bytes();
        let bits = u64::from_be_bytes([0, 0, first, second, third, fourth, fifth, sixth]);
        bits as f64 / (1_u64 << 48) as f64
    }
}

impl Files for System {
    fn read<'a>(
        &'a self,
        path: &'a Path,
        limit: u64,
    ) -> BoxFuture<'a, io::Result<Zeroizing<Vec<u8>>>> {
        let path = path.to_owned();
        Box::pin(on_a_thread(move || read(&path, limit)))
    }

    fn read_blocking(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        read(path, limit).map(|mut content| std::mem::take(&mut *content))
    }

    fn replace<'a>(&'a self, path: &'a Path, content: Vec<u8>) -> BoxFuture<'a, io::Result<()>> {
        let path = path.to_owned();
        let nonce = u128::from_be_bytes(self.bytes());
        Box::pin(on_a_thread(move || replace::replace(&path, &content, nonce)))
    }
}

/// Runs `work` on a separate thread. Unlike with a thread of the runtime's pool, the process does
/// not wait for it on exit, so a file system that does not respond cannot keep the process running.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, result) = oneshot::channel();
    // The receiver may have been dropped.
    let run = move || drop(sender.send(work()));
    thread::Builder::new().name("files".into()).spawn(run)?;
    result.await.unwrap_or_else(|_| Err(io::Error::other("the thread ended early")))
}

fn read(path: &Path, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut file = fs::File::open(path)?;
    let mut content = SecretBytes::default();
    let mut piece = Zeroizing::new([0; 8 << 10]);
    loop {
        let length = match file.read(&mut *piece) {
            Ok(0) => return Ok(content.into_inner()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        content.extend_from_slice(piece.get(..length).unwrap_or_default());
        if content.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
}

impl Commands for System {
    fn run<'a>(
        &'a self,
        program: &'a str,
        arguments: &'a [String],
        timeout: Duration,
    ) -> BoxFuture<'a, io::Result<Output>> {
        Box::pin(async move { Program::start(&file_of(program), arguments)?.finish(timeout).await })
    }
}

/// The file to which the name of a program refers; on Unix, the operating system finds it.
#[cfg(unix)]
fn file_of(program: &str) -> PathBuf {
    program.into()
}

/// The file to which the name of a program refers.
#[cfg(windows)]
fn file_of(program: &str) -> PathBuf {
    let set = |name| env::var(name).unwrap_or_default();
    let candidates = super::program::candidates(program, &set("PATH"), &set("PATHEXT"));
    candidates.into_iter().find(|path| path.is_file()).unwrap_or_else(|| program.into())
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_panic_is_reported_by_its_place_and_not_by_its_message() {
        let (sender, reports) = std::sync::mpsc::channel();
        let before = panic::take_hook();
        report_panics(move |place| drop(sender.send(place.to_owned())));
        let panicked = panic::catch_unwind(|| panic!("a secret"));
        panic::set_hook(before);
        assert!(panicked.is_err());
        // Other tests may have panicked at the same time.
        let reports: Vec<String> = reports.iter().collect();
        assert!(reports.iter().any(|place| place.contains("system.rs")), "{reports:?}");
        assert!(reports.iter().all(|place| !place.contains("secret")), "{reports:?}");
    }

    #[tokio::test]
    async fn a_fifo_without_a_writer_blocks_neither_the_runtime_nor_its_shutdown() {
        let folder = tempfile::tempdir().unwrap();
        let [silent, written] = ["silent", "written"].map(|name| folder.path().join(name));
        let made = std::process::Command::new("mkfifo").args([&silent, &written]).status();
        assert!(made.unwrap().success());
        let begun = Instant::now();
        let timeout = Duration::from_millis(100);
        assert!(tokio::time::timeout(timeout, System.read(&silent, 9)).await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(1));

        let writer = written.clone();
        thread::spawn(move || fs::write(writer, "token").unwrap());
        let content = tokio::time::timeout(MINUTE, System.read(&written, 9)).await.unwrap();
        assert_eq!(*content.unwrap(), b"token");
    }

    #[tokio::test]
    async fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, vec![b'x'; 20_000]).unwrap();
        assert_eq!(System.read(&path, 20_000).await.unwrap().len(), 20_000);
        let error = System.read(&path, 19_999).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
