use super::*;
use crate::{
    alicloud::{
        endpoint::{Endpoint, Protocol, configured::Origin},
        sign::{Call, Scheme, percent_encode, sign},
    },
    ctx::http::{Arrival, Limits},
};

const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

fn signed(scheme: Scheme) -> (Request, Credential) {
    let key = Credential {
        access_key_id: "LTAI-the-id".into(),
        access_key_secret: "the/secret+itself".into(),
        security_token: Some("CAIS/token+==".into()),
        expires: None,
    };
    let endpoint = Endpoint {
        scheme: Protocol::Https,
        host: "ecs.test".into(),
        path: "/".into(),
        origin: Origin::Region,
    };
    let parameters = [("RegionId".to_owned(), "cn-hangzhou".to_owned())];
    let call = Call {
        action: "DescribeImages",
        version: "2014-05-26",
        parameters: &parameters,
        endpoint: &endpoint,
        user_agent: "test",
        limits: Limits { connect: SECOND, read: SECOND, total: SECOND, body: 1 },
    };
    let request = sign(scheme, call, &key, jiff::Timestamp::UNIX_EPOCH, "0123456789abcdef");
    (request, key)
}

#[test]
fn a_password_in_an_address_is_redacted() {
    let request = Request {
        method: crate::ctx::http::Method::GET,
        url: "http://127.0.0.1/c".into(),
        query: "Action=get&token=the-token".into(),
        headers: vec![(
            "authorization",
            format!("Basic {}", BASE64_STANDARD.encode("somebody:hunter2")).into(),
        )],
        body: crate::secret::Secret::default(),
        limits: Limits { connect: SECOND, read: SECOND, total: SECOND, body: 1 },
        proxy: true,
        tls: Default::default(),
        always_verified: false,
        arrival: Arrival::default(),
    };
    let redactor = Redactor::new(&request, None);
    let said = "wrong password hunter2 of somebody, token the-token";
    assert_eq!(redactor.redact(said), "wrong password (redacted) of (redacted), token (redacted)");
}

#[test]
fn a_repeated_request_is_fully_redacted() {
    for scheme in [Scheme::V1, Scheme::Acs3] {
        let (request, key) = signed(scheme);
        let redactor = Redactor::new(&request, Some(&key));
        let headers: Vec<String> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.expose()))
            .collect();
        let decoded = percent_decode_str(request.query.expose()).decode_utf8_lossy();
        let encoded = percent_encode(request.query.expose()).to_string();
        let echo =
            format!("{}?{} {decoded} {encoded} {headers:?}", request.url, request.query.expose());
        let shown = redactor.redact(&echo);
        for secret in &redactor.0 {
            assert!(!shown.contains(secret.as_str()), "{shown}");
        }
        assert!(!shown.contains("CAIS") && !shown.contains("the-id"), "{shown}");
        assert!(shown.contains("RegionId=cn-hangzhou") || scheme == Scheme::Acs3, "{shown}");
        assert!(shown.contains("(redacted)"), "{shown}");
    }
}

/// A server may repeat any part of the header: the token or the signature alone, as well as names.
#[test]
fn each_value_of_an_authorization_header_is_redacted() {
    for (header, said, shown) in [
        ("Bearer the-token", "Bearer got the-token", "Bearer got (redacted)"),
        (
            "ACS3-HMAC-SHA256 Credential=the-key,SignedHeaders=host;x-acs-date,Signature=0123abcd",
            "Credential the-key, SignedHeaders host;x-acs-date, Signature 0123abcd",
            "Credential (redacted), SignedHeaders host;x-acs-date, Signature (redacted)",
        ),
    ] {
        let (mut request, _) = signed(Scheme::Acs3);
        request.headers = vec![("authorization", header.to_owned().into())];
        assert_eq!(Redactor::new(&request, None).redact(said), shown);
    }
}

/// Redacting shorter ones would mangle words.
#[test]
fn texts_of_five_bytes_or_more_are_redacted() {
    let mut redactor = Redactor::nothing();
    redactor.add("four");
    redactor.add("fiver");
    assert_eq!(redactor.redact("four fiver"), "four (redacted)");
}

#[test]
fn ordinary_words_are_not_redacted() {
    let (request, key) = signed(Scheme::Acs3);
    let words = "The specified ImageId m-1 of cn-hangzhou does not exist; see SignedHeaders.";
    assert_eq!(Redactor::new(&request, Some(&key)).redact(words), words);
}

