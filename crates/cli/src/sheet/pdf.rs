//! A laid out page as PDF: its glyphs, lines and areas, the typeface embedded.

use krilla::Document;
use krilla::color::luma;
use krilla::geom::{Path, PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::faces::{FONTS, Run};
use super::layout::{Ink, Layout};
use super::page::{Face, plain};

/// The page as PDF, the same bytes for the same page.
///
/// # Errors
/// A sentence, where the library cannot write it.
pub fn pdf(layout: &Layout) -> Result<Vec<u8>, String> {
    let fonts = FONTS.map(|(face, bytes)| (face, Font::new(bytes.into(), 0)));
    let font = |face: Face| fonts.iter().find(|(own, _)| *own == face).and_then(|(_, font)| font.clone());
    let (width, height) = layout.paper.size();
    let mut document = Document::new();
    let title = format!("{}: {}", plain(&layout.page.title), plain(&layout.page.kind));
    let metadata = Metadata::new().title(title).creator("rankine".to_owned()).language("en".to_owned());
    document.set_metadata(metadata);
    let settings = PageSettings::from_wh(width, height).ok_or("a page has no such size")?;
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    for ink in &layout.ink {
        match ink {
            Ink::Text { x, y, size, grey, run } => {
                let font = font(run.face).ok_or("a font in the binary cannot be read")?;
                surface.set_stroke(None);
                surface.set_fill(Some(filled(*grey)));
                let glyphs = glyphs(run);
                surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, font, &run.text, *size, false);
            }
            Ink::Line { points, width, grey, dashed } => {
                let dash = dashed.then(|| StrokeDash { array: vec![2.5, 2.0], offset: 0.0 });
                stroke(&mut surface, *width, *grey, dash);
                surface.set_fill(None);
                draw(&mut surface, path(points, false));
            }
            Ink::Area { points, grey, edge } => {
                surface.set_fill(Some(filled(*grey)));
                if *edge {
                    stroke(&mut surface, 0.7, 0.0, None);
                } else {
                    surface.set_stroke(None);
                }
                draw(&mut surface, path(points, true));
            }
        }
    }
    surface.finish();
    page.finish();
    document.finish().map_err(|error| format!("the PDF cannot be written: {error:?}"))
}

fn glyphs(run: &Run) -> Vec<KrillaGlyph> {
    let one = |glyph: &super::faces::Glyph| {
        let id = GlyphId::new(glyph.id);
        KrillaGlyph::new(id, glyph.advance, glyph.dx, glyph.dy, 0.0, glyph.from..glyph.to, None)
    };
    run.glyphs.iter().map(one).collect()
}

fn colour(grey: f32) -> luma::Color {
    luma::Color::new((grey.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn filled(grey: f32) -> Fill {
    Fill { paint: colour(grey).into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}

fn stroke(surface: &mut Surface<'_>, width: f32, grey: f32, dash: Option<StrokeDash>) {
    let paint = colour(grey).into();
    surface.set_stroke(Some(Stroke { paint, width, dash, ..Stroke::default() }));
}

fn path(points: &[(f32, f32)], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (at, (x, y)) in points.iter().enumerate() {
        if at == 0 { builder.move_to(*x, *y) } else { builder.line_to(*x, *y) }
    }
    if closed {
        builder.close();
    }
    builder.finish()
}

fn draw(surface: &mut Surface<'_>, path: Option<Path>) {
    // A line of one point is nothing to draw.
    if let Some(path) = path {
        surface.draw_path(&path);
    }
}
