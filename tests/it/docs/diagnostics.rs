//! The rows of the guide that are written by hand against the code.
//!
//! Summaries are found in the source by the places that make diagnostics: `Diagnostic::error` and
//! `Diagnostic::warning`, a `Diagnostic { summary: … }`, and the methods `error` and `warn` with an
//! argument, a summary and a detail. A summary is a literal there, a variable of the same file made
//! of literals, or a constant. Files named `summary.rs` hold nothing but summaries of errors.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{files, read};

/// Files that hand a summary on, which they get from elsewhere.
const FORWARDERS: &[&str] = &["src/access/failure/mod.rs"];

/// The modules that speak to the user.
const SPEAKERS: [&str; 3] = ["src/access", "src/plugin", "src/provider"];

const GUIDE: &str = "templates/guides/diagnostics.md.tmpl";

/// A summary in the source.
#[derive(Debug, Eq, PartialEq)]
struct Summary {
    /// `None` where the code does not name it.
    severity: Option<&'static str>,
    text: String,
}

/// A source file, and the constants of all.
struct Source<'a> {
    tokens: &'a [TokenTree],
    constants: &'a BTreeMap<String, String>,
}

/// The summaries in one source file. `Err` holds the expression that is no text.
fn summaries(source: &Source<'_>) -> Result<Vec<Summary>, String> {
    let mut found = Vec::new();
    collect(source.tokens, source, &mut found)?;
    Ok(found)
}

fn inside(group: &proc_macro2::Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

fn without_tests(source: TokenStream) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in source {
        let is_test_module =
            matches!(&token, TokenTree::Group(_)) && text(&kept).ends_with("mod tests");
        if !is_test_module {
            kept.push(token);
        }
    }
    kept
}

fn collect(
    tokens: &[TokenTree],
    source: &Source<'_>,
    found: &mut Vec<Summary>,
) -> Result<(), String> {
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let inner = inside(group);
        collect(&inner, source, found)?;
        let before = text(&tokens[at.saturating_sub(4)..at]);
        let call = group.delimiter() == Delimiter::Parenthesis;
        let (severity, summary) = if call
            && (before.ends_with("Diagnostic :: error") || before.ends_with("Self :: error"))
        {
            (Some("Error"), argument(&inner, 0))
        } else if call && before.ends_with("Diagnostic :: warning") {
            (Some("Warning"), argument(&inner, 0))
        } else if call && before.ends_with("Diagnostic :: new") {
            (None, argument(&inner, 1))
        } else if call && before.ends_with(". error") && argument(&inner, 2).is_some() {
            (Some("Error"), argument(&inner, 1))
        } else if call && before.ends_with(". warn") && argument(&inner, 2).is_some() {
            (Some("Warning"), argument(&inner, 1))
        } else if group.delimiter() == Delimiter::Brace && before.ends_with("Diagnostic") {
            (None, field(&inner, "summary"))
        } else {
            continue;
        };
        let Some(summary) = summary else { continue };
        let texts = resolved(summary, source)?.into_iter();
        found.extend(texts.map(|text| Summary { severity, text: with_gaps(&text) }));
    }
    Ok(())
}

/// The texts that an expression can be: its literals, or those of what it names.
fn resolved(expression: &[TokenTree], source: &Source<'_>) -> Result<Vec<String>, String> {
    let direct = literals(expression);
    if !direct.is_empty() {
        return Ok(direct);
    }
    let names = expression.iter().filter(|token| matches!(token, TokenTree::Ident(_)));
    let found = names.map(ToString::to_string).find_map(|name| {
        let constant = source.constants.get(&name).map(|text| vec![text.clone()]);
        constant.or_else(|| assigned(&name, source.tokens)).filter(|texts| !texts.is_empty())
    });
    found.ok_or_else(|| text(expression))
}

/// The literals that `let name = …;` holds, at any depth.
fn assigned(name: &str, tokens: &[TokenTree]) -> Option<Vec<String>> {
    let here = tokens
        .windows(2)
        .position(|pair| pair[0].to_string() == "let" && pair[1].to_string() == name);
    if let Some(at) = here {
        let statement = tokens[at..].split(|token| token.to_string() == ";").next()?;
        return Some(literals(statement));
    }
    tokens.iter().find_map(|token| match token {
        TokenTree::Group(group) => assigned(name, &inside(group)),
        _ => None,
    })
}

/// Every `const NAME: &str = "…";`, at any depth.
fn constants(tokens: &[TokenTree]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for statement in tokens.split(|token| token.to_string() == ";") {
        let words = text(statement);
        if let Some((_, rest)) = words.split_once("const ")
            && let Some((name, "& str")) =
                rest.split_once(" = ").and_then(|(left, _)| left.split_once(" : "))
            && let [literal] = &*literals(
                statement.rsplit(|token| token.to_string() == "=").next().unwrap_or_default(),
            )
        {
            found.insert(name.to_owned(), literal.clone());
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            found.extend(constants(&inside(group)));
        }
    }
    found
}

fn literals(tokens: &[TokenTree]) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                found.extend(literals(&inside(group)));
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                found.extend(
                    text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).map(str::to_owned),
                );
            }
            _ => {}
        }
    }
    found
}

