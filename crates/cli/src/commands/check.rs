//! `rankine check`: reads a design and says what it found; runs nothing.

use rankine::Error;
use serde_json::json;

use super::prepared;
use crate::arguments::Check;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(check: &Check, terminal: &Terminal) -> Result<(), Trouble> {
    let prepared = prepared(&check.work)?;
    let clarified = rankine::clarify::clarify(&prepared.sources);
    if check.json {
        let object = json!({
            "ok": clarified.problem.is_some(),
            "problem": clarified.problem,
            "findings": clarified.findings,
            "sheet": clarified.sheet,
        });
        terminal.print(&serde_json::to_string_pretty(&object).expect("plain data"));
        return match clarified.problem {
            Some(_) => Ok(()),
            None => {
                Err(Trouble::Usage("the design has errors".to_owned(), "they are in `findings`".to_owned()))
            }
        };
    }
    let Some(sheet) = clarified.sheet else {
        return Err(Error::Design(clarified.findings, prepared.sources).into());
    };
    let rendered = rankine_design::render(&clarified.findings, &prepared.sources, false, terminal.width());
    if !rendered.is_empty() {
        terminal.say(rendered.trim_end());
    }
    terminal.print(&rankine::clarify::text(&sheet, terminal.width()));
    Ok(())
}
