//! A schema, random logs over it, and every kind of feature in many settings.
#![allow(dead_code)] // each test file uses a part

use std::collections::BTreeMap;
use std::sync::Mutex;

use rankine_learn::features::{ALL, Kind as FeatureKind, Spec, build};
use rankine_learn::{
    Card, Event, EventKind, Expression, Field, FieldKind, Fold, Id, Kind, Label, Labels, Millis, Moment,
    Parameter, Rows, Schema, SchemaEntity, Setting, Settings, Value, What, hash,
};

pub(crate) const HOUR: Millis = 3_600_000;
pub(crate) const DAY: Millis = 24 * HOUR;
pub(crate) const USERS: u32 = 5;
pub(crate) const ITEMS: u32 = 7;

fn fields(list: &[(&str, FieldKind)]) -> Vec<Field> {
    list.iter().map(|(name, kind)| Field { name: (*name).to_owned(), kind: *kind }).collect()
}

pub(crate) fn schema() -> Schema {
    use FieldKind::{Categories, Category, Number, Text, Time, Vector};
    let entity =
        |name: &str, list: &[(&str, FieldKind)]| SchemaEntity { name: name.to_owned(), fields: fields(list) };
    let kind =
        |name: &str, list: &[(&str, FieldKind)]| EventKind { name: name.to_owned(), fields: fields(list) };
    let video = [
        ("genre", Categories),
        ("channel", Category),
        ("seconds", Number),
        ("released", Time),
        ("title", Text),
        ("look", Vector),
        ("latitude", Number),
        ("longitude", Number),
    ];
    let user = [
        ("country", Category),
        ("age", Number),
        ("zone", Number),
        ("taste", Vector),
        ("about", Text),
        ("latitude", Number),
        ("longitude", Number),
    ];
    Schema {
        entities: vec![entity("user", &user), entity("video", &video)],
        interactions: vec![kind("click", &[]), kind("watch", &[("seconds", Number)])],
        context: fields(&[("device", Category), ("query", Text), ("wish", Vector), ("zone", Number)]),
        user: 0,
        item: 1,
    }
}

pub(crate) fn labels() -> Labels {
    let when = Expression::parse("seconds >= 0.5 * video.seconds", &schema(), &[1]).unwrap();
    Labels(vec![Label {
        name: "relevant".to_owned(),
        from: vec![1],
        when: Some(when),
        value: None,
        unknown: false,
        within: HOUR,
    }])
}

