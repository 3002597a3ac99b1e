//! How long an encoded value gets, so that one allocation is enough.

use crate::value::{Kind, Value};

/// A text of this length with its marker.
fn text(length: usize) -> usize {
    length
        + if length < 32 {
            1
        } else if length < 1 << 8 {
            2
        } else {
            collection(length)
        }
}

/// The marker of a collection of this length.
fn collection(length: usize) -> usize {
    if length < 16 {
        1
    } else if length < 1 << 16 {
        3
    } else {
        5
    }
}

/// A length in bytes that the encoding of `value` does not exceed.
pub fn upper_bound(value: &Value, kind: &Kind) -> usize {
    match (value, kind) {
        (Value::Null | Value::Bool(_), _) => 1,
        (Value::Number(number), _) if number.as_i64().is_some() => 9,
        (Value::Number(number), _) => text(number.to_string().len()).max(9),
        (Value::String(string), _) => text(string.len()),
        (Value::Unknown(None), _) => 3,
        (Value::Unknown(Some(_)), _) => 4 + super::unknown::MAX_REFINEMENTS,
        (Value::List(elements), Kind::List(kind)) | (Value::Set(elements), Kind::Set(kind)) => {
            let lengths = elements.iter().map(|element| upper_bound(element, kind));
            collection(elements.len()) + lengths.sum::<usize>()
        }
        (Value::Tuple(elements), Kind::Tuple(kinds)) => {
            let elements = elements.iter().zip(kinds);
            let lengths = elements.map(|(element, kind)| upper_bound(element, kind));
            collection(kinds.len()) + lengths.sum::<usize>()
        }
        (Value::Map(elements), Kind::Map(kind)) => {
            let lengths =
                elements.iter().map(|(key, value)| text(key.len()) + upper_bound(value, kind));
            collection(elements.len()) + lengths.sum::<usize>()
        }
        (Value::Object(object), Kind::Object(kinds)) => {
            let mut attributes = object.iter().peekable();
            let lengths = kinds.iter().map(|(name, kind)| {
                // An attribute that the value leaves out is written as null.
                let given = attributes.next_if(|(given, _)| *given == name);
                text(name.len()) + given.map_or(1, |(_, value)| upper_bound(value, kind))
            });
            collection(kinds.len()) + lengths.sum::<usize>()
        }
        (Value::Dynamic(typed), _) => {
            let (kind, value) = typed.as_ref();
            // Binary has no shortest marker, so one byte more than text.
            collection(2) + 1 + text(kind.to_json().to_string().len()) + upper_bound(value, kind)
        }
        // Not of the type: encoding will say so.
        _ => 0,
    }
}
