//! The mapping of a data set: names of entities, events and fields become indices.

use std::ops::Range;

use rankine_design::{
    FieldMapping, FieldSource, FileFormat, Finding, PeriodOf as WrittenPeriod, Rows as Written, Split,
    TableMapping,
};
use rankine_learn::{Field, FieldKind, Schema};

use super::super::words::{quoted, unknown};
use super::{Resolver, slug};
use crate::log::whole_table;
use crate::problem::{PeriodOf, Query, Rows, Table};

/// Most examples drawn beside a row.
const MOST_OTHERS: u64 = 100;

/// The highest number that a feature of `svmlight` may have as a column.
const MOST_WIDTH: u64 = 10_000;

/// The tables; those that an error is about are left out.
pub(super) fn tables(resolver: &mut Resolver<'_>, schema: &Schema) -> Vec<Table> {
    let tables = &resolver.design.tables;
    let numbered = tables.iter().enumerate();
    let resolved: Vec<Table> =
        numbered.filter_map(|(at, table)| one(resolver, schema, table, at + 1)).collect();
    let resolved = asked_once(resolved);
    let events = |table: &TableMapping| {
        let event = |rows: &Written| matches!(rows, Written::Interaction(_) | Written::Example(_));
        table.rows.as_ref().is_none_or(|rows| event(&rows.value))
    };
    if let Some(first) = tables.first()
        && !tables.iter().any(events)
    {
        let message = "no table of the data set holds events: there is nothing to learn from";
        let help = "write `interaction = \"…\"` in the table that says who took what";
        resolver.push(Finding::error("no-events", first.span, message).help(help));
    }
    resolved
}

fn one(resolver: &mut Resolver<'_>, schema: &Schema, table: &TableMapping, number: usize) -> Option<Table> {
    let (file, query) = source(table, number)?;
    let written = table.rows.as_ref()?;
    let mut of_example = Vec::new();
    let (rows, known) = match &written.value {
        Written::Entity(name) => match schema.entity(name) {
            Some(index) => (Rows::Entity(index), schema.entities[index].fields.as_slice()),
            None => {
                let known = schema.entities.iter().map(|entity| entity.name.as_str());
                resolver.push(unknown("unknown-entity", written.span, "entity", name, known));
                return None;
            }
        },
        Written::Interaction(name) | Written::Example(name) => match schema.interaction(name) {
            Some(index) if matches!(written.value, Written::Example(_)) => {
                of_example.extend(schema.of_an_example(index).into_iter().flatten().cloned());
                (Rows::Example(index), of_example.as_slice())
            }
            Some(index) => (Rows::Interaction(index), schema.interactions[index].fields.as_slice()),
            None => {
                let known = resolver.design.events.iter().map(|event| event.name.value.as_str());
                let finding = unknown("unknown-event", written.span, "event", name, known);
                resolver.push(finding);
                return None;
            }
        },
        Written::Request => (Rows::Request, schema.context.as_slice()),
    };
    needed(resolver, table, rows);
    // Of the fields that a row fills those of the event itself.
    let of_event = match rows {
        Rows::Example(kind) => {
            let [item, event, ..] = schema.of_an_example(kind).map(<[Field]>::len);
            item..item + event
        }
        _ => 0..0,
    };
    let mapped = |field| mapped(resolver, table, (known, &of_event), field);
    let fields = table.fields.iter().filter_map(mapped).collect();
    let text = |text: &Option<rankine_design::Spanned<String>>| text.as_ref().map(|text| text.value.clone());
    Some(Table {
        file,
        // What is taken over from a database is written in Parquet.
        format: if query.is_some() { FileFormat::Parquet } else { table.format },
        query,
        separator: table.separator,
        header: table.header,
        encoding: table.encoding,
        columns: table.columns.iter().map(|column| column.value.clone()).collect(),
        classes: table.classes.iter().map(|class| class.value.clone()).collect(),
        width: table.width.map_or(0, |width| width.value.min(MOST_WIDTH) as usize),
        queries: text(&table.queries),
        both: table.both,
        rows,
        id: text(&table.id),
        user: text(&table.user),
        item: text(&table.item),
        time: table.time.as_ref().map(|time| time.value.clone()),
        fields,
        shown: table.shown.as_ref().map(|shown| shown.value.clone()),
        answers: text(&table.answers),
        group: text(&table.group),
        apart: table.apart.is_some_and(|apart| apart.value),
        period: table.period.as_ref().map(|period| of_period(&period.value)),
        others: table.others.map_or(0, |others| others.value.min(MOST_OTHERS) as usize),
        prefix: text(&table.prefix).unwrap_or_default(),
        filter: table
            .filter
            .as_ref()
            .map(|filter| (filter.column.value.clone(), filter.equals.value.clone())),
    })
}

