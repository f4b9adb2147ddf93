//! What is read from a design: every key, in order, with its place, and an overlay laid over it.

use rankine_design::{
    Bytes, Count, Design, Encoding, FieldSource, FieldType, FileFormat, Findings, Fraction, KEYS, Kind,
    Milliseconds, PeriodOf, Rate, Rows, Setting, Source, Spanned, Task, TimeSource, TimeUnit, parse,
};
use serde_json::Value;

fn everything() -> Source {
    Source::new("design.toml", include_str!("everything.design.toml"))
}

fn mapping() -> Source {
    Source::new("mapping.toml", include_str!("everything.mapping.toml"))
}

fn good(sources: &[Source]) -> Design {
    let (design, findings) = parse(sources);
    assert_eq!(findings, Findings::new());
    design
}

fn values<T: Clone>(spanned: &[Spanned<T>]) -> Vec<T> {
    spanned.iter().map(|one| one.value.clone()).collect()
}

#[test]
fn every_key_of_a_design_is_read() {
    let design = good(&[everything()]);
    let (problem, scale, evaluate) = (design.problem, design.scale, design.evaluate);
    assert_eq!(problem.name.unwrap().value, "videos");
    assert_eq!(problem.task.unwrap().value, Task::Rank);
    assert_eq!(problem.objective.unwrap().value, "watches");
    assert_eq!((problem.for_.unwrap().value, problem.choose.unwrap().value), ("user".into(), "video".into()));
    assert_eq!((problem.slate.unwrap().value, problem.repeat.unwrap().value), (10, true));
    assert_eq!(scale.users.unwrap().value, Count { number: 100_000_000, daily: true });
    assert_eq!(scale.requests_peak.unwrap().value, Rate(12000.0));
    assert_eq!(scale.latency_p99.unwrap().value, Milliseconds(50));
    assert_eq!(scale.memory.unwrap().value, Bytes(4 << 30));
    assert_eq!(scale.servers.unwrap().value.number, 12);
    assert_eq!(scale.items.unwrap().value.number, 5_000_000);
    assert_eq!(scale.events_day.unwrap().value.number, 1_000_000_000);
    assert_eq!(evaluate.metric.unwrap().value, "ndcg@10");
    assert_eq!(evaluate.baseline.unwrap().value, "popular");
    assert_eq!(evaluate.margin.unwrap().value, Fraction(0.01));
    assert_eq!(evaluate.confidence.unwrap().value, Fraction(0.95));
    assert_eq!(values(&evaluate.guard), ["coverage >= 0.2"]);
    assert_eq!(values(&evaluate.report), ["recall@20"]);
    assert_eq!(values(&evaluate.slices), ["user.new"]);
    assert_eq!(evaluate.trials.unwrap().value, 3);
    let periods = evaluate.periods;
    let periods = [periods.history, periods.train, periods.validation, periods.test];
    assert_eq!(periods.map(|period| period.unwrap().value.0), [0.5, 0.2, 0.15, 0.15]);
}

#[test]
fn named_entries_keep_their_order() {
    let design = good(&[everything()]);
    let names: Vec<&str> = design.entities.iter().map(|entity| entity.name.value.as_str()).collect();
    assert_eq!(names, ["zebra", "user"]);
    let fields: Vec<_> =
        design.entities[0].fields.iter().map(|f| (f.name.value.as_str(), f.kind.unwrap().value)).collect();
    assert_eq!(fields, [("zeta", FieldType::Number), ("alpha", FieldType::Time)]);
    assert_eq!(design.request[0].name.value, "device");
    assert_eq!(design.events.iter().map(|event| event.fields.len()).collect::<Vec<_>>(), [1, 0]);
    let label = &design.labels[0];
    assert_eq!(values(&label.from), ["watch", "click"]);
    assert_eq!(label.when.as_ref().unwrap().value, "seconds > 3");
    assert_eq!(label.within.unwrap().value, Milliseconds(5_400_000));
}

