//! The metadata service of an ECS instance under the real CLI.
//!
//! Its address, 100.100.100.200, is fixed, so the mock has to have it: in a network namespace of the
//! test's own, which nothing outside sees.

use std::process::{Command, Stdio};

use crate::{
    Test,
    cli::Cli,
    workspace::{SOURCE, Workspace},
};

/// The test of this module.
pub const TEST: Test = (
    "an_instance_reads_with_the_credentials_of_its_role",
    an_instance_reads_with_the_credentials_of_its_role,
);

const ADDRESS: &str = "ip link set lo up && ip addr add 100.100.100.200/32 dev lo";

/// Why the test does not run here, if it does not.
pub fn ignored() -> Option<&'static str> {
    let made = Command::new("unshare")
        .args(["--net", "sh", "-c", ADDRESS])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let possible = made.is_ok_and(|status| status.success());
    (!possible)
        .then_some("no network namespace can be made here: it takes Linux, root and iproute2")
}

fn an_instance_reads_with_the_credentials_of_its_role(cli: &Cli) {
    let workspace = Workspace::bare(cli).overriding(&[(SOURCE, None)]);
    workspace.main(
        r#"
provider "alicloud" {
  region        = "cn-hangzhou"
  ecs_role_name = "mock-ecs-role"
  endpoints {
    ecs = "http://100.100.100.200"
  }
}

data "alicloud_images" "all" {
  owners = "system"
}

output "count" {
  value = length(data.alicloud_images.all.ids)
}
"#,
    );
    let apply = workspace.command(&[]);
    let script = format!(
        "{ADDRESS} || exit 1\n\
         {:?} --host 100.100.100.200 --port 80 >ready &\n\
         mock=$!\n\
         while ! [ -s ready ]; do kill -0 $mock || exit 1; done\n\
         {:?} apply -auto-approve -no-color\n\
         status=$?\n\
         kill $mock\n\
         exit $status\n",
        env!("CARGO_BIN_EXE_mock-ecs"),
        apply.get_program(),
    );
    let output = Command::new("unshare")
        .args(["--net", "sh", "-c", &script])
        .current_dir(apply.get_current_dir().unwrap())
        .env_clear()
        .envs(apply.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(workspace.outputs()["count"].as_u64().unwrap() > 50);
}
