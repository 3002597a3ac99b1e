//! A folder with a configuration, an installed provider, and a mock to read from.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::cli::{Cli, provider};

/// The version of the crate, and so of the provider.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The source address of the provider.
pub const SOURCE: &str = "alicloud-rs/alicloud";

/// The `required_providers` block of every configuration here.
pub const TERRAFORM_BLOCK: &str = r#"
terraform {
  required_providers {
    alicloud = {
      source = "alicloud-rs/alicloud"
    }
  }
}
"#;

/// How a command ended.
#[derive(Debug)]
pub struct Finished {
    /// Whether it succeeded.
    pub success: bool,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Finished {
    /// Fails the test unless the command succeeded.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(self.success, "the command failed\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless the command failed.
    #[track_caller]
    pub fn failed(self) -> Self {
        assert!(!self.success, "the command succeeded\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The whole output, without Terraform's line wrapping, so that a test can search for a
    /// sentence.
    pub fn text(&self) -> String {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        let words = all.split_whitespace().filter(|word| !["│", "╷", "╵"].contains(word));
        words.collect::<Vec<_>>().join(" ")
    }

    /// Fails the test unless the output contains `sentence`.
    #[track_caller]
    pub fn says(self, sentence: &str) -> Self {
        let text = self.text();
        assert!(text.contains(sentence), "{sentence:?} is not in:\n{text}");
        self
    }
}

/// A running `mock-ecs`, which is killed when dropped.
pub struct Mock {
    child: Child,
    /// Its URL, such as `http://127.0.0.1:4711`.
    pub url: String,
}

impl Mock {
    /// Starts the built `mock-ecs` with these flags.
    pub fn start(flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mock-ecs"))
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let url =
            ready.trim().strip_prefix("mock-ecs listening on ").expect("the ready line").to_owned();
        Self { child, url }
    }

    /// Its response to a request. Does not work for a mock with TLS.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Json {
        let host = self.url.strip_prefix("http://").expect("a mock without TLS");
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
    }

    /// The calls of an action in its journal, oldest first.
    pub fn calls(&self, action: &str) -> Vec<Json> {
        let found = self.ask("GET", &format!("/_mock/journal?action={action}"), "");
        found["entries"].as_array().unwrap().clone()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder to run the CLI in.
pub struct Workspace {
    folder: TempDir,
    cli: Cli,
    env: Vec<(String, String)>,
}

impl Workspace {
    /// A folder in which the CLI finds the provider by `dev_overrides`, with the mock's credentials
    /// and endpoint in the environment.
    pub fn new(cli: &Cli, mock: &Mock) -> Self {
        Self::bare(cli).overriding(&[(SOURCE, None)]).against(mock)
    }

    /// The same folder, with `dev_overrides` for these source addresses. If a version is given, the
    /// environment of the provider states that the CLI supports only that protocol version.
    pub fn overriding(self, providers: &[(&str, Option<u32>)]) -> Self {
        let mut overrides = String::new();
        for (number, (source, protocol)) in providers.iter().enumerate() {
            let folder = self.path(&format!("bin{number}"));
            fs::create_dir(&folder).unwrap();
            let binary = folder.join("terraform-provider-alicloud");
            match protocol {
                None => link(provider(), &binary),
                Some(version) => {
                    let script = format!(
                        "#!/bin/sh\nPLUGIN_PROTOCOL_VERSIONS={version} exec {:?} \"$@\"\n",
                        provider()
                    );
                    fs::write(&binary, script).unwrap();
                    fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
                }
            }
            overrides.push_str(&format!("    {source:?} = {folder:?}\n"));
        }
        self.configure_cli(&format!(
            "provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n"
        ));
        self
    }

    /// A folder without any provider and without credentials.
    pub fn bare(cli: &Cli) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        Self { folder, cli: cli.clone(), env: Vec::new() }
    }

    /// The same folder, with the mock's credentials and endpoint in the environment.
    pub fn against(self, mock: &Mock) -> Self {
        self.with_env("ALICLOUD_ACCESS_KEY", "mock-access-key")
            .with_env("ALICLOUD_SECRET_KEY", "mock-secret-key")
            .with_env("ALICLOUD_REGION", "cn-hangzhou")
            .with_env("ALIBABA_CLOUD_ENDPOINT_ECS", &mock.url)
    }

    /// The same folder, with a variable set (the last setting wins).
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same folder, with a variable not set.
    pub fn without_env(mut self, name: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self
    }

    /// Writes the CLI's own configuration.
    pub fn configure_cli(&self, text: &str) {
        fs::write(self.folder.path().join("cli.tfrc"), text).unwrap();
    }

    /// A path in the folder, outside the one that the CLI runs in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder that the CLI runs in.
    pub fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.folder.path().join("work").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Whether a file exists in the folder in which the CLI runs.
    pub fn has(&self, name: &str) -> bool {
        self.folder.path().join("work").join(name).exists()
    }

    /// Reads a file from the folder that the CLI runs in.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("work").join(name)).unwrap()
    }

    /// Writes `main.tf`: the `terraform` block and `body`.
    pub fn main(&self, body: &str) -> &Self {
        self.write("main.tf", &format!("{TERRAFORM_BLOCK}\n{body}"))
    }

    /// The CLI, ready to run in the folder with its own environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.cli.path);
        command
            .args(arguments)
            .current_dir(self.folder.path().join("work"))
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", self.folder.path().join("cli.tfrc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the CLI and waits until it ends.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        let output = self.command(arguments).output().unwrap();
        Finished {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// `plan`, without colors.
    pub fn plan(&self) -> Finished {
        self.run(&["plan", "-no-color"])
    }

    /// `apply`, without questions and colors.
    pub fn apply(&self) -> Finished {
        self.run(&["apply", "-auto-approve", "-no-color"])
    }

    /// The outputs of the last apply.
    #[track_caller]
    pub fn outputs(&self) -> Json {
        let outputs: Json =
            serde_json::from_str(&self.run(&["output", "-json"]).succeeded().stdout).unwrap();
        let members = outputs.as_object().unwrap().iter();
        members.map(|(name, output)| (name.clone(), output["value"].clone())).collect()
    }

    /// The attributes of the data source `address` in the state.
    #[track_caller]
    pub fn data(&self, address: &str) -> Json {
        let state: Json =
            serde_json::from_str(&self.run(&["show", "-json"]).succeeded().stdout).unwrap();
        let resources = state["values"]["root_module"]["resources"].as_array().unwrap();
        let found = resources.iter().find(|resource| resource["address"] == address);
        found.unwrap_or_else(|| panic!("{address} is not in the state"))["values"].clone()
    }
}

/// Makes `to` the same file as `from`.
pub fn link(from: &Path, to: &Path) {
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to).unwrap();
    }
}
