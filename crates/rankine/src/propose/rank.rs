//! A log of choices: who took what, and when. Proposes to rank.

use std::collections::BTreeMap;

use super::column::{Column, Holds};
use super::limits;
use super::name::{Taken, plain, text, tokens};
use super::write;
use super::{Draft, Table};

/// Values of an event's column, the strongest sign of a liking first.
const STRENGTH: &[&str] = &[
    "purchase",
    "purchased",
    "transaction",
    "buy",
    "bought",
    "order",
    "ordered",
    "checkout",
    "book",
    "booked",
    "apply",
    "subscribe",
    "addtocart",
    "cart",
    "basket",
    "save",
    "saved",
    "favorite",
    "favourite",
    "like",
    "liked",
    "share",
    "follow",
    "complete",
    "finish",
    "watch",
    "play",
    "listen",
    "stream",
    "read",
    "rate",
    "rating",
    "click",
    "clicked",
    "open",
    "view",
    "viewed",
    "visit",
    "detail",
    "browse",
];

/// What was only shown.
const SHOWN: &[&str] =
    &["impression", "impressions", "shown", "show", "exposure", "display", "served", "seen"];

/// Rows with an outcome must be at least so many.
const ENOUGH: usize = 200;

/// A kind of event and the rows that are of it.
struct Happens {
    name: String,
    /// What its column holds, where there is one.
    word: Option<String>,
    count: usize,
    shown: bool,
}

/// What of the outcome makes a row count.
enum Counts {
    Always,
    /// The number of this field is at least so much.
    AtLeast {
        field: String,
        bound: f64,
        of: &'static str,
    },
}

/// Where a column without a role belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Belongs {
    User,
    Item,
    Event,
}

struct Log<'t> {
    table: &'t Table<'t>,
    user: &'t Column,
    item: &'t Column,
    /// Names of the two entities.
    asks: String,
    chosen: String,
    happens: Vec<Happens>,
    /// (index of a column, its field's name, whose it is).
    fields: Vec<(usize, String, Belongs)>,
    counts: Counts,
    label: String,
    repeats: f64,
}

pub(super) fn draft(table: &Table<'_>) -> Draft {
    let (Some(user), Some(item)) = (&table.roles.user, &table.roles.item) else {
        unreachable!("it is a log")
    };
    let mut taken = Taken::reserved();
    let asks = taken.name(&entity(&table.columns[user.column].name, "user"));
    let chosen = taken.name(&entity(&table.columns[item.column].name, "item"));
    let happens = happens(table, &mut taken);
    let label = taken.name("relevant");
    let fields = fields(table);
    let counts = counts(table, &fields);
    let log = Log {
        table,
        user: &table.columns[user.column],
        item: &table.columns[item.column],
        asks,
        chosen,
        happens,
        fields,
        counts,
        label,
        repeats: limits::repeats(&table.look, user.column, item.column),
    };
    Draft {
        design: log.design(),
        mapping: log.mapping(),
        taken_as: log.taken_as(),
        guesses: log.guesses(),
        limits: limits::of_a_log(table, &log.facts()),
    }
}

/// What an entity is called, by the column that names it.
fn entity(column: &str, otherwise: &str) -> String {
    let words: Vec<String> =
        tokens(column).into_iter().filter(|word| !["id", "code", "key"].contains(&word.as_str())).collect();
    match words.join("_").as_str() {
        "" | "uid" | "who" | "usr" | "cust" | "iid" | "what" | "sid" => otherwise.to_owned(),
        name => plain(name),
    }
}

