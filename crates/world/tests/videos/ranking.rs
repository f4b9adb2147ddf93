//! Whether the world rewards personal ranking: crude rankers of the test's own, offline and online.

use std::collections::{BTreeMap, BTreeSet};

use rankine_world::videos::{Settings, Videos};
use rankine_world::{Line, Moment, Population, Visit, World};
use serde_json::Value;

const HOUR: i64 = 3_600_000;

/// A watch: user, number of the video, time.
type Watch = (String, u32, i64);

/// What a ranker may read in a log.
#[derive(Default)]
struct Record {
    seconds: BTreeMap<u32, f64>,
    requests: Vec<Visit>,
    watches: Vec<Watch>,
    relevant: Vec<Watch>,
}

impl Record {
    fn of(world: &Videos) -> Record {
        let mut record = Record::default();
        world.log(&mut |line| record.add(line));
        record
    }

    fn add(&mut self, line: Line) {
        match line {
            Line::Entity { event, id, fields, .. } if event == "video" => {
                self.seconds.insert(number(&id), seconds(&fields));
            }
            Line::Request { id, time, user, context, .. } => {
                self.requests.push(Visit { id, time, user, context, pool: Vec::new() });
            }
            Line::Interaction { event, time, user, item, fields, .. } if event == "watch" => {
                let watch = (user, number(&item), time);
                if seconds(&fields) >= 0.5 * self.seconds[&watch.1] {
                    self.relevant.push(watch.clone());
                }
                self.watches.push(watch);
            }
            _ => {}
        }
    }
}

fn number(id: &str) -> u32 {
    id[1..].parse().expect("ids of videos are v and a number")
}

fn seconds(fields: &[(String, Value)]) -> f64 {
    let field = fields.iter().find(|(name, _)| name == "seconds");
    field.and_then(|(_, value)| value.as_f64()).expect("videos and watches have seconds")
}

/// Popularity and item-item cosine, both counted on relevant watches before a time.
struct Crude {
    popular: BTreeMap<u32, f64>,
    neighbours: BTreeMap<u32, Vec<(u32, f64)>>,
    profiles: BTreeMap<String, Vec<u32>>,
}

impl Crude {
    fn fit(record: &Record, before: i64) -> Crude {
        let mut popular: BTreeMap<u32, f64> = BTreeMap::new();
        let mut profiles: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (user, item, _) in record.relevant.iter().filter(|watch| watch.2 < before) {
            *popular.entry(*item).or_default() += 1.0;
            profiles.entry(user.clone()).or_default().push(*item);
        }
        let mut together: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        for items in profiles.values() {
            for (left, right) in items.iter().flat_map(|left| items.iter().map(move |right| (*left, *right)))
            {
                if left != right {
                    *together.entry((left, right)).or_default() += 1.0;
                }
            }
        }
        let mut neighbours: BTreeMap<u32, Vec<(u32, f64)>> = BTreeMap::new();
        for ((left, right), count) in together {
            // The added 5 shrinks cosines that rest on few watches.
            let cosine = count / ((popular[&left] + 5.0) * (popular[&right] + 5.0)).sqrt();
            neighbours.entry(left).or_default().push((right, cosine));
        }
        Crude { popular, neighbours, profiles }
    }

    fn by_neighbours(&self, user: &str) -> BTreeMap<u32, f64> {
        let mut scores: BTreeMap<u32, f64> = self.popular.iter().map(|(item, n)| (*item, n * 1e-6)).collect();
        for item in self.profiles.get(user).into_iter().flatten() {
            for (other, cosine) in self.neighbours.get(item).into_iter().flatten() {
                *scores.entry(*other).or_default() += cosine;
            }
        }
        scores
    }
}

fn top(scores: &BTreeMap<u32, f64>, exclude: &BTreeSet<u32>, count: usize) -> Vec<u32> {
    let allowed = scores.iter().filter(|(item, _)| !exclude.contains(item));
    let mut ranked: Vec<(u32, f64)> = allowed.map(|(item, score)| (*item, *score)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.into_iter().take(count).map(|(item, _)| item).collect()
}

fn ndcg(ranked: &[u32], relevant: &BTreeSet<u32>) -> f64 {
    let discount = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let gain: f64 = (0..ranked.len()).filter(|at| relevant.contains(&ranked[*at])).map(discount).sum();
    gain / (0..relevant.len().min(10)).map(discount).sum::<f64>()
}

/// The rankers compared, and the place of each in [`Scores`].
#[derive(Clone, Copy)]
enum Ranker {
    Popular,
    ItemItem,
    Oracle,
}

const RANKERS: [Ranker; 3] = [Ranker::Popular, Ranker::ItemItem, Ranker::Oracle];

type Scores = [f64; 3];

/// What the rankers know: the counts, the ids of the log's videos, and, for the oracle, the truth.
struct Bench<'a> {
    world: &'a Videos,
    crude: Crude,
    items: Vec<u32>,
}

