//! What an interview says, as plain data: a terminal and a page print it each in their way.

use serde::{Deserialize, Serialize};

use super::session::Phase;

/// A piece of what is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// A part of the interview begins.
    Heading(String),
    /// What was asked.
    Asked(Question),
    /// The interviewee's own line.
    Line(String),
    /// The interviewer speaks.
    Speech(String),
    /// What was measured, or what something cost.
    Evidence(String),
    /// Figures side by side.
    Table {
        /// What the columns are.
        head: Vec<String>,
        /// The rows, as wide as the head.
        rows: Vec<Vec<String>>,
    },
}

/// What is to be answered next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The part of the interview.
    pub phase: String,
    /// The question.
    pub ask: String,
    /// What may be chosen, in the order of this seed; empty where the answer is free.
    pub options: Vec<String>,
    /// How many of the options may be chosen at once.
    pub most: usize,
    /// How an answer may look.
    pub example: String,
    /// Words that do something here besides answering, each with what it does; `pick` takes an option with it.
    pub words: Vec<(String, String)>,
}

impl Question {
    /// A question that is answered in free words.
    pub(super) fn free(phase: Phase, ask: impl Into<String>, example: impl Into<String>) -> Question {
        Question::among(phase, ask, Vec::new(), 0, example)
    }

    /// A question that is answered by up to `most` of some options.
    pub(super) fn among(
        phase: Phase,
        ask: impl Into<String>,
        options: Vec<String>,
        most: usize,
        example: impl Into<String>,
    ) -> Question {
        let (phase, ask, example) = (phase.name().to_owned(), ask.into(), example.into());
        Question { phase, ask, options, most, example, words: Vec::new() }
    }
}

/// What is said, gathered.
#[derive(Debug, Default)]
pub(super) struct Talk(pub(super) Vec<Block>);

impl Talk {
    pub(super) fn heading(&mut self, text: impl Into<String>) {
        self.0.push(Block::Heading(text.into()));
    }

    pub(super) fn speech(&mut self, text: impl Into<String>) {
        self.0.push(Block::Speech(text.into()));
    }

    pub(super) fn evidence(&mut self, text: impl Into<String>) {
        self.0.push(Block::Evidence(text.into()));
    }

    pub(super) fn table(&mut self, head: &[&str], rows: Vec<Vec<String>>) {
        self.0.push(Block::Table { head: head.iter().map(|&name| name.to_owned()).collect(), rows });
    }
}
