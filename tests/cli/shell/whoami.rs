//! `alicloud-images whoami`.

use super::*;

/// The tests of this module.
pub const TESTS: &[(&str, fn())] = tests![
    whoami_reports_the_source_and_why_earlier_ones_were_skipped,
    whoami_reports_the_assumed_role,
    whoami_lists_the_possible_sources_if_there_is_none,
    advice_is_about_variables_and_options,
];

fn whoami_reports_the_source_and_why_earlier_ones_were_skipped() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock);
    let environment = home.run(&["whoami"]).quiet().stdout;
    let url = format!("endpoint     {}/\n", mock.url);
    for expected in [
        "credentials  the environment (ALICLOUD_ACCESS_KEY)\n",
        "account      1234567890123456\n",
        "identity     acs:ram::1234567890123456:root\n",
        "region       cn-hangzhou\n",
        &url,
        "- a named profile: neither --profile nor ALICLOUD_PROFILE is set\n",
        "- the provider block: access_key and secret_key are not set\n",
    ] {
        assert!(environment.contains(expected), "{expected}: {environment}");
    }
    assert!(!environment.contains("\nrole "), "{environment}");

    let mut home = Home::new(&mock).without_keys();
    home.env.retain(|(name, _)| name != "ALICLOUD_REGION");
    profiles(&home, &mock, MOCK_KEY, "token", "password");
    let current = home.run(&["whoami"]).quiet().stdout;
    for expected in [
        "credentials  the profile key of ",
        "region       eu-central-1\n",
        "- the environment: ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY are not both set\n",
        "- the credentials URI: credentials_uri is not set\n",
        "- an ID token of the environment: ALIBABA_CLOUD_ROLE_ARN is not set\n",
    ] {
        assert!(current.contains(expected), "{expected}: {current}");
    }
    let elsewhere = home.run(&["whoami", "--region", "cn-beijing"]).quiet().stdout;
    assert!(elsewhere.contains("region       cn-beijing\n"), "{elsewhere}");
}

fn whoami_reports_the_assumed_role() {
    let mock = Mock::start(&[]);
    let home = Home::new(&mock).without_keys();
    profiles(&home, &mock, MOCK_KEY, "token", "password");
    for profile in ["role", "token"] {
        let text = home.run(&["whoami", "--profile", profile]).quiet().stdout;
        assert!(
            text.contains("identity     acs:ram::1234567890123456:assumed-role/reader/"),
            "{text}"
        );
        assert!(text.contains("\nrole         reader\n"), "{text}");
        let base = format!("\nwith         the profile {profile}\n");
        assert_eq!(text.contains(&base), profile == "role", "{text}");
        assert!(!text.contains("a named profile"), "{text}");
    }
}

fn whoami_lists_the_possible_sources_if_there_is_none() {
    let mock = Mock::start(&[]);
    let ended = Home::new(&mock).without_keys().run(&["whoami"]).with_status(3);
    assert!(ended.stdout.starts_with("credentials  none\nregion "), "{}", ended.stdout);
    assert!(
        ended.stderr.starts_with("Error: Alibaba Cloud credentials missing"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("- the environment: ALICLOUD_ACCESS_KEY"), "{}", ended.stderr);
}

/// There is no provider block to set anything in.
fn advice_is_about_variables_and_options() {
    let mock = Mock::start(&[]);
    let missing = Home::new(&mock).without_keys().run(&["owners=system"]).with_status(3).stderr;
    assert!(missing.contains("set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY in"), "{missing}");
    assert!(missing.contains("CLI with --profile."), "{missing}");
    let elsewhere = Home::new(&mock).with("ALIBABA_CLOUD_ENDPOINT_ECS", "https://127.0.0.1:1");
    let unreachable = elsewhere.with("ALICLOUD_SECRET_KEY", "wrong").run(&["whoami"]);
    let text = unreachable.with_status(3).stderr;
    assert!(text.contains("check the environment variable ALICLOUD_SECRET_KEY for"), "{text}");
    let empty = Home::new(&mock).run(&["owners=system", "usage="]).with_status(2).stderr;
    assert!(empty.contains("`usage` must not be empty; leave it out for no filter."), "{empty}");
}
