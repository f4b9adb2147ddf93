//! The catalogue: channels and their videos, those of the first day and those born later.

use std::borrow::Cow;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use crate::DAY;
use crate::draw::{self, Purpose};
use crate::line::Line;

use super::ROLES;
use super::genre::Genre;
use super::settings::Settings;

/// Bounds of a video's length: every watch that starts soon after a request ends within the hour.
const SECONDS: (f64, f64) = (15.0, 2_400.0);
/// The first videos are up to this many days old when the log begins.
const BACKLOG_DAYS: f64 = 180.0;

/// One video.
#[derive(Clone)]
pub(crate) struct Video {
    /// Time of its first log line.
    pub(crate) birth: i64,
    /// Time from which it ages; earlier than the log for the first videos.
    pub(crate) upload: i64,
    /// Unit vector in the space of tastes.
    pub(crate) vector: Vec<f64>,
    /// One or two genres, the main one first.
    pub(crate) genres: Vec<usize>,
    pub(crate) channel: usize,
    /// Standard deviations above the average video.
    pub(crate) quality: f64,
    /// 0 (honest) to 1.
    pub(crate) clickbait: f64,
    pub(crate) newsness: f64,
    pub(crate) seconds: u32,
    title: String,
}

struct Channel {
    genre: usize,
    offset: Vec<f64>,
    quality: f64,
    clickbait: f64,
}

/// All videos: those born by the log's end are kept, later ones are made when asked for.
pub(crate) struct Catalogue {
    seed: u64,
    settings: Settings,
    genres: Vec<Genre>,
    channels: Vec<Channel>,
    shares: Vec<f64>,
    videos: Vec<Video>,
}

impl Catalogue {
    pub(crate) fn new(settings: &Settings, seed: u64) -> Catalogue {
        let genres = Genre::all(settings, seed);
        let popularity = draw::running(genres.iter().map(|genre| genre.weight));
        let channels: Vec<Channel> = (0..settings.channels)
            .map(|index| {
                Channel::new(settings, &popularity, draw::stream(seed, Purpose::Channel, index.into()))
            })
            .collect();
        let shares = draw::running((0..channels.len()).map(|rank| (rank as f64 + 5.0).powf(-0.7)));
        let mut catalogue =
            Catalogue { seed, settings: settings.clone(), genres, channels, shares, videos: Vec::new() };
        let kept = catalogue.born_by(settings.start + i64::from(settings.days) * DAY - 1);
        catalogue.videos = (0..kept).map(|index| catalogue.make(index)).collect();
        catalogue
    }

    pub(crate) fn genres(&self) -> &[Genre] {
        &self.genres
    }

