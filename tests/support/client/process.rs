//! Plugins as processes.

use std::{fs, path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::{Client, Error, Identity, Line};

/// How long a plugin may take to print its handshake line: the same as in Terraform.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A plugin about to be started, as Terraform would start it.
pub struct Launch {
    /// The command with its environment.
    pub command: Command,
    /// The identity that the plugin expects; `None` for no TLS.
    pub identity: Option<Identity>,
}

impl Launch {
    /// With a new identity, both protocol versions, and the environment of this process.
    pub fn new(program: &Path) -> Result<Self, Error> {
        let mut command = Command::new(program);
        command
            .env(
                "TF_PLUGIN_MAGIC_COOKIE",
                "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
            )
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        Ok(Self { command, identity: Some(Identity::generate()?) })
    }

    /// Sets a variable of the plugin's environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts the plugin and waits for its line.
    pub async fn start(mut self) -> Result<Plugin, Error> {
        if let Some(identity) = &self.identity {
            self.command.env("PLUGIN_CLIENT_CERT", identity.pem());
        }
        let mut child = self.command.spawn()?;
        let stdout = child.stdout.take().ok_or("no stdout")?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        timeout(START_TIMEOUT, stdout.read_line(&mut line)).await??;
        if line.is_empty() {
            let status = child.wait().await?;
            return Err(format!("the plugin ended ({status}) without a handshake line").into());
        }
        let line = line.parse()?;
        Ok(Plugin { child, stdout, line, identity: self.identity })
    }
}

/// A running plugin. Dropping it kills the process.
pub struct Plugin {
    /// The process.
    pub child: Child,
    /// Its stdout after the handshake line, which should be empty.
    pub stdout: BufReader<ChildStdout>,
    /// Its handshake line.
    pub line: Line,
    /// The identity that it expects.
    pub identity: Option<Identity>,
}

impl Plugin {
    /// The most resident memory that it has taken, in bytes, if the system reports it.
    pub fn peak_memory(&self) -> Option<u64> {
        memory(self.child.id()?, "VmHWM")
    }

    /// Connects to it.
    pub async fn connect(&self) -> Result<Client, Error> {
        Client::connect(&self.line, self.identity.as_ref()).await
    }
}

/// A line of the system's account of a process's memory, in bytes.
#[allow(clippy::disallowed_methods, reason = "a file of Linux, read in tests and an example")]
pub fn memory(process: u32, line: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'))?;
    Some(found.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}
