//! The process: progress, the log, interrupts, closed pipes, help.

use std::{io::Read, os::unix::process::ExitStatusExt};

use super::*;

/// The signal of Ctrl-C.
const INTERRUPT: i32 = 2;

/// The tests of this module.
pub const TESTS: &[(&str, fn())] = tests![
    progress_is_shown_only_on_a_terminal,
    ctrl_c_cancels_a_waiting_lookup,
    a_closed_pipe_is_not_a_failure,
    ctrl_c_ends_a_run_whose_output_is_blocked,
    verbose_logs_the_calls_and_the_credential_source,
    help_and_version_need_no_credentials,
];

fn progress_is_shown_only_on_a_terminal() {
    let mock = Mock::start(&["--latency", "1500ms"]);
    let home = Home::new(&mock);
    let shown = on_a_terminal(&home, 100, "owners=system limit=1 --format ids");
    assert!(shown.contains("\u{1b}[KWaiting for the service ..."), "{shown:?}");
    home.run(&["owners=system", "limit=1", "--format", "ids"]).quiet();
}

fn ctrl_c_cancels_a_waiting_lookup() {
    let mock = Mock::start(&["--fault", "action=DescribeImages do=hang"]);
    let home = Home::new(&mock);
    let mut child = home.command(BINARY).arg("owners=system").spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while mock.ask("GET", "/_mock/stats", "")["requests"] == 0 {
        assert!(Instant::now() < patience && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    let begun = Instant::now();
    assert_eq!(interrupted(&mut child), Some(INTERRUPT));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// Interrupts a run, and returns the signal that terminated it. If a command ends in another way, a shell continues
/// the loop around it.
fn interrupted(child: &mut Child) -> Option<i32> {
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.unwrap().success());
    child.wait().unwrap().signal()
}

fn ctrl_c_ends_a_run_whose_output_is_blocked() {
    let mock = Mock::start(&["--generate", "300"]);
    let home = Home::new(&mock);
    let mut command = home.command(BINARY);
    command.args(["owners=self", "--format=json"]).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    // The first byte shows that the lookup is complete. The rest does not fit into the pipe.
    stdout.read_exact(&mut [0]).unwrap();
    assert_eq!(interrupted(&mut child), Some(INTERRUPT));
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
    let whole = home.run(&["owners=self", "--format=json"]).quiet().stdout.len();
    assert!(rest.len() < whole - 1, "all of {whole} bytes were written");
}

fn verbose_logs_the_calls_and_the_credential_source() {
    let mock = Mock::start(&["--generate", "150"]);
    let ended = Home::new(&mock).run(&["owners=", "--format=ids", "-v"]).with_status(0);
    let found = ended.stdout.lines().count();
    assert!(found > 100, "{found} images, where two pages are needed");
    let calls = "alicloud-images: call action=DescribeImages host=127.0.0.1";
    assert_eq!(ended.stderr.matches(calls).count(), 2, "{}", ended.stderr);
    let listed = format!("images listed region=cn-hangzhou images={found}");
    for line in ["credential source chosen source=", &listed] {
        assert!(ended.stderr.contains(&format!("alicloud-images: {line}")), "{}", ended.stderr);
    }
}

fn a_closed_pipe_is_not_a_failure() {
    let mock = Mock::start(&["--generate", "300"]);
    let script = "set -o pipefail; alicloud-images owners= --format json | head -1";
    let ended: Ended =
        Home::new(&mock).command("bash").args(["-c", script]).output().unwrap().into();
    assert_eq!(ended.quiet().stdout, "{\n");
    let closed = "alicloud-images owners= --format json >/dev/full";
    let full: Ended =
        Home::new(&mock).command("bash").args(["-c", closed]).output().unwrap().into();
    assert!(full.with_status(3).stderr.contains("No space left"));
}

fn help_and_version_need_no_credentials() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock).without_keys();
    let version = home.run(&["--version"]).quiet().stdout;
    assert_eq!(version, format!("alicloud-images {}\n", env!("CARGO_PKG_VERSION")));
    let help = home.run(&["owners=system", "--help"]).quiet().stdout;
    assert!(help.contains("Usage: alicloud-images [OPTION]... [ARGUMENT=VALUE]...\n"));
}
