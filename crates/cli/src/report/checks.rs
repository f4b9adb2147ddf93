//! How the checks of the data came out: a part of the page, and the same for a terminal.

use anstyle::{AnsiColor, Style};
use maud::{Markup, html};
use rankine::prepare::Profile;
use rankine::prepare::checks::{Checked, Status};
use rankine_design::wrapped;

use super::interval::bar;
use super::numbers::{count, figure};
use super::prose;

pub(super) fn body(profile: &Profile) -> Markup {
    let of = |status: Status| profile.checks.iter().filter(move |checked| checked.status == status);
    html! {
        p { (summary(profile)) }
        @for status in [Status::Fail, Status::Warn] {
            @for checked in of(status) { (one(checked)) }
        }
        @if of(Status::Pass).next().is_some() {
            details {
                summary { (count(of(Status::Pass).count() as u64)) " pass" }
                dl.pairs { @for checked in of(Status::Pass) {
                    dt { code { (checked.name) } } dd { (prose(&checked.message)) (bars(checked)) }
                } }
            }
        }
    }
}

fn one(checked: &Checked) -> Markup {
    html! {
        h3 { (checked.name) " " span.quiet { (checked.status.name()) } }
        p { (prose(&checked.message)) }
        @if let Some(reason) = &checked.allowed { p { "The design allows it: " (reason) } }
        (bars(checked))
        @if !checked.examples.is_empty() { ul { @for example in &checked.examples { li { (prose(example)) } } } }
        @if let Some(card) = checked.card() {
            p.small { (prose(card.why)) " " (prose(card.cause)) " " (prose(card.help)) }
        }
    }
}

fn bars(checked: &Checked) -> Markup {
    let most = checked.bars.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    html! {
        @if most > 0.0 {
            div.bars { @for (name, value) in &checked.bars {
                span.name { (name) }
                (bar(value / most))
                span.value { (figure(*value)) }
            } }
        }
    }
}

fn summary(profile: &Profile) -> String {
    let of = |status: Status| profile.checks.iter().filter(|checked| checked.status == status).count();
    let (pass, warn, fail) = (of(Status::Pass), of(Status::Warn), of(Status::Fail));
    format!("Of {} checks {pass} pass, {warn} warn and {fail} fail.", profile.checks.len())
}

/// What was read, and a line for each check; those that do not pass with examples, causes and what to do.
pub fn checks_text(profile: &Profile, width: usize, colour: bool) -> String {
    let mut text = format!(
        "{} events, {} users, {} items, {} requests ({} implied), {} impressions, {} positives\n\n",
        profile.events,
        profile.users,
        profile.items,
        profile.requests,
        profile.implied_requests,
        profile.impressions,
        profile.positives
    );
    for checked in &profile.checks {
        let style = match checked.status {
            Status::Pass => Style::new(),
            Status::Warn => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Status::Fail => Style::new().fg_color(Some(AnsiColor::Red.into())).bold(),
        };
        let (on, off) = if colour {
            (style.render().to_string(), style.render_reset().to_string())
        } else {
            Default::default()
        };
        text.push_str(&format!("{on}{}{off}  {}\n", checked.status.name(), checked.name));
        let mut say = |head: &str, words: &str| {
            let room = width.saturating_sub(6).max(30);
            let lines = wrapped(&format!("{head}{words}"), room);
            lines.trim_end().lines().for_each(|line| text.push_str(&format!("      {line}\n")));
        };
        say("", &checked.message);
        if checked.status == Status::Pass {
            continue;
        }
        checked.examples.iter().for_each(|example| say("- ", example));
        if let Some(card) = checked.card() {
            [("why: ", card.why), ("cause: ", card.cause), ("help: ", card.help)]
                .into_iter()
                .for_each(|(head, words)| say(head, words));
        }
        if let Some(reason) = &checked.allowed {
            say("allowed: ", reason);
        }
    }
    text.push_str(&format!("\n{}\n", summary(profile)));
    text
}
