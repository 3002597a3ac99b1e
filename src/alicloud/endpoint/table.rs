//! The regions whose ECS host does not follow the rule `ecs.{region}.aliyuncs.com`.
//!
//! Source: `alibabacloud_ecs20140526` 7.11.8, the SDK's endpoint map, public network; without
//! `cn-hangzhou`, for which ECS's page "Endpoints" gives the regular host.

const HANGZHOU: &str = "ecs-cn-hangzhou.aliyuncs.com";
const CENTRAL: &str = "ecs.aliyuncs.com";
const QINGDAO_NEBULA: &str = "ecs.cn-qingdao-nebula.aliyuncs.com";

const EXCEPTIONS: &[(&str, &str)] = &[
    ("ap-northeast-2-pop", CENTRAL),
    ("cn-beijing-finance-pop", CENTRAL),
    ("cn-beijing-gov-1", CENTRAL),
    ("cn-beijing-nu16-b01", HANGZHOU),
    ("cn-edge-1", QINGDAO_NEBULA),
    ("cn-fujian", HANGZHOU),
    ("cn-haidian-cm12-c01", HANGZHOU),
    ("cn-hangzhou-bj-b01", HANGZHOU),
    ("cn-hangzhou-finance", CENTRAL),
    ("cn-hangzhou-test-306", HANGZHOU),
    ("cn-hongkong-finance-pop", CENTRAL),
    ("cn-huhehaote-nebula-1", QINGDAO_NEBULA),
    ("cn-north-2-gov-1", CENTRAL),
    ("cn-shanghai-et15-b01", HANGZHOU),
    ("cn-shanghai-et2-b01", HANGZHOU),
    ("cn-shanghai-finance-1", HANGZHOU),
    ("cn-shanghai-inner", CENTRAL),
    ("cn-shanghai-internal-test-1", HANGZHOU),
    ("cn-shenzhen-finance-1", HANGZHOU),
    ("cn-shenzhen-inner", CENTRAL),
    ("cn-shenzhen-st4-d01", HANGZHOU),
    ("cn-shenzhen-su18-b01", HANGZHOU),
    ("cn-wuhan", CENTRAL),
    ("cn-yushanfang", CENTRAL),
    ("cn-zhangbei", CENTRAL),
    ("cn-zhangbei-na61-b01", HANGZHOU),
    ("cn-zhangjiakou-na62-a01", "ecs.cn-zhangjiakou.aliyuncs.com"),
    ("cn-zhengzhou-nebula-1", QINGDAO_NEBULA),
    ("eu-west-1-oxs", "ecs.cn-shenzhen-cloudstone.aliyuncs.com"),
    ("rus-west-1-pop", CENTRAL),
];

/// The host of ECS in a region that is an exception.
pub fn exception(region: &str) -> Option<&'static str> {
    if region.starts_with("cn-hangzhou-internal-") {
        return Some(HANGZHOU);
    }
    EXCEPTIONS.iter().find(|(known, _)| *known == region).map(|(_, host)| *host)
}
