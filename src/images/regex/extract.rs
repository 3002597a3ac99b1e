//! What a pattern finds in a name: its first group, or the whole match.

use regex_automata::meta;

use super::{Error, MAX_COMPILED_SIZE, compiled, parse, piece::Piece};

/// A pattern in Go's syntax that takes a part out of a name.
///
/// ```
/// use terraform_provider_alicloud::images::regex::Extractor;
///
/// let version = Extractor::new("-v?([0-9.]+)$").unwrap();
/// assert_eq!(version.extract("web-v2.10"), Some("2.10"));
/// assert_eq!(version.extract("web"), None);
/// ```
#[derive(Clone, Debug)]
pub struct Extractor {
    regex: meta::Regex,
    /// The group to take; 0 is the whole match.
    group: usize,
}

impl Extractor {
    /// Reads and translates a pattern.
    ///
    /// # Errors
    ///
    /// As [`GoRegex::new`](super::GoRegex::new).
    pub fn new(pattern: &str) -> Result<Self, Error> {
        let (piece, groups) = parse::parse_with_groups(pattern)?;
        let regex = compiled(&piece, compile).ok_or(Error::TooLarge)?;
        Ok(Self { regex, group: groups.min(1) })
    }

    /// The part of `name` that the first group matched, or the whole match if the pattern has no
    /// group. `None` if there is no match, or if the group took no part in it.
    pub fn extract<'t>(&self, name: &'t str) -> Option<&'t str> {
        let mut captures = self.regex.create_captures();
        self.regex.captures(name, &mut captures);
        name.get(captures.get_group(self.group)?.range())
    }
}

fn compile(piece: &Piece) -> Option<meta::Regex> {
    let config = meta::Config::new().nfa_size_limit(Some(MAX_COMPILED_SIZE));
    meta::Builder::new().configure(config).build_from_hir(&piece.hir).ok()
}

#[cfg(test)]
mod tests {
    use super::Extractor;

    #[test]
    fn the_first_group_or_the_whole_match_is_found() {
        for (pattern, name, expected) in [
            ("[0-9.]+", "web-2.10-x", Some("2.10")),
            ("web-(.*)", "web-2.10", Some("2.10")),
            ("(?:web|db)-(.*)", "db-1", Some("1")),
            ("(?P<v>[0-9]+)-(.*)", "1-2", Some("1")),
            ("((a)b)", "ab", Some("ab")),
            ("(a)|(b)", "b", None),
            ("x(a)?", "x", None),
            ("(x)", "y", None),
            ("()y", "y", Some("")),
            ("([\\p{Han}]+)", "a中文", Some("中文")),
        ] {
            let found = Extractor::new(pattern).unwrap();
            assert_eq!(found.extract(name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn repetitions_prefer_as_in_go() {
        for (pattern, expected) in [
            ("(a+)", "aaa"),
            ("(a+?)", "a"),
            ("(?U)(a+)", "a"),
            ("(?U)(a+?)", "aaa"),
            ("(?U:(a+))", "a"),
            ("((?:a+)?)", "aaa"),
            ("((?:a+)??)", ""),
            ("(a{2,3})", "aaa"),
            ("(a|aa)", "a"),
            ("(aa|a)", "aa"),
            ("(?:a(a))*", "a"),
        ] {
            let found = Extractor::new(pattern).unwrap();
            assert_eq!(found.extract("aaa"), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn a_refused_pattern_has_the_reason_of_go() {
        assert!(Extractor::new("a(").is_err());
        assert!(Extractor::new("(?=a)").is_err());
        let deep = format!("{}a{}", "(".repeat(900), ")".repeat(900));
        assert_eq!(Extractor::new(&deep).unwrap().extract("a"), Some("a"));
    }
}
