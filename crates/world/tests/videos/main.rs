//! The world of videos.

mod log;
mod ranking;
mod reaction;
mod settings;
