use super::{decode, decode::decode_within, encode, upper_bound};
use crate::{
    value::{AttributePath, Kind, Number, Refinements, Value},
    wire::{Defect, MAX_DEPTH},
};

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn refined(refinements: Refinements) -> Value {
    Value::Unknown(Some(Box::new(refinements)))
}

/// Value, type and the bytes that Terraform writes for it.
fn fixtures() -> Vec<(Value, Kind, Vec<u8>)> {
    let typed = |kind: Kind, value: Value| Value::Dynamic(Box::new((kind, value)));
    let not_null = Refinements { null: Some(false), ..Refinements::default() };
    let https = Refinements { prefix: Some("https://".into()), ..not_null.clone() };
    let positive = Refinements {
        lower: Some((Number::from(0_i64), false)),
        upper: Some((Number::from(300_i64), true)),
        ..not_null.clone()
    };
    let few = Refinements { min_length: Some(1), max_length: Some(3), ..Refinements::default() };
    vec![
        (Value::Null, Kind::String, vec![0xc0]),
        (Value::UNKNOWN, Kind::String, vec![0xd4, 0, 0]),
        (Value::UNKNOWN, Kind::Dynamic, vec![0xd4, 0, 0]),
        (refined(not_null), Kind::Bool, vec![0xc7, 3, 0x0c, 0x81, 1, 0xc2]),
        (
            refined(https),
            Kind::String,
            [&[0xc7, 13, 0x0c, 0x82, 1, 0xc2, 2, 0xa8], b"https://".as_slice()].concat(),
        ),
        (
            refined(positive),
            Kind::Number,
            vec![0xc7, 13, 0x0c, 0x83, 1, 0xc2, 3, 0x92, 0, 0xc2, 4, 0x92, 0xcd, 0x01, 0x2c, 0xc3],
        ),
        (refined(few), Kind::list(Kind::Bool), vec![0xc7, 5, 0x0c, 0x82, 5, 1, 6, 3]),
        (true.into(), Kind::Bool, vec![0xc3]),
        ("é".into(), Kind::String, vec![0xa2, 0xc3, 0xa9]),
        (7.into(), Kind::Number, vec![7]),
        ((-7).into(), Kind::Number, vec![0xf9]),
        (number("0.5"), Kind::Number, vec![0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]),
        (number("0.1"), Kind::Number, b"\xa30.1".to_vec()),
        (
            Value::Number(Number::from_f64(f64::NEG_INFINITY).unwrap()),
            Kind::Number,
            vec![0xcb, 0xff, 0xf0, 0, 0, 0, 0, 0, 0],
        ),
        // 2^63 is exactly a float, but integers outside i64 are sent as text.
        (number("9223372036854775808"), Kind::Number, b"\xb39223372036854775808".to_vec()),
        (Value::Set(vec![1.into()]), Kind::set(Kind::Number), vec![0x91, 1]),
        (
            Value::Tuple(vec![true.into(), Value::Null]),
            Kind::Tuple(vec![Kind::Bool, Kind::String]),
            vec![0x92, 0xc3, 0xc0],
        ),
        (
            Value::Map([("a".into(), true.into())].into()),
            Kind::map(Kind::Bool),
            vec![0x81, 0xa1, b'a', 0xc3],
        ),
        (
            Value::object([("b", Value::from(1)), ("a", Value::Null)]),
            Kind::object([("b", Kind::Number), ("a", Kind::Bool)]),
            vec![0x82, 0xa1, b'a', 0xc0, 0xa1, b'b', 1],
        ),
        (
            typed(Kind::String, "x".into()),
            Kind::Dynamic,
            [&[0x92, 0xc4, 8], br#""string""#.as_slice(), &[0xa1, b'x']].concat(),
        ),
        (
            typed(Kind::Bool, Value::UNKNOWN),
            Kind::Dynamic,
            [&[0x92, 0xc4, 6], br#""bool""#.as_slice(), &[0xd4, 0, 0]].concat(),
        ),
    ]
}

#[test]
fn bytes_recorded_from_terraform_round_trip() {
    for (value, kind, bytes) in fixtures() {
        assert_eq!(encode(&value, &kind).unwrap(), bytes, "{value:?}");
        assert_eq!(decode(&bytes, &kind).unwrap(), value, "{bytes:x?}");
    }
}

#[test]
fn one_allocation_is_enough() {
    for (value, kind, bytes) in fixtures() {
        assert!(upper_bound(&value, &kind) >= bytes.len(), "{value:?}");
    }
    assert_eq!(upper_bound(&i64::MIN.into(), &Kind::Number), 9);
    // Every width of a length, at its edges.
    for length in [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536] {
        let text = Value::from("x".repeat(length));
        let bytes = encode(&text, &Kind::String).unwrap();
        assert_eq!(upper_bound(&text, &Kind::String), bytes.len(), "a text of {length}");
        let (list, kind) = (Value::List(vec![Value::Null; length]), Kind::list(Kind::Bool));
        let bytes = encode(&list, &kind).unwrap();
        assert_eq!(upper_bound(&list, &kind), bytes.len(), "a list of {length}");
    }
}

#[test]
fn every_width_of_a_number_is_read() {
    let widths: &[(&[u8], &str)] = &[
        (&[0xcc, 200], "200"),
        (&[0xcd, 1, 0], "256"),
        (&[0xce, 0, 1, 0, 0], "65536"),
        (&[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "18446744073709551615"),
        (&[0xd0, 0x80], "-128"),
        (&[0xd1, 0xff, 0], "-256"),
        (&[0xd2, 0xff, 0xff, 0, 0], "-65536"),
        (&[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], "-9223372036854775808"),
        (&[0xca, 0x3f, 0, 0, 0], "0.5"),
        (&[0xcb, 0x40, 0x45, 0, 0, 0, 0, 0, 0], "42"),
        (&[0xc4, 1, b'5'], "5"),
        (b"\xd9\x22123456789012345678901234567890.125", "123456789012345678901234567890.125"),
    ];
    for (bytes, text) in widths {
        assert_eq!(decode(bytes, &Kind::Number).unwrap(), number(text), "{bytes:x?}");
    }
}

#[test]
fn every_width_of_text_and_collections_is_read() {
    let texts: &[&[u8]] = &[
        b"\xa1x",
        b"\xd9\x01x",
        b"\xda\x00\x01x",
        b"\xdb\x00\x00\x00\x01x",
        b"\xc4\x01x",
        b"\xc5\x00\x01x",
        b"\xc6\x00\x00\x00\x01x",
    ];
    for bytes in texts {
        assert_eq!(decode(bytes, &Kind::String).unwrap(), "x".into(), "{bytes:x?}");
    }
    let lists: &[&[u8]] = &[b"\x91\xc3", b"\xdc\x00\x01\xc3", b"\xdd\x00\x00\x00\x01\xc3"];
    for bytes in lists {
        let list = decode(bytes, &Kind::list(Kind::Bool)).unwrap();
        assert_eq!(list, Value::List(vec![true.into()]), "{bytes:x?}");
    }
    let maps: &[&[u8]] =
        &[b"\x81\xa1a\xc3", b"\xde\x00\x01\xa1a\xc3", b"\xdf\x00\x00\x00\x01\xa1a\xc3"];
    for bytes in maps {
        let map = decode(bytes, &Kind::map(Kind::Bool)).unwrap();
        assert_eq!(map, Value::Map([("a".into(), true.into())].into()), "{bytes:x?}");
    }
}

#[test]
fn any_extension_is_an_unknown_value() {
    let extensions: &[&[u8]] = &[
        &[0xd4, 5, 1],
        &[0xd5, 0, 1, 2],
        &[0xd6, 0, 1, 2, 3, 4],
        &[0xd7, 0, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0xd8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
        &[0xc7, 0, 0],
        &[0xc8, 0, 1, 7, 9],
        &[0xc9, 0, 0, 0, 1, 7, 9],
        // Refinements without information, and one that only a newer client knows.
        &[0xd4, 12, 0x80],
        &[0xc7, 6, 12, 0x81, 99, 0x92, 1, 0x91, 2],
    ];
    for bytes in extensions {
        assert_eq!(decode(bytes, &Kind::String).unwrap(), Value::UNKNOWN, "{bytes:x?}");
    }
}

#[test]
fn unknown_refinements_are_skipped_completely() {
    // 99: [1, [2], {3: 4}], then 1 (null): false.
    let payload = [0x82, 99, 0x93, 1, 0x91, 2, 0x81, 3, 4, 1, 0xc2];
    let bytes = [&[0xc7, 11, 12], payload.as_slice()].concat();
    let not_null = refined(Refinements { null: Some(false), ..Refinements::default() });
    assert_eq!(decode(&bytes, &Kind::String).unwrap(), not_null);
}

#[test]
fn refinements_are_written_if_the_type_and_the_client_support_them() {
    let prefix = |length: usize| {
        refined(Refinements { prefix: Some("x".repeat(length).into()), ..Refinements::default() })
    };
    // With its head and its key this one is 1,024 bytes long.
    let longest = encode(&prefix(1019), &Kind::String).unwrap();
    assert_eq!(decode(&longest, &Kind::String).unwrap(), prefix(1019));
    assert_eq!(longest.len(), upper_bound(&prefix(1019), &Kind::String));
    let plain = [0xd4, 0, 0];
    assert_eq!(encode(&prefix(1020), &Kind::String).unwrap(), plain);
    assert_eq!(encode(&prefix(1), &Kind::Number).unwrap(), plain);
}

#[test]
fn a_null_of_no_type_is_null_in_both_forms() {
    assert_eq!(decode(&[0xc0], &Kind::Dynamic).unwrap(), Value::Null);
    let wrapped = [&[0x92, 0xc4, 9], br#""dynamic""#.as_slice(), &[0xc0]].concat();
    assert_eq!(decode(&wrapped, &Kind::Dynamic).unwrap(), Value::Null);
}

#[test]
fn an_attribute_left_out_is_null() {
    let kind = Kind::object([("a", Kind::Bool), ("b", Kind::Bool)]);
    let expected = Value::object([("a", Value::Null), ("b", true.into())]);
    assert_eq!(decode(b"\x81\xa1b\xc3", &kind).unwrap(), expected);
    assert_eq!(
        encode(&Value::object([("b", true)].map(|(name, truth)| (name, truth.into()))), &kind)
            .unwrap(),
        b"\x82\xa1a\xc0\xa1b\xc3"
    );
}

#[test]
fn attributes_in_any_order_are_read() {
    let kind = Kind::object([("a", Kind::Number), ("b", Kind::Number), ("c", Kind::Number)]);
    let value = decode(b"\x83\xa1c\x03\xa1a\x01\xa1b\x02", &kind).unwrap();
    let names = ["a", "b", "c"].into_iter().zip([1, 2, 3]);
    assert_eq!(value, Value::object(names.map(|(name, n)| (name, Value::from(n)))));
}

#[test]
fn objects_of_different_dynamic_types_keep_their_own_names() {
    let values = ["a", "b"].map(|name| {
        let kind = Kind::object([(name.to_owned(), Kind::Bool)]);
        let value = Value::object([(name, Value::from(true))]);
        Value::Dynamic(Box::new((kind, value)))
    });
    let value = Value::List(values.iter().cycle().take(6).cloned().collect());
    let kind = Kind::list(Kind::Dynamic);
    assert_eq!(decode(&encode(&value, &kind).unwrap(), &kind).unwrap(), value);
}

#[test]
fn mismatched_values_are_rejected_with_their_path() {
    let object = Kind::object([("a", Kind::list(Kind::Bool)), ("b", Kind::map(Kind::Bool))]);
    let cases: &[(&[u8], &Kind, AttributePath, Defect)] = &[
        (
            b"\x81\xa1a\x92\xc3\x01",
            &object,
            AttributePath::attribute("a").index(1),
            Defect::TypeMismatch { expected: "a bool", found: "a number" },
        ),
        (
            b"\x81\xa1b\x81\xa1k\xa1x",
            &object,
            AttributePath::attribute("b").key("k"),
            Defect::TypeMismatch { expected: "a bool", found: "a string" },
        ),
        (
            b"\x81\xa1z\xc3",
            &object,
            AttributePath::default(),
            Defect::ExtraAttribute("z".to_owned()),
        ),
        (
            b"\x82\xa1a\xc0\xa1a\x90",
            &object,
            AttributePath::default(),
            Defect::RepeatedAttribute("a".to_owned()),
        ),
        (
            b"\x91\x01",
            &Kind::set(Kind::Bool),
            AttributePath::default(),
            Defect::TypeMismatch { expected: "a bool", found: "a number" },
        ),
        (
            b"\x90",
            &Kind::Tuple(vec![Kind::Bool]),
            AttributePath::default(),
            Defect::WrongLength { expected: 1, found: 0 },
        ),
        (b"\xc3\xc3", &Kind::Bool, AttributePath::default(), Defect::TrailingBytes),
        (b"\xa1\xff", &Kind::String, AttributePath::default(), Defect::InvalidUtf8),
        (
            b"\xa11e",
            &Kind::Bool,
            AttributePath::default(),
            Defect::TypeMismatch { expected: "a bool", found: "a string" },
        ),
        (b"\xa21e", &Kind::Number, AttributePath::default(), Defect::InvalidNumber),
        (
            b"\xcb\x7f\xf8\0\0\0\0\0\0",
            &Kind::Number,
            AttributePath::default(),
            Defect::InvalidNumber,
        ),
        (b"\xc1", &Kind::Bool, AttributePath::default(), Defect::InvalidMsgpack),
        (b"", &Kind::Bool, AttributePath::default(), Defect::InvalidMsgpack),
        (b"\x92\xc4\x01x\xc0", &Kind::Dynamic, AttributePath::default(), Defect::InvalidType),
    ];
    for (bytes, kind, path, cause) in cases {
        let error = decode(bytes, kind).unwrap_err();
        assert_eq!((&error.path(), error.defect()), (path, cause), "{bytes:x?}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_not_encoded() {
    let kind = Kind::object([("a", Kind::list(Kind::Bool))]);
    let value = Value::object([("a", Value::List(vec![true.into(), 1.into()]))]);
    let error = encode(&value, &kind).unwrap_err();
    assert_eq!(error.to_string(), "a[1]: a bool expected, a number found");

    let extra = Value::object([("a", Value::Null), ("z", Value::Null)]);
    let error = encode(&extra, &kind).unwrap_err();
    assert_eq!(error.defect(), &Defect::ExtraAttribute("z".to_owned()));
}

#[test]
fn an_announced_length_allocates_no_memory() {
    let huge: &[(&[u8], Kind)] = &[
        (b"\xdd\xff\xff\xff\xff", Kind::list(Kind::Bool)),
        (b"\xdf\xff\xff\xff\xff", Kind::map(Kind::Bool)),
        (b"\xdb\xff\xff\xff\xff", Kind::String),
        (b"\xc6\xff\xff\xff\xff", Kind::String),
        (b"\xc9\xff\xff\xff\xff\x0c", Kind::String),
        (b"\xc7\x06\x0c\x81\x63\xdf\xff\xff\xff\xff", Kind::String),
    ];
    for (bytes, kind) in huge {
        assert_eq!(
            decode(bytes, kind).unwrap_err().defect(),
            &Defect::InvalidMsgpack,
            "{bytes:x?}"
        );
    }
    let long = [&[0xc8, 0x04, 0x01, 0x0c], [0_u8; 1025].as_slice()].concat();
    assert_eq!(decode(&long, &Kind::String).unwrap_err().defect(), &Defect::TooLarge);
}

#[test]
fn the_number_of_values_is_limited() {
    let kind = Kind::list(Kind::list(Kind::Bool));
    let bytes = [0x92, 0x91, 0xc3, 0x91, 0xc3];
    assert!(decode_within(&bytes, &kind, 5).is_ok());
    assert_eq!(decode_within(&bytes, &kind, 4).unwrap_err().defect(), &Defect::TooLarge);
}

#[test]
fn depth_is_limited_in_both_directions() {
    let dynamic = |inner: &[u8]| [&[0x92, 0xc4, 9], br#""dynamic""#.as_slice(), inner].concat();
    let bytes = (0..10 * MAX_DEPTH).fold(vec![0xc3], |inner, _| dynamic(&inner));
    assert_eq!(decode(&bytes, &Kind::Dynamic).unwrap_err().defect(), &Defect::TooDeep);

    let nested = |levels| {
        (0..levels).fold((Value::Null, Kind::Bool), |(value, kind), _| {
            (Value::List(vec![value]), Kind::list(kind))
        })
    };
    let (value, kind) = nested(MAX_DEPTH - 1);
    assert_eq!(decode(&encode(&value, &kind).unwrap(), &kind).unwrap(), value);
    let (value, kind) = nested(MAX_DEPTH);
    assert_eq!(encode(&value, &kind).unwrap_err().defect(), &Defect::TooDeep);
}
