//! Trains a scorer on a learning-to-rank data set and prints one JSON line: quality, wall and CPU seconds.
//!
//! `ltr FOLDER [SCORER] [key=value ...]`: the folder holds `rank.train`, `rank.test` (svmlight) with their
//! `.query` files, or `train.bin`, `test.bin` (see `bench/ltr/README.md`).
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use rankine_learn::algorithms::scorers;
use rankine_learn::{Column, Examples, Rows, Setting};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("ltr FOLDER [SCORER] [key=value ...]")?;
    let name = arguments.next().unwrap_or_else(|| "trees".to_owned());
    let kind = scorers::find(&name).ok_or("no such scorer")?;
    let mut settings = kind.card.defaults();
    let mut seed = 1;
    for argument in arguments {
        let (key, value) = argument.split_once('=').ok_or("a parameter is written key=value")?;
        if key == "seed" {
            seed = value.parse()?;
            continue;
        }
        let setting = match kind.card.parameter(key).ok_or("no such parameter")?.kind {
            rankine_learn::Kind::Count { .. } => Setting::Count(value.parse()?),
            rankine_learn::Kind::Number { .. } => Setting::Number(value.parse()?),
            _ => Setting::Word(value.to_owned()),
        };
        settings = settings.with(key, setting);
    }
    let folder = Path::new(&folder);
    let (train, test) = (read(folder, "train")?, read(folder, "test")?);
    let before = (Instant::now(), cpu_seconds());
    let scorer = (kind.fit)(&settings, &train, None, seed);
    let (fit, fit_cpu) = (before.0.elapsed().as_secs_f64(), cpu_seconds() - before.1);
    let before = (Instant::now(), cpu_seconds());
    let scores = scorer.score(&test.rows);
    let (score, score_cpu) = (before.0.elapsed().as_secs_f64(), cpu_seconds() - before.1);
    println!(
        "{{\"lib\":\"rankine {name}\",\"rows\":{},\"features\":{},\"ndcg5\":{:.5},\"ndcg10\":{:.5},\"train_s\":{fit:.3},\
         \"train_cpu_s\":{fit_cpu:.2},\"predict_s\":{score:.3},\"predict_cpu_s\":{score_cpu:.2}}}",
        train.rows.len(),
        train.rows.width,
        ndcg(&test, &scores, 5),
        ndcg(&test, &scores, 10),
    );
    Ok(())
}

fn read(folder: &Path, part: &str) -> Result<Examples, Box<dyn std::error::Error>> {
    let packed = folder.join(format!("{part}.bin"));
    if packed.exists() { packed_examples(&std::fs::read(packed)?) } else { svmlight(folder, part) }
}

/// Little-endian: rows, width, groups as u32; group sizes as u32; labels, then values, as f32.
fn packed_examples(bytes: &[u8]) -> Result<Examples, Box<dyn std::error::Error>> {
    let word = |at: usize| -> Result<[u8; 4], Box<dyn std::error::Error>> {
        Ok(bytes.get(at * 4..at * 4 + 4).ok_or("the file ends early")?.try_into()?)
    };
    let count = |at: usize| word(at).map(|word| u32::from_le_bytes(word) as usize);
    let (rows, width, groups) = (count(0)?, count(1)?, count(2)?);
    let numbers = |from: usize, many: usize| -> Result<Vec<f32>, Box<dyn std::error::Error>> {
        (from..from + many).map(|at| word(at).map(f32::from_le_bytes)).collect()
    };
    let sizes = (3..3 + groups).map(|at| count(at).map(|size| size as u32)).collect::<Result<_, _>>()?;
    let labels = numbers(3 + groups, rows)?;
    let values = numbers(3 + groups + rows, rows * width)?;
    Ok(examples(values, width, labels, sizes))
}

fn svmlight(folder: &Path, part: &str) -> Result<Examples, Box<dyn std::error::Error>> {
    const WIDTH: usize = 301;
    let text = std::fs::read_to_string(folder.join(format!("rank.{part}")))?;
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let mut words = line.split_whitespace();
        labels.push(words.next().ok_or("an empty line")?.parse()?);
        let start = values.len();
        values.resize(start + WIDTH, 0.0);
        for word in words {
            let (column, value) = word.split_once(':').ok_or("a value without a column")?;
            let column: usize = column.parse()?;
            *values.get_mut(start + column).ok_or("a column beyond 300")? = value.parse()?;
        }
    }
    let sizes = std::fs::read_to_string(folder.join(format!("rank.{part}.query")))?;
    let sizes = sizes.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    Ok(examples(values, WIDTH, labels, sizes))
}

fn examples(values: Vec<f32>, width: usize, labels: Vec<f32>, groups: Vec<u32>) -> Examples {
    let columns = (0..width).map(|column| Column::number(format!("f{column}"))).collect();
    let weights = vec![1.0; labels.len()];
    let rows = Rows { values, width, ..Rows::default() };
    Examples { columns, bags: Vec::new(), rows, labels, weights, groups }
}

/// Mean over groups, gain 2^label - 1, ties by row; a group without a relevant row counts 1.
fn ndcg(examples: &Examples, scores: &[f32], depth: usize) -> f64 {
    let dcg = |labels: &mut dyn Iterator<Item = f32>| -> f64 {
        let gains = labels.take(depth).enumerate();
        gains.map(|(at, label)| (f64::from(label).exp2() - 1.0) / (at as f64 + 2.0).log2()).sum()
    };
    let (mut start, mut sum) = (0, 0.0);
    for &size in &examples.groups {
        let rows = start..start + size as usize;
        start = rows.end;
        let labels = &examples.labels[rows.clone()];
        let mut order: Vec<usize> = rows.clone().collect();
        order.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]));
        let mut ideal = labels.to_vec();
        ideal.sort_by(|one, other| other.total_cmp(one));
        let best = dcg(&mut ideal.into_iter());
        let have = dcg(&mut order.into_iter().map(|row| examples.labels[row]));
        sum += if best > 0.0 { have / best } else { 1.0 };
    }
    sum / examples.groups.len() as f64
}

/// User and system seconds of this process; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
