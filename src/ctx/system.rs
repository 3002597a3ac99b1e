//! The real outside world.

#![expect(clippy::disallowed_methods, reason = "this is the one place that touches the real ones")]

use std::{
    env, fs, io,
    io::Read,
    path::{Path, PathBuf},
    pin::pin,
    process::Stdio,
    sync::Arc,
    thread,
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    sync::oneshot,
};
use zeroize::Zeroizing;

use super::{
    Clock, Commands, Ctx, Entropy, Env, Exit, Files, Output, http_client::HttpClient, replace,
};
use crate::secret::SecretBytes;

/// The most that a program may write, in bytes.
const OUTPUT_LIMIT: usize = 1 << 20;

/// How much is kept of the end of what a program writes to stderr, in bytes.
const STDERR_LIMIT: usize = 4 << 10;

/// The machine that the process runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl System {
    /// The context to run in. Nothing is opened, read or built before it is needed.
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
        // if it did, the nonce would repeat and the service refuse the call, which is the safe end.
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

/// Runs `work` on a thread of its own. Unlike a thread of the runtime's pool, nobody waits for it at
/// the end of the process, so that a file system that does not answer cannot keep that running.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, result) = oneshot::channel();
    // Nobody may be waiting any more.
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
        Box::pin(async move { Program::start(program, arguments)?.finish(timeout).await })
    }
}

/// A program that is running. When it is dropped, it ends, and so do the programs that it started.
struct Program {
    child: Child,
    group: Group,
}

/// The process group of a program; on Windows nothing yet.
#[cfg(unix)]
type Group = Option<rustix::process::Pid>;
#[cfg(windows)]
type Group = ();

impl Program {
    fn start(program: &str, arguments: &[String]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // The host's certificate is not for other programs.
            .env_remove("PLUGIN_CLIENT_CERT")
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn()?;
        Ok(Self {
            #[cfg(unix)]
            group: child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())),
            #[cfg(windows)]
            group: (),
            child,
        })
    }

    /// What it writes until it ends, or is ended after `timeout`.
    async fn finish(mut self, timeout: Duration) -> io::Result<Output> {
        let stdout = self.child.stdout.take();
        let stderr = self.child.stderr.take();
        let mut last = SecretBytes::default();
        let run = async {
            let mut output = pin!(async {
                let (stdout, ()) =
                    tokio::try_join!(read_all(stdout, OUTPUT_LIMIT), read_end(stderr, &mut last))?;
                io::Result::Ok(stdout)
            });
            tokio::select! {
                status = self.child.wait() => {
                    // What it left running may hold the pipes open.
                    end(&mut self.group);
                    io::Result::Ok((status?, output.await?))
                }
                // It may go on after it closed its output.
                output = &mut output => Ok((self.child.wait().await?, output?)),
            }
        };
        let ended = tokio::time::timeout(timeout, run).await;
        let (exit, stdout) = match ended {
            Ok(ended) => {
                let (status, stdout) = ended?;
                let failed = || Exit::Failure(status.to_string());
                (if status.success() { Exit::Success } else { failed() }, stdout)
            }
            Err(_) => (Exit::TimedOut, Zeroizing::default()),
        };
        Ok(Output { stdout, stderr: last.into_inner(), exit })
    }
}

/// Windows ends the program itself when it is dropped.
#[cfg(windows)]
fn end(_: &mut Group) {}

/// Ends all processes of a group.
#[cfg(unix)]
fn end(group: &mut Group) {
    if let Some(group) = group.take() {
        // There may be no process of the group left.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        end(&mut self.group);
    }
}

/// Reads all of `source`, and keeps its end in `last`.
async fn read_end(
    source: Option<impl AsyncRead + Unpin>,
    last: &mut SecretBytes,
) -> io::Result<()> {
    let mut piece = Zeroizing::new([0; STDERR_LIMIT]);
    let Some(mut source) = source else { return Ok(()) };
    loop {
        let length = source.read(&mut *piece).await?;
        if length == 0 {
            return Ok(());
        }
        last.keep_end(piece.get(..length).unwrap_or_default(), STDERR_LIMIT);
    }
}

async fn read_all(
    source: Option<impl AsyncRead + Unpin>,
    limit: usize,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut content = SecretBytes::default();
    let mut piece = Zeroizing::new([0; 8 << 10]);
    let Some(mut source) = source else { return Ok(content.into_inner()) };
    loop {
        let length = source.read(&mut *piece).await?;
        if length == 0 {
            return Ok(content.into_inner());
        }
        content.extend_from_slice(piece.get(..length).unwrap_or_default());
        if content.len() > limit {
            return Err(io::Error::other("it wrote more than 1 MiB"));
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    async fn sh(script: &str, timeout: Duration) -> io::Result<Output> {
        System.run("sh", &["-c".into(), script.into()], timeout).await
    }

    const MINUTE: Duration = Duration::from_secs(60);

    /// Waits until no process has `marker` among its arguments.
    fn gone(marker: &str) -> bool {
        let running = || {
            let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
            processes
                .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
                .any(|line| String::from_utf8_lossy(&line).split('\0').any(|word| word == marker))
        };
        let begun = Instant::now();
        while running() {
            if begun.elapsed() > Duration::from_secs(5) {
                return false;
            }
            thread::sleep(Duration::from_millis(10));
        }
        true
    }

    #[tokio::test]
    async fn a_program_that_writes_without_end_is_ended() {
        let error = sh("exec yes", MINUTE).await.err().unwrap();
        assert_eq!(error.to_string(), "it wrote more than 1 MiB");
    }

    #[tokio::test]
    async fn what_a_program_wrote_and_how_it_ended_are_returned() {
        let output = sh("echo out; echo err >&2", MINUTE).await.unwrap();
        assert_eq!((&**output.stdout, &**output.stderr), (&b"out\n"[..], &b"err\n"[..]));
        assert_eq!(output.exit, Exit::Success);
        let output = sh("echo out; head -c 9000 /dev/zero >&2; echo last >&2; exit 3", MINUTE);
        let output = output.await.unwrap();
        assert!(output.stderr.ends_with(b"last\n") && output.stderr.len() <= STDERR_LIMIT);
        assert!(matches!(output.exit, Exit::Failure(status) if status.contains('3')));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_a_program_started_ends_with_it() {
        // It leaves a process behind that holds its output open.
        let begun = Instant::now();
        let output = sh("sleep 331.7 & echo out", MINUTE).await.unwrap();
        assert_eq!(*output.stdout, b"out\n");
        assert!(begun.elapsed() < Duration::from_secs(10));
        assert!(gone("331.7"));
        // It does not end in time.
        let timeout = Duration::from_millis(200);
        let output = sh("echo code? >&2; sleep 331.8 & sleep 331.9", timeout).await.unwrap();
        assert_eq!((output.exit, &**output.stderr), (Exit::TimedOut, &b"code?\n"[..]));
        assert!(gone("331.8") && gone("331.9"));
        // It was stopped, and nobody waits for it any more.
        let abandoned = sh("kill -STOP $$; sleep 331.6", MINUTE);
        assert!(tokio::time::timeout(timeout, abandoned).await.is_err());
        assert!(gone("kill -STOP $$; sleep 331.6"));
    }

    #[tokio::test]
    async fn a_fifo_that_nobody_writes_to_holds_up_neither_the_runtime_nor_its_end() {
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
