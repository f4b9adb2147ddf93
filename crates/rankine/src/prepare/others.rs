//! Examples drawn beside those of a table that tells only what was taken: other items for the same request,
//! without the event.

use std::collections::{BTreeMap, BTreeSet};

use rankine_learn::hash;

use super::read::Pending;
use crate::log::{Body, Line, Name};

/// Draws for one example before it goes without: its user took nearly everything.
const DRAWS: u64 = 100;

/// Puts `count` examples beside each of these, every one with an item drawn evenly from all items of the
/// table which its user took in none of its rows. The draws are part of the data: the same for every seed.
pub(super) fn draw_beside(examples: Vec<Pending>, count: usize, item_kind: usize) -> Vec<Pending> {
    let mut taken: BTreeMap<Name, BTreeSet<usize>> = BTreeMap::new();
    let mut items: Vec<Line> = Vec::new();
    let mut places: BTreeMap<Name, usize> = BTreeMap::new();
    for line in examples.iter().filter_map(|pending| pending.read.as_ref().ok()) {
        match &line.body {
            Body::Entity { kind, id, .. } if *kind == item_kind && !places.contains_key(id) => {
                places.insert(id.clone(), items.len());
                items.push(line.clone());
            }
            Body::Request { user, shown, .. } => {
                let own = taken.entry(user.clone()).or_default();
                own.extend(shown.iter().filter_map(|item| places.get(item)));
            }
            _ => {}
        }
    }
    let mut all = Vec::with_capacity(examples.len() * (count + 1));
    let mut rows = examples.into_iter().peekable();
    let mut number = 0;
    while let Some(first) = rows.next() {
        let mut drawn = Vec::new();
        let mut whole = vec![first];
        while let Some(next) = rows.next_if(|next| next.example.is_some() && next.example == whole[0].example)
        {
            whole.push(next);
        }
        if let Some((asks, user)) = whole.iter().find_map(request) {
            for other in 0..count as u64 {
                let draw = |draw| hash(0, &[10, number, other, draw]) as usize % items.len();
                let free = |place: &usize| taken.get(user).is_none_or(|own| !own.contains(place));
                if let Some(place) = (0..DRAWS).map(draw).find(free) {
                    drawn.extend(beside(asks, &items[place], other, &whole[0]));
                }
            }
            number += 1;
        }
        all.extend(whole);
        all.extend(drawn);
    }
    all
}

fn request(pending: &Pending) -> Option<(&Line, &Name)> {
    let line = pending.read.as_ref().ok()?;
    match &line.body {
        Body::Request { user, .. } => Some((line, user)),
        _ => None,
    }
}

/// The lines of a drawn example: its item becomes known, the same request asks for it, and nothing follows.
fn beside(request: &Line, item: &Line, other: u64, of: &Pending) -> Vec<Pending> {
    let (Body::Request { user, context, .. }, Body::Entity { id, .. }) = (&request.body, &item.body) else {
        return Vec::new();
    };
    let body =
        Body::Request { user: user.clone(), context: context.clone(), shown: [id].into_iter().collect() };
    let named = request.id.as_ref().map(|id| Name::from(format!("{id}+{}", other + 1)));
    // By itself where the example is, with its group otherwise.
    let group = if request.group == request.id { named.clone() } else { request.group.clone() };
    let asks = Line { id: named, group: group.clone(), body, ..request.clone() };
    let known = Line { time: request.time, known: request.known, group, ..item.clone() };
    let pending = |line| Pending {
        file: of.file.clone(),
        line: of.line,
        text: String::new(),
        read: Ok(line),
        example: of.example.map(|(line, _)| (line, other + 1)),
    };
    vec![pending(known), pending(asks)]
}
