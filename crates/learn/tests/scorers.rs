//! Laws that every scorer keeps, whatever it is given.

use proptest::prelude::*;
use rankine_learn::algorithms::scorers::{ALL, Kind, Scorer, find};
use rankine_learn::{BagColumn, Column, Examples, Kind as Holds, Rows, Setting, Settings, rng};

use rand::RngExt;

const NAN: f32 = f32::NAN;
const INF: f32 = f32::INFINITY;

/// The defaults, with a column that is there where one must be named.
fn preset(kind: &Kind) -> Settings {
    let named = kind.card.parameters.iter().filter(|parameter| parameter.kind == Holds::Column);
    named.fold(kind.card.defaults(), |settings, parameter| {
        settings.with(parameter.name, Setting::Word("n0".to_owned()))
    })
}

/// The defaults, and each choice of each parameter besides.
fn variants(kind: &Kind) -> Vec<Settings> {
    let mut all = vec![preset(kind)];
    for parameter in kind.card.parameters {
        if let Holds::Choice(words) = parameter.kind {
            let choose = |word: &&str| preset(kind).with(parameter.name, Setting::Word((*word).to_owned()));
            all.extend(words.iter().map(choose));
        }
        if parameter.kind == Holds::Column {
            let choose = |word: &str| preset(kind).with(parameter.name, Setting::Word(word.to_owned()));
            all.extend(["n2", "c3", "b0", "none such"].map(choose));
        }
        if parameter.kind == Holds::Words {
            let words = ["n0 x c3", "c3 x n1", "c3 x c3", "c3", "all", "none x such", " x "];
            let choose = |words: &[&str]| {
                let words = words.iter().map(|word| (*word).to_owned()).collect();
                preset(kind).with(parameter.name, Setting::Words(words))
            };
            all.extend(words.iter().map(|word| choose(&[word])));
            all.push(choose(&words));
        }
    }
    all
}

/// Number columns with these rows, two rows a request.
fn numbers(labels: &[f32], rows: &[&[f32]]) -> Examples {
    let width = rows.first().map_or(0, |row| row.len());
    Examples {
        columns: (0..width).map(|at| Column::number(format!("n{at}"))).collect(),
        rows: Rows { values: rows.concat(), width, ..Rows::default() },
        bags: Vec::new(),
        labels: labels.to_vec(),
        weights: vec![1.0; labels.len()],
        groups: labels.chunks(2).map(|pair| pair.len() as u32).collect(),
    }
}

/// `rows` rows in requests of ten; every fourth column a category of some 400, few of them frequent, every seventh value missing.
fn drawn(rows: usize, width: usize, seed: u64, label: impl Fn(&[f32]) -> bool) -> Examples {
    let mut draws = rng(seed, &[]);
    let mut examples = Examples { rows: Rows::missing(rows, width), ..Examples::default() };
    let column = |at: usize| match at % 4 {
        3 => Column::category(format!("c{at}")),
        _ => Column::number(format!("n{at}")),
    };
    examples.columns = (0..width).map(column).collect();
    for row in 0..rows {
        for at in 0..width {
            let value: f32 = draws.random_range(-1.0..1.0);
            let whole = (value.powi(3) * 200.0).round();
            let value = if at % 4 == 3 { whole } else { value };
            examples.rows.row_mut(row)[at] =
                if draws.random_range(0..7) == 0 && at > 1 { NAN } else { value };
        }
        examples.labels.push(f32::from(u8::from(label(examples.rows.row(row)))));
    }
    examples.weights = (0..rows).map(|row| 1.0 + (row % 3) as f32).collect();
    examples.groups = vec![10; rows / 10];
    examples
}

