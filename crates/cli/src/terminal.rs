//! The terminal: progress bars and talk on stderr, data on stdout, ctrl-C and its like.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rankine::{Error, Progress};
use rankine_design::wrapped;

use crate::signals::{Asked, Signals};
use crate::trouble::Trouble;

/// Where a command talks.
pub(crate) struct Terminal {
    bar: Mutex<Option<ProgressBar>>,
    stop: Arc<AtomicBool>,
    serving: Arc<AtomicBool>,
    /// What is said to whoever leaves while somebody is waited for.
    farewell: Arc<Mutex<Option<String>>>,
}

/// Signals this close to each other are one: a shell and the system both tell that a terminal went away, and who
/// ends a group of processes may reach one twice.
const AT_ONCE: Duration = Duration::from_secs(1);

impl Terminal {
    /// Listens for ctrl-C and signals from now on: the first asks work to stop, the second ends the process.
    pub(crate) fn new() -> Terminal {
        let (stop, serving) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let farewell = Arc::new(Mutex::new(None::<String>));
        let (heard, busy, leaving) = (stop.clone(), serving.clone(), farewell.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                let Ok(mut signals) = Signals::listen() else { return };
                let mut first = None;
                loop {
                    let asked = signals.next().await;
                    // A server ends by itself, after its open requests.
                    let ends = !busy.load(Ordering::Relaxed);
                    let leaves = leaving.lock().ok().and_then(|mut farewell| farewell.take());
                    let late = first.get_or_insert_with(Instant::now).elapsed() > AT_ONCE;
                    let insists = asked == Asked::Typed || late;
                    if ends && (heard.swap(true, Ordering::Relaxed) && insists || leaves.is_some()) {
                        leaves.iter().for_each(|farewell| on_stderr(farewell));
                        std::process::exit(130);
                    }
                }
            });
        });
        Terminal { bar: Mutex::new(None), stop, serving, farewell }
    }

    /// From now on ctrl-C and signals are the server's.
    pub(crate) fn serving(&self) {
        self.serving.store(true, Ordering::Relaxed);
    }

    /// Waits for what somebody types: ctrl-C then ends the process at once, with a `farewell`.
    pub(crate) fn waiting<T>(&self, farewell: String, read: impl FnOnce() -> T) -> T {
        let says = |words| *self.farewell.lock().expect("nothing panics with it") = words;
        says(Some(farewell));
        let typed = read();
        says(None);
        typed
    }

    /// Part of a conversation: on stdout, as it is, shown at once.
    pub(crate) fn talk(&self, text: &str) {
        let mut out = anstream::stdout().lock();
        let _ = write!(out, "{text}").and_then(|()| out.flush());
    }

    /// Talk: on stderr.
    pub(crate) fn say(&self, text: &str) {
        on_stderr(text);
    }

    /// Data: on stdout. A reader that went away ends it quietly.
    pub(crate) fn print(&self, text: &str) {
        let mut out = anstream::stdout().lock();
        let _ = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
    }

    /// Whether stdout shows colours.
    pub(crate) fn colour(&self) -> bool {
        std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }

    /// Columns of the terminal, at most 100.
    pub(crate) fn width(&self) -> usize {
        usize::from(console::Term::stderr().size().1).clamp(40, 100)
    }

    /// Text with its lines broken between words where stdout is a terminal; a file keeps long lines.
    pub(crate) fn fitted(&self, text: &str) -> String {
        if std::io::stdout().is_terminal() { wrapped(text, self.width()) } else { text.to_owned() }
    }

    /// Tells what went wrong.
    pub(crate) fn explain(&self, trouble: &Trouble) {
        self.clear();
        let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        match trouble {
            Trouble::Road(Error::Design(findings, sources)) => {
                self.say(rankine_design::render(findings, sources, colour, self.width()).trim_end());
            }
            other => {
                let fitted = |text: String| match std::io::stderr().is_terminal() {
                    true => wrapped(&text, self.width()),
                    false => text,
                };
                self.say(&fitted(format!("error: {other}")));
                if let Some(help) = other.help() {
                    self.say(&fitted(format!("  help: {help}")));
                }
            }
        }
    }

    fn clear(&self) {
        if let Some(bar) = self.bar.lock().expect("drawing does not panic").take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Terminal {
    fn begin(&self, what: &str, total: Option<u64>) {
        self.clear();
        let bar = match total {
            Some(total) => {
                ProgressBar::new(total).with_style(style("{msg:40} {bar:24} {pos}/{len} {eta:>4}"))
            }
            None => ProgressBar::new_spinner().with_style(style("{msg:40} {spinner} {elapsed}")),
        };
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        *self.bar.lock().expect("drawing does not panic") = Some(bar);
    }

    fn advance(&self, steps: u64) {
        if let Some(bar) = &*self.bar.lock().expect("drawing does not panic") {
            bar.inc(steps);
        }
    }

    fn end(&self) {
        self.clear();
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// A line on stderr. Nobody may be listening; that is no reason to fail.
fn on_stderr(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a template that does not change")
}
