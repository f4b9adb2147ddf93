//! The page's face of an interview: plain forms over the same seats, without scripts from elsewhere.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use rankine::Silent;
use rankine::interview::{Block, Level, MINUTES, Pace, Phase, Question, Score, Setting};

use super::{Seat, face, whole};
use crate::cases;
use crate::commands::interview::{another_seed, brief};
use crate::trouble::Trouble;

/// Tells that something is being executed, and keeps the latest in view; the page works without it.
const SCRIPT: &str = "document.querySelectorAll('form').forEach(f=>f.addEventListener('submit',()=>{\
    document.body.classList.add('busy');f.querySelectorAll('button').forEach(b=>setTimeout(()=>b.disabled=true,0))}));\
    const n=document.getElementById('now');if(n)n.scrollIntoView();";

/// The interviews that this server holds.
pub(crate) struct Hall {
    /// Where interviews are kept.
    folder: PathBuf,
    /// By name of their folder; each is answered by one request at a time.
    seats: Mutex<BTreeMap<String, Arc<Mutex<Seat>>>>,
}

type Halled = State<Arc<Hall>>;
type Fields = Form<Vec<(String, String)>>;

impl Hall {
    /// A hall whose interviews are kept below `folder`.
    pub(crate) fn new(folder: PathBuf) -> Hall {
        Hall { folder, seats: Mutex::default() }
    }

    /// Opens an interview; its name.
    pub(crate) fn open(&self, setting: &Setting) -> Result<String, Trouble> {
        let seat = Seat::open(brief(&setting.case)?, setting, &self.folder)?;
        Ok(self.keep(seat))
    }

    fn keep(&self, seat: Seat) -> String {
        let name =
            seat.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.insert(name.clone(), Arc::new(Mutex::new(seat)));
        name
    }

    /// The seat of this name; one that another process left is taken up again.
    fn seat(&self, name: &str) -> Result<Arc<Mutex<Seat>>, Trouble> {
        let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        let folder = self.folder.join(name);
        let held = self.seats.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        match held {
            Some(seat) => Ok(seat),
            None if plain && folder.join("answers.jsonl").is_file() => {
                let seat = Seat::resume(&folder, brief, &Silent)?;
                let name = self.keep(seat);
                self.seat(&name)
            }
            None => Err(Trouble::usage(format!("there is no interview `{name}`"), "open a new one")),
        }
    }
}

/// The routes.
pub(crate) fn router(hall: Arc<Hall>) -> Router {
    Router::new()
        .route("/interview", get(hall_page).post(begin))
        .route("/interview/{name}", get(page).post(say))
        .route("/interview/{name}/transcript.md", get(transcript))
        .with_state(hall)
}

async fn hall_page(State(hall): Halled) -> Html<String> {
    let mut kept: Vec<String> = std::fs::read_dir(&hall.folder)
        .map(|entries| {
            entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect()
        })
        .unwrap_or_default();
    kept.sort();
    kept.retain(|name| !hall.folder.join(name).join("score.json").is_file());
    let body = html! {
        h1 { "An interview" }
        p { "The interviewer executes your answers: in a world of its own, whose parameters the seed hides." }
        form method="post" action="/interview" {
            label { "Case " select name="case" { @for case in cases::interviewed() { option { (case) } } } }
            label { "Level " select name="level" {
                option { "junior" } option selected { "senior" } option { "staff" }
            } }
            label { "Seed " input name="seed" inputmode="numeric" placeholder="any"; }
            button { "Begin" }
        }
        @if !kept.is_empty() {
            h2 { "Not over yet" }
            ul { @for name in &kept { li { a href={ "/interview/" (name) } { (name) } } } }
        }
    };
    Html(whole("An interview", &body, SCRIPT))
}

async fn begin(State(hall): Halled, headers: HeaderMap, Form(fields): Fields) -> Response {
    if let Some(refused) = foreign(&headers) {
        return refused;
    }
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
    let seed = match field("seed") {
        "" => another_seed(),
        text => match text.parse() {
            Ok(seed) => seed,
            Err(_) => return trouble(&Trouble::usage(format!("`{text}` is no seed"), "a whole number")),
        },
    };
    let level = Level::find(field("level")).unwrap_or(Level::Senior);
    let setting = Setting { case: field("case").to_owned(), seed, level, pace: Pace::Acts };
    let opened = done(tokio::task::spawn_blocking(move || hall.open(&setting)).await);
    opened.map_or_else(IntoResponse::into_response, |name| {
        Redirect::to(&format!("/interview/{name}")).into_response()
    })
}

/// What becomes of a request that needs a seat, or what went wrong with it.
async fn seated<T: Send + 'static>(
    hall: Arc<Hall>,
    name: String,
    then: impl FnOnce(&mut Seat) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Refused> {
    let work = move || {
        let seat = hall.seat(&name)?;
        let mut seat = seat.lock().unwrap_or_else(PoisonError::into_inner);
        then(&mut seat)
    };
    done(tokio::task::spawn_blocking(work).await)
}

fn done<T>(ended: Result<Result<T, Trouble>, tokio::task::JoinError>) -> Result<T, Refused> {
    ended.map_err(|_| Refused::Broken)?.map_err(Refused::Trouble)
}

