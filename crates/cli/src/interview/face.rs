//! The terminal's face of an interview: blocks as lines, the open question, the clock.

use anstyle::{Effects, Style};
use rankine::interview::{Block, Interview, MINUTES, Question};
use rankine_design::wrapped;

/// Blocks as text of this width.
pub(crate) fn text(blocks: &[Block], width: usize) -> String {
    let mut text = String::new();
    let (bold, dim) = (Style::new().effects(Effects::BOLD), Style::new().effects(Effects::DIMMED));
    for block in blocks {
        match block {
            Block::Heading(words) => text.push_str(&format!("\n{bold}{}{bold:#}\n\n", words.to_uppercase())),
            Block::Asked(asked) => text.push_str(&format!("{}\n", question(asked, width))),
            Block::Line(words) => {
                text.push_str(&format!("> {}\n\n", wrapped(words, width.saturating_sub(2))))
            }
            Block::Speech(words) => text.push_str(&format!("{}\n\n", wrapped(words, width))),
            Block::Evidence(words) => {
                for line in wrapped(words, width.saturating_sub(2)).lines() {
                    text.push_str(&format!("{dim}  {line}{dim:#}\n"));
                }
                text.push('\n');
            }
            Block::Table { head, rows } => {
                text.push_str(&table(head, rows, width));
                text.push('\n');
            }
        }
    }
    text
}

/// The open question as text.
pub(crate) fn question(question: &Question, width: usize) -> String {
    let mut text = format!("{}\n", wrapped(&question.ask, width));
    for (at, option) in question.options.iter().enumerate() {
        let indent = " ".repeat(5);
        let lines = wrapped(option, width.saturating_sub(5));
        text.push_str(&format!("{:>3}. {}\n", at + 1, lines.replace('\n', &format!("\n{indent}"))));
    }
    text.push_str(&wrapped(&format!("({})", answered(question)), width));
    text.push('\n');
    text
}

/// How a question may be answered.
pub(crate) fn answered(question: &Question) -> String {
    let example = &question.example;
    match question.most {
        _ if question.options.is_empty() => format!("for example: {example}"),
        0 | 1 => "its number, or its words".to_owned(),
        usize::MAX => format!("two or more, for example: {example}"),
        most => format!("up to {most}, for example: {example}"),
    }
}

/// What stands before the line that is being typed.
pub(crate) fn prompt(interview: &Interview) -> String {
    let (_, all) = interview.minutes();
    let [gone, whole] = [all, MINUTES].map(|minutes| interview.shown(minutes));
    format!("{} {gone}/{} > ", interview.phase().name(), whole.trim_end_matches(":00"))
}

/// A table whose last column takes what is left of the width, broken between words.
fn table(head: &[String], rows: &[Vec<String>], width: usize) -> String {
    let columns = head.len();
    let longest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).chain(head.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let mut widths: Vec<usize> = (0..columns).map(longest).collect();
    // Two letters before each column.
    let gaps = 2 * columns;
    // The widest column gives way.
    while widths.iter().sum::<usize>() + gaps > width {
        let Some(widest) = (0..columns).max_by_key(|&at| widths[at]) else { break };
        if widths[widest] <= 8 {
            break;
        }
        widths[widest] -= 1;
    }
    let mut text = String::new();
    for row in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)) {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| wrapped(cell, *width).lines().map(str::to_owned).collect())
            .collect();
        let high = cells.iter().map(Vec::len).max().unwrap_or_default();
        for line in 0..high {
            let parts: Vec<String> = cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{:<width$}", cell.get(line).map_or("", String::as_str)))
                .collect();
            text.push_str(&format!("  {}\n", parts.join("  ").trim_end()));
        }
    }
    text
}