/// Every way in which a text may write each of its characters.
fn encodings(secret: &str) -> Vec<String> {
    let each = |write: &dyn Fn(char) -> String| secret.chars().map(write).collect::<String>();
    let special = |write: &dyn Fn(char) -> String| {
        each(&|character| match character.is_ascii_alphanumeric() {
            true => character.to_string(),
            false => write(character),
        })
    };
    let upper = |character: char| format!("%{:02X}", u32::from(character));
    let lower = |character: char| format!("%{:02x}", u32::from(character));
    let plus = |character: char| if character == ' ' { "+".into() } else { upper(character) };
    let named = |character: char| match character {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    };
    let other_names = |character: char| match character {
        '\'' => "&apos;".to_owned(),
        '=' => "&equals;".to_owned(),
        '>' => "&gt;".to_owned(),
        '+' => "&plus;".to_owned(),
        '/' => "&sol;".to_owned(),
        other => other.to_string(),
    };
    let decimal = |character: char| format!("&#{};", u32::from(character));
    let hexadecimal = |character: char| format!("&#x{:X};", u32::from(character));
    let once: [&dyn Fn(char) -> String; 7] =
        [&upper, &lower, &plus, &named, &other_names, &decimal, &hexadecimal];
    let mut all: Vec<_> = once.iter().flat_map(|write| [special(write), each(write)]).collect();
    all.push(special(&upper).replace('%', "%25"));
    all.push(special(&lower).replace('%', "%25"));
    all.push(special(&upper).replace('%', "&#37;"));
    all.push(special(&named).replace('&', "%26"));
    all.push(hex(secret.as_bytes()));
    all.push(hex(secret.as_bytes()).to_uppercase());
    for around in ["", "a", "ab"] {
        let text = format!("{around}{secret}{around}");
        all.push(BASE64_STANDARD.encode(&text));
        all.push(BASE64_URL_SAFE_NO_PAD.encode(&text));
        all.push(BASE64_STANDARD.encode(&text).replace('=', "%3d").replace('+', "%2b"));
    }
    all
}

#[test]
fn a_secret_is_redacted_in_every_encoding() {
    for secret in ["the/secret+it&s<elf>", "hunter 2 = \"good\"'", "CAIS~token==", "päßword"] {
        let mut redactor = Redactor::nothing();
        redactor.add(secret);
        for encoded in
            encodings(secret).iter().filter(|_| secret.is_ascii()).chain([&secret.into()])
        {
            let shown = redactor.redact(&format!("wrong: ä {encoded} %zz &x; ö"));
            let rest = shown.strip_prefix("wrong: ä ").unwrap();
            let rest = rest.strip_suffix(" %zz &x; ö").unwrap();
            // Base64 has up to two characters on each side that also depend on what is around.
            let (before, after) = rest.split_once(REDACTED).unwrap_or_else(|| panic!("{shown}"));
            assert!(before.len() <= 4 && after.len() <= 10, "{encoded}: {shown}");
        }
    }
}

#[test]
fn only_decimal_digits_make_a_decimal_entity() {
    let mut redactor = Redactor::nothing();
    redactor.add("ddddd");
    assert_eq!(redactor.redact(&"&#100;".repeat(5)), REDACTED);
    let text = "&#9a;".repeat(5);
    assert_eq!(redactor.redact(&text), text);
}

#[test]
fn a_text_without_secrets_is_unchanged() {
    let mut redactor = Redactor::nothing();
    redactor.add("the-secret");
    for text in
        ["", "%", "&", "&;", "&#;", "&#x;", "&#999;", "%4", "a+b", "100%25 &amp; more", "ü%"]
    {
        assert_eq!(redactor.redact(text), text);
    }
}

#[test]
fn a_long_text_is_truncated_without_leaving_a_part_of_a_secret() {
    let mut redactor = Redactor::nothing();
    redactor.add("the-secret");
    for cut in 0..10 {
        let text =
            format!("{}the-secret{}", "x".repeat(MAX_TEXT - cut), "%41&#65;".repeat(1 << 20));
        let shown = redactor.redact(&text);
        assert!(shown.len() < MAX_TEXT && shown.bytes().all(|byte| byte == b'x'), "{cut}");
    }
    // The text is truncated within the last character, so all others are present, each encoded in
    // six.
    let entities: String = "the-secret".bytes().map(|byte| format!("&#x{byte:02X};")).collect();
    let shown = redactor.redact(&format!("{}{entities}", "x".repeat(MAX_TEXT - 59)));
    assert!(shown.len() > MAX_TEXT - 200 && shown.bytes().all(|byte| byte == b'x'), "{shown:.100}");
    let secrets = redactor.redact(&"the-secret".repeat(20_000));
    assert!(!secrets.replace(REDACTED, "").contains("the"), "{secrets}");
}
