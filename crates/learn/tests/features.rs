//! Features by example: the case's own settings, declared values, and what cannot be built.
#![allow(clippy::unwrap_used)] // a test may fail by a panic

mod features_log;

use features_log::{DAY, HOUR, labels, schema};
use rankine_learn::features::{Spec, build, find};
use rankine_learn::{Event, Fold, Id, Millis, Moment, Rows, Setting, Settings, Value, What};
use thin_vec::ThinVec;

const NOW: Millis = 1_700_006_400_000; // a whole number of days

fn spec(kind: &str, set: &[(&str, Setting)]) -> Spec {
    let defaults = find(kind).unwrap().card.defaults();
    let settings =
        set.iter().fold(defaults, |settings: Settings, (name, setting)| settings.with(name, setting.clone()));
    Spec { name: "x".to_owned(), kind: kind.to_owned(), settings }
}

fn word(word: &str) -> Setting {
    Setting::Word(word.to_owned())
}

fn windows(lengths: &[Millis]) -> Setting {
    Setting::Durations(lengths.to_vec())
}

fn numbers(list: &[f64]) -> Setting {
    Setting::Numbers(list.to_vec())
}

/// A number of watches, by user.
fn amount(value: &str) -> [(&'static str, Setting); 3] {
    [("event", word("watch")), ("value", word(value)), ("of", word("user"))]
}

fn fold(spec: Spec) -> Fold {
    Fold::new(&schema(), &labels(), &[spec]).unwrap()
}

fn at(known: Millis, what: What) -> Event {
    Event { time: known, known, what }
}

fn video(item: Id, genre: &[u32], channel: u32) -> What {
    let fields = vec![Value::Categories(genre.to_vec()), Value::Category(channel), Value::Number(10.0)];
    What::Entity { kind: 1, id: item, fields: fields.into() }
}

fn watch(user: Id, item: Id) -> What {
    What::Interaction { kind: 1, user, item, request: None, fields: vec![Value::Number(9.0)].into() }
}

fn click(user: Id, item: Id) -> What {
    What::Interaction { kind: 0, user, item, request: None, fields: ThinVec::new() }
}

fn show(user: Id, shown: &[Id]) -> What {
    What::Request { request: 0, user, context: ThinVec::new(), shown: shown.to_vec().into() }
}

/// The values for one item, now.
fn read(fold: &Fold, user: Id, item: Id) -> Vec<f32> {
    let mut rows = Rows::missing(1, fold.columns().len());
    fold.write(&Moment { time: NOW, user, context: &[Value::Category(4)] }, &[item], &mut rows);
    rows.values
}

#[track_caller]
fn close(have: &[f32], want: &[f64]) {
    let same = |(have, want): (&f32, &f64)| {
        have.is_nan() && want.is_nan() || (f64::from(*have) - want).abs() < 1e-5 * (1.0 + want.abs())
    };
    assert!(have.len() == want.len() && have.iter().zip(want).all(same), "have {have:?}, want {want:?}");
}

#[test]
fn the_settings_of_the_case_can_be_built() {
    let table = [
        (spec("age", &[("of", word("video"))]), &["x"][..]),
        (spec("field", &[("of", word("video.seconds"))]), &["x"]),
        (spec("field", &[("of", word("video.channel"))]), &["x"]),
        (spec("field", &[("of", word("video.genre"))]), &["x[count]", "x[first]"]),
        (spec("field", &[("of", word("request.device"))]), &["x"]),
        (spec("hour", &[]), &["x[day]", "x[week]"]),
        (spec("count", &[("event", word("impression")), ("of", word("video"))]), &["x[1d]", "x[7d]"]),
        (
            spec(
                "rate",
                &[
                    ("top", word("click")),
                    ("bottom", word("impression")),
                    ("of", word("video")),
                    ("windows", windows(&[7 * DAY])),
                ],
            ),
            &["x[7d]"],
        ),
        (spec("affinity", &[("to", word("video.genre"))]), &["x"]),
        (spec("affinity", &[("to", word("video.channel"))]), &["x"]),
        (spec("recency", &[("event", word("watch")), ("of", word("user"))]), &["x"]),
        (spec("pair", &[]), &["x"]),
    ];
    for (spec, columns) in table {
        let fold = fold(spec.clone());
        let names: Vec<&str> = fold.columns().iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, columns, "{spec:?}");
        let word = match &spec.settings.0.get("of") {
            Some(Setting::Word(word)) => word.as_str(),
            _ => "",
        };
        let category = matches!(word, "video.channel" | "request.device") && spec.kind == "field";
        assert_eq!(fold.columns()[0].category, category, "{spec:?}");
    }
}

