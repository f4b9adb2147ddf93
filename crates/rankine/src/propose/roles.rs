//! Roles of columns: who, what, when, and what came of it.

use rankine_design::did_you_mean;

use super::column::{Column, Holds};
use super::name::tokens;
use crate::error::Error;

/// Roles that somebody has given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The column with who.
    pub user: Option<String>,
    /// The column with what.
    pub item: Option<String>,
    /// The column with when.
    pub time: Option<String>,
    /// The column with what came of it.
    pub outcome: Option<String>,
}

/// A column with a role, and why it has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The index of the column.
    pub column: usize,
    /// Why, in a few words.
    pub why: String,
}

/// Which columns play a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// Who chose.
    pub user: Option<Role>,
    /// What was chosen.
    pub item: Option<Role>,
    /// When.
    pub time: Option<Role>,
    /// What came of it.
    pub outcome: Option<Role>,
    /// The word for what happened, where rows are events of several kinds.
    pub event: Option<Role>,
    /// What numbers the rows.
    pub row: Option<Role>,
}

const USER: &[&str] = &[
    "user",
    "customer",
    "visitor",
    "member",
    "account",
    "client",
    "shopper",
    "viewer",
    "reader",
    "listener",
    "subscriber",
    "person",
    "buyer",
    "player",
    "uid",
    "guest",
    "household",
    "consumer",
    "cust",
    "usr",
    "profile",
    "student",
    "patient",
    "who",
];

const SESSION: &[&str] = &["session", "sess", "cookie", "sid", "basket", "cart", "playlist"];

const ITEM: &[&str] = &[
    "item",
    "product",
    "sku",
    "video",
    "movie",
    "film",
    "show",
    "article",
    "news",
    "song",
    "track",
    "artist",
    "album",
    "book",
    "page",
    "ad",
    "creative",
    "post",
    "listing",
    "asin",
    "isbn",
    "content",
    "document",
    "doc",
    "recipe",
    "game",
    "app",
    "job",
    "hotel",
    "restaurant",
    "course",
    "offer",
    "deal",
    "store",
    "venue",
    "poi",
    "property",
    "url",
    "iid",
    "podcast",
    "episode",
    "story",
    "what",
    "good",
    "repo",
];

const TIME: &[&str] =
    &["timestamp", "time", "ts", "when", "at", "datetime", "date", "created", "occurred", "day"];

const EVENT: &[&str] =
    &["event", "type", "action", "behavior", "behaviour", "activity", "interaction", "kind"];

/// Words for what came of it, the plainest first.
const OUTCOME: &[&str] = &[
    "target",
    "label",
    "outcome",
    "y",
    "class",
    "churn",
    "churned",
    "default",
    "defaulted",
    "fraud",
    "spam",
    "clicked",
    "click",
    "converted",
    "conversion",
    "purchased",
    "bought",
    "liked",
    "like",
    "rating",
    "stars",
    "score",
    "survived",
    "response",
    "responded",
    "subscribed",
    "returned",
    "cancelled",
    "income",
    "diagnosis",
    "quality",
    "watched",
    "dwell",
    "duration",
    "seconds",
    "quantity",
    "amount",
    "minutes",
    "price",
    "delay",
];

