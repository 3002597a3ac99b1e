//! The environment variables that point clients at a mock: the provider, the SDKs and the CLI.

/// What a client must know of a mock.
#[derive(Clone, Debug)]
pub struct Target {
    /// `http://127.0.0.1:PORT`, or the same with `https`.
    pub url: String,
    /// The ID of an access key that the mock accepts.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// The region.
    pub region: String,
    /// The file of the certificate, where the mock made one.
    pub certificate: Option<String>,
}

/// A shell, or the file that a GitHub workflow reads variables from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shell {
    /// `export NAME='value'`, for Bash, zsh and other POSIX shells.
    Bash,
    /// `set -gx NAME 'value'`.
    Fish,
    /// `NAME=value`, to be appended to `$GITHUB_ENV`.
    Github,
    /// `$env:NAME = 'value'`.
    PowerShell,
}

/// Variables that would have another credential, profile or endpoint used. A command that runs
/// against a mock must not see them.
pub const CLEARED: &[&str] = &[
    "ALIBABACLOUD_ACCESS_KEY_ID",
    "ALIBABACLOUD_ACCESS_KEY_SECRET",
    "ALIBABACLOUD_SECURITY_TOKEN",
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
    "ALIBABA_CLOUD_PROFILE",
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALICLOUD_ASSUME_ROLE_ARN",
    "ALICLOUD_CREDENTIALS_URI",
    "ALICLOUD_ECS_ROLE_NAME",
    "ALICLOUD_PROFILE",
    "ALICLOUD_SECURITY_TOKEN",
];

impl Target {
    /// The variables with their values, in the order of their names.
    pub fn variables(&self) -> Vec<(&'static str, &str)> {
        let Self { url, access_key, secret_key, region, certificate } = self;
        let mut variables: Vec<(&str, &str)> = vec![
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", access_key),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret_key),
            ("ALIBABA_CLOUD_ENDPOINT_ECS", url),
            ("ALIBABA_CLOUD_REGION", region),
            ("ALIBABA_CLOUD_REGION_ID", region),
            ("ALIBABA_CLOUD_STS_ENDPOINT", url),
            ("ALICLOUD_ACCESS_KEY", access_key),
            ("ALICLOUD_REGION", region),
            ("ALICLOUD_SECRET_KEY", secret_key),
            ("ECS_ENDPOINT", url),
            ("LOCATION_ENDPOINT", url),
            ("MOCK_ECS_URL", url),
            ("STS_ENDPOINT", url),
        ];
        if let Some(certificate) = certificate {
            variables.push(("SSL_CERT_FILE", certificate));
        }
        variables
    }

    /// The same as lines of a shell.
    pub fn lines(&self, shell: Shell) -> String {
        let line = |(name, value): (&str, &str)| match shell {
            Shell::Bash => format!("export {name}='{}'\n", value.replace('\'', "'\\''")),
            Shell::Fish => {
                let value = value.replace('\\', "\\\\").replace('\'', "\\'");
                format!("set -gx {name} '{value}'\n")
            }
            Shell::Github => format!("{name}={value}\n"),
            Shell::PowerShell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
        };
        self.variables().into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_as_each_shell_reads_them() {
        let target = Target {
            url: "http://127.0.0.1:1".into(),
            access_key: "it's".into(),
            secret_key: "a\\b".into(),
            region: "cn-hangzhou".into(),
            certificate: None,
        };
        for (shell, key, secret) in [
            (
                Shell::Bash,
                r"export ALICLOUD_ACCESS_KEY='it'\''s'",
                r"export ALICLOUD_SECRET_KEY='a\b'",
            ),
            (
                Shell::Fish,
                r"set -gx ALICLOUD_ACCESS_KEY 'it\'s'",
                r"set -gx ALICLOUD_SECRET_KEY 'a\\b'",
            ),
            (Shell::Github, "ALICLOUD_ACCESS_KEY=it's", r"ALICLOUD_SECRET_KEY=a\b"),
            (
                Shell::PowerShell,
                "$env:ALICLOUD_ACCESS_KEY = 'it''s'",
                r"$env:ALICLOUD_SECRET_KEY = 'a\b'",
            ),
        ] {
            let lines = target.lines(shell);
            let lines: Vec<_> = lines.lines().collect();
            assert!(lines.contains(&key) && lines.contains(&secret), "{lines:?}");
        }
    }
}
