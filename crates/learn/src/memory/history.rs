//! What a user took: each item once, the latest ones.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Memory, Positive};
use crate::fetch::fetch;
use crate::log::{Id, Millis};

/// The latest positives of a user, oldest first, each item once.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// Some that are forgotten stand in front until it is worth moving the others.
    positives: Vec<Positive>,
    /// Their items: a quarter of the bytes, to look for one.
    items: Vec<Id>,
}

/// How long the list grows before what is forgotten leaves it: what a vector of that length takes anyway.
const MOST: usize = Memory::HISTORY.next_power_of_two();

impl History {
    /// The positives that are kept.
    pub(super) fn kept(&self) -> &[Positive] {
        &self.positives[self.forgotten()..]
    }

    /// Takes in one more; where the item is there, it moves to the end.
    pub(super) fn take(&mut self, item: Id, time: Millis) {
        let forgotten = self.forgotten();
        if let Some(at) = place(&self.items[forgotten..], item) {
            self.positives.remove(forgotten + at);
            self.items.remove(forgotten + at);
        } else if self.items.len() == MOST {
            let stale = MOST + 1 - Memory::HISTORY;
            self.positives.drain(..stale);
            self.items.drain(..stale);
        }
        self.positives.push(Positive { item, time });
        self.items.push(item);
    }

    /// Fetches ahead what taking in one more reads.
    pub(super) fn fetch(&self) {
        fetch(&self.items, self.forgotten());
        fetch(&self.positives, self.positives.len());
    }

    /// Whether a loaded one keeps within its bound.
    pub(super) fn accepts(&self) -> bool {
        self.positives.len() <= Memory::HISTORY
    }

    fn forgotten(&self) -> usize {
        self.positives.len().saturating_sub(Memory::HISTORY)
    }
}

/// Where an item stands: whole blocks are compared at once, since most of them do not hold it.
fn place(items: &[Id], item: Id) -> Option<usize> {
    const BLOCK: usize = 32;
    let holds = |block: &[Id]| block.iter().fold(false, |found, own| found | (*own == item));
    let block = items.chunks(BLOCK).position(holds)? * BLOCK;
    Some(block + items[block..].iter().position(|own| *own == item)?)
}

impl PartialEq for History {
    fn eq(&self, other: &History) -> bool {
        self.kept() == other.kept()
    }
}

impl Serialize for History {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.kept().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for History {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<History, D::Error> {
        let positives: Vec<Positive> = Vec::deserialize(deserializer)?;
        let items = positives.iter().map(|positive| positive.item).collect();
        Ok(History { positives, items })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_history_is_a_list_without_repeats(items in prop::collection::vec(0u32..900, 0..3000)) {
            let (mut history, mut list) = (History::default(), Vec::new());
            for (time, item) in (0..).zip(items) {
                history.take(item, time);
                list.retain(|positive: &Positive| positive.item != item);
                list.push(Positive { item, time });
                if list.len() > Memory::HISTORY {
                    list.remove(0);
                }
            }
            prop_assert_eq!(history.kept(), &list[..]);
            let bytes = postcard::to_stdvec(&history).unwrap();
            prop_assert_eq!(&bytes, &postcard::to_stdvec(&list).unwrap());
            prop_assert_eq!(postcard::from_bytes::<History>(&bytes).unwrap(), history);
        }
    }
}
