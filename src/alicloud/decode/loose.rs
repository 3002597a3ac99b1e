//! Decodes the variants of JSON that the service sends: numbers, strings and booleans instead of
//! each other, null for absent values, lists wrapped in an object with one member. Independent of
//! the fields.

use std::{cell::RefCell, collections::HashSet, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::text::ExternalText;

/// The key under which `serde_json` provides an exact number.
const EXACT_NUMBER: &str = "$serde_json::private::Number";

/// An object whose members are decoded one by one; absent members keep their default.
pub(super) trait JsonObject: Default {
    /// Reads the value of member `name`, or returns `false` without reading it if the name is
    /// unknown.
    fn read_member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        reader: &JsonReader,
        members: &mut A,
    ) -> Result<bool, A::Error>;
}

/// The most different strings that are kept for sharing. A page of real images has a few hundred.
const MAX_WORDS: usize = 4_096;

/// The current position in the response, and the strings that can be shared.
#[derive(Default)]
pub(super) struct JsonReader {
    place: RefCell<Vec<PathStep>>,
    known: RefCell<HashSet<ExternalText>>,
}

enum PathStep {
    Item(usize),
    Member(&'static str),
}

impl JsonReader {
    /// Where the reader stopped, such as `Images.Image[3].Tags`; empty at the outermost level.
    pub(super) fn place(&self) -> String {
        let mut place = String::new();
        for step in self.place.borrow().iter() {
            match step {
                PathStep::Item(index) => place.push_str(&format!("[{index}]")),
                PathStep::Member(name) if place.is_empty() => place.push_str(name),
                PathStep::Member(name) => place.push_str(&format!(".{name}")),
            }
        }
        place
    }

    /// A required object.
    pub(super) fn read<'de, T: JsonObject, D: Deserializer<'de>>(
        &self,
        from: D,
    ) -> Result<T, D::Error> {
        from.deserialize_map(ObjectVisitor(self, PhantomData))
    }

    /// The text of a member.
    pub(super) fn text<'de, A: MapAccess<'de>>(
        &self,
        name: &'static str,
        members: &mut A,
    ) -> Result<ExternalText, A::Error> {
        self.scalar(name, members, |scalar| Ok(scalar.text().into()))
    }

    /// The text of a member with few different values: equal values share their memory.
    pub(super) fn word<'de, A: MapAccess<'de>>(
        &self,
        name: &'static str,
        members: &mut A,
    ) -> Result<ExternalText, A::Error> {
        self.scalar(name, members, |scalar| {
            let text = scalar.text();
            let mut known = self.known.borrow_mut();
            if let Some(shared) = known.get(text) {
                return Ok(shared.clone());
            }
            let shared = ExternalText::from(text);
            if known.len() < MAX_WORDS {
                known.insert(shared.clone());
            }
            Ok(shared)
        })
    }

    /// The boolean of a member.
    pub(super) fn flag<'de, A: MapAccess<'de>>(
        &self,
        name: &'static str,
        members: &mut A,
    ) -> Result<bool, A::Error> {
        self.scalar(name, members, Scalar::flag)
    }

    /// The whole number of a member.
    pub(super) fn integer<'de, A: MapAccess<'de>>(
        &self,
        name: &'static str,
        members: &mut A,
    ) -> Result<i64, A::Error> {
        self.scalar(name, members, Scalar::integer)
    }

    /// The whole number of a member; `None` for null and for the empty text.
    pub(super) fn count<'de, A: MapAccess<'de>>(
        &self,
        name: &'static str,
        members: &mut A,
    ) -> Result<Option<i64>, A::Error> {
        self.scalar(name, members, |scalar| match scalar {
            Scalar::Bool(_) => Err("a boolean where a number belongs"),
            _ if scalar.text().is_empty() => Ok(None),
            _ => scalar.integer().map(Some),
        })
    }

