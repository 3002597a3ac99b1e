//! The reasons that a source returns no credential, and their remedies. The text of an error can
//! follow the name of the source; its remedy is a separate paragraph.

use std::{fmt, io};

use crate::{
    alicloud::{
        Product, decode,
        error::{ApiError, Cause, Timeout, with_request_id},
        variables::{self, Variable},
    },
    ctx::http::{self, ErrorKind, METADATA_SERVICE},
};

/// The reason that a source returns no credential. Its text never contains a key, a token or a
/// body.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The source that this one depends on failed.
    #[error("{name}: {error}")]
    Base {
        /// The name of that source.
        name: String,
        /// Why it failed.
        error: Box<Self>,
    },
    /// The configuration is not complete, not valid or not supported.
    #[error("{reason}")]
    Configuration {
        /// What is wrong.
        reason: String,
        /// What to set or unset.
        remedy: String,
    },
    /// A switch disables the source.
    #[error("the environment variable {0} forbids it")]
    Forbidden(&'static str),
    /// A response, a file or the output of a program does not have the expected form.
    #[error("{input} is not valid: {reason}")]
    Garbled {
        /// What was read.
        input: Input,
        /// What is wrong with it.
        reason: String,
    },
    /// Only one of two values that belong together is configured. The text is a complete message.
    #[error("{0}")]
    Half(String),
    /// A defect of this program.
    #[error("internal error; please report it")]
    Panicked,
    /// A program could not be run, failed, or printed something else.
    #[error("{reason}{}", said(.stderr))]
    Program {
        /// How it failed.
        reason: String,
        /// The end of what it wrote to stderr, sanitized and redacted.
        stderr: String,
        /// What to do.
        remedy: String,
    },
    /// A service responded with an error.
    #[error("{host} refused with {error}")]
    Refused {
        /// The expected response.
        input: Input,
        /// The service.
        host: String,
        /// The error.
        error: Box<ApiError>,
        /// The name of the source whose credential signed the call; `None` if it was not signed.
        signer: Option<String>,
    },
    /// There was no response.
    #[error("{}", with_request_id(&.error.to_string(), .error.request_id.as_deref()))]
    Transport {
        /// What was expected.
        input: Input,
        /// The reason.
        error: http::Error,
    },
    /// A file could not be read.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: &'static str,
        /// What to set.
        remedy: String,
    },
}

/// The input of a source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Input {
    /// The response of CloudSSO.
    CloudSso,
    /// The response of a credentials URI.
    CredentialsUri,
    /// The response of the metadata service.
    Metadata,
    /// The response of STS to an ID token.
    Oidc,
    /// A file with profiles in the CLI's format.
    Profiles,
    /// The output of a program.
    Program,
    /// The response of STS to an access key.
    Sts,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CloudSso => "the response of CloudSSO",
            Self::CredentialsUri => "the response of the credentials URI",
            Self::Metadata => "the response of the metadata service",
            Self::Oidc | Self::Sts => "the response of STS",
            Self::Profiles => "the file of profiles",
            Self::Program => "the output of the program",
        })
    }
}

impl Input {
    /// The remedy if it does not have the expected format.
    pub(crate) fn form(self) -> String {
        match self {
            Self::CloudSso => "Check cloud_sso_sign_in_url of the profile, and that no proxy or \
                               login page responds instead of CloudSSO."
                .into(),
            Self::CredentialsUri => format!(
                "Check {}: the server must return JSON with Code (Success), \
                 AccessKeyId, AccessKeySecret and, for a temporary key, SecurityToken.",
                variables::CREDENTIALS_URI.settings()
            ),
            Self::Metadata => attach_role(),
            Self::Oidc | Self::Sts => format!(
                "Check {}, and that no proxy or login page responds instead of STS.",
                variables::STS_ENDPOINT.settings()
            ),
            Self::Profiles => format!(
                "Correct the file: it must be JSON with a list \"profiles\", as `aliyun configure` \
                 writes it. {} names another.",
                variables::SHARED_CREDENTIALS_FILE.settings()
            ),
            Self::Program => "The program must print one JSON object with access_key_id, \
                              access_key_secret and, for a temporary key, sts_token and expiration. \
                              Run process_command of the profile in a shell to see what it prints."
                .into(),
        }
    }

