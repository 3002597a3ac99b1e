//! Classifies the errors of the libraries below: reqwest, hyper, rustls, the operating system.

use std::{error::Error as StdError, io};

use rustls::CertificateError;

use super::{ErrorKind, Failure, trust::Refused};

/// The kind of `error`, with the message of its innermost cause, which contains no URL.
pub(super) fn classify(error: reqwest::Error, proxied: bool) -> Failure {
    let error = error.without_url();
    let chain = chain(&error);
    if let Some(refused) = chain.iter().find_map(|cause| refused_certificate(*cause)) {
        return Failure::new(ErrorKind::Tls, refused.to_string());
    }
    let cause = chain.last().map_or_else(|| error.to_string(), ToString::to_string);
    let kind = kind(&error, &chain, &cause, proxied);
    // Without a better cause, the libraries' "error sending request" adds nothing.
    let cause = if cause.starts_with("error sending request") { String::new() } else { cause };
    Failure { kind, cause }
}

/// What is wrong with the server's certificate, where that is what `cause` says.
fn refused_certificate<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a Refused> {
    match cause.downcast_ref()? {
        rustls::Error::InvalidCertificate(CertificateError::Other(reason)) => {
            reason.0.downcast_ref()
        }
        _ => None,
    }
}

fn kind(
    error: &reqwest::Error,
    chain: &[&(dyn StdError + 'static)],
    cause: &str,
    proxied: bool,
) -> ErrorKind {
    if error.is_builder() {
        return ErrorKind::InvalidUrl;
    }
    if let Some(cause) = chain.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        // After the handshake only an alert is a verdict on the connection, such as on a missing
        // client certificate; anything else was damaged on the way.
        let verdict = error.is_connect() || matches!(cause, rustls::Error::AlertReceived(_));
        return if verdict { ErrorKind::Tls } else { ErrorKind::Garbled };
    }
    if error.is_connect() {
        if proxied {
            return ErrorKind::Proxy;
        }
        if error.is_timeout() {
            return ErrorKind::ConnectTimeout;
        }
        if error.is_dns() {
            let code = chain.iter().find_map(|cause| {
                cause.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error)
            });
            return if has_no_address(cause, code) { ErrorKind::Dns } else { ErrorKind::Resolver };
        }
        let reset = io_kinds(chain).any(|kind| kind == io::ErrorKind::ConnectionReset);
        return if reset { ErrorKind::Closed } else { ErrorKind::Connect };
    }
    if error.is_timeout() {
        return ErrorKind::ReadTimeout;
    }
    // An invalid chunk or gzip block surfaces as `InvalidData` or `InvalidInput`, not as HTTP.
    let invalid = |kind| matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput);
    let not_http = |cause: &&(dyn StdError + 'static)| {
        cause.downcast_ref().is_some_and(hyper::Error::is_parse)
    };
    if io_kinds(chain).any(invalid) || chain.iter().any(not_http) {
        return ErrorKind::Garbled;
    }
    ErrorKind::Closed
}

/// Whether the resolver says that the name has no address, as opposed to having failed itself:
/// `EAI_NONAME` and `EAI_NODATA` in the words of glibc, musl and macOS; on Windows, whose words are
/// translated, `WSAHOST_NOT_FOUND` and `WSANO_DATA`.
fn has_no_address(cause: &str, code: Option<i32>) -> bool {
    let cause = cause.to_ascii_lowercase();
    let texts = [
        "name or service not known",
        "no address associated",
        "name does not resolve",
        "name has no usable address",
        "nodename nor servname",
    ];
    texts.iter().any(|text| cause.contains(text)) || matches!(code, Some(11_001 | 11_004))
}

/// All causes, outermost first, including those inside an [`io::Error`], which reports the source
/// of its inner error as its own.
fn chain<'a>(error: &'a reqwest::Error) -> Vec<&'a (dyn StdError + 'static)> {
    let mut chain = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        chain.push(cause);
        let hidden = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match hidden {
            Some(hidden) => Some(hidden as &(dyn StdError + 'static)),
            None => cause.source(),
        };
    }
    chain
}

fn io_kinds(chain: &[&(dyn StdError + 'static)]) -> impl Iterator<Item = io::ErrorKind> {
    chain.iter().filter_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()))
}

#[cfg(test)]
mod tests {
    use super::has_no_address;

    #[test]
    fn a_nonexistent_name_is_distinguished_from_a_failing_name_server() {
        for cause in [
            "failed to lookup address information: Name or service not known",
            "failed to lookup address information: No address associated with hostname",
            "failed to lookup address information: Name does not resolve",
            "failed to lookup address information: Name has no usable address",
            "failed to lookup address information: nodename nor servname provided, or not known",
        ] {
            assert!(has_no_address(cause, None), "{cause}");
        }
        for cause in [
            "failed to lookup address information: Temporary failure in name resolution",
            "failed to lookup address information: Try again",
            "failed to lookup address information: Non-recoverable failure in name resolution",
            "failed to lookup address information: Non-recoverable error",
            "failed to lookup address information: System error",
        ] {
            assert!(!has_no_address(cause, None), "{cause}");
        }
        let windows = [(11_001, true), (11_002, false), (11_003, false), (11_004, true)];
        for (code, expected) in windows {
            assert_eq!(has_no_address("in any language", Some(code)), expected, "{code}");
        }
    }
}
