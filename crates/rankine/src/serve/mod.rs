//! Serve: a bundle answers requests, takes in events at once, and keeps all of it in a journal.
//!
//! The journal is a log in the native schema: requests with what was shown and the events that were sent.
//! It holds no entity that the bundle already knows, so the next run reads the original log together with
//! it. The state of a server is the state of its bundle plus its journal, line by line: a restart on the
//! same two gives the same answers.

mod ask;
mod browse;
pub mod journal;
mod question;
mod recorded;
mod reply;
mod service;
mod writer;

pub use ask::{Invalid, MOST_ITEMS, Rank, Recommend, Refusal};
pub use browse::{Listed, Listing};
pub(crate) use question::Asking;
pub use recorded::Recorded;
pub(crate) use recorded::{SERVED, features};
pub use reply::{Reason, Recommended, Reply, Retrieved, Took};
pub(crate) use reply::{describe, predictions, sources};
pub use service::{Clock, Service, Taken};
