//! The problem as a task of machine learning, and how its label misleads.

use rankine_design::Milliseconds;
use rankine_learn::{Expression, Field, Label, Schema, Task, metrics};

use super::super::words::article;
use super::{Alternative, Framing, MetricWhy};
use crate::problem::Problem;

pub(super) fn framing(problem: &Problem) -> Framing {
    let schema = &problem.schema;
    let (user, item) = (&schema.user().name, &schema.item().name);
    let label = problem.labels.0.first();
    let name = label.map_or("", |label| label.name.as_str());
    let names: Vec<String> = problem.labels.0.iter().map(|label| format!("`{}`", label.name)).collect();
    let all = names.join(", ");
    let (task, output) = match problem.task {
        Task::Rank => (
            format!("Rank {item}s for a {user}: learn from a log which ones lead to `{name}`."),
            format!("{} {item}s in order, the best first", problem.slate),
        ),
        Task::Classify => {
            (format!("Classify each {item}: how likely is {all}?"), classified(problem, item, &all))
        }
        Task::Regress => (
            format!("Predict {all} of each {item}, an amount."),
            format!("an amount for each {item} that is named"),
        ),
        Task::Detect => (
            format!("Find {all} in each {item}: learn from boxes that people drew."),
            format!(
                "boxes of {all} with the chance that each is right; those above a threshold that weighs a miss \
                 at {} against a mistake at {} are acted on",
                problem.decide.cost_missed, problem.decide.cost_wrong
            ),
        ),
    };
    let labels: Vec<String> = problem.labels.0.iter().map(|label| described(label, problem)).collect();
    let shown = if problem.task == Task::Rank { 1 } else { labels.len() };
    Framing {
        task,
        input: input(problem),
        output,
        label: labels[..shown.min(labels.len())].join("; "),
        objective: format!("The business wants {}; `{name}` stands for it.", problem.objective),
        gamed: label.map(|label| gamed(label, problem)).unwrap_or_default(),
        metrics: reasons(problem),
        alternatives: match problem.task {
            Task::Rank => alternatives(name, item),
            Task::Detect => other_findings(name, item),
            Task::Classify | Task::Regress => other_predictions(name, item, problem.task),
        },
    }
}

/// What comes of a probability.
fn classified(problem: &Problem, item: &str, labels: &str) -> String {
    let decide = &problem.decide;
    let mut output = format!("the probability of {labels} for each {item} that is named");
    if let Some(worth) = decide.worth.and_then(|at| problem.schema.item().fields.get(at)) {
        output.push_str(&format!(
            "; a slate of {} is ordered by `{}` times the probability",
            problem.slate, worth.name
        ));
    }
    if decide.acts() {
        output.push_str("; then act, review or leave");
    }
    output
}

fn input(problem: &Problem) -> String {
    let schema = &problem.schema;
    if let Some(field) = problem.picture().filter(|_| problem.detects()) {
        let item = schema.item();
        return format!("the pixels of the {}'s picture (`{}`)", item.name, item.fields[field].name);
    }
    let of = |owner: &str, fields: &[Field]| {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        if names.is_empty() { format!("the {owner}") } else { format!("the {owner} ({})", names.join(", ")) }
    };
    let events: Vec<&str> = schema.interactions.iter().map(|kind| kind.name.as_str()).collect();
    if problem.task != Task::Rank {
        let user = of(&schema.user().name, &schema.user().fields);
        let asker = if schema.user().fields.is_empty() { String::new() } else { format!(", {user}") };
        let item = of(&schema.item().name, &schema.item().fields);
        return format!(
            "{item}{asker}, {}, and everything known by then: {}",
            of("request", &schema.context),
            events.join(", ")
        );
    }
    format!(
        "{}, {}, candidates of the kind {}, and everything known by then: {}",
        of(&schema.user().name, &schema.user().fields),
        of("request", &schema.context),
        of(&schema.item().name, &schema.item().fields).trim_start_matches("the "),
        events.join(", ")
    )
}

fn described(label: &Label, problem: &Problem) -> String {
    let schema = &problem.schema;
    if problem.detects() {
        let events: Vec<&str> = label.from.iter().map(|&at| schema.interactions[at].name.as_str()).collect();
        let name = &label.name;
        return format!("`{name}`: the boxes of the class `{name}` that {} tells", events.join(" or "));
    }
    let one = |&at: &usize| {
        let name = &schema.interactions[at].name;
        format!("{} {name}", article(name))
    };
    let events: Vec<String> = label.from.iter().map(one).collect();
    let condition = if label.when.is_some() { " that meets the condition" } else { "" };
    let within = Milliseconds(label.within.max(0) as u64);
    let unknown = if label.unknown { "; not known where none came" } else { "" };
    let what = if label.value.is_some() { "an amount told by " } else { "" };
    let name = &label.name;
    format!("`{name}`: {what}{}{condition} within {within} of the request{unknown}", events.join(" or "))
}

