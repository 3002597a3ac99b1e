//! The `provider` block: every argument and block of the official provider, with what each means
//! for image lookups.
//!
//! Types and nesting are the official ones, so that a block written for that provider is accepted unchanged. Ours
//! marks secrets as sensitive, leaves `role_arn` optional (its environment variable may give it), and adds
//! `ca_certificate_file`, `endpoint_type`, `insecure` and `sign_version.ecs`.

use std::{borrow::Cow, fmt::Display};

use crate::{
    alicloud::{
        Product,
        credentials::{CLI_FILE, DEFAULT_REGION, DEFAULT_TIMEOUT, SESSION_NAME, SESSION_SECONDS},
        variables::{self, Variable},
    },
    schema::{Attribute, Block, NestedBlock, Nesting, Presence, Schema},
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
            blocks: blocks(),
            description:
                "Looks up images on Alibaba Cloud. Every argument of the official provider \
                          is accepted; each description states whether it matters for images."
                    .into(),
            deprecation: None,
        },
    }
}

/// An argument.
fn optional(
    name: &'static str,
    kind: Kind,
    description: impl Into<Cow<'static, str>>,
) -> Attribute {
    Attribute::new(name, kind, Presence::Optional, description)
}

/// The argument that a variable stands in for. Its description is what the variable means, `more`, and
/// the names of the variable; `after` continues the sentence that names them, or is one of its own.
fn of(variable: Variable, kind: Kind, more: &str, after: &str) -> Attribute {
    let names: Vec<String> = variable.names.iter().map(|name| format!("`{name}`")).collect();
    let more = if more.is_empty() { String::new() } else { format!(" {more}") };
    let after = match after {
        "" => ".".to_owned(),
        part if part.starts_with(';') => part.to_owned(),
        sentence => format!(". {sentence}"),
    };
    let description =
        format!("{}{more} Environment: {}{after}", variable.meaning, names.join(", "));
    optional(variable.attribute(), kind, description)
}

fn text(name: &'static str, description: impl Into<Cow<'static, str>>) -> Attribute {
    optional(name, Kind::String, description)
}

/// The end of a description: the default.
fn default(value: impl Display) -> String {
    format!("; default: {value}.")
}

fn credentials() -> Vec<Attribute> {
    let region = format!(
        "; then the profile's, then `{}`{}",
        variables::REGION_ID.first(),
        default(format_args!("`{DEFAULT_REGION}`"))
    );
    let profile = format!(
        "If no credential source is configured, `{}` or the file's current profile is used.",
        variables::SDK_PROFILE.first()
    );
    let file = default(format_args!("`~/{CLI_FILE}`"));
    vec![
        of(variables::ACCESS_KEY_ID, Kind::String, "", "").sensitive(),
        of(variables::ACCESS_KEY_SECRET, Kind::String, "", "").sensitive(),
        of(variables::SECURITY_TOKEN, Kind::String, "", "").sensitive(),
        of(variables::REGION, Kind::String, "A data block may name another.", &region),
        of(variables::PROFILE, Kind::String, "", &profile),
        of(variables::SHARED_CREDENTIALS_FILE, Kind::String, "", &file),
        of(variables::ECS_ROLE_NAME, Kind::String, "", ""),
        of(variables::CREDENTIALS_URI, Kind::String, "", ""),
    ]
}

fn calls() -> Vec<Attribute> {
    [connections(), reported()].concat()
}

/// How calls reach the service.
fn connections() -> Vec<Attribute> {
    let network = format!(
        "The profile's `endpoint_type` and `{}` count as well.",
        variables::VPC_ENDPOINT_ENABLED.first()
    );
    let (metadata, timeout) =
        ("The metadata service has a shorter limit.", default(DEFAULT_TIMEOUT.as_millis()));
    vec![
        text(
            "protocol",
            "The scheme of calls to ECS if the endpoint has none: `HTTPS`, the default, or \
             `HTTP`.",
        ),
        of(variables::ENDPOINT_TYPE, Kind::String, "", &network),
        of(variables::CA_CERTIFICATE_FILE, Kind::String, "", ""),
        optional(
            "insecure",
            Kind::Bool,
            "`true` accepts any certificate of ECS and of the Location service, so that \
             an impostor can choose which images exist. The services that return credentials are \
             still verified. Every plan reports a warning. Default: `false`.",
        ),
        of(variables::CONNECT_TIMEOUT, Kind::Number, metadata, &timeout),
        of(variables::READ_TIMEOUT, Kind::Number, metadata, &timeout),
        of(
            variables::MAX_RETRY_TIMEOUT,
            Kind::Number,
            "Shortens the `read` timeout of data blocks, never lengthens it.",
            &default("0, no separate limit"),
        ),
    ]
}

/// What calls report about the client.
fn reported() -> Vec<Attribute> {
    let sent_with = |argument| format!("Sent only together with `{argument}`.");
    let [ip, transport] = [variables::SOURCE_IP, variables::SECURE_TRANSPORT];
    vec![
        of(ip, Kind::String, &sent_with(transport.argument), ""),
        of(transport, Kind::String, &sent_with(ip.argument), ""),
        of(variables::SECURITY_TRANSPORT, Kind::String, "", ""),
        text(
            "configuration_source",
            format!(
                "A text that identifies the source of the configuration, added to the user agent; at most \
                 1,024 characters. `{}` is added as well.",
                variables::USER_AGENT.first()
            ),
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
            "Accepted; there is no list of regions to check against, only the format of the region \
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

/// The nested blocks of the `provider` block.
fn blocks() -> Vec<NestedBlock> {
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
            "A RAM role to assume with an OIDC token, if there is no AccessKey. The token file \
             is read again whenever the credential is renewed.",
            assume_role_with_oidc(),
        ),
        NestedBlock::new(
            "endpoints",
            Nesting::Set,
            0,
            "Hosts to call instead of the default ones. For images `ecs`, `sts` and `location` \
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
            "It is queried for the endpoint of ECS only if it is configured; if it fails, so \
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

/// The products in the `endpoints` block, with the names of its arguments.
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

/// The schema against the official one.
#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::schema;
    use crate::provider::config::CONFIGURATION_SOURCE_LENGTH;
    use crate::schema::{Attribute, AttributeKind, Block, Nesting, Presence};

    fn official() -> Json {
        let text = include_str!("../../tests/data/golden/schema-official.json");
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
    fn the_limit_in_a_description_is_the_one_that_is_checked() {
        let schema = schema();
        let mut all = schema.block.attributes.iter();
        let source = all.find(|attribute| attribute.name == "configuration_source").unwrap();
        let text = source.description.replace(',', "");
        let limit = format!("at most {CONFIGURATION_SOURCE_LENGTH} characters");
        assert!(text.contains(&limit), "{text}");
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
