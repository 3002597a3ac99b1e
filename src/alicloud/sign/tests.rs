use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::alicloud::endpoint::{Protocol, configured::Origin};

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
    unsigned_forms: Vec<UnsignedForm>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    http_method: String,
    #[serde(default)]
    path: String,
    access_key_id: String,
    access_key_secret: String,
    query: BTreeMap<String, String>,
    #[serde(default)]
    form_body: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    expected: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct UnsignedForm {
    expected: BTreeMap<String, Vec<String>>,
}

fn vectors(json: &str) -> Vectors {
    serde_json::from_str(json).unwrap()
}

fn v1_vectors() -> Vectors {
    vectors(include_str!("../../../tests/data/signing-v1.json"))
}

fn acs3_vectors() -> Vectors {
    vectors(include_str!("../../../tests/data/signing-acs3.json"))
}

fn borrowed(map: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    map.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

#[test]
fn v1_agrees_with_the_vendors_code_at_every_stage() {
    let cases = v1_vectors().cases;
    assert_eq!(cases.len(), 33);
    for case in cases {
        let query = canonical_query(borrowed(&case.query).chain(borrowed(&case.form_body)));
        assert_eq!(*query, case.expected["canonical_query"], "{}", case.id);
        let text = v1::string_to_sign(&case.http_method, &query);
        assert_eq!(*text, case.expected["string_to_sign"], "{}", case.id);
        let signature = v1::signature(&case.access_key_secret, &text);
        assert_eq!(signature, case.expected["signature"], "{}", case.id);
        let signed = std::iter::once(("Signature", signature.as_str()));
        let sent = canonical_query(borrowed(&case.query).chain(signed));
        assert_eq!(*sent, case.expected["signed_query_sorted"], "{}", case.id);
    }
}

#[test]
fn acs3_agrees_with_the_vendors_code_at_every_stage() {
    let cases = acs3_vectors().cases;
    assert_eq!(cases.len(), 25);
    for case in cases {
        let expected = |stage: &str| case.expected[stage].as_str();
        let payload = acs3::payload_sha256(case.body.as_bytes());
        assert_eq!(payload, expected("payload_sha256"), "{}", case.id);
        let query = canonical_query(borrowed(&case.query));
        assert_eq!(*query, expected("canonical_query"), "{}", case.id);
        let headers = acs3::SignedHeaders::new(borrowed(&case.headers));
        assert_eq!(*headers.canonical, expected("canonical_headers"), "{}", case.id);
        assert_eq!(headers.names, expected("signed_headers"), "{}", case.id);
        let request =
            acs3::canonical_request(&case.http_method, &case.path, &query, &headers, &payload);
        assert_eq!(*request, expected("canonical_request"), "{}", case.id);
        assert_eq!(
            acs3::payload_sha256(request.as_bytes()),
            expected("canonical_request_sha256"),
            "{}",
            case.id
        );
        let text = acs3::string_to_sign(&request);
        assert_eq!(text, expected("string_to_sign"), "{}", case.id);
        let signature = acs3::signature(&case.access_key_secret, &text);
        assert_eq!(signature, expected("signature"), "{}", case.id);
        let authorization = acs3::authorization(&case.access_key_id, &headers.names, &signature);
        assert_eq!(authorization, expected("authorization"), "{}", case.id);
    }
}

#[test]
fn a_buffer_with_a_secret_is_not_reallocated() {
    // The old buffer of a text that grows would not be zeroized.
    let worst = [("\u{e4}", "\u{fc}\u{20ac}"), ("&", "==")];
    let query = canonical_query(worst);
    assert_eq!(*query, "%26=%3D%3D&%C3%A4=%C3%BC%E2%82%AC");
    // One byte is left: the first parameter has no `&` before it.
    assert_eq!(query.capacity(), query.len() + 1);
    let text = v1::string_to_sign("POST", "&&=");
    assert_eq!(*text, "POST&%2F&%26%26%3D");
    assert_eq!(text.capacity(), text.len());
}

#[test]
fn several_values_of_one_header_are_sorted_and_joined() {
    let headers = acs3::SignedHeaders::new([("x-acs-b", "2"), ("host", "h"), ("x-acs-b", " 1 ")]);
    assert_eq!(*headers.canonical, "host:h\nx-acs-b:1,2\n");
    assert_eq!(headers.names, "host;x-acs-b");
}

fn endpoint() -> Endpoint {
    Endpoint {
        scheme: Protocol::Https,
        host: "ecs.cn-hangzhou.aliyuncs.com".into(),
        path: "/".into(),
        origin: Origin::Region,
    }
}

fn credential(token: Option<&str>) -> Credential {
    Credential {
        access_key_id: "LTAI5tExampleKeyId00001".into(),
        access_key_secret: "ExampleSecret0000000000000001x".into(),
        security_token: token.map(Secret::from),
        expires: None,
    }
}

const LIMITS: Limits = Limits {
    connect: std::time::Duration::from_secs(1),
    read: std::time::Duration::from_secs(1),
    total: std::time::Duration::from_secs(1),
    body: 1,
};

fn call<'a>(endpoint: &'a Endpoint, parameters: &'a [(String, String)]) -> Call<'a> {
    Call {
        action: "DescribeImages",
        version: "2014-05-26",
        parameters,
        endpoint,
        user_agent: "agent",
        limits: LIMITS,
    }
}

fn region() -> Vec<(String, String)> {
    vec![("RegionId".into(), "cn-hangzhou".into())]
}

fn header(request: &Request, name: &str) -> Option<String> {
    request
        .headers
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.expose().to_owned())
}

