use proptest::prelude::*;

use super::*;

fn said_by(line: &str, stderr: &str, stdout: &str) -> String {
    let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
    shown(stderr.as_bytes(), stdout.as_bytes(), &arguments)
}

fn said(stderr: &str) -> String {
    said_by("login", stderr, "")
}

#[test]
fn whole_words_up_to_the_limit_are_examined() {
    let first = |limit| first_words("some words".into(), limit);
    assert_eq!([9, 10, 11].map(first), ["some", "some words", "some words"]);
}

#[test]
fn the_last_lines_are_shown_on_one_line() {
    assert_eq!(said("one\ntwo\n\nthree\nfour\n"), "two; three; four");
    assert_eq!(said("session over, \u{1b}[31mlog in again\n"), "session over,  [31mlog in again");
    assert!(said(&"x ".repeat(1000)).chars().count() <= LENGTH);
}

#[test]
fn what_stdout_has_is_redacted() {
    let stdout = r#"{"access_key_secret": "printedsecret", "sts_token": "printed/and+token"}"#;
    assert_eq!(said_by("", "got printedsecret", stdout), "got (redacted)");
    assert_eq!(said_by("", "got printed/and+token", stdout), "got (redacted)");
    // Only a part of the second secret is examined.
    let (first, second) = ("x".repeat(200), "y".repeat(300));
    let stderr = format!("{}{second}", format!("{first} ").repeat(20));
    let shown = said_by("", &stderr, &format!("{first} {second}"));
    assert!(shown.starts_with("(redacted) ") && !shown.contains('y'), "{shown}");
}

#[test]
fn secret_arguments_of_the_program_are_redacted() {
    for line in ["--password hunter", "--password=hunter", "-p hunter", "-v --api-key hunter"] {
        assert_eq!(said_by(line, "wrong: hunter", ""), "wrong: (redacted)", "{line}");
    }
    assert_eq!(said_by("login hunter22", "wrong: hunter22", ""), "wrong: (redacted)");
    for line in
        ["login --profile production", "login --profile=production -v", "login --key=k production"]
    {
        let advice = "run login for production";
        assert_eq!(said_by(line, advice, ""), advice, "{line}");
    }
}

#[test]
fn every_pattern_is_valid() {
    assert!(RULES.is_some());
}

#[test]
fn values_that_look_like_secrets_are_redacted() {
    for (stderr, expected) in [
        (
            r#"{"id":"a","access_key_secret":"correcthorsebatterystaple"}"#,
            r#"{"id":"a","access_key_secret": (redacted)"#,
        ),
        (
            r#"{\"SecurityToken\":\"a\\\"b\",\"Region\":\"cn\"}"#,
            r#"{\"SecurityToken\": (redacted)"#,
        ),
        ("{'SecretKey': 'two words', 'n': 1}", "{'SecretKey': (redacted)"),
        ("secret = \"spaced value\"\nbye", "secret = (redacted); bye"),
        ("AccessKeySecret: Abcdefghij12345", "AccessKeySecret: (redacted)"),
        ("secret=EXTSECRETMARK", "secret= (redacted)"),
        ("export ALICLOUD_SECRET_KEY=a,b;c", "export ALICLOUD_SECRET_KEY= (redacted)"),
        ("password: correct horse battery staple", "password: (redacted)"),
        ("Authorization: Bearer abc def", "Authorization: (redacted)"),
        ("sent Bearer abc to it", "sent Bearer (redacted) to it"),
        ("sent basic dXNlcjpwYXNz to it", "sent basic (redacted) to it"),
        ("+ login --password hunter --user me", "+ login --password (redacted) --user me"),
        ("token CAISab12/x9y8z7w6/qrs12tu/vwx34yz/abcd12", "token (redacted)"),
        ("got CAIS%2Bab12%2Fx9y8z7", "got (redacted)"),
        ("at /opt/tools/abcd1234efgh5678z", "at /opt/tools/(redacted)"),
        ("got /aBcd12/ef34gh/ijkl56/mnop78", "got (redacted)"),
        ("password:\nhunter2\nbye", "password: (redacted); bye"),
        ("+ login --password 'correct horse' --user me", "+ login --password (redacted) --user me"),
        ("https://user:pass@host/x failed", "https://(redacted)@host/x failed"),
        ("https://user:p@/ss@host/x failed", "https://(redacted)@host/x failed"),
        ("proxy user:pass@host:8080 failed", "proxy user:(redacted)@host:8080 failed"),
        ("https://sso.example/in#id=abc now", "https://sso.example/in?(redacted) now"),
        (
            "bad key LTAI5tAbCdEfGh12345 at https://sso.example/login?code=abc now",
            "bad key (redacted) at https://sso.example/login?(redacted) now",
        ),
    ] {
        assert_eq!(said(stderr), expected, "{stderr}");
    }
}

#[test]
fn ordinary_messages_are_kept() {
    for message in [
        "log in again? wrong/user?",
        "the session has ended: log in again",
        "the token has expired",
        "no credentials for profile production, run login --profile production",
        "not found: /home/user1/config/tool2/profiles2026",
        "ErrorCode: InvalidSecurityToken.Expired",
        "https://sso.example:8443/login/v2 responded with status 503 after 12 s",
        "File \"/usr/lib/python3/site-packages/secret/token.py\", line 42, in main",
        "git@github.com: permission denied",
        "the role acs:ram::1234567890123456:role/reader does not trust it",
    ] {
        assert_eq!(said(message), message, "{message}");
    }
}

proptest! {
    /// In each form in which programs print them.
    #[test]
    fn a_named_secret_is_never_shown(
        name in "(access_key_secret|AccessKeySecret|ALICLOUD_SECRET_KEY|sts_token|SecurityToken|password|api-key|client_secret|x-acs-security-token|Authorization)",
        secret in "[A-Za-z0-9+/]{2,20}[0-9][A-Za-z0-9+/=]{2,20}",
        form in 0..11_usize,
    ) {
        let line = match form {
            0 => format!("{{\"{name}\":\"{secret}\"}}"),
            1 => format!("{{\\\"{name}\\\": \\\"{secret}\\\"}}"),
            2 => format!("{{'{name}': '{secret}'}}"),
            3 => format!("{name}: {secret}"),
            4 => format!("{name}:{secret}"),
            5 => format!("{name}={secret}"),
            6 => format!("export {name}='{secret}'"),
            7 => format!("+ login --{name} {secret}"),
            8 => format!("{name}: Bearer {secret}"),
            9 => format!("POST https://sts.example/?{name}={secret} failed"),
            _ => format!("wrong {name} => {secret}, refused"),
        };
        for text in [line.clone(), format!("failed:\n{line}\nlog in again"), format!("at 10:00 {line}; stop")] {
            let shown = said(&text);
            prop_assert!(!shown.contains(&secret), "{text:?} is shown as {shown:?}");
        }
    }

    /// Wherever Base64 with slashes is.
    #[test]
    fn encoded_bytes_are_never_shown(bytes in prop::collection::vec(any::<u8>(), 48..200)) {
        use base64::prelude::{BASE64_STANDARD, Engine as _};
        let token = BASE64_STANDARD.encode(bytes);
        let shown = said(&format!("got {token} there"));
        prop_assert!(!shown.contains(&token), "{token} is shown as {shown}");
    }

    #[test]
    fn no_text_is_a_problem(text in "(?s).{0,200}") {
        said(&text);
    }
}
