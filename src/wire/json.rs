//! Terraform's JSON encoding. It cannot represent unknown values, so responses never use it.
//!
//! Numbers keep every digit. A dynamic value is `{"value": ..., "type": ...}`.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value as Json};

use super::{
    Defect, Error, MAX_DEPTH,
    msgpack::{kind_name, value_name},
};
use crate::value::{Kind, Object, Step, Value};

/// Decodes a value of type `kind`. An attribute that an object leaves out is null.
///
/// # Errors
///
/// If the bytes are not JSON of a value of type `kind`, or are nested deeper than [`MAX_DEPTH`].
pub fn decode(bytes: &[u8], kind: &Kind) -> Result<Value, Error> {
    let json = serde_json::from_slice(bytes).map_err(|e| Defect::InvalidJson(e.to_string()))?;
    from_json(json, kind)
}

/// Encodes `value`, which must be of type `kind` and wholly known.
///
/// # Errors
///
/// If `value` is not of type `kind`, holds an unknown or infinite part, or is nested deeper than
/// [`MAX_DEPTH`].
pub fn encode(value: &Value, kind: &Kind) -> Result<Vec<u8>, Error> {
    Ok(to_json(value, kind)?.to_string().into_bytes())
}

/// The value that parsed JSON stands for; see [`decode`].
///
/// # Errors
///
/// Those of [`decode`].
pub fn from_json(json: Json, kind: &Kind) -> Result<Value, Error> {
    read(json, kind, MAX_DEPTH)
}

/// The JSON that stands for a value; see [`encode`].
///
/// # Errors
///
/// Those of [`encode`].
pub fn to_json(value: &Value, kind: &Kind) -> Result<Json, Error> {
    write(value, kind, MAX_DEPTH)
}

fn read(json: Json, kind: &Kind, depth: usize) -> Result<Value, Error> {
    let depth = depth.checked_sub(1).ok_or(Defect::TooDeep)?;
    match (kind, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Kind::Bool, Json::Bool(truth)) => Ok(Value::Bool(truth)),
        (Kind::Number, Json::Number(number)) => parse_number(number.as_str()),
        (Kind::Number, Json::String(digits)) => parse_number(&digits),
        (Kind::String, Json::String(text)) => Ok(text.into()),
        (Kind::List(kind), Json::Array(elements)) => elements
            .into_iter()
            .enumerate()
            .map(|(index, element)| read(element, kind, depth).map_err(|e| e.within_index(index)))
            .collect::<Result<_, _>>()
            .map(Value::List),
        (Kind::Set(kind), Json::Array(elements)) => elements
            .into_iter()
            .map(|element| read(element, kind, depth).map_err(Error::within_set))
            .collect::<Result<_, _>>()
            .map(Value::Set),
        (Kind::Tuple(kinds), Json::Array(elements)) => {
            check_length(kinds.len(), elements.len())?;
            elements
                .into_iter()
                .zip(kinds)
                .enumerate()
                .map(|(index, (element, kind))| {
                    read(element, kind, depth).map_err(|e| e.within_index(index))
                })
                .collect::<Result<_, _>>()
                .map(Value::Tuple)
        }
        (Kind::Map(kind), Json::Object(members)) => members
            .into_iter()
            .map(|(key, member)| match read(member, kind, depth) {
                Ok(value) => Ok((key.into(), value)),
                Err(error) => Err(error.within(Step::Key(key))),
            })
            .collect::<Result<_, _>>()
            .map(Value::Map),
        (Kind::Object(kinds), Json::Object(members)) => read_object(members, kinds, depth),
        (Kind::Dynamic, Json::Object(members)) => read_dynamic(members, depth),
        (kind, json) => {
            let (expected, found) = (kind_name(kind), json_name(&json));
            Err(Defect::TypeMismatch { expected, found }.into())
        }
    }
}

fn read_object(
    mut members: Map<String, Json>,
    kinds: &BTreeMap<Cow<'static, str>, Kind>,
    depth: usize,
) -> Result<Value, Error> {
    let attributes = kinds.iter().map(|(name, kind)| {
        let member = members.remove(name.as_ref()).unwrap_or(Json::Null);
        let value =
            read(member, kind, depth).map_err(|e| e.within(Step::Attribute(name.clone())))?;
        Ok((name.clone(), value))
    });
    let object = attributes.collect::<Result<Object, Error>>()?;
    match members.into_iter().next() {
        Some((extra, _)) => Err(Defect::ExtraAttribute(extra).into()),
        None => Ok(Value::Object(object)),
    }
}

