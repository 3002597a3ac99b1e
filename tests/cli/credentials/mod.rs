//! Every credential source, from the user's configuration to the signature, which `mock-ecs`
//! checks. In addition to ECS, it serves STS, the credentials URI and the token service of
//! CloudSSO.
//!
//! The metadata service is not tested here, because its address is fixed and no proxy is used for
//! it. `tests/it/credentials` tests it with that of the mock.

pub mod practice;
pub mod profiles;

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::{Value as Json, json};

use crate::{
    Test,
    cli::Cli,
    workspace::{Finished, Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    acs3_is_chosen_by_block_and_by_environment,
    a_credential_issued_elsewhere_works_with_its_token,
    an_expired_static_token_is_reported,
    an_assumed_role_that_is_expired_is_renewed,
    arguments_sign,
    assume_role_block_assumes_the_role,
    assume_role_with_oidc_block_exchanges_the_token,
    cloud_sso_exchanges_its_access_token_over_tls,
    credentials_uri_by_argument_and_by_environment,
    endpoints_xml_takes_precedence_over_the_environment,
    each_variable_of_the_environment_can_provide_the_key,
    provider_arguments_unknown_at_plan_are_named,
    a_data_block_that_depends_on_the_provider_arguments_is_read_at_apply,
    sts_is_called_over_plain_http_only_on_request,
    a_wrong_secret_of_a_credential_source_is_reported,
];

const ID: &str = "mock-access-key";
const SECRET: &str = "mock-secret-key";
const ROLE: &str = "acs:ram::1234567890123456:role/reader";
const IDENTITY_PROVIDER: &str = "acs:ram::1234567890123456:oidc-provider/cluster";

/// A workspace with the mock's endpoints and no credential in its environment.
fn without_key(cli: &Cli, mock: &Mock) -> Workspace {
    Workspace::new(cli, mock)
        .without_env("ALICLOUD_ACCESS_KEY")
        .without_env("ALICLOUD_SECRET_KEY")
        .with_env("ALIBABA_CLOUD_STS_ENDPOINT", &mock.url)
        .with_env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
}

/// Writes a file below the home folder.
fn write_home(workspace: &Workspace, name: &str, text: &str) -> String {
    let path = workspace.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Writes the CLI's file with these profiles.
fn write_profiles(workspace: &Workspace, profiles: &Json) {
    let content = json!({ "current": "used", "profiles": profiles, "meta_path": "" });
    write_home(workspace, ".aliyun/config.json", &content.to_string());
}

/// Plans one lookup with a `provider` block of these lines.
fn plan(workspace: &Workspace, provider: &str) -> Finished {
    workspace.main(&format!(
        "provider \"alicloud\" {{\n{provider}\n}}\n\
         data \"alicloud_images\" \"all\" {{\n  owners = \"system\"\n  architecture = \"i386\"\n}}\n\
         output \"count\" {{\n  value = length(data.alicloud_images.all.ids)\n}}\n"
    ));
    workspace.plan()
}

/// The access key that signed the last lookup.
#[track_caller]
fn signer(mock: &Mock) -> String {
    let calls = mock.calls("DescribeImages");
    let call = calls.last().expect("a call of DescribeImages");
    assert_eq!(call["status"], 200, "{call:#}");
    call["access_key"].as_str().unwrap().to_owned()
}

#[track_caller]
fn is_signed_by_the_key(mock: &Mock) {
    assert_eq!(signer(mock), ID);
}

/// Temporary credentials have IDs of this form.
#[track_caller]
fn is_signed_by_a_session(mock: &Mock) {
    let signer = signer(mock);
    assert!(signer.starts_with("STS."), "{signer}");
}

#[track_caller]
fn parameter(call: &Json, name: &str) -> String {
    let parameters = call["parameters"].as_array().unwrap();
    let found = parameters.iter().find(|pair| pair[0] == name);
    found.unwrap_or_else(|| panic!("no {name} in {call:#}"))[1].as_str().unwrap().to_owned()
}

/// Plans with the profile `used` among these.
fn plan_with_profiles(cli: &Cli, mock: &Mock, profiles: &Json) -> Finished {
    let workspace = without_key(cli, mock);
    write_profiles(&workspace, profiles);
    plan(&workspace, "profile = \"used\"")
}

/// A program that prints `text`.
fn write_program(workspace: &Workspace, text: &str) -> String {
    let program =
        write_home(workspace, "tools/print it", &format!("#!/bin/sh\ncat <<'END'\n{text}\nEND\n"));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

fn arguments_sign(cli: &Cli) {
    let mock = Mock::start(&[]);
    // The wrong keys in the environment and the profile are not used.
    let workspace = without_key(cli, &mock)
        .with_env("ALICLOUD_ACCESS_KEY", "another")
        .with_env("ALICLOUD_SECRET_KEY", "another");
    let provider = format!("access_key = {ID:?}\nsecret_key = {SECRET:?}");
    plan(&workspace, &provider).succeeded().says("Changes to Outputs");
    is_signed_by_the_key(&mock);
}

fn a_credential_issued_elsewhere_works_with_its_token(cli: &Cli) {
    let mock = Mock::start(&[]);
    let issued = mock.ask("GET", "/credentials", "");
    let text = |name: &str| issued[name].as_str().unwrap();
    let (id, secret) = (text("AccessKeyId"), text("AccessKeySecret"));
    let token = text("SecurityToken");

    let provider =
        format!("access_key = {id:?}\nsecret_key = {secret:?}\nsecurity_token = {token:?}");
    plan(&without_key(cli, &mock), &provider).succeeded();
    assert_eq!(signer(&mock), id);

    let workspace = without_key(cli, &mock)
        .with_env("ALIBABA_CLOUD_ACCESS_KEY_ID", id)
        .with_env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret)
        .with_env("ALIBABA_CLOUD_SECURITY_TOKEN", token);
    plan(&workspace, "").succeeded();
    assert_eq!(mock.calls("DescribeImages").len(), 2);
    assert_eq!(signer(&mock), id);

    let without_token = format!("access_key = {id:?}\nsecret_key = {secret:?}");
    plan(&without_key(cli, &mock), &without_token).failed().says("Security token refused");
}

fn each_variable_of_the_environment_can_provide_the_key(cli: &Cli) {
    for (id, secret) in [
        ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY"),
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        ("ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET"),
    ] {
        let mock = Mock::start(&[]);
        let workspace = without_key(cli, &mock).with_env(id, ID).with_env(secret, SECRET);
        plan(&workspace, "").succeeded();
        is_signed_by_the_key(&mock);
    }
}

fn cloud_sso_exchanges_its_access_token_over_tls(cli: &Cli) {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("ca.pem");
    let certificate = certificate.to_str().unwrap();
    // The mock does not have this service: its first response is hardcoded, and no signature is
    // checked.
    let issued = json!({ "CloudCredential": {
        "AccessKeyId": "STS.sso",
        "AccessKeySecret": "secret",
        "SecurityToken": "token",
        "Expiration": "2099-01-01T00:00:00Z",
    }});
    let rule = format!("nth=1 do={:?}", format!("body:{issued}"));
    let mock = Mock::start(&["--tls-certificate", certificate, "--auth", "off", "--fault", &rule]);
    let workspace = without_key(cli, &mock).with_env("SSL_CERT_FILE", certificate);
    write_profiles(
        &workspace,
        &json!([{
            "name": "used",
            "mode": "CloudSSO",
            "cloud_sso_sign_in_url": format!("{}/start/login", mock.url),
            "cloud_sso_account_id": "1234567890123456",
            "cloud_sso_access_config": "ac-1",
            "access_token": "signed-in",
            "cloud_sso_access_token_expire": 4_000_000_000_u64,
        }]),
    );
    plan(&workspace, "profile = \"used\"").succeeded().says("Changes to Outputs");
}

fn assume_role_block_assumes_the_role(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock);
    let policy =
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}"#;
    let provider = format!(
        "access_key = {ID:?}\nsecret_key = {SECRET:?}\nassume_role {{\n  role_arn = {ROLE:?}\n  \
         session_name = \"ci@main\"\n  session_expiration = 1800\n  external_id = \"for us\"\n  \
         policy = {policy:?}\n}}"
    );
    plan(&workspace, &provider).succeeded();
    is_signed_by_a_session(&mock);
    let [call] = &mock.calls("AssumeRole")[..] else { panic!("one call of AssumeRole") };
    for (name, value) in [
        ("RoleArn", ROLE),
        ("RoleSessionName", "ci@main"),
        ("DurationSeconds", "1800"),
        ("ExternalId", "for us"),
        ("Policy", policy),
    ] {
        assert_eq!(parameter(call, name), value);
    }
}

