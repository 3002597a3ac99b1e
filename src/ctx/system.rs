//! The real outside world.

#![expect(clippy::disallowed_methods, reason = "this is the one place that touches the real ones")]

use std::{
    env, fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::io::AsyncReadExt;

use super::{Clock, Commands, Ctx, Entropy, Env, Files, http_client::HttpClient};

/// The most that a program may write, in bytes.
const OUTPUT_LIMIT: u64 = 1 << 20;

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
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        fs::File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut content)?;
        if content.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(content)
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let mut temporary = name.to_owned();
        temporary.push(format!(".{}.tmp", u128::from_be_bytes(self.bytes())));
        let temporary = path.with_file_name(temporary);
        let written = create(&temporary)
            .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            // The first failure is the one to tell; the leftover may not even exist.
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

/// Creates a new file of mode 0644 less the umask.
fn create(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o644);
    }
    options.open(path)
}

impl Commands for System {
    fn run<'a>(
        &'a self,
        program: &'a str,
        arguments: &'a [String],
        timeout: Duration,
    ) -> BoxFuture<'a, io::Result<Vec<u8>>> {
        Box::pin(async move {
            let mut child = tokio::process::Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                // The host's certificate is not for other programs.
                .env_remove("PLUGIN_CLIENT_CERT")
                .kill_on_drop(true)
                .spawn()?;
            let run = async {
                let mut output = Vec::new();
                if let Some(stdout) = child.stdout.take() {
                    stdout.take(OUTPUT_LIMIT + 1).read_to_end(&mut output).await?;
                }
                if output.len() as u64 > OUTPUT_LIMIT {
                    return Err(io::Error::other("it wrote more than 1 MiB"));
                }
                let status = child.wait().await?;
                if status.success() {
                    Ok(output)
                } else {
                    Err(io::Error::other(status.to_string()))
                }
            };
            tokio::time::timeout(timeout, run).await.map_err(|_| io::ErrorKind::TimedOut)?
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn sh(script: &str) -> io::Result<Vec<u8>> {
        System.run("sh", &["-c".into(), script.into()], Duration::from_secs(60)).await
    }

    #[tokio::test]
    async fn a_program_that_writes_without_end_is_ended() {
        let error = sh("exec yes").await.unwrap_err();
        assert_eq!(error.to_string(), "it wrote more than 1 MiB");
    }

    #[tokio::test]
    async fn what_a_program_wrote_is_given_only_if_it_succeeded() {
        assert_eq!(sh("echo out; echo err >&2").await.unwrap(), b"out\n");
        assert!(sh("echo out; exit 3").await.unwrap_err().to_string().contains('3'));
    }
}
