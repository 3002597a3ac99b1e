use super::*;
use crate::alicloud::{
    Product,
    error::{ApiError, Timeout},
    origin::Origin,
};

fn error(cause: Cause) -> Error {
    Error {
        product: Some(Product::ECS),
        action: "DescribeImages",
        region: "cn-hangzou".into(),
        host: "ecs.cn-hangzou.aliyuncs.com".into(),
        origin: Some(Origin::Region),
        key: None,
        attempts: 3,
        elapsed: Duration::from_millis(2_250),
        cause,
    }
}

/// The full message, as the first read of a run reports it.
fn reported(error: &Error) -> Diagnostic {
    Reported::default().report(error, None)
}

fn refusal(status: u16, code: &str) -> ApiError {
    let (code, message, request_id) = (code.into(), "No.".into(), "R-1".into());
    ApiError { status, code, message, request_id, ..ApiError::default() }
}

fn refused(status: u16, code: &str) -> Diagnostic {
    reported(&error(Cause::Api(refusal(status, code))))
}

fn transport(kind: ErrorKind) -> Cause {
    let (host, cause) = ("ecs.cn-hangzou.aliyuncs.com".into(), "the cause".into());
    Cause::Transport(http::Error { kind, host, cause, request_id: None })
}

#[test]
fn summaries_are_different_and_have_eight_words_at_most() {
    let mut seen = HashSet::new();
    for summary in messages::MESSAGES.iter().map(|message| message.summary) {
        assert!(summary.split(' ').count() <= 8 && summary.len() <= 60, "{summary}");
        assert!(seen.insert(summary), "{summary}");
    }
}

#[test]
fn the_detail_reports_what_where_why_how_long_and_the_remedy() {
    let diagnostic = refused(400, "SignatureDoesNotMatch");
    assert_eq!(diagnostic.summary, messages::SIGNATURE.summary);
    assert_eq!(
        diagnostic.detail,
        "SignatureDoesNotMatch: No (HTTP status 400).\n\n\
         Call: DescribeImages, region cn-hangzou, host ecs.cn-hangzou.aliyuncs.com, 3 calls in 2.3 s. \
         Request ID: R-1.\n\n\
         The access key is known, but the secret does not belong to it: check secret_key or \
         ALICLOUD_SECRET_KEY for a mix-up of keys, a missing character, or white space from \
         copying. Less often, the clock is wrong."
    );
}

#[test]
fn each_code_has_its_summary_and_remedy() {
    for (status, code, summary, remedy) in [
        (200, "DryRunOperation", messages::DRY_RUN.summary, "The check passed"),
        (400, "IncompleteSignature", messages::SIGNATURE.summary, "secret_key"),
        (404, "InvalidAccessKeyId.NotFound", messages::ACCESS_KEY.summary, "international site"),
        (400, "InvalidAccessKeyId.Inactive", messages::ACCESS_KEY.summary, "Enable"),
        (403, "Forbidden.AccessKeyDisabled", messages::ACCESS_KEY.summary, "Enable"),
        (400, "InvalidTimeStamp.Expired", messages::CLOCK.summary, "NTP"),
        (400, "InvalidSecurityToken.Expired", messages::TOKEN.summary, "renews itself"),
        (400, "InvalidSecurityToken.Malformed", messages::TOKEN.summary, "same session"),
        (400, "MissingSecurityToken", messages::TOKEN.summary, "same session"),
        (
            403,
            "Forbidden.RAM",
            messages::PERMISSION.summary,
            "ecs:DescribeImages on acs:ecs:cn-hangzou:*:image/*",
        ),
        (404, "InvalidRegionId.NotFound", messages::REGION.summary, "\"cn-hangzou\""),
        (
            400,
            "InvalidInstanceType.ValueNotSupported",
            messages::INSTANCE_TYPE.summary,
            "instance_type",
        ),
        (404, "InvalidProtocol.NeedSsl", messages::REFUSED.summary, "protocol"),
        (404, "InvalidProduct.NotFound", messages::REFUSED.summary, "endpoint"),
        (400, "Throttling.User", messages::THROTTLED.summary, "quota"),
        (429, "", messages::THROTTLED.summary, "quota"),
        (503, "ServiceUnavailable", messages::SERVICE.summary, "later"),
        (400, "UnknownError", messages::SERVICE.summary, "later"),
        (502, "", messages::SERVICE.summary, "later"),
        (302, "", messages::REFUSED.summary, "final host"),
        (404, "", messages::REFUSED.summary, "endpoint"),
        (404, "InvalidUsage", messages::REFUSED.summary, "arguments"),
        (414, "", messages::REQUEST_TOO_LONG.summary, "Shorten"),
    ] {
        let diagnostic = refused(status, code);
        assert_eq!(diagnostic.summary, summary, "{status} {code}");
        assert!(diagnostic.detail.contains(remedy), "{code}: {}", diagnostic.detail);
        assert!(diagnostic.detail.contains("R-1") && diagnostic.detail.contains(code));
        assert!(diagnostic.detail.contains(&status.to_string()));
    }
}

