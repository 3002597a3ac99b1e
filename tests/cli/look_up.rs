//! The main job: a lookup from configuration to state.

use std::{fs, time::Duration};

use jiff::Timestamp;

use crate::{
    Test,
    cli::Cli,
    workspace::{Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    validate_plan_apply_replan_destroy,
    an_argument_not_known_at_plan_time_defers_the_read,
    a_lookup_finds_what_a_resource_of_the_same_apply_added,
    a_version_is_chosen_and_its_mistakes_are_found_early,
    an_image_is_found_once_it_is_old_enough,
    a_limit_reads_no_more_pages_than_it_needs,
    a_thousand_ids_take_little_state,
    console_sees_the_provider,
];

const NEWEST_UBUNTU: &str = r#"
data "alicloud_images" "ubuntu" {
  owners      = "system"
  name_regex  = "^ubuntu_22_04_x64"
  most_recent = true
}

output "id" {
  value = data.alicloud_images.ubuntu.images.0.id
}
"#;

fn validate_plan_apply_replan_destroy(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(NEWEST_UBUNTU);

    workspace.run(&["validate", "-no-color"]).succeeded().says("The configuration is valid");
    workspace.plan().succeeded().says("Changes to Outputs");
    workspace.apply().succeeded();
    let id = workspace.outputs()["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("ubuntu_22_04_x64"), "{id}");
    workspace.plan().succeeded().says("No changes.");
    workspace.run(&["destroy", "-auto-approve", "-no-color"]).succeeded().says("Destroy complete!");
}

fn an_argument_not_known_at_plan_time_defers_the_read(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(
        r#"
resource "terraform_data" "pattern" {
  input = "^ubuntu_22_04_x64"
}

data "alicloud_images" "ubuntu" {
  owners      = "system"
  name_regex  = terraform_data.pattern.output
  most_recent = true
}

output "ids" {
  value = data.alicloud_images.ubuntu.ids
}
"#,
    );
    workspace.plan().succeeded().says("will be read during apply");
    workspace.apply().succeeded();
    let deferred = workspace.outputs()["ids"].clone();

    let direct = Workspace::new(cli, &mock);
    direct.main(&NEWEST_UBUNTU.replace(".images.0.id", ".ids"));
    direct.apply().succeeded();
    assert_eq!(direct.outputs()["id"], deferred);
    workspace.plan().succeeded().says("No changes.");
}

/// Like a pipeline that builds an image and then launches it: a lookup, a resource that adds an
/// image, and a lookup that differs from the first only in the provider's own selections.
fn a_lookup_finds_what_a_resource_of_the_same_apply_added(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(
        r#"
resource "terraform_data" "first" {}

data "alicloud_images" "before" {
  owners     = "self"
  name_regex = "^fresh-"
  depends_on = [terraform_data.first]
}

resource "terraform_data" "build" {
  input = length(data.alicloud_images.before.ids)
  provisioner "local-exec" {
    command = "touch started; until test -e added; do sleep 0.05; done"
  }
}

data "alicloud_images" "after" {
  owners     = "self"
  name_regex = "^fresh-"
  depends_on = [terraform_data.build]
}

output "found" {
  value = [data.alicloud_images.before.ids, data.alicloud_images.after.ids]
}
"#,
    );
    std::thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        while !workspace.has("started") && !apply.is_finished() {
            std::thread::sleep(Duration::from_millis(20));
        }
        let image =
            r#"[{"ImageId": "m-fresh", "ImageName": "fresh-1", "ImageOwnerAlias": "self"}]"#;
        mock.ask("POST", "/_mock/images?region=cn-hangzhou", image);
        workspace.write("added", "");
        apply.join().unwrap().succeeded();
    });
    assert_eq!(workspace.outputs()["found"], serde_json::json!([[], ["m-fresh"]]));
    assert_eq!(mock.calls("DescribeImages").len(), 2);
}

fn console_sees_the_provider(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(NEWEST_UBUNTU);
    workspace.apply().succeeded();
    let mut console = workspace.command(&["console"]);
    let mut child = console
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        b"data.alicloud_images.ubuntu.images[0].id\n",
    )
    .unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("ubuntu_22_04_x64"), "{printed}");
}

