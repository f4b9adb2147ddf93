//! The latest items of each user.

use serde::{Deserialize, Serialize};

use crate::fetch::{STEPS, fetch_lists};
use crate::log::{Id, Millis};
use crate::memory::entry;

/// Items of each user with the moment at which they were known, oldest first, each once, at most so many.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Latest {
    most: usize,
    users: Vec<Vec<(Id, Millis)>>,
}

impl Latest {
    /// Nothing yet, for so many items a user.
    pub(super) fn new(most: usize) -> Latest {
        Latest { most: most.max(1), users: Vec::new() }
    }

    /// Takes an item in as the user's latest.
    pub(super) fn push(&mut self, user: Id, item: Id, time: Millis) {
        let list = entry(&mut self.users, user);
        list.retain(|(have, _)| *have != item);
        list.push((item, time));
        if list.len() > self.most {
            list.remove(0);
        }
    }

    /// A user's items, oldest first.
    pub(super) fn of(&self, user: Id) -> &[(Id, Millis)] {
        self.users.get(user as usize).map_or(&[], Vec::as_slice)
    }

    /// Fetches ahead what [`Latest::of`] and [`Latest::push`] read of these users.
    pub(super) fn fetch(&self, users: [&[Id]; STEPS]) {
        fetch_lists(&self.users, users);
    }

    /// Whether loaded items could have come from these by pushing.
    pub(super) fn accepts(&self, loaded: &Latest) -> bool {
        loaded.most == self.most && loaded.users.iter().all(|list| list.len() <= self.most)
    }
}
