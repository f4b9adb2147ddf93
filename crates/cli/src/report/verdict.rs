//! The first section: the verdict in words, with its few numbers at a glance.

use maud::{Markup, html};
use rankine::Problem;
use rankine::select::Selection;

use super::numbers::{bytes, figure, latency, percent, plain, signed};
use super::prose;
use super::words::{deciding, each_confidence, less_is_better, sentences, watched, winner};

pub(super) fn body(problem: &Problem, selection: &Selection) -> Markup {
    let sentences = sentences(problem, selection);
    let (first, rest) = sentences.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    // The claim large, its grounds beside it; read together they are the sentence.
    let (claim, grounds) = first.split_once(": ").unwrap_or((first, ""));
    let won = winner(selection).is_some();
    html! {
        div.verdict.won[won] {
            p.lead { strong { (claim) } " " span { (prose(grounds)) } }
            (facts(problem, selection))
            div.prose { @for sentence in rest { p { (prose(sentence)) } } }
        }
    }
}

fn facts(problem: &Problem, selection: &Selection) -> Markup {
    let verdict = &selection.verdict;
    let about = verdict.leader.as_deref().unwrap_or(&selection.chosen);
    let cost = watched(selection, about).map(|watched| &watched.measured);
    html! {
        dl.facts {
            div { dt { (problem.evaluate.metric) } dd { (figure(deciding(problem, selection, about))) }
                dd.small { "of " (about) } }
            @if let (Some(gap), Some(rival)) = (&verdict.difference, &verdict.runner_up) {
                @let (than, by) = match less_is_better(&problem.evaluate.metric) {
                    true => ("less than ", figure(gap.value)),
                    false => ("over ", signed(gap.value)),
                };
                div { dt { (than) (rival) } dd { (by) }
                    @if gap.low.is_finite() && gap.high.is_finite() {
                        dd.small { (figure(gap.low)) " to " (figure(gap.high)) ", "
                            (percent(each_confidence(verdict))) }
                    }
                }
            }
            @if let Some(cost) = cost {
                div { dt { "p99 latency" } dd { (latency(cost.latency_ms.p99)) }
                    @if let Some(bound) = problem.scale.latency_p99 {
                        dd.small { "bound " (plain(&latency(bound))) }
                    }
                }
                div { dt { "memory" } dd { (bytes(cost.memory_bytes as f64)) }
                    @if let Some(bound) = problem.scale.memory { dd.small { "bound " (plain(&bytes(bound))) } }
                }
            }
            div { dt { "bundled" } dd { (selection.chosen) }
                @if selection.chosen == problem.evaluate.baseline { dd.small { "the baseline" } }
            }
        }
    }
}
