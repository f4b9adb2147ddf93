//! What worlds with people have in common: countries, devices, and ids.

/// The countries and the share of people who live there.
pub(crate) const COUNTRIES: [(&str, f64); 8] = [
    ("us", 0.3),
    ("in", 0.2),
    ("br", 0.13),
    ("de", 0.1),
    ("gb", 0.09),
    ("jp", 0.08),
    ("fr", 0.06),
    ("ng", 0.04),
];

/// The devices and how much they are used.
pub(crate) const DEVICES: [(&str, f64); 4] =
    [("phone", 0.5), ("desktop", 0.25), ("tv", 0.15), ("tablet", 0.1)];

/// Id of a user.
pub(crate) fn user_id(index: usize) -> String {
    format!("u{index}")
}

/// The index in an id such as `u12`, if it is written as this crate writes it.
pub(crate) fn index_of(id: &str, letter: char) -> Option<usize> {
    let digits = id.strip_prefix(letter)?;
    let index: u32 = digits.parse().ok()?;
    (index.to_string() == digits).then_some(index as usize)
}
