//! Values to bytes, and how many these are at most, so that one allocation is enough: a buffer that
//! grows is copied, and a long list of images takes megabytes.

use std::{borrow::Cow, collections::BTreeMap, convert::Infallible};

use rmp::encode::{self, ByteBuf, ValueWriteError};

use super::{LOWER, MAX_LENGTH, MAX_REFINEMENTS, MIN_LENGTH, NULL, PREFIX, REFINED, UPPER};
use crate::{
    value::{Kind, Number, Object, Refinements, Step, Value},
    wire::{Defect, Error, MAX_DEPTH},
};

/// Encodes `value`, which must be of type `kind`; attributes that an object leaves out become null.
///
/// # Errors
///
/// If `value` is not of type `kind`, or is nested deeper than [`MAX_DEPTH`].
pub fn encode(value: &Value, kind: &Kind) -> Result<Vec<u8>, Error> {
    let mut out = ByteBuf::with_capacity(upper_bound(value, kind));
    write_value(&mut out, value, kind, MAX_DEPTH)?;
    Ok(out.into_vec())
}

/// Writing to memory cannot fail; this expresses it in types.
fn infallible<T>(written: Result<T, ValueWriteError<Infallible>>) {
    match written {
        Ok(_) => {}
        Err(
            ValueWriteError::InvalidMarkerWrite(never) | ValueWriteError::InvalidDataWrite(never),
        ) => match never {},
    }
}

/// An integer where the number is one within `i64`, a float where that is exact, else decimal text.
fn write_number(out: &mut ByteBuf, number: &Number) {
    if let Some(integer) = number.as_i64() {
        infallible(encode::write_sint(out, integer));
        return;
    }
    match number.as_exact_f64() {
        Some(float) if !number.is_integer() => infallible(encode::write_f64(out, float)),
        _ => infallible(encode::write_str(out, &number.to_string())),
    }
}

/// Writes an unknown value, with those refinements that its type can have.
fn write_unknown(out: &mut ByteBuf, refinements: Option<&Refinements>, kind: &Kind) {
    let payload = refinements.map(|refinements| payload(refinements, kind)).unwrap_or_default();
    match u32::try_from(payload.len()) {
        Ok(length) if (1..=MAX_REFINEMENTS).contains(&payload.len()) => {
            infallible(encode::write_ext_meta(out, length, REFINED));
            out.as_mut_vec().extend_from_slice(&payload);
        }
        _ => out.as_mut_vec().extend_from_slice(&[0xd4, 0x00, 0x00]),
    }
}

/// The map of refinements; empty if there are none that a value of this type can have.
fn payload(refinements: &Refinements, kind: &Kind) -> Vec<u8> {
    let Refinements { null, prefix, lower, upper, min_length, max_length } = refinements;
    let mut entries = 0_u8;
    let mut body = ByteBuf::new();
    let mut key = |body: &mut ByteBuf, key: i64| {
        entries += 1;
        infallible(encode::write_sint(body, key));
    };
    if let Some(null) = null
        && *kind != Kind::Dynamic
    {
        key(&mut body, NULL);
        body.as_mut_vec().push(if *null { 0xc3 } else { 0xc2 });
    }
    if let Some(prefix) = prefix
        && *kind == Kind::String
    {
        key(&mut body, PREFIX);
        infallible(encode::write_str(&mut body, prefix));
    }
    for (code, bound) in [(LOWER, lower), (UPPER, upper)] {
        if let Some((number, inclusive)) = bound
            && *kind == Kind::Number
        {
            key(&mut body, code);
            infallible(encode::write_array_len(&mut body, 2));
            write_number(&mut body, number);
            body.as_mut_vec().push(if *inclusive { 0xc3 } else { 0xc2 });
        }
    }
    for (code, length) in [(MIN_LENGTH, min_length), (MAX_LENGTH, max_length)] {
        if let Some(length) = length
            && matches!(kind, Kind::List(_) | Kind::Map(_) | Kind::Set(_))
        {
            key(&mut body, code);
            infallible(encode::write_sint(&mut body, *length));
        }
    }
    if entries > 0 {
        body.as_mut_vec().insert(0, 0x80 + entries);
    }
    body.into_vec()
}

