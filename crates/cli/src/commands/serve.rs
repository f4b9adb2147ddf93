//! `rankine serve`: the bundle of a run over HTTP, with its report and a playground.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rankine::Bundle;
use rankine::serve::{Recorded, Service};
use serde_json::json;

use crate::arguments::{Address, Serve};
use crate::http::{self, Options, Pages};
use crate::terminal::Terminal;
use crate::trouble::Trouble;

/// Where interviews are kept, as `rankine interview` keeps them.
const INTERVIEWS: &str = "interviews";

pub(super) fn execute(arguments: &Serve, terminal: &Terminal) -> Result<(), Trouble> {
    let recorded = Recorded::ALL.into_iter().find(|one| one.name() == arguments.record);
    let logging = Logging { file: arguments.log.as_deref(), recorded: recorded.unwrap_or_default() };
    serve(&arguments.run, &arguments.address, &logging, terminal, arguments.json)
}

/// What a server logs, and where; in the run's log folder by default.
#[derive(Default)]
pub(super) struct Logging<'a> {
    file: Option<&'a Path>,
    recorded: Recorded,
}

/// Serves the bundle of a run until the process is told to end.
pub(super) fn serve(
    run: &Path,
    address: &Address,
    logging: &Logging<'_>,
    terminal: &Terminal,
    json: bool,
) -> Result<(), Trouble> {
    let folder = run.join("4-bundle").join("bundle");
    if !folder.is_dir() {
        let help = "a run's folder is printed by `rankine run`, and lies below runs/";
        return Err(Trouble::usage(format!("{}: no bundle of a run in this folder", run.display()), help));
    }
    let bundle = Bundle::read(&folder)?;
    if bundle.problem.detects() {
        let message =
            format!("{}: this run finds boxes in pictures, which no request carries", run.display());
        let help = format!("rankine apply {} --input FOLDER --output FOLDER", run.display());
        return Err(Trouble::usage(message, help));
    }
    let user = bundle.rehearsal.first().map(|rehearsed| {
        bundle.dictionary.entities[bundle.problem.schema.user].name(rehearsed.user).to_owned()
    });
    let own = run.join("log").join("served.jsonl");
    let log = logging.file.unwrap_or(&own);
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| Trouble::other(format!("{}: {error}", folder.display()), "is it writable?"))?;
    }
    let service = Arc::new(Service::open(bundle, log, http::clock())?.recording(logging.recorded));
    if let Some(torn) = &service.recovery().torn {
        terminal.say(&format!("the log ended in a torn line; it was set aside: {torn:?}"));
    }
    let pages = Pages {
        report: fs::read(run.join("report.html")).unwrap_or_default(),
        // They train models: only whoever sits at this machine may ask for that.
        interviews: address.host.is_loopback().then(|| Path::new(INTERVIEWS).to_owned()),
    };
    terminal.serving();
    let bound = |at: SocketAddr| {
        if json {
            let object =
                json!({ "address": format!("http://{at}"), "log": log, "bundle": service.version() });
            terminal.print(&object.to_string());
        } else {
            let user = user.as_deref().unwrap_or("somebody");
            terminal.say(&format!(
                "\nserving http://{at}/ (report), http://{at}/playground (try it); ctrl-C ends\n\
                 curl -s http://{at}/v1/recommend -H 'content-type: application/json' \\\n     \
                 -d '{{\"user\": \"{user}\", \"limit\": 5}}'"
            ));
        }
    };
    let options = Options::new(SocketAddr::new(address.host, address.port));
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Trouble::other(error.to_string(), "the system gave no threads"))?;
    runtime.block_on(http::serve(options, service.clone(), pages, bound)).map_err(|error| {
        let help = "another --port may be free; --port 0 takes any";
        Trouble::other(format!("cannot serve on {}:{}: {error}", address.host, address.port), help)
    })
}
