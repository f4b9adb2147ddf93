//! What a design says, written out: conditions of labels, features, steps of a pipeline, scale.

use rankine::{Contender, Encode, Owner, Problem, Step};
use rankine_design::{Bytes, Rate, short};
use rankine_learn::features::{self, Spec};
use rankine_learn::{Expression, Kind, Label, Operator, Setting};

use crate::report::numbers::{latency, plain, setting};

/// A label's condition as a design writes it.
pub(super) fn condition(label: &Label, problem: &Problem) -> Option<String> {
    label.when.as_ref().map(|when| expression(when, label, problem, 0))
}

/// An expression; one that binds less than `outer` gets brackets.
fn expression(of: &Expression, label: &Label, problem: &Problem, outer: u8) -> String {
    let schema = &problem.schema;
    match of {
        Expression::Constant(value) => value.to_string(),
        Expression::Field(places) => {
            let named = label.from.iter().zip(places).find_map(|(kind, place)| {
                Some(schema.interactions.get(*kind)?.fields.get((*place)?)?.name.clone())
            });
            named.unwrap_or_default()
        }
        Expression::Item(at) => {
            let item = schema.item();
            format!("{}.{}", item.name, item.fields.get(*at).map_or("", |field| field.name.as_str()))
        }
        Expression::User(at) => {
            let user = schema.user();
            format!("{}.{}", user.name, user.fields.get(*at).map_or("", |field| field.name.as_str()))
        }
        Expression::Not(inner) => format!("not {}", expression(inner, label, problem, 3)),
        Expression::Binary(operator, left, right) => {
            let (sign, binds) = sign(*operator);
            let left = expression(left, label, problem, binds);
            let right = expression(right, label, problem, binds + 1);
            let text = format!("{left} {sign} {right}");
            if binds < outer { format!("({text})") } else { text }
        }
    }
}

/// How an operator is written, and how strongly it binds.
fn sign(operator: Operator) -> (&'static str, u8) {
    match operator {
        Operator::Or => ("or", 1),
        Operator::And => ("and", 2),
        Operator::Less => ("<", 4),
        Operator::LessOrEqual => ("<=", 4),
        Operator::Greater => (">", 4),
        Operator::GreaterOrEqual => (">=", 4),
        Operator::Equal => ("==", 4),
        Operator::NotEqual => ("!=", 4),
        Operator::Add => ("+", 5),
        Operator::Subtract => ("-", 5),
        Operator::Multiply => ("*", 6),
        Operator::Divide => ("/", 6),
    }
}

/// What a feature is made of: its kind and the settings that are not the card's defaults.
pub(super) fn feature(spec: &Spec) -> String {
    let Some(kind) = features::find(&spec.kind) else { return spec.kind.clone() };
    let defaults = kind.card.defaults();
    let own = kind.card.parameters.iter().filter_map(|parameter| {
        let value = spec.settings.0.get(parameter.name)?;
        let same = defaults.0.get(parameter.name) == Some(value);
        match value {
            // Windows speak for themselves, and matter also where the design left them alone.
            Setting::Durations(_) => Some(setting(value)),
            _ if same => None,
            Setting::Duration(_) => Some(setting(value)),
            _ => Some(format!("{} {}", parameter.name, setting(value))),
        }
    });
    std::iter::once(spec.kind.clone()).chain(own).collect::<Vec<_>>().join(", ").replacen(", ", " ", 1)
}

/// When the value of a feature is known, from what its kind reads.
pub(super) fn known(spec: &Spec) -> &'static str {
    let parameters = features::find(&spec.kind).map_or(&[][..], |kind| kind.card.parameters);
    let has = |wanted: fn(&Kind) -> bool| parameters.iter().any(|parameter| wanted(&parameter.kind));
    // A field that may be left out and is names nothing that there is.
    let fields = parameters.iter().filter(|parameter| parameter.kind == Kind::Field).filter_map(
        |parameter| match spec.settings.0.get(parameter.name) {
            Some(Setting::Word(field)) if field.contains('.') => Some(field.as_str()),
            _ => None,
        },
    );
    let fields: Vec<&str> = fields.collect();
    match () {
        () if has(|kind| matches!(kind, Kind::Event | Kind::Duration | Kind::Durations)) => {
            "from events known before it"
        }
        () if fields.iter().any(|field| field.starts_with("request.")) => "with the request",
        () if !fields.is_empty() => "as last told before it",
        () if has(|kind| *kind == Kind::Entity) => "since it is there",
        () => "with the request",
    }
}

