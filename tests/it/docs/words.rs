//! The words of CONTRIBUTING.md: the most common slips stay out of what users and contributors
//! read.

use std::{fmt::Write, ops::Range, sync::LazyLock};

use regex::Regex;

use super::{files, links::PAPERS, read};

/// Words that are wrong in any context, as regular expressions, and what to write instead.
const SLIPS: &[(&str, &str)] = &[
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
    (
        "catalogues?|behaviours?|colou?red|colours?|favours?|honour(s|ed)?|licences?|armoured",
        "US spelling",
    ),
    (
        "(author|initial|normal|optim|organ|real|recogn|sanit|serial|summar)is(e|es|ed|ing|ation)",
        "US spelling",
    ),
];

/// What may follow "is no" in plain English, as in "is no longer".
const AFTER_IS_NO: [&str; 6] = ["better", "different", "less", "longer", "more", "reason"];

/// Fault rules take "catalogue" too, the word of earlier versions.
const EXEMPT: &str = "src/mock/fault/effect.rs";

/// Any of the slips.
static SLIP: LazyLock<Regex> = LazyLock::new(|| {
    let slips: Vec<_> = SLIPS.iter().map(|(slip, _)| format!("(?:{slip})")).collect();
    Regex::new(&format!(r"(?i-u)\b(?:{})\b", slips.join("|"))).unwrap()
});

/// "X is no Y", with X and Y.
static IS_NO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([A-Za-z]+)[^A-Za-z]+(?:is|are) no ([A-Za-z]+)").unwrap());

/// Where the slips of a text are, and what to write instead.
fn slips(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    for word in SLIP.find_iter(text) {
        let is_it =
            |slip: &str| Regex::new(&format!("^(?i-u:{slip})$")).unwrap().is_match(word.as_str());
        let (_, instead) = SLIPS.iter().find(|(slip, _)| is_it(slip)).unwrap();
        if !text[word.end()..].starts_with(" apart") {
            found.push((word.range(), *instead));
        }
    }
    for words in IS_NO.captures_iter(text) {
        let there = ["here", "there", "where"].contains(&&*words[1].to_lowercase());
        if !there && !AFTER_IS_NO.contains(&&words[2]) {
            found.push((words.get(0).unwrap().range(), "is not a valid X, must be a valid X"));
        }
    }
    found
}

/// A page without its code spans, and CONTRIBUTING.md without its glossary.
fn prose(page: &str) -> String {
    let (before, rest) = page.split_once("\n## Words\n").unwrap_or((page, ""));
    let after = rest.split_once("\n## ").map_or("", |(_, after)| after);
    format!("{before}\n{after}")
        .lines()
        .map(|line| line.split('`').step_by(2).collect::<Vec<_>>().join("X") + "\n")
        .collect()
}

/// The comments and the string literals of Rust code, without code spans. Test modules are left
/// out.
fn comments_and_literals(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut text = String::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (_, here) = rest.split_at(at);
        if let Some(comment) = here.strip_prefix("//") {
            let (line, after) = comment.split_once('\n').unwrap_or((comment, ""));
            text.push_str(&prose(line.trim_start_matches(['/', '!'])));
            rest = after;
        } else if let Some(literal) = here.strip_prefix('"') {
            let end = end_of_literal(literal);
            text.push_str(&prose(&literal[..end].replace("\\n", "\n").replace("\\\n", "")));
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
    text
}

/// The comments of Rust code that have lines of their own, without code spans.
fn comments(source: &str) -> String {
    let lines = source.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
    prose(&lines.map(|line| line.trim_start_matches(['/', '!'])).collect::<Vec<_>>().join("\n"))
}

/// Where the literal ends whose opening quote stands before `text`.
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

/// Every text that is held to the words: its path, and what is read of it.
fn texts() -> Vec<(String, String)> {
    let pages = PAPERS.iter().map(|path| (*path).to_owned()).chain(files("docs"));
    let is_text = |path: &String| path.ends_with(".md") || path.ends_with(".json");
    let pages = pages.filter(|path| is_text(path) && !path.contains("zh-CN"));
    let plain = ["templates", "examples"].iter().flat_map(|folder| files(folder));
    let sources = files("src");
    let helps = sources.iter().filter(|path| path.ends_with(".txt")).cloned();
    let mut texts: Vec<_> =
        pages.chain(plain).chain(helps).map(|path| (prose(&read(&path)), path)).collect();
    let code = sources.iter().filter(|path| path.ends_with(".rs") && !path.contains("tests"));
    texts.extend(code.map(|path| (comments_and_literals(&read(path)), path.clone())));
    // Of tests, the comments: their names and literals quote what they test.
    let tests = files("tests").into_iter().chain(sources).filter(|path| {
        path.ends_with(".rs") && path.contains("tests") && !path.ends_with("docs/words.rs")
    });
    texts.extend(tests.map(|path| (comments(&read(&path)), path)));
    texts.into_iter().map(|(text, path)| (path, text)).collect()
}

#[test]
fn common_mistakes_are_not_used() {
    let mut report = String::new();
    for (path, text) in texts().into_iter().filter(|(path, _)| path != EXEMPT) {
        for (place, instead) in slips(&text) {
            let line = text[..place.start].matches('\n').count();
            let line = text.lines().nth(line).unwrap_or_default().trim();
            let _ = writeln!(report, "{path}: {:?}, better: {instead}: {line}", &text[place]);
        }
    }
    assert!(report.is_empty(), "see \"Words\" in CONTRIBUTING.md\n{report}");
}

#[test]
fn mistakes_are_found_only_in_prose() {
    let found = |text: &str| -> Vec<String> {
        slips(text).into_iter().map(|(place, _)| text[place].to_owned()).collect()
    };
    assert_eq!(found(&prose("The look-up is told, lest it fail.")), ["look-up", "told", "lest"]);
    assert_eq!(found(&prose("`5x` is no duration.")), ["X is no duration"]);
    let fine = "There is no image. It is no longer there, and cannot be told apart. `look-up`";
    assert!(found(&prose(fine)).is_empty());
    let code = "/// Told.\nlet told = 'b'; // anew\nfail(\"a \\\"cure\\\" of `lest`\");\nlet c = '\"'; beside();";
    assert_eq!(found(&comments_and_literals(code)), ["Told", "anew", "cure"]);
}
