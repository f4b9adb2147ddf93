//! Interviewees of known skill: what they know, and what they answer.

use std::collections::BTreeMap;
use std::path::Path;

use rankine::interview::{Best, Desk, Experiment, Fact, Interview, Phase, Question, Room, expected, reached};
use rankine::measure::latency;
use rankine::select::{Load, Measured};
use rankine::{Bundle, Error, Silent};
use rankine_learn::verdict::Status;
use rankine_learn::{hash, hash_text};

/// Who is interviewed, from the one who knows least to the one who knows all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Answers by lot.
    Random,
    /// Says what everybody says: phrases, the questions and round figures of every list, the baseline first, the
    /// longest option.
    Stuffer,
    /// Says what was best in the same case on another seed.
    Memoriser,
    /// Asks, computes, runs the case at home with what it was told, reads the results, and believes them as far as
    /// they go.
    Careful,
    /// Knows what the world holds.
    Oracle,
}

impl Kind {
    /// All, in the order in which they should score.
    pub(crate) const ALL: [Kind; 5] =
        [Kind::Random, Kind::Stuffer, Kind::Memoriser, Kind::Careful, Kind::Oracle];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Random => "random",
            Kind::Stuffer => "phrase-stuffer",
            Kind::Memoriser => "memoriser",
            Kind::Careful => "careful reader",
            Kind::Oracle => "oracle",
        }
    }
}

/// Lines by the question that they answer, as somebody notes them for the next interview.
pub(crate) type Notes = BTreeMap<String, Vec<String>>;

/// An interviewee.
pub(crate) struct Bot<'a> {
    pub(crate) kind: Kind,
    pub(crate) seed: u64,
    /// What was best on another seed.
    pub(crate) notes: Option<&'a Notes>,
    /// A room of another seed in which it runs the case at home.
    pub(crate) home: &'a Room,
    /// What it has said.
    pub(crate) said: Notes,
    step: u64,
}

/// What every list of interview questions says to ask.
const ROTE: &[&str] = &[
    "how many users do we have",
    "what is the latency requirement",
    "how much data is there",
    "is there a cold start problem",
];

/// Phrases that say nothing.
const PHRASES: &[&str] = &[
    "we would use a scalable cloud-native microservice architecture with Kubernetes and Kafka",
    "state of the art transformers with attention and a two-tower embedding model",
    "it depends, I would leverage big data and A/B test everything",
    "a feature store, a data lake, and an MLOps pipeline with continuous training",
    "deep reinforcement learning with exploration and exploitation",
];