/// Why a request is not answered.
enum Refused {
    Trouble(Trouble),
    /// The work on it broke off.
    Broken,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Refused::Trouble(error) => trouble(&error),
            Refused::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

async fn page(State(hall): Halled, Path(name): Path<String>) -> Result<Html<String>, Refused> {
    let called = name.clone();
    seated(hall, name, move |seat| {
        Ok(Html(whole(&seat.interview.room.brief.plan.title, &talk(seat, &called), SCRIPT)))
    })
    .await
}

async fn say(
    State(hall): Halled,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    if let Some(refused) = foreign(&headers) {
        return refused;
    }
    // A button that was pressed goes before what stands in the field.
    let typed = |name: &str| fields.iter().find(|(key, value)| key == name && !value.trim().is_empty());
    let typed = typed("act").or_else(|| typed("line"));
    let chosen: Vec<&str> =
        fields.iter().filter(|(key, _)| key == "choice").map(|(_, value)| value.as_str()).collect();
    let chosen = chosen.join(", ");
    let line = match typed {
        Some((_, line)) if line == "pick" => format!("pick {chosen}"),
        Some((_, line)) => line.replace(['\r', '\n'], " "),
        None => chosen,
    };
    let back = Redirect::to(&format!("/interview/{name}#now")).into_response();
    if line.is_empty() {
        return back;
    }
    let said = seated(hall, name, move |seat| seat.say(&line, &Silent)).await;
    said.map_or_else(IntoResponse::into_response, |_| back)
}

async fn transcript(State(hall): Halled, Path(name): Path<String>) -> Result<Response, Refused> {
    let text = seated(hall, name, |seat| Ok(rankine::interview::markdown(&seat.interview))).await?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
}

/// Refuses forms that another site sends.
fn foreign(headers: &HeaderMap) -> Option<Response> {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    matches!(site, Some("cross-site" | "same-site"))
        .then(|| (StatusCode::FORBIDDEN, "this form was sent by another site").into_response())
}

fn trouble(error: &Trouble) -> Response {
    let body = html! {
        h1 { "That did not work" }
        p { (error.to_string()) }
        @if let Some(help) = error.help() { p { (help) } }
        p { a href="/interview" { "to the interviews" } }
    };
    (StatusCode::BAD_REQUEST, Html(whole("That did not work", &body, SCRIPT))).into_response()
}

fn talk(seat: &Seat, name: &str) -> Markup {
    let (own, all) = seat.interview.minutes();
    let phase = seat.interview.phase();
    let question = seat.interview.question();
    html! {
        nav {
            ol { @for one in seat.interview.parts() { li aria-current=[(one == phase).then_some("step")] { (one.name()) } } }
            p.clock { (seat.interview.shown(all)) " of " (seat.interview.shown(MINUTES)) @if phase != Phase::Over {
                ", " (seat.interview.shown(own)) " of " (seat.interview.shown(phase.minutes())) " here"
            } }
        }
        (blocks(&seat.interview.talk()))
        @match (question, seat.interview.score()) {
            (Some(question), _) => (form(&question, name)),
            (None, Some(score)) => (over(score, name)),
            (None, None) => {}
        }
    }
}

fn blocks(blocks: &[Block]) -> Markup {
    html! {
        @for block in blocks {
            @match block {
                Block::Heading(words) => h2 { (words) },
                Block::Asked(asked) => {
                    p.asked { (marked(&asked.ask)) }
                    @if !asked.options.is_empty() { ol.asked { @for option in &asked.options { li { (option) } } } }
                },
                Block::Line(words) => p.own { (words) },
                Block::Speech(words) => p.speech { (marked(words)) },
                Block::Evidence(words) => p.evidence { (marked(words)) },
                Block::Table { head, rows } => div.wide { table {
                    thead { tr { @for cell in head { th scope="col" { (cell) } } } }
                    tbody { @for row in rows { tr { @for cell in row { td { (cell) } } } } }
                } },
            }
        }
    }
}

/// Text with what stands between backticks as code.
fn marked(words: &str) -> Markup {
    html! {
        @for (at, part) in words.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn form(question: &Question, name: &str) -> Markup {
    let kind = if question.most > 1 { "checkbox" } else { "radio" };
    html! {
        form #now method="post" action={ "/interview/" (name) } {
            p.ask { (marked(&question.ask)) }
            @for (at, option) in question.options.iter().enumerate() {
                label.option {
                    input type=(kind) name="choice" value=(at + 1);
                    span { (at + 1) ". " (option) }
                }
            }
            label.line {
                span { @if question.options.is_empty() { "Your answer" } @else { "or in words" } }
                input name="line" maxlength="2000" autocomplete="off" placeholder=(face::answered(question));
            }
            p.acts {
                button.main { "Answer" }
                @for (word, does) in &question.words { button name="act" value=(word) { (does) } }
                @for word in ["next", "back", "hint", "help", "time"] { button name="act" value=(word) { (word) } }
            }
            p.wait role="status" { "executing" }
        }
    }
}

fn over(score: &Score, name: &str) -> Markup {
    html! {
        section #now.over {
            h2 { (format!("{:.0} of 100", score.total)) }
            ul.bars { @for part in &score.parts { li {
                span { (part.name) }
                meter min="0" max=(part.of) value=(part.points) {}
                span { (format!("{:.1} of {:.1}", part.points, part.of)) }
            } } }
            p { a href={ "/interview/" (name) "/transcript.md" } { "transcript" } " · "
                a href="/interview" { "another interview" } }
        }
    }
}
