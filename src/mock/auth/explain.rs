//! Explains how a wrong signature differs from the right one.
//!
//! A signature cannot be reversed. Instead, the usual mistakes are tried one after the other; if
//! one of them yields the client's signature, it is the mistake that the client made.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{acs3, v1};
use crate::mock::{
    account::{Account, Signer},
    journal::{Difference, Stage},
    message::Request,
};

/// A mistake that a client may have made, the stage in which it is, and the text of that stage with
/// the mistake.
struct Guess {
    what: &'static str,
    stage: Stage,
    text: String,
    signature: String,
}

/// Explains a wrong RPC 1.0 signature.
pub(super) fn rpc1(
    request: &Request,
    received: &str,
    key: &Signer,
    accounts: &[Arc<Account>],
    string_to_sign: &str,
    signature: &str,
) -> Difference {
    let secret = key.secret().expose();
    let guesses = rpc1_guesses(request, secret, string_to_sign);
    let ours = |stage| match stage {
        Stage::Signature => signature.to_owned(),
        _ => string_to_sign.to_owned(),
    };
    let difference = find(guesses, received, ours).unwrap_or_else(|| {
        wrong_secret(received, signature, accounts, |account| {
            v1::signature(account.secret_key.expose(), string_to_sign) == received
        })
    });
    Difference { signed_text: string_to_sign.to_owned(), ..difference }
}

fn rpc1_guesses(request: &Request, secret: &str, string_to_sign: &str) -> Vec<Guess> {
    let parameters: Vec<_> =
        request.parameters().filter(|(name, _)| *name != "Signature").collect();
    let method = request.method.as_str();
    let canonical = v1::canonical_query(parameters.iter().copied());
    let filled = parameters.iter().copied().filter(|(_, value)| !value.is_empty());
    let query_only = request.query.iter().filter(|(name, _)| *name != "Signature");
    let other_method = if method == "GET" { "POST" } else { "GET" };

    let queries = [
        ("a space became + instead of %20", canonical.replace("%20", "+")),
        ("* was not encoded", canonical.replace("%2A", "*")),
        ("~ was encoded", canonical.replace('~', "%7E")),
        ("percent signs were followed by small letters", small_hex(&canonical)),
        ("empty parameters were left out", v1::canonical_query(filled)),
        ("the form parameters were left out", v1::canonical_query(query_only)),
        ("the parameters were not sorted in byte order", unsorted(&parameters, false)),
        ("the parameters were sorted without regard to case", unsorted(&parameters, true)),
    ];
    let mut guesses: Vec<_> = queries
        .into_iter()
        .map(|(what, query)| {
            let text = v1::string_to_sign(method, &query);
            let signature = v1::signature(secret, &text);
            Guess { what, stage: Stage::CanonicalRequest, text, signature }
        })
        .collect();
    let strings = [
        ("another HTTP method was signed", v1::string_to_sign(other_method, &canonical)),
        ("the canonical query was not encoded a second time", format!("{method}&%2F&{canonical}")),
        ("the path was not encoded", string_to_sign.replacen("&%2F&", "&/&", 1)),
    ];
    guesses.extend(strings.into_iter().map(|(what, text)| {
        let signature = v1::signature(secret, &text);
        Guess { what, stage: Stage::StringToSign, text, signature }
    }));
    let signature = v1::hmac_sha1(secret.as_bytes(), string_to_sign);
    let what = "the key was the secret without the & after it";
    guesses.push(Guess { what, stage: Stage::Signature, text: signature.clone(), signature });
    guesses
}

/// The mock's texts of the three stages of ACS3.
pub(super) struct Acs3<'a> {
    pub(super) canonical_request: &'a str,
    pub(super) body_hash: &'a str,
    pub(super) signed_headers: &'a str,
    pub(super) string_to_sign: &'a str,
    pub(super) signature: &'a str,
}

/// Explains a wrong ACS3 signature.
pub(super) fn acs3(
    request: &Request,
    received: &str,
    key: &Signer,
    accounts: &[Arc<Account>],
    ours: &Acs3<'_>,
) -> Difference {
    let body_claim = request.header("x-acs-content-sha256").unwrap_or_default();
    let signed_text = format!("{}\n\n{}", ours.canonical_request, ours.string_to_sign);
    if body_claim != ours.body_hash {
        return Difference {
            stage: Stage::CanonicalRequest,
            reason: "x-acs-content-sha256 is not the hash of the body that arrived".into(),
            expected: ours.body_hash.to_owned(),
            received: Some(body_claim.to_owned()),
            signed_text,
        };
    }
    let secret = key.secret().expose();
    let guesses = acs3_guesses(request, secret, ours);
    let text_of = |stage| match stage {
        Stage::CanonicalRequest => ours.canonical_request.to_owned(),
        Stage::StringToSign => ours.string_to_sign.to_owned(),
        Stage::Signature => ours.signature.to_owned(),
    };
    let difference = find(guesses, received, text_of).unwrap_or_else(|| {
        wrong_secret(received, ours.signature, accounts, |account| {
            acs3::signature(account.secret_key.expose(), ours.string_to_sign) == received
        })
    });
    Difference { signed_text, ..difference }
}

