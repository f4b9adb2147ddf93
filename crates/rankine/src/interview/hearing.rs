//! What was typed: choices among options, questions in free words.

use std::collections::BTreeMap;

use strsim::damerau_levenshtein;

/// The longest line that is listened to, in bytes; of a longer one the beginning is.
pub(super) const LONGEST: usize = 2000;

/// A line as the one word that it may be.
pub(super) fn bare(line: &str) -> String {
    line.trim().trim_end_matches(['.', '!']).to_lowercase()
}

/// What a question was taken for.
#[derive(Debug, Clone, PartialEq)]
pub enum Understood {
    /// One thing, by its place.
    One(usize),
    /// Nothing surely: the nearest, the most likely first.
    Nearest(Vec<usize>),
}

/// A vocabulary of things that can be asked, each with phrasings.
pub struct Vocabulary {
    /// By thing: the words of each phrasing with their weights, of length 1.
    phrasings: Vec<Vec<Words>>,
    /// How rare each word is among the things.
    rarity: BTreeMap<String, f64>,
}

type Words = BTreeMap<String, f64>;

/// When a match may be taken without asking back.
struct Enough {
    /// It is at least this good.
    sure: f64,
    /// It is better than the second by this.
    lead: f64,
    /// The weight in a phrasing from which on a word may be all that is shared with it.
    alone: f64,
}

const OF_THINGS: Enough = Enough { sure: 0.42, lead: 0.04, alone: MOST_OF_IT };
/// Among a few options that all are at hand less is enough, with a larger lead.
const OF_OPTIONS: Enough = Enough { sure: 0.25, lead: 0.1, alone: MOST_OF_IT };
/// Other words are two or three, of which one is soon shared by chance.
const OF_OTHER_WORDS: Enough = Enough { sure: 0.6, lead: 0.15, alone: 0.85 };
/// The weight from which on one word is most of what was said.
const MOST_OF_IT: f64 = 0.6;
/// Where the best match is below this, none is offered.
const FAINT: f64 = 0.12;
/// How many are offered.
const OFFERED: usize = 3;