/// The same with two bags a row: few of 40 terms, and sometimes some of two million.
fn bagged(mut examples: Examples, seed: u64) -> Examples {
    let mut draws = rng(seed, &[9]);
    examples.bags = [("b0", 40), ("b1", 2_000_000)]
        .map(|(name, terms)| BagColumn { name: name.to_owned(), terms })
        .to_vec();
    let rows = examples.labels.len();
    examples.rows.bag_width = 2;
    examples.rows.bags = vec![Vec::new(); rows * 2];
    for (at, bag) in examples.rows.bags.iter_mut().enumerate() {
        let terms = examples.bags[at % 2].terms;
        let drawn = draws.random_range(0..4) * (1 - at % 2 * draws.random_range(0..2));
        let mut list: Vec<u32> = (0..drawn).map(|_| draws.random_range(0..terms)).collect();
        list.sort_unstable();
        list.dedup();
        *bag = list.into_iter().map(|term| (term, 1.0 + draws.random::<f32>())).collect();
    }
    examples
}

fn odd() -> Vec<(&'static str, Examples)> {
    let mut categories = numbers(&[0., 1., 1., 0.], &[&[3., NAN], &[-2., 1.], &[NAN, 1.], &[INF, 9e30]]);
    categories.columns.iter_mut().for_each(|column| column.category = true);
    let mut weightless = numbers(&[0., 1.], &[&[1.], &[2.]]);
    weightless.weights = vec![0.0, 0.0];
    let mut odd_bags = bagged(numbers(&[0., 1., 1., 0.], &[&[3.], &[-2.], &[NAN], &[INF]]), 4);
    let bags = [vec![(0, NAN), (1, INF)], vec![(7, 1e38), (u32::MAX, -INF)], vec![(40, -1e38)], vec![]];
    odd_bags.rows.bags.iter_mut().zip(bags.iter().cycle()).for_each(|(bag, odd)| bag.clone_from(odd));
    vec![
        ("empty", numbers(&[], &[])),
        (
            "empty with columns",
            Examples { columns: vec![Column::number("a")], rows: Rows::missing(0, 1), ..Examples::default() },
        ),
        ("rows without columns", numbers(&[0., 1., 0.], &[&[], &[], &[]])),
        ("one row", numbers(&[1.], &[&[0.5, NAN]])),
        ("labels all 0", numbers(&[0.; 4], &[&[1.], &[2.], &[3.], &[4.]])),
        ("labels all 1", numbers(&[1.; 4], &[&[1.], &[2.], &[3.], &[4.]])),
        ("all missing", numbers(&[0., 1., 0., 1.], &[&[NAN, NAN] as &[f32]; 4])),
        ("constant", numbers(&[0., 1., 0., 1.], &[&[7.0f32, -0.0f32] as &[f32]; 4])),
        (
            "infinite",
            numbers(&[0., 1., 0., 1.], &[&[INF, 1.], &[-INF, 2.], &[0., INF], &[f32::MAX, f32::MIN]]),
        ),
        ("wild labels", numbers(&[NAN, 1e38, -5., 40.], &[&[1.], &[2.], &[3.], &[4.]])),
        ("odd categories", categories),
        ("weightless", weightless),
        ("drawn", drawn(400, 9, 1, |row| row[0] > row[1])),
        ("bags", bagged(drawn(400, 9, 1, |row| row[0] > row[1]), 1)),
        ("bags alone", bagged(numbers(&[0., 1., 0.], &[&[], &[], &[]]), 2)),
        ("no row has a bag", bagged(numbers(&[], &[]), 3)),
        ("odd bags", odd_bags),
    ]
}

/// Rows that no training saw: odd values, and bags of terms that are odd or not known.
fn probes_with_bags(width: usize, bags: usize) -> Rows {
    let mut rows = probes(width).with_bags(bags);
    if width == 0 {
        rows.bags = vec![Vec::new(); 12 * bags];
    }
    let odd =
        [vec![], vec![(0, 1.0), (3, 2.0)], vec![(5, NAN), (9, INF), (1_999_999, -1e38), (u32::MAX, 1.0)]];
    rows.bags.iter_mut().enumerate().for_each(|(at, bag)| bag.clone_from(&odd[(at + at / bags) % 3]));
    rows.bag_width = bags;
    rows
}

