//! The messages about failed calls, and the meaning and remedy of each error code of the service.
//!
//! Source of the codes: ECS API, DescribeImages and common error codes.

use std::time::Duration;

use super::{Explanation, host, key, push, sentence, spoken};
use crate::{
    alicloud::{Error, Product, error::ApiError, origin::KeyOrigin},
    diag::{Message, messages},
};

messages! {
    Credentials {
        CREDENTIALS_MISSING: Error "Alibaba Cloud credentials missing",
            "No source returned credentials; the message lists those that were tried.",
            "Set up one of them; see [Authentication](authentication.md).";
        CREDENTIALS_FAILED: Error "Credential source failed",
            "The configured source returned no credentials, so no other was tried.",
            "The message says what to set, to unset or to check for this source.";
        ACCESS_KEY: Error "Access key refused",
            "The service does not know the access key, or the key is disabled.",
            "Check the ID for typos where the message says, and in the RAM console that the key is active.";
        SIGNATURE: Error "Signature refused, secret key probably wrong",
            "The secret does not belong to the access key.",
            "Set the secret again where the message says; check for whitespace or a missing end.";
        TOKEN: Error "Security token refused",
            "The token of temporary credentials has expired or belongs to another key.",
            "Get new temporary credentials; remove an old token where the message says.";
        PERMISSION: Error "Permission denied by RAM",
            "The user or role is not allowed to make the call; the message names the action.",
            "Allow `ecs:DescribeImages`, or the action in the message, in a RAM policy.";
        CLOCK: Error "Clock differs from Alibaba Cloud's",
            "The clock of this machine is off by more than the service allows.",
            "Set the clock; the message has the difference.";
    }
    Connection {
        HOST: Error "Host name not found",
            "The host of the endpoint has no address; often the region is misspelled.",
            "Check the region, what named the host (the message has it), and the DNS server.";
        CONNECTION: Error "No connection to Alibaba Cloud",
            "The host does not respond, or closed the connection.",
            "Check network, firewall, port, and the proxy if one is needed.";
        TLS: Error "TLS certificate or handshake refused",
            "The certificate of the host is not trusted, or the host does not use TLS.",
            "The message says what is wrong with the certificate. Name the file with the certificate of its issuer in `ca_certificate_file`. For an endpoint without TLS, start it with `http://`.";
        INCOMPLETE: Error "Response incomplete",
            "A response began, but the connection was closed, or became silent or very slow, before its end.",
            "Run again; if it happens again, check proxies and firewalls between.";
        PROXY: Error "Proxy not usable",
            "The proxy in the environment is not configured correctly, refused the connection or is down.",
            "Check the proxy and the variable that the message names; name the host in `NO_PROXY` to bypass it.";
        LOCATION: Error "Location service failed",
            "The Location service is configured, and returned no endpoint of ECS.",
            "Correct `endpoints.location` or `LOCATION_ENDPOINT`, or remove it.";
        ENDPOINT: Error "Endpoint not usable",
            "An endpoint that was configured, or that the Location service named, is not valid.",
            "Use a host name, with a port if it is not the default.";
        TIMED_OUT: Error "Read timed out",
            "The lookup did not finish within `timeouts.read`, or the provider's `max_retry_timeout`, and no call failed. After a failed call, the message has the summary of that failure.",
            "The message says how far the read got; raise the limit that it names if the service is only slow.";
        CANCELLED: Error "Read cancelled",
            "The run was interrupted.",
            "Run again.";
    }
    Service {
        TOO_MANY: Error "Too many images for one lookup",
            "The images would take more than 512 MiB of memory, which about 150,000 average images do.",
            "Narrow the lookup by owner, family, name, status or tags, or split it into several data blocks.";
        THROTTLED: Error "Throttled by Alibaba Cloud",
            "The account's quota of calls per minute was used up until the read timed out, or longer than it may take.",
            "Run again later, lower `-parallelism`, or request a higher quota.";
        SERVICE: Error "Alibaba Cloud service failed",
            "The service reported an internal error until the read timed out.",
            "Run again later; give the request ID to support.";
        REGION: Error "Region unknown to Alibaba Cloud",
            "There is no region with this ID, or the endpoint does not serve it.",
            "Correct `region`.";
        INSTANCE_TYPE: Error "Instance type unknown to Alibaba Cloud",
            "There is no `instance_type` with this name in the region.",
            "Correct it.";
        REQUEST_TOO_LONG: Error "Request too long",
            "The arguments that are sent make a request longer than 64 KiB, the most that a URL may have, or than the service accepts.",
            "Shorten the arguments; the message names the longest if it was found before the request was sent.";
        REFUSED: Error "Request refused by Alibaba Cloud",
            "Any other error of the service; the message has its code and text.",
            "Follow the text; look up the code in the API documentation.";
        GARBLED: Error "Invalid response",
            "The response is not one of the API: it is from a proxy, a login page or another service. It is not treated as an empty list.",
            "Check the endpoint, its port, and proxies in between.";
        INCONSISTENT: Error "Image list changed while being read",
            "Images were added or removed while the pages were read, several times.",
            "Run again; if it happens again, narrow the lookup.";
        DRY_RUN: Error "The check passed, nothing was read",
            "`dry_run` is `true`, and the request and permissions are valid.",
            "Remove `dry_run`.";
    }
}

