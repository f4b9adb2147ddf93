//! Laws that every retriever keeps, whatever it learns.

use proptest::prelude::*;
use rankine_learn::algorithms::retrievers::{self, Kind, Query, Retriever};
use rankine_learn::{
    Event, EventKind, Id, Interactions, Kind as Holds, Memory, Moment, Preset, Schema, SchemaEntity, Scored,
    What, hash,
};
use thin_vec::ThinVec;

/// A log with its interactions table.
struct Data {
    memory: Memory,
    interactions: Interactions,
}

impl Data {
    fn new(users: usize, items: usize, pairs: &[(Id, Id)]) -> Data {
        let entity = |name: &str| SchemaEntity { name: name.to_owned(), fields: vec![] };
        let schema = Schema {
            entities: vec![entity("reader"), entity("book")],
            interactions: vec![EventKind { name: "buy".to_owned(), fields: vec![] }],
            context: vec![],
            user: 0,
            item: 1,
        };
        let mut memory = Memory::new(&schema);
        for (time, &(user, item)) in pairs.iter().enumerate() {
            let time = time as i64 * 1000;
            let what = What::Interaction { kind: 0, user, item, request: None, fields: ThinVec::new() };
            memory.observe(&Event { time, known: time, what }, true);
        }
        let events: Vec<(Id, Id, f32)> = pairs.iter().map(|&(user, item)| (user, item, 1.0)).collect();
        Data { memory, interactions: Interactions::new(users, items, &events) }
    }

    /// Groups of users who take items of their group, in a shuffled order of users.
    fn blocks() -> Data {
        let mut pairs = Vec::new();
        for user in 0..GROUPS * 25 {
            for draw in 0..8 {
                pairs.push((user, group_item(user % GROUPS, hash(5, &[user.into(), draw]))));
            }
        }
        Data::new(GROUPS as usize * 25, (GROUPS * GROUP_ITEMS) as usize, &pairs)
    }

    fn fit(&self, kind: &Kind, seed: u64) -> Box<dyn Retriever> {
        (kind.fit)(&kind.card.defaults(), &self.interactions, seed)
    }

    fn ask(&self, model: &dyn Retriever, history: &[Id], allowed: &[bool], depth: usize) -> Vec<Scored> {
        let moment = Moment { time: self.memory.now().max(0), user: 0, context: &[] };
        model.retrieve(&Query { moment, history, allowed, memory: &self.memory, seed: 3 }, depth)
    }
}

const GROUPS: u32 = 4;
const GROUP_ITEMS: u32 = 20;

fn group_item(group: u32, draw: u64) -> Id {
    group * GROUP_ITEMS + (draw % u64::from(GROUP_ITEMS)) as u32
}

fn assert_lawful(name: &str, found: &[Scored], allowed: &[bool], depth: usize) {
    assert!(found.len() <= depth, "{name}: {} items at depth {depth}", found.len());
    for pair in found.windows(2) {
        assert!(pair[0].order(&pair[1]).is_lt(), "{name}: {:?} before {:?}", pair[0], pair[1]);
    }
    let mut items: Vec<Id> = found.iter().map(|scored| scored.item).collect();
    items.sort_unstable();
    items.dedup();
    assert_eq!(items.len(), found.len(), "{name}: an item is repeated");
    for item in items {
        assert_eq!(allowed.get(item as usize), Some(&true), "{name}: item {item} is not allowed");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let data = Data::blocks();
    for kind in retrievers::ALL {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| data.fit(kind, 11).save())
        };
        assert_eq!(on(1), on(4), "{}", kind.card.name);
    }
}

#[test]
fn a_loaded_model_answers_like_the_saved_one() {
    let data = Data::blocks();
    let allowed = vec![true; data.interactions.items];
    for kind in retrievers::ALL {
        let model = data.fit(kind, 11);
        let bytes = model.save();
        let loaded = (kind.load)(&kind.card.defaults(), &bytes).unwrap();
        assert_eq!(loaded.save(), bytes, "{}", kind.card.name);
        let history = data.interactions.of(7);
        let (want, have) =
            (data.ask(&*model, history, &allowed, 30), data.ask(&*loaded, history, &allowed, 30));
        assert!(!want.is_empty(), "{} finds nothing", kind.card.name);
        assert_eq!(have, want, "{}", kind.card.name);
    }
}

