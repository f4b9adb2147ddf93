//! `rankine tradeoffs`: the trade-off book, printed or as a page.

use std::sync::Arc;

use maud::{Markup, html};
use rankine::interview::Room;
use rankine::tradeoffs::{Page, Point, book};
use rankine_design::wrapped;

use super::interview::brief;
use crate::arguments::Tradeoffs;
use crate::cases;
use crate::interview::whole;
use crate::terminal::Terminal;
use crate::trouble::Trouble;

pub(super) fn execute(asked: &Tradeoffs, terminal: &Terminal) -> Result<(), Trouble> {
    let cases: Vec<String> = match &asked.case {
        Some(case) => vec![case.clone()],
        None => cases::interviewed().map(str::to_owned).collect(),
    };
    let seeds: Vec<u64> = (1..=asked.seeds).collect();
    let mut pages = Vec::new();
    for case in &cases {
        let brief = Arc::new(brief(case)?);
        let place = asked.folder.join(format!("tradeoffs-{case}"));
        pages.extend(book(&brief, &seeds, &|seed| Room::new(brief.clone(), seed, &place), terminal)?);
    }
    rankine::Progress::end(terminal);
    if asked.json {
        terminal.print(&serde_json::to_string_pretty(&pages).expect("plain data"));
        return Ok(());
    }
    match &asked.output {
        Some(path) => {
            std::fs::write(path, page(&pages)).map_err(|error| rankine::Error::file(path, error))?;
            terminal.print(&path.display().to_string());
        }
        None => {
            let texts: Vec<String> = pages.iter().map(|page| text(page, terminal.width())).collect();
            terminal.print(&texts.join("\n"));
        }
    }
    Ok(())
}

fn text(page: &Page, width: usize) -> String {
    let mut text = format!("{} ({})\n", page.question, page.case);
    for side in [&page.left, &page.right] {
        text.push_str(&wrapped(&format!("  {}: {}", side.name, side.what), width));
        text.push('\n');
    }
    text.push_str(&format!("  {}\n", page.by));
    let widest = page.points.iter().map(|point| point.value.chars().count()).max().unwrap_or_default();
    for point in &page.points {
        let [left, right] = point.reached;
        text.push_str(&format!(
            "  {:>widest$}  {} {left:.4}  {} {right:.4}  {}\n",
            point.value,
            page.left.name,
            page.right.name,
            lead(point)
        ));
    }
    text.push_str(&wrapped(&format!("  \"{}\"", page.sentence), width));
    text.push('\n');
    text
}

fn lead(point: &Point) -> String {
    let [value, low, high] = [point.lead.value, point.lead.low, point.lead.high].map(|part| part * 100.0);
    if value.is_finite() {
        format!("{value:+.1}% ({low:+.1} to {high:+.1})")
    } else {
        "one of them is barred".to_owned()
    }
}

fn page(pages: &[Page]) -> String {
    let body = html! {
        h1 { "A or B?" }
        p { "Each answer was measured: two contenders on logs of a small world, while one parameter was turned." }
        @for page in pages { (entry(page)) }
    };
    whole("A or B?", &body, "")
}

fn entry(page: &Page) -> Markup {
    html! {
        section {
            h2 style="text-transform:none" { (page.question) }
            dl { @for side in [&page.left, &page.right] { dt { strong { (side.name) } } dd { (side.what) } } }
            (chart(page))
            p { (page.when) ". " (page.matters) }
            p.ask { "“" (page.sentence) "”" }
            p.evidence {
                (page.case) ", " (page.metric) ", " (page.seeds.len()) " seeds; "
                @for point in &page.points {
                    (point.value) ": " (format!("{:.4} and {:.4}, {}", point.reached[0], point.reached[1], lead(point))) "; "
                }
            }
        }
    }
}

/// The lead of the right at each value, with its interval; above the line the right wins.
fn chart(page: &Page) -> Markup {
    let (width, height, edge) = (620.0, 220.0, 60.0);
    let known = page.points.iter().filter(|point| point.lead.low.is_finite() && point.lead.high.is_finite());
    let most = known.flat_map(|point| [point.lead.low.abs(), point.lead.high.abs()]).fold(0.01, f64::max);
    let x = |at: usize| edge + (at as f64 + 0.5) * (width - edge) / page.points.len().max(1) as f64;
    let y = |lead: f64| height / 2.0 - (lead / most).clamp(-1.0, 1.0) * (height / 2.0 - 24.0);
    html! {
        svg viewBox=(format!("0 0 {width} {}", height + 34.0)) role="img"
            aria-label=(format!("lead of {} over {} by {}", page.right.name, page.left.name, page.by))
            style="width:100%;height:auto;font:13px system-ui,sans-serif;fill:currentColor;stroke:none" {
            line x1=(edge) x2=(width) y1=(y(0.0)) y2=(y(0.0)) stroke="currentColor" stroke-width="1" {}
            text x="0" y=(y(0.0) + 4.0) { "level" }
            text x="0" y="16" { (page.right.name) " ahead" }
            text x="0" y=(height - 4.0) { (page.left.name) " ahead" }
            text x=(width) y="16" text-anchor="end" { (format!("to {:+.0}%", most * 100.0)) }
            @for (at, point) in page.points.iter().enumerate() {
                @if point.lead.value.is_finite() {
                    line x1=(x(at)) x2=(x(at)) y1=(y(point.lead.low)) y2=(y(point.lead.high))
                        stroke="currentColor" stroke-width="1.5" {}
                    @if point.winner() == 0 {
                        circle cx=(x(at)) cy=(y(point.lead.value)) r="5" fill="none" stroke="currentColor" stroke-width="1.5" {}
                    } @else {
                        circle cx=(x(at)) cy=(y(point.lead.value)) r="5" {}
                    }
                }
                text x=(x(at)) y=(height + 12.0) text-anchor="middle" { (point.value) }
            }
            text x=((width + edge) / 2.0) y=(height + 30.0) text-anchor="middle" { (page.by) }
        }
    }
}
