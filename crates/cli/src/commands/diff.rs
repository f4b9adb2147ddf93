//! `rankine diff`: two designs or runs side by side.

use std::path::Path;

use rankine::diff::{Contest, Diff, Line, Side, diff};
use rankine::select::Figure;

use crate::arguments::Diff as Arguments;
use crate::cases;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<(), Trouble> {
    let (left, right) = (side(&arguments.left)?, side(&arguments.right)?);
    let found = diff(&left, &right);
    if arguments.json {
        terminal.print(&serde_json::to_string_pretty(&found).expect("plain data"));
    } else {
        terminal.print(&terminal.fitted(&told(&arguments.left, &arguments.right, &found)));
    }
    Ok(())
}

/// A run's folder, otherwise a case or a design.
fn side(argument: &str) -> Result<Side, Trouble> {
    let run = Path::new(argument);
    if run.join("1-problem.json").is_file() {
        if !run.join("3-selection").join("selection.json").is_file() {
            let message = format!("{}: this run did not get to a verdict", run.display());
            return Err(Trouble::usage(message, "let `rankine run` end it, or compare the designs"));
        }
        return Ok(Side::of_run(run)?);
    }
    Ok(Side::of_design(&[cases::find(argument)?.design])?)
}

fn told(left: &str, right: &str, diff: &Diff) -> String {
    let mut text = vec![format!("A  {left}"), format!("B  {right}")];
    let mut part = |title: &str, lines: &[Line]| {
        if !lines.is_empty() {
            text.push(format!("\n{title}"));
            text.extend(lines.iter().map(change));
        }
    };
    part("design", &diff.design);
    part("open questions", &diff.questions);
    part("sizing", &diff.sizing);
    part("verdict", &diff.verdict);
    if diff.design.is_empty() {
        text.push("\nThe designs say the same.".to_owned());
    }
    for contest in &diff.contenders {
        text.push(format!("\n{}", contest.name));
        text.extend(reached(contest));
    }
    text.push(String::new());
    text.extend(diff.caveats.iter().map(|caveat| format!("Mind: {caveat}.")));
    text.join("\n")
}

fn change(Line { name, left, right }: &Line) -> String {
    let said = |side: &Option<String>| side.clone().unwrap_or_else(|| "(absent)".to_owned());
    match left == right {
        true => format!("  {name}: {}", said(left)),
        false => format!("  {name}: {} -> {}", said(left), said(right)),
    }
}

fn reached(contest: &Contest) -> Vec<String> {
    let figure = |figure: &Option<Figure>| match figure {
        None => "-".to_owned(),
        Some(Figure { value, low: Some(low), high: Some(high) }) => {
            format!("{value:.4} [{low:.4}, {high:.4}]")
        }
        Some(Figure { value, .. }) => format!("{value:.4}"),
    };
    let wide = contest.metrics.keys().map(String::len).max().unwrap_or(0).max("p99, ms".len());
    let row = |name: &str, left: String, right: String| format!("  {name:wide$}  {left:<26}  {right}");
    let mut rows: Vec<String> =
        contest.metrics.iter().map(|(name, (left, right))| row(name, figure(left), figure(right))).collect();
    let milliseconds = |time: Option<f64>| time.map_or("-".to_owned(), |time| format!("{time:.2}"));
    rows.push(row("p99, ms", milliseconds(contest.p99.0), milliseconds(contest.p99.1)));
    rows
}