#[test]
fn what_cannot_be_built_says_why() {
    let table = [
        (spec("age", &[("of", word("film"))]), "of", "`film` is neither the item's entity nor the user's"),
        (spec("field", &[("of", word("video.length"))]), "of", "`video.length` is not a field of"),
        (spec("field", &[("of", word("video"))]), "of", "`video` is not a field of"),
        (
            spec("count", &[("event", word("like")), ("of", word("video"))]),
            "event",
            "no event or label is called `like`",
        ),
        (spec("count", &[("event", word("click")), ("of", word("film"))]), "of", "`film` is neither"),
        (
            spec("count", &[("event", word("click")), ("of", word("video.title"))]),
            "of",
            "`video.title` is not a field",
        ),
        (
            spec("count", &[("event", word("click")), ("of", word("user")), ("windows", windows(&[]))]),
            "windows",
            "`windows` needs between 1 and 8",
        ),
        (
            spec("rate", &[("top", word("click")), ("bottom", word("x")), ("of", word("user"))]),
            "bottom",
            "no event or label is called `x`",
        ),
        (
            spec("affinity", &[("to", word("video.seconds"))]),
            "to",
            "`video.seconds` is not a field of `video` that holds",
        ),
        (spec("affinity", &[("to", word("user.country"))]), "to", "`user.country` is not a field of `video`"),
        (spec("pair", &[("window", Setting::Duration(5))]), "window", "`window` is shorter than a minute"),
        (
            spec("similarity", &[("of", word("video.seconds"))]),
            "of",
            "`video.seconds` holds no vector and no",
        ),
        (spec("similarity", &[("of", word("user.taste"))]), "of", "`user.taste` is not a field of `video`"),
        (
            spec("cosine", &[("of", word("video.look")), ("to", word("video.look"))]),
            "to",
            "`video.look` is not a field of the request or `user`",
        ),
        (
            spec("text-match", &[("of", word("video.title")), ("query", word("request.device"))]),
            "query",
            "`request.device` holds no text",
        ),
        (spec("hour", &[("zone", word("user.country"))]), "zone", "`user.country` holds no number"),
        (spec("field", &[("of", word("video.title")), ("as", word("hot"))]), "as", "`hot` is for a category"),
        (
            spec(
                "trend",
                &[("event", word("click")), ("of", word("user")), ("long", Setting::Duration(DAY))],
            ),
            "long",
            "`long` is not longer than `short`",
        ),
        (
            spec("aggregate", &amount("watch.length")),
            "value",
            "`watch.length` is not a field of the request, `video` or `user`, nor of an event",
        ),
        (spec("aggregate", &amount("video.title")), "value", "`video.title` holds no number"),
        (
            spec("aggregate", &[&amount("watch.seconds")[..], &[("write", word("difference"))]].concat()),
            "write",
            "`watch.seconds` is not a field of the item",
        ),
        (
            spec(
                "quantile",
                &[&amount("watch.seconds")[..], &[("quantiles", numbers(&[0.5, 2.0]))]].concat(),
            ),
            "quantiles",
            "the quantile 2 is not from 0 to 1",
        ),
        (
            spec("histogram", &[&amount("watch.seconds")[..], &[("edges", numbers(&[5.0, 5.0]))]].concat()),
            "edges",
            "`edges` do not ascend",
        ),
        (
            spec("distinct", &[("event", word("click")), ("what", word("user")), ("of", word("user"))]),
            "what",
            "there is always one",
        ),
        (spec("last", &[("what", word("user.country"))]), "what", "`user.country` is not a field of `video`"),
        (Spec { kind: "ratio".to_owned(), ..spec("hour", &[]) }, "kind", "no feature kind `ratio`"),
    ];
    for (spec, parameter, message) in table {
        let unfit = build(std::slice::from_ref(&spec), &schema(), &labels()).err().expect("cannot be built");
        assert!(unfit.to_string().contains(message), "{unfit} for {spec:?}");
        assert_eq!(unfit.parameter, parameter, "{spec:?}");
    }
    let none = rankine_learn::Labels::default();
    assert!(build(&[spec("affinity", &[("to", word("video.genre"))])], &schema(), &none).is_err());
}

