//! The report: its structure, its words, and that no number breaks it.

#[path = "report/fixture.rs"]
mod fixture;

use std::fmt::Write as _;
use std::path::Path;

use rankine::prepare::Profile;
use rankine::select::{Figure, Selection};
use rankine::{Problem, Split};
use rankine_cli::report::{Previous, Report, decisions_text, exposure, html, table_text, verdict_text};
use rankine_learn::Task;
use rankine_learn::verdict::{Because, Estimate, Status};

fn page(selection: &Selection, profile: &Profile, previous: Option<&Selection>) -> String {
    page_of(&fixture::problem(), selection, profile, previous)
}

fn page_of(
    problem: &Problem,
    selection: &Selection,
    profile: &Profile,
    previous: Option<&Selection>,
) -> String {
    let (sheet, provenance) = (fixture::sheet(), fixture::provenance());
    let previous = previous.map(|selection| Previous { id: "2026-03-01-a", selection });
    let findings = ["warning: `[scale] items` is not given\n  = help: `items = \"50k\"`\n".to_owned()];
    html(&Report {
        id: "2026-03-02-b",
        problem,
        sheet: &sheet,
        profile,
        selection,
        provenance: &provenance,
        previous,
        findings: &findings,
    })
}

/// The tags of a page as an indented outline with its text; fails where one is not closed.
fn outline(page: &str) -> String {
    const VOID: [&str; 2] = ["meta", "br"];
    let (mut open, mut text): (Vec<String>, String) = (Vec::new(), String::new());
    let page = page.strip_prefix("<!DOCTYPE html>").expect("a doctype comes first");
    for part in page.split('<').skip(1) {
        let (tag, words) = part.split_once('>').expect("every tag ends");
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(closed), "closed before `{words}`");
        } else {
            let name = tag.split_whitespace().next().expect("a tag has a name").to_owned();
            writeln!(text, "{}<{tag}>", "  ".repeat(open.len())).expect("a string takes all");
            if !VOID.contains(&name.as_str()) {
                open.push(name);
            }
        }
        if !words.trim().is_empty() && open.last().is_none_or(|tag| tag != "style") {
            writeln!(text, "{}{}", "  ".repeat(open.len()), words.trim()).expect("a string takes all");
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    text
}

/// Fails where a page is not well-formed, loads something, or shows what is no number.
fn check(page: &str) {
    outline(page);
    for loaded in ["http://", "https://", "<script", "url(", "@import", " src="] {
        assert!(!page.contains(loaded), "the page has `{loaded}`");
    }
    for word in page.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        assert!(
            !["nan", "inf", "infinity"].contains(&word.to_ascii_lowercase().as_str()),
            "it shows `{word}`"
        );
    }
}

#[test]
fn a_full_page_has_this_structure() {
    let page = page(&fixture::selection(), &fixture::profile(), Some(&fixture::before()));
    check(&page);
    // For whoever wants to look at it.
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.html");
    std::fs::write(place, &page).expect("the folder of build outputs can be written");
    insta::assert_snapshot!(outline(&page));
}

/// The words of one section, a line for each piece of text.
fn section(page: &str, anchor: &str) -> String {
    let start = page.find(&format!("<section id=\"{anchor}\">")).expect("the page has the section");
    let section = &page[start..][..page[start..].find("</section>").expect("the section ends")];
    let words = section.split('<').filter_map(|part| part.split_once('>')).map(|(_, words)| words.trim());
    words.filter(|words| !words.is_empty()).map(|words| format!("{words}\n")).collect()
}

#[test]
fn predictions_have_a_section_of_their_own() {
    let (problem, selection) = (fixture::problem_of_prediction(), fixture::predicted());
    let page = page_of(&problem, &selection, &fixture::profile(), None);
    check(&page);
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("predictions.html");
    std::fs::write(place, &page).expect("the folder of build outputs can be written");
    let parts = ["verdict", "trade", "contenders", "predictions"].map(|anchor| section(&page, anchor));
    insta::assert_snapshot!(parts.join("\n"));
    for word in ["Found alone", "retrievers"] {
        assert!(!page.contains(word), "a page of predictions says `{word}`");
    }
    let ranking = self::page(&fixture::selection(), &fixture::profile(), None);
    assert!(!ranking.contains("id=\"predictions\"") && ranking.contains("Found alone"));
}

