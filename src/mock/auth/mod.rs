//! Authentication: access keys, security tokens, timestamps, nonces and both signatures.
//!
//! The signatures are implemented here from the vendor's description, independently of the API client.

mod acs3;
mod explain;
mod v1;

#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    mem,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    account::{Account, Keyring, Signer},
    config::Auth,
    journal::{Difference, Stage, secrets},
    message::{Refusal, Request, Scheme},
    repeatable::parse_iso,
};
use crate::sync::lock;

/// Checks who signed a request.
pub(super) struct Authenticator {
    mode: Auth,
    max_skew: Duration,
    nonces: Mutex<Nonces>,
}

/// A request that failed authentication.
pub(super) struct Denial {
    pub(super) refusal: Refusal,
    /// How the signatures differ, if that is the reason.
    pub(super) difference: Option<Box<Difference>>,
}

impl Denial {
    /// Redacts signatures and the secrets of the request from what the journal shows.
    fn redacted(mut self, request: &Request) -> Self {
        let Some(difference) = &mut self.difference else { return self };
        if difference.stage == Stage::Signature {
            // The correct signature could be used for a call, and the wrong one is of no use to the reader.
            difference.expected = "***".into();
            difference.received = Some("***".into());
        }
        let texts = [&mut difference.reason, &mut difference.expected, &mut difference.signed_text];
        for text in texts.into_iter().chain(&mut difference.received) {
            *text = without_secrets(text, request);
        }
        self
    }
}

/// Masks the secrets of a request in a text: in plain form and percent-encoded once (ACS3) or twice
/// (RPC 1.0).
pub(super) fn without_secrets(text: &str, request: &Request) -> String {
    let token = request.header("x-acs-security-token").filter(|token| !token.is_empty());
    let mut text = text.to_owned();
    for secret in secrets(request.parameters()).chain(token) {
        let mut once = String::new();
        v1::append_encoded(secret, &mut once);
        let mut twice = String::new();
        v1::append_encoded(&once, &mut twice);
        text = text.replace(&twice, "***").replace(&once, "***").replace(secret, "***");
    }
    text
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, difference: None }
    }
}

/// The parts of a request that identify its sender.
struct Claim<'a> {
    access_key: &'a str,
    nonce: &'a str,
    signature: &'a str,
    time: &'a str,
    token: Option<&'a str>,
}

impl Authenticator {
    pub(super) fn new(mode: Auth, max_skew: Duration) -> Self {
        Self { mode, max_skew, nonces: Mutex::default() }
    }

    /// Forgets all nonces.
    pub(super) fn reset(&self) {
        *self.nonces() = Nonces::default();
    }

    /// Returns who signed a request. With `--auth off`, this is the owner of the access key that the request names,
    /// or the first account; `None` if there is no account.
    pub(super) fn authenticate(
        &self,
        request: &Request,
        now: Timestamp,
        keyring: &Keyring,
    ) -> Result<Option<Signer>, Denial> {
        if self.mode == Auth::Off {
            let first = || keyring.first().cloned().map(Signer::Permanent);
            return Ok(keyring.find(request.access_key()).or_else(first));
        }
        let bearer = request.parameter("SignatureType") == Some("BEARERTOKEN")
            || request.header("x-acs-bearer-token").is_some();
        if bearer {
            let refusal = Refusal::known("IncompleteSignature");
            return Err(refusal
                .with_message("Bearer tokens are not supported by mock-ecs.")
                .into());
        }
        let claim = match request.scheme {
            Scheme::Acs3 => acs3::claim(request)?,
            Scheme::Rpc1 => v1::claim(request)?,
        };
        let stamp =
            parse_iso(claim.time).ok_or_else(|| Refusal::known("InvalidTimeStamp.Format"))?;
        if now.duration_since(stamp).abs().unsigned_abs() > self.max_skew {
            return Err(Refusal::known("InvalidTimeStamp.Expired").into());
        }
        let signer = keyring
            .find(claim.access_key)
            .ok_or_else(|| Refusal::known("InvalidAccessKeyId.NotFound"))?;
        check_signer(&signer, claim.token, now)?;
        let verdict = match request.scheme {
            Scheme::Acs3 => verify_acs3(request, &claim, &signer, keyring.accounts()),
            Scheme::Rpc1 => verify_rpc1(request, &claim, &signer, keyring.accounts()),
        };
        verdict.map_err(|denial| denial.redacted(request))?;
        if !self.nonces().insert(claim.access_key, claim.nonce, now) {
            return Err(Refusal::known("SignatureNonceUsed").into());
        }
        Ok(Some(signer))
    }

    fn nonces(&self) -> MutexGuard<'_, Nonces> {
        // Every change under this lock is complete, even after a panic.
        lock(&self.nonces)
    }
}

