//! The built-in catalog: the regions, the system images in each, and some images of every other owner, each with a
//! property that is useful in tests.

use std::sync::{Arc, LazyLock};

use Owner::{Marketplace, Others, Own};

use super::{
    Accounts,
    document::{self, Description},
    filter::{Owner, Status},
    listing::{Listing, Stored},
    systems::{SYSTEMS, System},
};
use crate::mock::repeatable;

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

/// The account that the service's own images belong to.
const SYSTEM_ACCOUNT: u64 = 1_000_000_000_000_001;
/// An account that shares images with the caller.
const OTHER_ACCOUNT: u64 = 1_998_877_665_544_332;
const MARKETPLACE_ACCOUNT: u64 = 1_555_666_777_888_999;
const COMMUNITY_ACCOUNT: u64 = 1_444_333_222_111_000;

/// An image that is not the service's own.
struct Custom {
    name: &'static str,
    description: &'static str,
    /// The slug of its system.
    system: &'static str,
    owner: Owner,
    status: Status,
    created: &'static str,
    family: &'static str,
    size: u32,
    community: bool,
    copied: bool,
    used: bool,
    shared: bool,
    product_code: &'static str,
    supplier: &'static str,
    resource_group: &'static str,
    data_disk: bool,
    tags: &'static [(&'static str, &'static str)],
}

impl Custom {
    const fn new(
        name: &'static str,
        system: &'static str,
        owner: Owner,
        created: &'static str,
    ) -> Self {
        Self {
            name,
            description: "",
            system,
            owner,
            status: Status::Available,
            created,
            family: "",
            size: 40,
            community: false,
            copied: false,
            used: false,
            shared: false,
            product_code: "",
            supplier: "",
            resource_group: "",
            data_disk: false,
            tags: &[],
        }
    }
}

