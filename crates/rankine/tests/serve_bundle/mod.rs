//! A small bundle made by hand: three users, six videos, a few watches.
#![allow(dead_code, clippy::unwrap_used)] // each test uses a part, and only tests do

use std::path::Path;
use std::sync::Arc;

use rankine::log::{Dictionary, Intake, parse_line};
use rankine::{
    Bundle, Contender, Decide, Evaluate, MetricAt, Pipeline, Problem, Rehearsal, Scale, Split, Step,
};
use rankine_learn::algorithms::retrievers;
use rankine_learn::features::{self, Spec};
use rankine_learn::{
    EventKind, Expression, Field, FieldKind, Fold, Interactions, Label, Labels, Schema, SchemaEntity, Task,
    Value,
};

/// The moment after the log's last event.
pub(crate) const NOW: i64 = 1_767_225_600_000;

pub(crate) fn field(name: &str, kind: FieldKind) -> Field {
    Field { name: name.to_owned(), kind }
}

pub(crate) fn problem() -> Problem {
    let seconds = || vec![field("seconds", FieldKind::Number)];
    let schema = Schema {
        entities: vec![
            SchemaEntity { name: "user".into(), fields: vec![field("country", FieldKind::Category)] },
            SchemaEntity {
                name: "video".into(),
                fields: vec![
                    field("title", FieldKind::Text),
                    field("genre", FieldKind::Categories),
                    field("seconds", FieldKind::Number),
                ],
            },
        ],
        interactions: vec![
            EventKind { name: "click".into(), fields: Vec::new() },
            EventKind { name: "watch".into(), fields: seconds() },
        ],
        context: vec![field("device", FieldKind::Category)],
        user: 0,
        item: 1,
    };
    let when = Expression::parse("seconds >= 0.5 * video.seconds", &schema, &[1]).unwrap();
    let label = Label {
        name: "relevant".into(),
        from: vec![1],
        when: Some(when),
        value: None,
        unknown: false,
        within: 3_600_000,
    };
    let metric = MetricAt { name: "ndcg".into(), k: 10 };
    Problem {
        name: "videos".into(),
        task: Task::Rank,
        objective: "relevant watches".into(),
        slate: 3,
        repeat: false,
        schema,
        labels: Labels(vec![label]),
        features: Vec::new(),
        contenders: Vec::new(),
        evaluate: Evaluate {
            metric: metric.clone(),
            baseline: "popular".into(),
            margin: 0.01,
            confidence: 0.95,
            guards: Vec::new(),
            report: vec![metric],
            slices: Vec::new(),
            trials: 1,
            periods: [0.5, 0.2, 0.15, 0.15],
            split: Split::Time,
            similar: None,
            freshness: false,
            odds: None,
            allow: Default::default(),
        },
        decide: Decide::default(),
        prices: None,
        scale: Scale::default(),
        tables: Vec::new(),
    }
}

/// The log of the bundle: videos v1 to v6 of 100 seconds; v1 was watched twice, v2 once, by other users.
pub(crate) fn log() -> Vec<String> {
    let start = NOW - 1_000_000;
    let mut lines: Vec<String> = (1..=6)
        .map(|number| {
            let genre = if number % 2 == 0 { "news" } else { "comedy" };
            format!(
                r#"{{"event":"video","id":"v{number}","time":{start},"fields":{{"title":"Video {number}","genre":["{genre}"],"seconds":100}}}}"#
            )
        })
        .collect();
    lines.push(format!(r#"{{"event":"user","id":"u1","time":{start},"fields":{{"country":"no"}}}}"#));
    lines.push(format!(
        r#"{{"event":"request","id":"old1","time":{start},"user":"u2","context":{{"device":"phone"}},"shown":["v1","v2"]}}"#
    ));
    for (id, user, video) in [("o1", "u2", "v1"), ("o2", "u3", "v1"), ("o3", "u3", "v2")] {
        lines.push(format!(
            r#"{{"event":"watch","id":"{id}","time":{},"user":"{user}","video":"{video}","fields":{{"seconds":90}}}}"#,
            NOW - 1000
        ));
    }
    lines
}

pub(crate) fn step(kind: &retrievers::Kind) -> Step {
    Step { algorithm: kind.card.name.into(), settings: kind.card.defaults(), fixed: Vec::new() }
}

/// The bundle of [`log`] with the given retrievers, written to and read from `folder`.
pub(crate) fn bundle(folder: &Path, names: &[&str]) -> Bundle {
    let problem = problem();
    let mut intake = Intake::new(&problem.schema, Dictionary::new(&problem.schema));
    let mut fold = Fold::new(&problem.schema, &problem.labels, &problem.features).unwrap();
    for line in log() {
        let event = intake.take(parse_line(&line, &problem.schema).unwrap(), 0).unwrap();
        fold.observe(&event);
    }
    let kinds: Vec<_> = names.iter().map(|name| retrievers::find(name).unwrap()).collect();
    let contender = Contender {
        name: names.join("-"),
        retrieve: kinds.iter().map(|kind| step(kind)).collect(),
        depth: 10,
        ..Contender::default()
    };
    let none = Interactions::new(3, 6, &[]);
    let fitted = kinds.iter().map(|kind| Arc::from((kind.fit)(&kind.card.defaults(), &none, 7)));
    let pipeline = Pipeline::new(contender, fitted.collect(), None, &problem).unwrap();
    let rehearsal =
        [Rehearsal { user: 0, context: vec![Value::Category(0)], pool: Vec::new(), picture: Vec::new() }];
    let to = folder.join("bundle");
    Bundle::write(&to, &problem, &intake.dictionary, &fold.save(), &pipeline, &rehearsal).unwrap();
    Bundle::read(&to).unwrap()
}

/// The hour of the day as a feature.
pub(crate) fn hour() -> Spec {
    let settings = features::find("hour").unwrap().card.defaults();
    Spec { name: "hour".into(), kind: "hour".into(), settings }
}