    /// The object of a member; null gives the default.
    pub(super) fn object<'de, T: JsonObject, A: MapAccess<'de>>(
        &self,
        name: &'static str,
        members: &mut A,
    ) -> Result<T, A::Error> {
        self.at(PathStep::Member(name), || members.next_value_seed(MaybeObject(self, PhantomData)))
    }

    /// The list of a member: `{inner: [...]}`, `{}`, or the bare list; `None` for null. More than
    /// `most` items are an error.
    pub(super) fn list<'de, T: JsonObject, A: MapAccess<'de>>(
        &self,
        name: &'static str,
        inner: &'static str,
        most: usize,
        members: &mut A,
    ) -> Result<Option<Vec<T>>, A::Error> {
        let list = List { reader: self, inner: Some(inner), most, item: PhantomData };
        self.at(PathStep::Member(name), || members.next_value_seed(list))
    }

    fn scalar<'de, T, A: MapAccess<'de>>(
        &self,
        name: &'static str,
        members: &mut A,
        read: impl FnOnce(&Scalar<'de>) -> Result<T, &'static str>,
    ) -> Result<T, A::Error> {
        self.at(PathStep::Member(name), || {
            let scalar = members.next_value::<Scalar<'de>>()?;
            read(&scalar).map_err(de::Error::custom)
        })
    }

    /// Decodes one level deeper. After a failure, the position is kept for the message.
    fn at<T, E>(&self, step: PathStep, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.place.borrow_mut().push(step);
        let value = read()?;
        self.place.borrow_mut().pop();
        Ok(value)
    }
}

/// The name of a member; not copied unless it has escapes.
struct Name<'de>(std::borrow::Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(name.into()))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(name.to_owned().into()))
            }
        }
        from.deserialize_str(NameVisitor)
    }
}

struct ObjectVisitor<'r, T>(&'r JsonReader, PhantomData<T>);

impl<'de, T: JsonObject> Visitor<'de> for ObjectVisitor<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<T, A::Error> {
        let mut object = T::default();
        while let Some(Name(name)) = members.next_key()? {
            if !object.read_member(&name, self.0, &mut members)? {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(object)
    }
}

impl<'de, T: JsonObject> DeserializeSeed<'de> for ObjectVisitor<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        from.deserialize_map(self)
    }
}

struct MaybeObject<'r, T>(&'r JsonReader, PhantomData<T>);

impl<'de, T: JsonObject> DeserializeSeed<'de> for MaybeObject<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        from.deserialize_option(self)
    }
}

impl<'de, T: JsonObject> Visitor<'de> for MaybeObject<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_none<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        self.0.read(from)
    }
}

/// A list of at most `most` items, within its wrapper (`inner` names the member) or bare.
struct List<'r, T> {
    reader: &'r JsonReader,
    inner: Option<&'static str>,
    most: usize,
    item: PhantomData<T>,
}

impl<'de, T: JsonObject> DeserializeSeed<'de> for List<'_, T> {
    type Value = Option<Vec<T>>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, T: JsonObject> Visitor<'de> for List<'_, T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Name(name)) = members.next_key()? {
            if name == EXACT_NUMBER {
                return Err(de::Error::custom("a number where a list belongs"));
            }
            // Within the wrapper, `{}` is an empty list, since some servers do not distinguish the
            // two; an object with members is not.
            let Some(inner) = self.inner else {
                return Err(de::Error::custom("an object where a list belongs"));
            };
            if name != inner {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let bare = Self { inner: None, ..self };
            let read = || members.next_value_seed(bare);
            list = self.reader.at(PathStep::Member(inner), read)?.unwrap_or_default();
        }
        Ok(Some(list))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let item = ObjectVisitor(self.reader, PhantomData);
            let read = || items.next_element_seed(item);
            let Some(item) = self.reader.at(PathStep::Item(list.len()), read)? else {
                return Ok(Some(list));
            };
            if list.len() == self.most {
                return Err(de::Error::custom(format_args!("more than {} items", self.most)));
            }
            list.push(item);
        }
    }
}