#[test]
fn values_where_nothing_was_seen() {
    const GONE: f64 = f64::NAN;
    let of = |kind: &str, of: &str| spec(kind, &[("event", word("click")), ("of", word(of))]);
    let rate = spec("rate", &[("top", word("click")), ("bottom", word("impression")), ("of", word("video"))]);
    let affinity = spec("affinity", &[("to", word("video.genre"))]);
    // Before any event; then for an unknown user and item after user 0 clicked 1 of 2 shown and watched it.
    let table = [
        (spec("field", &[("of", word("video.seconds"))]), vec![GONE], vec![GONE]),
        (spec("field", &[("of", word("video.genre"))]), vec![GONE, GONE], vec![GONE, GONE]),
        (spec("field", &[("of", word("user.age"))]), vec![GONE], vec![GONE]),
        (spec("field", &[("of", word("request.device"))]), vec![4.0], vec![4.0]),
        (of("count", "video"), vec![0.0, 0.0], vec![0.0, 0.0]),
        (of("count", "user"), vec![0.0, 0.0], vec![0.0, 0.0]),
        (of("count", "video.genre"), vec![GONE, GONE], vec![GONE, GONE]),
        (rate, vec![GONE, GONE], vec![0.5, 0.5]),
        (affinity, vec![GONE], vec![GONE]),
        (of("recency", "video"), vec![GONE], vec![GONE]),
        (of("recency", "user"), vec![GONE], vec![GONE]),
        (spec("age", &[("of", word("video"))]), vec![GONE], vec![GONE]),
        (spec("age", &[("of", word("user"))]), vec![GONE], vec![GONE]),
        (spec("pair", &[]), vec![0.0], vec![0.0]),
    ];
    for (spec, empty, after) in table {
        let mut fold = fold(spec);
        close(&read(&fold, 0, 0), &empty);
        for what in [video(0, &[1], 1), show(0, &[0, 1]), click(0, 0), watch(0, 0)] {
            fold.observe(&at(NOW - HOUR, what));
        }
        close(&read(&fold, 77, 77), &after);
    }
}

#[test]
fn a_rate_is_smoothed_towards_the_rate_of_all() {
    let set = [
        ("top", word("click")),
        ("bottom", word("impression")),
        ("of", word("video")),
        ("windows", windows(&[DAY])),
        ("strength", Setting::Number(2.0)),
    ];
    let mut fold = fold(spec("rate", &set));
    fold.observe(&at(NOW - 3 * DAY, click(0, 5)));
    for what in [show(0, &[0, 1, 1]), show(1, &[0]), click(0, 0)] {
        fold.observe(&at(NOW - HOUR, what));
    }
    // One click in four impressions over all; the click of three days ago is out of the window.
    close(&read(&fold, 0, 0), &[(1.0 + 2.0 * 0.25) / (2.0 + 2.0)]);
    close(&read(&fold, 0, 1), &[(2.0 * 0.25) / (2.0 + 2.0)]);
    close(&read(&fold, 0, 5), &[0.25]);
}

