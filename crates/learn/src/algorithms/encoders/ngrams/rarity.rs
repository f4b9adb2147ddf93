//! How rare terms are: the smoothed inverse document frequency.

/// In how many of the texts that were learned from each term stands, and what it weighs for that.
#[derive(Debug, Default)]
pub(super) struct Rarity {
    /// Texts learned from.
    texts: u32,
    /// In how many of them each term stands, ascending by term.
    known: Vec<(u32, u32)>,
    /// What each of them weighs.
    weights: Vec<f32>,
    /// Where in `known` the terms of each bucket begin, one more than buckets. Hashed terms lie evenly, so
    /// that a bucket holds few.
    starts: Vec<u32>,
    /// The bucket of a term: its bits above these.
    shift: u32,
    /// What a term weighs that no text held.
    new: f32,
}

impl Rarity {
    /// Of `texts` texts, whose terms, of `bits` bits, stand in `known` ascending.
    pub(super) fn new(texts: u32, known: Vec<(u32, u32)>, bits: u32) -> Rarity {
        // Smoothed as if one more text held every term.
        let weight = |with: u32| ((f64::from(texts) + 1.0) / (f64::from(with) + 1.0)).ln() as f32 + 1.0;
        let shift = bits.saturating_sub(known.len().max(2).ilog2());
        let mut starts = vec![0u32; (1 << (bits - shift)) + 1];
        known.iter().for_each(|(term, _)| starts[(term >> shift) as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let weights = known.iter().map(|(_, with)| weight(*with)).collect();
        Rarity { texts, known, weights, starts, shift, new: weight(0) }
    }

    /// What a term weighs.
    pub(super) fn of(&self, term: u32) -> f32 {
        let bucket = (term >> self.shift) as usize;
        let Some(&[start, end]) = self.starts.get(bucket..bucket + 2) else { return self.new };
        let (start, end) = (start as usize, end as usize);
        let at = self.known[start..end].iter().position(|known| known.0 == term);
        at.map_or(self.new, |at| self.weights[start + at])
    }

    /// The counts as bytes.
    pub(super) fn save(&self) -> Vec<u8> {
        postcard::to_stdvec(&(self.texts, &self.known)).expect("numbers can be written")
    }

    /// Restores what was saved, for terms of `bits` bits.
    pub(super) fn load(bytes: &[u8], bits: u32) -> Result<Rarity, String> {
        type Counts = (u32, Vec<(u32, u32)>);
        let ((texts, known), rest): (Counts, &[u8]) = postcard::take_from_bytes(bytes)
            .map_err(|error| format!("a saved encoder of n-grams cannot be read: {error}"))?;
        let ascending = known.is_sorted_by(|one, other| one.0 < other.0);
        let counted = known.iter().all(|(term, with)| term >> bits == 0 && *with <= texts);
        if !rest.is_empty() || !ascending || !counted {
            return Err("a saved encoder of n-grams is damaged".to_owned());
        }
        Ok(Rarity::new(texts, known, bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_weighs_by_the_texts_that_hold_it() {
        for bits in [8, 18, 31] {
            let rarity = Rarity::new(9, vec![(0, 9), (3, 4), (200, 1)], bits);
            let cases = [(0, 1.0f32), (3, 2f32.ln() + 1.0), (200, 5f32.ln() + 1.0), (7, 10f32.ln() + 1.0)];
            for (term, want) in cases {
                assert!((rarity.of(term) - want).abs() < 1e-6, "{term} of {bits} bits");
            }
        }
    }
}
