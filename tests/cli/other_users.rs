//! Other users of the machine cannot connect to the plugin, no matter how it was started.
//!
//! Only root can start processes as other users; without root, these tests are reported as ignored.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::{
        fs::{PermissionsExt, chown, symlink},
        net::UnixStream,
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::{
    Test,
    cli::{Cli, provider},
    workspace::link,
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    no_other_user_reaches_the_socket,
    a_group_that_the_host_names_reaches_the_socket,
    no_core_dump_contains_a_secret,
];

/// The user who runs the plugin, and another.
const USER: u32 = 61_001;
const OTHER: u32 = 61_002;

/// Set in a child process of this program, which connects to the socket that it names.
const CONNECT_TO: &str = "TEST_CONNECT_TO";

/// The reason for ignoring the tests, if any.
pub fn ignored() -> Option<&'static str> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let is_root = status.lines().any(|line| line.starts_with("Uid:\t0\t"));
    (!is_root).then_some("only root on Linux can act as two users")
}

/// Connects to a socket instead of running tests, if the program was started for that.
pub fn connecting() -> Option<ExitCode> {
    let socket = env::var_os(CONNECT_TO)?;
    Some(if UnixStream::connect(socket).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A folder that every user can enter, with the programs of the test in it.
struct Shared {
    folder: TempDir,
}

impl Shared {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o755);
        link(provider(), &folder.path().join("provider"));
        link(&env::current_exe().unwrap(), &folder.path().join("connect"));
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A directory like `/tmp`.
    fn temporary(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        set_mode(&path, 0o1777);
        path
    }

    /// Starts the plugin as `USER`.
    fn start(&self, arguments: &[&str], temporary: &Path) -> Running {
        let mut command = self.plugin(arguments, temporary);
        Running::start(command.uid(USER).gid(USER))
    }

    fn plugin(&self, arguments: &[&str], temporary: &Path) -> Command {
        let mut command = Command::new(self.path("provider"));
        command.args(arguments).env_clear().env("TMPDIR", temporary);
        command.env(
            "TF_PLUGIN_MAGIC_COOKIE",
            "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
        );
        command
    }

    /// Whether a user can connect to the socket.
    fn connects(&self, socket: &str, user: u32, group: u32) -> bool {
        let mut command = Command::new(self.path("connect"));
        command.env_clear().env(CONNECT_TO, socket).uid(user).gid(group);
        command.status().unwrap().success()
    }
}

/// A running plugin, which is killed when dropped.
struct Running {
    child: Child,
    network: String,
    address: String,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (network, address) = match line.split('|').collect::<Vec<_>>().as_slice() {
            [_, _, network, address, ..] => ((*network).to_owned(), (*address).to_owned()),
            _ => {
                let (_, json) = line.trim().trim_end_matches('\'').split_once('\'').unwrap();
                let providers: Json = serde_json::from_str(json).unwrap();
                let plugin = &providers["registry.terraform.io/alicloud-rs/alicloud"];
                let text = |name: &str| plugin["Addr"][name].as_str().unwrap().to_owned();
                (text("Network"), text("String"))
            }
        };
        Self { child, network, address }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A killed plugin cannot remove these itself.
        let _ = fs::remove_dir_all(Path::new(&self.address).parent().unwrap());
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn no_other_user_reaches_the_socket(_: &Cli) {
    let shared = Shared::new();
    let read_only = shared.path("read-only");
    fs::create_dir(&read_only).unwrap();
    let linked = shared.path("linked");
    symlink(shared.temporary("target"), &linked).unwrap();
    let unfit = ["open", "group", "foreign"].map(|name| shared.path(name));
    let [open, group, foreign] = &unfit;
    for (path, mode, user) in [(open, 0o777, USER), (group, 0o775, USER), (foreign, 0o1777, OTHER)]
    {
        fs::create_dir(path).unwrap();
        chown(path, Some(user), Some(OTHER)).unwrap();
        set_mode(path, mode);
    }
    let fit = [
        shared.temporary("temporary"),
        shared.temporary(&"long".repeat(30)),
        shared.path("missing"),
        read_only,
        linked,
    ];
    for temporary in fit.iter().chain(&unfit) {
        // In plugin mode without a certificate of the host, so without TLS.
        for arguments in [&[][..], &["--debug"]] {
            let plugin = shared.start(arguments, temporary);
            let about = format!("{arguments:?} in {}: {}", temporary.display(), plugin.address);
            assert_eq!(plugin.network, "unix", "{about}");
            assert!(shared.connects(&plugin.address, USER, USER), "the user: {about}");
            assert!(!shared.connects(&plugin.address, OTHER, OTHER), "another: {about}");
            // A user who can rename entries of the parent folder could put another socket there.
            let is_elsewhere = !Path::new(&plugin.address).starts_with(temporary);
            assert!(is_elsewhere || !unfit.contains(temporary), "{about}");
        }
    }
}

fn a_group_that_the_host_names_reaches_the_socket(_: &Cli) {
    let shared = Shared::new();
    let temporary = shared.temporary("temporary");
    let mut command = shared.plugin(&[], &temporary);
    let plugin = Running::start(command.env("PLUGIN_UNIX_SOCKET_GROUP", USER.to_string()));
    assert!(shared.connects(&plugin.address, OTHER, USER), "a member");
    assert!(!shared.connects(&plugin.address, OTHER, OTHER), "no member");
}

fn no_core_dump_contains_a_secret(_: &Cli) {
    let shared = Shared::new();
    let temporary = shared.temporary("temporary");
    for (arguments, is_forbidden) in [(&[][..], true), (&["--debug"], false)] {
        let plugin = shared.start(arguments, &temporary);
        let (is_zero, owner) = core_dumps(&plugin.child);
        if is_forbidden {
            assert_eq!((is_zero, owner), (true, 0));
        } else {
            assert_eq!(owner, USER, "a debugger can attach");
        }
    }
    // A service that accepts the call and never responds.
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", service.local_addr().unwrap());
    link(Path::new(env!("CARGO_BIN_EXE_alicloud-images")), &shared.path("images"));
    let mut command = Command::new(shared.path("images"));
    command.env_clear().arg("owners=self").envs([
        ("ALICLOUD_ACCESS_KEY", "id"),
        ("ALICLOUD_SECRET_KEY", "secret"),
        ("ALICLOUD_REGION", "cn-hangzhou"),
        ("ALIBABA_CLOUD_ENDPOINT_ECS", &endpoint),
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut images = command.uid(USER).gid(USER).spawn().unwrap();
    let call = service.accept().unwrap();
    let dumps = core_dumps(&images);
    images.kill().unwrap();
    images.wait().unwrap();
    drop(call);
    assert_eq!(dumps, (true, 0));
}

/// Whether core dumps of a process are disabled, and the owner of its files in `/proc`, which is root if the process
/// must not be dumped.
fn core_dumps(process: &Child) -> (bool, u32) {
    use std::os::unix::fs::MetadataExt;
    let process = PathBuf::from(format!("/proc/{}", process.id()));
    let limits = fs::read_to_string(process.join("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let is_zero = core.split_whitespace().skip(4).take(2).eq(["0", "0"]);
    (is_zero, process.join("environ").metadata().unwrap().uid())
}
