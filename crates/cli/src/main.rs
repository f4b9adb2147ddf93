//! The command line: reads arguments, calls the road, prints. Exit codes are in `rankine --help`.

mod arguments;
mod cases;
mod commands;
mod http;
mod report;
mod terminal;
mod trouble;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    let terminal = terminal::Terminal::new();
    match commands::execute(arguments, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            terminal.explain(&trouble);
            ExitCode::from(trouble.code())
        }
    }
}