fn acs3_guesses(request: &Request, secret: &str, ours: &Acs3<'_>) -> Vec<Guess> {
    let method = request.method.as_str();
    let query = v1::canonical_query(request.query.iter());
    let signed = acs3::signed_names(ours.signed_headers);
    let headers = acs3::canonical_headers(&request.headers, &signed);
    let request_with = |method: &str, query: &str, headers: &str| {
        let (path, signed) = (&request.path, ours.signed_headers);
        acs3::canonical_request(method, path, query, headers, signed, ours.body_hash)
    };
    let other_method = if method == "GET" { "POST" } else { "GET" };
    let pairs: Vec<_> = request.query.iter().collect();
    let canonical = [
        (
            "a space became + instead of %20",
            request_with(method, &query.replace("%20", "+"), &headers),
        ),
        ("* was not encoded", request_with(method, &query.replace("%2A", "*"), &headers)),
        ("~ was encoded", request_with(method, &query.replace('~', "%7E"), &headers)),
        ("the query was left out", request_with(method, "", &headers)),
        (
            "the query was not sorted in byte order",
            request_with(method, &unsorted(&pairs, false), &headers),
        ),
        ("another HTTP method was signed", request_with(other_method, &query, &headers)),
        (
            "the blank line after the headers is missing",
            request_with(method, &query, headers.trim_end()),
        ),
    ];
    let mut guesses: Vec<_> = canonical
        .into_iter()
        .map(|(what, text)| {
            let signature = acs3::signature(secret, &acs3::string_to_sign(&text));
            Guess { what, stage: Stage::CanonicalRequest, text, signature }
        })
        .collect();
    let plain = format!("{}\n{}", acs3::ALGORITHM, ours.canonical_request);
    let upper = ours.string_to_sign.to_ascii_uppercase();
    for (what, text) in [
        ("the canonical request was not hashed", plain),
        ("the hash was written in capitals", upper),
    ] {
        let signature = acs3::signature(secret, &text);
        guesses.push(Guess { what, stage: Stage::StringToSign, text, signature });
    }
    let salted = acs3::signature(&format!("{secret}&"), ours.string_to_sign);
    let capitals = ours.signature.to_ascii_uppercase();
    for (what, signature) in [
        ("the key was the secret with & after it, as in RPC 1.0", salted),
        ("the signature was written in capitals", capitals),
        ("the signature was written in base64", base64_of_hex(ours.signature)),
    ] {
        guesses.push(Guess { what, stage: Stage::Signature, text: signature.clone(), signature });
    }
    guesses
}

fn find(guesses: Vec<Guess>, received: &str, ours: impl Fn(Stage) -> String) -> Option<Difference> {
    let guess = guesses.into_iter().find(|guess| guess.signature == received)?;
    Some(Difference {
        stage: guess.stage,
        reason: guess.what.into(),
        expected: ours(guess.stage),
        received: Some(guess.text),
        signed_text: String::new(),
    })
}

fn wrong_secret(
    received: &str,
    expected: &str,
    accounts: &[Arc<Account>],
    fits: impl Fn(&Account) -> bool,
) -> Difference {
    let reason = match accounts.iter().find(|account| fits(account)) {
        Some(account) => format!(
            "the signature was made with the secret of account {}, not with that of the access key",
            account.name
        ),
        None => "no usual mistake gives this signature: the secret is wrong, or the client signed another text".into(),
    };
    Difference {
        stage: Stage::Signature,
        reason,
        expected: expected.to_owned(),
        received: Some(received.to_owned()),
        signed_text: String::new(),
    }
}

/// `%2F` as `%2f`.
fn small_hex(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut small = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        small.push('%');
        small.push_str(&digits.to_ascii_lowercase());
        small.push_str(rest);
    }
    small
}

/// The query in the order in which it was received, or sorted by lowercase names.
fn unsorted(parameters: &[(&str, &str)], without_case: bool) -> String {
    let mut order: Vec<_> = parameters.to_vec();
    if without_case {
        order.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    }
    let mut query = String::new();
    for (name, value) in order {
        if !query.is_empty() {
            query.push('&');
        }
        v1::append_encoded(name, &mut query);
        query.push('=');
        v1::append_encoded(value, &mut query);
    }
    query
}

fn base64_of_hex(hex: &str) -> String {
    let digit = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).filter_map(digit).collect();
    BASE64_STANDARD.encode(bytes)
}
