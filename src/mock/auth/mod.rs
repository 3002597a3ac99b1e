//! Who is asking, and whether they may: keys, tokens, times, nonces and both signatures.
//!
//! The signatures are derived here from the vendor's description, apart from the API client.

mod acs3;
mod explain;
mod nonce;
mod v1;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub(super) use nonce::Nonces;

use super::{
    account::Key,
    clock::parse_iso,
    config::Auth,
    journal::{Difference, Stage},
    refusal::Refusal,
    request::Request,
    state::State,
};

/// How a request is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scheme {
    /// ACS3-HMAC-SHA256, in headers.
    Acs3,
    /// RPC signature 1.0, HMAC-SHA1, in parameters.
    Rpc1,
}

impl Scheme {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Acs3 => "ACS3-HMAC-SHA256",
            Self::Rpc1 => "RPC-1.0",
        }
    }
}

/// A request that is not let in.
pub(super) struct Denial {
    pub(super) refusal: Refusal,
    /// Where the signatures part, if that is the reason.
    pub(super) difference: Option<Box<Difference>>,
}

impl Denial {
    /// Takes signatures and the token out of what the journal will say.
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

/// Finds out who is asking; `None` where nobody has to be known (`--auth off` without accounts).
pub(super) fn authenticate(
    request: &Request,
    now: Timestamp,
    state: &State,
) -> Result<Option<Key>, Denial> {
    if state.settings.auth == Auth::Off {
        return Ok(state.keys.first().cloned().map(Key::Permanent));
    }
    let bearer = request.parameter("SignatureType") == Some("BEARERTOKEN")
        || request.header("x-acs-bearer-token").is_some();
    if bearer {
        let refusal = Refusal::known("IncompleteSignature");
        return Err(refusal.with_message("Bearer tokens are not supported by mock-ecs.").into());
    }
    let scheme = request.scheme();
    let claim = match scheme {
        Scheme::Acs3 => acs3::claim(request)?,
        Scheme::Rpc1 => v1::claim(request)?,
    };
    let stamp = parse_iso(claim.time).ok_or_else(|| Refusal::known("InvalidTimeStamp.Format"))?;
    if now.duration_since(stamp).abs().unsigned_abs() > state.settings.max_skew {
        return Err(Refusal::known("InvalidTimeStamp.Expired").into());
    }
    let key = state
        .keys
        .find(claim.access_key)
        .ok_or_else(|| Refusal::known("InvalidAccessKeyId.NotFound"))?;
    check_key(&key, claim.token, now)?;
    let verdict = match scheme {
        Scheme::Acs3 => acs3::verify(request, &claim, &key, state.keys.accounts()),
        Scheme::Rpc1 => v1::verify(request, &claim, &key, state.keys.accounts()),
    };
    verdict.map_err(|denial| denial.without(claim.token))?;
    if !state.nonces().insert(claim.access_key, claim.nonce, now) {
        return Err(Refusal::known("SignatureNonceUsed").into());
    }
    Ok(Some(key))
}

/// Checks that the key is enabled and that token and key belong together.
fn check_key(key: &Key, token: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
    match (key, token) {
        (Key::Permanent(account), _) if !account.active => {
            Err(Refusal::known("InvalidAccessKeyId.Inactive"))
        }
        (Key::Permanent(_), None) => Ok(()),
        (Key::Permanent(_), Some(_)) => {
            Err(Refusal::known("InvalidSecurityToken.MismatchWithAccessKey"))
        }
        (Key::Temporary(_), None) => Err(Refusal::known("MissingSecurityToken")),
        (Key::Temporary(session), Some(token)) => {
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
