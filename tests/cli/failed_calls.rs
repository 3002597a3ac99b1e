//! Calls that fail or take too long, and the messages that the user gets.

use crate::{
    Test,
    cli::Cli,
    workspace::{Mock, Workspace},
};

/// The tests of this module.
pub const TESTS: &[Test] = tests![
    a_connection_failure_names_what_named_the_host,
    a_list_that_changes_is_reported_with_a_request_id,
    a_proxy_is_named_with_its_variable,
    a_timeout_names_the_limit_that_applied_and_a_larger_one,
    a_wait_longer_than_the_limit_is_reported_as_throttling,
    a_working_host_is_not_reported_as_unreachable,
];

/// The message about a read that may take `limit`, without Terraform's wrapping.
fn message(workspace: &Workspace, limit: &str) -> String {
    workspace.main(&format!(
        "data \"alicloud_images\" \"all\" {{\n  owners = \"system\"\n  timeouts {{\n    \
         read = {limit:?}\n  }}\n}}\n"
    ));
    let text = workspace.plan().failed().text();
    for odd in ["equal lookup", "os error"] {
        assert!(!text.contains(odd), "{text}");
    }
    text
}

#[track_caller]
fn assert_says(text: &str, sentences: &[&str], others: &[&str]) {
    for sentence in sentences {
        assert!(text.contains(sentence), "{sentence:?} is not in:\n{text}");
    }
    for other in others {
        assert!(!text.contains(other), "{other:?} is in:\n{text}");
    }
}

fn a_wait_longer_than_the_limit_is_reported_as_throttling(cli: &Cli) {
    let mock = Mock::start(&["--fault", "do=retry-after:100000&throttle"]);
    let text = message(&Workspace::new(cli, &mock), "30m");
    let what = "The service asked to wait 1666 min 40 s before the next call, but the read may take \
                no longer than 30 min.";
    assert_says(
        &text,
        &["Throttled by Alibaba Cloud", what, "Run again in 1666 min 40 s."],
        &["timed out", "timeouts {"],
    );
}

fn a_timeout_names_the_limit_that_applied_and_a_larger_one(cli: &Cli) {
    let mock = Mock::start(&["--fault", "do=throttle"]);
    let workspace = Workspace::new(cli, &mock);
    let text = message(&workspace, "1s");
    let expected =
        ["Throttled by Alibaba Cloud", "timed out after 1 s", "set timeouts { read = \"10m\" }"];
    assert_says(&text, &expected, &["max_retry_timeout"]);
    let text = message(&workspace.with_env("MAX_RETRY_TIMEOUT", "1"), "30m");
    let limit = "The limit is that of max_retry_timeout or MAX_RETRY_TIMEOUT: to allow more time, raise \
                 it, for example to 600";
    assert_says(&text, &["timed out after 1 s", limit], &["timeouts {"]);
}

fn a_working_host_is_not_reported_as_unreachable(cli: &Cli) {
    let unreachable = ["did not respond", "can be reached from this machine"];
    for (flags, expected) in [
        (["--fault", "do=slow:1/300ms"], "its response had begun, but was not complete."),
        (["--fault", "page=2 do=latency:9s"], "1 page had been read."),
    ] {
        let mock = Mock::start(&[&["--generate", "1000"][..], &flags].concat());
        let text = message(&Workspace::new(cli, &mock), "1s");
        let slow =
            ["Read timed out", "The host was responding slowly: ", expected, "Narrow the lookup"];
        assert_says(&text, &slow, &unreachable);
    }
    let mock = Mock::start(&["--fault", "do=truncate"]);
    let text = message(&Workspace::new(cli, &mock), "1s");
    let cut = [
        "Response incomplete",
        "before the end of the response",
        "Request ID: ",
        "can be reached, but",
    ];
    assert_says(&text, &cut, &unreachable);
}

fn a_connection_failure_names_what_named_the_host(cli: &Cli) {
    let mock = Mock::start(&[]);
    let workspace = Workspace::new(cli, &mock);
    let host = mock.url.trim_start_matches("http://").to_owned();
    let variable = "ALIBABA_CLOUD_ENDPOINT_ECS";
    let workspace = workspace.with_env(variable, &format!("https://{host}"));
    let text = message(&workspace, "5s");
    let named = format!("variable {variable} names the host {host}");
    let expected = ["does not use TLS on this port", "put http:// before it", &named];
    assert_says(&text, &expected, &["ca_certificate_file", "InvalidContentType"]);

    let text = message(&workspace.with_env(variable, "http://127.0.0.1:1"), "5s");
    let named = format!("variable {variable} names the host 127.0.0.1:1");
    assert_says(&text, &["No connection to Alibaba Cloud", &named], &[]);
}

fn a_proxy_is_named_with_its_variable(cli: &Cli) {
    let mock = Mock::start(&[]);
    let proxied = |proxy: &str| {
        let workspace = Workspace::new(cli, &mock)
            .with_env("ALIBABA_CLOUD_ENDPOINT_ECS", "https://ecs.invalid")
            .with_env("HTTPS_PROXY", proxy)
            .with_env("NO_PROXY", "");
        message(&workspace, "20s")
    };
    let down = proxied("http://user:hush@127.0.0.1:1");
    assert_says(&down, &["Proxy not usable", "the proxy 127.0.0.1:1 from HTTPS_PROXY"], &["hush"]);
    let odd = proxied("http://user:hush@p:port");
    let expected =
        ["the value of HTTPS_PROXY is not a URL", "1 call in", "Correct or unset that variable"];
    assert_says(&odd, &expected, &["hush"]);
}

fn a_list_that_changes_is_reported_with_a_request_id(cli: &Cli) {
    let mock = Mock::start(&["--fault", "do=total:+5"]);
    let text = message(&Workspace::new(cli, &mock), "1m");
    assert_says(&text, &["Image list changed while being read", "Request ID: "], &[]);
}
