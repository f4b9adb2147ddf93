//! A table of examples: each row is something with an outcome. Proposes to classify or to regress.

use rankine_learn::{Task, metrics};

use super::column::{Column, Holds};
use super::name::{Taken, plain, text};
use super::write;
use super::{Draft, Role, Table, limits};
use crate::error::Error;

/// More words than these are no classes.
const MOST_CLASSES: usize = 12;

/// Words for yes, of which one is looked for among two.
const YES: &[&str] = &[
    "1",
    "yes",
    "y",
    "true",
    "t",
    "spam",
    "fraud",
    "churn",
    "churned",
    "default",
    "bad",
    "positive",
    "pos",
    "malignant",
    "sick",
    "returned",
    "late",
    "clicked",
    "bought",
    "success",
    "died",
];

/// What is predicted.
enum Asked {
    /// Whether the number is 1.
    Truth,
    /// Whether the column holds this word.
    Word(String),
    /// Which of these words the column holds.
    Words(Vec<String>),
    /// How much the number is.
    Amount,
}

struct Examples<'t> {
    table: &'t Table<'t>,
    target: &'t Column,
    asked: Asked,
    /// What the rows are about, and who is behind several of them.
    thing: String,
    owner: Option<(String, &'t Column)>,
    /// (index of a column, its field's name).
    fields: Vec<(usize, String)>,
    /// Columns that tell the outcome by themselves.
    telling: Vec<usize>,
}

/// # Errors
/// Where no column is left to predict from.
pub(super) fn draft(table: &Table<'_>) -> Result<Draft, Error> {
    let Some(outcome) = &table.roles.outcome else { unreachable!("it has an outcome") };
    let target = &table.columns[outcome.column];
    let mut taken = Taken::reserved();
    let thing = plain(&table.place.stem());
    let thing = taken.name(&one_of(&thing));
    let again = |role: &&Role| table.rows_each(role.column) > 1.5;
    let owner = table.roles.user.as_ref().filter(again).map(|role| &table.columns[role.column]);
    let owner = owner.map(|column| (taken.name("owner"), column));
    let mut names = Taken::default();
    // What the event says has a name of its own.
    names.name("outcome");
    let telling: Vec<usize> = (0..table.columns.len())
        .filter(|at| *at != outcome.column && limits::tells(&table.look, *at, outcome.column))
        .collect();
    let free = |(at, column): &(usize, &Column)| {
        let roles = &table.roles;
        let role = |role: &Option<Role>| role.as_ref().is_some_and(|role| role.column == *at);
        let behind = owner.is_some() && role(&roles.user);
        !(role(&roles.outcome) || role(&roles.time) || role(&roles.row) || behind) && useful(column, table)
    };
    let fields = table.columns.iter().enumerate().filter(free);
    let fields = fields.map(|(at, column)| (at, names.name(&plain(&column.name)))).collect();
    let examples = Examples { table, target, asked: asked(target), thing, owner, fields, telling };
    if examples.used().next().is_none() {
        let message = format!("{}: no column is left to predict `{}` from", table.place.shown(), target.name);
        return Err(Error::Data(message));
    }
    Ok(Draft {
        design: examples.design(),
        mapping: examples.mapping(),
        taken_as: examples.taken_as(),
        guesses: examples.guesses(outcome),
        limits: examples.limits(),
    })
}

/// The name of one of several things.
fn one_of(things: &str) -> String {
    if let Some(stem) = things.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    match things.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with(['s', 'u', 'i']) => one.to_owned(),
        _ => things.to_owned(),
    }
}

/// Whether a column could help: neither nothing, nor one value, nor another word in every row.
fn useful(column: &Column, table: &Table<'_>) -> bool {
    let every = column.kind == Holds::Category
        && column.distinct * 10 > table.look.rows.len() * 9
        && column.distinct > 20;
    write::field_type(column).is_some() && column.distinct > 1 && !every
}

fn asked(target: &Column) -> Asked {
    match &target.kind {
        _ if target.two_numbers() => Asked::Truth,
        Holds::Number { .. } if target.distinct == 2 => Asked::Word(yes(target)),
        Holds::Number { .. } => Asked::Amount,
        _ if target.distinct == 2 => Asked::Word(yes(target)),
        _ => Asked::Words(target.common.iter().map(|(word, _)| word.clone()).collect()),
    }
}

