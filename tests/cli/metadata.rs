//! The metadata service of an ECS instance under the real CLI, and hostile responses of it.
//!
//! Its address, 100.100.100.200, is fixed, so the servers have to have it: in a network namespace of
//! each test's own, which nothing outside sees.

use std::{
    env,
    process::{Command, ExitCode, Stdio},
    sync::Arc,
};

use serde_json::json;
use tokio::{net::TcpListener, runtime::Builder};

use crate::{
    Test,
    cli::{Cli, provider},
    support::{
        client::Launch,
        hostile::{Server, assert_costs_little, responses},
    },
    workspace::{SOURCE, Workspace},
};

/// The test of this module.
pub const TEST: Test = (
    "an_instance_reads_with_the_credentials_of_its_role",
    an_instance_reads_with_the_credentials_of_its_role,
);

/// The test that takes no CLI.
pub const TEST_WITHOUT_CLI: (&str, fn()) = (
    "a_hostile_response_of_the_metadata_service_costs_little_memory",
    a_hostile_response_of_the_metadata_service_costs_little_memory,
);

/// Set in a child process of this program, which is in the namespace and measures.
const MEASURE: &str = "TEST_MEASURE_METADATA";

const ADDRESS: &str = "ip link set lo up && ip addr add 100.100.100.200/32 dev lo";

/// The reason for ignoring the test, if any.
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

/// What this program does instead of testing, if it was started in a namespace to measure there.
pub fn measuring() -> Option<ExitCode> {
    env::var_os(MEASURE)?;
    let measured = async {
        let listener = Arc::new(TcpListener::bind("100.100.100.200:80").await.unwrap());
        for hostile in responses() {
            // As the response to the request for a token, and to the one for the credentials.
            for start in [Server::start, Server::after_token] {
                let server = start(listener.clone(), hostile.to_http1());
                assert_role_costs_little(&server, hostile.name).await;
            }
        }
    };
    Builder::new_current_thread().enable_all().build().unwrap().block_on(measured);
    Some(ExitCode::SUCCESS)
}

/// A read with the role of an instance whose metadata service is `server` fails, costs little memory,
/// and leaves the provider working.
async fn assert_role_costs_little(server: &Server, about: &str) {
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::new(provider()).unwrap().env("TMPDIR", folder.path().to_str().unwrap());
    let plugin = launch.start().await.unwrap();
    let mut client = plugin.connect().await.unwrap();
    let block = json!({
        "region": "cn-hangzhou",
        "ecs_role_name": "mock-ecs-role",
        "max_retry_timeout": 2,
    });
    assert_eq!(client.configure(&block).await.unwrap(), []);
    assert_costs_little(&plugin, &mut client, about).await;
    assert!(server.requests() > 0, "{about}");
}

fn a_hostile_response_of_the_metadata_service_costs_little_memory() {
    let script = format!("{ADDRESS} && exec {:?}", env::current_exe().unwrap());
    let output = Command::new("unshare")
        .args(["--net", "sh", "-c", &script])
        .env_clear()
        .envs(env::var_os("PATH").map(|path| ("PATH", path)))
        .env(MEASURE, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
