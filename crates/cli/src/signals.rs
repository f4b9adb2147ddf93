//! What asks the process to end: ctrl-C, and where there are such signals SIGTERM and SIGHUP.

use std::io;

/// How the process was asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// By ctrl-C: somebody sits there.
    Typed,
    /// By another process, or because the terminal went away.
    Sent,
}

#[cfg(unix)]
mod system {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::{Asked, io};

    /// Signals that ask the process to end, heard from now on.
    pub(crate) struct Signals {
        interrupt: Signal,
        terminate: Signal,
        hangup: Option<Signal>,
    }

    impl Signals {
        /// # Errors
        /// Where the system does not let them be heard.
        pub(crate) fn listen() -> io::Result<Signals> {
            Ok(Signals {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: minds_hangup().then(|| signal(SignalKind::hangup())).transpose()?,
            })
        }

        /// Waits for the next one.
        pub(crate) async fn next(&mut self) -> Asked {
            let hangup = async {
                match &mut self.hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => Asked::Typed,
                _ = self.terminate.recv() => Asked::Sent,
                _ = hangup => Asked::Sent,
            }
        }
    }

    /// Whether SIGHUP is not ignored, as `nohup` has it: listening would undo that. Only Linux says so; elsewhere
    /// the signal keeps the effect it has.
    fn minds_hangup() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        ignored.is_some_and(|mask| mask >> (SignalKind::hangup().as_raw_value() - 1) & 1 == 0)
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Asked, io};

    /// Ctrl-C, heard from now on.
    pub(crate) struct Signals;

    impl Signals {
        /// # Errors
        /// None here.
        pub(crate) fn listen() -> io::Result<Signals> {
            Ok(Signals)
        }

        /// Waits for the next one; without signals the process runs until it is ended.
        pub(crate) async fn next(&mut self) -> Asked {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Asked::Typed
        }
    }
}

pub(crate) use system::Signals;
