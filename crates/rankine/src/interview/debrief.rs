//! The debrief: every decision against what the world would have made of the others.

use super::best::{Best, ends, expected, regret};
use super::blocks::Talk;
use super::clock::{MINUTES, shown};
use super::phases::{curveball, serve, size};
use super::room::{Executed, Experiment};
use super::score::{Part, Score};
use super::session::{Desk, Interview, Phase, Tried};
use super::standing::{Standing, most, reached, standing, turned};
use crate::error::Error;
use crate::select::Selection;

/// A share of a part's points with its evidence.
type Share = (f64, Vec<String>);

/// Scores the interview and says so.
pub(super) fn close(interview: &mut Interview, desk: &Desk<'_>, talk: &mut Talk) -> Result<(), Error> {
    interview.room.ready(&interview.ahead(), desk.progress);
    let reference = interview.room.execute(&interview.room.reference(), desk.progress)?;
    let best = Best::of(interview, desk)?;
    let mut notes = Notes::default();
    let shares = [
        clarify(interview, &best, &mut notes),
        sizes(interview, &mut notes),
        frame(interview, &best, &mut notes),
        features(interview, desk, (&reference, &best), &mut notes)?,
        predict(&interview.state.experiments, &reference.selection, interview.room.metric(), &mut notes),
        select(interview, &best.stand, &mut notes),
        serve(interview, desk, &mut notes)?,
        respond(interview, desk, &mut notes)?,
        clock(interview),
    ];
    let scored = Score::of(interview.level, &interview.absent(), shares);
    let score = Score { regrets: notes.regrets, best: notes.best, ..scored };
    tell(&score, interview, talk);
    interview.score = Some(score);
    Ok(())
}

/// What goes beside the points.
#[derive(Default)]
struct Notes {
    regrets: Vec<String>,
    best: Vec<String>,
}

fn tell(score: &Score, interview: &Interview, talk: &mut Talk) {
    talk.heading("debrief");
    talk.speech(format!("{:.0} of 100 points.", score.total));
    let rows = score.parts.iter().map(|part| {
        let evidence = part.evidence.join("; ");
        vec![part.name.clone(), format!("{:.1}", part.points), format!("{:.1}", part.of), evidence]
    });
    talk.table(&["part", "points", "of", "evidence"], rows.collect());
    if let Some(told) = interview.state.worst.and_then(|worst| seen(score, worst)) {
        talk.speech(told);
    }
    if !score.regrets.is_empty() {
        talk.speech(format!("What decisions cost: {}.", score.regrets.join("; ")));
    }
    if !score.best.is_empty() {
        talk.speech("The best answers here:");
        score.best.iter().for_each(|answer| talk.speech(format!("- {answer}")));
    }
    talk.evidence(format!(
        "Seed {}; {} of {MINUTES} minutes; not assessed: communication.",
        interview.room.seed,
        shown(interview.state.minutes)
    ));
}

/// Whether the part that the interviewee would do again first is the one that cost most.
fn seen(score: &Score, worst: &str) -> Option<String> {
    let lost = |part: &Part| part.of - part.points;
    let own = score.parts.iter().find(|part| part.name == worst)?;
    let most = score.parts.iter().max_by(|left, right| lost(left).total_cmp(&lost(right)))?;
    let told = match lost(most) {
        least if least < 0.5 => "but nothing cost you even half a point".to_owned(),
        most_lost if lost(own) < most_lost => {
            format!("which cost you {:.1} points; `{}` cost {most_lost:.1}", lost(own), most.name)
        }
        most_lost => format!("and rightly: it cost you {most_lost:.1} points, more than any other"),
    };
    Some(format!("You would do `{worst}` again first, {told}."))
}

/// Questions that were not asked, of which the debrief tells.
const TOLD: usize = 3;

/// What was asked of what was worth knowing ([`Best::facts`]).
fn clarify(interview: &Interview, best: &Best, notes: &mut Notes) -> Share {
    let facts = &interview.room.brief.plan.facts;
    let all: f64 = best.facts.iter().sum();
    let got = interview.state.asked.iter().fold(0.0, |got, &at| got + best.facts[at]);
    let missed = (0..facts.len()).filter(|at| !interview.state.asked.contains(at) && best.facts[*at] > 0.0);
    let mut missed: Vec<usize> = missed.collect();
    missed.sort_by(|left, right| best.facts[*right].total_cmp(&best.facts[*left]));
    let told =
        missed.iter().take(TOLD).map(|&at| format!("ask \"{}\" {}", facts[at].asks[0], facts[at].matters));
    notes.best.extend(told);
    let share = if all > 0.0 { got / all } else { 1.0 };
    let astray = &interview.state.astray;
    let mut evidence = vec![format!("{:.0}% of what was worth knowing", share * 100.0)];
    if !astray.is_empty() {
        evidence.push(format!("led nowhere: \"{}\"", astray.join("\", \"")));
    }
    let unheard = &interview.state.unheard;
    if !unheard.is_empty() {
        evidence.push(format!("asked, but I was not sure of it: \"{}\"", unheard.join("\", \"")));
    }
    (share - 0.03 * astray.len() as f64, evidence)
}

