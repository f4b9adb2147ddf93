//! The answers that would have been best, each as the world measures it.

use toml::{Table, Value};

use super::brief::FrameOption;
use super::phases::{curveball, size};
use super::room::{Executed, Experiment, Room, amount};
use super::session::{Desk, Interview};
use super::standing::{Standing, Worth, agreement, most, reached, standing, standings, turned};
use crate::error::Error;

/// What every decision of an interview is worth, and the best of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// What each fact is worth knowing, in the order of the brief; 0 for what hides nothing.
    pub facts: Vec<f64>,
    /// The sums.
    pub sizes: Vec<f64>,
    /// What each option of each question of framing is worth.
    pub frames: Vec<Vec<Worth>>,
    /// The honest features that the model reads most, as many as there are slots.
    pub features: Vec<usize>,
    /// The contender that reaches most of the goal among those that may win.
    pub pick: Option<String>,
    /// Where all contenders stand.
    pub(super) stand: Vec<Standing>,
}

/// Nobody can know beforehand that a fact does not matter, so that none is worth nothing.
const LEAST: f64 = 0.1;

impl Best {
    /// Executes what is needed to know.
    ///
    /// # Errors
    /// What stops an execution.
    pub fn of(interview: &Interview, desk: &Desk<'_>) -> Result<Best, Error> {
        let room = &interview.room;
        let plan = &room.brief.plan;
        let reference = room.execute(&room.reference(), desk.progress)?;
        let stand = standings(&reference);
        let facts = (0..plan.facts.len()).map(|at| fact(interview, desk, &stand, at));
        let frames = plan.frames.iter().map(|frame| worths(room, desk, &frame.options));
        Ok(Best {
            facts: facts.collect::<Result<_, _>>()?,
            sizes: plan.sizes.iter().map(|asked| room.computed(asked)).collect(),
            frames: frames.collect::<Result<_, _>>()?,
            features: read_most(interview, &reference),
            pick: ends(&stand).map(|(best, _)| best.name.clone()),
            stand,
        })
    }

    /// The best option of a question of framing.
    pub fn frame(&self, at: usize) -> Option<usize> {
        most(self.frames.get(at)?)
    }

    /// The best response to the curveball for what was picked.
    ///
    /// # Errors
    /// What stops an execution.
    pub fn response(interview: &Interview, desk: &Desk<'_>) -> Result<Option<usize>, Error> {
        Ok(most(&curveball::recovered(interview, desk)?))
    }
}

/// The best that may win, and where the worst of all stands.
pub(super) fn ends(stand: &[Standing]) -> Option<(&Standing, f64)> {
    let may = stand.iter().filter(|one| one.why_not.is_empty() && one.goal.is_some());
    let goal = |one: &Standing| one.goal.unwrap_or(f64::NAN);
    let best = may.max_by(|left, right| goal(left).total_cmp(&goal(right)))?;
    let worst = stand.iter().filter_map(|one| one.goal).fold(f64::INFINITY, f64::min);
    Some((best, worst))
}

/// What is lost of the way from the worst to the best, from 0 to 1, by choosing this contender: nothing where
/// the visits cannot tell it from the best.
pub(super) fn regret(stand: &[Standing], name: &str) -> f64 {
    let Some((best, worst)) = ends(stand) else { return 1.0 };
    let own = stand.iter().find(|one| one.name == name).filter(|one| one.why_not.is_empty());
    if own.is_some_and(|own| !own.apart(best)) {
        return 0.0;
    }
    let (Some(own), Some(best)) = (own.and_then(|one| one.goal), best.goal) else { return 1.0 };
    ((best - own) / (best - worst).max(1e-12)).clamp(0.0, 1.0)
}

/// A fact is worth the regret that knowing it avoids: of what would be chosen, or computed, in a world in
/// which it had its ordinary value.
fn fact(interview: &Interview, desk: &Desk<'_>, stand: &[Standing], at: usize) -> Result<f64, Error> {
    let room = &interview.room;
    let fact = &room.brief.plan.facts[at];
    match (&fact.world, &fact.scale) {
        (Some(_), _) => {
            let Some(other) = elsewhere(room, at) else { return Ok(LEAST) };
            let there = room.execute(&other, desk.progress)?;
            Ok(LEAST + there.selection.verdict.leader.as_deref().map_or(0.0, |name| regret(stand, name)))
        }
        (None, Some(_)) => {
            let [drawn, usual] = [room.value(at), room.ordinary(at)].map(|value| value.and_then(amount));
            let needed = room.brief.plan.sizes.iter().any(|size| {
                size.times.iter().chain(&size.over).any(|factor| factor.fact.as_ref() == Some(&fact.name))
            });
            let off = match (drawn, usual) {
                (Some(drawn), Some(usual)) if needed => 1.0 - size::nearness(usual, drawn),
                _ => 0.0,
            };
            Ok(LEAST + 0.5 * off)
        }
        (None, None) => Ok(0.0),
    }
}