/// Of two words the one that means yes, or else the rarer one.
fn yes(target: &Column) -> String {
    let words: Vec<&String> = target.common.iter().map(|(word, _)| word).collect();
    let told = words.iter().find(|word| YES.contains(&word.to_lowercase().as_str()));
    told.or(words.last()).map_or_else(String::new, |word| (*word).clone())
}

impl Examples<'_> {
    fn task(&self) -> Task {
        if matches!(self.asked, Asked::Amount) { Task::Regress } else { Task::Classify }
    }

    /// The labels: name and field of the event, and the word that the column must hold.
    fn labels(&self) -> Vec<(String, Option<String>)> {
        let mut names = Taken::reserved();
        names.name("outcome");
        names.name(&self.thing);
        if let Some((owner, _)) = &self.owner {
            names.name(owner);
        }
        match &self.asked {
            Asked::Truth | Asked::Amount => vec![(names.name(&plain(&self.target.name)), None)],
            Asked::Word(word) => {
                const BARE: &[&str] = &["yes", "no", "true", "false", "positive", "negative", "pos", "neg"];
                let own = plain(word);
                let says = own.len() > 2 && word.parse::<f64>().is_err() && !BARE.contains(&own.as_str());
                let name = if says { word } else { &self.target.name };
                vec![(names.name(&plain(name)), Some(word.clone()))]
            }
            Asked::Words(words) => {
                words.iter().map(|word| (names.name(&plain(word)), Some(word.clone()))).collect()
            }
        }
    }

    fn used(&self) -> impl Iterator<Item = (&str, &Column)> {
        let free = self.fields.iter().filter(|(at, _)| !self.telling.contains(at));
        free.map(|(at, name)| (name.as_str(), &self.table.columns[*at]))
    }

    fn texts(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.used().filter(|(_, column)| column.kind == Holds::Text)
    }

    fn design(&self) -> String {
        let (thing, task) = (&self.thing, self.task());
        let labels = self.labels();
        let mut design = format!(
            "# What comes of each {thing}? Proposed from {}.\n\
             # Every line may be changed; `rankine check` says what is wrong or open.\n\n\
             [problem]\nname = {}\ntask = \"{}\"\n\
             objective = {}    # what the business wants, in words: put yours here\n",
            self.table.place.shown().replace(['\n', '\r'], " "),
            text(&self.table.name),
            task.name(),
            text(&format!("know {} before it is too late", self.target.name)),
        );
        if let Some((owner, column)) = &self.owner {
            design.push_str(&format!("for = \"{owner}\"    # `{}`: several rows of one\n", column.name));
        }
        design.push_str(&format!("choose = \"{thing}\"\n"));
        if let Some((owner, _)) = &self.owner {
            design.push_str(&format!("\n[entities.{owner}]\n"));
        }
        design.push_str(&format!(
            "\n# Only what is known when the prediction is made: take out what is filled in \
                later.\n[entities.{thing}]\n"
        ));
        for (at, name) in &self.fields {
            let column = &self.table.columns[*at];
            let Some(kind) = write::field_type(column) else { continue };
            let out = if self.telling.contains(at) { "# " } else { "" };
            let why =
                if out.is_empty() { "" } else { "    # tells the outcome by itself: is it filled in later?" };
            design.push_str(&format!("{out}{name} = \"{kind}\"{why}\n"));
        }
        design.push_str("\n[events.outcome]\n");
        labels.iter().for_each(|(name, _)| design.push_str(&format!("{name}_is = \"number\"\n")));
        for (name, _) in &labels {
            let what = match task {
                Task::Regress => format!("value = \"{name}_is\""),
                _ => format!("when = \"{name}_is >= 1\""),
            };
            design.push_str(&format!("\n[label.{name}]\nfrom = \"outcome\"\n{what}\n"));
            if (self.target.missing > 0 || !self.table.look.whole) && task != Task::Regress {
                design.push_str("otherwise = \"unknown\"    # rows without an outcome are no answer\n");
            }
        }
        design.push_str("\n[features]\n");
        for (name, column) in self.used() {
            let what = match &column.kind {
                Holds::Vector(size) => {
                    format!("{{ kind = \"vector\", of = \"{thing}.{name}\", size = {size} }}")
                }
                _ => format!("{{ kind = \"field\", of = \"{thing}.{name}\" }}"),
            };
            // Of a text a field is its length; what it says is for the encoder.
            let length = if column.kind == Holds::Text { "_length" } else { "" };
            design.push_str(&format!("{name}{length} = {what}\n"));
        }
        design.push_str(&self.contenders());
        design.push_str(&self.evaluate());
        design
    }

    fn contenders(&self) -> String {
        let thing = &self.thing;
        let encode: Vec<String> = self
            .texts()
            .map(|(name, _)| format!("{{ algorithm = \"ngrams\", of = \"{thing}.{name}\" }}"))
            .collect();
        let columns = self.used().any(|(_, column)| column.kind != Holds::Text);
        let mut text = String::new();
        let mut contender = |name: &str, lines: &str| {
            text.push_str(&format!("\n[[contenders]]\nname = \"{name}\"\n{lines}\n"));
        };
        let words = |score: &str| match encode.as_slice() {
            [] => format!("score = {score}"),
            several => format!("encode = [{}]\nscore = {score}", several.join(", ")),
        };
        match self.task() {
            Task::Regress => {
                contender("mean", "score = { algorithm = \"prior\", output = \"mean\" }");
                contender("trees", "score = { algorithm = \"trees\", loss = \"squared\", leaves = 8 }");
                contender("small-trees", "score = { algorithm = \"trees\", loss = \"squared\", leaves = 3 }");
            }
            _ => {
                contender("prior", "score = \"prior\"");
                contender("logistic", &words("\"logistic\""));
                if columns {
                    contender("trees", "score = { algorithm = \"trees\", loss = \"logistic\", leaves = 8 }");
                }
            }
        }
        text
    }

    fn evaluate(&self) -> String {
        let known = |names: &[&str]| -> Vec<String> {
            names
                .iter()
                .filter(|name| metrics::find(name).is_some())
                .map(|name| format!("\"{name}\""))
                .collect()
        };
        let (metric, baseline, report) = match self.task() {
            Task::Regress => ("mae", "mean", known(&["rmse", "r2"])),
            _ => ("log-loss", "prior", known(&["auc", "pr-auc", "brier", "calibration-error"])),
        };
        let split = match (&self.table.roles.time, &self.owner) {
            (Some(_), _) => String::new(),
            (None, Some(_)) => {
                "split = \"shuffled\"    # no column tells the time; rows of one owner stay together\n"
                    .to_owned()
            }
            (None, None) => "split = \"shuffled\"    # no column tells the time\n".to_owned(),
        };
        let margin = "margin = \"1%\"      # smaller differences do not matter to us\n";
        format!(
            "\n[evaluate]\nmetric = \"{metric}\"\nbaseline = \"{baseline}\"\n{margin}confidence = \"95%\"\n\
             report = [{}]\ntrials = 3\n{split}\
             periods = {{ history = \"10%\", train = \"50%\", validation = \"20%\", test = \"20%\" }}\n",
            report.join(", ")
        )
    }

    fn mapping(&self) -> String {
        let mut mapping =
            "# Which column is what. `file` lies in the folder of --data, or is --data itself.\n\
                           # Every row is a thing, the question about it, and the answer.\n[[tables]]\n"
                .to_owned();
        mapping.push_str(&write::source(self.table));
        mapping.push_str("example = \"outcome\"\n");
        let named = |role: &Option<Role>| role.as_ref().map(|role| &self.table.columns[role.column]);
        if let Some(row) = named(&self.table.roles.row) {
            mapping.push_str(&format!("id = {}\n", text(&row.name)));
        }
        if let Some((_, column)) = &self.owner {
            mapping.push_str(&format!("user = {}\n", text(&column.name)));
        }
        if let Some(time) = named(&self.table.roles.time) {
            mapping.push_str(&format!("time = {}\n", write::time(time)));
        }
        mapping.push_str("\n[tables.fields]\n");
        for (name, word) in self.labels() {
            let column = text(&self.target.name);
            let source = match word {
                Some(word) => format!("{{ is = {}, column = {column} }}", text(&word)),
                None => column,
            };
            mapping.push_str(&format!("{name}_is = {source}\n"));
        }
        for (name, column) in self.used() {
            mapping.push_str(&format!("{name} = {}\n", write::field(column)));
        }
        mapping
    }

    fn taken_as(&self) -> Vec<String> {
        let roles = &self.table.roles;
        let is = |role: &Option<Role>, at: usize| role.as_ref().is_some_and(|role| role.column == at);
        let one = |at: usize| match self.fields.iter().find(|(of, _)| *of == at) {
            _ if is(&roles.outcome, at) => "outcome".to_owned(),
            _ if is(&roles.time, at) => "when".to_owned(),
            _ if is(&roles.row, at) => "id of the row".to_owned(),
            _ if self.owner.is_some() && is(&roles.user, at) => "who".to_owned(),
            Some(_) if self.telling.contains(&at) => "left out: tells the outcome".to_owned(),
            Some((_, name)) => format!("{}.{name}", self.thing),
            None => "left out".to_owned(),
        };
        (0..self.table.columns.len()).map(one).collect()
    }

    fn guesses(&self, outcome: &Role) -> Vec<String> {
        let name = &self.target.name;
        let mut guesses = vec![format!("what came of it: `{name}`, {}", outcome.why)];
        guesses.push(match &self.asked {
            Asked::Truth => format!("asked: how likely it is that `{name}` is 1"),
            Asked::Word(word) => format!("asked: how likely it is that `{name}` is `{word}`"),
            Asked::Words(words) => {
                format!("asked: how likely each of {} is, as labels of their own", words.join(", "))
            }
            Asked::Amount => format!("asked: how much `{name}` is"),
        });
        if let Some(role) = &self.table.roles.time {
            guesses.push(format!("when: `{}`, {}", self.table.columns[role.column].name, role.why));
        }
        if let Some((_, column)) = &self.owner {
            guesses.push(format!("`{}` has several rows of one, which are compared together", column.name));
        }
        guesses.push("no log of choices: nothing in it is chosen by somebody again and again".to_owned());
        guesses
    }

    fn limits(&self) -> Vec<String> {
        let table = self.table;
        let rows = table.look.rows.len();
        let mut limits = Vec::new();
        limits.push(
            "which columns are known when the prediction is made. One that is filled in afterwards makes \
             every figure too good: take it out of the design"
                .to_owned(),
        );
        if table.roles.time.is_none() {
            limits.push(
                "whether tomorrow is like yesterday: no column tells the time, so rows are drawn at \
                 random, and the verdict is about more rows of the same days"
                    .to_owned(),
            );
        }
        for at in &self.telling {
            let column = &table.columns[*at];
            limits.push(format!("why `{}` tells the outcome by itself: it was left out", column.name));
        }
        if let Asked::Words(words) = &self.asked
            && self.target.distinct > words.len()
        {
            limits.push(format!(
                "{} rarer words of `{}`: only {} are asked for",
                self.target.distinct - words.len(),
                self.target.name,
                words.len()
            ));
        }
        if self.target.distinct > MOST_CLASSES && matches!(self.asked, Asked::Words(_)) {
            limits.push(format!(
                "whether `{}` is an outcome at all: it has {} words",
                self.target.name, self.target.distinct
            ));
        }
        if self.target.missing > 0 {
            limits.push(format!(
                "what came of {} of {rows} rows, where `{}` is empty",
                self.target.missing, self.target.name
            ));
        }
        if let (Asked::Truth | Asked::Word(_), Some((_, least))) = (&self.asked, self.target.common.last())
            && *least < 500
        {
            limits.push(format!("much about the rarer outcome: it came {least} times"));
        }
        if !table.look.whole {
            limits.push(format!(
                "what stands behind the first {rows} rows: types and ranges are those of the beginning"
            ));
        }
        limits
    }
}