fn sizes(interview: &Interview, notes: &mut Notes) -> Share {
    let room = &interview.room;
    let asked = &room.brief.plan.sizes;
    let mut sum = 0.0;
    let mut evidence = Vec::new();
    for (size, answer) in asked.iter().zip(&interview.state.sizes) {
        let near = answer.map_or(0.0, |answer| size::nearness(answer, room.computed(size)));
        sum += near;
        evidence.push(format!("{} {:.0}%", size.name, near * 100.0));
        if near < 1.0 {
            notes.best.push(size::sum(room, size));
        }
    }
    (sum / asked.len().max(1) as f64, evidence)
}

/// What an answer keeps that one would give anywhere ([`expected`]), whatever this world makes of it: that another
/// reached more in one small world is worth knowing, and no reason to forget what is said elsewhere.
const ANYWHERE: f64 = 0.75;

/// A share of what one would say or choose anywhere, where it is `sound`.
fn kept(share: f64, sound: bool) -> f64 {
    if sound { share.max(ANYWHERE) } else { share }
}

/// Each question counts the same: how far up the answer lies ([`Best::frames`]).
fn frame(interview: &Interview, best: &Best, notes: &mut Notes) -> Share {
    let frames = &interview.room.brief.plan.frames;
    let mut sum = 0.0;
    let mut evidence = Vec::new();
    for (at, (frame, chosen)) in frames.iter().zip(&interview.state.frames).enumerate() {
        let worths = &best.frames[at];
        let sound = frame.options.iter().position(|option| expected(&interview.room, option));
        let reached = chosen.map_or(0.0, |at| worths[at].share);
        let own = kept(reached, chosen.is_some() && *chosen == sound);
        let again = interview.state.again.contains(&at);
        sum += if again { own / 2.0 } else { own };
        let anyway = if reached < own { " as said anywhere" } else { "" };
        let half = if again { ", half of it for a second answer" } else { "" };
        evidence.push(format!("{} {:.0}%{anyway}{half}", frame.name, own * 100.0));
        if let (Some(chosen), Some(sound)) = (*chosen, sound.filter(|_| own >= 0.999))
            && chosen != sound
        {
            let say = [chosen, sound].map(|at| &frame.options[at].say);
            notes.best.push(format!(
                "{}: \"{}\" did well in this world; elsewhere say {}",
                frame.name, say[0], say[1]
            ));
        }
        let Some(top) = best.frame(at).filter(|_| own < 0.999) else { continue };
        let option = &frame.options[top];
        let elsewhere = sound.filter(|at| !worths[*at].level).map(|at| &frame.options[at].say);
        notes.best.push(match elsewhere {
            Some(sound) => format!("{}: {sound}; in this world \"{}\" did better", frame.name, option.say),
            None => format!("{}: {}", frame.name, sound.map_or(&option.say, |at| &frame.options[at].say)),
        });
        let Some(chosen) = *chosen else { continue };
        if frame.options[chosen].label.is_some() {
            notes.regrets.push(format!(
                "the label reached {:.4} of the goal a visit where \"{}\" reached {:.4}",
                worths[chosen].value, option.say, worths[top].value
            ));
        } else if frame.options[chosen].metric.is_some() {
            notes.regrets.push(format!(
                "the metric agrees with the goal by {:.2} (tau) where \"{}\" agrees by {:.2}",
                worths[chosen].value, option.say, worths[top].value
            ));
        }
    }
    (sum / frames.len().max(1) as f64, evidence)
}

/// The case's scorer with the chosen features, and the same without what leaks; judged where that tells what a leak
/// is worth.
pub(super) fn fed(interview: &Interview) -> [Experiment; 2] {
    let scorer = &interview.room.brief.plan.room.scorer;
    let chosen = interview.chosen(std::slice::from_ref(scorer));
    let judged = !chosen.leaks.is_empty();
    let alone = Experiment { label: None, judged, baseline: Some(scorer.clone()), ..chosen };
    let sober = Experiment { leaks: Vec::new(), ..alone.clone() };
    [alone, sober]
}