    /// The remedy if a service refuses the request.
    fn refused(self, error: &ApiError, signer: Option<&str>) -> String {
        match self {
            Self::CloudSso => "Run `aliyun configure` for this profile to sign in again.".into(),
            Self::CredentialsUri => {
                format!("Check {}.", variables::CREDENTIALS_URI.settings())
            }
            Self::Metadata => attach_role(),
            Self::Oidc | Self::Sts if let Some(remedy) = self.parameter(&error.code) => remedy,
            Self::Oidc => format!(
                "Check {}, and {}. The role must trust this identity provider, and the ID token must \
                 be valid and issued for it.",
                variables::OIDC_PROVIDER_ARN.settings(),
                variables::OIDC_ROLE_ARN.settings(),
            ),
            Self::Sts if is_about_key(&error.code) => {
                let whose = signer.map(|name| format!(", that of {name}")).unwrap_or_default();
                format!(
                    "Check the access key that assumes the role{whose}: its ID, secret and token, and \
                     that it is active."
                )
            }
            Self::Profiles | Self::Program | Self::Sts => {
                let called = || Product::STS.ram_action("AssumeRole").unwrap_or_default();
                format!(
                    "Check the role in ram_role_arn of the profile, in {}: it must trust the user or \
                     role that assumes it, and a RAM policy must allow these to call {}.",
                    variables::ASSUME_ROLE_ARN.settings(),
                    error.denied_action.clone().unwrap_or_else(called)
                )
            }
        }
    }

    /// The remedy if STS refuses the value of a parameter, which `code` names, such as
    /// `InvalidParameter.RoleSessionName`.
    fn parameter(self, code: &str) -> Option<String> {
        let name =
            code.strip_prefix("InvalidParameter.").or_else(|| code.strip_prefix("Missing"))?;
        let is_oidc = self == Self::Oidc;
        let of = |role: Variable, oidc: Variable| if is_oidc { oidc } else { role }.settings();
        let (member, settings, rule) = match name {
            "RoleArn" => (
                "ram_role_arn",
                of(variables::ASSUME_ROLE_ARN, variables::OIDC_ROLE_ARN),
                "it must have the form acs:ram::ACCOUNT:role/NAME".to_owned(),
            ),
            "RoleSessionName" => (
                "ram_session_name",
                of(variables::ASSUME_ROLE_SESSION_NAME, variables::OIDC_ROLE_SESSION_NAME),
                variables::SESSION_NAME_RULE.to_owned(),
            ),
            "DurationSeconds" if !is_oidc => (
                "expired_seconds",
                variables::ASSUME_ROLE_SESSION_EXPIRATION.settings(),
                format!(
                    "it must be a number of seconds from {} to the longest session of the role",
                    variables::SESSION_SECONDS.start()
                ),
            ),
            "ExternalId" => (
                "external_id",
                "assume_role.external_id".to_owned(),
                "it must have 2 to 1,224 characters".to_owned(),
            ),
            "OIDCProviderArn" => (
                "oidc_provider_arn",
                variables::OIDC_PROVIDER_ARN.settings(),
                "it must have the form acs:ram::ACCOUNT:oidc-provider/NAME".to_owned(),
            ),
            _ => return None,
        };
        Some(format!("Correct {member} of the profile, or {settings}: {rule}."))
    }

    /// The remedy if a service does not respond.
    fn silent(self, kind: Option<ErrorKind>) -> String {
        let own = match self {
            Self::CredentialsUri => format!("{} names it.", variables::CREDENTIALS_URI.settings()),
            Self::Metadata => return metadata_elsewhere(),
            Self::Oidc | Self::Sts => format!(
                "{} names another endpoint of STS; endpoint_type = \"vpc\" is for a network without \
                 internet access.",
                variables::STS_ENDPOINT.settings()
            ),
            Self::CloudSso => "cloud_sso_sign_in_url of the profile names it.".into(),
            Self::Profiles | Self::Program => String::new(),
        };
        let way = match kind {
            Some(ErrorKind::Tls) => {
                return format!(
                    "Where the server or a proxy has a certificate of your own, name the file with \
                     the certificate of its issuer in {}.",
                    variables::CA_CERTIFICATE_FILE.settings()
                );
            }
            Some(ErrorKind::NotTls) => "the host and its port, where TLS is not used",
            Some(ErrorKind::Proxy | ErrorKind::InvalidProxy) => {
                "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"
            }
            Some(ErrorKind::Dns | ErrorKind::Resolver) => {
                "the name of the host and the name server"
            }
            _ => "the host, firewalls, and HTTPS_PROXY or NO_PROXY",
        };
        format!("Check {way}. {own}").trim_end().to_owned()
    }
}

fn is_about_key(code: &str) -> bool {
    ["InvalidAccessKeyId", "InvalidSecurityToken", "MissingSecurityToken", "SignatureDoesNotMatch"]
        .iter()
        .any(|prefix| code.starts_with(prefix))
}

/// The remedy if the instance does not provide a credential of the role.
pub(crate) fn attach_role() -> String {
    format!(
        "Attach the role to the instance, or correct its name in ram_role_name of the profile, in {}.",
        variables::ECS_ROLE_NAME.settings()
    )
}

/// The remedy if the metadata service cannot be reached.
fn metadata_elsewhere() -> String {
    format!(
        "Only an ECS instance has the metadata service. Elsewhere unset {} and set up another source; \
         on an instance check that its firewall allows connections to {METADATA_SERVICE}.",
        variables::ECS_ROLE_NAME.settings()
    )
}

