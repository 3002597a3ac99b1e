//! The `provider` block: every argument and block of the official provider, with what each means
//! for image lookups.
//!
//! Types and nesting are the official ones, so that a block written for that provider is accepted as
//! it stands. Ours marks secrets as sensitive, leaves `role_arn` optional (its environment variable
//! may give it), and adds `ca_certificate_file`, `endpoint_type`, `insecure` and `sign_version.ecs`.

mod blocks;

use std::borrow::Cow;

use crate::{
    alicloud::variables::{self, Variable},
    schema::{Attribute, Block, Presence, Schema},
    value::Kind,
};

/// The schema of the `provider` block.
pub(crate) fn schema() -> Schema {
    let mut attributes = credentials();
    attributes.extend(calls());
    attributes.extend(without_effect());
    Schema {
        version: 0,
        block: Block {
            attributes,
            blocks: blocks::blocks(),
            description:
                "Looks up images on Alibaba Cloud. Every argument of the official provider \
                          is accepted; each says whether it matters for images."
                    .into(),
            deprecation: None,
        },
    }
}

fn optional(
    name: &'static str,
    kind: Kind,
    description: impl Into<Cow<'static, str>>,
) -> Attribute {
    Attribute::new(name, kind, Presence::Optional, description)
}

/// A description with the environment variables that stand in for the argument. `after` continues
/// the sentence that names them, or is one of its own.
fn with_variable(before: &str, variable: Variable, after: &str) -> String {
    let names: Vec<String> = variable.names.iter().map(|name| format!("`{name}`")).collect();
    let after = match after {
        "" => ".".to_owned(),
        part if part.starts_with(';') => part.to_owned(),
        sentence => format!(". {sentence}"),
    };
    format!("{before} Environment: {}{after}", names.join(", "))
}

fn text(name: &'static str, description: impl Into<Cow<'static, str>>) -> Attribute {
    optional(name, Kind::String, description)
}

fn number(name: &'static str, description: impl Into<Cow<'static, str>>) -> Attribute {
    optional(name, Kind::Number, description)
}

fn credentials() -> Vec<Attribute> {
    vec![
        text("access_key", with_variable("The AccessKey ID.", variables::ACCESS_KEY_ID, ""))
            .sensitive(),
        text(
            "secret_key",
            with_variable("The AccessKey secret.", variables::ACCESS_KEY_SECRET, ""),
        )
        .sensitive(),
        text(
            "security_token",
            with_variable("The token of a temporary AccessKey.", variables::SECURITY_TOKEN, ""),
        )
        .sensitive(),
        text(
            "region",
            with_variable(
                "The region to look in. A data block may name another.",
                variables::REGION,
                &format!(
                    "; then the profile's, then `{}`; default: `cn-beijing`.",
                    variables::REGION_ID.first()
                ),
            ),
        ),
        text(
            "profile",
            with_variable(
                "The profile of the CLI's configuration file to take credentials from.",
                variables::PROFILE,
                &format!(
                    "Where nothing at all is configured, `{}` or the file's current profile is used.",
                    variables::SDK_PROFILE.first()
                ),
            ),
        ),
        text(
            "shared_credentials_file",
            with_variable(
                "The file that holds the profiles.",
                variables::SHARED_CREDENTIALS_FILE,
                "; default: `~/.aliyun/config.json`.",
            ),
        ),
        text(
            "ecs_role_name",
            with_variable(
                "The RAM role of the ECS instance that Terraform runs on, whose credentials the \
             metadata service gives.",
                variables::ECS_ROLE_NAME,
                "",
            ),
        ),
        text(
            "credentials_uri",
            with_variable(
                "The URL of a service that gives temporary credentials.",
                variables::CREDENTIALS_URI,
                "",
            ),
        ),
    ]
}

fn calls() -> Vec<Attribute> {
    [connections(), reported()].concat()
}

/// How calls reach the service.
fn connections() -> Vec<Attribute> {
    vec![
        text(
            "protocol",
            "The scheme of calls to ECS where the endpoint has none: `HTTPS`, the default, or \
             `HTTP`.",
        ),
        text(
            "endpoint_type",
            with_variable(
                "The network of the hosts of ECS and STS that follow from the region: `public`, the \
                 default, or `vpc` for those that are reached from within a VPC.",
                variables::ENDPOINT_TYPE,
                "The profile's `endpoint_type` and `ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED` count as well.",
            ),
        ),
        text(
            "ca_certificate_file",
            with_variable(
                "A file of certificates, as PEM, to trust in addition to the system's and those in \
                 `SSL_CERT_FILE`: those of a proxy that inspects TLS, or of a server with a \
                 self-signed certificate.",
                variables::CA_CERTIFICATE_FILE,
                "",
            ),
        ),
        optional(
            "insecure",
            Kind::Bool,
            "`true` accepts any certificate of ECS and of the Location service, so that \
             an impostor can choose which images exist. The services that return credentials are \
             still verified. Every plan warns of it. Default: `false`.",
        ),
        number(
            "client_connect_timeout",
            with_variable(
                "How long a connection may take, in milliseconds: to ECS and to every service that is \
                 needed for it. The metadata service has a shorter limit.",
                variables::CONNECT_TIMEOUT,
                "; default: 60000.",
            ),
        ),
        number(
            "client_read_timeout",
            with_variable(
                "How long a response may take once the connection is established, in \
                 milliseconds: of ECS and of every service that is needed for it. The metadata service has a shorter limit.",
                variables::READ_TIMEOUT,
                "; default: 60000.",
            ),
        ),
        number(
            "max_retry_timeout",
            with_variable(
                "How long a lookup may take at most, retries included, in seconds. Shortens \
             the `read` timeout of data blocks, never lengthens it.",
                variables::MAX_RETRY_TIMEOUT,
                "; default: 0, no separate limit.",
            ),
        ),
    ]
}

