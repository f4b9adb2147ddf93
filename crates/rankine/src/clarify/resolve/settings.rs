//! The settings of an algorithm or a feature, checked against its card and filled from it.

use std::io::Read;
use std::path::{Path, PathBuf};

use rankine_design::{
    Design, Finding, Milliseconds, Quantity, Setting as Written, Settings as Given, Source, Span, Spanned,
};
use rankine_learn::{Card, Content, Kind, Labels, Parameter, Preset, Schema, Setting, Settings};

use super::super::words::{instead, quoted, unknown};
use crate::bundle::hash;

/// Largest file that a design may name.
const LARGEST: u64 = 256 << 20;

/// What names a setting may refer to.
pub(super) struct Known {
    /// Interactions, labels, `impression` and `label`.
    pub(super) events: Vec<String>,
    /// Entities.
    pub(super) entities: Vec<String>,
    /// Fields as `entity.field`, `request.field` and `event.field`.
    pub(super) fields: Vec<String>,
    /// Labels as written, each with its place in the problem; none where the data set leaves it out.
    labels: Vec<(String, Option<u32>)>,
    /// Where the files lie that each source names.
    folders: Vec<PathBuf>,
}

impl Known {
    /// The names of a design whose schema and labels were resolved.
    pub(super) fn new(design: &Design, sources: &[Source], schema: &Schema, labels: &Labels) -> Self {
        let mut events: Vec<String> = schema.interactions.iter().map(|kind| kind.name.clone()).collect();
        let place = |name: &String| labels.0.iter().position(|label| label.name == *name);
        let named = design.labels.iter().map(|label| label.name.value.clone());
        let labels: Vec<(String, Option<u32>)> =
            named.map(|name| (name.clone(), place(&name).map(|at| at as u32))).collect();
        events.extend(labels.iter().map(|(name, _)| name.clone()));
        events.extend(["impression", "label"].map(str::to_owned));
        let mut fields: Vec<String> = Vec::new();
        // The item's come first: messages take their example from there.
        let others = schema.entities.iter().enumerate().filter(|(index, _)| *index != schema.item);
        for entity in std::iter::once(schema.item()).chain(others.map(|(_, entity)| entity)) {
            fields.extend(entity.fields.iter().map(|field| format!("{}.{}", entity.name, field.name)));
        }
        fields.extend(schema.context.iter().map(|field| format!("request.{}", field.name)));
        for event in &schema.interactions {
            fields.extend(event.fields.iter().map(|field| format!("{}.{}", event.name, field.name)));
        }
        let entities = schema.entities.iter().map(|entity| entity.name.clone()).collect();
        let folders = sources.iter().map(|source| source.folder.clone()).collect();
        Self { events, entities, fields, labels, folders }
    }
}

/// What came of checking settings.
pub(super) struct Checked {
    /// All parameters of the card; those that an error is about are missing.
    pub(super) settings: Settings,
    /// Parameters that the design set.
    pub(super) fixed: Vec<String>,
    /// What is wrong.
    pub(super) errors: Vec<Finding>,
}

/// Checks `given` against the card of `of` (as messages call it), written at `span`.
pub(super) fn check(card: &Card, of: &str, span: Span, given: &Given, known: &Known) -> Checked {
    let mut checked = Checked { settings: card.defaults(), fixed: Vec::new(), errors: Vec::new() };
    for (key, value) in given {
        let Some(parameter) = card.parameter(&key.value) else {
            checked.errors.push(unknown_parameter(card, of, key));
            continue;
        };
        checked.fixed.push(key.value.clone());
        match read(parameter, value, known) {
            Ok(setting) => {
                checked.settings.0.insert(key.value.clone(), setting);
            }
            Err(finding) => {
                checked.settings.0.remove(parameter.name);
                checked.errors.push(finding);
            }
        }
    }
    for parameter in card.parameters.iter().filter(|parameter| parameter.default == Preset::Required) {
        if !checked.fixed.iter().any(|name| name == parameter.name) {
            let message = format!("{of} needs `{}`", parameter.name);
            let help =
                format!("write for example `{}`: {}", example(parameter, known), phrase(parameter.doc));
            checked.errors.push(Finding::error("missing-parameter", span, message).help(help));
        }
    }
    checked
}

fn unknown_parameter(card: &Card, of: &str, key: &Spanned<String>) -> Finding {
    let message = format!("{of} has no parameter {}", quoted(&key.value));
    let names = card.parameters.iter().map(|parameter| parameter.name);
    let help = match card.parameters {
        [] => "it has no parameters".to_owned(),
        _ => instead(&key.value, names),
    };
    Finding::error("unknown-parameter", key.span, message).help(help)
}

