//! Lines of bytes up to a bound: one without end must not fill the memory.

use std::io::{BufRead, Read, Result};

use super::line::Reject;

/// The most bytes of a line, a row or a record, wherever one is read.
pub(crate) const LONGEST: usize = 16 << 20;

/// Reads the next line, with its end, in place of what `bytes` held, and gives its length; 0 where there is none.
/// What lies beyond the bound is skipped, though counted, and [`too_long`] tells so.
pub(crate) fn next_line(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> Result<u64> {
    bytes.clear();
    // What one long line took is not kept for all the short ones after it.
    bytes.shrink_to(1 << 16);
    add_line(input, bytes)
}

/// As [`next_line`], behind what `bytes` holds.
pub(crate) fn add_line(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> Result<u64> {
    let held = bytes.len();
    let read = input.by_ref().take(LONGEST as u64).read_until(b'\n', bytes)?;
    let skipped = if too_long(&bytes[held..]).is_some() { input.skip_until(b'\n')? } else { 0 };
    Ok((read + skipped) as u64)
}

/// Why a line is not taken, where its end was not reached.
pub(crate) fn too_long(bytes: &[u8]) -> Option<Reject> {
    let cut = bytes.len() == LONGEST && !bytes.ends_with(b"\n");
    cut.then(|| longer("the line"))
}

/// Why what is longer than the bound is not taken.
pub(super) fn longer(what: &str) -> Reject {
    Reject::new("long-line", "", format!("{what} is longer than {} MiB", LONGEST >> 20))
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn a_line_without_end_is_never_held_whole() {
        let endless = std::io::repeat(b'x').take(8 * LONGEST as u64);
        let mut input = BufReader::new(endless.chain(&b"\nnext\nlast"[..]));
        let mut bytes = Vec::new();
        assert_eq!(next_line(&mut input, &mut bytes).unwrap(), 8 * LONGEST as u64 + 1);
        assert!(too_long(&bytes).is_some());
        assert!(bytes.capacity() <= 2 * LONGEST, "{} bytes", bytes.capacity());
        for text in ["next\n", "last"] {
            assert_eq!(next_line(&mut input, &mut bytes).unwrap(), text.len() as u64);
            assert!(too_long(&bytes).is_none() && bytes.capacity() < LONGEST);
            assert_eq!(bytes, text.as_bytes());
        }
        assert!(next_line(&mut input, &mut bytes).unwrap() == 0 && bytes.is_empty());
    }

    #[test]
    fn the_bound_counts_the_end_of_the_line() {
        for (length, cut) in [(LONGEST - 1, false), (LONGEST, true)] {
            let mut text = vec![b'x'; length];
            text.extend(b"\nnext");
            let (mut input, mut bytes) = (text.as_slice(), Vec::new());
            assert_eq!(next_line(&mut input, &mut bytes).unwrap(), length as u64 + 1);
            assert_eq!(too_long(&bytes).is_some(), cut, "{length}");
            assert_eq!(next_line(&mut input, &mut bytes).unwrap(), 4);
            assert_eq!(bytes, b"next");
        }
    }
}
