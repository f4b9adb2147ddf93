//! The binary on a tiny site: its folder, what a command printed, and a server in a process of its own.
#![allow(dead_code, clippy::unwrap_used)] // each test uses a part, and only tests do

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const DESIGN: &str = include_str!("../../../rankine/tests/road_tiny/design.toml");
const WORLD: &str = "kind = \"videos\"\ndays = 20\nusers = 150\nitems = 120\nrequests = 1500\nslate = 8\nbirths_per_day = 2.0\n\
                     genres = 6\nchannels = 20\nfactors = 6\n";

/// A folder with a design and a world, and one for its runs.
pub(crate) struct Site {
    folder: tempfile::TempDir,
}

/// What a command came to.
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }
}

/// The binary, which sees no terminal.
pub(crate) fn rankine() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rankine"));
    command.stdin(Stdio::null()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

pub(crate) fn finish(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    Done {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Site {
    pub(crate) fn new() -> Site {
        let site = Site { folder: tempfile::tempdir().unwrap() };
        // Two contenders are enough, and a fast pace makes measuring them short.
        let second = DESIGN.find("[[contenders]]\nname = \"als\"").unwrap();
        let third = DESIGN.find("[[contenders]]\nname = \"mix\"").unwrap();
        let last = DESIGN.find("[[contenders]]\nname = \"trees\"").unwrap();
        let end = DESIGN.find("[evaluate]").unwrap();
        let scale = "[scale]\nrequests_peak = \"2000/s\"\n\n[entities.user]";
        let design = [&DESIGN[..second], &DESIGN[third..last], &DESIGN[end..]].concat();
        fs::create_dir(site.at("tiny")).unwrap();
        fs::write(site.at("tiny/design.toml"), design.replace("[entities.user]", scale)).unwrap();
        fs::write(site.at("tiny/world.toml"), WORLD).unwrap();
        site
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `rankine run tiny` with its runs in the folder.
    pub(crate) fn run(&self) -> Command {
        let mut command = rankine();
        command.arg("run").arg(self.at("tiny")).arg("--runs").arg(self.at("runs")).args(["--visits", "40"]);
        command.args(["--threads", "2"]);
        command
    }

    /// The object of a run that must go well.
    pub(crate) fn ran(&self) -> Value {
        let done = finish(self.run().arg("--json"));
        assert_eq!(done.code, Some(0), "{}", done.err);
        done.json()
    }
}

/// A server in its own process; killed when it is dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    agent: ureq::Agent,
}

impl Server {
    /// Serves the bundle of a run and logs to the given file.
    pub(crate) fn start(run: &Path, log: &Path) -> Server {
        let mut command = rankine();
        command.arg("serve").arg(run).args(["--port", "0", "--json", "--log"]).arg(log);
        Server::spawn(&mut command)
    }

    /// Runs a command that says its address in a line of JSON.
    pub(crate) fn spawn(command: &mut Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"));
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)));
        let address = told["address"].as_str().unwrap().to_owned();
        Server { child, address, agent: config.build().into() }
    }

    /// The status and the answer; `None` where there was no answer.
    pub(crate) fn try_post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let mut response = self.agent.post(format!("{}{path}", self.address)).send_json(body).ok()?;
        let answer = response.body_mut().read_json().ok()?;
        Some((response.status().as_u16(), answer))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.try_post(path, body).unwrap_or_else(|| panic!("{path} did not answer"))
    }

    pub(crate) fn get(&self, path: &str) -> u16 {
        self.agent.get(format!("{}{path}", self.address)).call().unwrap().status().as_u16()
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// The exit code once the process ended; `None` where a signal ended it.
    pub(crate) fn ended(mut self) -> Option<i32> {
        ended(&mut self.child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().unwrap();
    assert!(status.success());
}

/// Waits until a process ended, a minute at most.
pub(crate) fn ended(child: &mut Child) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A click with this id.
pub(crate) fn click(id: &str) -> Value {
    let number: u32 = id.bytes().map(u32::from).sum();
    json!({"event": "click", "id": id, "user": format!("u{}", number % 50), "video": format!("v{}", number % 90)})
}