/// What the chosen features reach of what all honest ones do, above the baseline. A bait takes a slot and a
/// share away; a leak also takes what it promised offline and did not keep before the people.
fn features(
    interview: &Interview,
    desk: &Desk<'_>,
    (reference, best): (&Executed, &Best),
    notes: &mut Notes,
) -> Result<Share, Error> {
    const BAIT: f64 = 0.2;
    let room = &interview.room;
    let plan = &room.brief.plan.features;
    let scorer = room.brief.plan.room.scorer.clone();
    let most = || {
        let most = best.features.iter().map(|&at| format!("\"{}\"", plan.options[at].say));
        format!("{scorer} reads most: {}", most.collect::<Vec<_>>().join(", "))
    };
    let Some(chosen) = &interview.state.features else {
        notes.best.push(most());
        return Ok((0.0, vec!["none chosen".to_owned()]));
    };
    let (baits, honest): (Vec<usize>, Vec<usize>) =
        chosen.iter().partition(|&&at| plan.options[at].features.is_empty());
    let [alone, sober] = fed(interview);
    let metric = room.metric();
    let offline = |executed: &Executed, name: &str| {
        reached(&executed.selection, name, metric).map_or(f64::NAN, |value| turned(metric, value))
    };
    let all = offline(reference, &scorer);
    let floor = offline(reference, room.brief.baseline());
    let kept = if honest.is_empty() { None } else { Some(room.execute(&sober, desk.progress)?) };
    let own = kept.as_ref().map_or(floor, |kept| offline(kept, &scorer));
    let lead = if all > floor { ((own - floor) / (all - floor)).clamp(0.0, 1.0) } else { 1.0 };
    // Where features do not help at all none is missed, and who chose what is read most knew all that there is to know.
    let knew = best.features.iter().all(|at| honest.contains(at));
    let share = if knew { 1.0 } else { lead };
    let baseline = room.brief.baseline();
    let mut evidence = vec![match all > floor {
        true => {
            format!("{:.0}% of the lead over {baseline} that all honest features give {scorer}", lead * 100.0)
        }
        false => format!("no features lift {scorer} above {baseline} here"),
    }];
    if knew && lead < 1.0 {
        evidence.push(format!("no others are read more by {scorer}"));
    }
    if share < 0.95 {
        notes.best.push(most());
    }
    let mut lost = BAIT * baits.len() as f64;
    for &at in &baits {
        let option = &plan.options[at];
        evidence.push(format!("bait: {}", option.say));
        notes.best.push(format!("leave out \"{}\": {}", option.say, option.why));
    }
    if let Some(kept) = kept.filter(|_| !alone.leaks.is_empty()) {
        let leaky = room.execute(&alone, desk.progress)?;
        let shown = |executed: &Executed| reached(&executed.selection, &scorer, metric).unwrap_or(f64::NAN);
        let (with, without) = (standing(&leaky, &scorer), standing(&kept, &scorer));
        let told = with.as_ref().zip(without.as_ref()).is_some_and(|(with, without)| with.apart(without));
        let [with, without] = [with, without].map(|own| own.and_then(|own| own.goal).unwrap_or(f64::NAN));
        let gap = (without - with) / without.abs().max(1e-12);
        let gap = if told { gap.clamp(0.0, 1.0) } else { 0.0 };
        lost += if gap.is_finite() { gap } else { 0.0 };
        evidence.push(format!(
            "with the leak {metric} {:.4} in the log and {with:.4} of the goal, without it {:.4} and {without:.4}",
            shown(&leaky),
            shown(&kept)
        ));
        let cost = match gap > 0.0 {
            true => format!("{:.0}% of the goal", gap * 100.0),
            false => "nothing that these visits can tell: what it reads is not there when an answer is wanted, and \
                      how a model does without it is an accident"
                .to_owned(),
        };
        notes.regrets.push(format!("the leak promised {metric} {:.4} and cost {cost}", shown(&leaky)));
    }
    Ok((share - lost, evidence))
}

