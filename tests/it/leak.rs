//! A long-lived process: after a thousand reads with `--debug`, in sequential runs of a host,
//! neither the plugin nor the mock has more memory or open files than before.

use std::fs;

use serde_json::json;
use tokio::process::Child;

use crate::{
    host::{Debugged, MockProcess},
    support::client::{Client, Line, memory},
};

/// How many reads each run of the host makes, all different.
const READS_OF_A_RUN: usize = 10;

/// The number of runs before memory and files are measured for the first time.
const RUNS_BEFORE: usize = 40;

/// The number of runs after that: a thousand reads.
const RUNS: usize = 100;

/// By how much memory may differ, in bytes. A leak of one page of images in each run would be 20
/// times as much.
const SLACK: u64 = 1 << 20;

/// By how many the number of open files may differ, because idle connections are kept for a while.
const FILES: usize = 3;

/// One run of a host: it connects, configures, reads, and disconnects.
async fn run(line: &Line, number: usize) {
    let mut client = Client::connect(line, None).await.unwrap();
    let provider = json!({"access_key": "mock-access-key", "secret_key": "mock-secret-key",
        "region": "cn-hangzhou"});
    assert_eq!(client.configure(&provider).await.unwrap(), []);
    for read in 0..READS_OF_A_RUN {
        let version = format!("v{number}.{read}");
        // The first read of a run finds images, the others find none.
        let query = if read == 0 {
            json!({"owners": "system"})
        } else {
            json!({"owners": "self", "image_name": version})
        };
        let read = client.read("alicloud_images", &query).await.unwrap();
        assert!(!read.failed(), "{:?}", read.diagnostics);
    }
}

/// Resident memory in bytes and open files.
fn held(child: &Child) -> (u64, usize) {
    let pid = child.id().unwrap();
    let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    (memory(pid, "VmRSS").unwrap(), files)
}

#[tokio::test]
async fn a_thousand_reads_in_one_process_leave_memory_and_files_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    // The journal has its maximum size before the first measurement.
    let mock = MockProcess::start(&["--journal", "100"]).await;
    let plugin = Debugged::start(&folder, &mock.url).await;

    for number in 0..RUNS_BEFORE {
        run(&plugin.line, number).await;
    }
    let before = [held(&plugin.child), held(&mock.child)];
    for number in 0..RUNS {
        run(&plugin.line, RUNS_BEFORE + number).await;
    }
    let after = [held(&plugin.child), held(&mock.child)];

    for ((memory_before, files_before), (memory_after, files_after)) in before.iter().zip(after) {
        assert!(
            memory_after <= memory_before + SLACK,
            "{memory_before} bytes, then {memory_after}"
        );
        assert!(files_after <= files_before + FILES, "{files_before} files, then {files_after}");
    }
}