/// Everything in a request that a server sees.
fn seen(request: &Request) -> String {
    let headers: String = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.expose()))
        .collect();
    format!("{}?{}\n{headers}\n{}", request.url, request.query.expose(), request.body.expose())
}

#[test]
fn an_acs3_request_matches_the_vector() {
    let case =
        acs3_vectors().cases.into_iter().find(|case| case.id == "describe-images-minimal").unwrap();
    let (endpoint, parameters) = (endpoint(), region());
    let now = case.headers["x-acs-date"].parse().unwrap();
    let nonce = &case.headers["x-acs-signature-nonce"];
    let request = sign(Scheme::Acs3, call(&endpoint, &parameters), &credential(None), now, nonce);
    assert_eq!(header(&request, "authorization").unwrap(), case.expected["authorization"]);
    assert_eq!(request.query.expose(), case.expected["canonical_query"]);
    for (name, value) in case.headers.iter().filter(|(name, _)| *name != "host") {
        assert_eq!(header(&request, name).as_ref(), Some(value), "{name}");
    }
    assert_eq!(header(&request, "accept").unwrap(), "application/json");
}

#[test]
fn acs3_signs_the_token_and_the_key_id_that_goes_with_it() {
    let (endpoint, parameters) = (endpoint(), region());
    let request = sign(
        Scheme::Acs3,
        call(&endpoint, &parameters),
        &credential(Some("token")),
        Timestamp::UNIX_EPOCH,
        "1",
    );
    let authorization = header(&request, "authorization").unwrap();
    assert!(authorization.contains("SignedHeaders=host;x-acs-accesskey-id;x-acs-action;"));
    assert!(authorization.contains(";x-acs-security-token;x-acs-signature-nonce;"));
    assert_eq!(header(&request, "x-acs-security-token").unwrap(), "token");
}

#[test]
fn a_v1_request_has_every_parameter_and_its_signature() {
    let (endpoint, parameters) = (endpoint(), region());
    let now = "2026-05-01T08:00:00.999Z".parse().unwrap();
    let request =
        sign(Scheme::V1, call(&endpoint, &parameters), &credential(Some("a+b")), now, "n");
    let (query, signature) = request.query.expose().rsplit_once("&Signature=").unwrap();
    assert_eq!(
        query,
        "AccessKeyId=LTAI5tExampleKeyId00001&Action=DescribeImages&Format=JSON&RegionId=cn-hangzhou\
         &SecurityToken=a%2Bb&SignatureMethod=HMAC-SHA1&SignatureNonce=n&SignatureVersion=1.0\
         &Timestamp=2026-05-01T08%3A00%3A00Z&Version=2014-05-26"
    );
    let expected =
        v1::signature("ExampleSecret0000000000000001x", &v1::string_to_sign("POST", query));
    assert_eq!(signature, percent_encode(&expected).to_string());
    assert!(request.body.is_empty());
    assert!(request.method == Method::POST);
}

