//! Ahead: what will be asked for sooner or later is executed while the interviewee thinks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::best::{elsewhere, taught};
use super::debrief::fed;
use super::phases::curveball::responses;
use super::room::{Experiment, Room};
use super::session::Interview;
use crate::progress::Hushed;

/// A thread that executes what an interview will need; it ends when this is dropped.
pub struct Ahead {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    room: Arc<Room>,
    /// What is still to be executed, the next one last.
    wanted: Mutex<Vec<Experiment>>,
    news: Condvar,
    over: AtomicBool,
}

impl Ahead {
    /// Starts with what the interview needs as it stands.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn of(interview: &Interview) -> std::io::Result<Ahead> {
        let shared = Arc::new(Shared {
            room: interview.room.clone(),
            wanted: Mutex::default(),
            news: Condvar::new(),
            over: AtomicBool::new(false),
        });
        let own = shared.clone();
        let thread = std::thread::Builder::new().name("ahead".to_owned()).spawn(move || own.work())?;
        let ahead = Ahead { shared, thread: Some(thread) };
        ahead.follow(interview);
        Ok(ahead)
    }

    /// Begins nothing more until it follows again, so that a measurement has the machine to itself.
    pub fn rest(&self) {
        self.shared.wanted().clear();
    }

    /// Turns to what the interview needs now.
    pub fn follow(&self, interview: &Interview) {
        let mut wanted = interview.ahead();
        wanted.reverse();
        *self.shared.wanted() = wanted;
        self.shared.news.notify_one();
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Under the lock, so that it is not missed between the thread's look and its sleep.
        drop(self.shared.wanted());
        self.shared.news.notify_one();
        // A panic there was told when it happened.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn wanted(&self) -> MutexGuard<'_, Vec<Experiment>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        while let Some(experiment) = self.next() {
            // Whoever asks for it meets its error.
            let _ = self.room.execute(&experiment, &Hushed { stopped: &|| self.stopped() });
        }
    }

    fn next(&self) -> Option<Experiment> {
        let mut wanted = self.wanted();
        loop {
            if self.stopped() {
                return None;
            }
            match wanted.pop() {
                Some(next) => return Some(next),
                None => wanted = self.news.wait(wanted).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn stopped(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

impl Interview {
    /// What the debrief will need whatever is said from here on, first what is needed first.
    pub(super) fn ahead(&self) -> Vec<Experiment> {
        if self.score.is_some() {
            return Vec::new();
        }
        let room = &self.room;
        let plan = &room.brief.plan;
        let mut ahead = vec![room.reference()];
        ahead.extend(plan.frames.iter().flat_map(|frame| &frame.options).filter_map(|one| taught(room, one)));
        if self.state.features.is_some() {
            ahead.extend(fed(self));
        }
        if self.state.pick.is_some() {
            ahead.extend(responses(self));
        }
        ahead.extend((0..plan.facts.len()).filter_map(|at| elsewhere(room, at)));
        ahead
    }
}
