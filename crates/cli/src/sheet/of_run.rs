//! The sheet of a run: a function of what the run left in its folder, and of what its case adds by hand.

use rankine::Problem;
use rankine::clarify::Sheet;
use rankine::prepare::Profile;
use rankine::run::Provenance;
use rankine::select::Selection;

use super::extras::Extras;
use super::measured;
use super::page::{Band, Block, COLUMNS, Head, Lane, Page, Row, Section, Sum, Table};
use super::turns;
use super::written::{condition, encoded, feature, known, lower, scale};
use crate::report::numbers::{count, counted, digits, latency, percent, plain};
use crate::report::provenance::command;
use crate::report::sketch::sketch;
use crate::report::words::{against_baseline, headline, unit, watched};

/// What the sheet of a run is made from.
pub struct Subject<'a> {
    /// The name of the run.
    pub id: &'a str,
    /// What was asked.
    pub problem: &'a Problem,
    /// What was open about it.
    pub sheet: &'a Sheet,
    /// What the log holds.
    pub profile: &'a Profile,
    /// What was found.
    pub selection: &'a Selection,
    /// Where it came from.
    pub provenance: &'a Provenance,
    /// What its case adds.
    pub extras: Option<&'a Extras>,
}

/// Rows that a table shows; what is beyond is counted.
const ROWS: usize = 14;

/// Points that a list shows.
const POINTS: usize = 6;

/// Width and height of the chart: a column of the narrower paper.
const CHART: (f32, f32) = (171.0, 136.0);

/// The sheet of a run.
pub fn page(of: &Subject<'_>) -> Page {
    let flow =
        |sections: Vec<Section>| Band { lanes: vec![Lane { columns: COLUMNS, wide: false, sections }] };
    let wide = |columns, sections| Lane { columns, wide: true, sections };
    let mut bands = vec![flow(vec![problem(of), assumed(of), sizing(of)])];
    let (mut left, mut right) = (measured::sections(of), Vec::new());
    if let Some(chart) = sketch(of.problem, of.selection, CHART.0, CHART.1) {
        let legend = "Diamond: winner. Disc: may win. Square: breaks a bound. Whiskers: intervals. Line: the Pareto \
                      front.";
        let blocks = vec![Block::Chart(chart), Block::Paragraph(legend.to_owned())];
        right.push(Section { title: "Quality against latency".to_owned(), spare: Some(12), blocks });
    }
    right.push(label(of));
    let mut rest = Vec::new();
    match features(of) {
        Some(features) => {
            left.push(features);
            right.push(pipeline(of));
        }
        None => rest.push(pipeline(of)),
    }
    // Where features leave room below them, the slices stand there, otherwise with the rest.
    let few = of.problem.features.len() < 9;
    match slices(of) {
        Some(slices) if few => left.push(slices),
        slices => rest.extend(slices),
    }
    bands.push(Band { lanes: vec![wide(2, left), wide(1, right)] });
    let by_hand = of.extras.cloned().unwrap_or_default();
    let turns = turns::turns(of.problem, of.selection, &by_hand.turn);
    rest.splice(0..0, list("What would change the verdict", 11, &turns));
    rest.extend(list("Baits: they look right", 10, &by_hand.baits));
    rest.extend(list("Curveballs", 9, &by_hand.curveballs));
    rest.extend(list("How the label is gamed", 5, &of.sheet.framing.gamed));
    rest.extend(alternatives(of));
    bands.push(flow(rest));
    Page { title: title(&of.problem.name), kind: kind(of), lead: lead(of), bands, foot: foot(of) }
}

