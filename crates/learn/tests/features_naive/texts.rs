//! What texts and places say.

use rankine_learn::features::Spec;
use rankine_learn::{Id, Value};

use super::Before;

impl Before<'_> {
    pub(super) fn text_match(&self, spec: &Spec, item: Id) -> Vec<f64> {
        let settings = &spec.settings;
        let of = settings.word("of");
        let words = |value: Option<&Value>| match value {
            Some(Value::Text(text)) => words(text),
            _ => Vec::new(),
        };
        // Items that the log named, and a few that it did not.
        let texts: Vec<Vec<String>> = (0..20).map(|item| words(self.value_of(of, item))).collect();
        let texts: Vec<&Vec<String>> = texts.iter().filter(|words| !words.is_empty()).collect();
        let (own, mut query) =
            (words(self.value_of(of, item)), words(self.value_of(settings.word("query"), item)));
        query.sort();
        query.dedup();
        if own.is_empty() || query.is_empty() {
            return vec![f64::NAN; 2];
        }
        let mean = texts.iter().map(|words| words.len()).sum::<usize>() as f64 / texts.len() as f64;
        let (k1, b) = (settings.number("k1"), settings.number("b"));
        let score = |word: &String| {
            let having = texts.iter().filter(|words| words.contains(word)).count() as f64;
            let often = own.iter().filter(|have| *have == word).count() as f64;
            let rarity = (1.0 + (texts.len() as f64 - having + 0.5) / (having + 0.5)).ln();
            let long = own.len() as f64 / mean;
            if often == 0.0 {
                return 0.0;
            }
            rarity * often * (k1 + 1.0) / (often + k1 * (1.0 - b + b * long))
        };
        let shared = query.iter().filter(|word| own.contains(word)).count();
        vec![query.iter().map(score).sum(), shared as f64 / query.len() as f64]
    }

    fn coordinate(&self, of: &str, item: Id, most: f64) -> Option<f64> {
        match self.value_of(of, item) {
            Some(Value::Number(value)) if (-most..=most).contains(value) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn distance(&self, spec: &Spec, item: Id) -> f64 {
        let angle = |name: &str, most| self.coordinate(spec.settings.word(name), item, most);
        let place = |north: &str, east: &str| {
            let (north, east) = (angle(north, 90.0)?.to_radians(), angle(east, 180.0)?.to_radians());
            Some([north.cos() * east.cos(), north.cos() * east.sin(), north.sin()])
        };
        let both = place("latitude", "longitude").zip(place("from_latitude", "from_longitude"));
        // By the chord between two points of a sphere, not by the haversine.
        let km = both.map_or(f64::NAN, |(one, other)| {
            let chord: f64 = one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum();
            2.0 * 6_371.009 * (chord.sqrt() / 2.0).min(1.0).asin()
        });
        if spec.settings.word("scale") == "raw" { km } else { (1.0 + km).ln() }
    }
}

/// The words of the texts that the random logs hold.
pub(super) fn words(text: &str) -> Vec<String> {
    let apart: String = text
        .chars()
        .map(|letter| if letter > '\u{2fff}' { format!(" {letter} ") } else { letter.to_string() })
        .collect();
    let parts = apart.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(str::to_lowercase).collect()
}