impl Vocabulary {
    /// A vocabulary of things, each with its phrasings: cosine of words weighted by rarity (Salton and Buckley
    /// 1988), words taken by their stem, spelling mistakes forgiven.
    pub fn new<'a>(things: impl Iterator<Item = Vec<&'a str>>) -> Vocabulary {
        let stems: Vec<Vec<Vec<String>>> =
            things.map(|phrasings| phrasings.iter().map(|text| stems(text)).collect()).collect();
        let mut found: BTreeMap<String, f64> = BTreeMap::new();
        for thing in &stems {
            let mut own: Vec<&String> = thing.iter().flatten().collect();
            own.sort();
            own.dedup();
            own.into_iter().for_each(|word| *found.entry(word.clone()).or_default() += 1.0);
        }
        let many = stems.len() as f64;
        let rarity: BTreeMap<String, f64> =
            found.into_iter().map(|(word, count)| (word, (1.0 + many / count).ln())).collect();
        let weigh = |words: &Vec<String>| weighed(words.iter().map(|word| (word.clone(), 1.0)), &rarity);
        let phrasings = stems.iter().map(|thing| thing.iter().map(weigh).collect()).collect();
        Vocabulary { phrasings, rarity }
    }

    /// What a question asks for.
    pub fn understand(&self, text: &str) -> Understood {
        self.heard(text, &OF_THINGS)
    }

    /// The same, where so much is enough.
    fn heard(&self, text: &str, enough: &Enough) -> Understood {
        let asked = stems(text).into_iter().filter_map(|word| self.known(word));
        let asked = weighed(asked, &self.rarity);
        let mut scores: Vec<(f64, usize)> = self
            .phrasings
            .iter()
            .enumerate()
            .map(|(at, thing)| {
                let mut each: Vec<f64> = thing.iter().map(|words| cosine(&asked, words)).collect();
                each.sort_by(|left, right| right.total_cmp(left));
                let second = each.get(1).copied().unwrap_or_default();
                (each.first().copied().unwrap_or_default() + 0.15 * second, at)
            })
            .collect();
        scores.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
        match scores.as_slice() {
            [(best, one), rest @ ..] if *best >= enough.sure && self.says_enough(&asked, *one, enough) => {
                let second = rest.first().map_or(0.0, |(score, _)| *score);
                if best - second >= enough.lead {
                    return Understood::One(*one);
                }
            }
            _ => {}
        }
        let best = scores.first().map_or(0.0, |(score, _)| *score);
        let near = scores.iter().take(OFFERED).filter(|(score, _)| best >= FAINT && *score > 0.0);
        Understood::Nearest(near.map(|(_, at)| *at).collect())
    }

    /// Whether more than a word is shared with a phrasing, or the word is most of both: who asks for users on the
    /// platform does not ask for what users report, and who asks for a feature store not for fields.
    fn says_enough(&self, asked: &Words, thing: usize, enough: &Enough) -> bool {
        self.phrasings[thing].iter().any(|words| {
            let shared = words.iter().filter_map(|(word, weight)| Some((weight, asked.get(word)?)));
            let most =
                |one: (f64, f64), (weight, asked): (&f64, &f64)| (one.0.max(*weight), one.1.max(*asked));
            let count = shared.clone().count();
            let (of_it, of_the_question) = shared.fold((0.0, 0.0), most);
            count > 1 || of_it >= enough.alone && of_the_question >= MOST_OF_IT
        })
    }

    /// A word as the vocabulary knows it, and how surely it is meant; one that it does not know at all says
    /// nothing for any thing, but makes the question less like each.
    fn known(&self, word: String) -> Option<(String, f64)> {
        if self.rarity.contains_key(&word) {
            return Some((word, 1.0));
        }
        let length = word.chars().count();
        if (5..=24).contains(&length) {
            let near = self
                .rarity
                .keys()
                .filter(|known| known.chars().count().abs_diff(length) <= 1 && known.len() > 3)
                .find(|known| damerau_levenshtein(known, &word) == 1);
            if let Some(near) = near {
                return Some((near.clone(), 0.8));
            }
        }
        Some((word, 0.4))
    }
}

fn weighed(words: impl Iterator<Item = (String, f64)>, rarity: &BTreeMap<String, f64>) -> Words {
    let unknown = rarity.values().copied().fold(1.0, f64::max);
    let mut weights = Words::new();
    for (word, sure) in words {
        let rare = rarity.get(&word).copied().unwrap_or(unknown);
        let weight = weights.entry(word).or_default();
        *weight = f64::max(*weight, sure * rare);
    }
    let length = weights.values().map(|weight| weight * weight).sum::<f64>().sqrt();
    weights.values_mut().for_each(|weight| *weight /= length.max(1e-9));
    weights
}

fn cosine(left: &Words, right: &Words) -> f64 {
    left.iter().filter_map(|(word, weight)| Some(weight * right.get(word)?)).sum()
}

/// Words that say nothing about what is asked.
const EMPTY: &[&str] = &[
    "a",
    "about",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "ask",
    "at",
    "be",
    "been",
    "but",
    "by",
    "can",
    "could",
    "do",
    "does",
    "did",
    "each",
    "exact",
    "expect",
    "for",
    "from",
    "get",
    "give",
    "go",
    "got",
    "had",
    "has",
    "have",
    "here",
    "how",
    "i",
    "if",
    "in",
    "is",
    "it",
    "its",
    "just",
    "know",
    "let",
    "like",
    "look",
    "many",
    "may",
    "me",
    "much",
    "must",
    "my",
    "need",
    "of",
    "on",
    "one",
    "or",
    "our",
    "per",
    "please",
    "question",
    "say",
    "shall",
    "should",
    "so",
    "some",
    "such",
    "tell",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "this",
    "to",
    "us",
    "want",
    "was",
    "we",
    "what",
    "whats",
    "when",
    "where",
    "which",
    "will",
    "with",
    "would",
    "you",
    "your",
    "first",
    "typical",
    "rough",
    "approximate",
    "currently",
    "currentl",
    "now",
    "too",
    "re",
    "ll",
    "ve",
    "don",
    "doesn",
    "really",
    "actually",
    "maybe",
    "etc",
];