/// The path of the Pareto front in the wide chart.
fn front(page: &str) -> Vec<(f64, f64)> {
    let start = page.find("<path class=\"front\" d=\"M").expect("the chart has a front");
    let path = page[start..].split('"').nth(3).expect("a path").trim_start_matches('M');
    path.split('L')
        .map(|corner| {
            let (x, y) = corner.split_once(' ').expect("two numbers");
            (x.parse().expect("a number"), y.parse().expect("a number"))
        })
        .collect()
}

#[test]
fn the_front_goes_where_the_metric_is_better() {
    // The slower a contender of the fixtures is, the better: its ndcg is higher, or its log-loss lower.
    for (problem, selection, hint, down) in [
        (fixture::problem(), fixture::selection(), "Up is better", false),
        (fixture::problem_of_prediction(), fixture::predicted(), "Down is better", true),
    ] {
        let page = page_of(&problem, &selection, &fixture::profile(), None);
        assert!(page.contains(hint), "the page does not say `{hint}`");
        let front = front(&page);
        assert!(front.len() >= 3, "the front has {} corners", front.len());
        for pair in front.windows(2) {
            assert!(pair[1].0 >= pair[0].0, "the front goes back");
            // Places in a drawing grow downwards.
            let better = if down { pair[1].1 - pair[0].1 } else { pair[0].1 - pair[1].1 };
            assert!(better >= 0.0, "the front gets worse at {pair:?}");
        }
    }
}

#[test]
fn rows_without_time_have_no_days() {
    let mut problem = fixture::problem();
    for (split, expected) in [
        (Split::Time, "requests, by time"),
        (Split::Rows, "rows, in order"),
        (Split::Shuffled, "rows, shuffled"),
    ] {
        problem.evaluate.split = split;
        let page = page_of(&problem, &fixture::selection(), &fixture::profile(), None);
        check(&page);
        let data = section(&page, "data");
        assert!(data.contains(expected), "the page does not say `{expected}`");
        for dated in ["2026-01-01", "a day"] {
            assert_eq!(data.contains(dated), split == Split::Time, "`{dated}` where the split is {split:?}");
        }
    }
}

#[test]
fn predictions_of_little_or_nothing_still_make_a_page() {
    let problem = fixture::problem_of_prediction();
    let mut selection = fixture::predicted();
    for part in 0..6 {
        let prediction = selection.prediction.get_or_insert_default();
        match part {
            0 => prediction.freshness = None,
            1 => prediction.decided.clear(),
            2 => prediction.calibration.truncate(1),
            3 => prediction.calibration.iter_mut().for_each(|line| line.bins.clear()),
            4 => prediction.base.clear(),
            _ => *prediction = rankine::select::Prediction::default(),
        }
        let page = page_of(&problem, &selection, &fixture::profile(), None);
        check(&page);
        assert!(!page.contains("Freshness"), "part {part}");
        assert_eq!(page.contains("Decisions"), part == 0, "part {part}");
    }
}

#[test]
fn what_comes_from_a_log_or_a_design_is_escaped() {
    let mut selection = fixture::selection();
    selection.quality[0].name = "<b>\"bold\"</b>".to_owned();
    selection.watched[0].name = "<b>\"bold\"</b>".to_owned();
    let page = page(&selection, &fixture::profile(), None);
    check(&page);
    assert!(page.contains("&lt;script&gt;") && !page.contains("<b>\""));
}

#[test]
fn little_or_nothing_still_makes_a_page() {
    let full = fixture::selection();
    for contenders in 0..3 {
        for barred in [false, true] {
            let mut selection = full.clone();
            selection.quality.truncate(contenders);
            selection.watched.truncate(contenders);
            selection.online = None;
            selection.quality.iter_mut().for_each(|quality| quality.slices.clear());
            if barred {
                selection
                    .watched
                    .iter_mut()
                    .for_each(|watched| watched.why_not = vec!["too slow".to_owned()]);
                (selection.verdict.status, selection.verdict.leader) = (Status::Undecided, None);
                (selection.verdict.runner_up, selection.verdict.difference) = (None, None);
            }
            check(&page(&selection, &Profile::default(), Some(&selection)));
            let problem = fixture::problem();
            let (sheet, provenance) = (fixture::empty_sheet(), fixture::provenance());
            check(&html(&Report {
                id: "",
                problem: &problem,
                sheet: &sheet,
                profile: &Profile::default(),
                selection: &selection,
                provenance: &provenance,
                previous: None,
                findings: &[],
            }));
        }
    }
}

