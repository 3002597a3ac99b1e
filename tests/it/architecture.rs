//! The floors of the crate: no arrow points up.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What each module may use, besides itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("access", &["alicloud", "ctx", "diag", "text"]),
    ("alicloud", &["ctx", "secret", "text"]),
    ("contract", &["diag", "schema", "value"]),
    ("ctx", &["secret"]),
    ("diag", &["text", "value"]),
    ("images", &["access", "alicloud", "contract", "ctx", "diag", "schema", "text", "value"]),
    ("mock", &["ctx", "secret"]),
    ("plugin", &["contract", "ctx", "diag", "schema", "text", "value", "wire"]),
    (
        "provider",
        &[
            "access", "alicloud", "contract", "ctx", "diag", "images", "schema", "secret", "text",
            "value",
        ],
    ),
    ("schema", &["value"]),
    ("secret", &[]),
    ("text", &[]),
    ("value", &[]),
    ("wire", &["value"]),
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn module_of(file: &Path, src: &Path) -> String {
    let first = file.strip_prefix(src).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The modules that a source text names after `crate::`, also within `use crate::{a, b::c}`.
fn used_modules(source: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in source.match_indices("crate::") {
        let rest = &source[at + "crate::".len()..];
        let Some(inner) = rest.strip_prefix('{') else {
            used.push(leading_name(rest));
            continue;
        };
        let mut depth = 0_usize;
        let mut start = true;
        for (position, character) in inner.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                _ if start && depth == 0 && character.is_alphabetic() => {
                    used.push(leading_name(&inner[position..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    used
}

fn leading_name(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

#[test]
fn arrows_point_down_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&src) {
        let module = module_of(&file, &src);
        if module == "lib" || module == "bin" {
            continue;
        }
        let (_, may_use) = MAY_USE
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("{module} has no row"));
        for used in used_modules(&fs::read_to_string(&file).unwrap()) {
            if used != module && !may_use.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn uses_are_found_in_every_form() {
    let source = "use crate::{a::{x, y}, b, c::z};\nlet d = crate::d::f();\nuse crate::e;";
    assert_eq!(used_modules(source), ["a", "b", "c", "d", "e"]);
}

#[test]
fn protobuf_is_named_in_wire_and_plugin_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&src) {
        let module = module_of(&file, &src);
        if module == "wire" || module == "plugin" {
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        for name in ["prost::", "tonic::"] {
            assert!(!source.contains(name), "{} names {name}", file.display());
        }
    }
}
