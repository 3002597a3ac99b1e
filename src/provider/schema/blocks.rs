//! The nested blocks.

use super::{number, optional, text, with_variable};
use crate::{
    alicloud::variables,
    schema::{Attribute, NestedBlock, Nesting},
    value::Kind,
};

/// The nested blocks of the `provider` block.
pub(super) fn blocks() -> Vec<NestedBlock> {
    vec![
        NestedBlock::new(
            "assume_role",
            Nesting::Set,
            1,
            "A RAM role to assume with the credentials that the other arguments give.",
            assume_role(),
        ),
        NestedBlock::new(
            "assume_role_with_oidc",
            Nesting::List,
            1,
            "A RAM role to assume with an OIDC token, where there is no AccessKey. The token file \
             is read again whenever the credential is renewed.",
            assume_role_with_oidc(),
        ),
        NestedBlock::new(
            "endpoints",
            Nesting::Set,
            0,
            "Hosts to call in place of the usual ones. For images `ecs`, `sts` and `location` \
             matter; the other products are accepted.",
            PRODUCTS.iter().map(|product| endpoint(product)).collect(),
        ),
        features(),
        NestedBlock::new(
            "sign_version",
            Nesting::Set,
            1,
            "The signature schemes of products.",
            vec![
                text(
                    "ecs",
                    with_variable(
                        "The scheme for ECS: `v1` (RPC signature 1.0, the default) or `v3` \
             (ACS3-HMAC-SHA256).",
                        variables::SIGN_VERSION_ECS,
                        "",
                    ),
                ),
                text("oss", "Accepted without effect on images."),
                text("sls", "Accepted without effect on images."),
            ],
        ),
    ]
}

fn assume_role() -> Vec<Attribute> {
    vec![
        text(
            "role_arn",
            with_variable(
                "The ARN of the role. Empty for no role. The environment counts only where the \
             block is present.",
                variables::ASSUME_ROLE_ARN,
                "",
            ),
        ),
        text(
            "session_name",
            with_variable(
                "The name of the session.",
                variables::ASSUME_ROLE_SESSION_NAME,
                "; default: `terraform`.",
            ),
        ),
        text("policy", "A policy, as JSON, that narrows what the session may do."),
        number(
            "session_expiration",
            with_variable(
                "How long a session lasts, in seconds, from 900 to 43200; it is renewed as \
             needed.",
                variables::ASSUME_ROLE_SESSION_EXPIRATION,
                "; default: 3600.",
            ),
        ),
        text("external_id", "The external ID that the role's trust policy requires."),
    ]
}

fn assume_role_with_oidc() -> Vec<Attribute> {
    vec![
        text(
            "oidc_provider_arn",
            with_variable("The ARN of the OIDC provider.", variables::OIDC_PROVIDER_ARN, ""),
        ),
        text("role_arn", with_variable("The ARN of the role.", variables::OIDC_ROLE_ARN, "")),
        text(
            "oidc_token_file",
            with_variable("The file that holds the token.", variables::OIDC_TOKEN_FILE, ""),
        ),
        text(
            "oidc_token",
            with_variable("The token itself, 4 to 20,000 characters.", variables::OIDC_TOKEN, ""),
        )
        .sensitive(),
        text(
            "role_session_name",
            with_variable(
                "The name of the session.",
                variables::OIDC_ROLE_SESSION_NAME,
                "; default: `terraform`.",
            ),
        ),
        text("policy", "A policy, as JSON, that narrows what the session may do."),
        number("session_expiration", "How long a session lasts, in seconds. Default: 3600."),
    ]
}

fn endpoint(product: &'static str) -> Attribute {
    let description: String = match product {
        "ecs" => with_variable(
            "The endpoint of ECS: a host, with a port, a path or `http://` before it where \
             needed.",
            variables::ECS_ENDPOINT,
            "; default: `ecs.<region>.aliyuncs.com`.",
        ),
        "location" => with_variable(
            "The endpoint of the Location service. It is queried for the endpoint of ECS only where \
             it is configured; if it fails, so does the read.",
            variables::LOCATION_ENDPOINT,
            "",
        ),
        "sts" => with_variable(
            "The endpoint of STS, which gives the credentials of roles.",
            variables::STS_ENDPOINT,
            "; default: `sts.<region>.aliyuncs.com`.",
        ),
        _ => "Accepted without effect on images.".into(),
    };
    text(product, description)
}

fn features() -> NestedBlock {
    let replace = optional(
        "replace_on_image_update",
        Kind::Bool,
        "Accepted without effect: it is about instances, which this provider does not manage.",
    );
    let instance = NestedBlock::new(
        "ecs_instance",
        Nesting::List,
        1,
        "Behavior of ECS instances. Accepted without effect on images.",
        vec![replace],
    );
    let mut features = NestedBlock::new(
        "features",
        Nesting::List,
        1,
        "Accepted without effect on images.",
        Vec::new(),
    );
    features.block.blocks.push(instance);
    features
}

/// The products that the `endpoints` block names, as it spells them.
///
/// The list is the official provider's (1.289.0), so that an existing block keeps working. Three of
/// them matter here: `ecs`, `location` and `sts`.
#[rustfmt::skip]
const PRODUCTS: &[&str] = &[
    "acr", "actiontrail", "adb", "aiworkspace", "alb", "alidfs", "alidns", "alikafka", "amqp",
    "antiddos_public", "apig", "apigateway", "arms", "bastionhost", "beebot", "bpstudio",
    "brain_industrial", "bssopenapi", "cas", "cassandra", "cbn", "cbs", "cddc", "cdn", "cds",
    "chatbot", "clickhouse", "cloudapi", "cloudauth", "cloudfirewall", "cloudfw", "cloudphone",
    "cloudsso", "cms", "computenest", "config", "cr", "cs", "das", "datahub", "dataworks_public",
    "dataworkspublic", "dbfs", "dbs", "dcdn", "ddosbasic", "ddosbgp", "ddoscoo", "dds",
    "devops_rdc", "devopsrdc", "dfs", "dg", "dm", "dms_enterprise", "dmsenterprise", "dns",
    "drds", "dts", "dysms", "dysmsapi", "eais", "ebs", "ecd", "eci", "ecs", "edas",
    "edasschedulerx", "eds_user", "edsuser", "eflo", "eflo_cnp", "eflo_controller", "ehpc", "ehs",
    "eipanycast", "elasticsearch", "emr", "ens", "esa", "ess", "eventbridge", "fc", "fc_open",
    "fnf", "ga", "gaplus", "gdb", "gds", "gpdb", "gwlb", "gwsecd", "hbr", "hcs_sgw", "hitsdb",
    "imm", "imp", "ims", "iot", "kms", "kvstore", "location", "log", "market", "maxcompute",
    "mhub", "mns", "mns_open", "mscopensubscription", "mse", "nas", "nlb", "oceanbase",
    "oceanbasepro", "ons", "onsproxy", "oos", "opensearch", "oss", "ots", "polardb", "polardbx",
    "privatelink", "pvtz", "quickbi", "quickbi_public", "quotas", "r_kvstore", "ram", "rds",
    "redisa", "resourcemanager", "resourcesharing", "ressharing", "rocketmq", "ros", "sae", "sas",
    "scdn", "schedulerx2", "sddp", "selectdb", "serverless", "servicecatalog", "servicemesh",
    "sgw", "slb", "smartag", "srvcatalog", "sts", "swas", "swas_open", "tag", "vod", "vpc",
    "vpcipam", "vpcpeer", "vs", "waf", "waf_openapi",
];
