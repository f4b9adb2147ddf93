//! From what a network gives to boxes in pixels of its input.

use serde::{Deserialize, Serialize};

use super::Told;
use super::network::Output;
use crate::card::Settings;
use crate::picture::Area;

/// How boxes are told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Decode {
    form: Form,
    activation: Activation,
    /// How the names of outputs begin: with scores, boxes, chances of an object.
    outputs: Vec<String>,
    strides: Vec<f32>,
    /// By stride.
    anchors: Vec<Vec<f32>>,
    /// Of the middle and of the size.
    variances: [f32; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Form {
    Rows,
    Corners,
    Anchors,
    Points,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Activation {
    None,
    Sigmoid,
    Softmax,
}

/// Most points of all grids together.
const POINTS: usize = 1 << 22;

/// A list of rows, such as scores or boxes.
#[derive(Clone, Copy)]
struct Table<'a> {
    rows: usize,
    columns: usize,
    values: &'a [f32],
}

impl<'a> Table<'a> {
    /// What has two sizes.
    fn of(output: &'a Output) -> Option<Table<'a>> {
        let [rows, columns] = output.shape[..] else { return None };
        (rows.checked_mul(columns) == Some(output.values.len()) && columns > 0).then_some(Table {
            rows,
            columns,
            values: &output.values,
        })
    }

    fn row(&self, at: usize) -> &'a [f32] {
        &self.values[at * self.columns..(at + 1) * self.columns]
    }
}

impl Decode {
    /// As settings say.
    ///
    /// # Errors
    /// A sentence, where they lack something or contradict each other.
    pub(super) fn of(settings: &Settings) -> Result<Decode, String> {
        let numbers = |key: &str| settings.numbers(key).iter().map(|number| *number as f32).collect();
        let form = match settings.word("decode") {
            "rows" => Form::Rows,
            "corners" => Form::Corners,
            "anchors" => Form::Anchors,
            _ => Form::Points,
        };
        let activation = match settings.word("activation") {
            "sigmoid" => Activation::Sigmoid,
            "softmax" => Activation::Softmax,
            _ => Activation::None,
        };
        let (strides, sides): (Vec<f32>, Vec<f32>) = (numbers("strides"), numbers("anchors"));
        let gridded = matches!(form, Form::Anchors | Form::Points);
        if gridded && (strides.is_empty() || !strides.iter().all(|stride| (1.0..=4096.0).contains(stride))) {
            return Err("`strides` must be numbers from 1 to 4096, one for each grid".to_owned());
        }
        let anchors = match form {
            Form::Anchors => by_stride(&sides, &strides, settings.numbers("anchors_each"))?,
            _ => Vec::new(),
        };
        let outputs = settings.words("outputs").to_vec();
        if !matches!(outputs.len(), 0 | 2 | 3) {
            return Err(
                "`outputs` names those with scores and with boxes, perhaps that of objects: two or three"
                    .to_owned(),
            );
        }
        let variances = match numbers("variances") {
            two if two.len() == 2 => [two[0], two[1]],
            _ => return Err("`variances` must be two numbers".to_owned()),
        };
        Ok(Decode { form, activation, outputs, strides, anchors, variances })
    }

    /// Adds the boxes, in pixels of the input, that have a class with at least this score.
    ///
    /// # Errors
    /// A sentence, where the outputs are not what the settings say.
    pub(super) fn read(
        &self,
        outputs: &[Output],
        size: (usize, usize),
        classes: usize,
        least: f32,
        told: &mut Vec<Told>,
    ) -> Result<(), String> {
        let mut add = |area: Area, scores: &[f32], object: f32| {
            for (class, score) in self.chances(scores, classes).into_iter().enumerate() {
                let score = score * object;
                if score >= least {
                    told.push(Told { area, class, score });
                }
            }
        };
        match self.form {
            Form::Rows => {
                let (rows, object) = whole(outputs, classes)?;
                for at in 0..rows.rows {
                    let row = rows.row(at);
                    let chance = if object { self.object(row[4]) } else { 1.0 };
                    add(around(row[0], row[1], row[2], row[3]), &row[4 + usize::from(object)..], chance);
                }
            }
            Form::Corners => {
                let (scores, boxes) = self.both(outputs, classes)?;
                let (width, height) = (size.0 as f32, size.1 as f32);
                for at in 0..boxes.rows {
                    let [left, top, right, bottom] = four(boxes.row(at));
                    let (left, right) = (left * width, right * width);
                    add(
                        Area { left, top: top * height, right, bottom: bottom * height },
                        scores.row(at),
                        1.0,
                    );
                }
            }
            Form::Anchors => {
                let (scores, boxes) = self.both(outputs, classes)?;
                let points = self.points(size)?;
                let sides = |(grid, x, y): (usize, f32, f32)| {
                    self.anchors[grid].iter().map(move |side| (self.strides[grid], *side, x, y))
                };
                let told = boxes.rows;
                let laid: usize = points.iter().map(|point| self.anchors[point.0].len()).sum();
                if told != laid {
                    return Err(format!(
                        "it tells {told} boxes, and {laid} are laid over the picture: other `strides`, `anchors` or \
                         another size would fit"
                    ));
                }
                for (at, (stride, side, x, y)) in points.into_iter().flat_map(sides).enumerate() {
                    let [across, down, wide, tall] = four(boxes.row(at));
                    let [middle, sides] = self.variances;
                    let area = around(
                        (x + 0.5) * stride + across * middle * side,
                        (y + 0.5) * stride + down * middle * side,
                        side * (wide * sides).exp(),
                        side * (tall * sides).exp(),
                    );
                    add(area, scores.row(at), 1.0);
                }
            }
            Form::Points => {
                let points = self.points(size)?;
                let mut shifted =
                    |(grid, x, y): (usize, f32, f32), shift: &[f32], scores: &[f32], object: f32| {
                        let stride = self.strides[grid];
                        let [across, down, wide, tall] = four(shift);
                        let area = around(
                            (x + across) * stride,
                            (y + down) * stride,
                            wide.exp() * stride,
                            tall.exp() * stride,
                        );
                        add(area, scores, self.object(object));
                    };
                if self.outputs.is_empty() {
                    let (rows, object) = whole(outputs, classes)?;
                    if rows.rows != points.len() {
                        return Err(self.misfit(rows.rows, points.len()));
                    }
                    for (at, point) in points.iter().enumerate() {
                        let row = rows.row(at);
                        let chance = if object { row[4] } else { f32::INFINITY };
                        shifted(*point, &row[..4], &row[4 + usize::from(object)..], chance);
                    }
                    return Ok(());
                }
                for grid in 0..self.strides.len() {
                    let own: Vec<(usize, f32, f32)> =
                        points.iter().filter(|point| point.0 == grid).copied().collect();
                    let table = |at: usize| self.named(outputs, at, Some(own.len()));
                    let (scores, boxes) = (table(0)?, table(1)?);
                    fits(scores, boxes, classes)?;
                    let objects = if self.outputs.len() > 2 { Some(table(2)?) } else { None };
                    for (at, point) in own.iter().enumerate() {
                        let chance = objects.map_or(f32::INFINITY, |objects| objects.row(at)[0]);
                        shifted(*point, boxes.row(at), scores.row(at), chance);
                    }
                }
            }
        }
        Ok(())
    }

    /// The chance that there is an object at all; certain where nothing is said of it.
    fn object(&self, said: f32) -> f32 {
        match self.activation {
            _ if said == f32::INFINITY => 1.0,
            Activation::Sigmoid => sigmoid(said),
            _ => said,
        }
    }

    /// The chances of the classes, without the background that may come before them.
    fn chances(&self, scores: &[f32], classes: usize) -> Vec<f32> {
        let background = scores.len().saturating_sub(classes);
        let chances: Vec<f32> = match self.activation {
            Activation::None => scores.to_vec(),
            Activation::Sigmoid => scores.iter().map(|score| sigmoid(*score)).collect(),
            Activation::Softmax => {
                let most = scores.iter().copied().fold(f32::MIN, f32::max);
                let powers: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
                let sum: f32 = powers.iter().sum();
                powers.iter().map(|power| power / sum).collect()
            }
        };
        chances[background..].to_vec()
    }

    /// Every point of every grid: which grid, across, down; grid by grid and row by row.
    fn points(&self, (width, height): (usize, usize)) -> Result<Vec<(usize, f32, f32)>, String> {
        let cells = |side: usize, stride: f32| (side as f32 / stride).ceil() as usize;
        let mut points = Vec::new();
        for (grid, stride) in self.strides.iter().enumerate() {
            let (across, down) = (cells(width, *stride), cells(height, *stride));
            if points.len() + across * down > POINTS {
                return Err(
                    "`strides` lay more points over a picture than any network tells boxes".to_owned()
                );
            }
            points.extend((0..down).flat_map(|y| (0..across).map(move |x| (grid, x as f32, y as f32))));
        }
        Ok(points)
    }

    /// The outputs with scores and with boxes, by name or by shape.
    fn both<'a>(&self, outputs: &'a [Output], classes: usize) -> Result<(Table<'a>, Table<'a>), String> {
        let (scores, boxes) = if self.outputs.is_empty() {
            let boxes = sole(outputs, |table| table.columns == 4, "boxes, by 4 numbers a row", outputs)?;
            let scored = |table: Table<'_>| {
                (table.columns == classes || table.columns == classes + 1)
                    && !std::ptr::eq(table.values, boxes.values)
            };
            (sole(outputs, scored, &format!("scores, by {classes} classes"), outputs)?, boxes)
        } else {
            (self.named(outputs, 0, None)?, self.named(outputs, 1, None)?)
        };
        fits(scores, boxes, classes)?;
        Ok((scores, boxes))
    }

    /// The output whose name begins as the settings say, with so many rows where that is known.
    fn named<'a>(&self, outputs: &'a [Output], at: usize, rows: Option<usize>) -> Result<Table<'a>, String> {
        let named = outputs.iter().filter(|output| output.name.starts_with(&self.outputs[at]));
        let fit = named.filter_map(Table::of).find(|table| rows.is_none_or(|rows| rows == table.rows));
        fit.ok_or_else(|| {
            let rows = rows.map(|rows| format!(" with {rows} rows")).unwrap_or_default();
            format!("no output of it begins with `{}`{rows}; it has {}", self.outputs[at], shown(outputs))
        })
    }

    fn misfit(&self, told: usize, laid: usize) -> String {
        format!(
            "it tells {told} boxes, and the grids have {laid} points: other `strides` or another size would fit"
        )
    }
}

