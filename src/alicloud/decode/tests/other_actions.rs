//! Responses to other actions.

use super::*;

#[derive(Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Response {
    name: String,
}

fn read(body: &str) -> Result<Response, Error> {
    read_json(body.as_bytes())
}

#[test]
fn a_response_is_read_or_its_fault_is_described_without_its_text() {
    assert_eq!(read(r#"{"Name": "n", "Code": "OK"}"#), Ok(Response { name: "n".into() }));
    let unexpected =
        |reason: &str| Err(Error::Unexpected { reason: reason.into(), request_id: None });
    assert_eq!(
        read("{\n \"Name\": [\"canary\"]}"),
        unexpected("a member is missing or of the wrong type, near line 2 column 9")
    );
    assert_eq!(
        read(r#"{"Name": [], "RequestId": "R-1"}"#),
        Err(Error::Unexpected {
            reason: "a member is missing or of the wrong type, near line 1 column 9".into(),
            request_id: Some("R-1".into()),
        })
    );
    let broken = |reason: &str| Err(Error::Broken(reason.into()));
    assert_eq!(
        read(r#"{"Name": "canary"#),
        broken("the JSON ends too early, near line 1 column 16")
    );
    assert_eq!(read("canary"), broken("it is not valid JSON, near line 1 column 1"));
}

#[test]
fn a_code_other_than_that_of_a_success_is_a_refusal() {
    for code in ["Throttling", "404"] {
        assert_eq!(read(&format!(r#"{{"Code": "{code}"}}"#)), Err(Error::Refused));
    }
    for code in ["", "200", "OK", "Success"] {
        let read = read(&format!(r#"{{"Code": "{code}"}}"#));
        assert!(matches!(read, Err(Error::Unexpected { .. })), "{code}: {read:?}");
    }
}

#[test]
fn a_response_of_any_action_for_another_region_is_a_mismatch() {
    let read = |body: &str| read_response(body.as_bytes(), "cn-test");
    for body in ["{}", r#"{"RegionId": "CN-Test", "Code": "OK", "Disks": [1]}"#] {
        assert_eq!(read(body).unwrap(), body);
    }
    assert_eq!(read(r#"{"Code": "Throttling"}"#), Err(Error::Refused));
    let reason = r#"it is for the region "cn-other" instead of "cn-test""#;
    for (id, request_id) in [("", None), ("R", Some("R".to_owned()))] {
        let body = format!(r#"{{"RegionId": "cn-other", "RequestId": "{id}"}}"#);
        assert_eq!(read(&body), Err(Error::Mismatch { reason: reason.into(), request_id }));
    }
}
