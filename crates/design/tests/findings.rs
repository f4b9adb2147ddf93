//! Broken designs and the findings they get, as a person sees them.

use rankine_design::{Findings, Severity, Source, parse, render};

const CASE: &str = include_str!("../../../cases/video-recommendation/design.toml");

macro_rules! broken {
    ($($test:ident: $file:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            let source = Source::new($file, include_str!(concat!("broken/", $file)));
            let (_, findings) = parse(std::slice::from_ref(&source));
            assert!(findings.errors() > 0);
            insta::assert_snapshot!(stringify!($test), render(&findings, &[source], false, 80));
        })*
    };
}

broken! {
    unknown_key: "unknown-key.toml",
    misspelt_task: "misspelt-task.toml",
    bad_quantities: "bad-quantities.toml",
    missing_comma: "missing-comma.toml",
    syntax_everywhere: "syntax-everywhere.toml",
    wrong_types: "wrong-types.toml",
    several: "several.toml",
    empty: "empty.toml",
    duplicate_contender: "duplicate-contender.toml",
    no_contenders: "no-contenders.toml",
    odd_bytes: "odd-bytes.toml",
    prose: "prose.toml",
    long_line: "long-line.toml",
    unclosed: "unclosed.toml",
    near_settings: "near-settings.toml",
    carriage_returns: "carriage-returns.toml",
    long_name: "long-name.toml",
}

#[test]
fn broken_mapping() {
    let mapping = Source::new("mapping.toml", include_str!("broken/mapping.toml"));
    let sources = [Source::new("design.toml", CASE), mapping];
    let (_, findings) = parse(&sources);
    assert!(findings.iter().all(|finding| finding.span.is_some_and(|span| span.source == 1)));
    insta::assert_snapshot!("broken_mapping", render(&findings, &sources, false, 80));
}

#[test]
fn the_case_has_no_findings() {
    let (_, findings) = parse(&[Source::new("design.toml", CASE)]);
    assert_eq!(findings, Findings::new());
    assert_eq!(render(&findings, &[], false, 80), "");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let source = Source::new("several.toml", include_str!("broken/several.toml"));
    let (_, findings) = parse(std::slice::from_ref(&source));
    let sources = [source];
    let coloured = render(&findings, &sources, true, 80);
    assert!(coloured.contains('\u{1b}'));
    let mut plain = String::new();
    let mut escape = false;
    for letter in coloured.chars() {
        match letter {
            '\u{1b}' => escape = true,
            'm' if escape => escape = false,
            _ if escape => {}
            letter => plain.push(letter),
        }
    }
    assert_eq!(plain, render(&findings, &sources, false, 80));
    assert_eq!(findings.count(Severity::Warning), 0);
}