#[test]
fn bytes_that_are_cut_or_longer_are_refused() {
    let data = Data::blocks();
    for kind in retrievers::ALL {
        let bytes = data.fit(kind, 11).save();
        let longer = [&bytes[..], &[0]].concat();
        assert!((kind.load)(&kind.card.defaults(), &longer).is_err(), "{} takes a byte more", kind.card.name);
        for end in [0, 1, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            if end < bytes.len() {
                let cut = (kind.load)(&kind.card.defaults(), &bytes[..end]);
                assert!(cut.is_err(), "{} takes {end} of {} bytes", kind.card.name, bytes.len());
            }
        }
    }
}

#[test]
fn little_or_no_data_is_no_trouble() {
    let cases = [
        Data { interactions: Interactions::default(), ..Data::new(0, 0, &[]) },
        Data::new(0, 0, &[]),
        Data::new(3, 5, &[]),
        Data::new(1, 1, &[(0, 0)]),
        Data::new(2, 1, &[(0, 0), (1, 0)]),
        Data::new(1, 40, &[(0, 39), (0, 2)]),
    ];
    for kind in retrievers::ALL {
        for data in &cases {
            let model = data.fit(kind, 1);
            for history in [&[][..], &[0], &[39, 2, 0], &[7_000_000, 3]] {
                for allowed in [0, 1, 5, 60] {
                    let allowed = vec![true; allowed];
                    let found = data.ask(&*model, history, &allowed, 9);
                    assert_lawful(kind.card.name, &found, &allowed, 9);
                    assert!(data.ask(&*model, history, &allowed, 0).is_empty());
                }
            }
        }
    }
}

#[test]
fn a_personal_retriever_beats_popular_for_users_it_never_saw() {
    let data = Data::blocks();
    let allowed_but = |history: &[Id]| {
        let mut allowed = vec![true; data.interactions.items];
        history.iter().for_each(|&item| allowed[item as usize] = false);
        allowed
    };
    let share = |model: &dyn Retriever| {
        let mut hits = 0;
        for group in 0..GROUPS {
            for user in 0..10 {
                let draw = |place| group_item(group, hash(9, &[group.into(), user, place]));
                let history: Vec<Id> = (0..4).map(draw).collect();
                let found = data.ask(model, &history, &allowed_but(&history), 10);
                hits += found.iter().filter(|scored| scored.item / GROUP_ITEMS == group).count();
            }
        }
        hits as f64 / f64::from(GROUPS * 10 * 10)
    };
    let popular = share(&*data.fit(retrievers::find("popular").unwrap(), 1));
    assert!(popular < 0.35, "popular cannot know the groups, yet {popular} are hits");
    for kind in retrievers::ALL.iter().filter(|kind| kind.personal) {
        let own = share(&*data.fit(kind, 1));
        assert!(own > 0.8, "{}: {own} are of the group; popular: {popular}", kind.card.name);
    }
}

#[test]
fn a_personal_retriever_finds_only_what_it_learned_and_nothing_without_a_history() {
    let data = Data::blocks();
    let items = data.interactions.items;
    let allowed = vec![true; items + 50];
    for kind in retrievers::ALL.iter().filter(|kind| kind.personal) {
        let model = data.fit(kind, 1);
        let found = data.ask(&*model, &[1, items as Id + 3], &allowed, items + 50);
        assert!(!found.is_empty() && found.iter().all(|scored| (scored.item as usize) < items));
        assert_eq!(found, data.ask(&*model, &[1], &allowed, items + 50).as_slice(), "{}", kind.card.name);
        assert!(data.ask(&*model, &[], &allowed, 10).is_empty(), "{}", kind.card.name);
        assert!(data.ask(&*model, &[items as Id + 3], &allowed, 10).is_empty(), "{}", kind.card.name);
    }
}