#[test]
fn a_missing_permission_is_reported_as_the_service_names_it() {
    let mut denied = refusal(403, "NewForbiddenCode");
    denied.denied_action = Some("ecs:DescribeImagesX".into());
    denied.denied_principal = Some("builder".into());
    denied.denied_by = Some("ImplicitDeny".into());
    let diagnostic = reported(&error(Cause::Api(denied.clone())));
    assert_eq!(diagnostic.summary, messages::PERMISSION.summary);
    assert!(diagnostic.detail.ends_with(
        "Allow builder the action ecs:DescribeImagesX on acs:ecs:cn-hangzou:*:image/*. No policy \
         allows it."
    ));
    denied.denied_by = Some("ExplicitDeny".into());
    assert!(reported(&error(Cause::Api(denied))).detail.contains("denies it explicitly"));
}

#[test]
fn a_missing_permission_for_another_action_names_that_action() {
    let denied =
        Error { action: "DescribeRegions", ..error(Cause::Api(refusal(403, "Forbidden.RAM"))) };
    let detail = reported(&denied).detail;
    assert!(
        detail.ends_with("Allow the RAM user or role the action ecs:DescribeRegions."),
        "{detail}"
    );
}

#[test]
fn a_missing_permission_names_an_action_of_the_product_that_was_called() {
    for (product, action, expected) in [
        (Product::STS, "GetCallerIdentity", "role the action sts:GetCallerIdentity."),
        (Product::ECS, "DescribeRegions", "role the action ecs:DescribeRegions."),
        (Product::LOCATION, "DescribeX", "role to call DescribeX of the product location."),
    ] {
        let refused = error(Cause::Api(refusal(403, "NoPermission")));
        let detail = reported(&Error { product: Some(product), action, ..refused }).detail;
        assert!(detail.ends_with(expected), "{detail}");
    }
}

#[test]
fn a_refusal_of_the_location_service_has_the_remedy_of_its_code() {
    let advice = |refusal| {
        let (host, reason) = ("location.example".into(), "it refused the call".into());
        reported(&error(Cause::Location { host, reason, refusal })).detail
    };
    let denied = advice(Some(Box::new(refusal(403, "Forbidden.RAM"))));
    let expected = "Allow the RAM user or role to call DescribeEndpoints of the product location.";
    assert!(denied.ends_with(expected), "{denied}");
    let mut named = refusal(403, "Forbidden.RAM");
    named.denied_action = Some("service:DescribeEndpoints".into());
    let named = advice(Some(Box::new(named)));
    assert!(named.ends_with("the action service:DescribeEndpoints."), "{named}");
    for other in [None, Some(Box::new(refusal(400, "InvalidRegionId")))] {
        assert!(advice(other).ends_with("Or set endpoints.ecs."));
    }
}

#[test]
fn an_endpoint_that_does_not_serve_the_region_is_explained_by_what_named_it() {
    let refused = || error(Cause::Api(refusal(404, "InvalidOperation.NotSupportedEndpoint")));
    let by = |origin| reported(&Error { origin: Some(origin), ..refused() }).detail;
    let configured = by(Origin::Argument("endpoints.ecs"));
    assert!(configured.contains("correct or remove it"), "{configured}");
    let located = by(Origin::Location("location.example".into()));
    assert!(located.contains("The Location service location.example named the host"), "{located}");
    assert!(located.contains("set endpoints { ecs =") && !located.contains("remove"), "{located}");
}

#[test]
fn the_request_id_of_a_response_that_did_not_end_is_reported() {
    let Cause::Transport(failure) = transport(ErrorKind::ReadTimeout) else { unreachable!() };
    let cut = Cause::Transport(http::Error { request_id: Some("R-9".into()), ..failure });
    let detail = reported(&error(cut)).detail;
    assert!(detail.contains("3 calls in 2.3 s. Request ID: R-9."), "{detail}");
}

#[test]
fn the_clock_difference_is_reported_if_it_was_measured() {
    let skewed = |skew| {
        let mut refusal = refusal(400, "InvalidTimeStamp.Expired");
        refusal.clock_skew = Some(skew);
        reported(&error(Cause::Api(refusal))).detail
    };
    assert!(skewed(903).ends_with("The clock of this machine is 15 min 3 s behind the service's."));
    assert!(skewed(-7_200).ends_with("is 120 min ahead of the service's."));
    assert!(skewed(2).ends_with("NTP."));
}