impl Bench<'_> {
    fn new<'a>(world: &'a Videos, record: &Record, before: i64) -> Bench<'a> {
        Bench { world, crude: Crude::fit(record, before), items: record.seconds.keys().copied().collect() }
    }

    fn rank(&self, ranker: Ranker, visit: &Visit, seen: &BTreeSet<u32>) -> Vec<u32> {
        match ranker {
            Ranker::Popular => top(&self.crude.popular, seen, 10),
            Ranker::ItemItem => top(&self.crude.by_neighbours(&visit.user), seen, 10),
            Ranker::Oracle => {
                let chance = |item: &u32| Some((*item, self.world.relevance(visit, &format!("v{item}"))?));
                top(&self.items.iter().filter_map(chance).collect(), seen, 10)
            }
        }
    }
}

/// Mean NDCG@10 over the requests of the last 15% of time that a relevant watch follows within the hour.
fn offline(world: &Videos, record: &Record) -> Scores {
    let (first, last) = (record.requests[0].time, record.requests[record.requests.len() - 1].time);
    let split = first + ((last - first) as f64 * 0.85) as i64;
    let bench = Bench::new(world, record, split);
    let (mut totals, mut count) = ([0.0; 3], 0.0);
    for visit in record.requests.iter().filter(|visit| visit.time >= split) {
        let follows = |time: i64| (visit.time..visit.time + HOUR).contains(&time);
        let hits = record.relevant.iter().filter(|watch| watch.0 == visit.user && follows(watch.2));
        let relevant: BTreeSet<u32> = hits.map(|watch| watch.1).collect();
        if relevant.is_empty() {
            continue;
        }
        let seen = record.watches.iter().filter(|watch| watch.0 == visit.user && watch.2 < visit.time);
        let seen: BTreeSet<u32> = seen.map(|watch| watch.1).collect();
        for ranker in RANKERS {
            totals[ranker as usize] += ndcg(&bench.rank(ranker, visit, &seen), &relevant);
        }
        count += 1.0;
    }
    totals.map(|total| total / count)
}

/// Mean relevant watches a visit, each ranker with a population of its own.
fn online(world: &Videos, record: &Record, visits: usize) -> Scores {
    let bench = Bench::new(world, record, world.end());
    let moments = world.afterwards(visits);
    let start = world.viewers();
    RANKERS.map(|ranker| {
        let mut population = start.clone();
        let mut seen: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for (user, item, _) in &record.watches {
            seen.entry(user).or_default().insert(*item);
        }
        let mut total = 0;
        for moment in &moments {
            let Moment::Visit(visit) = moment else { continue };
            let mine = seen.entry(&visit.user).or_default();
            let slate: Vec<String> =
                bench.rank(ranker, visit, mine).iter().map(|item| format!("v{item}")).collect();
            let lines = population.react(visit, &slate);
            total += world.relevant(&lines);
            for line in lines {
                if let Line::Interaction { item, .. } = line {
                    mine.insert(number(&item));
                }
            }
        }
        total as f64 / visits as f64
    })
}

/// A fifth of the default world, with the same numbers per user and per video.
fn reduced() -> Settings {
    Settings {
        users: 600,
        items: 500,
        births_per_day: 1.7,
        channels: 60,
        requests: 10_000,
        ..Settings::default()
    }
}

#[test]
fn personal_ranking_beats_popularity_offline_and_online() {
    for seed in 1..=3 {
        let world = Videos::new(&reduced(), seed);
        let record = Record::of(&world);
        let [popular, neighbours, oracle] = offline(&world, &record);
        println!("seed {seed} offline: popular {popular:.4} item-item {neighbours:.4} oracle {oracle:.4}");
        assert!(neighbours >= 1.5 * popular, "seed {seed} offline: {neighbours} over {popular}");
        assert!(oracle >= 1.2 * neighbours, "seed {seed} offline: {oracle} over {neighbours}");
        let [popular, neighbours, oracle] = online(&world, &record, 400);
        println!("seed {seed} online: popular {popular:.3} item-item {neighbours:.3} oracle {oracle:.3}");
        assert!(neighbours >= 1.2 * popular, "seed {seed} online: {neighbours} over {popular}");
        assert!(oracle >= 1.2 * neighbours, "seed {seed} online: {oracle} over {neighbours}");
    }
}

#[test]
fn typical_users_have_enough_relevant_watches_to_learn_from() {
    let settings = reduced();
    let record = Record::of(&Videos::new(&settings, 1));
    let density = record.relevant.len() as f64 / record.requests.len() as f64;
    let mut counts: BTreeMap<String, usize> =
        (0..settings.users).map(|user| (format!("u{user}"), 0)).collect();
    for (user, _, _) in &record.relevant {
        *counts.get_mut(user).expect("the log names only its users") += 1;
    }
    let mut counts: Vec<usize> = counts.into_values().collect();
    counts.sort_unstable();
    let median = counts[counts.len() / 2];
    println!("{density:.2} relevant watches a request, {median} for the median user");
    assert!((0.9..=2.0).contains(&density), "{density} relevant watches a request");
    assert!(median >= 10, "median user has {median}");
}
