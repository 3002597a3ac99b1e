//! Modes of CLI profiles that cannot work here: each says why, and what to use.

use crate::alicloud::credentials::{error::SourceError, profile::Mode};

/// The profile mode Anonymous.
pub(crate) const ANONYMOUS: Mode = Mode {
    name: "Anonymous",
    by_library: false,
    meaning: "Not supported: ECS answers signed calls only.",
    source: |_| {
        unsupported(
            "the mode Anonymous signs nothing, and ECS answers signed calls only: use a profile \
             with an access key or a role",
        )
    },
};

/// The profile mode BearerToken.
pub(crate) const BEARER_TOKEN: Mode = Mode {
    name: "BearerToken",
    by_library: false,
    meaning: "Not supported: ECS documents signed calls only, and no bearer tokens.",
    source: |_| {
        unsupported(
            "the mode BearerToken is not supported: ECS does not document bearer tokens for its \
             API. Use a profile with an access key or a role, or exchange the token for a role \
             with mode OIDC",
        )
    },
};

/// The profile mode RsaKeyPair.
pub(crate) const RSA_KEY_PAIR: Mode = Mode {
    name: "RsaKeyPair",
    by_library: false,
    meaning: "Not supported: STS offers key pairs on one site only, and the CLI deprecates them.",
    source: |_| {
        unsupported(
            "the mode RsaKeyPair is not supported: STS offers key pairs on the Japanese site only, \
             and the CLI deprecates them. Use mode AK with an access key of a RAM user, or \
             RamRoleArn",
        )
    },
};

fn unsupported<T>(reason: &str) -> Result<T, SourceError> {
    Err(SourceError::Unusable(reason.into()))
}