/// `video-recommendation` as a title.
fn title(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn kind(of: &Subject<'_>) -> String {
    if of.extras.is_some() { "cheat sheet of a case".to_owned() } else { "cheat sheet of a run".to_owned() }
}

fn lead(of: &Subject<'_>) -> String {
    let head = headline(of.problem, of.selection);
    let head = match head.split_once(':') {
        Some((claim, why)) => format!("**{claim}:**{why}"),
        None => head,
    };
    let against = against_baseline(of.problem, of.selection);
    std::iter::once(head).chain(against).collect::<Vec<_>>().join(" ")
}

fn foot(of: &Subject<'_>) -> Vec<String> {
    let from = of.provenance;
    let short = |hash: &str| hash.get(..16).unwrap_or(hash).to_owned();
    let log = if from.log == "world" { "the simulated world".to_owned() } else { from.log.clone() };
    vec![
        format!(
            "Run **{}** · design {} · log {} (of {log}) · seed {} · rankine {}",
            of.id,
            short(&from.design_hash),
            short(&from.log_hash),
            from.seed,
            from.version
        ),
        format!(
            "Again: `{}` gives the same quality to the last bit; latency, memory and time are those of the machine \
             that ran it.",
            command(from, of.selection.online.as_ref())
        ),
    ]
}

fn list(title: &str, spare: u8, points: &[String]) -> Option<Section> {
    let shown = points.iter().take(POINTS).cloned().collect();
    let section = Section { title: title.to_owned(), spare: Some(spare), blocks: vec![Block::List(shown)] };
    (!points.is_empty()).then_some(section)
}

fn problem(of: &Subject<'_>) -> Section {
    let framing = &of.sheet.framing;
    let mut terms = Vec::new();
    let mut say = |term: &str, said: String| {
        if !said.is_empty() {
            terms.push((term.to_owned(), said));
        }
    };
    say("Goal", of.problem.objective.clone());
    say("Task", lower(&framing.task));
    say("In", framing.input.clone());
    say("Out", framing.output.clone());
    say("Decides", decides(of.problem));
    Section { title: "The problem".to_owned(), spare: None, blocks: vec![Block::Terms(terms)] }
}

fn decides(problem: &Problem) -> String {
    let evaluate = &problem.evaluate;
    let guards = evaluate.guards.iter().map(|guard| {
        let sign = if guard.at_least { ">=" } else { "<=" };
        format!(", with `{} {sign} {}`", guard.metric, guard.bound)
    });
    format!(
        "`{}` against the baseline {}; differences below {} of it do not matter{}",
        evaluate.metric,
        evaluate.baseline,
        percent(evaluate.margin),
        guards.collect::<String>()
    )
}

/// What is taken for true, and who says so.
fn assumed(of: &Subject<'_>) -> Section {
    let mut points = Vec::new();
    let given = scale(of.problem);
    if !given.is_empty() {
        let said: Vec<String> = given.iter().map(|(said, _)| said.clone()).collect();
        points.push(format!("{}: the design, `[scale]`", said.join(", ")));
    }
    if let Some(prices) = &of.problem.prices {
        let amount = |value: f64| format!("{} {}", rankine_design::short(value), prices.currency);
        let said = [
            prices.server_month.map(|value| format!("{} a server a month", amount(value))),
            prices.storage_gib_month.map(|value| format!("{} a GiB a month", amount(value))),
            prices.outcome.map(|value| format!("{} an outcome", amount(value))),
        ];
        points.push(format!(
            "{}: the design, `[prices]`",
            said.into_iter().flatten().collect::<Vec<_>>().join(", ")
        ));
    }
    let source = |line: &str| match line {
        "" => "nobody said".to_owned(),
        line => format!("nobody said; to say it, for example: `{line}`"),
    };
    points.extend(of.sheet.questions.iter().take(POINTS).map(|question| {
        format!("{} **{}** ({})", question.question, question.assumption, source(&question.line))
    }));
    Section {
        title: "Assumed, and who says so".to_owned(),
        spare: Some(6),
        blocks: vec![Block::List(points)],
    }
}

fn sizing(of: &Subject<'_>) -> Section {
    let sum = |size: &rankine::clarify::Size| Sum {
        quantity: size.quantity.clone(),
        value: size.value.clone(),
        formula: size.formula.clone(),
    };
    let sums: Vec<Sum> = of.sheet.sizing.iter().take(10).map(sum).collect();
    let blocks = match sums.is_empty() {
        true => vec![Block::Paragraph("`[scale]` does not say enough to size anything.".to_owned())],
        false => vec![Block::Sums(sums)],
    };
    Section { title: "Size, with the sums".to_owned(), spare: Some(8), blocks }
}

/// The label, how rare it is, what else could be said for it.
fn label(of: &Subject<'_>) -> Section {
    let mut terms = Vec::new();
    let described = of.sheet.framing.label.split("; `").enumerate();
    for (label, (at, said)) in of.problem.labels.0.iter().zip(described) {
        let said = if at == 0 { said.to_owned() } else { format!("`{said}") };
        let said = match condition(label, of.problem) {
            Some(condition) => said.replace("that meets the condition", &format!("with `{condition}`")),
            None => said,
        };
        let said = said.split_once(": ").map_or(said.clone(), |(_, said)| said.to_owned());
        terms.push((label.name.clone(), said));
    }
    let mut blocks = vec![Block::Terms(terms)];
    blocks.push(Block::Paragraph(rarity(of)));
    Section { title: "Label".to_owned(), spare: None, blocks }
}

fn rarity(of: &Subject<'_>) -> String {
    let profile = of.profile;
    let days = profile.daily.len() as u64;
    let within = if days > 0 { format!(" in {}", counted(days, "day")) } else { String::new() };
    let log = format!("{}{within}", counted(profile.events, "event"));
    if let Some(detection) = &of.selection.detection {
        let [learned, chosen, judged] = detection.pictures.map(|pictures| count(pictures as u64));
        let boxes = detection.labels.iter().zip(&detection.boxes);
        let boxes: Vec<String> =
            boxes.map(|(name, boxes)| format!("{} {name}", count(*boxes as u64))).collect();
        return format!(
            "{learned} pictures to learn from, {chosen} to choose by, {judged} to judge by, with {} boxes.",
            boxes.join(" and ")
        );
    }
    if let Some(prediction) = &of.selection.prediction {
        let rates = prediction.labels.iter().zip(&prediction.base).map(|(name, base)| {
            let amount = of.problem.labels.0.iter().any(|label| label.name == *name && label.value.is_some());
            let said = if amount { format!("mean {}", digits(base.abs())) } else { percent(*base) };
            format!("`{name}` {said}")
        });
        return format!("In the test period: {}. {log}.", rates.collect::<Vec<_>>().join(", "));
    }
    format!(
        "{} positives; {} of {} led to one. {log}.",
        count(profile.positives),
        percent(profile.label_rate),
        counted(profile.requests, "request")
    )
}

/// Features with what they are made of, when they are known, and how much they matter.
fn features(of: &Subject<'_>) -> Option<Section> {
    let specs = &of.problem.features;
    if specs.is_empty() {
        return None;
    }
    let weights = weights(of);
    let head = |text: &str, number| Head { text: text.to_owned(), number };
    let mut heads = vec![head("Feature", false), head("Made of", false), head("Known", false)];
    if let Some((name, _)) = &weights {
        heads.push(head(&format!("weight in {name}"), true));
    }
    let mut rows: Vec<Row> = specs
        .iter()
        .take(ROWS + 2)
        .map(|spec| {
            let mut cells = vec![spec.name.clone(), feature(spec), known(spec).to_owned()];
            if let Some((_, weights)) = &weights {
                let share = weights.iter().find(|(name, _)| *name == spec.name).map(|(_, share)| *share);
                cells.push(share.map_or(String::new(), percent));
            }
            Row { cells, strong: false }
        })
        .collect();
    if specs.len() > ROWS + 2 {
        let mut cells = vec![String::new(); heads.len()];
        cells[0] = format!("and {} more", specs.len() - ROWS - 2);
        rows.push(Row { cells, strong: false });
    }
    let blocks = vec![Block::Table(Table { heads, rows })];
    Some(Section { title: "Features, and when each is known".to_owned(), spare: Some(13), blocks })
}

/// The contender that is bundled, or the best that tells weights, with the share of each feature.
fn weights(of: &Subject<'_>) -> Option<(String, Vec<(String, f64)>)> {
    let leader = of.selection.verdict.leader.as_deref().unwrap_or_default();
    let told =
        |name: &str| of.selection.quality.iter().find(|one| one.name == name && !one.importance.is_empty());
    let quality = told(&of.selection.chosen)
        .or_else(|| told(leader))
        .or_else(|| of.selection.quality.iter().find(|one| !one.importance.is_empty()))?;
    let all: f64 = quality.importance.iter().map(|(_, weight)| f64::from(*weight)).sum();
    let mut shares: Vec<(String, f64)> = Vec::new();
    for spec in &of.problem.features {
        let own = quality.importance.iter().filter(|(column, _)| {
            let rest = column.strip_prefix(spec.name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', ' ', '.', '=']))
        });
        let own: Vec<f64> = own.map(|(_, weight)| f64::from(*weight)).collect();
        if !own.is_empty() && all > 0.0 {
            shares.push((spec.name.clone(), own.iter().sum::<f64>() / all));
        }
    }
    (!shares.is_empty()).then(|| (quality.name.clone(), shares))
}

/// What is bundled, step by step, with the time that each takes.
fn pipeline(of: &Subject<'_>) -> Section {
    let contender = &of.selection.chosen;
    let found = of.selection.quality.iter().find(|quality| quality.name == *contender);
    let head = |text: &str, number| Head { text: text.to_owned(), number };
    let mut blocks = Vec::new();
    if let (Some(found), Some(watched)) = (found, watched(of.selection, contender)) {
        let (made, cost) = (&found.tried.contender, &watched.measured);
        let parts = &cost.parts_ms;
        let total: f64 = parts.iter().map(|(_, ms)| ms).sum();
        let row = |part: &str, what: String| {
            let ms = parts.iter().find(|(name, _)| name == part).map(|(_, ms)| *ms);
            let cells = vec![
                format!("**{part}** {what}"),
                ms.map_or(String::new(), latency),
                ms.map_or(String::new(), |ms| percent(ms / total.max(1e-12))),
            ];
            Row { cells, strong: false }
        };
        let mut rows = Vec::new();
        if let Some(detector) = &made.detect {
            rows.push(row("read the picture", String::new()));
            rows.push(row("search it", detector.algorithm.clone()));
        }
        if !made.retrieve.is_empty() {
            let names: Vec<&str> = made.retrieve.iter().map(|step| step.algorithm.as_str()).collect();
            let depth = if made.score.is_empty() { String::new() } else { format!(", {} go on", made.depth) };
            rows.push(row("retrieve", format!("{}{depth}", names.join(", "))));
        }
        if !made.score.is_empty() {
            let encoders = made.encode.iter().map(|encode| encoded(encode, of.problem));
            let scorers = made.score.iter().map(|head| head.step.algorithm.clone());
            let fuse = made.fuse.iter().map(|step| format!("fused by {}", step.algorithm));
            let all: Vec<String> = encoders.chain(scorers).chain(fuse).collect();
            rows.push(row("features and score", all.join(", ")));
        }
        if !made.rerank.is_empty() {
            let names: Vec<&str> = made.rerank.iter().map(|step| step.algorithm.as_str()).collect();
            rows.push(row("rerank", names.join(", ")));
        }
        let heads = match parts.is_empty() {
            true => ["", "", ""],
            false => ["Part", "mean", "share"],
        };
        let heads = heads.into_iter().enumerate().map(|(at, text)| head(text, at > 0)).collect();
        blocks.push(Block::Table(Table { heads, rows }));
        let bound = of.problem.scale.latency_p99;
        let bound =
            bound.map_or(String::new(), |bound| format!(" of the {} allowed", plain(&latency(bound))));
        blocks.push(Block::Paragraph(format!(
            "At {} requests a second: half within {}, 99 of 100 within **{}**{bound}; without network.",
            plain(&digits(cost.per_second)),
            latency(cost.latency_ms.p50),
            latency(cost.latency_ms.p99),
        )));
    }
    Section { title: format!("Bundled: {contender}"), spare: Some(7), blocks }
}

/// The leader beside the baseline in parts of what was judged.
fn slices(of: &Subject<'_>) -> Option<Section> {
    let leader = of.selection.verdict.leader.as_deref().unwrap_or(&of.selection.chosen);
    let baseline = of.problem.evaluate.baseline.as_str();
    let own = of.selection.quality.iter().find(|quality| quality.name == leader)?;
    let other = of.selection.quality.iter().find(|quality| quality.name == baseline)?;
    if own.slices.is_empty() {
        return None;
    }
    let head = |text: &str, number| Head { text: text.to_owned(), number };
    let apart = leader != baseline;
    let mut heads = vec![head("", false), head(leader, true)];
    if apart {
        heads.push(head(baseline, true));
    }
    heads.push(head(&format!("{}s", unit(of.selection)), true));
    let rows = own.slices.iter().take(ROWS).map(|(name, (figure, size))| {
        let value = |figure: f64| crate::report::numbers::figure(figure);
        let mut cells = vec![name.clone(), value(figure.value)];
        if apart {
            cells.push(other.slices.get(name).map_or(String::new(), |(figure, _)| value(figure.value)));
        }
        cells.push(count(*size as u64));
        Row { cells, strong: false }
    });
    let blocks = vec![Block::Table(Table { heads, rows: rows.collect() })];
    Some(Section { title: format!("Slices: {}", of.problem.evaluate.metric), spare: Some(3), blocks })
}

fn alternatives(of: &Subject<'_>) -> Option<Section> {
    let others = &of.sheet.framing.alternatives;
    let terms = others.iter().map(|other| {
        let (pro, con) = (other.pro.trim_end_matches('.'), &other.con);
        (other.name.clone(), format!("{}. `But` {}", lower(pro), lower(con)))
    });
    let blocks = vec![Block::Terms(terms.collect())];
    let section = Section { title: "Other ways to frame it".to_owned(), spare: Some(1), blocks };
    (!others.is_empty()).then_some(section)
}
