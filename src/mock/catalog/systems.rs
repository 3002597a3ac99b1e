//! The operating systems of the built-in and of the generated images: names of the shape that the
//! real catalog has, values made up.

use super::traits::Architecture;

/// An operating system in one edition and architecture.
pub(super) struct System {
    /// The beginning of the image ID.
    pub(super) slug: &'static str,
    /// `Platform`.
    pub(super) platform: &'static str,
    /// `OSName`, as the Chinese site shows it.
    pub(super) name: &'static str,
    /// `OSNameEn`.
    pub(super) name_en: &'static str,
    pub(super) architecture: Architecture,
    /// Of the system disk, in GiB.
    pub(super) size: u32,
    pub(super) boot_mode: &'static str,
    /// Whether the vendor groups the releases into an image family.
    pub(super) family: bool,
    /// When images of it were released, newest first; part of the image ID.
    pub(super) released: &'static [&'static str],
}

impl System {
    pub(super) fn windows(&self) -> bool {
        self.platform.starts_with("Windows")
    }
}

/// One row of the table below.
macro_rules! systems {
    ($($slug:literal $platform:literal $name:literal $name_en:literal $arch:ident $size:literal
       $boot:literal $family:literal [$($date:literal)*];)*) => {
        &[$(System {
            slug: $slug,
            platform: $platform,
            name: $name,
            name_en: $name_en,
            architecture: Architecture::$arch,
            size: $size,
            boot_mode: $boot,
            family: $family,
            released: &[$($date),*],
        }),*]
    };
}

