//! A part of the requests of a log: those of some of its users, so that several machines can share the work.

use rankine_learn::hash_text;
use serde::Serialize;

/// One of so many parts; every user belongs to one, whatever else is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Part {
    at: u64,
    of: u64,
}

impl Part {
    /// All of it.
    pub const WHOLE: Part = Part { at: 0, of: 1 };

    /// Reads `2/8`: the second of eight parts.
    ///
    /// # Errors
    /// A sentence, where it is none.
    pub fn parse(text: &str) -> Result<Part, String> {
        let numbers = text.split_once('/').and_then(|(at, of)| Some((at.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((at, of)) if (1..=of).contains(&at) => Ok(Part { at: at - 1, of }),
            _ => Err(format!("`{text}` is no part such as 2/8, the second of eight")),
        }
    }

    /// Whether the user of this name belongs to it.
    pub fn holds(self, user: &str) -> bool {
        self.of == 1 || hash_text(PURPOSE, user) % self.of == self.at
    }
}

/// Apart from other hashes of names.
const PURPOSE: u64 = 12;

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn everybody_belongs_to_one_part() {
        let parts: Vec<Part> = (1..=5).map(|at| Part::parse(&format!("{at}/5")).unwrap()).collect();
        let of = |user: &str| parts.iter().filter(|part| part.holds(user)).count();
        let users: Vec<String> = (0..1000).map(|user| format!("u{user}")).collect();
        assert!(users.iter().all(|user| of(user) == 1 && Part::WHOLE.holds(user)));
        let largest = parts.iter().map(|part| users.iter().filter(|user| part.holds(user)).count()).max();
        assert!(largest < Some(260), "{largest:?} of 1000 in one of five");
        for wrong in ["", "1", "0/3", "4/3", "-1/2", "1/0", "1/2/3", "a/b"] {
            assert!(Part::parse(wrong).is_err(), "{wrong}");
        }
    }
}
