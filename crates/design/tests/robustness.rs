//! Whatever the text, reading ends without a panic, its places lie in the text, and it can be shown.

use proptest::prelude::*;
use proptest::sample::Index;
use rankine_design::{Source, parse, render};

const CASE: &str = include_str!("../../../cases/video-recommendation/design.toml");
const MAPPING: &str = include_str!("everything.mapping.toml");

/// Pieces that break designs.
const PIECES: [&str; 24] = [
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ",",
    "\"",
    "'",
    "\"\"\"",
    "\n",
    "\r",
    "#",
    ".",
    "\\",
    "\u{feff}",
    "é",
    "nan",
    "1e999",
    "99999999999999999999",
    "[-0]\n",
    "x = [[[[",
    "\0",
];

fn holds(sources: &[Source]) -> Result<(), TestCaseError> {
    let (design, findings) = parse(sources);
    prop_assert_eq!(parse(sources), (design, findings.clone()));
    for finding in &findings {
        if let Some(span) = finding.span {
            let text = &sources[span.source].text;
            prop_assert!(text.get(span.start..span.end).is_some(), "{:?}", finding);
        }
    }
    let shown = render(&findings, sources, false, 80);
    prop_assert_eq!(shown.is_empty(), findings.is_empty());
    render(&findings, sources, true, 0);
    Ok(())
}

fn mutated(text: &str, changes: &[(Index, Index, Index, u8)]) -> String {
    let mut text = text.to_owned();
    for (from, to, piece, change) in changes {
        let boundaries: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        let first = from.index(boundaries.len());
        let last = (first + to.index(40)).min(boundaries.len() - 1);
        let (from, to) = (boundaries[first], boundaries[last]);
        match change % 3 {
            0 => text.replace_range(from..to, ""),
            1 => text.insert_str(from, PIECES[piece.index(PIECES.len())]),
            _ => {
                let twice = text[from..to].repeat(2);
                text.replace_range(from..to, &twice);
            }
        }
    }
    text
}

fn changes() -> impl Strategy<Value = Vec<(Index, Index, Index, u8)>> {
    prop::collection::vec((any::<Index>(), any::<Index>(), any::<Index>(), any::<u8>()), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_text(text in any::<String>(), bytes in any::<Vec<u8>>(), lines in "([a-z\\[\\]{}=\"', .#0-9-]{0,20}\n){0,12}") {
        for text in [text, String::from_utf8_lossy(&bytes).into_owned(), lines] {
            holds(&[Source::new("any", text.clone())])?;
            holds(&[Source::new("design", CASE), Source::new("any", text)])?;
        }
    }

    #[test]
    fn mutated_design(changes in changes()) {
        holds(&[Source::new("design", mutated(CASE, &changes)), Source::new("mapping", MAPPING)])?;
    }

    #[test]
    fn mutated_mapping(changes in changes()) {
        holds(&[Source::new("design", CASE), Source::new("mapping", mutated(MAPPING, &changes))])?;
    }
}

#[test]
fn odd_sources() {
    let (_, findings) = parse(&[]);
    assert_eq!(findings.errors(), 3);
    let windows = CASE.replace('\n', "\r\n");
    let marked = format!("\u{feff}{CASE}");
    for text in [windows, marked] {
        assert!(parse(&[Source::new("design", text)]).1.is_empty());
    }
    let deep = format!("x = {}", "[".repeat(100_000));
    assert!(parse(&[Source::new("design", deep)]).1.errors() > 0);
}

#[test]
fn a_hundred_findings_are_shown_and_the_rest_counted() {
    let text: String = (0..150).map(|number| format!("key{number} = 1\n")).collect();
    let source = Source::new("design", text);
    let (_, findings) = parse(std::slice::from_ref(&source));
    let shown = render(&findings, &[source], false, 80);
    assert!(shown.ends_with("53 more are not shown\n\n153 errors\n"), "{shown}");
}
