//! `alicloud-images`: the built binary against `mock-ecs`.

pub mod completion;
pub mod process;
pub mod whoami;

use std::{
    env, fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::{
    Test,
    cli::Cli,
    support::canary::{Canary, assert_none},
    workspace::{Mock, Workspace},
};

/// The tests that need no Terraform.
pub const TESTS: &[(&str, fn())] = tests![
    a_table_of_several_regions_keeps_their_order,
    a_table_is_truncated_only_on_a_terminal,
    ids_are_printed_one_per_line,
    json_of_several_regions_is_an_object_of_states,
    output_saved_with_api_gives_the_same_results,
    an_empty_result_is_explained_and_has_its_own_status,
    an_empty_result_is_still_a_state_and_a_response,
    invalid_arguments_exit_with_status_2_without_a_call,
    failures_exit_with_status_3_and_print_no_partial_result,
    tags_filters_and_timeouts_reach_the_service,
    warnings_go_to_stderr_with_the_text_of_the_provider,
    no_output_shows_a_secret,
    every_example_of_the_guide_works_as_described,
    the_command_that_the_mock_suggests_saves_all_pages,
];

/// The tests that compare with Terraform.
pub const TESTS_WITH_TERRAFORM: &[Test] =
    tests![json_is_the_state_that_terraform_writes, an_explanation_matches_that_of_the_provider];

/// An empty home folder, and an environment that points to a mock.
struct Home {
    folder: TempDir,
    env: Vec<(String, String)>,
}

impl Home {
    fn new(mock: &Mock) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), env: Vec::new() }
            .with("ALICLOUD_ACCESS_KEY", "mock-access-key")
            .with("ALICLOUD_SECRET_KEY", "mock-secret-key")
            .with("ALICLOUD_REGION", "cn-hangzhou")
            .with("ALIBABA_CLOUD_ENDPOINT_ECS", &mock.url)
            .with("ALIBABA_CLOUD_STS_ENDPOINT", &mock.url)
            .with("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without_keys(mut self) -> Self {
        self.env.retain(|(name, _)| !name.ends_with("_KEY"));
        self
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A program with the environment; the built binaries are on its `PATH`.
    fn command(&self, program: &str) -> Command {
        let binaries = Path::new(BINARY).parent().unwrap().to_owned();
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = [binaries].into_iter().chain(env::split_paths(&path));
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", env::join_paths(folders).unwrap())
            .env("HOME", self.folder.path())
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    fn run(&self, line: &[&str]) -> Ended {
        self.command(BINARY).args(line).output().unwrap().into()
    }
}

const BINARY: &str = env!("CARGO_BIN_EXE_alicloud-images");

/// How a run ended.
#[derive(Debug)]
struct Ended {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Fails the test unless the run ended with `status`.
    #[track_caller]
    fn with_status(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{}\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn quiet(self) -> Self {
        assert_eq!(self.stderr, "");
        self.with_status(0)
    }

    #[track_caller]
    fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn a_table_of_several_regions_keeps_their_order() {
    // The first region responds last.
    let mock =
        Mock::start(&["--fault", "action=DescribeImages region=eu-central-1 do=latency:300ms"]);
    let line = ["owners=system", "limit=1", "--region", "eu-central-1", "--region", "cn-beijing"];
    let ended = Home::new(&mock).run(&line).quiet();
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let [heading, first, second] = *lines else { panic!("{lines:?}") };
    assert!(heading.starts_with("REGION        IMAGE ID "), "{heading}");
    assert!(
        first.starts_with("eu-central-1  ") && second.starts_with("cn-beijing    "),
        "{lines:?}"
    );
    assert_eq!(mock.calls("DescribeImages").len(), 2);
    let alone = Home::new(&mock).run(&["owners=system", "limit=1"]).quiet();
    assert!(alone.stdout.starts_with("IMAGE ID "), "{}", alone.stdout);
}

/// What a run prints on a terminal with this many columns, without carriage returns.
fn on_a_terminal(home: &Home, columns: usize, line: &str) -> String {
    let line = format!("stty rows 24 cols {columns}; exec alicloud-images {line}");
    let output = home.command("script").args(["-qec", &line, "/dev/null"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n")
}

fn a_table_is_truncated_only_on_a_terminal() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock);
    let whole = home.run(&["owners=system"]).quiet().stdout;
    assert!(whole.lines().any(|line| line.len() > 120) && whole.contains("ARCHITECTURE"));
    for columns in [100, 60] {
        let table = on_a_terminal(&home, columns, "owners=system");
        assert_eq!(table.lines().count(), whole.lines().count());
        assert!(table.lines().all(|line| line.chars().count() <= columns), "{table}");
    }
}

fn ids_are_printed_one_per_line() {
    let mock = Mock::start(&["--generate", "120"]);
    let home = Home::new(&mock);
    let ids = home.run(&["owners=", "--format", "ids"]).quiet().stdout;
    let state = home.run(&["owners=", "--format", "json"]).quiet().json();
    let expected: Vec<&str> =
        state["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert!(expected.len() > 100, "more than one page");
    assert_eq!(ids.lines().collect::<Vec<_>>(), expected);
}

fn json_of_several_regions_is_an_object_of_states() {
    let mock = Mock::start(&[]);
    let line =
        ["owners=system", "limit=2", "--format=json", "--region=eu-west-1", "--region=cn-beijing"];
    let ended = Home::new(&mock).run(&line).quiet();
    let states = ended.json();
    for region in ["eu-west-1", "cn-beijing"] {
        assert_eq!(states[region]["region"], region);
        assert_eq!(states[region]["images"].as_array().unwrap().len(), 2);
    }
    assert!(ended.stdout.find("\"eu-west-1\": {") < ended.stdout.find("\"cn-beijing\": {"));
}

fn json_is_the_state_that_terraform_writes(cli: &Cli) {
    let mock = Mock::start(&["--builtin-images", "--generate", "150"]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(
        "data \"alicloud_images\" \"x\" {\n  owners = \"system\"\n  name_regex = \"^ubuntu\"\n  \
         sort_by = \"name_desc\"\n  limit = 7\n  is_support_io_optimized = true\n  \
         tags = {\n    env = \"\"\n  }\n  filter {\n    name = \"NetworkType\"\n    value = \"vpc\"\n  }\n  \
         timeouts {\n    read = \"2m\"\n  }\n}\n\
         data \"alicloud_images\" \"y\" {\n  name_regex = \"^ubuntu\"\n  owners = \"system\"\n}\n",
    );
    workspace.apply().succeeded();
    let home = Home::new(&mock);
    let line = [
        "owners=system",
        "name_regex=^ubuntu",
        "sort_by=name_desc",
        "limit=7",
        "is_support_io_optimized=true",
        "tags.env=",
        "filter.NetworkType=vpc",
        "timeouts.read=2m",
        "--format=json",
    ];
    let ended = home.run(&line);
    assert!(matches!(ended.status, Some(0 | 1)), "{ended:?}");
    assert_eq!(ended.json(), workspace.data("data.alicloud_images.x"));
    let state = home.run(&["name_regex=^ubuntu", "owners=system", "--format=json"]).quiet().json();
    assert!(state["images"].as_array().unwrap().len() > 5);
    assert_eq!(state, workspace.data("data.alicloud_images.y"));
}

fn output_saved_with_api_gives_the_same_results() {
    let mock = Mock::start(&["--builtin-images", "--generate", "350"]);
    let home = Home::new(&mock).with("ALICLOUD_REGION", "eu-central-1");
    let saved = home.run(&["owners=", "--format=api"]).quiet();
    let document = saved.json();
    let images = document["Images"]["Image"].as_array().unwrap();
    assert!(images.len() > 300 && document["TotalCount"] == images.len());
    assert!(document["RequestId"].is_string());
    // The mock's response has members that the provider does not know.
    let admin = mock.ask("GET", "/_mock/images?region=eu-central-1", "");
    let served = admin["Images"]["Image"].as_array().unwrap();
    let of_mock = |id: &Json| served.iter().find(|image| image["ImageId"] == *id).unwrap();
    for image in images {
        assert_eq!(image, of_mock(&image["ImageId"]));
    }
    let file = home.write("images.json", &saved.stdout);
    let again = Mock::start(&["--images", &file]);
    let replayed = Home::new(&again).with("ALICLOUD_REGION", "eu-central-1");
    for line in [
        &["owners=", "--format=json"][..],
        &["owners=system", "name_regex=^ubuntu", "--format=json"],
        &["owners=self", "limit=3", "--format=json"],
    ] {
        assert_eq!(replayed.run(line).quiet().json(), home.run(line).quiet().json(), "{line:?}");
    }
    // The program's own selections do not change the document, and a limit does not truncate it.
    let selected = home.run(&["owners=", "name_regex=^ubuntu", "limit=1", "--format=api"]);
    assert_eq!(selected.with_status(0).json()["Images"], document["Images"]);
}

fn an_empty_result_is_explained_and_has_its_own_status() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock);
    let line = ["owners=system", "name_regex=^ubunto_22"];
    for format in ["table", "ids"] {
        let format = format!("--format={format}");
        let ended = home.run(&[line[0], line[1], &format]).with_status(1);
        assert_eq!(ended.stdout, "");
        assert!(ended.stderr.starts_with("Error: No image matches\n\n"), "{}", ended.stderr);
    }
    // One of two regions is empty.
    let line = ["owners=", "--region=cn-beijing", "--region=cn-hangzhou"];
    let images = r#"{"Regions": {"cn-hangzhou": [{"ImageId": "m-1"}], "cn-beijing": []}}"#;
    let mock = Mock::start(&["--images", &home.write("two.json", images)]);
    let ended = Home::new(&mock).run(&line).with_status(0);
    let explained = "Warning: No image matches\n\nIn the region cn-beijing no image passes all of:";
    assert!(ended.stderr.starts_with(explained), "{}", ended.stderr);
    assert!(!ended.stderr.contains("cn-hangzhou"), "{}", ended.stderr);
    assert!(ended.stdout.contains("cn-hangzhou  m-1 "), "{}", ended.stdout);
}

fn an_empty_result_is_still_a_state_and_a_response() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock);
    let state = home.run(&["image_id=m-none", "owners=", "--format=json"]).with_status(1).json();
    assert_eq!((&state["id"], &state["ids"]), (&json!("0"), &json!([])));
    let response = home.run(&["image_id=m-none", "owners=", "--format=api"]).with_status(1).json();
    assert_eq!((&response["TotalCount"], &response["Images"]["Image"]), (&json!(0), &json!([])));
}

fn an_explanation_matches_that_of_the_provider(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(
        "data \"alicloud_images\" \"x\" {\n  owners = \"system\"\n  name_regex = \"^ubunto_22\"\n  \
         must_match = true\n}\n",
    );
    let failed = workspace.plan().failed();
    let ended =
        Home::new(&mock).run(&["owners=system", "name_regex=^ubunto_22", "must_match=true"]);
    let words = ended.with_status(1).stderr.replace("Error: No image matches", "");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    failed.says("No image matches").says(&words);
}

fn invalid_arguments_exit_with_status_2_without_a_call() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock);
    for (line, expected) in [
        (&["nme_regex=^ubuntu"][..], "did you mean \"name_regex\"?"),
        (&["owners=system", "limit=many"], "\"limit\" must be a number"),
        (&["owners=system", "limit=0"], "Error: Invalid limit\n\n  in limit\n"),
        (&["owners=system", "name_regex=("], "Error: Invalid regular expression"),
        (&[], "Error: Too few arguments\n\n  in name_regex\n"),
        (&[], "write `owners=`."),
        (&["owners=system", "--region", "cn hangzhou"], "--region must be a region ID"),
        (&["whoami", "--region", "cn hangzhou"], "--region must be a region ID"),
        (&["owners=system", "--region", ""], "--region must be a region ID"),
        (
            &["owners=self", "output_file=f", "--region=cn-a", "--region=cn-b"],
            "output_file is one file",
        ),
        (&["owners=system", "--format", "yaml"], "--format must be one of table, json, ids, api"),
        (&["owners=system", "--color"], "invalid option '--color'"),
        (&["owners=system", "--format=api", "--region=cn-a", "--region=cn-b"], "one --region"),
        (&["whoami", "owners=system"], "whoami takes --profile, --region and --verbose only"),
    ] {
        let ended = home.run(line).with_status(2);
        assert!(ended.stderr.contains(expected), "{line:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
    assert!(mock.calls("DescribeImages").is_empty());
}

fn failures_exit_with_status_3_and_print_no_partial_result() {
    let mock = Mock::start(&[
        "--fault",
        "action=DescribeImages region=cn-beijing do=error:Forbidden.RAM:403",
    ]);
    let home = Home::new(&mock);
    for format in ["table", "json", "ids"] {
        let format = format!("--format={format}");
        let line = ["owners=system", "--region=cn-hangzhou", "--region=cn-beijing", &format];
        let ended = home.run(&line).with_status(3);
        assert_eq!(ended.stdout, "");
        assert!(ended.stderr.contains("Forbidden.RAM") && ended.stderr.contains("Request ID"));
    }
    let profile = home.run(&["owners=system", "--profile", "none"]);
    assert!(profile.stderr.contains("none"), "{profile:?}");
}

fn tags_filters_and_timeouts_reach_the_service() {
    let mock = Mock::start(&["--generate", "5"]);
    Home::new(&mock).run(&[
        "owners=self",
        "tags.env=prod",
        "tags.team=",
        "filter.NetworkType=vpc",
        "filter.CpuOnlineUpgrade=supported",
        "status=Available,Deprecated",
    ]);
    let call = &mock.calls("DescribeImages")[0];
    let sent = call["parameters"].to_string();
    for parameter in [
        r#"["Tag.1.Key","env"]"#,
        r#"["Tag.1.Value","prod"]"#,
        r#"["Tag.2.Key","team"]"#,
        r#"["Filter.1.Key","NetworkType"]"#,
        r#"["Filter.2.Value","supported"]"#,
        r#"["Status","Available,Deprecated"]"#,
    ] {
        assert!(sent.contains(parameter), "{parameter}: {sent}");
    }
    let agent = call.to_string();
    assert!(!agent.contains("Terraform/"), "{agent}");
    let slow = Mock::start(&["--fault", "action=DescribeImages do=hang"]);
    let ended = Home::new(&slow).run(&["owners=self", "timeouts.read=300ms"]).with_status(3);
    assert!(ended.stderr.starts_with("Error: Read timed out"), "{}", ended.stderr);
    assert!(ended.stderr.contains(" timeouts.read=10m"), "{}", ended.stderr);
}

fn warnings_go_to_stderr_with_the_text_of_the_provider() {
    let mock = Mock::start(&[]);
    let mut home = Home::new(&mock);
    home.env.retain(|(name, _)| name != "ALICLOUD_REGION");
    let ended = home.run(&["owners=systen", "name_regex=.", "--format=ids"]);
    assert!(
        ended.stderr.contains("Warning: Unknown value of owners\n\n  in owners\n"),
        "{ended:?}"
    );
    let ended = home.run(&["owners=system", "most_recent=true", "--format=ids"]).with_status(0);
    assert!(ended.stderr.starts_with("Warning: No region is configured"), "{}", ended.stderr);
    assert_eq!(ended.stdout.lines().count(), 1);
}

const MOCK_KEY: (&str, &str) = ("mock-access-key", "mock-secret-key");

/// A file of profiles: a key, a role, an ID token and a credentials URI.
fn profiles(home: &Home, mock: &Mock, key: (&str, &str), token: &str, password: &str) {
    let token_file = home.write("token", token);
    let uri = format!("{}/credentials?password={password}", mock.url);
    let role = "acs:ram::1234567890123456:role/reader";
    let (id, secret) = key;
    let profiles = json!({ "current": "key", "profiles": [
        { "name": "key", "mode": "AK", "access_key_id": id, "access_key_secret": secret,
          "region_id": "eu-central-1" },
        { "name": "role", "mode": "RamRoleArn", "access_key_id": id, "access_key_secret": secret,
          "ram_role_arn": role, "ram_session_name": "shell" },
        { "name": "token", "mode": "OIDC", "oidc_token_file": token_file, "ram_role_arn": role,
          "oidc_provider_arn": "acs:ram::1234567890123456:oidc-provider/cluster" },
        { "name": "uri", "mode": "CredentialsURI", "credentials_uri": uri },
    ]});
    home.write(".aliyun/config.json", &profiles.to_string());
}

fn no_output_shows_a_secret() {
    const ID: &str = "LTAIcanary5tShellidKq";
    const SECRET: &str = "cAnary+shellsecret/7wZp=xQ";
    const TOKEN: &str = "eyJcanary.shelltoken-9dRq.sig_nature";
    const PASSWORD: &str = "canaryShellPassword3Tz";
    let canaries = [
        Canary::new("access key ID", ID),
        Canary::new("access key secret", SECRET),
        Canary::new("ID token", TOKEN),
        Canary::new("password", PASSWORD),
    ];
    for (secret, status) in [(SECRET, 0), ("another-secret-of-the-mock", 3)] {
        let mock = Mock::start(&["--access-key", ID, "--secret-key", secret]);
        let from_env =
            Home::new(&mock).with("ALICLOUD_ACCESS_KEY", ID).with("ALICLOUD_SECRET_KEY", SECRET);
        let from_files = Home::new(&mock).without_keys();
        profiles(&from_files, &mock, (ID, SECRET), TOKEN, PASSWORD);
        let mut runs = Vec::new();
        for format in ["table", "json", "ids", "api"] {
            let line = ["owners=system", "limit=1", "--format", format];
            runs.push(from_env.run(&line).with_status(status));
        }
        runs.push(from_env.run(&["whoami"]).with_status(status));
        runs.push(from_files.run(&["whoami", "--profile=role"]).with_status(status));
        for profile in ["key", "token", "uri"] {
            runs.push(from_files.run(&["whoami", "--profile", profile, "--verbose"]));
            let run = from_files.run(&["owners=system", "--profile", profile, "--verbose"]);
            assert!(run.stderr.contains("alicloud-images: credential source chosen "), "{run:?}");
            runs.push(run);
        }
        // The profile signs the lookup.
        let calls = mock.calls("DescribeImages");
        assert!(calls.iter().any(|call| call["access_key"] == ID), "{calls:?}");
        for run in runs {
            assert_none(&canaries, "the output", &format!("{}{}", run.stdout, run.stderr));
        }
    }
}

fn every_example_of_the_guide_works_as_described() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shell");
    let said = |name: &str| {
        let script = fs::read_to_string(folder.join(name)).unwrap();
        let output = home.command("bash").args(["-euo", "pipefail", "-c", &script]).output();
        Ended::from(output.unwrap()).with_status(0)
    };
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let ended = said(&name);
        // No image of the built-in catalog has the tags.
        assert!(ended.stderr.is_empty() || name == "tags", "{name}: {}", ended.stderr);
    }
    let names = said("newest").stdout;
    assert!(
        names.lines().count() > 1 && names.contains("\nubuntu_22_04_x64_20G_alibase_"),
        "{names}"
    );
    assert_eq!(said("regions").stdout.lines().count(), 3);
    assert!(said("pick").stdout.starts_with("start an instance from m-"));
    assert!(said("list-old").stdout.starts_with("old: m-"));
    let own = home.run(&["owners=self", "--format=ids"]).quiet().stdout;
    assert_eq!(said("save").stdout, own);
}

fn the_command_that_the_mock_suggests_saves_all_pages() {
    let mock = Mock::start(&["--generate", "250"]);
    let home = Home::new(&mock);
    let mut page = home.run(&["owners=self", "--format=api"]).quiet().json();
    page["Images"]["Image"].as_array_mut().unwrap().truncate(100);
    let file = home.write("page.json", &page.to_string());
    let refused = home.command("mock-ecs").args(["--images", &file]).output().unwrap();
    let refused = Ended::from(refused).with_status(2).stderr;
    let (_, command) = refused.split_once("Save all pages: ").unwrap();
    let command = command.split_once(" > FILE").unwrap().0.to_owned() + " >whole.json";
    let saved = home.command("bash").args(["-c", &command]).output().unwrap();
    Ended::from(saved).quiet();
    let again = Mock::start(&["--images", home.folder.path().join("whole.json").to_str().unwrap()]);
    let line = ["owners=", "--format=ids"];
    assert_eq!(Home::new(&again).run(&line).quiet().stdout, home.run(&line).quiet().stdout);
}
