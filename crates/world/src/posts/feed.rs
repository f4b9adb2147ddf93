//! The stream of posts: when each comes, who writes it, and what becomes of it if it is left visible.

use std::borrow::Cow;

use rand::RngExt;
use serde_json::{Value, json};

use crate::draw::{self, Purpose};
use crate::line::Line;
use crate::people::user_id;
use crate::schedule;
use crate::{DAY, HOUR};

use super::content::{self, Content, Hand};
use super::lexicon::LANGUAGES;
use super::{CLASSES, ROLES, Site};

/// Share of the harm that authors do who are prone to it.
const PRONE_HARM: f64 = 0.75;
/// Readers who may report, and who may like, before and again after the decision.
const READERS: u64 = 3;
const FANS: u64 = 4;
/// Days through which a campaign is copied, and how many run at a time.
const CAMPAIGN_DAYS: f64 = 3.0;
const CAMPAIGNS: u64 = 3;
/// Most views of a post.
const MOST_VIEWS: f64 = 5_000.0;

/// One post.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) time: i64,
    pub(crate) author: usize,
    pub(crate) content: Content,
    /// Views through a day, if it is left visible so long.
    pub(crate) views: u32,
}

impl Post {
    pub(crate) fn is_harmful(&self) -> bool {
        self.content.flags.contains(&true)
    }
}