fn assume_role_with_oidc_block_exchanges_the_token(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock);
    let file = write_home(&workspace, "token", "an.id.token");
    for token in [format!("oidc_token_file = {file:?}"), "oidc_token = \"an.id.token\"".into()] {
        let provider = format!(
            "assume_role_with_oidc {{\n  oidc_provider_arn = {IDENTITY_PROVIDER:?}\n  \
             role_arn = {ROLE:?}\n  role_session_name = \"pod\"\n  {token}\n}}"
        );
        plan(&workspace, &provider).succeeded();
        is_signed_by_a_session(&mock);
    }
    let calls = mock.calls("AssumeRoleWithOIDC");
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!(parameter(&call, "RoleSessionName"), "pod");
        assert_eq!(parameter(&call, "OIDCToken"), "***");
    }
}

fn credentials_uri_by_argument_and_by_environment(cli: &Cli) {
    let mock = Mock::start(&[]);
    let uri = format!("{}/credentials?for=us", mock.url);
    plan(&without_key(cli, &mock), &format!("credentials_uri = {uri:?}")).succeeded();
    is_signed_by_a_session(&mock);
    for name in ["ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_CREDENTIALS_URI"] {
        plan(&without_key(cli, &mock).with_env(name, &uri), "").succeeded();
        is_signed_by_a_session(&mock);
    }
    assert_eq!(mock.calls("CredentialsUri").len(), 3);
}