#[test]
fn every_default_and_value_to_try_is_allowed_by_its_card() {
    for kind in retrievers::ALL {
        assert!(std::ptr::eq(retrievers::find(kind.card.name).unwrap(), *kind), "{}", kind.card.name);
        for parameter in kind.card.parameters {
            let allows = |value: f64| match parameter.kind {
                Holds::Count { min, max } => (min as f64..=max as f64).contains(&value),
                Holds::Number { min, max } => (min..=max).contains(&value),
                Holds::Duration => value >= 0.0,
                _ => false,
            };
            let name = format!("{}: {}", kind.card.name, parameter.name);
            let default = match (parameter.default, parameter.kind) {
                (Preset::Count(value), _) => value as f64,
                (Preset::Number(value), _) => value,
                (Preset::Duration(value), _) => value as f64,
                (Preset::Word(word), Holds::Choice(words)) if words.contains(&word) => continue,
                other => panic!("{name}: {other:?}"),
            };
            assert!(allows(default), "{name}: {default}");
            for &value in parameter.search {
                assert!(allows(value) && value != default, "{name}: {value}");
            }
        }
    }
}

#[test]
fn recent_gives_the_newest_first() {
    let data = Data::new(2, 4, &[(0, 2), (0, 0), (1, 2), (1, 3)]);
    let model = data.fit(retrievers::find("recent").unwrap(), 1);
    let found = data.ask(&*model, &[], &[true; 9], 9);
    // Item 1 was never named.
    assert_eq!(found.iter().map(|scored| scored.item).collect::<Vec<_>>(), [3, 0, 2]);
    assert_eq!(found[2].score, -3.0 / 86_400.0);
}

#[test]
fn item_knn_scores_worked_by_hand() {
    // Users 0 and 1 take items 0 and 1, user 2 takes 0 and 2: cosine(0, 1) = 2 / sqrt(3 x 2).
    let data = Data::new(3, 3, &[(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 2)]);
    let kind = retrievers::find("item-knn").unwrap();
    let settings = kind
        .card
        .defaults()
        .with("weighting", rankine_learn::Setting::Word("cosine".to_owned()))
        .with("shrink", rankine_learn::Setting::Number(0.0))
        .with("decay", rankine_learn::Setting::Number(0.5));
    let model = (kind.fit)(&settings, &data.interactions, 1);
    let found = data.ask(&*model, &[0], &[true; 3], 3);
    let want = [(1, 2.0 / 6f32.sqrt()), (2, 1.0 / 3f32.sqrt())];
    assert_eq!(found.len(), 2);
    for (have, (item, score)) in found.iter().zip(want) {
        assert!(have.item == item && (have.score - score).abs() < 1e-6, "{have:?}");
    }
    // The item taken before the latest counts half.
    let found = data.ask(&*model, &[1, 2], &[true; 3], 1);
    let want = 0.5 * 2.0 / 6f32.sqrt() + 1.0 / 3f32.sqrt();
    assert!(found[0].item == 0 && (found[0].score - want).abs() < 1e-6, "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn lists_are_lawful(
        pairs in prop::collection::vec((0u32..9, 0u32..13), 0..50),
        history in prop::collection::vec(0u32..20, 0..8),
        allowed in prop::collection::vec(any::<bool>(), 0..20),
        depth in 0usize..20,
    ) {
        let data = Data::new(9, 13, &pairs);
        for kind in retrievers::ALL {
            let found = data.ask(&*data.fit(kind, 4), &history, &allowed, depth);
            assert_lawful(kind.card.name, &found, &allowed, depth);
        }
    }

    #[test]
    fn no_bytes_make_a_model_panic(
        arbitrary in prop::collection::vec(any::<u8>(), 0..200),
        (at, byte) in (any::<prop::sample::Index>(), any::<u8>()),
    ) {
        let data = Data::new(3, 6, &[(0, 1), (0, 2), (1, 1), (1, 5), (2, 2), (2, 5)]);
        for kind in retrievers::ALL {
            let mut damaged = data.fit(kind, 4).save();
            if !damaged.is_empty() {
                let at = at.index(damaged.len());
                damaged[at] = byte;
            }
            for bytes in [&arbitrary, &damaged] {
                if let Ok(model) = (kind.load)(&kind.card.defaults(), bytes) {
                    data.ask(&*model, &[1, 5], &[true; 8], 5);
                    model.save();
                }
            }
        }
    }
}
