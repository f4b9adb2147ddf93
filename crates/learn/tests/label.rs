//! Label expressions: what they mean, what is wrong with bad ones, and that no text makes the parser panic.

use proptest::prelude::*;
use rankine_learn::{
    Event, EventKind, Expression, Field, FieldKind, Label, LabelError, Labels, Memory, Schema, SchemaEntity,
    Value, What,
};
use thin_vec::ThinVec;

fn schema() -> Schema {
    let fields = |list: &[(&str, FieldKind)]| -> Vec<Field> {
        list.iter().map(|(name, kind)| Field { name: (*name).to_owned(), kind: *kind }).collect()
    };
    let entity =
        |name: &str, list: &[(&str, FieldKind)]| SchemaEntity { name: name.to_owned(), fields: fields(list) };
    let kind =
        |name: &str, list: &[(&str, FieldKind)]| EventKind { name: name.to_owned(), fields: fields(list) };
    use FieldKind::{Number, Text, Time};
    Schema {
        entities: vec![
            entity("user", &[("age", Number)]),
            entity("video", &[("seconds", Number), ("released", Time), ("title", Text)]),
        ],
        interactions: vec![
            kind("watch", &[("seconds", Number), ("note", Text)]),
            kind("vote", &[("stars", Number), ("seconds", Number), ("_raw", Number)]),
        ],
        context: Vec::new(),
        user: 0,
        item: 1,
    }
}

fn parse(text: &str) -> Result<Expression, LabelError> {
    Expression::parse(text, &schema(), &[0, 1])
}

/// User 1 is 30; video 1 lasts 100 s, video 2 is only named, others are not.
fn memory() -> Memory {
    let mut memory = Memory::new(&schema());
    let entities = [
        (0, 1, vec![Value::Number(30.0)]),
        (1, 1, vec![Value::Number(100.0), Value::Time(7), Value::Text("x".to_owned())]),
        (1, 2, Vec::new()),
    ];
    for (kind, id, fields) in entities {
        memory.observe(
            &Event { time: 0, known: 0, what: What::Entity { kind, id, fields: fields.into() } },
            false,
        );
    }
    memory
}

/// Whether an event of a kind of interaction with item `item` satisfies the label.
fn holds(text: &str, kind: usize, item: u32, fields: &[f64]) -> bool {
    let when = Some(parse(text).unwrap_or_else(|error| panic!("{text}: {error}")));
    let labels = Labels(vec![Label {
        name: "good".to_owned(),
        from: vec![0, 1],
        when,
        value: None,
        unknown: false,
        within: 0,
    }]);
    let given = |value: &f64| if value.is_nan() { Value::Missing } else { Value::Number(*value) };
    let fields = fields.iter().map(given).collect();
    labels.satisfied(&What::Interaction { kind, user: 1, item, request: None, fields }, &memory()) == 1
}

#[test]
fn an_expression_means_what_it_says() {
    const GONE: f64 = f64::NAN;
    const WATCH: usize = 0;
    const VOTE: usize = 1;
    let table: &[(&str, usize, u32, &[f64], bool)] = &[
        ("seconds >= 0.5 * video.seconds", WATCH, 1, &[50.0], true),
        ("seconds >= 0.5 * video.seconds", WATCH, 1, &[49.9], false),
        // The same name stands at another place in another event.
        ("seconds >= 50", VOTE, 1, &[1.0, 60.0], true),
        ("seconds >= 50", VOTE, 1, &[60.0, 1.0], false),
        ("_raw == 2", VOTE, 1, &[0.0, 0.0, 2.0], true),
        // A field that the event does not have is missing.
        ("stars < 3", WATCH, 1, &[1.0], false),
        ("stars < 3 or seconds > 0", WATCH, 1, &[1.0], true),
        ("not stars < 3", WATCH, 1, &[1.0], true),
        // Missing values: of the event, of the item, of an item that nobody named, of a short list.
        ("seconds > 0", WATCH, 1, &[GONE], false),
        ("seconds <= 0", WATCH, 1, &[GONE], false),
        ("seconds != 0", WATCH, 1, &[GONE], false),
        ("seconds + 1 > 0 or 1 > 2", WATCH, 1, &[GONE], false),
        ("seconds < video.seconds", WATCH, 2, &[1.0], false),
        ("seconds < video.seconds", WATCH, 9, &[1.0], false),
        ("seconds > 0", WATCH, 1, &[], false),
        ("user.age == 30 and video.released == 7", WATCH, 1, &[], true),
        // How operators bind.
        ("1 + 2 * 3 == 7", WATCH, 1, &[], true),
        ("(1 + 2) * 3 == 9", WATCH, 1, &[], true),
        ("7 - 2 - 1 == 4", WATCH, 1, &[], true),
        ("8 / 2 / 2 == 2", WATCH, 1, &[], true),
        ("1 == 1 or 1 == 2 and 1 == 3", WATCH, 1, &[], true),
        ("(1 == 1 or 1 == 2) and 1 == 3", WATCH, 1, &[], false),
        ("not 1 == 1 or 1 == 1", WATCH, 1, &[], true),
        ("not stars < 3", VOTE, 1, &[1.0], false),
        ("not stars < 3", VOTE, 1, &[4.0], true),
        ("not not stars < 3", VOTE, 1, &[1.0], true),
        ("1 == 1 and not 2 == 1", WATCH, 1, &[], true),
        ("not (1 == 1 or 1 == 1)", WATCH, 1, &[], false),
        ("-2 < -1", WATCH, 1, &[], true),
        ("3 - -1 == 4", WATCH, 1, &[], true),
        ("1e3 == 1000", WATCH, 1, &[], true),
        ("2<3 and(3<=3)", WATCH, 1, &[], true),
        // What is no finite number is missing.
        ("seconds / 0 > 5", WATCH, 1, &[1.0], false),
        ("0 / 0", WATCH, 1, &[], false),
        ("1e308 * 10 > 0", WATCH, 1, &[], false),
        ("seconds", WATCH, 1, &[2.0], true),
        ("seconds", WATCH, 1, &[0.0], false),
    ];
    for (text, kind, item, fields, want) in table {
        assert_eq!(holds(text, *kind, *item, fields), *want, "{text} with {fields:?} of item {item}");
    }
}

