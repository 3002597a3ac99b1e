//! The process: progress, interrupts, closed pipes, completions, help.

use super::*;

/// The tests of this module.
pub const TESTS: &[(&str, fn())] = tests![
    progress_is_shown_on_a_terminal_only,
    ctrl_c_cancels_a_waiting_lookup,
    a_closed_pipe_is_not_a_failure,
    completions_are_valid_and_complete,
    help_and_version_need_no_credentials,
];

fn progress_is_shown_on_a_terminal_only() {
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
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.unwrap().success());
    let begun = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
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

fn completions_are_valid_and_complete() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock);
    for shell in ["bash", "zsh", "fish"] {
        let script = home.run(&["completions", shell]).quiet().stdout;
        let file = home.write(shell, &script);
        // What is not installed cannot check its script.
        if let Ok(output) = home.command(shell).args(["-n", &file]).output() {
            assert!(
                output.status.success(),
                "{shell}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
    let complete = |line: &str| {
        let script = format!(
            "source ./bash; COMP_LINE='alicloud-images {line}'; COMP_POINT=${{#COMP_LINE}}; \
             COMP_WORDS=($COMP_LINE); [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=(''); \
             COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); compopt() {{ :; }}; _alicloud_images; \
             echo \"${{COMPREPLY[*]}}\""
        );
        let ended: Ended = home.command("bash").args(["-c", &script]).output().unwrap().into();
        ended.quiet().stdout.trim_end().to_owned()
    };
    assert_eq!(complete("image_o"), "image_owner_id=");
    assert_eq!(complete("owners=s"), "system self");
    assert_eq!(complete("filter.Netw"), "filter.NetworkType=");
    assert_eq!(complete("filter.NetworkType="), "vpc classic");
    assert_eq!(complete("ta"), "tags.");
    assert_eq!(complete("most_recent="), "true false");
    assert_eq!(complete("--format "), "table json ids api");
    assert_eq!(complete("--reg"), "--region");
    assert_eq!(complete("who"), "whoami");
    assert_eq!(complete("completions f"), "fish");
}

fn help_and_version_need_no_credentials() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock).without_keys();
    let version = home.run(&["--version"]).quiet().stdout;
    assert_eq!(version, format!("alicloud-images {}\n", env!("CARGO_PKG_VERSION")));
    let help = home.run(&["owners=system", "--help"]).quiet().stdout;
    assert!(help.contains("Usage: alicloud-images [OPTION]... [ARGUMENT=VALUE]...\n"));
}
