//! Decodes bytes to values. The bytes are untrusted: lengths are checked against the actual bytes, and no memory is
//! allocated based on an announced length alone.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use rmp::Marker;

use super::{
    LOWER, MAX_LENGTH, MAX_REFINEMENTS, MIN_LENGTH, NULL, PREFIX, REFINED, UPPER, encode::kind_name,
};
use crate::{
    value::{Kind, Names, Number, Object, Refinements, Step, Value},
    wire::{Defect, Error, MAX_DEPTH, MAX_VALUES},
};

/// Decodes a value of type `kind`. An attribute that an object leaves out is null.
///
/// # Errors
///
/// If the bytes are not exactly one value of type `kind`, or exceed [`MAX_DEPTH`] or [`MAX_VALUES`].
pub fn decode(bytes: &[u8], kind: &Kind) -> Result<Value, Error> {
    decode_within(bytes, kind, MAX_VALUES)
}

/// Decodes a value with at most `left` parts.
pub(super) fn decode_within(bytes: &[u8], kind: &Kind, mut left: usize) -> Result<Value, Error> {
    let mut reader = Reader::new(bytes);
    let value = Decoder::new(&mut reader, &mut left).value(kind, MAX_DEPTH)?;
    if reader.remaining() > 0 {
        return Err(Defect::TrailingBytes.into());
    }
    Ok(value)
}

/// The number of a token; `None` if it is not one.
fn number(token: Token<'_>) -> Result<Option<Number>, Error> {
    Ok(Some(match token {
        Token::Signed(integer) => Number::from(integer),
        Token::Unsigned(integer) => Number::from(integer),
        Token::Float(float) => Number::from_f64(float).ok_or(Defect::InvalidNumber)?,
        Token::Text(digits) | Token::Binary(digits) => {
            utf8(digits)?.parse().map_err(|_| Defect::InvalidNumber)?
        }
        _ => return Ok(None),
    }))
}

/// The most elements for which a collection reserves memory before they are read.
const FIRST_ROOM: usize = 1024;

struct Decoder<'r, 'b> {
    reader: &'r mut Reader<'b>,
    /// How many values may still follow.
    left: &'r mut usize,
    /// The names of each object type met so far, by the address of its attributes. The types live
    /// as long as this decoder does, so an address stands for one type.
    names: HashMap<usize, Names>,
}

impl<'r, 'b> Decoder<'r, 'b> {
    fn new(reader: &'r mut Reader<'b>, left: &'r mut usize) -> Self {
        Self { reader, left, names: HashMap::new() }
    }

    fn value(&mut self, kind: &Kind, depth: usize) -> Result<Value, Error> {
        let depth = depth.checked_sub(1).ok_or(Defect::TooDeep)?;
        *self.left = self.left.checked_sub(1).ok_or(Defect::TooLarge)?;
        let token = self.reader.token()?;
        match (kind, token) {
            (_, Token::Nil) => Ok(Value::Null),
            (_, Token::Extension { code, payload }) => unknown(code, payload),
            (Kind::Bool, Token::Bool(truth)) => Ok(Value::Bool(truth)),
            (Kind::Number, _) => match number(token)? {
                Some(number) => Ok(Value::Number(number)),
                None => Err(mismatch(kind_name(kind), token)),
            },
            (Kind::String, Token::Text(bytes) | Token::Binary(bytes)) => {
                Ok(Value::String(utf8(bytes)?.into()))
            }
            (Kind::List(kind), Token::Array(length)) => {
                self.elements(kind, length, depth, Error::within_index).map(Value::List)
            }
            (Kind::Set(kind), Token::Array(length)) => {
                self.elements(kind, length, depth, |e, _| e.within_set()).map(Value::Set)
            }
            (Kind::Tuple(kinds), Token::Array(found)) => {
                let expected = kinds.len();
                if found != expected {
                    return Err(Defect::WrongLength { expected, found }.into());
                }
                let elements = kinds.iter().enumerate().map(|(index, kind)| {
                    self.value(kind, depth).map_err(|e| e.within_index(index))
                });
                elements.collect::<Result<_, _>>().map(Value::Tuple)
            }
            (Kind::Map(kind), Token::Map(length)) => self.map(kind, length, depth),
            (Kind::Object(kinds), Token::Map(length)) => self.object(kinds, length, depth),
            (Kind::Dynamic, Token::Array(2)) => self.dynamic(depth),
            _ => Err(mismatch(kind_name(kind), token)),
        }
    }