fn a_version_is_chosen_and_its_mistakes_are_found_early(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    let body = |arguments: &str| {
        format!(
            "data \"alicloud_image_ids\" \"web\" {{\n  owners = \"self\"\n{arguments}}}\n\
             output \"ids\" {{\n  value = data.alicloud_image_ids.web.ids\n}}\n"
        )
    };
    let versions =
        "  version_regex = \"^web-server-(.+)$\"\n  sort_by = \"version\"\n  status = \"ALL\"\n";
    for (constraint, found) in [
        ("~> 2025.1", 3),
        ("~> 2025.9", 2),
        ("= 2025.11-rc1", 1),
        ("!= 2025.10", 3),
        (">= 0, != 2025.10", 2),
        ("< 2025", 0),
    ] {
        workspace.main(&body(&format!("{versions}  version_constraint = \"{constraint}\"\n")));
        workspace.apply().succeeded();
        assert_eq!(workspace.outputs()["ids"].as_array().unwrap().len(), found, "{constraint}");
    }
    workspace.main(&body("  sort_by = \"version\"\n"));
    workspace.run(&["validate", "-no-color"]).failed().says("Missing version_regex");
    workspace.main(&body("  version_constraint = \"~> 1.0\"\n"));
    workspace.run(&["validate", "-no-color"]).failed().says("Missing version_regex");
    workspace.main(&body("  version_regex = \"x\"\n  version_constraint = \"latest\"\n"));
    workspace.run(&["validate", "-no-color"]).failed().says("Invalid version constraint");
    workspace.main(&body("  must_match = true\n  version_regex = \"^web-server-(.+)$\"\n  version_constraint = \"< 1\"\n"));
    workspace.plan().failed().says("newest version").says("no version in the name");
}

fn an_image_is_found_once_it_is_old_enough(cli: &Cli) {
    let mock = Mock::start(&[]);
    let image = |id: &str, created: Timestamp| {
        serde_json::json!({
            "ImageId": id, "ImageName": "fresh", "ImageOwnerAlias": "self",
            "CreationTime": format!("{created:.0}"),
        })
    };
    let now = Timestamp::now();
    let images = [image("m-now", now), image("m-yesterday", now - Duration::from_secs(86_400))];
    let images = serde_json::to_string(&images).unwrap();
    mock.ask("POST", "/_mock/images?region=cn-hangzhou", &images);
    let workspace = Workspace::new(cli, &mock);
    let main = |age: &str| {
        format!(
            "data \"alicloud_image_ids\" \"x\" {{\n  owners = \"self\"\n  name_regex = \"^fresh$\"\n  \
             minimum_age = \"{age}\"\n  must_match = true\n}}\n"
        )
    };
    workspace.main(&main("1h"));
    workspace.apply().succeeded();
    let state = workspace.data("data.alicloud_image_ids.x");
    assert_eq!(state["ids"], serde_json::json!(["m-yesterday"]));
    workspace.main(&main("168h"));
    let failed = workspace.plan().failed().says("minimum_age = \"168h\" (created at 20");
    failed.says("without `minimum_age`: 2 images; the oldest is \"fresh\", created at");
}

fn a_limit_reads_no_more_pages_than_it_needs(cli: &Cli) {
    let mock = Mock::start(&["--generate", "1000"]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main("data \"alicloud_image_ids\" \"one\" {\n  owners = \"self\"\n  limit  = 1\n}\n");
    workspace.apply().succeeded();
    // There is one read, for the plan of the apply.
    assert_eq!(mock.ask("GET", "/_mock/stats", "")["requests"], 1);
    // The total count is that of the service.
    let total = &workspace.data("data.alicloud_image_ids.one")["total_count"];
    assert!(total.as_u64() > Some(100), "{total}");
}

fn a_thousand_ids_take_little_state(cli: &Cli) {
    let mock = Mock::start(&["--generate", "2000"]);
    let workspace = Workspace::new(cli, &mock);
    workspace
        .main("data \"alicloud_image_ids\" \"all\" {\n  owners = \"self\"\n  limit  = 1000\n}\n");
    workspace.apply().succeeded();
    let state = fs::read_to_string(workspace.path("work/terraform.tfstate")).unwrap();
    assert_eq!(state.matches("\"m-").count(), 1_000);
    assert!(state.len() <= 60_000, "{} bytes", state.len());
}
