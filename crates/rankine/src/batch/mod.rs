//! What a run's bundle does without a server: many answers at once, and one answer looked into.

pub mod apply;
pub mod blur;
mod current;
pub mod inspect;
pub mod parity;
pub mod recommend;

use current::Current;
