//! Trains encoders and a scorer on labelled texts and prints a JSON line a fold, and one of all folds together.
//!
//! `text FILE [ENCODER[:key=value,...] ...] SCORER[:key=value,...] [option ...]`: FILE is `sms.tsv` (label, tab,
//! text) or `comments.csv` (video, date, content, class). Options:
//! - `valid`: five folds of the training rows of `sms.tsv` alone, copies of a text in one fold; without it row
//!   n from 0 is test where n % 5 = 4. Of `comments.csv` each video is a fold: of four, with `valid`, one is
//!   the test, and the fifth is not read.
//! - `apart`: rows of training that are nearly the same as one of the test are left out.
//! - `groups`: prints the group of each row, equal for copies, and does nothing else.
//! - `seed=N`.
#![allow(clippy::print_stdout)]

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Instant;

use rankine_learn::algorithms::encoders::{self, Content, Encoded, Encoder, Shape};
use rankine_learn::algorithms::scorers;
use rankine_learn::{BagColumn, Card, Column, Examples, Kind, Rows, Setting, Settings, similar};

struct Data {
    texts: Vec<String>,
    labels: Vec<f32>,
    /// The video of each; none where rows are told apart by their number.
    videos: Option<Vec<String>>,
}

/// The rows of training and of test.
type Fold = (Vec<usize>, Vec<usize>);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("text FILE [ENCODER ...] SCORER [valid] [apart] [groups] [seed=N]")?;
    let (mut encode, mut scorer) = (Vec::new(), None);
    let (mut valid, mut apart, mut grouped, mut seed) = (false, false, false, 1);
    for argument in arguments {
        let (name, parameters) = argument.split_once(':').unwrap_or((&argument, ""));
        if let Some(kind) = encoders::find(name) {
            encode.push((kind, settings(&kind.card, parameters)?));
        } else if let Some(kind) = scorers::find(name) {
            scorer = Some((kind, settings(&kind.card, parameters)?));
        } else if let Some(number) = argument.strip_prefix("seed=") {
            seed = number.parse()?;
        } else {
            match argument.as_str() {
                "valid" => valid = true,
                "apart" => apart = true,
                "groups" => grouped = true,
                _ => return Err(format!("what is {argument}?").into()),
            }
        }
    }
    let data = read(&file)?;
    let texts: Vec<&str> = data.texts.iter().map(String::as_str).collect();
    let groups = similar::groups(&texts, similar::COPY);
    if grouped {
        groups.iter().for_each(|group| println!("{group}"));
        return Ok(());
    }
    let (kind, set) = scorer.ok_or("name a scorer")?;
    let mut folds = folds(&data, &groups, valid);
    if apart {
        for (train, test) in &mut folds {
            let seen: BTreeSet<u32> = test.iter().map(|row| groups[*row]).collect();
            train.retain(|row| !seen.contains(&groups[*row]));
        }
    }
    let names: Vec<&str> = encode.iter().map(|(kind, _)| kind.card.name).chain([kind.card.name]).collect();
    let lib = format!("rankine {}", names.join(" "));
    let mut all = Measured::default();
    for (train, test) in &folds {
        let mut one = Measured::default();
        let before = (Instant::now(), cpu_seconds());
        let contents: Vec<Content<'_>> = train.iter().map(|row| Content::Text(texts[*row])).collect();
        let encoders: Vec<Box<dyn Encoder>> =
            encode.iter().map(|(kind, settings)| (kind.fit)(settings, &contents)).collect();
        let fitted = cpu_seconds();
        let examples = examples(&encoders, train, &data);
        one.encode_cpu = cpu_seconds() - before.1;
        one.kilobytes = train.iter().map(|row| texts[*row].len()).sum::<usize>() as f64 / 1000.0;
        one.apply_cpu = cpu_seconds() - fitted;
        let model = (kind.fit)(&set, &examples, None, seed);
        one.train = before.0.elapsed().as_secs_f64();
        one.train_cpu = cpu_seconds() - before.1;
        one.bytes = model.save().len() + encoders.iter().map(|encoder| encoder.save().len()).sum::<usize>();
        let before = cpu_seconds();
        let tests = self::examples(&encoders, test, &data);
        let scores = model.score(&tests.rows);
        one.predict_cpu = cpu_seconds() - before;
        one.rows = (train.len(), test.len());
        one.scored =
            scores.into_iter().map(f64::from).zip(tests.labels.iter().map(|label| *label > 0.5)).collect();
        if folds.len() > 1 {
            let name = data.videos.as_ref().map_or("", |videos| &videos[test[0]]);
            println!("{}", one.line(&lib, name, apart));
        }
        all.add(one);
    }
    println!("{}", all.line(&lib, "all", apart));
    Ok(())
}

