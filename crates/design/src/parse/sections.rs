//! The tables of a design, one function each.

use super::reader::{Reader, Section, Value};
use super::syntax::{Content, Entry, Node};
use super::tables;
use crate::design::{
    Contender, Decide, Design, Entity, Evaluate, Event, Feature, Field, FieldType, Label, Periods, Prices,
    ProblemSection, Scale, Setting, Settings, Split, Step, Task,
};
use crate::finding::Finding;
use crate::keys::{self, Kind};
use crate::source::{Span, Spanned};
use crate::suggest::quoted;

pub(super) fn design(reader: &mut Reader<'_>, root: &[Entry]) -> Design {
    let mut file = reader.section("", "the design", root, None);
    let mut design = Design::default();
    if let Some(node) = file.node("problem") {
        design.problem = problem(reader, node);
    }
    if let Some(node) = file.node("scale") {
        design.scale = scale(reader, node);
    }
    for entry in named(reader, &mut file, "entities") {
        let fields = fields(reader, &entry.key.value, "entities.*", &entry.value);
        design.entities.push(Entity { name: entry.key.clone(), fields });
    }
    if let Some(node) = file.node("request") {
        design.request = fields(reader, "request", "request", node);
    }
    for entry in named(reader, &mut file, "events") {
        let fields = fields(reader, &entry.key.value, "events.*", &entry.value);
        design.events.push(Event { name: entry.key.clone(), fields });
    }
    for entry in named(reader, &mut file, "label") {
        design.labels.push(label(reader, entry));
    }
    for entry in named(reader, &mut file, "features") {
        design.features.push(feature(reader, entry));
    }
    if let Some(node) = file.node("contenders") {
        design.contenders = contenders(reader, node);
    }
    if let Some(node) = file.node("decide") {
        design.decide = decide(reader, node);
    }
    if let Some(node) = file.node("prices") {
        design.prices = prices(reader, node);
    }
    if let Some(node) = file.node("evaluate") {
        design.evaluate = evaluate(reader, node);
    }
    if let Some(node) = file.node("tables") {
        design.tables = tables::tables(reader, node);
    }
    design
}

fn problem(reader: &mut Reader<'_>, node: &Node) -> ProblemSection {
    let entries = reader.entries("problem", node);
    let mut section = reader.section("problem", "`[problem]`", entries, node.span);
    ProblemSection {
        span: Some(section.span),
        name: section.take("name"),
        task: section.take::<String>("task").and_then(|text| spanned(task(&text.value), text.span)),
        objective: section.take("objective"),
        for_: section.take("for"),
        choose: section.take("choose"),
        slate: section.take("slate"),
        repeat: section.take("repeat"),
    }
}

fn scale(reader: &mut Reader<'_>, node: &Node) -> Scale {
    let entries = reader.entries("scale", node);
    let mut section = reader.section("scale", "`[scale]`", entries, node.span);
    Scale {
        span: Some(section.span),
        users: section.take("users"),
        requests_peak: section.take("requests_peak"),
        latency_p99: section.take("latency_p99"),
        memory: section.take("memory"),
        servers: section.take("servers"),
        items: section.take("items"),
        events_day: section.take("events_day"),
    }
}

fn label(reader: &mut Reader<'_>, entry: &Entry) -> Label {
    let entries = reader.entries(&entry.key.value, &entry.value);
    let title = format!("`[label.{}]`", entry.key.value);
    let mut section = reader.section("label.*", &title, entries, entry.key.span);
    Label {
        name: entry.key.clone(),
        from: section.texts("from"),
        when: section.take("when"),
        value: section.take("value"),
        unknown: section.take::<String>("otherwise").map(|word| word.map(|word| word == "unknown")),
        within: section.take("within"),
    }
}

fn feature(reader: &mut Reader<'_>, entry: &Entry) -> Feature {
    let name = entry.key.clone();
    let Content::Table(entries) = &entry.value.content else {
        let example = "{ kind = \"count\", event = \"click\" }";
        reader.wrong_type(&name.value, "a table with `kind`", Some(example), &entry.value);
        return Feature { name, kind: None, settings: Vec::new() };
    };
    let title = format!("the feature {}", quoted(&name.value));
    let mut section = reader.section("features.*", &title, entries, name.span);
    let kind = section.take("kind");
    Feature { name, kind, settings: settings(reader, &section.own) }
}

