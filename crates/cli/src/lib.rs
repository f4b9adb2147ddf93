//! The command line: reads arguments, calls the road, prints. Exit codes are in `rankine --help`.
//!
//! A library, so that tests use the modules that the binary uses.

mod arguments;
mod cases;
mod commands;
mod examples;
pub mod http;
mod interview;
pub mod report;
pub mod sheet;
mod signals;
mod terminal;
mod trouble;

use std::process::ExitCode;

/// Does what the arguments of this process say.
pub fn main() -> ExitCode {
    let arguments = arguments::typed();
    let terminal = terminal::Terminal::new();
    match commands::execute(arguments, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            terminal.explain(&trouble);
            ExitCode::from(trouble.code())
        }
    }
}