impl Site {
    /// The post of an index; every index has one, though perhaps far in the future.
    pub(crate) fn post(&self, index: usize) -> Cow<'_, Post> {
        self.posts.get(index).map_or_else(|| Cow::Owned(self.make(index)), Cow::Borrowed)
    }

    /// When the platform decides about a post.
    pub(crate) fn decided(&self, post: &Post) -> i64 {
        post.time.saturating_add((self.settings.decide_minutes * 60_000.0) as i64)
    }

    /// When a post comes: as many every day, more in the evening; indices follow time.
    pub(crate) fn time_of(&self, index: usize) -> i64 {
        let per_day = f64::from(self.settings.posts) / f64::from(self.settings.days);
        let within = draw::unit(draw::hash(self.seed, Purpose::PostTime, index as u64, 0));
        let days = (index as f64 + within) / per_day;
        let moment = schedule::moment_of_day(days.fract());
        self.settings.start.saturating_add((days.floor() * DAY as f64) as i64).saturating_add(moment)
    }

    pub(crate) fn make(&self, index: usize) -> Post {
        let time = self.time_of(index);
        let mut stream = draw::stream(self.seed, Purpose::Post, index as u64);
        let author = self.pick_author(time, &mut stream);
        let person = &self.authors[author];
        let class = self.pick_class(person.prone, &mut stream);
        let hand = Hand { language: person.language, dialect: person.dialect, obfuscates: person.obfuscates };
        let copies = self.settings.copies
            * match class {
                Some(0) => 1.0,
                Some(_) => 0.0,
                None => 0.05,
            };
        let content = if stream.random::<f64>() < copies {
            let window = time.saturating_sub(self.settings.start) as f64 / DAY as f64 / CAMPAIGN_DAYS;
            let number = (window as u64) * CAMPAIGNS + stream.random_range(0..CAMPAIGNS);
            let template = self.template(class, number);
            content::copied(&template, &self.lexicons, &mut stream)
        } else {
            self.compose(class, hand, &mut stream)
        };
        let spread = (0.9 * draw::normal(&mut stream)).exp() * if class.is_some() { 1.5 } else { 1.0 };
        let views = (person.reach * spread).clamp(1.0, MOST_VIEWS).round() as u32;
        Post { time, author, content, views }
    }

    fn compose(&self, class: Option<usize>, hand: Hand, stream: &mut rand_chacha::ChaCha8Rng) -> Content {
        content::compose(&self.settings, &self.lexicons, &self.gallery, (class, hand), stream)
    }

    /// What a campaign or a chain letter says.
    fn template(&self, class: Option<usize>, number: u64) -> Content {
        let key = (number << 1) | u64::from(class.is_some());
        let mut stream = draw::stream(self.seed, Purpose::Campaign, key);
        let language = stream.random_range(0..self.lexicons.len());
        let hand = Hand { language, dialect: false, obfuscates: stream.random::<f64>() < 0.2 };
        self.compose(class, hand, &mut stream)
    }

    /// Somebody who has joined, in proportion to activity.
    fn pick_author(&self, time: i64, stream: &mut rand_chacha::ChaCha8Rng) -> usize {
        for _ in 0..200 {
            let author = draw::pick(&self.activity, stream.random());
            if self.authors[author].joined <= time {
                return author;
            }
        }
        (0..self.authors.len()).min_by_key(|author| self.authors[*author].joined).unwrap_or(0)
    }

    fn pick_class(&self, prone: bool, stream: &mut rand_chacha::ChaCha8Rng) -> Option<usize> {
        let shares = self.settings.classes();
        let harm: f64 = shares.iter().sum();
        let (share, of_all) =
            if prone { (PRONE_HARM, self.prone_posts) } else { (1.0 - PRONE_HARM, 1.0 - self.prone_posts) };
        let harmful = (harm * share / of_all.max(1e-6)).min(0.95);
        let (at, which) = (stream.random::<f64>(), stream.random::<f64>());
        (at < harmful).then(|| draw::pick(&draw::running(shares.into_iter()), which))
    }

    /// The entity line that announces a post.
    pub(crate) fn announce(&self, index: usize) -> Line {
        let post = self.post(index);
        let image: Vec<f64> =
            post.content.image.iter().map(|number| (number * 10_000.0).round() / 10_000.0).collect();
        Line::Entity {
            event: ROLES.shown.to_owned(),
            id: post_id(index),
            time: post.time,
            fields: vec![
                ("text".to_owned(), json!(post.content.words.join(" "))),
                ("image".to_owned(), json!(image)),
                ("language".to_owned(), json!(LANGUAGES[post.content.language])),
            ],
        }
    }

    /// A draw in [0, 1) for one post.
    pub(crate) fn chance(&self, purpose: Purpose, index: usize, which: u64) -> f64 {
        draw::unit(draw::hash(self.seed, purpose, index as u64, which))
    }

    /// What readers do before the decision, whatever it will be.
    pub(crate) fn before(&self, index: usize) -> Vec<Line> {
        let post = self.post(index);
        self.readers(index, &post, (post.time, self.decided(&post)), 0)
    }

    /// What happens to a post that is left visible: readers go on, people may review it; who is found guilty
    /// is removed, which ends the views. The time of the removal comes with the lines.
    /// Where people were asked to review it, they do.
    pub(crate) fn after(&self, index: usize, asked: bool) -> (Vec<Line>, Option<i64>) {
        let post = self.post(index);
        let decided = self.decided(&post);
        let review = self.review(index, &post, asked);
        let removed = review.filter(|_| post.is_harmful()).map(|(time, _)| time);
        let over = decided.saturating_add(DAY).min(removed.unwrap_or(i64::MAX));
        let mut lines = self.readers(index, &post, (decided, over), 1);
        let share = (over - decided) as f64 / DAY as f64;
        let views = (f64::from(post.views) * share).ceil();
        lines.push(self.line(
            index,
            &post,
            ("view", 0),
            over,
            true,
            vec![("count".to_owned(), json!(views))],
        ));
        if let Some((time, chosen)) = review {
            let flags = CLASSES.iter().zip(post.content.flags);
            let mut fields: Vec<(String, Value)> =
                flags.map(|(class, flag)| ((*class).to_owned(), json!(u8::from(flag)))).collect();
            fields.push(("chosen".to_owned(), json!(chosen)));
            lines.push(self.line(index, &post, ("review", 0), time, true, fields));
        }
        lines.sort_by_key(Line::time);
        (lines, removed)
    }

    /// What a removed post brings: perhaps an appeal, more often where it was harmless.
    pub(crate) fn appeal(&self, index: usize) -> Option<Line> {
        let post = self.post(index);
        let appeals = self.chance(Purpose::Appeal, index, 0) < if post.is_harmful() { 0.08 } else { 0.4 };
        let wait = (1.0 + 11.0 * self.chance(Purpose::Appeal, index, 1)) * HOUR as f64;
        let time = self.decided(&post).saturating_add(wait as i64);
        appeals.then(|| self.line(index, &post, ("appeal", 0), time, true, Vec::new()))
    }

    /// When people review a post that is left visible, and why: drawn at random, because they were asked, or
    /// because it was reported.
    fn review(&self, index: usize, post: &Post, asked: bool) -> Option<(i64, &'static str)> {
        let at_random = self.chance(Purpose::Review, index, 0) < self.settings.review_random;
        let reported =
            || (0..2).any(|phase| (0..READERS).any(|reader| self.reports(index, post, phase, reader)));
        let chosen = if at_random {
            "random"
        } else if asked {
            "asked"
        } else if self.chance(Purpose::Review, index, 1) < self.settings.review_reported && reported() {
            "reported"
        } else {
            return None;
        };
        let hours = 1.0 - self.settings.review_hours * (1.0 - self.chance(Purpose::Review, index, 2)).ln();
        // What is reported late is reviewed later still.
        let late = if at_random || asked { 0 } else { DAY };
        Some((self.decided(post).saturating_add(late + (hours * HOUR as f64) as i64), chosen))
    }

    fn reports(&self, index: usize, post: &Post, phase: u64, reader: u64) -> bool {
        let in_dialect = self.authors[post.author].dialect;
        let chance = match (post.is_harmful(), in_dialect) {
            (true, _) => self.settings.report_harmful,
            (false, true) => 3.0 * self.settings.report_harmless,
            (false, false) => self.settings.report_harmless,
        };
        self.chance(Purpose::Report, index, phase * READERS + reader) < chance
    }

    /// Reports and likes between two times; in the first phase, before the decision, they name no request.
    fn readers(&self, index: usize, post: &Post, (from, to): (i64, i64), phase: u64) -> Vec<Line> {
        let mut lines = Vec::new();
        let span = (to - from).max(2) as f64;
        let mut act = |purpose, event: &'static str, which: u64| {
            let at = from + 1 + ((span - 2.0) * self.chance(purpose, index, 1_000 + which)) as i64;
            lines.push(self.line(index, post, (event, which), at, phase == 1, Vec::new()));
        };
        for reader in 0..READERS {
            if self.reports(index, post, phase, reader) {
                act(Purpose::Report, "report", phase * READERS + reader);
            }
        }
        let liked = if post.is_harmful() { 0.12 } else { 0.25 };
        for fan in 0..FANS {
            let which = phase * FANS + fan;
            if self.chance(Purpose::Like, index, which) < liked {
                act(Purpose::Like, "like", which);
            }
        }
        lines.sort_by_key(Line::time);
        lines
    }

    fn line(
        &self,
        index: usize,
        post: &Post,
        (event, which): (&str, u64),
        time: i64,
        is_after: bool,
        fields: Vec<(String, Value)>,
    ) -> Line {
        Line::Interaction {
            roles: ROLES,
            event: event.to_owned(),
            id: format!("{index}-{event}-{which}"),
            time,
            user: user_id(post.author),
            item: post_id(index),
            request: is_after.then(|| request_id(index)),
            fields,
        }
    }
}

/// Id of a post.
pub(crate) fn post_id(index: usize) -> String {
    format!("p{index}")
}

/// Id of the request that decides about a post.
pub(crate) fn request_id(index: usize) -> String {
    format!("r{index}")
}
