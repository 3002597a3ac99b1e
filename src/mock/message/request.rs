//! A request as it arrived, with typed access to its parameters: numbers, booleans, numbered lists.

use std::{collections::BTreeMap, net::IpAddr, ops::RangeInclusive};

use bytes::Bytes;
use hyper::{
    HeaderMap, Method,
    header::{AUTHORIZATION, AsHeaderName, CONTENT_TYPE, HOST},
};

use super::{Parameters, Refusal};

/// One request with its whole body.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path, still encoded.
    pub(crate) path: String,
    /// The parameters of the query.
    pub(crate) query: Parameters,
    /// The parameters of a form body.
    pub(crate) form: Parameters,
    pub(crate) headers: HeaderMap,
    /// The signature scheme.
    pub(crate) scheme: Scheme,
    pub(crate) body: Bytes,
    /// The connection that it arrived on.
    pub(crate) connection: Connection,
}

/// The connection that a request arrived on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connection {
    /// The number of the connection at its server, from 1.
    pub(crate) number: u64,
    pub(crate) tls: bool,
    /// Whether it uses HTTP/2 instead of HTTP/1.1.
    pub(crate) http2: bool,
    /// The address of the server's end.
    pub(crate) local: IpAddr,
}

#[cfg(test)]
impl Default for Connection {
    fn default() -> Self {
        Self { number: 1, tls: false, http2: false, local: [127, 0, 0, 1].into() }
    }
}

impl Request {
    pub(crate) fn new(
        method: Method,
        path: &str,
        query: &str,
        headers: HeaderMap,
        body: Bytes,
        connection: Connection,
    ) -> Self {
        let is_form = text(&headers, CONTENT_TYPE)
            .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        let form = match std::str::from_utf8(&body) {
            Ok(text) if is_form => Parameters::decode(text),
            _ => Parameters::default(),
        };
        Self {
            method,
            path: path.to_owned(),
            query: Parameters::decode(query),
            form,
            scheme: Scheme::of(&headers),
            headers,
            body,
            connection,
        }
    }

    /// All parameters, those of the query first.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().chain(self.form.iter())
    }

    /// The first parameter with this name; an empty one counts as absent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let first = self.query.get(name).or_else(|| self.form.get(name));
        first.filter(|value| !value.is_empty())
    }

    pub(crate) fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        text(&self.headers, name)
    }

    pub(crate) fn action(&self) -> Option<&str> {
        self.common("Action", "x-acs-action")
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.common("Version", "x-acs-version")
    }

    /// The access key that the request names; empty if it names none.
    pub(crate) fn access_key(&self) -> &str {
        match self.scheme {
            Scheme::Acs3 => {
                let authorization = self.header(AUTHORIZATION).unwrap_or_default();
                let credential = authorization.split_once("Credential=");
                credential.and_then(|(_, rest)| rest.split(',').next()).unwrap_or_default()
            }
            Scheme::Rpc1 => self.parameter("AccessKeyId").unwrap_or_default(),
        }
    }

    /// A value that RPC 1.0 has in a parameter and ACS3 in a header.
    pub(crate) fn common(&self, parameter: &str, header: &str) -> Option<&str> {
        match self.scheme {
            Scheme::Acs3 => self.header(header).or_else(|| self.parameter(parameter)),
            Scheme::Rpc1 => self.parameter(parameter).or_else(|| self.header(header)),
        }
    }

    pub(crate) fn host(&self) -> &str {
        self.header(HOST).unwrap_or_default()
    }
}

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// How a request is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    /// ACS3-HMAC-SHA256, in headers.
    Acs3,
    /// RPC signature 1.0, HMAC-SHA1, in parameters.
    Rpc1,
}

impl Scheme {
    /// The header `Authorization` decides it: clients send `x-acs-*` headers with RPC signatures too.
    fn of(headers: &HeaderMap) -> Self {
        match text(headers, AUTHORIZATION) {
            Some(value) if value.starts_with("ACS3-") => Self::Acs3,
            _ => Self::Rpc1,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Acs3 => "ACS3-HMAC-SHA256",
            Self::Rpc1 => "RPC-1.0",
        }
    }
}

/// One item of a numbered list: its key and its value.
type Pair<'a> = (Option<&'a str>, Option<&'a str>);

