//! The names of instance types, by the grammar of the service, and a table of some of them.
//!
//! Source: ECS User Guide, "Instance families", and the names in the documentation of
//! aliyun/alicloud: `ecs.g7.large`, `ecs.n1.tiny`, `ecs.t5-lc2m1.nano`, `ecs.gn6i-c4g1.xlarge`,
//! `ecs.vgn6i-m4-vws.xlarge`, `ecs.ebmg6.26xlarge`.

use super::filter::Architecture;

/// An instance type, read from its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InstanceType<'a> {
    /// The family, with its suffixes: `t5-lc2m1`.
    pub(crate) family: &'a str,
}

impl<'a> InstanceType<'a> {
    /// Reads `ecs.FAMILY.SIZE`; `None` if the name does not follow the grammar.
    pub(crate) fn parse(name: &'a str) -> Option<Self> {
        let (family, size) = name.strip_prefix("ecs.")?.split_once('.')?;
        let word = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let mut parts = family.split('-');
        let first = parts.next()?;
        let shaped = word(first)
            && first.starts_with(|c: char| c.is_ascii_lowercase())
            && (first.ends_with(|c: char| c.is_ascii_digit())
                || first.contains(|c: char| c.is_ascii_digit())
                || first == "e")
            && parts.all(word);
        (shaped && is_size(size)).then_some(Self { family })
    }

    /// The architecture of its processors.
    pub(crate) fn architecture(&self) -> Architecture {
        /// Families with ARM processors: Ampere Altra and Yitian 710.
        const ARM: &[&str] = &[
            "c6r", "c8y", "c8yi", "c9y", "ebmc6r", "ebmc8y", "ebmg6r", "ebmg8y", "ebmr8y", "g6r",
            "g8y", "g8yi", "g9y", "gn6r", "hpc8y", "r6r", "r8y", "r9y", "re8y",
        ];
        let name = self.family.split('-').next().unwrap_or_default();
        if ARM.contains(&name) { Architecture::Arm64 } else { Architecture::X86_64 }
    }
}

/// `nano`, `tiny`, `small`, `medium`, `large`, `xlarge` or `NUMBERxlarge`.
fn is_size(size: &str) -> bool {
    match size.strip_suffix("xlarge") {
        Some(number) => {
            number.is_empty()
                || (number.len() <= 3
                    && !number.starts_with('0')
                    && number.bytes().all(|b| b.is_ascii_digit()))
        }
        None => matches!(size, "nano" | "tiny" | "small" | "medium" | "large"),
    }
}

/// A type that DescribeInstanceTypes describes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known<'a> {
    pub(crate) name: &'a str,
    pub(crate) cores: u32,
    /// In GiB.
    pub(crate) memory: f64,
    /// The model of the GPU with the number of them; empty for none.
    pub(crate) gpu: (&'static str, u32),
}

impl<'a> Known<'a> {
    /// The type with this name. For one that is not listed, the size determines the number of processors and the
    /// family the memory for each: 2 GiB in `c` families, 8 GiB in `r` families, 4 GiB in all others. `None` if the
    /// name does not follow the grammar.
    pub(crate) fn by_name(name: &'a str) -> Option<Self> {
        let listed = KNOWN.iter().find(|known| known.name == name);
        let family = InstanceType::parse(name)?.family;
        let size = name.rsplit('.').next()?;
        let cores = match size.strip_suffix("xlarge") {
            Some(number) => 4 * number.parse().unwrap_or(1),
            None if size == "large" => 2,
            None => 1,
        };
        let each = match family.as_bytes().first() {
            Some(b'c') => 2,
            Some(b'r') => 8,
            _ => 4,
        };
        let by_grammar = Self { name, cores, memory: f64::from(cores * each), gpu: ("", 0) };
        Some(listed.copied().unwrap_or(by_grammar))
    }

    /// `X86` or `ARM`, as DescribeInstanceTypes spells them.
    pub(crate) fn processor(&self) -> &'static str {
        let parsed = InstanceType::parse(self.name);
        let arm = parsed.is_some_and(|parsed| parsed.architecture() == Architecture::Arm64);
        if arm { "ARM" } else { "X86" }
    }
}

