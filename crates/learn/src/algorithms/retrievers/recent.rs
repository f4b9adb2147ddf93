//! The newest items: what nobody can have taken yet has its chance here.

use super::{Kind, Query, Retriever, allowed_items};
use crate::card::Card;
use crate::top::{Scored, top};

/// Items by when they were first named.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "recent",
        what: "Orders items by age, newest first; the score is minus the age in days.",
        when: "As a second retriever where the catalogue grows: new items have no history to be found by.",
        avoid: "Where age says nothing of worth, or as the only retriever of a catalogue that stands still.",
        cost: "No training: reads live births; time linear in the items.",
        source: "Schein et al. 2002, Methods and metrics for cold-start recommendations (the problem)",
        parameters: &[],
    },
    personal: false,
    fit: |_, _, _| Box::new(Recent),
    load: |_, bytes| match bytes {
        [] => Ok(Box::new(Recent)),
        _ => Err("a recent retriever is saved as no bytes".to_owned()),
    },
};

struct Recent;

impl Retriever for Recent {
    fn retrieve(&self, query: &Query<'_>, depth: usize) -> Vec<Scored> {
        // An age, not a moment: single precision tells seconds apart among new items.
        let score = |item| match query.memory.born(item) {
            Some(born) => -(query.moment.time.saturating_sub(born) as f64 / 86_400_000.0) as f32,
            None => f32::NAN,
        };
        top(allowed_items(query, score).filter(|scored| !scored.score.is_nan()), depth)
    }

    fn save(&self) -> Vec<u8> {
        Vec::new()
    }
}
