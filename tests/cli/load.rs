//! Many lookups at once: in one run, and in many concurrent runs that share one quota.

use std::{
    env,
    fmt::Write,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value as Json;

use crate::{
    Test,
    cli::Cli,
    workspace::{Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    two_hundred_lookups_in_one_configuration_make_one_call_each,
    twenty_runs_side_by_side_share_a_quota,
];

/// How many data blocks one configuration has.
const BLOCKS: usize = 200;

/// The number of concurrent runs, and the number of data blocks of each.
const RUNS: usize = 20;
const BLOCKS_OF_A_RUN: usize = 10;

/// How long a minute of the mock lasts.
const MINUTE: Duration = Duration::from_secs(2);

/// Images that are found by different requests.
fn images(count: usize) -> String {
    let image = |number| {
        serde_json::json!({"ImageId": format!("m-{number}"), "ImageName": format!("image-{number}"),
            "ImageOwnerAlias": "self", "Status": "Available"})
    };
    let images: Vec<Json> = (0..count).map(image).collect();
    serde_json::json!({"Images": {"Image": images}}).to_string()
}

/// This many different lookups, and an output of all results.
fn look_ups(count: usize) -> String {
    let mut body = String::new();
    for number in 0..count {
        let block = format!(
            "data \"alicloud_images\" \"n{number}\" {{\n  owners = \"self\"\n  image_name = \"image-{number}\"\n}}\n"
        );
        body.push_str(&block);
    }
    let found = (0..count).map(|number| format!("data.alicloud_images.n{number}.ids"));
    let found = found.collect::<Vec<_>>().join(",\n    ");
    write!(body, "output \"ids\" {{\n  value = concat(\n    {found},\n  )\n}}\n").unwrap();
    body
}

/// The images of the outputs, each of which must have been found.
fn found(count: usize) -> Json {
    (0..count).map(|number| format!("m-{number}")).collect()
}

fn mock(flags: &[&str], images_in: &Workspace, count: usize) -> Mock {
    images_in.write("images.json", &images(count));
    let file = images_in.path("work/images.json");
    Mock::start(&[&["--images", file.to_str().unwrap()], flags].concat())
}

fn two_hundred_lookups_in_one_configuration_make_one_call_each(cli: &Cli) {
    let images = Workspace::bare(cli);
    let mock = mock(&[], &images, BLOCKS);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(&look_ups(BLOCKS));
    workspace.apply().succeeded();
    assert_eq!(workspace.outputs()["ids"], found(BLOCKS));
    // The plan reads the data sources, and the apply does not read them again.
    assert_eq!(mock.ask("GET", "/_mock/stats", "")["requests"], BLOCKS);
}

/// The service allows a thousand calls in each calendar minute. This test is scaled down: the runs
/// need two and a half times the quota, and a minute of the mock lasts two seconds. Signatures are
/// not checked, because they contain the real time. With `FULL_QUOTA=1`, the quota is a thousand
/// signed calls in a minute of the real clock.
fn twenty_runs_side_by_side_share_a_quota(cli: &Cli) {
    let full = env::var("FULL_QUOTA").is_ok_and(|value| value == "1");
    let blocks = if full { 60 } else { BLOCKS_OF_A_RUN };
    let (quota, auth) = if full { (1_000, "on") } else { (RUNS * blocks * 2 / 5, "off") };
    let images = Workspace::bare(cli);
    let flags = ["--quota", &quota.to_string(), "--auth", auth];
    let mock = mock(&flags, &images, blocks);
    let workspaces: Vec<_> = (0..RUNS).map(|_| Workspace::new(cli, &mock)).collect();
    let mut runs: Vec<_> = workspaces
        .iter()
        .map(|workspace| {
            workspace.main(&look_ups(blocks));
            let mut command = workspace.command(&["apply", "-auto-approve", "-no-color"]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    let mut minute = Instant::now();
    while runs.iter_mut().any(|run| run.try_wait().unwrap().is_none()) {
        if !full && minute.elapsed() > MINUTE {
            mock.ask("POST", "/_mock/clock", r#"{"advance_seconds": 60}"#);
            minute = Instant::now();
        }
        thread::sleep(Duration::from_millis(20));
    }
    for (workspace, run) in workspaces.iter().zip(&mut runs) {
        assert!(run.wait().unwrap().success());
        assert_eq!(workspace.outputs()["ids"], found(blocks));
    }
    let stats = mock.ask("GET", "/_mock/stats", "");
    assert_eq!(stats["statuses"]["200"], RUNS * blocks, "{stats}");
    assert!(stats["codes"]["Throttling.User"].as_u64() > Some(0), "nobody met the quota: {stats}");
}
