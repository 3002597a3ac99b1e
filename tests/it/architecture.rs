//! Compares ARCHITECTURE.md with the code: the page lists what each module may use, and the tests
//! here find what it actually uses.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The rows of the page's first table: module, layer, and the modules that it uses.
struct Page {
    text: String,
    layers: BTreeMap<String, u32>,
    uses: BTreeMap<String, BTreeSet<String>>,
}

/// The rows of the Markdown table that begins with this header, as cells.
fn table(text: &str, header: &str) -> Vec<Vec<String>> {
    let (_, rest) = text.split_once(header).unwrap_or_else(|| panic!("no table {header:?}"));
    let rows = rest.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// The code spans of a cell.
fn spans(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

impl Page {
    fn read() -> Self {
        let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
        let (mut layers, mut uses) = (BTreeMap::new(), BTreeMap::new());
        for row in table(&text, "| layer | module | uses |") {
            let [layer, module, used, ..] = &*row else { panic!("{row:?}") };
            let [module] = &*spans(module) else { panic!("{row:?}") };
            layers.insert(module.clone(), layer.parse().unwrap());
            uses.insert(module.clone(), spans(used).into_iter().collect());
        }
        Self { text, layers, uses }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files of a folder, at any depth.
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

/// A source file of the library.
struct Source {
    /// Relative to `src`.
    file: String,
    /// The parts of a path such as `plugin::rpc::read`.
    module: Vec<String>,
    text: String,
}

impl Source {
    /// The module below the crate's root.
    fn top(&self) -> &str {
        &self.module[0]
    }

    fn is_of_tests(&self) -> bool {
        self.module.iter().any(|part| part == "tests")
    }

    /// The text without the unit tests at its end.
    fn code(&self) -> &str {
        super::style::code_and_tests(&self.text).0
    }
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let source = |path: PathBuf| {
        let file = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        let mut module: Vec<String> =
            file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        module.pop_if(|last| last == "mod");
        Source { file, module, text: fs::read_to_string(&path).unwrap() }
    };
    let is_of_a_module = |source: &Source| !["lib", "bin"].contains(&source.top());
    rust_files(&src).into_iter().map(source).filter(is_of_a_module).collect()
}

/// Finds the paths from the crate's root that tokens name with `crate::`, `super::`, or in a `use`
/// declaration, also in nested `use` groups and in the bodies of macros, and the modules of the
/// exported macros that the tokens call.
struct Finder<'a> {
    /// Exported macros with the modules that define them.
    macros: &'a BTreeMap<String, String>,
    found: BTreeSet<Vec<String>>,
}

fn is(token: Option<&TokenTree>, text: &str) -> bool {
    token.is_some_and(|token| token.to_string() == text)
}

/// The tokens after the `::` at index `at`.
fn after_colons(tokens: &[TokenTree], at: usize) -> Option<&[TokenTree]> {
    let rest = tokens.get(at..)?;
    (is(rest.first(), ":") && is(rest.get(1), ":")).then(|| &rest[2..])
}

fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

impl Finder<'_> {
    fn walk(&mut self, tokens: &[TokenTree], module: &[String]) {
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => {
                    let is_module = group.delimiter() == Delimiter::Brace
                        && at >= 2
                        && is(tokens.get(at - 2), "mod");
                    let mut module = module.to_vec();
                    if is_module {
                        module.push(tokens[at - 1].to_string());
                    }
                    self.walk(&inside(group), &module);
                }
                TokenTree::Ident(ident) => {
                    let begins =
                        !(at >= 2 && is(tokens.get(at - 1), ":") && is(tokens.get(at - 2), ":"));
                    let start = match ident.to_string().as_str() {
                        "crate" => Vec::new(),
                        "super" if begins => parent(module),
                        "self" if begins => module.to_vec(),
                        "use" => {
                            let leads_elsewhere = ["crate", "super", "self"];
                            if !leads_elsewhere.iter().any(|word| is(tokens.get(at + 1), word)) {
                                self.path(&tokens[at + 1..], module.to_vec());
                            }
                            continue;
                        }
                        name if is(tokens.get(at + 1), "!") => {
                            self.found.extend(self.macros.get(name).map(|top| vec![top.clone()]));
                            continue;
                        }
                        _ => continue,
                    };
                    if let Some(rest) = after_colons(tokens, at + 1) {
                        self.path(rest, start);
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// Resolves the rest of a path from `here`.
    fn path(&mut self, rest: &[TokenTree], here: Vec<String>) {
        match rest.first() {
            Some(TokenTree::Ident(ident)) if ident == "super" => {
                if let Some(rest) = after_colons(rest, 1) {
                    self.path(rest, parent(&here));
                }
            }
            Some(TokenTree::Ident(ident)) => {
                let name = ident.to_string();
                if here.is_empty()
                    && let Some(top) = self.macros.get(&name)
                {
                    self.found.insert(vec![top.clone()]);
                    return;
                }
                let here = [here, vec![name]].concat();
                match (after_colons(rest, 1), rest.get(1), rest.get(2)) {
                    (Some(rest), _, _) => self.path(rest, here),
                    // With the name that it gets here.
                    (None, renamed, Some(alias)) if is(renamed, "as") => {
                        self.found.insert([here, vec![alias.to_string()]].concat());
                    }
                    _ => {
                        self.found.insert(here);
                    }
                }
            }
            Some(TokenTree::Group(group)) => {
                for entry in inside(group).split(|token| is(Some(token), ",")) {
                    self.path(entry, here.clone());
                }
            }
            Some(TokenTree::Punct(_)) if here.is_empty() => {
                self.found.insert(vec!["everything".to_owned()]);
            }
            _ => {}
        }
    }
}

fn parent(module: &[String]) -> Vec<String> {
    module.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default()
}

fn tokens(text: &str) -> Vec<TokenTree> {
    text.parse::<TokenStream>().unwrap().into_iter().collect()
}

/// The paths that a text in `module` names.
fn paths(
    text: &str,
    module: &[String],
    macros: &BTreeMap<String, String>,
) -> BTreeSet<Vec<String>> {
    let mut finder = Finder { macros, found: BTreeSet::new() };
    finder.walk(&tokens(text), module);
    finder.found
}

/// The modules below the crate's root that a text in `module` names.
fn used(text: &str, module: &[String], macros: &BTreeMap<String, String>) -> BTreeSet<String> {
    paths(text, module, macros).into_iter().filter_map(|path| path.into_iter().next()).collect()
}

/// Every `#[macro_export] macro_rules! name` with its module.
fn exported_macros(sources: &[Source]) -> BTreeMap<String, String> {
    let mut macros = BTreeMap::new();
    for source in sources {
        for (_, rest) in
            source.text.match_indices("#[macro_export]").map(|(at, _)| source.text.split_at(at))
        {
            let name = rest.split_once("macro_rules! ").unwrap().1;
            let name: String =
                name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            macros.insert(name, source.top().to_owned());
        }
    }
    macros
}

/// The modules that each module actually uses.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let sources = sources();
    let macros = exported_macros(&sources);
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in &sources {
        let mut found = used(&source.text, &source.module, &macros);
        found.remove(source.top());
        arrows.entry(source.top().to_owned()).or_default().extend(found);
    }
    arrows
}

#[test]
fn each_module_uses_exactly_the_modules_that_the_page_lists() {
    assert_eq!(arrows(), Page::read().uses);
}

#[test]
fn a_module_uses_only_lower_layers_and_what_is_drawn_within_its_layer() {
    let page = Page::read();
    for (module, used) in &page.uses {
        for other in used {
            let (own, theirs) = (page.layers[module], page.layers[other]);
            let is_drawn = || page.text.contains(&format!("{module} ─> {other}"));
            assert!(theirs < own || (theirs == own && is_drawn()), "{module} uses {other}");
        }
    }
}

#[test]
fn the_drawing_has_every_module_in_its_layer() {
    let page = Page::read();
    for (module, layer) in &page.layers {
        let start = format!("layer {layer} ");
        let line = page.text.lines().find(|line| line.starts_with(&start)).unwrap();
        let names: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        assert!(names.contains(&module.as_str()), "{module} is not in {line:?}");
    }
}

#[test]
fn uses_are_found_in_every_form() {
    let macros = [("exported".to_owned(), "m".to_owned())].into();
    let module = ["x".to_owned(), "y".to_owned()];
    for (text, expected) in [
        ("use crate::{a::{x, y}, b, c::z};", vec!["a", "b", "c"]),
        ("let d = crate::d::f();", vec!["d"]),
        ("use super::{super::{e::z}, sibling};", vec!["e"]),
        ("fn f(_: super::super::g::T) {}", vec!["g"]),
        ("mod tests { use super::super::h; use super::super::super::i; }", vec!["i"]),
        ("macro_rules! m { () => { $crate::j::f() } }", vec!["j"]),
        ("exported!(1);", vec!["m"]),
        ("crate::exported!(1);", vec!["m"]),
        ("use crate::*;", vec!["everything"]),
        ("use super::sibling; use self::child; // crate::comment", vec![]),
        ("let text = \"crate::text\";", vec![]),
    ] {
        // References to the module itself are ignored.
        let mut found = used(text, &module, &macros);
        found.remove("x");
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{text}");
    }
}

/// The rules about the place of a line that a test can check: the wording in the page, and what the
/// text of such a line contains.
const TESTED: &[(&str, &[&str])] = &[
    ("names a prost or tonic type", &["prost::", "tonic::", "tonic_prost::"]),
    ("exposes a secret", &[".expose()"]),
    ("creates a diagnostic", &["Diagnostic::error(", "Diagnostic::warning(", "messages! {"]),
    ("prints to stdout", &["io::stdout()", "println!("]),
];

#[test]
fn lines_are_in_the_modules_that_the_page_names() {
    let page = Page::read();
    let rows = table(&page.text, "| a line that… | belongs in | enforced by |");
    for row in &rows {
        let [line, places, enforced_by] = &**row else { panic!("{row:?}") };
        let Some((_, signs)) = TESTED.iter().find(|(words, _)| words == line) else {
            let is_accurate = enforced_by == "review" || enforced_by.contains("clippy.toml");
            assert!(is_accurate, "{line}: enforced by {enforced_by}");
            continue;
        };
        assert_eq!(enforced_by, "`tests/it/architecture.rs`", "{line}");
        let places = spans(places);
        for source in sources() {
            if source.is_of_tests() {
                continue;
            }
            let own = source.module.join("::");
            let code: String =
                source.code().lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let is_allowed =
                places.iter().any(|place| (own.clone() + "::").starts_with(&format!("{place}::")));
            for sign in *signs {
                assert!(is_allowed || !code.contains(sign), "{} has {sign}", source.file);
            }
        }
    }
    for (words, _) in TESTED {
        assert!(rows.iter().any(|row| row[0] == *words), "the page does not have {words:?}");
    }
}

#[test]
fn every_module_that_the_page_names_exists() {
    let page = Page::read();
    let modules: BTreeSet<String> =
        sources().iter().map(|source| source.module.join("::")).collect();
    let is_path = |span: &String| {
        span.contains("::") && span.chars().all(|c| c.is_ascii_lowercase() || "_:{}, ".contains(c))
    };
    for span in spans(&page.text).into_iter().filter(is_path) {
        let (start, names) = match span.split_once("::{") {
            Some((start, names)) => (start, names.trim_end_matches('}').split(", ").collect()),
            None => span.rsplit_once("::").map(|(start, name)| (start, vec![name])).unwrap(),
        };
        for name in names {
            assert!(modules.contains(&format!("{start}::{name}")), "{span} is not there");
        }
    }
}

/// The modules in `folder` that each of them uses. An item from the folder's own `mod.rs` counts as an item of the
/// module from which `mod.rs` re-exports it.
fn siblings(folder: &[String], sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let macros = BTreeMap::new();
    let inner = |path: &[String]| path.strip_prefix(folder)?.first().cloned();
    let inside = |source: &&Source| !source.is_of_tests() && inner(&source.module).is_some();
    let members: BTreeSet<String> =
        sources.iter().filter(inside).filter_map(|source| inner(&source.module)).collect();
    let own = sources.iter().find(|source| source.module == folder);
    let taken = own.map(|own| paths(own.code(), folder, &macros)).unwrap_or_default();
    let origin = |name: &String| {
        let from = taken.iter().find(|path| path.last() == Some(name));
        from.and_then(|path| inner(path)).filter(|member| members.contains(member))
    };
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources.iter().filter(inside) {
        let Some(user) = inner(&source.module) else { continue };
        let named = paths(source.code(), &source.module, &macros);
        let named = named.iter().filter_map(|path| inner(path));
        let named = named
            .filter_map(|name| if members.contains(&name) { Some(name) } else { origin(&name) });
        let others: BTreeSet<_> = named.filter(|name| *name != user).collect();
        uses.entry(user).or_default().extend(others);
    }
    uses
}

/// Repeatedly removes the members of a graph that use no remaining member. Those that are left are
/// the members of cycles, and the ones that use them.
fn in_cycles(mut uses: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let left: BTreeSet<String> = uses.keys().cloned().collect();
        uses.retain(|_, used| used.iter().any(|name| left.contains(name)));
        if uses.len() == left.len() {
            return uses;
        }
    }
}

#[test]
fn the_modules_in_a_folder_have_no_dependency_cycles() {
    let sources = sources();
    let folders: BTreeSet<_> =
        sources.iter().filter(|source| !source.is_of_tests()).map(|s| parent(&s.module)).collect();
    let circles: BTreeMap<_, _> = folders
        .iter()
        .filter(|folder| !folder.is_empty())
        .map(|folder| (folder.join("::"), in_cycles(siblings(folder, &sources))))
        .filter(|(_, circle)| !circle.is_empty())
        .collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn dependency_cycles_through_re_exports_are_found() {
    let source = |module: &str, text: &str| Source {
        file: module.to_owned(),
        module: module.split("::").map(str::to_owned).collect(),
        text: text.to_owned(),
    };
    let folder = ["f".to_owned()];
    let circle = |b: &str| {
        let sources = [
            source("f", "mod a; mod b; pub use a::{inner::A, C as D};"),
            source("f::a", "use super::b::B;\n#[cfg(test)]\nmod tests {\nuse super::super::c; }"),
            source("f::b", b),
            source("f::c", "use crate::f::a;"),
        ];
        !in_cycles(siblings(&folder, &sources)).is_empty()
    };
    for (b, is_circle) in [
        ("use super::c::C;", true),
        ("use super::A;", true),
        ("fn f() -> super::D { todo!() }", true),
        ("use crate::f::{E, self};", false),
        ("use crate::g::a;", false),
    ] {
        assert_eq!(circle(b), is_circle, "{b}");
    }
}