#[test]
fn settings_and_steps_are_kept_as_written() {
    let design = good(&[everything()]);
    let feature = &design.features[0];
    assert_eq!(feature.kind.as_ref().unwrap().value, "rate");
    let names: Vec<&str> = feature.settings.iter().map(|(name, _)| name.value.as_str()).collect();
    assert_eq!(names, ["windows", "smoothing", "exact", "cap"]);
    let Setting::List(windows) = &feature.settings[0].1.value else { panic!("a list was written") };
    assert_eq!(values(windows), [Setting::Text("1h".into()), Setting::Integer(7)]);
    let rest: Vec<Setting> = feature.settings[1..].iter().map(|(_, value)| value.value.clone()).collect();
    assert_eq!(rest, [Setting::Float(0.5), Setting::Bool(true), Setting::Integer(3)]);
    let contender = &design.contenders[0];
    let retrieve: Vec<&str> = contender.retrieve.iter().map(|step| step.algorithm.value.as_str()).collect();
    assert_eq!(retrieve, ["als", "popular"]);
    assert_eq!(contender.retrieve[0].settings[0].0.value, "factors");
    assert_eq!(contender.depth.unwrap().value, 200);
    assert_eq!(contender.score[0].algorithm.value, "trees");
    assert_eq!(contender.rerank[0].algorithm.value, "mmr");
    assert_eq!(values(contender.features.as_ref().unwrap()), ["ctr"]);
}

#[test]
fn an_overlay_replaces_what_it_names() {
    let design = good(&[everything(), mapping()]);
    assert_eq!(design.problem.name.unwrap().value, "films");
    assert_eq!(design.problem.for_.unwrap().value, "user");
    let entities: Vec<_> =
        design.entities.iter().map(|e| (e.name.value.as_str(), e.fields[0].name.value.as_str())).collect();
    assert_eq!(entities, [("zebra", "zeta"), ("user", "age"), ("film", "title")]);
    assert_eq!(design.entities[1].fields.len(), 1);
    assert!(design.request.is_empty());
    assert_eq!(values(&design.labels[0].from), ["rate"]);
    assert!(design.labels[0].when.is_none());
    let kinds: Vec<_> = design.features.iter().map(|f| f.kind.as_ref().unwrap().value.as_str()).collect();
    assert_eq!(kinds, ["rate", "hour"]);
    assert_eq!(design.features[1].kind.as_ref().unwrap().span.source, 1);
    assert_eq!(design.contenders.len(), 1);
    assert_eq!(design.evaluate.trials.unwrap().value, 5);
    assert_eq!(design.evaluate.metric.unwrap().value, "ndcg@10");
}

#[test]
fn every_key_of_a_mapping_is_read() {
    let tables = good(&[everything(), mapping()]).tables;
    let files: Vec<&str> = tables.iter().map(|table| table.file.as_ref().unwrap().value.as_str()).collect();
    assert_eq!(files, ["u.data", "u.item", "visits/all.jsonl", "more.jsonl"]);
    assert_eq!((tables[0].separator, tables[1].separator), ('\t', ','));
    assert_eq!((tables[0].header, tables[1].header), (false, true));
    assert_eq!(tables[1].encoding, Encoding::Latin1);
    assert_eq!(tables[0].columns.len(), 5);
    let rows: Vec<Rows> = tables.iter().map(|table| table.rows.as_ref().unwrap().value.clone()).collect();
    let expected =
        [Rows::Interaction("rate".into()), Rows::Entity("film".into()), Rows::Request, Rows::Request];
    assert_eq!(rows, expected);
    let times: Vec<TimeSource> =
        tables.iter().map(|table| table.time.as_ref().unwrap().value.clone()).collect();
    let expected = [
        TimeSource::Since1970 { column: "timestamp".into(), unit: TimeUnit::Seconds },
        TimeSource::Formatted { column: "released".into(), format: "%d-%b-%Y".into() },
        TimeSource::At("1970-01-01".into()),
        TimeSource::Column("when".into()),
    ];
    assert_eq!(times, expected);
    let fields: Vec<FieldSource> = tables[1].fields.iter().map(|field| field.source.value.clone()).collect();
    let split = FieldSource::Split { column: "actors".into(), separator: '|' };
    assert_eq!(fields, [FieldSource::Flags("genre:".into()), split]);
    assert_eq!(tables[0].filter.as_ref().unwrap().equals.value, "1");
    assert_eq!(tables[1].id.as_ref().unwrap().value, "id");
}

