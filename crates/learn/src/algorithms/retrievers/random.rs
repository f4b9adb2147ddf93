//! Random items: the floor under every comparison, and the source of unbiased exposure.

use super::{Kind, Query, Retriever, allowed_items};
use crate::card::Card;
use crate::random::hash;
use crate::top::{Scored, top};

/// Items drawn without preference.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "random",
        what: "Draws items without preference.",
        when: "As the floor of a comparison, and as a small share of traffic that explores.",
        avoid: "As anything that users should like.",
        cost: "No training; time linear in the items.",
        source: "Li et al. 2011, Unbiased offline evaluation of contextual-bandit-based news article \
                 recommendation algorithms",
        parameters: &[],
    },
    personal: false,
    fit: |_, _, seed| Box::new(Random { seed }),
    load: |_, bytes| match bytes.try_into() {
        Ok(bytes) => Ok(Box::new(Random { seed: u64::from_le_bytes(bytes) })),
        Err(_) => Err("a random retriever is saved as eight bytes".to_owned()),
    },
};

struct Random {
    seed: u64,
}

impl Retriever for Random {
    fn retrieve(&self, query: &Query<'_>, depth: usize) -> Vec<Scored> {
        let draw = |item| (hash(self.seed, &[query.seed, u64::from(item)]) >> 40) as f32 / (1 << 24) as f32;
        top(allowed_items(query, draw), depth)
    }

    fn save(&self) -> Vec<u8> {
        self.seed.to_le_bytes().to_vec()
    }
}
