//! Warnings about how the provider is configured: all of it works, and may not be what is meant.

use super::{EMPTY_KEY, ENDPOINTS_OUTSIDE, NO_ROLE, NOT_VERIFIED, PLAIN_HTTP, PROFILE_NOT_USED};
use crate::{
    alicloud::{credentials::Notice, endpoint::Endpoints},
    diag::Diagnostic,
};

/// What the choice of a credential source means; `region` is the region of the run.
pub(super) fn notice(notice: &Notice, region: &str) -> Diagnostic {
    match notice {
        Notice::EmptyKey { argument, used } => EMPTY_KEY.diagnostic(format!(
            "{argument} is set but empty, which keeps the environment's access key from being \
                 used: calls are signed with credentials from {used}. Remove access_key and \
                 secret_key, or set both."
        )),
        Notice::EmptyRole { used } => NO_ROLE.diagnostic(format!(
            "The block assume_role has no role_arn, so calls are signed with credentials from \
                 {used} themselves. Set role_arn or ALICLOUD_ASSUME_ROLE_ARN, or remove the block."
        )),
        Notice::PlainCredentialsUri(host) => PLAIN_HTTP.diagnostic(format!(
            "credentials_uri uses http:// to {host}: whoever sees the network traffic sees the \
                 credentials. Use https:// there."
        )),
        Notice::ProfileLoses { profile, used } => PROFILE_NOT_USED.diagnostic(format!(
            "Calls are signed with credentials from {used}, which take precedence over \
                 {profile}, as with the official provider. Unset these variables to use the \
                 profile, or remove profile."
        )),
        Notice::UnreadableProfile { profile, reason } => PROFILE_NOT_USED.diagnostic(format!(
            "{profile} cannot be used: {reason}. Credentials come from another source, and \
                 nothing comes from the profile, so the region is {region:?}. Correct the \
                 profile's name or file, or remove it."
        )),
    }
}

/// The most hosts that one warning names.
const MOST_NAMED: usize = 5;

/// Warnings about endpoints that a user should know of: those that somebody else may have put there,
/// and those to which secrets go unencrypted.
pub(super) fn endpoints(endpoints: &Endpoints) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let foreign = endpoints.foreign();
    if !foreign.is_empty() {
        let named = foreign.iter().take(MOST_NAMED);
        let mut list: String = named
            .map(|(product, host, origin)| format!("\n  - {product}: {host}, from {origin}"))
            .collect();
        if foreign.len() > MOST_NAMED {
            list.push_str(&format!("\n  - and {} more", foreign.len() - MOST_NAMED));
        }
        warnings.push(ENDPOINTS_OUTSIDE.diagnostic(format!(
            "Signed calls go to hosts that the provider block does not name:{list}\n\nWhoever \
                 runs such a host sees these calls and chooses which images exist. Remove the file \
                 or the variable if you do not know it; name the host in the endpoints block to \
                 have no warning."
        )));
    }
    let plain = endpoints.plain();
    if !plain.is_empty() {
        let list: Vec<String> =
            plain.iter().map(|(argument, host)| format!("{argument} ({host})")).collect();
        warnings.push(PLAIN_HTTP.diagnostic(format!(
            "Whoever sees the network traffic sees the secrets that are sent and received by \
                 {}. Use https:// there.",
            list.join(", ")
        )));
    }
    warnings
}

/// `insecure = true`.
pub(super) fn insecure() -> Diagnostic {
    NOT_VERIFIED.diagnostic(
        "insecure = true accepts any certificate of ECS and of the Location service: whoever \
         intercepts the network traffic sees the calls and chooses which images exist. STS, OIDC, \
         CloudSSO and a credentials URI are verified all the same. Remove it, and name the file \
         with the certificate of the server or of its issuer in ca_certificate_file.",
    )
}
