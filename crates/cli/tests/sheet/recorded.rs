//! Runs of designs that never happened: figures of the right kinds for whatever a design asks.

use std::collections::BTreeMap;

use rankine::Problem;
use rankine::clarify::{Sheet, clarify};
use rankine::prepare::Profile;
use rankine::run::Provenance;
use rankine::select::{
    Acted, Decided, Detection, Figure, Freshness, Measured, Online, OnlineResult, Percentiles, Prediction,
    Quality, Selection, Thresholds, Trial, Tried, Watched,
};
use rankine_design::Source;
use rankine_learn::Task;
use rankine_learn::verdict::{Because, Estimate, Status, Verdict};

/// What a run of a design would have left.
pub(crate) struct Recorded {
    pub(crate) problem: Problem,
    pub(crate) sheet: Sheet,
    pub(crate) profile: Profile,
    pub(crate) selection: Selection,
    pub(crate) provenance: Provenance,
}

/// A run of the design with this text; the last contender but one won, and the second breaks a bound.
pub(crate) fn recorded(name: &str, text: &str) -> Recorded {
    let clarified = clarify(&[Source::new(name, text)]);
    let problem = clarified.problem.unwrap_or_else(|| panic!("{name} has errors"));
    Recorded {
        sheet: clarified.sheet.expect("a problem has a sheet"),
        profile: profile(&problem),
        selection: selection(&problem),
        provenance: Provenance {
            version: "0.1.0".to_owned(),
            design: name.to_owned(),
            seed: 1,
            log: "world".to_owned(),
            log_hash: "5b1f".repeat(16),
            design_hash: "90ce".repeat(16),
            previous: None,
            kept: None,
        },
        problem,
    }
}

fn profile(problem: &Problem) -> Profile {
    Profile {
        events: 164_210,
        users: 3000,
        items: 3010,
        requests: 40_000,
        impressions: 480_000,
        interactions: problem.schema.interactions.iter().map(|kind| (kind.name.clone(), 71_204)).collect(),
        positives: 31_877,
        label_rate: 0.418,
        range: (1_767_225_600_000, 1_772_409_599_000),
        periods: [20_000, 8000, 6000, 6000],
        ..Profile::default()
    }
}

fn around(value: f64) -> Figure {
    Figure { value, low: Some(value * 0.93), high: Some(value * 1.07) }
}

fn estimate(value: f64) -> Estimate {
    Estimate { value, low: value * 0.8, high: value * 1.2 }
}

fn selection(problem: &Problem) -> Selection {
    let names: Vec<String> = problem.contenders.iter().map(|contender| contender.name.clone()).collect();
    let winner = names[names.len().saturating_sub(2)].clone();
    let rival = names.last().cloned().filter(|name| *name != winner);
    let verdict = Verdict {
        status: Status::Winner,
        leader: Some(winner.clone()),
        difference: rival.is_some().then(|| estimate(0.0074)),
        runner_up: rival,
        over_baseline: Some(estimate(0.0225)),
        margin: 0.000_187,
        confidence: problem.evaluate.confidence,
        pairs: 10,
        users: 409,
        users_needed: None,
        because: Because::Better,
    };
    Selection {
        quality: (0..names.len()).map(|at| quality(problem, at)).collect(),
        watched: (0..names.len()).map(|at| watched(problem, at)).collect(),
        verdict,
        online: (problem.task != Task::Detect).then(|| Online {
            visits: 1000,
            goal: "relevant items taken".to_owned(),
            ill: None,
            untouched: None,
            results: names.iter().enumerate().map(|(at, name)| judged(name, at)).collect(),
        }),
        prediction: problem.predicts().then(|| prediction(problem, &winner)),
        detection: problem.detects().then(|| detection(problem)),
        chosen: winner,
    }
}

fn judged(name: &str, at: usize) -> OnlineResult {
    OnlineResult {
        name: name.to_owned(),
        per_visit: estimate(0.4 + 0.05 * at as f64),
        over_baseline: estimate(0.05 * at as f64),
        prevalence: None,
        decided: None,
    }
}