fn read_dynamic(mut members: Map<String, Json>, depth: usize) -> Result<Value, Error> {
    let kind = members.get("type").and_then(Kind::from_json).ok_or(Defect::InvalidType)?;
    let value = read(members.remove("value").unwrap_or(Json::Null), &kind, depth)?;
    Ok(match (&kind, &value) {
        (Kind::Dynamic, Value::Null) => Value::Null,
        _ => Value::Dynamic(Box::new((kind, value))),
    })
}

fn write(value: &Value, kind: &Kind, depth: usize) -> Result<Json, Error> {
    let depth = depth.checked_sub(1).ok_or(Defect::TooDeep)?;
    match (kind, value) {
        (_, Value::Null) => Ok(Json::Null),
        (_, Value::Unknown(_)) => Err(Defect::UnsayableUnknown.into()),
        (Kind::Bool, Value::Bool(truth)) => Ok(Json::Bool(*truth)),
        (Kind::Number, Value::Number(number)) => number
            .to_string()
            .parse()
            .map(Json::Number)
            .map_err(|_| Defect::UnsayableInfinity.into()),
        (Kind::String, Value::String(text)) => Ok(Json::String(text.to_string())),
        (Kind::List(kind), Value::List(elements)) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| write(element, kind, depth).map_err(|e| e.within_index(index)))
            .collect::<Result<_, _>>()
            .map(Json::Array),
        (Kind::Set(kind), Value::Set(elements)) => elements
            .iter()
            .map(|element| write(element, kind, depth).map_err(Error::within_set))
            .collect::<Result<_, _>>()
            .map(Json::Array),
        (Kind::Tuple(kinds), Value::Tuple(elements)) => {
            check_length(kinds.len(), elements.len())?;
            elements
                .iter()
                .zip(kinds)
                .enumerate()
                .map(|(index, (element, kind))| {
                    write(element, kind, depth).map_err(|e| e.within_index(index))
                })
                .collect::<Result<_, _>>()
                .map(Json::Array)
        }
        (Kind::Map(kind), Value::Map(elements)) => elements
            .iter()
            .map(|(key, element)| match write(element, kind, depth) {
                Ok(json) => Ok((key.to_string(), json)),
                Err(error) => Err(error.within(Step::Key(key.to_string()))),
            })
            .collect::<Result<_, _>>()
            .map(Json::Object),
        (Kind::Object(kinds), Value::Object(object)) => write_object(object, kinds, depth),
        (Kind::Dynamic, Value::Dynamic(typed)) => {
            let (kind, value) = typed.as_ref();
            let members = [("value", write(value, kind, depth)?), ("type", kind.to_json())];
            Ok(Json::Object(
                members.map(|(name, json)| (name.to_owned(), json)).into_iter().collect(),
            ))
        }
        _ => {
            let (expected, found) = (kind_name(kind), value_name(value));
            Err(Defect::TypeMismatch { expected, found }.into())
        }
    }
}

fn write_object(
    object: &Object,
    kinds: &BTreeMap<Cow<'static, str>, Kind>,
    depth: usize,
) -> Result<Json, Error> {
    if let Some((extra, _)) = object.iter().find(|(name, _)| !kinds.contains_key(name.as_ref())) {
        return Err(Defect::ExtraAttribute(extra.to_string()).into());
    }
    let members = kinds.iter().map(|(name, kind)| {
        let json = write(object.get(name).unwrap_or(&Value::Null), kind, depth)
            .map_err(|e| e.within(Step::Attribute(name.clone())))?;
        Ok((name.to_string(), json))
    });
    members.collect::<Result<_, _>>().map(Json::Object)
}

fn parse_number(digits: &str) -> Result<Value, Error> {
    digits.parse().map(Value::Number).map_err(|_| Defect::InvalidNumber.into())
}

fn check_length(expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Defect::WrongLength { expected, found }.into()) }
}

