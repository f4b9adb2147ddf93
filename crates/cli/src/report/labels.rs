//! Where labels go in a chart so that none covers another: greedy, by a fixed list of places around a mark.

/// A rectangle in the units of a drawing; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    /// The area that is so wide and high around a point.
    pub(super) fn around(x: f64, y: f64, width: f64, height: f64) -> Area {
        let (width, height) = (width / 2.0, height / 2.0);
        Area { left: x - width, top: y - height, right: x + width, bottom: y + height }
    }

    /// Whether both have a point in common.
    pub(super) fn meets(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether it lies in another, edges included.
    pub(super) fn within(&self, frame: &Area) -> bool {
        self.left >= frame.left
            && self.right <= frame.right
            && self.top >= frame.top
            && self.bottom <= frame.bottom
    }
}

/// From the centre of a mark to the near end of its label.
const GAP: f64 = 11.0;
/// Height of a line of text with its air.
pub(super) const LINE: f64 = 17.0;
/// So many lines up or down a label may wander.
const WANDER: i32 = 24;

/// The area of each label, given the marks in order and how wide their labels are: beside the mark where
/// that is free, otherwise as near as it can be. `lines` are better left visible, `marks` more so.
pub(super) fn place(marks: &[(f64, f64)], widths: &[f64], lines: &[Area], frame: Area) -> Vec<Area> {
    let dots: Vec<Area> = marks.iter().map(|&(x, y)| Area::around(x, y, 13.0, 13.0)).collect();
    let mut placed: Vec<Area> = Vec::new();
    for (&mark, &width) in marks.iter().zip(widths) {
        let cost = |area: &Area| {
            let over = |areas: &[Area], each: f64| {
                areas.iter().filter(|other| area.meets(other)).count() as f64 * each
            };
            let outside = if area.within(&frame) { 0.0 } else { 500.0 };
            // Beside its mark reads better than above or below it.
            let stacked = if area.left < mark.0 && mark.0 < area.right { 3.0 } else { 0.0 };
            let away = ((area.top + area.bottom) / 2.0 - mark.1).abs() / 4.0;
            outside + over(&placed, 1000.0) + over(&dots, 200.0) + over(lines, 25.0) + stacked + away
        };
        let best =
            candidates(mark, width).into_iter().min_by(|left, right| cost(left).total_cmp(&cost(right)));
        placed.extend(best);
    }
    placed
}

fn candidates((x, y): (f64, f64), width: f64) -> Vec<Area> {
    let mut all = Vec::new();
    for half in 0..=2 * WANDER {
        for side in [-1.0, 1.0] {
            let middle = y + side * f64::from(half) * LINE / 2.0;
            for centre in [x + GAP + width / 2.0, x - GAP - width / 2.0, x] {
                all.push(Area::around(centre, middle, width, LINE - 1.0));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(marks: &[(f64, f64)]) -> Vec<Area> {
        let frame = Area { left: 0.0, top: 0.0, right: 300.0, bottom: 320.0 };
        let widths: Vec<f64> = (0..marks.len()).map(|at| 40.0 + 8.0 * (at % 5) as f64).collect();
        let areas = place(marks, &widths, &[], frame);
        for (at, area) in areas.iter().enumerate() {
            assert!(area.within(&frame), "label {at} leaves the plot: {area:?}");
            for other in &areas[..at] {
                assert!(!area.meets(other), "label {at} covers another: {area:?}");
            }
        }
        areas
    }

    #[test]
    fn labels_of_contenders_that_coincide_do_not_cover_each_other() {
        placed(&[(150.0, 160.0); 12]);
        placed(&[(2.0, 2.0); 8]);
        placed(&[(298.0, 318.0); 8]);
    }

    #[test]
    fn a_label_that_has_room_stands_beside_its_mark() {
        let areas = placed(&[(50.0, 50.0), (200.0, 250.0)]);
        assert_eq!((areas[0].left, areas[1].left), (50.0 + GAP, 200.0 + GAP));
    }
}