impl SourceError {
    /// The configuration is wrong.
    pub(crate) fn configuration(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Configuration { reason: reason.into(), remedy: remedy.into() }
    }

    /// A failed call to `host`, which should have returned `input`.
    pub(crate) fn of_call(input: Input, host: &str, cause: Cause) -> Self {
        match cause {
            Cause::Api(error) => {
                let (host, error) = (host.to_owned(), Box::new(error));
                Self::Refused { input, host, error, signer: None }
            }
            Cause::Deadline(Timeout { last: Some(last), .. }) => Self::of_call(input, host, *last),
            Cause::Garbled { reason, request_id, .. } => {
                Self::Garbled { input, reason: with_request_id(&reason, request_id.as_deref()) }
            }
            Cause::Transport(error) => Self::Transport { input, error },
            other => Self::configuration(format!("{host}: {other}"), input.silent(None)),
        }
    }

    /// The same error, of a call that was signed with a credential from `name`.
    pub(crate) fn signed_with(self, name: &str) -> Self {
        match self {
            Self::Refused { input, host, error, .. } => {
                Self::Refused { input, host, error, signer: Some(name.to_owned()) }
            }
            other => other,
        }
    }

    /// A file that could not be read.
    pub(crate) fn unreadable(
        path: impl Into<String>,
        error: &io::Error,
        remedy: impl Into<String>,
    ) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file",
            io::ErrorKind::PermissionDenied => "permission denied",
            io::ErrorKind::FileTooLarge => "it is too large",
            io::ErrorKind::IsADirectory => "it is a directory",
            io::ErrorKind::TimedOut => "the file system did not respond in time",
            _ => "the operating system reported an error",
        };
        Self::Unreadable { path: path.into(), reason, remedy: remedy.into() }
    }

    /// The same error, with the ID of the request if its response is not valid.
    pub(crate) fn of_request(self, request_id: Option<&str>) -> Self {
        match self {
            Self::Garbled { input, reason } => {
                Self::Garbled { input, reason: with_request_id(&reason, request_id) }
            }
            other => other,
        }
    }

    /// What is wrong with a JSON text.
    pub(crate) fn json(input: Input, error: &serde_json::Error) -> Self {
        Self::Garbled { input, reason: decode::describe_json(error) }
    }

    /// The remedy: what to set, unset or check, with the names of arguments and variables. Empty if the text already
    /// contains it.
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::Base { error, .. } => error.remedy(),
            Self::Configuration { remedy, .. }
            | Self::Program { remedy, .. }
            | Self::Unreadable { remedy, .. } => remedy.clone(),
            Self::Forbidden(variable) => {
                format!("Unset {variable} or set it to 0, or set up a source that it allows.")
            }
            Self::Garbled { input, .. } => input.form(),
            Self::Half(_) | Self::Panicked => String::new(),
            Self::Refused { input, error, signer, .. } => input.refused(error, signer.as_deref()),
            Self::Transport { input, error } => input.silent(Some(error.kind)),
        }
    }
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; it wrote: {stderr}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedy(input: Input, code: &str) -> String {
        let error = Box::new(ApiError { code: code.into(), ..ApiError::default() });
        SourceError::Refused { input, host: "sts.example".into(), error, signer: None }.remedy()
    }

    #[test]
    fn a_refused_parameter_is_advice_about_its_argument() {
        for (code, role, oidc) in [
            ("InvalidParameter.RoleArn", "assume_role.role_arn", "assume_role_with_oidc.role_arn"),
            (
                "InvalidParameter.RoleSessionName",
                "assume_role.session_name",
                "assume_role_with_oidc.role_session_name",
            ),
            ("MissingRoleSessionName", "ram_session_name", "ram_session_name"),
            ("InvalidParameter.DurationSeconds", "expired_seconds", "must trust"),
            ("InvalidParameter.ExternalId", "assume_role.external_id", "external_id"),
            ("InvalidParameter.OIDCProviderArn", "oidc_provider_arn", "oidc_provider_arn"),
            ("EntityNotExist.Role", "must trust", "must trust"),
        ] {
            for (input, expected) in [(Input::Sts, role), (Input::Oidc, oidc)] {
                let text = remedy(input, code);
                assert!(text.contains(expected), "{code}: {text}");
            }
        }
    }

    #[test]
    fn advice_about_the_key_that_assumes_a_role_names_its_source() {
        let error = Box::new(ApiError { code: "InvalidAccessKeyId".into(), ..ApiError::default() });
        let (input, host) = (Input::Sts, "sts.example".into());
        let error = SourceError::Refused { input, host, error, signer: None };
        let whose = "the access key that assumes the role, that of the profile p: its ID";
        assert!(!error.remedy().contains("that of"), "{}", error.remedy());
        let remedy = error.signed_with("the profile p").remedy();
        assert!(remedy.contains(whose), "{remedy}");
    }
}
