//! Posts of which some are harmful: a platform decides about each, shortly after it appeared.
//!
//! # What is true in the world
//!
//! **A post** has a text of invented words (topics, glue, the dialect of its author) and an image, given as
//! the 16 numbers that some encoder would make of it. It is harmless or harmful in one of the ways of
//! [`CLASSES`], now and then in two. The harm lies in one of three places ([`Carrier`]):
//!
//! - in the text: one to three words of the class's own vocabulary, which some authors write with digits for
//!   letters; a few harmless posts quote such a word;
//! - in the image: it leans in the class's direction;
//! - in the combination, a share `combination`: certain words beside a certain image. There are two sets of
//!   words and two kinds of images for each class; a set beside its own kind is harmful, beside the other
//!   kind harmless, and harmless pairs are twice as frequent. So neither the words nor the image tells more
//!   than that it may be one of these, and no sum of what each tells alone does.
//!
//! **Authors** prone to harm do three quarters of it. Their accounts are newer, and they speak a dialect
//! twice as often: its words go with harm though they are none. An author's entity line bears the day on
//! which the account was made, for most before the log begins.
//!
//! **Copies.** A share of spam repeats one of three campaigns that run for three days, word for word or
//! nearly; few harmless posts repeat chain letters.
//!
//! **A request** comes `decide_minutes` after each post: `author` asks, `post` is the one in question and
//! alone in the pool. Before it, some readers like or report (`like`, `report`; no request named). In the log
//! every post is left visible: more likes and reports follow, `view` with the `count` of a day's views, and
//! `review` for a random share of the posts and a share of those reported: its fields are the true flags by
//! class and whether the post was `chosen` at random or as reported. A review that finds harm removes the
//! post, ends its views, and counts in the author's `removals`. All interactions bear the post's author, not
//! the reader, so that counts of an author are counts of what happened to the author's posts.
//!
//! **Reports are noisy**: half of the harm is not reported, harmless posts are, and those in
//! dialect thrice as often.
//!
//! **A decision** afterwards: what a contender shows stays visible and goes on as in the log; what it asks to
//! be reviewed does too, until somebody looks at it; a post that it does not show is removed, and its author
//! may `appeal`, more often where it was harmless.

mod author;
mod content;
mod feed;
mod lexicon;
mod log;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use author::Author;
use content::Gallery;
use feed::Post;
use lexicon::Lexicon;

pub use settings::Settings;

use crate::kind::{Kind, Recipe, identity, outside, reader};
use crate::line::{Line, Roles};
use crate::people::index_of;
use crate::{DAY, Moment, Population, Visit, World, draw};

/// The entry of the list of kinds.
pub static KIND: Kind = Kind {
    name: "posts",
    what: "Posts with text and image, some harmful: reports are noisy, hand labels late and few.",
    roles: ROLES,
    read: reader::<Settings>,
    preset: || Box::new(Settings::default()),
};

pub(crate) const ROLES: Roles = Roles { asks: "author", shown: "post" };

/// The ways of being harmful, in the order of [`Posts::truth`].
pub const CLASSES: [&str; 3] = ["spam", "harassment", "violence"];

/// Where the harm of a post lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// In its words alone.
    Text,
    /// In its image alone.
    Image,
    /// In both together, each being innocuous.
    Combination,
}

impl Recipe for Settings {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn build(&self, seed: u64) -> Box<dyn World> {
        Box::new(Posts::new(self, seed))
    }

    fn identity(&self) -> String {
        identity(&KIND, self)
    }

    fn outside(&self) -> Vec<String> {
        outside(self, &self.clamped())
    }
}

/// A platform: its authors, their posts, and the truth about them.
pub struct Posts {
    site: Arc<Site>,
}

pub(crate) struct Site {
    settings: Settings,
    seed: u64,
    authors: Vec<Author>,
    /// Running activity of the authors.
    activity: Vec<f64>,
    /// Share of the posts that prone authors write.
    prone_posts: f64,
    lexicons: Vec<Lexicon>,
    gallery: Gallery,
    /// The posts of the log.
    posts: Vec<Post>,
}

impl Posts {
    /// Makes a world; the same settings and seed make the same world. Settings are clamped to their ranges.
    pub fn new(settings: &Settings, seed: u64) -> Posts {
        let settings = settings.clamped();
        let authors = Author::all(&settings, seed);
        let middle = settings.start + i64::from(settings.days) * DAY / 2;
        let there = |prone: bool| {
            let those = authors.iter().filter(|author| author.joined <= middle && (author.prone || !prone));
            those.map(|author| author.activity).sum::<f64>()
        };
        let prone_posts = there(true) / there(false).max(1e-9);
        let mut site = Site {
            activity: draw::running(authors.iter().map(|author| author.activity)),
            authors,
            prone_posts,
            lexicons: Lexicon::all(&settings, seed),
            gallery: Gallery::new(&settings, seed),
            posts: Vec::new(),
            seed,
            settings,
        };
        site.posts = (0..site.settings.posts as usize).map(|index| site.make(index)).collect();
        Posts { site: Arc::new(site) }
    }