fn contenders(reader: &mut Reader<'_>, node: &Node) -> Vec<Contender> {
    let mut contenders: Vec<Contender> = Vec::new();
    let Content::List(nodes) = &node.content else { return contenders };
    if nodes.is_empty() && !reader.broken {
        let message = "there is no contender; at least one is needed";
        let help = "begin each one with `[[contenders]]`, in double brackets";
        reader.findings.push(Finding::error("missing-key", node.span, message).help(help));
    }
    for node in nodes {
        let contender = contender(reader, node);
        let same = |other: &Contender| other.name.value == contender.name.value;
        if !contender.name.value.is_empty() && contenders.iter().any(same) {
            let message = format!("there are two contenders of the name {}", quoted(&contender.name.value));
            let finding = Finding::error("duplicate-name", contender.name.span, message);
            reader.findings.push(finding.help("give each contender a name of its own"));
        }
        contenders.push(contender);
    }
    contenders
}

fn contender(reader: &mut Reader<'_>, node: &Node) -> Contender {
    let entries = reader.entries("contenders", node);
    let mut section = reader.section("contenders", "`[[contenders]]`", entries, node.span);
    let name = section.take("name").unwrap_or_else(|| Spanned::new(String::new(), node.span));
    let fuse = steps(reader, &mut section, "fuse");
    let detect = steps(reader, &mut section, "detect");
    let once = [
        (&fuse, "fuse", "put what changes the order afterwards into `rerank`"),
        (&detect, "detect", "give the other detector a contender of its own"),
    ];
    for (steps, key, help) in once {
        if let Some(second) = steps.get(1) {
            let message = format!("a contender has one `{key}`, and this is a second one");
            reader.findings.push(Finding::error("too-many", second.algorithm.span, message).help(help));
        }
    }
    Contender {
        name,
        encode: steps(reader, &mut section, "encode"),
        retrieve: steps(reader, &mut section, "retrieve"),
        detect,
        depth: section.take("depth"),
        score: steps(reader, &mut section, "score"),
        fuse,
        negatives: section.take("negatives"),
        rerank: steps(reader, &mut section, "rerank"),
        features: section.take::<Vec<_>>("features").map(|features| features.value),
    }
}

fn steps(reader: &mut Reader<'_>, section: &mut Section<'_>, key: &str) -> Vec<Step> {
    match section.node(key) {
        Some(Node { content: Content::List(nodes), .. }) => {
            nodes.iter().filter_map(|node| step(reader, key, node)).collect()
        }
        Some(node) => step(reader, key, node).into_iter().collect(),
        None => Vec::new(),
    }
}

