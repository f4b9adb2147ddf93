//! A label's condition depends on something.

use rankine_design::Finding;
use rankine_learn::Expression;

use super::{Facts, Rule};

pub(super) static RULE: Rule =
    Rule { name: "constant-label", what: "A label's condition reads at least one field.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for written in &facts.design.labels {
        let resolved = facts.problem.labels.0.iter().find(|label| label.name == written.name.value);
        let (Some(label), Some(text)) = (resolved, &written.when) else { continue };
        if label.when.as_ref().is_some_and(|when| !reads(when)) {
            let message =
                format!("the condition of `{}` reads no field: it holds always or never", label.name);
            let help = "leave `when` out if every event counts";
            findings.push(Finding::warning(RULE.name, text.span, message).help(help));
        }
    }
    findings
}

fn reads(expression: &Expression) -> bool {
    match expression {
        Expression::Constant(_) => false,
        Expression::Field(_) | Expression::Item(_) | Expression::User(_) => true,
        Expression::Binary(_, left, right) => reads(left) || reads(right),
        Expression::Not(inner) => reads(inner),
    }
}