#[test]
fn the_command_that_repeats_a_run_can_be_pasted() {
    let (problem, sheet, profile) = (fixture::problem(), fixture::sheet(), fixture::profile());
    let selection = fixture::selection();
    for (log, expected) in [
        ("world", "rankine run video-recommendation --visits 2000 --seed 7 --once"),
        ("data/video.jsonl", "rankine run video-recommendation --data data/video.jsonl --seed 7 --once"),
        ("my log's", "rankine run video-recommendation --data 'my log'\\''s' --seed 7 --once"),
    ] {
        let provenance = rankine::run::Provenance { log: log.to_owned(), ..fixture::provenance() };
        let page = html(&Report {
            id: "x",
            problem: &problem,
            sheet: &sheet,
            profile: &profile,
            selection: &selection,
            provenance: &provenance,
            previous: None,
            findings: &[],
        });
        assert!(page.contains(expected), "the page does not say `{expected}`");
    }
}

#[test]
fn the_report_says_whether_users_agreed_with_the_log() {
    let told = |change: fn(&mut Selection), expected: &[&str]| {
        let mut selection = fixture::selection();
        change(&mut selection);
        let page = page(&selection, &fixture::profile(), None);
        for sentence in expected {
            assert!(page.contains(sentence), "the page does not say `{sentence}`");
        }
    };
    fn results(selection: &mut Selection) -> &mut [rankine::select::OnlineResult] {
        selection.online.as_mut().map(|online| &mut online.results[..]).unwrap_or_default()
    }
    told(
        |_| {},
        &["agree on 13 of 15 pairs", "users item-knn before ease", "mix-trees is also first with the users"],
    );
    told(
        |selection| {
            results(selection).iter_mut().for_each(|result| result.per_visit.value = -result.per_visit.value);
        },
        &[
            "agree on 2 of 15 pairs",
            "; and 7 more.",
            "First with the users is popular, not the winner mix-trees.",
        ],
    );
    told(
        |selection| results(selection)[2].per_visit.value = 9.0,
        &["First with the users is ease, which may not win; mix-trees does."],
    );
    told(
        |selection| results(selection)[0].per_visit.value = 0.583,
        &["the log puts item-knn before popular, users popular and item-knn equal"],
    );
    told(
        |selection| {
            let order = [0.1, 0.2, 0.4, 0.3, 0.5, 0.6];
            results(selection)
                .iter_mut()
                .zip(order)
                .for_each(|(result, value)| result.per_visit.value = value);
        },
        &["agree on all 15 pairs"],
    );
}

#[test]
fn the_cycle_says_whom_its_log_favours() {
    let before = fixture::before();
    let page = page(&fixture::selection(), &fixture::profile(), Some(&before));
    assert!(page.contains(&exposure(&before.chosen)), "{}", before.chosen);
}

/// Numbers that formulas rarely expect.
const ODD: [f64; 14] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    0.0,
    -0.0,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    5e-324,
    1e-9,
    -1.0,
    0.999_999_9,
    1.0,
    1e15,
];

/// Every number of a selection replaced by the next of `draw`.
fn shake(selection: &mut Selection, draw: &mut impl FnMut() -> f64) {
    for quality in &mut selection.quality {
        let figures =
            quality.metrics.values_mut().chain(quality.slices.values_mut().map(|(figure, _)| figure));
        for figure in figures {
            (figure.value, figure.low, figure.high) = (draw(), Some(draw()), Some(draw()));
        }
        quality.importance.iter_mut().for_each(|(_, value)| *value = draw() as f32);
        quality.tried.trials.iter_mut().for_each(|trial| trial.value = draw());
        quality.found_alone = draw();
        quality.requests = draw() as usize;
    }
    for watched in &mut selection.watched {
        let measured = &mut watched.measured;
        (measured.latency_ms.p50, measured.latency_ms.p99) = (draw(), draw());
        (measured.memory_bytes, measured.train_seconds, measured.per_second) =
            (draw() as u64, draw(), draw());
    }
    let mut any = || Estimate { value: draw(), low: draw(), high: draw() };
    let verdict = &mut selection.verdict;
    (verdict.difference, verdict.over_baseline) = (Some(any()), Some(any()));
    for result in selection.online.iter_mut().flat_map(|online| &mut online.results) {
        (result.per_visit, result.over_baseline) = (any(), any());
    }
    (verdict.margin, verdict.confidence) = (draw(), draw());
    if let Some(prediction) = &mut selection.prediction {
        prediction.base.iter_mut().for_each(|share| *share = draw());
        prediction.examples.iter_mut().for_each(|count| *count = draw() as usize);
        for bin in prediction.calibration.iter_mut().flat_map(|line| &mut line.bins) {
            *bin = (draw(), draw(), draw() as usize);
        }
        for decided in &mut prediction.decided {
            for count in [&mut decided.acted, &mut decided.reviewed, &mut decided.left] {
                *count = (draw() as usize, draw() as usize);
            }
            decided.thresholds.act.iter_mut().for_each(|from| *from = draw());
            (decided.thresholds.review, decided.cost_per_thousand) = (draw(), draw());
        }
        for (hours, figure) in prediction.freshness.iter_mut().flat_map(|freshness| &mut freshness.points) {
            *hours = draw();
            *figure = Figure { value: draw(), low: Some(draw()), high: Some(draw()) };
        }
    }
    (verdict.pairs, verdict.users, verdict.users_needed) =
        (draw() as usize, draw() as usize, Some(draw() as u64));
}