fn happens(table: &Table<'_>, taken: &mut Taken) -> Vec<Happens> {
    let Some(role) = &table.roles.event else {
        let words = tokens(&table.place.stem());
        let outcome = table.roles.outcome.as_ref().map(|role| tokens(&table.columns[role.column].name));
        let names = [
            "click", "view", "purchase", "order", "play", "watch", "listen", "rating", "like", "read",
            "visit",
        ];
        let told = |words: &[String]| {
            names.iter().find(|name| {
                words.iter().any(|word| {
                    word == *name
                        || word.strip_suffix('s') == Some(name)
                        || word.strip_suffix("ed") == Some(name)
                })
            })
        };
        let name = match told(&words).or_else(|| outcome.as_deref().and_then(told)) {
            Some(&"rating") => "rate",
            Some(name) => name,
            None => "choose",
        };
        return vec![Happens {
            name: taken.name(name),
            word: None,
            count: table.look.rows.len(),
            shown: false,
        }];
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in 0..table.look.rows.len() {
        *counts.entry(table.look.text(row, role.column)).or_default() += 1;
    }
    counts.remove("");
    let strength = |word: &str| {
        STRENGTH.iter().position(|known| *known == plain(word).replace('_', "")).unwrap_or(STRENGTH.len())
    };
    let mut happens: Vec<Happens> = counts
        .into_iter()
        .map(|(word, count)| {
            let own = plain(word);
            let shown = SHOWN.contains(&own.as_str());
            let name = taken.name(if shown { "shown" } else { &own });
            Happens { name, word: Some(word.to_owned()), count, shown }
        })
        .collect();
    // The one that the label is made from stands first.
    happens.sort_by_key(|event| {
        let word = event.word.as_deref().unwrap_or_default();
        (event.shown, event.count < ENOUGH, strength(word))
    });
    happens
}

/// Columns without a role: of whoever they do not change with.
fn fields(table: &Table<'_>) -> Vec<(usize, String, Belongs)> {
    let (Some(user), Some(item)) = (&table.roles.user, &table.roles.item) else { return Vec::new() };
    let mut names = Taken::default();
    let roles =
        [&table.roles.user, &table.roles.item, &table.roles.time, &table.roles.event, &table.roles.row];
    let is_role = |at: usize| roles.iter().any(|role| role.as_ref().is_some_and(|role| role.column == at));
    let mut fields = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        if is_role(at) || write::field_type(column).is_none() {
            continue;
        }
        let outcome = table.roles.outcome.as_ref().is_some_and(|role| role.column == at);
        let belongs = if outcome {
            Belongs::Event
        } else if limits::follows(&table.look, item.column, at) {
            Belongs::Item
        } else if limits::follows(&table.look, user.column, at) {
            Belongs::User
        } else {
            Belongs::Event
        };
        fields.push((at, names.name(&plain(&column.name)), belongs));
    }
    fields
}

/// Which rows count as good.
fn counts(table: &Table<'_>, fields: &[(usize, String, Belongs)]) -> Counts {
    let Some(role) = &table.roles.outcome else { return Counts::Always };
    let column = &table.columns[role.column];
    let Some((_, field, _)) = fields.iter().find(|(at, ..)| *at == role.column) else {
        return Counts::Always;
    };
    let Holds::Number { low, high, .. } = column.kind else { return Counts::Always };
    let field = field.clone();
    if column.two_numbers() {
        return Counts::AtLeast { field, bound: 1.0, of: "yes or no" };
    }
    let words = tokens(&column.name);
    let rated =
        words.iter().any(|word| ["rating", "stars", "score", "rate", "grade"].contains(&word.as_str()));
    if !rated || column.distinct > 100 {
        return Counts::Always;
    }
    let mut given: Vec<f64> =
        (0..table.look.rows.len()).filter_map(|row| table.look.text(row, role.column).parse().ok()).collect();
    given.sort_by(f64::total_cmp);
    // The lowest mark that at most six of ten rows reach.
    let share =
        |bound: f64| given.iter().filter(|mark| **mark >= bound).count() as f64 / given.len().max(1) as f64;
    let mut marks = given.clone();
    marks.dedup();
    let bound = marks.iter().copied().find(|mark| share(*mark) <= 0.6).unwrap_or(high);
    if bound <= low { Counts::Always } else { Counts::AtLeast { field, bound, of: "marks" } }
}

