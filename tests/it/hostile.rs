//! Hostile input: no parser panics, hangs or uses unbounded memory for any input.
//!
//! The examples of `tests/data/hostile` are mutated in the same way in every run. `HOSTILE_SECONDS`
//! sets how long each parser is tested; without it, each parser gets [`INPUTS`] inputs. The fuzz
//! targets in `fuzz/` search for inputs with coverage feedback; their findings are added to the
//! examples.

#[path = "../hostile/mod.rs"]
mod parsers;

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use parsers::PARSERS;

/// How many inputs each parser gets if no time is set.
const INPUTS: u64 = 200;

/// How long one input may take; generous, for a busy machine and a build without optimization.
const BOUND: Duration = Duration::from_secs(10);

/// The size of the longest mutated input, in bytes.
const LONGEST: usize = 16 << 10;

/// A pseudorandom number generator with the same sequence in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// Parts that are often problematic: line ends, brackets, extreme numbers, incomplete characters.
const PIECES: &[&[u8]] = &[
    b"",
    b"\0",
    b"\xff",
    b"\x7f",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    "\u{feff}".as_bytes(),
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b"<",
    b">",
    b"\"",
    b"'",
    b"\\",
    b",",
    b":",
    b"=",
    b"&",
    b"%",
    b"%zz",
    b"\n",
    b"\r\n",
    b"|",
    b"*",
    b"{1000}",
    b"(?i)",
    b"\\p{Han}",
    b"[^a-",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"-1",
    b"0",
    b"1e999999999",
    b"18446744073709551616",
    b"-9223372036854775808",
    b"2026-02-30T25:61:00Z",
    b"9999-12-31T23:59:59Z",
    b"<![CDATA[",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"&amp;",
    b"&#x110000;",
    b"-----BEGIN CERTIFICATE-----",
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xc9\xff\xff\xff\xff\x0c",
    b"\xd4\0\0",
    b"\xc7\x05\x0c\x82\x01\xc2\x02\xa0",
    b"\xcb\x7f\xf0\0\0\0\0\0\0",
    b"\x92\xc4\x08\"number\"",
];

/// A changed copy of one example, with parts of another.
fn mutate(examples: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = dice.of(examples).clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(30)).min(bytes.len());
        match dice.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
            2 => drop(bytes.drain(at..end)),
            3 => {
                let copy = bytes[at..end].repeat(1 + dice.below(20));
                bytes.splice(at..at, copy);
            }
            4 => {
                let other = dice.of(examples);
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(60)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            5 if dice.below(4) == 0 => bytes.truncate(at),
            _ => drop(bytes.splice(at..at, dice.of(PIECES).iter().copied())),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

/// The examples of a parser, in a fixed order.
fn examples(parser: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hostile").join(parser);
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Tests one input, and reports it if the parser fails.
fn attempt(name: &str, parse: fn(&[u8]), bytes: &[u8]) {
    let begun = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| parse(bytes)));
    let shown = || bytes[..bytes.len().min(2000)].escape_ascii();
    assert!(ended.is_ok(), "{name} panics on {}", shown());
    assert!(begun.elapsed() < BOUND, "{name} takes {:?} for {}", begun.elapsed(), shown());
}

fn try_mutations(parser: &str) {
    let (name, parse) = *PARSERS.iter().find(|(name, _)| *name == parser).unwrap();
    let examples = examples(name);
    assert!(examples.len() > 1, "{name} has too few examples");
    examples.iter().for_each(|example| attempt(name, parse, example));

    let seconds = env::var("HOSTILE_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let (begun, mut inputs, mut dice) = (Instant::now(), 0, Dice(1));
    let goes_on = |inputs| match seconds {
        Some(seconds) => begun.elapsed() < Duration::from_secs(seconds),
        None => inputs < INPUTS,
    };
    while goes_on(inputs) {
        attempt(name, parse, &mutate(&examples, &mut dice));
        inputs += 1;
    }
}

/// Inputs without a bound: deep nesting, huge counts, and text that expands when it is read.
fn try_bombs(parser: &str) {
    let (name, parse) = *PARSERS.iter().find(|(name, _)| *name == parser).unwrap();
    let million = b"[".repeat(1_000_000);
    let bombs = [
        million.clone(),
        [million.clone(), b"]".repeat(1_000_000)].concat(),
        br#"{"a":"#.repeat(100_000),
        [br#"{"profiles":"#, million.as_slice()].concat(),
        [br#"{"Images":{"Image":"#, million.as_slice()].concat(),
        [br#"{"Code":"C","Message":"#, million.as_slice()].concat(),
        [b"4\n", million.as_slice()].concat(),
        [b"4\n<Error>".as_slice(), &b"<Code>".repeat(100_000)].concat(),
        [b"<Endpoints>".as_slice(), &b"<a>".repeat(300_000)].concat(),
        [b"<a>".repeat(100_000), b"</a>".repeat(100_000)].concat(),
        [b"<a".as_slice(), &b" b=\"\"".repeat(100_000)].concat(),
        b"\x91".repeat(1_000_000),
        b"\x81\xa1a".repeat(100_000),
        b"\x92\xc4\x09\"dynamic\"".repeat(50_000),
        [b"\x92\xc4\xff".as_slice(), &br#"["list","#.repeat(30), &b"]".repeat(30)].concat(),
        b"(".repeat(1_000_000),
        [b"(".repeat(900), b")".repeat(900)].concat(),
        b"(((((a{100}){100}){100}){100}){100}".to_vec(),
        b"[a-z".repeat(50_000),
        b"a|".repeat(50_000),
        b"[a]\nb=c\n".repeat(50_000),
        b"a=b&".repeat(50_000),
        b"\"\\".repeat(100_000),
        b"5,".repeat(100_000),
        b"-----BEGIN CERTIFICATE-----\n".repeat(10_000),
    ];
    bombs.iter().for_each(|bomb| attempt(name, parse, bomb));
}

/// One test for each parser, so that they run in parallel and a failure names the parser.
macro_rules! each_parser {
    ($($parser:ident)*) => {
        mod survives_mutations {
            $(#[test]
            fn $parser() {
                super::try_mutations(stringify!($parser));
            })*
        }

        mod survives_what_has_no_end {
            $(#[test]
            fn $parser() {
                super::try_bombs(stringify!($parser));
            })*
        }

        #[test]
        fn every_parser_is_tried() {
            let tried = [$(stringify!($parser)),*];
            assert_eq!(tried.as_slice(), PARSERS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        }
    };
}

each_parser! {
    api_answer client_certificate credential_answer endpoints_xml error_body handshake ini_file
    json_value mock_images mock_query mock_rules msgpack_value profile_file regex
}