    /// Which of [`CLASSES`] a post is, in the log or after it; `None` where no post has such an id.
    pub fn truth(&self, post: &str) -> Option<[bool; 3]> {
        index_of(post, 'p').map(|index| self.site.post(index).content.flags)
    }

    /// Where the harm of a post lies; `None` where it has none, or where no post has such an id.
    pub fn carrier(&self, post: &str) -> Option<Carrier> {
        index_of(post, 'p').and_then(|index| self.site.post(index).content.carrier)
    }
}

impl World for Posts {
    fn log(&self, each: &mut dyn FnMut(Line)) {
        log::write(&self.site, each, &mut |_| ());
    }

    fn afterwards(&self, visits: usize) -> Vec<Moment> {
        log::afterwards(&self.site, visits)
    }

    fn population(&self) -> Box<dyn Population> {
        let removals = log::write(&self.site, &mut |_| (), &mut |_| ());
        Box::new(Platform { site: self.site.clone(), removals })
    }

    fn end(&self) -> i64 {
        self.site.end()
    }

    fn roles(&self) -> Roles {
        ROLES
    }

    fn goal(&self) -> &'static str {
        "views of harmless posts, less those of harmful ones times their cost"
    }

    /// What a review says of spam.
    fn outcome(&self, line: &Line) -> Option<bool> {
        let Line::Interaction { event, fields, .. } = line else { return None };
        let (_, flag) = fields.iter().find(|(name, _)| event == "review" && name == CLASSES[0])?;
        Some(flag.as_u64() == Some(1))
    }

    /// Each view of a harmless post counts 1, each of a harmful one `-harm_cost`. So both removing everything
    /// and leaving everything visible are poor decisions.
    fn worth(&self, lines: &[Line]) -> f64 {
        let (harmful, all) = self.parts(lines);
        all - harmful - self.site.settings.harm_cost * harmful
    }

    fn ill(&self) -> Option<&'static str> {
        Some("views of harmful posts")
    }

    fn parts(&self, lines: &[Line]) -> (f64, f64) {
        let one = |line: &Line| {
            let Line::Interaction { event, item, fields, .. } = line else { return None };
            let (_, count) = fields.iter().find(|(name, _)| event == "view" && name == "count")?;
            let (views, index) = count.as_f64().zip(index_of(item, 'p'))?;
            Some((if self.site.post(index).is_harmful() { views } else { 0.0 }, views))
        };
        let add = |sum: (f64, f64), (harmful, all)| (sum.0 + harmful, sum.1 + all);
        lines.iter().filter_map(one).fold((0.0, 0.0), add)
    }
}

/// The platform's people, and how often posts of each author were removed by people.
#[derive(Clone)]
struct Platform {
    site: Arc<Site>,
    removals: BTreeMap<usize, u32>,
}

impl Population for Platform {
    /// What becomes of the post in question: views and reports where it is shown, perhaps an appeal where
    /// not.
    fn react(&mut self, visit: &Visit, shown: &[String]) -> Vec<Line> {
        self.react_to_reviewed(visit, shown, &[])
    }

    /// The same; a post that people were asked to look at is reviewed for sure, as soon as one drawn at random.
    fn react_to_reviewed(&mut self, visit: &Visit, shown: &[String], reviewed: &[String]) -> Vec<Line> {
        let post = visit.pool.first().and_then(|post| Some((post, index_of(post, 'p')?)));
        let Some((id, index)) = post else { return Vec::new() };
        let author = self.site.post(index).author;
        if index_of(&visit.user, 'u') != Some(author) {
            return Vec::new();
        }
        if !shown.contains(id) {
            return self.site.appeal(index).into_iter().collect();
        }
        let (mut lines, removed) = self.site.after(index, reviewed.contains(id));
        if let Some(time) = removed {
            let count = self.removals.entry(author).or_default();
            *count += 1;
            lines.push(author::removals(author, time, *count));
            lines.sort_by_key(Line::time);
        }
        lines
    }

    fn boxed_clone(&self) -> Box<dyn Population> {
        Box::new(self.clone())
    }
}

impl Site {
    fn end(&self) -> i64 {
        self.settings.start + i64::from(self.settings.days) * DAY
    }
}
