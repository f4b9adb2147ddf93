//! Fetching ahead: what lies apart in memory and is about to be read is touched all at once, so that the processor
//! waits for many lines of it together instead of for each in turn.

/// Touches what `of` reads of each; one alone is waited for either way.
pub(crate) fn fetch<T>(all: &[T], of: impl Fn(&T) -> u64) {
    if all.len() > 1 {
        std::hint::black_box(all.iter().fold(0, |sum, one| sum ^ of(one)));
    }
}