/// The one table of rows of middle, size, perhaps the chance of an object, and classes; whether that is said.
fn whole<'a>(outputs: &'a [Output], classes: usize) -> Result<(Turned<'a>, bool), String> {
    let widths = [4 + classes, 5 + classes];
    for output in outputs {
        let Some(table) = Table::of(output) else { continue };
        if widths.contains(&table.columns) {
            return Ok((Turned { table, turned: None, rows: table.rows }, table.columns == widths[1]));
        }
        if widths.contains(&table.rows) {
            let turned = (0..table.columns)
                .flat_map(|row| (0..table.rows).map(move |column| table.values[column * table.columns + row]))
                .collect();
            return Ok((
                Turned { table, turned: Some(turned), rows: table.columns },
                table.rows == widths[1],
            ));
        }
    }
    Err(format!(
        "no output of it has rows of {} or {} numbers, for {classes} classes; it has {}",
        widths[0],
        widths[1],
        shown(outputs)
    ))
}

/// A table, or the same with rows for columns.
struct Turned<'a> {
    table: Table<'a>,
    turned: Option<Vec<f32>>,
    rows: usize,
}

impl Turned<'_> {
    fn row(&self, at: usize) -> &[f32] {
        match &self.turned {
            Some(values) => &values[at * self.table.rows..(at + 1) * self.table.rows],
            None => self.table.row(at),
        }
    }
}

