//! No core dumps: the memory of a provider holds access keys.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Turns core dumps of this process off, for good.
///
/// The limit holds for files; the flag also holds where the kernel hands dumps to a program, which
/// ignores the limit, and keeps other processes of the same user from reading this one's memory.
/// Neither is worth refusing to serve for: a kernel that lacks one of them has nothing better.
pub(super) fn forbid() {
    let limit = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let flag = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if let Some(error) = limit.err().or_else(|| flag.err()) {
        tracing::warn!(%error, "core dumps could not be turned off");
    }
}