/// Brier score of the locked predictions against what was found, above that of knowing nothing (Brier 1950; below
/// 0 where it is worse, so that nothing is won by saying more than one knows), and how near the predicted gap was.
/// Each counts as far as its comparison was [`open`]; as much as one that was wholly open is expected.
fn predict(experiments: &[Tried], reference: &Selection, metric: &str, notes: &mut Notes) -> Share {
    let mut sum = 0.0;
    let mut weight = 0.0;
    let mut evidence = Vec::new();
    for tried in experiments {
        let Some(found) = &tried.found else { continue };
        let names = tried.contenders.join(" and ");
        let open = open(reference, &tried.contenders, metric);
        weight += open;
        let Some(forecast) = &tried.forecast else {
            evidence.push(format!("{names}: no prediction"));
            continue;
        };
        let truth = found.winner.unwrap_or(forecast.odds.len() - 1);
        let brier = |odds: &dyn Fn(usize) -> f64| -> f64 {
            (0..forecast.odds.len()).map(|at| (odds(at) - f64::from(u8::from(at == truth))).powi(2)).sum()
        };
        let even = 1.0 / forecast.odds.len() as f64;
        let skill = 1.0 - brier(&|at| forecast.odds[at]) / brier(&|_| even);
        let near = forecast.gap.map_or(0.0, |gap| {
            // Below a thousandth there is nothing to hit.
            size::nearness(gap.abs().max(1e-3), found.gap.abs().max(1e-3))
        });
        sum += open * (0.7 * skill + 0.3 * near);
        let gap = forecast.gap.map_or_else(|| "not named".to_owned(), |_| format!("{near:.2}"));
        evidence.push(format!("{names}: odds {skill:.2}, gap {gap}, counted {open:.2}"));
    }
    evidence.push(match evidence.is_empty() {
        true => "no experiment".to_owned(),
        false => {
            "of each, odds count 70% (1 at best, 0 for knowing nothing) and the gap 30%; what was foregone \
                  counts little"
                .to_owned()
        }
    });
    let share = sum / weight.max(1.0);
    if share < 0.8 {
        notes.best.push(
            "compare what lies near each other, and predict it: 90 and more only for what surely wins, most for \
             `tie` where few people are tested or two of a kind compete, and name the gap"
                .to_owned(),
        );
    }
    (share, evidence)
}

/// What predicting a foregone conclusion is worth.
const FOREGONE: f64 = 0.25;

/// How open a comparison was, from [`FOREGONE`] to 1: how near the first two of those compared lie in the
/// reference run, of the way from its worst contender to its best.
fn open(reference: &Selection, contenders: &[String], metric: &str) -> f64 {
    let value = |name: &str| Some(turned(metric, reached(reference, name, metric)?));
    let all = || reference.quality.iter().filter_map(|quality| value(&quality.name));
    let whole = all().fold(f64::NEG_INFINITY, f64::max) - all().fold(f64::INFINITY, f64::min);
    let mut own: Vec<f64> = contenders.iter().filter_map(|name| value(name)).collect();
    own.sort_by(|left, right| right.total_cmp(left));
    let apart = match own.as_slice() {
        [first, second, ..] if whole > 0.0 => (first - second) / whole,
        _ => 0.0,
    };
    1.0 - (1.0 - FOREGONE) * apart.clamp(0.0, 1.0)
}

fn select(interview: &Interview, stand: &[Standing], notes: &mut Notes) -> Share {
    let Some((best, _)) = ends(stand) else { return (0.0, vec!["nothing may win here".to_owned()]) };
    let Some(pick) = &interview.state.pick else {
        notes.best.push(format!("choose {}", best.name));
        return (0.0, vec!["nothing was chosen".to_owned()]);
    };
    let baseline = interview.room.brief.baseline();
    let ran = |tried: &Tried| tried.found.is_some() && tried.contenders.iter().any(|name| name == baseline);
    let compared = interview.state.experiments.iter().any(ran);
    let lost = regret(stand, pick);
    let own = stand.iter().find(|one| &one.name == pick);
    let mut evidence = vec![format!("regret {:.0}% of the way from the worst to the best", lost * 100.0)];
    if let Some(why) = own.filter(|one| !one.why_not.is_empty()) {
        evidence.push(format!("barred: {}", why.why_not.join(", ")));
    }
    if !compared {
        evidence.push(format!("the baseline `{baseline}` never ran"));
        notes.best.push(format!("run the baseline `{baseline}` beside what you choose"));
    }
    if lost > 0.0 {
        notes.best.push(format!(
            "choose {}: it reaches {:.4} of the goal",
            best.name,
            best.goal.unwrap_or(f64::NAN)
        ));
        if let (Some(own), Some(best_goal)) = (own.and_then(|one| one.goal), best.goal) {
            notes.regrets.push(format!("{pick} reaches {own:.4} where {} reaches {best_goal:.4}", best.name));
        }
    }
    // Who went by what was shown could not know better.
    let shown = interview.state.experiments.iter().any(|tried| {
        let won = tried.found.as_ref().and_then(|found| tried.contenders.get(found.winner?));
        won == Some(pick) && tried.contenders.contains(&best.name)
    });
    // Nor who saw nothing bar it: with another label it may be another contender.
    let unbarred = own.is_some_and(|own| !own.why_not.is_empty())
        && interview.state.experiments.iter().any(|tried| {
            let at = tried.contenders.iter().position(|name| name == pick);
            at.zip(tried.found.as_ref()).is_some_and(|(at, found)| !found.barred.contains(&at))
        });
    let kept = kept(1.0 - lost, shown || unbarred);
    if unbarred {
        evidence
            .push("your experiments did not bar it, and with the label that fits it is barred".to_owned());
    }
    if shown && lost > 0.0 {
        evidence.push(format!("the log said that it beats {}, and the goal says otherwise", best.name));
    }
    (kept * if compared { 1.0 } else { 0.7 }, evidence)
}