/// Words of the trade that mean the same, by their stems.
const SAME: &[(&str, &[&str])] = &[
    ("request", &["tps", "throughput", "traffic", "load"]),
    ("user", &["person", "audienc", "visitor", "memb", "custom", "subscrib"]),
    ("latenc", &["fast", "speed", "quick", "sla", "slo", "millisecond", "ms", "p99", "respond", "respons"]),
    ("new", &["fresh", "freshnes", "born", "publish", "add", "cold", "recent", "launch", "creat"]),
    ("goal", &["objectiv", "purpos", "aim", "optimis", "optimiz", "busines", "succes", "kpi"]),
    ("feedback", &["signal", "explicit", "implicit"]),
    ("log", &["data", "dataset", "histor", "record", "event"]),
    ("label", &["labell", "annotat", "annotator", "annotation", "ground", "truth", "target"]),
    ("item", &["catalogu", "catalog", "inventor", "corpus"]),
    ("peak", &["maximum", "max", "busiest", "rush", "spik"]),
    ("memor", &["ram", "gib", "gb"]),
    ("server", &["serv", "machin", "host", "fleet", "nod", "hardwar"]),
    ("spars", &["densit", "dens", "sparsit", "interaction"]),
    ("position", &["slot", "rank", "top", "plac"]),
    ("bias", &["skew"]),
    ("mone", &["revenu", "cost", "profit"]),
    ("day", &["daily", "dai"]),
    ("unbalanc", &["imbalanc", "imbalance"]),
    ("run", &["runn"]),
    ("explor", &["exploration"]),
    ("pictur", &["imag", "photo"]),
    ("production", &["prod"]),
];

/// Short forms, and what they stand for.
const SHORT: &[(&str, &str)] = &[
    ("dau", "daily active users"),
    ("mau", "active users"),
    ("ctr", "click through rate"),
    ("qps", "requests second"),
    ("rps", "requests second"),
    ("sla", "latency"),
    ("slo", "latency"),
];

/// The stems of the words that say something, in order.
fn stems(text: &str) -> Vec<String> {
    let text: String = text.chars().take(LONGEST).collect::<String>().to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.chars().count() > 1);
    let words = words.flat_map(|word| {
        let long = SHORT.iter().find(|(short, _)| *short == word).map(|(_, long)| *long);
        long.unwrap_or(word).split(' ')
    });
    let stems = words.filter(|word| !EMPTY.contains(word)).map(stem);
    let meant = |word: String| match SAME.iter().find(|(_, others)| others.contains(&word.as_str())) {
        Some((same, _)) => (*same).to_owned(),
        None => word,
    };
    stems.map(meant).collect()
}

/// A word without the endings that do not change what it is about.
fn stem(word: &str) -> String {
    let mut word = word.to_owned();
    for ending in ["ings", "ing", "edly", "ed", "ies", "es", "ly", "er", "s", "y", "e"] {
        if word.len() >= ending.len() + 3 && word.ends_with(ending) && word.is_ascii() {
            word.truncate(word.len() - ending.len());
            break;
        }
    }
    word
}

/// Something that is offered to be chosen.
pub trait Offered {
    /// Its wording.
    fn say(&self) -> &str;

    /// Other words by which it is understood.
    fn heard(&self) -> &[String] {
        &[]
    }
}

impl Offered for str {
    fn say(&self) -> &str {
        self
    }
}

impl<T: Offered + ?Sized> Offered for &T {
    fn say(&self) -> &str {
        (**self).say()
    }

    fn heard(&self) -> &[String] {
        (**self).heard()
    }
}

