//! What the journal keeps of a request and its response, without secrets, and the filter for entries.

use std::collections::VecDeque;

use bytes::Bytes;
use serde::Serialize;

use crate::mock::message::Parameters;

/// One request and its response. It holds no secret: signatures, tokens and passwords are masked.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Entry {
    /// The number of the request, from 1.
    pub number: u64,
    /// When it arrived, by the mock's clock: `yyyy-MM-ddTHH:mm:ssZ`.
    pub time: String,
    /// The request ID of the response.
    pub request_id: String,
    /// The number of its connection, from 1.
    pub connection: u64,
    /// `1.1` or `2`.
    pub http: &'static str,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The action; for the metadata service `Metadata`, for the credentials URI `CredentialsUri`.
    pub action: String,
    /// `RegionId`, or the parameter that names the region in this action.
    pub region: String,
    /// The name of the account that signed; empty if authentication failed.
    pub account: String,
    /// The access key that the request named.
    pub access_key: String,
    /// `RPC-1.0`, `ACS3-HMAC-SHA256`, or empty for unsigned requests.
    pub signature: &'static str,
    /// The parameters in the order in which they were received, with secrets masked.
    pub parameters: Parameters,
    /// The header `User-Agent`.
    pub user_agent: String,
    /// The HTTP status of the response.
    pub status: u16,
    /// The error code of the response; empty for success.
    pub code: String,
    /// The size of the body of the response, in bytes.
    pub bytes: u64,
    /// How long `--latency` and rules delayed the response, in milliseconds.
    pub delay_ms: u64,
    /// The steps of fault rules that were applied.
    pub faults: Vec<String>,
    /// Remarks on the request, such as parameters that the action does not have.
    pub notes: Vec<String>,
    /// How a wrong signature differs from the right one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Box<Difference>>,
}

impl Entry {
    /// The first parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name)
    }

    /// How many bytes of memory it takes.
    pub(super) fn memory(&self) -> usize {
        /// The overhead of an allocation.
        const ALLOCATION: usize = 16;
        let text = |text: &String| text.capacity() + ALLOCATION;
        let list = |list: &Vec<String>| list.iter().map(|t| text(t) + size_of::<String>()).sum();
        let difference = self.difference.as_ref().map_or(0, |difference| {
            size_of::<Difference>()
                + text(&difference.reason)
                + text(&difference.expected)
                + text(&difference.signed_text)
                + difference.received.as_ref().map_or(0, text)
        });
        let texts = [
            &self.time,
            &self.request_id,
            &self.method,
            &self.path,
            &self.action,
            &self.region,
            &self.account,
            &self.access_key,
            &self.user_agent,
            &self.code,
        ];
        let lists: [usize; 2] = [list(&self.faults), list(&self.notes)];
        size_of::<Self>()
            + texts.into_iter().map(text).sum::<usize>()
            + (self.parameters.memory() + 2 * ALLOCATION)
            + lists.iter().sum::<usize>()
            + difference
    }
}

/// How a wrong signature differs from the right one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The first stage that differs.
    pub stage: Stage,
    /// The client's probable mistake.
    pub reason: String,
    /// The text of the stage as the mock computed it; a signature is masked.
    pub expected: String,
    /// The text of the stage as the client has it, if that could be determined; a signature is
    /// masked.
    pub received: Option<String>,
    /// The whole text that the mock signed: the string to sign; for ACS3, the canonical request, an
    /// empty line, and the string to sign.
    pub signed_text: String,
}

/// A stage of signing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Parameters, headers and body in their canonical form.
    CanonicalRequest,
    /// The text that is signed.
    StringToSign,
    /// The signature itself: the key, the hash or the format.
    Signature,
}

/// Selects entries; a condition that is not set matches every entry.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    /// The action.
    pub action: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The account name.
    pub account: Option<String>,
    /// The error code; `""` for successful calls.
    pub code: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The request ID.
    pub request_id: Option<String>,
    /// Only entries with a number above this one.
    pub after: Option<u64>,
}

impl EntryFilter {
    pub(super) fn matches(&self, entry: &Entry) -> bool {
        let text =
            |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|w| w == value);
        text(&self.action, &entry.action)
            && text(&self.region, &entry.region)
            && text(&self.account, &entry.account)
            && text(&self.code, &entry.code)
            && text(&self.request_id, &entry.request_id)
            && self.status.is_none_or(|status| status == entry.status)
            && self.after.is_none_or(|number| entry.number > number)
    }
}

/// Parameters that the journal never contains in plain text.
const SECRET_PARAMETERS: &[&str] = &[
    "BearerToken",
    "OIDCToken",
    "Password",
    "SAMLAssertion",
    "SecurityToken",
    "Signature",
    "UserData",
];

/// The values of the secret parameters among these.
pub(crate) fn secrets<'a>(
    parameters: impl Iterator<Item = (&'a str, &'a str)>,
) -> impl Iterator<Item = &'a str> {
    let secret =
        |(name, value): &(&str, &str)| SECRET_PARAMETERS.contains(name) && !value.is_empty();
    parameters.filter(secret).map(|(_, value)| value)
}

/// Copies parameters without their secrets.
pub(crate) fn mask<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Parameters {
    parameters
        .map(|(name, value)| {
            let secret = SECRET_PARAMETERS.contains(&name) && !value.is_empty();
            (name, if secret { "***" } else { value })
        })
        .collect()
}

/// Copies the names of parameters and masks all values, such as the password in a credentials URI.
pub(crate) fn mask_all<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Parameters {
    parameters.map(|(name, _)| (name, "***")).collect()
}

/// How many bytes of responses are kept.
const CAPACITY: usize = 16 << 20;

/// Members of a response that the journal never returns in plain text.
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

    /// Forgets the responses to entries before this one.
    pub(super) fn forget_before(&mut self, number: u64) {
        while let Some((_, body)) = self.kept.pop_front_if(|(known, _)| *known < number) {
            self.size -= body.len();
        }
    }

    /// The body of a response as text, without secrets; `None` if it is no longer kept.
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
    fn secrets_of_responses_are_masked_in_json_and_xml() {
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
    fn the_kept_bytes_of_responses_are_limited() {
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
