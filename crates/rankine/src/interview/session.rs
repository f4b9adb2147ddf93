//! The session: what was said so far, what is asked next, and what becomes of a line.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blocks::{Block, Question, Talk};
use super::clock::{Act, MINUTES, Pace, shown};
use super::hearing::{LONGEST, Vocabulary, bare};
use super::phases::{self, Answered};
use super::room::Room;
use super::score::{Level, Score};
use crate::error::Error;
use crate::progress::Progress;
use crate::select::Measure;

/// The parts of an interview, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Questions of the interviewee.
    Clarify,
    /// Sums.
    Size,
    /// Output, label, metric.
    Frame,
    /// What the model may know.
    Features,
    /// Experiments and a choice.
    Model,
    /// What the server is to keep.
    Serve,
    /// What happens after launch.
    Curveball,
    /// What the interviewee thinks of it.
    Close,
    /// The score.
    Over,
}

impl Phase {
    /// All that are worked through.
    pub const ALL: [Phase; 8] = [
        Phase::Clarify,
        Phase::Size,
        Phase::Frame,
        Phase::Features,
        Phase::Model,
        Phase::Serve,
        Phase::Curveball,
        Phase::Close,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Clarify => "clarify",
            Phase::Size => "size",
            Phase::Frame => "frame",
            Phase::Features => "features",
            Phase::Model => "model",
            Phase::Serve => "serve",
            Phase::Curveball => "curveball",
            Phase::Close => "close",
            Phase::Over => "over",
        }
    }

    /// Minutes that it is meant to take.
    pub fn minutes(self) -> f64 {
        match self {
            Phase::Clarify | Phase::Frame => 5.0,
            Phase::Curveball => 4.0,
            Phase::Size => 3.0,
            Phase::Close => 1.0,
            Phase::Features | Phase::Model | Phase::Serve => 9.0,
            Phase::Over => 0.0,
        }
    }
}

/// What the session needs of whoever runs it.
pub struct Desk<'a> {
    /// Measures a bundle in a process of its own.
    pub measure: Measure<'a>,
    /// Hears of long work.
    pub progress: &'a dyn Progress,
}

/// An interview that is going on.
pub struct Interview {
    /// Its world.
    pub room: Arc<Room>,
    /// How parts are weighed.
    pub level: Level,
    /// How time passes.
    pub pace: Pace,
    pub(super) state: State,
    /// States to which `back` leads.
    undo: Vec<State>,
    pub(super) vocabulary: Vocabulary,
    /// Seconds on the wall at the last line.
    heard_at: f64,
    /// Everything that was said.
    pub(super) turns: Vec<Turn>,
    pub(super) score: Option<Score>,
}

/// A line and what was said to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Turn {
    /// Minutes gone when it was said.
    pub(super) minutes: f64,
    pub(super) phase: Phase,
    /// What had been asked, where it was not asked before.
    pub(super) asked: Option<Question>,
    /// The line; none for the opening.
    pub(super) line: Option<String>,
    pub(super) blocks: Vec<Block>,
}

/// What was answered so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// The question within the phase.
    pub(super) at: usize,
    /// Minutes gone.
    pub(super) minutes: f64,
    /// Minutes gone in each phase.
    pub(super) by_phase: [f64; 8],
    /// Phases that were gone through in time.
    pub(super) finished: Vec<Phase>,
    /// Facts that were offered because a question was not clear.
    pub(super) offered: Vec<usize>,
    /// Facts that were asked for, in order.
    pub(super) asked: Vec<usize>,
    /// Questions that could not be connected with anything.
    pub(super) astray: Vec<String>,
    /// Questions for which others were offered, of which none was taken.
    pub(super) unheard: Vec<String>,
    /// Questions of the frame that were answered anew when something had been said to the first answer.
    pub(super) again: Vec<usize>,
    /// The number that would be taken of several that were said, until it is said which is meant.
    pub(super) doubtful: Option<f64>,
    pub(super) sizes: Vec<Option<f64>>,
    pub(super) frames: Vec<Option<usize>>,
    pub(super) features: Option<Vec<usize>>,
    pub(super) experiments: Vec<Tried>,
    pub(super) pick: Option<String>,
    /// Milliseconds and bytes.
    pub(super) promises: [Option<f64>; 2],
    pub(super) response: Option<usize>,
    /// The part that went worst, as the interviewee thinks.
    pub(super) worst: Option<&'static str>,
}

