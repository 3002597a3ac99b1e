#![expect(clippy::disallowed_methods, reason = "these tests are about real processes")]

use std::time::Instant;
#[cfg(unix)]
use std::{fs, thread};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

async fn run(program: &str, arguments: &[&str], timeout: Duration) -> io::Result<Output> {
    let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
    Program::start(Path::new(program), &arguments)?.finish(timeout).await
}

#[test]
fn a_program_of_windows_may_have_any_extension_of_pathext() {
    let found = |program: &str, extensions: &str| -> Vec<String> {
        let found = candidates(program, "/a;;\"/b c\"", extensions);
        found.iter().map(|path| path.display().to_string()).collect()
    };
    assert_eq!(
        found("cred", ".EXE;.CMD"),
        ["/a/cred.EXE", "/a/cred.CMD", "/b c/cred.EXE", "/b c/cred.CMD"]
    );
    assert_eq!(found("cred", "").len(), 8);
    assert_eq!(
        found("cred.cmd", ".EXE"),
        ["/a/cred.cmd", "/a/cred.cmd.EXE", "/b c/cred.cmd", "/b c/cred.cmd.EXE"]
    );
    assert_eq!(found("/tools/cred", ".EXE"), ["/tools/cred.EXE"]);
    assert_eq!(found(r"C:\tools\cred.exe", ".CMD")[0], r"C:\tools\cred.exe");
}

#[cfg(windows)]
#[tokio::test]
async fn child_processes_of_a_program_end_with_it() {
    // It leaves a process behind that keeps its output open for a minute.
    let begun = Instant::now();
    let script = "start /B ping -n 60 127.0.0.1 & echo out";
    let output = run("cmd", &["/C", script], MINUTE).await.unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("out"));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[cfg(unix)]
async fn sh(script: &str, timeout: Duration) -> io::Result<Output> {
    run("sh", &["-c", script], timeout).await
}

/// Whether within 5 s no process has `marker` among its arguments.
#[cfg(unix)]
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

#[cfg(unix)]
#[tokio::test]
async fn a_program_with_endless_output_is_killed() {
    let error = sh("exec yes", MINUTE).await.err().unwrap();
    assert_eq!(error.to_string(), "it wrote more than 1 MiB");
}

#[cfg(unix)]
#[tokio::test]
async fn the_output_and_the_exit_of_a_program_are_returned() {
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
async fn child_processes_of_a_program_end_with_it() {
    // It leaves a process behind that keeps its output open.
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
    // It was stopped, and its future was dropped.
    let abandoned = sh("kill -STOP $$; sleep 331.6", MINUTE);
    assert!(tokio::time::timeout(timeout, abandoned).await.is_err());
    assert!(gone("kill -STOP $$; sleep 331.6"));
}