const fn known(name: &'static str, cores: u32, memory: f64) -> Known<'static> {
    Known { name, cores, memory, gpu: ("", 0) }
}

const fn gpu(
    name: &'static str,
    cores: u32,
    memory: f64,
    gpu: (&'static str, u32),
) -> Known<'static> {
    Known { name, cores, memory, gpu }
}

/// The types that the mock lists. Source: ECS User Guide, "Instance families".
#[rustfmt::skip]
pub(crate) const KNOWN: &[Known<'static>] = &[
    known("ecs.n1.tiny", 1, 1.0), known("ecs.n1.small", 1, 2.0), known("ecs.n1.medium", 2, 4.0), known("ecs.n1.large", 4, 8.0),
    known("ecs.n4.small", 1, 2.0), known("ecs.n4.large", 2, 4.0), known("ecs.n4.xlarge", 4, 8.0), known("ecs.mn4.small", 1, 4.0),
    known("ecs.t5-lc2m1.nano", 1, 0.5), known("ecs.t5-lc1m1.small", 1, 1.0), known("ecs.t5-lc1m2.large", 2, 4.0), known("ecs.t5-c1m1.large", 2, 2.0),
    known("ecs.t6-c2m1.large", 2, 1.0), known("ecs.t6-c1m1.large", 2, 2.0), known("ecs.t6-c1m2.large", 2, 4.0), known("ecs.t6-c1m4.large", 2, 8.0),
    known("ecs.e-c1m1.large", 2, 2.0), known("ecs.e-c1m2.large", 2, 4.0), known("ecs.e-c1m4.large", 2, 8.0), known("ecs.e-c1m2.xlarge", 4, 8.0),
    known("ecs.u1-c1m2.large", 2, 4.0), known("ecs.u1-c1m4.large", 2, 8.0), known("ecs.u1-c1m2.xlarge", 4, 8.0),
    known("ecs.s6-c1m1.small", 1, 1.0), known("ecs.s6-c1m2.small", 1, 2.0), known("ecs.s6-c1m2.large", 2, 4.0),
    known("ecs.c6.large", 2, 4.0), known("ecs.c6.xlarge", 4, 8.0), known("ecs.c6.2xlarge", 8, 16.0), known("ecs.g6.large", 2, 8.0), known("ecs.g6.xlarge", 4, 16.0), known("ecs.g6.2xlarge", 8, 32.0), known("ecs.r6.large", 2, 16.0),
    known("ecs.c7.large", 2, 4.0), known("ecs.c7.xlarge", 4, 8.0), known("ecs.c7.2xlarge", 8, 16.0), known("ecs.g7.large", 2, 8.0), known("ecs.g7.xlarge", 4, 16.0), known("ecs.g7.2xlarge", 8, 32.0), known("ecs.r7.large", 2, 16.0),
    known("ecs.c8i.large", 2, 4.0), known("ecs.c8i.xlarge", 4, 8.0), known("ecs.g8i.large", 2, 8.0), known("ecs.g8i.xlarge", 4, 16.0), known("ecs.g8i.2xlarge", 8, 32.0), known("ecs.r8i.large", 2, 16.0),
    known("ecs.c8y.large", 2, 4.0), known("ecs.c8y.xlarge", 4, 8.0), known("ecs.g8y.large", 2, 8.0), known("ecs.g8y.xlarge", 4, 16.0), known("ecs.r8y.large", 2, 16.0), known("ecs.c6r.large", 2, 4.0), known("ecs.g6r.large", 2, 8.0),
    gpu("ecs.gn6i-c4g1.xlarge", 4, 15.0, ("NVIDIA T4", 1)), gpu("ecs.gn6v-c8g1.2xlarge", 8, 32.0, ("NVIDIA V100", 1)), gpu("ecs.gn7i-c8g1.2xlarge", 8, 30.0, ("NVIDIA A10", 1)), gpu("ecs.vgn6i-m4-vws.xlarge", 4, 23.0, ("NVIDIA T4/4", 1)),
    known("ecs.ebmg6.26xlarge", 104, 384.0), known("ecs.sccg5.24xlarge", 96, 384.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_grammar_of_the_service() {
        for name in [
            "ecs.g7.large",
            "ecs.n1.tiny",
            "ecs.t5-lc2m1.nano",
            "ecs.t6-c1m1.large",
            "ecs.s6-c1m2.small",
            "ecs.gn6i-c4g1.xlarge",
            "ecs.vgn6i-m4-vws.xlarge",
            "ecs.gn8v-tee.4xlarge",
            "ecs.ebmgn7ix.32xlarge",
            "ecs.re4.160xlarge",
            "ecs.e-c1m2.xlarge",
            "ecs.mn4.small",
        ] {
            assert!(InstanceType::parse(name).is_some(), "{name}");
        }
        for name in [
            "",
            "g7.large",
            "ecs.g7",
            "ecs.g7.",
            "ecs..large",
            "ecs.g7.huge",
            "ecs.g7.0xlarge",
            "ecs.g7.xxlarge",
            "ecs.g7.2large",
            "ecs.7g.large",
            "ecs.g7-.large",
            "ecs.g7.large.x",
            "ecs.G7.large",
            "ecs.warp.large",
        ] {
            assert!(InstanceType::parse(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_type_that_is_not_listed_is_described_by_its_name() {
        for (name, cores, memory, processor) in [
            ("ecs.t5-lc2m1.nano", 1, 0.5, "X86"),
            ("ecs.c9i.16xlarge", 64, 128.0, "X86"),
            ("ecs.r9y.xlarge", 4, 32.0, "ARM"),
            ("ecs.g9i.large", 2, 8.0, "X86"),
            ("ecs.d3s.medium", 1, 4.0, "X86"),
        ] {
            let known = Known::by_name(name).unwrap();
            assert_eq!((known.cores, known.memory), (cores, memory), "{name}");
            assert_eq!(known.processor(), processor, "{name}");
        }
        assert_eq!(Known::by_name("ecs.g7.huge"), None);
    }

    #[test]
    fn known_types_follow_the_grammar_and_have_an_architecture() {
        for known in KNOWN {
            let parsed =
                InstanceType::parse(known.name).unwrap_or_else(|| panic!("{}", known.name));
            let arm = ["c8y", "g8y", "r8y", "c6r", "g6r"].contains(&parsed.family);
            assert_eq!(parsed.architecture() == Architecture::Arm64, arm, "{}", known.name);
        }
    }
}
