//! The nested blocks.

use super::{number, optional, products::PRODUCTS, text};
use crate::{
    schema::{Attribute, Block, NestedBlock, Nesting},
    value::Kind,
};

/// The nested blocks of the `provider` block.
pub(super) fn blocks() -> Vec<NestedBlock> {
    vec![
        block(
            "assume_role",
            Nesting::Set,
            1,
            "A RAM role to assume with the credentials that the other arguments give.",
            assume_role(),
        ),
        block(
            "assume_role_with_oidc",
            Nesting::List,
            1,
            "A RAM role to assume with an OIDC token, where there is no AccessKey. The token file \
             is read again whenever the credential is renewed.",
            assume_role_with_oidc(),
        ),
        block(
            "endpoints",
            Nesting::Set,
            0,
            "Hosts to call in place of the usual ones. For images `ecs`, `sts` and `location` \
             matter; the other products are accepted.",
            PRODUCTS.iter().map(|product| endpoint(product)).collect(),
        ),
        features(),
        block(
            "sign_version",
            Nesting::Set,
            1,
            "The signature schemes of products.",
            vec![
                text(
                    "ecs",
                    "The scheme for ECS: `v1` (RPC signature 1.0, the default) or `v3` (ACS3-HMAC-SHA256). \
                     Environment: `ALICLOUD_SIGN_VERSION_ECS`.",
                ),
                text("oss", "Accepted without effect on images."),
                text("sls", "Accepted without effect on images."),
            ],
        ),
    ]
}

fn block(
    name: &'static str,
    nesting: Nesting,
    max_items: i64,
    description: &'static str,
    attributes: Vec<Attribute>,
) -> NestedBlock {
    NestedBlock {
        name: name.into(),
        block: Block { attributes, description: description.into(), ..Block::default() },
        nesting,
        min_items: 0,
        max_items,
    }
}

fn assume_role() -> Vec<Attribute> {
    vec![
        text(
            "role_arn",
            "The ARN of the role. Empty for no role. Environment, where the block is present: \
             `ALICLOUD_ASSUME_ROLE_ARN`, `ALIBABA_CLOUD_ROLE_ARN`.",
        ),
        text(
            "session_name",
            "The name of the session. Environment: `ALICLOUD_ASSUME_ROLE_SESSION_NAME`, \
             `ALIBABA_CLOUD_ROLE_SESSION_NAME`; default: `terraform`.",
        ),
        text("policy", "A policy, as JSON, that narrows what the session may do."),
        number(
            "session_expiration",
            "How long a session lasts, in seconds, from 900 to 43200; it is renewed as needed. \
             Environment: `ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION`; default: 3600.",
        ),
        text("external_id", "The external ID that the role's trust policy asks for."),
    ]
}

fn assume_role_with_oidc() -> Vec<Attribute> {
    vec![
        text(
            "oidc_provider_arn",
            "The ARN of the OIDC provider. Environment: `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`.",
        ),
        text("role_arn", "The ARN of the role. Environment: `ALIBABA_CLOUD_ROLE_ARN`."),
        text(
            "oidc_token_file",
            "The file that holds the token. Environment: `ALIBABA_CLOUD_OIDC_TOKEN_FILE`.",
        ),
        text(
            "oidc_token",
            "The token itself, 4 to 20,000 characters. Environment: `ALIBABA_CLOUD_OIDC_TOKEN`.",
        )
        .sensitive(),
        text(
            "role_session_name",
            "The name of the session. Environment: `ALIBABA_CLOUD_ROLE_SESSION_NAME`; default: \
             `terraform`.",
        ),
        text("policy", "A policy, as JSON, that narrows what the session may do."),
        number("session_expiration", "How long a session lasts, in seconds. Default: 3600."),
    ]
}

fn endpoint(product: &'static str) -> Attribute {
    let description = match product {
        "ecs" => {
            "The endpoint of ECS: a host, with a port, a path or `http://` before it where needed. \
             Environment: `ALIBABA_CLOUD_ENDPOINT_ECS`, `ECS_ENDPOINT`; default: \
             `ecs.<region>.aliyuncs.com`."
        }
        "location" => {
            "The endpoint of the Location service. It is asked for the endpoint of ECS only where \
             it is given here."
        }
        "sts" => {
            "The endpoint of STS, which gives the credentials of roles. Environment: \
             `ALIBABA_CLOUD_STS_ENDPOINT`; default: `sts.<region>.aliyuncs.com`."
        }
        _ => "Accepted without effect on images.",
    };
    text(product, description)
}

fn features() -> NestedBlock {
    let replace = optional(
        "replace_on_image_update",
        Kind::Bool,
        "Accepted without effect: it is about instances, which this provider does not manage.",
    );
    let instance = block(
        "ecs_instance",
        Nesting::List,
        1,
        "Behaviour of ECS instances. Accepted without effect on images.",
        vec![replace],
    );
    let mut features =
        block("features", Nesting::List, 1, "Accepted without effect on images.", Vec::new());
    features.block.blocks.push(instance);
    features
}