#[test]
fn network_failures_report_host_cause_and_remedy() {
    for (kind, summary, remedy) in [
        (ErrorKind::BodyTooLarge, messages::GARBLED.summary, "endpoint"),
        (ErrorKind::Closed, messages::CONNECTION.summary, "HTTPS_PROXY"),
        (ErrorKind::Connect, messages::CONNECTION.summary, "firewall"),
        (ErrorKind::ConnectTimeout, messages::CONNECTION.summary, "firewall"),
        (ErrorKind::Cut, messages::INCOMPLETE.summary, "The host can be reached"),
        (ErrorKind::Dns, messages::HOST.summary, "may be misspelled: it is \"cn-hangzou\""),
        (ErrorKind::Garbled, messages::GARBLED.summary, "HTTP or HTTPS"),
        (ErrorKind::InvalidProxy, messages::PROXY.summary, "Correct or unset that variable"),
        (ErrorKind::InvalidUrl, messages::ENDPOINT.summary, "host name"),
        (ErrorKind::NotTls, messages::TLS.summary, "put http:// before it"),
        (ErrorKind::Proxy, messages::PROXY.summary, "NO_PROXY"),
        (ErrorKind::ReadTimeout, messages::CONNECTION.summary, "network"),
        (ErrorKind::RequestTooLong, messages::REQUEST_TOO_LONG.summary, "Shorten"),
        (ErrorKind::Resolver, messages::HOST.summary, "DNS server"),
        (ErrorKind::Stalled, messages::INCOMPLETE.summary, "client_read_timeout"),
        (ErrorKind::Tls, messages::TLS.summary, "ca_certificate_file"),
    ] {
        let diagnostic = reported(&error(transport(kind)));
        assert_eq!(diagnostic.summary, summary, "{kind:?}");
        for part in [remedy, "ecs.cn-hangzou.aliyuncs.com", "the cause", "3 calls in 2.3 s"] {
            assert!(diagnostic.detail.contains(part), "{kind:?}: {}", diagnostic.detail);
        }
    }
}

#[test]
fn missing_credentials_report_what_to_set_and_what_was_tried() {
    let skipped =
        vec![("arguments".into(), "not set".into()), ("profile".into(), "no file".into())];
    let mut failure = error(Cause::Credentials(CredentialsError::Missing { skipped }));
    (failure.attempts, failure.host) = (0, String::new());
    let diagnostic = reported(&failure);
    assert_eq!(diagnostic.summary, messages::CREDENTIALS_MISSING.summary);
    assert!(diagnostic.detail.starts_with("No credentials are configured: set access_key"));
    assert!(diagnostic.detail.ends_with("\n  - arguments: not set\n  - profile: no file"));
    assert!(diagnostic.detail.contains("region cn-hangzou, not sent."));
}

#[test]
fn a_failed_configured_source_is_reported() {
    let (source_name, reason) = ("assume_role".into(), "refused".into());
    let failed = CredentialsError::Failed { source_name, reason, remedy: "Check it.".into() };
    let diagnostic = reported(&error(Cause::Credentials(failed)));
    assert_eq!(diagnostic.summary, messages::CREDENTIALS_FAILED.summary);
    assert!(diagnostic.detail.contains("source, assume_role, returned no credentials: refused."));
    assert!(diagnostic.detail.ends_with("\n\nCheck it."));
}

#[test]
fn at_the_deadline_the_last_failure_is_reported_with_its_remedy() {
    let timeout = Timeout { limit: Duration::from_secs(300), ..Timeout::default() };
    let last = Some(Box::new(Cause::Api(refusal(400, "Throttling.User"))));
    let throttled = Timeout { last, ..timeout };
    let diagnostic = reported(&error(Cause::Deadline(throttled)));
    assert_eq!(diagnostic.summary, messages::THROTTLED.summary);
    for part in [
        "timed out after 5 min. The last attempt failed",
        "Throttling.User: No",
        "R-1",
        "quota",
        "timeouts",
    ] {
        assert!(diagnostic.detail.contains(part), "{}", diagnostic.detail);
    }
    let unsent = Error { attempts: 0, ..error(Cause::Deadline(timeout)) };
    assert!(reported(&unsent).detail.contains("No call was sent"));
}

fn inconsistent() -> Cause {
    let request_id = Some("R-3".into());
    Cause::Inconsistent { total_count: 451, received: 450, rounds: 3, request_id }
}