fn json_name(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::{
        value::{AttributePath, Kind, Number, Value},
        wire::{Defect, MAX_DEPTH},
    };

    #[test]
    fn every_type_has_its_json() {
        let kind = Kind::object([
            ("any", Kind::Dynamic),
            ("big", Kind::Number),
            ("list", Kind::list(Kind::Bool)),
            ("map", Kind::map(Kind::Number)),
            ("pair", Kind::Tuple(vec![Kind::String, Kind::Bool])),
            ("set", Kind::set(Kind::String)),
            ("text", Kind::String),
        ]);
        let text = concat!(
            r#"{"any":{"value":["x"],"type":["list","string"]},"#,
            r#""big":123456789012345678901234567890.125,"list":[true,null],"map":{"a":-1},"#,
            r#""pair":["é",false],"set":["s"],"text":null}"#
        );
        let value = decode(text.as_bytes(), &kind).unwrap();
        let expected = Value::object([
            (
                "any",
                Value::Dynamic(Box::new((Kind::list(Kind::String), Value::List(vec!["x".into()])))),
            ),
            ("big", Value::Number("123456789012345678901234567890.125".parse().unwrap())),
            ("list", Value::List(vec![true.into(), Value::Null])),
            ("map", Value::Map([("a".into(), Value::from(-1))].into())),
            ("pair", Value::Tuple(vec!["é".into(), false.into()])),
            ("set", Value::Set(vec!["s".into()])),
            ("text", Value::Null),
        ]);
        assert_eq!(value, expected);
        let again: serde_json::Value =
            serde_json::from_slice(&encode(&value, &kind).unwrap()).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(text).unwrap());
    }

    #[test]
    fn a_number_in_quotes_keeps_its_digits() {
        let value = decode(br#""9007199254740993""#, &Kind::Number).unwrap();
        assert_eq!(value, Value::from(9_007_199_254_740_993));
    }

    #[test]
    fn values_without_a_json_form_are_rejected() {
        let infinity = Value::Number(Number::from_f64(f64::INFINITY).unwrap());
        assert_eq!(
            encode(&infinity, &Kind::Number).unwrap_err().defect(),
            &Defect::UnsayableInfinity
        );
        let kind = Kind::object([("a", Kind::Bool)]);
        let error = encode(&Value::object([("a", Value::UNKNOWN)]), &kind).unwrap_err();
        assert_eq!(error.defect(), &Defect::UnsayableUnknown);
        assert_eq!(error.path(), AttributePath::attribute("a"));
    }

    #[test]
    fn mismatched_values_are_rejected_with_their_path() {
        let kind = Kind::object([("a", Kind::list(Kind::Bool)), ("s", Kind::set(Kind::Bool))]);
        for (text, place) in [
            (r#"{"a":[true,1]}"#, "a[1]: a bool expected, a number found"),
            (r#"{"s":[1]}"#, "s: a bool expected, a number found"),
            (r#"{"z":1}"#, r#"the attribute "z" is not in the schema"#),
            ("[]", "an object expected, an array found"),
            (r#"{"a":{}}"#, "a: a list expected, an object found"),
            (r#"{"a":["x"]}"#, "a[0]: a bool expected, a string found"),
            ("true", "an object expected, a bool found"),
        ] {
            assert_eq!(decode(text.as_bytes(), &kind).unwrap_err().to_string(), place, "{text}");
        }
        assert!(matches!(decode(b"{", &kind).unwrap_err().defect(), Defect::InvalidJson(_)));
        assert_eq!(decode(b"{}", &Kind::Dynamic).unwrap_err().defect(), &Defect::InvalidType);
        let null = br#"{"value":null,"type":"dynamic"}"#;
        assert_eq!(decode(null, &Kind::Dynamic), Ok(Value::Null));
    }

    #[test]
    fn a_million_nested_arrays_are_refused() {
        let deep = "[".repeat(1_000_000);
        assert!(decode(deep.as_bytes(), &Kind::Dynamic).is_err());
        let mut kind = Kind::Bool;
        for _ in 0..MAX_DEPTH {
            kind = Kind::list(kind);
        }
        let text = format!("{}true{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(decode(text.as_bytes(), &kind).unwrap_err().defect(), &Defect::TooDeep);
    }
}