    fn elements(
        &mut self,
        kind: &Kind,
        length: usize,
        depth: usize,
        locate: impl Fn(Error, usize) -> Error,
    ) -> Result<Vec<Value>, Error> {
        let mut elements = Vec::with_capacity(length.min(FIRST_ROOM).min(self.reader.remaining()));
        for index in 0..length {
            elements.push(self.value(kind, depth).map_err(|e| locate(e, index))?);
        }
        Ok(elements)
    }

    fn map(&mut self, kind: &Kind, length: usize, depth: usize) -> Result<Value, Error> {
        let mut elements = BTreeMap::new();
        for _ in 0..length {
            let key: Arc<str> = self.reader.text()?.into();
            let value =
                self.value(kind, depth).map_err(|e| e.within(Step::Key(key.to_string())))?;
            elements.insert(key, value);
        }
        Ok(Value::Map(elements))
    }

    fn object(
        &mut self,
        kinds: &BTreeMap<Cow<'static, str>, Kind>,
        length: usize,
        depth: usize,
    ) -> Result<Value, Error> {
        let mut values: Vec<Option<Value>> = kinds.iter().map(|_| None).collect();
        // Clients send the attributes in order, so the next one is nearly always the expected one.
        let mut expected = kinds.iter().enumerate();
        for _ in 0..length {
            let name = self.reader.text()?;
            let found =
                expected.next().filter(|(_, (known, _))| known.as_ref() == name).or_else(|| {
                    kinds.iter().enumerate().find(|(_, (known, _))| known.as_ref() == name)
                });
            let Some((position, (known, kind))) = found else {
                return Err(Defect::ExtraAttribute(name.to_owned()).into());
            };
            let value =
                self.value(kind, depth).map_err(|e| e.within(Step::Attribute(known.clone())))?;
            let place = values.get_mut(position);
            if place.and_then(|place| place.replace(value)).is_some() {
                return Err(Defect::RepeatedAttribute(name.to_owned()).into());
            }
        }
        let values: Vec<_> = values.into_iter().map(|value| value.unwrap_or(Value::Null)).collect();
        let names = self
            .names
            .entry(std::ptr::from_ref(kinds).addr())
            .or_insert_with(|| Names::new(kinds.keys().cloned()));
        let (expected, found) = (kinds.len(), values.len());
        let object = Object::with_names(names, values);
        Ok(Value::Object(object.ok_or(Defect::WrongLength { expected, found })?))
    }

    fn dynamic(&mut self, depth: usize) -> Result<Value, Error> {
        let json = serde_json::from_str(self.reader.text()?).map_err(|_| Defect::InvalidType)?;
        let kind = Kind::from_json(&json).ok_or(Defect::InvalidType)?;
        // The type lives no longer than this call, so it must not enter this decoder's names.
        let value = Decoder::new(self.reader, self.left).value(&kind, depth)?;
        Ok(match (&kind, &value) {
            (Kind::Dynamic, Value::Null) => Value::Null,
            _ => Value::Dynamic(Box::new((kind, value))),
        })
    }
}

/// Reads an extension, which is an unknown value regardless of its code.
fn unknown(code: i8, payload: &[u8]) -> Result<Value, Error> {
    if code != REFINED {
        return Ok(Value::UNKNOWN);
    }
    if payload.len() > MAX_REFINEMENTS {
        return Err(Defect::TooLarge.into());
    }
    let mut reader = Reader::new(payload);
    let Token::Map(entries) = reader.token()? else { return Err(Defect::InvalidMsgpack.into()) };
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
            // A newer client wrote it: this is not an error, but less is known about the value.
            _ => skip(&mut reader)?,
        }
    }
    if refinements == Refinements::default() {
        return Ok(Value::UNKNOWN);
    }
    Ok(Value::Unknown(Some(Box::new(refinements))))
}

fn integer(reader: &mut Reader<'_>) -> Result<i64, Error> {
    number(reader.token()?)?
        .and_then(|number| number.as_i64())
        .ok_or_else(|| Defect::InvalidMsgpack.into())
}

fn truth(reader: &mut Reader<'_>) -> Result<bool, Error> {
    match reader.token()? {
        Token::Bool(truth) => Ok(truth),
        _ => Err(Defect::InvalidMsgpack.into()),
    }
}

fn bound(reader: &mut Reader<'_>) -> Result<(Number, bool), Error> {
    let Token::Array(2) = reader.token()? else { return Err(Defect::InvalidMsgpack.into()) };
    let number = number(reader.token()?)?.ok_or(Defect::InvalidNumber)?;
    Ok((number, truth(reader)?))
}

/// Skips one value of any type and any depth.
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