/// An experiment with its prediction.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tried {
    pub(super) contenders: Vec<String>,
    /// Locked before it was executed; none while it is asked for, or where it was left out.
    pub(super) forecast: Option<Forecast>,
    pub(super) found: Option<Found>,
}

/// What somebody expects of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Forecast {
    /// By contender, then that nothing can be told; they sum to 1.
    pub(super) odds: Vec<f64>,
    /// The leader's lead over the next, as a share of it.
    pub(super) gap: Option<f64>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// Who leads among those that may win, by its place among the contenders.
    pub(super) leader: Option<usize>,
    /// The same where the interval leaves no doubt.
    pub(super) winner: Option<usize>,
    /// Those that may not win.
    pub(super) barred: Vec<usize>,
    /// The leader's lead over the next, as a share of it.
    pub(super) gap: f64,
}

impl State {
    fn new(room: &Room) -> State {
        let plan = &room.brief.plan;
        State {
            phase: Phase::Clarify,
            at: 0,
            minutes: 0.0,
            by_phase: [0.0; 8],
            finished: Vec::new(),
            offered: Vec::new(),
            asked: Vec::new(),
            astray: Vec::new(),
            unheard: Vec::new(),
            again: Vec::new(),
            doubtful: None,
            sizes: vec![None; plan.sizes.len()],
            frames: vec![None; plan.frames.len()],
            features: None,
            experiments: Vec::new(),
            pick: None,
            promises: [None; 2],
            response: None,
            worst: None,
        }
    }
}

/// Whether a line only says to leave.
pub fn leaves(line: &str) -> bool {
    matches!(bare(line).as_str(), "quit" | "exit")
}

/// Whether a line, in small letters, only says to go on.
fn goes_on(line: &str) -> bool {
    let ends = ["let's move on", "lets move on", "no more questions", "no further questions"];
    matches!(line, "next" | "skip" | "done" | "pass" | "go on" | "move on" | "that's all")
        || line.split(',').count() <= 2 && ends.iter().any(|end| line.ends_with(end))
}

/// Minutes of the shortest interview.
const SHORTEST: f64 = 1.0;

/// Words that are understood everywhere.
const HELP: &str = "Answer in a line. `next` goes on, `back` takes the last answer back (what was told or executed stays), \
                    `repeat` asks again, `hint` costs two minutes, `time` tells the clock, `quit` leaves; the \
                    interview can be taken up again. ";

impl Interview {
    /// Opens an interview; what is said first begins its [`Interview::talk`].
    pub fn open(room: Arc<Room>, level: Level, pace: Pace) -> Interview {
        let facts = room.brief.plan.facts.iter();
        let vocabulary = Vocabulary::new(facts.map(|fact| fact.asks.iter().map(String::as_str).collect()));
        let state = State::new(&room);
        let mut interview = Interview {
            room,
            level,
            pace,
            state,
            undo: Vec::new(),
            vocabulary,
            heard_at: 0.0,
            turns: Vec::new(),
            score: None,
        };
        let plan = &interview.room.brief.plan;
        let mut talk = Talk::default();
        talk.heading(plan.title.clone());
        talk.speech(plan.opening.clone());
        talk.speech(
            "What I ask in passing is for you to think about. Scored is what you answer where the clock stands, \
             and what comes of it. Figures of a sheet are those of its own run: what holds here, ask me.",
        );
        talk.speech(phases::opening(Phase::Clarify));
        interview.turns.push(Turn {
            minutes: 0.0,
            phase: Phase::Clarify,
            asked: None,
            line: None,
            blocks: talk.0,
        });
        interview
    }

    /// What is asked now; none once it is over.
    pub fn question(&self) -> Option<Question> {
        phases::question(self)
    }

    /// The part that it is in.
    pub fn phase(&self) -> Phase {
        self.state.phase
    }

    /// Minutes gone in this part, and in all, of [`MINUTES`].
    pub fn minutes(&self) -> (f64, f64) {
        let own = self.state.by_phase.get(self.state.phase as usize).copied().unwrap_or_default();
        (own, self.state.minutes)
    }

    /// Minutes as they are shown, of an interview of as many as somebody takes for it.
    pub fn shown(&self, minutes: f64) -> String {
        shown(match self.pace {
            Pace::Acts => minutes,
            Pace::Wall(all) => minutes * all.max(SHORTEST) / MINUTES,
        })
    }

