//! Whether the world rewards personal ranking: crude rankers of the test's own, offline and online.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rankine_world::{Line, Moment, Settings, Visit, World};

const HOUR: i64 = 3_600_000;

/// Relevant watches (user, video, time), requests and seconds of a log, all as plain vectors.
#[derive(Default)]
struct Record {
    seconds: HashMap<String, f64>,
    requests: Vec<Visit>,
    watches: Vec<(String, String, i64)>,
    relevant: Vec<(String, String, i64)>,
}

impl Record {
    fn of(world: &World) -> Record {
        let mut record = Record::default();
        world.log(&mut |line| record.add(line));
        record
    }

    fn add(&mut self, line: Line) {
        match line {
            Line::Entity { event, id, fields, .. } if event == "video" => {
                let seconds = fields.iter().find(|(name, _)| name == "seconds").unwrap().1.as_f64().unwrap();
                self.seconds.insert(id, seconds);
            }
            Line::Request { id, time, user, context, .. } => {
                self.requests.push(Visit { id, time, user, context })
            }
            Line::Interaction { event, time, user, item, fields, .. } if event == "watch" => {
                if fields[0].1.as_f64().unwrap() >= 0.5 * self.seconds[&item] {
                    self.relevant.push((user.clone(), item.clone(), time));
                }
                self.watches.push((user, item, time));
            }
            _ => {}
        }
    }
}

/// Popularity and item-item cosine, both counted on relevant watches before a time.
struct Crude {
    popular: BTreeMap<String, f64>,
    neighbours: HashMap<String, Vec<(String, f64)>>,
    profiles: HashMap<String, Vec<String>>,
}

impl Crude {
    fn fit(record: &Record, before: i64) -> Crude {
        let mut popular: BTreeMap<String, f64> = BTreeMap::new();
        let mut profiles: HashMap<String, Vec<String>> = HashMap::new();
        for (user, item, _) in record.relevant.iter().filter(|watch| watch.2 < before) {
            *popular.entry(item.clone()).or_default() += 1.0;
            profiles.entry(user.clone()).or_default().push(item.clone());
        }
        let mut together: BTreeMap<(&str, &str), f64> = BTreeMap::new();
        for items in profiles.values() {
            for (place, left) in items.iter().enumerate() {
                for right in items.iter().skip(place + 1) {
                    *together.entry((left, right)).or_default() += 1.0;
                    *together.entry((right, left)).or_default() += 1.0;
                }
            }
        }
        let mut neighbours: HashMap<String, Vec<(String, f64)>> = HashMap::new();
        for ((left, right), count) in together {
            // The added 5 shrinks cosines that rest on few watches.
            let cosine = count / ((popular[left] + 5.0) * (popular[right] + 5.0)).sqrt();
            neighbours.entry(left.to_owned()).or_default().push((right.to_owned(), cosine));
        }
        Crude { popular, neighbours, profiles }
    }

    fn by_neighbours(&self, user: &str) -> BTreeMap<String, f64> {
        let mut scores: BTreeMap<String, f64> =
            self.popular.iter().map(|(item, n)| (item.clone(), n * 1e-6)).collect();
        for item in self.profiles.get(user).into_iter().flatten() {
            for (other, cosine) in self.neighbours.get(item).into_iter().flatten() {
                *scores.entry(other.clone()).or_default() += cosine;
            }
        }
        scores
    }
}

fn top(scores: &BTreeMap<String, f64>, exclude: &BTreeSet<String>, count: usize) -> Vec<String> {
    let mut ranked: Vec<(&String, f64)> = scores
        .iter()
        .filter(|(item, _)| !exclude.contains(*item))
        .map(|(item, score)| (item, *score))
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    ranked.into_iter().take(count).map(|(item, _)| item.clone()).collect()
}

fn ndcg(ranked: &[String], relevant: &BTreeSet<&str>) -> f64 {
    let discount = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let gain: f64 =
        (0..ranked.len()).filter(|at| relevant.contains(ranked[*at].as_str())).map(discount).sum();
    gain / (0..relevant.len().min(10)).map(discount).sum::<f64>()
}

/// Scores of each ranker, in the order popular, item-item, oracle.
type Scores = [f64; 3];

fn rank_all(
    crude: &Crude,
    world: &World,
    visit: &Visit,
    items: &[String],
    seen: &BTreeSet<String>,
) -> [Vec<String>; 3] {
    let truth: BTreeMap<String, f64> =
        items.iter().filter_map(|item| Some((item.clone(), world.relevance(visit, item)?))).collect();
    [top(&crude.popular, seen, 10), top(&crude.by_neighbours(&visit.user), seen, 10), top(&truth, seen, 10)]
}