#[rustfmt::skip]
const CUSTOM: &[Custom] = &[
    Custom { description: "Web tier, base of all releases", family: "web", tags: &[("env", "prod"), ("team", "web")], resource_group: "rg-acfmxazb4ph6aiy", used: true, ..Custom::new("web-server-2025.10", "aliyun_3_x64", Own, "2025-10-04T08:15:30Z") },
    Custom { family: "web", tags: &[("env", "prod"), ("team", "web")], resource_group: "rg-acfmxazb4ph6aiy", ..Custom::new("web-server-2025.09", "aliyun_3_x64", Own, "2025-09-02T08:11:02Z") },
    Custom { family: "web", status: Status::Deprecated, tags: &[("env", "prod"), ("team", "web")], ..Custom::new("web-server-2025.03", "aliyun_3_x64", Own, "2025-03-01T07:59:41Z") },
    Custom { family: "web", status: Status::Creating, tags: &[("env", "staging"), ("team", "web")], ..Custom::new("web-server-2025.11-rc1", "aliyun_3_x64", Own, "2025-11-20T10:00:00Z") },
    Custom { family: "worker", tags: &[("env", "prod"), ("arch", "arm64")], ..Custom::new("worker-arm64-2025.10", "ubuntu_22_04_arm64", Own, "2025-10-11T03:20:10Z") },
    Custom { family: "worker", tags: &[("env", "prod")], ..Custom::new("worker-2025.10", "ubuntu_22_04_x64", Own, "2025-10-11T02:45:00Z") },
    Custom { description: "数据库基础镜像 <&\"quoted\">", data_disk: true, size: 60, tags: &[("env", "prod"), ("team", "数据库"), ("backup", "")], shared: true, ..Custom::new("数据库-base", "centos_7_9_x64", Own, "2024-11-15T12:00:00Z") },
    Custom { copied: true, description: "Copy of m-bp1 from another region", tags: &[("acs:rm:rgId", "rg-acfmxazb4ph6aiy"), ("env", "dr")], ..Custom::new("web-server-copy", "aliyun_3_x64", Own, "2025-10-05T00:00:00Z") },
    Custom { size: 80, tags: &[("env", "prod"), ("team", "desktop")], ..Custom::new("win2022-golden", "win2022_21H2_x64_dtc_en-us", Own, "2025-08-20T16:30:00Z") },
    Custom { status: Status::CreateFailed, ..Custom::new("import-broken", "debian_12_6_x64", Own, "2025-02-02T02:02:02Z") },
    Custom { status: Status::Waiting, ..Custom::new("import-queued", "debian_12_6_x64", Own, "2025-11-21T09:09:09Z") },
    Custom { status: Status::UnAvailable, ..Custom::new("quarantined", "ubuntu_18_04_x64", Own, "2023-06-06T06:06:06Z") },
    Custom { description: "Same name twice, older", ..Custom::new("twin", "ubuntu_20_04_x64", Own, "2024-05-05T05:05:05Z") },
    Custom { description: "Same name twice, newer", ..Custom::new("twin", "ubuntu_20_04_x64", Own, "2024-06-06T05:05:05Z") },
    Custom { description: "Shared by a partner account", family: "partner", tags: &[("vendor", "partner")], ..Custom::new("partner-appliance-3.2", "centos_7_9_x64", Others, "2025-07-07T07:07:07Z") },
    Custom { family: "partner", ..Custom::new("partner-appliance-3.1", "centos_7_9_x64", Others, "2025-01-07T07:07:07Z") },
    Custom { description: "Shared by an unknown account under a familiar name", ..Custom::new("ubuntu_22_04_x64_20G_alibase_20991231.vhd", "ubuntu_22_04_x64", Others, "2025-11-22T22:22:22Z") },
    Custom { size: 40, ..Custom::new("shared-windows-tools", "win2019_1809_x64_dtc_en-us", Others, "2024-12-12T12:12:12Z") },
    Custom { product_code: "cmjj012345", description: "LNMP stack", supplier: "", ..Custom::new("lnmp-stack-7.4-centos", "centos_7_9_x64", Marketplace, "2024-08-08T08:08:08Z") },
    Custom { product_code: "cmjj022222", ..Custom::new("wordpress-6-ubuntu", "ubuntu_22_04_x64", Marketplace, "2025-04-18T08:00:00Z") },
    Custom { product_code: "cmjj033333", ..Custom::new("gitlab-ce-17-ubuntu", "ubuntu_24_04_x64", Marketplace, "2025-06-30T11:45:12Z") },
    Custom { product_code: "cmjj044444", size: 80, ..Custom::new("sqlserver-2022-web-windows", "win2022_21H2_x64_dtc_zh-cn", Marketplace, "2025-05-21T01:02:03Z") },
    Custom { product_code: "cmjj055555", ..Custom::new("pytorch-2-gpu-driver", "ubuntu_22_04_x64", Marketplace, "2025-09-19T19:19:19Z") },
    Custom { product_code: "cmjj077777", description: "Next-generation firewall, BYOL", ..Custom::new("Fortinet FortiGate-VM 7.4.8 BYOL", "debian_12_6_x64", Marketplace, "2025-07-24T09:10:11Z") },
    Custom { product_code: "cmjj066666", ..Custom::new("firewall-vm-arm", "debian_12_6_arm64", Marketplace, "2025-03-03T03:33:33Z") },
    Custom { community: true, supplier: "Community Builders", ..Custom::new("nixos-25.05-x86_64", "debian_12_11_x64", Others, "2025-06-01T00:00:00Z") },
    Custom { community: true, supplier: "Community Builders", ..Custom::new("nixos-24.11-x86_64", "debian_12_6_x64", Others, "2024-12-01T00:00:00Z") },
    Custom { community: true, supplier: "Sea of Models", ..Custom::new("llm-inference-cuda12", "ubuntu_22_04_x64", Others, "2025-10-10T10:10:10Z") },
    Custom { community: true, supplier: "Sea of Models", ..Custom::new("llm-inference-arm64", "ubuntu_24_04_arm64", Others, "2025-10-10T10:10:09Z") },
];

/// How many images a region has.
pub(super) fn count() -> usize {
    SYSTEMS.iter().map(|system| system.released.len()).sum::<usize>() + CUSTOM.len()
}

