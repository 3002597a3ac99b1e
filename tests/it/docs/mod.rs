//! The documentation is generated from the schema, `templates/` and `examples/`.
//!
//! `UPDATE_DOCS=1 cargo test --test it docs` writes `docs/`; without the variable, any difference
//! fails the test. Templates use the syntax of tfplugindocs, Terraform's own generator, as far as
//! `template` supports it, and the pages have the same format as its output.

mod complete;
mod credentials;
mod diagnostics;
mod links;
mod pages;
mod readme;
mod schema;
mod template;
mod words;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// A path in the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files below a folder of the project, as paths in the project, sorted.
fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(project(folder)).into_iter().flatten() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Fails unless the content of the file is exactly `expected`; with `UPDATE_DOCS=1`, writes the
/// file instead.
#[track_caller]
fn assert_file(path: &str, expected: &str) {
    if env::var("UPDATE_DOCS").is_ok_and(|value| value == "1") {
        fs::create_dir_all(project(path).parent().unwrap()).unwrap();
        fs::write(project(path), expected).unwrap();
        return;
    }
    let found = fs::read_to_string(project(path)).unwrap_or_default();
    let line =
        found.lines().zip(expected.lines()).take_while(|(left, right)| left == right).count();
    assert!(
        found == expected,
        "{path} differs from line {} on; run `UPDATE_DOCS=1 cargo test --test it docs` and look at \
         the difference",
        line + 1
    );
}
