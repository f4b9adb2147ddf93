//! The authors: who they are, how often they post, and whether they are prone to harm.

use rand::RngExt;
use serde_json::json;

use crate::DAY;
use crate::draw::{self, Purpose};
use crate::line::Line;
use crate::people::user_id;

use super::ROLES;
use super::lexicon::LANGUAGES;
use super::settings::Settings;

/// Accounts that were there before the log are up to this many days older.
const OLDEST_DAYS: f64 = 900.0;

/// One author.
pub(crate) struct Author {
    /// When the account was made: for most before the log begins.
    pub(crate) joined: i64,
    /// Relative number of posts.
    pub(crate) activity: f64,
    /// Index into the languages.
    pub(crate) language: usize,
    pub(crate) dialect: bool,
    pub(crate) prone: bool,
    /// Writes digits for letters.
    pub(crate) obfuscates: bool,
    /// Median views of a post.
    pub(crate) reach: f64,
}

impl Author {
    /// All authors of a world.
    pub(crate) fn all(settings: &Settings, seed: u64) -> Vec<Author> {
        (0..settings.authors).map(|index| Author::new(settings, seed, index)).collect()
    }

    fn new(settings: &Settings, seed: u64, index: u32) -> Author {
        let mut stream = draw::stream(seed, Purpose::Author, index.into());
        let prone = stream.random::<f64>() < settings.prone;
        let twice = if prone { 2.0 } else { 1.0 };
        let new = stream.random::<f64>() < twice * settings.new_authors;
        let at = stream.random::<f64>();
        let days = if new { 0.95 * at * f64::from(settings.days) } else { -OLDEST_DAYS * at * at - 1.0 };
        let speakers = draw::running((0..settings.languages).map(|rank| 0.5f64.powi(rank as i32)));
        let obfuscates = settings.obfuscation * if prone { 1.0 } else { 0.125 };
        Author {
            joined: settings.start + (days * DAY as f64) as i64,
            activity: (settings.activity_spread * draw::normal(&mut stream)).exp(),
            language: draw::pick(&speakers, stream.random()),
            dialect: stream.random::<f64>() < twice * settings.dialect,
            prone,
            obfuscates: stream.random::<f64>() < obfuscates,
            reach: 100.0 * (0.8 * draw::normal(&mut stream)).exp(),
        }
    }

    /// The entity line that announces the author.
    pub(crate) fn announce(&self, index: usize) -> Line {
        Line::Entity {
            event: ROLES.asks.to_owned(),
            id: user_id(index),
            time: self.joined,
            fields: vec![
                ("language".to_owned(), json!(LANGUAGES[self.language])),
                ("dialect".to_owned(), json!(if self.dialect { "coastal" } else { "plain" })),
                ("removals".to_owned(), json!(0)),
            ],
        }
    }
}

/// The entity line that says how often posts of an author were removed.
pub(crate) fn removals(author: usize, time: i64, count: u32) -> Line {
    Line::Entity {
        event: ROLES.asks.to_owned(),
        id: user_id(author),
        time,
        fields: vec![("removals".to_owned(), json!(count))],
    }
}