/// The steps of a contender in a line.
pub(super) fn steps(contender: &Contender, problem: &Problem) -> String {
    let mut parts: Vec<String> = Vec::new();
    let named =
        |steps: &[Step]| steps.iter().map(|step| step.algorithm.clone()).collect::<Vec<_>>().join(", ");
    if !contender.encode.is_empty() {
        let encoded = contender.encode.iter().map(|encode| encoded(encode, problem));
        parts.push(encoded.collect::<Vec<_>>().join(", "));
    }
    if !contender.retrieve.is_empty() {
        parts.push(named(&contender.retrieve));
    }
    parts.extend(contender.detect.as_ref().map(|step| step.algorithm.clone()));
    if !contender.score.is_empty() {
        let heads: Vec<String> = contender.score.iter().map(|head| head.step.algorithm.clone()).collect();
        parts.push(heads.join(", "));
    }
    parts.extend(contender.fuse.as_ref().map(|step| format!("fused by {}", step.algorithm)));
    if !contender.rerank.is_empty() {
        parts.push(named(&contender.rerank));
    }
    parts.join(" › ")
}

/// An encoder and what it encodes.
pub(super) fn encoded(encode: &Encode, problem: &Problem) -> String {
    let schema = &problem.schema;
    let (owner, fields) = match encode.owner {
        Owner::Item => (schema.item().name.as_str(), &schema.item().fields),
        Owner::User => (schema.user().name.as_str(), &schema.user().fields),
        Owner::Request => ("request", &schema.context),
    };
    let field = fields.get(encode.field).map_or("", |field| field.name.as_str());
    format!("{} of {owner}.{field}", encode.step.algorithm)
}

/// A sentence that goes on after a word.
pub(super) fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// What the design says of size and bounds, each with the key that says it.
pub(super) fn scale(problem: &Problem) -> Vec<(String, &'static str)> {
    let scale = &problem.scale;
    let given = [
        (scale.users.map(|value| format!("{} users", short(value))), "users"),
        (scale.items.map(|value| format!("{} items", short(value))), "items"),
        (scale.requests_peak.map(|value| format!("{} at the peak", Rate(value))), "requests_peak"),
        (scale.servers.map(|value| format!("{} servers", short(value))), "servers"),
        (scale.latency_p99.map(|value| format!("p99 within {}", plain(&latency(value)))), "latency_p99"),
        (scale.memory.map(|value| format!("{} a server", Bytes(value as u64))), "memory"),
        (scale.events_day.map(|value| format!("{} events a day", short(value))), "events_day"),
    ];
    given.into_iter().filter_map(|(said, key)| Some((said?, key))).collect()
}

#[cfg(test)]
mod tests {
    use rankine::clarify::clarify;
    use rankine_design::Source;

    use super::*;

    fn problem(case: &str) -> Problem {
        let case = crate::cases::CASES.iter().find(|known| known.name == case).expect("there is such a case");
        clarify(&[Source::new("design.toml", case.files[0].1)]).problem.expect("a case's design is sound")
    }

    #[test]
    fn conditions_read_as_they_were_written() {
        let problem = problem("video-recommendation");
        let label = &problem.labels.0[0];
        assert_eq!(condition(label, &problem).as_deref(), Some("seconds >= 0.5 * video.seconds"));
        for text in
            ["(seconds + 1) * 2 > 3 or not seconds < 5", "seconds - (1 - seconds) > 0 and seconds > 1"]
        {
            let when = Expression::parse(text, &problem.schema, &label.from).expect("it is sound");
            let label = Label { when: Some(when), ..label.clone() };
            assert_eq!(condition(&label, &problem).as_deref(), Some(text));
        }
    }

    #[test]
    fn features_say_when_they_are_known() {
        let problem = problem("video-recommendation");
        let told: Vec<(String, &str)> =
            problem.features.iter().map(|spec| (feature(spec), known(spec))).collect();
        let expected = [
            ("age of video", "since it is there"),
            ("field of video.seconds", "as last told before it"),
            ("field of video.channel", "as last told before it"),
            ("field of request.device", "with the request"),
            ("hour", "with the request"),
            ("count event impression, of video, 1 d, 7 d", "from events known before it"),
            ("rate top click, bottom impression, of video, 1 d, 7 d", "from events known before it"),
        ];
        for ((said, when), (expected, moment)) in told.iter().zip(expected) {
            assert_eq!((said.as_str(), *when), (expected, moment));
        }
    }
}