fn offline(world: &World, record: &Record) -> Scores {
    let (first, last) = (record.requests[0].time, record.requests.last().unwrap().time);
    let split = first + ((last - first) as f64 * 0.85) as i64;
    let crude = Crude::fit(record, split);
    let items: Vec<String> = record.seconds.keys().cloned().collect();
    let (mut totals, mut count) = ([0.0; 3], 0.0);
    for visit in record.requests.iter().filter(|visit| visit.time >= split) {
        let relevant: BTreeSet<&str> = record
            .relevant
            .iter()
            .filter(|watch| watch.0 == visit.user && watch.2 >= visit.time && watch.2 < visit.time + HOUR)
            .map(|watch| watch.1.as_str())
            .collect();
        if relevant.is_empty() {
            continue;
        }
        let seen = record.watches.iter().filter(|watch| watch.0 == visit.user && watch.2 < visit.time);
        let seen: BTreeSet<String> = seen.map(|watch| watch.1.clone()).collect();
        let ranked = rank_all(&crude, world, visit, &items, &seen);
        (0..3).for_each(|which| totals[which] += ndcg(&ranked[which], &relevant));
        count += 1.0;
    }
    totals.map(|total| total / count)
}

fn online(world: &World, record: &Record, visits: usize) -> Scores {
    let crude = Crude::fit(record, world.end());
    let items: Vec<String> = record.seconds.keys().cloned().collect();
    let moments = world.afterwards(visits);
    let mut totals = [0.0; 3];
    for which in 0..3 {
        let mut population = world.population();
        let mut seen: HashMap<String, BTreeSet<String>> = HashMap::new();
        record.watches.iter().for_each(|watch| {
            seen.entry(watch.0.clone()).or_default().insert(watch.1.clone());
        });
        for moment in &moments {
            let Moment::Visit(visit) = moment else { continue };
            let mine = seen.entry(visit.user.clone()).or_default();
            let slate = &rank_all(&crude, world, visit, &items, mine)[which];
            let lines = population.react(world, visit, slate);
            totals[which] += world.relevant(&lines) as f64;
            for line in lines {
                if let Line::Interaction { item, .. } = line {
                    mine.insert(item);
                }
            }
        }
    }
    totals.map(|total| total / visits as f64)
}

/// A fifth of the default world, with the same numbers per user and per video.
fn reduced() -> Settings {
    Settings {
        users: 600,
        items: 500,
        births_per_day: 1.7,
        channels: 60,
        requests: 8_000,
        ..Settings::default()
    }
}

#[test]
fn personal_ranking_beats_popularity_offline_and_online() {
    for seed in 1..=3 {
        let world = World::new(&reduced(), seed);
        let record = Record::of(&world);
        let [popular, neighbours, oracle] = offline(&world, &record);
        println!("seed {seed} offline: popular {popular:.4} item-item {neighbours:.4} oracle {oracle:.4}");
        let [popular_on, neighbours_on, oracle_on] = online(&world, &record, 400);
        println!(
            "seed {seed} online: popular {popular_on:.3} item-item {neighbours_on:.3} oracle {oracle_on:.3}"
        );
        assert!(neighbours >= 1.5 * popular, "seed {seed}: {neighbours} {popular}");
        assert!(oracle >= 1.2 * neighbours, "seed {seed}: {oracle} {neighbours}");
        assert!(neighbours_on >= 1.2 * popular_on, "seed {seed}: {neighbours_on} {popular_on}");
        assert!(oracle_on >= 1.2 * neighbours_on, "seed {seed}: {oracle_on} {neighbours_on}");
    }
}

#[test]
fn typical_users_have_enough_relevant_watches_to_learn_from() {
    let world = World::new(&reduced(), 1);
    let record = Record::of(&world);
    let density = record.relevant.len() as f64 / record.requests.len() as f64;
    let mut counts: HashMap<&str, usize> = (0..600).map(|_| ("", 0)).collect();
    record.relevant.iter().for_each(|watch| *counts.entry(&watch.0).or_default() += 1);
    let mut counts: Vec<usize> = counts.into_values().chain(std::iter::repeat(0)).take(600).collect();
    counts.sort_unstable();
    let mut per_item: HashMap<&str, usize> = HashMap::new();
    record.relevant.iter().for_each(|watch| *per_item.entry(&watch.1).or_default() += 1);
    let mut per_item: Vec<usize> = per_item.into_values().collect();
    per_item.sort_unstable();
    println!(
        "{density:.2} relevant a request, {} median, per item median {} of {} max {}",
        counts[300],
        per_item[per_item.len() / 2],
        per_item.len(),
        per_item.last().unwrap()
    );
    assert!((1.0..=2.0).contains(&density), "{density} relevant watches a request");
    assert!(counts[300] >= 10, "median user has {}", counts[300]);
}
