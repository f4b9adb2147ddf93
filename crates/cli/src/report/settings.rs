//! What each contender is made of: chosen settings, trials, importance of columns.

use maud::{Markup, html};
use rankine::select::{Quality, Selection};
use rankine::{Problem, Step};

use super::interval::bar;
use super::numbers::{figure, percent, setting};
use super::terminal::standing;
use super::words::less_is_better;

/// So many columns are drawn; the rest are summed.
const DRAWN: usize = 12;

pub(super) fn body(problem: &Problem, selection: &Selection) -> Markup {
    html! {
        @for quality in &selection.quality {
            @let standing = standing(problem, selection, &quality.name);
            @let leads = selection.verdict.leader.as_ref() == Some(&quality.name);
            details open[leads || quality.name == selection.chosen] {
                summary {
                    strong { (quality.name) }
                    span.quiet { (recipe(quality)) @if !standing.is_empty() { " · " (standing) } }
                }
                div.inside {
                    (pipeline(quality))
                    (trials(problem, quality))
                    (importance(quality))
                }
            }
        }
    }
}

fn recipe(quality: &Quality) -> String {
    let contender = &quality.tried.contender;
    let names =
        |steps: &[Step]| steps.iter().map(|step| step.algorithm.as_str()).collect::<Vec<_>>().join(" + ");
    let encode: Vec<&str> = contender.encode.iter().map(|encode| encode.step.algorithm.as_str()).collect();
    let score: Vec<&str> = contender.score.iter().map(|head| head.step.algorithm.as_str()).collect();
    let fuse: Vec<&str> = contender.fuse.iter().map(|step| step.algorithm.as_str()).collect();
    let parts = [
        encode.join(" + "),
        names(&contender.retrieve),
        score.join(" + "),
        fuse.join(""),
        names(&contender.rerank),
    ];
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" → ")
}

fn pipeline(quality: &Quality) -> Markup {
    let contender = &quality.tried.contender;
    html! {
        h4 { "Chosen settings" }
        dl.pairs {
            @for encode in &contender.encode { (part("encode", &encode.step)) }
            @for step in &contender.retrieve { (part("retrieve", step)) }
            @if !contender.score.is_empty() && !contender.retrieve.is_empty() {
                dt { "depth" } dd { (super::numbers::count(contender.depth as u64)) " candidates go on to the scorer" }
            }
            @for head in &contender.score { (part("score", &head.step)) }
            @if let Some(step) = &contender.fuse { (part("fuse", step)) }
            @for step in &contender.rerank { (part("rerank", step)) }
        }
    }
}

fn part(role: &str, step: &Step) -> Markup {
    html! {
        dt { (role) }
        dd {
            (step.algorithm)
            @if !step.settings.0.is_empty() {
                span.params { @for (name, value) in &step.settings.0 {
                    span { (name) " " b { (setting(value)) }
                        @if step.fixed.contains(name) { " " i { "set by the design" } } }
                } }
            }
        }
    }
}

/// Nothing where there was nothing to choose.
fn trials(problem: &Problem, quality: &Quality) -> Markup {
    let tried = &quality.tried;
    if tried.trials.len() < 2 {
        return html! {};
    }
    let values = tried.trials.iter().map(|trial| trial.value).filter(|value| value.is_finite());
    let most = values.fold(0.0, f64::max);
    let less = less_is_better(&problem.evaluate.metric);
    html! {
        h4 { "Trials" }
        table.trials {
            thead { tr { th scope="col" { "Settings" } th.n scope="col" { (problem.evaluate.metric) ", validation" @if less { ", less is better" } } th {} } }
            tbody { @for (at, trial) in tried.trials.iter().enumerate() {
                tr.strong[at == tried.best] {
                    td {
                        @if trial.changes.is_empty() { @if at == 0 { "as in the design, otherwise defaults" } @else { "as the first" } }
                        @else { (trial.changes.join(", ")) }
                        @if at == tried.best { small { "chosen" } }
                    }
                    td.n { (figure(trial.value)) }
                    td.draw { (bar(trial.value / most)) }
                }
            } }
        }
    }
}

fn importance(quality: &Quality) -> Markup {
    let weight = |(_, value): &(String, f32)| {
        let value = f64::from(*value);
        if value.is_finite() { value.max(0.0) } else { 0.0 }
    };
    let total: f64 = quality.importance.iter().map(weight).sum();
    let most = quality.importance.iter().map(weight).fold(0.0, f64::max);
    let rest = quality.importance.get(DRAWN..).unwrap_or_default();
    html! {
        @if quality.importance.is_empty() {
            @if quality.tried.contender.score.is_empty() {
                p.caption { "No scorer: the retrieved order stands, so no column matters." }
            }
        } @else {
            h4 { "What mattered to the scorer" }
            div.bars {
                @for column in quality.importance.iter().take(DRAWN) {
                    span.name { (column.0) }
                    (bar(weight(column) / most))
                    span.value { (percent(if total > 0.0 { weight(column) / total } else { 0.0 })) }
                }
            }
            @if !rest.is_empty() {
                p.caption { (rest.len()) " more columns hold "
                    (percent(if total > 0.0 { rest.iter().map(weight).sum::<f64>() / total } else { 0.0 }))
                    " together." }
            }
        }
    }
}
