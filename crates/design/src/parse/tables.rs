//! `[[tables]]`: the mapping of a data set's files.

use super::reader::{Reader, Section, Value, listed};
use super::syntax::{Content, Node};
use crate::finding::Finding;
use crate::keys::{Kind, PERIODS};
use crate::mapping::{
    Encoding, FieldMapping, FieldSource, FileFormat, Filter, PeriodOf, Rows, TableMapping, TimeSource,
    TimeUnit,
};
use crate::source::{Span, Spanned};
use crate::suggest::{did_you_mean, quoted};

const TITLE: &str = "`[[tables]]`";

pub(super) fn tables(reader: &mut Reader<'_>, node: &Node) -> Vec<TableMapping> {
    let Content::List(nodes) = &node.content else { return Vec::new() };
    nodes.iter().map(|node| table(reader, node)).collect()
}

fn table(reader: &mut Reader<'_>, node: &Node) -> TableMapping {
    let entries = reader.entries("tables", node);
    let mut section = reader.section("tables", TITLE, entries, node.span);
    let format = section.take::<String>("format");
    let file = section.take::<String>("file");
    let encoding = section.take::<String>("encoding");
    let written = match &format {
        Some(format) => FileFormat::named(&format.value).unwrap_or_default(),
        None => file.as_ref().map_or_else(FileFormat::default, |file| FileFormat::of(&file.value)),
    };
    let blanks = matches!(written, FileFormat::Sessions | FileFormat::Edges);
    let table = TableMapping {
        span: node.span,
        format: written,
        file,
        postgres: section.take("postgres"),
        table: section.take("table"),
        query: section.take("query"),
        separator: section
            .take("separator")
            .map_or(if blanks { ' ' } else { ',' }, |separator| separator.value),
        header: section.take("header").is_some_and(|header| header.value),
        encoding: if encoding.is_some_and(|e| e.value == "latin-1") {
            Encoding::Latin1
        } else {
            Encoding::Utf8
        },
        columns: section.texts("columns"),
        classes: section.texts("classes"),
        width: section.take("width"),
        queries: section.take("queries"),
        both: section.take("both").is_some_and(|both| both.value),
        rows: rows(reader, &mut section),
        id: section.take("id"),
        user: section.take("user"),
        item: section.take("item"),
        time: section.node("time").and_then(|node| time(reader, node)),
        fields: section.node("fields").map(|node| fields(reader, node)).unwrap_or_default(),
        shown: section.node("shown").and_then(|node| shown(reader, node)),
        answers: section.take("answers"),
        group: section.take("group"),
        apart: section.take("apart"),
        period: section.node("period").and_then(|node| period(reader, node)),
        others: section.take("others"),
        prefix: section.take("prefix"),
        filter: section.node("where").and_then(|node| filter(reader, node)),
    };
    check_source(reader, &table);
    check_file(reader, &table);
    check_needed(reader, &table);
    check_columns(reader, &table);
    table
}