fn write_value(out: &mut ByteBuf, value: &Value, kind: &Kind, depth: usize) -> Result<(), Error> {
    let depth = depth.checked_sub(1).ok_or(Defect::TooDeep)?;
    match (kind, value) {
        (_, Value::Null) => out.as_mut_vec().push(0xc0),
        (_, Value::Unknown(refinements)) => write_unknown(out, refinements.as_deref(), kind),
        (Kind::Bool, Value::Bool(truth)) => out.as_mut_vec().push(if *truth { 0xc3 } else { 0xc2 }),
        (Kind::Number, Value::Number(number)) => write_number(out, number),
        (Kind::String, Value::String(text)) => {
            length(text.len())?;
            infallible(encode::write_str(out, text));
        }
        (Kind::List(kind), Value::List(elements)) => {
            infallible(encode::write_array_len(out, length(elements.len())?));
            for (index, element) in elements.iter().enumerate() {
                write_value(out, element, kind, depth).map_err(|e| e.within_index(index))?;
            }
        }
        (Kind::Set(kind), Value::Set(elements)) => {
            infallible(encode::write_array_len(out, length(elements.len())?));
            for element in elements {
                write_value(out, element, kind, depth).map_err(Error::within_set)?;
            }
        }
        (Kind::Tuple(kinds), Value::Tuple(elements)) => {
            if kinds.len() != elements.len() {
                let (expected, found) = (kinds.len(), elements.len());
                return Err(Defect::WrongLength { expected, found }.into());
            }
            infallible(encode::write_array_len(out, length(elements.len())?));
            for (index, (element, kind)) in elements.iter().zip(kinds).enumerate() {
                write_value(out, element, kind, depth).map_err(|e| e.within_index(index))?;
            }
        }
        (Kind::Map(kind), Value::Map(elements)) => {
            infallible(encode::write_map_len(out, length(elements.len())?));
            for (key, element) in elements {
                length(key.len())?;
                infallible(encode::write_str(out, key));
                write_value(out, element, kind, depth)
                    .map_err(|e| e.within(Step::Key(key.to_string())))?;
            }
        }
        (Kind::Object(kinds), Value::Object(object)) => write_object(out, object, kinds, depth)?,
        (Kind::Dynamic, Value::Dynamic(typed)) => {
            let (kind, value) = typed.as_ref();
            infallible(encode::write_array_len(out, 2));
            infallible(encode::write_bin(out, kind.to_json().to_string().as_bytes()));
            write_value(out, value, kind, depth)?;
        }
        _ => {
            let (expected, found) = (kind_name(kind), value_name(value));
            return Err(Defect::TypeMismatch { expected, found }.into());
        }
    }
    Ok(())
}

/// Both sides are sorted by name, so one walk is enough.
fn write_object(
    out: &mut ByteBuf,
    object: &Object,
    kinds: &BTreeMap<Cow<'static, str>, Kind>,
    depth: usize,
) -> Result<(), Error> {
    infallible(encode::write_map_len(out, length(kinds.len())?));
    let mut attributes = object.iter().peekable();
    for (name, kind) in kinds {
        length(name.len())?;
        infallible(encode::write_str(out, name));
        match attributes.next_if(|(given, _)| *given == name) {
            Some((_, value)) => write_value(out, value, kind, depth)
                .map_err(|e| e.within(Step::Attribute(name.clone())))?,
            None => out.as_mut_vec().push(0xc0),
        }
    }
    match attributes.next() {
        Some((extra, _)) => Err(Defect::ExtraAttribute(extra.to_string()).into()),
        None => Ok(()),
    }
}

fn length(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Defect::TooLarge.into())
}

/// The type's name as a user knows it.
pub(crate) fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "a bool",
        Kind::Dynamic => "a value with its type",
        Kind::List(_) => "a list",
        Kind::Map(_) => "a map",
        Kind::Number => "a number",
        Kind::Object(_) => "an object",
        Kind::Set(_) => "a set",
        Kind::String => "a string",
        Kind::Tuple(_) => "a tuple",
    }
}

/// The name of a value's own type as a user knows it.
pub(crate) fn value_name(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "a bool",
        Value::Dynamic(_) => "a value with its type",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Null => "null",
        Value::Number(_) => "a number",
        Value::Object(_) => "an object",
        Value::Set(_) => "a set",
        Value::String(_) => "a string",
        Value::Tuple(_) => "a tuple",
        Value::Unknown(_) => "an unknown value",
    }
}

/// The size of a text of this length with its marker.
fn text_bound(length: usize) -> usize {
    length
        + if length < 32 {
            1
        } else if length < 1 << 8 {
            2
        } else {
            collection_bound(length)
        }
}

/// The size of the marker of a collection of this length.
fn collection_bound(length: usize) -> usize {
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
        (Value::Number(number), _) => text_bound(number.to_string().len()).max(9),
        (Value::String(string), _) => text_bound(string.len()),
        (Value::Unknown(None), _) => 3,
        (Value::Unknown(Some(_)), _) => 4 + MAX_REFINEMENTS,
        (Value::List(elements), Kind::List(kind)) | (Value::Set(elements), Kind::Set(kind)) => {
            let lengths = elements.iter().map(|element| upper_bound(element, kind));
            collection_bound(elements.len()) + lengths.sum::<usize>()
        }
        (Value::Tuple(elements), Kind::Tuple(kinds)) => {
            let elements = elements.iter().zip(kinds);
            let lengths = elements.map(|(element, kind)| upper_bound(element, kind));
            collection_bound(kinds.len()) + lengths.sum::<usize>()
        }
        (Value::Map(elements), Kind::Map(kind)) => {
            let lengths = elements
                .iter()
                .map(|(key, value)| text_bound(key.len()) + upper_bound(value, kind));
            collection_bound(elements.len()) + lengths.sum::<usize>()
        }
        (Value::Object(object), Kind::Object(kinds)) => {
            let mut attributes = object.iter().peekable();
            let lengths = kinds.iter().map(|(name, kind)| {
                // An attribute that the value leaves out is written as null.
                let given = attributes.next_if(|(given, _)| *given == name);
                text_bound(name.len()) + given.map_or(1, |(_, value)| upper_bound(value, kind))
            });
            collection_bound(kinds.len()) + lengths.sum::<usize>()
        }
        (Value::Dynamic(typed), _) => {
            let (kind, value) = typed.as_ref();
            // Binary data does not have the shortest marker, so it needs one byte more than text.
            collection_bound(2)
                + 1
                + text_bound(kind.to_json().to_string().len())
                + upper_bound(value, kind)
        }
        // The value does not have the type; encoding reports this.
        _ => 0,
    }
}
