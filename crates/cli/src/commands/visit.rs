//! `rankine visit`: the world's users visit a running server and react to what it shows them.

use std::time::Duration;

use rankine::Progress;
use rankine_world::{Line, Moment, Visit as Visited, World};
use serde_json::{Value, json};

use super::run;
use crate::arguments::Visit;
use crate::cases;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(visit: &Visit, terminal: &Terminal) -> Result<(), Trouble> {
    let found = cases::find(&visit.design)?;
    let Some(world) = &found.world else {
        return Err(Trouble::usage("this design has no world", "visits come from the world.toml beside it"));
    };
    let world = World::new(&run::world_settings(world)?, visit.seed);
    let server = Server::new(&visit.server);
    let limit = server.slate()?;
    let mut population = world.population();
    let (mut visits, mut taken, mut events) = (0, 0, 0);
    terminal.begin("visiting", Some(visit.visits as u64));
    for moment in world.afterwards(visit.visits) {
        (terminal as &dyn Progress).check()?;
        match moment {
            Moment::Born(line) => server.events(&[line])?,
            Moment::Visit(visited) => {
                let slate = server.recommend(&visited, limit)?;
                let lines = population.react(&world, &visited, &slate);
                visits += 1;
                taken += world.relevant(&lines);
                events += lines.len();
                server.events(&lines)?;
                terminal.advance(1);
            }
        }
    }
    Progress::end(terminal);
    let per_visit = taken as f64 / f64::from(visits.max(1));
    if visit.json {
        let object = json!({ "visits": visits, "events": events, "relevant": taken, "per_visit": per_visit });
        terminal.print(&object.to_string());
    } else {
        terminal.print(&format!(
            "{visits} visits, {events} events, {taken} relevant: {per_visit:.3} a visit; the server logged all of it"
        ));
    }
    Ok(())
}

struct Server {
    url: String,
    agent: ureq::Agent,
}

impl Server {
    fn new(url: &str) -> Server {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(20)))
            .http_status_as_error(false)
            .build();
        Server { url: url.trim_end_matches('/').to_owned(), agent: config.into() }
    }

    /// How many items the server's design shows.
    fn slate(&self) -> Result<usize, Trouble> {
        let mut response = self
            .agent
            .get(format!("{}/v1/schema", self.url))
            .call()
            .map_err(|error| self.trouble(&error.to_string()))?;
        let schema: Value =
            response.body_mut().read_json().map_err(|error| self.trouble(&error.to_string()))?;
        schema["slate"].as_u64().map(|slate| slate as usize).ok_or_else(|| self.trouble("it tells no slate"))
    }

    fn recommend(&self, visit: &Visited, limit: usize) -> Result<Vec<String>, Trouble> {
        let context: serde_json::Map<String, Value> =
            visit.context.iter().map(|(name, word)| (name.clone(), json!(word))).collect();
        let ask = json!({
            "user": visit.user, "request": visit.id, "time": visit.time, "context": context, "limit": limit,
        });
        let answer = self.post("/v1/recommend", &ask)?;
        let items = answer["items"].as_array().ok_or_else(|| self.trouble("its answer has no items"))?;
        Ok(items.iter().filter_map(|item| item["item"].as_str().map(str::to_owned)).collect())
    }

    fn events(&self, lines: &[Line]) -> Result<(), Trouble> {
        if lines.is_empty() {
            return Ok(());
        }
        let value = |line: &Line| {
            let mut text = String::new();
            line.write_json(&mut text);
            serde_json::from_str(&text).expect("a world writes JSON")
        };
        let lines: Vec<Value> = lines.iter().map(value).collect();
        self.post("/v1/events", &Value::Array(lines)).map(|_| ())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        let mut response = self
            .agent
            .post(format!("{}{path}", self.url))
            .send_json(body)
            .map_err(|error| self.trouble(&error.to_string()))?;
        let answer: Value =
            response.body_mut().read_json().map_err(|error| self.trouble(&error.to_string()))?;
        if response.status().is_success() {
            Ok(answer)
        } else {
            Err(self.trouble(&format!("{path} answered {}: {}", response.status(), answer["detail"])))
        }
    }

    fn trouble(&self, what: &str) -> Trouble {
        Trouble::other(format!("{}: {what}", self.url), "start one with `rankine serve RUN`")
    }
}