fn argument(tokens: &[TokenTree], index: usize) -> Option<&[TokenTree]> {
    let arguments = tokens.split(|token| token.to_string() == ",");
    arguments.filter(|argument| !argument.is_empty()).nth(index)
}

/// The value of a field; its name where it stands alone.
fn field<'a>(tokens: &'a [TokenTree], name: &str) -> Option<&'a [TokenTree]> {
    let mut fields = tokens.split(|token| token.to_string() == ",");
    let field =
        fields.find(|field| field.first().is_some_and(|first| first.to_string() == name))?;
    Some(field.get(1..).filter(|value| !value.is_empty()).unwrap_or(field))
}

fn text(tokens: &[TokenTree]) -> String {
    tokens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ").replace(": :", "::")
}

/// `{…}` of a format string becomes `…`, as the guide writes it.
fn with_gaps(literal: &str) -> String {
    let mut parts = literal.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "…" + part.split_once('}').map_or(part, |(_, rest)| rest))
}

/// The summaries in the source, each with its severity.
fn in_the_code() -> BTreeSet<(String, String)> {
    let is_code = |file: &String| file.ends_with(".rs") && !file.ends_with("tests.rs");
    let sources: Vec<(String, Vec<TokenTree>)> = SPEAKERS
        .iter()
        .flat_map(|path| if path.ends_with(".rs") { vec![(*path).to_owned()] } else { files(path) })
        .filter(is_code)
        .map(|file| {
            let tokens = without_tests(read(&file).parse().unwrap());
            (file, tokens)
        })
        .collect();
    let all: BTreeMap<_, _> = sources.iter().flat_map(|(_, tokens)| constants(tokens)).collect();
    let mut found = BTreeSet::new();
    for (file, tokens) in &sources {
        if file.ends_with("/summary.rs") {
            found.extend(constants(tokens).into_values().map(|text| (text, "Error".to_owned())));
        }
        if FORWARDERS.contains(&&**file) {
            continue;
        }
        let summaries = summaries(&Source { tokens, constants: &all })
            .unwrap_or_else(|summary| panic!("{file}: the summary {summary:?} is no literal"));
        found.extend(summaries.into_iter().map(|Summary { severity, text }| {
            (text, severity.unwrap_or("Error or warning").to_owned())
        }));
    }
    found
}

/// The rows of the guide: summary, severity, cause, cure.
fn in_the_guide() -> Vec<[String; 4]> {
    let guide = read(GUIDE);
    let rows =
        guide.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Summary"));
    rows.map(|row| {
        let cells: Vec<String> =
            row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        cells.try_into().unwrap_or_else(|cells| panic!("four cells wanted: {cells:?}"))
    })
    .collect()
}

#[test]
fn the_guide_has_every_diagnostic_of_the_code_and_no_other() {
    let code = in_the_code();
    let rows = in_the_guide();
    let guide: BTreeSet<_> =
        rows.iter().map(|[summary, severity, ..]| (summary.clone(), severity.clone())).collect();
    assert_eq!(guide.len(), rows.len(), "a diagnostic has two rows");
    let missing: Vec<_> = code.difference(&guide).collect();
    let outdated: Vec<_> = guide.difference(&code).collect();
    assert!(
        missing.is_empty() && outdated.is_empty(),
        "missing: {missing:#?}, outdated: {outdated:#?}"
    );
    for [summary, _, cause, cure] in rows {
        assert!(!cause.is_empty() && !cure.is_empty(), "{summary}");
    }
}

#[test]
fn summaries_are_short() {
    for (summary, _) in in_the_code() {
        assert!(summary.split_whitespace().count() <= 8, "{summary}");
        assert!(!summary.ends_with('.'), "{summary}");
    }
}

#[test]
fn summaries_are_found_in_every_form() {
    let source = r#"
        const LOST: &str = "Lost";
        fn f() {
            Diagnostic::error("Plain", detail);
            Diagnostic::warning(format!("Unknown {x}, {}", y), "detail").at(path);
            block.error("argument", "By method", format!("a {b}"));
            log.error("one");
            let summary = if a { "Left" } else { "Right" };
            Diagnostic { severity, summary: summary.into(), detail: "no".into() };
            Diagnostic::error(LOST, "detail");
        }
        mod tests { fn g() { Diagnostic::error("In a test", ""); } }
    "#;
    let expected = [
        (Some("Error"), "Plain"),
        (Some("Warning"), "Unknown …, …"),
        (Some("Error"), "By method"),
        (None, "Left"),
        (None, "Right"),
        (Some("Error"), "Lost"),
    ];
    let expected =
        expected.map(|(severity, text)| Summary { severity, text: text.to_owned() }).into();
    let found = |source: &str| {
        let tokens = without_tests(source.parse().unwrap());
        summaries(&Source { tokens: &tokens, constants: &constants(&tokens) })
    };
    assert_eq!(found(source), Ok(expected));
    assert_eq!(found("fn f() { Diagnostic::error(given, d); }"), Err("given".to_owned()));
}
