//! Bad input, and the messages that the user gets.

use crate::{
    Test,
    cli::Cli,
    workspace::{Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    an_unreachable_endpoint_is_named,
    arguments_that_do_not_fit_into_a_request_are_named,
    bad_arguments_are_found_by_validate,
    each_block_with_a_mistake_of_its_own_gets_the_full_message,
    missing_credentials_name_every_source,
    unknown_enum_values_are_sent_with_a_warning,
    a_wrong_secret_is_reported_without_the_string_to_sign,
];

const SYSTEM: &str = "data \"alicloud_images\" \"all\" {\n  owners = \"system\"\n}\n";

fn an_unreachable_endpoint_is_named(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace =
        Workspace::new(cli, &mock).with_env("ALIBABA_CLOUD_ENDPOINT_ECS", "http://127.0.0.1:1");
    workspace.main(
        "data \"alicloud_images\" \"all\" {\n  owners = \"system\"\n  timeouts {\n    read = \"2s\"\n  }\n}\n",
    );
    workspace.plan().failed().says("127.0.0.1:1");
}

fn bad_arguments_are_found_by_validate(cli: &Cli) {
    let mock = Mock::start(&[]);
    let many_tags: String = (0..21).map(|n| format!("    k{n} = \"v\"\n")).collect();
    for (body, sentence) in [
        ("name_regex = \"a(\"".to_owned(), "name_regex"),
        ("name_regex = \"(?=a)\"".to_owned(), "name_regex"),
        ("image_owner_id = \"12x\"".to_owned(), "image_owner_id"),
        (format!("owners = \"self\"\n  tags = {{\n{many_tags}  }}"), "20"),
        ("status = \"Available\"".to_owned(), "name_regex"),
    ] {
        let workspace = Workspace::new(cli, &mock);
        workspace.main(&format!("data \"alicloud_images\" \"bad\" {{\n  {body}\n}}\n"));
        let finished = workspace.run(&["validate", "-no-color"]).failed().says(sentence);
        assert!(finished.text().contains("on main.tf line"), "{}", finished.text());
    }

    let workspace = Workspace::new(cli, &mock);
    workspace.main(&format!("provider \"alicloud\" {{\n  region = \"cn hangzhou\"\n}}\n{SYSTEM}"));
    workspace.run(&["validate", "-no-color"]).failed().says("region");
}

fn each_block_with_a_mistake_of_its_own_gets_the_full_message(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    let block = |name: &str, kind: &str| {
        format!(
            "data \"alicloud_images\" \"{name}\" {{\n  owners = \"system\"\n  \
             instance_type = \"{kind}\"\n}}\n"
        )
    };
    workspace.main(&[block("web", "g6.large"), block("db", "ecs.g99x.huge!")].concat());
    let text = workspace.plan().failed().text();
    for kind in ["g6.large", "ecs.g99x.huge!"] {
        let argument = format!("Argument: `instance_type = \"{kind}\"`. Call: DescribeImages");
        assert!(text.contains(&argument), "{argument} is not in:\n{text}");
    }
    assert!(!text.contains("Another read"), "{text}");
}

fn arguments_that_do_not_fit_into_a_request_are_named(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    // Terraform knows the value only when it reads.
    workspace.main(
        "variable \"length\" {\n  default = 66000\n}\n\
         data \"alicloud_images\" \"long\" {\n  owners = \"self\"\n  \
         image_family = format(\"%0${var.length}d\", 1)\n}\n",
    );
    let plan = workspace.plan().failed();
    let text = plan.says("Request too long").says("`image_family` takes 66012").text();
    assert!(!text.contains("endpoint") && !text.contains("00000"), "{text}");
    assert!(mock.calls("DescribeImages").is_empty());
}

fn missing_credentials_name_every_source(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock)
        .without_env("ALICLOUD_ACCESS_KEY")
        .without_env("ALICLOUD_SECRET_KEY")
        .with_env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    workspace.main(SYSTEM);
    workspace.run(&["validate", "-no-color"]).succeeded();
    let text = workspace.plan().failed().text();
    for source in [
        "the provider block:",
        "ALICLOUD_ACCESS_KEY",
        "config.json",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
    ] {
        assert!(text.contains(source), "{source} is not in:\n{text}");
    }
}

fn unknown_enum_values_are_sent_with_a_warning(cli: &Cli) {
    let mock = Mock::start(&[]);
    for argument in ["status", "usage", "os_type", "architecture", "action_type"] {
        let workspace = Workspace::new(cli, &mock);
        workspace.main(&format!(
            "data \"alicloud_images\" \"odd\" {{\n  owners = \"system\"\n  {argument} = \"riscv64\"\n}}\n"
        ));
        workspace.run(&["validate", "-no-color"]).succeeded().says("Warning");
        let text = workspace.plan().text();
        assert!(text.contains("riscv64"), "{argument}: {text}");
    }
}

fn a_wrong_secret_is_reported_without_the_string_to_sign(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock).with_env("ALICLOUD_SECRET_KEY", "not-the-secret");
    workspace.main(SYSTEM);
    let text = workspace.plan().failed().says("SignatureDoesNotMatch").says("secret").text();
    for hidden in ["not-the-secret", "%26", "SignatureNonce", "mock-access-key"] {
        assert!(!text.contains(hidden), "{hidden} is in:\n{text}");
    }
}
