//! A month of each contender in money: what serving costs, what it gains over the baseline, what decisions cost.

use rankine_design::short;
use serde::Serialize;

use crate::problem::{Problem, Scale};
use crate::select::{Figure, Selection};

/// The contenders' months.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Months {
    /// The currency of all amounts.
    pub currency: String,
    /// By contender, in the order of the design.
    pub contenders: Vec<Month>,
    /// The sums, with the numbers put in.
    pub sums: Vec<String>,
}

/// A month of one contender.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    /// Its name.
    pub name: String,
    /// Servers of one core that the peak needs.
    pub servers: Option<f64>,
    /// What they cost.
    pub serving: Option<f64>,
    /// What the world's users are worth more than with the baseline, with its interval.
    pub gain: Option<Figure>,
    /// What is missed, done in error and reviewed, where the design decides.
    pub decisions: Option<f64>,
}

/// A server is not used beyond this share at the peak: waiting grows without bound towards 1 (Kingman 1961).
const USED: f64 = 0.7;

const MONTH: f64 = 30.0 * 86_400.0;

/// How servers are counted, in a sentence; none where the design gives no price of one or no `requests_peak`.
pub fn servers(problem: &Problem) -> Option<String> {
    let prices = problem.prices.as_ref()?;
    Some(format!(
        "Servers: {} x the median time of an answer / {USED}, rounded up; each {} {} a month.",
        rankine_design::Rate(problem.scale.requests_peak?),
        short(prices.server_month?),
        prices.currency
    ))
}

/// The months of a selection; none where the design gives no prices or no `requests_peak`.
pub fn months(problem: &Problem, selection: &Selection) -> Option<Months> {
    let prices = problem.prices.as_ref()?;
    let peak = problem.scale.requests_peak?;
    let requests = problem.scale.requests_mean()? * MONTH;
    // An own price of each item is in what the world counts already.
    let worth = prices.outcome.or(problem.decide.worth.map(|_| 1.0));
    let currency = &prices.currency;
    let mut sums = vec![format!(
        "Requests a month: {} at the peak / {} x 30 days = {}.",
        rankine_design::Rate(peak),
        Scale::PEAK_TO_MEAN,
        short(requests)
    )];
    sums.extend(servers(problem));
    if let (Some(worth), Some(_)) = (worth, &selection.online) {
        sums.push(format!(
            "Gain: the difference to the baseline for a visit of the world's users x {} requests x {} {currency}; \
             its interval is that of the difference.",
            short(requests),
            short(worth)
        ));
    }
    let decided = selection.prediction.as_ref().filter(|_| problem.decide.acts());
    if decided.is_some() {
        sums.push(format!(
            "Decisions: the cost of a thousand items on the test period x {} requests / 1,000.",
            short(requests)
        ));
    }
    let month = |watched: &crate::select::Watched| {
        let name = &watched.name;
        let seconds = watched.measured.latency_ms.p50 / 1e3;
        let servers = prices.server_month.map(|_| (peak * seconds / USED).ceil().max(1.0));
        let online = selection.online.as_ref().zip(worth);
        let gain = online.and_then(|(online, worth)| {
            let own = online.results.iter().find(|result| result.name == *name)?.over_baseline;
            let times = |value: f64| value * requests * worth;
            let figure = Figure::from(own);
            Some(Figure {
                value: times(figure.value),
                low: figure.low.map(times),
                high: figure.high.map(times),
            })
        });
        let decisions = decided.and_then(|prediction| {
            let own = prediction.decided.iter().find(|decided| decided.name == *name)?;
            Some(own.cost_per_thousand * requests / 1e3)
        });
        Month {
            name: name.clone(),
            servers,
            serving: servers.zip(prices.server_month).map(|(servers, price)| servers * price),
            gain: gain.filter(|_| *name != problem.evaluate.baseline),
            decisions,
        }
    };
    Some(Months {
        currency: currency.clone(),
        contenders: selection.watched.iter().map(month).collect(),
        sums,
    })
}
