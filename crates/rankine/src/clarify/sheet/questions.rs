//! Questions about what a design leaves open.

use rankine_design::{Design, Fraction};
use rankine_learn::Task;

use super::Question;
use crate::problem::{Problem, Slice};

/// What is absent, and what is assumed for it.
pub(super) fn questions(design: &Design, problem: &Problem) -> Vec<Question> {
    let mut list = List(Vec::new());
    asked(design, problem, &mut list);
    scale(design, &mut list);
    judged(design, problem, &mut list);
    users_and_items(design, problem, &mut list);
    list.0
}

struct List(Vec<Question>);

impl List {
    /// Adds a question where its answer is absent.
    fn ask(
        &mut self,
        absent: bool,
        question: impl Into<String>,
        assumption: impl Into<String>,
        line: impl Into<String>,
    ) {
        if absent {
            let (question, assumption, line) = (question.into(), assumption.into(), line.into());
            self.0.push(Question { question, assumption, line });
        }
    }
}

fn asked(design: &Design, problem: &Problem, list: &mut List) {
    let (user, item) = (&problem.schema.user().name, &problem.schema.item().name);
    let asked = &design.problem;
    let question = "What does the business want, in its own words?";
    let line = "[problem] objective = \"relevant watches\"";
    list.ask(asked.objective.is_none(), question, &problem.objective, line);
    let slate = problem.slate.to_string();
    let ranks = problem.task == Task::Rank;
    list.ask(asked.slate.is_none() && ranks, "How many are shown at once?", slate, "[problem] slate = 10");
    let question = format!("May {item}s that a {user} took be offered again?");
    list.ask(asked.repeat.is_none() && ranks, question, "no", "[problem] repeat = true");
    for label in &design.labels {
        let name = &label.name.value;
        let question = match problem.task {
            Task::Detect => format!("How long after a picture was taken do boxes of `{name}` still count?"),
            _ => format!("How long after a request does an event still count for `{name}`?"),
        };
        list.ask(label.within.is_none(), question, "1h", format!("[label.{name}] within = \"1h\""));
    }
}

fn scale(design: &Design, list: &mut List) {
    let scale = &design.scale;
    let questions = [
        (
            scale.latency_p99.is_none(),
            "How fast must an answer be?",
            "any speed may win",
            "latency_p99 = \"50ms\"",
        ),
        (scale.memory.is_none(), "How much memory has a server?", "any size may win", "memory = \"2GiB\""),
        (scale.users.is_none(), "How many ask?", "not known: costs cannot be sized", "users = \"2M daily\""),
        (
            scale.items.is_none(),
            "How many are there to choose from?",
            "as many as the log holds; models cannot be sized",
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
            "one for each request and each item shown",
            "events_day = \"100M\"",
        ),
    ];
    for (absent, question, assumption, line) in questions {
        list.ask(absent, question, assumption, format!("[scale] {line}"));
    }
}

fn judged(design: &Design, problem: &Problem, list: &mut List) {
    let (written, evaluate) = (&design.evaluate, &problem.evaluate);
    let question = "Which gain is too small to pay for?";
    let assumption = "less than 1% of the baseline's value";
    list.ask(written.margin.is_none(), question, assumption, "[evaluate] margin = \"1%\"");
    let line = "[evaluate] guard = [\"coverage >= 0.05\"]";
    list.ask(written.guard.is_empty(), "What must not get worse, whatever the gain?", "nothing", line);
    let assumption = format!("`{}`, the first contender", evaluate.baseline);
    let line = format!("[evaluate] baseline = \"{}\"", evaluate.baseline);
    list.ask(written.baseline.is_none(), "What is to be beaten?", assumption, line);
    let [history, train, validation, test] = evaluate.periods.map(Fraction);
    list.ask(
        written.periods.span.is_none(),
        "Which part of the log trains, and which judges?",
        format!("{history} history, {train} train, {validation} validation, {test} test"),
        "[evaluate] periods = { history = \"50%\", train = \"20%\", validation = \"15%\", test = \"15%\" }",
    );
}

fn users_and_items(design: &Design, problem: &Problem, list: &mut List) {
    match problem.task {
        Task::Rank => {}
        Task::Detect => return detected(design, problem, list),
        Task::Classify | Task::Regress => return predicted(problem, list),
    }
    let (user, item) = (&problem.schema.user().name, &problem.schema.item().name);
    let apart = problem.evaluate.slices.contains(&Slice::UserNew);
    let question = format!("What does a {user} without a history get?");
    let assumption = "whatever the contender makes of it; nobody looks at them apart";
    list.ask(!apart, question, assumption, format!("[evaluate] slices = [\"{user}.new\"]"));
    let explores = problem.contenders.iter().any(|contender| {
        contender.retrieve.iter().any(|step| matches!(step.algorithm.as_str(), "random" | "recent"))
    });
    let question = format!("How does a {item} that nobody took yet get its chance?");
    let line = "[[contenders]] retrieve = [\"popular\", \"recent\"]";
    list.ask(!explores, question, "it does not: no contender explores", line);
}

fn detected(design: &Design, problem: &Problem, list: &mut List) {
    let item = &problem.schema.item().name;
    let decide = &design.decide;
    let weighed = decide.cost_missed.is_some() || decide.cost_wrong.is_some() || decide.act.is_some();
    let question = "What does it cost to miss one, and what to act on nothing?";
    let line = "[decide] cost_missed = 10";
    list.ask(!weighed, question, "the same", line);
    let question =
        format!("Which {item}s or boxes must not be found worse than the rest: small, dark, half hidden?");
    let line = "[evaluate] slices = [\"box.small\"]";
    list.ask(problem.evaluate.slices.is_empty(), question, "nobody looks at them apart", line);
    let question = format!("Which {item}s belong together, so that none is learned from and judged by?");
    let line = "[problem] for = \"drive\"";
    list.ask(design.problem.for_.is_none(), question, "none: each stands for itself", line);
    let question = "How sure is it that people marked all that is there?";
    let assumption = "they did: what they missed counts as a mistake of the detector";
    list.ask(true, question, assumption, "");
}

fn predicted(problem: &Problem, list: &mut List) {
    let item = &problem.schema.item().name;
    let acts = problem.decide.acts() || problem.decide.worth.is_some();
    let question = format!("What is done with the prediction of a {item}, and what does each mistake cost?");
    let assumption = "nothing is decided: all mistakes count alike";
    let line = "[decide] reviews_day = 200";
    list.ask(!acts && problem.task == Task::Classify, question, assumption, line);
    let question = format!("For which {item}s or people must it not be worse than for the rest?");
    let line = format!("[evaluate] slices = [\"{item}.new\"]");
    list.ask(problem.evaluate.slices.is_empty(), question, "nobody looks at them apart", line);
    for label in &problem.labels.0 {
        let name = &label.name;
        let question = format!("Does it mean no for `{name}` that no such event came, or is it not known?");
        let (assumption, other) = if label.unknown { ("not known", "no") } else { ("no", "unknown") };
        let line = format!("[label.{name}] otherwise = \"{other}\"");
        list.ask(true, question, assumption, line);
    }
}
