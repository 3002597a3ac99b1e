//! `mock-ecs run --record` and `--replay` around the real CLI.

use std::process::{Command, Output};

use crate::{
    Test,
    cli::Cli,
    workspace::{SOURCE, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] =
    &[("a_recorded_run_is_replayed_strictly", a_recorded_run_is_replayed_strictly)];

/// Runs a command with `mock-ecs run`, in the command's folder and environment.
fn under_mock(flags: &[&str], command: &Command) -> Output {
    let mut mock = Command::new(env!("CARGO_BIN_EXE_mock-ecs"));
    mock.arg("run").args(flags).arg("--").arg(command.get_program()).args(command.get_args());
    mock.current_dir(command.get_current_dir().unwrap()).env_clear();
    mock.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    mock.output().unwrap()
}

fn status_and_text(output: &Output) -> (Option<i32>, String) {
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
    (output.status.code(), format!("{stdout}{stderr}"))
}

fn a_recorded_run_is_replayed_strictly(cli: &Cli) {
    let workspace = Workspace::bare(cli).overriding(&[(SOURCE, None)]);
    let look_up = |name: &str| {
        workspace.main(&format!(
            "data \"alicloud_images\" \"all\" {{\n  owners = \"self\"\n  image_name = \"{name}\"\n}}\n\
             output \"ids\" {{\n  value = data.alicloud_images.all.ids\n}}\n"
        ));
    };
    look_up("only-here");
    let images = workspace.path("images.json");
    let image = r#"[{"ImageId": "m-1", "ImageName": "only-here", "ImageOwnerAlias": "self"}]"#;
    std::fs::write(&images, image).unwrap();
    let scenario = workspace.path("run.jsonl");
    let (images, scenario) = (images.to_str().unwrap(), scenario.to_str().unwrap());
    let plan = workspace.command(&["plan", "-no-color"]);

    let fault = "action=DescribeImages times=1 do=throttle";
    let record = ["--images", images, "--fault", fault, "--record", scenario];
    let (status, text) = status_and_text(&under_mock(&record, &plan));
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("m-1"), "{text}");

    // The images and the fault come only from the scenario.
    let replay = ["--replay", scenario];
    let (status, text) = status_and_text(&under_mock(&replay, &plan));
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("m-1"), "{text}");

    // Calls that did not arrive fail the run at its end.
    let mut nothing = Command::new("true");
    nothing.current_dir(workspace.path(""));
    nothing.env("PATH", std::env::var_os("PATH").unwrap());
    let (status, text) = status_and_text(&under_mock(&replay, &nothing));
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("these calls did not arrive:\n  DescribeImages "), "{text}");
    assert_eq!(text.matches("ImageName=only-here").count(), 2, "the throttled one too: {text}");

    // A call that the scenario does not have fails the command.
    look_up("another");
    let (status, text) = status_and_text(&under_mock(&replay, &plan));
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("ScenarioMismatch"), "{text}");
}
