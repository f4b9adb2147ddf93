//! A month of each contender in money, with the sums.

use maud::{Markup, html};
use rankine::months::{Month, Months};
use rankine::select::Selection;

use super::numbers::{UNKNOWN, count};
use super::words::winner;

pub(super) fn body(selection: &Selection, months: &Months) -> Markup {
    let any = |told: fn(&Month) -> bool| months.contenders.iter().any(told);
    let serving = any(|month| month.serving.is_some());
    let gains = any(|month| month.gain.is_some());
    let decides = any(|month| month.decisions.is_some());
    html! {
        div.scroll tabindex="0" role="region" aria-label="A month by contender" { table.wide {
            thead { tr {
                th scope="col" { "Contender, in " (months.currency) }
                @if serving { th.n scope="col" { "Servers" } th.n scope="col" { "Serving" } }
                @if gains { th.n scope="col" { "Gain over the baseline" } }
                @if decides { th.n scope="col" { "Decisions" } }
            } }
            tbody { @for month in &months.contenders {
                tr.strong[winner(selection) == Some(&month.name)] {
                    th scope="row" { (month.name) }
                    @if serving {
                        td.n { (month.servers.map_or(UNKNOWN.to_owned(), |servers| count(servers as u64))) }
                        td.n { (month.serving.map_or(UNKNOWN.to_owned(), money)) }
                    }
                    @if gains { td.n { (gain(month)) } }
                    @if decides { td.n { (month.decisions.map_or(UNKNOWN.to_owned(), money)) } }
                }
            } }
        } }
        div.prose { @for sum in &months.sums { p { (sum) } } }
    }
}

fn gain(month: &Month) -> Markup {
    html! {
        @match &month.gain {
            None => { "baseline" }
            Some(gain) => {
                (money(gain.value))
                @if let (Some(low), Some(high)) = (gain.low, gain.high) {
                    small { (money(low)) " to " (money(high)) }
                }
            }
        }
    }
}

/// An amount: whole from 100 on, negative ones with their sign.
pub(super) fn money(amount: f64) -> String {
    let sign = if amount < 0.0 { "-" } else { "" };
    match amount.abs() {
        size if !size.is_finite() => UNKNOWN.to_owned(),
        size if size >= 100.0 => format!("{sign}{}", count(size.round() as u64)),
        size => format!("{sign}{size:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn amounts_are_as_people_write_them() {
        for (amount, expected) in
            [(0.0, "0.00"), (-12.345, "-12.35"), (1234.6, "1,235"), (f64::NAN, "n/a"), (-1e6, "-1,000,000")]
        {
            assert_eq!(money(amount), expected);
        }
    }
}