/// The smallest difference between the clocks that is reported, in seconds: the header `Date` has no
/// fractions, and the response takes time to arrive.
const MIN_REPORTED_SKEW: i64 = 5;

/// The text about a refusal, with which the call of `error` ended.
pub(super) fn explain(refusal: &ApiError, error: &Error) -> Explanation {
    let shared = about_identity(refusal, error.into()).or_else(|| about_service(refusal, error));
    let is_shared = shared.is_some();
    let (message, next) = shared.unwrap_or_else(|| about_arguments(refusal, error));
    let what = match (refusal.code.as_str(), refusal.message.as_str()) {
        ("", _) => format!("HTTP status {}, without a readable reason.", refusal.status),
        (code, "") => format!("{code} (HTTP status {}).", refusal.status),
        (code, message) => {
            format!("{code}: {} (HTTP status {}).", sentence(message), refusal.status)
        }
    };
    let request_id = refusal.request_id.clone();
    Explanation { request_id, is_shared, ..Explanation::new(message, what, next) }
}

/// The call that was refused.
#[derive(Clone, Copy)]
struct Called<'a> {
    product: Option<Product>,
    action: &'a str,
    region: &'a str,
    key: Option<&'a KeyOrigin>,
}

impl<'a> From<&'a Error> for Called<'a> {
    fn from(error: &'a Error) -> Self {
        let Error { product, action, region, key, .. } = error;
        Self { product: *product, action, region, key: key.as_deref() }
    }
}

/// What to do about a refusal of the Location service; `None` if it is not about the key, its token
/// or the permissions.
pub(super) fn remedy_of_location(refusal: &ApiError, error: &Error) -> Option<String> {
    let (product, action) = (Some(Product::LOCATION), "DescribeEndpoints");
    let called = Called { product, action, region: "", key: error.key.as_deref() };
    about_identity(refusal, called).map(|(_, next)| next)
}

fn fixed(message: &'static Message, next: &str) -> (&'static Message, String) {
    (message, next.to_owned())
}

/// What a refusal of the key, its token, the signature or the permissions means; `None` if it is
/// about something else.
fn about_identity(refusal: &ApiError, called: Called<'_>) -> Option<(&'static Message, String)> {
    let code = refusal.code.as_str();
    let (family, _) = code.split_once('.').unwrap_or((code, ""));
    Some(match (code, family, refusal.status) {
        ("SignatureDoesNotMatch" | "IncompleteSignature", ..) => (
            SIGNATURE,
            format!(
                "{} Less often, the clock is wrong.{}",
                key::wrong_secret(called.key),
                clocks(refusal)
            ),
        ),
        ("InvalidAccessKeyId.Inactive" | "Forbidden.AccessKeyDisabled", ..) => {
            (ACCESS_KEY, key::disabled(called.key))
        }
        (_, "InvalidAccessKeyId", _) => (
            ACCESS_KEY,
            format!(
                "{} A key of the Chinese site does not work on the international site, and vice \
                 versa. A key that begins with STS needs its security token.",
                key::unknown_id(called.key)
            ),
        ),
        (_, "InvalidTimeStamp" | "IllegalTimestamp", _) => (
            CLOCK,
            format!(
                "Synchronize the clock of this machine, preferably with NTP.{}",
                clocks(refusal)
            ),
        ),
        ("InvalidSecurityToken.Expired", ..) => (TOKEN, key::expired_token(called.key)),
        (_, "InvalidSecurityToken" | "MissingSecurityToken", _) => {
            (TOKEN, key::wrong_token(called.key))
        }
        ("Forbidden.RAM" | "Forbidden.SubUser" | "Forbidden.Unauthorized" | "NoPermission", ..) => {
            (PERMISSION, permission(refusal, called))
        }
        (_, _, 403) if refusal.denied_action.is_some() => (PERMISSION, permission(refusal, called)),
        _ => return None,
    })
}