fn read(parameter: &Parameter, value: &Spanned<Written>, known: &Known) -> Result<Setting, Finding> {
    let wrong = |wanted: &str| {
        let message = format!("`{}` must be {wanted}, not {}", parameter.name, describe(&value.value));
        let help = format!("write for example `{}`: {}", example(parameter, known), phrase(parameter.doc));
        Finding::error("wrong-type", value.span, message).help(help)
    };
    match (parameter.kind, &value.value) {
        (Kind::Count { min, max }, Written::Integer(number)) => match u64::try_from(*number) {
            Ok(number) if (min..=max).contains(&number) => Ok(Setting::Count(number)),
            _ => Err(out_of_range(parameter, value.span, &min, &max, number)),
        },
        (Kind::Number { min, max }, Written::Integer(_) | Written::Float(_)) => {
            let number = match &value.value {
                Written::Integer(number) => *number as f64,
                Written::Float(number) => *number,
                _ => f64::NAN,
            };
            if (min..=max).contains(&number) {
                Ok(Setting::Number(number))
            } else {
                Err(out_of_range(parameter, value.span, &min, &max, &number))
            }
        }
        (Kind::Choice(words), Written::Text(word)) => {
            if words.contains(&word.as_str()) {
                return Ok(Setting::Word(word.clone()));
            }
            let message = format!("{} is not a value of `{}`", quoted(word), parameter.name);
            let help = instead(word, words.iter().copied());
            Err(Finding::error("unknown-value", value.span, message).help(help))
        }
        (Kind::Duration, _) => duration(parameter, value, &wrong).map(Setting::Duration),
        (Kind::Durations, Written::List(values)) => {
            let read = values.iter().map(|value| duration(parameter, value, &wrong));
            Ok(Setting::Durations(read.collect::<Result<_, _>>()?))
        }
        (Kind::Durations, _) => Ok(Setting::Durations(vec![duration(parameter, value, &wrong)?])),
        (Kind::Event, Written::Text(word)) => {
            name("unknown-event", "event or label", word, value.span, &known.events)
        }
        (Kind::Entity, Written::Text(word)) if word.contains('.') => {
            name("unknown-field", "field", word, value.span, &known.fields)
        }
        (Kind::Entity, Written::Text(word)) => {
            name("unknown-entity", "entity", word, value.span, &known.entities)
        }
        // What stands for no field at all.
        (Kind::Field, Written::Text(word)) if parameter.default == Preset::Word("none") && word == "none" => {
            Ok(Setting::Word(word.clone()))
        }
        (Kind::Field, Written::Text(word)) => name("unknown-field", "field", word, value.span, &known.fields),
        (Kind::Column, Written::Text(word)) => Ok(Setting::Word(word.clone())),
        (Kind::Words, Written::Text(word)) => Ok(Setting::Words(vec![word.clone()])),
        (Kind::Words, Written::List(values)) => {
            let word = |value: &Spanned<Written>| match &value.value {
                Written::Text(word) => Ok(word.clone()),
                _ => Err(wrong(wanted(parameter.kind))),
            };
            Ok(Setting::Words(values.iter().map(word).collect::<Result<_, _>>()?))
        }
        (Kind::Numbers, Written::List(values)) => {
            let number =
                |value: &Spanned<Written>| number(&value.value).ok_or_else(|| wrong(wanted(Kind::Numbers)));
            Ok(Setting::Numbers(values.iter().map(number).collect::<Result<_, _>>()?))
        }
        (Kind::Numbers, one) => match number(one) {
            Some(number) => Ok(Setting::Numbers(vec![number])),
            None => Err(wrong(wanted(Kind::Numbers))),
        },
        (Kind::Labels, Written::Text(word)) => Ok(Setting::Labels(vec![label(word, value.span, known)?])),
        (Kind::Labels, Written::List(values)) => {
            let one = |value: &Spanned<Written>| match &value.value {
                Written::Text(word) => label(word, value.span, known),
                _ => Err(wrong(wanted(Kind::Labels))),
            };
            Ok(Setting::Labels(values.iter().map(one).collect::<Result<_, _>>()?))
        }
        (Kind::File, Written::Text(path)) => file(path, value.span, known).map(Setting::File),
        (kind, _) => Err(wrong(wanted(kind))),
    }
}

fn number(value: &Written) -> Option<f64> {
    match value {
        Written::Integer(number) => Some(*number as f64),
        Written::Float(number) if number.is_finite() => Some(*number),
        _ => None,
    }
}

/// The place of a label; none for `-`, and for one that the data set leaves out.
fn label(word: &str, span: Span, known: &Known) -> Result<Option<u32>, Finding> {
    if word == "-" {
        return Ok(None);
    }
    match known.labels.iter().find(|(name, _)| name == word) {
        Some((_, place)) => Ok(*place),
        None => {
            let names = known.labels.iter().map(|(name, _)| name.as_str());
            Err(unknown("unknown-label", span, "label", word, names))
        }
    }
}

