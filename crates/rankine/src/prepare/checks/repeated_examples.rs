//! The same example in an earlier period and in one that judges.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::{FixedState, FoldHasher};
use rankine_design::Split;
use rankine_learn::{Memory, Value, What};

use super::super::by_id::ById;
use super::{Card, Check, Facts, Found, Status, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "repeated-examples",
        what: "Requests of validation and test that repeat one of an earlier period: who asked, what was shown and what \
               came of it, at the same distances.",
        why: "What was learned by heart is asked again: the figures of the test are better than the model.",
        cause: "Likely exports that overlap were joined, or events were sent again under new ids.",
        help: "Remove the copies; of texts, `[evaluate] group_similar` keeps them on one side of a shuffle.",
        stops: true,
    },
    look,
};

/// Shares of the requests that can be recognised, from which a run stops; and how many it takes.
const FAIL: f64 = 0.01;
const LEAST: usize = 4;
/// Bytes of a text that is not the same by chance: short notes are.
const TELLING: usize = 60;

fn look(facts: &Facts<'_>) -> Found {
    if facts.profile.implied_requests > 0 {
        return Found::pass("The log has no requests that could be repeated.");
    }
    let prints = prints(facts);
    let mut first: HashMap<u64, usize> = HashMap::new();
    let (mut known, mut repeated, mut examples) = (0usize, 0usize, Vec::new());
    for (at, print) in prints.iter().enumerate() {
        let Some(print) = print else { continue };
        let period = |at: usize| facts.periods[1..4].iter().filter(|begin| at >= **begin).count();
        let before = *first.entry(*print).or_insert(at);
        if period(at) < 2 {
            continue;
        }
        known += 1;
        if period(before) < period(at) {
            repeated += 1;
            if examples.len() < super::EXAMPLES {
                let outcome = &facts.outcomes[at];
                examples.push(format!(
                    "request {} of `{}` repeats request {before}",
                    at,
                    facts.user(outcome.user)
                ));
            }
        }
    }
    let share = repeated as f64 / (known as f64).max(1.0);
    if repeated < LEAST {
        return Found::pass(format!(
            "None of {known} requests that could be recognised repeats an earlier period."
        ));
    }
    let evaluate = &facts.problem.evaluate;
    // A design that names the text by which rows nearly agree knows, and counts them.
    let declared = evaluate.similar.is_some() && evaluate.split != Split::Time;
    let status = if share >= FAIL && !declared { Status::Fail } else { Status::Warn };
    let message = format!(
        "{repeated} of {known} requests of validation and test ({}) repeat one of an earlier period.",
        percent(share)
    );
    Found::new(status, message)
        .count("known", known as f64)
        .count("repeated", repeated as f64)
        .examples(examples)
}

/// What a request is recognised by; `None` where chance could make it.
fn prints(facts: &Facts<'_>) -> Vec<Option<u64>> {
    let schema = &facts.problem.schema;
    let (mut asked, mut met) = (ById::<u64>::default(), ById::<u64>::default());
    let mut numbers: ById<usize> = ById::default();
    for (at, outcome) in facts.outcomes.iter().enumerate() {
        *numbers.entry(outcome.request, || at) = at;
        asked.count(outcome.user);
        if let What::Request { shown, .. } = &facts.log.events[outcome.event].what {
            shown.iter().for_each(|item| met.count(*item));
        }
    }
    let mut memory = Memory::new(schema);
    let mut prints: Vec<(u64, bool)> = Vec::with_capacity(facts.outcomes.len());
    for event in &facts.log.events {
        match &event.what {
            What::Request { request, user, context, shown }
                if numbers.get(*request) == Some(&prints.len()) =>
            {
                let mut print = Print::new(false);
                // Who or what comes once is the row itself: it is recognised by its fields.
                match asked.get(*user) {
                    Some(1) => print.values(memory.user(*user).unwrap_or_default()),
                    _ => print.add(1, u64::from(*user)),
                }
                print.values(context);
                for item in shown {
                    match met.get(*item) {
                        Some(1) => print.values(memory.item(*item).unwrap_or_default()),
                        _ => print.add(2, u64::from(*item)),
                    }
                }
                prints.push((print.hasher.finish(), print.telling));
            }
            What::Interaction { kind, item, request: Some(request), fields, .. } => {
                let Some(place) = numbers.get(*request).copied().filter(|place| *place < prints.len()) else {
                    continue;
                };
                let (state, telling) = prints[place];
                let mut print = Print::new(telling);
                print.add(3, *kind as u64);
                if met.get(*item) != Some(&1) {
                    print.add(4, u64::from(*item));
                }
                let distance = event.time - facts.log.events[facts.outcomes[place].event].time;
                print.add(5, distance as u64);
                print.values(fields);
                // A sum, so that the order of events of one moment does not matter.
                let state = state.wrapping_add(print.hasher.finish());
                prints[place] = (state, print.telling || distance % 1000 != 0);
            }
            _ => {}
        }
        memory.observe_fields(event);
    }
    prints.resize(facts.outcomes.len(), (0, false));
    prints.into_iter().map(|(print, telling)| telling.then_some(print)).collect()
}

struct Print {
    /// The same in every run.
    hasher: FoldHasher<'static>,
    /// Whether something in it is hardly the same by chance.
    telling: bool,
}

impl Print {
    fn new(telling: bool) -> Print {
        Print { hasher: FixedState::default().build_hasher(), telling }
    }

    fn add(&mut self, what: u64, value: u64) {
        (what, value).hash(&mut self.hasher);
    }

    fn values(&mut self, values: &[Value]) {
        for (at, value) in values.iter().enumerate() {
            self.add(6, at as u64);
            match value {
                Value::Missing => {}
                Value::Number(number) => self.add(7, number.to_bits()),
                Value::Category(word) => self.add(8, u64::from(*word)),
                Value::Categories(words) => words.iter().for_each(|word| self.add(9, u64::from(*word))),
                Value::Time(time) => self.add(10, *time as u64),
                Value::Text(text) => {
                    text.hash(&mut self.hasher);
                    self.telling |= text.len() >= TELLING;
                }
                Value::Vector(numbers) => {
                    numbers.iter().for_each(|number| self.add(11, u64::from(number.to_bits())));
                    self.telling |= numbers.len() > 3;
                }
                Value::Boxes(boxes) => {
                    for marked in boxes {
                        let area = marked.area;
                        let sides = [area.left, area.top, area.right, area.bottom];
                        sides.into_iter().for_each(|side| self.add(12, u64::from(side.to_bits())));
                    }
                }
            }
        }
    }
}
