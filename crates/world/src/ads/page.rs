//! Where ads stand and in which shape: placements, devices and formats.

/// A place on a page: its name, how often it is asked for, its slots, and log-odds of a click there.
pub(crate) struct Placement {
    pub(crate) name: &'static str,
    pub(crate) share: f64,
    pub(crate) slots: usize,
    pub(crate) lift: f64,
}

const fn placement(name: &'static str, share: f64, slots: usize, lift: f64) -> Placement {
    Placement { name, share, slots, lift }
}

/// The placements.
pub(crate) const PLACEMENTS: [Placement; 8] = [
    placement("header", 0.12, 1, -0.1),
    placement("feed", 0.22, 3, 0.3),
    placement("sidebar", 0.16, 4, -0.5),
    placement("article", 0.14, 2, 0.1),
    placement("footer", 0.08, 4, -0.8),
    placement("search", 0.12, 3, 0.6),
    placement("popup", 0.06, 1, -0.3),
    placement("listing", 0.1, 2, 0.2),
];

/// The devices and how much they are used.
pub(crate) const DEVICES: [(&str, f64); 3] = [("phone", 0.6), ("desktop", 0.3), ("tablet", 0.1)];

/// The formats and the log-odds of a click that each brings.
pub(crate) const FORMATS: [(&str, f64); 5] =
    [("banner", -0.3), ("native", 0.2), ("video", 0.3), ("carousel", 0.1), ("text", -0.1)];

/// Sizes of ads.
pub(crate) const SIZES: [&str; 3] = ["small", "medium", "large"];

/// The index of the value that a visit's context has under a name.
pub(crate) fn found<'a>(
    context: &[(String, serde_json::Value)],
    name: &str,
    mut known: impl Iterator<Item = &'a str>,
) -> Option<usize> {
    let (_, value) = context.iter().find(|(given, _)| given == name)?;
    let value = value.as_str()?;
    known.position(|known| known == value)
}