fn sole<'a>(
    outputs: &'a [Output],
    fits: impl Fn(Table<'a>) -> bool,
    what: &str,
    all: &[Output],
) -> Result<Table<'a>, String> {
    let mut found = outputs.iter().filter_map(Table::of).filter(|table| fits(*table));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(format!("no output of it tells {what}; it has {}", shown(all))),
        _ => Err(format!(
            "several outputs of it may tell {what}: name the right ones in `outputs`; it has {}",
            shown(all)
        )),
    }
}

fn fits(scores: Table<'_>, boxes: Table<'_>, classes: usize) -> Result<(), String> {
    if boxes.columns != 4 {
        return Err(format!("its boxes have {} numbers each, not 4", boxes.columns));
    }
    if scores.rows != boxes.rows {
        return Err(format!("it tells {} boxes and the scores of {}", boxes.rows, scores.rows));
    }
    if scores.columns != classes && scores.columns != classes + 1 {
        let columns = scores.columns;
        return Err(format!(
            "it scores {columns} classes, one of which may be the background, and `classes` names {classes}"
        ));
    }
    Ok(())
}

fn shown(outputs: &[Output]) -> String {
    let one = |output: &Output| {
        let sizes: Vec<String> = output.shape.iter().map(usize::to_string).collect();
        format!("`{}` of {}", output.name, sizes.join(" x "))
    };
    let all: Vec<String> = outputs.iter().map(one).collect();
    if all.is_empty() { "no output of numbers".to_owned() } else { all.join(", ") }
}

