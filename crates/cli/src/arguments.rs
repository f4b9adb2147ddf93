//! What can be typed.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, Parser, Subcommand};

/// What was typed; the process ends here where that makes no sense, or asks for help.
pub(crate) fn typed() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|error| without_hidden(error).exit())
}

/// clap takes hidden commands for what somebody meant, too.
fn without_hidden(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::Strings(mut near)) = error.remove(ContextKind::SuggestedSubcommand) {
        let commands = Arguments::command();
        near.retain(|name| commands.find_subcommand(name).is_none_or(|command| !command.is_hide_set()));
        if near.is_empty() {
            // What else is suggested is an empty list, printed as an empty line.
            error.remove(ContextKind::Suggested);
        } else {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(near));
        }
    }
    error
}

/// One design file becomes a machine-learning system that was clarified, prepared, selected and served.
#[derive(Parser)]
#[command(name = "rankine", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  rankine run video-recommendation        all stages on a simulated world
  rankine run my/design.toml --data log/  the same on your own log
  rankine check my/design.toml            only read it: findings and sheet
  rankine new video-recommendation my     a commented design to start from

Exit codes:
  0    done
  1    failed
  2    wrong arguments, or a design with errors
  3    data that cannot be used
  130  stopped by ctrl-C; finished stages are kept";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Take a design through all stages, print the verdict, serve the winner
    #[command(after_help = "Example: rankine run video-recommendation --data movielens/ --once --json")]
    Run(Run),
    /// Read a design: findings and clarification sheet
    #[command(after_help = "Example: rankine check video-recommendation")]
    Check(Check),
    /// Serve the bundle of a run
    #[command(after_help = "Example: rankine serve runs/video-recommendation-1a2b3c4d --port 8080")]
    Serve(Serve),
    /// Let the world's users visit a running server, which logs what they do
    #[command(
        after_help = "Example: rankine visit video-recommendation --server http://127.0.0.1:8080 --visits 2000"
    )]
    Visit(Visit),
    /// Write a commented design to start from
    #[command(after_help = "Example: rankine new video-recommendation my-design")]
    New(New),
    /// Print the JSON Schema of a design
    #[command(after_help = "Example: rankine schema > design.schema.json")]
    Schema,
    /// Write the report of a run again from its folder
    #[command(after_help = "Example: rankine report runs/video-recommendation-1a2b3c4d")]
    Report(Report),
    /// What the registries hold: algorithms, features and metrics
    #[command(after_help = "Example: rankine algorithms als")]
    Algorithms(Algorithms),
    /// Measure a bundle in this process; `run` calls it
    #[command(hide = true)]
    Measure(Measure),
}

/// A design, its data, and where runs are kept.
#[derive(Args)]
pub(crate) struct Work {
    /// A case's name, a design file, or a folder with design.toml
    pub(crate) design: String,
    /// The log: a .jsonl file or a folder; without it the case's world writes one
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// How the files of --data become a log; found beside the design where their names fit
    #[arg(long, value_name = "FILE", requires = "data")]
    pub(crate) mapping: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) work: Work,
    /// The seed of every draw
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Visits by which the world's users judge each contender; 0 for none
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub(crate) visits: usize,
    /// End after the verdict, do not serve
    #[arg(long)]
    pub(crate) once: bool,
    #[command(flatten)]
    pub(crate) runs: Runs,
    #[command(flatten)]
    pub(crate) address: Address,
    /// Print one JSON object; implies --once
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Runs {
    /// Where runs are kept
    #[arg(long, default_value = "runs", value_name = "DIR")]
    pub(crate) runs: PathBuf,
    /// Threads that compute; all cores by default, results do not depend on it
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

#[derive(Args)]
pub(crate) struct Address {
    /// The port to serve on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// The address to serve on
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
}

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) work: Work,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Serve {
    /// The folder of a run
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) address: Address,
    /// The file that the server logs to; in the run's log folder by default
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Print one JSON object with the address once it is ready
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Visit {
    /// The case or folder with the world that made the log
    pub(crate) design: String,
    /// The running server
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub(crate) server: String,
    /// How many visits
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub(crate) visits: usize,
    /// The seed of the world
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct New {
    /// The case to start from
    pub(crate) case: String,
    /// The folder to write to; the case's name by default
    pub(crate) folder: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Report {
    /// The folder of a run
    pub(crate) run: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Algorithms {
    /// One entry in full
    pub(crate) name: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Measure {
    /// The folder of a bundle
    pub(crate) bundle: PathBuf,
    /// Requests a second
    #[arg(long)]
    pub(crate) per_second: f64,
    /// Requests to measure
    #[arg(long)]
    pub(crate) requests: usize,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Arguments, without_hidden};

    #[test]
    fn what_somebody_meant_is_never_a_hidden_command() {
        for (typed, meant) in [("measur", None), ("chekc", Some("'check'")), ("reprot", Some("'report'"))] {
            let error =
                Arguments::try_parse_from(["rankine", typed]).err().expect("there is no such command");
            let told = without_hidden(error).to_string();
            assert!(told.contains(&format!("'{typed}'")) && !told.contains("measure"), "{told}");
            assert!(!told.contains("\n\n\n"), "{told}");
            assert_eq!(told.contains("similar"), meant.is_some(), "{told}");
            assert!(meant.is_none_or(|name| told.contains(name)), "{told}");
        }
    }
}
