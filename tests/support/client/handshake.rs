//! The handshake line that a plugin prints.

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rustls::pki_types::CertificateDer;
use serde_json::Value as Json;

use super::Error;

/// The fields of a handshake line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// The protocol version.
    pub protocol: u8,
    /// `unix` or `tcp`.
    pub network: String,
    /// The socket's path, or address and port.
    pub address: String,
    /// The plugin's certificate; `None` without TLS.
    pub certificate: Option<CertificateDer<'static>>,
    /// The seventh field, if there is one.
    pub multiplexing: Option<String>,
}

impl Line {
    /// Reads the assignment of `TF_REATTACH_PROVIDERS` that a plugin prints with `--debug`.
    pub fn reattach(printed: &str) -> Result<Self, Error> {
        let unfit = || Error::from(format!("not a reattach line: {printed:?}"));
        let (_, value) = printed.split_once('{').ok_or_else(unfit)?;
        let (value, _) = value.rsplit_once('}').ok_or_else(unfit)?;
        let providers: Json = serde_json::from_str(&format!("{{{value}}}"))?;
        let plugin = providers.as_object().and_then(|all| all.values().next()).ok_or_else(unfit)?;
        let text = |pointer| {
            plugin.pointer(pointer).and_then(Json::as_str).map(str::to_owned).ok_or_else(unfit)
        };
        let protocol = plugin.pointer("/ProtocolVersion").and_then(Json::as_u64);
        Ok(Self {
            protocol: protocol.ok_or_else(unfit)?.try_into()?,
            network: text("/Addr/Network")?,
            address: text("/Addr/String")?,
            certificate: None,
            multiplexing: None,
        })
    }
}

impl FromStr for Line {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fields: Vec<&str> = text.trim_end_matches('\n').split('|').collect();
        let [core, protocol, network, address, transport, certificate, rest @ ..] =
            fields.as_slice()
        else {
            return Err(format!("not a handshake line: {text:?}").into());
        };
        if (*core, *transport) != ("1", "grpc") || rest.len() > 1 {
            return Err(format!("not a handshake line that is understood: {text:?}").into());
        }
        let certificate = match *certificate {
            "" => None,
            encoded => Some(STANDARD_NO_PAD.decode(encoded)?.into()),
        };
        Ok(Self {
            protocol: protocol.parse()?,
            network: (*network).to_owned(),
            address: (*address).to_owned(),
            certificate,
            multiplexing: rest.first().map(|field| (*field).to_owned()),
        })
    }
}
