//! Laws that every encoder keeps, whatever it is given to read.

use proptest::prelude::*;
use rankine_learn::algorithms::encoders::{ALL, Content, Encoded, Encoder, Kind, Reads, Shape};
use rankine_learn::{Kind as Holds, Picture, Preset, Setting, Settings};

/// The defaults, and each choice and some counts of each parameter besides; with words where a list is asked for.
fn variants(kind: &Kind) -> Vec<Settings> {
    let mut preset = kind.card.defaults();
    for parameter in kind.card.parameters {
        if parameter.kind == Holds::Words && parameter.default == Preset::Required {
            let words = ["free", "call now", "\u{1f600}", "שלום", ""].map(str::to_owned);
            preset = preset.with(parameter.name, Setting::Words(words.to_vec()));
        }
    }
    let mut all = vec![preset.clone()];
    for parameter in kind.card.parameters {
        let mut add = |setting: Setting| all.push(preset.clone().with(parameter.name, setting));
        match parameter.kind {
            Holds::Choice(words) => words.iter().for_each(|word| add(Setting::Word((*word).to_owned()))),
            Holds::Count { min, max } => {
                [min, (min + 1).min(max), max.min(20)].map(Setting::Count).map(add).into_iter().collect()
            }
            _ => {}
        }
    }
    all
}

fn texts() -> Vec<String> {
    let odd = [
        "",
        " ",
        "\0",
        "a\0b\0",
        "free",
        "Call NOW!",
        "\u{1f600}\u{1f600}",
        "\u{feff}\u{200d}",
        "שלום עולם مرحبا",
        "你好 ｆｒｅｅ",
        "e\u{301}\u{301}\u{301}",
        "http://",
        "www.",
        "£1,000.00 0800 123456",
        "\n\t\r",
        "ǅ ß ﬁ İ",
        "\u{10ffff}",
        "1e999 -0 ٣ Ⅷ ½",
    ];
    let mut texts: Vec<String> = odd.map(str::to_owned).to_vec();
    texts.push("word \u{1f600} 12 ".repeat(7000));
    texts.push("x".repeat(100_000));
    texts.push("\u{301}".repeat(1000));
    texts.extend((0..300).map(|at| format!("text {at} of many, call now {}", at % 7)));
    texts
}

fn pictures() -> Vec<Picture> {
    let sizes = [(0, 0), (1, 1), (1, 300), (300, 1), (7, 5), (64, 64), (320, 240)];
    let mut pictures: Vec<Picture> =
        sizes.map(|(width, height)| Picture::of(width, height, [200, 30, 90])).to_vec();
    for (at, picture) in pictures.iter_mut().enumerate().skip(4) {
        for (place, byte) in picture.pixels.iter_mut().enumerate() {
            *byte = (rankine_learn::hash(at as u64, &[place as u64]) >> 40) as u8;
        }
    }
    pictures
}

/// Everything that there is to read; an encoder takes what it does not read for missing.
fn contents<'a>(texts: &'a [String], pictures: &'a [Picture]) -> Vec<Content<'a>> {
    let texts = texts.iter().map(|text| Content::Text(text));
    texts.chain(pictures.iter().map(Content::Picture)).chain([Content::Missing]).collect()
}

/// The bits of what is encoded.
fn bits(encoded: &Encoded) -> Vec<(u32, u32)> {
    match encoded {
        Encoded::Bag(bag) => bag.iter().map(|(term, weight)| (*term, weight.to_bits())).collect(),
        Encoded::Numbers(numbers) => numbers.iter().map(|number| (0, number.to_bits())).collect(),
    }
}