fn quality(problem: &Problem, at: usize) -> Quality {
    let value = 0.031 + 0.0017 * at as f64;
    let evaluate = &problem.evaluate;
    let named = std::iter::once(&evaluate.metric).chain(&evaluate.report).enumerate();
    let metrics = named.map(|(place, metric)| (metric.to_string(), around(value * (place + 1) as f64)));
    let contender = problem.contenders[at].clone();
    let columns = problem.features.iter().enumerate();
    let importance = columns.map(|(place, spec)| (format!("{}[7d]", spec.name), 0.4 / (place as f32 + 1.0)));
    let slice = |slice: &rankine::Slice| (slice.name(problem), (around(value * 0.6), 1811));
    Quality {
        name: contender.name.clone(),
        importance: if contender.score.is_empty() { Vec::new() } else { importance.collect() },
        tried: Tried { contender, trials: vec![Trial { changes: Vec::new(), value }], best: 0 },
        metrics: metrics.collect(),
        slices: evaluate.slices.iter().map(slice).collect::<BTreeMap<_, _>>(),
        found_alone: 0.01,
        requests: 5204,
        sampling: "all of them".to_owned(),
    }
}

fn watched(problem: &Problem, at: usize) -> Watched {
    let name = problem.contenders[at].name.clone();
    let parts = match problem.task {
        Task::Detect => vec![("read the picture".to_owned(), 1.2), ("search it".to_owned(), 14.1)],
        _ => vec![("retrieve".to_owned(), 0.41), ("features and score".to_owned(), 1.93)],
    };
    let barred = at == 1 && problem.contenders.len() > 3;
    Watched {
        name,
        measured: Measured {
            latency_ms: Percentiles { p50: 0.1 * (at + 1) as f64, p99: 0.7 * (at + 1) as f64 },
            memory_bytes: 18_000_000 * (at as u64 + 1),
            train_seconds: 0.7 * at as f64,
            requests: 200,
            per_second: 100.0,
            pictures_per_second: problem.detects().then_some(61.0),
            parts_ms: parts,
        },
        why_not: if barred {
            vec!["p99 is 61.2 ms, above the 50 ms of `scale.latency_p99`".to_owned()]
        } else {
            vec![]
        },
    }
}

fn prediction(problem: &Problem, winner: &str) -> Prediction {
    let labels: Vec<String> = problem.labels.0.iter().map(|label| label.name.clone()).collect();
    let decided = problem.contenders.iter().map(|contender| Decided {
        name: contender.name.clone(),
        thresholds: Thresholds { act: vec![0.8; labels.len()], review: 0.07 },
        acted: (212, 201),
        reviewed: (600, 196),
        left: (29_188, 209),
        cost_per_thousand: 93.5,
    });
    Prediction {
        base: vec![0.0121; labels.len()],
        examples: vec![30_000; labels.len()],
        calibration: Vec::new(),
        decided: if problem.decide.acts() { decided.collect() } else { Vec::new() },
        freshness: problem.evaluate.freshness.then(|| Freshness {
            name: winner.to_owned(),
            metric: problem.evaluate.metric.to_string(),
            points: vec![(0.5, around(0.0583)), (168.0, around(0.0641))],
            every: 0.25,
            lost: Some(around(0.0058)),
        }),
        off_policy: None,
        labels,
    }
}

fn detection(problem: &Problem) -> Detection {
    let labels: Vec<String> = problem.labels.0.iter().map(|label| label.name.clone()).collect();
    let acted = problem.contenders.iter().map(|contender| Acted {
        name: contender.name.clone(),
        thresholds: vec![0.4; labels.len()],
        hit: 300,
        missed: 41,
        wrong: 57,
        cost_per_thousand: 1204.0,
    });
    Detection {
        pictures: [300, 120, 180],
        boxes: vec![201, 140],
        curves: Vec::new(),
        acted: acted.collect(),
        samples: Vec::new(),
        labels,
    }
}
