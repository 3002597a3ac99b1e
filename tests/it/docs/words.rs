//! Tests the section "Words" of CONTRIBUTING.md: texts for users and contributors do not contain
//! the most common mistakes. Also checks the width of the documents.

use std::{fmt::Write, ops::Range, sync::LazyLock};

use regex::Regex;

use super::{files, links::PAPERS, read};

/// Regular expressions of words, and what to write instead.
type Slips = &'static [(&'static str, &'static str)];

/// Words that are wrong in any context.
const SLIPS: Slips = &[
    ("lest", "so that ... not"),
    ("anew", "again"),
    ("beside", "next to, in addition to"),
    ("mend(s|ed|ing)?", "fix"),
    ("cure[sd]?", "fix, remedy"),
    ("dear(er|est|ly)?", "expensive, costly"),
    ("look-ups?", "lookup (noun), look up (verb)"),
    ("told", "report, log, warn"),
    ("for ever", "indefinitely"),
    ("strangers?('s)?", "another account"),
    ("nearest miss(es)?", "nearest matches"),
    ("believe[sd]?", "trust"),
    ("process li(fe|ves)", "process lifetime"),
    ("without a word", "without a message, without a diagnostic"),
    ("worth a word", "worth reporting"),
    ("(is|are|was|were) asked", "request, query"),
    ("misspelt", "misspelled"),
    ("speaks? of", "describe"),
    ("in vain", "without effect"),
    ("by a slip", "by mistake"),
    ("go(es)? round", "bypass"),
    ("whoever", "anyone who, the user who"),
    ("came", "was received, arrived"),
    ("why there is no", "the reason that ... not"),
    ("not over (in|within)", "timed out"),
    ("last tr(y|ies)", "last attempt"),
    ("in (its|their) place", "instead"),
    ("log-in", "login"),
    (
        "catalogues?|behaviours?|colou?red|colours?|favours?|honour(s|ed)?|licences?|armoured",
        "US spelling",
    ),
    (
        "(author|initial|normal|optim|organ|real|recogn|sanit|serial|summar)is(e|es|ed|ing|ation)",
        "US spelling",
    ),
];

/// Words that are wrong in documents, help texts and messages.
const PROSE_SLIPS: Slips =
    &[("answers?|answering", "response, respond, return"), ("of (its|their) own", "separate")];

/// The most characters of a line in the documents outside `docs/`, except in tables and code.
const MAX_WIDTH: usize = 120;

/// The words that may follow "is no", as in "is no longer".
const AFTER_IS_NO: [&str; 6] = ["better", "different", "less", "longer", "more", "reason"];

/// Fault rules also accept "catalogue", the spelling of earlier versions.
const EXEMPT: &str = "src/mock/fault/effect.rs";

/// Any of these words.
fn any_of(slips: Slips) -> Regex {
    let slips: Vec<_> = slips.iter().map(|(slip, _)| format!("(?:{slip})")).collect();
    Regex::new(&format!(r"(?i-u)\b(?:{})\b", slips.join("|"))).unwrap()
}

static SLIP: LazyLock<Regex> = LazyLock::new(|| any_of(SLIPS));
static PROSE_SLIP: LazyLock<Regex> = LazyLock::new(|| any_of(PROSE_SLIPS));

/// "X is no Y", with X and Y.
static IS_NO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([A-Za-z]+)[^A-Za-z]+(?:is|are) no ([A-Za-z]+)").unwrap());

/// Where words of one table are in a text, and what to write instead.
fn found(text: &str, any: &Regex, table: Slips) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    for word in any.find_iter(text) {
        let is_it =
            |slip: &str| Regex::new(&format!("^(?i-u:{slip})$")).unwrap().is_match(word.as_str());
        let (_, instead) = table.iter().find(|(slip, _)| is_it(slip)).unwrap();
        if !text[word.end()..].starts_with(" apart") {
            found.push((word.range(), *instead));
        }
    }
    found
}

/// Where the slips of a text are, and what to write instead.
fn slips(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = found(text, &SLIP, SLIPS);
    for words in IS_NO.captures_iter(text) {
        let there = ["here", "there", "where"].contains(&&*words[1].to_lowercase());
        if !there && !AFTER_IS_NO.contains(&&words[2]) {
            found.push((words.get(0).unwrap().range(), "is not a valid X, must be a valid X"));
        }
    }
    found
}

