//! `rankine inspect`: what was known of a user, an item or a request, and what each column added.

use rankine::batch::inspect::{Column, Inspection, Place, Subject, inspect};
use serde_json::Value;

use super::with_bundle;
use crate::arguments::Inspect;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Inspect, terminal: &Terminal) -> Result<(), Trouble> {
    with_bundle(&arguments.run)?;
    let named = |kind: &str| Subject::ALL.into_iter().find(|subject| subject.name() == kind);
    let wanted = arguments.kind.as_deref().and_then(named);
    let made = inspect(&arguments.run, &arguments.name, wanted, terminal)?;
    if arguments.json {
        terminal.print(&serde_json::to_string_pretty(&made).expect("plain data"));
        return Ok(());
    }
    terminal.print(&terminal.fitted(&told(&made, arguments.limit)));
    Ok(())
}

/// Chosen items, and columns of an item, that are shown.
const SHOWN: usize = 8;

fn told(made: &Inspection, limit: usize) -> String {
    let mut lines =
        vec![format!("{} `{}` as of {}, by `{}`", made.kind, made.name, moment(made.as_of), made.pipeline)];
    if made.subject == Subject::Request {
        lines.push(format!("asked by `{}`", made.user.as_deref().unwrap_or("?")));
    }
    lines.extend(made.also.iter().map(|other| format!("another is called so: --as {}", other.name())));
    lines.extend(made.fields.iter().map(|(name, value)| format!("  {name} = {}", plain(value))));
    if let Some((total, daily)) = &made.chosen {
        let days: Vec<String> = daily.iter().rev().take(SHOWN).map(|(_, count)| count.to_string()).collect();
        lines.push(format!("chosen {total} times; on its last days, newest first: {}", listed(&days)));
    }
    if made.subject != Subject::Item {
        let names: Vec<String> = made.history.iter().take(SHOWN).map(|one| one.item.clone()).collect();
        lines.push(format!("chosen so far: {}; newest first: {}", made.history.len(), listed(&names)));
    }
    if !made.shown.is_empty() {
        lines.push(format!("shown then: {}", listed(&made.shown)));
    }
    let came: Vec<String> = made.outcomes.iter().map(|one| format!("{} {}", one.event, one.item)).collect();
    if made.subject == Subject::Request {
        lines.push(format!("what came of it: {}", listed(&came)));
    }
    for place in made.answer.iter().take(limit) {
        lines.push(String::new());
        lines.extend(of_place(place));
    }
    if made.answer.len() > limit {
        lines.push(format!("\n{} more: --limit {}", made.answer.len() - limit, made.answer.len()));
    }
    if made.answer.is_empty() && made.subject == Subject::User {
        lines.push("no answer without a request: look into one of this user's".to_owned());
    }
    lines.join("\n")
}

fn of_place(place: &Place) -> Vec<String> {
    let rank = place.rank.map_or_else(String::new, |rank| format!("{rank}. "));
    let decision = place.decision.map_or_else(String::new, |decision| format!("  -> {decision}"));
    let mut lines = vec![format!("{rank}{}  score {:.4}{decision}", place.item, place.score)];
    let named = |(name, value): (&String, &Value)| format!("{name} {}", plain(value));
    if !place.predictions.is_empty() {
        let said: Vec<String> = place.predictions.iter().map(named).collect();
        lines.push(format!("   predicted: {}", said.join(", ")));
    }
    if !place.sources.is_empty() {
        let found: Vec<String> =
            place.sources.iter().map(|one| format!("{} (place {})", one.retriever, one.rank)).collect();
        lines.push(format!("   found by {}", found.join(", ")));
    }
    let reads = |column: &&Column| column.contribution.is_some_and(|gain| gain != 0.0);
    let own: Vec<&Column> = place.columns.iter().filter(reads).collect();
    for column in own.iter().take(SHOWN) {
        let gain = column.contribution.unwrap_or_default();
        lines.push(format!("   {gain:>+8.4}  {} = {}", column.name, plain(&column.value)));
    }
    if own.len() > SHOWN {
        let rest: f32 = own[SHOWN..].iter().filter_map(|column| column.contribution).sum();
        lines.push(format!("   {rest:>+8.4}  {} more columns (--json has them)", own.len() - SHOWN));
    }
    lines
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "missing".to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(number) if number.fract() != 0.0 => format!("{number:.4}"),
            Some(number) => format!("{number:.0}"),
            None => number.to_string(),
        },
        Value::String(text) => text.chars().take(60).collect(),
        Value::Array(list) if list.len() > SHOWN => format!("{} values", list.len()),
        other => other.to_string(),
    }
}

fn moment(time: i64) -> String {
    jiff::Timestamp::from_millisecond(time).map_or_else(|_| time.to_string(), |time| time.to_string())
}
