//! No secret leaks from a complete run into the log with level TRACE, the plan, the state or the
//! output.

use std::fs;

use serde_json::json;

use crate::{
    Test,
    cli::Cli,
    support::canary::{Canary, assert_none},
    workspace::{Finished, Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] =
    tests![a_run_that_fails_shows_no_secret, a_run_that_succeeds_shows_no_secret,];

const ID: &str = "LTAIcanary5tFkeyidKq";
const SECRET: &str = "cAnary+keysecret/7wZp=xQ";
const ID_TOKEN: &str = "eyJcanary.idtoken-9dRq.sig_nature";
const PASSWORD: &str = "canaryUriPassword3Tz";
const ROLE: &str = "acs:ram::1234567890123456:role/reader";

/// Lookups with the key in the environment, a profile, an ID token and a credentials URI. The
/// configuration contains none of the secrets, because Terraform copies the configuration into the
/// plan.
fn workspace(cli: &Cli, mock: &Mock, secret: &str) -> Workspace {
    let workspace = Workspace::new(cli, mock);
    let home = |name: &str, text: String| {
        let path = workspace.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let token_file = home("token", ID_TOKEN.into());
    let uri = format!("{}/credentials?password={PASSWORD}", mock.url);
    let profiles = json!({ "current": "role", "profiles": [
        {
            "name": "role",
            "mode": "RamRoleArn",
            "access_key_id": ID,
            "access_key_secret": secret,
            "ram_role_arn": ROLE,
        },
        {
            "name": "token",
            "mode": "OIDC",
            "oidc_provider_arn": "acs:ram::1234567890123456:oidc-provider/cluster",
            "oidc_token_file": token_file,
            "ram_role_arn": ROLE,
        },
        { "name": "uri", "mode": "CredentialsURI", "credentials_uri": uri },
    ]});
    home(".aliyun/config.json", profiles.to_string());
    let blocks: String = ["role", "token", "uri"]
        .iter()
        .map(|name| {
            // An argument that is set but empty overrides the key of the environment.
            format!(
                "provider \"alicloud\" {{\n  alias = {name:?}\n  profile = {name:?}\n  \
                 access_key = \"\"\n  secret_key = \"\"\n}}\n\
                 data \"alicloud_images\" {name:?} {{\n  provider = alicloud.{name}\n  \
                 owners = \"system\"\n}}\n"
            )
        })
        .collect();
    workspace
        .main(&format!("{blocks}data \"alicloud_images\" \"key\" {{\n  owners = \"system\"\n}}\n"));
    let log = workspace.path("trace.log").to_str().unwrap().to_owned();
    workspace
        .with_env("ALICLOUD_ACCESS_KEY", ID)
        .with_env("ALICLOUD_SECRET_KEY", secret)
        .with_env("ALIBABA_CLOUD_STS_ENDPOINT", &mock.url)
        .with_env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
        .with_env("TF_LOG", "TRACE")
        .with_env("TF_LOG_PATH", &log)
}

fn mock() -> Mock {
    Mock::start(&["--access-key", ID, "--secret-key", SECRET])
}

/// Searches what was printed, the log, and the files that the run left.
#[track_caller]
fn search(workspace: &Workspace, secret: &str, runs: &[Finished]) {
    let canaries = [
        Canary::new("access key ID", ID),
        Canary::new("access key secret", secret),
        Canary::new("ID token", ID_TOKEN),
        Canary::new("password", PASSWORD),
    ];
    for run in runs {
        assert_none(&canaries, "what is printed", &format!("{}{}", run.stdout, run.stderr));
    }
    let log = fs::read(workspace.path("trace.log")).unwrap();
    let log = String::from_utf8_lossy(&log);
    assert!(log.contains("provider.alicloud"), "the log has no line of the provider");
    assert_none(&canaries, "the log", &log);
    for signed in ["Signature=", "SecurityToken=", "Bearer ", "STS."] {
        assert!(!log.contains(signed), "{signed} is in the log");
    }
    for name in ["plan", "terraform.tfstate"] {
        let path = workspace.path("work").join(name);
        if let Ok(content) = fs::read(&path) {
            assert_none(&canaries, name, &String::from_utf8_lossy(&content));
        }
    }
}

fn a_run_that_succeeds_shows_no_secret(cli: &Cli) {
    let mock = mock();
    let workspace = workspace(cli, &mock, SECRET);
    let runs = [
        workspace.run(&["plan", "-no-color", "-out=plan"]).succeeded(),
        workspace.run(&["show", "-json", "plan"]).succeeded(),
        workspace.run(&["apply", "-no-color", "plan"]).succeeded(),
        workspace.run(&["show", "-json"]).succeeded(),
    ];
    assert!(workspace.read("terraform.tfstate").contains("ubuntu"));
    assert!(!mock.calls("AssumeRole").is_empty());
    assert!(!mock.calls("AssumeRoleWithOIDC").is_empty());
    assert!(!mock.calls("CredentialsUri").is_empty());
    search(&workspace, SECRET, &runs);
}

fn a_run_that_fails_shows_no_secret(cli: &Cli) {
    let mock = mock();
    let wrong = "cAnary+wrongsecret/6wZp=xQ";
    let workspace = workspace(cli, &mock, wrong);
    let run = workspace.run(&["plan", "-no-color", "-out=plan"]).failed();
    search(&workspace, wrong, &[run.says("SignatureDoesNotMatch")]);
}
