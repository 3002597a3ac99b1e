//! The message `DynamicValue`, which both protocol versions carry values in.

use bytes::Bytes;

use super::{Error, json, msgpack};
use crate::value::{Kind, Value};

/// A value as it travels: in one of two dialects, or absent.
///
/// The two generated messages of this name convert to and from it without a copy.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DynamicValue {
    /// The msgpack dialect; empty if not used.
    pub msgpack: Bytes,
    /// The JSON dialect; empty if not used.
    pub json: Bytes,
}

impl DynamicValue {
    /// Encodes in msgpack, the only dialect that every client understands in an answer.
    ///
    /// # Errors
    ///
    /// If `value` is not of type `kind`.
    pub fn encode(value: &Value, kind: &Kind) -> Result<Self, Error> {
        Ok(Self { msgpack: msgpack::encode(value, kind)?.into(), json: Bytes::new() })
    }

    /// Decodes msgpack if there is any, else JSON; without either the value is null.
    ///
    /// # Errors
    ///
    /// If the bytes are not a value of type `kind`.
    pub fn decode(&self, kind: &Kind) -> Result<Value, Error> {
        if !self.msgpack.is_empty() {
            return msgpack::decode(&self.msgpack, kind);
        }
        if !self.json.is_empty() {
            return json::decode(&self.json, kind);
        }
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn msgpack_is_written_and_either_dialect_is_read() {
        let (one, two) = (Value::from(1), Value::from(2));
        let written = DynamicValue::encode(&one, &Kind::Number).unwrap();
        assert_eq!((&*written.msgpack, &*written.json), (&b"\x01"[..], &b""[..]));
        assert_eq!(written.decode(&Kind::Number), Ok(one.clone()));
        let json = Bytes::from("2");
        let in_json = DynamicValue { json: json.clone(), ..DynamicValue::default() };
        assert_eq!(in_json.decode(&Kind::Number), Ok(two));
        // Where both are there, msgpack counts.
        assert_eq!(DynamicValue { json, ..written }.decode(&Kind::Number), Ok(one));
        assert_eq!(DynamicValue::default().decode(&Kind::Number), Ok(Value::Null));
    }
}