/// What a refusal means that any call to the same host can get; `None` if it is about this request.
fn about_service(refusal: &ApiError, error: &Error) -> Option<(&'static Message, String)> {
    let Error { action, region, host, .. } = error;
    let code = refusal.code.as_str();
    let (family, _) = code.split_once('.').unwrap_or((code, ""));
    Some(match (code, family, refusal.status) {
        ("InvalidOperation.NotSupportedEndpoint", ..) => (
            ENDPOINT,
            format!(
                "The host {host} does not serve the region {region}: correct one of them. {}",
                host::source(error)
            ),
        ),
        ("InvalidProtocol.NeedSsl", ..) => {
            fixed(REFUSED, "Remove protocol = \"HTTP\", or write https:// before the endpoint.")
        }
        ("InvalidProduct.NotFound" | "InvalidApi.NotFound" | "InvalidAction", ..) => {
            (REFUSED, host::check(error))
        }
        (code, _, status) if code.contains("Throttling") || status == 429 => {
            let quota = match *action {
                "DescribeImages" => " (DescribeImages: 1,000 per minute and region)",
                _ => "",
            };
            let next = format!(
                "The account, including all its users and tools, makes more calls than its quota \
                 allows{quota}. Make fewer calls at the same time, or request a higher quota in the \
                 Quota Center."
            );
            (THROTTLED, next)
        }
        (_, "ServiceUnavailable" | "InternalError" | "UnknownError", _) | (.., 500..) => fixed(
            SERVICE,
            "Run again later. If it happens again, give the request ID to the support of Alibaba Cloud.",
        ),
        (.., 300..400) => (
            REFUSED,
            format!(
                "The endpoint redirects the call, and redirects are not followed. Configure the \
                 final host. {}",
                host::source(error)
            ),
        ),
        ("", _, status) if !TOO_LONG.contains(&status) => (REFUSED, host::check(error)),
        _ => return None,
    })
}

/// The statuses of HTTP for a body, a URL or headers that are too long.
const TOO_LONG: [u16; 3] = [413, 414, 431];

/// A request that is too long, by the limit of the client or of the service.
pub(super) fn too_long() -> (&'static Message, String) {
    fixed(REQUEST_TOO_LONG, "Shorten the longest arguments.")
}

/// What a refusal means that is about the arguments of one request.
fn about_arguments(refusal: &ApiError, error: &Error) -> (&'static Message, String) {
    let Error { action, region, .. } = error;
    let code = refusal.code.as_str();
    let (family, _) = code.split_once('.').unwrap_or((code, ""));
    match (code, family, refusal.status) {
        ("DryRunOperation", ..) => fixed(
            DRY_RUN,
            "The check passed: with dry_run the service checks permissions and parameters and reads \
             nothing. Remove dry_run to read.",
        ),
        ("InvalidRegionId.NotFound", ..) => (
            REGION,
            format!(
                "Check the region, which is \"{region}\": it is misspelled, or not available to the account."
            ),
        ),
        (_, "InvalidInstanceType", _) => {
            fixed(INSTANCE_TYPE, "Check instance_type, and that the region offers it.")
        }
        (.., status) if TOO_LONG.contains(&status) => too_long(),
        _ => (
            REFUSED,
            format!(
                "Check the arguments of the block. The reference of {action} explains the code."
            ),
        ),
    }
}

fn permission(refusal: &ApiError, called: Called<'_>) -> String {
    let Called { product, action, region, .. } = called;
    let denied = refusal.denied_action.clone();
    let denied = denied.or_else(|| product.and_then(|product| product.ram_action(action)));
    let who = refusal.denied_principal.as_deref();
    let mut text = match who {
        Some(who) => format!("Allow {who}"),
        None => "Allow the RAM user or role".to_owned(),
    };
    match (denied, product) {
        (Some(denied), _) => push(&mut text, format_args!(" the action {denied}")),
        // The prefix of the product in RAM policies is not known.
        (None, Some(product)) => {
            push(&mut text, format_args!(" to call {action} of the product {}", product.code));
        }
        (None, None) => push(&mut text, format_args!(" to call {action}")),
    }
    if action == "DescribeImages" {
        push(&mut text, format_args!(" on acs:ecs:{region}:*:image/*"));
    }
    text.push('.');
    match refusal.denied_by.as_deref() {
        Some("ExplicitDeny") => {
            text.push_str(" A policy denies it explicitly, which overrides any that allows it.")
        }
        Some("ImplicitDeny") => text.push_str(" No policy allows it."),
        _ => {}
    }
    text
}

/// The measured difference of the clocks, if it is large enough to matter.
fn clocks(refusal: &ApiError) -> String {
    let Some(skew) = refusal.clock_skew.filter(|skew| skew.abs() >= MIN_REPORTED_SKEW) else {
        return String::new();
    };
    let by = spoken(Duration::from_secs(skew.unsigned_abs()));
    let side = if skew > 0 { "behind" } else { "ahead of" };
    format!(" The clock of this machine is {by} {side} the service's.")
}
