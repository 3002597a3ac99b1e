//! Profiles of every mode, and files that cannot be read.

use super::*;

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    profile_of_mode_ak,
    profile_of_mode_sts_token,
    profile_of_mode_ram_role_arn,
    profile_of_mode_chainable_ram_role_arn,
    profile_of_mode_oidc,
    profile_of_mode_credentials_uri,
    profile_of_mode_external,
    a_program_that_prints_invalid_output_is_reported,
    the_current_profile_is_used_if_nothing_else_is_configured,
    the_ini_file_is_used_if_nothing_else_is_configured,
    a_missing_profile_is_reported,
    an_invalid_profile_file_is_reported,
];

fn profile_of_mode_ak(cli: &Cli) {
    let mock = Mock::start(&[]);
    let profiles = json!([
        { "name": "other", "mode": "AK", "access_key_id": "x", "access_key_secret": "x" },
        { "name": "used", "mode": "AK", "access_key_id": ID, "access_key_secret": SECRET },
    ]);
    plan_with_profiles(cli, &mock, &profiles).succeeded();
    is_signed_by_the_key(&mock);
}

fn profile_of_mode_sts_token(cli: &Cli) {
    let mock = Mock::start(&[]);
    let issued = mock.ask("GET", "/credentials", "");
    let profiles = json!([{
        "name": "used",
        "mode": "StsToken",
        "access_key_id": issued["AccessKeyId"],
        "access_key_secret": issued["AccessKeySecret"],
        "sts_token": issued["SecurityToken"],
    }]);
    plan_with_profiles(cli, &mock, &profiles).succeeded();
    assert_eq!(signer(&mock), issued["AccessKeyId"]);
}

fn profile_of_mode_ram_role_arn(cli: &Cli) {
    let mock = Mock::start(&[]);
    let profiles = json!([{
        "name": "used",
        "mode": "RamRoleArn",
        "access_key_id": ID,
        "access_key_secret": SECRET,
        "ram_role_arn": ROLE,
        "ram_session_name": "nightly",
        "expired_seconds": 900,
    }]);
    plan_with_profiles(cli, &mock, &profiles).succeeded();
    is_signed_by_a_session(&mock);
    let [call] = &mock.calls("AssumeRole")[..] else { panic!("one call of AssumeRole") };
    assert_eq!(call["access_key"], ID);
    assert_eq!(parameter(call, "RoleArn"), ROLE);
    assert_eq!(parameter(call, "RoleSessionName"), "nightly");
    assert_eq!(parameter(call, "DurationSeconds"), "900");
}

fn profile_of_mode_chainable_ram_role_arn(cli: &Cli) {
    let mock = Mock::start(&[]);
    let profiles = json!([
        {
            "name": "used",
            "mode": "ChainableRamRoleArn",
            "source_profile": "middle",
            "ram_role_arn": ROLE,
            "ram_session_name": "last",
        },
        {
            "name": "middle",
            "mode": "RamRoleArn",
            "access_key_id": ID,
            "access_key_secret": SECRET,
            "ram_role_arn": ROLE.replace("reader", "first"),
            "ram_session_name": "first",
        },
    ]);
    plan_with_profiles(cli, &mock, &profiles).succeeded();
    is_signed_by_a_session(&mock);
    let [first, last] = &mock.calls("AssumeRole")[..] else { panic!("two calls of AssumeRole") };
    assert_eq!(first["access_key"], ID);
    assert_eq!(parameter(last, "RoleSessionName"), "last");
    assert!(last["access_key"].as_str().unwrap().starts_with("STS."), "{last:#}");
    assert_ne!(last["access_key"], signer(&mock));
}

fn profile_of_mode_oidc(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock);
    let token = write_home(&workspace, "token", "an.id.token\n");
    write_profiles(
        &workspace,
        &json!([{
            "name": "used",
            "mode": "OIDC",
            "oidc_provider_arn": IDENTITY_PROVIDER,
            "oidc_token_file": token,
            "ram_role_arn": ROLE,
            "ram_session_name": "pod",
        }]),
    );
    plan(&workspace, "profile = \"used\"").succeeded();
    is_signed_by_a_session(&mock);
    let [call] = &mock.calls("AssumeRoleWithOIDC")[..] else { panic!("one call") };
    assert_eq!(call["signature"], "", "whoever holds a token has no key to sign with");
    assert_eq!(parameter(call, "OIDCProviderArn"), IDENTITY_PROVIDER);
}

