//! The interview's faces: the terminal and the page, both over one [`Seat`].

pub(crate) mod face;
mod seat;

pub(crate) use seat::Seat;
