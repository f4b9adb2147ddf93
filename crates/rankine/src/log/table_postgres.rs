//! Tables in Postgres: a query's rows through a cursor of the server, so that few are in memory at a time.

use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::types::{Kind, Type};
use postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::line::Name;
use super::table_rows::{Entry, Row, RowSource};

/// Rows that are fetched at a time.
const FETCHED: usize = 2000;

/// Where a connection may take its password from; what stands in a file is seen by too many.
const PASSWORD: &str = "PGPASSWORD";

/// The rows of a query.
pub(crate) struct Postgres {
    client: Client,
    /// Who is asked, for messages.
    place: String,
    columns: Vec<String>,
    kinds: Vec<Written>,
    fetched: std::vec::IntoIter<SimpleQueryMessage>,
    number: u64,
    ended: bool,
}

/// How the server writes a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// `t` and `f`.
    Truth,
    /// `2026-01-31 10:00:00`, in the time zone of the session.
    Moment,
    /// `{a,b}`.
    List,
    /// As we do.
    Plainly,
}

/// Whether this names a database.
pub fn is_database(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// The address of a database without its password.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (who, host) = match authority.rsplit_once('@') {
        Some((who, host)) => (Some(who.split(':').next().unwrap_or_default()), host),
        None => (None, authority),
    };
    let hidden = |part: &str| {
        let secret = part.split('=').next().is_some_and(|key| key.eq_ignore_ascii_case("password"));
        if secret { "password=…".to_owned() } else { part.to_owned() }
    };
    let path = match path.split_once('?') {
        Some((path, asked)) => {
            let parts: Vec<String> = asked.split('&').map(hidden).collect();
            format!("{path}?{}", parts.join("&"))
        }
        None => path.to_owned(),
    };
    format!("{scheme}://{}{host}{path}", who.map_or(String::new(), |who| format!("{who}@")))
}

/// Whether an address holds a password.
pub fn has_password(url: &str) -> bool {
    url.parse::<Config>().is_ok_and(|config| config.get_password().is_some())
}

/// The query that reads a whole table or view, whose schema may stand before its name.
pub fn whole_table(table: &str) -> String {
    let parts: Vec<String> =
        table.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    format!("select * from {}", parts.join("."))
}

impl Postgres {
    /// Connects and begins to read.
    ///
    /// # Errors
    /// A sentence, where there is no connection, or the query is wrong or changes something.
    pub(crate) fn open(url: &str, query: &str) -> Result<Postgres, String> {
        let place = without_password(url);
        let mut client = connect(url, &place)?;
        let query = query.trim().trim_end_matches(';');
        let wrong = |error: postgres::Error| format!("{place}: {}\n  in the query: {query}", said(&error));
        // Nothing is written, and what others write meanwhile is not seen.
        client
            .batch_execute(
                "set time zone 'UTC'; set datestyle to 'ISO, YMD'; set bytea_output to 'hex'; \
                 set extra_float_digits to 1; begin transaction isolation level repeatable read, read only",
            )
            .map_err(wrong)?;
        // Of a prepared statement there is only one, and it says the types of its columns.
        let statement = client.prepare(query).map_err(wrong)?;
        if statement.columns().is_empty() {
            return Err(format!("{place}: the query gives no columns: {query}"));
        }
        let columns: Vec<String> =
            statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let kinds = statement.columns().iter().map(|column| written(column.type_())).collect();
        client.batch_execute(&format!("declare rankine_rows no scroll cursor for {query}")).map_err(wrong)?;
        let fetched = Vec::new().into_iter();
        Ok(Postgres { client, place, columns, kinds, fetched, number: 0, ended: false })
    }

    /// For each column whether it holds lists.
    pub(crate) fn lists(&self) -> impl Iterator<Item = bool> {
        self.kinds.iter().map(|kind| *kind == Written::List)
    }

    fn fetch(&mut self) -> Result<(), String> {
        let asked = format!("fetch forward {FETCHED} from rankine_rows");
        let messages = self.client.simple_query(&asked).map_err(|error| {
            let what = if self.client.is_closed() { "the connection was lost" } else { "reading failed" };
            format!("{}: {what} after {} rows: {}", self.place, self.number, said(&error))
        })?;
        let rows = |message: &SimpleQueryMessage| matches!(message, SimpleQueryMessage::Row(_));
        self.ended = messages.iter().filter(|message| rows(message)).count() < FETCHED;
        self.fetched = messages.into_iter();
        Ok(())
    }
}

impl RowSource for Postgres {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        loop {
            match self.fetched.next() {
                Some(SimpleQueryMessage::Row(read)) => {
                    self.number += 1;
                    row.begin(self.number);
                    row.cells.clear();
                    for (at, kind) in self.kinds.iter().enumerate() {
                        let text = read.try_get(at).map_err(|error| format!("{}: {error}", self.place))?;
                        row.cells.push(text.map_or_else(Entry::default, |text| kind.entry(text)));
                    }
                    return Ok(true);
                }
                Some(_) => {}
                None if self.ended => return Ok(false),
                None => self.fetch()?,
            }
        }
    }
}