/// Rows that no training saw: odd values, in the width of the examples.
fn probes(width: usize) -> Rows {
    let values = [0.0, -0.0, NAN, INF, -INF, 1.0, -3.0, 7.0, 1e-40, f32::MAX, f32::MIN, 0.3];
    let values = (0..12 * width).map(|at| values[(at * 7 + at / 12) % 12]).collect();
    Rows { values, width, ..Rows::default() }
}

fn keeps_the_laws(what: &str, kind: &Kind, scorer: &dyn Scorer, examples: &Examples) {
    let width = examples.rows.width.max(examples.columns.len());
    let bags = examples.rows.bag_width.max(examples.bags.len());
    let bagged = |bags| probes_with_bags(width, bags);
    let mut all =
        vec![examples.rows.clone(), probes(width), probes(width + 2), probes(width.saturating_sub(1))];
    all.extend([bags, bags + 1, bags.saturating_sub(1)].map(bagged));
    for rows in &all {
        let scores = scorer.score(rows);
        assert_eq!(scores.len(), rows.len(), "{what}: a score a row");
        assert!(scores.iter().all(|score| score.is_finite()), "{what}: scores are finite: {scores:?}");
        if rows.width != width {
            continue;
        }
        for (row, score) in scores.iter().enumerate().take(50) {
            let parts = scorer.contributions(rows, row);
            let many = width + bags + 1;
            assert_eq!(parts.len(), many, "{what}: a contribution a column and bag, and the bias");
            let sum: f32 = parts.iter().sum();
            let size: f32 = 1.0 + parts.iter().map(|part| part.abs()).sum::<f32>();
            assert!(
                (sum - score).abs() <= 1e-5 * size,
                "{what}: contributions sum to the score: {sum} {score}"
            );
        }
    }
    let importance = scorer.importance();
    assert_eq!(importance.len(), width + bags, "{what}: an importance a column and bag");
    let sum: f32 = importance.iter().sum();
    let shares = importance.iter().all(|share| *share >= 0.0);
    assert!(
        shares && (sum == 0.0 || (sum - 1.0).abs() < 1e-4),
        "{what}: importance is a share: {importance:?}"
    );
    let bytes = scorer.save();
    let loaded = (kind.load)(&bytes).expect("what was saved can be loaded");
    let bits = |scorer: &dyn Scorer| -> Vec<u32> {
        scorer
            .score(&examples.rows)
            .into_iter()
            .chain(scorer.score(&probes(width)))
            .chain(scorer.score(&probes_with_bags(width, bags)))
            .map(f32::to_bits)
            .collect()
    };
    assert_eq!(bits(loaded.as_ref()), bits(scorer), "{what}: loaded scores as saved");
    assert_eq!(loaded.save(), bytes, "{what}: equal models give equal bytes");
}

#[test]
fn odd_examples_break_no_law() {
    for kind in ALL {
        for settings in variants(kind) {
            let settings = settings.with("bits", Setting::Count(10));
            for (name, examples) in odd() {
                let scorer = (kind.fit)(&settings, &examples, Some(&examples), 1);
                keeps_the_laws(
                    &format!("{} on {name} with {settings:?}", kind.card.name),
                    kind,
                    scorer.as_ref(),
                    &examples,
                );
            }
        }
    }
}

