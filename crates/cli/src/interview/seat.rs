//! A seat: an interview with its journal, whichever face it has.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rankine::interview::{
    Ahead, Block, Brief, Desk, Interview, Journal, Phase, Room, Said, Setting, markdown,
};
use rankine::{Error, Progress};

use crate::commands::measured_apart;
use crate::trouble::Trouble;

/// An interview with its journal.
pub(crate) struct Seat {
    /// Where its answers are kept.
    pub(crate) folder: PathBuf,
    /// The interview.
    pub(crate) interview: Interview,
    journal: Journal,
    /// Executes what will be needed while somebody thinks; none once it is over.
    ahead: Option<Ahead>,
    began: Instant,
    /// Seconds that went by before it was taken up again.
    before: f64,
}

/// Below an interview's folder: what was executed for it.
const ROOM: &str = "room";

impl Seat {
    /// Opens a new interview below `root`.
    pub(crate) fn open(brief: Brief, setting: &Setting, root: &Path) -> Result<Seat, Trouble> {
        let folder = free(root, setting)?;
        let journal = Journal::begin(&folder, setting)?;
        let mut seat = Seat::new(brief, setting, folder, journal, 0.0);
        seat.look_ahead();
        Ok(seat)
    }

    /// Takes up the interview of a folder: says again what was said, whose executions are kept.
    pub(crate) fn resume(
        folder: &Path,
        brief: impl FnOnce(&str) -> Result<Brief, Trouble>,
        progress: &dyn Progress,
    ) -> Result<Seat, Trouble> {
        let (journal, setting, said) = Journal::resume(folder)?;
        let before = said.last().map_or(0.0, |said| said.at);
        let mut seat = Seat::new(brief(&setting.case)?, &setting, folder.to_owned(), journal, before);
        for said in said {
            seat.answer(&said.line, said.at, progress)?;
        }
        seat.look_ahead();
        Ok(seat)
    }

    fn new(brief: Brief, setting: &Setting, folder: PathBuf, journal: Journal, before: f64) -> Seat {
        let room = Arc::new(Room::new(Arc::new(brief), setting.seed, &folder.join(ROOM)));
        let interview = Interview::open(room, setting.level, setting.pace);
        Seat { folder, interview, journal, ahead: None, began: Instant::now(), before }
    }

    /// An interview answers sooner so, and no other answer: without a thread it does all the same.
    fn look_ahead(&mut self) {
        if self.interview.score().is_some() {
            self.ahead = None;
        } else if let Some(ahead) = &self.ahead {
            ahead.follow(&self.interview);
        } else {
            self.ahead = Ahead::of(&self.interview).ok();
        }
    }

    /// Keeps a line and answers it.
    pub(crate) fn say(&mut self, line: &str, progress: &dyn Progress) -> Result<Vec<Block>, Trouble> {
        let at = self.before + self.began.elapsed().as_secs_f64();
        self.journal.keep(&Said { at, line: line.to_owned() })?;
        if let Some(ahead) = self.ahead.as_ref().filter(|_| self.interview.phase() == Phase::Serve) {
            ahead.rest();
        }
        let blocks = self.answer(line, at, progress)?;
        self.look_ahead();
        if self.interview.score().is_some() {
            self.close()?;
        }
        Ok(blocks)
    }

    fn answer(&mut self, line: &str, at: f64, progress: &dyn Progress) -> Result<Vec<Block>, Error> {
        self.interview.say(line, at, &Desk { measure: &measured_apart, progress })
    }

    /// Writes the transcript and the score.
    fn close(&self) -> Result<(), Trouble> {
        let write = |name: &str, text: String| {
            let path = self.folder.join(name);
            std::fs::write(&path, text).map_err(|error| Error::file(&path, error))
        };
        write("transcript.md", markdown(&self.interview))?;
        let score = serde_json::to_string_pretty(&self.interview.score()).expect("plain data");
        write("score.json", score)?;
        Ok(())
    }
}

/// A folder below `root` that no interview has.
fn free(root: &Path, setting: &Setting) -> Result<PathBuf, Trouble> {
    for attempt in 1..10_000 {
        let folder = root.join(format!("{}-seed{}-{attempt}", setting.case, setting.seed));
        if !folder.exists() {
            return Ok(folder);
        }
    }
    Err(Trouble::other(
        format!("{}: too many interviews", root.display()),
        "give another folder with --folder",
    ))
}
