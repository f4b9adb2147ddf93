//! Lets interviewees of known skill be interviewed, and prints how they score: `--seeds N [CASE ...]`.

#![allow(clippy::print_stdout)]

mod bots;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bots::{Bot, Kind, Notes, desk};
use rankine::interview::{Brief, Interview, Level, Pace, Room};
use rankine_design::Source;
use rankine_learn::verdict::{Estimate, estimate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut seeds = 20;
    let mut cases = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seeds" => seeds = arguments.next().ok_or("how many seeds?")?.parse()?,
            case => cases.push(case.to_owned()),
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases");
    if cases.is_empty() {
        for entry in std::fs::read_dir(&root)? {
            let entry = entry?;
            if entry.path().join("interview.toml").is_file() {
                cases.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        cases.sort();
    }
    println!("| case | seeds | bot | mean | standard deviation | least | most |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut compared = Vec::new();
    for case in &cases {
        let brief = Arc::new(brief(&root.join(case), case)?);
        let begun = Instant::now();
        let scores = interviews(&brief, seeds)?;
        for (kind, own) in Kind::ALL.iter().zip(&scores) {
            let many = own.len() as f64;
            let mean = own.iter().sum::<f64>() / many;
            let spread =
                (own.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (many - 1.0).max(1.0)).sqrt();
            let (least, most) = own
                .iter()
                .fold((f64::INFINITY, 0.0f64), |(least, most), score| (least.min(*score), most.max(*score)));
            let name = kind.name();
            println!("| {case} | {seeds} | {name} | {mean:.1} | {spread:.1} | {least:.0} | {most:.0} |");
        }
        let [random, stuffer, memoriser, careful, oracle] = [0, 1, 2, 3, 4].map(|kind| &scores[kind]);
        let won = careful.iter().zip(memoriser).filter(|(careful, memoriser)| careful > memoriser).count();
        compared.push(format!(
            "| {case} | {} | {won} of {seeds} | {} | {} | {} |",
            over(careful, memoriser),
            over(oracle, careful),
            over(memoriser, random),
            over(stuffer, random)
        ));
        eprintln!("{case}: {:.0} s", begun.elapsed().as_secs_f64());
    }
    println!(
        "\n| case | careful reader over memoriser | on so many seeds | oracle over careful reader | memoriser over \
         random | phrases over random |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    compared.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// How much more one kind scores than another, paired by seed, with the 95% interval.
fn over(more: &[f64], less: &[f64]) -> String {
    let differences: Vec<f64> = more.iter().zip(less).map(|(more, less)| more - less).collect();
    let seeds: Vec<u32> = (0..differences.len() as u32).collect();
    let Estimate { value, low, high } = estimate(&differences, &seeds, 0.95);
    format!("{value:.1} ({low:.1} to {high:.1})")
}

/// The scores of every kind on every seed.
fn interviews(brief: &Arc<Brief>, seeds: u64) -> Result<Vec<Vec<f64>>, Box<dyn std::error::Error>> {
    let mut scores = vec![Vec::new(); Kind::ALL.len()];
    // What is run at home is of a seed that nobody is interviewed on.
    let own = std::env::temp_dir().join(format!("rankine-bots-{}-{}-home", std::process::id(), brief.case));
    let home = Room::new(brief.clone(), u64::MAX >> 12, &own);
    // The memoriser's notes are those of the seed before.
    let mut notes: Option<Notes> = None;
    for seed in 0..=seeds {
        let place =
            std::env::temp_dir().join(format!("rankine-bots-{}-{}-{seed}", std::process::id(), brief.case));
        let room = Arc::new(Room::new(brief.clone(), seed, &place));
        let mut noted = None;
        for kind in Kind::ALL.into_iter().rev() {
            // Seed 0 is there for its notes.
            if seed == 0 && kind != Kind::Oracle {
                continue;
            }
            let mut interview = Interview::open(room.clone(), Level::Senior, Pace::Acts);
            let mut bot = Bot::new(kind, seed, notes.as_ref(), &home);
            let score = bot.attend(&mut interview, &desk())?;
            if std::env::var_os("SHOW").is_some() {
                eprintln!("{seed} {}: {score:.1}", kind.name());
                for part in interview.score().into_iter().flat_map(|score| &score.parts) {
                    eprintln!(
                        "    {:10} {:5.1} of {:.0}  {}",
                        part.name,
                        part.points,
                        part.of,
                        part.evidence.join("; ")
                    );
                }
            }
            if kind == Kind::Oracle {
                noted = Some(bot.said.clone());
            }
            if seed > 0 {
                scores[kind as usize].push(score);
            }
        }
        notes = noted;
        std::fs::remove_dir_all(&place)?;
    }
    std::fs::remove_dir_all(&own)?;
    Ok(scores)
}

fn brief(folder: &Path, case: &str) -> Result<Brief, Box<dyn std::error::Error>> {
    let source = |name: &str| -> std::io::Result<Source> {
        Ok(Source::new(format!("{case}/{name}"), std::fs::read_to_string(folder.join(name))?))
    };
    Ok(Brief::read(case, &source("design.toml")?, &source("world.toml")?, &source("interview.toml")?)?)
}
