//! Names one after another, held as one text.

use serde::{Deserialize, Serialize, Serializer};

use super::dictionary::hash;
use super::line::Name;

/// Names in their order. Requests show a dozen or two, whom one text holds in a third of the room and of the time
/// that as many texts take.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "Vec<Name>")]
pub struct NameList {
    text: String,
    ends: Vec<End>,
}

/// Where a name ends, a line and so its names together being far shorter than four gigabytes; and its hash, made where
/// many threads read lines, since only one numbers names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    at: u32,
    hash: u32,
}

impl NameList {
    /// None yet, with room for so many.
    pub(crate) fn with_capacity(many: usize) -> NameList {
        const USUAL: usize = 12;
        NameList { text: String::with_capacity(many * USUAL), ends: Vec::with_capacity(many) }
    }

    /// Puts a name behind the others.
    pub fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(End { at: self.text.len() as u32, hash: hash(name) });
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.hashed().map(|(name, _)| name)
    }

    /// All of them with their hashes.
    pub(super) fn hashed(&self) -> impl ExactSizeIterator<Item = (&str, u32)> + Clone {
        let begin = |at: usize| if at == 0 { 0 } else { self.ends[at - 1].at as usize };
        let one = move |(at, end): (usize, &End)| (&self.text[begin(at)..end.at as usize], end.hash);
        self.ends.iter().enumerate().map(one)
    }

    /// The hashes alone.
    pub(super) fn hashes(&self) -> impl Iterator<Item = u32> {
        self.ends.iter().map(|end| end.hash)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// About how many bytes it holds beside itself.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + size_of_val(self.ends.as_slice())
    }
}

impl<N: AsRef<str>> Extend<N> for NameList {
    fn extend<I: IntoIterator<Item = N>>(&mut self, names: I) {
        names.into_iter().for_each(|name| self.push(name.as_ref()));
    }
}

impl<N: AsRef<str>> FromIterator<N> for NameList {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> NameList {
        let mut list = NameList::default();
        list.extend(names);
        list
    }
}

impl From<Vec<Name>> for NameList {
    fn from(names: Vec<Name>) -> NameList {
        names.into_iter().collect()
    }
}

impl Serialize for NameList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_order_and_their_bounds() {
        let names = ["a", "", "köln", "a"];
        let list: NameList = names.into_iter().collect();
        assert_eq!((list.iter().collect::<Vec<&str>>(), list.len()), (names.to_vec(), 4));
        assert!(NameList::default().is_empty() && !list.is_empty());
        assert_eq!(serde_json::to_string(&list).unwrap(), r#"["a","","köln","a"]"#);
        let bytes = postcard::to_stdvec(&list).unwrap();
        assert_eq!(postcard::from_bytes::<NameList>(&bytes).unwrap(), list);
    }
}
