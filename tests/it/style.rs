//! The style of CONTRIBUTING.md, as far as a test can check it: one module style, files and functions
//! of bounded length, no wide visibility, one meaning for each type name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use regex::Regex;

/// The most lines of a file.
const LONGEST_FILE: usize = 500;

/// The most lines of a function: about 80.
const LONGEST_FUNCTION: usize = 85;

/// The most lines of a test module inside the file that it tests: about 80.
const LONGEST_INLINE_TESTS: usize = 100;

/// The fewest examples in the documentation of the crate that `cargo test` runs.
const FEWEST_EXAMPLES: usize = 20;

/// Modules that can be used on their own, so the documentation of each must have an example.
const WITH_EXAMPLES: [&str; 8] =
    ["alicloud", "contract", "ctx", "diag", "mock", "plugin", "value", "wire"];

/// Names that have the same meaning in every module.
const SHARED_NAMES: [&str; 1] = ["Error"];

/// A Rust file: its path in the project, and its text.
type File = (String, String);

/// The Rust files below some folders of the project.
fn rust_files(folders: &[&str]) -> Vec<File> {
    fn visit(folder: &Path, found: &mut Vec<File>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
                let name = name.to_str().unwrap().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    for folder in folders {
        visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    found.sort();
    found
}

fn everything() -> Vec<File> {
    rust_files(&["src", "tests", "benches", "examples"])
}

/// The functions of a formatted file: the line of each, counted from 1, its name and its length.
fn functions(text: &str) -> Vec<(usize, String, usize)> {
    let start = Regex::new(r"^( *)(?:pub(?:\([a-z]+\))? )?(?:const )?(?:async )?fn (\w+)").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(parts) = start.captures(line) else { continue };
        let end = format!("{}}}", &parts[1]);
        let declared = format!("{};", &parts[1]);
        let body = lines[at..].iter().position(|line| **line == end);
        // The declaration of a trait method without a body ends with a semicolon.
        let is_declared = line.ends_with(';')
            || lines[at..].iter().take(body.unwrap_or(0)).any(|line| {
                line.starts_with(&format!("{})", &parts[1])) && line.ends_with(';')
                    || **line == declared
            });
        if let (Some(length), false) = (body, is_declared) {
            found.push((at + 1, parts[2].to_owned(), length + 1));
        }
    }
    found
}

/// The code of a file, and the lines of the test module at its end, which may have any attributes.
pub(crate) fn code_and_tests(text: &str) -> (&str, &str) {
    let attribute = r"#\[.*\n(?:[ )].*\n)*";
    let module = Regex::new(&format!(r"(?m)^(?:{attribute})*mod tests \{{\n")).unwrap();
    match module.find(text) {
        Some(start) => (&text[..start.start()], &text[start.end()..]),
        None => (text, ""),
    }
}

#[test]
fn files_and_functions_are_of_bounded_length() {
    let mut long = Vec::new();
    for (path, text) in everything() {
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            long.push(format!("{path} has {lines} lines"));
        }
        for (line, name, length) in functions(&text) {
            if length > LONGEST_FUNCTION {
                long.push(format!("{path}:{line}: {name} has {length} lines"));
            }
        }
        let lines = code_and_tests(&text).1.lines().count();
        if lines > LONGEST_INLINE_TESTS {
            long.push(format!("{path}: {lines} lines of tests belong into a tests.rs"));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_tests_of_a_file_are_found_whatever_their_attributes() {
    for attributes in [
        "#[cfg(test)]\n",
        "#[cfg(all(test, unix))]\n",
        "#[cfg(test)]\n#[cfg(unix)]\n#[expect(\n    clippy::panic,\n    reason = \"[why]\"\n)]\n",
        "",
    ] {
        let text = format!("fn code() {{}}\n\n{attributes}mod tests {{\n    use a;\n}}\n");
        assert_eq!(code_and_tests(&text), ("fn code() {}\n\n", "    use a;\n}\n"), "{attributes}");
    }
    let without = "#[cfg(test)]\nmod tests;\n";
    assert_eq!(code_and_tests(without), (without, ""));
}

/// `tests/coverage` and the tests here recognize only the name `tests`.
#[test]
fn a_module_of_tests_inside_a_file_is_called_tests() {
    let module = Regex::new(
        r"(?m)^#\[cfg\(.*[( ]test[,)].*\]\n(?:#\[.*\n(?:[ )].*\n)*)*(?:pub.* )?mod (\w+) \{",
    )
    .unwrap();
    for (path, text) in rust_files(&["src"]) {
        for name in module.captures_iter(&text).map(|parts| parts[1].to_owned()) {
            assert_eq!(name, "tests", "{path}");
        }
    }
}

/// How many examples in the documentation of a file are run: code fences without an attribute such
/// as `ignore`.
fn examples(text: &str) -> usize {
    let documented = text.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("//!").or_else(|| line.strip_prefix("///"))
    });
    let fences = documented.filter_map(|line| line.trim().strip_prefix("```"));
    fences.step_by(2).filter(|words| words.is_empty()).count()
}

#[test]
fn the_documentation_of_the_crate_has_examples_that_run() {
    assert_eq!(examples("//! ```\n//! a\n//! ```\n    /// ```text\n    /// ```\n//! ```\n"), 2);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (path, text) in rust_files(&["src"]) {
        let top = path.trim_start_matches("src/").split(['/', '.']).next().unwrap().to_owned();
        *counts.entry(top).or_default() += examples(&text);
    }
    for module in WITH_EXAMPLES {
        assert!(counts[module] > 0, "{module} has no example");
    }
    let all: usize = counts.values().sum();
    assert!(all >= FEWEST_EXAMPLES, "{all} examples");
}

/// Otherwise, a file that is moved would silently be excluded from mutation testing.
#[test]
fn the_files_that_mutation_testing_lists_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(".cargo/mutants.toml")).unwrap();
    let path = Regex::new(r#""(src/[^"]+)""#).unwrap();
    let paths: Vec<String> = path.captures_iter(&text).map(|parts| parts[1].to_owned()).collect();
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        assert!(root.join(path.trim_end_matches("/**")).exists(), "{path}");
    }
}