/// Walks the design as JSON: at every place of a text stands that text.
fn check_places(value: &Value, sources: &[Source], checked: &mut usize) {
    match value {
        Value::Object(map) => {
            if let (Some(Value::String(text)), Some(span)) = (map.get("value"), map.get("span")) {
                let at = |key: &str| span[key].as_u64().map_or(usize::MAX, |at| at as usize);
                let written = &sources[at("source")].text[at("start")..at("end")];
                let bare = written.trim_matches('"').replace("\\t", "\t");
                assert!(
                    &bare == text || written.starts_with('{') || written == "true",
                    "{written} was read as {text}"
                );
                *checked += 1;
            }
            map.values().for_each(|value| check_places(value, sources, checked));
        }
        Value::Array(values) => values.iter().for_each(|value| check_places(value, sources, checked)),
        _ => {}
    }
}

#[test]
fn every_place_holds_what_was_read() {
    let sources = [everything(), mapping()];
    let mut checked = 0;
    check_places(&serde_json::to_value(good(&sources)).unwrap(), &sources, &mut checked);
    check_places(&serde_json::to_value(good(&[everything()])).unwrap(), &sources, &mut checked);
    assert!(checked > 80, "only {checked} texts have a place");
}

#[test]
fn every_example_in_the_list_of_keys_is_accepted() {
    for table in KEYS {
        for key in table.keys {
            let text =
                if table.path.is_empty() { String::new() } else { format!("{} = {}", key.name, key.example) };
            let text = match table.path {
                "" => continue,
                "problem" | "scale" | "decide" | "prices" | "evaluate" | "evaluate.periods"
                | "evaluate.split" => {
                    format!("[{}]\n{text}\n", table.path)
                }
                "entities.*" | "events.*" | "label.*" | "features.*" => {
                    format!("[{}]\n{text}\n", table.path.replace('*', "x"))
                }
                "contenders" | "tables" => format!("[[{}]]\n{text}\n", table.path),
                "step" => format!("[[contenders]]\nscore = {{ {text} }}\n"),
                "tables.fields.*" => format!("[[tables]]\nfields = {{ x = {{ {text} }} }}\n"),
                path => format!("[[tables]]\n{} = {{ {text} }}\n", path.replace("tables.", "")),
            };
            let (_, findings) = parse(&[Source::new("", ""), Source::new("example", text.clone())]);
            let allowed = ["missing-key", "bad-time", "bad-field"];
            let wrong: Vec<_> = findings.iter().filter(|finding| !allowed.contains(&finding.code)).collect();
            assert!(wrong.is_empty(), "{text}: {wrong:?}");
        }
    }
}

#[test]
fn every_required_key_is_missed() {
    let required = KEYS.iter().flat_map(|table| table.keys.iter().map(move |key| (table, key)));
    let mut checked = 0;
    for (table, key) in required.filter(|(table, key)| key.required && !table.path.is_empty()) {
        let text = match table.path {
            "problem" | "evaluate" | "evaluate.split" => format!("[{}]\n", table.path),
            "label.*" | "features.*" => format!("[{}]\n", table.path.replace('*', "x")),
            "contenders" | "tables" => format!("[[{}]]\n", table.path),
            "step" => "[[contenders]]\nscore = {}\n".to_owned(),
            path => format!("[[tables]]\n{} = {{}}\n", path.replace("tables.", "")),
        };
        let (_, findings) = parse(&[Source::new("", ""), Source::new("example", text)]);
        let needs = format!("needs `{}`", key.name);
        assert!(
            findings.iter().any(|finding| finding.message.ends_with(&needs)),
            "{} {}",
            table.path,
            key.name
        );
        checked += 1;
    }
    assert_eq!(checked, 12);
    assert!(KEYS.iter().any(|table| table.keys.iter().any(|key| matches!(key.kind, Kind::Steps(_)))));
}