#[test]
fn no_number_breaks_a_page_or_shows_as_what_it_is_not() {
    let mut state = 1u64;
    for round in 0..300 {
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = (state >> 33) as usize;
            // Now and then all numbers are the same, so that axes have no length.
            ODD[if round < ODD.len() { round } else { pick % ODD.len() }]
        };
        let (mut asked, mut predicted) = (fixture::problem_of_prediction(), fixture::predicted());
        shake(&mut predicted, &mut draw);
        if round % 2 == 0 {
            asked.task = Task::Regress;
        }
        check(&page_of(&asked, &predicted, &fixture::profile(), None));
        table_text(&asked, &predicted, 80, true);
        decisions_text(&predicted, 80, true);
        let mut selection = fixture::selection();
        shake(&mut selection, &mut draw);
        let mut profile = fixture::profile();
        profile.daily = vec![(draw() as i64, draw() as u64), (draw() as i64, draw() as u64)];
        profile.periods = [draw() as u64, draw() as u64, draw() as u64, draw() as u64];
        profile.range = (draw() as i64, draw() as i64);
        (profile.label_rate, profile.head_share) = (draw(), draw());
        profile.missing.values_mut().for_each(|share| *share = draw());
        check(&page(&selection, &profile, Some(&fixture::selection())));
        let mut problem = fixture::problem();
        (problem.evaluate.margin, problem.scale.latency_p99) = (draw(), Some(draw()));
        for width in [0, 20, 80, 400] {
            table_text(&problem, &selection, width, true);
        }
        verdict_text(&problem, &selection);
    }
}