#[test]
fn without_examples_every_score_is_0() {
    for kind in ALL {
        let none =
            Examples { columns: vec![Column::number("a")], rows: Rows::missing(0, 1), ..Examples::default() };
        let scorer = (kind.fit)(&preset(kind), &none, None, 1);
        assert_eq!(scorer.score(&probes(1)), vec![0.0; 12], "{}", kind.card.name);
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let examples = bagged(drawn(20_000, 20, 2, |row| row[0] * row[1] > -0.1), 2);
    let valid = bagged(drawn(500, 20, 3, |row| row[0] * row[1] > 0.1), 3);
    for kind in ALL {
        for settings in variants(kind) {
            let settings = settings.with("trees", Setting::Count(8)).with("epochs", Setting::Count(2));
            let on = |threads: usize| {
                let pool =
                    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
                pool.install(|| (kind.fit)(&settings, &examples, Some(&valid), 7).save())
            };
            let alone = on(1);
            assert_eq!(alone, on(4), "{} with {settings:?}", kind.card.name);
            let nothing = Examples {
                columns: examples.columns.clone(),
                bags: examples.bags.clone(),
                ..Examples::default()
            };
            let untaught = (kind.fit)(&settings, &nothing, None, 7).save();
            assert_ne!(alone, untaught, "{} learned nothing with {settings:?}", kind.card.name);
        }
    }
}

#[test]
fn broken_bytes_are_refused_or_harmless() {
    let examples = bagged(drawn(80, 5, 4, |row| row[0] > 0.0), 4);
    for kind in ALL {
        let settings = preset(kind).with("trees", Setting::Count(3)).with("bits", Setting::Count(6));
        let settings = settings.with("factors", Setting::Count(1)).with("min_rows", Setting::Count(3));
        let bytes = (kind.fit)(&settings, &examples, None, 1).save();
        for end in 0..bytes.len() {
            assert!((kind.load)(&bytes[..end]).is_err(), "{} cut at {end}", kind.card.name);
        }
        let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
        assert!((kind.load)(&longer).is_err(), "{} with a byte too many", kind.card.name);
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff, bytes[at] ^ 0x10] {
                let mut broken = bytes.clone();
                broken[at] = value;
                if let Ok(scorer) = (kind.load)(&broken) {
                    scorer.score(&probes_with_bags(5, 2));
                    scorer.contributions(&probes_with_bags(5, 2), 0);
                    scorer.importance();
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_scorer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for kind in ALL {
            prop_assert!((kind.load)(&bytes).is_err());
        }
    }
}

/// The share of pairs of a relevant and another row, over all requests, that scores order rightly.
fn ordered(examples: &Examples, scores: &[f32]) -> f64 {
    let (mut right, mut all) = (0.0, 0.0);
    for start in (0..scores.len()).step_by(10) {
        for one in start..start + 10 {
            for other in start..start + 10 {
                if examples.labels[one] > examples.labels[other] {
                    all += 1.0;
                    right += f64::from(u8::from(scores[one] > scores[other]));
                }
            }
        }
    }
    right / all
}

#[test]
fn each_scorer_wins_where_its_rule_is_planted() {
    type Rule = fn(&[f32]) -> bool;
    let straight: Rule = |row| row[0] + 0.7 * row[1] > 0.3;
    let crossed: Rule = |row| (row[0] > 0.0) != (row[1] > 0.0);
    let missing: Rule = |row| row[2].is_nan();
    let paired: Rule = |row| (row[3] % 2.0 == 0.0) != (row[7].abs() < 8.0);
    let category: Rule = |row| row[3] % 2.0 == 0.0 && row[3].abs() < 8.0;
    let cases: [(&str, &str, Rule, usize, f64); 14] = [
        ("logistic", "trees", straight, 150, 0.95),
        ("trees", "logistic", crossed, 1000, 0.95),
        ("trees", "", missing, 1000, 0.99),
        ("logistic", "", missing, 1000, 0.99),
        ("trees", "", crossed, 1000, 0.95),
        ("trees", "", category, 5000, 0.97),
        ("logistic", "", category, 5000, 0.97),
        ("fm", "", straight, 1000, 0.95),
        ("fm", "", category, 5000, 0.97),
        ("ftrl", "", straight, 2000, 0.95),
        ("ftrl", "", category, 5000, 0.97),
        ("ftrl", "", missing, 2000, 0.99),
        ("fm", "logistic", paired, 20_000, 0.9),
        ("column", "prior", straight, 1000, 0.7),
    ];
    for (winner, loser, rule, rows, least) in cases {
        let (train, test) = (drawn(rows, 8, 5, rule), drawn(2000, 8, 6, rule));
        let share = |name: &str| {
            let kind = find(name).expect("a scorer of that name");
            let scorer = (kind.fit)(&preset(kind), &train, None, 1);
            ordered(&test, &scorer.score(&test.rows))
        };
        let won = share(winner);
        assert!(won >= least, "{winner} on {rows} rows: {won}");
        if !loser.is_empty() {
            let lost = share(loser);
            assert!(won > lost + 0.005, "{winner} {won}, {loser} {lost}");
        }
    }
}

/// A term among others decides, in a bag beside columns that say nothing.
#[test]
fn scorers_that_read_bags_find_a_planted_term() {
    let planted = |rows, seed| {
        let mut examples = bagged(drawn(rows, 3, seed, |_| false), seed);
        let bags = examples.rows.bags.chunks(2);
        examples.labels = bags
            .map(|bags| {
                let holds = bags[0].iter().any(|(term, _)| *term % 8 == 3);
                f32::from(u8::from(holds))
            })
            .collect();
        examples
    };
    let (train, test) = (planted(2000, 5), planted(2000, 6));
    let mut readers = 0;
    for kind in ALL.iter().filter(|kind| kind.reads_bags) {
        let scorer = (kind.fit)(&preset(kind), &train, None, 1);
        let share = ordered(&test, &scorer.score(&test.rows));
        assert!(share > 0.95, "{}: {share}", kind.card.name);
        let importance = scorer.importance();
        let most = importance.iter().copied().fold(0.0, f32::max);
        assert_eq!(importance[3], most, "{}: the bag matters most: {importance:?}", kind.card.name);
        readers += 1;
    }
    assert!(readers >= 3, "{readers} scorers read bags");
}

#[test]
fn quantiles_have_their_share_below() {
    let mut draws = rng(11, &[]);
    let kind = find("trees").expect("trees are a scorer");
    let mut of = |rows: usize, seed: u64| {
        let mut examples = drawn(rows, 5, seed, |_| false);
        for row in 0..rows {
            // The spread grows with the first column: no constant has the share everywhere.
            let first = examples.rows.row(row)[0];
            examples.labels[row] = 10.0 * first + (1.0 + first) * draws.random_range(-5.0f32..5.0);
        }
        examples.weights = vec![1.0; rows];
        examples
    };
    let (train, test) = (of(6000, 12), of(4000, 13));
    for share in [0.1, 0.5, 0.9] {
        let settings = preset(kind).with("loss", Setting::Word("quantile".to_owned()));
        let settings = settings.with("quantile", Setting::Number(share));
        let settings = settings.with("leaves", Setting::Count(6)).with("min_data", Setting::Count(100));
        let scorer = (kind.fit)(&settings, &train, None, 1);
        let scores = scorer.score(&test.rows);
        for upper in [false, true] {
            let half = || (0..4000).filter(|row| (test.rows.row(*row)[0] > 0.0) == upper);
            let below = half().filter(|row| test.labels[*row] <= scores[*row]).count();
            let have = below as f64 / half().count() as f64;
            assert!((have - share).abs() < 0.06, "{share}: {have} lie below where upper is {upper}");
        }
    }
}

/// Clicks, one in 400, by which of 3000 ads and where.
fn rare(rows: usize, seed: u64) -> Examples {
    let mut draws = rng(seed, &[5]);
    let mut examples = Examples { rows: Rows::missing(rows, 3), ..Examples::default() };
    examples.columns = vec![Column::category("ad"), Column::category("place"), Column::number("price")];
    for row in 0..rows {
        let ad = (draws.random::<f32>().powi(2) * 3000.0).floor();
        let place = draws.random_range(0..6) as f32;
        examples.rows.row_mut(row).copy_from_slice(&[ad, place, draws.random::<f32>()]);
        let good = if ad % 10.0 == 3.0 { 2.5 } else { -0.3 };
        let odds: f32 = -7.0 + good + if place == 2.0 { 1.5 } else { 0.0 };
        let click = draws.random::<f32>() < 1.0 / (1.0 + (-odds).exp());
        examples.labels.push(f32::from(u8::from(click)));
    }
    examples.weights = vec![1.0; rows];
    examples.groups = vec![1; rows];
    examples
}

#[test]
fn rare_clicks_are_told_and_their_rate_is_kept() {
    let (train, test) = (rare(50_000, 1), rare(30_000, 2));
    let share =
        |values: &[f32]| values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
    let chance = |score: &f32| 1.0 / (1.0 + (-score).exp());
    let loss = |scores: &[f32]| {
        let each = |(score, label): (&f32, &f32)| {
            let score = f64::from(*score);
            score.max(0.0) - score * f64::from(*label) + (-score.abs()).exp().ln_1p()
        };
        scores.iter().zip(&test.labels).map(each).sum::<f64>()
    };
    let scores = |name: &str| {
        let kind = find(name).expect("a scorer of that name");
        let mut settings = preset(kind).with("of", Setting::Word("ad".to_owned()));
        settings = settings.with("rate", Setting::Number(if name == "fm" { 0.2 } else { 0.02 }));
        settings = settings.with("patience", Setting::Count(20));
        if kind.card.parameter("categories").is_some() {
            settings = settings.with("categories", Setting::Count(3000));
        }
        if kind.card.parameter("loss").is_some() {
            settings = settings.with("loss", Setting::Word("logistic".to_owned()));
        }
        (kind.fit)(&settings, &train, Some(&test), 1).score(&test.rows)
    };
    let constant = loss(&scores("prior"));
    let most = [
        ("column", 0.99),
        ("logistic", 0.99),
        ("ftrl", 0.99),
        ("fm", 0.99),
        ("trees", 0.99),
        ("leaves", 1.05),
    ];
    for (name, most) in most {
        let scores = scores(name);
        let told = loss(&scores);
        assert!(told < most * constant, "{name}: {told}, a constant {constant}");
        let rate = share(&scores.iter().map(chance).collect::<Vec<f32>>()) / share(&test.labels);
        assert!((0.7..1.4).contains(&rate), "{name} expects {rate} times the clicks");
    }
}

#[test]
fn patience_drops_trees_that_do_not_help() {
    let mut noise = rng(9, &[]);
    let mut train = drawn(600, 6, 7, |_| false);
    train.labels.iter_mut().for_each(|label| *label = f32::from(u8::from(noise.random_range(0..2) == 0)));
    let mut valid = drawn(600, 6, 8, |_| false);
    valid.labels.iter_mut().for_each(|label| *label = f32::from(u8::from(noise.random_range(0..2) == 0)));
    let kind = find("trees").expect("trees are a scorer");
    let settings = kind.card.defaults().with("loss", Setting::Word("logistic".to_owned()));
    let all = (kind.fit)(&settings, &train, Some(&valid), 1).save();
    let settings = settings.with("patience", Setting::Count(5));
    let few = (kind.fit)(&settings, &train, Some(&valid), 1).save();
    assert!(few.len() * 4 < all.len(), "{} of {}", few.len(), all.len());
}

#[test]
fn every_card_says_what_it_must() {
    for kind in ALL {
        let card = &kind.card;
        for text in [card.what, card.when, card.avoid, card.cost, card.source] {
            assert!(text.len() > 20, "{}: {text}", card.name);
        }
        assert!(std::ptr::eq(find(card.name).expect("found by its name"), *kind));
        assert_eq!(preset(kind).0.len(), card.parameters.len(), "{}: defaults for all", card.name);
    }
}
