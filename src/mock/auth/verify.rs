//! Compares signatures with the right ones.

use std::sync::Arc;

use super::{Claim, Denial, acs3, explain, v1};
use crate::mock::{
    account::{Account, Signer},
    message::{Refusal, Request},
};

/// What the documented error text begins with; the string follows the colon without a space, since
/// the old Python SDK compares the text after the first colon with its own.
const MISMATCH: &str =
    "Specified signature is not matched with our calculation. server string to sign is:";

/// Compares the signature with the right one.
pub(super) fn rpc1(
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
pub(super) fn acs3(
    request: &Request,
    claim: &Claim<'_>,
    key: &Signer,
    accounts: &[Arc<Account>],
) -> Result<(), Denial> {
    let signed_headers = acs3::authorization(request)?.signed_headers;
    if let Some(name) = acs3::unsigned_header(&request.headers, signed_headers) {
        let message = format!("The header {name} must be one of SignedHeaders.");
        return Err(Refusal::known("IncompleteSignature").with_message(message).into());
    }
    let body_hash = acs3::hex_sha256(&request.body);
    let canonical = acs3::canonical_request(
        request.method.as_str(),
        &request.path,
        &v1::canonical_query(acs3::pairs(&request.query)),
        &acs3::canonical_headers(&request.headers, signed_headers),
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