fn step(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Step> {
    match &node.content {
        Content::Text(text) => {
            Some(Step { algorithm: Spanned::new(text.clone(), node.span), settings: Vec::new() })
        }
        Content::Table(entries) => {
            let title = format!("this step of `{key}`");
            let mut section = reader.section("step", &title, entries, node.span);
            let algorithm = section.take("algorithm");
            let settings = settings(reader, &section.own);
            algorithm.map(|algorithm| Step { algorithm, settings })
        }
        _ => {
            let wanted = "an algorithm's name or a table with `algorithm`";
            reader.wrong_type(key, wanted, Some("[{ algorithm = \"als\", factors = 32 }]"), node);
            None
        }
    }
}

fn evaluate(reader: &mut Reader<'_>, node: &Node) -> Evaluate {
    let entries = reader.entries("evaluate", node);
    let mut section = reader.section("evaluate", "`[evaluate]`", entries, node.span);
    Evaluate {
        span: Some(section.span),
        metric: section.take("metric"),
        baseline: section.take("baseline"),
        margin: section.take("margin"),
        confidence: section.take("confidence"),
        guard: section.texts("guard"),
        report: section.texts("report"),
        slices: section.texts("slices"),
        trials: section.take("trials"),
        periods: section.node("periods").map(|node| periods(reader, node)).unwrap_or_default(),
        split: section.take::<String>("split").map(|word| word.map(|word| split(&word))),
        group_similar: section.take("group_similar"),
        freshness: section.take("freshness"),
        propensity: section.take("propensity"),
        pool: section.take("pool"),
        allow: section.node("allow").map(|node| allow(reader, node)).unwrap_or_default(),
    }
}

/// Names with texts.
fn allow(reader: &mut Reader<'_>, node: &Node) -> Vec<(Spanned<String>, Spanned<String>)> {
    let entries = reader.entries("allow", node);
    let section = reader.section("evaluate.allow", "`allow`", entries, node.span);
    let mut allowed = Vec::with_capacity(section.own.len());
    for entry in section.own {
        let value = reader.value(Kind::Text, &entry.key.value, Some("\"the reason\""), &entry.value);
        if let Some(Value::Text(reason)) = value {
            allowed.push((entry.key.clone(), Spanned::new(reason, entry.value.span)));
        }
    }
    allowed
}

fn split(word: &str) -> Split {
    match word {
        "rows" => Split::Rows,
        "shuffled" => Split::Shuffled,
        _ => Split::Time,
    }
}

fn decide(reader: &mut Reader<'_>, node: &Node) -> Decide {
    let entries = reader.entries("decide", node);
    let mut section = reader.section("decide", "`[decide]`", entries, node.span);
    Decide {
        span: Some(section.span),
        worth: section.take("worth"),
        act: section.take("act"),
        reviews_day: section.take("reviews_day"),
        cost_missed: section.take("cost_missed"),
        cost_wrong: section.take("cost_wrong"),
        cost_review: section.take("cost_review"),
    }
}

fn prices(reader: &mut Reader<'_>, node: &Node) -> Prices {
    let entries = reader.entries("prices", node);
    let mut section = reader.section("prices", "`[prices]`", entries, node.span);
    Prices {
        span: Some(section.span),
        currency: section.take("currency"),
        server_month: section.take("server_month"),
        storage_gib_month: section.take("storage_gib_month"),
        outcome: section.take("outcome"),
    }
}

fn periods(reader: &mut Reader<'_>, node: &Node) -> Periods {
    let entries = reader.entries("periods", node);
    let mut section = reader.section("evaluate.periods", "`periods`", entries, node.span);
    Periods {
        span: Some(section.span),
        history: section.take("history"),
        train: section.take("train"),
        validation: section.take("validation"),
        test: section.take("test"),
    }
}

/// The entries of a table whose keys are names of the user's own.
fn named<'n>(reader: &mut Reader<'_>, file: &mut Section<'n>, key: &str) -> Vec<&'n Entry> {
    let Some(node) = file.node(key) else { return Vec::new() };
    let mut entries: Vec<&Entry> = Vec::new();
    for entry in reader.entries(key, node) {
        reader.name(&entry.key.value, entry.key.span);
        entries.push(entry);
    }
    entries
}

/// The fields of an entity, an event or the request.
fn fields(reader: &mut Reader<'_>, of: &str, path: &str, node: &Node) -> Vec<Field> {
    let entries = reader.entries(of, node);
    let section = reader.section(path, &quoted(of), entries, node.span);
    let kind = Kind::OneOf(keys::FIELD_TYPES);
    let mut fields = Vec::with_capacity(section.own.len());
    for entry in section.own {
        reader.name(&entry.key.value, entry.key.span);
        let value = reader.value(kind, &entry.key.value, Some("\"number\""), &entry.value);
        let kind = match value {
            Some(Value::Text(text)) => spanned(field_type(&text), entry.value.span),
            _ => None,
        };
        fields.push(Field { name: entry.key.clone(), kind });
    }
    fields
}

fn settings(reader: &mut Reader<'_>, entries: &[&Entry]) -> Settings {
    let mut settings = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = &entry.key.value;
        if let Some(Value::Node(node)) = reader.value(Kind::Setting, name, None, &entry.value)
            && let Some(value) = setting(reader, name, node)
        {
            settings.push((entry.key.clone(), value));
        }
    }
    settings
}

fn setting(reader: &mut Reader<'_>, name: &str, node: &Node) -> Option<Spanned<Setting>> {
    let value = match &node.content {
        Content::Text(text) => Setting::Text(text.clone()),
        Content::Integer(number) => Setting::Integer(*number),
        Content::Float(number) => Setting::Float(*number),
        Content::Boolean(value) => Setting::Bool(*value),
        Content::List(nodes) => {
            Setting::List(nodes.iter().filter_map(|node| setting(reader, name, node)).collect())
        }
        Content::Date(_) | Content::Table(_) => {
            reader.wrong_type(name, "a list of texts, numbers or true and false", None, node);
            return None;
        }
    };
    Some(Spanned::new(value, node.span))
}

fn spanned<T>(value: Option<T>, span: Span) -> Option<Spanned<T>> {
    value.map(|value| Spanned::new(value, span))
}

fn task(word: &str) -> Option<Task> {
    Some(match word {
        "rank" => Task::Rank,
        "classify" => Task::Classify,
        "regress" => Task::Regress,
        "detect" => Task::Detect,
        _ => return None,
    })
}

fn field_type(word: &str) -> Option<FieldType> {
    Some(match word {
        "number" => FieldType::Number,
        "category" => FieldType::Category,
        "categories" => FieldType::Categories,
        "time" => FieldType::Time,
        "text" => FieldType::Text,
        "vector" => FieldType::Vector,
        "image" => FieldType::Image,
        "boxes" => FieldType::Boxes,
        _ => return None,
    })
}