/// A situation: its name and what makes it from the fixture.
type Situation = (&'static str, fn(&mut Selection));

const SITUATIONS: [Situation; 10] = [
    ("better", |_| {}),
    ("better than the baseline", |selection| {
        selection.verdict.runner_up = Some("popular".to_owned());
        selection.verdict.difference = selection.verdict.over_baseline;
    }),
    ("cheaper", |selection| {
        let verdict = &mut selection.verdict;
        (verdict.leader, verdict.runner_up) = (Some("mix-logistic".to_owned()), Some("mix-trees".to_owned()));
        verdict.difference = Some(fixture::estimate(-0.000_05, 0.000_1));
        verdict.because = Because::Cheaper;
        let near = Figure { value: 0.033_85, low: Some(0.0301), high: Some(0.0376) };
        selection.quality[5].metrics.insert("ndcg@10".to_owned(), near);
        selection.chosen = "mix-logistic".to_owned();
    }),
    ("the only one that may win", |selection| {
        for watched in &mut selection.watched[..5] {
            watched.why_not = vec!["coverage@10 is 0.002, below the guard `coverage@10 >= 0.005`".to_owned()];
        }
        let verdict = &mut selection.verdict;
        (verdict.runner_up, verdict.difference, verdict.pairs) = (None, None, 0);
        verdict.because = Because::OnlyEligible;
    }),
    ("the only one at all", |selection| {
        selection.quality.drain(1..);
        selection.watched.drain(1..);
        let verdict = &mut selection.verdict;
        (verdict.runner_up, verdict.difference, verdict.over_baseline, verdict.pairs) = (None, None, None, 0);
        (verdict.leader, verdict.because) = (Some("popular".to_owned()), Because::OnlyEligible);
        selection.chosen = "popular".to_owned();
    }),
    ("nobody may win", |selection| {
        for watched in &mut selection.watched {
            watched.why_not = vec!["p99 is 61.2 ms, above the 50 ms of `scale.latency_p99`".to_owned()];
        }
        let verdict = &mut selection.verdict;
        (verdict.status, verdict.leader, verdict.runner_up) = (Status::Undecided, None, None);
        (verdict.difference, verdict.over_baseline, verdict.pairs) = (None, None, 0);
        verdict.because = Because::NoneEligible;
        selection.chosen = "popular".to_owned();
    }),
    ("too close", |selection| *selection = fixture::before()),
    ("one user", |selection| {
        *selection = fixture::before();
        let verdict = &mut selection.verdict;
        let unknown = Estimate { value: 0.0045, low: f64::NEG_INFINITY, high: f64::INFINITY };
        (verdict.difference, verdict.over_baseline) = (Some(unknown), Some(unknown));
        (verdict.users, verdict.users_needed) = (1, None);
    }),
    ("ahead, but not of all", |selection| {
        selection.verdict.status = Status::Undecided;
        selection.verdict.because = Because::TooClose;
        selection.chosen = "popular".to_owned();
    }),
    ("the baseline wins", |selection| {
        let verdict = &mut selection.verdict;
        (verdict.leader, verdict.over_baseline) = (Some("popular".to_owned()), None);
        (verdict.runner_up, verdict.pairs) = (Some("als".to_owned()), 1);
        selection.quality[0]
            .metrics
            .insert("ndcg@10".to_owned(), Figure { value: 0.0381, low: Some(0.034), high: Some(0.042) });
        selection.chosen = "popular".to_owned();
    }),
];

#[test]
fn the_verdict_in_sentences() {
    let mut all = String::new();
    for (name, make) in SITUATIONS {
        let mut selection = fixture::selection();
        make(&mut selection);
        let text = verdict_text(&fixture::problem(), &selection);
        write!(all, "== {name}\n{text}\n\n").expect("a string takes all");
        check(&page(&selection, &fixture::profile(), None));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_table_fits_the_terminal() {
    let (problem, selection) = (fixture::problem(), fixture::selection());
    let mut all = String::new();
    for width in [60, 80, 120] {
        let text = table_text(&problem, &selection, width, false);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "wider than {width}: `{line}`");
        }
        write!(all, "== {width} columns\n{text}\n").expect("a string takes all");
    }
    let (asked, predicted) = (fixture::problem_of_prediction(), fixture::predicted());
    for width in [80, 140] {
        let text = table_text(&asked, &predicted, width, false);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "wider than {width}: `{line}`");
        }
        write!(all, "== {width} columns, two labels\n{text}\n").expect("a string takes all");
    }
    all.push_str(&table_text(&problem, &selection, 80, true).replace('\u{1b}', "ESC"));
    insta::assert_snapshot!(all);
}

#[test]
fn decisions_say_what_stays_visible() {
    assert_eq!(decisions_text(&fixture::selection(), 80, false), "", "nothing is decided there");
    let mut selection = fixture::predicted();
    let names: Vec<String> = selection.quality.iter().map(|quality| quality.name.clone()).collect();
    let mut online = fixture::selection().online.unwrap_or_else(|| panic!("the fixture has a world"));
    (online.ill, online.untouched) =
        (Some("views of harmful posts".to_owned()), Some(fixture::estimate(0.123, 0.037)));
    online.results.truncate(names.len());
    for (result, name) in online.results.iter_mut().zip(names) {
        (result.name, result.decided) = (name, Some([39, 40, 921]));
        result.prevalence = Some(fixture::estimate(0.074, 0.025));
    }
    selection.online = Some(online);
    let wide = decisions_text(&selection, 200, false);
    for expected in
        ["reviewed", "cost/1000", "7.4% (4.9–9.9%)", "Where nothing is decided: 12.3% (8.6%–16%)."]
    {
        assert!(wide.contains(expected), "{expected}: {wide}");
    }
    // What stays visible is the last to go.
    let narrow = decisions_text(&selection, 50, false);
    assert!(narrow.contains("7.4% (4.9–9.9%)") && !narrow.contains("cost/1000"), "{narrow}");
    assert!(narrow.lines().take(4).all(|line| line.chars().count() <= 50), "{narrow}");
    let page = page_of(&fixture::problem_of_prediction(), &selection, &fixture::profile(), None);
    check(&page);
    let online = section(&page, "online");
    for expected in
        ["Share of views of harmful posts", "39 acted on, 40 reviewed, 921 left", "Where nothing is decided"]
    {
        assert!(online.contains(expected), "{expected}: {online}");
    }
}
