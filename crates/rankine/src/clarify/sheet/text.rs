//! The sheet as text for a terminal.

use super::{Framing, Sheet};

/// The sheet as plain text, no line longer than `width` (at least 40) unless a single word is; it ends with a
/// line break.
pub fn text(sheet: &Sheet, width: usize) -> String {
    let mut page = Page { text: String::new(), width: width.max(40) };
    framing(&mut page, &sheet.framing);
    page.title("Left open");
    if sheet.questions.is_empty() {
        page.paragraph("  ", "nothing");
    }
    for (number, question) in sheet.questions.iter().enumerate() {
        page.paragraph(&format!("{:>3}. ", number + 1), &question.question);
        page.paragraph("     assumed: ", &question.assumption);
        if !question.line.is_empty() {
            page.paragraph("     to change: ", &question.line);
        }
    }
    page.title("Size");
    if sheet.sizing.is_empty() {
        page.paragraph("  ", "`[scale]` does not say enough to size anything");
    }
    for size in &sheet.sizing {
        page.paragraph("  ", &format!("{}: {}", size.quantity, size.value));
        page.paragraph("      = ", &size.formula);
    }
    page.text
}

fn framing(page: &mut Page, framing: &Framing) {
    page.title("The problem");
    for (name, value) in [
        ("task", &framing.task),
        ("input", &framing.input),
        ("output", &framing.output),
        ("label", &framing.label),
        ("objective", &framing.objective),
    ] {
        page.paragraph(&format!("  {name:<10} "), value);
    }
    page.title("How the label can be gamed");
    for way in &framing.gamed {
        page.paragraph("  - ", way);
    }
    page.title("Metrics");
    for metric in &framing.metrics {
        page.paragraph(&format!("  {:<13} ", metric.metric), &metric.why);
    }
    page.title("Other ways to put it");
    for other in &framing.alternatives {
        page.paragraph("  ", &other.name);
        page.paragraph("    + ", &other.pro);
        page.paragraph("    - ", &other.con);
    }
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn title(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(title);
        self.text.push('\n');
    }

    /// Words after `start`; further lines are indented to where the first began.
    fn paragraph(&mut self, start: &str, words: &str) {
        let indent = start.chars().count();
        let mut line = start.to_owned();
        let mut used = indent;
        for word in words.split_whitespace() {
            let length = word.chars().count();
            if used > indent && used + length > self.width {
                self.push(&line);
                line = " ".repeat(indent);
                used = indent;
            }
            line.push_str(word);
            line.push(' ');
            used += length + 1;
        }
        self.push(&line);
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}