/// Which of the options is meant: by its number (from 1), its name, the words of it, or other words.
pub fn choice<O: Offered>(text: &str, options: &[O]) -> Option<usize> {
    let text = text.trim().trim_end_matches(['.', ')']).trim();
    if let Ok(number) = text.parse::<usize>() {
        return (1..=options.len()).contains(&number).then(|| number - 1);
    }
    let says: Vec<&str> = options.iter().map(O::say).collect();
    let denied = holds(text, DENIALS);
    let nearest_wording = || nearest(text, says.iter().map(|say| vec![*say]), &OF_OPTIONS);
    let nearest_of_all = || nearest(text, options.iter().map(phrasings), &OF_OTHER_WORDS);
    other_words(text, options)
        .or_else(|| wording(text, &says))
        .or_else(|| nearest_wording().filter(|_| !denied))
        .or_else(|| nearest_of_all().filter(|_| !denied && !holds(text, DOUBTS)))
}

fn phrasings<O: Offered>(option: &O) -> Vec<&str> {
    [option.say()].into_iter().chain(option.heard().iter().map(String::as_str)).collect()
}

/// Words that deny; `don` is what is left of `don't`.
const DENIALS: &[&str] = &["not", "don", "dont", "never"];
/// Words that may deny what stands beside them.
const DOUBTS: &[&str] = &["no", "without", "instead"];

/// Whether one of these words stands there: "do not retrain" names what is not meant.
fn holds(text: &str, words: &[&str]) -> bool {
    let lower = text.to_lowercase();
    lower.split(|letter: char| !letter.is_alphanumeric()).any(|word| words.contains(&word))
}

/// The option of which these are other words, whole.
fn other_words<O: Offered>(text: &str, options: &[O]) -> Option<usize> {
    let said = bare(text);
    options.iter().position(|option| option.heard().iter().any(|words| bare(words) == said))
}

/// The option whose wording has these words, whole, first, or as a name within it.
fn wording(text: &str, options: &[&str]) -> Option<usize> {
    let lower = text.to_lowercase();
    let same = options.iter().position(|option| option.to_lowercase() == lower);
    // The one option that is so, where no other is and enough was typed.
    let alone = |is_so: &dyn Fn(&str) -> bool| {
        let mut found = options.iter().enumerate().filter(|(_, option)| is_so(&option.to_lowercase()));
        found.next().filter(|_| found.next().is_none() && lower.len() >= 3).map(|(at, _)| at)
    };
    // Its short name, which stands in brackets behind it: `auc` beside `grouped-auc`.
    let short = || options.iter().position(|option| option.to_lowercase().ends_with(&format!("({lower})")));
    let begins = || alone(&|option| option.starts_with(&lower));
    // A name within it: `ndcg` where `ndcg@10` is offered.
    let within =
        || alone(&|option| option.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == lower));
    same.or_else(short).or_else(begins).or_else(within)
}

/// The option whose phrasings are surely the nearest.
fn nearest<'a>(text: &str, options: impl Iterator<Item = Vec<&'a str>>, enough: &Enough) -> Option<usize> {
    match Vocabulary::new(options).heard(text, enough) {
        Understood::One(at) => Some(at),
        Understood::Nearest(_) => None,
    }
}

/// A line in which options of several words that stand there whole are numbers: their own words may hold a comma
/// or an `and`.
fn numbered<O: Offered>(text: &str, options: &[O]) -> String {
    let mut whole: Vec<(String, usize)> =
        options.iter().map(|option| option.say().to_ascii_lowercase()).zip(1..).collect();
    whole.retain(|(say, _)| say.contains(' '));
    // One may be the beginning of another.
    whole.sort_by_key(|(say, _)| std::cmp::Reverse(say.len()));
    whole.into_iter().fold(text.to_owned(), |text, (say, number)| {
        let (mut made, mut from) = (String::new(), 0);
        // Lower case of these letters alone keeps every place.
        for (at, _) in text.to_ascii_lowercase().match_indices(&say) {
            let end = at + say.len();
            let letter = char::is_alphanumeric;
            if !text[..at].ends_with(letter) && !text[end..].starts_with(letter) {
                made.push_str(&format!("{},{number},", &text[from..at]));
                from = end;
            }
        }
        made + &text[from..]
    })
}

