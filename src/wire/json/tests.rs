use super::{decode, encode};
use crate::{
    value::{AttributePath, Kind, Number, Value},
    wire::{Cause, MAX_DEPTH},
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
    let again: serde_json::Value = serde_json::from_slice(&encode(&value, &kind).unwrap()).unwrap();
    assert_eq!(again, serde_json::from_str::<serde_json::Value>(text).unwrap());
}

#[test]
fn a_number_in_quotes_keeps_its_digits() {
    let value = decode(br#""9007199254740993""#, &Kind::Number).unwrap();
    assert_eq!(value, Value::from(9_007_199_254_740_993));
}

#[test]
fn what_json_cannot_say_is_refused() {
    let infinity = Value::Number(Number::from_f64(f64::INFINITY).unwrap());
    assert_eq!(encode(&infinity, &Kind::Number).unwrap_err().cause(), &Cause::UnsayableInfinity);
    let kind = Kind::object([("a", Kind::Bool)]);
    let error = encode(&Value::object([("a", Value::UNKNOWN)]), &kind).unwrap_err();
    assert_eq!(error.cause(), &Cause::UnsayableUnknown);
    assert_eq!(error.path(), AttributePath::attribute("a"));
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
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
    assert!(matches!(decode(b"{", &kind).unwrap_err().cause(), Cause::InvalidJson(_)));
    assert_eq!(decode(b"{}", &Kind::Dynamic).unwrap_err().cause(), &Cause::InvalidType);
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
    assert_eq!(decode(text.as_bytes(), &kind).unwrap_err().cause(), &Cause::TooDeep);
}
