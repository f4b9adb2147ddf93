//! What several retrievers found, as one list with what each of them knew.

use rankine_learn::{Candidates, Id, Scored};

/// Reciprocal rank fusion (Cormack et al. 2009): the sum over lists of 1 / (60 + rank).
pub(super) fn fuse(lists: &[Vec<Scored>], depth: usize) -> Vec<Scored> {
    let share = |(rank, scored): (usize, &Scored)| (scored.item, 1.0 / (61.0 + rank as f32));
    let mut shares: Vec<(Id, f32)> =
        lists.iter().flat_map(|list| list.iter().enumerate().map(share)).collect();
    // Stable: the shares of an item are added up in the order of the lists.
    shares.sort_by_key(|share| share.0);
    let same = shares.chunk_by(|one, next| one.0 == next.0);
    let sums = same.map(|own| Scored { item: own[0].0, score: own.iter().map(|share| share.1).sum() });
    rankine_learn::top(sums, depth)
}

/// Items of a given pool that no retriever found stand at the end, in the order given.
pub(super) fn append_unfound(list: &mut Vec<Scored>, pool: &[Id]) {
    let mut known: Vec<Id> = list.iter().map(|scored| scored.item).collect();
    for &item in pool {
        if !known.contains(&item) {
            known.push(item);
            list.push(Scored { item, score: f32::NEG_INFINITY });
        }
    }
}

/// The candidates with the score and the rank that each list gave them.
pub(super) fn annotate(items: Vec<Id>, lists: &[Vec<Scored>]) -> Candidates {
    let mut places: Vec<(Id, usize)> = items.iter().copied().zip(0..).collect();
    places.sort_unstable();
    let mut candidates = Candidates {
        scores: vec![vec![f32::NAN; items.len()]; lists.len()],
        ranks: vec![vec![f32::NAN; items.len()]; lists.len()],
        items,
    };
    for (source, list) in lists.iter().enumerate() {
        for (rank, scored) in list.iter().enumerate() {
            if let Ok(found) = places.binary_search_by_key(&scored.item, |place| place.0) {
                let at = places[found].1;
                candidates.scores[source][at] = scored.score;
                candidates.ranks[source][at] = rank as f32;
            }
        }
    }
    candidates
}
