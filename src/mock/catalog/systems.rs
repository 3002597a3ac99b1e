//! The operating systems of the built-in and the generated images. The names have the format of the real ones; the
//! release dates are invented.
//!
//! In the service, the size precedes the edition (`aliyun_3_x64_20G_dengbao_alibase_…`), so a pattern such as
//! `^aliyun_3_x64_20G` matches all editions. Older UEFI editions have `uefi` before the architecture instead. Source:
//! image IDs in the documentation of aliyun/alicloud, and plans and scripts that others published.

use super::filter::Architecture;

/// An operating system in one edition and architecture.
pub(super) struct System {
    /// The beginning of the image ID.
    pub(super) slug: &'static str,
    /// The part of the image ID after the size; empty for the plain edition.
    pub(super) edition: &'static str,
    /// `Platform`.
    pub(super) platform: &'static str,
    /// The beginning of `OSName` and `OSNameEn`.
    name: &'static str,
    pub(super) architecture: Architecture,
    /// Of the system disk, in GiB.
    pub(super) size: u32,
    pub(super) boot_mode: &'static str,
    /// Whether the vendor groups the releases into an image family.
    pub(super) family: bool,
    /// When images of it were released, newest first; part of the image ID.
    pub(super) released: &'static [&'static str],
}

/// An edition as a part of an image ID, and its name in Chinese and in English.
#[rustfmt::skip]
const EDITIONS: &[(&str, &str, &str)] = &[
    ("dengbao", "等保2.0三级版", "MLPS 2.0 Level 3"),
    ("container_optimized", "容器优化版", "Container Optimized Edition"),
    ("container", "容器版", "Container Edition"),
    ("qboot", "快速启动版", "Quick Boot Edition"),
    ("scc", "SCC版", "SCC Edition"),
    ("with_gpu_driver_and_cuda", "预装NVIDIA GPU驱动和CUDA", "with NVIDIA GPU Driver and CUDA"),
    ("uefi", "UEFI版", "UEFI Edition"),
];

impl System {
    pub(super) fn windows(&self) -> bool {
        self.platform.starts_with("Windows")
    }

    /// The ID of the image that was released on this date.
    pub(super) fn image_id(&self, released: &str) -> String {
        let (slug, size) = (self.slug, self.size);
        match self.edition {
            "" => format!("{slug}_{size}G_alibase_{released}.vhd"),
            edition => format!("{slug}_{size}G_{edition}_alibase_{released}.vhd"),
        }
    }

    /// The name of the family: a name such as `acs:alibaba_cloud_linux_3_2104_lts_x64` for the vendor's own system,
    /// `acs:` and the slug for all others, each followed by the edition.
    pub(super) fn family_name(&self) -> String {
        if !self.family {
            return String::new();
        }
        let slug = match self.slug.strip_prefix("aliyun_") {
            Some(rest) => format!("alibaba_cloud_linux_{rest}"),
            None => self.slug.to_owned(),
        };
        match self.edition {
            "" => format!("acs:{slug}"),
            "with_gpu_driver_and_cuda" => format!("acs:{slug}_with_nvidia_gpu_driver_and_cuda"),
            edition => format!("acs:{slug}_{edition}"),
        }
    }

    /// `OSName`, as the Chinese site shows it.
    pub(super) fn os_name(&self) -> String {
        let mut name = self.name.to_owned();
        if self.windows() {
            name.push_str(" 数据中心版 64位");
            name.push_str(if self.slug.ends_with("zh-cn") { "中文版" } else { "英文版" });
        } else {
            name.push_str(if self.architecture == Architecture::I386 {
                " 32位"
            } else {
                " 64位"
            });
            if self.architecture == Architecture::Arm64 {
                name.push_str(" ARM版");
            }
        }
        for (_, chinese, _) in self.edition_words() {
            name.push(' ');
            name.push_str(chinese);
        }
        name
    }

    /// `OSNameEn`.
    pub(super) fn os_name_en(&self) -> String {
        let mut name = self.name.to_owned();
        if self.windows() {
            name.push_str(" Datacenter Edition 64bit");
            name.push_str(if self.slug.ends_with("zh-cn") { " Chinese" } else { " English" });
            name.push_str(" Edition");
        } else {
            name.push_str(if self.architecture == Architecture::I386 {
                " 32 bit"
            } else {
                " 64 bit"
            });
            if self.architecture == Architecture::Arm64 {
                name.push_str(" for ARM");
            }
        }
        for (_, _, english) in self.edition_words() {
            name.push(' ');
            name.push_str(english);
        }
        name
    }