/// Tables of the same query share its file.
fn asked_once(mut tables: Vec<Table>) -> Vec<Table> {
    for at in 1..tables.len() {
        let (before, rest) = tables.split_at_mut(at);
        let same = before.iter().find(|table| table.query.is_some() && table.query == rest[0].query);
        if let Some(same) = same {
            rest[0].file.clone_from(&same.file);
        }
    }
    tables
}

/// The file of a table, and the query that fills it where a database holds the rows.
fn source(table: &TableMapping, number: usize) -> Option<(String, Option<Query>)> {
    let of = |sql: String| {
        Some(Query { postgres: table.postgres.as_ref().map(|address| address.value.clone()), sql })
    };
    match (&table.file, &table.table, &table.query) {
        (Some(file), _, _) => Some((file.value.clone(), None)),
        (None, Some(name), _) => {
            Some((format!("{number}-{}.parquet", slug(&name.value)), of(whole_table(&name.value))))
        }
        (None, None, Some(query)) => Some((format!("{number}-query.parquet"), of(query.value.clone()))),
        (None, None, None) => None,
    }
}

/// Who and what, where the rows cannot do without.
fn needed(resolver: &mut Resolver<'_>, table: &TableMapping, rows: Rows) {
    let example = matches!(rows, Rows::Example(_));
    let moment = !matches!(rows, Rows::Entity(_)) && !example;
    let interaction = matches!(rows, Rows::Interaction(_));
    let keys = [
        (moment && table.user.is_none(), "user", "which column says who asked"),
        (interaction && table.item.is_none(), "item", "which column says what was chosen"),
    ];
    let misplaced = [
        (table.shown.as_ref().map(|shown| shown.span), matches!(rows, Rows::Request), "shown", "requests"),
        (
            table.answers.as_ref().map(|column| column.span),
            interaction || example,
            "answers",
            "interactions and examples",
        ),
        (table.group.as_ref().map(|column| column.span), example, "group", "examples"),
        (table.apart.map(|apart| apart.span), example, "apart", "examples"),
        (table.period.as_ref().map(|period| period.span), example, "period", "examples"),
        (table.others.map(|others| others.span), example, "others", "examples"),
        (
            table.queries.as_ref().map(|queries| queries.span),
            table.format == FileFormat::Svmlight,
            "queries",
            "the format `svmlight`",
        ),
    ];
    for (span, fits, key, what) in misplaced {
        if let Some(span) = span.filter(|_| !fits) {
            let message = format!("`{key}` is for tables of {what}");
            resolver.push(Finding::error("misplaced-key", span, message));
        }
    }
    let split = resolver.design.evaluate.split.map(|split| split.value).unwrap_or_default();
    if example && table.time.is_none() && split == Split::Time {
        let message = "these rows have no time by which to tell what came before";
        let help =
            "write `time` in the table, or `[evaluate] split = \"shuffled\"` (or \"rows\": their order)";
        resolver.push(Finding::error("no-time", table.span, message).help(help));
    }
    periods(resolver, table, split);
    if let (Some(apart), Some(_)) = (table.apart.filter(|apart| apart.value), &table.group) {
        let message = "`apart` parts what `group` would keep together";
        resolver.push(Finding::error("misplaced-key", apart.span, message));
    }
    for (missing, key, what) in keys {
        if missing {
            let message = format!("`[[tables]]` needs `{key}`");
            let help = format!("write {what}, for example `{key} = \"{key}_id\"`");
            resolver.push(Finding::error("missing-key", table.span, message).help(help));
        }
    }
}

