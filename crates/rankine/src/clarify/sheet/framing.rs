//! The problem as a task of machine learning, and how its label misleads.

use rankine_design::Milliseconds;
use rankine_learn::{Expression, Field, Label, Schema, metrics};

use super::super::words::article;
use super::{Alternative, Framing, MetricWhy};
use crate::problem::Problem;

pub(super) fn framing(problem: &Problem) -> Framing {
    let schema = &problem.schema;
    let (user, item) = (&schema.user().name, &schema.item().name);
    let label = problem.labels.0.first();
    let name = label.map_or("", |label| label.name.as_str());
    Framing {
        task: format!("Rank {item}s for a {user}: learn from a log which ones lead to `{name}`."),
        input: input(schema),
        output: format!("{} {item}s in order, the best first", problem.slate),
        label: label.map(|label| described(label, schema)).unwrap_or_default(),
        objective: format!("The business wants {}; `{name}` stands for it.", problem.objective),
        gamed: label.map(|label| gamed(label, schema)).unwrap_or_default(),
        metrics: reasons(problem),
        alternatives: alternatives(name, item),
    }
}

fn input(schema: &Schema) -> String {
    let of = |owner: &str, fields: &[Field]| {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        if names.is_empty() { format!("the {owner}") } else { format!("the {owner} ({})", names.join(", ")) }
    };
    let events: Vec<&str> = schema.interactions.iter().map(|kind| kind.name.as_str()).collect();
    format!(
        "{}, {}, candidates of the kind {}, and everything known by then: {}",
        of(&schema.user().name, &schema.user().fields),
        of("request", &schema.context),
        of(&schema.item().name, &schema.item().fields).trim_start_matches("the "),
        events.join(", ")
    )
}

fn described(label: &Label, schema: &Schema) -> String {
    let one = |&at: &usize| {
        let name = &schema.interactions[at].name;
        format!("{} {name}", article(name))
    };
    let events: Vec<String> = label.from.iter().map(one).collect();
    let condition = if label.when.is_some() { " that meets the condition" } else { "" };
    let within = Milliseconds(label.within.max(0) as u64);
    format!("`{}`: {}{condition} within {within} of the request", label.name, events.join(" or "))
}

/// What a label rewards besides what is meant, from its events' names and the fields it reads.
fn gamed(label: &Label, schema: &Schema) -> Vec<String> {
    let item = &schema.item().name;
    let events: Vec<&str> = label.from.iter().map(|&at| schema.interactions[at].name.as_str()).collect();
    let mut read = Read::default();
    if let Some(when) = &label.when {
        read.collect(when, label, schema);
    }
    let named = |words: &[&str]| events.iter().any(|event| words.iter().any(|word| event.contains(word)));
    let fields =
        |words: &[&str]| read.event.iter().any(|field| words.iter().any(|word| field.contains(word)));
    let lasting = fields(&["second", "minute", "duration", "dwell", "time", "length"]);
    let mut gamed = Vec::new();
    if named(&["click", "open", "tap", "view", "visit"]) && read.event.is_empty() {
        gamed.push(format!(
            "Clickbait: titles and pictures that promise more than the {item} holds are taken, and then left."
        ));
    }
    if lasting && read.item.is_empty() {
        gamed.push(format!("Length: a long {item} gathers time however dull it is; short ones vanish."));
    }
    if lasting && !read.item.is_empty() {
        gamed.push(format!(
            "Shortness: a share of the length is met soonest by a short {item}, and by one left running."
        ));
    }
    if fields(&["star", "rating", "score", "grade"]) {
        gamed.push(
            "Selection: people rate what they chose and expected to like; the rest stays unseen.".to_owned(),
        );
    }
    if named(&["buy", "purchase", "order", "cart"]) {
        gamed.push("Cheap certainties: what would have been bought anyway counts as a success.".to_owned());
    }
    if named(&["like", "share", "comment", "reply", "react"]) {
        gamed.push("Outrage: what angers is answered and passed on most.".to_owned());
    }
    gamed.push(format!(
        "Position and habit: what stands first is taken more, so the log praises whatever {item}s it showed."
    ));
    gamed
}

/// The fields that an expression reads.
#[derive(Default)]
struct Read {
    event: Vec<String>,
    item: Vec<String>,
}

impl Read {
    fn collect(&mut self, expression: &Expression, label: &Label, schema: &Schema) {
        match expression {
            Expression::Constant(_) | Expression::User(_) => {}
            Expression::Field(places) => {
                for (kind, place) in label.from.iter().zip(places) {
                    let field = place.and_then(|at| schema.interactions[*kind].fields.get(at));
                    self.event.extend(field.map(|field| field.name.clone()));
                }
            }
            Expression::Item(at) => {
                self.item.extend(schema.item().fields.get(*at).map(|field| field.name.clone()));
            }
            Expression::Binary(_, left, right) => {
                self.collect(left, label, schema);
                self.collect(right, label, schema);
            }
            Expression::Not(inner) => self.collect(inner, label, schema),
        }
    }
}

fn reasons(problem: &Problem) -> Vec<MetricWhy> {
    let evaluate = &problem.evaluate;
    let what = |name: &str| metrics::find(name).map_or("", |metric| metric.card.what);
    let mut reasons = vec![MetricWhy {
        metric: evaluate.metric.to_string(),
        why: format!("Decides. {}", what(&evaluate.metric.name)),
    }];
    for guard in &evaluate.guards {
        let sign = if guard.at_least { ">=" } else { "<=" };
        let why = format!("Guards: a winner keeps it {sign} {}. {}", guard.bound, what(&guard.metric.name));
        reasons.push(MetricWhy { metric: guard.metric.to_string(), why });
    }
    for metric in &evaluate.report {
        if !reasons.iter().any(|reason| reason.metric == metric.to_string()) {
            let why = format!("Shown. {}", what(&metric.name));
            reasons.push(MetricWhy { metric: metric.to_string(), why });
        }
    }
    reasons
}

fn alternatives(label: &str, item: &str) -> Vec<Alternative> {
    let one = |name: &str, pro: String, con: String| Alternative { name: name.to_owned(), pro, con };
    vec![
        one(
            "Probability of the label",
            format!("A calibrated chance of `{label}` can be added to prices, costs and other labels."),
            "Calibration is bought with order: only the order is shown.".to_owned(),
        ),
        one(
            "Regression on an amount",
            "Large outcomes count for more than small ones.".to_owned(),
            "A few extreme values rule the fit, and long or dear things win by being so.".to_owned(),
        ),
        one(
            "Several labels in one score",
            "Short-term and long-term wishes are weighed in the open.".to_owned(),
            "Somebody must set the weights, and offline data cannot.".to_owned(),
        ),
        one(
            "Bandit",
            format!("It explores: a new {item} is tried and the log stops praising itself."),
            "It needs live traffic to learn, and a share of it is spent on worse answers.".to_owned(),
        ),
    ]
}