/// A file with what it holds, so that nothing later depends on what lies at its place then.
fn file(path: &str, span: Span, known: &Known) -> Result<Content, Finding> {
    let folder = known.folders.get(span.source).map_or(Path::new(""), PathBuf::as_path);
    let place = folder.join(path);
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(&place)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let wrong = |problem: String, help: String| {
        Finding::error("bad-file", span, format!("{}: {problem}", place.display())).help(help)
    };
    let bytes = read().map_err(|error| {
        let help = match folder.to_str() {
            Some("") | None => "a file that a design names is looked for in the working directory".to_owned(),
            Some(folder) => format!("a file that a design names is looked for in its folder, {folder}"),
        };
        wrong(error.to_string(), help)
    })?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(
            format!("larger than {} MiB", LARGEST >> 20),
            "a bundle holds the files that its design names".to_owned(),
        ));
    }
    Ok(Content { name: path.to_owned(), hash: hash(&bytes), bytes: bytes.into() })
}

fn name(
    code: &'static str,
    what: &str,
    word: &str,
    span: Span,
    known: &[String],
) -> Result<Setting, Finding> {
    if known.iter().any(|name| name == word) {
        return Ok(Setting::Word(word.to_owned()));
    }
    let finding = unknown(code, span, what, word, known.iter().map(String::as_str));
    // `seconds` for `video.seconds`: right field, owner forgotten.
    let suffix = format!(".{word}");
    Err(match known.iter().find(|name| name.ends_with(&suffix)) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    })
}

fn duration(
    parameter: &Parameter,
    value: &Spanned<Written>,
    wrong: &dyn Fn(&str) -> Finding,
) -> Result<i64, Finding> {
    let text = match &value.value {
        Written::Text(text) => text.clone(),
        // Nothing needs no unit.
        Written::Integer(0) => return Ok(0),
        Written::Integer(number) => number.to_string(),
        Written::Float(number) => number.to_string(),
        _ => return Err(wrong(wanted(parameter.kind))),
    };
    if text.trim() == "0" {
        return Ok(0);
    }
    match Milliseconds::parse(&text) {
        Ok(time) => Ok(time.0 as i64),
        Err(error) => Err(Finding::error("bad-quantity", value.span, error.message).help(error.help)),
    }
}

fn out_of_range(
    parameter: &Parameter,
    span: Span,
    min: &dyn std::fmt::Display,
    max: &dyn std::fmt::Display,
    number: &dyn std::fmt::Display,
) -> Finding {
    let message = format!("`{}` must be from {min} to {max}, not {number}", parameter.name);
    Finding::error("out-of-range", span, message).help(phrase(parameter.doc))
}

/// What a parameter of this kind holds, with its article.
fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Count { .. } => "a whole number",
        Kind::Number { .. } => "a number",
        Kind::Choice(_) => "a word",
        Kind::Duration => "a duration",
        Kind::Durations => "a list of durations",
        Kind::Event => "the name of an event or label",
        Kind::Entity => "the name of an entity",
        Kind::Field => "the name of a field",
        Kind::Column => "the name of a column",
        Kind::Words => "a list of words",
        Kind::Numbers => "a list of numbers",
        Kind::Labels => "a list of labels",
        Kind::File => "the name of a file",
    }
}

fn describe(value: &Written) -> &'static str {
    match value {
        Written::Text(_) => "text",
        Written::Integer(_) => "a whole number",
        Written::Float(_) => "a number",
        Written::Bool(_) => "true or false",
        Written::List(_) => "a list",
    }
}

/// How a parameter could be written.
fn example(parameter: &Parameter, known: &Known) -> String {
    let first = |names: &[String]| format!("\"{}\"", names.first().map_or("…", String::as_str));
    let value = match (parameter.kind, parameter.default) {
        (_, Preset::Count(number)) => number.to_string(),
        (_, Preset::Number(number)) => number.to_string(),
        (Kind::Count { min, .. }, _) => min.to_string(),
        (Kind::Number { min, .. }, _) => min.to_string(),
        (Kind::Choice(words), _) => format!("\"{}\"", words.first().unwrap_or(&"…")),
        (Kind::Duration, _) => "\"7d\"".to_owned(),
        (Kind::Durations, _) => "[\"1d\", \"7d\"]".to_owned(),
        (Kind::Event, _) => first(&known.events),
        (Kind::Entity, _) => first(&known.entities),
        (Kind::Field, _) => first(&known.fields),
        (Kind::Column, _) => "\"ctr[7d]\"".to_owned(),
        (Kind::Words, _) => "[\"…\"]".to_owned(),
        (Kind::Numbers, Preset::Numbers(numbers)) => format!("{numbers:?}"),
        (Kind::Numbers, _) => "[1]".to_owned(),
        (Kind::Labels, _) => {
            let label = known.labels.first().map_or("…", |(name, _)| name.as_str());
            format!("[\"{label}\"]")
        }
        (Kind::File, _) => "\"network.onnx\"".to_owned(),
    };
    format!("{} = {value}", parameter.name)
}

/// A sentence as the end of another one.
fn phrase(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