/// A value that is neither an object nor a list: a string, number or boolean, each accepted instead of the others.
/// Numbers are kept as written, so that none is rounded when it is converted to a string.
enum Scalar<'de> {
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// As written.
    Number(&'de str),
    /// Without its quotes.
    Text(ScalarText<'de>),
}

/// A string: a slice of the body, or unescaped.
enum ScalarText<'de> {
    /// Without escapes, so not copied.
    Borrowed(&'de str),
    /// Unescaped.
    Unescaped(String),
}

impl Scalar<'_> {
    /// The value as text; empty for null.
    fn text(&self) -> &str {
        match self {
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Null => "",
            Self::Number(digits) => digits,
            Self::Text(ScalarText::Borrowed(text)) => text,
            Self::Text(ScalarText::Unescaped(text)) => text,
        }
    }

    /// The value as a boolean; null and the empty text are false.
    fn flag(&self) -> Result<bool, &'static str> {
        match self {
            Self::Bool(flag) => Ok(*flag),
            Self::Null => Ok(false),
            Self::Number(digits) => Ok(digits.parse::<f64>().is_ok_and(|number| number != 0.0)),
            Self::Text(_) => match self.text().trim() {
                "" | "0" => Ok(false),
                "1" => Ok(true),
                word if word.eq_ignore_ascii_case("true") => Ok(true),
                word if word.eq_ignore_ascii_case("false") => Ok(false),
                _ => Err("the text is neither true nor false"),
            },
        }
    }

    /// The value as a whole number; null and the empty text are 0.
    fn integer(&self) -> Result<i64, &'static str> {
        let digits = match self {
            Self::Bool(flag) => return Ok(i64::from(*flag)),
            Self::Null => return Ok(0),
            Self::Number(_) | Self::Text(_) => self.text().trim(),
        };
        if digits.is_empty() {
            return Ok(0);
        }
        if let Ok(number) = digits.parse::<i64>() {
            return Ok(number);
        }
        // `80.0` and `8e1` are whole numbers too; above 2^53 a float cannot represent all of them.
        match digits.parse::<f64>() {
            Ok(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
                Ok(number as i64)
            }
            _ => Err("not a whole number of 64 bits"),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(from)?.get();
        match raw.as_bytes() {
            [b'n', ..] => Ok(Self::Null),
            [b't', ..] => Ok(Self::Bool(true)),
            [b'f', ..] => Ok(Self::Bool(false)),
            [b'{', ..] => Err(de::Error::custom("an object where a text or a number belongs")),
            [b'[', ..] => Err(de::Error::custom("a list where a text or a number belongs")),
            [b'"', ..] if raw.contains('\\') => unescape(raw)
                .map(|text| Self::Text(ScalarText::Unescaped(text)))
                .map_err(de::Error::custom),
            [b'"', ..] => Ok(Self::Text(ScalarText::Borrowed(raw.trim_matches('"')))),
            _ => Ok(Self::Number(raw)),
        }
    }
}

/// The text of a JSON string with escapes. A lone surrogate, which a service produces if it
/// truncates strings by UTF-16 units, becomes U+FFFD.
fn unescape(raw: &str) -> Result<String, serde_json::Error> {
    struct Bytes;
    impl Visitor<'_> for Bytes {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }

        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
            let mut text = String::with_capacity(bytes.len());
            for chunk in bytes.utf8_chunks() {
                text.push_str(chunk.valid());
                // A lone surrogate is three bytes, each of which is a chunk; the first is 0xED.
                if chunk.invalid().first() == Some(&0xed) {
                    text.push(char::REPLACEMENT_CHARACTER);
                }
            }
            Ok(text)
        }
    }
    serde_json::Deserializer::from_str(raw).deserialize_bytes(Bytes)
}
