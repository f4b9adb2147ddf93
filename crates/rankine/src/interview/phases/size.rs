//! Size: sums with units, judged on a logarithmic scale; the formula is shown afterwards.

use rankine_design::short;

use super::super::blocks::{Question, Talk};
use super::super::brief::{Factor, Size as Asked};
use super::super::clock::Act;
use super::super::room::Room;
use super::super::session::{Desk, Interview, Phase};
use super::{Answered, Part, quantity};
use crate::error::Error;

pub(super) struct Size;

impl Part for Size {
    fn opening(&self) -> &'static str {
        "Now the size of it. A number with its unit is enough; the order of magnitude counts."
    }

    fn questions(&self, interview: &Interview) -> usize {
        interview.room.brief.plan.sizes.len()
    }

    fn ask(&self, interview: &Interview) -> Question {
        let asked = open(interview);
        Question::free(Phase::Size, &asked.ask, example(&asked.unit))
    }

    fn help(&self) -> &'static str {
        "Here a number is asked for: `40/s`, `15 MB`, `7k a day`, or a sum: `600/s * 86400`."
    }

    fn hint(&self, interview: &Interview, _: &Desk<'_>) -> Result<String, Error> {
        let asked = open(interview);
        let words = |factors: &[Factor]| {
            factors.iter().map(|factor| factor.what.as_str()).collect::<Vec<_>>().join(" x ")
        };
        let over = if asked.over.is_empty() { String::new() } else { format!(" / ({})", words(&asked.over)) };
        Ok(format!("It is a product: {}{over}.", words(&asked.times)))
    }

    fn hear(
        &self,
        interview: &mut Interview,
        line: &str,
        _: &Desk<'_>,
        talk: &mut Talk,
    ) -> Result<Answered, Error> {
        let room = interview.room.clone();
        let at = interview.state.at;
        let asked = &room.brief.plan.sizes[at];
        let shape = (asked.unit.as_str(), &*example(&asked.unit));
        let Some(value) = quantity(interview, line, shape, &|value| shown(value, &asked.unit), talk) else {
            return Ok(Answered::Not);
        };
        interview.spend(Act::Estimate);
        interview.state.sizes[at] = Some(value);
        let truth = room.computed(asked);
        let off = (value / truth).max(truth / value);
        talk.evidence(format!("I heard {}.", shown(value, &asked.unit)));
        talk.speech(match nearness(value, truth) {
            share if share >= 1.0 => format!("Yes: {}.", sum(&room, asked)),
            share if share >= 0.5 => {
                format!("The order of magnitude is right; {off:.1} times off: {}.", sum(&room, asked))
            }
            share if share > 0.0 => format!("Not far, but {off:.1} times off: {}.", sum(&room, asked)),
            _ => format!("That is {} times off: {}.", short(off), sum(&room, asked)),
        });
        interview.advance(talk);
        Ok(Answered::Sealed)
    }
}

/// How an answer in a unit may look; far from what is asked in any case.
fn example(unit: &str) -> String {
    match unit {
        "/s" => "40/s".to_owned(),
        "/day" => "7k a day".to_owned(),
        "B" => "15 MB".to_owned(),
        other => format!("700k {other}"),
    }
}

fn open(interview: &Interview) -> &Asked {
    let sizes = &interview.room.brief.plan.sizes;
    &sizes[interview.state.at.min(sizes.len().saturating_sub(1))]
}

/// How near a number is, from 0 to 1: all within 1.25 times, half at 3 times, nothing from 10 times on, falling
/// with the logarithm in between.
pub(in super::super) fn nearness(value: f64, truth: f64) -> f64 {
    let off = (value / truth).ln().abs();
    let [full, half, none] = [1.25f64, 3.0, 10.0].map(f64::ln);
    if off.is_nan() {
        0.0
    } else if off <= full + 1e-9 {
        1.0
    } else if off <= half {
        1.0 - 0.5 * (off - full) / (half - full)
    } else {
        (0.5 * (none - off) / (none - half)).max(0.0)
    }
}

/// The sum with its numbers.
pub(in super::super) fn sum(room: &Room, asked: &Asked) -> String {
    let words = |factors: &[Factor]| {
        let one = |factor: &Factor| format!("{} ({})", short(room.factor(factor)), factor.what);
        factors.iter().map(one).collect::<Vec<_>>().join(" x ")
    };
    let over = match asked.over.as_slice() {
        [] => String::new(),
        [_] => format!(" / {}", words(&asked.over)),
        _ => format!(" / ({})", words(&asked.over)),
    };
    format!("{}{over} = {}", words(&asked.times), shown(room.computed(asked), &asked.unit))
}

fn shown(value: f64, unit: &str) -> String {
    match unit {
        "B" => bytes(value),
        "/s" | "/day" => format!("{}{unit}", short(value)),
        _ => format!("{} {unit}", short(value)),
    }
}

/// Bytes by the thousand, as sums on a whiteboard have them.
pub(super) fn bytes(value: f64) -> String {
    let steps = [(1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let (size, unit) = steps.into_iter().find(|(size, _)| value >= *size).unwrap_or((1.0, "B"));
    format!("{} {unit}", short(value / size))
}

#[cfg(test)]
mod tests {
    use super::nearness;

    #[test]
    fn nearness_is_full_half_and_nothing_where_it_says() {
        for (value, share) in [(1.0, 1.0), (1.25, 1.0), (0.8, 1.0), (3.0, 0.5), (10.0, 0.0), (1e6, 0.0)] {
            assert!((nearness(value * 7.0, 7.0) - share).abs() < 1e-6, "{value}");
        }
        assert!(nearness(f64::NAN, 1.0) == 0.0);
    }
}