impl Request {
    /// The parameter of this name, which the action requires.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.parameter(name).ok_or_else(|| Refusal::missing_parameter(name))
    }

    /// A whole number within bounds.
    pub(crate) fn integer(
        &self,
        name: &str,
        default: u64,
        bounds: RangeInclusive<u64>,
    ) -> Result<u64, Refusal> {
        let Some(text) = self.parameter(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        number.ok_or_else(|| Refusal::invalid_parameter(name))
    }

    /// A boolean, read without regard to case: the official clients differ.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.parameter(name) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(Refusal::invalid_parameter(name)),
        }
    }

    /// `PageNumber` and `PageSize`, the latter at most 100.
    pub(crate) fn page(&self, default_size: u64) -> Result<Page, Refusal> {
        Ok(Page {
            number: self.integer("PageNumber", 1, 1..=u64::MAX)?,
            size: self.integer("PageSize", default_size, 1..=100)?,
        })
    }

    /// Keys and values of a numbered list, such as `Filter.1.Key` and `Filter.1.Value`.
    pub(crate) fn pairs(&self, list: &str) -> BTreeMap<u32, Pair<'_>> {
        let mut pairs: BTreeMap<_, Pair<'_>> = BTreeMap::new();
        for (name, value) in self.parameters() {
            if let Some((number, is_key)) = pair_of(name, list) {
                let pair = pairs.entry(number).or_default();
                *(if is_key { &mut pair.0 } else { &mut pair.1 }) = Some(value);
            }
        }
        pairs
    }

    /// The tags of a request. Source: ECS API, DescribeImages, `Tag.N.Key` and `Tag.N.Value`.
    pub(crate) fn tags(&self) -> Result<Vec<(String, Option<String>)>, Refusal> {
        /// The longest key and value that any page of the reference allows.
        const LONGEST: usize = 128;
        let pairs = self.pairs("Tag");
        if pairs.len() > 20 || pairs.keys().any(|number| !(1..=20).contains(number)) {
            return Err(Refusal::known("InvalidTagCount"));
        }
        let mut tags = Vec::with_capacity(pairs.len());
        for (number, (key, value)) in pairs {
            let key = key
                .filter(|key| !key.is_empty())
                .ok_or_else(|| Refusal::known("InvalidTag.Mismatch"))?;
            if key.chars().count() > LONGEST {
                return Err(Refusal::invalid_parameter(&format!("Tag.{number}.Key")));
            }
            if value.is_some_and(|value| value.chars().count() > LONGEST) {
                return Err(Refusal::invalid_parameter(&format!("Tag.{number}.Value")));
            }
            tags.push((key.to_owned(), value.map(str::to_owned)));
        }
        Ok(tags)
    }

    /// The values of a numbered list without keys, such as `ResourceId.1`, in the order of their
    /// numbers.
    pub(crate) fn values(&self, list: &str) -> Vec<&str> {
        let mut values: Vec<_> = self
            .parameters()
            .filter_map(|(name, value)| Some((number_of(name, list)?, value)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        values.sort_by_key(|(number, _)| *number);
        values.into_iter().map(|(_, value)| value).collect()
    }
}

/// A page of a list.
pub(crate) struct Page {
    /// From 1.
    pub(crate) number: u64,
    pub(crate) size: u64,
}

impl Page {
    /// The items of a list that are on the page.
    pub(crate) fn of<T>(&self, items: impl IntoIterator<Item = T>) -> Vec<T> {
        let first = usize::try_from((self.number - 1).saturating_mul(self.size));
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        items.into_iter().skip(first.unwrap_or(usize::MAX)).take(size).collect()
    }
}

/// Whether a parameter belongs to a numbered list, whether or not its items have members.
pub(crate) fn is_numbered(name: &str, list: &str) -> bool {
    let rest = name.strip_prefix(list).and_then(|rest| rest.strip_prefix('.'));
    let number = rest.and_then(|rest| rest.split('.').next());
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Reads `Tag.3.Key` as 3 and whether it is the key.
fn pair_of(name: &str, list: &str) -> Option<(u32, bool)> {
    let (number, part) = name.strip_prefix(list)?.strip_prefix('.')?.split_once('.')?;
    let is_key = match part {
        "Key" | "key" => true,
        "Value" | "value" => false,
        _ => return None,
    };
    number.parse().ok().map(|number| (number, is_key))
}

/// Reads `ResourceId.3` as 3.
fn number_of(name: &str, list: &str) -> Option<u32> {
    name.strip_prefix(list)?.strip_prefix('.')?.parse().ok()
}

/// The parameters that name a call or belong to its signature. Every call of RPC 1.0 has them.
pub(crate) const OF_EVERY_CALL: &[&str] = &[
    "AccessKeyId",
    "Action",
    "SecurityToken",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

/// Whether a parameter is one of [`OF_EVERY_CALL`].
pub(crate) fn is_of_every_call(name: &str) -> bool {
    OF_EVERY_CALL.contains(&name)
}
