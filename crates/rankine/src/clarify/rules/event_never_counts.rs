//! Every event of a label can satisfy its condition.

use rankine_design::Finding;
use rankine_learn::Expression;

use super::{Facts, Rule};

pub(super) static RULE: Rule = Rule {
    name: "event-never-counts",
    what: "Each event of a label has a field that the label's condition reads.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for written in &facts.design.labels {
        let resolved = facts.problem.labels.0.iter().find(|label| label.name == written.name.value);
        let Some((label, when)) = resolved.and_then(|label| Some((label, label.when.as_ref()?))) else {
            continue;
        };
        let mut fields = Fields::default();
        fields.collect(when);
        if fields.negated || fields.places.is_empty() {
            continue;
        }
        for (at, &kind) in label.from.iter().enumerate() {
            if fields.places.iter().any(|places| places.get(at).is_some_and(Option::is_some)) {
                continue;
            }
            let event = &facts.problem.schema.interactions[kind].name;
            let span = written.from.iter().find(|from| from.value == *event).map(|from| from.span);
            let message =
                format!("a missing field meets no condition, so `{event}` never counts as `{}`", label.name);
            let help = format!(
                "`{event}` has none of the event's fields that `when` reads; make a label of its own for it"
            );
            findings.push(Finding::warning(RULE.name, span, message).help(help));
        }
    }
    findings
}

/// The fields of events that a condition reads.
#[derive(Default)]
struct Fields<'e> {
    /// For each of them its place in every event of the label.
    places: Vec<&'e [Option<usize>]>,
    /// Whether something is negated: what is missing may then count.
    negated: bool,
}

impl<'e> Fields<'e> {
    fn collect(&mut self, expression: &'e Expression) {
        match expression {
            Expression::Constant(_) | Expression::Item(_) | Expression::User(_) => {}
            Expression::Field(places) => self.places.push(places),
            Expression::Binary(_, left, right) => {
                self.collect(left);
                self.collect(right);
            }
            Expression::Not(_) => self.negated = true,
        }
    }
}