/// All contenders in the world in which a fact has its ordinary value; none where it has it here.
pub(super) fn elsewhere(room: &Room, at: usize) -> Option<Experiment> {
    let key = room.brief.plan.facts.get(at)?.world.as_ref()?;
    let ordinary = room.ordinary(at).filter(|value| Some(*value) != room.value(at))?;
    Some(Experiment { world: Table::from_iter([(key.clone(), ordinary.clone())]), ..Experiment::default() })
}

/// The case's scorer taught by the label of an option, where it is one of a label: the reference itself where
/// that is the label of the design, and has taught it already.
pub(super) fn taught(room: &Room, option: &FrameOption) -> Option<Experiment> {
    let reference = room.reference();
    let other = Experiment { label: Some(option.label.clone()?), ..reference.clone() };
    if room.comes_to_the_same(&other, &reference) {
        return Some(reference);
    }
    // It alone is judged: there is nothing that it should beat.
    let scorer = room.brief.plan.room.scorer.clone();
    Some(Experiment { contenders: vec![scorer.clone()], baseline: Some(scorer), ..other })
}

/// Whether an option is what one would say of the case before anything is measured: what fits, the label of its
/// design, the metric by which that decides.
pub fn expected(room: &Room, option: &FrameOption) -> bool {
    let labels = room.brief.design.get("label").and_then(Value::as_table);
    let published = |label: &Table| {
        labels.is_some_and(|labels| {
            let same = |name: &String| labels.get(name) == label.get(name);
            labels.keys().next().is_some_and(|first| label.contains_key(first)) && label.keys().all(same)
        })
    };
    option.fits == Some(true)
        || option.metric.as_deref() == Some(room.metric())
        || option.label.as_ref().is_some_and(published)
}

/// A label is worth what the world makes of a model that learned it, a metric how well it orders the
/// contenders as the goal does; what is not executed fits or does not.
///
/// # Errors
/// What stops an execution.
pub(super) fn worths(room: &Room, desk: &Desk<'_>, options: &[FrameOption]) -> Result<Vec<Worth>, Error> {
    let taught = |option: &FrameOption| taught(room, option);
    let experiments: Vec<Experiment> =
        std::iter::once(room.reference()).chain(options.iter().filter_map(taught)).collect();
    room.ready(&experiments, desk.progress);
    if options.iter().any(|option| option.label.is_some()) {
        let scorer = &room.brief.plan.room.scorer;
        let one = |option: &FrameOption| {
            let Some(experiment) = taught(option) else { return Ok(None) };
            Ok(standing(&*room.execute(&experiment, desk.progress)?, scorer))
        };
        let stand: Vec<Option<Standing>> = options.iter().map(one).collect::<Result<_, Error>>()?;
        return Ok(Worth::judged(&stand));
    }
    let reference = room.execute(&room.reference(), desk.progress)?;
    let stand = standings(&reference);
    let told = |left: usize, right: usize| stand[left].apart(&stand[right]);
    let one = |option: &FrameOption| {
        let Some(metric) = &option.metric else { return f64::from(u8::from(option.fits == Some(true))) };
        let pairs: Option<Vec<(f64, f64)>> = stand
            .iter()
            .map(|one| {
                let value = reached(&reference.selection, &one.name, metric)?;
                Some((turned(metric, value), one.goal?))
            })
            .collect();
        pairs.map_or(f64::NAN, |pairs| {
            let (values, goals): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            agreement(&values, &goals, told)
        })
    };
    // A metric that orders one pair of contenders otherwise is no worse: another log would do that.
    let pairs = (0..stand.len()).flat_map(|right| (0..right).map(move |left| (left, right)));
    let pairs = pairs.filter(|(left, right)| told(*left, *right)).count();
    let measured = options.iter().any(|option| option.metric.is_some());
    let grain = if measured { 2.0 / pairs.max(1) as f64 + 1e-9 } else { 0.0 };
    Ok(Worth::plain(options.iter().map(one).collect(), grain))
}

/// The honest options whose columns mattered most to the scorer of the reference run.
fn read_most(interview: &Interview, reference: &Executed) -> Vec<usize> {
    let plan = &interview.room.brief.plan;
    let scorer = &plan.room.scorer;
    let importance = reference.selection.quality.iter().find(|quality| &quality.name == scorer);
    let importance = importance.map(|quality| quality.importance.as_slice()).unwrap_or_default();
    let weight = |features: &[String]| -> f32 {
        let of = |column: &str| features.iter().any(|name| column.split('[').next() == Some(name));
        importance.iter().filter(|(column, _)| of(column)).map(|(_, weight)| *weight).sum()
    };
    let mut honest: Vec<(f32, usize)> = plan
        .features
        .options
        .iter()
        .enumerate()
        .filter(|(_, option)| !option.features.is_empty() && option.leak.is_none())
        .map(|(at, option)| (weight(&option.features), at))
        .collect();
    honest.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    honest.into_iter().take(plan.features.slots).map(|(_, at)| at).collect()
}
