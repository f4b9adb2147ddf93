//! A page as one HTML file: it loads nothing, prints on one sheet of its paper, and reads on a phone.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::faces::FONTS;
use super::layout::{EDGE, GUTTER, Layout};
use super::page::{Block, Face, Lane, Section, Table, pieces, plain};

/// The page as HTML, in the type that [`fit`](super::fit) found.
pub fn html(layout: &Layout) -> String {
    let page = &layout.page;
    let document = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (plain(&page.title)) " · " (plain(&page.kind)) }
                style { (PreEscaped(fonts())) (PreEscaped(measures(layout))) (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header { h1 { (words(&page.title)) } p.kind { (words(&page.kind)) } }
                @if !page.lead.is_empty() { p.lead { (words(&page.lead)) } }
                main {
                    @for band in &page.bands { div.band { @for lane in &band.lanes { (self::lane(lane)) } } }
                }
                footer { @for line in &page.foot { p { (words(line)) } } }
            }
        }
    };
    document.into_string()
}

/// The typeface in the file itself: with another one, lines would break elsewhere and the page would not fit.
fn fonts() -> String {
    let one = |(face, bytes): (Face, &[u8])| {
        let (weight, style) = match face {
            Face::Regular => (400, "normal"),
            Face::Strong => (700, "normal"),
            Face::Code => (400, "italic"),
        };
        format!(
            "@font-face{{font-family:Sheet;font-weight:{weight};font-style:{style};src:url(data:font/ttf;base64,{})}}\n",
            BASE64_STANDARD.encode(bytes)
        )
    };
    FONTS.map(one).concat()
}

fn measures(layout: &Layout) -> String {
    let ((width, height), style) = (layout.paper.size(), layout.style);
    // A browser rounds lines to pixels of its own; a hair less between them keeps the page whole.
    let leading = (style.leading - 0.03).max(1.1);
    format!(
        "@page{{size:{width}pt {height}pt;margin:0}}\n:root{{--width:{width}pt;--height:{height}pt;--edge:{EDGE}pt;\
         --gutter:{GUTTER}pt;--size:{:.2}pt;--small:{:.2}pt;--leading:{leading:.3}}}\n",
        style.size,
        style.small()
    )
}

fn words(text: &str) -> Markup {
    markup! {
        @for (face, piece) in pieces(text, Face::Regular) {
            @match face {
                Face::Regular => { (piece) }
                Face::Strong => { b { (piece) } }
                Face::Code => { code { (piece) } }
            }
        }
    }
}

fn lane(of: &Lane) -> Markup {
    let columns = if of.wide { 1 } else { of.columns };
    markup! {
        div.lane style={ "--span:" (of.columns) ";--columns:" (columns) } {
            @for section in &of.sections { (self::section(section)) }
        }
    }
}

fn section(of: &Section) -> Markup {
    markup! {
        section {
            h2 { (words(&of.title)) }
            @for block in &of.blocks { (self::block(block)) }
        }
    }
}

fn block(of: &Block) -> Markup {
    markup! {
        @match of {
            Block::Paragraph(text) => { p { (words(text)) } }
            Block::List(points) => { ul { @for point in points { li { (words(point)) } } } }
            Block::Terms(terms) => {
                div.terms { @for (term, said) in terms { p { b { (words(term)) } " " (words(said)) } } }
            }
            Block::Table(table) => { (self::table(table)) }
            Block::Sums(sums) => {
                div.sums { @for sum in sums {
                    p { span { (words(&sum.quantity)) } " " b { (words(&sum.value)) }
                        @if !sum.formula.is_empty() { " " i { "= " (words(&sum.formula)) } } }
                } }
            }
            Block::Chart(drawing) => { figure { (drawing.svg()) } }
        }
    }
}

fn table(of: &Table) -> Markup {
    markup! {
        table {
            @if of.heads.iter().any(|head| !head.text.is_empty()) {
                thead { tr { @for head in &of.heads { th.n[head.number] scope="col" { (words(&head.text)) } } } }
            }
            tbody {
                @for row in &of.rows {
                    tr.strong[row.strong] {
                        @for (cell, head) in row.cells.iter().zip(&of.heads) { td.n[head.number] { (words(cell)) } }
                    }
                }
            }
        }
    }
}
