//! Contradictions of a design that reads well: each rule in its file, all in one list.

mod always_true_guard;
mod bags_are_read;
mod baseline_is_contender;
mod columns_exist;
mod constant_label;
mod cut_off;
mod deciding_metric;
mod detectors_fit;
mod enough_candidates;
mod event_never_counts;
mod latency_budget;
mod margin_zero;
mod memory_budget;
mod metric_fits_task;
mod peak_without_servers;
mod period_shares;
mod pictures_are_there;
mod position_was_shown;
mod repeated_retriever;
mod same_contenders;
mod scorer_without_features;
mod scores_fit_task;
mod single_contender;
mod unused_features;

use std::collections::BTreeSet;

use rankine_design::{Contender as Written, Design, Finding};

use crate::problem::{Contender, Problem};

/// Every rule, in the order in which its findings come. Adding one: its file, its `mod` line above, its line
/// here.
pub(super) static ALL: &[&Rule] = &[
    &enough_candidates::RULE,
    &metric_fits_task::RULE,
    &scores_fit_task::RULE,
    &detectors_fit::RULE,
    &pictures_are_there::RULE,
    &bags_are_read::RULE,
    &columns_exist::RULE,
    &cut_off::RULE,
    &deciding_metric::RULE,
    &baseline_is_contender::RULE,
    &single_contender::RULE,
    &same_contenders::RULE,
    &repeated_retriever::RULE,
    &period_shares::RULE,
    &memory_budget::RULE,
    &latency_budget::RULE,
    &constant_label::RULE,
    &event_never_counts::RULE,
    &always_true_guard::RULE,
    &scorer_without_features::RULE,
    &unused_features::RULE,
    &position_was_shown::RULE,
    &margin_zero::RULE,
    &peak_without_servers::RULE,
];

/// A contradiction that a design may hold.
pub(super) struct Rule {
    /// The code of its findings.
    pub(super) name: &'static str,
    /// One sentence: what a design must not do.
    pub(super) what: &'static str,
    /// Looks for it; the findings bear the rule's name.
    pub(super) check: fn(&Facts<'_>) -> Vec<Finding>,
}

/// What rules look at. A part that an error was found in is missing from `problem`.
pub(super) struct Facts<'a> {
    pub(super) design: &'a Design,
    pub(super) problem: &'a Problem,
    /// Indices of contenders of which a part is missing.
    pub(super) incomplete: &'a BTreeSet<usize>,
}

impl Facts<'_> {
    /// The contenders that are whole, as written and as resolved.
    fn contenders(&self) -> impl Iterator<Item = (&Written, &Contender)> {
        let pairs = self.design.contenders.iter().zip(&self.problem.contenders).enumerate();
        pairs.filter(|(index, _)| !self.incomplete.contains(index)).map(|(_, pair)| pair)
    }
}

/// The findings of all rules.
pub(super) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    ALL.iter().flat_map(|rule| (rule.check)(facts)).collect()
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_a_sentence() {
        for (index, rule) in ALL.iter().enumerate() {
            assert!(rule.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", rule.name);
            assert!(rule.what.ends_with('.') && rule.what.len() > 20, "{}", rule.name);
            assert!(ALL[..index].iter().all(|other| other.name != rule.name), "{}", rule.name);
        }
    }
}
