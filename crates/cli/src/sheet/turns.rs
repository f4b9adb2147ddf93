//! What would change the verdict: other margins, metrics, bounds and people, as far as the run measured them.

use rankine::Problem;
use rankine::select::{Quality, Selection};
use rankine_learn::metrics;
use rankine_learn::verdict::{Because, Status};

use crate::report::numbers::{count, duration, figure, latency, percent, signed};
use crate::report::words::{deciding, less_is_better, watched};

/// Sentences, the most telling first; `turn` is what the case says of its world.
pub(super) fn turns(problem: &Problem, selection: &Selection, turn: &str) -> Vec<String> {
    let mut all = Vec::new();
    if !turn.is_empty() {
        all.push(turn.to_owned());
    }
    let Some(leader) = selection.verdict.leader.as_deref() else { return all };
    all.extend(by_margin(problem, selection, leader));
    all.extend(by_bounds(problem, selection, leader));
    all.extend(by_cost(selection, leader));
    all.extend(by_metric(problem, selection, leader));
    all.extend(by_slice(problem, selection, leader));
    all.extend(by_users(selection, leader));
    all.extend(by_age(selection));
    all
}

fn by_margin(problem: &Problem, selection: &Selection, leader: &str) -> Option<String> {
    let verdict = &selection.verdict;
    let (rival, gap) = (verdict.runner_up.as_deref()?, verdict.difference?);
    if verdict.status == Status::Undecided {
        let needed = verdict.users_needed.filter(|_| verdict.users > 0)?;
        let times = needed as f64 / verdict.users as f64;
        return Some(format!(
            "More data: {} times as many users ({} here) would tell {leader} and {rival} apart.",
            crate::report::numbers::digits(times),
            count(verdict.users as u64)
        ));
    }
    let base = deciding(problem, selection, &problem.evaluate.baseline).abs();
    if !(base > 0.0 && gap.high.is_finite() && gap.low.is_finite()) {
        return None;
    }
    if verdict.because == Because::Cheaper {
        return Some(format!(
            "A narrower margin: {rival} may be better by up to {}, {} of the baseline; {leader} wins because it is \
             cheaper.",
            figure(-gap.low),
            percent(-gap.low / base)
        ));
    }
    // Within the margin the cheaper one wins, by the same costs.
    let cost = |name: &str| {
        let measured = &watched(selection, name)?.measured;
        Some((measured.latency_ms.p50, measured.memory_bytes))
    };
    let lead = format!("the lead over {rival} lies between {} and {}", figure(gap.low), figure(gap.high));
    Some(match cost(rival)? < cost(leader)? {
        true => format!(
            "A wider margin: {lead}. If leads of less than {} (of the baseline) did not matter, {rival} would win: it \
             is cheaper.",
            percent(gap.high / base)
        ),
        false => format!("No wider margin: {lead}, and {rival} is not cheaper."),
    })
}

fn by_bounds(problem: &Problem, selection: &Selection, leader: &str) -> Vec<String> {
    let mut all = Vec::new();
    let own = worth(problem, selection, leader);
    for barred in selection.watched.iter().filter(|watched| !watched.why_not.is_empty()) {
        if worth(problem, selection, &barred.name) > own {
            all.push(format!(
                "A wider bound: {} reached more, but {}.",
                barred.name,
                barred.why_not.join("; ")
            ));
        }
    }
    if let (Some(bound), Some(watched)) = (problem.scale.latency_p99, watched(selection, leader)) {
        let p99 = watched.measured.latency_ms.p99;
        if p99 <= bound && p99 > 0.02 * bound {
            all.push(format!("A bound on p99 below {}: {leader} would break it.", latency(p99)));
        }
    }
    all
}

fn worth(problem: &Problem, selection: &Selection, name: &str) -> f64 {
    let value = deciding(problem, selection, name);
    let turned = if less_is_better(&problem.evaluate.metric) { -value } else { value };
    if turned.is_nan() { f64::NEG_INFINITY } else { turned }
}

fn able(selection: &Selection) -> impl Iterator<Item = &Quality> + Clone {
    let may = |name: &str| watched(selection, name).is_none_or(|watched| watched.why_not.is_empty());
    selection.quality.iter().filter(move |quality| may(&quality.name))
}