/// What stands between options where no comma or semicolon does.
const BETWEEN: [&str; 7] = [" and ", " v ", " vs ", " vs. ", " versus ", " against ", " with "];

/// Several of the options, separated by semicolons, or by commas and words such as `and` or `versus`.
///
/// # Errors
/// The beginning of what is not understood.
pub fn choices<O: Offered>(text: &str, options: &[O]) -> Result<Vec<usize>, String> {
    // Where semicolons stand, a comma is part of a name.
    let parts: Vec<&str> = text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 {
        let chosen: Option<Vec<usize>> = parts.iter().map(|part| choice(part, options)).collect();
        if let Some(chosen) = chosen {
            return Ok(once(chosen));
        }
    }
    let text = numbered(text, options);
    let parts: Vec<String> = text.split([',', ';', '\n']).map(|part| parted(part, options)).collect();
    let text = parts.join(",");
    let numbers = text.split_whitespace().all(|word| word.trim_matches(',').parse::<usize>().is_ok());
    let text = if numbers { text.split_whitespace().collect::<Vec<_>>().join(",") } else { text };
    let mut chosen = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match choice(part, options) {
            Some(at) => chosen.push(at),
            None => return Err(part.chars().take(60).collect()),
        }
    }
    Ok(once(chosen))
}

/// A part of a line with commas for what stands [`BETWEEN`]; other words of an option may hold an `and`.
fn parted<O: Offered>(part: &str, options: &[O]) -> String {
    if other_words(part, options).is_some() {
        return part.to_owned();
    }
    BETWEEN.iter().fold(part.to_owned(), |part, between| part.replace(between, ","))
}

/// Each of them at its first place.
fn once(chosen: Vec<usize>) -> Vec<usize> {
    let mut kept = Vec::new();
    for at in chosen {
        if !kept.contains(&at) {
            kept.push(at);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_chosen_by_number_name_or_words() {
        let options = ["click-through rate", "item-knn", "watch time in seconds", "als"];
        for (text, at) in [
            ("2", Some(1)),
            ("ALS", Some(3)),
            ("item", Some(1)),
            ("the watch time", Some(2)),
            ("knn", Some(1)),
            ("seconds", Some(2)),
            ("ctr", Some(0)),
            ("0", None),
            ("9", None),
            ("", None),
        ] {
            assert_eq!(choice(text, &options), at, "{text}");
        }
        assert_eq!(choices("1 4", &options), Ok(vec![0, 3]));
        assert_eq!(choices("als, item-knn and 1, als", &options), Ok(vec![3, 1, 0]));
        assert_eq!(choices("ALS vs item-knn", &options), Ok(vec![3, 1]));
        assert_eq!(choices("als, BlockChain", &options), Err("BlockChain".to_owned()));
        assert_eq!(numbered("a good day, good days", &["good day"]), "a ,1,, good days");
        assert_eq!(numbered("Good daygood day É good day", &["good day"]), "Good daygood day É ,1,");
        let wordy =
            ["the picture, as numbers", "age", "reports of the last day and week", "reports of the last day"];
        assert_eq!(
            choices("Reports of the last day and week and the picture, as numbers", &wordy),
            Ok(vec![2, 0])
        );
        assert_eq!(choices("reports of the last day, age", &wordy), Ok(vec![3, 1]));
        assert_eq!(
            choices("the picture, as num; age; reports of the last day and w", &wordy),
            Ok(vec![0, 1, 2])
        );
        let metrics = ["area under the curve (auc)", "within each person (grouped-auc)"];
        assert_eq!((choice("AUC", &metrics), choice("grouped", &metrics)), (Some(0), Some(1)));
    }
}
