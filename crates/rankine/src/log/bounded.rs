//! Lines of bytes up to a bound: one without end must not fill the memory.

use std::io::{BufRead, Read, Result};

use super::line::Reject;

/// The most bytes of a line that are read.
const LONGEST: u64 = 1 << 20;

/// Reads the next line, with its end, in place of what `bytes` held; false where there is none. What lies
/// beyond the bound is skipped, and [`too_long`] tells so.
pub(crate) fn next_line(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> Result<bool> {
    bytes.clear();
    let read = input.by_ref().take(LONGEST).read_until(b'\n', bytes)?;
    if too_long(bytes).is_some() {
        input.skip_until(b'\n')?;
    }
    Ok(read > 0)
}

/// Why a line is not taken, where its end was not reached.
pub(crate) fn too_long(bytes: &[u8]) -> Option<Reject> {
    let cut = bytes.len() as u64 == LONGEST && !bytes.ends_with(b"\n");
    cut.then(|| Reject::new("long-line", "", "the line is longer than 1 MiB"))
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn a_line_without_end_is_never_held_whole() {
        let endless = std::io::repeat(b'x').take(64 * LONGEST);
        let mut input = BufReader::new(endless.chain(&b"\nnext\nlast"[..]));
        let mut bytes = Vec::new();
        assert!(next_line(&mut input, &mut bytes).unwrap() && too_long(&bytes).is_some());
        assert!(bytes.capacity() as u64 <= 2 * LONGEST, "{} bytes", bytes.capacity());
        for text in ["next\n", "last"] {
            assert!(next_line(&mut input, &mut bytes).unwrap() && too_long(&bytes).is_none());
            assert_eq!(bytes, text.as_bytes());
        }
        assert!(!next_line(&mut input, &mut bytes).unwrap() && bytes.is_empty());
    }

    #[test]
    fn the_bound_counts_the_end_of_the_line() {
        for (length, cut) in [(LONGEST - 1, false), (LONGEST, true)] {
            let mut text = vec![b'x'; length as usize];
            text.extend(b"\nnext");
            let (mut input, mut bytes) = (text.as_slice(), Vec::new());
            assert!(next_line(&mut input, &mut bytes).unwrap());
            assert_eq!(too_long(&bytes).is_some(), cut, "{length}");
            assert!(next_line(&mut input, &mut bytes).unwrap());
            assert_eq!(bytes, b"next");
        }
    }
}