/// Where a document, a help text or a message has a slip.
fn prose_slips(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut slips = slips(text);
    slips.extend(found(text, &PROSE_SLIP, PROSE_SLIPS));
    slips
}

/// A page without its code spans and code blocks, and CONTRIBUTING.md without its glossary.
fn prose(page: &str) -> String {
    let (before, rest) = page.split_once("\n## Words\n").unwrap_or((page, ""));
    let after = rest.split_once("\n## ").map_or("", |(_, after)| after);
    let mut in_code = false;
    let without_code = |line: &str| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        let line = if in_code || fence { "" } else { line };
        line.split('`').step_by(2).collect::<Vec<_>>().join("X") + "\n"
    };
    format!("{before}\n{after}").lines().map(without_code).collect()
}

/// The comments and the string literals of Rust code, without code spans. Test modules are left
/// out.
fn comments_and_literals(source: &str) -> (String, String) {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let (mut comments, mut literals) = (String::new(), String::new());
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (_, here) = rest.split_at(at);
        if let Some(comment) = here.strip_prefix("//") {
            let (line, after) = comment.split_once('\n').unwrap_or((comment, ""));
            comments.push_str(&prose(line.trim_start_matches(['/', '!'])));
            rest = after;
        } else if let Some(literal) = here.strip_prefix('"') {
            let end = end_of_literal(literal);
            literals.push_str(&prose(&literal[..end].replace("\\n", "\n").replace("\\\n", "")));
            rest = literal.get(end + 1..).unwrap_or_default();
        } else if let Some(character) = here.strip_prefix('\'') {
            // `'"'` and `'\''` are characters; a lifetime has no closing quote there.
            let skip = match character.as_bytes() {
                [b'\\', ..] => character[2..].find('\'').map_or(0, |end| end + 3),
                [_, b'\'', ..] => 2,
                _ => 0,
            };
            rest = &character[skip..];
        } else {
            rest = &here[1..];
        }
    }
    (comments, literals)
}

/// The literals that are sentences rather than names.
fn sentences(literals: &str) -> String {
    let lines = literals.lines().filter(|line| line.trim().contains(' '));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Whether a file is a script, a workflow or a list for a tool, and written by hand.
fn is_script(path: &str) -> bool {
    let generated =
        ["json", "lock", "pem", "snap", "sum", "svg", "txt", "checksums", "pyc", "rs", "md"];
    let ends = |end: &&str| path.rsplit(['.', '/']).next() == Some(*end);
    !generated.iter().any(ends) && !path.contains("/node_modules/")
}

/// The comments of Rust code that have lines of their own, without code spans.
fn comments(source: &str) -> String {
    let lines = source.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
    prose(&lines.map(|line| line.trim_start_matches(['/', '!'])).collect::<Vec<_>>().join("\n"))
}

/// The end of the literal that begins with the quote before `text`.
fn end_of_literal(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// A text that must follow the rules.
struct Text {
    path: String,
    text: String,
    /// Whether users read it as prose: a document, a help text or a message.
    is_prose: bool,
}

impl Text {
    fn new(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), text, is_prose: false }
    }

    fn prose(path: &str, text: String) -> Self {
        Self { is_prose: true, ..Self::new(path, text) }
    }
}

/// The documents, templates, examples and help texts. Schemas have the names of the code.
fn documents() -> Vec<Text> {
    let pages = PAPERS.iter().map(|path| (*path).to_owned()).chain(files("docs"));
    let pages = pages.filter(|path| path.ends_with(".md") && !path.contains("zh-CN"));
    let plain = ["templates", "examples"].iter().flat_map(|folder| files(folder));
    let helps = files("src").into_iter().filter(|path| path.ends_with(".txt"));
    let prose = pages.chain(plain).chain(helps).map(|path| Text::prose(&path, prose(&read(&path))));
    let schemas = files("docs").into_iter().filter(|path| path.ends_with(".json"));
    prose.chain(schemas.map(|path| Text::new(&path, prose_of(&path)))).collect()
}