impl<'a> Bot<'a> {
    /// Somebody of this kind.
    pub(crate) fn new(kind: Kind, seed: u64, notes: Option<&'a Notes>, home: &'a Room) -> Bot<'a> {
        Bot { kind, seed, notes, home, said: Notes::new(), step: 0 }
    }

    /// Goes through the interview to its end.
    ///
    /// # Errors
    /// What stops an execution.
    pub(crate) fn attend(&mut self, interview: &mut Interview, desk: &Desk<'_>) -> Result<f64, Error> {
        while let Some(question) = interview.question() {
            self.step += 1;
            let line = self.line(interview, &question, desk)?;
            // Notes hold words, not numbers: options come in another order on another seed.
            let words = in_words(&line, &question);
            self.said.entry(question.ask.clone()).or_default().push(words);
            interview.say(&line, 0.0, desk)?;
            assert!(self.step < 200, "{:?} does not come to an end: {question:?}", self.kind);
        }
        Ok(interview.score().map_or(0.0, |score| score.total))
    }

    fn draw(&self, purpose: &str, many: usize) -> usize {
        (hash(self.seed, &[self.step, hash_text(0, purpose)]) % many.max(1) as u64) as usize
    }

    fn line(&mut self, interview: &Interview, question: &Question, desk: &Desk<'_>) -> Result<String, Error> {
        Ok(match self.kind {
            Kind::Random => self.by_lot(question),
            Kind::Stuffer => self.phrase(question),
            Kind::Memoriser => self.remembered(question),
            Kind::Careful => self.careful(interview, question, desk)?,
            Kind::Oracle => self.knowing(interview, question, desk)?,
        })
    }

    fn by_lot(&mut self, question: &Question) -> String {
        let options = question.options.len();
        match question.phase.as_str() {
            "clarify" if self.step > 5 => "next".to_owned(),
            "clarify" => {
                ["how many users", "what is the weather", "how fast", "which colour", "how much data"]
                    [self.draw("ask", 5)]
                .to_owned()
            }
            "size" => format!("1e{}", 3 + self.draw("size", 12)),
            "features" => {
                let chosen: Vec<String> = (0..question.most)
                    .map(|at| (1 + (hash(self.seed, &[at as u64]) % options as u64)).to_string())
                    .collect();
                chosen.join(", ")
            }
            "model" if options == 0 => {
                format!("tie {}, gap {}%", self.draw("tie", 100), self.draw("gap", 50))
            }
            "model" if question.most == 1 || self.draw("pick", 3) == 0 => {
                format!("pick {}", 1 + self.draw("which", options))
            }
            "model" => {
                let first = self.draw("first", options);
                let second = (first + 1 + self.draw("second", options - 1)) % options;
                format!("{}, {}", first + 1, second + 1)
            }
            "serve" if question.example.contains("ms") => format!("{} ms", 1 + self.draw("ms", 300)),
            "serve" => format!("{} MB", 1 + self.draw("mb", 4000)),
            _ => (1 + self.draw("option", options)).to_string(),
        }
    }

    /// Says phrases; where they are not taken, what is always said.
    fn phrase(&mut self, question: &Question) -> String {
        let tried = self.said.get(&question.ask).map_or(0, Vec::len);
        let phrase = PHRASES[(self.step as usize) % PHRASES.len()].to_owned();
        match question.phase.as_str() {
            "clarify" => ROTE.get(tried).map_or_else(|| "next".to_owned(), |ask| (*ask).to_owned()),
            "size" if tried >= 1 => "100 million".to_owned(),
            "model" if question.options.is_empty() && tried >= 1 => "1 95, gap 40%".to_owned(),
            "model" if question.options.is_empty() => phrase,
            "model" if tried == 1 && question.most > 1 => {
                let baseline = question.options.iter().position(|option| option.ends_with("the baseline"));
                format!("{}, {}", baseline.map_or(1, |at| at + 1), question.options.len())
            }
            "model" if tried >= 2 => format!("pick {}", question.options.len()),
            "serve" if tried >= 1 && question.example.contains("ms") => "100 ms".to_owned(),
            "serve" if tried >= 1 => "1 GB".to_owned(),
            // The longest sounds best.
            _ if tried >= 1 && question.phase != "features" => {
                let longest = (0..question.options.len()).max_by_key(|&at| question.options[at].len());
                longest.map_or_else(|| "next".to_owned(), |at| (at + 1).to_string())
            }
            "features" if tried >= 1 => {
                let all: Vec<String> = (1..=question.most).map(|at| at.to_string()).collect();
                all.join(", ")
            }
            _ => phrase,
        }
    }

    /// Says what was said on another seed to the same question.
    fn remembered(&mut self, question: &Question) -> String {
        let tried = self.said.get(&question.ask).map_or(0, Vec::len);
        let noted = self.notes.and_then(|notes| {
            let same = notes.get(&question.ask);
            // Another curveball: what was done to the last one.
            let alike = || {
                notes
                    .iter()
                    .find(|(ask, _)| question.phase == "model" && ask.get(..12) == question.ask.get(..12))
            };
            same.or_else(|| alike().map(|(_, lines)| lines))?.get(tried).cloned()
        });
        noted.unwrap_or_else(|| match question.options.len() {
            0 => "next".to_owned(),
            _ if tried > 1 => "next".to_owned(),
            many => (1 + self.draw("option", many)).to_string(),
        })
    }

    /// What somebody answers who asks, computes and measures, and knows the trade but not this world.
    fn careful(
        &mut self,
        interview: &Interview,
        question: &Question,
        desk: &Desk<'_>,
    ) -> Result<String, Error> {
        let room = &interview.room;
        let plan = &room.brief.plan;
        let tried = self.said.get(&question.ask).map_or(0, Vec::len);
        Ok(match interview.phase() {
            Phase::Clarify => {
                let hides = |fact: &&Fact| fact.world.is_some() || fact.scale.is_some();
                plan.facts
                    .iter()
                    .filter(hides)
                    .nth(tried)
                    .map_or_else(|| "next".to_owned(), |fact| fact.asks[0].clone())
            }
            Phase::Size => {
                computed(room, question).map_or_else(|| "next".to_owned(), |value| format!("{value}"))
            }
            Phase::Frame | Phase::Curveball => self.read(interview, question),
            Phase::Features => honest(interview, question),
            Phase::Model => self.measuring(interview, question, desk)?,
            Phase::Serve => self.usual(interview, question, desk)?,
            Phase::Close => "predict".to_owned(),
            Phase::Over => String::new(),
        })
    }

    /// The option that the trade would choose: what fits, what is near the goal, the metric that decides, and
    /// to learn again where the world has changed.
    fn read(&self, interview: &Interview, question: &Question) -> String {
        let room = &interview.room;
        let plan = &room.brief.plan;
        let at = |wanted: &str| {
            question.options.iter().position(|option| option == wanted).map(|at| (at + 1).to_string())
        };
        if interview.phase() == Phase::Curveball {
            let retrain = room
                .curveball()
                .and_then(|at| plan.curveballs[at].responses.iter().find(|response| response.retrain));
            return retrain.and_then(|response| at(&response.say)).unwrap_or_else(|| "1".to_owned());
        }
        let frame = plan.frames.iter().find(|frame| frame.ask == question.ask);
        let option = frame.and_then(|frame| frame.options.iter().find(|option| expected(room, option)));
        option.and_then(|option| at(&option.say)).unwrap_or_else(|| "1".to_owned())
    }

    /// Compares with the baseline, then the two best; takes the best by the figures.
    fn measuring(
        &mut self,
        interview: &Interview,
        question: &Question,
        desk: &Desk<'_>,
    ) -> Result<String, Error> {
        let names = interview.room.brief.contenders();
        let runs = interview.experiments();
        if question.options.is_empty() {
            let names = runs.last().map(|(names, _)| names.clone()).unwrap_or_default();
            return self.expecting(interview, &names, desk);
        }
        let baseline = interview.room.brief.baseline();
        Ok(match runs.len() {
            0 => {
                format!("{baseline}, {}", interview.room.brief.plan.room.scorer)
            }
            1 => {
                let rest: Vec<&str> = names.iter().copied().filter(|name| *name != baseline).collect();
                rest.join(", ")
            }
            _ => {
                // Who leads without having won gives no reason to leave what won before.
                let best = runs.iter().rev().find_map(|(_, won)| won.clone());
                format!("pick {}", best.unwrap_or_else(|| baseline.to_owned()))
            }
        })
    }

    /// What comes of these at home, where the case has what it was told of this one, with the doubt whether it is so
    /// here.
    fn expecting(&self, interview: &Interview, names: &[String], desk: &Desk<'_>) -> Result<String, Error> {
        let told = Experiment { world: interview.room.world(), ordinary: true, ..interview.chosen(names) };
        let executed = self.home.execute(&told, desk.progress)?;
        let verdict = &executed.selection.verdict;
        let value = |name: &Option<String>| reached(&executed.selection, name.as_ref()?, self.home.metric());
        let (first, second) = (value(&verdict.leader), value(&verdict.runner_up));
        let gap = first.zip(second).map_or(0.0, |(first, second)| (first - second).abs() / second.abs());
        let odds = match (&verdict.leader, verdict.status) {
            (Some(leader), Status::Winner) if names.contains(leader) => format!("{leader} 80, tie 12"),
            (Some(leader), _) if names.contains(leader) => format!("{leader} 25, tie 65"),
            _ => "tie 60".to_owned(),
        };
        Ok(format!("{odds}, gap {:.1}%", gap * 100.0))
    }

    /// A few times what its pick takes at home, and no more than is allowed.
    fn usual(&self, interview: &Interview, question: &Question, desk: &Desk<'_>) -> Result<String, Error> {
        let room = self.home;
        let of_all = room.execute(&room.reference(), desk.progress)?;
        let pick = interview.picked().unwrap_or_else(|| room.brief.baseline());
        let measured = room.measured(&of_all, pick, desk.measure)?;
        let have = [3.0 * measured.latency_ms.p99, 2.0 * measured.memory_bytes as f64];
        let most = interview.allowed([0.0; 2]).map(|most| most.unwrap_or(f64::INFINITY));
        let [ms, bytes] = [0, 1].map(|at| have[at].min(most[at]));
        Ok(if question.example.contains("ms") { format!("{ms:.3} ms") } else { format!("{bytes:.0} B") })
    }

    /// What the oracle answers.
    fn knowing(
        &mut self,
        interview: &Interview,
        question: &Question,
        desk: &Desk<'_>,
    ) -> Result<String, Error> {
        let room = &interview.room;
        let plan = &room.brief.plan;
        let tried = self.said.get(&question.ask).map_or(0, Vec::len);
        let number =
            |say: &str| question.options.iter().position(|option| option == say).map_or(1, |at| at + 1);
        Ok(match interview.phase() {
            Phase::Clarify => {
                let best = Best::of(interview, desk)?;
                let mut worth: Vec<usize> =
                    (0..plan.facts.len()).filter(|at| best.facts[*at] > 0.0).collect();
                worth.sort_by(|left, right| {
                    best.facts[*right].total_cmp(&best.facts[*left]).then(left.cmp(right))
                });
                worth.get(tried).map_or_else(|| "next".to_owned(), |&at| plan.facts[at].asks[0].clone())
            }
            Phase::Size => {
                computed(room, question).map_or_else(|| "next".to_owned(), |value| format!("{value}"))
            }
            Phase::Frame => {
                let best = Best::of(interview, desk)?;
                let at = plan.frames.iter().position(|frame| frame.ask == question.ask).unwrap_or_default();
                let option = best.frame(at).map(|option| plan.frames[at].options[option].say.clone());
                number(&option.unwrap_or_default()).to_string()
            }
            Phase::Features => {
                let best = Best::of(interview, desk)?;
                let chosen: Vec<String> = best
                    .features
                    .iter()
                    .map(|&at| number(&plan.features.options[at].say).to_string())
                    .collect();
                chosen.join(", ")
            }
            Phase::Model => {
                let runs = interview.experiments();
                let pick =
                    Best::of(interview, desk)?.pick.unwrap_or_else(|| room.brief.baseline().to_owned());
                if question.options.is_empty() {
                    let names = runs.last().map(|(names, _)| names.clone()).unwrap_or_default();
                    let (winner, gap) = interview.foreseen(&names, desk)?;
                    let odds: Vec<String> = names
                        .iter()
                        .map(String::as_str)
                        .chain(["tie"])
                        .map(|name| {
                            format!(
                                "{name} {}",
                                if winner.as_deref().unwrap_or("tie") == name { 100 } else { 0 }
                            )
                        })
                        .collect();
                    return Ok(format!("{}, gap {:.6}", odds.join(", "), gap.abs().min(0.999_999)));
                }
                let baseline = room.brief.baseline();
                let scorer = plan.room.scorer.as_str();
                let rival = if pick == baseline { scorer } else { pick.as_str() };
                // The one that is hardest to tell from it.
                let reference = room.execute(&room.reference(), desk.progress)?;
                let value =
                    |name: &str| reached(&reference.selection, name, room.metric()).unwrap_or(f64::INFINITY);
                let far = |name: &&str| (value(name) - value(rival)).abs();
                let others = room.brief.contenders().into_iter();
                let others = others.filter(|name| *name != baseline && *name != rival);
                let third = others.min_by(|left, right| far(left).total_cmp(&far(right)));
                match (runs.len(), third) {
                    (0, _) => format!("{baseline}, {rival}"),
                    (1, Some(third)) => format!("{rival}, {third}"),
                    _ => format!("pick {pick}"),
                }
            }
            Phase::Serve => {
                let [ms, bytes] = interview.measured(desk)?;
                let [most_ms, most_bytes] =
                    interview.allowed([ms, bytes]).map(|most| most.unwrap_or(f64::INFINITY));
                if question.example.contains("ms") {
                    format!("{:.3} ms", (ms * 2.0).min(most_ms))
                } else {
                    format!("{:.0} B", (bytes * 1.5).min(most_bytes))
                }
            }
            Phase::Curveball => {
                let at = Best::response(interview, desk)?.unwrap_or_default();
                let say = room.curveball().map(|thrown| plan.curveballs[thrown].responses[at].say.clone());
                number(&say.unwrap_or_default()).to_string()
            }
            Phase::Close => "1".to_owned(),
            Phase::Over => String::new(),
        })
    }
}