/// Draws from a seed.
pub(crate) struct Draw(u64, u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Draw {
        Draw(seed, 0)
    }

    /// From 0 to `end - 1`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.1 += 1;
        hash(self.0, &[self.1]) % end
    }

    fn or_missing(&mut self, make: impl FnOnce(&mut Draw) -> Value) -> Value {
        if self.below(4) == 0 { Value::Missing } else { make(self) }
    }

    /// Up to eight of a few words, with signs between them.
    fn text(&mut self) -> Value {
        let words = ["é", "Abc", "abc", "de-f", "12", "13", "of", "你好"];
        let drawn: Vec<&str> = (0..self.below(9)).map(|_| words[self.below(8) as usize]).collect();
        Value::Text(drawn.join([" ", ", ", " / "][self.below(3) as usize]))
    }

    /// Of three numbers for the most part.
    fn vector(&mut self) -> Value {
        let long = [3, 3, 3, self.below(4)][self.below(4) as usize];
        Value::Vector((0..long).map(|_| self.below(5) as f32 - 2.0).collect())
    }

    /// From one less than `-end` to one more, by halves; so that some are beyond what there is.
    fn degrees(&mut self, end: u64) -> Value {
        Value::Number(self.below(4 * end + 1) as f64 / 2.0 - end as f64)
    }

    /// Minutes east of Greenwich, now and then nonsense.
    fn zone(&mut self) -> Value {
        Value::Number(self.below(200) as f64 * 15.0 - 1_000.0)
    }

    fn entity(&mut self) -> What {
        if self.below(4) == 0 {
            let id = self.below(u64::from(USERS)) as Id;
            let country = self.or_missing(|draw| Value::Category(draw.below(3) as u32));
            let age = self.or_missing(|draw| Value::Number(draw.below(90) as f64));
            let fields = vec![
                country,
                age,
                self.or_missing(Draw::zone),
                self.or_missing(Draw::vector),
                self.or_missing(Draw::text),
                self.or_missing(|draw| draw.degrees(91)),
                self.or_missing(|draw| draw.degrees(181)),
            ];
            return What::Entity { kind: 0, id, fields: fields.into() };
        }
        let words = |draw: &mut Draw| (0..draw.below(4)).map(|_| draw.below(4) as u32).collect();
        let fields = vec![
            self.or_missing(|draw| Value::Categories(words(draw))),
            self.or_missing(|draw| Value::Category(draw.below(3) as u32)),
            self.or_missing(|draw| Value::Number(draw.below(100) as f64)),
            self.or_missing(|draw| Value::Time(1_700_000_000_000 + draw.below(40) as Millis * DAY)),
            self.or_missing(Draw::text),
            self.or_missing(Draw::vector),
            self.or_missing(|draw| draw.degrees(91)),
            self.or_missing(|draw| draw.degrees(181)),
        ];
        What::Entity { kind: 1, id: self.below(u64::from(ITEMS)) as Id, fields: fields.into() }
    }

    fn request(&mut self, request: u32) -> What {
        let shown = (0..self.below(5)).map(|_| self.below(u64::from(ITEMS)) as Id).collect();
        let context = vec![
            self.or_missing(|draw| Value::Category(draw.below(2) as u32)),
            self.or_missing(Draw::text),
            self.or_missing(Draw::vector),
            self.or_missing(Draw::zone),
        ];
        What::Request { request, user: self.below(u64::from(USERS)) as Id, context: context.into(), shown }
    }

    fn interaction(&mut self) -> What {
        let kind = self.below(2) as usize;
        let seconds = self.or_missing(|draw| Value::Number(draw.below(100) as f64));
        let fields = if kind == 1 { vec![seconds] } else { Vec::new() };
        let (user, item) = (self.below(u64::from(USERS)) as Id, self.below(u64::from(ITEMS)) as Id);
        What::Interaction { kind, user, item, request: None, fields: fields.into() }
    }
}

/// A random log: equal moments, gaps and late news occur.
pub(crate) fn log(seed: u64, length: usize) -> Vec<Event> {
    let mut draw = Draw::new(seed);
    let (mut known, mut requests) = (1_700_000_000_000, 0);
    let mut events = Vec::new();
    for _ in 0..length {
        known += match draw.below(10) {
            0..3 => 0,
            9 => draw.below(30) as Millis * HOUR,
            _ => draw.below(3_600_000) as Millis,
        };
        let what = match draw.below(10) {
            0 => draw.entity(),
            1..4 => {
                requests += 1;
                draw.request(requests - 1)
            }
            _ => draw.interaction(),
        };
        let time = if draw.below(5) == 0 { known - draw.below(7_200_000) as Millis } else { known };
        events.push(Event { time, known, what });
    }
    events
}

/// What a parameter may be set to over this schema.
fn choices(card: &Card, parameter: &Parameter) -> Vec<Setting> {
    let words = |list: &[&str]| list.iter().map(|word| Setting::Word((*word).to_owned())).collect();
    let default = card.defaults().0.remove(parameter.name);
    let mut list: Vec<Setting> = match parameter.kind {
        Kind::Event => words(&["impression", "click", "watch", "relevant"]),
        Kind::Entity => words(&["user", "video", "video.genre", "video.channel", "watch.seconds"]),
        Kind::Field => fields_for(parameter.name).into_iter().map(Setting::Word).collect(),
        Kind::Numbers => vec![Setting::Numbers(vec![10.0, 50.0])],
        Kind::Column | Kind::Words | Kind::Labels | Kind::File => Vec::new(),
        Kind::Choice(list) => words(list),
        Kind::Duration => vec![Setting::Duration(2 * DAY)],
        Kind::Durations => vec![Setting::Durations(vec![DAY, 100 * HOUR + 1])],
        Kind::Count { min, .. } => vec![Setting::Count(min)],
        Kind::Number { .. } => {
            parameter.search.first().map(|value| Setting::Number(*value)).into_iter().collect()
        }
    };
    list.extend(default.filter(|default| !list.contains(default)));
    list
}

