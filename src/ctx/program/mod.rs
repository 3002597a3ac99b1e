//! Runs other programs: captures the output and the exit status, and kills everything that a
//! program started.
//!
//! On Unix, a program has its own process group; on Windows, a job object.

#[cfg(any(windows, test))]
use std::path::PathBuf;
use std::{
    io,
    path::Path,
    pin::pin,
    process::{ExitStatus, Stdio},
    time::Duration,
};

#[cfg(windows)]
use process_wrap::tokio::{ChildWrapper, CommandWrap, JobObject, KillOnDrop};
#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process_group};
#[cfg(unix)]
use tokio::process::Child;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{ChildStderr, ChildStdout, Command},
};
use zeroize::Zeroizing;

use super::{Exit, Output};
use crate::secret::SecretBytes;

/// The most that a program may write, in bytes.
const OUTPUT_LIMIT: usize = 1 << 20;

/// How much is kept of the end of what a program writes to stderr, in bytes.
const STDERR_LIMIT: usize = 4 << 10;

/// A program that is running. When it is dropped, it ends, and so do the programs that it started.
pub(super) struct Program(Tree);

impl Program {
    /// Starts `program` without a shell and without input.
    pub(super) fn start(program: &Path, arguments: &[String]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // The host's certificate must not be passed to other programs.
            .env_remove("PLUGIN_CLIENT_CERT")
            .kill_on_drop(true);
        Tree::start(command).map(Self)
    }

    /// Its output until it ends, or is killed after `timeout`.
    pub(super) async fn finish(mut self, timeout: Duration) -> io::Result<Output> {
        let (stdout, stderr) = self.0.outputs();
        let mut last = SecretBytes::default();
        let run = async {
            let mut output = pin!(async {
                let (stdout, ()) =
                    tokio::try_join!(read_all(stdout, OUTPUT_LIMIT), read_end(stderr, &mut last))?;
                io::Result::Ok(stdout)
            });
            tokio::select! {
                status = self.0.wait() => {
                    // Processes that it left running may keep the pipes open.
                    self.0.end();
                    io::Result::Ok((status?, output.await?))
                }
                // It may continue after it has closed its output.
                output = &mut output => Ok((self.0.wait().await?, output?)),
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

/// The extensions of programs if `PATHEXT` is not set.
#[cfg(any(windows, test))]
const EXTENSIONS: &str = ".COM;.EXE;.BAT;.CMD";

/// The files to which the name of a program may refer on Windows, in the order of its search: first the name itself,
/// if it has an extension, then with each extension in `PATHEXT`; in the folders of `PATH`, unless the name has a
/// folder itself. Rust's library would try only `.exe`, and many command-line tools are started by a `.cmd` file.
#[cfg(any(windows, test))]
pub(super) fn candidates(program: &str, path: &str, extensions: &str) -> Vec<PathBuf> {
    let listed = |list: &str| -> Vec<String> {
        let parts = list.split(';').map(|part| part.trim_matches([' ', '"']).to_owned());
        parts.filter(|part| !part.is_empty()).collect()
    };
    let extensions = listed(if extensions.trim().is_empty() { EXTENSIONS } else { extensions });
    let as_written = Path::new(program).extension().map(|_| program.to_owned());
    let with_extension = extensions.iter().map(|extension| format!("{program}{extension}"));
    let names: Vec<String> = as_written.into_iter().chain(with_extension).collect();
    if program.contains(['/', '\\', ':']) {
        return names.into_iter().map(PathBuf::from).collect();
    }
    let in_folder = |folder: String| names.iter().map(move |name| Path::new(&folder).join(name));
    listed(path).into_iter().flat_map(in_folder).collect()
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A program and what it started.
#[cfg(unix)]
struct Tree {
    child: Child,
    /// `None` after it was killed.
    group: Option<Pid>,
}

#[cfg(unix)]
impl Tree {
    fn start(mut command: Command) -> io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(Self { child, group })
    }

    fn outputs(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits for the program alone.
    async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends all of them.
    fn end(&mut self) {
        if let Some(group) = self.group.take() {
            // There may be no process of the group left.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// A program and what it started. The job object ends all of them when it is closed.
#[cfg(windows)]
struct Tree(Box<dyn ChildWrapper>);

#[cfg(windows)]
impl Tree {
    fn start(command: Command) -> io::Result<Self> {
        CommandWrap::from(command).wrap(KillOnDrop).wrap(JobObject).spawn().map(Self)
    }

    fn outputs(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.0.stdout().take(), self.0.stderr().take())
    }

    /// Waits for the program alone: the job object itself would wait for all of them.
    async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.0.inner_mut().wait().await
    }

    /// Ends all of them.
    fn end(&mut self) {
        // There may be no process of the job left.
        let _ = self.0.start_kill();
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

#[cfg(test)]
mod tests;
