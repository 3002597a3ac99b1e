//! A packaged provider: the archive with its name in the registry, and its two hashes in a lock
//! file.

use std::{env::consts, fs};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::cli::provider;

/// The platform in Terraform's format, such as `linux_amd64`.
pub fn platform() -> String {
    let os = match consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let arch = match consts::ARCH {
        "aarch64" => "arm64",
        "x86_64" => "amd64",
        arch => arch,
    };
    format!("{os}_{arch}")
}

/// One version of the provider for one platform.
pub struct Package {
    /// Such as `1.2.3`.
    pub version: String,
    /// Such as `linux_amd64`.
    pub platform: String,
    /// The zip archive.
    pub archive: Vec<u8>,
    /// The hash over the unpacked content.
    pub h1: String,
    /// The hash of the archive, which is also in the `SHA256SUMS` of a release.
    pub zh: String,
}

impl Package {
    /// The built provider, for this machine, under the given version.
    pub fn of_provider(version: &str) -> Self {
        Self::new(version, &platform(), &fs::read(provider()).unwrap())
    }

    /// A package with the executable `content`; the CLI unpacks and hashes it, but does not run it.
    pub fn new(version: &str, platform: &str, content: &[u8]) -> Self {
        let suffix = if platform.starts_with("windows") { ".exe" } else { "" };
        let name = format!("terraform-provider-alicloud_v{version}{suffix}");
        let archive = zip(&name, content);
        // The algorithm of Go's module checksums: a hash of the list of files with their hashes.
        let list = format!("{}  {name}\n", hex(&Sha256::digest(content)));
        Self {
            h1: format!("h1:{}", STANDARD.encode(Sha256::digest(list))),
            zh: format!("zh:{}", hex(&Sha256::digest(&archive))),
            version: version.to_owned(),
            platform: platform.to_owned(),
            archive,
        }
    }

    /// The archive's name.
    pub fn file_name(&self) -> String {
        format!("terraform-provider-alicloud_{}_{}.zip", self.version, self.platform)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A zip archive of one executable file, not compressed (PKWARE's APPNOTE, 4.3).
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    const NEEDED: [u8; 2] = 20_u16.to_le_bytes();
    const MADE_BY_UNIX: [u8; 2] = (3_u16 << 8 | 20).to_le_bytes();
    const EXECUTABLE: [u8; 4] = (0o100_755_u32 << 16).to_le_bytes();
    const JANUARY_1980: [u8; 4] = [0, 0, 0x21, 0];

    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
    // The fields that the local header and the directory share: flags, method, time, checksum,
    // lengths.
    let mut shared = vec![0, 0, 0, 0];
    shared.extend(JANUARY_1980);
    shared.extend(crc32fast::hash(content).to_le_bytes());
    shared.extend(length);
    shared.extend(length);
    shared.extend(name_length);
    shared.extend([0, 0]);

    let mut archive = b"PK\x03\x04".to_vec();
    archive.extend(NEEDED);
    archive.extend(&shared);
    archive.extend(name.as_bytes());
    archive.extend(content);

    let directory = archive.len();
    archive.extend(b"PK\x01\x02");
    archive.extend(MADE_BY_UNIX);
    archive.extend(NEEDED);
    archive.extend(&shared);
    archive.extend([0; 6]);
    archive.extend(EXECUTABLE);
    archive.extend([0; 4]);
    archive.extend(name.as_bytes());

    let directory_length = u32::try_from(archive.len() - directory).unwrap();
    archive.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    archive.extend(directory_length.to_le_bytes());
    archive.extend(u32::try_from(directory).unwrap().to_le_bytes());
    archive.extend([0, 0]);
    archive
}