fn rows(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Option<Spanned<Rows>> {
    let entity = section.take::<String>("entity").map(|name| name.map(Rows::Entity));
    let interaction = section.take::<String>("interaction").map(|name| name.map(Rows::Interaction));
    let request = section.take::<bool>("request").filter(|request| request.value);
    let request = request.map(|request| request.map(|_| Rows::Request));
    let example = section.take::<String>("example").map(|name| name.map(Rows::Example));
    let mut written = [entity, interaction, request, example].into_iter().flatten();
    let first = written.next();
    let message = match (&first, written.next()) {
        (Some(_), None) => return first,
        (None, _) if reader.broken => return None,
        (None, _) => {
            Finding::error("missing-key", section.span, format!("{TITLE} does not say what its rows are"))
        }
        (Some(_), Some(second)) => {
            Finding::error("too-many", second.span, format!("{TITLE} says twice what its rows are"))
        }
    };
    let help = "write exactly one of `entity = \"…\"`, `interaction = \"…\"`, `request = true` and `example = \"…\"`";
    reader.findings.push(message.help(help));
    first
}

fn time(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<TimeSource>> {
    let entries = match &node.content {
        Content::Text(column) => return Some(Spanned::new(TimeSource::Column(column.clone()), node.span)),
        Content::Table(entries) => entries,
        _ => return None,
    };
    let mut section = reader.section("tables.time", "`time`", entries, node.span);
    let column = section.take::<String>("column").map(|column| column.value);
    let unit = section.take::<String>("unit").map(|unit| unit.value);
    let format = section.take::<String>("format").map(|format| format.value);
    let at = section.take::<String>("at").map(|at| at.value);
    let time = match (column, unit, format, at) {
        (None, None, None, Some(at)) => TimeSource::At(at),
        (Some(column), None, None, None) => TimeSource::Column(column),
        (Some(column), Some(unit), None, None) => TimeSource::Since1970 { column, unit: time_unit(&unit) },
        (Some(column), None, Some(format), None) => TimeSource::Formatted { column, format },
        _ => {
            let help = "write a column's name, `{ column, unit }`, `{ column, format }` or `{ at = \"1970-01-01\" }`";
            let message = "`time` does not say one way to find the time";
            reader.findings.push(Finding::error("bad-time", node.span, message).help(help));
            return None;
        }
    };
    Some(Spanned::new(time, node.span))
}

fn time_unit(word: &str) -> TimeUnit {
    match word {
        "ms" => TimeUnit::Milliseconds,
        "us" => TimeUnit::Microseconds,
        _ => TimeUnit::Seconds,
    }
}

/// Which period rows belong to: a word for all, or the values of a column.
fn period(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<PeriodOf>> {
    let period = match &node.content {
        Content::Text(word) => PeriodOf::All(PERIODS.iter().position(|known| known == word)?),
        _ => {
            let entries = reader.entries("period", node);
            let mut section = reader.section("tables.period", "`period`", entries, node.span);
            let test = section.texts("test");
            PeriodOf::Values { column: section.take("column")?, test }
        }
    };
    Some(Spanned::new(period, node.span))
}

fn fields(reader: &mut Reader<'_>, node: &Node) -> Vec<FieldMapping> {
    let entries = reader.entries("fields", node);
    let section = reader.section("tables.fields", "`fields`", entries, node.span);
    let mut fields = Vec::with_capacity(section.own.len());
    for entry in section.own {
        reader.name(&entry.key.value, entry.key.span);
        let kind = Kind::TextOr("tables.fields.*");
        let value = reader.value(kind, &entry.key.value, Some("\"column\""), &entry.value);
        if let Some(Value::Node(node)) = value
            && let Some(source) = field_source(reader, node)
        {
            fields.push(FieldMapping { name: entry.key.clone(), source: Spanned::new(source, node.span) });
        }
    }
    fields
}

fn field_source(reader: &mut Reader<'_>, node: &Node) -> Option<FieldSource> {
    let entries = match &node.content {
        Content::Text(column) => return Some(FieldSource::Column(column.clone())),
        Content::Table(entries) => entries,
        _ => return None,
    };
    let mut section = reader.section("tables.fields.*", "this field", entries, node.span);
    let flags = section.take::<String>("flags").map(|flags| flags.value);
    let split = section.take::<char>("split").map(|split| split.value);
    let column = section.take::<String>("column").map(|column| column.value);
    let is = section.take::<String>("is").map(|text| text.value);
    let always = section.take::<String>("always").map(|text| text.value);
    match (flags, split, is, column, always) {
        (Some(prefix), None, None, None, None) => Some(FieldSource::Flags(prefix)),
        (None, Some(separator), None, Some(column), None) => Some(FieldSource::Split { column, separator }),
        (None, None, Some(text), Some(column), None) => Some(FieldSource::Is { column, text }),
        (None, None, None, Some(column), None) => Some(FieldSource::Column(column)),
        (None, None, None, None, Some(word)) => Some(FieldSource::Always(word)),
        _ => {
            let help = "write a column's name, `{ flags = \"prefix:\" }`, `{ is = \"yes\", column = \"bought\" }` or `{ split = \"|\", column = \"genres\" }`";
            let message = "this does not say one way to make the field";
            reader.findings.push(Finding::error("bad-field", node.span, message).help(help));
            None
        }
    }
}

fn shown(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<FieldSource>> {
    match field_source(reader, node)? {
        FieldSource::Flags(_) | FieldSource::Is { .. } | FieldSource::Always(_) => {
            let message = "`shown` needs the order of the items, which flags and comparisons do not tell";
            let help =
                "write `{ split = \" \", column = \"in_view\" }`, or a column's name for a single item";
            reader.findings.push(Finding::error("bad-field", node.span, message).help(help));
            None
        }
        source => Some(Spanned::new(source, node.span)),
    }
}

fn filter(reader: &mut Reader<'_>, node: &Node) -> Option<Filter> {
    let entries = reader.entries("where", node);
    let mut section = reader.section("tables.where", "`where`", entries, node.span);
    Some(Filter { column: section.take("column")?, equals: section.take("equals")? })
}

/// One way to the rows: a file, or a table or a query of a database.
fn check_source(reader: &mut Reader<'_>, table: &TableMapping) {
    let given: Vec<Span> = [&table.file, &table.table, &table.query]
        .into_iter()
        .filter_map(|source| source.as_ref().map(|source| source.span))
        .collect();
    let help = "write one of `file = \"…\"`, and, of Postgres, `table = \"…\"` and `query = \"…\"`";
    match given.as_slice() {
        [] if reader.broken => {}
        [] => {
            let message = format!("{TITLE} needs `file`");
            reader.findings.push(Finding::error("missing-key", table.span, message).help(help));
        }
        [_] => {}
        [_, second, ..] => {
            let message = format!("{TITLE} says twice where its rows are");
            reader.findings.push(Finding::error("too-many", *second, message).help(help));
        }
    }
    let Some(address) = &table.postgres else { return };
    if table.file.is_some() {
        let message = "a file is in no database";
        let help = "leave `postgres` out, or write `table` or `query` in place of `file`";
        reader.findings.push(Finding::error("misplaced-key", address.span, message).help(help));
    } else if !address.value.starts_with("postgres://") && !address.value.starts_with("postgresql://") {
        let message = format!("{} is not the address of a database", quoted(&address.value));
        let help = "write for example `postgres = \"postgres://reader@localhost/shop\"`";
        reader.findings.push(Finding::error("bad-address", address.span, message).help(help));
    } else if password(&address.value) {
        let message = "a password does not belong in a file";
        let help = "leave it out, and set PGPASSWORD where the command runs";
        reader.findings.push(Finding::error("password-in-file", address.span, message).help(help));
    }
}

/// Whether an address has a password before its `@` or among its parameters.
fn password(address: &str) -> bool {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let before = authority.rsplit_once('@').is_some_and(|(who, _)| who.contains(':'));
    let parameters = address.split_once('?').map_or("", |(_, parameters)| parameters);
    before || parameters.split('&').any(|one| one.to_ascii_lowercase().starts_with("password="))
}

fn check_file(reader: &mut Reader<'_>, table: &TableMapping) {
    for file in table.file.iter().chain(&table.queries) {
        check_name(reader, file);
    }
}

fn check_name(reader: &mut Reader<'_>, file: &Spanned<String>) {
    let folders = file.value.rsplit_once('/').map_or("", |(folders, _)| folders);
    let why = if file.value.is_empty() {
        "it is empty"
    } else if folders.contains(['*', '?']) {
        "a pattern may stand in the name of the file, not in that of its folder"
    } else if file.value.starts_with(['/', '\\']) || file.value.split(['/', '\\']).any(|part| part == "..") {
        "it must lie beside the mapping or below it"
    } else {
        return;
    };
    let message = format!("{} is not the name of a data file", quoted(&file.value));
    reader.findings.push(Finding::error("bad-file", file.span, message).help(why));
}

/// What rows of this sort cannot do without.
fn check_needed(reader: &mut Reader<'_>, table: &TableMapping) {
    if reader.broken {
        return;
    }
    let entity = matches!(table.rows, Some(Spanned { value: Rows::Entity(_), .. }));
    let example = matches!(table.rows, Some(Spanned { value: Rows::Example(_), .. }));
    // Examples may do without a time: `[evaluate] split` says what then stands for it.
    let moment = table.rows.is_some() && !entity && !example;
    let csv = table.table.is_none() && table.query.is_none() && table.format == FileFormat::Csv;
    let yolo = table.format == FileFormat::Yolo;
    let unnamed = csv && !table.header && table.columns.is_empty();
    let needed = [
        (entity && table.id.is_none(), "id", "write which column holds the entity's id"),
        (
            moment && table.time.is_none(),
            "time",
            "write which column holds the time, or `{ at = \"1970-01-01\" }`",
        ),
        (
            yolo && table.classes.is_empty(),
            "classes",
            "name the classes in the order of their numbers, for example `classes = [\"plate\"]`",
        ),
        (unnamed, "columns", "name the columns, or write `header = true` when the first line does"),
    ];
    for (missing, key, help) in needed {
        if missing {
            let message = format!("{TITLE} needs `{key}`");
            reader.findings.push(Finding::error("missing-key", table.span, message).help(help));
        }
    }
}

/// Columns that are used are among those that are named, when they are named.
fn check_columns(reader: &mut Reader<'_>, table: &TableMapping) {
    if table.columns.is_empty() || !table.format.names_columns() {
        return;
    }
    let known = || table.columns.iter().map(|column| column.value.as_str());
    for (column, span) in used_columns(table) {
        if known().any(|name| name == column) {
            continue;
        }
        let message = format!("there is no column {}", quoted(column));
        let help = match did_you_mean(column, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", listed(known())),
        };
        reader.findings.push(Finding::error("unknown-column", span, message).help(help));
    }
}

fn used_columns(table: &TableMapping) -> Vec<(&str, Span)> {
    let direct = [&table.id, &table.user, &table.item, &table.answers, &table.group].into_iter().flatten();
    let mut used: Vec<(&str, Span)> = direct.map(|column| (column.value.as_str(), column.span)).collect();
    if let Some(Spanned { value, span }) = &table.time {
        match value {
            TimeSource::Column(column)
            | TimeSource::Since1970 { column, .. }
            | TimeSource::Formatted { column, .. } => used.push((column, *span)),
            TimeSource::At(_) => {}
        }
    }
    for source in table.fields.iter().map(|field| &field.source).chain(&table.shown) {
        match &source.value {
            FieldSource::Column(column)
            | FieldSource::Split { column, .. }
            | FieldSource::Is { column, .. } => {
                used.push((column, source.span));
            }
            FieldSource::Flags(_) | FieldSource::Always(_) => {}
        }
    }
    used.extend(table.filter.iter().map(|filter| (filter.column.value.as_str(), filter.column.span)));
    used
}