fn of_period(written: &WrittenPeriod) -> PeriodOf {
    match written {
        WrittenPeriod::All(period) => PeriodOf::All(*period),
        WrittenPeriod::Values { column, test } => PeriodOf::Values {
            column: column.value.clone(),
            test: test.iter().map(|value| value.value.clone()).collect(),
        },
    }
}

/// Periods are given by all tables of examples or by none, and never beside something else that gives them.
fn periods(resolver: &mut Resolver<'_>, table: &TableMapping, split: Split) {
    let example = |table: &&TableMapping| {
        table.rows.as_ref().is_some_and(|rows| matches!(rows.value, Written::Example(_)))
    };
    let by_values = |period: &WrittenPeriod| matches!(period, WrittenPeriod::Values { .. });
    let written = || {
        let tables = resolver.design.tables.iter().filter(example);
        tables.filter_map(|table| table.period.as_ref()).map(|period| &period.value)
    };
    let (given, both) = (written().next().is_some(), written().any(by_values) && !written().all(by_values));
    if let (Some(period), true) = (&table.period, split == Split::Time) {
        let message = "`period` says what comes first, and so does the time of the rows";
        let help = "write `[evaluate] split = \"rows\"` or \"shuffled\", or leave `period` out";
        resolver.push(Finding::error("misplaced-key", period.span, message).help(help));
    } else if given && example(&table) && table.period.is_none() {
        let message = "this table of examples does not say its `period`, and another one does";
        resolver.push(Finding::error("missing-key", table.span, message));
    } else if let (Some(period), true) = (&table.period, both) {
        let message = "one table says its `period` by a word, and another one by a column";
        let help = "say it the same way in all tables of examples";
        resolver.push(Finding::error("misplaced-key", period.span, message).help(help));
    }
    if let Some(period) = &table.period
        && matches!(&period.value, WrittenPeriod::Values { test, .. } if test.is_empty())
    {
        let message = "no value of the column is left for the test period";
        let help = "write which ones are, for example `test = [\"shakira\"]`";
        resolver.push(Finding::error("empty-test", period.span, message).help(help));
    }
}

fn mapped(
    resolver: &mut Resolver<'_>,
    table: &TableMapping,
    (known, event): (&[Field], &Range<usize>),
    field: &FieldMapping,
) -> Option<(usize, FieldSource)> {
    let name = &field.name.value;
    let named = |field: &Field| field.name == *name;
    // What came of a row is the event's, also where its item has a field of that name.
    let of_event = known[event.clone()].iter().position(named).map(|at| event.start + at);
    let Some(index) = of_event.or_else(|| known.iter().position(named)) else {
        let known = known.iter().map(|field| field.name.as_str());
        resolver.push(unknown("unknown-field", field.name.span, "field", name, known));
        return None;
    };
    let several = matches!(field.source.value, FieldSource::Flags(_) | FieldSource::Split { .. });
    if several && known[index].kind != FieldKind::Categories {
        let message = format!("{} is made from several words and is not of type `categories`", quoted(name));
        let help = format!("declare it as `{name} = \"categories\"`");
        resolver.push(Finding::error("wrong-type", field.source.span, message).help(help));
        return None;
    }
    if matches!(field.source.value, FieldSource::Is { .. }) && known[index].kind != FieldKind::Number {
        let message = format!("{} is made from a comparison and is not of type `number`", quoted(name));
        let help = format!("declare it as `{name} = \"number\"`");
        resolver.push(Finding::error("wrong-type", field.source.span, message).help(help));
        return None;
    }
    if let FieldSource::Flags(prefix) = &field.source.value
        && !table.columns.is_empty()
        && !table.columns.iter().any(|column| column.value.starts_with(prefix.as_str()))
    {
        let message = format!("no column begins with {}", quoted(prefix));
        resolver.push(Finding::error("unknown-column", field.source.span, message));
        return None;
    }
    Some((index, field.source.value.clone()))
}
