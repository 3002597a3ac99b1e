//! The advice of the provider's messages, as it applies on the command line: there is no provider block, so what would be
//! set there is set by an environment variable or by an option.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use crate::alicloud::variables::{self, Variable};

/// What is written differently, without a pattern.
const PHRASES: &[(&str, &str)] = &[
    ("set access_key and secret_key in the provider block, or ALICLOUD", "set ALICLOUD"),
    (
        "name a profile of the Alibaba Cloud CLI in profile.",
        "name a profile of the Alibaba Cloud CLI with --profile.",
    ),
    ("Check the arguments of the block.", "Check the arguments."),
    ("leave it out, or set it to null, for", "leave it out for"),
    (", or set protocol = \"HTTP\" in the provider block", ""),
    ("Remove protocol = \"HTTP\", or write https://", "Write https://"),
    ("hosts that the provider block does not name:", "hosts that a file or a variable names:"),
    ("; name the host in the endpoints block to silence this warning", ""),
    ("To stop using it, remove profile.", "To stop using it, remove --profile."),
    ("use the profile, or remove profile.", "use the profile, or remove --profile."),
];

/// The option for what the argument of a variable sets, if there is one.
fn option(argument: &str) -> Option<&'static str> {
    [("profile", "--profile"), ("region", "--region")]
        .into_iter()
        .find(|(known, _)| *known == argument)
        .map(|(_, option)| option)
}

/// The patterns of advice about an argument that a variable replaces.
struct AdvicePatterns {
    /// `endpoints { sts = "..." } in the provider block`.
    endpoint: Regex,
    /// `ca_certificate_file or ALIBABA_CLOUD_CA_BUNDLE`, also with the variable in parentheses.
    pair: Regex,
}

static PATTERNS: LazyLock<Option<AdvicePatterns>> = LazyLock::new(|| {
    let arguments: Vec<String> =
        with_argument().map(|known| regex::escape(known.argument)).collect();
    let names: Vec<&str> = with_argument().flat_map(|known| known.names).copied().collect();
    let (arguments, names) = (arguments.join("|"), names.join("|"));
    Some(AdvicePatterns {
        endpoint: Regex::new(r#"endpoints \{ ([a-z]+) = "\.\.\." \} in the provider block"#)
            .ok()?,
        pair: Regex::new(&format!(
            "`?(?-u:\\b)({arguments})`?(?: or `?({names})(?-u:\\b)`?| \\(or `?({names})`?\\))"
        ))
        .ok()?,
    })
});

/// The variables of arguments.
fn with_argument() -> impl Iterator<Item = &'static Variable> {
    variables::ALL.iter().filter(|variable| !variable.argument.is_empty())
}

/// The text of a diagnostic, with what can be done on the command line.
pub(super) fn without_provider_block(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for (phrase, replacement) in PHRASES {
        if text.contains(phrase) {
            text = text.replace(phrase, replacement).into();
        }
    }
    let Some(AdvicePatterns { endpoint, pair }) = &*PATTERNS else { return text.into_owned() };
    let group = |found: &Captures<'_>, number| {
        found.get(number).map_or("", |group| group.as_str()).to_owned()
    };
    let text = endpoint.replace_all(&text, |found: &Captures<'_>| {
        let argument = format!("endpoints.{}", group(found, 1));
        let variable = with_argument().find(|known| known.argument == argument);
        variable.map_or_else(|| group(found, 0), |variable| variable.first().to_owned())
    });
    let text = pair.replace_all(&text, |found: &Captures<'_>| {
        let variable = group(found, 2) + &group(found, 3);
        match option(&group(found, 1)) {
            Some(option) => format!("{option} or {variable}"),
            None => variable,
        }
    });
    text.into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        access::Reported,
        alicloud::{
            Error, Product,
            error::{ApiError, Cause, CredentialsError},
            origin::Origin,
        },
        ctx::http::{self, ErrorKind},
    };

    fn shown(product: Product, cause: Cause) -> String {
        let error = Error {
            product: Some(product),
            action: "DescribeImages",
            region: "cn-x".into(),
            host: "a.example".into(),
            origin: Some(Origin::Region),
            key: None,
            attempts: 1,
            elapsed: Duration::ZERO,
            cause,
        };
        without_provider_block(&Reported::default().report(&error, None).detail)
    }

    fn refused(code: &str) -> Cause {
        let (code, message) = (code.to_owned(), "No.".to_owned());
        Cause::Api(ApiError { status: 400, code, message, ..ApiError::default() })
    }

    #[test]
    fn no_advice_is_about_a_block_of_a_configuration() {
        let failed = |kind| {
            let (host, cause) = ("a.example".into(), "the cause".into());
            Cause::Transport(http::Error { kind, host, cause, request_id: None })
        };
        let missing = Cause::Credentials(CredentialsError::Missing { skipped: Vec::new() });
        for (product, cause, expected) in [
            (
                Product::ECS,
                missing,
                "configured: set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY in",
            ),
            (Product::STS, failed(ErrorKind::Dns), "or set ALIBABA_CLOUD_STS_ENDPOINT."),
            (Product::ECS, failed(ErrorKind::Dns), "or set ALIBABA_CLOUD_ENDPOINT_ECS."),
            (Product::ECS, failed(ErrorKind::Tls), "ALIBABA_CLOUD_CA_BUNDLE"),
            (Product::ECS, failed(ErrorKind::NotTls), "put http:// before it."),
            (Product::ECS, failed(ErrorKind::Stalled), "more time with CLIENT_READ_TIMEOUT."),
            (Product::ECS, refused("InvalidUsage"), "Check the arguments."),
            (Product::ECS, refused("InvalidProtocol.NeedSsl"), "Write https:// before"),
            (Product::ECS, refused("InvalidAccessKeyId"), "check ALICLOUD_ACCESS_KEY."),
            (Product::ECS, refused("SignatureDoesNotMatch"), "check ALICLOUD_SECRET_KEY for"),
        ] {
            let text = shown(product, cause);
            assert!(text.contains(expected), "{expected}: {text}");
            for part in
                ["provider block", "the block", "protocol =", "secret_key", "ca_certificate_file"]
            {
                assert!(!text.contains(part), "{part}: {text}");
            }
        }
    }

    #[test]
    fn an_argument_with_its_variable_is_the_variable_or_the_option() {
        for (text, expected) in [
            (
                "Correct endpoints.location (or LOCATION_ENDPOINT), or",
                "Correct LOCATION_ENDPOINT, or",
            ),
            (
                "in `ca_certificate_file` or `ALIBABA_CLOUD_CA_BUNDLE`.",
                "in ALIBABA_CLOUD_CA_BUNDLE.",
            ),
            (
                "profile, in ecs_role_name or ALICLOUD_ECS_ROLE_NAME.",
                "profile, in ALICLOUD_ECS_ROLE_NAME.",
            ),
            (
                "Name one in profile or ALICLOUD_PROFILE.",
                "Name one in --profile or ALICLOUD_PROFILE.",
            ),
            ("`region` or `owners`", "`region` or `owners`"),
        ] {
            assert_eq!(without_provider_block(text), expected);
        }
    }
}
