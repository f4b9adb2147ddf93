//! How long work tells what it does, and hears that it should stop.

use crate::error::Error;

/// Hears of progress; the terminal draws it.
pub trait Progress: Sync {
    /// A piece of work begins; `total` steps where they are known.
    fn begin(&self, what: &str, total: Option<u64>);
    /// So many steps of it are done.
    fn advance(&self, steps: u64);
    /// It is done.
    fn end(&self);
    /// Whether somebody asked to stop.
    fn stopped(&self) -> bool {
        false
    }
}

impl dyn Progress + '_ {
    /// An error once somebody asked to stop.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn check(&self) -> Result<(), Error> {
        if self.stopped() { Err(Error::Stopped) } else { Ok(()) }
    }
}

/// Says nothing, and stops once `stopped` says so.
pub(crate) struct Hushed<'a> {
    pub(crate) stopped: &'a (dyn Fn() -> bool + Sync),
}

impl Progress for Hushed<'_> {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}

    fn stopped(&self) -> bool {
        (self.stopped)()
    }
}

/// Says nothing.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
}
