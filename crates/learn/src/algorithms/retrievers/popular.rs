//! The most taken items of late: the baseline that every design must beat.

use super::{Kind, Query, Retriever, allowed_items};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::log::Millis;
use crate::top::{Scored, top};

const DAY: Millis = 86_400_000;

/// Items by how often they were taken.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "popular",
        what: "Orders items by how often they were taken, lately or ever.",
        when: "As baseline, for users without a history, and where nothing personal is known.",
        avoid: "Where tastes differ: everybody sees the same few items, and what is shown gets more so.",
        cost: "No training: reads live counts; time linear in the items.",
        source: "Cremonesi et al. 2010, Performance of recommender algorithms on top-n recommendation tasks",
        parameters: &[Parameter {
            name: "window",
            doc: "How far back to count, in whole days up to 30; 0 counts since the log began.",
            kind: Holds::Duration,
            default: Preset::Duration(7 * DAY),
            search: &[0.0, 86_400_000.0, 2_592_000_000.0],
        }],
    },
    personal: false,
    fit: |settings, _, _| Box::new(Popular { window: settings.duration("window") }),
    load: |settings, bytes| match bytes {
        [] => Ok(Box::new(Popular { window: settings.duration("window") })),
        _ => Err("a popular retriever is saved as no bytes".to_owned()),
    },
};

struct Popular {
    window: Millis,
}

impl Retriever for Popular {
    fn retrieve(&self, query: &Query<'_>, depth: usize) -> Vec<Scored> {
        let oldest = (query.moment.time - self.window).div_euclid(DAY);
        let count = |item| {
            if self.window == 0 {
                return query.memory.total(item) as f32;
            }
            let recent = query.memory.daily(item).iter().filter(|(day, _)| i64::from(*day) > oldest);
            // The total breaks ties between items that nobody took lately.
            recent.map(|(_, count)| *count as f32).sum::<f32>() + query.memory.total(item) as f32 * 1e-6
        };
        top(allowed_items(query, count), depth)
    }

    fn save(&self) -> Vec<u8> {
        Vec::new()
    }
}
