//! The sheet of the framework: how to go through any design problem. What is said of algorithms and metrics
//! comes from their cards.

use rankine::Scale;
use rankine_learn::algorithms::{detectors, encoders, rerankers, retrievers, scorers};
use rankine_learn::{Card, metrics};

use super::page::{Band, Block, COLUMNS, Head, Lane, Page, Row, Section, Sum, Table};
use super::written::lower;
use crate::report::numbers::{bytes, count, digits};

/// The sheet that no run is needed for.
pub fn page() -> Page {
    let flow = |sections| Band { lanes: vec![Lane { columns: COLUMNS, wide: false, sections }] };
    let spine = Lane { columns: COLUMNS, wide: true, sections: vec![steps()] };
    Page {
        title: "Designing a system that learns".to_owned(),
        kind: "cheat sheet: the framework".to_owned(),
        lead: "**What is asked, before how it is answered.** Every claim gets a number, every number the sum or the \
               run it comes from, every choice what it gives up and what would turn it round."
            .to_owned(),
        bands: vec![
            Band { lanes: vec![spine] },
            flow(vec![
                objectives(),
                shapes(),
                constants(),
                leaks(),
                moments(),
                ladder(),
                phrases(),
                cards("Find candidates", 7, retrievers::ALL.iter().map(|kind| &kind.card).collect()),
                cards("Score them", 8, scorers::ALL.iter().map(|kind| &kind.card).collect()),
                cards("Texts, pictures, lists", 3, others()),
            ]),
        ],
        foot: vec![format!(
            "rankine {} · `rankine cheat-sheet` · what is said of algorithms and metrics comes from their cards \
             (`rankine algorithms`)",
            env!("CARGO_PKG_VERSION")
        )],
    }
}

/// Name, minutes of 45, three questions, what is there when it is over.
const STEPS: [(&str, u32, [&str; 3], &str); 7] = [
    (
        "1 Clarify the requirements",
        8,
        [
            "Who pays for a wrong answer, and who for none?",
            "What comes back from users, how soon, and from whom not?",
            "How many requests a second, how fast, on how many machines?",
        ],
        "goal in a sentence, assumptions with a source, requests and bytes",
    ),
    (
        "2 Frame it as a task",
        5,
        [
            "What goes in and what comes out, for one request?",
            "Which label stands for the goal, and how can it rise while nobody is better off?",
            "Would a rule do?",
        ],
        "input, output, label, what decides",
    ),
    (
        "3 Prepare the data",
        9,
        [
            "When is each value known: before the answer, or only after it?",
            "Who chose what the log holds, and what did that choice hide?",
            "What is missing, late, or not yet born?",
        ],
        "entities, events, features with the moment they are known",
    ),
    (
        "4 Develop the model",
        9,
        [
            "Which rule is to beat, and what does it miss?",
            "What are the negatives, and do they look like what will be scored?",
            "What does the dearer model see that the cheaper one cannot?",
        ],
        "a baseline, two rivals, loss, sampling",
    ),
    (
        "5 Evaluate",
        5,
        [
            "Does the metric fit the label and what is done with the score?",
            "How wide is the interval of the difference?",
            "For whom is it worse than before?",
        ],
        "periods in time order, metric, margin, slices",
    ),
    (
        "6 Deploy and serve",
        4,
        [
            "What is computed before the request, and what at it?",
            "Where do the milliseconds go?",
            "How does one go back, and how fast?",
        ],
        "pipeline with its latency, rollout",
    ),
    (
        "7 Monitor",
        5,
        [
            "What would break without an error?",
            "What starts the next training, and who looks at it first?",
            "Does it learn from its own answers?",
        ],
        "alarms, retraining, an answer to the curveball",
    ),
];

fn steps() -> Section {
    let head = |text: &str, number| Head { text: text.to_owned(), number };
    let row = |(name, minutes, questions, there): &(&str, u32, [&str; 3], &str)| Row {
        cells: vec![
            format!("**{name}**"),
            minutes.to_string(),
            questions[0].to_owned(),
            questions[1].to_owned(),
            questions[2].to_owned(),
            (*there).to_owned(),
        ],
        strong: false,
    };
    let minutes: u32 = STEPS.iter().map(|step| step.1).sum();
    Section {
        title: format!("Seven questions in {minutes} minutes"),
        spare: None,
        blocks: vec![Block::Table(Table {
            heads: vec![
                head("", false),
                head("min", true),
                head("Three questions that matter", false),
                head("", false),
                head("", false),
                head("There when it is over", false),
            ],
            rows: STEPS.iter().map(row).collect(),
        })],
    }
}

