//! Answers of the API: one JSON text each, sent as JSON or turned into XML.

use bytes::Bytes;
use serde_json::json;

use super::{Refusal, Request, Scheme, xml};

/// An answer, ready to be sent.
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

    /// The content type of this name; those that the mock does not answer become JSON's.
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

/// The format of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    /// The format that a request selects: `Format`, then `Accept`; without either XML for RPC 1.0, as
    /// documented, and JSON for ACS3.
    pub(crate) fn of(request: &Request) -> Self {
        match request.parameter("Format") {
            Some(format) if format.eq_ignore_ascii_case("json") => return Self::Json,
            Some(_) => return Self::Xml,
            None => {}
        }
        let accept = request.header("accept").unwrap_or_default();
        match (accept.contains("json"), accept.contains("xml"), request.scheme()) {
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

    /// An answer of an action.
    pub(crate) fn success(self, action: &str, json: String) -> Reply {
        match self {
            Self::Json => Reply::json(200, json),
            Self::Xml => {
                let body = xml::from_json(&format!("{action}Response"), &json);
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
            Self::Xml => xml::from_json("Error", &body.to_string()),
        };
        Reply::new(refusal.status, self.content_type(), body)
    }
}
