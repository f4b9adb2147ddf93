//! A Postgres of the system's, where it has one: a server in a folder of its own, reached by a socket there.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rankine::propose::{Place, Wishes, propose};
use rankine::run::Origin;
use rankine::{Error, Progress, Silent};

use crate::{clicks, ran, sound};

/// A server that ends with the test.
struct Server {
    folder: tempfile::TempDir,
    child: Child,
    port: u16,
}

/// The folder with the programs of a Postgres.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    let there =
        |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file());
    folders.into_iter().rev().find(there)
}

/// A program as somebody whom a Postgres lets run it: never root.
fn as_somebody(program: &Path) -> Command {
    let root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

impl Server {
    /// `None`, with a line that says so, where there is no Postgres.
    fn start() -> Option<Server> {
        let Some(programs) = programs() else {
            eprintln!("skipped: no Postgres is installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        fs::set_permissions(folder.path(), open).unwrap();
        let data = folder.path().join("data");
        let made = as_somebody(&programs.join("initdb"))
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D"])
            .arg(&data)
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !made.is_ok_and(|status| status.success()) {
            eprintln!("skipped: no database can be made here");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = as_somebody(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(folder.path())
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server { folder, child, port };
        let begun = Instant::now();
        while server.psql(&programs, "select 1").is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "Postgres does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(server)
    }

    fn address(&self) -> String {
        format!("postgres://postgres@/postgres?host={}&port={}", self.folder.path().display(), self.port)
    }

    /// What psql prints; `None` where it fails.
    fn psql(&self, programs: &Path, sql: &str) -> Option<String> {
        let mut child = Command::new(programs.join("psql"))
            .args(["-U", "postgres", "-qtAX", "-v", "ON_ERROR_STOP=1", "-p", &self.port.to_string(), "-h"])
            .arg(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server itself, not who started it for somebody: its file says its number.
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap_or_default();
        let pid = file.lines().next().unwrap_or_default().to_owned();
        if !pid.is_empty() {
            let _ = Command::new("kill").args(["-INT", &pid]).status();
        }
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20)
            && self.child.try_wait().is_ok_and(|ended| ended.is_none())
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ends all other connections once so many rows were read.
struct Cutting<'a> {
    server: &'a Server,
    programs: &'a Path,
}

impl Progress for Cutting<'_> {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rankine'";
        self.server.psql(self.programs, sql).unwrap();
    }
    fn end(&self) {}
}

#[test]
fn a_database_is_taken_over_whole_or_not_at_all() {
    let Some(server) = Server::start() else { return };
    let programs = programs().unwrap();
    let mut sql =
        "create table clicks (user_id text, product_id text, clicked_at timestamptz, category text, \
                   tags text[], paid boolean);\n"
            .to_owned();
    for chunk in clicks(6000).chunks(500) {
        let rows: Vec<String> = chunk
            .iter()
            .map(|[user, item, time, category]| {
                format!("('{user}','{item}','{time}','{category}',array['{category}','all'],true)")
            })
            .collect();
        sql.push_str(&format!("insert into clicks values {};\n", rows.join(",")));
    }
    sql.push_str("create view nothing as select * from clicks where false;");
    server.psql(&programs, &sql).unwrap();
    let address = server.address();
    let place = |table: Option<&str>, query: Option<&str>| Place::Database {
        url: address.clone(),
        table: table.map(str::to_owned),
        query: query.map(str::to_owned),
    };
    let proposal = propose(&place(Some("clicks"), None), "shop", &Wishes::default(), &Silent).unwrap();
    let kinds: Vec<String> = proposal.columns.iter().map(|column| column.kind.said()).collect();
    assert_eq!(kinds[2..5], ["time", "category", "categories"], "{kinds:?}");
    sound(&proposal);

    let runs = server.folder.path().join("runs");
    let database = || Origin::Database(Some(address.clone()));
    let first = ran(&proposal, database(), &runs).unwrap();
    assert_eq!(
        ran(&proposal, Origin::Database(None), &runs).unwrap().join("4-bundle"),
        first.join("4-bundle")
    );
    let kept: Vec<String> = fs::read_dir(first.join("tables"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert!(kept.contains(&"1-clicks.parquet".to_owned()), "{kept:?}");
    let profile = fs::read_to_string(first.join("2-dataset/profile.json")).unwrap();
    let profile: rankine::prepare::Profile = serde_json::from_str(&profile).unwrap();
    assert_eq!(profile.interactions.values().sum::<u64>(), 6000);

    let cutting = Cutting { server: &server, programs: &programs };
    let made =
        rankine::run::Ingredients { sources: crate::sources(&proposal), log: database(), seed: 2, visits: 0 };
    let runs = server.folder.path().join("cut");
    let error = rankine::run::run(&made, &runs, &crate::unmeasured, &cutting).err().unwrap().to_string();
    assert!(
        error.contains("the connection was lost after") || error.contains("terminating connection"),
        "{error}"
    );
    assert_eq!(fs::read_dir(&runs).unwrap().count(), 0, "something was left behind");

    let cases: [(Option<&str>, Option<&str>, &str); 6] = [
        (Some("clickz"), None, "relation \"clickz\" does not exist"),
        (Some("nothing"), None, "no rows"),
        (None, Some("selec 1"), "syntax error"),
        (None, Some("select 1; drop table clicks"), "multiple commands"),
        (None, Some("delete from clicks returning *"), "syntax error"),
        (None, Some("select user_id, user_id from clicks"), "`user_id` is there twice"),
    ];
    for (table, query, why) in cases {
        let error = propose(&place(table, query), "shop", &Wishes::default(), &Silent).unwrap_err();
        assert!(matches!(error, Error::Data(_)) && error.to_string().contains(why), "{error}");
    }
    let nobody = Place::Database {
        url: address.replace(&server.port.to_string(), "1"),
        table: Some("clicks".to_owned()),
        query: None,
    };
    let error = propose(&nobody, "shop", &Wishes::default(), &Silent).unwrap_err().to_string();
    assert!(error.contains("no connection to postgres://postgres@/postgres"), "{error}");
}
