//! What the error codes of the service mean, and what a user does about each. Source of the
//! codes: ECS API, DescribeImages and common error codes.

use std::time::Duration;

use super::{Explanation, message, push, sentence, spoken};
use crate::{alicloud::error::ApiError, diag::Message};

/// The smallest difference between the clocks that is reported, in seconds: the header `Date` has no
/// fractions, and the response takes time to arrive.
const MIN_REPORTED_SKEW: i64 = 5;

/// The text about a refusal by `host`, to which a call about `region` was sent.
pub(super) fn explain(refusal: &ApiError, region: &str, host: &str) -> Explanation {
    let (message, next) = advice(refusal, region, host);
    let what = match (refusal.code.as_str(), refusal.message.as_str()) {
        ("", _) => format!("HTTP status {}, without a readable reason.", refusal.status),
        (code, "") => format!("{code} (HTTP status {}).", refusal.status),
        (code, message) => {
            format!("{code}: {} (HTTP status {}).", sentence(message), refusal.status)
        }
    };
    Explanation { request_id: refusal.request_id.clone(), ..Explanation::new(message, what, next) }
}

fn advice(refusal: &ApiError, region: &str, host: &str) -> (&'static Message, String) {
    about_identity(refusal, region).unwrap_or_else(|| about_request(refusal, region, host))
}

fn fixed(message: &'static Message, next: &str) -> (&'static Message, String) {
    (message, next.to_owned())
}

/// What a refusal of the key, its token, the signature or the permissions means; `None` if it is
/// about something else.
fn about_identity(refusal: &ApiError, region: &str) -> Option<(&'static Message, String)> {
    let code = refusal.code.as_str();
    let (family, _) = code.split_once('.').unwrap_or((code, ""));
    Some(match (code, family, refusal.status) {
        ("SignatureDoesNotMatch" | "IncompleteSignature", ..) => (
            message::SIGNATURE,
            format!(
                "The access key is known, but the secret does not belong to it: check secret_key or \
                 ALIBABA_CLOUD_ACCESS_KEY_SECRET for a mix-up of keys, a missing character, or white \
                 space from copying. Less often, the clock is wrong.{}",
                clocks(refusal)
            ),
        ),
        ("InvalidAccessKeyId.Inactive" | "Forbidden.AccessKeyDisabled", ..) => {
            fixed(message::ACCESS_KEY, "Enable the access key in the RAM console, or use another.")
        }
        (_, "InvalidAccessKeyId", _) => fixed(
            message::ACCESS_KEY,
            "The access key does not exist: check access_key or ALIBABA_CLOUD_ACCESS_KEY_ID. A key \
             of the Chinese site does not work on the international site, and vice versa. \
             A key that begins with STS needs its security token.",
        ),
        (_, "InvalidTimeStamp" | "IllegalTimestamp", _) => (
            message::CLOCK,
            format!(
                "Synchronize the clock of this machine, preferably with NTP.{}",
                clocks(refusal)
            ),
        ),
        ("InvalidSecurityToken.Expired", ..) => fixed(
            message::TOKEN,
            "The security token is expired and its source returns no newer one: fetch a new one, or \
             configure a source that renews itself, such as assume_role or an ECS role.",
        ),
        (_, "InvalidSecurityToken" | "MissingSecurityToken", _) => fixed(
            message::TOKEN,
            "Access key, secret and security token belong together: check that all three are of the \
             same session, and that the token is complete.",
        ),
        ("Forbidden.RAM" | "Forbidden.SubUser" | "Forbidden.Unauthorized" | "NoPermission", ..) => {
            (message::PERMISSION, permission(refusal, region))
        }
        (_, _, 403) if refusal.denied_action.is_some() => {
            (message::PERMISSION, permission(refusal, region))
        }
        _ => return None,
    })
}

/// What a refusal of the request itself means.
fn about_request(refusal: &ApiError, region: &str, host: &str) -> (&'static Message, String) {
    let code = refusal.code.as_str();
    let (family, _) = code.split_once('.').unwrap_or((code, ""));
    match (code, family, refusal.status) {
        ("DryRunOperation", ..) => fixed(
            message::DRY_RUN,
            "The check passed: with dry_run the service checks permissions and parameters and reads \
             nothing. Remove dry_run to read.",
        ),
        ("InvalidRegionId.NotFound", ..) => (
            message::REGION,
            format!(
                "Check the region, which is \"{region}\": it is misspelled, or not available to the account."
            ),
        ),
        ("InvalidOperation.NotSupportedEndpoint", ..) => (
            message::ENDPOINT,
            format!(
                "The host {host} does not serve the region {region}: correct the region, or remove \
                 the configured endpoint, so that the host is derived from the region."
            ),
        ),
        (_, "InvalidInstanceType", _) => {
            fixed(message::INSTANCE_TYPE, "Check instance_type, and that the region offers it.")
        }
        ("InvalidProtocol.NeedSsl", ..) => fixed(
            message::REFUSED,
            "Remove protocol = \"HTTP\", or write https:// before the endpoint.",
        ),
        ("InvalidProduct.NotFound" | "InvalidApi.NotFound" | "InvalidAction", ..) => {
            fixed(message::REFUSED, "Check that the endpoint is one of ECS.")
        }
        (code, _, status) if code.contains("Throttling") || status == 429 => fixed(
            message::THROTTLED,
            "The account, including all its users and tools, makes more calls than its quota allows \
             (DescribeImages: 1,000 per minute and region). Make fewer calls at the same time, or \
             request a higher quota in the Quota Center.",
        ),
        (_, "ServiceUnavailable" | "InternalError" | "UnknownError", _) | (.., 500..) => fixed(
            message::SERVICE,
            "Run again later. If it happens again, give the request ID to the support of Alibaba Cloud.",
        ),
        (.., 300..400) => fixed(
            message::REFUSED,
            "The endpoint redirects the call, and redirects are not followed. Configure the final host.",
        ),
        ("", ..) => fixed(message::REFUSED, "Check that the endpoint is one of ECS."),
        _ => fixed(
            message::REFUSED,
            "Check the arguments of the block. The reference of DescribeImages explains the code.",
        ),
    }
}

fn permission(refusal: &ApiError, region: &str) -> String {
    let action = refusal.denied_action.as_deref().unwrap_or("ecs:DescribeImages");
    let who = refusal.denied_principal.as_deref();
    let mut text = match who {
        Some(who) => format!("Allow {who}"),
        None => "Allow the RAM user or role".to_owned(),
    };
    push(&mut text, format_args!(" the action {action} on acs:ecs:{region}:*:image/*."));
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
