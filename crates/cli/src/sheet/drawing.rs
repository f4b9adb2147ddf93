//! A drawing as plain data: lines, areas, marks and words in points, for paper and for a browser alike.

use maud::{Markup, html};
use serde::{Deserialize, Serialize};

/// A drawing. Its type is `TYPE` high and it is never made smaller, only larger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    /// Points across.
    pub width: f32,
    /// Points down.
    pub height: f32,
    /// What it shows, in words.
    pub spoken: String,
    /// From the back to the front.
    pub strokes: Vec<Stroke>,
}

/// The size of type in a drawing, in points.
pub(crate) const TYPE: f32 = 6.7;

/// Something drawn; greys go from 0, black, to 1, white.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stroke {
    /// A line through points.
    Line {
        /// Its corners.
        points: Vec<(f32, f32)>,
        /// How thick.
        width: f32,
        /// How dark.
        grey: f32,
        /// Whether it is broken.
        dashed: bool,
    },
    /// A filled area with a thin black edge.
    Area {
        /// Its corners.
        points: Vec<(f32, f32)>,
        /// How dark.
        grey: f32,
    },
    /// Words.
    Words {
        /// Where they begin, end or have their middle.
        x: f32,
        /// The line on which they stand.
        y: f32,
        /// Which of the three `x` is.
        anchor: Anchor,
        /// The words.
        text: String,
        /// Whether they are strong.
        strong: bool,
    },
}

/// What the place of words means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// They begin there.
    Start,
    /// They have their middle there.
    Middle,
    /// They end there.
    End,
}

impl Drawing {
    /// All words in it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.strokes.iter().filter_map(|stroke| match stroke {
            Stroke::Words { text, .. } => Some(text.as_str()),
            _ => None,
        })
    }

    /// The drawing as SVG, as wide as what it stands in.
    pub(super) fn svg(&self) -> Markup {
        html! {
            svg viewBox=(format!("0 0 {} {}", self.width, self.height)) role="img" aria-label=(self.spoken) {
                @for stroke in &self.strokes { (stroke.svg()) }
            }
        }
    }
}

impl Stroke {
    fn svg(&self) -> Markup {
        let list = |points: &[(f32, f32)]| {
            let pairs: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            pairs.join(" ")
        };
        html! {
            @match self {
                Stroke::Line { points, width, grey, dashed } => {
                    polyline points=(list(points)) fill="none" stroke=(hex(*grey)) stroke-width=(width)
                        stroke-dasharray=[dashed.then_some("2.5 2")] {}
                }
                Stroke::Area { points, grey } => {
                    polygon points=(list(points)) fill=(hex(*grey)) stroke="#000" stroke-width="0.7" {}
                }
                Stroke::Words { x, y, anchor, text, strong } => {
                    text x=(format!("{x:.1}")) y=(format!("{y:.1}")) font-size=(TYPE)
                        font-weight=[strong.then_some("700")]
                        text-anchor=(match anchor { Anchor::Start => "start", Anchor::Middle => "middle", Anchor::End => "end" })
                        { (text) }
                }
            }
        }
    }
}

fn hex(grey: f32) -> String {
    let level = (grey.clamp(0.0, 1.0) * 255.0).round() as u8;
    format!("#{level:02x}{level:02x}{level:02x}")
}

/// A lozenge around a point.
pub(crate) fn diamond(x: f32, y: f32, reach: f32) -> Vec<(f32, f32)> {
    vec![(x - reach, y), (x, y - reach), (x + reach, y), (x, y + reach)]
}

/// A square around a point.
pub(crate) fn square(x: f32, y: f32, reach: f32) -> Vec<(f32, f32)> {
    vec![(x - reach, y - reach), (x + reach, y - reach), (x + reach, y + reach), (x - reach, y + reach)]
}

/// A circle around a point, of corners that nobody sees.
pub(crate) fn circle(x: f32, y: f32, reach: f32) -> Vec<(f32, f32)> {
    let turn = |at: u32| {
        let angle = at as f32 * std::f32::consts::TAU / 20.0;
        (x + reach * angle.cos(), y + reach * angle.sin())
    };
    (0..20).map(turn).collect()
}
