//! What state takes: `state USERS ITEMS` folds a made log by the design in bench/prepare/import, without holding it,
//! and prints how much the process grew, as one JSON object. After it a month passes in which a few of them act.

#![allow(clippy::print_stdout)]

mod bench;

use bench::{Fallible, memory, problem};
use rankine_learn::{Event, Fold, Id, Millis, Value, What, hash};

/// Requests of each user, the items of each, and of how many of them one is taken.
const REQUESTS: u64 = 10;
const SHOWN: u64 = 18;
const TAKEN: u64 = 2;

const DAY: Millis = 86_400_000;
const START: Millis = 1_760_000_000_000;

fn main() -> Fallible<()> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (users, items) =
        (arguments.next().ok_or("state USERS ITEMS")??, arguments.next().ok_or("how many items?")??);
    let problem = problem("import", &["design.toml"])?;
    let mut fold = Fold::new(&problem.schema, &problem.labels, &problem.features)?;

    let before = memory("VmRSS")?;
    for id in 0..items {
        let fields = [
            Value::Text(format!("w{} w{} w{} w{}", id % 11, id % 13, id % 17, id % 19)),
            Value::Category((id % 40) as u32),
            Value::Categories([id % 5, 5 + id % 6, 11 + id % 7].map(|word| word as u32).to_vec()),
            Value::Number(id as f64),
            Value::Number((id % 5) as f64),
        ];
        let what =
            What::Entity { kind: problem.schema.item, id: id as Id, fields: fields.into_iter().collect() };
        fold.observe(&Event { time: START, known: START, what });
    }
    let asks = users * REQUESTS;
    for number in 0..asks {
        ask(&mut fold, number, users, items, START + (number * 30 * DAY as u64 / asks) as Millis);
    }
    let full = memory("VmRSS")?;
    for number in 0..asks / 100 {
        let at = START + 30 * DAY + (number * 30 * DAY as u64 / (asks / 100)) as Millis;
        ask(&mut fold, number, users / 100 + 1, items / 100 + 1, at);
    }
    let report = serde_json::json!({
        "users": users,
        "items": items,
        "bytes": full - before,
        "bytes_after_a_month": memory("VmRSS")? - before,
        "saved": fold.save().len(),
    });
    println!("{report}");
    Ok(())
}

/// Somebody asks, is shown some, and every other time takes one of them.
fn ask(fold: &mut Fold, number: u64, users: u64, items: u64, time: Millis) {
    let user = (number % users) as Id;
    let drawn = |place: u64| (hash(1, &[number, place]) % items) as Id;
    let shown = (0..SHOWN).map(drawn).collect();
    let context = [Value::Text("w1 w2".to_owned()), Value::Category(0)].into_iter().collect();
    let what = What::Request { request: number as u32, user, context, shown };
    fold.observe(&Event { time, known: time, what });
    if hash(2, &[number]).is_multiple_of(TAKEN) {
        let what = What::Interaction {
            kind: 0,
            user,
            item: drawn(0),
            request: Some(number as u32),
            fields: [].into(),
        };
        fold.observe(&Event { time: time + 9_000, known: time + 9_000, what });
    }
}
