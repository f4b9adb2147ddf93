//! Findings as text: the line with a caret, the sentence, the help, and how many there are.

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};

use crate::finding::{Finding, Findings, Severity};
use crate::source::{Source, Span};

/// More findings than these nobody reads at a terminal.
const SHOWN: usize = 100;

/// The findings in their order (the first hundred), each with the lines it is about, and a last line such as
/// `2 errors, 1 warning`; the empty string when there are none. `width` is the terminal's, in columns;
/// a span outside its source is cut to it.
pub fn render(findings: &Findings, sources: &[Source], colour: bool, width: usize) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(width.max(40));
    let mut text = String::new();
    for finding in findings.iter().take(SHOWN) {
        text.push_str(&one(finding, sources, &renderer, width.max(40)));
        text.push_str("\n\n");
    }
    if findings.len() > SHOWN {
        text.push_str(&format!("{} more are not shown\n\n", findings.len() - SHOWN));
    }
    text.push_str(&summary(findings));
    text.push('\n');
    text
}

fn one(finding: &Finding, sources: &[Source], renderer: &Renderer, width: usize) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let before = "warning[]: ".len() + finding.code.len();
    let title = level.primary_title(wrapped(&finding.message, width.saturating_sub(before))).id(finding.code);
    let mut elements: Vec<Element<'_>> = Vec::new();
    if let Some((span, source)) = finding.span.and_then(|span| Some((span, sources.get(span.source)?))) {
        let lines = Lines::around(&source.text, span);
        let snippet = Snippet::source(lines.text)
            .path(source.name.as_str())
            .line_start(lines.number)
            .annotation(AnnotationKind::Primary.span(lines.start..lines.end));
        elements.push(snippet.into());
    }
    if let Some(help) = &finding.help {
        elements.push(Level::HELP.message(wrapped(help, width.saturating_sub(12))).into());
    }
    let group = title.elements(elements);
    renderer.render(&[group])
}

/// The lines that a span touches, and the span within them.
struct Lines<'a> {
    text: &'a str,
    number: usize,
    start: usize,
    end: usize,
}

impl<'a> Lines<'a> {
    fn around(text: &'a str, span: Span) -> Self {
        let start = boundary(text, span.start);
        let end = boundary(text, span.end.max(start));
        let from = text[..start].rfind('\n').map_or(0, |before| before + 1);
        let to = text[end..].find('\n').map_or(text.len(), |after| end + after);
        let number = text[..from].matches('\n').count() + 1;
        Self { text: &text[from..to], number, start: start - from, end: end - from }
    }
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Text with line breaks between words, so that no line is wider than `width` characters if its words are
/// not. Line breaks of the text stay.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.join("\n")
}

fn summary(findings: &Findings) -> String {
    let words = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let counted = words.iter().filter_map(|(severity, word)| match findings.count(*severity) {
        0 => None,
        1 => Some(format!("1 {word}")),
        many => Some(format!("{many} {word}s")),
    });
    counted.collect::<Vec<_>>().join(", ")
}