/// A token of msgpack: a scalar, or the head of a collection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'b> {
    Array(usize),
    Binary(&'b [u8]),
    Bool(bool),
    Extension { code: i8, payload: &'b [u8] },
    Float(f64),
    Map(usize),
    Nil,
    Signed(i64),
    Text(&'b [u8]),
    Unsigned(u64),
}

/// The bytes not read yet.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// How many bytes are left.
    fn remaining(&self) -> usize {
        self.0.len()
    }

    /// The next token.
    fn token(&mut self) -> Result<Token<'b>, Error> {
        let [marker] = self.array()?;
        Ok(match Marker::from_u8(marker) {
            Marker::Array16 => Token::Array(self.length16()?),
            Marker::Array32 => Token::Array(self.length32()?),
            Marker::Bin8 => self.length8().and_then(|n| self.take(n)).map(Token::Binary)?,
            Marker::Bin16 => self.length16().and_then(|n| self.take(n)).map(Token::Binary)?,
            Marker::Bin32 => self.length32().and_then(|n| self.take(n)).map(Token::Binary)?,
            Marker::Ext8 => self.length8().and_then(|n| self.extension(n))?,
            Marker::Ext16 => self.length16().and_then(|n| self.extension(n))?,
            Marker::Ext32 => self.length32().and_then(|n| self.extension(n))?,
            Marker::F32 => Token::Float(f32::from_be_bytes(self.array()?).into()),
            Marker::F64 => Token::Float(f64::from_be_bytes(self.array()?)),
            Marker::False => Token::Bool(false),
            Marker::FixArray(length) => Token::Array(length.into()),
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::FixMap(length) => Token::Map(length.into()),
            Marker::FixNeg(integer) => Token::Signed(integer.into()),
            Marker::FixPos(integer) => Token::Unsigned(integer.into()),
            Marker::FixStr(length) => self.take(length.into()).map(Token::Text)?,
            Marker::I8 => Token::Signed(i8::from_be_bytes(self.array()?).into()),
            Marker::I16 => Token::Signed(i16::from_be_bytes(self.array()?).into()),
            Marker::I32 => Token::Signed(i32::from_be_bytes(self.array()?).into()),
            Marker::I64 => Token::Signed(i64::from_be_bytes(self.array()?)),
            Marker::Map16 => Token::Map(self.length16()?),
            Marker::Map32 => Token::Map(self.length32()?),
            Marker::Null => Token::Nil,
            Marker::Reserved => return Err(Defect::InvalidMsgpack.into()),
            Marker::Str8 => self.length8().and_then(|n| self.take(n)).map(Token::Text)?,
            Marker::Str16 => self.length16().and_then(|n| self.take(n)).map(Token::Text)?,
            Marker::Str32 => self.length32().and_then(|n| self.take(n)).map(Token::Text)?,
            Marker::True => Token::Bool(true),
            Marker::U8 => Token::Unsigned(u8::from_be_bytes(self.array()?).into()),
            Marker::U16 => Token::Unsigned(u16::from_be_bytes(self.array()?).into()),
            Marker::U32 => Token::Unsigned(u32::from_be_bytes(self.array()?).into()),
            Marker::U64 => Token::Unsigned(u64::from_be_bytes(self.array()?)),
        })
    }

    /// The next token, which must be text; binary counts as text.
    fn text(&mut self) -> Result<&'b str, Error> {
        match self.token()? {
            Token::Text(bytes) | Token::Binary(bytes) => utf8(bytes),
            other => Err(mismatch("a string", other)),
        }
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Defect::InvalidMsgpack)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Defect::InvalidMsgpack)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn length8(&mut self) -> Result<usize, Error> {
        Ok(u8::from_be_bytes(self.array()?).into())
    }

    fn length16(&mut self) -> Result<usize, Error> {
        Ok(u16::from_be_bytes(self.array()?).into())
    }

    fn length32(&mut self) -> Result<usize, Error> {
        usize::try_from(u32::from_be_bytes(self.array()?)).map_err(|_| Defect::TooLarge.into())
    }

    fn extension(&mut self, length: usize) -> Result<Token<'b>, Error> {
        let code = i8::from_be_bytes(self.array()?);
        Ok(Token::Extension { code, payload: self.take(length)? })
    }
}

/// Bytes that must be UTF-8.
fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Defect::InvalidUtf8.into())
}

/// The error for a token that does not fit the type.
fn mismatch(expected: &'static str, found: Token<'_>) -> Error {
    let found = match found {
        Token::Array(_) => "an array",
        Token::Binary(_) => "binary data",
        Token::Bool(_) => "a bool",
        Token::Extension { .. } => "an unknown value",
        Token::Float(_) | Token::Signed(_) | Token::Unsigned(_) => "a number",
        Token::Map(_) => "a map",
        Token::Nil => "null",
        Token::Text(_) => "a string",
    };
    Defect::TypeMismatch { expected, found }.into()
}
