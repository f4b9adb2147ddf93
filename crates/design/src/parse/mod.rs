//! From the text of a design to [`Design`] and everything that is wrong with it.

mod reader;
mod sections;
mod syntax;
mod tables;

use self::reader::Reader;
use self::syntax::{Content, Document, Entry};
use crate::design::Design;
use crate::finding::{Finding, Findings};
use crate::source::Source;

/// Tables whose entries an overlay replaces one by one; any other is replaced as a whole.
const MERGED: [&str; 7] = ["problem", "scale", "entities", "events", "label", "features", "evaluate"];

/// Reads a design, and laid over it the further sources (the mapping of a data set): in `[problem]`,
/// `[scale]` and `[evaluate]` each key replaces the same key, in `[entities]`, `[events]`, `[label]` and
/// `[features]` each entry the entry of the same name (an empty feature takes it away), and `[request]` and `[[contenders]]` replace the
/// whole. Only an overlay may have `[[tables]]`. The findings are sorted by place; the design holds
/// everything that could be read, whatever they say. With no source at all, all is missing.
pub fn parse(sources: &[Source]) -> (Design, Findings) {
    let mut findings = Findings::new();
    let mut broken = false;
    let mut root: Vec<Entry> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let document: Document = syntax::read(index, source, &mut findings);
        broken |= document.broken;
        if index == 0 {
            root = without_tables(document.entries, &mut findings);
        } else {
            lay_over(&mut root, document.entries);
        }
    }
    let design = sections::design(&mut Reader { findings: &mut findings, broken }, &root);
    findings.sort();
    (design, findings)
}

fn without_tables(mut entries: Vec<Entry>, findings: &mut Findings) -> Vec<Entry> {
    entries.retain(|entry| {
        if entry.key.value != "tables" {
            return true;
        }
        let message = "`[[tables]]` is not part of a design";
        let help = "it belongs in the mapping of a data set, which is laid over the design";
        findings.push(Finding::error("misplaced-table", entry.key.span, message).help(help));
        false
    });
    entries
}

fn lay_over(base: &mut Vec<Entry>, overlay: Vec<Entry>) {
    for entry in overlay {
        let Some(under) = base.iter_mut().find(|under| under.key.value == entry.key.value) else {
            base.push(entry);
            continue;
        };
        let merged = MERGED.contains(&entry.key.value.as_str());
        let features = entry.key.value == "features";
        match (&mut under.value.content, entry.value.content) {
            (Content::Table(into), Content::Table(from)) if merged => replace(into, from, features),
            (_, content) => {
                under.key = entry.key;
                under.value.span = entry.value.span;
                under.value.content = content;
            }
        }
    }
}

fn replace(into: &mut Vec<Entry>, from: Vec<Entry>, features: bool) {
    for entry in from {
        let empty = matches!(&entry.value.content, Content::Table(keys) if keys.is_empty());
        if features && empty && into.iter().any(|under| under.key.value == entry.key.value) {
            into.retain(|under| under.key.value != entry.key.value);
            continue;
        }
        match into.iter_mut().find(|under| under.key.value == entry.key.value) {
            Some(under) => *under = entry,
            None => into.push(entry),
        }
    }
}
