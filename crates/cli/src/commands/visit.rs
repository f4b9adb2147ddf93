//! `rankine visit`: the world's users visit a running server and react to what it shows them.

use std::collections::BTreeMap;
use std::time::Duration;

use rankine::Progress;
use rankine_world::{Line, Moment, Visit as Visited};
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
    let world = run::world_recipe(world)?.build(visit.seed);
    let server = Server::connect(&visit.server)?;
    let mut population = world.population();
    let (mut visits, mut worth, mut events) = (0, 0.0, 0);
    terminal.begin("visiting", Some(visit.visits as u64));
    for moment in world.afterwards(visit.visits) {
        (terminal as &dyn Progress).check()?;
        match moment {
            Moment::Event(line) => server.events(&[line])?,
            Moment::Visit(visited) => {
                let slate = server.recommend(&visited)?;
                let lines = population.react(&visited, &slate);
                visits += 1;
                worth += world.worth(&lines);
                events += lines.len();
                server.events(&lines)?;
                terminal.advance(1);
            }
        }
    }
    Progress::end(terminal);
    let per_visit = worth / f64::from(visits.max(1));
    if visit.json {
        let object = json!({
            "visits": visits, "events": events, "goal": world.goal(), "worth": worth, "per_visit": per_visit,
        });
        terminal.print(&object.to_string());
    } else {
        terminal.print(&format!(
            "{visits} visits, {events} events, {}: {worth}, {per_visit:.3} a visit; the server logged all of it",
            world.goal()
        ));
    }
    Ok(())
}

struct Server {
    url: String,
    agent: ureq::Agent,
    /// How many items its design shows.
    slate: usize,
    /// The fields that its design declares, by event; `request` is the context. A world writes what its own
    /// design declares, and another design does without the rest, as it does in a log.
    fields: BTreeMap<String, Vec<String>>,
}

impl Server {
    /// Asks a running server what its design knows.
    fn connect(url: &str) -> Result<Server, Trouble> {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(20)))
            .http_status_as_error(false)
            .build();
        let url = url.trim_end_matches('/').to_owned();
        let mut server = Server { url, agent: config.into(), slate: 0, fields: BTreeMap::new() };
        let answer = server.agent.get(format!("{}/v1/schema", server.url)).call();
        let schema: Value = answer
            .and_then(|mut response| response.body_mut().read_json())
            .map_err(|error| server.trouble(&error.to_string()))?;
        let slate = schema["slate"].as_u64().ok_or_else(|| server.trouble("it tells no slate"))?;
        server.slate = slate as usize;
        let names = |list: &Value| -> Vec<String> {
            let named = |one: &Value| one["name"].as_str().map(str::to_owned);
            list.as_array().map(|list| list.iter().filter_map(named).collect()).unwrap_or_default()
        };
        let interactions = schema["interactions"].as_array().cloned().unwrap_or_default();
        for kind in interactions.iter().chain([&schema["user"], &schema["item"]]) {
            server
                .fields
                .insert(kind["name"].as_str().unwrap_or_default().to_owned(), names(&kind["fields"]));
        }
        server.fields.insert("request".to_owned(), names(&schema["context"]));
        Ok(server)
    }

    fn knows(&self, event: &str, field: &str) -> bool {
        self.fields.get(event).is_some_and(|fields| fields.iter().any(|known| known == field))
    }

    fn recommend(&self, visit: &Visited) -> Result<Vec<String>, Trouble> {
        let context: serde_json::Map<String, Value> = visit
            .context
            .iter()
            .filter(|(name, _)| self.knows("request", name))
            .map(|(name, word)| (name.clone(), json!(word)))
            .collect();
        let ask = json!({
            "user": visit.user, "request": visit.id, "time": visit.time, "context": context, "limit": self.slate,
        });
        let answer = self.post("/v1/recommend", &ask)?;
        let items = answer["items"].as_array().ok_or_else(|| self.trouble("its answer has no items"))?;
        Ok(items.iter().filter_map(|item| item["item"].as_str().map(str::to_owned)).collect())
    }

    fn events(&self, lines: &[Line]) -> Result<(), Trouble> {
        let known: Vec<Value> = lines.iter().filter_map(|line| self.known(line)).collect();
        if known.is_empty() {
            return Ok(());
        }
        self.post("/v1/events", &Value::Array(known)).map(|_| ())
    }

    /// What the server's design knows of a line; `None` where it has no such event.
    fn known(&self, line: &Line) -> Option<Value> {
        let mut text = String::new();
        line.write_json(&mut text);
        let mut value: Value = serde_json::from_str(&text).expect("a world writes JSON");
        let event = value["event"].as_str()?.to_owned();
        self.fields.get(&event)?;
        if let Some(fields) = value.get_mut("fields").and_then(Value::as_object_mut) {
            fields.retain(|name, _| self.knows(&event, name));
        }
        Some(value)
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
