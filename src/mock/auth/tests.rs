use std::sync::Arc;

use hyper::{HeaderMap, Method, header::HeaderName};
use serde_json::Value;

use super::*;
use crate::mock::{account::Account, journal::Stage, message::Connection};

const V1: &str = include_str!("../../../tests/data/signing-v1.json");
const ACS3: &str = include_str!("../../../tests/data/signing-acs3.json");

fn cases(file: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn text<'a>(case: &'a Value, pointer: &str) -> &'a str {
    case.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} of {case}"))
}

fn pairs(case: &Value, name: &str) -> Vec<(String, String)> {
    let members = case[name].as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn borrowed(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn key(secret: &str) -> Signer {
    Signer::Permanent(Arc::new(Account::new("testid", secret)))
}

/// The request of an RPC 1.0 case, as it arrives, with the signature of the vector.
fn v1_request(case: &Value) -> Request {
    let method = Method::from_bytes(text(case, "/http_method").as_bytes()).unwrap();
    let mut headers = HeaderMap::new();
    let form = v1::canonical_query(borrowed(&pairs(case, "form_body")));
    if !form.is_empty() {
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    }
    let query = text(case, "/expected/signed_query_sorted");
    Request::new(method, "/", query, headers, form.into(), Connection::default())
}

#[test]
fn every_stage_of_the_rpc1_vectors_is_reproduced() {
    let cases = cases(V1);
    assert_eq!(cases.len(), 33);
    for case in &cases {
        let id = text(case, "/id");
        let (query, form) = (pairs(case, "query"), pairs(case, "form_body"));
        let canonical = v1::canonical_query(borrowed(&query).chain(borrowed(&form)));
        if form.is_empty() {
            assert_eq!(canonical, text(case, "/expected/canonical_query"), "{id}");
        }
        let string = v1::string_to_sign(text(case, "/http_method"), &canonical);
        assert_eq!(string, text(case, "/expected/string_to_sign"), "{id}");
        let signature = v1::signature(text(case, "/access_key_secret"), &string);
        assert_eq!(signature, text(case, "/expected/signature"), "{id}");
    }
}

#[test]
fn requests_of_the_rpc1_vectors_are_accepted_and_changed_ones_refused() {
    for case in &cases(V1) {
        let id = text(case, "/id");
        let key = key(text(case, "/access_key_secret"));
        let mut request = v1_request(case);
        let claim = v1::claim(&request).unwrap_or_else(|refusal| panic!("{id}: {refusal:?}"));
        assert!(verify_rpc1(&request, &claim, &key, &[]).is_ok(), "{id}");
        request.query = request.query.iter().chain([("Added", "")]).collect();
        let claim = v1::claim(&request).unwrap();
        assert!(verify_rpc1(&request, &claim, &key, &[]).is_err(), "{id}");
    }
}

#[test]
fn every_stage_of_the_acs3_vectors_is_reproduced_and_their_requests_are_accepted() {
    let cases = cases(ACS3);
    assert_eq!(cases.len(), 25);
    for case in &cases {
        let id = text(case, "/id");
        let query = v1::canonical_query(borrowed(&pairs(case, "query")));
        assert_eq!(query, text(case, "/expected/canonical_query"), "{id}");
        let mut headers = HeaderMap::new();
        for (name, value) in pairs(case, "headers") {
            headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let signed = text(case, "/expected/signed_headers");
        let canonical_headers = acs3::canonical_headers(&headers, &acs3::signed_names(signed));
        assert_eq!(canonical_headers, text(case, "/expected/canonical_headers"), "{id}");
        let hash = acs3::hex_sha256(text(case, "/body").as_bytes());
        assert_eq!(hash, text(case, "/expected/payload_sha256"), "{id}");
        let (method, path) = (text(case, "/http_method"), text(case, "/path"));
        let canonical =
            acs3::canonical_request(method, path, &query, &canonical_headers, signed, &hash);
        assert_eq!(canonical, text(case, "/expected/canonical_request"), "{id}");
        let string = acs3::string_to_sign(&canonical);
        assert_eq!(string, text(case, "/expected/string_to_sign"), "{id}");
        let secret = text(case, "/access_key_secret");
        assert_eq!(acs3::signature(secret, &string), text(case, "/expected/signature"), "{id}");

        headers.insert("authorization", text(case, "/expected/authorization").parse().unwrap());
        let body = text(case, "/body").to_owned();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request =
            Request::new(method, path, &query, headers, body.into(), Connection::default());
        let claim = acs3::claim(&request).unwrap_or_else(|refusal| panic!("{id}: {refusal:?}"));
        assert!(verify_acs3(&request, &claim, &key(secret), &[]).is_ok(), "{id}");
        request.query = request.query.iter().chain([("Added", "")]).collect();
        let claim = acs3::claim(&request).unwrap();
        assert!(verify_acs3(&request, &claim, &key(secret), &[]).is_err(), "{id}");
    }
}

#[test]
fn a_signed_hash_that_differs_from_that_of_the_body_is_refused() {
    let signed = "host;x-acs-content-sha256";
    let mut headers = HeaderMap::new();
    headers.insert("host", "a".parse().unwrap());
    headers.insert("x-acs-content-sha256", "0".repeat(64).parse().unwrap());
    let lines = acs3::canonical_headers(&headers, &acs3::signed_names(signed));
    let hash = acs3::hex_sha256(b"");
    let canonical = acs3::canonical_request("POST", "/", "", &lines, signed, &hash);
    let signature = acs3::signature("secret", &acs3::string_to_sign(&canonical));
    let authorization =
        format!("ACS3-HMAC-SHA256 Credential=testid,SignedHeaders={signed},Signature={signature}");
    headers.insert("authorization", authorization.parse().unwrap());
    let request = Request::new(Method::POST, "/", "", headers, "".into(), Connection::default());
    let claim =
        Claim { access_key: "testid", nonce: "", signature: &signature, time: "", token: None };
    let denial = verify_acs3(&request, &claim, &key("secret"), &[]).unwrap_err();
    assert!(denial.difference.unwrap().reason.contains("x-acs-content-sha256"));
}

/// Signs a request incorrectly and returns the difference that the mock reports.
fn rpc1_difference(sign: impl Fn(&[(&str, &str)]) -> String) -> Difference {
    let parameters = [("Action", "DescribeImages"), ("ImageName", "a b*~"), ("a", ""), ("B", "/")];
    let mut query = v1::canonical_query(parameters.into_iter());
    query.push_str("&Signature=");
    v1::append_encoded(&sign(&parameters), &mut query);
    let request =
        Request::new(Method::POST, "/", &query, HeaderMap::new(), "".into(), Connection::default());
    let claim = Claim {
        access_key: "testid",
        nonce: "",
        signature: request.parameter("Signature").unwrap(),
        time: "",
        token: None,
    };
    let other = Arc::new(Account { name: "other".into(), ..Account::new("k", "other-secret") });
    let denial = verify_rpc1(&request, &claim, &key("secret"), &[other]).unwrap_err();
    *denial.difference.unwrap()
}

#[test]
fn the_usual_mistakes_of_rpc1_are_recognized_with_their_stage() {
    let canonical = |p: &[(&str, &str)]| v1::canonical_query(p.iter().copied());
    let sign = |query: &str| v1::signature("secret", &v1::string_to_sign("POST", query));
    let plus = rpc1_difference(|p| sign(&canonical(p).replace("%20", "+")));
    assert_eq!(
        (plus.stage, plus.reason.as_str()),
        (Stage::CanonicalRequest, "a space became + instead of %20")
    );
    assert!(plus.received.unwrap().contains("a%2Bb"));
    assert!(plus.expected.contains("a%2520b"));
    let empty = rpc1_difference(|p| {
        sign(&v1::canonical_query(p.iter().copied().filter(|(_, value)| !value.is_empty())))
    });
    assert_eq!(empty.reason, "empty parameters were left out");
    let case = rpc1_difference(|_| sign("a=&Action=DescribeImages&B=%2F&ImageName=a%20b%2A~"));
    assert_eq!(case.reason, "the parameters were sorted without regard to case");
    let method =
        rpc1_difference(|p| v1::signature("secret", &v1::string_to_sign("GET", &canonical(p))));
    assert_eq!(
        (method.stage, method.reason.as_str()),
        (Stage::StringToSign, "another HTTP method was signed")
    );
    let key =
        rpc1_difference(|p| v1::hmac_sha1(b"secret", &v1::string_to_sign("POST", &canonical(p))));
    assert_eq!(key.stage, Stage::Signature);
    let other = rpc1_difference(|p| {
        v1::signature("other-secret", &v1::string_to_sign("POST", &canonical(p)))
    });
    assert!(other.reason.contains("secret of account other"), "{}", other.reason);
    let unknown = rpc1_difference(|_| "AAAA".into());
    assert_eq!(unknown.stage, Stage::Signature);
    assert!(unknown.signed_text.contains("POST&%2F&"), "{}", unknown.signed_text);
}

#[test]
fn a_nonce_is_refused_a_second_time_for_the_same_key_only() {
    let mut nonces = Nonces::default();
    let now = Timestamp::UNIX_EPOCH;
    assert!(nonces.insert("a", "1", now));
    assert!(!nonces.insert("a", "1", now));
    assert!(nonces.insert("b", "1", now));
    let later = now + Duration::from_secs(3 * 3600);
    assert!(nonces.insert("a", "2", later));
    assert!(!nonces.insert("a", "1", later), "remembered for one more generation");
}
