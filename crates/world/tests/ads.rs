//! The world of ads: its rates, and the effects that it plants.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::collections::{BTreeMap, BTreeSet};

use rankine_world::ads::{Ads, Settings};
use rankine_world::{Line, Moment, Population, Visit, World};

/// One ad shown: what a contender may know of it, and whether it was clicked.
struct Shown {
    time: i64,
    slot: usize,
    slots: usize,
    ad: String,
    /// Fields of the ad, the user and the request, by name.
    fields: BTreeMap<&'static str, String>,
    propensity: f64,
    clicked: bool,
}

struct Record {
    shown: Vec<Shown>,
    births: BTreeMap<String, i64>,
    /// (event, seconds after its request, value) of every interaction.
    done: Vec<(String, f64, Option<f64>)>,
}

fn text(fields: &[(String, serde_json::Value)], name: &str) -> String {
    let found = fields.iter().find(|(given, _)| given == name);
    found
        .map(|(_, value)| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        .unwrap_or_default()
}

impl Record {
    fn of(settings: &Settings, seed: u64) -> Record {
        let mut record = Record { shown: Vec::new(), births: BTreeMap::new(), done: Vec::new() };
        let mut entities = BTreeMap::new();
        let mut requests: BTreeMap<String, (i64, usize, Vec<String>)> = BTreeMap::new();
        Ads::new(settings, seed).log(&mut |line| match line {
            Line::Entity { event, id, time, fields } => {
                if event == "ad" {
                    record.births.insert(id.clone(), time);
                }
                entities.insert(id, fields);
            }
            Line::Request { id, time, user, context, shown, .. } => {
                requests.insert(id, (time, record.shown.len(), shown.clone()));
                let chances = context.iter().find(|(name, _)| name == "propensity").unwrap().1.clone();
                for (slot, ad) in shown.iter().enumerate() {
                    let mut fields = BTreeMap::new();
                    for name in ["advertiser", "category", "format"] {
                        fields.insert(name, text(&entities[ad], name));
                    }
                    for name in ["country", "age"] {
                        fields.insert(name, text(&entities[&user], name));
                    }
                    for name in ["device", "placement"] {
                        fields.insert(name, text(&context, name));
                    }
                    record.shown.push(Shown {
                        time,
                        slot,
                        slots: shown.len(),
                        ad: ad.clone(),
                        fields,
                        propensity: chances[slot].as_f64().unwrap(),
                        clicked: false,
                    });
                }
            }
            Line::Interaction { event, time, item, request, fields, .. } => {
                let (asked, first, shown) = &requests[&request.unwrap()];
                let slot = shown.iter().position(|ad| *ad == item).unwrap();
                record.shown[first + slot].clicked |= event == "click";
                let value = fields.iter().find(|(name, _)| name == "value").and_then(|(_, v)| v.as_f64());
                record.done.push((event, (time - asked) as f64 / 1000.0, value));
            }
        });
        record
    }

    fn rate(&self, of: impl Fn(&Shown) -> bool) -> f64 {
        let (clicks, all) = self
            .shown
            .iter()
            .filter(|shown| of(shown))
            .fold((0, 0), |(clicks, all), shown| (clicks + usize::from(shown.clicked), all + 1));
        clicks as f64 / all as f64
    }
}

fn third() -> Settings {
    Settings { requests: 36_000, users: 4_000, days: 10, ..Settings::default() }
}

#[test]
fn rates_are_those_of_a_market() {
    let record = Record::of(&Settings::default(), 1);
    let rate = record.rate(|_| true);
    println!("{rate:.4} clicks an impression of {}", record.shown.len());
    assert!((0.018..0.022).contains(&rate), "{rate} clicks an impression");
    assert!((230_000..290_000).contains(&record.shown.len()), "{} impressions", record.shown.len());
    assert!(record.shown.iter().all(|shown| (1..=4).contains(&shown.slots)));
    let count = |name: &str| record.done.iter().filter(|(event, _, _)| event == name).count();
    let (clicks, conversions, hides) = (count("click"), count("conversion"), count("hide"));
    println!("{rate:.4} clicks, {clicks} in all, {conversions} conversions, {hides} hides");
    assert!((0.03..0.2).contains(&(conversions as f64 / clicks as f64)), "{conversions} conversions");
    assert!(hides > 50 && hides < clicks, "{hides} hides");
    for (event, seconds, value) in &record.done {
        match event.as_str() {
            "conversion" => assert!(value.unwrap() > 0.0 && *seconds > 60.0),
            _ => assert!(value.is_none() && (1.0..1_800.0).contains(seconds), "{event} after {seconds} s"),
        }
    }
    let late = record.done.iter().filter(|(event, seconds, _)| event == "conversion" && *seconds > 86_400.0);
    assert!(late.count() * 4 > conversions, "conversions come days later");
}

#[test]
fn many_users_come_seldom_and_some_often() {
    let mut visits: BTreeMap<String, usize> = BTreeMap::new();
    Ads::new(&third(), 2).log(&mut |line| {
        if let Line::Request { user, .. } = line {
            *visits.entry(user).or_default() += 1;
        }
    });
    let mut counts: Vec<usize> = visits.into_values().collect();
    counts.sort_unstable();
    let seldom = counts.iter().filter(|count| **count <= 5).count() as f64 / counts.len() as f64;
    assert!(seldom > 0.3, "{seldom} of the users come five times at most");
    assert!(counts[counts.len() * 99 / 100] > 40, "the busiest come often");
}

#[test]
fn random_slots_show_the_position_bias() {
    let settings = Settings { explore: 1.0, click_rate: 0.15, ..third() };
    let record = Record::of(&settings, 3);
    // Placements differ, so the slots of one number are compared with each other.
    let rate = |slot: usize| record.rate(|shown| shown.slots == 4 && shown.slot == slot);
    for slot in [1, 3] {
        let (ratio, expected) = (rate(slot) / rate(0), (slot as f64 + 1.0).powf(-settings.position_bias));
        assert!((ratio / expected - 1.0).abs() < 0.2, "slot {slot}: {ratio} for {expected}");
    }
    let eligible = f64::from(settings.eligible);
    assert!(
        record
            .shown
            .iter()
            .all(|shown| (shown.propensity - 1.0 / (eligible - shown.slot as f64)).abs() < 1e-6)
    );
}

#[test]
fn propensities_are_the_frequencies_of_choice() {
    let settings = Settings { log_eligible: true, ..third() };
    let (mut expected, mut happened, mut first) = (0.0, 0.0, 0.0);
    Ads::new(&settings, 4).log(&mut |line| {
        if let Line::Request { context, shown, .. } = line {
            let value = |name: &str| context.iter().find(|(given, _)| given == name).unwrap().1.clone();
            let eligible = value("eligible");
            let eligible: Vec<&str> =
                eligible.as_array().unwrap().iter().map(|ad| ad.as_str().unwrap()).collect();
            assert!(shown.iter().all(|ad| eligible.contains(&ad.as_str())));
            // Weighted by one over the propensity, what was shown counts as all that could have been.
            first += 1.0;
            happened += 1.0 / value("propensity")[0].as_f64().unwrap();
            expected += eligible.len() as f64;
        }
    });
    assert!((happened / expected - 1.0f64).abs() < 0.05, "{happened} against {expected} in {first} requests");
}

#[test]
fn churn_replaces_the_share_of_ads_that_it_says() {
    for churn in [0.0, 0.1, 0.5] {
        let settings = Settings { churn, ..third() };
        let record = Record::of(&settings, 5);
        let born = record.births.values().filter(|birth| **birth > settings.start).count() as f64;
        let expected = churn * 240.0 * 10.0;
        assert!((born - expected).abs() <= 1.0, "{born} ads are born for {expected}");
        let life = if churn > 0.0 { 86_400_000.0 / churn } else { f64::INFINITY };
        for shown in &record.shown {
            let age = (shown.time - record.births[&shown.ad]) as f64;
            assert!((0.0..=1.02 * life).contains(&age), "{} is shown after {age} ms", shown.ad);
        }
    }
}

/// Mean log loss on the last day of counted rates: each key multiplies the odds by what it did before,
/// doubted like `doubt` impressions of none.
fn log_loss(record: &Record, keys: &[&[&'static str]]) -> f64 {
    let split = record.shown.last().unwrap().time - 86_400_000;
    let key = |shown: &Shown, names: &[&'static str]| {
        let word = |name: &&'static str| match *name {
            "ad" => shown.ad.clone(),
            "slot" => format!("{} of {}", shown.slot, shown.slots),
            name => shown.fields[name].clone(),
        };
        names.iter().map(word).collect::<Vec<_>>().join(" ")
    };
    let (train, test): (Vec<&Shown>, Vec<&Shown>) = record.shown.iter().partition(|shown| shown.time < split);
    let base = train.iter().filter(|shown| shown.clicked).count() as f64 / train.len() as f64;
    let mut odds: Vec<f64> = vec![base; record.shown.len()];
    // Each key in turn corrects what those before it predict.
    for names in keys {
        let mut counts: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for (at, shown) in train.iter().enumerate() {
            let count = counts.entry(key(shown, names)).or_default();
            *count = (count.0 + f64::from(u8::from(shown.clicked)), count.1 + odds[at]);
        }
        for (at, shown) in train.iter().chain(&test).enumerate() {
            let (clicks, expected) = counts.get(&key(shown, names)).copied().unwrap_or_default();
            odds[at] *= (clicks + 8.0) / (expected + 8.0);
        }
    }
    let loss = |(at, shown): (usize, &&Shown)| {
        let chance = odds[train.len() + at].clamp(1e-5, 0.9);
        -(if shown.clicked { chance } else { 1.0 - chance }).ln()
    };
    test.iter().enumerate().map(loss).sum::<f64>() / test.len() as f64
}

#[test]
fn churn_turns_the_winner_round() {
    let fields: &[&[&'static str]] = &[
        &["slot"],
        &["placement"],
        &["format"],
        &["advertiser", "placement"],
        &["category", "country"],
        &["device", "format"],
    ];
    let ids: &[&[&'static str]] = &[&["slot"], &["placement"], &["ad"], &["ad", "country"]];
    for seed in 1..=3 {
        let gap = |churn| {
            let settings = Settings { churn, requests: 40_000, click_rate: 0.05, ..Settings::default() };
            let record = Record::of(&settings, seed);
            let (ids, fields, none) =
                (log_loss(&record, ids), log_loss(&record, fields), log_loss(&record, &[&["slot"]]));
            println!("seed {seed} churn {churn}: ids {ids:.5} fields {fields:.5} neither {none:.5}");
            (fields - ids) / none
        };

        assert!(gap(0.01) > 0.0, "ids win where ads stay");
        assert!(gap(1.0) < 0.0, "fields win where ads go");
    }
}

#[test]
fn staleness_costs() {
    // The clicks of yesterday say more of an advertiser than as many of last week.
    let record = Record::of(&Settings { click_rate: 0.15, churn: 0.0, drift: 1.0, ..third() }, 6);
    let day = |shown: &Shown| (shown.time - record.shown[0].time) / 86_400_000;
    let mut rates: BTreeMap<(String, i64), (f64, f64)> = BTreeMap::new();
    for shown in &record.shown {
        let cell = rates.entry((shown.fields["advertiser"].clone(), day(shown))).or_default();
        *cell = (cell.0 + f64::from(u8::from(shown.clicked)), cell.1 + 1.0);
    }
    let apart = |days: i64| {
        let pairs = rates.iter().filter_map(|((advertiser, day), now)| {
            let then = rates.get(&(advertiser.clone(), day - days))?;
            let rate = |cell: &(f64, f64)| (cell.0 + 5.0) / (cell.1 + 50.0);
            (now.1 > 80.0 && then.1 > 80.0).then(|| (rate(now) / rate(then)).ln().powi(2))
        });
        let gaps: Vec<f64> = pairs.collect();
        gaps.iter().sum::<f64>() / gaps.len() as f64
    };
    let (one, three) = (apart(1), apart(3));
    println!("squared change of log rate: {one:.4} in a day, {three:.4} in three");
    assert!(three > 1.15 * one, "{three} in three days, {one} in one");
}

fn visits(world: &Ads, count: usize) -> Vec<Visit> {
    let moments = world.afterwards(count).into_iter();
    moments.filter_map(|moment| if let Moment::Visit(visit) = moment { Some(visit) } else { None }).collect()
}

#[test]
fn the_true_probability_is_the_frequency_of_clicks_and_is_worth_its_bid() {
    let mut world = Ads::new(&Settings { click_rate: 0.2, ..third() }, 7);
    let (mut expected, mut happened, mut earned) = (0.0, 0.0, 0.0);
    for visit in visits(&world.clone(), 800) {
        for slot in [0, 1] {
            for ad in visit.pool.iter().take(6) {
                let mut slate = vec!["nothing".to_owned(); slot];
                slate.push(ad.clone());
                let lines = world.react(&visit, &slate);
                let clicks = lines
                    .iter()
                    .filter(|line| matches!(line, Line::Interaction { event, .. } if event == "click"));
                let seen = visit.context[1].1 != "header" && visit.context[1].1 != "popup" || slot == 0;
                expected += if seen { world.chance(&visit, ad, slot).unwrap() } else { 0.0 };
                happened += clicks.count() as f64;
                earned += world.worth(&lines);
            }
        }
    }
    assert!((happened / expected - 1.0f64).abs() < 0.05, "{happened} clicks for {expected}");
    assert!(earned > 0.3 * happened && earned < 5.0 * happened, "{earned} earned by {happened} clicks");
}

#[test]
fn knowing_the_truth_earns_more_than_bids_alone() {
    let settings = third();
    let mut world = Ads::new(&settings, 8);
    let mut bids = BTreeMap::new();
    let note = |bids: &mut BTreeMap<String, f64>, line: &Line| {
        if let Line::Entity { id, fields, .. } = line
            && let Some((_, bid)) = fields.iter().find(|(name, _)| name == "bid")
        {
            bids.insert(id.clone(), bid.as_f64().unwrap());
        }
    };
    world.log(&mut |line| note(&mut bids, &line));
    let mut totals = [0.0; 2];
    let mut late = 0;
    for moment in world.afterwards(6_000) {
        let visit = match moment {
            Moment::Event(line) => {
                late += usize::from(matches!(line, Line::Interaction { .. }));
                note(&mut bids, &line);
                continue;
            }
            Moment::Visit(visit) => visit,
        };
        assert_eq!(visit.pool.iter().collect::<BTreeSet<_>>().len(), 40);
        for (which, total) in totals.iter_mut().enumerate() {
            let mut ranked: Vec<(f64, &String)> = visit
                .pool
                .iter()
                .map(|ad| {
                    (bids[ad] * if which == 0 { 1.0 } else { world.chance(&visit, ad, 0).unwrap() }, ad)
                })
                .collect();
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
            let slate: Vec<String> = ranked.iter().take(4).map(|(_, ad)| (*ad).clone()).collect();
            *total += world
                .react(&visit, &slate)
                .iter()
                .map(|line| world.worth(std::slice::from_ref(line)))
                .sum::<f64>();
        }
    }
    println!("revenue by bid {:.1}, by bid x truth {:.1}; {late} late conversions", totals[0], totals[1]);
    assert!(totals[1] > 1.5 * totals[0], "{totals:?}");
    assert!(late > 3, "{late} conversions of the log come after it");
}

#[test]
fn the_defaults_are_inside_their_ranges_and_no_setting_makes_a_panic() {
    assert_eq!(Settings::default().clamped(), Settings::default());
    let tiny = Settings { users: 5, ads: 5, days: 2, requests: 40, advertisers: 3, ..Settings::default() };
    let table = [
        Settings { users: 0, ads: 0, days: 0, requests: 0, ..tiny.clone() },
        Settings { categories: 0, advertisers: 0, factors: 0, eligible: 0, ..tiny.clone() },
        Settings { start: i64::MIN, new_users: 1.0, churn: 1e9, ..tiny.clone() },
        Settings { start: i64::MAX, churn: 1e-300, ..tiny.clone() },
        Settings { churn: f64::NAN, session_requests: f64::NAN, conversion_days: f64::NAN, ..tiny.clone() },
        Settings { policy_noise: 1e9, appeal: 1e9, interest: -1.0, explore: 2.0, ..tiny.clone() },
        Settings { click_rate: 1e9, hide_base: 1e9, conversion_base: 1e9, drift: 1e9, ..tiny.clone() },
        Settings { eligible: u32::MAX, categories: u32::MAX, position_bias: f64::INFINITY, ..tiny },
    ];
    for settings in table {
        let world = Ads::new(&settings, u64::MAX);
        let mut requests = 0;
        world.log(&mut |line| requests += u32::from(matches!(line, Line::Request { .. })));
        assert_eq!(requests, settings.requests.max(1));
        assert!(world.afterwards(3).len() >= 3);
    }
}