/// The names of all fields; of numbers only where there would be too many combinations.
fn fields_for(parameter: &str) -> Vec<String> {
    let schema = schema();
    let request = [("request", &schema.context)];
    let entities = schema.entities.iter().map(|entity| (entity.name.as_str(), &entity.fields));
    let events = schema.interactions.iter().map(|kind| (kind.name.as_str(), &kind.fields));
    let all = request.into_iter().chain(entities).chain(events);
    let narrow = parameter.ends_with("itude");
    let fits = |field: &&Field| !narrow || field.name.ends_with("itude");
    all.flat_map(|(owner, fields)| {
        fields.iter().filter(fits).map(move |field| format!("{owner}.{}", field.name))
    })
    .collect()
}

/// A kind in every combination of choices that it can be built with.
pub(crate) fn specs_of(kind: &FeatureKind) -> Vec<Spec> {
    static MADE: Mutex<BTreeMap<&'static str, Vec<Spec>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap();
    made.entry(kind.card.name).or_insert_with(|| make_specs(kind)).clone()
}

fn make_specs(kind: &FeatureKind) -> Vec<Spec> {
    let mut all = vec![Settings::default()];
    for parameter in kind.card.parameters {
        let choices = choices(&kind.card, parameter);
        let with = |settings: &Settings| {
            choices
                .iter()
                .map(|choice| settings.clone().with(parameter.name, choice.clone()))
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    let spec = |(at, settings)| Spec {
        name: format!("{}-{at}", kind.card.name),
        kind: kind.card.name.to_owned(),
        settings,
    };
    let buildable = |spec: &Spec| build(std::slice::from_ref(spec), &schema(), &labels()).is_ok();
    let specs: Vec<Spec> = all.into_iter().enumerate().map(spec).filter(buildable).collect();
    assert!(!specs.is_empty(), "`{}` cannot be built over the test schema", kind.card.name);
    specs
}

/// Every kind, at most `most` settings each, spread over the combinations.
pub(crate) fn specs(most: usize) -> Vec<Spec> {
    let spread = |kind: &&FeatureKind| {
        let all = specs_of(kind);
        let step = all.len().div_ceil(most);
        // A step that shares no factor with the powers of two among the choices meets all of them.
        all.into_iter().step_by(step | 1).collect::<Vec<_>>()
    };
    ALL.iter().flat_map(spread).collect()
}

pub(crate) fn fold(specs: &[Spec]) -> Fold {
    Fold::new(&schema(), &labels(), specs).unwrap()
}

/// All items and two that no log names.
pub(crate) fn items() -> Vec<Id> {
    (0..ITEMS).chain([ITEMS + 50, Id::MAX]).collect()
}

/// The values at a request, as bits so that missing equals missing.
pub(crate) fn values(fold: &Fold, event: &Event) -> Option<Vec<u32>> {
    let What::Request { user, context, .. } = &event.what else { return None };
    let moment = Moment { time: event.known, user: *user, context };
    Some(write(fold, &moment))
}

pub(crate) fn write(fold: &Fold, moment: &Moment<'_>) -> Vec<u32> {
    let items = items();
    let mut rows = Rows::missing(items.len(), fold.columns().len());
    fold.write(moment, &items, &mut rows);
    rows.values.into_iter().map(f32::to_bits).collect()
}

/// The values at every request of a log, each written before its request is observed.
pub(crate) fn replay(fold: &mut Fold, events: &[Event]) -> Vec<Vec<u32>> {
    let step = |event: &Event| {
        let values = values(fold, event);
        fold.observe(event);
        values
    };
    events.iter().filter_map(step).collect()
}