/// What a label rewards besides what is meant, from its events' names and the fields it reads.
fn gamed(label: &Label, problem: &Problem) -> Vec<String> {
    if problem.detects() {
        return gamed_boxes(label, problem);
    }
    let schema = &problem.schema;
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
    if label.unknown && problem.task != Task::Rank {
        gamed.push(format!(
            "Selection: only {item}s that somebody looked at have a label, and why they were looked at is part \
             of it; the rest may be different."
        ));
    }
    if problem.task != Task::Rank && !named(&["click", "open", "tap", "view", "visit"]) {
        gamed.push(
            "Proxies: a column that follows the outcome, or stands for who is asked about, predicts well and \
             decides wrongly; ask of each when it is known and whom it stands for."
                .to_owned(),
        );
        return gamed;
    }
    gamed.push(format!(
        "Position and habit: what stands first is taken more, so the log praises whatever {item}s it showed."
    ));
    gamed
}

/// What boxes reward besides what is meant.
fn gamed_boxes(label: &Label, problem: &Problem) -> Vec<String> {
    let (name, item) = (&label.name, &problem.schema.item().name);
    vec![
        format!(
            "Near copies: {item}s of the same place or minute in train and test let a detector know the place \
             instead of the {name}; what belongs together needs one `for`."
        ),
        format!(
            "What people did not mark: a {name} that the annotators missed counts as a mistake of whoever \
             finds it, and small or dark ones are missed most."
        ),
        "Covering everything: misses fall to nothing and nobody sees the street; look at `overblur` beside it."
            .to_owned(),
        "An average over sizes: large, clear ones fill the average precision, and the small or half hidden ones \
         that matter hide in it."
            .to_owned(),
    ]
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

fn other_predictions(label: &str, item: &str, task: Task) -> Vec<Alternative> {
    let one = |name: &str, pro: String, con: String| Alternative { name: name.to_owned(), pro, con };
    let mut others = vec![one(
        "Ranking",
        format!("Only the order of {item}s is learned, which is all that a fixed number of places needs."),
        "No probability or amount: nothing to multiply with a price, no threshold that keeps its meaning."
            .to_owned(),
    )];
    if task == Task::Classify {
        others.push(one(
            "A model for each label, or one for all",
            "A model each can be tuned and rolled back alone.".to_owned(),
            "Rare labels borrow nothing from the common ones, and every model costs its serving.".to_owned(),
        ));
        others.push(one(
            "Regression on what it is worth",
            format!("Large cases of `{label}` count for more than small ones."),
            "Few large amounts rule the fit.".to_owned(),
        ));
        others.push(one(
            "A rule",
            "Everybody understands it, and it costs nothing to serve.".to_owned(),
            "It is as good as whoever wrote it, on the day it was written.".to_owned(),
        ));
    } else {
        others.push(one(
            "A quantile instead of the mean",
            format!("A promise about `{label}` that holds 9 times of 10."),
            "A quantile is no mean: sums of it are too large.".to_owned(),
        ));
        others.push(one(
            "Classes instead of amounts",
            "Whoever acts on it acts on classes: late or not.".to_owned(),
            "Borders throw away how far from them an amount is.".to_owned(),
        ));
    }
    others
}

fn other_findings(label: &str, item: &str) -> Vec<Alternative> {
    let one = |name: &str, pro: String, con: String| Alternative { name: name.to_owned(), pro, con };
    vec![
        one(
            "A class of the whole picture",
            format!("One answer a {item} (is there a {label}?) needs no boxes to learn from."),
            "It cannot say what to cover: all of it, or nothing.".to_owned(),
        ),
        one(
            "A mask of pixels",
            "What is covered fits what is there, and no street is lost.".to_owned(),
            "Outlines take people many times as long to draw as boxes.".to_owned(),
        ),
        one(
            "People look at everything",
            "They miss least, and every look is one more annotation.".to_owned(),
            "It does not grow with the pictures.".to_owned(),
        ),
        one(
            "A detector that somebody trained",
            "It has seen millions of pictures.".to_owned(),
            "Of other places, cameras and sizes: measure it on your own, and read its licence.".to_owned(),
        ),
    ]
}