fn terms(title: &str, spare: u8, terms: &[(&str, &str)]) -> Section {
    let owned = |(term, said): &(&str, &str)| ((*term).to_owned(), (*said).to_owned());
    Section {
        title: title.to_owned(),
        spare: Some(spare),
        blocks: vec![Block::Terms(terms.iter().map(owned).collect())],
    }
}

fn points(title: &str, spare: u8, points: &[&str]) -> Section {
    Section {
        title: title.to_owned(),
        spare: Some(spare),
        blocks: vec![Block::List(points.iter().map(|point| (*point).to_owned()).collect())],
    }
}

fn objectives() -> Section {
    terms(
        "What is wanted, and how it is gamed",
        10,
        &[
            (
                "Clicks",
                "titles that promise too much. Count what follows: half of it watched, kept, taken again.",
            ),
            (
                "Time spent",
                "length wins, and heavy users outvote the rest. Count people, or shares of a length.",
            ),
            ("Finished", "short things win. Weigh by length, or ask for the next visit."),
            ("Ratings", "people rate what they chose; of the rest nothing is known."),
            ("Purchases", "what would have been bought anyway. Count what is more than without it."),
            (
                "Reactions",
                "what angers is answered most. Put hides and blocks on the other side of the scale.",
            ),
            ("Reports", "crowds report what they dislike. Learn from reports if you must, judge by reviews."),
            ("Mean error", "the large and easy majority. Look at the slices of those who would be hurt."),
        ],
    )
}

/// The shape of a label or the use of a score, and the metrics that fit; the first one's card says why.
const SHAPES: [(&str, &[&str]); 12] = [
    ("A single answer", &["mrr"]),
    ("Several items, all alike", &["map", "precision"]),
    ("Grades, or places that count", &["ndcg"]),
    ("Another stage follows", &["recall"]),
    ("The probability is used", &["log-loss", "calibration-error"]),
    ("Base rates differ", &["nce"]),
    ("Only the order counts", &["auc"]),
    ("The order for each user", &["grouped-auc"]),
    ("Rare, somebody must act", &["pr-auc"]),
    ("Amounts", &["mae", "rmse"]),
    ("A promise", &["pinball", "coverage-below"]),
    ("Boxes", &["ap", "misses", "overblur"]),
];

fn shapes() -> Section {
    let one = |(shape, names): &(&str, &[&str])| {
        let why = metrics::find(names[0]).map_or(String::new(), |metric| clause(metric.card.when));
        let named: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        ((*shape).to_owned(), format!("{}: {}", named.join(", "), lower(&why)))
    };
    Section {
        title: "The label's shape, and the metric".to_owned(),
        spare: Some(11),
        blocks: vec![Block::Terms(SHAPES.iter().map(one).collect())],
    }
}

/// Bytes of what is stored or read.
fn constants() -> Section {
    let sum = |quantity: &str, value: String, formula: &str| Sum {
        quantity: quantity.to_owned(),
        value,
        formula: formula.to_owned(),
    };
    let vector = |each: f64| bytes(1e9 * each);
    let half = 2.0 * (0.01f64 * 0.99 / 1e5).sqrt();
    let arm = 16.0 * 0.01 * 0.99 / (0.0001f64 * 0.0001);
    Section {
        title: "Numbers for sums".to_owned(),
        spare: Some(9),
        blocks: vec![Block::Sums(vec![
            sum("a million requests a day", format!("{} /s", digits(1e6 / 86_400.0)), "1M / 86,400 s"),
            sum("the busiest second", format!("{} x the mean", Scale::PEAK_TO_MEAN), ""),
            sum("an event in a log", "32 B + 8 B a field".to_owned(), ""),
            sum("a billion vectors of 256 floats", vector(1024.0), "1e9 x 256 x 4 B"),
            sum("the same in codes of 32 bytes", vector(32.0), "1e9 x 32 B"),
            sum("read from memory, one core", "10 to 20 GB/s".to_owned(), ""),
            sum("a person who labels, a day", format!("{} items", count(8 * 3600 / 30)), "8 h / 30 s"),
            sum(
                "interval of a rate of 1%, 100,000 examples",
                format!("± {}%", digits(half * 100.0)),
                "2 x √(0.01 x 0.99 / 100,000)",
            ),
            sum(
                "users an arm to see 1% become 1.01%",
                format!("{}M", digits(arm / 1e6)),
                "16 x 0.01 x 0.99 / 0.0001²",
            ),
        ])],
    }
}

