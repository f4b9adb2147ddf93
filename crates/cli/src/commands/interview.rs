//! `rankine interview`: questions, answers, experiments and a score, in the terminal.

use std::io::{BufRead, IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use rankine::interview::{Brief, Level, Pace, Question, Setting, leaves};
use rankine_design::{Milliseconds, Quantity, Source};
use serde_json::json;

use crate::arguments::Interview as Asked;
use crate::interview::web::{self, Hall};
use crate::interview::{Seat, face};
use crate::terminal::Terminal;
use crate::trouble::Trouble;
use crate::{cases, http};

pub(super) fn execute(asked: &Asked, terminal: &Terminal) -> Result<(), Trouble> {
    if asked.web {
        return in_browser(asked, terminal);
    }
    // Before anything is begun: a file that is not there would leave an interview behind.
    let script = asked.script.as_ref().map(|script| cases::read(script)).transpose()?;
    let mut seat = match (&asked.resume, &asked.case) {
        (Some(folder), _) => Seat::resume(folder, brief, terminal)?,
        (None, Some(case)) => Seat::open(brief(case)?, &setting(asked, case)?, &asked.folder)?,
        (None, None) => {
            let cases: Vec<&str> = cases::interviewed().collect();
            return Err(Trouble::usage("which case?", format!("the cases are: {}", cases.join(", "))));
        }
    };
    let quiet = asked.json;
    if !quiet {
        terminal.say(&format!("answers are kept in {}", seat.folder.display()));
        terminal.talk(&face::text(&seat.interview.talk(), terminal.width()));
    }
    let held = match script {
        Some(script) => play(&mut seat, &script.text, quiet, terminal),
        None => converse(&mut seat, quiet, terminal),
    };
    let score = seat.interview.score();
    if score.is_none() {
        terminal.say(&resumed(&seat));
    }
    held?;
    if quiet {
        let object = json!({ "folder": seat.folder, "seed": seat.interview.room.seed, "score": score });
        terminal.print(&serde_json::to_string_pretty(&object).expect("plain data"));
    } else if score.is_some() {
        terminal.say(&format!("transcript  {}", seat.folder.join("transcript.md").display()));
    }
    Ok(())
}

/// Says the lines of a script.
fn play(seat: &mut Seat, script: &str, quiet: bool, terminal: &Terminal) -> Result<(), Trouble> {
    let mut asked = None;
    for line in script.lines().take_while(|line| !leaves(line)) {
        ask(seat, &mut asked, quiet, terminal);
        say(seat, line, quiet, true, terminal)?;
    }
    Ok(())
}

/// Serves the page until ctrl-C.
fn in_browser(asked: &Asked, terminal: &Terminal) -> Result<(), Trouble> {
    let hall = Arc::new(Hall::new(asked.folder.clone()));
    let path = match (&asked.case, &asked.resume) {
        (Some(case), _) => hall.open(&setting(asked, case)?)?,
        (None, Some(folder)) => folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        (None, None) => String::new(),
    };
    terminal.serving();
    let address = SocketAddr::new(asked.address.host, asked.address.port);
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Trouble::other(error.to_string(), "the system gave no threads"))?;
    let bound = |at: SocketAddr| terminal.say(&format!("http://{at}/interview/{path} ; ctrl-C ends"));
    runtime.block_on(http::pages(address, web::router(hall), bound)).map_err(|error| {
        Trouble::other(
            format!("cannot serve on {address}: {error}"),
            "another --port may be free; --port 0 takes any",
        )
    })?;
    terminal.say(&format!("interviews are kept in {} and can be taken up again", asked.folder.display()));
    Ok(())
}

/// Reads lines until it is over, or nobody types any more.
fn converse(seat: &mut Seat, quiet: bool, terminal: &Terminal) -> Result<(), Trouble> {
    let stdin = std::io::stdin();
    let typed = stdin.is_terminal();
    let mut asked = None;
    while seat.interview.question().is_some() {
        ask(seat, &mut asked, quiet, terminal);
        let mut line = Vec::new();
        match terminal.waiting(resumed(seat), || stdin.lock().read_until(b'\n', &mut line)) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(Trouble::other(error.to_string(), "answers so far are kept")),
        }
        let line = String::from_utf8_lossy(&line);
        if leaves(&line) {
            break;
        }
        say(seat, line.trim_end(), quiet, !typed, terminal)?;
    }
    Ok(())
}

/// How to go on with one that is left.
fn resumed(seat: &Seat) -> String {
    format!("\nnot over; `rankine interview --resume {}` takes it up again", seat.folder.display())
}

/// Shows what is asked, where it was not asked before, and the clock.
fn ask(seat: &Seat, asked: &mut Option<Question>, quiet: bool, terminal: &Terminal) {
    let question = seat.interview.question();
    if let Some(question) = question.as_ref().filter(|_| !quiet) {
        if asked.as_ref() != Some(question) {
            terminal.talk(&face::question(question, terminal.width()));
        }
        terminal.talk(&face::prompt(&seat.interview));
    }
    *asked = question;
}

/// Characters of a line from a file or a pipe that are shown.
const ECHOED: usize = 300;

fn say(seat: &mut Seat, line: &str, quiet: bool, echo: bool, terminal: &Terminal) -> Result<(), Trouble> {
    if line.trim().is_empty() {
        return Ok(());
    }
    if echo && !quiet {
        // A paste of pages is not said once more.
        let short: String = line.chars().take(ECHOED).collect();
        let more = if short.len() < line.len() { "..." } else { "" };
        terminal.talk(&format!("{short}{more}\n"));
    }
    let blocks = seat.say(line, terminal)?;
    rankine::Progress::end(terminal);
    if !quiet {
        terminal.talk(&format!("\n{}", face::text(&blocks, terminal.width())));
    }
    let _ = std::io::stdout().flush();
    Ok(())
}

/// What the interview about a case is made of.
pub(crate) fn brief(case: &str) -> Result<Brief, Trouble> {
    let found = cases::find(case)?;
    let without = |what: &str| {
        let cases: Vec<&str> = cases::interviewed().collect();
        Trouble::usage(format!("`{case}` has no {what}"), format!("the cases are: {}", cases.join(", ")))
    };
    let world: &Source = found.world.as_ref().ok_or_else(|| without("world.toml"))?;
    let interview = found.interview.as_ref().ok_or_else(|| without("interview.toml"))?;
    Ok(Brief::read(case, &found.design, world, interview)?)
}

fn setting(asked: &Asked, case: &str) -> Result<Setting, Trouble> {
    let level = Level::find(&asked.level).unwrap_or(Level::Senior);
    let pace = match asked.pace.as_str() {
        "none" => Pace::Acts,
        text => {
            let read =
                Milliseconds::parse(text).map_err(|error| Trouble::usage(error.message, error.help))?;
            Pace::Wall(read.0 as f64 / 6e4)
        }
    };
    let seed = asked.seed.unwrap_or_else(another_seed);
    Ok(Setting { case: case.to_owned(), seed, level, pace })
}

/// The seed where nobody asks for one: another interview each time.
pub(crate) fn another_seed() -> u64 {
    jiff::Timestamp::now().as_second().unsigned_abs() % 100_000
}
