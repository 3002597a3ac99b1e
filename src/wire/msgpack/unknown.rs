//! Unknown values, and what may be known about them: zclconf/go-cty, `cty/msgpack/unknown.go`.

use rmp::encode::{self, ByteBuf};

use super::{
    decode::{Reader, Token, number},
    encode::{infallible, write_number},
};
use crate::{
    value::{Kind, Number, Refinements, Value},
    wire::{Cause, Error},
};

/// The extension code of refinements. Any other code says no more than "unknown".
const REFINED: i8 = 12;

/// The longest refinements, in bytes, that a client reads.
pub(super) const MAX_REFINEMENTS: usize = 1024;

// The keys of a refinement.
const NULL: i64 = 1;
const PREFIX: i64 = 2;
const LOWER: i64 = 3;
const UPPER: i64 = 4;
const MIN_LENGTH: i64 = 5;
const MAX_LENGTH: i64 = 6;

/// Writes an unknown value, with those refinements that its type can have.
pub(super) fn write(out: &mut ByteBuf, refinements: Option<&Refinements>, kind: &Kind) {
    let payload = refinements.map(|refinements| payload(refinements, kind)).unwrap_or_default();
    match u32::try_from(payload.len()) {
        Ok(length) if (1..=MAX_REFINEMENTS).contains(&payload.len()) => {
            infallible(encode::write_ext_meta(out, length, REFINED));
            out.as_mut_vec().extend_from_slice(&payload);
        }
        _ => out.as_mut_vec().extend_from_slice(&[0xd4, 0x00, 0x00]),
    }
}

/// Reads an extension, which is an unknown value whatever its code.
pub(super) fn read(code: i8, payload: &[u8]) -> Result<Value, Error> {
    if code != REFINED {
        return Ok(Value::UNKNOWN);
    }
    if payload.len() > MAX_REFINEMENTS {
        return Err(Cause::TooLarge.into());
    }
    let mut reader = Reader::new(payload);
    let Token::Map(entries) = reader.token()? else { return Err(Cause::InvalidMsgpack.into()) };
    let mut refinements = Refinements::default();
    for _ in 0..entries {
        let key = integer(&mut reader)?;
        match key {
            NULL => refinements.null = Some(truth(&mut reader)?),
            PREFIX => refinements.prefix = Some(reader.text()?.into()),
            LOWER => refinements.lower = Some(bound(&mut reader)?),
            UPPER => refinements.upper = Some(bound(&mut reader)?),
            MIN_LENGTH => refinements.min_length = Some(integer(&mut reader)?),
            MAX_LENGTH => refinements.max_length = Some(integer(&mut reader)?),
            // Written by a newer client: less is known, nothing is wrong.
            _ => skip(&mut reader)?,
        }
    }
    if refinements == Refinements::default() {
        return Ok(Value::UNKNOWN);
    }
    Ok(Value::Unknown(Some(Box::new(refinements))))
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

fn integer(reader: &mut Reader<'_>) -> Result<i64, Error> {
    number(reader.token()?)?
        .and_then(|number| number.as_i64())
        .ok_or_else(|| Cause::InvalidMsgpack.into())
}

fn truth(reader: &mut Reader<'_>) -> Result<bool, Error> {
    match reader.token()? {
        Token::Bool(truth) => Ok(truth),
        _ => Err(Cause::InvalidMsgpack.into()),
    }
}

fn bound(reader: &mut Reader<'_>) -> Result<(Number, bool), Error> {
    let Token::Array(2) = reader.token()? else { return Err(Cause::InvalidMsgpack.into()) };
    let number = number(reader.token()?)?.ok_or(Cause::InvalidNumber)?;
    Ok((number, truth(reader)?))
}

/// Passes over one value of any type, however deep.
fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
    let mut pending = 1_usize;
    while let Some(rest) = pending.checked_sub(1) {
        let parts = match reader.token()? {
            Token::Array(length) => length,
            Token::Map(length) => length.saturating_mul(2),
            _ => 0,
        };
        pending = rest.saturating_add(parts);
    }
    Ok(())
}