impl Log<'_> {
    fn of(&self, whose: Belongs) -> impl Iterator<Item = (&str, &Column)> {
        let of = self.fields.iter().filter(move |(_, _, belongs)| *belongs == whose);
        of.map(|(at, name, _)| (name.as_str(), &self.table.columns[*at]))
    }

    fn time(&self) -> Option<&Column> {
        self.table.roles.time.as_ref().map(|role| &self.table.columns[role.column])
    }

    /// Days from the first row to the last.
    fn days(&self) -> f64 {
        match self.time().map(|column| &column.kind) {
            Some(Holds::Time { low, high, .. }) => (high - low) as f64 / 86_400_000.0,
            _ => 0.0,
        }
    }

    fn only_days(&self) -> bool {
        matches!(self.time().map(|column| &column.kind), Some(Holds::Time { days: true, .. }))
    }

    fn facts(&self) -> limits::Facts {
        limits::Facts {
            asks: self.asks.clone(),
            chosen: self.chosen.clone(),
            happens: self.happens[0].name.clone(),
            shown: self.happens.iter().any(|event| event.shown) || self.tells_no(),
            repeats: self.repeats,
            days: self.days(),
            only_days: self.only_days(),
            item_fields: self.of(Belongs::Item).count(),
            user_fields: self.of(Belongs::User).count(),
            marks: matches!(self.counts, Counts::AtLeast { of: "marks", .. }),
        }
    }

    /// Whether rows tell of what was not taken, too.
    fn tells_no(&self) -> bool {
        matches!(self.counts, Counts::AtLeast { of: "yes or no", .. })
    }

    fn design(&self) -> String {
        let (asks, chosen, label) = (&self.asks, &self.chosen, &self.label);
        let event = &self.happens[0].name;
        let mut design = format!(
            "# Which {chosen} should each {asks} see next? Proposed from {}.\n\
             # Every line may be changed; `rankine check` says what is wrong or open.\n\n\
             [problem]\n\
             name = {}\n\
             task = \"rank\"\n\
             objective = {}    # what the business wants, in words: put yours here\n\
             for = \"{asks}\"\n\
             choose = \"{chosen}\"\n\
             slate = 10        # how many are shown\n\
             repeat = {}    # {}\n\n\
             # [scale]         # what the real thing must stand; the sheet tells what follows from it\n\
             # users = \"2M daily\"\n\
             # requests_peak = \"500/s\"\n\
             # latency_p99 = \"50ms\"\n\
             # memory = \"2GiB\"\n",
            self.table.place.shown().replace(['\n', '\r'], " "),
            text(&self.table.name),
            text(&format!("more {}", several(event))),
            self.repeats >= 0.1,
            self.repeats_said(),
        );
        for (name, whose) in [(asks, Belongs::User), (chosen, Belongs::Item)] {
            design.push_str(&format!("\n[entities.{name}]\n"));
            design.push_str(&declared(self.of(whose)));
        }
        for happens in &self.happens {
            design.push_str(&format!("\n[events.{}]\n", happens.name));
            design.push_str(&declared(self.of(Belongs::Event)));
        }
        design.push_str(&format!("\n[label.{label}]\nfrom = \"{event}\"\n"));
        match &self.counts {
            Counts::AtLeast { field, bound, .. } => {
                design.push_str(&format!("when = \"{field} >= {bound}\"\n"));
            }
            Counts::Always => {
                let number = |(_, column): &(&str, &Column)| {
                    matches!(column.kind, Holds::Number { .. }) && column.distinct > 2
                };
                if let Some((field, _)) = self.of(Belongs::Event).find(number) {
                    design.push_str(&format!(
                        "# when = \"{field} >= 1\"    # which of them count; all do now\n"
                    ));
                }
            }
        }
        let within = if self.only_days() || self.time().is_none() { "1d" } else { "1h" };
        design.push_str(&format!(
            "within = \"{within}\"    # a pause of so long begins a new visit\n\n[features]\n"
        ));
        design.push_str(&self.features());
        design.push_str(&format!(
            "\n[[contenders]]\nname = \"popular\"\nretrieve = [\"popular\"]\n\
             \n[[contenders]]\nname = \"item-knn\"\nretrieve = [\"item-knn\"]\n\
             \n[[contenders]]\nname = \"als\"\nretrieve = [{{ algorithm = \"als\", factors = 32 }}]\n\
             \n[[contenders]]\nname = \"mix-trees\"\n\
             retrieve = [\"popular\", \"recent\", \"item-knn\", {{ algorithm = \"als\", factors = 32 }}]\n\
             depth = 200\nscore = {{ algorithm = \"trees\", loss = \"lambdarank\", leaves = 8 }}\n\
             \n[evaluate]\nmetric = \"ndcg@10\"\nbaseline = \"popular\"\n\
             margin = \"1%\"      # smaller differences do not matter to us\nconfidence = \"95%\"\n\
             report = [\"recall@20\", \"mrr@10\", \"coverage@10\", \"gini@10\"]\n\
             slices = [\"{asks}.new\", \"{chosen}.tail\"]\ntrials = 3\n\
             periods = {{ history = \"50%\", train = \"20%\", validation = \"15%\", test = \"15%\" }}\n"
        ));
        if self.time().is_none() {
            design
                .push_str("split = \"rows\"    # no column tells the time: their order must stand for it\n");
        }
        design
    }

    fn repeats_said(&self) -> String {
        match self.repeats {
            0.0 => format!("no {} comes back to one here", self.asks),
            share => {
                format!("{:.0}% of rows choose again what was chosen", (share * 100.0).max(1.0))
            }
        }
    }

    fn features(&self) -> String {
        let (asks, chosen, event) = (&self.asks, &self.chosen, &self.happens[0].name);
        let windows = match self.days() {
            days if days > 60.0 => "[\"7d\", \"30d\"]",
            days if days < 3.0 => "[\"1h\", \"1d\"]",
            _ => "[\"1d\", \"7d\"]",
        };
        let mut names = Taken::default();
        let mut features: Vec<(String, String)> = Vec::new();
        let mut add = |wanted: &str, what: String| features.push((names.name(wanted), what));
        add("age", format!("{{ kind = \"age\", of = \"{chosen}\" }}"));
        add(
            "taken",
            format!("{{ kind = \"count\", event = \"{event}\", of = \"{chosen}\", windows = {windows} }}"),
        );
        add("habit", format!("{{ kind = \"recency\", event = \"{event}\", of = \"{asks}\" }}"));
        if let Some(shown) = self.happens.iter().find(|event| event.shown) {
            let bottom = &shown.name;
            add(
                "rate",
                format!(
                    "{{ kind = \"rate\", top = \"{event}\", bottom = \"{bottom}\", of = \"{chosen}\", \
                        windows = {windows} }}"
                ),
            );
        }
        if let Counts::AtLeast { .. } = self.counts {
            let label = &self.label;
            add(
                "liked",
                format!(
                    "{{ kind = \"rate\", top = \"{label}\", bottom = \"{event}\", of = \"{chosen}\", \
                        windows = {windows} }}"
                ),
            );
        }
        if self.repeats >= 0.1 {
            add("again", format!("{{ kind = \"pair\", event = \"{event}\" }}"));
        }
        if self.time().is_some() && !self.only_days() {
            add("hour", "{ kind = \"hour\" }".to_owned());
        }
        for (field, column) in self.of(Belongs::Item) {
            let what = match &column.kind {
                Holds::Category | Holds::Categories(_) => {
                    format!("{{ kind = \"affinity\", to = \"{chosen}.{field}\" }}")
                }
                Holds::Vector(size) => {
                    format!("{{ kind = \"vector\", of = \"{chosen}.{field}\", size = {size} }}")
                }
                _ => format!("{{ kind = \"field\", of = \"{chosen}.{field}\" }}"),
            };
            add(field, what);
        }
        for (field, column) in self.of(Belongs::User) {
            let what = match &column.kind {
                Holds::Vector(size) => {
                    format!("{{ kind = \"vector\", of = \"{asks}.{field}\", size = {size} }}")
                }
                _ => format!("{{ kind = \"field\", of = \"{asks}.{field}\" }}"),
            };
            add(&format!("of_{field}"), what);
        }
        features.into_iter().map(|(name, what)| format!("{name} = {what}\n")).collect()
    }

    fn mapping(&self) -> String {
        let source = write::source(self.table);
        let time = self.time().map(|column| format!("time = {}\n", write::time(column))).unwrap_or_default();
        let mut mapping =
            "# Which column is what. `file` lies in the folder of --data, or is --data itself.\n".to_owned();
        if self.time().is_none() {
            // Every row is a request of its own: what it names, it asked for.
            let all = self.fields.iter().map(|(at, name, _)| (name.as_str(), &self.table.columns[*at]));
            mapping.push_str(&format!(
                "[[tables]]\n{source}example = \"{}\"\nuser = {}\nitem = {}\n{}",
                self.happens[0].name,
                text(&self.user.name),
                text(&self.item.name),
                write::fields(all),
            ));
            mapping.push_str(&self.filter(&self.happens[0]));
            return mapping;
        }
        for (name, column, whose) in
            [(&self.asks, self.user, Belongs::User), (&self.chosen, self.item, Belongs::Item)]
        {
            let fields = write::fields(self.of(whose));
            if !fields.is_empty() {
                mapping.push_str(&format!(
                    "[[tables]]    # what the rows say of each {name}\n{source}entity = \"{name}\"\nid = \
                        {}\n{time}{fields}\n",
                    text(&column.name),
                ));
            }
        }
        for happens in &self.happens {
            mapping.push_str(&format!(
                "[[tables]]\n{source}interaction = \"{}\"\n{}user = {}\nitem = {}\n{time}{}{}\n",
                happens.name,
                match &self.table.roles.row {
                    Some(row) => format!("id = {}\n", text(&self.table.columns[row.column].name)),
                    None => String::new(),
                },
                text(&self.user.name),
                text(&self.item.name),
                write::fields(self.of(Belongs::Event)),
                self.filter(happens),
            ));
        }
        mapping.truncate(mapping.trim_end().len());
        mapping.push('\n');
        mapping
    }

    fn filter(&self, happens: &Happens) -> String {
        match (&self.table.roles.event, &happens.word) {
            (Some(role), Some(word)) => {
                let column = text(&self.table.columns[role.column].name);
                format!("where = {{ column = {column}, equals = {} }}\n", text(word))
            }
            _ => String::new(),
        }
    }

    fn taken_as(&self) -> Vec<String> {
        let roles = &self.table.roles;
        let is = |role: &Option<super::Role>, at: usize| role.as_ref().is_some_and(|role| role.column == at);
        let one = |at: usize| {
            let field = self.fields.iter().find(|(of, ..)| *of == at);
            match field {
                _ if is(&roles.user, at) => format!("who ({})", self.asks),
                _ if is(&roles.item, at) => format!("what ({})", self.chosen),
                _ if is(&roles.time, at) => "when".to_owned(),
                _ if is(&roles.event, at) => "what happened".to_owned(),
                _ if is(&roles.row, at) => "id of the row".to_owned(),
                Some((_, name, Belongs::Item)) => format!("{}.{name}", self.chosen),
                Some((_, name, Belongs::User)) => format!("{}.{name}", self.asks),
                Some((_, name, Belongs::Event)) if is(&roles.outcome, at) => format!("outcome: {name}"),
                Some((_, name, Belongs::Event)) => format!("of the event: {name}"),
                None => "left out".to_owned(),
            }
        };
        (0..self.table.columns.len()).map(one).collect()
    }

    fn guesses(&self) -> Vec<String> {
        let table = self.table;
        let mut guesses = Vec::new();
        for (what, role) in [("who", &table.roles.user), ("what", &table.roles.item)] {
            if let Some(role) = role {
                let column = &table.columns[role.column];
                guesses.push(format!(
                    "{what}: `{}`, {}; {} of them, {:.1} rows each",
                    column.name,
                    role.why,
                    column.distinct,
                    table.rows_each(role.column)
                ));
            }
        }
        if let Some(role) = &table.roles.time {
            guesses.push(format!("when: `{}`, {}", table.columns[role.column].name, role.why));
        }
        if let Some(role) = &table.roles.event {
            let words: Vec<String> =
                self.happens.iter().map(|event| format!("{} ({})", event.name, event.count)).collect();
            let name = &table.columns[role.column].name;
            guesses.push(format!("what happened: `{name}`, {}: {}", role.why, words.join(", ")));
        }
        let first = &self.happens[0].name;
        guesses.push(match &self.counts {
            Counts::Always => format!("every `{first}` counts as good"),
            Counts::AtLeast { field, bound, of: "marks" } => {
                format!(
                    "a `{first}` counts as good from {field} {bound} on: the lowest mark that at most \
                     six of ten reach"
                )
            }
            Counts::AtLeast { field, .. } => {
                format!(
                    "a `{first}` counts as good where `{field}` is 1; the other rows were shown and not \
                     taken"
                )
            }
        });
        for (whose, name) in [(Belongs::Item, &self.chosen), (Belongs::User, &self.asks)] {
            let names: Vec<&str> = self.of(whose).map(|(_, column)| column.name.as_str()).collect();
            if !names.is_empty() {
                guesses.push(format!(
                    "of the {name}: {}; they are the same in all rows of one",
                    names.join(", ")
                ));
            }
        }
        guesses
    }
}

/// The name of an event as a noun for several.
fn several(event: &str) -> String {
    match event {
        "choose" => "choices".to_owned(),
        "rate" => "good ratings".to_owned(),
        "buy" => "purchases".to_owned(),
        _ => format!("{event}s"),
    }
}

/// Fields with their types, a line each.
fn declared<'c>(fields: impl Iterator<Item = (&'c str, &'c Column)>) -> String {
    fields
        .filter_map(|(name, column)| Some(format!("{name} = \"{}\"\n", write::field_type(column)?)))
        .collect()
}