    /// The video of an index; every index has one, though perhaps far in the future.
    pub(crate) fn video(&self, index: usize) -> Cow<'_, Video> {
        self.videos.get(index).map_or_else(|| Cow::Owned(self.make(index)), Cow::Borrowed)
    }

    /// Number of videos born at or before a time; they are the indices below it.
    pub(crate) fn born_by(&self, time: i64) -> usize {
        let elapsed = (time - self.settings.start) as f64 / DAY as f64;
        let first = self.settings.items as usize;
        if elapsed < 0.0 {
            return 0;
        }
        // One more than surely born: within its slot of time a video is born at a random moment.
        let slots = (elapsed * self.settings.births_per_day) as usize + 1;
        let mut born = first + slots;
        while born > first && self.birth(born - 1) > time {
            born -= 1;
        }
        born
    }

    /// The entity line that announces a video.
    pub(crate) fn announce(&self, index: usize) -> Line {
        let video = self.video(index);
        let genres: Vec<&str> = video.genres.iter().map(|genre| self.genres[*genre].name.as_str()).collect();
        Line::Entity {
            event: ROLES.shown.to_owned(),
            id: video_id(index),
            time: video.birth,
            fields: vec![
                ("title".to_owned(), json!(video.title)),
                ("genre".to_owned(), json!(genres)),
                ("channel".to_owned(), json!(format!("c{}", video.channel))),
                ("seconds".to_owned(), json!(video.seconds)),
            ],
        }
    }

    /// Births after the first day come one to each slot of 1 / births_per_day days, so indices follow time.
    fn birth(&self, index: usize) -> i64 {
        let Some(slot) = index.checked_sub(self.settings.items as usize) else { return self.settings.start };
        if self.settings.births_per_day <= 0.0 {
            return i64::MAX;
        }
        let within = draw::unit(draw::hash(self.seed, Purpose::Birth, index as u64, 0));
        let days = (slot as f64 + within) / self.settings.births_per_day;
        self.settings.start.saturating_add((days * DAY as f64) as i64)
    }

    fn make(&self, index: usize) -> Video {
        let mut stream = draw::stream(self.seed, Purpose::Video, index as u64);
        let channel_index = draw::pick(&self.shares, stream.random());
        let channel = &self.channels[channel_index];
        let genres = self.pick_genres(channel, &mut stream);
        let main = &self.genres[genres[0]];
        let mut vector = main.centre.clone();
        if let Some(second) = genres.get(1) {
            draw::add(&mut vector, 0.45, &self.genres[*second].centre);
        }
        draw::add(&mut vector, 0.4, &channel.offset);
        draw::add(&mut vector, 0.4, &draw::direction(&mut stream, main.centre.len()));
        draw::normalise(&mut vector);
        let length = self.settings.median_seconds * main.length * (0.7 * draw::normal(&mut stream)).exp();
        let clickbait = (channel.clickbait * stream.random_range(0.3..1.7)).min(1.0);
        let birth = self.birth(index);
        let backlog =
            if index < self.settings.items as usize { BACKLOG_DAYS * stream.random::<f64>() } else { 0.0 };
        Video {
            birth,
            upload: birth - (backlog * DAY as f64) as i64,
            vector,
            quality: 0.6 * channel.quality + 0.8 * draw::normal(&mut stream),
            clickbait,
            newsness: main.newsness * stream.random_range(0.5..1.0),
            seconds: length.clamp(SECONDS.0, SECONDS.1).round() as u32,
            title: title(&main.name, clickbait, &mut stream),
            genres,
            channel: channel_index,
        }
    }

    fn pick_genres(&self, channel: &Channel, stream: &mut ChaCha8Rng) -> Vec<usize> {
        let astray = stream.random::<f64>() < 0.1;
        let main = if astray { stream.random_range(0..self.genres.len()) } else { channel.genre };
        let second = stream.random_range(0..self.genres.len());
        if stream.random::<f64>() < 0.3 && second != main { vec![main, second] } else { vec![main] }
    }
}

impl Channel {
    fn new(settings: &Settings, popularity: &[f64], mut stream: ChaCha8Rng) -> Channel {
        Channel {
            genre: draw::pick(popularity, stream.random()),
            offset: draw::direction(&mut stream, settings.factors as usize),
            quality: draw::normal(&mut stream),
            clickbait: stream.random::<f64>().powi(2),
        }
    }
}

/// Id of a video.
pub(crate) fn video_id(index: usize) -> String {
    format!("v{index}")
}

fn title(genre: &str, clickbait: f64, stream: &mut ChaCha8Rng) -> String {
    const HONEST: [&str; 8] =
        ["Notes on", "A week of", "Simple", "Classic", "Quiet", "The art of", "Learning", "Local"];
    const LOUD: [&str; 6] =
        ["Unbelievable", "Shocking", "Secret", "Insane", "You never saw such", "The truth about"];
    const ENDS: [&str; 8] =
        ["at home", "in ten steps", "for everyone", "on the road", "live", "explained", "again", "at night"];
    let opening = if stream.random::<f64>() < clickbait {
        LOUD[stream.random_range(0..LOUD.len())]
    } else {
        HONEST[stream.random_range(0..HONEST.len())]
    };
    format!("{opening} {genre} {}", ENDS[stream.random_range(0..ENDS.len())])
}
