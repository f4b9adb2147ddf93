//! Values with whiskers on a shared axis, drawn from boxes so that text keeps its size on any screen.

use maud::{Markup, html};

use super::numbers::{UNKNOWN, figure, signed};

/// A row: a name, a value with its interval, and what else to say.
pub(super) struct Row<'a> {
    /// Whose value.
    pub(super) name: &'a str,
    /// The value.
    pub(super) value: f64,
    /// Both ends of its interval, where there is one.
    pub(super) ends: Option<(f64, f64)>,
    /// Marked as the winner.
    pub(super) strong: bool,
    /// Drawn hollow: it may not win.
    pub(super) hollow: bool,
}

/// The rows on one axis with a line at `reference`; values bear their sign where they are differences.
pub(super) fn rows(rows: &[Row<'_>], reference: Option<f64>, differences: bool) -> Markup {
    let axis = Axis::over(rows, reference);
    let text = |value| if differences { signed(value) } else { figure(value) };
    html! {
        div.forest {
            @for row in rows {
                div.row.strong[row.strong] {
                    span.name { (row.name) }
                    span.track aria-hidden="true" {
                        @if let Some(at) = reference { i.zero style={ "left:" (axis.share(at)) "%" } {} }
                        @if let Some((low, high)) = finite(row.ends) {
                            i.range style={ "left:" (axis.share(low)) "%;right:" (axis.rest(high)) "%" } {}
                        }
                        @if row.value.is_finite() {
                            i.dot.hollow[row.hollow] style={ "left:" (axis.share(row.value)) "%" } {}
                        }
                    }
                    span.value { @if row.value.is_finite() { (text(row.value)) } @else { (UNKNOWN) } }
                    small { @if let Some((low, high)) = finite(row.ends) { (figure(low)) " to " (figure(high)) } }
                }
            }
        }
    }
}

fn finite(ends: Option<(f64, f64)>) -> Option<(f64, f64)> {
    ends.filter(|(low, high)| low.is_finite() && high.is_finite())
}

/// The span that all rows share.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn over(rows: &[Row<'_>], reference: Option<f64>) -> Axis {
        let ends = rows.iter().filter_map(|row| finite(row.ends)).flat_map(|(low, high)| [low, high]);
        let values = rows.iter().map(|row| row.value).chain(reference).chain(ends);
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        Axis { low, high }
    }

    /// How far along the axis a value lies, as a percentage with two decimals.
    fn share(&self, value: f64) -> String {
        format!("{:.2}", self.percent(value))
    }

    fn rest(&self, value: f64) -> String {
        format!("{:.2}", 100.0 - self.percent(value))
    }

    fn percent(&self, value: f64) -> f64 {
        // Halves, so that the width of the largest axis is still a number.
        let share = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        if share.is_finite() { 1.5 + 97.0 * share.clamp(0.0, 1.0) } else { 50.0 }
    }
}

/// A bar that fills this share of its place.
pub(super) fn bar(share: f64) -> Markup {
    let share = if share.is_finite() { 100.0 * share.clamp(0.0, 1.0) } else { 0.0 };
    html! { span.bar aria-hidden="true" { i style={ "width:" (format!("{share:.1}")) "%" } {} } }
}
