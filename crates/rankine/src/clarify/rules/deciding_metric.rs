//! The verdict compares requests one by one, so its metric must have a value for each.

use rankine_design::Finding;
use rankine_learn::metrics::{self, Shape};

use super::{Facts, Rule};

pub(super) static RULE: Rule = Rule {
    name: "metric-cannot-decide",
    what: "The metric that decides has a value for each request or prediction.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let metric = &facts.problem.evaluate.metric;
    let (Some(found), Some(written)) = (metrics::find(&metric.name), &facts.design.evaluate.metric) else {
        return Vec::new();
    };
    if matches!(found.shape, Shape::PerRequest(_)) || found.shape.of_predictions() || found.shape.of_boxes() {
        return Vec::new();
    }
    let message = format!("`{}` is one number over all requests and cannot decide", metric.name);
    let help = format!("decide by a metric of each request, such as `ndcg`, and put `{metric}` into `guard`");
    vec![Finding::error(RULE.name, written.span, message).help(help)]
}
