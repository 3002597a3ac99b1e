//! Error responses.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::{alicloud::redact::Redactor, ctx::fixed};

fn refusal(
    status: u16,
    body: &str,
    headers: &[(&'static str, &str)],
) -> crate::alicloud::error::ApiError {
    let response = fixed::response(status, headers, body.to_owned());
    let now = "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap();
    read_refusal(&response, now, &Redactor::nothing())
}

#[test]
fn errors_are_decoded_in_both_forms_of_json_and_in_xml() {
    for body in [
        r#"{"Code": "A.B", "Message": "it's <no>", "RequestId": "R", "HostId": "h"}"#,
        r#"{"code": "A.B", "message": "it's <no>", "requestId": "R"}"#,
        "<?xml version=\"1.0\"?>\n<Error>\n <RequestId>R</RequestId><Code>A.B</Code>\
         <Message>it&apos;s &lt;no&gt;</Message></Error>",
        "<Error><RequestId>R</RequestId><Code>A.B</Code>\
         <Message><![CDATA[it's <no>]]></Message></Error>",
    ] {
        let error = refusal(400, body, &[]);
        let read = (error.status, &*error.code, &*error.message, &*error.request_id);
        assert_eq!(read, (400, "A.B", "it's <no>", "R"), "{body}");
    }
}

#[test]
fn errors_that_cannot_be_decoded_keep_their_status() {
    for body in ["", "<html><h1>502 Bad Gateway</h1></html>", "null", "{", "[1]", "<Error><Code>"] {
        let error = refusal(502, body, &[("x-acs-request-id", "R\t")]);
        assert_eq!((error.status, &*error.code, &*error.request_id), (502, "", "R"), "{body}");
    }
}

#[test]
fn a_code_may_be_a_number_but_not_an_object() {
    assert_eq!(refusal(400, r#"{"Code": 403, "code": "B"}"#, &[]).code, "403");
    assert_eq!(refusal(400, r#"{"Code": {}, "code": "B"}"#, &[]).code, "B");
}

#[test]
fn an_xml_error_with_a_thousand_elements_is_not_decoded() {
    let of = |elements: usize| format!("<Error><Code>C</Code>{}</Error>", "<E/>".repeat(elements));
    assert_eq!(refusal(400, &of(900), &[]).code, "C");
    assert_eq!(refusal(400, &of(1_000), &[]).code, "");
}

#[test]
fn an_error_of_up_to_64_kib_is_decoded() {
    let of = |length: usize| r#"{"Code": "C"}"#.to_owned() + &" ".repeat(length - 13);
    assert_eq!(refusal(400, &of(64 << 10), &[]).code, "C");
    assert_eq!(refusal(400, &of((64 << 10) + 1), &[]).code, "");
}

#[test]
fn text_of_the_service_is_sanitized_and_truncated() {
    let body = json!({"Code": "A\u{1b}[2J", "Message": "\u{1b}]0;x\u{7}".repeat(1_000)});
    let error = refusal(400, &body.to_string(), &[]);
    assert!(!error.message.contains(char::is_control) && !error.code.contains(char::is_control));
    assert_eq!(error.message.chars().count(), 1_000);
}

#[test]
fn the_string_to_sign_is_removed() {
    let old = "Specified signature is not matched with our calculation. \
        server string to sign is:POST&%2F&AccessKeyId%3DLTAI";
    let new = "Specified signature does not match our calculation. \
        server StringToSign is [ACS3-HMAC-SHA256\nabc]";
    for message in [old, new, "server string to sign is:POST&LTAI"] {
        let body = json!({"Code": "SignatureDoesNotMatch", "Message": message}).to_string();
        let shown = refusal(400, &body, &[]).message;
        assert!(!shown.contains("LTAI") && !shown.contains("abc"), "{shown}");
    }
    let body = json!({"Code": "SignatureDoesNotMatch", "Message": old}).to_string();
    let message = refusal(400, &body, &[]).message;
    assert_eq!(message, "Specified signature is not matched with our calculation.");
}

#[test]
fn access_denied_detail_is_an_object_or_a_string() {
    let detail = json!({"AuthAction": "ecs:DescribeImages", "AuthPrincipalDisplayName": "2001",
        "NoPermissionType": "ImplicitDeny"});
    for detail in [detail.clone(), detail.to_string().into()] {
        let error =
            refusal(403, &json!({"Code": "X", "AccessDeniedDetail": detail}).to_string(), &[]);
        assert_eq!(error.denied_action.as_deref(), Some("ecs:DescribeImages"));
        assert_eq!(error.denied_principal.as_deref(), Some("2001"));
        assert_eq!(error.denied_by.as_deref(), Some("ImplicitDeny"));
    }
}

#[test]
fn retry_after_headers_are_decoded() {
    let wait = |headers: &[(&'static str, &str)]| refusal(429, "", headers).retry_after;
    assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
    assert_eq!(
        wait(&[("retry-after", "7"), ("x-acs-retry-after", "250")]),
        Some(Duration::from_millis(250))
    );
    assert_eq!(
        wait(&[("retry-after", "Fri, 02 Jan 2026 03:04:15 GMT")]),
        Some(Duration::from_secs(10))
    );
    for nonsense in ["0", "-1", "soon", "Fri, 02 Jan 2026 03:04:01 GMT", "99999999999999999999"] {
        assert_eq!(wait(&[("retry-after", nonsense)]), None, "{nonsense}");
    }
}

#[test]
fn clock_skew_is_the_server_clock_minus_the_local_clock() {
    let error = refusal(400, "", &[("date", "Fri, 02 Jan 2026 03:19:05 GMT")]);
    assert_eq!(error.clock_skew, Some(900));
    assert_eq!(refusal(400, "", &[("date", "yesterday")]).clock_skew, None);
    let nothing = fixed::response(400, &[], "");
    assert_eq!(
        read_refusal(&nothing, Timestamp::UNIX_EPOCH, &Redactor::nothing()).clock_skew,
        None
    );
}