fn connect(url: &str, place: &str) -> Result<Client, String> {
    let mut config: Config =
        url.parse().map_err(|error| format!("{place} is not the address of a database: {error}"))?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(format!(
            "{place}: encrypted connections are not built in; connect by a tunnel or a local proxy, \
             with `sslmode=disable`"
        ));
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if config.get_password().is_none()
        && let Some(password) = std::env::var_os(PASSWORD)
    {
        config.password(password.as_encoded_bytes());
    }
    if config.get_hosts().is_empty() {
        config.host("localhost");
    }
    let tcp = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
    config.application_name("rankine");
    config.connect(NoTls).map_err(|error| {
        let said = said(&error);
        let help = if said.contains("password") {
            format!("\n  help: set {PASSWORD}")
        } else if error.as_db_error().is_none() && tcp {
            "\n  help: is it running there, and does it listen on that port?".to_owned()
        } else {
            String::new()
        };
        format!("no connection to {place}: {said}{help}")
    })
}

/// What went wrong, in the words of whoever knows best.
fn said(error: &postgres::Error) -> String {
    if let Some(database) = error.as_db_error() {
        let detail = database.detail().map_or(String::new(), |detail| format!(" ({detail})"));
        let hint = database.hint().map_or(String::new(), |hint| format!("; {hint}"));
        return format!("{}{detail}{hint}", database.message());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn written(kind: &Type) -> Written {
    match kind.kind() {
        Kind::Array(_) => Written::List,
        Kind::Domain(of) => written(of),
        _ if *kind == Type::BOOL => Written::Truth,
        _ if *kind == Type::TIMESTAMP || *kind == Type::TIMESTAMPTZ => Written::Moment,
        _ => Written::Plainly,
    }
}

impl Written {
    fn entry(self, text: &str) -> Entry {
        match self {
            Written::Truth if text == "t" => Entry::Text("true".to_owned()),
            Written::Truth => Entry::Text("false".to_owned()),
            Written::Moment => Entry::Text(moment(text)),
            Written::List => Entry::List(list(text)),
            // Numbers say so themselves where they are none.
            Written::Plainly => Entry::Text(text.to_owned()),
        }
    }
}

/// `2026-01-31 10:00:00.5+00` as RFC 3339 has it; a session in UTC writes no other offset.
fn moment(text: &str) -> String {
    let bare = text.strip_suffix("+00").unwrap_or(text);
    match bare.split_once(' ') {
        Some((date, time)) => format!("{date}T{time}Z"),
        None => text.to_owned(),
    }
}

/// The elements of an array as the server writes it: `{a,"b, c",NULL}`; what is nested stays flat.
fn list(text: &str) -> Vec<Name> {
    // Bounds of an array that does not begin at 1 stand before it.
    let inner = text.find('{').map_or("", |at| &text[at..]);
    let (mut elements, mut element, mut quoted, mut was_quoted) = (Vec::new(), String::new(), false, false);
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => element.extend(letters.next()),
            '"' => (quoted, was_quoted) = (!quoted, true),
            '{' if !quoted => {}
            ',' | '}' if !quoted => {
                let taken = std::mem::take(&mut element);
                if was_quoted || (!taken.is_empty() && !taken.eq_ignore_ascii_case("null")) {
                    elements.push(taken.into());
                }
                was_quoted = false;
            }
            other => element.push(other),
        }
    }
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_lists_of_their_elements() {
        let cases: [(&str, &[&str]); 8] = [
            ("{}", &[]),
            ("{a}", &["a"]),
            ("{a,b}", &["a", "b"]),
            (r#"{"a, b","c\"d",NULL,""}"#, &["a, b", "c\"d", ""]),
            (r#"{"NULL","{x}"}"#, &["NULL", "{x}"]),
            ("{{1,2},{3,4}}", &["1", "2", "3", "4"]),
            ("[0:1]={7,8}", &["7", "8"]),
            ("torn", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(list(text), expected, "{text}");
        }
    }

    #[test]
    fn times_are_rfc_3339() {
        let cases = [
            ("2026-01-31 10:00:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00.25+00", "2026-01-31T10:00:00.25Z"),
            ("infinity", "infinity"),
        ];
        for (text, expected) in cases {
            assert_eq!(moment(text), expected);
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let cases = [
            ("postgres://me:secret@host:5433/db", "postgres://me@host:5433/db"),
            ("postgres://me@host/db?password=secret&table=t", "postgres://me@host/db?password=…&table=t"),
            ("postgresql:///db?host=/run", "postgresql:///db?host=/run"),
            ("postgres://a:b%40c@h", "postgres://a@h"),
        ];
        for (url, expected) in cases {
            assert_eq!(without_password(url), expected);
        }
        assert!(has_password(cases[0].0) && !has_password(cases[2].0));
    }
}
