//! The load of one server needs the number of servers.

use rankine_design::Finding;

use super::{Facts, Rule};

pub(super) static RULE: Rule = Rule {
    name: "peak-without-servers",
    what: "A peak load comes with the number of servers that share it.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let scale = &facts.design.scale;
    let (Some(peak), None) = (scale.requests_peak, scale.servers) else { return Vec::new() };
    let message = format!("one server is taken to carry the whole peak of {}", peak.value);
    vec![Finding::note(RULE.name, peak.span, message).help("write for example `servers = 12`")]
}