    /// The names of the parts of the edition. `uefi` may also be in the slug.
    fn edition_words(
        &self,
    ) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
        let in_slug = self.slug.contains("_uefi_");
        let edition = self.edition;
        EDITIONS.iter().filter(move |(part, ..)| {
            let named =
                edition == *part || edition.strip_suffix(part).is_some_and(|r| r.ends_with('_'));
            named || *part == "uefi" && in_slug
        })
    }
}

/// One row of the table below.
macro_rules! systems {
    ($($slug:literal $edition:literal $platform:literal $name:literal $arch:ident $size:literal
       $boot:literal $family:literal [$($date:literal)*];)*) => {
        &[$(System {
            slug: $slug,
            edition: $edition,
            platform: $platform,
            name: $name,
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
    "aliyun_4_x64" "" "Aliyun" "Alibaba Cloud Linux  4.0 LTS" X86_64 20 "UEFI-Preferred" true ["20251120" "20250915" "20250701"];
    "aliyun_4_x64" "dengbao" "Aliyun" "Alibaba Cloud Linux  4.0 LTS" X86_64 20 "UEFI-Preferred" true ["20251120" "20250915"];
    "aliyun_4_x64" "container_optimized" "Aliyun" "Alibaba Cloud Linux  4.0 LTS" X86_64 20 "UEFI-Preferred" false ["20251120"];
    "aliyun_4_arm64" "" "Aliyun" "Alibaba Cloud Linux  4.0 LTS" Arm64 20 "UEFI" true ["20251120" "20250915"];
    "aliyun_3_x64" "" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS" X86_64 20 "BIOS" true ["20251030" "20250629" "20241218" "20240819"];
    "aliyun_3_x64" "container_optimized" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS" X86_64 20 "BIOS" true ["20251112" "20250629" "20241226"];
    "aliyun_3_x64" "dengbao" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS" X86_64 20 "BIOS" true ["20251107" "20250801" "20241103"];
    "aliyun_3_x64" "uefi" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS" X86_64 20 "UEFI" false ["20251030" "20250629"];
    "aliyun_3_x64" "qboot" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS" X86_64 20 "BIOS" false ["20230727"];
    "aliyun_3_x64" "scc" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS" X86_64 20 "BIOS" false ["20220225"];
    "aliyun_3_arm64" "" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS" Arm64 20 "UEFI" true ["20251030" "20250629" "20240819"];
    "aliyun_3_arm64" "dengbao" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS" Arm64 20 "UEFI" true ["20251107" "20250801"];
    "aliyun_3_arm64" "container_optimized" "Aliyun" "Alibaba Cloud Linux  3.2104 LTS" Arm64 20 "UEFI" true ["20251112" "20250629"];
    "aliyun_3_9_x64" "" "Aliyun" "Alibaba Cloud Linux  3.9" X86_64 20 "BIOS" false ["20231219" "20231024"];
    "aliyun_3_9_x64" "dengbao" "Aliyun" "Alibaba Cloud Linux  3.9" X86_64 20 "BIOS" false ["20231219"];
    "aliyun_3_9_x64" "uefi" "Aliyun" "Alibaba Cloud Linux  3.9" X86_64 20 "UEFI" false ["20231219"];
    "aliyun_3_9_arm64" "" "Aliyun" "Alibaba Cloud Linux  3.9" Arm64 20 "UEFI" false ["20231219"];
    "aliyun_2_1903_x64" "" "Aliyun" "Alibaba Cloud Linux  2.1903 LTS" X86_64 20 "BIOS" true ["20240327" "20231221" "20230911"];
    "aliyun_2_1903_x64" "dengbao" "Aliyun" "Alibaba Cloud Linux  2.1903 LTS" X86_64 20 "BIOS" false ["20240327" "20230214"];
    "aliyun_2_1903_x64" "uefi" "Aliyun" "Alibaba Cloud Linux  2.1903 LTS" X86_64 20 "UEFI" false ["20230214"];
    "aliyun_2_1903_x64" "qboot" "Aliyun" "Alibaba Cloud Linux  2.1903 LTS" X86_64 20 "BIOS" false ["20230214" "20210726"];
    "aliyun_2_1903_x64" "scc" "Aliyun" "Alibaba Cloud Linux  2.1903 LTS" X86_64 20 "BIOS" false ["20220225"];
    "aliyun_2_1903_arm64" "" "Aliyun" "Alibaba Cloud Linux  2.1903 LTS" Arm64 20 "UEFI" true ["20230506" "20220914"];
    "anolisos_8_9_x64" "rhck" "Anolis" "Anolis OS  8.9 RHCK" X86_64 20 "BIOS" false ["20250514" "20240724"];
    "anolisos_8_9_x64" "anck" "Anolis" "Anolis OS  8.9 ANCK" X86_64 20 "BIOS" false ["20250514" "20240724"];
    "anolisos_8_8_x64" "rhck" "Anolis" "Anolis OS  8.8 RHCK" X86_64 20 "BIOS" false ["20240417" "20240221"];
    "anolisos_8_8_x64" "anck" "Anolis" "Anolis OS  8.8 ANCK" X86_64 20 "BIOS" false ["20240417" "20240221"];
    "anolisos_8_6_x64" "rhck" "Anolis" "Anolis OS  8.6 RHCK" X86_64 20 "BIOS" false ["20221121"];
    "anolisos_8_6_x64" "anck" "Anolis" "Anolis OS  8.6 ANCK" X86_64 20 "BIOS" false ["20221121"];
    "anolisos_8_4_x64" "rhck" "Anolis" "Anolis OS  8.4 RHCK" X86_64 20 "BIOS" false ["20220704"];
    "anolisos_8_4_x64" "anck" "Anolis" "Anolis OS  8.4 ANCK" X86_64 20 "BIOS" false ["20220704"];
    "anolisos_8_2_x64" "rhck" "Anolis" "Anolis OS  8.2 RHCK" X86_64 20 "BIOS" false ["20220415"];
    "anolisos_8_2_x64" "anck" "Anolis" "Anolis OS  8.2 ANCK" X86_64 20 "BIOS" false ["20220415"];
    "anolisos_8_9_x64" "anck_dengbao" "Anolis" "Anolis OS  8.9 ANCK" X86_64 20 "BIOS" false ["20250514" "20240724"];
    "anolisos_8_8_x64" "rhck_uefi" "Anolis" "Anolis OS  8.8 RHCK" X86_64 20 "UEFI" false ["20230308"];
    "anolisos_8_8_x64" "anck_uefi" "Anolis" "Anolis OS  8.8 ANCK" X86_64 20 "UEFI" false ["20230308"];
    "anolisos_8_9_arm64" "anck" "Anolis" "Anolis OS  8.9 ANCK" Arm64 20 "UEFI" false ["20250514"];
    "anolisos_8_8_arm64" "anck" "Anolis" "Anolis OS  8.8 ANCK" Arm64 20 "UEFI" false ["20240417"];
    "anolisos_7_9_x64" "rhck" "Anolis" "Anolis OS  7.9 RHCK" X86_64 20 "BIOS" false ["20240131" "20230420"];
    "anolisos_7_9_x64" "anck" "Anolis" "Anolis OS  7.9 ANCK" X86_64 20 "BIOS" false ["20240131" "20230420"];
    "anolisos_7_7_x64" "anck" "Anolis" "Anolis OS  7.7 ANCK" X86_64 20 "BIOS" false ["20211118"];
    "ubuntu_26_04_x64" "" "Ubuntu" "Ubuntu  26.04" X86_64 20 "UEFI-Preferred" true ["20260507"];
    "ubuntu_26_04_arm64" "" "Ubuntu" "Ubuntu  26.04" Arm64 20 "UEFI" true ["20260507"];
    "ubuntu_24_04_x64" "" "Ubuntu" "Ubuntu  24.04" X86_64 20 "UEFI-Preferred" true ["20251102" "20250722" "20250115"];
    "ubuntu_24_04_x64" "with_gpu_driver_and_cuda" "Ubuntu" "Ubuntu  24.04" X86_64 100 "UEFI-Preferred" true ["20251028" "20250814"];
    "ubuntu_24_04_arm64" "" "Ubuntu" "Ubuntu  24.04" Arm64 20 "UEFI" true ["20251102" "20250722"];
    "ubuntu_22_04_x64" "" "Ubuntu" "Ubuntu  22.04" X86_64 20 "BIOS" true ["20251019" "20250722" "20250208" "20240926"];
    "ubuntu_22_04_x64" "with_gpu_driver_and_cuda" "Ubuntu" "Ubuntu  22.04" X86_64 100 "BIOS" true ["20250924" "20250320"];
    "ubuntu_22_04_uefi_x64" "" "Ubuntu" "Ubuntu  22.04" X86_64 20 "UEFI" false ["20250722" "20240926"];
    "ubuntu_22_04_arm64" "" "Ubuntu" "Ubuntu  22.04" Arm64 20 "UEFI" true ["20251019" "20250208"];
    "ubuntu_20_04_x64" "" "Ubuntu" "Ubuntu  20.04" X86_64 20 "BIOS" true ["20250524" "20241115" "20240508"];
    "ubuntu_20_04_uefi_x64" "" "Ubuntu" "Ubuntu  20.04" X86_64 20 "UEFI" false ["20220324"];
    "ubuntu_20_04_arm64" "" "Ubuntu" "Ubuntu  20.04" Arm64 20 "UEFI" true ["20250524" "20231221"];
    "ubuntu_18_04_x64" "" "Ubuntu" "Ubuntu  18.04" X86_64 20 "BIOS" true ["20240223" "20230810"];
    "ubuntu_18_04_uefi_x64" "" "Ubuntu" "Ubuntu  18.04" X86_64 20 "UEFI" false ["20220330"];
    "ubuntu_18_04_arm64" "" "Ubuntu" "Ubuntu  18.04" Arm64 20 "UEFI" false ["20230307"];
    "ubuntu_16_04_x64" "" "Ubuntu" "Ubuntu  16.04" X86_64 20 "BIOS" false ["20220824" "20211028"];
    "ubuntu_14_0405_32" "" "Ubuntu" "Ubuntu  14.04" I386 40 "BIOS" false ["20170711"];
    "debian_13_3_x64" "" "Debian" "Debian  13.3" X86_64 20 "UEFI-Preferred" true ["20260213"];
    "debian_13_2_x64" "" "Debian" "Debian  13.2" X86_64 20 "UEFI-Preferred" true ["20251218"];
    "debian_13_1_x64" "" "Debian" "Debian  13.1" X86_64 20 "UEFI-Preferred" true ["20251010"];
    "debian_13_0_x64" "" "Debian" "Debian  13.0" X86_64 20 "UEFI-Preferred" true ["20250905"];
    "debian_12_13_x64" "" "Debian" "Debian  12.13" X86_64 20 "UEFI-Preferred" true ["20260203"];
    "debian_12_12_x64" "" "Debian" "Debian  12.12" X86_64 20 "UEFI-Preferred" true ["20250926"];
    "debian_12_11_x64" "" "Debian" "Debian  12.11" X86_64 20 "UEFI-Preferred" true ["20250703"];
    "debian_12_9_x64" "" "Debian" "Debian  12.9" X86_64 20 "UEFI-Preferred" true ["20250117"];
    "debian_12_6_x64" "" "Debian" "Debian  12.6" X86_64 20 "UEFI-Preferred" true ["20240711"];
    "debian_12_5_x64" "" "Debian" "Debian  12.5" X86_64 20 "UEFI-Preferred" true ["20240401" "20240223"];
    "debian_12_4_x64" "" "Debian" "Debian  12.4" X86_64 20 "UEFI-Preferred" false ["20231229"];
    "debian_13_1_arm64" "" "Debian" "Debian  13.1" Arm64 20 "UEFI" true ["20251010"];
    "debian_12_11_arm64" "" "Debian" "Debian  12.11" Arm64 20 "UEFI" true ["20250703"];
    "debian_12_6_arm64" "" "Debian" "Debian  12.6" Arm64 20 "UEFI" true ["20240711"];
    "debian_11_11_x64" "" "Debian" "Debian  11.11" X86_64 20 "BIOS" true ["20250222" "20240930"];
    "debian_11_9_x64" "" "Debian" "Debian  11.9" X86_64 20 "BIOS" false ["20240401"];
    "debian_11_7_x64" "" "Debian" "Debian  11.7" X86_64 20 "BIOS" false ["20230718"];
    "debian_11_6_x64" "" "Debian" "Debian  11.6" X86_64 20 "BIOS" false ["20230410"];
    "debian_11_5_x64" "" "Debian" "Debian  11.5" X86_64 20 "BIOS" false ["20221130"];
    "debian_11_4_x64" "" "Debian" "Debian  11.4" X86_64 20 "BIOS" false ["20220824"];
    "debian_11_3_x64" "" "Debian" "Debian  11.3" X86_64 20 "BIOS" false ["20220629"];
    "debian_10_13_x64" "" "Debian" "Debian  10.13" X86_64 20 "BIOS" false ["20231101" "20221228"];
    "debian_10_12_x64" "" "Debian" "Debian  10.12" X86_64 20 "BIOS" false ["20220824"];
    "debian_10_11_x64" "" "Debian" "Debian  10.11" X86_64 20 "BIOS" false ["20220208"];
    "debian_10_10_x64" "" "Debian" "Debian  10.10" X86_64 20 "BIOS" false ["20221227"];
    "debian_10_9_x64" "" "Debian" "Debian  10.9" X86_64 20 "BIOS" false ["20221227"];
    "debian_9_13_x64" "" "Debian" "Debian  9.13" X86_64 20 "BIOS" false ["20210611"];
    "debian_9_12_x64" "" "Debian" "Debian  9.12" X86_64 20 "BIOS" false ["20200622"];
    "debian_10_12_uefi_x64" "" "Debian" "Debian  10.12" X86_64 20 "UEFI" false ["20220330"];
    "centos_stream_10_x64" "" "CentOS Stream" "CentOS Stream  10" X86_64 20 "UEFI-Preferred" false ["20251118" "20250411"];
    "centos_stream_9_x64" "" "CentOS Stream" "CentOS Stream  9" X86_64 20 "UEFI-Preferred" false ["20250718" "20241029" "20240312"];
    "centos_stream_9_uefi_x64" "" "CentOS Stream" "CentOS Stream  9" X86_64 20 "UEFI" false ["20240117"];
    "centos_stream_9_arm64" "" "CentOS Stream" "CentOS Stream  9" Arm64 20 "UEFI" false ["20250718"];
    "centos_stream_8_x64" "" "CentOS Stream" "CentOS Stream  8" X86_64 20 "BIOS" false ["20240312"];
    "centos_stream_8_uefi_x64" "" "CentOS Stream" "CentOS Stream  8" X86_64 20 "UEFI" false ["20230907"];
    "centos_8_5_x64" "" "CentOS" "CentOS  8.5" X86_64 20 "BIOS" false ["20211228"];
    "centos_8_4_x64" "" "CentOS" "CentOS  8.4" X86_64 20 "BIOS" false ["20211027"];
    "centos_8_3_x64" "" "CentOS" "CentOS  8.3" X86_64 20 "BIOS" false ["20210723"];
    "centos_8_2_x64" "" "CentOS" "CentOS  8.2" X86_64 20 "BIOS" false ["20210712"];
    "centos_8_1_x64" "" "CentOS" "CentOS  8.1" X86_64 20 "BIOS" false ["20210712"];
    "centos_8_0_x64" "" "CentOS" "CentOS  8.0" X86_64 20 "BIOS" false ["20210712"];
    "centos_8_5_uefi_x64" "" "CentOS" "CentOS  8.5" X86_64 20 "UEFI" false ["20220328"];
    "centos_8_4_arm64" "" "CentOS" "CentOS  8.4" Arm64 20 "UEFI" false ["20210709"];
    "centos_7_9_x64" "" "CentOS" "CentOS  7.9" X86_64 20 "BIOS" true ["20240703" "20240403" "20230718"];
    "centos_7_9_x64" "with_gpu_driver_and_cuda" "CentOS" "CentOS  7.9" X86_64 100 "BIOS" false ["20240716"];
    "centos_7_9_uefi_x64" "" "CentOS" "CentOS  7.9" X86_64 20 "UEFI" false ["20240703" "20230816"];
    "centos_7_9_arm64" "" "CentOS" "CentOS  7.9" Arm64 20 "UEFI" false ["20240403"];
    "centos_7_8_x64" "" "CentOS" "CentOS  7.8" X86_64 20 "BIOS" false ["20220518"];
    "centos_7_7_x64" "" "CentOS" "CentOS  7.7" X86_64 20 "BIOS" false ["20211130"];
    "centos_7_6_x64" "" "CentOS" "CentOS  7.6" X86_64 20 "BIOS" false ["20211130"];
    "centos_7_5_x64" "" "CentOS" "CentOS  7.5" X86_64 20 "BIOS" false ["20211130"];
    "centos_7_4_x64" "" "CentOS" "CentOS  7.4" X86_64 20 "BIOS" false ["20211130"];
    "centos_6_10_x64" "" "CentOS" "CentOS  6.10" X86_64 40 "BIOS" false ["20201120"];
    "centos_6_8_32" "" "CentOS" "CentOS  6.8" I386 40 "BIOS" false ["20170717"];
    "rockylinux_10_1_x64" "" "Rocky Linux" "Rocky Linux  10.1" X86_64 20 "UEFI-Preferred" true ["20251218"];
    "rockylinux_10_0_x64" "" "Rocky Linux" "Rocky Linux  10.0" X86_64 20 "UEFI-Preferred" true ["20250721"];
    "rockylinux_9_7_x64" "" "Rocky Linux" "Rocky Linux  9.7" X86_64 20 "UEFI-Preferred" true ["20251216"];
    "rockylinux_9_6_x64" "" "Rocky Linux" "Rocky Linux  9.6" X86_64 20 "UEFI-Preferred" true ["20250815"];
    "rockylinux_9_5_x64" "" "Rocky Linux" "Rocky Linux  9.5" X86_64 20 "UEFI-Preferred" true ["20241223"];
    "rockylinux_9_4_x64" "" "Rocky Linux" "Rocky Linux  9.4" X86_64 20 "UEFI-Preferred" true ["20240618"];
    "rockylinux_9_3_x64" "" "Rocky Linux" "Rocky Linux  9.3" X86_64 20 "UEFI-Preferred" true ["20231220"];
    "rockylinux_8_10_x64" "" "Rocky Linux" "Rocky Linux  8.10" X86_64 20 "BIOS" true ["20250716" "20240923"];
    "rockylinux_8_9_x64" "" "Rocky Linux" "Rocky Linux  8.9" X86_64 20 "BIOS" true ["20231228"];
    "rockylinux_8_8_x64" "" "Rocky Linux" "Rocky Linux  8.8" X86_64 20 "BIOS" true ["20230915"];
    "rockylinux_8_7_x64" "" "Rocky Linux" "Rocky Linux  8.7" X86_64 20 "BIOS" true ["20230310"];
    "rockylinux_8_6_x64" "" "Rocky Linux" "Rocky Linux  8.6" X86_64 20 "BIOS" true ["20220824"];
    "rockylinux_10_0_arm64" "" "Rocky Linux" "Rocky Linux  10.0" Arm64 20 "UEFI" true ["20250721"];
    "rockylinux_9_6_arm64" "" "Rocky Linux" "Rocky Linux  9.6" Arm64 20 "UEFI" true ["20250815"];
    "rockylinux_9_4_arm64" "" "Rocky Linux" "Rocky Linux  9.4" Arm64 20 "UEFI" true ["20240618"];
    "rockylinux_8_10_arm64" "" "Rocky Linux" "Rocky Linux  8.10" Arm64 20 "UEFI" true ["20250716"];
    "rockylinux_8_8_arm64" "" "Rocky Linux" "Rocky Linux  8.8" Arm64 20 "UEFI" true ["20230915"];
    "rockylinux_8_8_uefi_x64" "" "Rocky Linux" "Rocky Linux  8.8" X86_64 20 "UEFI" false ["20230915"];
    "almalinux_10_1_x64" "" "AlmaLinux" "AlmaLinux  10.1" X86_64 20 "UEFI-Preferred" true ["20251222"];
    "almalinux_10_0_x64" "" "AlmaLinux" "AlmaLinux  10.0" X86_64 20 "UEFI-Preferred" true ["20250715"];
    "almalinux_9_7_x64" "" "AlmaLinux" "AlmaLinux  9.7" X86_64 20 "UEFI-Preferred" true ["20251209"];
    "almalinux_9_6_x64" "" "AlmaLinux" "AlmaLinux  9.6" X86_64 20 "UEFI-Preferred" true ["20250806"];
    "almalinux_9_5_x64" "" "AlmaLinux" "AlmaLinux  9.5" X86_64 20 "UEFI-Preferred" true ["20241231"];
    "almalinux_9_4_x64" "" "AlmaLinux" "AlmaLinux  9.4" X86_64 20 "UEFI-Preferred" true ["20240607"];
    "almalinux_9_3_x64" "" "AlmaLinux" "AlmaLinux  9.3" X86_64 20 "UEFI-Preferred" true ["20240228"];
    "almalinux_9_2_x64" "" "AlmaLinux" "AlmaLinux  9.2" X86_64 20 "UEFI-Preferred" true ["20230613"];
    "almalinux_8_10_x64" "" "AlmaLinux" "AlmaLinux  8.10" X86_64 20 "BIOS" true ["20240829"];
    "almalinux_8_9_x64" "" "AlmaLinux" "AlmaLinux  8.9" X86_64 20 "BIOS" true ["20240329"];
    "almalinux_8_8_x64" "" "AlmaLinux" "AlmaLinux  8.8" X86_64 20 "BIOS" true ["20231114"];
    "almalinux_8_7_x64" "" "AlmaLinux" "AlmaLinux  8.7" X86_64 20 "BIOS" true ["20230907"];
    "almalinux_8_6_x64" "" "AlmaLinux" "AlmaLinux  8.6" X86_64 20 "BIOS" true ["20231010"];
    "almalinux_9_6_arm64" "" "AlmaLinux" "AlmaLinux  9.6" Arm64 20 "UEFI" true ["20250806"];
    "almalinux_9_4_arm64" "" "AlmaLinux" "AlmaLinux  9.4" Arm64 20 "UEFI" true ["20240625"];
    "almalinux_8_10_arm64" "" "AlmaLinux" "AlmaLinux  8.10" Arm64 20 "UEFI" true ["20240829"];
    "almalinux_9_2_uefi_x64" "" "AlmaLinux" "AlmaLinux  9.2" X86_64 20 "UEFI" false ["20230605"];
    "fedora_43_1_x64" "" "Fedora" "Fedora  43" X86_64 20 "UEFI-Preferred" false ["20251127"];
    "fedora_42_1_x64" "" "Fedora" "Fedora  42" X86_64 20 "UEFI-Preferred" false ["20250610"];
    "fedora_41_1_x64" "" "Fedora" "Fedora  41" X86_64 20 "UEFI-Preferred" false ["20241211"];
    "fedora_40_1_x64" "" "Fedora" "Fedora  40" X86_64 20 "UEFI-Preferred" false ["20240522"];
    "fedora_39_1_x64" "" "Fedora" "Fedora  39" X86_64 20 "UEFI-Preferred" false ["20231213"];
    "fedora_42_1_arm64" "" "Fedora" "Fedora  42" Arm64 20 "UEFI" false ["20250610"];
    "fedora_40_1_arm64" "" "Fedora" "Fedora  40" Arm64 20 "UEFI" false ["20240522"];
    "opensuse_15_6_x64" "" "OpenSUSE" "OpenSUSE  15.6" X86_64 20 "BIOS" false ["20250317" "20240808"];
    "opensuse_15_5_x64" "" "OpenSUSE" "OpenSUSE  15.5" X86_64 20 "BIOS" false ["20230907"];
    "opensuse_15_4_x64" "" "OpenSUSE" "OpenSUSE  15.4" X86_64 20 "BIOS" false ["20221222"];
    "opensuse_15_3_x64" "" "OpenSUSE" "OpenSUSE  15.3" X86_64 20 "BIOS" false ["20211206"];
    "opensuse_15_6_arm64" "" "OpenSUSE" "OpenSUSE  15.6" Arm64 20 "UEFI" false ["20250317"];
    "sles_15_sp7_x64" "" "SUSE" "SUSE Linux  Enterprise Server 15 SP7" X86_64 20 "UEFI-Preferred" false ["20250912"];
    "sles_15_sp6_x64" "" "SUSE" "SUSE Linux  Enterprise Server 15 SP6" X86_64 20 "UEFI-Preferred" false ["20250225"];
    "sles_15_sp5_x64" "" "SUSE" "SUSE Linux  Enterprise Server 15 SP5" X86_64 20 "BIOS" false ["20240423"];
    "sles_15_sp4_x64" "" "SUSE" "SUSE Linux  Enterprise Server 15 SP4" X86_64 20 "BIOS" false ["20230718"];
    "sles_15_sp3_x64" "" "SUSE" "SUSE Linux  Enterprise Server 15 SP3" X86_64 20 "BIOS" false ["20220518"];
    "sles_12_sp5_x64" "" "SUSE" "SUSE Linux  Enterprise Server 12 SP5" X86_64 20 "BIOS" false ["20240423" "20230518"];
    "sles_12_sp4_x64" "" "SUSE" "SUSE Linux  Enterprise Server 12 SP4" X86_64 20 "BIOS" false ["20200319"];
    "rhel_10_0_x64" "" "Red Hat" "Red Hat Enterprise Linux  10.0" X86_64 20 "UEFI-Preferred" false ["20250729"];
    "rhel_9_6_x64" "" "Red Hat" "Red Hat Enterprise Linux  9.6" X86_64 20 "UEFI-Preferred" false ["20250729"];
    "rhel_9_4_x64" "" "Red Hat" "Red Hat Enterprise Linux  9.4" X86_64 20 "UEFI-Preferred" false ["20241021"];
    "rhel_9_2_x64" "" "Red Hat" "Red Hat Enterprise Linux  9.2" X86_64 20 "UEFI-Preferred" false ["20230907"];
    "rhel_8_10_x64" "" "Red Hat" "Red Hat Enterprise Linux  8.10" X86_64 20 "BIOS" false ["20241021"];
    "rhel_8_8_x64" "" "Red Hat" "Red Hat Enterprise Linux  8.8" X86_64 20 "BIOS" false ["20230907"];
    "rhel_7_9_x64" "" "Red Hat" "Red Hat Enterprise Linux  7.9" X86_64 20 "BIOS" false ["20230907"];
    "rhel_9_4_arm64" "" "Red Hat" "Red Hat Enterprise Linux  9.4" Arm64 20 "UEFI" false ["20241021"];
    "freebsd_14_3_x64" "" "Freebsd" "FreeBSD  14.3" X86_64 30 "BIOS" false ["20250801"];
    "freebsd_14_1_x64" "" "Freebsd" "FreeBSD  14.1" X86_64 30 "BIOS" false ["20240902"];
    "freebsd_13_3_x64" "" "Freebsd" "FreeBSD  13.3" X86_64 30 "BIOS" false ["20240513"];
    "freebsd_13_1_x64" "" "Freebsd" "FreeBSD  13.1" X86_64 30 "BIOS" false ["20221019"];
    "freebsd_12_4_x64" "" "Freebsd" "FreeBSD  12.4" X86_64 30 "BIOS" false ["20230203"];
    "freebsd_11_4_x64" "" "Freebsd" "FreeBSD  11.4" X86_64 30 "BIOS" false ["20210319"];
    "coreos_2023_4_0_64" "" "CoreOS" "CoreOS  2023.4.0" X86_64 30 "BIOS" false ["20190319"];
    "fedora_coreos_40_x64" "" "Fedora CoreOS" "Fedora CoreOS  40" X86_64 20 "BIOS" false ["20240712"];
    "fcos_34_20210529_3_0_3_x64" "" "Fedora CoreOS" "Fedora CoreOS  34" X86_64 20 "BIOS" false ["20210824"];
    "win2025_24H2_x64_dtc_zh-cn" "" "Windows Server 2025" "Windows Server  2025" X86_64 40 "UEFI-Preferred" true ["20251018" "20250715" "20250113"];
    "win2025_24H2_x64_dtc_en-us" "" "Windows Server 2025" "Windows Server  2025" X86_64 40 "UEFI-Preferred" true ["20251018" "20250715" "20250113"];
    "win2025_24H2_x64_dtc_zh-cn" "uefi" "Windows Server 2025" "Windows Server  2025" X86_64 40 "UEFI" false ["20251112" "20250113"];
    "win2025_24H2_x64_dtc_en-us" "uefi" "Windows Server 2025" "Windows Server  2025" X86_64 40 "UEFI" false ["20251112" "20250113"];
    "win2022_21H2_x64_dtc_zh-cn" "" "Windows Server 2022" "Windows Server  2022" X86_64 40 "BIOS" true ["20251018" "20250814" "20241118"];
    "win2022_21H2_x64_dtc_en-us" "" "Windows Server 2022" "Windows Server  2022" X86_64 40 "BIOS" true ["20251018" "20250814" "20241118"];
    "win2022_21H2_x64_dtc_zh-cn" "uefi" "Windows Server 2022" "Windows Server  2022" X86_64 40 "UEFI" false ["20260114" "20250814"];
    "win2022_21H2_x64_dtc_en-us" "uefi" "Windows Server 2022" "Windows Server  2022" X86_64 40 "UEFI" false ["20260114" "20250814"];
    "win2022_21H2_x64_dtc_zh-cn" "container" "Windows Server 2022" "Windows Server  2022" X86_64 40 "BIOS" false ["20250814"];
    "win2022_21H2_x64_dtc_en-us" "container" "Windows Server 2022" "Windows Server  2022" X86_64 40 "BIOS" false ["20250814"];
    "win2019_1809_x64_dtc_zh-cn" "" "Windows Server 2019" "Windows Server  2019" X86_64 40 "BIOS" true ["20251018" "20250814" "20241118"];
    "win2019_1809_x64_dtc_en-us" "" "Windows Server 2019" "Windows Server  2019" X86_64 40 "BIOS" true ["20251018" "20250814" "20241118"];
    "win2019_1809_x64_dtc_zh-cn" "uefi" "Windows Server 2019" "Windows Server  2019" X86_64 40 "UEFI" false ["20250814"];
    "win2019_1809_x64_dtc_en-us" "uefi" "Windows Server 2019" "Windows Server  2019" X86_64 40 "UEFI" false ["20250814"];
    "win2019_1809_x64_dtc_zh-cn" "container" "Windows Server 2019" "Windows Server  2019" X86_64 40 "BIOS" false ["20250814"];
    "win2019_1809_x64_dtc_en-us" "container" "Windows Server 2019" "Windows Server  2019" X86_64 40 "BIOS" false ["20250814"];
    "win2016_1607_x64_dtc_zh-cn" "" "Windows Server 2016" "Windows Server  2016" X86_64 40 "BIOS" false ["20250814" "20240710"];
    "win2016_1607_x64_dtc_en-us" "" "Windows Server 2016" "Windows Server  2016" X86_64 40 "BIOS" false ["20250814" "20240710"];
    "win2016_1607_x64_dtc_zh-cn" "uefi" "Windows Server 2016" "Windows Server  2016" X86_64 40 "UEFI" false ["20240710"];
    "win2016_1607_x64_dtc_en-us" "uefi" "Windows Server 2016" "Windows Server  2016" X86_64 40 "UEFI" false ["20240710"];
    "win2012r2_9600_x64_dtc_zh-cn" "" "Windows Server 2012" "Windows Server  2012 R2" X86_64 40 "BIOS" false ["20231019"];
    "win2012r2_9600_x64_dtc_en-us" "" "Windows Server 2012" "Windows Server  2012 R2" X86_64 40 "BIOS" false ["20231019"];
};
