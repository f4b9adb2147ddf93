//! `rankine algorithms`: what the registries hold, from the cards.

use rankine_learn::algorithms::{detectors, encoders, rerankers, retrievers, scorers};
use rankine_learn::{Card, features, metrics};
use serde_json::{Value, json};

use crate::arguments::Algorithms;
use crate::report::numbers::setting;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(arguments: &Algorithms, terminal: &Terminal) -> Result<(), Trouble> {
    let all = entries();
    let chosen: Vec<&(&str, &Card)> = match &arguments.name {
        None => all.iter().collect(),
        Some(name) => {
            let found: Vec<_> = all.iter().filter(|(_, card)| card.name == name).collect();
            if found.is_empty() {
                let guess = rankine_design::did_you_mean(name, all.iter().map(|(_, card)| card.name));
                let help = guess.map_or("`rankine algorithms` lists all".to_owned(), |guess| {
                    format!("did you mean `{guess}`?")
                });
                return Err(Trouble::usage(format!("no entry `{name}`"), help));
            }
            found
        }
    };
    if arguments.json {
        let list: Vec<Value> = chosen.iter().map(|(role, card)| object(role, card)).collect();
        terminal.print(&serde_json::to_string_pretty(&json!({ "entries": list })).expect("plain data"));
    } else if arguments.name.is_some() {
        chosen.iter().for_each(|(role, card)| terminal.print(&page(role, card)));
    } else {
        let lines: Vec<String> =
            chosen.iter().map(|(role, card)| format!("{role:9} {:15} {}", card.name, card.what)).collect();
        terminal.print(&lines.join("\n"));
    }
    Ok(())
}

fn entries() -> Vec<(&'static str, &'static Card)> {
    let encoders = encoders::ALL.iter().map(|kind| ("encoder", &kind.card));
    let detectors = detectors::ALL.iter().map(|kind| ("detector", &kind.card));
    let retrievers = retrievers::ALL.iter().map(|kind| ("retriever", &kind.card));
    let scorers = scorers::ALL.iter().map(|kind| ("scorer", &kind.card));
    let rerankers = rerankers::ALL.iter().map(|kind| ("reranker", &kind.card));
    let features = features::ALL.iter().map(|kind| ("feature", &kind.card));
    let metrics = metrics::ALL.iter().map(|metric| ("metric", &metric.card));
    let algorithms = encoders.chain(detectors).chain(retrievers).chain(scorers).chain(rerankers);
    algorithms.chain(features).chain(metrics).collect()
}

fn object(role: &str, card: &Card) -> Value {
    let parameters: Vec<Value> = (card.parameters.iter())
        .map(|parameter| {
            let default = card.defaults().0.get(parameter.name).map(|setting| json!(setting));
            json!({
                "name": parameter.name,
                "doc": parameter.doc,
                "kind": format!("{:?}", parameter.kind),
                "default": default,
                "search": parameter.search,
            })
        })
        .collect();
    json!({
        "role": role, "name": card.name, "what": card.what, "when": card.when, "avoid": card.avoid,
        "cost": card.cost, "source": card.source, "parameters": parameters,
    })
}

fn page(role: &str, card: &Card) -> String {
    let mut text = format!(
        "{} ({role})\n{}\n\nwhen    {}\navoid   {}\ncost    {}\nsource  {}\n",
        card.name, card.what, card.when, card.avoid, card.cost, card.source
    );
    for parameter in card.parameters {
        let default = card.defaults().0.remove(parameter.name);
        let default = match default.map(|default| setting(&default)) {
            None => "required".to_owned(),
            Some(none) if none.is_empty() => "default none".to_owned(),
            Some(default) => format!("default {default}"),
        };
        text.push_str(&format!("\n{:12} {} ({default})", parameter.name, parameter.doc));
    }
    text
}
