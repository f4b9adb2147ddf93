//! How like a candidate is to what its user took lately.

use smallvec::SmallVec;

use super::alike::Held;
use super::latest::Latest;
use super::source::Source;
use super::state::{decode, encode};
use super::{FIRST_LABEL, Feature, Kind, Seen, Signal};
use crate::card::{Card, Kind as Holds, Parameter, Preset};
use crate::examples::{Column, Rows};
use crate::fetch::Ahead;
use crate::log::FieldKind::{Categories, Category, Vector};
use crate::log::{Id, Value};
use crate::memory::Memory;
use crate::moment::Moment;

/// Similarity to the latest items.
pub(super) static KIND: Kind = Kind {
    card: Card {
        name: "similarity",
        what: "How like the candidate is to the latest items of its user, [mean] over them and [max]: the cosine \
               of vectors, or the share of words that both have among those that either has; the candidate itself \
               does not count. Missing where the candidate, or all of those items, lack the field.",
        when: "Tastes of the moment: what was taken last says more of the next than the whole history.",
        avoid: "Words that most items have, such as a language.",
        cost: "At most `items` ids a user; items x size of the field a candidate.",
        source: "Pazzani and Billsus 2007, Content-based recommendation systems",
        parameters: &[
            Parameter {
                name: "of",
                doc: "The field of the item: a vector, a category or categories.",
                kind: Holds::Field,
                default: Preset::Required,
                search: &[],
            },
            Signal::parameter(
                "What makes an item one of the latest: an interaction, a label (`label` is the first), or \
                      `impression`.",
                Preset::Word(FIRST_LABEL),
            ),
            Parameter::count("items", "How many of the latest items count.", (1, 500), 10, &[]),
        ],
    },
    build: |spec, schema, labels| {
        Ok(Box::new(Similarity {
            name: spec.name.clone(),
            source: Source::of_item(spec, "of", schema, &[Vector, Category, Categories])?,
            signal: spec.fit("event", Signal::find(spec.settings.word("event"), schema, labels))?,
            latest: Latest::new(spec.settings.count("items")),
        }))
    },
};

struct Similarity {
    name: String,
    source: Source,
    signal: Signal,
    latest: Latest,
}

impl Feature for Similarity {
    fn columns(&self) -> Vec<Column> {
        ["mean", "max"].map(|part| Column::number(format!("{}[{part}]", self.name))).to_vec()
    }

    fn observe(&mut self, seen: &Seen<'_>, _: &Memory) {
        self.signal.each(seen, |user, item| self.latest.push(user, item, seen.event.known));
    }

    fn fetch(&self, ahead: &Ahead<'_>, memory: &Memory) {
        self.latest.fetch(ahead.users);
        let ([.., users], [.., items]) = (ahead.users, ahead.items);
        items.iter().filter_map(|item| self.source.held(*item, memory)).for_each(Held::fetch);
        let latest = users.iter().flat_map(|user| self.latest.of(*user));
        latest.for_each(|(item, _)| memory.fetch_slot(*item));
    }

    fn write(&self, moment: &Moment<'_>, items: &[Id], memory: &Memory, rows: &mut Rows, first: usize) {
        let value = |item: Id| -> &Value { self.source.value(moment, item, memory) };
        let latest = self.latest.of(moment.user).iter().map(|(item, _)| *item);
        latest.clone().for_each(|item| memory.fetch_fields(item));
        latest.clone().for_each(|item| Held::fetch(value(item)));
        let latest: SmallVec<[(Id, Held<'_>); 10]> =
            latest.filter_map(|item| Some((item, Held::of(value(item))?))).collect();
        for (cells, &item) in rows.spans_mut(first..first + 2).zip(items) {
            let (mut sum, mut most, mut count) = (0.0, f64::NAN, 0u32);
            if let Some(own) = Held::of(value(item)) {
                let others = latest.iter().filter(|(other, _)| *other != item);
                for alike in others.filter_map(|(_, held)| held.alike(&own)) {
                    (sum, most, count) = (sum + alike, most.max(alike), count + 1);
                }
            }
            cells.copy_from_slice(&[(sum / f64::from(count)) as f32, most as f32]);
        }
    }

    fn save(&self) -> Vec<u8> {
        encode(&self.latest)
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let loaded: Latest = decode(bytes)?;
        if !self.latest.accepts(&loaded) {
            return Err("the state belongs to another number of items".to_owned());
        }
        self.latest = loaded;
        Ok(())
    }
}