#[rustfmt::skip]
pub(super) const SYSTEMS: &[System] = systems! {
    "aliyun_4_x64" "Aliyun" "Alibaba Cloud Linux  4.0 LTS 64位" "Alibaba Cloud Linux  4.0 LTS 64 bit" X86_64 20 "UEFI-Preferred" true ["20251120" "20250915"];
    "aliyun_3_x64" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS 64位" "Alibaba Cloud Linux  3.2104 LTS 64 bit" X86_64 20 "BIOS" true ["20251030" "20250629" "20241218" "20240819"];
    "aliyun_3_x64_container_optimized" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS 64位 容器优化版" "Alibaba Cloud Linux  3.2104 LTS 64 bit Container Optimized Edition" X86_64 20 "BIOS" true ["20250629" "20241226"];
    "aliyun_3_x64_dengbao" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS 64位 等保2.0三级版" "Alibaba Cloud Linux  3.2104 LTS 64 bit MLPS 2.0 Level 3" X86_64 20 "BIOS" true ["20250801" "20241103"];
    "aliyun_3_arm64" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS 64位 ARM版" "Alibaba Cloud Linux  3.2104 LTS 64 bit for ARM" Arm64 20 "UEFI" true ["20251030" "20250629" "20240819"];
    "aliyun_2_1903_x64" "Aliyun" "Alibaba Cloud Linux  2.1903 LTS 64位" "Alibaba Cloud Linux  2.1903 LTS 64 bit" X86_64 20 "BIOS" true ["20240327" "20230911"];
    "aliyun_2_1903_arm64" "Aliyun" "Alibaba Cloud Linux  2.1903 LTS 64位 ARM版" "Alibaba Cloud Linux  2.1903 LTS 64 bit for ARM" Arm64 20 "UEFI" true ["20230506"];
    "anolisos_8_9_x64" "Anolis" "Anolis OS  8.9 RHCK 64位" "Anolis OS  8.9 RHCK 64 bit" X86_64 20 "BIOS" false ["20250514" "20240724"];
    "anolisos_8_8_arm64" "Anolis" "Anolis OS  8.8 ANCK 64位 ARM版" "Anolis OS  8.8 ANCK 64 bit for ARM" Arm64 20 "UEFI" false ["20240417"];
    "anolisos_7_9_x64" "Anolis" "Anolis OS  7.9 ANCK 64位" "Anolis OS  7.9 ANCK 64 bit" X86_64 20 "BIOS" false ["20240131"];
    "ubuntu_24_04_x64" "Ubuntu" "Ubuntu  24.04 64位" "Ubuntu  24.04 64 bit" X86_64 20 "UEFI-Preferred" true ["20251102" "20250722" "20250115"];
    "ubuntu_24_04_arm64" "Ubuntu" "Ubuntu  24.04 64位 ARM版" "Ubuntu  24.04 64 bit for ARM" Arm64 20 "UEFI" true ["20251102" "20250722"];
    "ubuntu_22_04_x64" "Ubuntu" "Ubuntu  22.04 64位" "Ubuntu  22.04 64 bit" X86_64 20 "BIOS" true ["20251019" "20250722" "20250208" "20240926"];
    "ubuntu_22_04_uefi_x64" "Ubuntu" "Ubuntu  22.04 64位 UEFI版" "Ubuntu  22.04 64 bit UEFI Edition" X86_64 20 "UEFI" false ["20250722" "20240926"];
    "ubuntu_22_04_arm64" "Ubuntu" "Ubuntu  22.04 64位 ARM版" "Ubuntu  22.04 64 bit for ARM" Arm64 20 "UEFI" true ["20251019" "20250208"];
    "ubuntu_20_04_x64" "Ubuntu" "Ubuntu  20.04 64位" "Ubuntu  20.04 64 bit" X86_64 20 "BIOS" true ["20250524" "20241115" "20240508"];
    "ubuntu_20_04_arm64" "Ubuntu" "Ubuntu  20.04 64位 ARM版" "Ubuntu  20.04 64 bit for ARM" Arm64 20 "UEFI" true ["20250524"];
    "ubuntu_18_04_x64" "Ubuntu" "Ubuntu  18.04 64位" "Ubuntu  18.04 64 bit" X86_64 20 "BIOS" true ["20240223" "20230810"];
    "ubuntu_16_04_x64" "Ubuntu" "Ubuntu  16.04 64位" "Ubuntu  16.04 64 bit" X86_64 20 "BIOS" false ["20220824"];
    "ubuntu_14_0405_32" "Ubuntu" "Ubuntu  14.04 32位" "Ubuntu  14.04 32 bit" I386 40 "BIOS" false ["20170711"];
    "debian_13_1_x64" "Debian" "Debian  13.1 64位" "Debian  13.1 64 bit" X86_64 20 "UEFI-Preferred" true ["20251010"];
    "debian_12_11_x64" "Debian" "Debian  12.11 64位" "Debian  12.11 64 bit" X86_64 20 "UEFI-Preferred" true ["20250703"];
    "debian_12_6_x64" "Debian" "Debian  12.6 64位" "Debian  12.6 64 bit" X86_64 20 "UEFI-Preferred" true ["20240711"];
    "debian_12_6_arm64" "Debian" "Debian  12.6 64位 ARM版" "Debian  12.6 64 bit for ARM" Arm64 20 "UEFI" true ["20240711"];
    "debian_11_11_x64" "Debian" "Debian  11.11 64位" "Debian  11.11 64 bit" X86_64 20 "BIOS" true ["20250222" "20240930"];
    "debian_10_13_x64" "Debian" "Debian  10.13 64位" "Debian  10.13 64 bit" X86_64 20 "BIOS" false ["20231101"];
    "centos_stream_9_x64" "CentOS Stream" "CentOS Stream  9 64位" "CentOS Stream  9 64 bit" X86_64 20 "UEFI-Preferred" false ["20250718" "20241029"];
    "centos_stream_9_arm64" "CentOS Stream" "CentOS Stream  9 64位 ARM版" "CentOS Stream  9 64 bit for ARM" Arm64 20 "UEFI" false ["20250718"];
    "centos_8_5_x64" "CentOS" "CentOS  8.5 64位" "CentOS  8.5 64 bit" X86_64 20 "BIOS" false ["20211228"];
    "centos_8_4_arm64" "CentOS" "CentOS  8.4 64位 ARM版" "CentOS  8.4 64 bit for ARM" Arm64 20 "UEFI" false ["20210709"];
    "centos_7_9_x64" "CentOS" "CentOS  7.9 64位" "CentOS  7.9 64 bit" X86_64 20 "BIOS" true ["20240703" "20240403" "20230718"];
    "centos_7_9_uefi_x64" "CentOS" "CentOS  7.9 64位 UEFI版" "CentOS  7.9 64 bit UEFI Edition" X86_64 20 "UEFI" false ["20240703"];
    "centos_7_8_x64" "CentOS" "CentOS  7.8 64位" "CentOS  7.8 64 bit" X86_64 20 "BIOS" false ["20220518"];
    "centos_6_10_x64" "CentOS" "CentOS  6.10 64位" "CentOS  6.10 64 bit" X86_64 40 "BIOS" false ["20201120"];
    "centos_6_8_32" "CentOS" "CentOS  6.8 32位" "CentOS  6.8 32 bit" I386 40 "BIOS" false ["20170717"];
    "rockylinux_9_6_x64" "Rocky Linux" "Rocky Linux  9.6 64位" "Rocky Linux  9.6 64 bit" X86_64 20 "UEFI-Preferred" true ["20250815"];
    "rockylinux_9_4_arm64" "Rocky Linux" "Rocky Linux  9.4 64位 ARM版" "Rocky Linux  9.4 64 bit for ARM" Arm64 20 "UEFI" true ["20240618"];
    "rockylinux_8_10_x64" "Rocky Linux" "Rocky Linux  8.10 64位" "Rocky Linux  8.10 64 bit" X86_64 20 "BIOS" true ["20250716" "20240923"];
    "almalinux_9_6_x64" "AlmaLinux" "AlmaLinux  9.6 64位" "AlmaLinux  9.6 64 bit" X86_64 20 "UEFI-Preferred" true ["20250806"];
    "almalinux_9_4_arm64" "AlmaLinux" "AlmaLinux  9.4 64位 ARM版" "AlmaLinux  9.4 64 bit for ARM" Arm64 20 "UEFI" true ["20240625"];
    "almalinux_8_10_x64" "AlmaLinux" "AlmaLinux  8.10 64位" "AlmaLinux  8.10 64 bit" X86_64 20 "BIOS" true ["20240829"];
    "fedora_42_1_x64" "Fedora" "Fedora  42 64位" "Fedora  42 64 bit" X86_64 20 "UEFI-Preferred" false ["20250610"];
    "fedora_40_1_arm64" "Fedora" "Fedora  40 64位 ARM版" "Fedora  40 64 bit for ARM" Arm64 20 "UEFI" false ["20240522"];
    "opensuse_15_6_x64" "OpenSUSE" "OpenSUSE  15.6 64位" "OpenSUSE  15.6 64 bit" X86_64 20 "BIOS" false ["20250317" "20240808"];
    "sles_15_sp6_x64" "SUSE" "SUSE Linux  Enterprise Server 15 SP6 64位" "SUSE Linux  Enterprise Server 15 SP6 64 bit" X86_64 20 "UEFI-Preferred" false ["20250225"];
    "sles_12_sp5_x64" "SUSE" "SUSE Linux  Enterprise Server 12 SP5 64位" "SUSE Linux  Enterprise Server 12 SP5 64 bit" X86_64 20 "BIOS" false ["20240423"];
    "rhel_9_4_x64" "Red Hat" "Red Hat Enterprise Linux  9.4 64位" "Red Hat Enterprise Linux  9.4 64 bit" X86_64 20 "UEFI-Preferred" false ["20241021"];
    "rhel_8_10_x64" "Red Hat" "Red Hat Enterprise Linux  8.10 64位" "Red Hat Enterprise Linux  8.10 64 bit" X86_64 20 "BIOS" false ["20241021"];
    "freebsd_14_1_x64" "Freebsd" "FreeBSD  14.1 64位" "FreeBSD  14.1 64 bit" X86_64 30 "BIOS" false ["20240902"];
    "fedora_coreos_40_x64" "Fedora CoreOS" "Fedora CoreOS  40 64位" "Fedora CoreOS  40 64 bit" X86_64 20 "BIOS" false ["20240712"];
    "win2025_24H2_x64_dtc_zh-cn" "Windows Server 2025" "Windows Server  2025 数据中心版 64位中文版" "Windows Server  2025 Datacenter Edition 64bit Chinese Edition" X86_64 40 "UEFI-Preferred" false ["20251018"];
    "win2025_24H2_x64_dtc_en-us" "Windows Server 2025" "Windows Server  2025 数据中心版 64位英文版" "Windows Server  2025 Datacenter Edition 64bit English Edition" X86_64 40 "UEFI-Preferred" false ["20251018"];
    "win2022_21H2_x64_dtc_zh-cn" "Windows Server 2022" "Windows Server  2022 数据中心版 64位中文版" "Windows Server  2022 Datacenter Edition 64bit Chinese Edition" X86_64 40 "BIOS" true ["20251018" "20250814" "20241118"];
    "win2022_21H2_x64_dtc_en-us" "Windows Server 2022" "Windows Server  2022 数据中心版 64位英文版" "Windows Server  2022 Datacenter Edition 64bit English Edition" X86_64 40 "BIOS" true ["20251018" "20250814" "20241118"];
    "win2022_21H2_x64_dtc_zh-cn_uefi" "Windows Server 2022" "Windows Server  2022 数据中心版 64位中文版 UEFI版" "Windows Server  2022 Datacenter Edition 64bit Chinese UEFI Edition" X86_64 40 "UEFI" false ["20250814"];
    "win2019_1809_x64_dtc_zh-cn" "Windows Server 2019" "Windows Server  2019 数据中心版 64位中文版" "Windows Server  2019 Datacenter Edition 64bit Chinese Edition" X86_64 40 "BIOS" true ["20250814" "20241118"];
    "win2019_1809_x64_dtc_en-us" "Windows Server 2019" "Windows Server  2019 数据中心版 64位英文版" "Windows Server  2019 Datacenter Edition 64bit English Edition" X86_64 40 "BIOS" true ["20250814" "20241118"];
    "win2016_1607_x64_dtc_zh-cn" "Windows Server 2016" "Windows Server  2016 数据中心版 64位中文版" "Windows Server  2016 Datacenter Edition 64bit Chinese Edition" X86_64 40 "BIOS" false ["20240710"];
    "win2016_1607_x64_dtc_en-us" "Windows Server 2016" "Windows Server  2016 数据中心版 64位英文版" "Windows Server  2016 Datacenter Edition 64bit English Edition" X86_64 40 "BIOS" false ["20240710"];
    "win2012r2_9600_x64_dtc_zh-cn" "Windows Server 2012" "Windows Server  2012 R2 数据中心版 64位中文版" "Windows Server  2012 R2 Datacenter Edition 64bit Chinese Edition" X86_64 40 "BIOS" false ["20231019"];
};