/// A card's defaults with `key=value,...` in place of some.
fn settings(card: &Card, parameters: &str) -> Result<Settings, Box<dyn Error>> {
    let mut settings = card.defaults();
    for parameter in parameters.split(',').filter(|parameter| !parameter.is_empty()) {
        let (key, value) = parameter.split_once('=').ok_or("a parameter is written key=value")?;
        let setting = match card.parameter(key).ok_or_else(|| format!("no parameter {key}"))?.kind {
            Kind::Count { .. } => Setting::Count(value.parse()?),
            Kind::Number { .. } => Setting::Number(value.parse()?),
            Kind::Words => Setting::Words(value.split('+').map(str::to_owned).collect()),
            _ => Setting::Word(value.to_owned()),
        };
        settings = settings.with(key, setting);
    }
    Ok(settings)
}

fn read(file: &str) -> Result<Data, Box<dyn Error>> {
    let mut data = Data { texts: Vec::new(), labels: Vec::new(), videos: None };
    let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
    if file.ends_with(".csv") {
        let mut videos = Vec::new();
        for row in rows(&text).into_iter().skip(1) {
            let [video, _, content, class] = row.try_into().map_err(|row| format!("four cells: {row:?}"))?;
            videos.push(video);
            data.texts.push(content);
            data.labels.push(class.trim().parse()?);
        }
        data.videos = Some(videos);
        return Ok(data);
    }
    for (label, message) in text.lines().filter_map(|line| line.split_once('\t')) {
        data.texts.push(message.to_owned());
        data.labels.push(f32::from(u8::from(label == "spam")));
    }
    Ok(data)
}

/// The rows of a comma-separated file: a quoted cell may hold commas, line ends and doubled quotes.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            _ => cell.push(letter),
        }
    }
    if !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

fn folds(data: &Data, groups: &[u32], valid: bool) -> Vec<Fold> {
    let all = 0..data.texts.len();
    let part = |test: &dyn Fn(usize) -> bool, read: &dyn Fn(usize) -> bool| -> Fold {
        all.clone().filter(|row| read(*row)).partition(|row| !test(*row))
    };
    let Some(videos) = &data.videos else {
        let held = |row: usize| row % 5 == 4;
        if !valid {
            return vec![part(&held, &|_| true)];
        }
        return (0..5).map(|fold| part(&|row| groups[row] % 5 == fold, &|row| !held(row))).collect();
    };
    let mut names = videos.clone();
    names.dedup();
    let is = |name: &str| {
        let name = name.to_owned();
        move |row: usize| videos[row] == name
    };
    if !valid {
        return names.iter().map(|name| part(&is(name), &|_| true)).collect();
    }
    let pairs = names.iter().flat_map(|left| names.iter().map(move |test| (left, test)));
    pairs
        .filter(|(left, test)| left != test)
        .map(|(left, test)| part(&is(test), &|row| videos[row] != *left))
        .collect()
}

fn examples(encoders: &[Box<dyn Encoder>], rows: &[usize], data: &Data) -> Examples {
    let mut made = Examples::default();
    for (at, encoder) in encoders.iter().enumerate() {
        match encoder.shape() {
            Shape::Bag(terms) => made.bags.push(BagColumn { name: format!("b{at}"), terms }),
            Shape::Numbers(1) => made.columns.push(Column::number(format!("e{at}"))),
            Shape::Numbers(many) => {
                made.columns.extend((0..many).map(|place| Column::number(format!("e{at}[{place}]"))));
            }
        }
    }
    made.rows = Rows { width: made.columns.len(), bag_width: made.bags.len(), ..Rows::default() };
    for row in rows {
        for encoder in encoders {
            match encoder.encode(Content::Text(&data.texts[*row])) {
                Encoded::Bag(bag) => made.rows.bags.push(bag),
                Encoded::Numbers(numbers) => made.rows.values.extend(numbers),
            }
        }
        made.labels.push(data.labels[*row]);
    }
    made.weights = vec![1.0; rows.len()];
    made.groups = vec![1; rows.len()];
    made
}

