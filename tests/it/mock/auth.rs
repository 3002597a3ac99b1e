//! Authentication: which calls are accepted, and the errors for the others.

use std::time::Duration;

use terraform_provider_alicloud::mock::{Account, Auth, Server, Stage};

use super::{
    client::{Answer, Call, Scheme, client},
    config, start,
};

const BOTH: [Scheme; 2] = [Scheme::Rpc1, Scheme::Acs3];

async fn refused(call: Call, server: &Server) -> (u16, String) {
    let answer = call.send(server.url()).await.unwrap();
    (answer.status, answer.text("Code"))
}

fn stamp(offset: i64) -> String {
    let time = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(offset);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[tokio::test]
async fn an_invalid_signature_is_refused_with_the_documented_code() {
    let mut config = config();
    let (name, id) = ("disabled".into(), "2".into());
    config.accounts.push(Account { name, id, active: false, ..Account::new("disabled", "secret") });
    let server = Server::start(config).unwrap();
    for scheme in BOTH {
        let call = || Call { scheme, ..Call::images(&[]) };
        let with = |change: fn(&mut Call)| {
            let mut call = call();
            change(&mut call);
            call
        };
        for (call, status, code) in [
            (with(|c| c.access_key = "nobody".into()), 404, "InvalidAccessKeyId.NotFound"),
            (with(|c| c.access_key = "disabled".into()), 400, "InvalidAccessKeyId.Inactive"),
            (with(|c| c.secret = "wrong".into()), 400, "SignatureDoesNotMatch"),
            (with(|c| c.time = stamp(-1000)), 400, "InvalidTimeStamp.Expired"),
            (with(|c| c.time = stamp(1000)), 400, "InvalidTimeStamp.Expired"),
            (with(|c| c.time = "today".into()), 400, "InvalidTimeStamp.Format"),
            (
                with(|c| c.token = Some("token".into())),
                400,
                "InvalidSecurityToken.MismatchWithAccessKey",
            ),
        ] {
            assert_eq!(refused(call, &server).await, (status, code.into()), "{scheme:?}");
        }
        let twice = call();
        assert_eq!(refused(twice.clone(), &server).await.0, 200);
        assert_eq!(refused(twice, &server).await, (400, "SignatureNonceUsed".into()));
        let late = with(|c| c.time = stamp(-800));
        assert_eq!(refused(late, &server).await.0, 200, "within 15 minutes");
    }
}

#[tokio::test]
async fn missing_signature_parameters_are_reported_by_name() {
    let server = start();
    for name in
        ["AccessKeyId", "SignatureMethod", "SignatureNonce", "SignatureVersion", "Timestamp"]
    {
        let request = Call::images(&[]).request(server.url());
        let query = request.url().query().unwrap().split('&');
        let query: Vec<_> = query.filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
        let url = format!("{}/?{}", server.url(), query.join("&"));
        let answer = Answer::read(client().post(url).send().await.unwrap()).await.unwrap();
        assert_eq!(answer.text("Code"), format!("Missing{name}"));
        assert_eq!(answer.text("Message"), format!("{name} is mandatory for this action."));
    }
    for (url, code) in [
        ("/", "MissingAction"),
        ("/?Action=DescribeImages", "MissingVersion"),
        ("/?Action=DescribeImages&Version=2014-05-26", "MissingAccessKeyId"),
        ("/other", "InvalidApi.NotFound"),
    ] {
        let response = client().get(format!("{}{url}", server.url())).send().await.unwrap();
        let answer = Answer::read(response).await.unwrap();
        assert_eq!(answer.text("Code"), code);
        assert!(answer.body.contains("<Error><Code>"), "XML is the default: {}", answer.body);
    }
}

#[tokio::test]
async fn the_message_of_a_mismatch_is_the_documented_one_with_the_string_to_sign() {
    let server = start();
    let call = Call { secret: "wrong".into(), ..Call::images(&[]) };
    let message = call.send(server.url()).await.unwrap().text("Message");
    let beginning = "Specified signature is not matched with our calculation. server string to sign is:POST&%2F&";
    assert!(message.starts_with(beginning), "{message}");
    let call = Call { scheme: Scheme::Acs3, secret: "wrong".into(), ..Call::images(&[]) };
    let message = call.send(server.url()).await.unwrap().text("Message");
    let beginning = "Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\n";
    assert!(message.starts_with(beginning) && message.ends_with(']'), "{message}");
}

#[tokio::test]
async fn the_journal_reports_where_signatures_differ_and_shows_both() {
    let mut config = config();
    let other = Account::new("other-key", "other-secret");
    config.accounts.push(Account { name: "other".into(), id: "2".into(), ..other });
    let server = Server::start(config).unwrap();
    for scheme in BOTH {
        let call = Call { scheme, secret: "other-secret".into(), ..Call::images(&[]) };
        call.send(server.url()).await.unwrap();
        let entry = server.journal().entries().pop().unwrap();
        let difference = entry.difference.as_ref().unwrap();
        assert_eq!(difference.stage, Stage::Signature);
        assert!(difference.reason.contains("secret of account other"), "{difference:?}");
        // The journal does not contain signatures.
        assert_eq!((&*difference.expected, difference.received.as_deref()), ("***", Some("***")));
        // It contains the text that the mock signed, so that a user can compare it with that of the
        // client.
        assert!(difference.signed_text.contains("DescribeImages"), "{difference:?}");
    }
    let mut request = Call { scheme: Scheme::Acs3, ..Call::images(&[]) }.request(server.url());
    *request.body_mut() = Some("changed on the way".into());
    client().execute(request).await.unwrap();
    let entry = server.journal().entries().pop().unwrap();
    let difference = entry.difference.as_ref().unwrap();
    assert_eq!(difference.stage, Stage::CanonicalRequest);
    assert!(difference.reason.contains("x-acs-content-sha256"), "{difference:?}");
}

#[tokio::test]
async fn a_request_without_a_required_signed_header_is_refused() {
    let server = start();
    let mut request = Call { scheme: Scheme::Acs3, ..Call::images(&[]) }.request(server.url());
    request.headers_mut().insert("x-acs-extra", "1".parse().unwrap());
    let answer = Answer::read(client().execute(request).await.unwrap()).await.unwrap();
    assert_eq!((answer.status, answer.text("Code").as_str()), (400, "IncompleteSignature"));
}

#[tokio::test]
async fn the_limit_of_clock_skew_and_the_clock_can_be_configured() {
    let mut lax = config();
    lax.max_skew = Duration::from_secs(31 * 60);
    let server = Server::start(lax).unwrap();
    let call = Call { time: stamp(-1800), ..Call::images(&[]) };
    assert_eq!(refused(call, &server).await.0, 200);
    let mut wrong = config();
    wrong.clock_skew = -3600;
    let server = Server::start(wrong).unwrap();
    assert_eq!(refused(Call::images(&[]), &server).await.1, "InvalidTimeStamp.Expired");
    let call = Call { time: stamp(-3600), ..Call::images(&[]) };
    assert_eq!(refused(call, &server).await.0, 200);
}

#[tokio::test]
async fn with_auth_off_unsigned_calls_succeed() {
    let mut config = config();
    config.auth = Auth::Off;
    let server = Server::start(config).unwrap();
    let call = Call { scheme: Scheme::Unsigned, ..Call::images(&[]) };
    assert_eq!(call.send(server.url()).await.unwrap().text("TotalCount"), "8");
    let call = Call { secret: "wrong".into(), ..Call::images(&[]) };
    assert_eq!(call.send(server.url()).await.unwrap().status, 200);
}

#[tokio::test]
async fn the_quota_is_counted_by_account_and_blocks_until_the_next_minute() {
    let mut config = config();
    config.quota = Some(2);
    let other = Account::new("other-key", "other-secret");
    config.accounts.push(Account { name: "other".into(), id: "9".into(), ..other });
    // The clock starts at the beginning of a minute.
    let second = jiff::Timestamp::now().as_second().rem_euclid(60);
    config.clock_skew = 60 - second;
    let server = Server::start(config).unwrap();
    let code = async |call: Call| refused(call, &server).await.1;
    assert_eq!(code(Call::images(&[])).await, "");
    assert_eq!(code(Call::images(&[])).await, "");
    assert_eq!(code(Call::images(&[])).await, "Throttling.User");
    assert_eq!(
        code(Call { secret: "x".into(), ..Call::images(&[]) }).await,
        "SignatureDoesNotMatch"
    );
    let other =
        Call { access_key: "other-key".into(), secret: "other-secret".into(), ..Call::images(&[]) };
    assert_eq!(code(other).await, "");
    server.advance(Duration::from_secs(60));
    assert_eq!(code(Call::images(&[])).await, "");
}