#[test]
fn a_module_with_children_is_in_a_mod_rs() {
    let files = everything();
    for (path, _) in &files {
        let children = format!("{}/", path.trim_end_matches(".rs"));
        let has_children = files.iter().any(|(other, _)| other.starts_with(&children));
        assert!(!has_children, "{path} and the folder of its name: move it to mod.rs there");
    }
}

#[test]
fn visibility_and_paths_stay_narrow() {
    for (path, text) in everything().iter().filter(|(path, _)| path != "tests/it/style.rs") {
        assert!(!text.contains("pub(in "), "{path} has pub(in ...)");
        // The test of ARCHITECTURE.md has such a path in a string.
        let climbs = text.contains("super::super::super") && path != "tests/it/architecture.rs";
        assert!(!climbs, "{path} has super::super::super");
    }
}

/// The mock and the client share no code, so each may have its own type of one name.
#[test]
fn a_type_name_has_one_meaning_in_the_mock_and_one_elsewhere() {
    let item =
        Regex::new(r"(?m)^(?:pub(?:\([a-z]+\))? )?(?:struct|enum|trait|type) (\w+)").unwrap();
    let mut places: BTreeMap<(bool, String), BTreeSet<String>> = BTreeMap::new();
    let is_code = |(path, _): &File| !path.contains("/tests");
    for (path, text) in rust_files(&["src"]).into_iter().filter(is_code) {
        let is_of_mock = path.contains("/mock");
        for name in item.captures_iter(&text).map(|parts| parts[1].to_owned()) {
            places.entry((is_of_mock, name)).or_default().insert(path.clone());
        }
    }
    for ((_, name), paths) in places {
        let is_fine = paths.len() == 1 || SHARED_NAMES.contains(&&*name);
        assert!(is_fine, "{name} is the name of types in {paths:?}");
    }
}

#[test]
fn functions_are_measured_from_their_name_to_their_brace() {
    let text = "fn a() {\n    1\n}\n\nimpl T for X {\n    async fn b(\n        &self,\n    ) {\n    }\n}\n\n\
                trait T {\n    fn c(&self);\n    fn d(\n        &self,\n    );\n    fn e() {\n    }\n}\n";
    let found: Vec<_> =
        functions(text).into_iter().map(|(_, name, length)| (name, length)).collect();
    let expected = [("a", 3), ("b", 4), ("e", 2)].map(|(name, length)| (name.to_owned(), length));
    assert_eq!(found, expected);
}