/// What calls report about the client.
fn reported() -> Vec<Attribute> {
    vec![
        text(
            "source_ip",
            with_variable(
                "The client's IP address, for policies with the condition `acs:SourceIp`. Sent \
             only together with `secure_transport`.",
                variables::SOURCE_IP,
                "",
            ),
        ),
        text(
            "secure_transport",
            with_variable(
                "Whether the client uses HTTPS, for policies with the condition \
             `acs:SecureTransport`: `true` or `false`. Sent only together with `source_ip`.",
                variables::SECURE_TRANSPORT,
                "",
            ),
        ),
        text(
            "security_transport",
            with_variable(
                "The older spelling of `secure_transport`; used where that one is empty.",
                variables::SECURITY_TRANSPORT,
                "",
            ),
        ),
        text(
            "configuration_source",
            "A word about where the configuration comes from, added to the user agent; at most \
             1,024 characters. `TF_APPEND_USER_AGENT` is added as well.",
        ),
    ]
}

fn without_effect() -> Vec<Attribute> {
    vec![
        text(
            "account_id",
            "The account ID. Accepted; image lookups do not need it. Environment: \
             `ALICLOUD_ACCOUNT_ID`, `ALIBABA_CLOUD_ACCOUNT_ID`.",
        ),
        text(
            "account_type",
            "The site of the account: `Domestic` or `International`. Accepted and checked; image \
             lookups do not need it, and no call is made to find it out. Environment: \
             `ALIBABA_CLOUD_ACCOUNT_TYPE`.",
        ),
        optional(
            "skip_region_validation",
            Kind::Bool,
            "Accepted; there is no list of regions to check against, only the shape of the region \
             is checked. Environment: `ALICLOUD_SKIP_REGION_VALIDATION`.",
        ),
        text("fc", "Accepted without effect on images.").deprecated("Use `endpoints.fc`."),
        text("log_endpoint", "Accepted without effect on images.")
            .deprecated("Use `endpoints.log`."),
        text("mns_endpoint", "Accepted without effect on images.")
            .deprecated("Use `endpoints.mns`."),
        text("ots_instance_name", "Accepted without effect on images.")
            .deprecated("It has no effect and can be removed."),
    ]
}

/// The schema against the official one.
#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::schema;
    use crate::schema::{Attribute, AttributeKind, Block, Nesting, Presence};

    fn official() -> Json {
        let text = include_str!("../../../tests/data/golden/schema-official.json");
        serde_json::from_str::<Json>(text).unwrap()["provider"]["block"].take()
    }

    fn compare(path: &str, ours: &Block, theirs: &Json, additions: &mut Vec<String>) {
        let empty = serde_json::Map::new();
        let attributes = theirs["attributes"].as_object().unwrap_or(&empty);
        for (name, attribute) in attributes {
            let path = format!("{path}.{name}");
            let own = ours.attributes.iter().find(|own| own.name == *name);
            let own = own.unwrap_or_else(|| panic!("{path} is missing"));
            compare_attribute(&path, own, attribute);
        }
        for own in &ours.attributes {
            assert!(!own.description.is_empty(), "{path}.{} has no description", own.name);
            if !attributes.contains_key(own.name.as_ref()) {
                additions.push(format!("{path}.{}", own.name));
            }
        }

        let blocks = theirs["block_types"].as_object().unwrap_or(&empty);
        assert_eq!(ours.blocks.len(), blocks.len(), "blocks of {path}");
        for (name, nested) in blocks {
            let path = format!("{path}.{name}");
            let own = ours.blocks.iter().find(|own| own.name == *name);
            let own = own.unwrap_or_else(|| panic!("{path} is missing"));
            let nesting = match own.nesting {
                Nesting::List => "list",
                Nesting::Map => "map",
                Nesting::Set => "set",
                Nesting::Single => "single",
            };
            assert_eq!(nested["nesting_mode"], nesting, "{path}");
            assert_eq!(nested["max_items"].as_i64().unwrap_or(0), own.max_items, "{path}");
            assert_eq!(nested["min_items"].as_i64().unwrap_or(0), own.min_items, "{path}");
            compare(&path, &own.block, &nested["block"], additions);
        }
    }

    fn compare_attribute(path: &str, ours: &Attribute, theirs: &Json) {
        let AttributeKind::Plain(kind) = &ours.kind else { panic!("{path} is nested") };
        assert_eq!(theirs["type"], kind.to_json(), "{path}");
        // The official `role_arn` is required unless its variable is set; ours is judged when it is used.
        assert_eq!(ours.presence, Presence::Optional, "{path}");
        assert_eq!(theirs["deprecated"] == true, ours.deprecation.is_some(), "{path}");
    }

    #[test]
    fn every_official_argument_is_accepted_with_its_type() {
        let mut additions = Vec::new();
        compare("provider", &schema().block, &official(), &mut additions);
        let expected = ["ca_certificate_file", "endpoint_type", "insecure", "sign_version.ecs"];
        additions.sort_unstable();
        assert_eq!(additions, expected.map(|name| format!("provider.{name}")));
    }

    #[test]
    fn secrets_are_sensitive() {
        let schema = schema();
        let oidc = schema.block.blocks.iter().find(|block| block.name == "assume_role_with_oidc");
        let attributes = schema.block.attributes.iter().chain(&oidc.unwrap().block.attributes);
        let sensitive: Vec<&str> = attributes
            .filter(|attribute| attribute.sensitive)
            .map(|own| own.name.as_ref())
            .collect();
        assert_eq!(sensitive, ["access_key", "secret_key", "security_token", "oidc_token"]);
    }
}
