//! Questions about what a design leaves open.

use rankine_design::{Design, short};

use super::Question;
use crate::problem::Problem;

/// What is absent, and what is assumed for it.
pub(super) fn questions(design: &Design, problem: &Problem) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    let mut ask = |absent: bool, question: &str, assumption: String, line: &str| {
        if absent {
            let (question, line) = (question.to_owned(), line.to_owned());
            questions.push(Question { question, assumption, line });
        }
    };
    let (asked, scale, evaluate) = (&design.problem, &design.scale, &design.evaluate);
    let item = &problem.schema.item().name;
    let user = &problem.schema.user().name;
    ask(
        asked.objective.is_none(),
        "What does the business want, in its own words?",
        problem.objective.clone(),
        "[problem] objective = \"relevant watches\"",
    );
    ask(
        asked.slate.is_none(),
        "How many are shown at once?",
        problem.slate.to_string(),
        "[problem] slate = 10",
    );
    ask(
        asked.repeat.is_none(),
        &format!("May {item}s that a {user} took be offered again?"),
        "no".to_owned(),
        "[problem] repeat = true",
    );
    for label in &design.labels {
        let name = &label.name.value;
        ask(
            label.within.is_none(),
            &format!("How long after a request does an event still count for `{name}`?"),
            "1h".to_owned(),
            &format!("[label.{name}] within = \"1h\""),
        );
    }
    for (absent, question, assumption, line) in [
        (
            scale.latency_p99.is_none(),
            "How fast must an answer be?",
            "any speed may win",
            "latency_p99 = \"50ms\"",
        ),
        (scale.memory.is_none(), "How much memory has a server?", "any size may win", "memory = \"2GiB\""),
        (
            scale.users.is_none(),
            "How many ask in a day?",
            "not known: costs cannot be sized",
            "users = \"2M daily\"",
        ),
        (
            scale.items.is_none(),
            "How many are there to choose from?",
            "as many as the log holds",
            "items = \"5M\"",
        ),
        (
            scale.requests_peak.is_none(),
            "How many requests come at the busiest time?",
            "20/s a server",
            "requests_peak = \"1200/s\"",
        ),
        (scale.servers.is_none(), "How many servers share the load?", "1", "servers = 12"),
        (
            scale.events_day.is_none(),
            "How many events come in a day?",
            "not known: storage cannot be sized",
            "events_day = \"100M\"",
        ),
    ] {
        ask(absent, question, assumption.to_owned(), &format!("[scale] {line}"));
    }
    ask(
        evaluate.margin.is_none(),
        "Which gain is too small to pay for?",
        "less than 1% of the baseline's value".to_owned(),
        "[evaluate] margin = \"1%\"",
    );
    ask(
        evaluate.guard.is_empty(),
        "What must not get worse, whatever the gain?",
        "nothing".to_owned(),
        "[evaluate] guard = [\"coverage >= 0.05\"]",
    );
    ask(
        evaluate.baseline.is_none(),
        "What is to be beaten?",
        format!("`{}`, the first contender", problem.evaluate.baseline),
        &format!("[evaluate] baseline = \"{}\"", problem.evaluate.baseline),
    );
    let new_users = problem.evaluate.slices.contains(&crate::problem::Slice::UserNew);
    ask(
        !new_users,
        &format!("What does a {user} without a history get?"),
        "whatever the contender makes of it; nobody looks at them apart".to_owned(),
        &format!("[evaluate] slices = [\"{user}.new\"]"),
    );
    let explores = problem.contenders.iter().any(|contender| {
        contender.retrieve.iter().any(|step| matches!(step.algorithm.as_str(), "random" | "recent"))
    });
    ask(
        !explores,
        &format!("How does a {item} that nobody took yet get its chance?"),
        "it does not: no contender explores".to_owned(),
        "[[contenders]] retrieve = [\"popular\", \"recent\"]",
    );
    ask(
        evaluate.periods.span.is_none(),
        "Which part of the log trains, and which judges?",
        format!(
            "{}% history, {}% train, {}% validation, {}% test",
            percent(problem.evaluate.periods[0]),
            percent(problem.evaluate.periods[1]),
            percent(problem.evaluate.periods[2]),
            percent(problem.evaluate.periods[3])
        ),
        "[evaluate] periods = { history = \"50%\", train = \"20%\", validation = \"15%\", test = \"15%\" }",
    );
    questions
}

fn percent(share: f64) -> String {
    short((share * 1000.0).round() / 10.0)
}
