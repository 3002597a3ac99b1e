//! The process that started this one.

/// The process that started this one, which is the host or a wrapper around it.
#[cfg(unix)]
pub(super) struct Parent {
    id: u32,
}

#[cfg(unix)]
impl Parent {
    /// The parent at this moment.
    pub(super) fn now() -> Self {
        Self { id: std::os::unix::process::parent_id() }
    }

    /// Whether it has ended: the process then has another parent.
    pub(super) fn has_ended(&self) -> bool {
        Self::now().id != self.id
    }
}

/// The process that started this one, which is the host or a wrapper around it.
///
/// Windows never gives a process another parent, and reuses the IDs of processes that have ended. So we hold the
/// parent's handle: while it is open, the ID stays taken.
#[cfg(windows)]
pub(super) struct Parent {
    /// `None` if the process was gone already, or is not ours to look at.
    process: Option<winsafe::guard::CloseHandleGuard<winsafe::HPROCESS>>,
}

#[cfg(windows)]
impl Parent {
    /// The parent at this moment.
    pub(super) fn now() -> Self {
        use winsafe::{HPROCESS, co::PROCESS};
        let open = |id| HPROCESS::OpenProcess(PROCESS::SYNCHRONIZE, false, id).ok();
        Self { process: parent_id().and_then(open) }
    }

    /// Whether it has ended. A parent that cannot be looked at has not, as far as we know.
    pub(super) fn has_ended(&self) -> bool {
        use winsafe::co::WAIT;
        let Some(process) = &self.process else { return false };
        // The handle of a process is signaled from its end on.
        matches!(process.WaitForSingleObject(Some(0)), Ok(WAIT::OBJECT_0))
    }
}

/// The ID of the parent, from a snapshot of the system's processes.
#[cfg(windows)]
fn parent_id() -> Option<u32> {
    use winsafe::{HPROCESSLIST, co::TH32CS};
    let own = std::process::id();
    let mut processes = HPROCESSLIST::CreateToolhelp32Snapshot(TH32CS::SNAPPROCESS, None).ok()?;
    let mut entries = processes.iter_processes().filter_map(Result::ok);
    entries.find(|entry| entry.th32ProcessID == own).map(|entry| entry.th32ParentProcessID)
}

#[cfg(test)]
mod tests {
    use super::Parent;

    #[test]
    fn the_process_that_runs_the_tests_has_not_ended() {
        assert!(!Parent::now().has_ended());
    }

    #[cfg(unix)]
    #[test]
    fn a_process_with_another_parent_has_lost_its_own() {
        assert!(Parent { id: std::process::id() }.has_ended());
    }
}
