//! Clarify as a person meets it: findings, the problem of the case, the sheet.

use rankine::clarify::clarify;
use rankine_design::{Findings, Severity, Source, render};

const CASE: &str = include_str!("../../../cases/video-recommendation/design.toml");
const MOVIELENS: &str = include_str!("../../../cases/video-recommendation/data/movielens.toml");

fn shown(findings: &Findings, sources: &[Source]) -> String {
    render(findings, sources, false, 100)
}

#[test]
fn the_case_becomes_a_problem() {
    let sources = [Source::new("design.toml", CASE)];
    let clarified = clarify(&sources);
    assert_eq!(shown(&clarified.findings, &sources), "");
    insta::assert_json_snapshot!("case_problem", clarified.problem.expect("there is no error"));
}

#[test]
fn movielens_is_laid_over_the_case() {
    let sources = [Source::new("design.toml", CASE), Source::new("movielens.toml", MOVIELENS)];
    let clarified = clarify(&sources);
    insta::assert_snapshot!("movielens_findings", shown(&clarified.findings, &sources));
    let problem = clarified.problem.expect("there is no error");
    assert_eq!(clarified.findings.count(Severity::Error), 0);
    assert_eq!(problem.tables.len(), 3);
    let features: Vec<&str> = problem.features.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(features, ["age", "hour", "genre", "habit", "work"]);
}
