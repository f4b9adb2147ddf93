//! What posts say and show, and where their harm lies.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::draw::{self, Purpose};

use super::lexicon::{Lexicon, obfuscated};
use super::settings::Settings;
use super::{CLASSES, Carrier};

/// Numbers of an image's embedding.
pub(crate) const IMAGE: usize = 16;
/// Standard deviation of the noise on each number of an embedding.
const IMAGE_NOISE: f64 = 0.25;
/// How often a harmful post is harmful in a second way too.
const SECOND_CLASS: f64 = 0.15;
/// How often a harmless post quotes a word of harm.
const QUOTES: f64 = 0.04;
/// Harmless posts with the words and an image that mean harm together with others, for each harmful one.
const HARMLESS_PAIRS: f64 = 2.0;

/// What a post is.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) words: Vec<String>,
    pub(crate) image: Vec<f64>,
    pub(crate) language: usize,
    /// In the order of [`CLASSES`].
    pub(crate) flags: [bool; 3],
    pub(crate) carrier: Option<Carrier>,
}

/// How somebody writes.
#[derive(Clone, Copy)]
pub(crate) struct Hand {
    pub(crate) language: usize,
    pub(crate) dialect: bool,
    pub(crate) obfuscates: bool,
}

/// Directions in the space of embeddings, at right angles to one another.
pub(crate) struct Gallery {
    /// For each class what is harmful by itself.
    harm: Vec<Vec<f64>>,
    /// For each class the two kinds of images that mean harm only beside certain words.
    cues: Vec<[Vec<f64>; 2]>,
    /// Topics, in the space that the others leave.
    topics: Vec<Vec<f64>>,
}

impl Gallery {
    pub(crate) fn new(settings: &Settings, seed: u64) -> Gallery {
        let mut stream = draw::stream(seed, Purpose::Gallery, 0);
        let mut taken: Vec<Vec<f64>> = Vec::new();
        let mut apart = |keep: bool| {
            let mut vector = draw::direction(&mut stream, IMAGE);
            for other in &taken {
                let along = draw::dot(&vector, other);
                draw::add(&mut vector, -along, other);
            }
            draw::normalise(&mut vector);
            if keep {
                taken.push(vector.clone());
            }
            vector
        };
        let harm = CLASSES.iter().map(|_| apart(true)).collect();
        let cues = CLASSES.iter().map(|_| [apart(true), apart(true)]).collect();
        let topics = (0..settings.topics).map(|_| apart(false)).collect();
        Gallery { harm, cues, topics }
    }
}

/// A post of a main class, or a harmless one.
pub(crate) fn compose(
    settings: &Settings,
    lexicons: &[Lexicon],
    gallery: &Gallery,
    (class, hand): (Option<usize>, Hand),
    stream: &mut ChaCha8Rng,
) -> Content {
    let lexicon = &lexicons[hand.language];
    let topic = stream.random_range(0..lexicon.topics.len());
    let mut image: Vec<f64> = (0..IMAGE).map(|_| IMAGE_NOISE * draw::normal(stream)).collect();
    draw::add(&mut image, 0.8, &gallery.topics[topic]);
    let mut flags = [false; 3];
    let mut carrier = None;
    // Words that must be there, with whether they are words of harm.
    let mut musts: Vec<(&str, bool)> = Vec::new();
    match class {
        Some(class) => {
            flags[class] = true;
            let at = stream.random::<f64>();
            let alone = 0.5 * (1.0 - settings.combination);
            let where_ = if at < settings.combination {
                Carrier::Combination
            } else if at < settings.combination + alone {
                Carrier::Text
            } else {
                Carrier::Image
            };
            match where_ {
                Carrier::Combination => {
                    let side = stream.random_range(0..2);
                    pair(lexicon, gallery, class, (side, side), &mut musts, &mut image, stream);
                }
                Carrier::Text => harm_words(lexicon, class, &mut musts, stream),
                Carrier::Image => draw::add(&mut image, 1.0, &gallery.harm[class]),
            }
            if where_ != Carrier::Combination && stream.random::<f64>() < SECOND_CLASS {
                let second = (class + stream.random_range(1..CLASSES.len())) % CLASSES.len();
                flags[second] = true;
                match where_ {
                    Carrier::Text => harm_words(lexicon, second, &mut musts, stream),
                    _ => draw::add(&mut image, 1.0, &gallery.harm[second]),
                }
            }
            carrier = Some(where_);
        }
        None => {
            let harmless = (1.0 - settings.classes().iter().sum::<f64>()).max(0.1);
            let pairs =
                settings.classes().map(|share| HARMLESS_PAIRS * settings.combination * share / harmless);
            let at = stream.random::<f64>();
            let running = draw::running(pairs.into_iter());
            if let Some(class) = running.iter().position(|sum| at < *sum) {
                let side = stream.random_range(0..2);
                pair(lexicon, gallery, class, (side, 1 - side), &mut musts, &mut image, stream);
            } else if stream.random::<f64>() < QUOTES {
                let class = stream.random_range(0..CLASSES.len());
                musts.push((any(&lexicon.harm[class], stream), true));
            }
        }
    }
    let words = write(lexicon, topic, hand, &musts, stream);
    Content { words, image, language: hand.language, flags, carrier }
}

