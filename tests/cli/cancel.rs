//! A run that is interrupted by Ctrl-C or by killing the CLI. Neither leaves a process or a socket
//! behind.

use std::{
    fs,
    io::Read,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Test,
    cli::Cli,
    workspace::{Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    ctrl_c_cancels_a_hanging_lookup_and_leaves_nothing_behind,
    ctrl_c_cancels_a_lookup_that_is_throttled_indefinitely,
    ctrl_c_cancels_a_lookup_with_a_slow_response,
    a_killed_cli_leaves_nothing_behind,
];

/// How long the CLI may take to end. Terraform itself waits for up to two seconds in some places.
const ENDED: Duration = Duration::from_secs(10);

/// How long an orphaned plugin may run.
const ORPHANED: Duration = Duration::from_secs(1);

/// A running plan with its own process group; its lookup does not end.
struct Run {
    workspace: Workspace,
    child: Child,
    _mock: Mock,
}

impl Run {
    fn start(cli: &Cli, fault: &str) -> Self {
        let mock = Mock::start(&["--fault", &format!("action=DescribeImages do={fault}")]);
        let workspace = Workspace::new(cli, &mock);
        let sockets = workspace.path("sockets");
        fs::create_dir(&sockets).unwrap();
        // Until 1.0 Terraform is a child of itself otherwise, which would survive being killed.
        let workspace =
            workspace.with_env("TF_FORK", "0").with_env("TMPDIR", sockets.to_str().unwrap());
        workspace.main("data \"alicloud_images\" \"all\" {\n  owners = \"system\"\n}\n");
        let mut command = workspace.command(&["plan", "-no-color"]);
        let child =
            command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until("the lookup is running", ENDED, || {
            mock.ask("GET", "/_mock/stats", "")["requests"].as_u64() > Some(0)
        });
        let run = Self { workspace, child, _mock: mock };
        assert!(!run.is_clean(), "while it runs there is a socket");
        assert!(run.runs() || !Path::new("/proc").exists(), "while it runs there is a plugin");
        run
    }

    /// Sends a signal: to the whole group, as a terminal does, or to the CLI alone.
    fn signal(&self, name: &str, to_group: bool) {
        let pid = self.child.id();
        let to = if to_group { format!("-{pid}") } else { pid.to_string() };
        let sent = Command::new("kill").args([&format!("-{name}"), "--", &to]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end of the CLI, and returns what it printed.
    fn ended(&mut self) -> String {
        let child = &mut self.child;
        wait_until("the CLI has ended", ENDED, || child.try_wait().unwrap().is_some());
        let mut printed = String::new();
        child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut printed).unwrap();
        printed
    }

    /// Whether a plugin of this workspace runs, that is, a process of an executable in it. Without
    /// `/proc`, only the sockets indicate it.
    fn runs(&self) -> bool {
        let program = self.workspace.path("bin0").join("terraform-provider-alicloud");
        let Ok(processes) = fs::read_dir("/proc") else { return false };
        processes.filter_map(Result::ok).any(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).next() == Some(program.as_os_str().as_encoded_bytes())
        })
    }

    /// Whether no plugin runs and no socket is left.
    fn is_clean(&self) -> bool {
        let sockets = fs::read_dir(self.workspace.path("sockets")).unwrap();
        let is_plugin = |entry: fs::DirEntry| {
            entry.file_name().to_str().is_some_and(|name| name.starts_with("plugin"))
        };
        !sockets.map(|entry| entry.unwrap()).any(is_plugin) && !self.runs()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_until(what: &str, bound: Duration, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + bound;
    while !is_so() {
        assert!(Instant::now() < end, "not within {bound:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Sends Ctrl-C during a lookup that this fault prevents from completing.
fn is_cancelled_by_ctrl_c(cli: &Cli, fault: &str) {
    let mut run = Run::start(cli, fault);
    run.signal("INT", true);
    let printed = run.ended();
    assert!(printed.contains("Read cancelled"), "{printed}");
    wait_until("nothing is left", ORPHANED, || run.is_clean());
}

fn ctrl_c_cancels_a_hanging_lookup_and_leaves_nothing_behind(cli: &Cli) {
    is_cancelled_by_ctrl_c(cli, "hang");
}

fn ctrl_c_cancels_a_lookup_that_is_throttled_indefinitely(cli: &Cli) {
    is_cancelled_by_ctrl_c(cli, "throttle&retry-after:100");
}

fn ctrl_c_cancels_a_lookup_with_a_slow_response(cli: &Cli) {
    is_cancelled_by_ctrl_c(cli, "slow:1/1s");
}

fn a_killed_cli_leaves_nothing_behind(cli: &Cli) {
    for fault in ["hang", "slow:1/1s", "throttle&retry-after:100"] {
        let mut run = Run::start(cli, fault);
        run.signal("KILL", false);
        run.child.wait().unwrap();
        wait_until("nothing is left", ORPHANED, || run.is_clean());
    }
}
