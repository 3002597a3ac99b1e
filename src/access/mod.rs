//! How data sources reach the API client, and what users read when a call failed.
//!
//! Every data source of this provider needs both, so they belong to none of them: a data source
//! takes an [`Access`], asks it for the client at each read, and turns an error of the client into a
//! diagnostic with [`Reported::report`].

pub mod failure;

use std::sync::Arc;

use crate::{
    alicloud::DescribeImages,
    diag::{Diagnostic, messages},
};

pub use failure::Reported;

messages! {
    Provider {
        CONFIGURATION_UNKNOWN: Error "The provider's configuration is not known yet",
            "Arguments of the provider block depend on a value that is known only after apply.",
            "Create that first, for example with `-target`, or use values that are known.";
    }
    Defect {
        NOT_CONFIGURED: Error "The provider is not configured",
            "A read came on a connection that has not configured the provider.",
            "Configure the provider on every connection that reads. Terraform and OpenTofu do; report other programs to their authors.";
    }
}

/// The way from a data source to the API client, which exists only once its connection has
/// configured the provider.
pub trait Access: Send + Sync {
    /// The client of the provider's configuration.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if there is no configuration, or if parts of it that the client needs are not
    /// known yet.
    fn client(&self) -> Result<Arc<dyn DescribeImages>, Unavailable>;

    /// The failures that were reported in full since the provider was configured.
    fn reported(&self) -> Arc<Reported>;

    /// Whether nothing names the region of the provider, so that it is a default.
    fn region_is_assumed(&self) -> bool {
        false
    }
}

/// Why there is no API client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unavailable {
    /// The connection never configured the provider.
    NotConfigured,
    /// These arguments of the provider, by name, depend on something that only apply creates.
    Unknown(Vec<String>),
}

impl Unavailable {
    /// What the user reads.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::NotConfigured => NOT_CONFIGURED.diagnostic(
                "A data source was read on a connection that has not configured the provider. The \
                 program that drives the provider must call ConfigureProvider (Configure under \
                 protocol 5) on every connection on which it reads: a configuration holds for the \
                 connection that sent it, and for no other.",
            ),
            Self::Unknown(arguments) => {
                let names: Vec<String> =
                    arguments.iter().map(|argument| format!("`{argument}`")).collect();
                CONFIGURATION_UNKNOWN.diagnostic(
                    format!(
                        "These arguments of the provider depend on something that only apply \
                         creates: {}. No image can be looked up before that; create what they \
                         depend on first, for example with `-target`, or set values that are known.",
                        names.join(", ")
                    ),
                )
            }
        }
    }
}