#[derive(Default)]
struct Measured {
    /// Rows of training and of test.
    rows: (usize, usize),
    /// Log-odds and whether the label is 1.
    scored: Vec<(f64, bool)>,
    train: f64,
    train_cpu: f64,
    encode_cpu: f64,
    apply_cpu: f64,
    kilobytes: f64,
    predict_cpu: f64,
    bytes: usize,
    /// F1 of each fold.
    parts: Vec<f64>,
}

impl Measured {
    fn add(&mut self, other: Measured) {
        self.parts.push(f1(&other.scored));
        self.rows = (self.rows.0 + other.rows.0, self.rows.1 + other.rows.1);
        self.scored.extend(other.scored);
        self.train += other.train;
        self.train_cpu += other.train_cpu;
        self.encode_cpu += other.encode_cpu;
        self.apply_cpu += other.apply_cpu;
        self.kilobytes += other.kilobytes;
        self.predict_cpu += other.predict_cpu;
        self.bytes = self.bytes.max(other.bytes);
    }

    fn line(&self, lib: &str, fold: &str, apart: bool) -> String {
        let mean = self.parts.iter().sum::<f64>() / self.parts.len().max(1) as f64;
        let mean = if self.parts.is_empty() { f1(&self.scored) } else { mean };
        let loss = |(score, label): &(f64, bool)| (if *label { -score } else { *score }).exp().ln_1p();
        let many = self.scored.len() as f64;
        let right = self.scored.iter().filter(|(score, label)| (*score > 0.0) == *label).count() as f64;
        let (auc, pr) = areas(&self.scored);
        format!(
            "{{\"lib\":\"{lib}\",\"fold\":\"{fold}\",\"apart\":{apart},\"train\":{},\"test\":{},\"f1\":{:.5},\"f1_mean\":{mean:.5},\
             \"accuracy\":{:.5},\"log_loss\":{:.5},\"auc\":{auc:.5},\"pr_auc\":{pr:.5},\"train_s\":{:.3},\
             \"train_cpu_s\":{:.2},\"predict_cpu_s\":{:.3},\"encode_us_kb\":{:.0},\"bytes\":{}}}",
            self.rows.0,
            self.rows.1,
            f1(&self.scored),
            right / many,
            self.scored.iter().map(loss).sum::<f64>() / many,
            self.train,
            self.train_cpu,
            self.predict_cpu,
            self.apply_cpu * 1e6 / self.kilobytes,
            self.bytes,
        )
    }
}

/// F1 of label 1 where log-odds are above 0.
fn f1(scored: &[(f64, bool)]) -> f64 {
    let both = scored.iter().filter(|(score, label)| *score > 0.0 && *label).count() as f64;
    let either = scored.iter().map(|(score, label)| f64::from(u8::from(*score > 0.0) + u8::from(*label)));
    2.0 * both / either.sum::<f64>()
}

/// The area under the ROC curve, ties half; and average precision, ties at one threshold.
fn areas(scored: &[(f64, bool)]) -> (f64, f64) {
    let mut order = scored.to_vec();
    order.sort_by(|one, other| other.0.total_cmp(&one.0));
    let all = order.iter().filter(|(_, label)| *label).count() as f64;
    let none = order.len() as f64 - all;
    let (mut hits, mut misses, mut area, mut precision) = (0.0, 0.0, 0.0, 0.0);
    for tied in order.chunk_by(|one, other| one.0 == other.0) {
        let right = tied.iter().filter(|(_, label)| *label).count() as f64;
        let wrong = tied.len() as f64 - right;
        area += wrong * (hits + right / 2.0);
        (hits, misses) = (hits + right, misses + wrong);
        precision += right * hits / (hits + misses);
    }
    (area / (all * none), precision / all)
}

/// User and system seconds of this process; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