fn four(row: &[f32]) -> [f32; 4] {
    [row[0], row[1], row[2], row[3]]
}

/// A box by its middle and its sides.
fn around(x: f32, y: f32, wide: f32, tall: f32) -> Area {
    Area { left: x - 0.5 * wide, top: y - 0.5 * tall, right: x + 0.5 * wide, bottom: y + 0.5 * tall }
}

fn sigmoid(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

/// The sides of the boxes of each stride: so many of each, or as many.
///
/// # Errors
/// A sentence, where the numbers do not come out.
fn by_stride(sides: &[f32], strides: &[f32], each: &[f64]) -> Result<Vec<Vec<f32>>, String> {
    let counts: Vec<usize> = match each {
        [] => vec![sides.len() / strides.len(); strides.len()],
        each => each.iter().map(|count| *count as usize).collect(),
    };
    // Cut to whole numbers they are others.
    let whole = each.iter().zip(&counts).all(|(told, count)| *told == *count as f64);
    let fit = whole && counts.len() == strides.len() && counts.iter().sum::<usize>() == sides.len();
    if !fit || sides.is_empty() || !sides.iter().all(|side| *side > 0.0) {
        return Err("`anchors` must be sides in pixels, as many for each stride, such as `strides = [8, 16, 32]` with \
                    `anchors = [24, 48, 96, 192, 384, 768]`; `anchors_each = [3, 2, 1]` where they are not as many"
            .to_owned());
    }
    let mut sides = sides.iter().copied();
    Ok(counts.into_iter().map(|count| sides.by_ref().take(count).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(form: Form) -> Decode {
        Decode {
            form,
            activation: Activation::None,
            outputs: Vec::new(),
            strides: vec![8.0, 16.0],
            anchors: vec![vec![10.0], vec![20.0]],
            variances: [0.1, 0.2],
        }
    }

    fn output(name: &str, shape: [usize; 2], values: &[f32]) -> Output {
        Output { name: name.to_owned(), shape: shape.to_vec(), values: values.to_vec() }
    }

    fn read(
        decode: &Decode,
        outputs: &[Output],
        classes: usize,
    ) -> Result<Vec<(usize, f32, [f32; 4])>, String> {
        let mut told = Vec::new();
        decode.read(outputs, (16, 16), classes, 0.1, &mut told)?;
        let plain = |told: &Told| {
            let Area { left, top, right, bottom } = told.area;
            (told.class, told.score, [left, top, right, bottom])
        };
        Ok(told.iter().map(plain).collect())
    }

    #[test]
    fn rows_tell_middle_and_size_in_pixels_either_way_round() {
        let upright = output("out", [2, 6], &[8.0, 8.0, 4.0, 2.0, 0.05, 0.7, 1.0, 1.0, 2.0, 2.0, 0.0, 0.0]);
        let turned = output("out", [6, 2], &[8.0, 1.0, 8.0, 1.0, 4.0, 2.0, 2.0, 2.0, 0.05, 0.0, 0.7, 0.0]);
        for output in [upright, turned] {
            let found = read(&decode(Form::Rows), &[output], 2).unwrap();
            assert_eq!(found, [(1, 0.7, [6.0, 7.0, 10.0, 9.0])]);
        }
        let with_object = output("out", [1, 6], &[8.0, 8.0, 4.0, 2.0, 0.5, 0.5]);
        assert_eq!(read(&decode(Form::Rows), &[with_object], 1).unwrap()[0].1, 0.25);
    }

    #[test]
    fn corners_are_shares_and_the_background_is_no_class() {
        let outputs = [output("s", [1, 2], &[0.4, 0.6]), output("b", [1, 4], &[0.25, 0.5, 0.75, 1.0])];
        assert_eq!(read(&decode(Form::Corners), &outputs, 1).unwrap(), [(0, 0.6, [4.0, 8.0, 12.0, 16.0])]);
    }

    #[test]
    fn anchors_lie_at_the_middles_of_cells() {
        // Four points 8 apart with a square of 10, one of 16 with a square of 20.
        let mut scores = vec![0.0; 5];
        (scores[1], scores[4]) = (0.5, 0.9);
        let mut boxes = vec![0.0; 20];
        // Half a side to the right: 5 = shift x 0.1 x 10; twice as tall: exp(0.2 x shift) = 2.
        (boxes[4], boxes[7]) = (5.0, 2f32.ln() / 0.2);
        let outputs = [output("s", [5, 1], &scores), output("b", [5, 4], &boxes)];
        let found = read(&decode(Form::Anchors), &outputs, 1).unwrap();
        let near = |have: [f32; 4], want: [f32; 4]| {
            have.iter().zip(want).all(|(have, want)| (have - want).abs() < 1e-4)
        };
        assert!(near(found[0].2, [12.0, -6.0, 22.0, 14.0]), "{found:?}");
        assert!(near(found[1].2, [-2.0, -2.0, 18.0, 18.0]), "{found:?}");
    }

    #[test]
    fn strides_may_have_anchors_of_their_own_number() {
        let by = |each: &[f64]| by_stride(&[10.0, 16.0, 24.0, 32.0], &[8.0, 16.0], each);
        assert_eq!(by(&[]).unwrap(), [vec![10.0, 16.0], vec![24.0, 32.0]]);
        assert_eq!(by(&[3.0, 1.0]).unwrap(), [vec![10.0, 16.0, 24.0], vec![32.0]]);
        assert_eq!(by(&[4.0, 0.0]).unwrap(), [vec![10.0, 16.0, 24.0, 32.0], vec![]]);
        for wrong in [&[2.0][..], &[3.0, 2.0], &[-1.0, 5.0], &[f64::NAN, 4.0], &[1.0, 2.0, 1.0]] {
            assert!(by(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn points_are_told_grid_by_grid_or_all_in_one() {
        let named = Decode { outputs: ["c", "b", "o"].map(str::to_owned).to_vec(), ..decode(Form::Points) };
        let boxes = [0.5, 0.5, 0.0, 2f32.ln()];
        let outputs = [
            output("c_8", [4, 1], &[0.0, 0.0, 0.0, 0.8]),
            output("c_16", [1, 1], &[0.5]),
            output("b_8", [4, 4], &boxes.repeat(4)),
            output("b_16", [1, 4], &boxes),
            output("o_8", [4, 1], &[1.0, 1.0, 1.0, 0.5]),
            output("o_16", [1, 1], &[0.5]),
        ];
        let want = [(0, 0.4, [8.0, 4.0, 16.0, 20.0]), (0, 0.25, [0.0, -8.0, 16.0, 24.0])];
        assert_eq!(read(&named, &outputs, 1).unwrap(), want);
        let chances = [(0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (0.5, 0.8), (0.5, 0.5)];
        let rows: Vec<f32> =
            chances.iter().flat_map(|(object, class)| [&boxes[..], &[*object, *class]].concat()).collect();
        assert_eq!(read(&decode(Form::Points), &[output("all", [5, 6], &rows)], 1).unwrap(), want);
    }

    #[test]
    fn what_does_not_fit_is_told_with_what_is_there() {
        let outputs = [output("s", [5, 3], &[0.0; 15]), output("b", [5, 4], &[0.0; 20])];
        for (form, classes, want) in [
            (
                Form::Rows,
                7,
                "no output of it has rows of 11 or 12 numbers, for 7 classes; it has `s` of 5 x 3, `b` of 5 x 4",
            ),
            (
                Form::Corners,
                1,
                "no output of it tells scores, by 1 classes; it has `s` of 5 x 3, `b` of 5 x 4",
            ),
            (
                Form::Points,
                9,
                "no output of it has rows of 13 or 14 numbers, for 9 classes; it has `s` of 5 x 3, `b` of 5 x 4",
            ),
        ] {
            assert_eq!(read(&decode(form), &outputs, classes).unwrap_err(), want);
        }
        let fewer = [output("s", [4, 1], &[0.0; 4]), output("b", [4, 4], &[0.0; 16])];
        let refused = read(&decode(Form::Anchors), &fewer, 1).unwrap_err();
        assert!(refused.contains("4 boxes, and 5 are laid"), "{refused}");
    }
}