/// What decisions cost, where those of another contender cost less.
fn by_cost(selection: &Selection, leader: &str) -> Option<String> {
    let mut costs = selection.decision_costs();
    costs.retain(|(_, cost)| cost.is_finite());
    let (_, own) = costs.iter().find(|(name, _)| *name == leader)?;
    let may = |name: &str| able(selection).any(|quality| quality.name == name);
    let (best, cost) =
        costs.iter().filter(|(name, _)| may(name)).min_by(|left, right| left.1.total_cmp(&right.1))?;
    (*best != leader && cost < own).then(|| {
        format!(
            "The cost: decisions by {best} cost {} of 1,000, those by {leader} {}.",
            figure(*cost),
            figure(*own)
        )
    })
}

/// Metrics by which another contender leads.
fn by_metric(problem: &Problem, selection: &Selection, leader: &str) -> Vec<String> {
    let mut all = Vec::new();
    for metric in problem.evaluate.report.iter().filter(|metric| **metric != problem.evaluate.metric) {
        let (Some(kind), name) = (metrics::find(&metric.name), metric.to_string()) else { continue };
        // What stands beside a metric of accuracy, by its card, says nothing of who answers better.
        if kind.ideal.is_none() && !kind.card.when.starts_with("Beside") {
            let told = |quality: &&Quality| quality.metrics.get(&name).map(|found| found.value);
            let best = able(selection)
                .filter_map(|quality| Some((quality, told(&quality)?)))
                .filter(|(_, value)| value.is_finite())
                .max_by(|left, right| {
                    kind.turned(left.1, metric.k).total_cmp(&kind.turned(right.1, metric.k))
                });
            let own = selection.quality.iter().find(|quality| quality.name == leader).as_ref().and_then(told);
            if let (Some((best, value)), Some(own)) = (best, own)
                && best.name != leader
                && kind.turned(value, metric.k) > kind.turned(own, metric.k)
            {
                all.push(format!(
                    "Another metric: by `{name}` {} leads, {} against {}.",
                    best.name,
                    figure(value),
                    figure(own)
                ));
            }
        }
    }
    all.truncate(2);
    all
}

/// Parts of what was judged in which another contender leads.
fn by_slice(problem: &Problem, selection: &Selection, leader: &str) -> Vec<String> {
    let less = less_is_better(&problem.evaluate.metric);
    let turned = |value: f64| if less { -value } else { value };
    let Some(own) = selection.quality.iter().find(|quality| quality.name == leader) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (slice, (figure_own, size)) in &own.slices {
        let told = |quality: &Quality| quality.slices.get(slice).map_or(f64::NAN, |(figure, _)| figure.value);
        let best = able(selection)
            .filter(|quality| told(quality).is_finite())
            .max_by(|left, right| turned(told(left)).total_cmp(&turned(told(right))));
        if let Some(best) = best.filter(|best| turned(told(best)) > turned(figure_own.value)) {
            all.push(format!(
                "Other people: on `{slice}` ({}) {} leads, {} against {}.",
                count(*size as u64),
                best.name,
                figure(told(best)),
                figure(figure_own.value)
            ));
        }
    }
    all.truncate(2);
    all
}

fn by_users(selection: &Selection, leader: &str) -> Option<String> {
    let online = selection.online.as_ref()?;
    let value =
        |name: &str| online.results.iter().find(|one| one.name == name).map(|one| one.per_visit.value);
    let best =
        online.results.iter().max_by(|left, right| left.per_visit.value.total_cmp(&right.per_visit.value))?;
    let own = value(leader)?;
    (best.name != leader && best.per_visit.value > own).then(|| {
        format!(
            "The users: in {} visits of the world they gave {} the most {}, {} a visit against {} of {leader}.",
            count(online.visits as u64),
            best.name,
            online.goal,
            figure(best.per_visit.value),
            figure(own)
        )
    })
}

fn by_age(selection: &Selection) -> Option<String> {
    let freshness = selection.prediction.as_ref()?.freshness.as_ref()?;
    let hours = || freshness.points.iter().map(|point| point.0);
    let (fresh, old) = (hours().fold(f64::INFINITY, f64::min), hours().fold(0.0, f64::max));
    let lost = freshness.lost?;
    Some(format!(
        "Age: trained {} before instead of {}, {} has a `{}` that differs by {}.",
        duration((old * 3600.0).round()),
        duration((fresh * 3600.0).round()),
        freshness.name,
        freshness.metric,
        signed(lost.value)
    ))
}
