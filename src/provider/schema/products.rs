//! The products whose endpoints the `endpoints` block names.
//!
//! The list is the official provider's (1.289.0), so that an existing block keeps working. Three of
//! them matter here: `ecs`, `location` and `sts`.

/// The names of the products, as the block spells them.
#[rustfmt::skip]
pub(super) const PRODUCTS: &[&str] = &[
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
