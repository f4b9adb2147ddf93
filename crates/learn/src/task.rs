//! The kinds of question that a system answers.

use serde::{Deserialize, Serialize};

/// What is asked at a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Which items, best first?
    #[default]
    Rank,
    /// How likely is each label of the items that are named?
    Classify,
    /// How much is the label of the items that are named?
    Regress,
    /// Where in the picture is what?
    Detect,
}

impl Task {
    /// Every task.
    pub const ALL: [Task; 4] = [Task::Rank, Task::Classify, Task::Regress, Task::Detect];

    /// As a design writes it.
    pub fn name(self) -> &'static str {
        match self {
            Task::Rank => "rank",
            Task::Classify => "classify",
            Task::Regress => "regress",
            Task::Detect => "detect",
        }
    }
}