fn leaks() -> Section {
    points(
        "Leaks: ask of every column",
        12,
        &[
            "Was the value **known** before the request? When it happened is not when it was known.",
            "Does a count or a rate hold the outcome itself?",
            "Is it filled in because of the outcome: a status, a duration, a last visit, an id that rises?",
            "Do train and test share near copies: a user's sitting, a place, a text? Keep them together.",
            "Is the split in time order, and has each label's window closed within its period?",
            "Were scalers, encoders, thresholds fitted on what is judged?",
            "Can negatives be told by how they were drawn?",
            "Is one column alone nearly as good as all? Recompute what was served from the log.",
        ],
    )
}

fn moments() -> Section {
    terms(
        "In a batch or at the request",
        6,
        &[
            (
                "Batch",
                "where yesterday's knowledge is enough and a late answer costs nothing: users x list x bytes to store, most of it never read.",
            ),
            (
                "Request",
                "where the request brings the signal (a query, a place, a basket), things live for hours, or most users are new.",
            ),
            ("Between", "candidates at night, features as events come, scores at the request."),
            ("Ask", "what an hour of staleness costs. A freshness curve answers it."),
        ],
    )
}

fn ladder() -> Section {
    terms(
        "The ladder to production",
        5,
        &[
            ("Replay", "past requests, as of their moment. Costs nothing; sees no effect of its own."),
            (
                "Shadow",
                "all traffic, nobody sees the answers: latency, errors, features the same as in training.",
            ),
            ("Canary", "one in a hundred: crashes, cost, complaints. Back in one step."),
            (
                "Interleaving",
                "both rankers in one list: far fewer users tell which is preferred, not by how much.",
            ),
            ("A/B", "the goal itself. One metric, margin and days, all written down before."),
            ("Holdback", "some stay with the old one for months: habits, loops, fatigue."),
        ],
    )
}

fn phrases() -> Section {
    terms(
        "Ten empty phrases, and what to say",
        4,
        &[
            ("«Deep learning»", "what the rule misses, and by how much the net beats it."),
            ("«More data»", "of whom, from where, and what the learning curve says."),
            (
                "«We balance classes»",
                "one negative in w is kept, then p / (p + (1 − p) / w), w the share kept.",
            ),
            ("«Feature engineering»", "four features: of whom, over what, known when."),
            ("«Retrain regularly»", "every so many hours, for the curve loses so much a day."),
            ("«It scales»", "requests a second / requests of a core = cores."),
            ("«Embeddings and ANN»", "numbers x items x bytes; recall against the exact search."),
            ("«We A/B test»", "metric, smallest difference that matters, users, days."),
            ("«We monitor drift»", "three alarms, each with a threshold and somebody who comes."),
            ("«It depends»", "on one number: below it this, above it that."),
        ],
    )
}

fn others() -> Vec<&'static Card> {
    let texts = encoders::ALL.iter().map(|kind| &kind.card);
    let boxes = detectors::ALL.iter().map(|kind| &kind.card);
    texts.chain(boxes).chain(rerankers::ALL.iter().map(|kind| &kind.card)).collect()
}

/// What to reach for and when to leave it, as the cards say, each in its first clause.
fn cards(title: &str, spare: u8, cards: Vec<&Card>) -> Section {
    let one = |card: &&Card| {
        let said = format!("{}; `not` {}", lower(&clause(card.when)), lower(&clause(card.avoid)));
        (card.name.to_owned(), said)
    };
    Section {
        title: title.to_owned(),
        spare: Some(spare),
        blocks: vec![Block::Terms(cards.iter().map(one).collect())],
    }
}

/// The first clause of a sentence.
fn clause(text: &str) -> String {
    let ends = [". ", ": ", "; "];
    let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    text[..end].trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_that_the_sheet_names_is_in_the_registry() {
        for name in SHAPES.iter().flat_map(|(_, names)| *names) {
            assert!(metrics::find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_minutes_are_those_of_an_interview() {
        assert_eq!(STEPS.iter().map(|step| step.1).sum::<u32>(), 45);
    }

    #[test]
    fn a_clause_ends_before_what_explains_it() {
        assert_eq!(clause("Where tastes differ: all see the same."), "Where tastes differ");
        assert_eq!(clause("Alone."), "Alone");
    }
}