fn profile_of_mode_credentials_uri(cli: &Cli) {
    let mock = Mock::start(&[]);
    let uri = format!("{}/credentials", mock.url);
    let profiles = json!([{ "name": "used", "mode": "CredentialsURI", "credentials_uri": uri }]);
    plan_with_profiles(cli, &mock, &profiles).succeeded();
    is_signed_by_a_session(&mock);
}

/// Plans with a profile whose program prints `text`.
fn plan_with_program(cli: &Cli, mock: &Mock, text: &str) -> Finished {
    let workspace = without_key(cli, mock);
    let line = format!("'{}' --for 'my account'", write_program(&workspace, text));
    write_profiles(
        &workspace,
        &json!([{ "name": "used", "mode": "External", "process_command": line }]),
    );
    plan(&workspace, "profile = \"used\"")
}

fn profile_of_mode_external(cli: &Cli) {
    let mock = Mock::start(&[]);
    let printed = json!({ "mode": "AK", "access_key_id": ID, "access_key_secret": SECRET });
    plan_with_program(cli, &mock, &printed.to_string()).succeeded();
    is_signed_by_the_key(&mock);
}

fn a_program_that_prints_invalid_output_is_reported(cli: &Cli) {
    let mock = Mock::start(&[]);
    let text = plan_with_program(cli, &mock, "access_key_secret: rubbish")
        .failed()
        .says("Credential source failed")
        .says("the profile used of")
        .says("the output of the program is not valid: it is not valid JSON")
        .text();
    assert!(!text.contains("rubbish"), "{text}");
    assert!(mock.calls("DescribeImages").is_empty());
}

fn the_current_profile_is_used_if_nothing_else_is_configured(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock).without_env("ALICLOUD_REGION");
    let profiles = json!([{
        "name": "used",
        "mode": "AK",
        "access_key_id": ID,
        "access_key_secret": SECRET,
        "region_id": "cn-shanghai",
    }]);
    write_profiles(&workspace, &profiles);
    plan(&workspace, "").succeeded();
    is_signed_by_the_key(&mock);
    assert_eq!(mock.calls("DescribeImages")[0]["region"], "cn-shanghai");
}

fn the_ini_file_is_used_if_nothing_else_is_configured(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock);
    let section = format!(
        "[default]\ntype = ram_role_arn\naccess_key_id = {ID}\naccess_key_secret = {SECRET}\n\
         role_arn = {ROLE}\nrole_session_name = from-ini\n"
    );
    write_home(&workspace, ".alibabacloud/credentials", &section);
    plan(&workspace, "").succeeded();
    is_signed_by_a_session(&mock);
    assert_eq!(parameter(&mock.calls("AssumeRole")[0], "RoleSessionName"), "from-ini");
}

fn a_missing_profile_is_reported(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock);
    plan(&workspace, "profile = \"staging\"")
        .failed()
        .says("Credential source failed")
        .says("the profile staging")
        .says("config.json cannot be read: there is no such file");
    write_profiles(&workspace, &json!([{ "name": "used", "mode": "AK" }]));
    plan(&workspace, "profile = \"staging\"").failed().says("the file has no profile staging");
    plan(&workspace, "profile = \"used\"").failed().says("access_key_id is not set");
}

fn an_invalid_profile_file_is_reported(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock);
    let broken = "{\"profiles\": [\n  {\"name\": \"used\", \"access_key_secret\": \"half";
    let path = write_home(&workspace, ".aliyun/config.json", broken);
    let text = plan(&workspace, "profile = \"used\"")
        .failed()
        .says("Credential source failed")
        .says(&path)
        .says("the JSON ends too early, near line 2")
        .text();
    assert!(!text.contains("half"), "{text}");
    // If the file is not configured, it is listed as one of the sources without a credential.
    plan(&workspace, "").failed().says("credentials missing").says("the JSON ends too early");
}
