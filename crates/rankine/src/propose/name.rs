//! Names of columns: the words in them, and names for a design made from them.

use crate::log::Line;

/// The words of a name in small letters: parted by signs, by capital letters, and an `id` at its end.
pub(super) fn tokens(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            words.push(String::new());
        } else {
            if letter.is_uppercase() && before_small {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        }
        before_small = letter.is_lowercase() || letter.is_numeric();
    }
    let mut tokens = Vec::new();
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        match word.strip_suffix("id") {
            Some(base) if base.len() >= 3 && WITH_ID.contains(&base) => {
                tokens.extend([base.to_owned(), "id".to_owned()]);
            }
            _ => tokens.push(word),
        }
    }
    tokens
}

/// Words to which `id` is written without a gap.
const WITH_ID: [&str; 24] = [
    "user", "item", "movie", "product", "customer", "visitor", "session", "video", "song", "track",
    "article", "news", "ad", "post", "event", "content", "book", "game", "page", "member", "account",
    "order", "film", "app",
];

/// A name as a design may have it: small letters, digits and underscores, beginning with a letter.
pub(super) fn plain(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter);
        } else if !plain.is_empty() && !plain.ends_with('_') {
            plain.push('_');
        }
    }
    let plain: String = plain.trim_end_matches('_').chars().take(40).collect();
    match plain.chars().next() {
        None => "column".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("c{plain}"),
        Some(_) => plain,
    }
}

/// Gives out each name once.
#[derive(Debug, Default)]
pub(super) struct Taken(Vec<String>);

impl Taken {
    /// Those that have a meaning already.
    pub(super) fn reserved() -> Taken {
        let words = ["request", "impression", "label", "asker"];
        Taken(words.into_iter().chain(Line::KEYS).map(str::to_owned).collect())
    }

    /// This name, or the first of `name_2`, `name_3` ... that nobody has.
    pub(super) fn name(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while self.0.contains(&name) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        self.0.push(name.clone());
        name
    }
}

/// A text as TOML writes it.
pub(super) fn text(text: &str) -> String {
    let mut written = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\t' => written.push_str("\\t"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            other if other.is_control() => written.push_str(&format!("\\u{:04X}", other as u32)),
            other => written.push(other),
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        let cases: [(&str, &[&str]); 7] = [
            ("user_id", &["user", "id"]),
            ("userId", &["user", "id"]),
            ("visitorid", &["visitor", "id"]),
            ("UID", &["uid"]),
            ("paid", &["paid"]),
            ("is-fraud", &["is", "fraud"]),
            ("Date of Birth", &["date", "of", "birth"]),
        ];
        for (name, expected) in cases {
            assert_eq!(tokens(name), expected, "{name}");
        }
    }

    #[test]
    fn names_fit_a_design_once() {
        let cases = [("Größe (cm)", "gr_e_cm"), ("2nd", "c2nd"), ("--", "column"), ("a.b", "a_b")];
        for (name, expected) in cases {
            assert_eq!(plain(name), expected, "{name}");
        }
        let mut taken = Taken::reserved();
        assert_eq!(["label", "label", "x"].map(|name| taken.name(name)), ["label_2", "label_3", "x"]);
        assert_eq!(text("a\"\\\u{1}"), r#""a\"\\\u0001""#);
    }
}
