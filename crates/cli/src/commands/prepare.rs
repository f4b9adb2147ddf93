//! `rankine prepare --check`: looks at the data of a design and says how the checks came out; keeps nothing.

use rankine::Error;
use rankine::prepare::checks::Status;
use rankine::prepare::examine;
use serde_json::json;

use super::{prepared, run};
use crate::arguments::Prepare;
use crate::report;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Prepare, terminal: &Terminal) -> Result<(), Trouble> {
    let prepared = prepared(&arguments.work)?;
    let clarified = rankine::clarify::clarify(&prepared.sources);
    let Some(problem) = clarified.problem else {
        return Err(Error::Design(clarified.findings, prepared.sources).into());
    };
    let origin = run::origin(&prepared)?;
    let laid = rankine::run::lay(&problem, &origin, arguments.seed, terminal)?;
    let profile = examine(&problem, &laid.path, arguments.seed, terminal)?.profile;
    rankine::Progress::end(terminal);
    let failed: Vec<&str> = profile
        .checks
        .iter()
        .filter(|checked| checked.status == Status::Fail && checked.allowed.is_none())
        .map(|checked| checked.name.as_str())
        .collect();
    if arguments.json {
        let object = json!({
            "ok": failed.is_empty(),
            "data": {
                "events": profile.events,
                "users": profile.users,
                "items": profile.items,
                "requests": profile.requests,
                "implied_requests": profile.implied_requests,
                "impressions": profile.impressions,
                "interactions": profile.interactions,
                "positives": profile.positives,
                "periods": profile.periods,
                "range": profile.range,
                "rejected": profile.rejected,
            },
            "notes": profile.notes,
            "checks": profile.checks,
        });
        terminal.print(&serde_json::to_string_pretty(&object).expect("plain data"));
    } else {
        run::say_notes(&profile, terminal);
        terminal.print(&report::checks_text(&profile, terminal.width(), terminal.colour()));
    }
    match failed.as_slice() {
        [] => Ok(()),
        failed => {
            let message = match failed.len() {
                1 => format!("the check {} fails", failed[0]),
                many => format!("{many} checks fail: {}", failed.join(", ")),
            };
            let help = "where it is right nevertheless, `[evaluate] allow` takes its name and the reason";
            Err(Trouble::other(message, help))
        }
    }
}
