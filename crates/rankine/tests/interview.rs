//! The interview: questions in unexpected words, the same score for the same lines, bots in their order.

#[path = "../examples/interview_bots/bots.rs"]
mod bots;

use std::path::Path;
use std::sync::Arc;

use bots::{Bot, Kind, desk};
use rankine::Silent;
use rankine::interview::{
    Block, Brief, Experiment, Interview, Journal, Level, Pace, Phase, Room, Said, Setting, Understood,
    Vocabulary, markdown,
};
use rankine_design::Source;
use toml::Value;

const CASES: [&str; 4] =
    ["video-recommendation", "ad-click-prediction", "harmful-content", "street-view-blurring"];

fn brief(case: &str) -> Brief {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases").join(case);
    let source = |name: &str| Source::new(name, std::fs::read_to_string(folder.join(name)).expect(name));
    Brief::read(case, &source("design.toml"), &source("world.toml"), &source("interview.toml")).expect(case)
}

/// A room so small that everything in it takes moments; what it measures means little.
fn small(seed: u64, place: &Path) -> Arc<Room> {
    let mut brief = brief("video-recommendation");
    let numbers = [("users", 120), ("items", 80), ("requests", 1500), ("days", 20)];
    brief.world.extend(numbers.map(|(key, value)| (key.to_owned(), Value::Integer(value))));
    for fact in &mut brief.plan.facts {
        if fact.world.as_deref() == Some("requests") {
            fact.values = vec![Value::Integer(1500), Value::Integer(2000)];
        }
    }
    brief.plan.room.visits = 60;
    Arc::new(Room::new(Arc::new(brief), seed, place))
}

