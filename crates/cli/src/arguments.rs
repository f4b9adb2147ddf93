//! What can be typed.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, Parser, Subcommand};
use rankine::batch::inspect::Subject;
use rankine::select::Part;
use rankine::serve::Recorded;

use crate::examples::{
    APPLY_EXAMPLES, CONVERT_EXAMPLES, FORGET_EXAMPLES, PARITY_EXAMPLES, RECOMMEND_EXAMPLES,
};
use crate::sheet::Paper;

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
  130  stopped by ctrl-C, SIGTERM or SIGHUP; finished stages are kept";

const NEW_EXAMPLES: &str = "\
Examples:
  rankine new video-recommendation my-design
  rankine new --from clicks.csv                     also .tsv, .jsonl (plain or .gz) and .parquet
  rankine new --from clicks.parquet shop --user buyer --item sku
  rankine new --from postgres://reader@localhost/shop --table clicks shop
  rankine new --from loans.csv --outcome defaulted

It looks at the columns, says what it takes each for and why, and what this
table cannot tell; then it writes DIR/design.toml and DIR/data/NAME.toml, which
`rankine run DIR --data SOURCE` runs. The password of a database is taken from
PGPASSWORD.";

const PREPARE_EXAMPLES: &str = "\
Examples:
  rankine prepare video-recommendation --check
  rankine prepare shop --data clicks/ --check --json

Looks at the data as `run` would: lines that cannot be taken, duplicates, jumps
of the clock, gaps, drift of the label, position bias, fields that know the
answer. Each check passes, warns or fails, with counts and examples; where one
fails, the exit code is 1. At leaks and too many malformed lines `run` stops,
unless the design says why not:
[evaluate] allow = { tells-the-outcome = \"the reason\" }";

const INSPECT_EXAMPLES: &str = "\
Examples:
  rankine inspect runs/video-recommendation-1a2b3c4d u12
  rankine inspect runs/video-recommendation-1a2b3c4d v7 --as item --json

A user and an item are shown as of now, with what the run's server logged; a
request is shown as of its moment, answered by the models of the bundle, which
learned from the whole log.";

const CHEAT_SHEET_EXAMPLES: &str = "\
Examples:
  rankine cheat-sheet                                        the framework, as framework.pdf
  rankine cheat-sheet video-recommendation                   a case; runs it first, where it was not
  rankine cheat-sheet runs/shop-1a2b3c4d --output shop.html
  rankine cheat-sheet ad-click-prediction --paper letter

Without --output the PDF of a run is written into its folder. The page is set
in the largest type with which it fits, 6.5 pt at the least; what has to be
left out then is told.";

const DIFF_EXAMPLES: &str = "\
Examples:
  rankine diff runs/video-recommendation-1a2b3c4d runs/video-recommendation-5e6f7a8b
  rankine diff video-recommendation my/design.toml

Of two runs also the verdicts and what contenders reached; of designs what they
say and what follows from it.";

const TRADEOFFS_EXAMPLES: &str = "\
Examples:
  rankine tradeoffs harmful-content
  rankine tradeoffs --seeds 5 --output tradeoffs.html

Each page runs two contenders on logs of a small world of the case, at every
value of one parameter; what was executed once is kept.";

const INTERVIEW_EXAMPLES: &str = "\
Examples:
  rankine interview video-recommendation
  rankine interview video-recommendation --level staff --pace 45m
  rankine interview video-recommendation --seed 7 --script answers.txt --json
  rankine interview --resume interviews/video-recommendation-seed7-1

Questions are typed in your own words; `help`, `back`, `repeat`, `hint`,
`next`, `time` and `quit` work everywhere. Every line is kept before it is
answered. The same case, seed and answers give the same score; latency is
measured once and kept. Nothing leaves this machine.";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Take a design through all stages, print the verdict, serve the winner
    #[command(after_help = "Example: rankine run video-recommendation --data movielens/ --once --json")]
    Run(Run),
    /// Read a design: findings and clarification sheet
    #[command(after_help = "Example: rankine check video-recommendation")]
    Check(Check),
    /// Read the data of a design and check it
    #[command(after_help = PREPARE_EXAMPLES)]
    Prepare(Prepare),
    /// Write any data that a mapping reads as a log in the native schema, or as a table of its events
    #[command(after_help = CONVERT_EXAMPLES)]
    Convert(Convert),
    /// Serve the bundle of a run
    #[command(after_help = "Example: rankine serve runs/video-recommendation-1a2b3c4d --port 8080")]
    Serve(Serve),
    /// Let the world's users visit a running server, which logs what they do
    #[command(
        after_help = "Example: rankine visit video-recommendation --server http://127.0.0.1:8080 --visits 2000"
    )]
    Visit(Visit),
    /// Write a commented design to start from: a case's, or one for a table that you have
    #[command(after_help = NEW_EXAMPLES)]
    New(New),
    /// Write what a run recommends to many users: user, rank, item, score, source
    #[command(after_help = RECOMMEND_EXAMPLES)]
    Recommend(Recommend),
    /// Answer every request of a table or a log: predictions and decisions, or places
    #[command(after_help = APPLY_EXAMPLES)]
    Apply(Apply),
    /// Show why: what was known of a user, an item or a request, and what each column added
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(Inspect),
    /// Compare the feature values that a server answered by with those that replay gives
    #[command(after_help = PARITY_EXAMPLES)]
    Parity(Parity),
    /// Remove a user from the log and the journal of a run, and say what still knows them
    #[command(after_help = FORGET_EXAMPLES)]
    Forget(Forget),
    /// Two designs or runs side by side
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(Diff),
    /// Print the JSON Schema of a design
    #[command(after_help = "Example: rankine schema > design.schema.json")]
    Schema,
    /// Write the report of a run again from its folder
    #[command(after_help = "Example: rankine report runs/video-recommendation-1a2b3c4d")]
    Report(Report),
    /// One page to print: the framework, or a case or run with what was measured
    #[command(after_help = CHEAT_SHEET_EXAMPLES)]
    CheatSheet(CheatSheet),
    /// What the registries hold: algorithms, features and metrics
    #[command(after_help = "Example: rankine algorithms als")]
    Algorithms(Algorithms),
    /// Be interviewed about a case by an interviewer who executes your answers
    #[command(after_help = INTERVIEW_EXAMPLES)]
    Interview(Interview),
    /// "A or B?": what each gives up, measured in a world while one parameter is turned
    #[command(after_help = TRADEOFFS_EXAMPLES)]
    Tradeoffs(Tradeoffs),
    /// Measure a bundle in this process; `run` calls it
    #[command(hide = true)]
    Measure(Measure),
}

