//! The examples: each is formatted, and works against the mock as described.

use std::{
    env, fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Command,
};

use crate::{
    Test,
    cli::{Cli, provider},
    workspace::{Finished, Mock, TERRAFORM_BLOCK, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    every_example_is_formatted,
    every_code_block_of_the_guides_is_formatted,
    every_data_source_example_finds_something,
    the_provider_example_finds_an_image,
    the_example_with_a_role_assumes_it,
    the_output_file_has_the_path_in_the_example,
    the_example_module_passes_its_own_tests,
];

fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files in a folder, by name.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(project(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Fails the test if the CLI printed a warning other than the one about the installation method.
#[track_caller]
fn without_warnings(finished: Finished, example: &str) {
    let text = finished.succeeded().text();
    let warnings = text.split("Warning: ").skip(1);
    let others: Vec<_> =
        warnings.filter(|text| !text.starts_with("Provider development overrides")).collect();
    assert!(others.is_empty(), "{example}: {others:#?}");
}

fn every_example_is_formatted(cli: &Cli) {
    let workspace = Workspace::bare(cli);
    workspace.configure_cli("");
    let examples = project("examples");
    let arguments = ["fmt", "-check", "-diff", "-recursive", examples.to_str().unwrap()];
    workspace.run(&arguments).succeeded();
}

fn every_code_block_of_the_guides_is_formatted(cli: &Cli) {
    let workspace = Workspace::bare(cli);
    workspace.configure_cli("");
    for guide in names("docs/guides") {
        let text = read(&format!("docs/guides/{guide}"));
        for (number, block) in text.split("```terraform\n").skip(1).enumerate() {
            let (code, _) = block.split_once("```").unwrap();
            workspace.write(&format!("{guide}-{number}.tf"), code);
        }
    }
    workspace.run(&["fmt", "-check", "-diff"]).succeeded();
}

fn every_data_source_example_finds_something(cli: &Cli) {
    let mock = Mock::start(&[]);
    for folder in names("examples/data-sources") {
        for name in names(&format!("examples/data-sources/{folder}")) {
            let example = format!("examples/data-sources/{folder}/{name}");
            let workspace = Workspace::new(cli, &mock);
            workspace.main(&read(&example));
            without_warnings(workspace.apply(), &example);
            let outputs = workspace.outputs();
            assert!(!outputs.as_object().unwrap().is_empty(), "{example} has no output");
            let text = outputs.to_string();
            for nothing in ["null", "\"\"", "[]", "{}"] {
                assert!(!text.contains(nothing), "{example} finds {text}");
            }
            workspace.plan().succeeded().says("No changes.");
        }
    }
}

fn the_provider_example_finds_an_image(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.write("main.tf", &read("examples/provider/provider.tf"));
    without_warnings(workspace.apply(), "provider.tf");
    assert!(workspace.outputs()["image_id"].as_str().unwrap().starts_with("ubuntu_22_04_x64"));
}

fn the_example_with_a_role_assumes_it(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock)
        .with_env("ALIBABA_CLOUD_STS_ENDPOINT", &mock.url)
        .with_env("TF_VAR_role_arn", "acs:ram::1234567890123456:role/terraform-read");
    let data = read("examples/data-sources/alicloud_images/data-source.tf");
    workspace.write("main.tf", TERRAFORM_BLOCK);
    workspace.write("provider.tf", &read("examples/provider/assume-role.tf"));
    workspace.write("images.tf", &data);
    without_warnings(workspace.apply(), "assume-role.tf");
    assert!(workspace.outputs()["image_id"].as_str().unwrap().starts_with("ubuntu_22_04_x64"));
    let journal = admin(&mock, "/_mock/journal?action=AssumeRole");
    assert!(journal.contains("image-lookup"), "{journal}");
}

/// The response of the mock's admin API.
fn admin(mock: &Mock, path: &str) -> String {
    let host = mock.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn the_output_file_has_the_path_in_the_example(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    workspace.main(&read("examples/data-sources/alicloud_images/output-file.tf"));
    workspace.apply().succeeded();
    let written: serde_json::Value =
        serde_json::from_str(&workspace.read("arm-images.json")).unwrap();
    let ids: Vec<_> = written.as_array().unwrap().iter().map(|image| image["id"].clone()).collect();
    assert_eq!(workspace.outputs()["ids"].as_array().unwrap(), &ids);
}

/// Runs the script in the guide, which starts its own mock.
fn the_example_module_passes_its_own_tests(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    let mut files = vec!["main.tf", "run", "tests/image.tftest.hcl", "tests/complete.tftest.hcl"];
    // OpenTofu requires every field of an object that replaces another.
    if !cli.is_opentofu() {
        files.push("tests/overrides.tftest.hcl");
    }
    for path in &files {
        workspace.write(path, &read(&format!("examples/terraform-test/{path}")));
    }
    let binaries = provider().parent().unwrap().to_owned();
    let folders = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let environment = workspace.command(&[]);
    let output = Command::new("bash")
        .arg(workspace.path("work/run"))
        .env_clear()
        .envs(environment.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("PATH", env::join_paths([binaries].iter().chain(&folders)).unwrap())
        .env("TF_CLI_PATH", &cli.path)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
    let passed = if cli.is_opentofu() { 5 } else { 7 };
    assert!(printed.contains(&format!("{passed} passed, 0 failed.")), "{printed}");
}