#[test]
fn questions_are_understood_in_unexpected_words() {
    let asked: &[(&str, &[(&str, &str)])] = &[
        (
            "video-recommendation",
            &[
                ("how fresh must recommendations be?", "freshness"),
                ("how fast must recommendations be", "latency"),
                ("What's the DAU?", "users"),
                ("how big is our audience", "users"),
                ("What is the upload rate of fresh videos?", "births"),
                ("Do we have a cold-start problem for items?", "births"),
                ("are titles misleading, i.e. clickbaity", "clickbait"),
                ("Is a click a trustworthy signal of satisfaction?", "clickbait"),
                ("how heterogeneous are users' tastes", "taste"),
                ("is presentation / position bias an issue", "position"),
                ("how sparse is the user item matrix", "density"),
                ("how much training data is there", "density"),
                ("what fraction of visitors are new users without history", "newcomers"),
                ("corpus size in prod?", "catalogue"),
                ("what p99 do we need to hit", "latency"),
                ("latncy budget?", "latency"),
                ("what's the north star here", "goal"),
                ("do we have explicit signals such as ratings", "feedback"),
                ("can we precompute recommendations in batch", "latency"),
                ("what share of uploads is brand new each day", "births"),
                ("is the CTR inflated by thumbnails", "clickbait"),
                ("RAM per box?", "memory"),
                ("what are we optimising for", "goal"),
                ("do we have explicit feedback such as likes", "feedback"),
                ("what metadata do videos come with", "fields"),
                ("can we recommend something they have already seen", "repeats"),
                ("how long are the videos", "length"),
                ("freshness; cold start of new uploads", "births"),
                ("do trends change", "fashion"),
                ("peak rps", "users"),
                ("watches per user", "density"),
                ("feedback loop", "today"),
                ("ads or subscription", "goal"),
                ("how much data in the log", "density"),
                ("what's the success metric", "goal"),
                ("number of videos", "catalogue"),
                ("catalog size", "catalogue"),
                ("how many slots", "page"),
                ("mobile vs desktop split", "devices"),
                ("privacy", "privacy"),
                ("privacy constraints", "privacy"),
                ("what's the goal", "goal"),
                ("diversity / serendipity", "diversity"),
                ("repeat consumption - rewatches?", "repeats"),
                ("how often do we retrain", "retraining"),
                ("A/B test possible", "experiment"),
                ("can we run an A/B test?", "experiment"),
                ("exploration", "today"),
                ("homepage or up-next", "surface"),
                ("content embeddings", "content"),
                ("shorts", "length"),
                ("are there shorts", "length"),
                ("is there an existing model in prod?", "today"),
                ("what's running today", "today"),
                ("do we explore?", "today"),
                ("how often can we retrain the model", "retraining"),
                ("can we A/B test it", "experiment"),
                ("what is the average video length", "length"),
                ("do tastes drift", "fashion"),
                ("how many users do we have", "users"),
                ("number of users", "users"),
                ("what are the latency constraints", "latency"),
                ("user features", "fields"),
                ("How many items are displayed?", "page"),
                ("Do several people share an account?", "accounts"),
                ("What's the budget?", "memory"),
                ("user generated or licensed", "uploads"),
                ("position effects in the log", "position"),
                ("cold start traffic", "newcomers"),
                ("existing recommender", "today"),
                ("kids", "minors"),
                ("search queries", "surface"),
                ("popularity skew", "popularity"),
                ("How is a relevant video defined?", "goal"),
                ("any guardrails", "guard"),
                ("any guardrails, e.g. creator diversity?", "guard"),
                ("coverage or diversity requirement?", "guard"),
                ("what must not get worse?", "guard"),
                ("is there a minimum share of the catalogue that must be shown?", "guard"),
                ("what guard is there", "guard"),
                ("how many videos", "catalogue"),
                ("How many videos in the library?", "catalogue"),
                ("how big is the catalog?", "catalogue"),
                ("how much fresh content comes in per day?", "births"),
                ("does the slot on the page matter, position bias?", "position"),
                ("which countries do we serve?", "countries"),
                ("do people watch the same video twice?", "repeats"),
                ("how often do creators publish?", "births"),
                ("Do users scroll?", "position"),
                ("what about anonymous visitors?", "anonymous"),
                ("how much logged data is available?", "density"),
                ("is anyone gaming the system with fake views?", "abuse"),
                ("are the logs biased by the previous recommender?", "today"),
                ("label delay?", "delay"),
                ("how quickly do we learn whether a video got watched?", "delay"),
                ("mobile or tv?", "devices"),
                ("kids profiles?", "minors"),
                ("do we know demographics?", "people"),
                ("guardrail metrics", "guard"),
                ("what should not regress?", "guard"),
                ("is there a guardrail metric we must not hurt?", "guard"),
                ("must we cover a minimum of the catalogue?", "guard"),
                ("minimum coverage?", "guard"),
                ("coverage constraint", "guard"),
                ("are users logged in?", "anonymous"),
                ("logged-out traffic?", "anonymous"),
                ("do we know the age and gender of users?", "people"),
                ("which user data is available", "people"),
                ("bots and fake views", "abuse"),
                ("how late do labels arrive", "delay"),
                ("when is the label known?", "delay"),
                ("delayed feedback?", "delay"),
                ("which markets / regions", "countries"),
                ("is it a global product", "countries"),
                ("which languages", "countries"),
                ("infinite scroll?", "page"),
                ("do people scroll down", "position"),
                ("how stale may recommendations be", "freshness"),
                ("how many videos do we have", "catalogue"),
                ("how many videos get uploaded per day", "births"),
                ("how many videos are on the page", "page"),
                ("how long are videos", "length"),
                ("how many people watch per day", "users"),
                ("demographics", "people"),
            ],
        ),
        (
            "ad-click-prediction",
            &[
                ("Do we need calibrated probabilities?", "goal"),
                ("How many impressions a day do we get?", "traffic"),
                ("are labels delayed, is there delayed feedback?", "delay"),
                ("Are there big differences in quality between individual ads?", "appeal"),
                ("how quickly do campaigns turn over, do ads churn", "churn"),
                ("what's the ctr", "click-rate"),
                ("how imbalanced is the data", "click-rate"),
                ("qps at peak?", "traffic"),
                ("SLA for latency", "latency"),
                ("are conversions delayed", "delay"),
                ("when do labels arrive", "delay"),
                ("what is the business objective", "goal"),
                ("do users hide ads", "negatives"),
                ("is there positional bias among slots", "position"),
                ("which metadata is known about an ad", "fields"),
                ("what attribution window do we use", "delay"),
                ("what's the baseline CTR", "click-rate"),
                ("are we maximising revenue or click volume", "goal"),
                ("how quickly do campaigns come and go, i.e. ad churn", "churn"),
                ("peak QPS?", "traffic"),
                ("how long can the auction wait for a score", "latency"),
                ("auction type - 2nd price", "payment"),
                ("first price or second price?", "payment"),
                ("slots per page", "page"),
                ("how much do ads differ in intrinsic CTR?", "appeal"),
                ("budget pacing", "budgets"),
                ("impressions in the training log", "log"),
                ("user demographics", "fields"),
                ("share of new users; cold start", "newcomers"),
                ("do probabilities need calibration", "goal"),
                ("cardinality", "inventory"),
                ("how much data in the log", "log"),
                ("class imbalance?", "click-rate"),
                ("how many ads", "inventory"),
                ("what's the success metric", "goal"),
                ("how many slots", "page"),
                ("how quickly do ads turn over", "churn"),
                ("mobile vs desktop split", "devices"),
                ("what devices / surfaces", "devices"),
                ("privacy", "privacy"),
                ("privacy constraints", "privacy"),
                ("are negatives downsampled", "negatives"),
                ("what's the goal", "goal"),
                ("CPC or CPM", "payment"),
                ("inventory size", "inventory"),
                ("number of advertisers", "inventory"),
                ("online learning and staleness", "retraining"),
                ("fraud", "fraud"),
                ("click fraud, bots?", "fraud"),
                ("exploration", "today"),
                ("weekly seasonality", "drift"),
                ("seasonality", "drift"),
                ("how often do we retrain", "retraining"),
                ("is there an existing model in prod?", "today"),
                ("what's running today", "today"),
                ("do we explore?", "today"),
                ("how many users do we have", "users"),
                ("is it a second-price auction", "payment"),
                ("pacing", "budgets"),
                ("how many advertisers", "inventory"),
                ("how large is the training set", "log"),
                ("what is the current model", "today"),
                ("day of week effects", "drift"),
                ("bot traffic", "fraud"),
                ("age and gender", "fields"),
                ("new ads per day", "churn"),
            ],
        ),
        (
            "harmful-content",
            &[
                ("what's the prevalence of harmful content?", "prevalence"),
                ("are copies of the same post spread by campaigns?", "copies"),
                ("Do spammers obfuscate words, e.g. v1agra?", "obfuscation"),
                ("how many posts are uploaded per day?", "posts"),
                ("are these memes, i.e. is it multimodal", "combination"),
                ("do bad actors obfuscate their words", "obfuscation"),
                ("how noisy are user reports", "false-reports"),
                ("how many labels do annotators produce", "labels"),
                ("are there repeat offenders", "prone"),
                ("near duplicate campaigns?", "copies"),
                ("how many moderators, what review capacity", "capacity"),
                ("which classes of harm are there", "classes"),
                ("which languages", "languages"),
                ("posts per second at peak", "posts"),
                ("how do adversaries adapt to evade the classifier", "obfuscation"),
                ("base rate of violating posts?", "prevalence"),
                ("how imbalanced are the classes", "prevalence"),
                ("who labels, and how noisy are the human labels", "labels"),
                ("how much does a false positive cost us vs a miss?", "goal"),
                ("what is the reviewers' daily capacity", "capacity"),
                ("which hardware, any GPUs", "memory"),
                ("cost of a false negative versus a false positive: what costs more", "goal"),
                ("human reviewers and their throughput", "capacity"),
                ("how are labels obtained and how late", "labels"),
                ("review budget; $ per review", "capacity"),
                ("feedback loop on removed posts", "today"),
                ("inter-annotator agreement; label noise", "labels"),
                ("what modalities", "combination"),
                ("is 20 min too late", "moment"),
                ("how much data in the log", "log"),
                ("how big is this - posts per day, DAU?", "posts"),
                ("how many classes", "classes"),
                ("class imbalance?", "prevalence"),
                ("coordinated campaigns", "copies"),
                ("appeals?", "appeals"),
                ("do bad actors adapt / adversarial", "obfuscation"),
                ("what's the success metric", "goal"),
                ("privacy", "privacy"),
                ("privacy constraints", "privacy"),
                ("fairness across dialects", "languages"),
                ("what's the goal", "goal"),
                ("concept drift", "drift"),
                ("seasonality", "drift"),
                ("what about CSAM", "law"),
                ("legal requirements, e.g. DSA", "law"),
                ("CSAM / DSA", "law"),
                ("batch or realtime", "latency"),
                ("what metric does leadership look at", "goal"),
                ("leadership's metric", "goal"),
                ("is there an existing model in prod?", "today"),
                ("what's running today", "today"),
                ("how many moderators", "capacity"),
                ("what is the cost of a review", "capacity"),
                ("label delay", "labels"),
                ("is it text only", "combination"),
                ("legal obligations", "law"),
                ("GDPR", "privacy"),
                ("when do we decide", "moment"),
                ("existing system", "today"),
                ("How quickly do labels arrive?", "labels"),
                ("legal reporting duty", "law"),
                ("Do moderators make mistakes?", "labels"),
                ("How skewed are the classes?", "prevalence"),
                ("Do images come with embeddings?", "encoder"),
                ("How many posts are harmful?", "prevalence"),
                ("author account age", "prone"),
                ("actions possible", "actions"),
                ("How do you define harassment?", "classes"),
                ("Is leetspeak used to dodge detection?", "obfuscation"),
                ("precision or recall", "goal"),
                ("how big is the moderation team, i.e. how much can humans look at daily?", "capacity"),
                ("what's the reviewers' budget?", "capacity"),
                ("is it multi-label?", "classes"),
                ("how many harm categories?", "classes"),
                ("Is reviewer agreement high, how noisy are human labels?", "labels"),
                ("How costly is a wrongful takedown compared to letting something nasty through?", "goal"),
                ("how many accounts are brand new / sockpuppets?", "newcomers"),
                ("Are new accounts riskier than old ones?", "newcomers"),
                ("cold start: how many authors have no history?", "newcomers"),
                ("What modalities do posts contain - text, images, video?", "contents"),
                ("which platforms, ios or android?", "platforms"),
                ("Do removed posts bias the training data?", "today"),
                ("any feedback loop, i.e. are only reviewed posts labeled?", "labels"),
                ("What guardrail metrics should not regress?", "guard"),
                ("what must not get worse", "guard"),
                ("any guardrails", "guard"),
                ("Do certain communities get flagged more than they deserve?", "languages"),
                ("Can we run an online experiment?", "experiment"),
                ("How many users are there?", "users"),
                ("What actions can we take: delete, downrank, warn?", "actions"),
                ("Do spammers adapt?", "obfuscation"),
                ("do people make typos deliberately?", "obfuscation"),
                ("what about child safety material?", "law"),
                ("which guard is there", "guard"),
                ("is there a metric that must not get worse?", "guard"),
                ("A/B test", "experiment"),
                ("how many readers", "users"),
                ("what's the number of users", "users"),
                ("do posts contain video?", "contents"),
                ("what does a post consist of", "contents"),
                ("text and images?", "combination"),
                ("new accounts", "newcomers"),
                ("share of new authors", "newcomers"),
                ("cold start", "newcomers"),
                ("sockpuppets", "newcomers"),
                ("child abuse material", "law"),
                ("can we shadowban", "actions"),
                ("mobile or web", "platforms"),
                ("how many moderators do we have", "capacity"),
                ("how many reviews per day", "capacity"),
                ("multi-class or multi-label", "classes"),
                ("multilabel?", "classes"),
                ("minority groups flagged more", "languages"),
                ("cost of wrongly removing a post", "goal"),
                ("how bad is a false positive", "goal"),
                ("do they misspell on purpose", "obfuscation"),
                ("is the training data biased", "today"),
            ],
        ),
        (
            "street-view-blurring",
            &[
                ("what's the typical size of a face in px", "size"),
                ("resolution?", "size"),
                ("do we drive in darkness / at night", "night"),
                ("are faces partially occluded", "occlusion"),
                ("what kinds of false positives will we see", "clutter"),
                ("how many images in total", "pictures"),
                ("images per second at peak", "rate"),
                ("is this real-time or offline batch processing", "latency"),
                ("do we get GPUs", "memory"),
                ("is recall more important than precision", "goal"),
                ("how good is the annotation quality", "annotations"),
                ("can users report unblurred faces", "complaints"),
                ("are there groups for which detection is worse, fairness?", "fairness"),
                ("how many cars per image", "objects"),
                ("cost of a false negative vs false positive", "goal"),
                ("do annotators agree with each other", "annotations"),
                ("must this run in real time", "latency"),
                ("how large is the backlog of images", "pictures"),
                ("what's the success metric", "goal"),
                ("privacy", "reidentify"),
                ("what's the goal", "goal"),
                ("how many images per day", "rate"),
                ("is there an existing model in prod?", "today"),
                ("what's running today", "today"),
                ("images per day", "rate"),
                ("how many labelled images", "objects"),
                ("class imbalance", "objects"),
                ("do we have labels", "annotations"),
                ("how many faces per image", "objects"),
                ("How many training images are labelled?", "objects"),
                ("How many labeled pictures can I train on?", "objects"),
                ("How do we retrain, what does one label cost?", "retraining"),
                ("How many cameras per car", "cameras"),
                ("recall target", "goal"),
                ("Who are the stakeholders?", "goal"),
                ("How long does a full pass over the archive need", "pictures"),
                ("pretrained model available?", "pretrained"),
                ("what is our compute budget", "memory"),
                ("backlog", "pictures"),
                ("human reviewers in the loop", "complaints"),
                ("How small can faces get?", "size"),
                ("nocturnal share", "night"),
                ("billboards, logos", "clutter"),
                ("how do we split, by geography?", "split"),
                ("error rate the law allows", "goal"),
            ],
        ),
    ];
    let mut missed = Vec::new();
    for (case, questions) in asked {
        let brief = brief(case);
        let facts = &brief.plan.facts;
        let vocabulary =
            Vocabulary::new(facts.iter().map(|fact| fact.asks.iter().map(String::as_str).collect()));
        for (question, fact) in *questions {
            let name = |at: &usize| facts[*at].name.as_str();
            match vocabulary.understand(question) {
                Understood::One(at) if name(&at) == *fact => {}
                // It is offered, and one number away.
                Understood::Nearest(near) if near.iter().map(name).any(|name| name == *fact) => {}
                Understood::One(at) => missed.push(format!("{case}: {question} -> {}", name(&at))),
                Understood::Nearest(near) => {
                    let near: Vec<&str> = near.iter().map(name).collect();
                    missed.push(format!("{case}: {question} -> {near:?}"));
                }
            }
        }
        for gibberish in ["asdf qwer zxcv", "!!!", "what is the weather like in Paris", "blockchain", "42"] {
            let understood = vocabulary.understand(gibberish);
            assert!(!matches!(understood, Understood::One(_)), "{case}: {gibberish} -> {understood:?}");
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_ask_is_understood_as_its_own_fact() {
    for case in CASES {
        let facts = brief(case).plan.facts;
        let vocabulary =
            Vocabulary::new(facts.iter().map(|fact| fact.asks.iter().map(String::as_str).collect()));
        for (at, fact) in facts.iter().enumerate() {
            for ask in &fact.asks {
                assert_eq!(vocabulary.understand(ask), Understood::One(at), "{case}: {ask}");
            }
        }
    }
}

/// Answers that go through a whole interview.
const SCRIPT: &str = "\
how many daily users
the meaning of life
clickbait?
next
1k/s
back
2k/s
12 GB
3 TB
1
2
hint
3
1, 2, 3
popular, mix-trees
mix-trees 70, tie 20, gap 30%
r
back
pick mix-trees
20 ms
100 MB
2
predict";

fn played(room: Arc<Room>, lines: &[&str]) -> (Interview, Vec<Block>) {
    let mut interview = Interview::open(room, Level::Senior, Pace::Acts);
    let mut blocks = interview.talk();
    for line in lines {
        blocks.extend(interview.say(line, 0.0, &desk()).expect(line));
    }
    (interview, blocks)
}

#[test]
fn the_same_lines_give_the_same_score_and_a_journal_takes_it_up() {
    let place = tempfile::tempdir().expect("a folder");
    let lines: Vec<&str> = SCRIPT.lines().collect();
    let (whole, blocks) = played(small(3, &place.path().join("a")), &lines);
    let score = whole.score().expect("it is over").clone();
    assert!(score.total > 10.0 && score.total < 95.0, "{score:#?}");
    assert!((score.parts.iter().map(|part| part.of).sum::<f64>() - 100.0).abs() < 1e-6);
    let text = markdown(&whole);
    for words in ["DEBRIEF", "debrief", "not assessed: communication", "mix-trees"] {
        assert!(words == "DEBRIEF" || text.contains(words), "{words} is not in\n{text}");
    }

    // Everything executed anew: the same but for latency, which the other room keeps for itself.
    let (again, _) = played(small(3, &place.path().join("b")), &lines);
    let apart = |interview: &Interview| -> Vec<f64> {
        let parts = &interview.score().expect("over").parts;
        parts.iter().filter(|part| part.name != "serve").map(|part| part.points).collect()
    };
    assert_eq!(apart(&whole), apart(&again));

    // Killed in the middle of a line, then taken up: the same talk.
    let folder = place.path().join("kept");
    let setting =
        Setting { case: "video-recommendation".into(), seed: 3, level: Level::Senior, pace: Pace::Acts };
    let mut journal = Journal::begin(&folder, &setting).expect("a new one");
    for line in &lines {
        journal.keep(&Said { at: 0.0, line: (*line).to_owned() }).expect("it is kept");
    }
    drop(journal);
    let file = folder.join("answers.jsonl");
    let mut torn = std::fs::read(&file).expect("it is there");
    torn.extend(b"{\"at\": 1, \"li");
    std::fs::write(&file, torn).expect("writable");
    let (_, kept, said) = Journal::resume(&folder).expect("it is taken up");
    assert_eq!((kept, said.len()), (setting, lines.len()));
    let said: Vec<&str> = said.iter().map(|said| said.line.as_str()).collect();
    let (_, resumed) = played(small(3, &place.path().join("a")), &said);
    assert_eq!(resumed, blocks);
}

#[test]
fn nothing_that_is_typed_breaks_it() {
    let place = tempfile::tempdir().expect("a folder");
    let mut interview = Interview::open(small(1, place.path()), Level::Staff, Pace::Acts);
    let long = "how many users ".repeat(700);
    let ugly = [
        "",
        "   ",
        "\u{0}\u{1b}[31m",
        "back",
        "back",
        "🎥🎥🎥",
        "-1",
        "NaN",
        "1e999",
        "' OR 1=1 --",
        "next next",
        &long,
    ];
    for _ in 0..40 {
        for line in ugly {
            interview.say(line, 0.0, &desk()).expect("an answer");
        }
        if interview.question().is_none() {
            break;
        }
        if interview.phase() < Phase::Serve {
            interview.say("next", 0.0, &desk()).expect("an answer");
        }
    }
    let (_, minutes) = interview.minutes();
    assert!(minutes <= 60.0, "time ends it: {minutes}");
}

#[test]
fn an_experiment_with_all_contenders_leaves_what_is_to_be_served() {
    let place = tempfile::tempdir().expect("a folder");
    let room = small(7, place.path());
    let names = room.brief.contenders();
    let reference = room.execute(&room.reference(), &Silent).expect("a run");
    let all = names.iter().map(|name| (*name).to_owned()).collect();
    let again = room.execute(&Experiment { contenders: all, ..Experiment::default() }, &Silent);
    assert!(Arc::ptr_eq(&reference, &again.expect("the same run")));
    for name in names {
        room.measured(&reference, name, desk().measure).expect("its bundle is there");
    }
}

#[test]
fn a_hint_that_was_given_costs_nothing_again() {
    let place = tempfile::tempdir().expect("a folder");
    let mut interview = Interview::open(small(4, place.path()), Level::Senior, Pace::Acts);
    let mut minutes = Vec::new();
    for _ in 0..3 {
        interview.say("hint", 0.0, &desk()).expect("an answer");
        minutes.push(interview.minutes().1);
    }
    assert!(minutes[0] > 0.0 && minutes[1..] == [minutes[0]; 2], "{minutes:?}");
}

#[test]
fn time_on_the_wall_ends_it() {
    let place = tempfile::tempdir().expect("a folder");
    let mut interview = Interview::open(small(2, place.path()), Level::Junior, Pace::Wall(45.0));
    interview.say("how many users", 60.0, &desk()).expect("an answer");
    assert!((interview.minutes().1 - 1.0).abs() < 1e-9, "{:?}", interview.minutes());
    let blocks = interview.say("how fast", 46.0 * 60.0, &desk()).expect("an answer");
    assert!(interview.score().is_some(), "{blocks:?}");
}

#[test]
fn who_knows_more_scores_more() {
    let place = tempfile::tempdir().expect("a folder");
    let (room, other) = (small(5, &place.path().join("a")), small(6, &place.path().join("b")));
    let attended = |kind, room: &Arc<Room>, notes| {
        let mut interview = Interview::open(room.clone(), Level::Senior, Pace::Acts);
        let mut bot = Bot::new(kind, 5, notes, &other);
        let score = bot.attend(&mut interview, &desk()).expect("it comes to an end");
        (score, bot.said)
    };
    let (_, notes) = attended(Kind::Oracle, &other, None);
    let scores = Kind::ALL.map(|kind| attended(kind, &room, Some(&notes)).0);
    let told: Vec<String> =
        Kind::ALL.iter().zip(scores).map(|(kind, score)| format!("{} {score:.1}", kind.name())).collect();
    let [random, stuffer, memoriser, careful, oracle] = scores;
    assert!(oracle > 85.0, "{told:?}");
    assert!(oracle > careful && careful > random.max(stuffer) && oracle > memoriser, "{told:?}");
}
