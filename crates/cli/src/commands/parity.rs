//! `rankine parity`: the feature values that a server answered by, beside those that replay gives.

use rankine::batch::parity::{Difference, Parity as Compared, parity};
use serde_json::{Value, json};

use super::tell;
use crate::arguments::Parity;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Parity, terminal: &Terminal) -> Result<(), Trouble> {
    let run = &arguments.run;
    if !run.join("4-bundle").is_dir() && !run.join("manifest.json").is_file() {
        let message = format!("{}: neither a run's folder nor a bundle's", run.display());
        return Err(Trouble::usage(
            message,
            "a run's folder is printed by `rankine run`, and lies below runs/",
        ));
    }
    let made = parity(run, arguments.served.as_deref(), arguments.keys as usize, terminal)?;
    if arguments.json {
        let mut object = json!({ "holds": made.holds() });
        if let (Value::Object(object), Ok(Value::Object(more))) = (&mut object, serde_json::to_value(&made)) {
            object.extend(more);
        }
        terminal.print(&serde_json::to_string_pretty(&object).expect("plain data"));
    } else {
        terminal.print(&terminal.fitted(&told(&made)));
    }
    if made.holds() {
        return Ok(());
    }
    let message = "what was served is not what replay gives";
    let help = match made.state {
        Some(false) => "the log gives another state than the bundle's: was it changed since the run?",
        _ if made.lost > 0 => {
            "lines are gone from the journal, or stand in another order than they were written"
        }
        _ => "if log and journal are as they were written, training and serving disagree: please report it",
    };
    Err(Trouble::other(message, help))
}

/// Differences that are shown.
const SHOWN: usize = 5;

fn told(made: &Compared) -> String {
    let (compared, recorded) = (made.compared, made.recorded);
    let mut lines = vec![format!(
        "{} of {} requests, of {} of {} users: {} values",
        compared.requests, recorded.requests, compared.users, recorded.users, made.values
    )];
    let name = made.features.iter().map(|of| of.feature.chars().count()).max().unwrap_or_default().max(7);
    lines.push(format!(
        "{:<name$}  {:>8}  {:>8}  {:>7}  {:>5}",
        "feature", "requests", "mismatch", "missing", "extra"
    ));
    lines.extend(made.features.iter().map(|of| {
        let (requests, mismatch) = (of.requests, of.mismatch);
        format!("{:<name$}  {requests:>8}  {mismatch:>8}  {:>7}  {:>5}", of.feature, of.missing, of.extra)
    }));
    lines.extend(made.examples.iter().take(SHOWN).map(example));
    lines.push(match made.state {
        Some(true) => "the log gives exactly the state that the bundle holds".to_owned(),
        Some(false) => "the log gives ANOTHER state than the bundle holds".to_owned(),
        None => "there is no log beside the bundle: replay began from the bundle's state".to_owned(),
    });
    lines.extend(
        made.others
            .iter()
            .map(|(bundle, count)| format!("{count} requests were answered by bundle {bundle}")),
    );
    tell(
        &mut lines,
        &[
            (made.lost, "requests knew more lines than stand before them: lines are gone or moved"),
            (made.unrecorded, "requests came without values"),
            (made.raced, "requests were answered while other lines were on their way"),
            (
                made.moved,
                "lines claim to have been known before others that came first; the next run believes them",
            ),
        ],
    );
    lines.join("\n")
}

fn example(one: &Difference) -> String {
    let Difference { line, request, user, feature, kind, served, replayed, values } = one;
    let served = if served.is_null() { "nothing".to_owned() } else { short(served) };
    let replayed = match (replayed.is_null(), replayed == values) {
        (true, _) => "nothing".to_owned(),
        (false, true) => short(values),
        (false, false) => format!("{} ({})", short(replayed), short(values)),
    };
    format!("line {line}, request {request} of {user}: {kind} {feature}: served {served}, replay {replayed}")
}

fn short(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