/// The answer to the sum that is asked.
fn computed(room: &Room, question: &Question) -> Option<f64> {
    let asked = room.brief.plan.sizes.iter().find(|size| size.ask == question.ask)?;
    Some(room.computed(asked))
}

/// The features that are no bait, the first of them as long as there are slots.
fn honest(interview: &Interview, question: &Question) -> String {
    let options = &interview.room.brief.plan.features.options;
    let mut numbers = Vec::new();
    for option in options.iter().filter(|option| option.leak.is_none() && !option.features.is_empty()) {
        let place = question.options.iter().position(|say| *say == option.say);
        numbers.extend(place.map(|at| (at + 1).to_string()));
    }
    numbers.truncate(question.most);
    numbers.join(", ")
}

/// A line with the words of the options in place of their numbers.
fn in_words(line: &str, question: &Question) -> String {
    if question.options.is_empty() || question.phase == "model" {
        return line.to_owned();
    }
    let word = |part: &str| {
        let at = part.trim().parse::<usize>().ok().filter(|at| (1..=question.options.len()).contains(at));
        at.map_or_else(|| part.trim().to_owned(), |at| question.options[at - 1].replace(',', ""))
    };
    line.split(',').map(word).collect::<Vec<_>>().join(", ")
}

/// Latency in this process, and as memory the size of what it holds: the bots need no process of their own.
pub(crate) fn measured_here(bundle: &Path, load: &Load) -> Result<Measured, Error> {
    let opened = Bundle::read(bundle)?;
    let files = std::fs::read_dir(bundle).map_err(|error| Error::file(bundle, error))?;
    let bytes = files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum();
    Ok(Measured {
        latency_ms: latency(&opened, load),
        memory_bytes: bytes,
        train_seconds: 0.0,
        requests: load.requests,
        per_second: load.per_second,
        pictures_per_second: None,
        parts_ms: Vec::new(),
    })
}

/// What the bots need to execute.
pub(crate) fn desk() -> Desk<'static> {
    Desk { measure: &measured_here, progress: &Silent }
}
