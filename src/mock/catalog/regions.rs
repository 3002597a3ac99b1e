//! The regions of the built-in catalog.

/// The regions of the built-in catalog, with their local names. State of November 2026.
///
/// Sources: the regions that the API explorer of ECS lists, as a controller for ECS tests them (repository
/// AliyunContainerService/terway, endpoint tests of its ECS client); the endpoint map of
/// `alibabacloud_ecs20140526` 7.11.8 for the finance and government regions; and pull requests 9165, 9571 and
/// 9909 of aliyun/terraform-provider-alicloud for us-southeast-1, cn-zhongwei and ap-southeast-8. Regions that
/// closed (ap-south-1, ap-southeast-2) and clusters of single customers are left out.
#[rustfmt::skip]
pub(crate) const REGIONS: &[(&str, &str)] = &[
    ("ap-northeast-1", "日本（东京）"), ("ap-northeast-2", "韩国（首尔）"),
    ("ap-southeast-1", "新加坡"), ("ap-southeast-3", "马来西亚（吉隆坡）"),
    ("ap-southeast-5", "印度尼西亚（雅加达）"), ("ap-southeast-6", "菲律宾（马尼拉）"),
    ("ap-southeast-7", "泰国（曼谷）"), ("ap-southeast-8", "马来西亚（柔佛）"),
    ("cn-beijing", "华北2（北京）"), ("cn-beijing-finance-1", "华北2 金融云（邀测）"),
    ("cn-chengdu", "西南1（成都）"), ("cn-fuzhou", "华东6（福州-本地地域）"),
    ("cn-guangzhou", "华南3（广州）"), ("cn-hangzhou", "华东1（杭州）"),
    ("cn-hangzhou-finance", "华东1 金融云"), ("cn-heyuan", "华南2（河源）"),
    ("cn-heyuan-acdr-1", "河源专属云汽车合规"), ("cn-hongkong", "中国香港"),
    ("cn-huhehaote", "华北5（呼和浩特）"), ("cn-nanjing", "华东5（南京-本地地域）"),
    ("cn-north-2-gov-1", "华北2 阿里政务云1"), ("cn-qingdao", "华北1（青岛）"),
    ("cn-shanghai", "华东2（上海）"), ("cn-shanghai-finance-1", "华东2 金融云"),
    ("cn-shenzhen", "华南1（深圳）"), ("cn-shenzhen-finance-1", "华南1 金融云"),
    ("cn-wuhan-lr", "华中1（武汉-本地地域）"), ("cn-wulanchabu", "华北6（乌兰察布）"),
    ("cn-zhangjiakou", "华北3（张家口）"), ("cn-zhengzhou-jva", "郑州（联通合营）"),
    ("cn-zhongwei", "西北2（中卫）"), ("eu-central-1", "德国（法兰克福）"),
    ("eu-west-1", "英国（伦敦）"), ("me-central-1", "沙特（利雅得）"),
    ("me-east-1", "阿联酋（迪拜）"), ("na-south-1", "墨西哥"), ("us-east-1", "美国（弗吉尼亚）"),
    ("us-southeast-1", "美国（亚特兰大）"), ("us-west-1", "美国（硅谷）"),
];