fn acs3_is_chosen_by_block_and_by_environment(cli: &Cli) {
    let mock = Mock::start(&[]);
    let key = format!("access_key = {ID:?}\nsecret_key = {SECRET:?}");
    let scheme = || mock.calls("DescribeImages").last().unwrap()["signature"].clone();
    plan(&without_key(cli, &mock), &key).succeeded();
    assert_eq!(scheme(), "RPC-1.0");

    let block = format!("{key}\nsign_version {{\n  ecs = \"v3\"\n}}");
    plan(&without_key(cli, &mock), &block).succeeded();
    assert_eq!(scheme(), "ACS3-HMAC-SHA256");
    is_signed_by_the_key(&mock);

    let workspace = without_key(cli, &mock).with_env("ALICLOUD_SIGN_VERSION_ECS", "v3");
    let role = format!("{key}\nassume_role {{\n  role_arn = {ROLE:?}\n}}");
    plan(&workspace, &role).succeeded();
    assert_eq!(scheme(), "ACS3-HMAC-SHA256");
    is_signed_by_a_session(&mock);
}

fn sts_is_called_over_plain_http_only_on_request(cli: &Cli) {
    let mock = Mock::start(&[]);
    let host = mock.url.strip_prefix("http://").unwrap();
    let with = |more: &str, sts: &str| {
        let workspace = without_key(cli, &mock).without_env("ALIBABA_CLOUD_STS_ENDPOINT");
        plan(
            &workspace,
            &format!(
                "access_key = {ID:?}\nsecret_key = {SECRET:?}\n{more}\nendpoints {{\n  \
                 sts = {sts:?}\n}}\nassume_role {{\n  role_arn = {ROLE:?}\n}}"
            ),
        )
    };
    with("", host).failed().says("Credential source failed").says("does not use TLS on this port");
    assert!(mock.calls("AssumeRole").is_empty());
    for (more, sts) in [("protocol = \"HTTP\"", host), ("", mock.url.as_str())] {
        with(more, sts).succeeded();
        is_signed_by_a_session(&mock);
    }
    // A host that is not this machine is called over HTTPS, regardless of `protocol`.
    with("protocol = \"HTTP\"", "sts.invalid:443").failed().says("sts.invalid");
    assert_eq!(mock.calls("AssumeRole").len(), 2);
}

fn endpoints_xml_takes_precedence_over_the_environment(cli: &Cli) {
    let mock = Mock::start(&[]);
    let product = |name: &str| {
        format!(
            "<Product><ProductName>{name}</ProductName><DomainName>{}</DomainName></Product>",
            mock.url
        )
    };
    let file = format!(
        "<Endpoints><Endpoint name=\"here\"><RegionIds><RegionId>cn-hangzhou</RegionId></RegionIds>\
         <Products>{}{}</Products></Endpoint></Endpoints>",
        product("Ecs"),
        product("Sts"),
    );
    let elsewhere = || {
        without_key(cli, &mock)
            .with_env("ALIBABA_CLOUD_ENDPOINT_ECS", "http://127.0.0.1:1")
            .with_env("ALIBABA_CLOUD_STS_ENDPOINT", "http://127.0.0.1:1")
    };
    let provider = format!(
        "access_key = {ID:?}\nsecret_key = {SECRET:?}\nassume_role {{\n  role_arn = {ROLE:?}\n}}"
    );
    let workspace = elsewhere();
    workspace.write("endpoints.xml", &file);
    plan(&workspace, &provider).succeeded();
    is_signed_by_a_session(&mock);

    let workspace = elsewhere();
    let path = write_home(&workspace, "company/endpoints.xml", &file);
    plan(&workspace.with_env("TF_ENDPOINT_PATH", &path), &provider).succeeded();
    assert_eq!(mock.calls("DescribeImages").len(), 2);

    let workspace = without_key(cli, &mock).with_env("TF_ENDPOINT_PATH", "/nowhere/endpoints.xml");
    plan(&workspace, &provider)
        .succeeded()
        .says("Warning: File of endpoints not found")
        .says("`TF_ENDPOINT_PATH` names the file /nowhere/endpoints.xml, which does not exist");

    let workspace = elsewhere();
    workspace.write("endpoints.xml", "<Endpoints><Endpoint>");
    plan(&workspace, &provider).failed().says("Unusable file of endpoints").says("endpoints.xml");
}

