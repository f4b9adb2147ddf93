//! What a table cannot tell, and what its rows have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::Table;
use super::look::Look;

/// What is known of a log of choices.
pub(super) struct Facts {
    pub(super) asks: String,
    pub(super) chosen: String,
    pub(super) happens: String,
    /// Whether rows tell what was shown and not taken.
    pub(super) shown: bool,
    /// The share of rows whose pair of user and item was there before.
    pub(super) repeats: f64,
    pub(super) days: f64,
    pub(super) only_days: bool,
    pub(super) item_fields: usize,
    pub(super) user_fields: usize,
    /// Whether the outcome is a mark that somebody gave.
    pub(super) marks: bool,
}

/// The share of rows whose pair of cells stood in an earlier row.
pub(super) fn repeats(look: &Look, left: usize, right: usize) -> f64 {
    let mut seen = BTreeSet::new();
    let pairs = (0..look.rows.len()).map(|row| (look.text(row, left), look.text(row, right)));
    let again = pairs.filter(|pair| !seen.insert(*pair)).count();
    again as f64 / look.rows.len().max(1) as f64
}

/// Whether a column says the same in (almost) all rows of a key, and not in all rows of the table.
pub(super) fn follows(look: &Look, key: usize, column: usize) -> bool {
    let mut first: BTreeMap<&str, String> = BTreeMap::new();
    let (mut compared, mut same) = (0usize, 0usize);
    let mut values = BTreeSet::new();
    for (row, cell) in look.cells(column).enumerate() {
        let Some(cell) = cell else { continue };
        let (name, value) = (look.text(row, key), cell.shown());
        if name.is_empty() || value.trim().is_empty() {
            continue;
        }
        if values.len() < 2 {
            values.insert(value.clone());
        }
        match first.get(name) {
            Some(before) => {
                compared += 1;
                same += usize::from(*before == value);
            }
            None => _ = first.insert(name, value),
        }
    }
    values.len() > 1 && compared >= 20 && same * 100 >= compared * 99
}

/// What a log of choices cannot tell.
pub(super) fn of_a_log(table: &Table<'_>, facts: &Facts) -> Vec<String> {
    let Facts { asks, chosen, happens, .. } = facts;
    let rows = table.look.rows.len();
    let mut limits = Vec::new();
    if !facts.shown {
        limits.push(
            "what was shown and not taken: no click-through rate, no correction for the place in a list. \
             What was seldom shown looks disliked. Log requests with what they showed (`rankine serve` \
             does)"
                .to_owned(),
        );
    }
    if facts.marks {
        limits.push(format!("what people think of the {chosen}s that they did not choose to rate"));
    }
    match &table.roles.time {
        None => limits.push(
            "when it happened: nothing can be judged by a later time. The order of the rows stands for \
             it; if that order means nothing, the verdict is too kind"
                .to_owned(),
        ),
        Some(_) if facts.days < 14.0 => limits.push(format!(
            "weeks: the rows cover {:.1} days, so that no weekly habit and no slow change can be seen",
            facts.days
        )),
        Some(_) if facts.only_days => {
            limits.push("the order within a day: times are days, so that a day is one visit".to_owned());
        }
        Some(_) => {}
    }
    if super::name::tokens(asks)
        .iter()
        .any(|word| ["session", "sess", "sid", "cookie", "basket", "cart"].contains(&word.as_str()))
    {
        limits.push(
            "people: rows name visits, so that nothing is remembered from one visit to the next".to_owned(),
        );
    }
    if facts.repeats == 0.0 {
        limits.push(format!(
            "repeats: each {asks} has each {chosen} once. Either nobody comes back to one, or somebody \
             removed the repeats before"
        ));
    }
    if facts.item_fields == 0 {
        limits.push(format!(
            "what each {chosen} is: a new one is unknown until somebody takes it. Add a table of \
             {chosen}s to the mapping"
        ));
    }
    if facts.user_fields == 0 {
        limits.push(format!("who each {asks} is: nothing tells a new one from another"));
    }
    let (users, items) = (table.roles.user.as_ref(), table.roles.item.as_ref());
    for (role, what) in [(users, "who"), (items, "what was chosen")] {
        let Some(role) = role else { continue };
        let column = &table.columns[role.column];
        if column.missing > 0 {
            limits.push(format!(
                "{what} in {} of {rows} rows, where `{}` is empty: they are kept aside",
                column.missing, column.name
            ));
        }
        if let Some((name, count)) =
            column.common.first().filter(|(_, count)| count * 20 > rows && column.distinct > 100)
        {
            limits.push(format!(
                "whether `{name}` is one of many: it has {:.0}% of all rows. A robot, or the name for \
                 unknown?",
                *count as f64 * 100.0 / rows as f64
            ));
        }
    }
    if let Some(role) = users
        && table.look.whole
        && table.columns[role.column].distinct < 500
    {
        limits.push(format!(
            "small differences: {} {asks}s seldom tell two good rankers apart, and the verdict may be \
             «undecided»",
            table.columns[role.column].distinct
        ));
    }
    if !table.look.whole {
        limits.push(format!(
            "what stands behind the first {rows} rows: types and ranges are those of the beginning; \
             `rankine run` reads all and keeps aside what does not fit"
        ));
    }
    if limits.is_empty() {
        limits.push(format!("why somebody made a `{happens}`"));
    }
    limits
}

/// Whether a column tells another one by itself: few values, each with one outcome, though outcomes differ.
pub(super) fn tells(look: &Look, column: usize, outcome: usize) -> bool {
    let mut of: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rows = 0;
    for row in 0..look.rows.len() {
        let (value, came) = (look.text(row, column), look.text(row, outcome));
        if !came.is_empty() {
            *of.entry(value).or_default().entry(came).or_default() += 1;
            *all.entry(came).or_default() += 1;
            rows += 1;
        }
    }
    let most = all.values().max().copied().unwrap_or(0);
    // With few rows of the rarer outcome chance does that; with many outcomes they are numbers.
    if rows < 100 || rows - most < 20 || all.len() > 20 {
        return false;
    }
    let right: usize = of.values().filter_map(|came| came.values().max()).sum();
    let few = of.len() <= 50 && of.len() * 4 <= rows;
    few && right * 1000 >= rows * 999
}
