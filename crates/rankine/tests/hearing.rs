//! What is said in an interview is heard: questions as the fact that they are about, choices as the option that is
//! meant, both in unexpected words.

#[path = "interview/briefs.rs"]
mod briefs;

use briefs::brief;
use rankine::interview::{Offered, Plan, Understood, Vocabulary, choice, choices};

const CASES: [&str; 4] =
    ["video-recommendation", "ad-click-prediction", "harmful-content", "street-view-blurring"];

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

/// The lists from which something is chosen in other words, by their names.
fn lists(plan: &Plan) -> Vec<(&str, Vec<&dyn Offered>)> {
    let features = plan.features.options.iter().map(|option| option as &dyn Offered).collect();
    let thrown = plan.curveballs.iter().map(|thrown| {
        let responses = thrown.responses.iter().map(|response| response as &dyn Offered).collect();
        (thrown.name.as_str(), responses)
    });
    std::iter::once(("features", features)).chain(thrown).collect()
}

/// The one option that a line is taken for: features are several in a line, a response is all of it.
fn taken(list: &str, line: &str, options: &[&dyn Offered]) -> Option<usize> {
    if list != "features" {
        return choice(line, options);
    }
    match choices(line, options).ok()?[..] {
        [at] => Some(at),
        _ => None,
    }
}

#[test]
fn other_words_find_their_own_option() {
    for case in CASES {
        let plan = brief(case).plan;
        for (list, options) in lists(&plan) {
            let says: Vec<&str> = options.iter().map(|option| option.say()).collect();
            for (at, option) in options.iter().enumerate() {
                assert!((4..=9).contains(&option.heard().len()), "{case}, {list}: {}", option.say());
                let others = [1, 2].map(|more| (at + more) % options.len());
                let [second, third] = others.map(|other| &options[other].heard()[0]);
                for heard in option.heard() {
                    assert_eq!(taken(list, heard, &options), Some(at), "{case}, {list}: {heard}");
                    let several = format!("{heard}, {second}, {third}");
                    let found = vec![at, others[0], others[1]];
                    assert_eq!(choices(&several, &options), Ok(found), "{case}, {list}: {several}");
                    assert!(!says.contains(&heard.as_str()), "{case}, {list}: {heard}");
                }
            }
        }
    }
}

#[test]
fn options_are_understood_in_unexpected_words() {
    // By case: from which list, what is said, and how the wording of what is meant begins.
    let said = [
        (
            "video-recommendation",
            [
                ("features", "fraction of viewers who finish it", "share of a video's clicks"),
                ("features", "number of times shown", "how often a video was shown"),
                ("features", "favourite genre", "how much a person watched of a video's genres"),
                ("features", "affinity to the creator", "how much a person watched of a video's channel"),
                ("features", "hour of the day", "length of a video"),
                ("features", "all-time view count", "number of watches"),
                ("clickbait-wave", "let's wait and see", "nothing"),
                ("clickbait-wave", "just retrain on fresh data", "retrain"),
                ("tastes-drift", "wait till the holidays are over", "nothing"),
                ("tastes-drift", "latent factor model", "switch"),
            ],
        ),
        (
            "ad-click-prediction",
            [
                ("features", "ctr of this advertiser", "the advertiser's clicks"),
                ("features", "how often the user clicks", "clicks per impression of the person"),
                ("features", "interest in this category", "how much the person clicked"),
                ("features", "geo and demographics", "country and age"),
                ("features", "mobile vs desktop", "device"),
                ("features", "ad id embedding", "the ad's id"),
                ("features", "dwell time on the landing page", "seconds"),
                ("campaign-season", "revert to the smoothed ctr", "roll back"),
                ("campaign-season", "use feature crosses instead of ids", "switch"),
                ("new-layout", "rank just by the bid", "switch"),
            ],
        ),
        (
            "harmful-content",
            [
                ("features", "image embeddings from clip", "the picture"),
                ("features", "strikes of the user", "the author's posts"),
                ("features", "how old is the account", "age of the account"),
                ("features", "flags in the first minutes", "reports of the post"),
                ("features", "early user flags", "reports of the post"),
                ("features", "how many views it got", "how many people read"),
                ("features", "time the moderator spent", "minutes"),
                ("evasion", "refit on recent obfuscated posts", "retrain"),
                ("evasion", "switch to a gradient boosted tree", "switch"),
                ("memes", "retrain with new examples", "retrain"),
            ],
        ),
        (
            "street-view-blurring",
            [
                ("night-shift", "do nothing for now", "nothing"),
                ("night-shift", "go back to the simple rule", "roll back"),
                ("night-shift", "label some night images and retrain", "have people"),
                ("night-shift", "fine-tune on dark images", "have people"),
                ("night-shift", "use an edge detector", "switch"),
                ("wide-lens", "leave it, it is multi-scale", "nothing"),
                ("wide-lens", "collect new annotations", "have people"),
                ("wide-lens", "use a finer window", "switch"),
                ("wide-lens", "rollback to the heuristic", "roll back"),
                ("wide-lens", "adapt to the new camera by retraining", "have people"),
            ],
        ),
    ];
    let mut missed = Vec::new();
    for (case, lines) in said {
        let plan = brief(case).plan;
        let lists = lists(&plan);
        for (list, line, begins) in lines {
            let (_, options) = lists.iter().find(|(name, _)| *name == list).expect(list);
            let known = options.iter().any(|option| option.heard().iter().any(|heard| heard == line));
            assert!(!known, "{case}, {list}: {line} is not unexpected");
            let found = taken(list, line, options).map(|at| options[at].say());
            if !found.is_some_and(|say| say.starts_with(begins)) {
                missed.push(format!("{case}, {list}: {line} -> {found:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn what_names_no_option_or_two_stays_undecided() {
    for (case, list, lines) in [
        ("video-recommendation", "features", "user history; recency; title embedding; watch time; country"),
        (
            "video-recommendation",
            "clickbait-wave",
            "don't retrain; don't roll back; never retrain it; wait, then retrain; buy more servers; use a bigger model",
        ),
        ("ad-click-prediction", "features", "conversion rate; category ctr; page url; user embedding"),
        (
            "ad-click-prediction",
            "new-layout",
            "feature crosses; rank by position; raise the bid; wait and retrain later; switch to the trees",
        ),
        ("harmful-content", "features", "user reports; text length; friends of the author; country"),
        (
            "harmful-content",
            "evasion",
            "do not retrain; train a multimodal model; wait for user reports; retrain the trees; block all posts",
        ),
        (
            "street-view-blurring",
            "night-shift",
            "blur everything; lower the threshold; wait for new labels; human review; use a neural network",
        ),
        (
            "street-view-blurring",
            "wide-lens",
            "go back to the old cameras; crop the images; switch to edges; smaller window; add scales",
        ),
    ] {
        let plan = brief(case).plan;
        let lists = lists(&plan);
        let (_, options) = lists.iter().find(|(name, _)| *name == list).expect(list);
        for line in lines.split("; ") {
            let found = taken(list, line, options).map(|at| options[at].say());
            assert_eq!(found, None, "{case}, {list}: {line}");
        }
    }
}
