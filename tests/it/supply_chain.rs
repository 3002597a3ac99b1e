//! The inputs of a build are pinned: the compiler, the actions of the workflows, the Python packages.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The value of the first line `key = "value"`.
fn setting(text: &str, key: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
    line.and_then(|rest| rest.split('"').next()).expect("the setting is there").to_owned()
}

#[test]
fn the_pinned_compiler_is_the_oldest_supported_one() {
    let pinned = setting(&read("rust-toolchain.toml"), "channel");
    assert_eq!(pinned, setting(&read("Cargo.toml"), "rust-version"));
    assert!(read("README.md").contains(pinned.trim_end_matches(".0")), "README names {pinned}");
}

/// Every `uses:` of the workflows and of our own action, with its file.
fn used_actions() -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(root().join(".github/workflows"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.extend([root().join("action.yml")].into_iter().filter(|path| path.exists()));
    let mut used = Vec::new();
    for file in files {
        for line in read(&file).lines() {
            let line = line.trim_start().trim_start_matches("- ");
            if let Some(action) = line.strip_prefix("uses: ") {
                used.push((file.display().to_string(), action.to_owned()));
            }
        }
    }
    used
}

#[test]
fn every_action_is_pinned_to_a_commit_with_its_version_in_a_comment() {
    let used = used_actions();
    assert!(used.len() > 5, "{used:?}");
    for (file, action) in used {
        if action.starts_with("./") {
            continue;
        }
        let (_, pin) = action.split_once('@').expect("an action has a version");
        let (commit, comment) = pin.split_once(" # v").unwrap_or((pin, ""));
        let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(is_commit && !comment.is_empty(), "{file}: {action}");
    }
}

#[test]
fn every_python_package_has_a_hash_and_is_installed_by_it() {
    for list in ["tests/sdk/requirements", "tests/sdk/build-requirements"] {
        let locked = read(format!("{list}.txt"));
        let packages: Vec<_> = locked
            .lines()
            .filter(|line| line.contains("=="))
            .map(|line| line.trim_end_matches(" \\"))
            .collect();
        assert!(!packages.is_empty());
        let hashed =
            locked.lines().filter(|line| line.ends_with('\\') && line.contains("==")).count();
        assert_eq!(hashed, packages.len(), "{list}.txt: a package without a hash");
        for wanted in read(format!("{list}.in")).lines().filter(|line| !line.starts_with('#')) {
            let wanted = wanted.replace('_', "-");
            assert!(
                packages.contains(&wanted.as_str()),
                "{list}.txt lacks {wanted}: run tests/sdk/lock"
            );
        }
    }
    assert!(read("tests/sdk/run").contains("--require-hashes"));
}

#[test]
fn a_release_is_sealed_only_after_the_tests_and_the_check_of_the_tag() {
    let workflow = read(".github/workflows/release.yml");
    let job = |name: &str| {
        let (_, rest) = workflow.split_once(&format!("\n  {name}:\n")).expect("the job is there");
        let end = rest.match_indices("\n  ").find(|(at, _)| !rest[at + 3..].starts_with(' '));
        rest[..end.map_or(rest.len(), |(at, _)| at)].to_owned()
    };
    assert!(job("verify").contains("release/verify-tag \"$GITHUB_REF_NAME\""));
    assert!(job("test").contains("needs: verify") && job("test").contains("- run: .ci/run"));
    assert!(job("build").contains("needs: verify"));
    let publish = job("publish");
    assert!(publish.contains("needs: [test, build]") && publish.contains("environment: release"));
    let order = [
        "release/seal dist",
        "release/check dist --platforms 6",
        "attest-build-provenance",
        "release/notes \"${GITHUB_REF_NAME#v}\" >notes.md",
        "gh release create",
    ];
    let places: Vec<_> =
        order.iter().map(|step| publish.find(step).expect("the step is there")).collect();
    assert!(places.is_sorted(), "{places:?}");
    // A candidate such as 0.3.0-rc.1 does not become the latest release.
    assert!(publish.contains("[[ $GITHUB_REF_NAME != *-* ]] || flags=(--prerelease)"));
    assert!(publish.contains("--notes-file notes.md"));
    // If started manually, the workflow publishes nothing and builds every platform.
    for name in ["verify", "publish", "image"] {
        assert!(job(name).contains("    if: github.event_name == 'push'\n"), "{name}");
    }
    assert_eq!(workflow.matches("- { target: ").count(), 6, "as many as release/check expects");
    assert!(job("image").contains("gh attestation verify"));
}

#[test]
fn the_readme_of_releases_counts_the_tests_of_the_checker() {
    let tests = read("release/check-test").matches("    def test_").count();
    let row = format!("| `release/check-test` | {tests} tests pass");
    assert!(read("release/README.md").contains(&row), "{tests}");
}

#[test]
fn ci_tests_with_the_terraform_that_contributing_lists() {
    let listed = read("CONTRIBUTING.md");
    let (_, row) = listed.split_once("| Terraform ").expect("a row of Terraform");
    let version = row.split(' ').next().unwrap_or_default();
    for workflow in ["ci", "release"] {
        let text = read(format!(".github/workflows/{workflow}.yml"));
        let steps: Vec<_> = text.match_indices("- uses: hashicorp/setup-terraform@").collect();
        let versions = text.matches(&format!("terraform_version: {version}\n")).count();
        assert_eq!((steps.len(), versions), (2, 2), "{workflow}.yml");
        let (before, _) = text.split_once("- run: .ci/run\n").expect("the step is there");
        assert!(
            before.contains("setup-terraform"),
            "{workflow}.yml runs .ci/run without Terraform"
        );
    }
    let script = read(".ci/run");
    for variable in ["TERRAFORM", "BROWSER", "SDKS", "PACKER"] {
        assert!(script.contains(&format!("REQUIRE_{variable}=1")), "REQUIRE_{variable}");
    }
}

#[test]
fn every_platform_of_a_release_is_run_or_type_checked_by_ci() {
    let workflow = read(".github/workflows/release.yml");
    let script = read(".ci/platforms");
    let targets = workflow.split("- { target: ").skip(1).filter_map(|rest| rest.split(',').next());
    for target in targets {
        assert!(script.contains(target), ".ci/platforms lacks {target}");
    }
}

/// The packages that these kinds of dependencies need, each with its version and features.
fn packages(kinds: &str) -> BTreeSet<String> {
    let arguments =
        ["tree", "--locked", "--offline", "--prefix=none", "--format={p} {f}", "--edges", kinds];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// Otherwise `cargo test` compiles the package, and every one that uses it, a second time.
#[test]
fn no_dependency_of_the_tests_adds_features_to_one_of_the_binaries() {
    let (binaries, tests) = (packages("normal"), packages("normal,dev"));
    assert!(binaries.len() > 100, "{binaries:?}");
    let other: Vec<_> = binaries.difference(&tests).collect();
    assert!(other.is_empty(), "the tests need other features of: {other:#?}");
}

/// Cargo compiles a package once for each set of features: those of build scripts and macros, and those of the binaries.
#[test]
fn no_package_is_built_with_two_sets_of_features() {
    let built = packages("normal,build,dev");
    let mut seen = BTreeSet::new();
    let twice: Vec<_> = built
        .iter()
        .filter_map(|package| package.split(" v").next().zip(package.split(' ').nth(1)))
        .filter(|package| !seen.insert(*package))
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// The derive macros in use are in transition from version 2 to 3 of this parser, which is one of the largest crates of a
/// build. Until all of them need version 3, `Cargo.lock` has the last release of each that needs version 2.
#[cfg(not(windows))]
#[test]
fn one_parser_serves_all_derive_macros() {
    let packages = packages("normal,build,dev");
    let parsers: Vec<_> = packages.iter().filter(|package| package.starts_with("syn v")).collect();
    assert_eq!(parsers.len(), 1, "{parsers:#?}");
}