/// Words of one side and an image of one side: harmful where the sides are the same, harmless where not, so
/// that neither the words nor the image tells anything by itself.
fn pair<'a>(
    lexicon: &'a Lexicon,
    gallery: &Gallery,
    class: usize,
    (words, picture): (usize, usize),
    musts: &mut Vec<(&'a str, bool)>,
    image: &mut [f64],
    stream: &mut ChaCha8Rng,
) {
    for _ in 0..2 {
        musts.push((any(&lexicon.cues[class][words], stream), false));
    }
    draw::add(image, 1.0, &gallery.cues[class][picture]);
}

fn harm_words<'a>(
    lexicon: &'a Lexicon,
    class: usize,
    musts: &mut Vec<(&'a str, bool)>,
    stream: &mut ChaCha8Rng,
) {
    for _ in 0..stream.random_range(1..=3) {
        musts.push((any(&lexicon.harm[class], stream), true));
    }
}

fn write(
    lexicon: &Lexicon,
    topic: usize,
    hand: Hand,
    musts: &[(&str, bool)],
    stream: &mut ChaCha8Rng,
) -> Vec<String> {
    let count = stream.random_range(7..22);
    let mut words: Vec<String> = (0..count)
        .map(|_| {
            let at = stream.random::<f64>();
            let word = if at < 0.3 {
                any(&lexicon.glue, stream)
            } else if hand.dialect && at < 0.48 {
                any(&lexicon.dialect, stream)
            } else if at < 0.9 {
                any(&lexicon.topics[topic], stream)
            } else {
                let other = stream.random_range(0..lexicon.topics.len());
                any(&lexicon.topics[other], stream)
            };
            let digits = hand.obfuscates && stream.random::<f64>() < 0.1;
            if digits { obfuscated(word) } else { word.to_owned() }
        })
        .collect();
    for (word, is_harm) in musts {
        let digits = hand.obfuscates && *is_harm && stream.random::<f64>() < 0.7;
        let word = if digits { obfuscated(word) } else { (*word).to_owned() };
        let at = stream.random_range(0..=words.len());
        words.insert(at, word);
    }
    words
}

/// A copy: the same image as good as, and at most one word another.
pub(crate) fn copied(template: &Content, lexicons: &[Lexicon], stream: &mut ChaCha8Rng) -> Content {
    let mut copy = template.clone();
    copy.image.iter_mut().for_each(|number| *number += 0.02 * draw::normal(stream));
    if stream.random::<f64>() < 0.5 {
        copy.words.push(any(&lexicons[copy.language].glue, stream).to_owned());
    }
    copy
}

fn any<'a>(words: &'a [String], stream: &mut ChaCha8Rng) -> &'a str {
    // Two draws, the lower of which counts: the first words of a list are the more frequent ones.
    let at = stream.random_range(0..words.len()).min(stream.random_range(0..words.len()));
    &words[at]
}