#[test]
fn a_call_without_a_key_has_no_signature() {
    let forms = [v1_vectors(), acs3_vectors()].into_iter().flat_map(|file| file.unsigned_forms);
    let absent = forms.flat_map(|form| form.expected.into_values().flatten());
    let (endpoint, parameters) = (endpoint(), region());
    let request = leave_unsigned(call(&endpoint, &parameters), Timestamp::UNIX_EPOCH, "n");
    assert_eq!(
        request.query.expose(),
        "Action=DescribeImages&Format=JSON&SignatureNonce=n&Timestamp=1970-01-01T00%3A00%3A00Z\
         &Version=2014-05-26"
    );
    assert_eq!(request.body.expose(), "RegionId=cn-hangzhou");
    for absent in absent {
        assert!(!seen(&request).contains(&format!("{absent}=")), "{absent}");
        assert_eq!(header(&request, &absent.to_lowercase()), None);
    }
}

#[test]
fn the_same_call_gives_the_same_request_and_any_change_another_signature() {
    let (endpoint, parameters) = (endpoint(), region());
    let elsewhere = Endpoint { host: "ecs.cn-beijing.aliyuncs.com".into(), ..endpoint.clone() };
    let other_parameters = [("RegionId".to_owned(), "cn-beijing".to_owned())];
    let other_secret = Credential { access_key_secret: "other".into(), ..credential(None) };
    let key = credential(None);
    let now = Timestamp::UNIX_EPOCH;
    let later = now + jiff::SignedDuration::from_secs(1);
    let base = call(&endpoint, &parameters);
    let signature = |scheme, call, credential: &Credential, now, nonce| {
        let request = sign(scheme, call, credential, now, nonce);
        match scheme {
            Scheme::Acs3 => header(&request, "authorization").unwrap(),
            Scheme::V1 => request.query.expose().rsplit_once("Signature=").unwrap().1.to_owned(),
        }
    };
    for scheme in [Scheme::V1, Scheme::Acs3] {
        let first = signature(scheme, base, &key, now, "n");
        assert_eq!(first, signature(scheme, base, &key, now, "n"));
        let mut changed = vec![
            signature(scheme, Call { action: "Other", ..base }, &key, now, "n"),
            signature(scheme, Call { version: "2015-05-26", ..base }, &key, now, "n"),
            signature(scheme, Call { parameters: &other_parameters, ..base }, &key, now, "n"),
            signature(scheme, base, &other_secret, now, "n"),
            signature(scheme, base, &credential(Some("token")), now, "n"),
            signature(scheme, base, &key, later, "n"),
            signature(scheme, base, &key, now, "o"),
        ];
        if scheme == Scheme::Acs3 {
            // RPC 1.0 covers parameters only.
            changed.push(signature(scheme, Call { endpoint: &elsewhere, ..base }, &key, now, "n"));
        }
        for other in changed {
            assert_ne!(first, other);
        }
    }
}

#[test]
fn the_loggable_url_contains_no_secret() {
    let (endpoint, parameters) = (endpoint(), region());
    for scheme in [Scheme::V1, Scheme::Acs3] {
        let key = credential(Some("token"));
        let request = sign(scheme, call(&endpoint, &parameters), &key, Timestamp::UNIX_EPOCH, "n");
        assert_eq!(request.url, "https://ecs.cn-hangzhou.aliyuncs.com/");
        assert!(!seen(&request).contains(key.access_key_secret.expose()));
    }
}
