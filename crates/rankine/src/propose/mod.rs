//! Proposing: a design and a mapping for a table that somebody has, and what this table cannot tell.

mod column;
mod limits;
mod look;
mod name;
mod predict;
mod rank;
mod roles;
mod write;

use rankine_design::{Encoding, FileFormat};

pub use column::{Column, Holds, TimeForm};
pub use look::Place;
pub use roles::{Role, Roles, Wishes};

use crate::error::Error;
use crate::progress::Progress;
use look::Look;

/// A design for a table, with the reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The text of `design.toml`.
    pub design: String,
    /// The name of the mapping's file in `data/`, and its text.
    pub mapping: (String, String),
    /// How the table is written, and how much of it was looked at.
    pub seen: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// What each column is taken as, in their order.
    pub taken_as: Vec<String>,
    /// The roles.
    pub roles: Roles,
    /// What was taken for granted, in sentences.
    pub guesses: Vec<String>,
    /// What this table cannot tell, in sentences.
    pub limits: Vec<String>,
}

/// A table that was looked at.
struct Table<'a> {
    place: &'a Place,
    /// The name of the problem.
    name: String,
    look: Look,
    columns: Vec<Column>,
    roles: Roles,
}

/// What a kind of problem makes of a table.
struct Draft {
    design: String,
    mapping: String,
    taken_as: Vec<String>,
    guesses: Vec<String>,
    limits: Vec<String>,
}

/// Looks at a table and proposes a design called `name`.
///
/// # Errors
/// Where the table cannot be read, a column that was named is not there, or nothing in it says what could be
/// learned.
pub fn propose(
    place: &Place,
    name: &str,
    wishes: &Wishes,
    progress: &dyn Progress,
) -> Result<Proposal, Error> {
    let look = look::look(place, progress)?;
    let column = |at: usize| column::column(&look, at, wishes.time.as_ref() == Some(&look.columns[at]));
    let columns: Vec<Column> = (0..look.columns.len()).map(column).collect();
    let roles = roles::roles(&columns, look.rows.len(), wishes)?;
    let mut table = Table { place, name: write::plain_name(name), look, columns, roles };
    let draft = if table.is_log() {
        table.let_items_have_their_own(wishes);
        rank::draft(&table)
    } else if table.roles.outcome.is_some() {
        predict::draft(&table)?
    } else {
        return Err(Error::Data(table.undecided()));
    };
    let mut mapping = write::plain_name(&place.stem());
    mapping.push_str(".toml");
    Ok(Proposal {
        design: draft.design,
        mapping: (mapping, draft.mapping),
        seen: table.seen(),
        taken_as: draft.taken_as,
        columns: table.columns,
        roles: table.roles,
        guesses: draft.guesses,
        limits: draft.limits,
    })
}

impl Table<'_> {
    /// Whether rows tell who chose what: both come again and again.
    fn is_log(&self) -> bool {
        let (Some(user), Some(item)) = (&self.roles.user, &self.roles.item) else { return false };
        let rows = self.look.rows.len();
        let again = |column: usize| self.columns[column].distinct * 10 < rows * 9;
        again(user.column) || again(item.column)
    }

    /// What is the same in all rows of an item, such as its price, is no outcome of a choice.
    fn let_items_have_their_own(&mut self, wishes: &Wishes) {
        if let (Some(item), Some(outcome), None) = (&self.roles.item, &self.roles.outcome, &wishes.outcome)
            && limits::follows(&self.look, item.column, outcome.column)
        {
            self.roles.outcome = None;
        }
    }

    fn undecided(&self) -> String {
        let names: Vec<&str> = self.columns.iter().take(40).map(|column| column.name.as_str()).collect();
        let found = |role: &Option<Role>| role.as_ref().map(|role| self.columns[role.column].name.as_str());
        let said = match (found(&self.roles.user), found(&self.roles.item)) {
            (Some(user), None) => format!("`{user}` looks like who, and nothing looks like what was chosen"),
            (None, Some(item)) => format!("`{item}` looks like what was chosen, and nothing looks like who"),
            _ => "no column looks like who, what was chosen, or what came of it".to_owned(),
        };
        format!(
            "{}: {said} (columns: {}); say so by --user COLUMN and --item COLUMN for a log of choices, \
             or by --outcome COLUMN for what is to be predicted",
            self.place.shown(),
            names.join(", ")
        )
    }

    /// How it is written and how much of it was looked at, in a sentence.
    fn seen(&self) -> String {
        let look = &self.look;
        let form = match look.format {
            None => "Postgres".to_owned(),
            Some(FileFormat::Parquet) => "Parquet".to_owned(),
            Some(FileFormat::Jsonl) => "JSON Lines".to_owned(),
            Some(FileFormat::Csv) => {
                let separator = match look.separator {
                    '\t' => "tab".to_owned(),
                    other => format!("`{other}`"),
                };
                let encoding = if look.encoding == Encoding::Latin1 { "latin-1" } else { "utf-8" };
                let header = if look.header { "" } else { ", no names of columns" };
                format!("CSV, parted by {separator}, {encoding}{header}")
            }
            // What is looked at is one of those above.
            Some(other) => other.word().to_owned(),
        };
        let rows = look.rows.len();
        let much = match (look.whole, look.total) {
            (true, _) => format!("all {rows} rows"),
            (false, Some(total)) => format!("the first {rows} of {total} rows"),
            (false, None) => format!("the first {rows} rows"),
        };
        let unread = match &look.unread {
            (0, _) => String::new(),
            (count, reason) => {
                format!("; {count} rows cannot be read ({})", reason.as_deref().unwrap_or_default())
            }
        };
        format!("{} ({form}): {much}, {} columns{unread}", self.place.shown(), self.columns.len())
    }

    /// How many rows a value of this column has on average.
    fn rows_each(&self, column: usize) -> f64 {
        let filled = self.look.rows.len() - self.columns[column].missing;
        filled as f64 / self.columns[column].distinct.max(1) as f64
    }
}
