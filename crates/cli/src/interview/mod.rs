//! The interview's faces: the terminal and the page, both over one [`Seat`].

pub(crate) mod face;
mod seat;
pub(crate) mod web;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(crate) use seat::Seat;

const STYLE: &str = include_str!("style.css");

/// A whole page, as pages of interviews and of trade-offs look; it works without its script.
pub(crate) fn whole(title: &str, body: &Markup, script: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } @if !script.is_empty() { script { (PreEscaped(script)) } } }
        }
    };
    page.into_string()
}