#[test]
fn an_affinity_is_above_nought_for_a_liking() {
    let mut fold =
        fold(spec("affinity", &[("to", word("video.genre")), ("smoothing", Setting::Number(1.0))]));
    for (item, genre) in [(0, &[0][..]), (1, &[1]), (2, &[0, 1]), (3, &[9])] {
        fold.observe(&at(NOW - 9 * HOUR, video(item, genre, 0)));
    }
    let watches = [(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 1), (1, 1), (1, 0)];
    for (user, item) in watches {
        fold.observe(&at(NOW - HOUR, watch(user, item)));
    }
    // Half of everybody's watches are of genre 0, three quarters of user 0's.
    let (liked, not) = ((3.5f64 / 5.0 / 0.5).ln(), (1.5f64 / 5.0 / 0.5).ln());
    close(&read(&fold, 0, 0), &[liked]);
    close(&read(&fold, 0, 1), &[not]);
    close(&read(&fold, 0, 2), &[(liked + not) / 2.0]);
    close(&read(&fold, 0, 3), &[0.0]); // a word that nobody took
    close(&read(&fold, 50, 0), &[0.0]); // a user who took nothing
}

#[test]
fn a_taste_forgets_its_least_words_beyond_the_bound() {
    let mut fold = fold(spec("affinity", &[("to", word("video.channel"))]));
    for item in 0..200 {
        fold.observe(&at(NOW - 9 * HOUR, video(item, &[], item)));
    }
    let often = [0, 1].repeat(3).into_iter();
    for item in often.chain(2..200) {
        fold.observe(&at(NOW - HOUR, watch(0, item)));
    }
    let state = fold.save().len();
    for _ in 0..20 {
        fold.observe(&at(NOW - HOUR, watch(1, 150)));
    }
    let liking = |item| read(&fold, 0, item)[0];
    assert!(liking(0) > 0.0 && liking(1) > 0.0, "the largest counts stay");
    assert!(liking(199) > 0.0, "the newest word is in");
    assert!(liking(100) < 0.0, "a single event of long ago is forgotten");
    assert!(state < 200 * 60, "{state} bytes");
}

#[test]
fn a_meeting_beyond_the_cap_is_forgotten() {
    let mut fold = fold(spec("pair", &[("cap", Setting::Count(3)), ("event", word("click"))]));
    for item in [7, 7, 8, 7] {
        fold.observe(&at(NOW - HOUR, click(0, item)));
    }
    close(&read(&fold, 0, 7), &[3f64.ln()]); // two of three are among the latest three
    close(&read(&fold, 0, 8), &[2f64.ln()]);
    close(&read(&fold, 1, 7), &[0.0]);
}

#[test]
fn late_news_counts_when_it_is_known() {
    let mut fold = fold(spec("recency", &[("event", word("click")), ("of", word("video"))]));
    fold.observe(&Event { time: NOW - 5 * HOUR, known: NOW - HOUR, what: click(0, 3) });
    close(&read(&fold, 0, 3), &[2f64.ln()]);
}

#[test]
fn a_field_of_another_type_is_missing() {
    let values =
        |value: Value| [Value::Categories(vec![3, 1]), value.clone(), value.clone(), value.clone(), value];
    let table = [
        ("seconds", Value::Number(1.5), 1.5),
        ("seconds", Value::Number(f64::NAN), f64::NAN),
        ("seconds", Value::Number(1e300), f64::NAN),
        ("seconds", Value::Text("1".to_owned()), f64::NAN),
        ("channel", Value::Category(7), 7.0),
        ("channel", Value::Number(7.0), f64::NAN),
        ("released", Value::Time(NOW - 36 * HOUR), 36.0),
        ("released", Value::Time(NOW + 6 * HOUR), -6.0),
        ("released", Value::Number(1.0), f64::NAN),
        ("title", Value::Text("héé".to_owned()), 3.0),
        ("title", Value::Text(String::new()), 0.0),
        ("title", Value::Category(1), f64::NAN),
        ("genre", Value::Missing, 2.0),
    ];
    for (field, value, want) in table {
        let mut fold = fold(spec("field", &[("of", word(&format!("video.{field}")))]));
        let what = What::Entity { kind: 1, id: 0, fields: values(value).to_vec().into() };
        fold.observe(&at(NOW - HOUR, what));
        let have = read(&fold, 0, 0);
        close(&have[..1], &[want]);
        assert!(field != "genre" || have[1] == 3.0, "the first of the categories");
    }
    let short = fold(spec("field", &[("of", word("request.device"))]));
    let mut rows = Rows::missing(1, 1);
    short.write(&Moment { time: NOW, user: 0, context: &[] }, &[0], &mut rows);
    close(&rows.values, &[f64::NAN]);
}