#[test]
fn a_bad_expression_is_told_where() {
    let long = vec!["1"; 300].join("+");
    let deep = "(".repeat(60);
    let table: &[(&str, &str, &str)] = &[
        ("", "the expression ends where a value is expected", ""),
        ("seconds >", "the expression ends where a value is expected", ""),
        ("seconds > > 3", "`>` stands where a value is expected", ">"),
        ("seconds = 3", "`=` does not belong here", "="),
        ("seconds => 3", "`=` does not belong here", "="),
        ("seconds === 3", "`===` does not belong here", "==="),
        ("seconds 3", "`3` does not belong here", "3"),
        ("1 < seconds < 3", "comparisons do not chain: join two of them by `and`", "<"),
        ("(seconds > 3", "this parenthesis is not closed", "("),
        ("seconds > 3)", "`)` does not belong here", ")"),
        ("()", "`)` stands where a value is expected", ")"),
        ("secnds > 3", "no field `secnds`", "secnds"),
        ("video.length > 3", "no field `video.length`", "video.length"),
        ("film.seconds > 3", "no field `film.seconds`", "film.seconds"),
        ("video. > 3", "no field `video.`", "video."),
        ("video.title > 3", "`video.title` is not a number", "video.title"),
        ("note > 3", "`note` is not a number", "note"),
        ("seconds > 1.2.3", "`1.2.3` is not a number", "1.2.3"),
        ("seconds > 3x", "`3x` is not a number", "3x"),
        ("seconds > 1e999", "`1e999` is not a number", "1e999"),
        ("seconds > \"a\"", "`\"` has no meaning here", "\""),
        ("seconds ≥ 3", "`≥` has no meaning here", "≥"),
        ("seconds > 3 && 1", "`&` has no meaning here", "&"),
        ("or seconds", "`or` stands where a value is expected", "or"),
        ("1 + not 2", "`not` stands where a value is expected", "not"),
        ("not", "the expression ends where a value is expected", ""),
        (&long, "the expression is longer than 500 words", "1"),
        (&deep, "the expression is nested too deeply", "("),
    ];
    for (text, message, place) in table {
        let error = parse(text).expect_err(text);
        assert_eq!((error.message.as_str(), &text[error.start..error.end]), (*message, *place), "{text}");
    }
    let place = parse("1 < seconds < 3").unwrap_err();
    assert_eq!((place.start, place.end), (12, 13), "the second of two equal words");
}

#[test]
fn an_unknown_field_comes_with_the_known_ones() {
    let known = ["seconds", "stars", "_raw", "video.seconds", "video.released", "user.age"];
    assert_eq!(parse("second > 3").unwrap_err().known, known);
    let watch = Expression::parse("stars > 3", &schema(), &[0]).unwrap_err();
    assert_eq!(watch.known, ["seconds", "video.seconds", "video.released", "user.age"]);
}

