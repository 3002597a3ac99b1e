//! The bodies of the latest answers, for those who look at a call in detail.

use std::collections::VecDeque;

use bytes::Bytes;

/// How many bytes of answers are kept.
const CAPACITY: usize = 16 << 20;

/// Members of an answer that never leave the journal in clear.
const SECRET_MEMBERS: &[&str] = &["AccessKeySecret", "PrivateKeyBody", "SecurityToken"];

/// The latest bodies, oldest first, each with the number of its entry.
#[derive(Default)]
pub(super) struct Answers {
    kept: VecDeque<(u64, Bytes)>,
    size: usize,
}

impl Answers {
    pub(super) fn push(&mut self, number: u64, body: Bytes) {
        self.size += body.len();
        self.kept.push_back((number, body));
        while self.size > CAPACITY {
            let Some((_, oldest)) = self.kept.pop_front() else { break };
            self.size -= oldest.len();
        }
    }

    /// Forgets the answers to entries before this one.
    pub(super) fn forget_before(&mut self, number: u64) {
        while let Some((_, body)) = self.kept.pop_front_if(|(known, _)| *known < number) {
            self.size -= body.len();
        }
    }

    /// The body of an answer as text, without secrets; `None` if it is no longer kept.
    pub(super) fn text(&self, number: u64) -> Option<String> {
        let at = self.kept.binary_search_by_key(&number, |(known, _)| *known).ok()?;
        let (_, body) = self.kept.get(at)?;
        let mut text = String::from_utf8_lossy(body).into_owned();
        for name in SECRET_MEMBERS {
            text = without_member(&text, name);
        }
        Some(text)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Masks the values of a member in a JSON or XML text.
fn without_member(text: &str, name: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, found) = rest.split_at(at + name.len());
        masked.push_str(before);
        let value = value_of(before.as_bytes().get(at.wrapping_sub(1)).copied(), found);
        rest = match value {
            Some((lead, value)) => {
                masked.push_str(found.get(..lead).unwrap_or_default());
                masked.push_str("***");
                found.get(lead + value..).unwrap_or_default()
            }
            None => found,
        };
    }
    masked.push_str(rest);
    masked
}

/// Where the value of a member begins after its name, and how long it is. `before` is the byte in
/// front of the name.
fn value_of(before: Option<u8>, after: &str) -> Option<(usize, usize)> {
    match before? {
        b'"' => {
            let value = after.strip_prefix('"')?.trim_start().strip_prefix(':')?.trim_start();
            let value = value.strip_prefix('"')?;
            let mut escaped = false;
            let end = value.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            Some((after.len() - value.len(), end.unwrap_or(value.len())))
        }
        b'<' => {
            let value = after.strip_prefix('>')?;
            Some((1, value.find('<').unwrap_or(value.len())))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_answers_are_masked_in_json_and_xml() {
        for (answer, shown) in [
            (r#"{"AccessKeySecret":"a\"b","X":"c"}"#, r#"{"AccessKeySecret":"***","X":"c"}"#),
            ("{\"SecurityToken\" :\n \"abc\"}", "{\"SecurityToken\" :\n \"***\"}"),
            (r#"{"SecurityToken":"cut sho"#, r#"{"SecurityToken":"***"#),
            ("<SecurityToken>abc</SecurityToken>", "<SecurityToken>***</SecurityToken>"),
            ("<SecurityToken>cut sho", "<SecurityToken>***"),
            ("no SecurityToken, \"SecurityToken\": 1", "no SecurityToken, \"SecurityToken\": 1"),
        ] {
            let mut answers = Answers::default();
            answers.push(7, Bytes::from_static(answer.as_bytes()));
            assert_eq!(answers.text(7).unwrap(), shown);
            assert_eq!(answers.text(8), None);
        }
    }

    #[test]
    fn only_so_many_bytes_of_answers_are_kept() {
        let mut answers = Answers::default();
        for number in 0..5 {
            answers.push(number, Bytes::from(vec![b'x'; CAPACITY / 4]));
        }
        assert_eq!((answers.text(0), answers.size), (None, CAPACITY));
        assert!(answers.text(1).is_some());
        answers.forget_before(3);
        assert_eq!((answers.text(2), answers.size), (None, CAPACITY / 2));
    }
}