#[test]
fn the_other_causes_have_their_own_messages() {
    let garbled = Cause::Garbled {
        status: 200,
        reason: "Images.Image[3]: a list".into(),
        request_id: Some("R-2".into()),
        transient: false,
    };
    let unusable = Cause::Endpoint {
        origin: Origin::Argument("endpoints.ecs"),
        reason: "it has a query".into(),
    };
    for (cause, summary, part) in [
        (garbled.clone(), messages::GARBLED.summary, "Images.Image[3]: a list"),
        (garbled, messages::GARBLED.summary, "R-2"),
        (unusable, messages::ENDPOINT.summary, "endpoints.ecs cannot be used: it has a query"),
        (Cause::Cancelled, messages::CANCELLED.summary, "interrupted"),
        (
            inconsistent(),
            messages::INCONSISTENT.summary,
            "reports 451 images but returned 450 different ones; all pages were read 3 times",
        ),
        (inconsistent(), messages::INCONSISTENT.summary, "Request ID: R-3."),
        (
            Cause::TooManyImages {
                total_count: 200_000,
                received: 150_000,
                limit: 512 << 20,
                request_id: Some("R-4".into()),
            },
            messages::TOO_MANY.summary,
            "Request ID: R-4.",
        ),
    ] {
        let diagnostic = reported(&error(cause));
        assert_eq!(diagnostic.summary, summary);
        assert!(diagnostic.detail.contains(part), "{}", diagnostic.detail);
    }
}

#[test]
fn a_repeated_failure_is_reported_in_full_only_once() {
    let reported = Reported::default();
    let again = |request_id: &str, region: &str| {
        let mut refusal = refusal(400, "SignatureDoesNotMatch");
        refusal.request_id = request_id.into();
        let mut error = error(Cause::Api(refusal));
        error.region = region.into();
        reported.report(&error, None)
    };
    let (first, second) = (again("R-1", "cn-a"), again("R-2", "cn-b"));
    assert!(first.detail.contains("secret_key"));
    assert_eq!(second.summary, first.summary);
    assert_eq!(
        second.detail,
        "SignatureDoesNotMatch: No (HTTP status 400).\n\n\
         Another read of this run failed for the same reason; see its message for details. Request ID: R-2."
    );
    let other = reported.report(&error(Cause::Api(refusal(403, "Forbidden.RAM"))), None);
    assert!(other.detail.contains("ecs:DescribeImages"));
}

#[test]
fn a_refusal_of_arguments_is_reported_in_full_for_each_block() {
    let reported = Reported::default();
    for (status, code) in [
        (400, "InvalidInstanceType.ValueNotSupported"),
        (404, "InvalidRegionId.NotFound"),
        (400, "InvalidParameter"),
        (400, "DryRunOperation"),
    ] {
        for value in ["g6.large", "ecs.g99x.huge"] {
            let argument = format!("instance_type = {value:?}");
            let error = error(Cause::Api(refusal(status, code)));
            let detail = reported.report(&error, Some(&argument)).detail;
            let line =
                format!("\n\nArgument: `{argument}`.\nCall: DescribeImages, region cn-hangzou");
            assert!(detail.contains(&line) && !detail.contains("Another read"), "{detail}");
        }
    }
    let lists = [
        inconsistent(),
        Cause::TooManyImages { total_count: 2, received: 1, limit: 1 << 20, request_id: None },
    ];
    for cause in lists.iter().chain(&lists) {
        let detail = reported.report(&error(cause.clone()), None).detail;
        assert!(!detail.contains("Another read"), "{detail}");
    }
}

#[test]
fn a_shared_cause_is_reported_in_full_again_if_what_to_do_differs() {
    let reported = Reported::default();
    let of = |region: &str| {
        let cause = Cause::Api(refusal(404, "InvalidOperation.NotSupportedEndpoint"));
        let error = Error { region: region.into(), ..error(cause) };
        reported.report(&error, None).detail
    };
    assert!(of("cn-a").contains("does not serve the region cn-a"));
    assert!(of("cn-b").contains("does not serve the region cn-b"));
    assert!(of("cn-b").contains("Another read of this run failed for the same reason"));
}

#[test]
fn durations_are_printed_in_readable_units() {
    for (milliseconds, text) in [
        (40, "40 ms"),
        (2_250, "2.3 s"),
        (3_049, "3 s"),
        (299_999, "5 min"),
        (60_000, "1 min"),
        (301_000, "5 min 1 s"),
    ] {
        assert_eq!(spoken(Duration::from_millis(milliseconds)), text);
    }
}
