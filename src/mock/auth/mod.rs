//! Authentication: access keys, security tokens, timestamps, nonces and both signatures.
//!
//! The signatures are implemented here from the vendor's description, independently of the API client.

mod acs3;
mod explain;
mod nonce;
mod v1;
mod verify;

#[cfg(test)]
mod tests;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use nonce::Nonces;

use super::{
    account::{Keyring, Signer},
    clock::parse_iso,
    config::Auth,
    journal::{Difference, Stage},
    message::{Refusal, Request, Scheme},
};

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
    /// Redacts signatures and the token from what the journal shows.
    fn without(mut self, token: Option<&str>) -> Self {
        let Some(difference) = &mut self.difference else { return self };
        if difference.stage == Stage::Signature {
            // The right one would be good for a call, and the wrong one tells nothing.
            difference.expected = "***".into();
            difference.received = Some("***".into());
        }
        let Some(token) = token else { return self };
        let texts = [&mut difference.reason, &mut difference.expected, &mut difference.signed_text];
        for text in texts.into_iter().chain(&mut difference.received) {
            *text = without_token(text, token);
        }
        self
    }
}

/// Masks a security token in a text, as it is and percent-encoded once (ACS3) or twice (RPC 1.0).
pub(super) fn without_token(text: &str, token: &str) -> String {
    let mut once = String::new();
    v1::append_encoded(token, &mut once);
    let mut twice = String::new();
    v1::append_encoded(&once, &mut twice);
    text.replace(&twice, "***").replace(&once, "***").replace(token, "***")
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

    /// Finds out who signed a request; `None` with `--auth off` and no account.
    pub(super) fn authenticate(
        &self,
        request: &Request,
        now: Timestamp,
        keyring: &Keyring,
    ) -> Result<Option<Signer>, Denial> {
        if self.mode == Auth::Off {
            return Ok(keyring.first().cloned().map(Signer::Permanent));
        }
        let bearer = request.parameter("SignatureType") == Some("BEARERTOKEN")
            || request.header("x-acs-bearer-token").is_some();
        if bearer {
            let refusal = Refusal::known("IncompleteSignature");
            return Err(refusal
                .with_message("Bearer tokens are not supported by mock-ecs.")
                .into());
        }
        let scheme = request.scheme();
        let claim = match scheme {
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
        let verdict = match scheme {
            Scheme::Acs3 => verify::acs3(request, &claim, &signer, keyring.accounts()),
            Scheme::Rpc1 => verify::rpc1(request, &claim, &signer, keyring.accounts()),
        };
        verdict.map_err(|denial| denial.without(claim.token))?;
        if !self.nonces().insert(claim.access_key, claim.nonce, now) {
            return Err(Refusal::known("SignatureNonceUsed").into());
        }
        Ok(Some(signer))
    }

    fn nonces(&self) -> MutexGuard<'_, Nonces> {
        // Nothing is left half done under this lock.
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks that the key is enabled and that token and key belong together.
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
