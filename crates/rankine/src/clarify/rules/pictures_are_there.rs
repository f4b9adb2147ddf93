//! Boxes are sought in pictures, and learned from boxes that somebody marked.

use rankine_design::Finding;
use rankine_learn::FieldKind;

use super::super::words::quoted;
use super::{Facts, Rule};

pub(super) static RULE: Rule = Rule {
    name: "no-pictures",
    what: "Where boxes are sought items have a picture, and the events of labels tell boxes.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let (problem, design) = (facts.problem, facts.design);
    if !problem.detects() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let item = problem.schema.item();
    let pictures = item.fields.iter().filter(|field| field.kind == FieldKind::Image).count();
    if pictures != 1 {
        let span = design.problem.choose.as_ref().map(|choose| choose.span);
        let (message, help) = match pictures {
            0 => (
                format!("a {} has no picture to find boxes in", item.name),
                format!("write `file = \"image\"` into `[entities.{}]`", item.name),
            ),
            many => (
                format!("a {} has {many} pictures, and boxes are sought in one", item.name),
                "leave one field of type `image`".to_owned(),
            ),
        };
        findings.push(Finding::error(RULE.name, span, message).help(help));
    }
    for written in &design.labels {
        let name = &written.name.value;
        let Some(label) = problem.labels.0.iter().find(|label| label.name == *name) else { continue };
        for &kind in &label.from {
            if problem.boxes_of(kind).is_some() {
                continue;
            }
            let event = &problem.schema.interactions[kind].name;
            let span = written.from.iter().find(|from| from.value == *event).map(|from| from.span);
            let message = format!("the event {} of the label {} tells no boxes", quoted(event), quoted(name));
            let help = format!("write `boxes = \"boxes\"` into `[events.{event}]`");
            findings.push(Finding::error("label-without-boxes", span, message).help(help));
        }
        if let Some(when) = &written.when {
            let message =
                format!("the label {} takes all boxes of its class, whatever `when` says", quoted(name));
            let help = "leave `when` out; a label takes the boxes whose class bears its name";
            findings.push(Finding::error("wrong-label", when.span, message).help(help));
        }
    }
    findings
}