fn an_assumed_role_that_is_expired_is_renewed(cli: &Cli) {
    let rule = "action=DescribeImages times=1 do=error:InvalidSecurityToken.Expired";
    let mock = Mock::start(&["--fault", rule]);
    let provider = format!(
        "access_key = {ID:?}\nsecret_key = {SECRET:?}\nassume_role {{\n  role_arn = {ROLE:?}\n}}"
    );
    plan(&without_key(cli, &mock), &provider).succeeded();
    assert_eq!(mock.calls("AssumeRole").len(), 2);
    let [refused, read] = &mock.calls("DescribeImages")[..] else { panic!("two calls") };
    assert_eq!(refused["code"], "InvalidSecurityToken.Expired");
    assert_eq!(read["code"], "");
    assert_ne!(refused["access_key"], read["access_key"]);
}

fn an_expired_static_token_is_reported(cli: &Cli) {
    let rule = "action=DescribeImages do=error:InvalidSecurityToken.Expired";
    let mock = Mock::start(&["--fault", rule]);
    let provider = "access_key = \"STS.old\"\nsecret_key = \"old\"\nsecurity_token = \"old\"";
    plan(&without_key(cli, &mock), provider)
        .failed()
        .says("Security token refused")
        .says("its source, security_token in the provider block, returns no newer one");
    assert_eq!(mock.calls("DescribeImages").len(), 1);
}

fn a_wrong_secret_of_a_credential_source_is_reported(cli: &Cli) {
    let mock = Mock::start(&[]);
    let profiles = json!([{
        "name": "used",
        "mode": "RamRoleArn",
        "access_key_id": ID,
        "access_key_secret": "not-the-secret",
        "ram_role_arn": ROLE,
    }]);
    let text = plan_with_profiles(cli, &mock, &profiles)
        .failed()
        .says("Credential source failed")
        .says(&format!("the role {ROLE}"))
        .says("SignatureDoesNotMatch")
        .text();
    for hidden in ["not-the-secret", "SignatureNonce", "%26", ID] {
        assert!(!text.contains(hidden), "{hidden} is in:\n{text}");
    }
    assert!(mock.calls("DescribeImages").is_empty());
}

/// A provider whose arguments are known only after apply, and a data block with `more` in it.
fn made_by_apply(more: &str) -> String {
    format!(
        r#"
resource "terraform_data" "made" {{
  input = {{ region = "cn-beijing", key = {ID:?}, secret = {SECRET:?}, role = {ROLE:?} }}
}}

provider "alicloud" {{
  region     = terraform_data.made.output.region
  access_key = terraform_data.made.output.key
  secret_key = terraform_data.made.output.secret

  assume_role {{
    role_arn = terraform_data.made.output.role
  }}
}}

data "alicloud_images" "all" {{
  owners = "system"
{more}}}

output "region" {{
  value = data.alicloud_images.all.region
}}
"#
    )
}

fn a_data_block_that_depends_on_the_provider_arguments_is_read_at_apply(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock);
    workspace.main(&made_by_apply("  depends_on = [terraform_data.made]\n"));
    workspace.plan().succeeded();
    assert!(mock.calls("DescribeImages").is_empty());
    workspace.apply().succeeded();
    assert_eq!(workspace.outputs()["region"], "cn-beijing");
    is_signed_by_a_session(&mock);
    workspace.plan().succeeded().says("No changes.");
}

fn provider_arguments_unknown_at_plan_are_named(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = without_key(cli, &mock);
    workspace.main(&made_by_apply(""));
    workspace.run(&["validate", "-no-color"]).succeeded();
    let text = workspace
        .plan()
        .failed()
        .says("The provider's configuration is not known yet")
        .says("on main.tf line")
        .text();
    for argument in ["`region`", "`access_key`", "`secret_key`", "`assume_role.role_arn`"] {
        assert!(text.contains(argument), "{argument} is not in:\n{text}");
    }
    assert!(mock.calls("DescribeImages").is_empty());

    let target = "-target=terraform_data.made";
    workspace.run(&["apply", "-auto-approve", "-no-color", target]).succeeded();
    workspace.apply().succeeded();
    assert_eq!(workspace.outputs()["region"], "cn-beijing");
    is_signed_by_a_session(&mock);
}
