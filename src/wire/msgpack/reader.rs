//! A cursor over foreign msgpack. It never trusts a length: what it gives is a part of the bytes
//! that are there, and nothing is allocated for what is only promised.

use rmp::Marker;

use super::super::{Cause, Error};

/// One piece of msgpack: a scalar, or the head of a collection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'b> {
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
pub(super) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// How many bytes are left.
    pub(super) fn remaining(&self) -> usize {
        self.0.len()
    }

    /// The next piece.
    pub(super) fn token(&mut self) -> Result<Token<'b>, Error> {
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
            Marker::Reserved => return Err(Cause::InvalidMsgpack.into()),
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

    /// The next piece, which must be text; binary counts as text.
    pub(super) fn text(&mut self) -> Result<&'b str, Error> {
        match self.token()? {
            Token::Text(bytes) | Token::Binary(bytes) => utf8(bytes),
            other => Err(mismatch("a string", other)),
        }
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Cause::InvalidMsgpack)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Cause::InvalidMsgpack)?;
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
        usize::try_from(u32::from_be_bytes(self.array()?)).map_err(|_| Cause::TooLarge.into())
    }

    fn extension(&mut self, length: usize) -> Result<Token<'b>, Error> {
        let code = i8::from_be_bytes(self.array()?);
        Ok(Token::Extension { code, payload: self.take(length)? })
    }
}

/// Foreign text.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Cause::InvalidUtf8.into())
}

/// The error for a piece that is not what the type asks for.
pub(super) fn mismatch(expected: &'static str, found: Token<'_>) -> Error {
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
    Cause::TypeMismatch { expected, found }.into()
}