#[test]
fn rows_are_in_a_file_or_in_a_database() {
    let rows = "interaction = \"click\"\nuser = \"u\"\nitem = \"i\"\ntime = \"t\"\n";
    let read = |keys: &str| {
        let text = format!("[[tables]]\n{keys}\n{rows}");
        parse(&[everything(), Source::new("mapping.toml", text)])
    };
    let cases = [
        ("file = \"a.parquet\"", FileFormat::Parquet, ""),
        ("file = \"a.JSONL.gz\"", FileFormat::Jsonl, ""),
        ("file = \"a.csv\"\nheader = true", FileFormat::Csv, ""),
        ("file = \"a.dat\"\nformat = \"parquet\"", FileFormat::Parquet, ""),
        ("table = \"clicks\"", FileFormat::Csv, ""),
        ("query = \"select 1\"\npostgres = \"postgres://me@host/db\"", FileFormat::Csv, ""),
        ("file = \"a.parquet\"\ntable = \"clicks\"", FileFormat::Parquet, "too-many"),
        ("table = \"clicks\"\nquery = \"select 1\"", FileFormat::Csv, "too-many"),
        ("header = true", FileFormat::Csv, "missing-key"),
        ("file = \"a.parquet\"\npostgres = \"postgres://h/db\"", FileFormat::Parquet, "misplaced-key"),
        ("table = \"a\"\npostgres = \"mysql://h/db\"", FileFormat::Csv, "bad-address"),
        ("table = \"a\"\npostgres = \"postgres://me:secret@h/db\"", FileFormat::Csv, "password-in-file"),
        ("table = \"a\"\npostgres = \"postgres://h/db?password=x\"", FileFormat::Csv, "password-in-file"),
    ];
    for (keys, format, code) in cases {
        let (design, findings) = read(keys);
        assert_eq!(design.tables[0].format, format, "{keys}");
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes.join(" "), code, "{keys}");
    }
}

#[test]
fn keys_of_examples_and_of_odds_are_read() {
    let text = "features = { age = {} }\n\
                evaluate = { propensity = \"request.odds\", pool = \"film.shelf\", freshness = true }\n\
                tables = [{ file = \"a.csv\", header = true, example = \"rate\", item = \"i\", prefix = \"a-\", \
                apart = true, period = \"test\", others = 3, fields = { shelf = { always = 7 } } }]\n";
    let design = good(&[everything(), Source::new("mapping.toml", text)]);
    let kinds: Vec<_> = design.features.iter().map(|feature| feature.name.value.as_str()).collect();
    assert_eq!(kinds, ["ctr"], "an empty feature takes the design's away");
    assert_eq!(design.evaluate.propensity.unwrap().value, "request.odds");
    assert_eq!(design.evaluate.pool.unwrap().value, "film.shelf");
    assert!(design.evaluate.freshness.unwrap().value);
    let [table] = design.tables.as_slice() else { panic!("one table") };
    assert_eq!(table.prefix.as_ref().unwrap().value, "a-");
    assert!(table.apart.unwrap().value);
    assert_eq!(table.period.as_ref().unwrap().value, PeriodOf::All(3));
    assert_eq!(table.others.unwrap().value, 3);
    assert_eq!(table.fields[0].source.value, FieldSource::Always("7".into()));
    // Beside another source it is not clear which is meant.
    let twice = text.replace("always = 7", "always = 7, column = \"b\"");
    let (_, findings) = parse(&[everything(), Source::new("mapping.toml", twice)]);
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["bad-field"]);
}
