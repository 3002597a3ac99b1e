//! Which level the environment asks for. Pure.

use tracing::level_filters::LevelFilter;

use crate::ctx::Env;

/// The level for the provider `name`: the first of `TF_LOG_PROVIDER_NAME`, `TF_LOG_PROVIDER` and
/// `TF_LOG` that is set and not empty.
///
/// `JSON` means every level, and so does a word that is none: a user who asks for logs in a way
/// that is not understood is better served by too many of them. Without a word, none.
pub fn level(env: &dyn Env, name: &str) -> LevelFilter {
    let own = format!("TF_LOG_PROVIDER_{}", name.to_uppercase().replace('-', "_"));
    let asked = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| env.var(name).filter(|level| !level.is_empty()));
    match asked.map(|level| level.to_uppercase()).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
    }
}