#[test]
fn a_place_is_learned_from_and_never_asked() {
    let fold = Fold::new(
        &schema(),
        &labels(),
        &[
            spec("count", &[("event", word("click")), ("of", word("user"))]),
            Spec { name: "place".to_owned(), ..spec("position", &[("neutral", Setting::Number(3.0))]) },
            Spec { name: "raw".to_owned(), ..spec("position", &[("scale", word("raw"))]) },
        ],
    )
    .unwrap();
    close(&read(&fold, 0, 0), &[0.0, 0.0, 3f64.ln(), 1.0]);
    let places = [1, 4].map(|place| fold.shown(place));
    assert_eq!(places[0], [(2, 0.0), (3, 1.0)]);
    assert_eq!(places[1], [(2, 4f32.ln()), (3, 4.0)]);
}

/// A video with a title.
fn titled(item: Id, title: &str) -> What {
    let mut fields = vec![Value::Missing; 5];
    fields[4] = Value::Text(title.to_owned());
    What::Entity { kind: 1, id: item, fields: fields.into() }
}

#[test]
fn a_rare_word_and_a_short_title_match_better() {
    let query = [("of", word("video.title")), ("query", word("request.query"))];
    let mut fold = fold(spec("text-match", &query));
    let titles = ["The iPhone 12", "the iphone 13 and the rest of the world", "the news", "the weather"];
    for (item, title) in (0..).zip(titles) {
        fold.observe(&at(NOW - HOUR, titled(item, title)));
    }
    let ask = |text: &str| -> Vec<f32> {
        let context = [Value::Missing, Value::Text(text.to_owned())];
        let mut rows = Rows::missing(4, 2);
        fold.write(&Moment { time: NOW, user: 0, context: &context }, &[0, 1, 2, 3], &mut rows);
        rows.values
    };
    let said = ask("IPHONE 12!");
    assert!(said[0] > said[2] && said[2] > 0.0 && said[4] == 0.0, "{said:?}");
    assert_eq!([said[1], said[3], said[5]], [1.0, 0.5, 0.0]);
    let (common, rare) = (ask("the")[4], ask("news")[4]);
    assert!(rare > 3.0 * common && common > 0.0, "{rare} and {common}");
    assert!(ask("?!").iter().all(|value| value.is_nan()));
}

#[test]
fn what_is_taken_together_is_near() {
    let mut fold = fold(spec("covisitation", &[("event", word("click")), ("order", word("after"))]));
    // Three users go from 0 to 1, one of them on to 2 two days later; item 3 is alone.
    for user in 0..3 {
        for item in [0, 1] {
            fold.observe(&at(NOW - 90 * HOUR, click(user, item)));
        }
    }
    fold.observe(&at(NOW - 2 * HOUR, click(0, 2)));
    fold.observe(&at(NOW - HOUR, click(9, 0)));
    close(&read(&fold, 9, 1), &[3.0 / (4f64 * 3.0).sqrt()]);
    close(&read(&fold, 9, 2), &[0.0]);
    close(&read(&fold, 9, 0), &[f64::NAN]);
    close(&read(&fold, 8, 1), &[f64::NAN]);
    // What came before does not count backwards.
    fold.observe(&at(NOW - HOUR, click(8, 1)));
    close(&read(&fold, 8, 0), &[0.0]);
}

#[test]
fn a_session_ends_with_silence() {
    let mut fold = fold(spec("session", &[]));
    let minute = HOUR / 60;
    let ago = |minutes: Millis| NOW - minutes * minute;
    for (minutes, what) in
        [(200, click(0, 1)), (50, show(0, &[1])), (25, click(0, 1)), (24, click(1, 1)), (20, watch(0, 1))]
    {
        fold.observe(&at(ago(minutes), what));
    }
    close(&read(&fold, 0, 5), &[1.0, 2.0, 50.0]);
    fold.observe(&at(NOW - 10 * HOUR, click(2, 1)));
    close(&read(&fold, 2, 5), &[0.0, 0.0, 0.0]);
}
