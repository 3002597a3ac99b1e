//! The `provider` block: every argument and block of the official provider, with what each means
//! for image look-ups.
//!
//! Types and nesting are the official ones, so that a block written for that provider is accepted as
//! it stands. Ours marks secrets as sensitive, leaves `role_arn` optional (its environment variable
//! may give it) and adds `ecs` to `sign_version`.

mod blocks;
mod products;
#[cfg(test)]
mod tests;

use crate::{
    schema::{Attribute, Block, Presence, Schema},
    value::Kind,
};

/// The schema of the `provider` block.
pub(super) fn schema() -> Schema {
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

fn optional(name: &'static str, kind: Kind, description: &'static str) -> Attribute {
    Attribute::new(name, kind, Presence::Optional, description)
}

fn text(name: &'static str, description: &'static str) -> Attribute {
    optional(name, Kind::String, description)
}

fn number(name: &'static str, description: &'static str) -> Attribute {
    optional(name, Kind::Number, description)
}

fn credentials() -> Vec<Attribute> {
    vec![
        text(
            "access_key",
            "The AccessKey ID. Environment: `ALICLOUD_ACCESS_KEY`, `ALIBABA_CLOUD_ACCESS_KEY_ID`, \
             `ALIBABACLOUD_ACCESS_KEY_ID`.",
        )
        .sensitive(),
        text(
            "secret_key",
            "The AccessKey secret. Environment: `ALICLOUD_SECRET_KEY`, \
             `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, `ALIBABACLOUD_ACCESS_KEY_SECRET`.",
        )
        .sensitive(),
        text(
            "security_token",
            "The token of a temporary AccessKey. Environment: `ALICLOUD_SECURITY_TOKEN`, \
             `ALIBABA_CLOUD_SECURITY_TOKEN`, `ALIBABACLOUD_SECURITY_TOKEN`.",
        )
        .sensitive(),
        text(
            "region",
            "The region to look in. A data block may name another. Environment: `ALICLOUD_REGION`, \
             `ALIBABA_CLOUD_REGION`; then the profile's; default: `cn-beijing`.",
        ),
        text(
            "profile",
            "The profile of the CLI's configuration file to take credentials from. Environment: \
             `ALICLOUD_PROFILE`, `ALIBABA_CLOUD_PROFILE`. Where nothing at all is configured, the \
             file's current profile is used.",
        ),
        text(
            "shared_credentials_file",
            "The file that holds the profiles. Environment: `ALICLOUD_SHARED_CREDENTIALS_FILE`, \
             `ALIBABA_CLOUD_CREDENTIALS_FILE`; default: `~/.aliyun/config.json`.",
        ),
        text(
            "ecs_role_name",
            "The RAM role of the ECS instance that Terraform runs on, whose credentials the \
             metadata service gives. Environment: `ALICLOUD_ECS_ROLE_NAME`, \
             `ALIBABA_CLOUD_ECS_METADATA`.",
        ),
        text(
            "credentials_uri",
            "The URL of a service that gives temporary credentials. Environment: \
             `ALICLOUD_CREDENTIALS_URI`, `ALIBABA_CLOUD_CREDENTIALS_URI`.",
        ),
    ]
}

fn calls() -> Vec<Attribute> {
    vec![
        text(
            "protocol",
            "The scheme of calls to ECS where the endpoint has none: `HTTPS`, the default, or \
             `HTTP`.",
        ),
        number(
            "client_connect_timeout",
            "How long a connection may take, in milliseconds. Environment: \
             `CLIENT_CONNECT_TIMEOUT`; default: 60000.",
        ),
        number(
            "client_read_timeout",
            "How long an answer may take, in milliseconds. Environment: `CLIENT_READ_TIMEOUT`; \
             default: 60000.",
        ),
        number(
            "max_retry_timeout",
            "How long a look-up may take at most, repeats included, in seconds. Shortens the \
             `read` timeout of data blocks, never lengthens it. Environment: `MAX_RETRY_TIMEOUT`; \
             default: 0, no limit of its own.",
        ),
        text(
            "source_ip",
            "The client's IP address, for policies with the condition `acs:SourceIp`. Sent only \
             together with `secure_transport`. Environment: `ALICLOUD_SOURCE_IP`, \
             `ALIBABA_CLOUD_SOURCE_IP`.",
        ),
        text(
            "secure_transport",
            "Whether the client uses HTTPS, for policies with the condition \
             `acs:SecureTransport`: `true` or `false`. Sent only together with `source_ip`. \
             Environment: `ALICLOUD_SECURE_TRANSPORT`, `ALIBABA_CLOUD_SECURE_TRANSPORT`.",
        ),
        text(
            "security_transport",
            "The older spelling of `secure_transport`; used where that one is empty. Environment: \
             `ALICLOUD_SECURITY_TRANSPORT`, `ALIBABA_CLOUD_SECURITY_TRANSPORT`.",
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
            "The account ID. Accepted; image look-ups do not need it. Environment: \
             `ALICLOUD_ACCOUNT_ID`, `ALIBABA_CLOUD_ACCOUNT_ID`.",
        ),
        text(
            "account_type",
            "The site of the account: `Domestic` or `International`. Accepted and checked; image \
             look-ups do not need it, and no call is made to find it out. Environment: \
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