/// Guesses roles; those that somebody gave stand.
///
/// # Errors
/// Where a column that was named is not there.
pub(super) fn roles(columns: &[Column], rows: usize, wishes: &Wishes) -> Result<Roles, Error> {
    let mut roles = Roles {
        user: wished(columns, &wishes.user, "--user")?,
        item: wished(columns, &wishes.item, "--item")?,
        time: wished(columns, &wishes.time, "--time")?,
        outcome: wished(columns, &wishes.outcome, "--outcome")?,
        ..Roles::default()
    };
    if roles.time.is_none() {
        let moment =
            |column: &Column| matches!(column.kind, Holds::Time { .. }) && column.missing * 10 < rows;
        roles.time = roles.named(columns, TIME, &moment, "holds moments").or_else(|| {
            let at = columns.iter().position(moment).filter(|at| !roles.taken(*at))?;
            Some(Role { column: at, why: "the only column that holds moments".to_owned() })
        });
        // A birthday or the like of an entity does not tell when the row happened.
        let of_another = |role: &Role| {
            let words = tokens(&columns[role.column].name);
            words.iter().any(|word| {
                ["birth", "born", "release", "released", "joined", "signup"].contains(&word.as_str())
            })
        };
        roles.time = roles.time.filter(|role| !of_another(role));
    }
    let numbering = |column: &Column| {
        column.names() && column.distinct == rows && rows > 1 && {
            let words = tokens(&column.name);
            let ids = ["id", "index", "row", "uuid", "guid", "unnamed", "number", "nr"];
            words.iter().any(|word| ids.contains(&word.as_str())) || column.name == "0"
        }
    };
    let why = "another in every row";
    roles.row = columns
        .iter()
        .position(numbering)
        .filter(|at| !roles.taken(*at))
        .map(|column| Role { column, why: why.to_owned() });
    let again =
        |column: &Column| (column.names() || column.kind == Holds::Text) && column.distinct < rows.max(2);
    if roles.user.is_none() {
        roles.user = roles
            .named(columns, USER, &again, "names who")
            .or_else(|| roles.named(columns, SESSION, &again, "names a visit"));
    }
    if roles.item.is_none() {
        roles.item = roles.named(columns, ITEM, &again, "names what");
    }
    roles.by_repetition(columns, rows);
    if roles.event.is_none() && roles.user.is_some() && roles.item.is_some() {
        let few = |column: &Column| column.kind == Holds::Category && (2..=12).contains(&column.distinct);
        roles.event = roles.named(columns, EVENT, &few, "says what happened");
    }
    if roles.outcome.is_none() {
        let varies = |column: &Column| {
            let kind = matches!(column.kind, Holds::Number { .. } | Holds::Category);
            kind && column.distinct > 1
                && (column.distinct <= 20 || matches!(column.kind, Holds::Number { .. }))
        };
        roles.outcome = roles.named(columns, OUTCOME, &varies, "says what came of it");
    }
    Ok(roles)
}

fn wished(columns: &[Column], name: &Option<String>, option: &str) -> Result<Option<Role>, Error> {
    let Some(name) = name else { return Ok(None) };
    if let Some(column) = columns.iter().position(|column| column.name == *name) {
        return Ok(Some(Role { column, why: format!("{option} says so") }));
    }
    let known = || columns.iter().map(|column| column.name.as_str());
    let help = match did_you_mean(name, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", known().take(30).collect::<Vec<_>>().join(", ")),
    };
    Err(Error::Data(format!("{option}: there is no column `{name}`; {help}")))
}

impl Roles {
    /// Whether a column has a role already.
    pub(super) fn taken(&self, column: usize) -> bool {
        let all = [&self.user, &self.item, &self.time, &self.outcome, &self.event, &self.row];
        all.into_iter().flatten().any(|role| role.column == column)
    }

    /// The column whose name says most plainly that it is one of these.
    fn named(
        &self,
        columns: &[Column],
        words: &[&str],
        fits: &dyn Fn(&Column) -> bool,
        does: &str,
    ) -> Option<Role> {
        let worth = |column: &Column| -> usize {
            let tokens = tokens(&column.name);
            let bare: Vec<&String> = tokens
                .iter()
                .filter(|word| !["id", "code", "key", "is", "the", "no"].contains(&word.as_str()))
                .collect();
            let rank = |word: &str| words.iter().position(|known| *known == word);
            let id = usize::from(tokens.iter().any(|word| word == "id"));
            let place = |at: usize| 100 - at.min(99);
            match bare.as_slice() {
                [] => 0,
                [single] => rank(single).map_or(0, |at| 1000 + 100 * id + place(at)),
                // Of several words the last says what it is: `product category` is no product.
                several => several.last().and_then(|last| rank(last)).map_or(0, |at| 100 * id + place(at)),
            }
        };
        let free = columns.iter().enumerate().filter(|(at, column)| !self.taken(*at) && fits(column));
        let best =
            free.rev().max_by_key(|(_, column)| worth(column)).filter(|(_, column)| worth(column) > 0)?;
        Some(Role { column: best.0, why: format!("its name says that it {does}") })
    }

    /// Where names say nothing: ids that come again and again are who and what, in this order.
    fn by_repetition(&mut self, columns: &[Column], rows: usize) {
        if self.user.is_some() && self.item.is_some() || self.user.is_none() && self.item.is_none() {
            return;
        }
        let id = |column: &Column| {
            let words = tokens(&column.name);
            let named = words.iter().any(|word| ["id", "code", "key"].contains(&word.as_str()));
            named && column.names() && column.distinct > 5 && column.distinct * 3 < rows * 2
        };
        let free = columns.iter().enumerate().filter(|(at, column)| !self.taken(*at) && id(column));
        let Some((at, _)) = free.max_by_key(|(_, column)| column.distinct) else { return };
        let role =
            Some(Role { column: at, why: "ids that come again, and nothing else looks like it".to_owned() });
        if self.user.is_none() { self.user = role } else { self.item = role }
    }
}
