//! The clock: what each act costs in minutes of an interview of 45, or the minutes themselves.

use serde::{Deserialize, Serialize};

/// Minutes of a whole interview.
pub const MINUTES: f64 = 45.0;

/// How time passes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Pace {
    /// By acts alone: a question takes as long as it takes to ask one, whoever types it.
    Acts,
    /// By the clock on the wall, this many minutes for the whole; what is executed costs its minutes too.
    Wall(f64),
}

/// What costs time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Act {
    /// A question that could be answered.
    Ask,
    /// A question that leads nowhere.
    Digress,
    /// Something that was not understood.
    Stumble,
    /// A quantity.
    Estimate,
    /// A choice.
    Choose,
    /// The features.
    Prepare,
    /// An experiment with so many contenders.
    Run(usize),
    /// A hint.
    Hint,
    /// A world that differs in one parameter.
    WhatIf,
}

impl Act {
    /// Its minutes.
    pub(super) fn minutes(self) -> f64 {
        match self {
            Act::Ask => 0.4,
            Act::Digress => 0.8,
            Act::Stumble => 0.2,
            Act::Estimate | Act::Choose => 0.8,
            Act::Prepare => 3.0,
            Act::Run(contenders) => 1.5 + 0.5 * contenders as f64,
            Act::Hint => 2.0,
            Act::WhatIf => 1.0,
        }
    }

    /// Whether it takes its minutes whatever the clock on the wall says.
    pub(super) fn executed(self) -> bool {
        matches!(self, Act::Run(_) | Act::Hint | Act::WhatIf)
    }
}

/// Minutes as they are shown.
pub(super) fn shown(minutes: f64) -> String {
    let seconds = (minutes.max(0.0) * 60.0).round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