fn serve(interview: &Interview, desk: &Desk<'_>, notes: &mut Notes) -> Result<Share, Error> {
    if interview.state.promises.iter().all(Option::is_none) {
        return Ok((0.0, vec!["nothing was promised".to_owned()]));
    }
    let have = serve::figures(&serve::measured(interview, desk)?);
    let each = interview.state.promises.iter().zip(have).enumerate().map(|(at, (promise, have))| {
        let bound = serve::bound(interview, at, have);
        let share = promise.map_or(0.0, |promise| serve::kept(promise, have, bound));
        let promised = promise.map_or_else(|| "nothing".to_owned(), |promise| serve::shown(at, promise));
        let most = bound.filter(|bound| promise.is_some_and(|promise| promise > *bound));
        let most = most.map_or_else(String::new, |bound| format!(" ({} allowed)", serve::shown(at, bound)));
        let wide = promise.is_some_and(|promise| promise > serve::WIDE * have);
        let wide = if wide {
            format!(", more than {:.0} times that is wasteful", serve::WIDE)
        } else {
            String::new()
        };
        (share, format!("{promised} promised{most}, {} measured{wide}", serve::shown(at, have)))
    });
    let (shares, evidence): (Vec<f64>, Vec<String>) = each.unzip();
    if shares.iter().any(|share| *share < 1.0) {
        let [time, memory] = [0, 1].map(|at| serve::shown(at, have[at]));
        notes.best.push(format!(
            "promise both, a few times what you expect and no more than is allowed; {time} and {memory} were measured"
        ));
    }
    Ok((shares.iter().sum::<f64>() / shares.len() as f64, evidence))
}

fn respond(interview: &Interview, desk: &Desk<'_>, notes: &mut Notes) -> Result<Share, Error> {
    let room = &interview.room;
    let Some(thrown) = room.curveball().filter(|_| interview.level.asks(Phase::Curveball)) else {
        return Ok((1.0, vec!["none was thrown".to_owned()]));
    };
    let Some(chosen) = interview.state.response else { return Ok((0.0, vec!["no answer".to_owned()])) };
    let thrown = &room.brief.plan.curveballs[thrown];
    let reached = curveball::recovered(interview, desk)?;
    let (own, best) = (reached[chosen], most(&reached).unwrap_or(chosen));
    let most = reached[best].value;
    if !own.level {
        notes.regrets.push(format!(
            "the response reached {:.4} where \"{}\" reaches {most:.4}",
            own.value, thrown.responses[best].say
        ));
    }
    // What has changed is to be learned: one would say that anywhere.
    let share = kept(own.share, thrown.responses[chosen].retrain);
    let more = match own.share < share {
        _ if own.level && chosen != best => ", not told apart by these visits",
        true => "; it is what one would say anywhere, and keeps three quarters",
        false => "",
    };
    let evidence = format!("{}: {:.4}, the best {most:.4}{more}", thrown.name, own.value);
    Ok((share, vec![evidence]))
}

fn clock(interview: &Interview) -> Share {
    let asked = interview.parts();
    let finished = asked.iter().filter(|phase| interview.state.finished.contains(phase)).count();
    let minutes = interview.state.minutes;
    let evidence = format!("{finished} of {} parts, {} of {MINUTES} minutes", asked.len(), shown(minutes));
    (finished as f64 / asked.len() as f64, vec![evidence])
}
