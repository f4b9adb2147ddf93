//! Laws that every reranker keeps, and what mmr does.

use proptest::prelude::*;
use rankine_learn::algorithms::rerankers::{self, Reranker};
use rankine_learn::{
    Event, Field, FieldKind, Id, Memory, Schema, SchemaEntity, Scored, Setting, Settings, Value, What,
};

fn schema() -> Schema {
    let field = |name: &str, kind| Field { name: name.to_owned(), kind };
    let fields = vec![
        field("length", FieldKind::Number),
        field("genre", FieldKind::Categories),
        field("channel", FieldKind::Category),
    ];
    Schema {
        entities: vec![
            SchemaEntity { name: "viewer".to_owned(), fields: vec![field("genre", FieldKind::Category)] },
            SchemaEntity { name: "video".to_owned(), fields },
        ],
        interactions: vec![],
        context: vec![],
        user: 0,
        item: 1,
    }
}

/// Videos by number with these genres; the channel is the first of them.
fn memory(genres: &[Vec<u32>]) -> Memory {
    let mut memory = Memory::new(&schema());
    for (id, genres) in genres.iter().enumerate() {
        let channel = genres.first().map_or(Value::Missing, |genre| Value::Category(*genre));
        let fields = vec![Value::Number(1.0), Value::Categories(genres.clone()), channel];
        let what = What::Entity { kind: 1, id: id as Id, fields: fields.into() };
        memory.observe(&Event { time: 0, known: 0, what }, false);
    }
    memory
}

fn settings(kind: &rerankers::Kind, field: &str) -> Settings {
    kind.card.defaults().with("field", Setting::Word(field.to_owned()))
}

fn mmr(weight: f64, field: &str) -> Box<dyn Reranker> {
    let kind = rerankers::find("mmr").expect("mmr is registered");
    let settings = settings(kind, field).with("weight", Setting::Number(weight));
    (kind.build)(&settings, &schema()).expect("the field holds categories")
}

fn list(scores: &[f32]) -> Vec<Scored> {
    let mut list: Vec<Scored> =
        scores.iter().enumerate().map(|(item, &score)| Scored { item: item as Id, score }).collect();
    list.sort_by(Scored::order);
    list
}

fn items(list: &[Scored]) -> Vec<Id> {
    list.iter().map(|scored| scored.item).collect()
}

#[test]
fn places_worked_by_hand() {
    let memory = memory(&[vec![1], vec![1], vec![1, 2], vec![3], vec![1]]);
    // Goodness 1, 0.9, 0.6, 0.3, 0.
    let scores = list(&[5.0, 4.5, 3.0, 1.5, 0.0]);
    let table: [(f64, &[Id]); 4] = [
        (0.0, &[0, 1, 2, 3]),
        // Second: 0.9/2 - 1/2 < 0.6/2 - 0.5/2 < 0.3/2 - 0; then 0.05 of item 2 against -0.05 of item 1.
        (0.5, &[0, 3, 2, 1]),
        (0.2, &[0, 1, 2, 3]),
        (1.0, &[0, 3, 2, 1]),
    ];
    for (weight, want) in table {
        let have = mmr(weight, "video.genre").rerank(scores.clone(), 4, &memory);
        assert_eq!(items(&have), want, "weight {weight}");
    }
}

#[test]
fn a_single_category_counts_too() {
    let memory = memory(&[vec![1], vec![1], vec![2]]);
    let have = mmr(0.6, "video.channel").rerank(list(&[3.0, 2.9, 2.0]), 3, &memory);
    assert_eq!(items(&have), [0, 2, 1]);
}

#[test]
fn what_lies_beyond_the_window_keeps_its_order() {
    let kind = rerankers::find("mmr").unwrap();
    let settings =
        settings(kind, "video.genre").with("weight", Setting::Number(1.0)).with("window", Setting::Count(3));
    let reranker = (kind.build)(&settings, &schema()).unwrap();
    let memory = memory(&[vec![1], vec![1], vec![2], vec![1], vec![3]]);
    let have = reranker.rerank(list(&[5.0, 4.0, 3.0, 2.0, 1.0]), 5, &memory);
    assert_eq!(items(&have), [0, 2, 1, 3, 4]);
}

#[test]
fn only_a_category_of_the_item_will_do() {
    let kind = rerankers::find("mmr").unwrap();
    for field in ["video.length", "video.colour", "viewer.genre", "video", "genre", ""] {
        let built = (kind.build)(&settings(kind, field), &schema());
        let error = built.err().unwrap_or_else(|| panic!("{field} was taken"));
        assert!(error.contains(&format!("`{field}`")), "{error}");
    }
}

proptest! {
    #[test]
    fn a_slate_is_the_lists_items_each_once(
        scores in prop::collection::vec(prop_oneof![-9f32..9.0, Just(f32::NAN), Just(f32::INFINITY)], 0..12),
        genres in prop::collection::vec(prop::collection::vec(0u32..4, 0..3), 0..12),
        slate in 0usize..14,
    ) {
        let memory = memory(&genres);
        for kind in rerankers::ALL {
            let reranker = (kind.build)(&settings(kind, "video.genre"), &schema()).unwrap();
            let have = reranker.rerank(list(&scores), slate, &memory);
            prop_assert_eq!(have.len(), slate.min(scores.len()));
            let mut items = items(&have);
            items.sort_unstable();
            items.dedup();
            prop_assert_eq!(items.len(), have.len(), "{} repeats an item", kind.card.name);
            for scored in have {
                prop_assert!(scored.score.to_bits() == scores[scored.item as usize].to_bits());
            }
        }
    }

    #[test]
    fn without_weight_the_order_stays(scores in prop::collection::vec(-9f32..9.0, 0..12), slate in 0usize..14) {
        let memory = memory(&vec![vec![1]; scores.len()]);
        let mut want = list(&scores);
        let have = mmr(0.0, "video.genre").rerank(want.clone(), slate, &memory);
        want.truncate(slate);
        prop_assert_eq!(have, want);
    }
}