    /// The experiments that were executed: who was compared, and who won where that can be told.
    pub fn experiments(&self) -> Vec<(Vec<String>, Option<String>)> {
        let won = |tried: &Tried| {
            let found = tried.found.as_ref()?;
            tried.contenders.get(found.winner?).cloned()
        };
        self.state.experiments.iter().map(|tried| (tried.contenders.clone(), won(tried))).collect()
    }

    /// The contender that was picked.
    pub fn picked(&self) -> Option<&str> {
        self.state.pick.as_deref()
    }

    /// What an experiment with the label and features that were chosen would come to: the winner where one
    /// can be told, and the lead. For those who may know before they predict.
    ///
    /// # Errors
    /// What stops an execution.
    pub fn foreseen(&self, contenders: &[String], desk: &Desk<'_>) -> Result<(Option<String>, f64), Error> {
        let found = phases::model::executed(self, contenders, desk)?.1;
        Ok((found.winner.and_then(|at| contenders.get(at).cloned()), found.gap))
    }

    /// The most that may be promised of what was [`Interview::measured`], where somebody said so.
    pub fn allowed(&self, have: [f64; 2]) -> [Option<f64>; 2] {
        [0, 1].map(|at| phases::serve::bound(self, at, have[at]))
    }

    /// Latency in milliseconds and memory in bytes of what was chosen.
    ///
    /// # Errors
    /// What stops a measurement.
    pub fn measured(&self, desk: &Desk<'_>) -> Result<[f64; 2], Error> {
        Ok(phases::serve::figures(&phases::serve::measured(self, desk)?))
    }

    /// All that was said so far on both sides.
    pub fn talk(&self) -> Vec<Block> {
        let turn = |turn: &Turn| {
            let before =
                turn.asked.clone().map(Block::Asked).into_iter().chain(turn.line.clone().map(Block::Line));
            before.chain(turn.blocks.clone()).collect::<Vec<Block>>()
        };
        self.turns.iter().flat_map(turn).collect()
    }

    fn last_asked(&self) -> Option<&Question> {
        self.turns.iter().rev().find_map(|turn| turn.asked.as_ref())
    }

    /// The score, once it is over.
    pub fn score(&self) -> Option<&Score> {
        self.score.as_ref()
    }

    /// Takes a line, said `at` so many seconds after the opening, and gives what is said to it.
    ///
    /// # Errors
    /// What stops an execution; the line then counts as not said.
    pub fn say(&mut self, line: &str, at: f64, desk: &Desk<'_>) -> Result<Vec<Block>, Error> {
        let mut end = line.len().min(LONGEST);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        let characters = line.chars().count();
        let whole = line.len() == end;
        let line = line[..end].trim().to_owned();
        let before = (self.state.clone(), self.undo.len(), self.heard_at);
        let mut talk = Talk::default();
        if !whole {
            talk.evidence(format!(
                "That was {characters} characters; I heard the first {}.",
                line.chars().count()
            ));
        }
        if let Pace::Wall(minutes) = self.pace {
            let gone = (at - self.heard_at).max(0.0) / 60.0 * MINUTES / minutes.max(SHORTEST);
            self.pass(gone);
        }
        self.heard_at = at;
        let (phase, minutes) = (self.state.phase, self.state.minutes);
        let asked = phases::question(self).filter(|asked| self.last_asked() != Some(asked));
        if let Err(error) = self.answer(&line, desk, &mut talk) {
            let (state, undo, heard_at) = before;
            self.state = state;
            self.undo.truncate(undo);
            self.heard_at = heard_at;
            return Err(error);
        }
        let blocks = talk.0;
        self.turns.push(Turn { minutes, phase, asked, line: Some(line), blocks: blocks.clone() });
        Ok(blocks)
    }

