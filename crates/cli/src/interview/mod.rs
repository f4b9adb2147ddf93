//! The interview's faces: the terminal and the page, both over one [`Seat`].

pub(crate) mod face;
mod seat;
pub(crate) mod web;

pub(crate) use seat::Seat;

/// How pages of interviews and trade-offs look.
pub(crate) const STYLE: &str = include_str!("style.css");
