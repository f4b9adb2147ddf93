//! From a design as written to a [`Problem`]: names become indices, open values their defaults.

mod contenders;
mod evaluate;
mod features;
mod place;
mod schema;
mod settings;
mod tables;

use std::collections::BTreeSet;

use rankine_design::{Count, Design, Finding, Findings, Source, Spanned, Task};

use super::words::quoted;
use crate::problem::{Problem, Scale};

/// Largest slate; nobody looks at more.
const LARGEST_SLATE: u64 = 1000;

/// A problem as far as it could be resolved: where findings are errors, steps or names may be missing.
pub(super) struct Draft {
    pub(super) problem: Problem,
    /// Indices of contenders of which a part is missing.
    pub(super) incomplete: BTreeSet<usize>,
}

/// What resolving needs throughout.
struct Resolver<'d> {
    design: &'d Design,
    sources: &'d [Source],
    findings: &'d mut Findings,
    /// What the design knows without the mapping that is laid over it; `None` without a mapping.
    base: Option<schema::Names>,
}

impl Resolver<'_> {
    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// Resolves a design; `None` where it is not known what is ranked for whom.
pub(super) fn resolve(design: &Design, sources: &[Source], findings: &mut Findings) -> Option<Draft> {
    let base = (sources.len() > 1).then(|| {
        let (alone, _) = rankine_design::parse(&sources[..1]);
        schema::Names::of(&alone)
    });
    let mut resolver = Resolver { design, sources, findings, base };
    rank_only(&mut resolver)?;
    let schema = schema::schema(&mut resolver)?;
    let labels = schema::labels(&mut resolver, &schema);
    let slate = slate(&mut resolver);
    let features = features::features(&mut resolver, &schema, &labels);
    let (contenders, incomplete) = contenders::contenders(&mut resolver, &schema, slate);
    let evaluate = evaluate::evaluate(&mut resolver, &schema, slate);
    let tables = tables::tables(&mut resolver, &schema);
    let objective = match (&design.problem.objective, labels.0.first()) {
        (Some(objective), _) => objective.value.clone(),
        (None, Some(label)) => format!("more {}", label.name),
        (None, None) => String::new(),
    };
    let problem = Problem {
        name: name(&mut resolver),
        objective,
        slate,
        repeat: design.problem.repeat.is_some_and(|repeat| repeat.value),
        schema,
        labels,
        features,
        contenders,
        evaluate,
        scale: scale(&mut resolver),
        tables,
    };
    Some(Draft { problem, incomplete })
}

/// The other tasks have names in the format, so that a design can say them, and no machinery yet.
fn rank_only(resolver: &mut Resolver<'_>) -> Option<()> {
    let task = resolver.design.problem.task.as_ref()?;
    let word = match task.value {
        Task::Rank => return Some(()),
        Task::Classify => "classify",
        Task::Regress => "regress",
        Task::Detect => "detect",
    };
    let message = format!("the task `{word}` cannot be run yet");
    let help = "only `rank` can: an ordered slate of items for whoever asks";
    resolver.push(Finding::error("task-not-ready", task.span, message).help(help));
    None
}

fn name(resolver: &mut Resolver<'_>) -> String {
    let Some(written) = &resolver.design.problem.name else { return String::new() };
    let name = slug(&written.value);
    if name.is_empty() {
        let message = format!("{} has no letter or digit to make a name of", quoted(&written.value));
        let help = "write for example `name = \"video-recommendation\"`";
        resolver.push(Finding::error("bad-name", written.span, message).help(help));
    } else if name != written.value {
        let message = format!("files and addresses call this problem `{name}`");
        resolver.push(Finding::note("name-shortened", written.span, message));
    }
    name
}

/// A name of small letters, digits and single dashes.
pub(super) fn slug(text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.trim_end_matches('-').chars().take(64).collect()
}

fn slate(resolver: &mut Resolver<'_>) -> usize {
    let Some(written) = resolver.design.problem.slate else { return 10 };
    if written.value > LARGEST_SLATE {
        let message = format!("`slate` must be at most {LARGEST_SLATE}, not {}", written.value);
        resolver.push(Finding::error("out-of-range", written.span, message));
    }
    written.value.min(LARGEST_SLATE) as usize
}

fn scale(resolver: &mut Resolver<'_>) -> Scale {
    let written = &resolver.design.scale;
    let count = |count: &Option<Spanned<Count>>| count.map(|count| count.map(|count| count.number as f64));
    let mut positive = |key: &str, written: Option<Spanned<f64>>| {
        let written = written?;
        if written.value > 0.0 {
            return Some(written.value);
        }
        let message = format!("`{key}` must be more than 0");
        let help = "leave it out where it is not known";
        resolver.push(Finding::error("out-of-range", written.span, message).help(help));
        None
    };
    Scale {
        users: positive("users", count(&written.users)),
        items: positive("items", count(&written.items)),
        requests_peak: positive("requests_peak", written.requests_peak.map(|rate| rate.map(|rate| rate.0))),
        latency_p99: positive("latency_p99", written.latency_p99.map(|time| time.map(|time| time.0 as f64))),
        memory: positive("memory", written.memory.map(|bytes| bytes.map(|bytes| bytes.0 as f64))),
        servers: positive("servers", count(&written.servers)),
        events_day: positive("events_day", count(&written.events_day)),
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_become_fit_for_files() {
        let cases = [
            ("video-recommendation", "video-recommendation"),
            ("My Videos, 2nd try!", "my-videos-2nd-try"),
            ("--", ""),
            ("Größe", "gr-e"),
        ];
        for (text, expected) in cases {
            assert_eq!(slug(text), expected, "{text}");
        }
    }
}