    fn answer(&mut self, line: &str, desk: &Desk<'_>, talk: &mut Talk) -> Result<(), Error> {
        if self.state.phase == Phase::Over {
            talk.speech("The interview is over.");
            return Ok(());
        }
        match bare(line).as_str() {
            "" => return Ok(()),
            "help" | "?" => {
                talk.speech(format!("{HELP}{}", phases::help(self)));
                return Ok(());
            }
            "repeat" => {
                if let Some(question) = phases::question(self) {
                    talk.speech(question.ask);
                    let numbered = question.options.iter().enumerate();
                    numbered.for_each(|(at, option)| talk.evidence(format!("{}. {option}", at + 1)));
                }
                return Ok(());
            }
            _ if leaves(line) => {
                talk.speech("What was said is kept: leave when you like, and go on another time.");
                return Ok(());
            }
            "time" | "clock" => {
                talk.evidence(self.clock());
                return Ok(());
            }
            "back" | "undo" => {
                self.back(talk);
                return Ok(());
            }
            "hint" => {
                let hint = phases::hint(self, desk)?;
                let told = Block::Speech(hint.clone());
                if self.turns.iter().any(|turn| turn.blocks.contains(&told)) {
                    talk.speech("I have told you what I can; this costs you nothing.");
                } else {
                    self.spend(Act::Hint);
                    talk.speech(hint);
                }
            }
            said if goes_on(said) => {
                self.undo.push(self.state.clone());
                let sealed = phases::skip(self, desk, talk)?;
                if sealed {
                    self.undo.clear();
                }
            }
            _ => {
                let before = self.state.clone();
                match phases::hear(self, line, desk, talk)? {
                    Answered::Taken => self.undo.push(before),
                    Answered::Sealed => self.undo.clear(),
                    Answered::Not => {}
                }
            }
        }
        if self.state.phase != Phase::Over && self.state.minutes >= MINUTES {
            talk.speech("That is time. What you have not answered counts as not answered.");
            self.state.phase = Phase::Over;
        }
        if self.state.phase == Phase::Over && self.score.is_none() {
            super::debrief::close(self, desk, talk)?;
            self.undo.clear();
        }
        Ok(())
    }

    fn back(&mut self, talk: &mut Talk) {
        let Some(earlier) = self.undo.pop() else {
            talk.speech("There is nothing to take back: what was executed, or told, stays.");
            return;
        };
        // Time does not come back, and what was told is known.
        let now = std::mem::replace(&mut self.state, earlier);
        self.state.minutes = now.minutes;
        self.state.by_phase = now.by_phase;
        self.state.asked = now.asked;
        self.state.astray = now.astray;
        self.state.unheard = now.unheard;
        self.state.again = now.again;
        let at = self.state.at;
        let spoken = self.state.phase == Phase::Frame && now.frames.get(at).is_some_and(Option::is_some);
        if spoken {
            self.state.again.push(at);
        }
        talk.speech(match spoken {
            true => "Then once more. I have said what I think of your answer, so that the next counts half.",
            false => "Then once more.",
        });
    }

    fn clock(&self) -> String {
        let (own, all) = self.minutes();
        format!(
            "{} of {} minutes for this part, {} of {} in all.",
            self.shown(own),
            self.shown(self.state.phase.minutes()),
            self.shown(all),
            self.shown(MINUTES)
        )
    }

    /// Lets the time of an act pass.
    pub(super) fn spend(&mut self, act: Act) {
        if self.pace == Pace::Acts || act.executed() {
            self.pass(act.minutes());
        }
    }

    fn pass(&mut self, minutes: f64) {
        self.state.minutes += minutes;
        if let Some(own) = self.state.by_phase.get_mut(self.state.phase as usize) {
            *own += minutes;
        }
    }

    /// Goes on to the next question, in this phase or the next.
    pub(super) fn advance(&mut self, talk: &mut Talk) {
        self.state.at += 1;
        self.state.doubtful = None;
        if self.state.at >= phases::questions(self, self.state.phase) {
            self.finish(talk);
        }
    }

    /// The parts that this interview has, in their order.
    pub fn parts(&self) -> Vec<Phase> {
        Phase::ALL.into_iter().filter(|phase| phases::questions(self, *phase) > 0).collect()
    }

    /// The parts of a score that this interview does not have.
    pub(super) fn absent(&self) -> Vec<&'static str> {
        let asked = self.parts();
        Phase::ALL.into_iter().filter(|phase| !asked.contains(phase)).map(Phase::name).collect()
    }

    /// Ends this phase and opens the next.
    pub(super) fn finish(&mut self, talk: &mut Talk) {
        self.state.finished.push(self.state.phase);
        let next = self.parts().into_iter().find(|phase| *phase > self.state.phase);
        self.state.phase = next.unwrap_or(Phase::Over);
        self.state.at = 0;
        if self.state.phase != Phase::Over {
            talk.heading(self.state.phase.name());
            talk.speech(phases::opening(self.state.phase));
        }
    }
}
