//! The contenders as a table for a terminal.

use anstyle::{AnsiColor, Style};
use rankine::Problem;
use rankine::select::{Decided, Quality, Selection};

use super::numbers::{UNKNOWN, digits, figure, percent, shortened};
use super::words::{watched, winner};

/// A column: its head, its cells, whether it holds words.
struct Column {
    head: String,
    cells: Vec<String>,
    words: bool,
}

impl Column {
    fn width(&self) -> usize {
        let longest = self.cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
        longest.max(self.head.chars().count())
    }

    fn pad(&self, cell: &str) -> String {
        let width = self.width();
        if self.words { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
    }
}

/// A table of the contenders in at most `width` columns: name, deciding metric with its interval, latency
/// and standing always, the rest as far as it fits. Where even that does not fit, names are cut.
pub fn table_text(problem: &Problem, selection: &Selection, width: usize, colour: bool) -> String {
    let mut columns = always(problem, selection);
    let room = |columns: &[Column]| -> usize {
        columns.iter().map(Column::width).sum::<usize>() + 2 * columns.len().saturating_sub(1)
    };
    let over = room(&columns).saturating_sub(width);
    if over > 0 {
        let keep = columns[0].width().saturating_sub(over).max(4);
        columns[0].cells.iter_mut().for_each(|name| *name = shortened(name, keep));
        columns[0].head = shortened(&columns[0].head, keep);
    }
    let mut metrics = 0;
    for (cost, column) in optional(problem, selection) {
        if room(&columns) + 2 + column.width() <= width {
            // Metrics stand after the interval, costs before the standing.
            let place = if cost { columns.len() - 1 } else { 3 + metrics };
            metrics += usize::from(!cost);
            columns.insert(place, column);
        }
    }
    let mut text = line(&columns, |column| column.pad(&column.head), Style::new().bold(), colour);
    for (at, quality) in selection.quality.iter().enumerate() {
        let style = style(selection, quality);
        text.push_str(&line(&columns, |column| column.pad(&column.cells[at]), style, colour));
    }
    text
}

fn line(columns: &[Column], cell: impl Fn(&Column) -> String, style: Style, colour: bool) -> String {
    let cells: Vec<String> = columns.iter().map(cell).collect();
    let text = cells.join("  ");
    let text = text.trim_end();
    if colour { format!("{style}{text}{style:#}\n") } else { format!("{text}\n") }
}

fn style(selection: &Selection, quality: &Quality) -> Style {
    let barred = watched(selection, &quality.name).is_some_and(|watched| !watched.why_not.is_empty());
    match () {
        () if winner(selection) == Some(&quality.name) => {
            Style::new().bold().fg_color(Some(AnsiColor::Green.into()))
        }
        () if barred => Style::new().dimmed(),
        () => Style::new(),
    }
}

fn always(problem: &Problem, selection: &Selection) -> Vec<Column> {
    let metric = problem.evaluate.metric.to_string();
    let all = &selection.quality;
    let of = |quality: &Quality| quality.metrics.get(&metric).copied();
    let value = |quality: &Quality| of(quality).map_or(UNKNOWN.to_owned(), |found| figure(found.value));
    let interval = |quality: &Quality| match of(quality).map(|found| (found.low, found.high)) {
        Some((Some(low), Some(high))) => format!("{}–{}", figure(low), figure(high)),
        _ => String::new(),
    };
    let p99 = |quality: &Quality| {
        let found = watched(selection, &quality.name);
        found.map_or(UNKNOWN.to_owned(), |watched| digits(watched.measured.latency_ms.p99))
    };
    let standing =
        |quality: &Quality| standing(problem, selection, &quality.name).replace("may not win", "barred");
    let column = |head: &str, words, cell: &dyn Fn(&Quality) -> String| Column {
        head: head.to_owned(),
        cells: all.iter().map(cell).collect(),
        words,
    };
    let confidence = percent(problem.evaluate.confidence);
    vec![
        column("contender", true, &|quality| shortened(&quality.name, 24)),
        column(&metric, false, &value),
        column(&format!("{confidence} interval"), true, &interval),
        column("p99 ms", false, &p99),
        column("", true, &standing),
    ]
}

/// Columns that may be left out, the more important ones first, and whether each is a cost.
fn optional(problem: &Problem, selection: &Selection) -> Vec<(bool, Column)> {
    let cost = |head: &str, cell: &dyn Fn(&rankine::select::Measured) -> String| Column {
        head: head.to_owned(),
        cells: selection
            .quality
            .iter()
            .map(|quality| {
                let found = watched(selection, &quality.name);
                found.map_or(UNKNOWN.to_owned(), |watched| cell(&watched.measured))
            })
            .collect(),
        words: false,
    };
    let mut all = vec![
        (true, cost("MiB", &|measured| digits(measured.memory_bytes as f64 / 1_048_576.0))),
        (true, cost("train s", &|measured| digits(measured.train_seconds))),
    ];
    let rate = |measured: &rankine::select::Measured| {
        measured.pictures_per_second.map_or(UNKNOWN.to_owned(), digits)
    };
    if selection.detection.is_some() {
        all.insert(0, (true, cost("img/s", &rate)));
    }
    // With several labels the deciding metric has a value for each.
    let predicted = selection.prediction.iter().flat_map(|prediction| &prediction.labels);
    let labels = predicted.chain(selection.detection.iter().flat_map(|detection| &detection.labels));
    for label in labels {
        let name = format!("{} {label}", problem.evaluate.metric);
        if selection.quality.iter().any(|quality| quality.metrics.contains_key(&name)) {
            let cells = selection.quality.iter().map(|quality| reached(quality, &name)).collect();
            all.push((false, Column { head: shortened(&name, 24), cells, words: false }));
        }
    }
    for metric in &problem.evaluate.report {
        let name = metric.to_string();
        let cells = selection.quality.iter().map(|quality| reached(quality, &name)).collect();
        all.push((false, Column { head: name.clone(), cells, words: false }));
    }
    all
}

/// What decisions did, in the test period and in the world: a table in at most `width` columns; empty where
/// nothing is decided.
pub fn decisions_text(selection: &Selection, width: usize, colour: bool) -> String {
    let Some(prediction) = selection.prediction.as_ref().filter(|found| !found.decided.is_empty()) else {
        return String::new();
    };
    let all = &prediction.decided;
    let of = |(count, with): (usize, usize)| format!("{count} ({with})");
    let column = |head: &str, cell: &dyn Fn(&Decided) -> String| Column {
        head: head.to_owned(),
        cells: all.iter().map(cell).collect(),
        words: false,
    };
    let mut columns = vec![
        Column { words: true, ..column("decisions", &|decided| shortened(&decided.name, 24)) },
        column("acted", &|decided| of(decided.acted)),
        column("reviewed", &|decided| of(decided.reviewed)),
        column("left", &|decided| of(decided.left)),
        column("cost/1000", &|decided| figure(decided.cost_per_thousand)),
    ];
    if let Some(ill) = selection.online.as_ref().and_then(|online| online.ill.as_ref()) {
        let found = |name: &str| {
            let results =
                selection.online.as_ref().map(|online| online.results.as_slice()).unwrap_or_default();
            results.iter().find(|result| result.name == name)?.prevalence
        };
        let cell = |decided: &Decided| {
            found(&decided.name).map_or(UNKNOWN.to_owned(), |share| {
                format!(
                    "{} ({}–{})",
                    percent(share.value),
                    percent(share.low).trim_end_matches('%'),
                    percent(share.high)
                )
            })
        };
        columns.push(column(ill, &cell));
    }
    while columns.len() > 2 && columns.iter().map(|column| column.width() + 2).sum::<usize>() > width + 2 {
        columns.remove(columns.len() - 2);
    }
    let mut text = line(&columns, |column| column.pad(&column.head), Style::new().bold(), colour);
    for at in 0..all.len() {
        text.push_str(&line(&columns, |column| column.pad(&column.cells[at]), Style::new(), colour));
    }
    text.push_str("In brackets: how many had a label.\n");
    if let Some(untouched) = selection.online.as_ref().and_then(|online| online.untouched) {
        let [value, low, high] = [untouched.value, untouched.low, untouched.high].map(percent);
        text.push_str(&format!("Where nothing is decided: {value} ({low}–{high}).\n"));
    }
    text
}

fn reached(quality: &Quality, name: &str) -> String {
    quality.metrics.get(name).map_or(UNKNOWN.to_owned(), |found| figure(found.value))
}

/// What a contender is in the verdict, in a word or two.
pub(crate) fn standing(problem: &Problem, selection: &Selection, name: &str) -> String {
    let barred = watched(selection, name).is_some_and(|watched| !watched.why_not.is_empty());
    let mut words = Vec::new();
    if winner(selection) == Some(name) {
        words.push("winner");
    }
    if problem.evaluate.baseline == name {
        words.push("baseline");
    }
    if barred {
        words.push("may not win");
    }
    words.join(", ")
}