/// Returns the images of a region. Private images belong to the first account or are shared with
/// it.
pub(super) fn region(region: &str, accounts: &Accounts) -> Listing {
    /// The system images, which are the same in every region.
    static SYSTEM: LazyLock<Vec<Arc<Stored>>> =
        LazyLock::new(|| SYSTEMS.iter().flat_map(system_images).collect());
    let custom = CUSTOM
        .iter()
        .zip(1..)
        .filter_map(|(image, n)| custom_image(image, n, region, accounts.viewer));
    accounts.listing(SYSTEM.iter().cloned().chain(custom).collect())
}

fn system_images(system: &System) -> Vec<Arc<Stored>> {
    let family = system.family_name();
    let image = |(release, date): (usize, &&str)| {
        let id = system.image_id(date);
        let (year, month_day) = date.split_at_checked(4)?;
        let (month, day) = month_day.split_at_checked(2)?;
        // A time of day that is always the same for a system and differs between systems.
        let minute = (id.len() * 7 + release * 13) % 60;
        let hour = system.os_name_en().len() % 24;
        let created = format!("{year}-{month}-{day}T{hour:02}:{minute:02}:32Z");
        stored(&Description {
            // The fourth newest release is deprecated.
            status: if release >= 3 { Status::Deprecated } else { Status::Available },
            owner_id: SYSTEM_ACCOUNT,
            family: &family,
            used: release == 0,
            ..Description::new(&id, &id, system, Owner::System, &created)
        })
    };
    system.released.iter().enumerate().filter_map(image).collect()
}

fn custom_image(custom: &Custom, number: u64, region: &str, own: u64) -> Option<Arc<Stored>> {
    let system =
        SYSTEMS.iter().find(|system| system.slug == custom.system && system.edition.is_empty())?;
    let tail = tail(region, number);
    let snapshot = format!("s-{tail}");
    let data_snapshot = if custom.data_disk { format!("s-{tail}d") } else { String::new() };
    stored(&Description {
        description: custom.description,
        owner_id: match (custom.owner, custom.community) {
            (Own, _) | (Owner::System, _) => own,
            (Others, true) => COMMUNITY_ACCOUNT,
            (Others, false) => OTHER_ACCOUNT,
            (Marketplace, _) => MARKETPLACE_ACCOUNT,
        },
        status: custom.status,
        family: custom.family,
        size: custom.size,
        community: custom.community,
        copied: custom.copied,
        used: custom.used,
        shared: custom.shared,
        product_code: custom.product_code,
        supplier: custom.supplier,
        resource_group: custom.resource_group,
        snapshot: if custom.owner == Own { &snapshot } else { "" },
        data_snapshot: &data_snapshot,
        tags: custom.tags,
        ..Description::new(&format!("m-{tail}"), custom.name, system, custom.owner, custom.created)
    })
}

/// The image assumed for an instance that the mock does not know: Alibaba Cloud Linux.
pub(crate) fn image_of_instance(account: u64, id: &str) -> Option<Arc<Stored>> {
    let system = SYSTEMS.iter().find(|system| system.slug == "aliyun_3_x64")?;
    let snapshot = id.replacen("m-", "s-", 1);
    stored(&Description {
        owner_id: account,
        size: 40,
        snapshot: &snapshot,
        ..Description::new(id, id, system, Own, "1970-01-01T00:00:00Z")
    })
}

fn stored(image: &Description<'_>) -> Option<Arc<Stored>> {
    // A unit test checks that every image of the table can be read.
    Stored::parse(&document::json(image)).ok().map(Arc::new)
}

/// Twenty letters and digits, as in the service's IDs. They are the same for the same image on
/// every run.
fn tail(region: &str, number: u64) -> String {
    let seed = region.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    repeatable::tail(seed, number)
}

#[cfg(test)]
mod tests {
    use super::{super::REGIONS, *};

    #[test]
    fn every_image_of_the_tables_exists_with_a_unique_id() {
        let expected = count();
        assert!(expected - CUSTOM.len() >= 250, "{expected}");
        for (name, _) in REGIONS {
            let listing = region(name, &Accounts { viewer: 5, known: vec![5] });
            assert_eq!(listing.len(), expected, "{name}");
            let ids: std::collections::HashSet<_> =
                (0..listing.len()).map(|at| listing.stored(at).unwrap().id.clone()).collect();
            assert_eq!(ids.len(), expected, "{name}");
        }
    }
}
