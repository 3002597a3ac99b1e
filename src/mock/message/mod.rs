//! Messages: requests as received, and responses and errors before they are serialized.
//!
//! Actions know neither HTTP nor the format that a client wants: they read a [`Request`] and return
//! JSON or a [`Refusal`], which becomes JSON or XML here, as the service writes it.

mod parameters;
mod refusal;
mod request;

use bytes::Bytes;
use hyper::header::ACCEPT;
use serde_json::{Value, json};

pub use parameters::Parameters;
pub(crate) use refusal::Refusal;
pub(crate) use request::{
    Connection, OF_EVERY_CALL, Page, Request, Scheme, is_numbered, is_of_every_call,
};

/// A response, ready to be sent.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    /// The content type of this name; JSON's for one that the mock never returns.
    pub(crate) fn known_content_type(name: &str) -> &'static str {
        ["text/html", "text/plain;charset=utf-8", Format::Xml.content_type()]
            .into_iter()
            .find(|known| *known == name)
            .unwrap_or_else(|| Format::Json.content_type())
    }

    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, Format::Json.content_type(), body)
    }

    pub(crate) fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/plain;charset=utf-8", body)
    }
}

/// The format of a response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    /// The format that a request selects with `Format` or, if it is absent, `Accept`. Without either, it is XML for
    /// RPC 1.0, as documented, and JSON for ACS3.
    pub(crate) fn of(request: &Request) -> Self {
        match request.parameter("Format") {
            Some(format) if format.eq_ignore_ascii_case("json") => return Self::Json,
            Some(_) => return Self::Xml,
            None => {}
        }
        let accept = request.header(ACCEPT).unwrap_or_default();
        match (accept.contains("json"), accept.contains("xml"), request.scheme) {
            (true, ..) => Self::Json,
            (false, true, _) | (_, _, Scheme::Rpc1) => Self::Xml,
            (_, _, Scheme::Acs3) => Self::Json,
        }
    }

    /// The new Python SDK reads XML only under exactly this type.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json;charset=utf-8",
            Self::Xml => "text/xml;charset=utf-8",
        }
    }

    /// A response of an action.
    pub(crate) fn success(self, action: &str, json: String) -> Reply {
        match self {
            Self::Json => Reply::json(200, json),
            Self::Xml => {
                let body = xml_from_json(&format!("{action}Response"), &json);
                Reply::new(200, self.content_type(), body)
            }
        }
    }

    /// An error.
    pub(crate) fn refusal(self, refusal: &Refusal, request_id: &str, host: &str) -> Reply {
        let code = &refusal.code;
        let recommend = format!(
            "https://api.aliyun.com/troubleshoot?q={code}&product=Ecs&requestId={request_id}"
        );
        let body = json!({
            "Code": code, "HostId": host, "Message": refusal.message, "Recommend": recommend,
            "RequestId": request_id,
        });
        let body = match self {
            Self::Json => body.to_string(),
            Self::Xml => xml_from_json("Error", &body.to_string()),
        };
        Reply::new(refusal.status, self.content_type(), body)
    }
}

/// The same content under this root element.
pub(crate) fn xml_from_json(root: &str, json: &str) -> String {
    let value = serde_json::from_str(json).unwrap_or(Value::Null);
    let mut xml = String::with_capacity(json.len() * 3 / 2);
    xml.push_str("<?xml version='1.0' encoding='UTF-8'?>");
    append(root, &value, &mut xml);
    xml
}

fn append(name: &str, value: &Value, xml: &mut String) {
    if let Value::Array(items) = value {
        for item in items {
            append(name, item, xml);
        }
        return;
    }
    let name = Element(name);
    name.open(xml);
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                append(name, value, xml);
            }
        }
        Value::String(text) => append_text(text, xml),
        Value::Null | Value::Array(_) => {}
        Value::Bool(_) | Value::Number(_) => xml.push_str(&value.to_string()),
    }
    name.close(xml);
}

/// The name of an element; what XML does not allow in one becomes `_`.
struct Element<'a>(&'a str);

impl Element<'_> {
    fn open(&self, xml: &mut String) {
        xml.push('<');
        self.append(xml);
        xml.push('>');
    }

    fn close(&self, xml: &mut String) {
        xml.push_str("</");
        self.append(xml);
        xml.push('>');
    }

    fn append(&self, xml: &mut String) {
        if !self.0.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            xml.push('_');
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        xml.extend(self.0.chars().map(|c| if allowed(c) { c } else { '_' }));
    }
}

fn append_text(text: &str, xml: &mut String) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\r' => xml.push_str("&#13;"),
            '\t' | '\n' => xml.push(character),
            // XML 1.0 cannot represent these.
            '\0'..=' ' if character != ' ' => xml.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            _ => xml.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_repeat_their_element_and_text_is_escaped() {
        let json = r#"{"Images": {"Image": [{"A": "<&>\u0001"}, {"A": 1.50, "B": true}]}, "Tags": {"Tag": []}, "N": null}"#;
        let xml = xml_from_json("R", json);
        let (_, body) = xml.split_once("?>").unwrap();
        assert_eq!(
            body,
            "<R><Images><Image><A>&lt;&amp;&gt;\u{fffd}</A></Image><Image><A>1.50</A><B>true</B></Image></Images><N></N><Tags></Tags></R>"
        );
    }
}