fn all_bits(encoder: &dyn Encoder, contents: &[Content<'_>]) -> Vec<Vec<(u32, u32)>> {
    contents.iter().map(|content| bits(&encoder.encode(*content))).collect()
}

fn keeps_its_shape(what: &str, kind: &Kind, encoder: &dyn Encoder, content: Content<'_>) {
    let missing = match content {
        Content::Missing => true,
        Content::Text(_) => kind.reads != Reads::Text,
        Content::Picture(picture) => kind.reads != Reads::Picture || picture.pixels.is_empty(),
    };
    match (encoder.shape(), encoder.encode(content)) {
        (Shape::Bag(terms), Encoded::Bag(bag)) => {
            assert!(bag.is_sorted_by(|one, other| one.0 < other.0), "{what}: terms ascend");
            assert!(bag.iter().all(|(term, _)| *term < terms), "{what}: terms are below {terms}");
            assert!(bag.iter().all(|(_, weight)| weight.is_finite()), "{what}: weights are finite: {bag:?}");
            assert!(!missing || bag.is_empty(), "{what}: nothing is in what is missing");
        }
        (Shape::Numbers(many), Encoded::Numbers(numbers)) => {
            assert_eq!(numbers.len(), many, "{what}");
            let right = |number: &f32| if missing { number.is_nan() } else { number.is_finite() };
            assert!(numbers.iter().all(right), "{what}: {numbers:?}");
        }
        (shape, encoded) => panic!("{what}: {encoded:?} is not of shape {shape:?}"),
    }
}

#[test]
fn whatever_is_read_has_the_shape_that_was_said() {
    let (texts, pictures) = (texts(), pictures());
    let contents = contents(&texts, &pictures);
    for kind in ALL {
        for settings in variants(kind) {
            for learned in [&contents[..], &[], &[Content::Missing]] {
                let encoder = (kind.fit)(&settings, learned);
                for content in &contents {
                    let what = format!("{} with {settings:?}", kind.card.name);
                    keeps_its_shape(&what, kind, encoder.as_ref(), *content);
                }
            }
        }
    }
}

#[test]
fn a_loaded_encoder_is_the_saved_one_and_reads_its_own_kind() {
    let (texts, pictures) = (texts(), pictures());
    let contents = contents(&texts, &pictures);
    for kind in ALL {
        for settings in variants(kind) {
            let what = format!("{} with {settings:?}", kind.card.name);
            let encoder = (kind.fit)(&settings, &contents);
            let bytes = encoder.save();
            let loaded = (kind.load)(&settings, &bytes).expect("what was saved can be loaded");
            assert_eq!(loaded.save(), bytes, "{what}");
            assert_eq!(loaded.shape(), encoder.shape(), "{what}");
            let have = all_bits(encoder.as_ref(), &contents);
            assert_eq!(all_bits(loaded.as_ref(), &contents), have, "{what}");
            let distinct: std::collections::BTreeSet<_> = have.iter().collect();
            assert!(distinct.len() > 2, "{what}: contents can be told apart");
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let (texts, pictures) = (texts(), pictures());
    let contents = contents(&texts, &pictures);
    for kind in ALL {
        for settings in variants(kind) {
            let on = |threads: usize| {
                let pool =
                    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
                pool.install(|| {
                    let encoder = (kind.fit)(&settings, &contents);
                    (encoder.save(), all_bits(encoder.as_ref(), &contents))
                })
            };
            assert!(on(1) == on(4), "{} with {settings:?}", kind.card.name);
        }
    }
}

#[test]
fn broken_bytes_are_refused_or_harmless() {
    let texts: Vec<String> = texts().into_iter().filter(|text| text.len() < 100).take(40).collect();
    let pictures: Vec<Picture> = pictures().into_iter().take(5).collect();
    let contents = contents(&texts, &pictures);
    for kind in ALL {
        for settings in variants(kind) {
            let bytes = (kind.fit)(&settings, &contents).save();
            let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
            assert!((kind.load)(&settings, &longer).is_err(), "{} with a byte too many", kind.card.name);
            let step = 1 + bytes.len() / 400;
            for at in (0..bytes.len()).step_by(step) {
                assert!((kind.load)(&settings, &bytes[..at]).is_err(), "{} cut at {at}", kind.card.name);
                for value in [0, 1, 0x7f, 0xff, bytes[at] ^ 0x10] {
                    let mut broken = bytes.clone();
                    broken[at] = value;
                    if let Ok(encoder) = (kind.load)(&settings, &broken) {
                        let what = format!("{} broken at {at}", kind.card.name);
                        contents
                            .iter()
                            .for_each(|content| keeps_its_shape(&what, kind, encoder.as_ref(), *content));
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_shape(text in "\\PC*|[\\x00-\\x7f]*|.{0,40}") {
        for kind in ALL {
            for settings in variants(kind) {
                let encoder = (kind.fit)(&settings, &[Content::Text("a b c")]);
                keeps_its_shape(&format!("{} on {text:?}", kind.card.name), kind, encoder.as_ref(), Content::Text(&text));
            }
        }
    }
}
