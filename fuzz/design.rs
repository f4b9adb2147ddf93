//! Any bytes as a design and, behind a zero byte, its mapping: clarify gives a problem or findings.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rankine::clarify::clarify;
use rankine_design::{Source, render};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (design, mapping) = text.split_once('\0').unwrap_or((&text, ""));
    let sources = [Source::new("design.toml", design), Source::new("map.toml", mapping)];
    let sources = &sources[..if mapping.is_empty() { 1 } else { 2 }];
    let clarified = clarify(sources);
    assert!(clarified.problem.is_some() || !clarified.findings.is_empty(), "nobody is told why not");
    _ = render(&clarified.findings, sources, false, 80);
});
