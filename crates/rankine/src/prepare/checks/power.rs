//! What difference between contenders the test period could show at all.

use super::super::by_id::ById;
use super::{Card, Check, Facts, Found, Status, percent};

pub(super) static CHECK: Check = Check {
    card: Card {
        name: "test-power",
        what: "The least difference in the rate of success that the test period would show four times in five.",
        why: "A smaller difference ends undecided however long the search: that is better known before than after.",
        cause: "Likely the log is short, few users come, or the outcome is rare.",
        help: "Take a longer log, give the test a larger share in `periods`, or count an outcome that comes more often.",
        stops: false,
    },
    look,
};

/// Standard errors between no effect and one that is found four times in five at 95%.
const REACH: f64 = 1.96 + 0.84;
/// How alike two contenders answer the same request: their correlation, by experience.
const ALIKE: f64 = 0.7;

fn look(facts: &Facts<'_>) -> Found {
    let test = facts.periods[3]..facts.periods[4];
    let mut users: ById<(f64, f64)> = ById::default();
    for at in test {
        let Some(said) = facts.seen.answers[at] else { continue };
        let user = users.entry(facts.outcomes[at].user, || (0.0, 0.0));
        user.0 += f64::from(u8::from(said));
        user.1 += 1.0;
    }
    let (yes, all) = users.values().fold((0.0, 0.0), |sum, user| (sum.0 + user.0, sum.1 + user.1));
    if yes == 0.0 || users.len() < 2 {
        let message = format!(
            "The test period has {all} requests with a known answer and {yes} successes: it shows nothing."
        );
        return Found::new(Status::Warn, message).count("requests", all).count("users", users.len() as f64);
    }
    let rate = yes / all;
    // Requests of a user hang together: the variance of a ratio of sums over users.
    let squares: f64 = users.values().map(|(yes, all)| (yes - rate * all).powi(2)).sum();
    let error = squares.sqrt() / all;
    let least = REACH * (2.0 * (1.0 - ALIKE)).sqrt() * error / rate;
    let margin = facts.problem.evaluate.margin;
    let message = format!(
        "With {all} requests of {} users and {yes} successes in the test period, contenders must differ by about {} of \
         the rate to be told apart; the margin is {}.",
        users.len(),
        percent(least),
        percent(margin)
    );
    // That every picture was annotated is no success.
    let status = if least > 0.25 { Status::Warn } else { Status::Pass };
    Found::new(status, message)
        .count("requests", all)
        .count("users", users.len() as f64)
        .count("successes", yes)
        .count("least_difference", least)
}
