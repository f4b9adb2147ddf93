//! Contenders differ.

use rankine_design::Finding;

use super::{Facts, Rule};
use crate::problem::Contender;

pub(super) static RULE: Rule =
    Rule { name: "same-contenders", what: "No two contenders have the same steps.", check };

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let contenders: Vec<_> = facts.contenders().collect();
    let mut findings = Vec::new();
    for (index, (written, contender)) in contenders.iter().enumerate() {
        let same = contenders[..index].iter().find(|(_, other)| {
            let renamed = Contender { name: contender.name.clone(), ..(*other).clone() };
            renamed == **contender
        });
        if let Some((_, other)) = same {
            let message = format!("`{}` does just what `{}` does", contender.name, other.name);
            let help = "take one away: each further contender widens every interval";
            findings.push(Finding::warning(RULE.name, written.name.span, message).help(help));
        }
    }
    findings
}