/// A design, its data, and where runs are kept.
#[derive(Args)]
pub(crate) struct Work {
    /// A case's name, a design file, or a folder with design.toml
    pub(crate) design: String,
    /// The log: a file, a folder or postgres://user@host/db; without it the case's world writes one
    #[arg(long, value_name = "PATH|URL")]
    pub(crate) data: Option<PathBuf>,
    /// How the tables of --data become a log; found beside the design where their names fit
    #[arg(long, value_name = "FILE")]
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
pub(crate) struct Prepare {
    #[command(flatten)]
    pub(crate) work: Work,
    /// Only look at the data: writes nothing, and ends with 1 where a check fails
    #[arg(long, required = true)]
    pub(crate) check: bool,
    /// The seed of every draw
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Convert {
    #[command(flatten)]
    pub(crate) work: Work,
    /// What to write: .jsonl in the native schema, .parquet or .csv with a row an event
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Write the examples instead: a row for each item of each request, with labels and features
    #[arg(long)]
    pub(crate) examples: bool,
    /// With --examples: items drawn for a request that says not what was shown
    #[arg(long, default_value_t = 10, value_name = "N", requires = "examples")]
    pub(crate) beside: usize,
    /// With --examples: only the requests of one part of the users, such as 2/8, with the values of the whole
    #[arg(long, default_value = "1/1", value_parser = Part::parse, requires = "examples")]
    pub(crate) part: Part,
    /// The seed of every draw
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Megabytes of lines that are held while they are sorted; more are sorted outside memory
    #[arg(long, default_value_t = 256, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) memory: u64,
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
    /// What it logs of the feature values it answers by: digests (some 70 bytes a request, and a feature's name
    /// and 12), values (up to 20 bytes each) or nothing
    #[arg(long, default_value = "digests", value_name = "WHAT", value_parser = Recorded::ALL.map(Recorded::name))]
    pub(crate) record: String,
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
    /// The case to start from; none with --from
    #[arg(required_unless_present = "from")]
    pub(crate) case: Option<String>,
    /// The folder to write to; named after the case or the table by default
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// A table to propose a design for: a file, or postgres://user@host/db
    #[arg(long, value_name = "SOURCE")]
    pub(crate) from: Option<String>,
    /// The table or view of the database
    #[arg(long, requires = "from", value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// The query to the database, in place of a table
    #[arg(long, requires = "from", value_name = "SQL", conflicts_with = "table")]
    pub(crate) query: Option<String>,
    /// The column with who; guessed otherwise
    #[arg(long, requires = "from", value_name = "COLUMN")]
    pub(crate) user: Option<String>,
    /// The column with what was chosen
    #[arg(long, requires = "from", value_name = "COLUMN")]
    pub(crate) item: Option<String>,
    /// The column with when
    #[arg(long, requires = "from", value_name = "COLUMN")]
    pub(crate) time: Option<String>,
    /// The column with what came of it: a rating, a click, a number to predict
    #[arg(long, requires = "from", value_name = "COLUMN")]
    pub(crate) outcome: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Recommend {
    /// The folder of a run
    pub(crate) run: PathBuf,
    /// A file with users, or `all` whom the log names
    #[arg(long, value_name = "FILE|all")]
    pub(crate) users: PathBuf,
    /// The column of that file with who; by default the one named as in the design, or `user`
    #[arg(long, value_name = "NAME")]
    pub(crate) column: Option<String>,
    /// The table to write: .parquet, .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Items for each user; the design's slate by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: Option<u32>,
    /// Threads that compute; all cores by default, results do not depend on it
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Apply {
    /// The folder of a run
    pub(crate) run: PathBuf,
    /// What is asked: a file, or a folder with the files of the run's mapping, or one of pictures
    #[arg(long, value_name = "PATH")]
    pub(crate) input: PathBuf,
    /// The table to write: .parquet, .csv or .jsonl; for pictures a folder
    #[arg(long, value_name = "PATH")]
    pub(crate) output: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Diff {
    /// The folder of a run, a case, or a design
    #[arg(value_name = "A")]
    pub(crate) left: String,
    /// Another
    #[arg(value_name = "B")]
    pub(crate) right: String,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Inspect {
    /// The folder of a run
    pub(crate) run: PathBuf,
    /// The name of a user, an item or a request
    pub(crate) name: String,
    /// Which of them, where several are called so
    #[arg(long = "as", value_name = "KIND", value_parser = Subject::ALL.map(Subject::name))]
    pub(crate) kind: Option<String>,
    /// Items of the answer to show
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) limit: usize,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Parity {
    /// The folder of a run, or of a bundle with --served
    pub(crate) run: PathBuf,
    /// What the server logged; log/served.jsonl of the run by default
    #[arg(long, value_name = "JOURNAL")]
    pub(crate) served: Option<PathBuf>,
    /// Users all of whose requests are compared
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keys: u32,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Forget {
    /// The folder of a run
    pub(crate) run: PathBuf,
    /// The user
    pub(crate) user: String,
    /// A journal or log beside those of the run: a file, or a folder of .jsonl; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) journal: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Tradeoffs {
    /// The case; all by default
    pub(crate) case: Option<String>,
    /// Seeds over which each point is measured
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) seeds: u64,
    /// Write the book as a page instead of printing it
    #[arg(long, value_name = "FILE.html")]
    pub(crate) output: Option<PathBuf>,
    /// Where what was executed is kept
    #[arg(long, default_value = "interviews", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Interview {
    /// The case
    #[arg(required_unless_present_any = ["resume", "web"])]
    pub(crate) case: Option<String>,
    /// How the parts are weighed: a junior meets no curveball, for staff it and predictions count twice
    #[arg(long, default_value = "senior", value_parser = ["junior", "senior", "staff"])]
    pub(crate) level: String,
    /// The seed of the world and of what it hides; another one each time by default
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// How long the whole takes, such as 45m; `none` counts acts, not minutes
    #[arg(long, default_value = "none", value_name = "TIME|none")]
    pub(crate) pace: String,
    /// Take up the interview of this folder again
    #[arg(long, value_name = "FOLDER", conflicts_with = "case")]
    pub(crate) resume: Option<PathBuf>,
    /// Play the answers of a file, a line each
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
    /// Hold it in the browser: serve the page on --port
    #[arg(long, conflicts_with_all = ["script", "json"])]
    pub(crate) web: bool,
    #[command(flatten)]
    pub(crate) address: Address,
    /// Where interviews are kept
    #[arg(long, default_value = "interviews", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Print one JSON object with the score, nothing else
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
pub(crate) struct CheatSheet {
    /// A case's name, a design, or the folder of a run; without it the framework
    #[arg(value_name = "CASE|RUN")]
    pub(crate) subject: Option<String>,
    /// The file to write: .pdf or .html
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The paper
    #[arg(long, default_value = "a4", value_parser = Paper::ALL.map(Paper::name))]
    pub(crate) paper: String,
    /// The seed of the run of a case
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Visits by which the world's users judge the contenders of a case; 0 for none
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub(crate) visits: usize,
    #[command(flatten)]
    pub(crate) runs: Runs,
    /// Print the page as one JSON object; a file is written only with --output
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
