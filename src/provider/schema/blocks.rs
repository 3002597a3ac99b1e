//! The nested blocks, with every argument that the official provider has in them: a block with the
//! endpoints of other products is accepted as it is, although three of them matter here.

use super::{default, of, optional, text};
use crate::{
    alicloud::{
        Product,
        credentials::{SESSION_NAME, SESSION_SECONDS},
        variables,
    },
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
                of(variables::SIGN_VERSION_ECS, Kind::String, "", ""),
                text("oss", "Accepted without effect on images."),
                text("sls", "Accepted without effect on images."),
            ],
        ),
    ]
}

const POLICY: &str = "A policy, as JSON, that narrows what the session may do.";

fn assume_role() -> Vec<Attribute> {
    vec![
        of(variables::ASSUME_ROLE_ARN, Kind::String, "Empty for no role.", ""),
        of(variables::ASSUME_ROLE_SESSION_NAME, Kind::String, "", &default_name()),
        text("policy", POLICY),
        of(variables::ASSUME_ROLE_SESSION_EXPIRATION, Kind::Number, "", &default(SESSION_SECONDS)),
        text("external_id", "The external ID that the role's trust policy requires."),
    ]
}

fn assume_role_with_oidc() -> Vec<Attribute> {
    vec![
        of(variables::OIDC_PROVIDER_ARN, Kind::String, "", ""),
        of(variables::OIDC_ROLE_ARN, Kind::String, "", ""),
        of(variables::OIDC_TOKEN_FILE, Kind::String, "", ""),
        of(variables::OIDC_TOKEN, Kind::String, "", "").sensitive(),
        of(variables::OIDC_ROLE_SESSION_NAME, Kind::String, "", &default_name()),
        text("policy", POLICY),
        optional(
            "session_expiration",
            Kind::Number,
            format!("How long a session lasts, in seconds. Default: {SESSION_SECONDS}."),
        ),
    ]
}

fn default_name() -> String {
    default(format_args!("`{SESSION_NAME}`"))
}

fn endpoint(product: &'static str) -> Attribute {
    const ECS: &str = Product::ECS.code;
    const LOCATION: &str = Product::LOCATION.code;
    const STS: &str = Product::STS.code;
    let host = default(format_args!("`{product}.<region>.aliyuncs.com`"));
    match product {
        ECS => of(variables::ECS_ENDPOINT, Kind::String, "", &host),
        LOCATION => of(
            variables::LOCATION_ENDPOINT,
            Kind::String,
            "It is queried for the endpoint of ECS only where it is configured; if it fails, so \
             does the read.",
            "",
        ),
        STS => of(variables::STS_ENDPOINT, Kind::String, "", &host),
        _ => text(product, "Accepted without effect on images."),
    }
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
