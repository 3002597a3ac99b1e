//! How long an encoded value gets, so that one allocation is enough.

use crate::value::{Kind, Value};

/// The longest marker: one byte and a 32-bit length.
const MARKER: usize = 5;

/// A length in bytes that the encoding of `value` does not exceed.
pub fn upper_bound(value: &Value, kind: &Kind) -> usize {
    match (value, kind) {
        (Value::Null | Value::Bool(_), _) => 1,
        (Value::Number(number), _) if number.as_i64().is_some() => 9,
        (Value::Number(number), _) => MARKER + number.to_string().len().max(4),
        (Value::String(text), _) => MARKER + text.len(),
        (Value::Unknown(None), _) => 3,
        (Value::Unknown(Some(_)), _) => MARKER + 1 + super::unknown::MAX_REFINEMENTS,
        (Value::List(elements), Kind::List(kind)) | (Value::Set(elements), Kind::Set(kind)) => {
            MARKER + elements.iter().map(|element| upper_bound(element, kind)).sum::<usize>()
        }
        (Value::Tuple(elements), Kind::Tuple(kinds)) => {
            let elements = elements.iter().zip(kinds);
            MARKER + elements.map(|(element, kind)| upper_bound(element, kind)).sum::<usize>()
        }
        (Value::Map(elements), Kind::Map(kind)) => {
            let elements = elements.iter();
            let lengths =
                elements.map(|(key, value)| MARKER + key.len() + upper_bound(value, kind));
            MARKER + lengths.sum::<usize>()
        }
        (Value::Object(object), Kind::Object(kinds)) => {
            // An attribute that the value leaves out is written as null.
            let names = kinds.keys().map(|name| MARKER + name.len() + 1).sum::<usize>();
            let values = object.iter().zip(kinds.values());
            MARKER
                + names
                + values.map(|((_, value), kind)| upper_bound(value, kind)).sum::<usize>()
        }
        (Value::Dynamic(typed), _) => {
            let (kind, value) = typed.as_ref();
            1 + MARKER + kind.to_json().to_string().len() + upper_bound(value, kind)
        }
        // Not of the type: encoding will say so.
        _ => 0,
    }
}
