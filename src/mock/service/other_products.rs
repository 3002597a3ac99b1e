//! The other products: STS for temporary credentials, Location for endpoints, and BssOpenApi for the kind of account.
//! Source: the references of these actions.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{Exchange, unknown_region};
use crate::mock::{
    account::{Session, Signer},
    message::{Refusal, Request},
    repeatable::iso,
};

/// The version of the API.
pub(crate) const STS_VERSION: &str = "2015-04-01";

/// How long credentials last at most, in seconds. Roles of the service allow up to 12 hours.
const LONGEST: u64 = 43_200;

/// The longest name of a role or provider, in bytes. Source: RAM API, CreateOIDCProvider.
const LONGEST_NAME: usize = 128;

/// AssumeRole.
pub(crate) fn assume_role(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    check_length(request, "Policy", 1..=2048)?;
    check_length(request, "ExternalId", 2..=1224)?;
    let account = exchange.caller.map_or("", Signer::account);
    let session = new_session(exchange, account)?;
    Ok(answer(&session, exchange.request_id, None))
}

/// AssumeRoleWithOIDC: the call is not signed, and the token must be present but is not checked.
pub(crate) fn assume_role_with_oidc(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let provider = needed(request, "OIDCProviderArn")?;
    if parse_arn(provider, "oidc-provider/").is_none() {
        return Err(Refusal::known("InvalidParameter.OIDCProviderArn")
            .with_message("The specified OIDC provider ARN is not valid."));
    }
    needed(request, "OIDCToken")?;
    check_length(request, "Policy", 1..=2048)?;
    let account = exchange.backend.keyring.first().map_or("", |account| account.name.as_str());
    let session = new_session(exchange, account)?;
    let token = json!({
        "Subject": "mock-subject", "Issuer": "https://oidc.mock-ecs.invalid",
        "ClientIds": "mock-client", "VerificationInfo": "Success",
        "ExpirationTime": iso(session.expires), "IssuanceTime": iso(exchange.now),
    });
    Ok(answer(&session, exchange.request_id, Some(token)))
}

/// GetCallerIdentity.
pub(crate) fn caller_identity(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let identity = match exchange.caller {
        Some(Signer::Temporary(session)) => json!({
            "AccountId": session.account_id, "Arn": session.arn, "IdentityType": "AssumedRoleUser",
            "PrincipalId": session.principal, "RequestId": exchange.request_id,
            "RoleId": session.principal.split(':').next(),
        }),
        Some(Signer::Permanent(account)) => json!({
            "AccountId": account.id, "Arn": format!("acs:ram::{}:root", account.id),
            "IdentityType": "Account", "PrincipalId": account.id, "UserId": account.id,
            "RequestId": exchange.request_id,
        }),
        None => return Err(Refusal::missing("AccessKeyId")),
    };
    Ok(identity.to_string())
}

fn new_session(exchange: &Exchange<'_>, account: &str) -> Result<Arc<Session>, Refusal> {
    let request = exchange.request;
    let role = needed(request, "RoleArn")?;
    let Some((account_id, role)) = parse_arn(role, "role/") else {
        return Err(Refusal::known("InvalidParameter.RoleArn")
            .with_message("The parameter RoleArn is wrongly formed."));
    };
    let name = needed(request, "RoleSessionName")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".@-_".contains(c);
    if !(2..=64).contains(&name.len()) || !name.chars().all(allowed) {
        return Err(Refusal::known("InvalidParameter.RoleSessionName")
            .with_message("The parameter RoleSessionName is wrongly formed."));
    }
    let seconds = request.integer("DurationSeconds", 3600, 900..=LONGEST).map_err(|_| {
        Refusal::known("InvalidParameter.DurationSeconds")
            .with_message("The Min/Max value of DurationSeconds is 15min/12hr.")
    })?;
    let lifetime = Duration::from_secs(seconds);
    let keyring = &exchange.backend.keyring;
    Ok(keyring.issue(exchange.now, lifetime, (account, account_id), (role, name)))
}

fn answer(session: &Session, request_id: &str, token: Option<Value>) -> String {
    let mut answer = json!({
        "RequestId": request_id,
        "AssumedRoleUser": {"Arn": session.arn, "AssumedRoleId": session.principal},
        "Credentials": session.to_json(),
    });
    if let (Some(token), Some(members)) = (token, answer.as_object_mut()) {
        members.insert("OIDCTokenInfo".into(), token);
    }
    answer.to_string()
}

fn needed<'a>(request: &'a Request, name: &str) -> Result<&'a str, Refusal> {
    request.parameter(name).ok_or_else(|| Refusal::missing(name))
}

/// Account and name of `acs:ram::ACCOUNT:KIND/NAME`.
fn parse_arn<'a>(arn: &'a str, kind: &str) -> Option<(&'a str, &'a str)> {
    let (account, resource) = arn.strip_prefix("acs:ram::")?.split_once(':')?;
    let name = resource.strip_prefix(kind)?;
    let digits = account.bytes().all(|byte| byte.is_ascii_digit());
    // An account ID is a number; one that is too large must not be truncated to that of another
    // account.
    let valid =
        digits && account.parse::<u64>().is_ok() && (1..=LONGEST_NAME).contains(&name.len());
    valid.then_some((account, name))
}

fn check_length(
    request: &Request,
    name: &str,
    bounds: std::ops::RangeInclusive<usize>,
) -> Result<(), Refusal> {
    match request.parameter(name) {
        Some(value) if !bounds.contains(&value.chars().count()) => {
            Err(Refusal::known(&format!("InvalidParameter.{name}")))
        }
        _ => Ok(()),
    }
}

/// The version of the API.
pub(crate) const LOCATION_VERSION: &str = "2015-06-12";

/// DescribeEndpoints. For ECS it returns the address of the mock itself, so that a client that
/// looks up its endpoint keeps using the mock.
pub(crate) fn describe_endpoints(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let request = exchange.request;
    let illegal =
        || Refusal::known("Illegal Parameter").with_message("Please check the parameters");
    let region = request.parameter("Id").ok_or_else(illegal)?;
    let service = request.parameter("ServiceCode").ok_or_else(illegal)?;
    let kind = request.parameter("Type").unwrap_or("openAPI");
    if !exchange.backend.catalog().has_region(region) {
        let refusal = Refusal::known("InvalidRegionId");
        return Err(refusal.with_message(unknown_region(region).message));
    }
    let protocol = if request.connection.tls { "HTTPS" } else { "HTTP" };
    let endpoint = json!({
        "Id": region, "Endpoint": request.host(), "Type": kind, "Namespace": "",
        "SerivceCode": service, "Protocols": {"Protocols": [protocol]},
    });
    let answer = json!({
        "RequestId": exchange.request_id, "Success": true,
        "Endpoints": {"Endpoint": [endpoint]},
    });
    Ok(answer.to_string())
}

/// The version of the API.
pub(crate) const BILLING_VERSION: &str = "2017-12-14";

/// QueryAvailableInstances: an account without instances.
pub(crate) fn query_available_instances(exchange: &Exchange<'_>) -> Result<String, Refusal> {
    let page = exchange.request.integer("PageNum", 1, 1..=u64::MAX)?;
    let size = exchange.request.integer("PageSize", 20, 1..=300)?;
    let answer = json!({
        "Code": "Success", "Message": "Successful!", "RequestId": exchange.request_id,
        "Success": true,
        "Data": {"InstanceList": [], "PageNum": page, "PageSize": size, "TotalCount": 0},
    });
    Ok(answer.to_string())
}