#[test]
fn labels_are_told_apart() {
    let label = |name: &str, from: &[usize], when: Option<&str>| Label {
        name: name.to_owned(),
        from: from.to_vec(),
        when: when.map(|when| Expression::parse(when, &schema(), from).unwrap()),
        value: None,
        unknown: false,
        within: 0,
    };
    let all = [
        label("watched", &[0], None),
        label("liked", &[1], Some("stars >= 4")),
        label("either", &[1, 0], Some("stars >= 4 or seconds > 10")),
    ];
    let labels = Labels(all.to_vec());
    let of = |kind: usize, fields: &[f64]| {
        let fields = fields.iter().map(|value| Value::Number(*value)).collect();
        labels.satisfied(&What::Interaction { kind, user: 1, item: 1, request: None, fields }, &memory())
    };
    assert_eq!((of(0, &[11.0]), of(0, &[5.0])), (0b101, 0b001));
    assert_eq!((of(1, &[5.0, 0.0]), of(1, &[1.0, 11.0]), of(1, &[1.0, 1.0])), (0b110, 0b100, 0));
    assert_eq!((labels.position("liked"), labels.position("shared")), (Some(1), None));
    let request = What::Request { request: 0, user: 1, context: ThinVec::new(), shown: vec![1].into() };
    assert_eq!(labels.satisfied(&request, &memory()), 0);
    let many = Labels(vec![all[0].clone(); 40]);
    let watch = What::Interaction { kind: 0, user: 1, item: 1, request: None, fields: ThinVec::new() };
    assert_eq!(many.satisfied(&watch, &memory()), u32::MAX, "the first 32 count");
}

#[test]
fn an_event_that_lacks_what_decides_says_nothing() {
    const GONE: f64 = f64::NAN;
    let said = |when: &str, fields: &[f64]| {
        let when = Some(Expression::parse(when, &schema(), &[1]).unwrap());
        let label =
            Label { name: "good".to_owned(), from: vec![1], when, value: None, unknown: false, within: 0 };
        let given = |value: &f64| if value.is_nan() { Value::Missing } else { Value::Number(*value) };
        let fields = fields.iter().map(given).collect();
        label.said(&What::Interaction { kind: 1, user: 1, item: 2, request: None, fields }, &memory())
    };
    for (when, fields, want) in [
        ("stars >= 4", [GONE, 1.0], None),
        ("stars >= 4", [3.0, GONE], Some(0.0)),
        ("seconds >= 10 and stars >= 4", [GONE, 3.0], Some(0.0)),
        ("seconds >= 10 and stars >= 4", [GONE, 30.0], None),
        ("seconds >= 10 or stars >= 4", [GONE, 3.0], None),
        ("seconds >= 10 or stars >= 4", [GONE, 30.0], Some(1.0)),
        ("not (seconds < 10 or stars < 4)", [GONE, 3.0], Some(0.0)),
        // What was not told does not speak against it.
        ("seconds >= 10 and not stars < 4", [GONE, 30.0], Some(1.0)),
        // Nothing is known of the item's length: no event could tell it.
        ("seconds > video.seconds", [1.0, 3.0], Some(0.0)),
    ] {
        assert_eq!(said(when, &fields), want, "{when} of {fields:?}");
    }
}

/// Text made of the words of expressions, so that it often nearly is one.
fn near_expressions() -> impl Strategy<Value = String> {
    let words = [
        "seconds",
        "stars",
        "video.seconds",
        "user.age",
        "1",
        "2.5",
        "(",
        ")",
        "not",
        "and",
        "or",
        "<",
        "<=",
        "==",
        "!=",
        "+",
        "-",
        "*",
        "/",
        "=",
        "x",
        ".",
        "é",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..30).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in prop_oneof![any::<String>(), near_expressions(), "[()not -]{0,200}"]) {
        match parse(&text) {
            Ok(expression) => {
                let labels =
                    Labels(vec![Label { name: "l".to_owned(), from: vec![0], when: Some(expression), value: None, unknown: false, within: 0 }]);
                let fields = vec![Value::Number(1.0)];
                labels.satisfied(&What::Interaction { kind: 0, user: 1, item: 1, request: None, fields: fields.into() }, &memory());
            }
            Err(error) => {
                prop_assert!(text.get(error.start..error.end).is_some(), "{error:?} is a place in {text:?}");
                prop_assert!(!error.message.is_empty());
            }
        }
    }

    #[test]
    fn arithmetic_is_arithmetic(a in -9i32..10, b in -9i32..10, c in 1i32..10) {
        let text = format!("{a} + {b} * {c} - ({a} - {c}) == {}", a + b * c - (a - c));
        prop_assert!(holds(&text, 0, 1, &[]), "{}", text);
    }
}

#[test]
fn long_texts_do_not_exhaust_the_stack() {
    for text in ["1+".repeat(500_000), "(".repeat(500_000), "not ".repeat(500_000), "-".repeat(500_000)] {
        assert!(parse(&text).is_err());
    }
    assert!(parse(&vec!["1"; 250].join(" + ")).is_ok());
}