fn prose_of(path: &str) -> String {
    prose(&read(path))
}

/// Comments and literals of the code, comments of the tests, and scripts. The names and literals of tests
/// quote what they test.
fn code() -> Vec<Text> {
    let is_test = |path: &String| path.contains("tests");
    let all =
        ["benches", "fuzz/fuzz_targets", "src", "tests"].iter().flat_map(|folder| files(folder));
    let rust = all.filter(|path| path.ends_with(".rs") && !path.ends_with("docs/words.rs"));
    let (tests, sources): (Vec<_>, Vec<_>) = rust.partition(is_test);
    let mut texts: Vec<_> =
        tests.iter().map(|path| Text::new(path, comments(&read(path)))).collect();
    for path in sources.iter().map(String::as_str).chain(["build.rs"]) {
        let (comments, literals) = comments_and_literals(&read(path));
        texts.push(Text::new(path, comments));
        texts.push(Text::prose(path, sentences(&literals)));
    }
    let folders = [".ci", ".github", "action", "benches", "release", "tests"];
    let scripts = folders.iter().flat_map(|folder| files(folder)).filter(|path| {
        // Test data quotes text of others.
        is_script(path) && !path.starts_with("tests/data/")
    });
    let files = [
        ".cargo/mutants.toml",
        "Cargo.toml",
        "Containerfile",
        "action.yml",
        "deny.toml",
        "fuzz/Cargo.toml",
        "fuzz/run",
    ];
    let scripts = scripts.chain(files.map(str::to_owned));
    texts.extend(scripts.map(|path| Text::new(&path, prose_of(&path))));
    texts
}

#[test]
fn common_mistakes_are_not_used() {
    let mut report = String::new();
    let texts = documents().into_iter().chain(code()).filter(|text| text.path != EXEMPT);
    for Text { path, text, is_prose } in texts {
        let slips = if is_prose { prose_slips(&text) } else { slips(&text) };
        for (place, instead) in slips {
            let line = text[..place.start].matches('\n').count();
            let line = text.lines().nth(line).unwrap_or_default().trim();
            let _ = writeln!(report, "{path}: {:?}, better: {instead}: {line}", &text[place]);
        }
    }
    assert!(report.is_empty(), "see \"Words\" in CONTRIBUTING.md\n{report}");
}

#[test]
fn documents_outside_docs_are_wrapped() {
    let mut report = String::new();
    for path in PAPERS.iter().filter(|path| !path.starts_with("docs/") && !path.contains("zh-CN")) {
        let page = read(path);
        // Every second part is a code block.
        for prose in page.split("```").step_by(2) {
            for line in prose.lines().filter(|line| !line.starts_with(['|', '!'])) {
                if line.chars().count() > MAX_WIDTH {
                    let _ = writeln!(report, "{path}: {line}");
                }
            }
        }
    }
    assert!(report.is_empty(), "longer than {MAX_WIDTH} characters:\n{report}");
}

#[test]
fn mistakes_are_found_only_in_prose() {
    let found = |text: &str| -> Vec<String> {
        slips(text).into_iter().map(|(place, _)| text[place].to_owned()).collect()
    };
    assert_eq!(found(&prose("The look-up is told, lest it fail.")), ["look-up", "told", "lest"]);
    assert_eq!(found(&prose("`5x` is no duration.")), ["X is no duration"]);
    assert_eq!(found("No answer came within its time."), ["came"]);
    assert_eq!(prose_slips("No answer came.").len(), 2);
    assert_eq!(sentences("answers\nno answer\n"), "no answer\n");
    let fine = "There is no image. It is no longer there, and cannot be told apart. `look-up`";
    assert!(found(&prose(fine)).is_empty());
    assert!(found(&prose("Fine.\n```\ntold\n```\n")).is_empty());
    let code = "/// Told.\nlet told = 'b'; // anew\nfail(\"a \\\"cure\\\" of `lest`\");\nlet c = '\"'; beside();";
    let (comments, literals) = comments_and_literals(code);
    assert_eq!(
        (found(&comments), found(&literals)),
        (vec!["Told".into(), "anew".into()], vec!["cure".into()])
    );
}
