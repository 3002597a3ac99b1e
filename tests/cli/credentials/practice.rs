//! Switches, files, time limits and hosts as they occur in practice.

use serde_json::{Value as Json, json};

use super::{
    ID, ROLE, SECRET, is_signed_by_a_session, is_signed_by_the_key, plan, signer, without_key,
    write_home, write_profiles, write_program,
};
use crate::{
    Test,
    cli::Cli,
    workspace::{Finished, Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    a_missing_region_is_a_warning_with_the_default_region,
    a_missing_secret_is_reported_first_and_in_two_lines,
    a_program_of_a_profile_is_forbidden_by_every_spelling_of_the_switch,
    a_profile_names_the_endpoint_of_sts,
    the_mode_of_a_profile_without_one_follows_from_its_members,
    a_slow_sts_has_the_configured_timeout,
    an_endpoint_that_does_not_serve_the_region_is_named_with_it,
    an_oauth_profile_is_used_until_its_credential_expires,
    files_with_a_byte_order_mark_or_in_utf_16_are_read,
    the_network_of_the_hosts_can_be_chosen_in_every_way,
    the_error_output_of_a_failed_program_is_reported,
    a_refused_key_is_reported_with_what_set_it,
    a_parameter_that_sts_refuses_is_reported_with_its_argument,
];

/// The profile `used` with these members.
fn write_profile(workspace: &Workspace, mut members: Json) {
    members["name"] = "used".into();
    write_profiles(workspace, &json!([members]));
}

const SWITCH: &str = "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS";

fn a_program_of_a_profile_is_forbidden_by_every_spelling_of_the_switch(cli: &Cli) {
    let mock = Mock::start(&[]);
    let run = |value: &str, members: Json| {
        let workspace = without_key(cli, &mock).with_env(SWITCH, value);
        let ran = workspace.path("ran");
        let line = format!("touch {}", ran.display());
        let mut members = members;
        members["process_command"] = line.into();
        write_profile(&workspace, members);
        (plan(&workspace, "profile = \"used\""), ran.exists())
    };
    let external = || json!({ "mode": "External" });
    for on in ["1", "true", "YES", "on"] {
        let (finished, ran) = run(on, external());
        finished.failed().says("Credential source failed").says(SWITCH).says("forbids it");
        assert!(!ran, "{on}");
    }
    for off in ["0", "no", ""] {
        let (finished, ran) = run(off, external());
        finished.failed().says("the output of the program is not valid");
        assert!(ran, "{off}");
    }
    // A typing error must not allow what the switch would forbid.
    let (finished, ran) = run("ture", external());
    finished.failed().says("Invalid environment variable").says(&format!("`{SWITCH}` is \"ture\""));
    assert!(!ran);
    let uri = format!("{}/credentials", mock.url);
    let (finished, _) = run("1", json!({ "mode": "CredentialsURI", "credentials_uri": uri }));
    finished.failed().says(SWITCH);
    assert!(mock.calls("CredentialsUri").is_empty());
}

fn a_slow_sts_has_the_configured_timeout(cli: &Cli) {
    let mock = Mock::start(&["--fault", "action=AssumeRole do=latency:2s"]);
    let read = |timeout: u32| {
        let workspace = without_key(cli, &mock).with_env("TF_LOG_PROVIDER", "DEBUG");
        workspace.main(&format!(
            "provider \"alicloud\" {{\n  access_key = {ID:?}\n  secret_key = {SECRET:?}\n  \
             client_read_timeout = {timeout}\n  assume_role {{\n    role_arn = {ROLE:?}\n  }}\n}}\n\
             data \"alicloud_images\" \"all\" {{\n  owners = \"system\"\n  timeouts {{\n    \
             read = \"5s\"\n  }}\n}}\n"
        ));
        workspace.plan()
    };
    let log = read(60_000).succeeded().says("fetched a credential: ").text();
    assert!(log.contains(" expires=20") && !log.contains("Some("), "{log}");
    is_signed_by_a_session(&mock);
    assert_eq!(mock.calls("AssumeRole").len(), 1);
    read(400).failed().says("Read timed out").says("No call was sent");
    assert!(mock.calls("AssumeRole").len() > 2, "each attempt has the limit");
}

/// Plans with a profile whose program does this.
fn plan_with_script(cli: &Cli, mock: &Mock, script: &str) -> Finished {
    let workspace = without_key(cli, mock);
    let line = format!("sh -c {}", shlex::try_quote(script).unwrap());
    write_profile(&workspace, json!({ "mode": "External", "process_command": line }));
    plan(&workspace, "profile = \"used\"")
}

fn the_error_output_of_a_failed_program_is_reported(cli: &Cli) {
    let mock = Mock::start(&[]);
    let script = "printf 'starting\\nkey LTAI5tAbCdEfGh12345 is over\\n\\033[31msession over, \
                  log in again\\n' >&2; exit 1";
    let finished = plan_with_script(cli, &mock, script).failed();
    assert!(!finished.stderr.contains('\u{1b}') && !finished.stdout.contains('\u{1b}'));
    let text = finished.says("Credential source failed").says("session over, log in again").text();
    assert!(text.contains("key (redacted) is over"), "{text}");
    for (line, shown) in [
        (r#"{"access_key_secret":"correcthorsebattery"}"#, r#"{"access_key_secret": (redacted)"#),
        ("AccessKeySecret: Abcdefghij12345", "AccessKeySecret: (redacted)"),
        ("token CAISab12/x9y8z7w6/qrs12tu/vwx34yz/abcd12", "token (redacted)"),
        ("https://user:pass@host/x failed", "https://(redacted)@host/x failed"),
        ("secret=EXTSECRETMARK", "secret= (redacted)"),
        ("the token has expired", "the token has expired"),
    ] {
        let script = format!("echo {} >&2; exit 1", shlex::try_quote(line).unwrap());
        plan_with_script(cli, &mock, &script).failed().says(&format!("it wrote: {shown}"));
    }
    // Without a mode, as some programs print it.
    let printed = json!({ "access_key_id": ID, "access_key_secret": SECRET }).to_string();
    let workspace = without_key(cli, &mock);
    let line = format!("'{}'", write_program(&workspace, &printed));
    write_profile(&workspace, json!({ "mode": "External", "process_command": line }));
    plan(&workspace, "profile = \"used\"").succeeded();
    is_signed_by_the_key(&mock);
}

fn a_profile_names_the_endpoint_of_sts(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock).without_env("ALIBABA_CLOUD_STS_ENDPOINT");
    write_profile(
        &workspace,
        json!({
            "mode": "RamRoleArn",
            "access_key_id": ID,
            "access_key_secret": SECRET,
            "ram_role_arn": ROLE,
            "sts_endpoint": mock.url,
        }),
    );
    plan(&workspace, "profile = \"used\"").succeeded();
    is_signed_by_a_session(&mock);
    assert_eq!(mock.calls("AssumeRole").len(), 1);
}

/// The proxy for every host does not exist, so that the error names the host and nothing leaves
/// this machine.
fn the_network_of_the_hosts_can_be_chosen_in_every_way(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = || {
        without_key(cli, &mock)
            .without_env("ALIBABA_CLOUD_ENDPOINT_ECS")
            .without_env("ALIBABA_CLOUD_STS_ENDPOINT")
            .with_env("HTTPS_PROXY", "http://127.0.0.1:1")
    };
    let key = format!("access_key = {ID:?}\nsecret_key = {SECRET:?}");
    let vpc = "ecs-vpc.cn-hangzhou.aliyuncs.com";
    plan(&workspace(), &format!("{key}\nendpoint_type = \"vpc\"")).failed().says(vpc);
    for (name, value) in
        [("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "1"), ("ALIBABA_CLOUD_ENDPOINT_TYPE", "vpc")]
    {
        let workspace = workspace().with_env(name, value);
        plan(&workspace, &key).failed().says(vpc);
        let role = format!("{key}\nassume_role {{\n  role_arn = {ROLE:?}\n}}");
        plan(&workspace, &role).failed().says("sts-vpc.cn-hangzhou.aliyuncs.com");
        let text = plan(&workspace, &format!("{key}\nendpoint_type = \"public\"")).failed().text();
        assert!(text.contains("ecs.cn-hangzhou.aliyuncs.com"), "{text}");
    }
    let of_profile = workspace();
    write_profile(
        &of_profile,
        json!({
            "mode": "AK",
            "access_key_id": ID,
            "access_key_secret": SECRET,
            "endpoint_type": "vpc",
        }),
    );
    plan(&of_profile, "profile = \"used\"").failed().says(vpc);
    // A configured endpoint has precedence.
    let configured = workspace().with_env("ALIBABA_CLOUD_ENDPOINT_ECS", &mock.url);
    plan(&configured, &format!("{key}\nendpoint_type = \"vpc\"")).succeeded();
    assert!(mock.calls("AssumeRole").is_empty());
}

fn a_missing_region_is_a_warning_with_the_default_region(cli: &Cli) {
    let mock = Mock::start(&[]);
    let key = format!("access_key = {ID:?}\nsecret_key = {SECRET:?}");
    let workspace = || without_key(cli, &mock).without_env("ALICLOUD_REGION");
    let region = || mock.calls("DescribeImages").last().unwrap()["region"].clone();
    plan(&workspace(), &key)
        .succeeded()
        .says("Warning: No region is configured")
        .says("cn-beijing")
        .says("on main.tf line");
    assert_eq!(region(), "cn-beijing");
    for name in ["ALIBABA_CLOUD_REGION_ID", "ALIBABACLOUD_REGION_ID"] {
        let text = plan(&workspace().with_env(name, "ap-southeast-1"), &key).succeeded().text();
        assert!(!text.contains("No region is configured"), "{text}");
        assert_eq!(region(), "ap-southeast-1");
    }
    let text = plan(&workspace(), &format!("{key}\nregion = \"cn-shanghai\"")).succeeded().text();
    assert!(!text.contains("No region is configured"), "{text}");
}

fn a_missing_secret_is_reported_first_and_in_two_lines(cli: &Cli) {
    let mock = Mock::start(&[]);
    let text = plan(&without_key(cli, &mock), &format!("access_key = {ID:?}"))
        .failed()
        .says("access_key is set but secret_key is not: set secret_key or ALICLOUD_SECRET_KEY.")
        .text();
    assert!(!text.contains("metadata"), "no list of other sources: {text}");
}

fn utf_16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    [vec![0xff, 0xfe], units.collect()].concat()
}

fn files_with_a_byte_order_mark_or_in_utf_16_are_read(cli: &Cli) {
    let mock = Mock::start(&[]);
    let profiles = json!({ "current": "used", "profiles": [{
        "name": "used", "mode": "AK", "access_key_id": ID, "access_key_secret": SECRET,
    }]});
    let section = format!(
        "[default]\ntype = access_key\naccess_key_id = {ID}\naccess_key_secret = {SECRET}\n"
    );
    for (file, text) in
        [(".aliyun/config.json", profiles.to_string()), (".alibabacloud/credentials", section)]
    {
        for content in [format!("\u{feff}{text}").into_bytes(), utf_16(&text)] {
            let workspace = without_key(cli, &mock);
            let path = write_home(&workspace, file, "");
            std::fs::write(path, content).unwrap();
            plan(&workspace, "").succeeded();
            is_signed_by_the_key(&mock);
        }
    }
    assert_eq!(mock.calls("DescribeImages").len(), 4);
}

fn an_endpoint_that_does_not_serve_the_region_is_named_with_it(cli: &Cli) {
    let refusal = "error:InvalidOperation.NotSupportedEndpoint:404:The specified endpoint can't \
                   operate this region.";
    let rule = format!("action=DescribeImages do={refusal:?}");
    let mock = Mock::start(&["--fault", &rule]);
    let host = mock.url.strip_prefix("http://").unwrap();
    let key = format!("access_key = {ID:?}\nsecret_key = {SECRET:?}");
    let text = plan(&without_key(cli, &mock), &key)
        .failed()
        .says("InvalidOperation.NotSupportedEndpoint")
        .says("cn-hangzhou")
        .text();
    assert!(text.contains(host), "{host} is not in:\n{text}");
    assert_eq!(mock.calls("DescribeImages").len(), 1);
}

fn the_mode_of_a_profile_without_one_follows_from_its_members(cli: &Cli) {
    let mock = Mock::start(&[]);
    for mut members in [json!({ "mode": "" }), json!({})] {
        members["access_key_id"] = ID.into();
        members["access_key_secret"] = SECRET.into();
        members["region_id"] = "cn-shanghai".into();
        let workspace = without_key(cli, &mock).without_env("ALICLOUD_REGION");
        write_profile(&workspace, members);
        for provider in ["profile = \"used\"", ""] {
            plan(&workspace, provider).succeeded();
            is_signed_by_the_key(&mock);
            let region = mock.calls("DescribeImages").last().unwrap()["region"].clone();
            assert_eq!(region, "cn-shanghai");
        }
    }
}

fn an_oauth_profile_is_used_until_its_credential_expires(cli: &Cli) {
    let mock = Mock::start(&[]);
    let issued = mock.ask("GET", "/credentials", "");
    let with_end = |end: u64| {
        let workspace = without_key(cli, &mock);
        write_profile(
            &workspace,
            json!({
                "mode": "OAuth",
                "access_key_id": issued["AccessKeyId"],
                "access_key_secret": issued["AccessKeySecret"],
                "sts_token": issued["SecurityToken"],
                "sts_expiration": end,
            }),
        );
        plan(&workspace, "profile = \"used\"")
    };
    with_end(4_000_000_000).succeeded();
    assert_eq!(signer(&mock), issued["AccessKeyId"]);
    with_end(1_000_000_000).failed().says("Credential source failed").says("aliyun ");
    assert_eq!(mock.calls("DescribeImages").len(), 1);
}

fn a_refused_key_is_reported_with_what_set_it(cli: &Cli) {
    let mock = Mock::start(&[]);
    let with = |id: &str, secret: &str| {
        without_key(cli, &mock)
            .with_env("ALICLOUD_ACCESS_KEY", id)
            .with_env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret)
    };
    plan(&with(ID, "wrong"), "")
        .failed()
        .says("check the environment variable ALIBABA_CLOUD_ACCESS_KEY_SECRET for a mix-up")
        .says("The ID is from the environment variable ALICLOUD_ACCESS_KEY.");
    plan(&with(ID, SECRET), "access_key = \"unknown\"")
        .failed()
        .says("Access key refused")
        .says("check access_key in the provider block.");
    plan(&with(ID, SECRET), "security_token = \"wrong\"")
        .failed()
        .says("Security token refused")
        .says("and security_token in the provider block.");
    // STS refuses the key that assumes the role.
    plan(&with(ID, "wrong"), &format!("assume_role {{\n  role_arn = {ROLE:?}\n}}"))
        .failed()
        .says("assumes the role, that of the environment (ALICLOUD_ACCESS_KEY): its ID,");
    let workspace = without_key(cli, &mock);
    write_profile(
        &workspace,
        json!({ "mode": "AK", "access_key_id": ID, "access_key_secret": "wrong" }),
    );
    for provider in ["profile = \"used\"", ""] {
        plan(&workspace, provider).failed().says("check access_key_secret of the profile used");
    }
}

fn a_parameter_that_sts_refuses_is_reported_with_its_argument(cli: &Cli) {
    let mock = Mock::start(&[]);
    let role = |name: &str| {
        format!("assume_role {{\n  role_arn = {ROLE:?}\n  session_name = {name:?}\n}}")
    };
    let key = || {
        without_key(cli, &mock)
            .with_env("ALICLOUD_ACCESS_KEY", ID)
            .with_env("ALICLOUD_SECRET_KEY", SECRET)
    };
    plan(&key(), &role("a b!"))
        .failed()
        .says("Invalid provider argument")
        .says("`assume_role.session_name` is \"a b!\"; it must have 2 to 64");
    assert!(mock.calls("AssumeRole").is_empty());
    let text = plan(
        &key().with_env("ALICLOUD_ASSUME_ROLE_SESSION_NAME", "a b!"),
        &format!("assume_role {{\n  role_arn = {ROLE:?}\n}}"),
    )
    .failed()
    .says("InvalidParameter.RoleSessionName")
    .says("or ALICLOUD_ASSUME_ROLE_SESSION_NAME: it must have 2 to 64")
    .text();
    assert!(!text.contains("must trust"), "{text}");
}