/// The regions of the built-in catalog, with their local names. Source: ECS API, "Endpoints".
#[rustfmt::skip]
pub(crate) const REGIONS: &[(&str, &str)] = &[
    ("ap-northeast-1", "日本（东京）"), ("ap-northeast-2", "韩国（首尔）"),
    ("ap-southeast-1", "新加坡"), ("ap-southeast-3", "马来西亚（吉隆坡）"),
    ("ap-southeast-5", "印度尼西亚（雅加达）"), ("ap-southeast-6", "菲律宾（马尼拉）"),
    ("ap-southeast-7", "泰国（曼谷）"), ("cn-beijing", "华北2（北京）"),
    ("cn-chengdu", "西南1（成都）"), ("cn-fuzhou", "华东6（福州-本地地域）"),
    ("cn-guangzhou", "华南3（广州）"), ("cn-hangzhou", "华东1（杭州）"),
    ("cn-heyuan", "华南2（河源）"), ("cn-hongkong", "中国香港"),
    ("cn-huhehaote", "华北5（呼和浩特）"), ("cn-nanjing", "华东5（南京-本地地域）"),
    ("cn-qingdao", "华北1（青岛）"), ("cn-shanghai", "华东2（上海）"),
    ("cn-shenzhen", "华南1（深圳）"), ("cn-wuhan-lr", "华中1（武汉-本地地域）"),
    ("cn-wulanchabu", "华北6（乌兰察布）"), ("cn-zhangjiakou", "华北3（张家口）"),
    ("eu-central-1", "德国（法兰克福）"), ("eu-west-1", "英国（伦敦）"),
    ("me-central-1", "沙特（利雅得）"), ("me-east-1", "阿联酋（迪拜）"),
    ("na-south-1", "墨西哥"), ("us-east-1", "美国（弗吉尼亚）"), ("us-west-1", "美国（硅谷）"),
];
