//! What can go wrong with a command, and the exit code it ends with.

use std::fmt;

use rankine::Error;

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The arguments ask for what is not there; with help.
    Usage(String, String),
    /// A stage of the road could not be finished.
    Road(Error),
    /// Something else, such as a port that is taken; with help.
    Other(String, String),
}

impl Trouble {
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Trouble {
        Trouble::Usage(message.into(), help.into())
    }

    pub(crate) fn other(message: impl Into<String>, help: impl Into<String>) -> Trouble {
        Trouble::Other(message.into(), help.into())
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Trouble::Usage(..) | Trouble::Road(Error::Design(..)) => 2,
            Trouble::Road(Error::Data(_)) => 3,
            Trouble::Road(Error::Stopped | Error::StoppedBetween) => 130,
            Trouble::Road(_) | Trouble::Other(..) => 1,
        }
    }

    pub(crate) fn help(&self) -> Option<&str> {
        match self {
            Trouble::Usage(_, help) | Trouble::Other(_, help) => Some(help),
            Trouble::Road(_) => None,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Usage(message, _) | Trouble::Other(message, _) => f.write_str(message),
            Trouble::Road(error) => error.fmt(f),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Road(error)
    }
}
