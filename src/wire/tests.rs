//! Properties of every value, and of every string of bytes.

use bytes::Bytes;
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
};

use super::{DynamicValue, json, msgpack};
use crate::value::{Kind, Number, Refinements, Value};

/// A value of every type, and what a user calls the type.
fn one_of_each() -> [(Kind, Value, &'static str); 9] {
    let typed = Value::Dynamic(Box::new((Kind::Bool, true.into())));
    [
        (Kind::Bool, true.into(), "a bool"),
        (Kind::Dynamic, typed, "a value with its type"),
        (Kind::list(Kind::Bool), Value::List(Vec::new()), "a list"),
        (Kind::map(Kind::Bool), Value::Map([].into()), "a map"),
        (Kind::Number, 1.into(), "a number"),
        (Kind::object([("a", Kind::Bool)]), Value::object([("a", Value::Null)]), "an object"),
        (Kind::set(Kind::Bool), Value::Set(Vec::new()), "a set"),
        (Kind::String, "".into(), "a string"),
        (Kind::Tuple(Vec::new()), Value::Tuple(Vec::new()), "a tuple"),
    ]
}

#[test]
fn a_value_of_another_type_is_refused_and_both_types_are_named() {
    for (kind, _, expected) in one_of_each() {
        for (_, value, found) in one_of_each().iter().filter(|(.., found)| *found != expected) {
            let message = format!("{expected} expected, {found} found");
            assert_eq!(json::encode(value, &kind).unwrap_err().to_string(), message);
            assert_eq!(msgpack::encode(value, &kind).unwrap_err().to_string(), message);
        }
    }
}

#[test]
fn a_tuple_of_another_length_is_refused() {
    let (kind, value) = (Kind::Tuple(vec![Kind::Bool; 2]), Value::Tuple(vec![true.into()]));
    let message = "a tuple of 2 elements expected, 1 found";
    assert_eq!(json::encode(&value, &kind).unwrap_err().to_string(), message);
    assert_eq!(msgpack::encode(&value, &kind).unwrap_err().to_string(), message);
}

#[test]
fn errors_in_a_map_report_the_key() {
    let (kind, value) = (Kind::map(Kind::Bool), Value::Map([("k".into(), 1.into())].into()));
    let message = r#"["k"]: a bool expected, a number found"#;
    assert_eq!(json::encode(&value, &kind).unwrap_err().to_string(), message);
    assert_eq!(json::decode(br#"{"k":1}"#, &kind).unwrap_err().to_string(), message);
    assert_eq!(msgpack::encode(&value, &kind).unwrap_err().to_string(), message);
    assert_eq!(msgpack::decode(b"\x81\xa1k\x01", &kind).unwrap_err().to_string(), message);
}

fn kinds() -> impl Strategy<Value = Kind> {
    let leaf =
        prop_oneof![Just(Kind::Bool), Just(Kind::Dynamic), Just(Kind::Number), Just(Kind::String),];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Kind::list),
            inner.clone().prop_map(Kind::map),
            inner.clone().prop_map(Kind::set),
            vec(inner.clone(), 0..4).prop_map(Kind::Tuple),
            btree_map("[a-z_]{1,6}", inner, 0..5).prop_map(Kind::object),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f32>().prop_filter_map("not NaN", |float| Number::from_f64(float.into())),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(|text| text.parse().unwrap()),
    ]
    // JSON has no infinity.
    .prop_filter("finite", |number| !number.to_string().contains("Inf"))
}

/// Values of this type; with unknown parts only where `unknowns` says so.
fn values(kind: &Kind, unknowns: bool) -> BoxedStrategy<Value> {
    let known = match kind {
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Dynamic => kinds()
            .prop_filter("one wrapper is enough", |kind| *kind != Kind::Dynamic)
            .prop_flat_map(move |kind| {
                let value = values(&kind, unknowns);
                value.prop_map(move |value| Value::Dynamic(Box::new((kind.clone(), value))))
            })
            .boxed(),
        Kind::List(kind) => vec(values(kind, unknowns), 0..4).prop_map(Value::List).boxed(),
        Kind::Map(kind) => btree_map(".{0,4}", values(kind, unknowns), 0..4)
            .prop_map(|map| {
                Value::Map(map.into_iter().map(|(key, value)| (key.into(), value)).collect())
            })
            .boxed(),
        Kind::Number => numbers().prop_map(Value::Number).boxed(),
        Kind::Object(kinds) => kinds
            .iter()
            .map(|(name, kind)| (Just(name.clone()), values(kind, unknowns)))
            .collect::<Vec<_>>()
            .prop_map(Value::object)
            .boxed(),
        Kind::Set(kind) => vec(values(kind, unknowns), 0..4).prop_map(Value::Set).boxed(),
        Kind::String => ".{0,40}".prop_map(Value::from).boxed(),
        Kind::Tuple(kinds) => kinds
            .iter()
            .map(|kind| values(kind, unknowns))
            .collect::<Vec<_>>()
            .prop_map(Value::Tuple)
            .boxed(),
    };
    let null = Just(Value::Null);
    if unknowns {
        prop_oneof![8 => known, 1 => null, 1 => unknown(kind)].boxed()
    } else {
        prop_oneof![8 => known, 1 => null].boxed()
    }
}

fn unknown(kind: &Kind) -> BoxedStrategy<Value> {
    let refinements = match kind {
        Kind::Dynamic => Just(Refinements::default()).boxed(),
        Kind::Number => {
            (option::of((numbers(), any::<bool>())), option::of((numbers(), any::<bool>())))
                .prop_map(|(lower, upper)| Refinements { lower, upper, ..Refinements::default() })
                .boxed()
        }
        Kind::String => option::of("[a-z:/]{0,30}")
            .prop_map(|prefix| Refinements {
                null: Some(false),
                prefix: prefix.map(Into::into),
                ..Refinements::default()
            })
            .boxed(),
        Kind::List(_) | Kind::Map(_) | Kind::Set(_) => {
            (option::of(0_i64..9), option::of(9_i64..99))
                .prop_map(|(min_length, max_length)| Refinements {
                    min_length,
                    max_length,
                    ..Refinements::default()
                })
                .boxed()
        }
        Kind::Bool | Kind::Object(_) | Kind::Tuple(_) => option::of(any::<bool>())
            .prop_map(|null| Refinements { null, ..Refinements::default() })
            .boxed(),
    };
    refinements
        .prop_map(|refinements| {
            let known = refinements != Refinements::default();
            Value::Unknown(known.then(|| Box::new(refinements)))
        })
        .boxed()
}

fn typed(unknowns: bool) -> impl Strategy<Value = (Kind, Value)> {
    kinds().prop_flat_map(move |kind| {
        let value = values(&kind, unknowns);
        value.prop_map(move |value| (kind.clone(), value))
    })
}

proptest! {
    #[test]
    fn msgpack_loses_nothing((kind, value) in typed(true)) {
        let bytes = msgpack::encode(&value, &kind).unwrap();
        prop_assert!(bytes.len() <= msgpack::upper_bound(&value, &kind));
        prop_assert_eq!(msgpack::decode(&bytes, &kind).unwrap(), value);
    }

    #[test]
    fn json_loses_nothing((kind, value) in typed(false)) {
        let bytes = json::encode(&value, &kind).unwrap();
        prop_assert_eq!(json::decode(&bytes, &kind).unwrap(), value);
    }

    #[test]
    fn truncated_or_altered_bytes_never_panic(
        (kind, value) in typed(true),
        flips in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = msgpack::encode(&value, &kind).unwrap();
        prop_assert!(msgpack::decode(&bytes[..cut.index(bytes.len())], &kind).is_err());
        for (place, byte) in flips {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        // A result must nevertheless be a value of the type.
        if let Ok(read) = msgpack::decode(&bytes, &kind) {
            prop_assert!(msgpack::encode(&read, &kind).is_ok());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        kind in kinds(),
        bytes in vec(any::<u8>(), 0..200),
    ) {
        if let Ok(read) = msgpack::decode(&bytes, &kind) {
            prop_assert!(msgpack::encode(&read, &kind).is_ok());
        }
        let _ = json::decode(&bytes, &kind);
    }
}

#[test]
fn msgpack_is_written_and_either_encoding_is_read() {
    let (one, two) = (Value::from(1), Value::from(2));
    let written = DynamicValue::encode(&one, &Kind::Number).unwrap();
    assert_eq!((&*written.msgpack, &*written.json), (&b"\x01"[..], &b""[..]));
    assert_eq!(written.decode(&Kind::Number), Ok(one.clone()));
    let json = Bytes::from("2");
    let in_json = DynamicValue { json: json.clone(), ..DynamicValue::default() };
    assert_eq!(in_json.decode(&Kind::Number), Ok(two));
    // If both are present, msgpack is used.
    assert_eq!(DynamicValue { json, ..written }.decode(&Kind::Number), Ok(one));
    assert_eq!(DynamicValue::default().decode(&Kind::Number), Ok(Value::Null));
}

#[test]
fn a_value_is_never_printed() {
    let value = DynamicValue { msgpack: Bytes::from("secret"), json: Bytes::from("hidden!") };
    assert_eq!(format!("{value:?}"), "DynamicValue (6 bytes of msgpack, 7 of JSON)");
}