/// Checks that the key is enabled and that the token belongs to the key.
fn check_signer(signer: &Signer, token: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
    match (signer, token) {
        (Signer::Permanent(account), _) if !account.active => {
            Err(Refusal::known("InvalidAccessKeyId.Inactive"))
        }
        (Signer::Permanent(_), None) => Ok(()),
        (Signer::Permanent(_), Some(_)) => {
            Err(Refusal::known("InvalidSecurityToken.MismatchWithAccessKey"))
        }
        (Signer::Temporary(_), None) => Err(Refusal::known("MissingSecurityToken")),
        (Signer::Temporary(session), Some(token)) => {
            if session.token.expose() != token {
                return Err(Refusal::known("InvalidSecurityToken.Malformed"));
            }
            if now >= session.expires {
                return Err(Refusal::known("InvalidSecurityToken.Expired"));
            }
            Ok(())
        }
    }
}

/// The beginning of the documented error text. The string to sign follows the colon without a
/// space, because the old Python SDK compares the text after the first colon with its own.
const MISMATCH: &str =
    "Specified signature is not matched with our calculation. server string to sign is:";

/// Compares the signature with the right one.
fn verify_rpc1(
    request: &Request,
    claim: &Claim<'_>,
    key: &Signer,
    accounts: &[Arc<Account>],
) -> Result<(), Denial> {
    let canonical =
        v1::canonical_query(request.parameters().filter(|(name, _)| *name != "Signature"));
    let string = v1::string_to_sign(request.method.as_str(), &canonical);
    let signature = v1::signature(key.secret().expose(), &string);
    if signature == claim.signature {
        return Ok(());
    }
    let difference = explain::rpc1(request, claim.signature, key, accounts, &string, &signature);
    let refusal =
        Refusal::known("SignatureDoesNotMatch").with_message(format!("{MISMATCH}{string}"));
    Err(Denial { refusal, difference: Some(Box::new(difference)) })
}

/// Compares the signature with the right one.
fn verify_acs3(
    request: &Request,
    claim: &Claim<'_>,
    key: &Signer,
    accounts: &[Arc<Account>],
) -> Result<(), Denial> {
    let signed_headers = acs3::authorization(request)?.signed_headers;
    let signed = acs3::signed_names(signed_headers);
    if let Some(name) = acs3::unsigned_header(&request.headers, &signed) {
        let message = format!("The header {name} must be one of SignedHeaders.");
        return Err(Refusal::known("IncompleteSignature").with_message(message).into());
    }
    let body_hash = acs3::hex_sha256(&request.body);
    let canonical = acs3::canonical_request(
        request.method.as_str(),
        &request.path,
        &v1::canonical_query(request.query.iter()),
        &acs3::canonical_headers(&request.headers, &signed),
        signed_headers,
        &body_hash,
    );
    let string = acs3::string_to_sign(&canonical);
    let signature = acs3::signature(key.secret().expose(), &string);
    let body_claim = request.header("x-acs-content-sha256").unwrap_or_default();
    if signature == claim.signature && body_claim == body_hash {
        return Ok(());
    }
    let ours = explain::Acs3 {
        canonical_request: &canonical,
        body_hash: &body_hash,
        signed_headers,
        string_to_sign: &string,
        signature: &signature,
    };
    let difference = explain::acs3(request, claim.signature, key, accounts, &ours);
    let message = format!(
        "Specified signature does not match our calculation. server StringToSign is [{string}]"
    );
    let refusal = Refusal::known("SignatureDoesNotMatch").with_message(message);
    Err(Denial { refusal, difference: Some(Box::new(difference)) })
}

/// The minimum time for which a nonce is remembered: the width of the window in which `--max-skew
/// lax` accepts a timestamp.
const MEMORY: SignedDuration = SignedDuration::from_mins(62);

/// How many nonces of one generation are kept; two generations are about 50 MB.
const LIMIT: usize = 1_000_000;

/// Nonces that were already used, by access key, in two generations.
#[derive(Default)]
pub(super) struct Nonces {
    current: HashSet<u64>,
    previous: HashSet<u64>,
    since: Option<Timestamp>,
}

impl Nonces {
    /// Marks a nonce as used; `false` if it was already used.
    pub(super) fn insert(&mut self, access_key: &str, nonce: &str, now: Timestamp) -> bool {
        let since = *self.since.get_or_insert(now);
        if now.duration_since(since) > MEMORY || self.current.len() >= LIMIT {
            self.previous = mem::take(&mut self.current);
            self.since = Some(now);
        }
        let mut hasher = DefaultHasher::new();
        (access_key, nonce).hash(&mut hasher);
        let hash = hasher.finish();
        !self.previous.contains(&hash) && self.current.insert(hash)
    }
}
