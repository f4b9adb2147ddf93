//! The clarification sheet: questions with their assumptions, the framing, the sizing.

use maud::{Markup, html};
use rankine::clarify::{Framing, Sheet};

use super::prose;

pub(super) fn body(sheet: &Sheet, findings: &[String]) -> Markup {
    html! {
        @if !findings.is_empty() {
            h3 { "Warnings" }
            @for finding in findings { pre.finding { (finding.trim_end()) } }
        }
        h3 { "Questions" }
        @if sheet.questions.is_empty() { p { "None: the design answers what a lead would ask." } }
        @else {
            ol.questions { @for question in &sheet.questions {
                li {
                    p.ask { (prose(&question.question)) }
                    p { span.quiet { "Assumed " } (prose(&question.assumption)) }
                    @if !question.line.is_empty() {
                        p { span.quiet { "To change it " } code { (question.line) } }
                    }
                }
            } }
        }
        (framing(&sheet.framing))
        @if !sheet.sizing.is_empty() {
            h3 { "Sizing" }
            div.scroll tabindex="0" role="region" aria-label="Sizing" { table {
                thead { tr { th scope="col" { "Quantity" } th.n scope="col" { "Value" } th scope="col" { "Formula" } } }
                tbody { @for size in &sheet.sizing {
                    tr { th scope="row" { (size.quantity) } td.n { (size.value) } td.formula { (prose(&size.formula)) } }
                } }
            } }
        }
    }
}

fn framing(framing: &Framing) -> Markup {
    let parts = [
        ("task", &framing.task),
        ("input", &framing.input),
        ("output", &framing.output),
        ("label", &framing.label),
        ("objective", &framing.objective),
    ];
    html! {
        h3 { "Framing" }
        dl.pairs {
            @for (name, text) in parts { @if !text.is_empty() { dt { (name) } dd { (prose(text)) } } }
            @if !framing.gamed.is_empty() { dt { "how it is gamed" } @for way in &framing.gamed { dd { (prose(way)) } } }
            @for metric in &framing.metrics { dt { code { (metric.metric) } } dd { (prose(&metric.why)) } }
        }
        @if !framing.alternatives.is_empty() {
            h3 { "Other framings" }
            div.pair { @for other in &framing.alternatives {
                div { h4 { (other.name) } p { span.quiet { "For " } (prose(&other.pro)) } p { span.quiet { "Against " } (prose(&other.con)) } }
            } }
        }
    }
}
