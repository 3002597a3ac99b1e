//! What images are filtered by, small enough to scan a million of them.

use std::str::FromStr;

/// The part of an image that most filters look at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Traits {
    /// Seconds since 1970; `i64::MIN` for an image without a creation time.
    pub(crate) created: i64,
    pub(crate) owner: Owner,
    pub(crate) status: Status,
    pub(crate) architecture: Architecture,
    pub(crate) windows: bool,
    /// `Usage` is `instance`.
    pub(crate) used: bool,
    pub(crate) flags: u16,
}

impl Traits {
    pub(crate) const IO_OPTIMIZED: u16 = 1;
    pub(crate) const CLOUD_INIT: u16 = 1 << 1;
    /// Made public by another account: a community image.
    pub(crate) const COMMUNITY: u16 = 1 << 2;
    pub(crate) const CPU_UPGRADE: u16 = 1 << 3;
    pub(crate) const CPU_DOWNGRADE: u16 = 1 << 4;
    pub(crate) const MEMORY_UPGRADE: u16 = 1 << 5;
    pub(crate) const MEMORY_DOWNGRADE: u16 = 1 << 6;
    /// Its owner made it a community image, which may be the caller.
    pub(crate) const PUBLIC: u16 = 1 << 7;
    /// An instance can be created from it at once.
    pub(crate) const USABLE: u16 = 1 << 8;
}

/// An enumeration with the spelling of the API, read without regard to case.
macro_rules! spelled {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum $name { $($variant),* }

        impl $name {
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                $(if text.eq_ignore_ascii_case($text) {
                    return Ok(Self::$variant);
                })*
                Err(())
            }
        }
    };
}

spelled! {
    /// `ImageOwnerAlias`.
    Owner { Marketplace = "marketplace", Others = "others", Own = "self", System = "system" }
}
spelled! {
    /// `Status`.
    Status {
        Available = "Available", CreateFailed = "CreateFailed", Creating = "Creating",
        Deprecated = "Deprecated", UnAvailable = "UnAvailable", Waiting = "Waiting",
    }
}
spelled! {
    /// `Architecture`.
    Architecture { Arm64 = "arm64", I386 = "i386", X86_64 = "x86_64" }
}
