//! The world of posts: its rates, and the effects that it plants.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::collections::{BTreeMap, BTreeSet};

use rankine_world::posts::{CLASSES, Carrier, Posts, Settings};
use rankine_world::{Line, Moment, World};

/// One post as the log tells of it, and the truth.
#[derive(Default, Clone)]
struct Post {
    id: String,
    time: i64,
    text: Vec<String>,
    image: Vec<f64>,
    author: String,
    /// Reviews that removed a post of the author before this one.
    removals: f64,
    joined: i64,
    is_dialect: bool,
    /// Reports before the decision, and after it.
    reports: [usize; 2],
    /// The flags that people gave, and whether they chose the post at random.
    review: Option<([bool; 3], bool)>,
    harmful: bool,
    flags: [bool; 3],
    carrier: Option<Carrier>,
}

fn record(settings: &Settings, seed: u64) -> Vec<Post> {
    let world = Posts::new(settings, seed);
    let mut posts: BTreeMap<String, Post> = BTreeMap::new();
    let mut order = Vec::new();
    let mut authors: BTreeMap<String, (i64, bool, f64)> = BTreeMap::new();
    world.log(&mut |line| match line {
        Line::Entity { event, id, time, fields } if event == "author" => {
            let author = authors.entry(id).or_insert((time, false, 0.0));
            for (name, value) in fields {
                match name.as_str() {
                    "dialect" => author.1 = value == "coastal",
                    "removals" => author.2 = value.as_f64().unwrap(),
                    _ => assert_eq!(name, "language"),
                }
            }
        }
        Line::Entity { id, time, fields, .. } => {
            let value = |name: &str| &fields.iter().find(|(given, _)| given == name).unwrap().1;
            let flags = world.truth(&id).unwrap();
            let post = Post {
                time,
                text: value("text").as_str().unwrap().split(' ').map(str::to_owned).collect(),
                image: value("image").as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect(),
                flags,
                harmful: flags.contains(&true),
                carrier: world.carrier(&id),
                id: id.clone(),
                ..Post::default()
            };
            assert_eq!(post.image.len(), 16);
            posts.insert(id, post);
        }
        Line::Request { time, user, shown, .. } => {
            let post = posts.get_mut(&shown[0]).unwrap();
            assert_eq!((shown.len(), time - post.time), (1, 1_200_000));
            let (joined, is_dialect, removals) = authors[&user];
            (post.joined, post.is_dialect, post.removals, post.author) = (joined, is_dialect, removals, user);
            order.push(shown[0].clone());
        }
        Line::Interaction { event, item, request, fields, time, .. } => {
            let post = posts.get_mut(&item).unwrap();
            assert_eq!(request.is_some(), time >= post.time + 1_200_000, "{event}");
            match event.as_str() {
                "report" => post.reports[usize::from(request.is_some())] += 1,
                "review" => {
                    let flag = |class: &str| fields.iter().any(|(name, flag)| name == class && *flag == 1);
                    let at_random = fields.iter().any(|(name, why)| name == "chosen" && why == "random");
                    post.review = Some((CLASSES.map(flag), at_random));
                }
                "like" | "view" => {}
                other => panic!("no event is called {other}"),
            }
        }
    });
    order.iter().map(|id| posts[id].clone()).collect()
}

fn share<'a>(posts: impl IntoIterator<Item = &'a Post>, of: impl Fn(&Post) -> bool) -> f64 {
    let (hits, all) =
        posts.into_iter().fold((0, 0), |(hits, all), post| (hits + usize::from(of(post)), all + 1));
    hits as f64 / f64::from(all)
}

#[test]
fn rates_are_those_of_a_platform() {
    let posts = record(&Settings::default(), 1);
    assert!((19_900..=20_000).contains(&posts.len()), "{} decisions", posts.len());
    let reviewed: Vec<&Post> = posts.iter().filter(|post| post.review.is_some()).collect();
    println!("{} reviewed", reviewed.len());
    assert!((6_000..9_000).contains(&reviewed.len()), "{} reviews", reviewed.len());
    for (class, name) in CLASSES.iter().enumerate() {
        let all = share(&posts, |post| post.flags[class]);
        let seen = share(reviewed.iter().copied(), |post| post.review.unwrap().0[class]);
        println!("{name}: {all:.4} of all, {seen:.4} of the reviewed");
        assert!((0.015..0.06).contains(&all) && (0.02..0.075).contains(&seen), "{name}: {all}, {seen}");
        assert!(seen > all, "who reviews what was reported sees more harm");
    }
    for post in &reviewed {
        assert_eq!(post.review.unwrap().0, post.flags, "{}", post.id);
    }
    let at_random = posts.iter().filter(|post| post.review.is_some_and(|(_, at_random)| at_random));
    let (unbiased, truth) = (share(at_random, |post| post.harmful), share(&posts, |post| post.harmful));
    assert!((unbiased / truth - 1.0).abs() < 0.15, "{unbiased} of the random reviews, {truth} in truth");
}

#[test]
fn reports_are_noisy_and_more_so_against_a_dialect() {
    let posts = record(&Settings::default(), 2);
    let reported = |post: &Post| post.reports[0] + post.reports[1] > 0;
    let of = |harmful: bool, dialect: bool| {
        share(posts.iter().filter(|post| post.harmful == harmful && post.is_dialect == dialect), reported)
    };
    let (harmful, plain, dialect) = (of(true, false), of(false, false), of(false, true));
    println!("reported: {harmful:.3} of the harmful, {plain:.3} of the harmless, {dialect:.3} in dialect");
    assert!((0.4..0.9).contains(&harmful), "{harmful}");
    assert!(plain > 0.02 && dialect > 2.0 * plain, "{plain}, {dialect}");
    let harm =
        |dialect: bool| share(posts.iter().filter(|post| post.is_dialect == dialect), |post| post.harmful);
    assert!(harm(true) > 1.2 * harm(false), "dialect goes with harm: {} and {}", harm(true), harm(false));
}

#[test]
fn the_history_of_an_author_tells_of_harm() {
    let posts = record(&Settings::default(), 3);
    let harm = |of: &dyn Fn(&Post) -> bool| share(posts.iter().filter(|post| of(post)), |post| post.harmful);
    let (removed, never) = (harm(&|post| post.removals >= 1.0), harm(&|post| post.removals == 0.0));
    assert!(removed > 2.0 * never, "{removed} of those with removals, {never} of those without");
    let week = 7 * 86_400_000;
    let (new, old) =
        (harm(&|post| post.time - post.joined < week), harm(&|post| post.time - post.joined >= week));
    assert!(new > 1.3 * old, "{new} of new accounts, {old} of old ones");
    let early = posts.iter().filter(|post| post.joined < Settings::default().start).count();
    assert!(early * 2 > posts.len(), "most accounts are older than the log");
}

#[test]
fn spam_is_copied_as_often_as_the_setting_says() {
    for copies in [0.0, 0.4] {
        let posts = record(&Settings { copies, ..Settings::default() }, 4);
        let mut texts: BTreeMap<String, usize> = BTreeMap::new();
        // Copies differ by one word at the end at most.
        let key = |post: &Post| post.text[..7].join(" ");
        posts.iter().for_each(|post| *texts.entry(key(post)).or_default() += 1);
        let twice = |post: &Post| texts[&key(post)] > 1;
        let (spam, other) = (
            share(posts.iter().filter(|post| post.flags[0] && !post.flags[1] && !post.flags[2]), twice),
            share(posts.iter().filter(|post| !post.harmful), twice),
        );
        println!("copies {copies}: {spam:.3} of spam, {other:.3} of the harmless");
        assert!((spam - copies).abs() < 0.08, "{spam} of spam is repeated");
        assert!((other - 0.05 * copies).abs() < 0.01, "{other} of the harmless is repeated");
    }
}

/// Average precision of scores, the higher the more harmful.
fn average_precision(scores: &[f64], harmful: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let (mut found, mut sum) = (0.0, 0.0);
    for (place, at) in order.into_iter().enumerate() {
        if harmful[at] {
            found += 1.0;
            sum += found / (place as f64 + 1.0);
        }
    }
    sum / found
}

/// Naive Bayes over keys of a post: the sum of each key's log-odds of harm, learned from the first seven
/// tenths.
fn bayes(posts: &[Post], doubt: f64, keys: impl Fn(&Post) -> BTreeSet<String>) -> Vec<f64> {
    let split = posts.len() * 7 / 10;
    let mut counts: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    let mut all = [0.0; 2];
    for post in &posts[..split] {
        all[usize::from(post.harmful)] += 1.0;
        for key in keys(post) {
            counts.entry(key).or_default()[usize::from(post.harmful)] += 1.0;
        }
    }
    let prior = all[1] / (all[0] + all[1]);
    // A key that was never seen says nothing.
    let log_odds = |key: &String| {
        let [harmless, harmful] = counts.get(key).copied().unwrap_or_default();
        let odds = (harmful + doubt * prior) / (harmless + doubt * (1.0 - prior));
        (odds * (1.0 - prior) / prior).ln()
    };
    posts[split..].iter().map(|post| keys(post).iter().map(log_odds).sum()).collect()
}

#[test]
fn the_combination_turns_the_winner_round() {
    let word = |post: &Post| post.text.iter().cloned().collect::<BTreeSet<_>>();
    let sign = |number: f64| {
        if number > 0.25 {
            "+"
        } else if number < -0.25 {
            "-"
        } else {
            "0"
        }
    };
    let sight = |post: &Post| {
        post.image
            .iter()
            .enumerate()
            .map(|(at, number)| format!("{at}{}", sign(*number)))
            .collect::<BTreeSet<_>>()
    };
    let both = |post: &Post| {
        let pairs = sight(post);
        let cross = word(post)
            .into_iter()
            .flat_map(|word| pairs.iter().map(move |one| format!("{word} {one}")).collect::<Vec<_>>());
        cross.collect::<BTreeSet<_>>()
    };
    for seed in 1..=2 {
        let score = |combination: f64| {
            let settings = Settings { combination, languages: 1, copies: 0.0, ..Settings::default() };
            let posts = record(&settings, seed);
            let harmful: Vec<bool> = posts[posts.len() * 7 / 10..].iter().map(|post| post.harmful).collect();
            let text = bayes(&posts, 2.0, word);
            let image = bayes(&posts, 2.0, sight);
            let joint = bayes(&posts, 2.0, both);
            let late: Vec<f64> = text.iter().zip(&image).map(|(text, image)| text + image).collect();
            let [text, image, late, early] =
                [&text, &image, &late, &joint].map(|scores| average_precision(scores, &harmful));
            println!(
                "seed {seed} combination {combination}: text {text:.3} image {image:.3} late {late:.3} early {early:.3}"
            );
            early - late
        };
        assert!(score(1.0) > 0.1, "crosses of words and image find what lies in both");
        assert!(score(0.0) < -0.01, "a sum of what each tells finds what lies in one");
    }
}

#[test]
fn harm_lies_where_the_setting_says() {
    let posts = record(&Settings::default(), 5);
    let of = |carrier: Carrier| {
        share(posts.iter().filter(|post| post.harmful && !post.flags[0]), |post| {
            post.carrier == Some(carrier)
        })
    };
    assert!((of(Carrier::Combination) - 0.3).abs() < 0.06, "{}", of(Carrier::Combination));
    assert!((of(Carrier::Text) - 0.35).abs() < 0.06, "{}", of(Carrier::Text));
    assert!(posts.iter().all(|post| post.harmful == post.carrier.is_some()));
    let digits =
        |post: &Post| post.text.iter().any(|word| word.contains(|letter: char| letter.is_ascii_digit()));
    let written = |harmful: bool| {
        share(
            posts.iter().filter(|post| post.harmful == harmful && post.carrier != Some(Carrier::Image)),
            digits,
        )
    };
    assert!(written(true) > 2.0 * written(false) && written(false) > 0.01, "digits are a sign and no proof");
}

#[test]
fn good_decisions_are_worth_more_than_none_and_appeals_follow_wrong_ones() {
    let world = Posts::new(&Settings { posts: 6_000, authors: 1_500, ..Settings::default() }, 6);
    let mut worth = [0.0; 3];
    let mut people: Vec<_> = (0..3).map(|_| world.population()).collect();
    let (mut appeals, mut removed) = ([0.0; 2], [0.0; 2]);
    let mut visits = 0;
    for moment in world.afterwards(2_000) {
        let Moment::Visit(visit) = moment else { continue };
        visits += 1;
        let harmful = world.truth(&visit.pool[0]).unwrap().contains(&true);
        let decisions =
            [visit.pool.clone(), Vec::new(), if harmful { Vec::new() } else { visit.pool.clone() }];
        for (which, shown) in decisions.iter().enumerate() {
            let lines = people[which].react(&visit, shown);
            worth[which] += world.worth(&lines);
            if which == 1 {
                removed[usize::from(harmful)] += 1.0;
                let is_appeal =
                    |line: &&Line| matches!(line, Line::Interaction { event, .. } if event == "appeal");
                appeals[usize::from(harmful)] += lines.iter().filter(is_appeal).count() as f64;
            }
        }
    }
    println!("leave all {:.0}, remove all {:.0}, the truth {:.0}", worth[0], worth[1], worth[2]);
    assert_eq!((visits, worth[1]), (2_000, 0.0));
    assert!(worth[2] > 0.0 && worth[2] > 1.5 * worth[0]);
    assert!(appeals[0] / removed[0] > 2.0 * appeals[1] / removed[1], "{appeals:?} of {removed:?}");
}

#[test]
fn words_are_invented_and_readable() {
    let posts = record(&Settings { posts: 2_000, authors: 300, ..Settings::default() }, 7);
    println!("{}", posts[0].text.join(" "));
    let words: BTreeSet<&String> = posts.iter().flat_map(|post| &post.text).collect();
    assert!(words.len() > 1_000);
    let known = |letter: char| letter.is_ascii_lowercase() || "43105".contains(letter);
    assert!(words.iter().all(|word| (4..=16).contains(&word.len()) && word.chars().all(known)), "{words:?}");
}

#[test]
fn the_defaults_are_inside_their_ranges_and_no_setting_makes_a_panic() {
    assert_eq!(Settings::default().clamped(), Settings::default());
    let tiny = Settings { posts: 60, authors: 5, days: 2, topics: 2, ..Settings::default() };
    let table = [
        Settings { posts: 0, authors: 0, days: 0, topics: 0, languages: 0, ..tiny.clone() },
        Settings { start: i64::MIN, new_authors: 1.0, prone: 1.0, ..tiny.clone() },
        Settings { start: i64::MAX, languages: u32::MAX, topics: u32::MAX, ..tiny.clone() },
        Settings { spam: 1.0, harassment: 1.0, violence: 1.0, combination: 2.0, ..tiny.clone() },
        Settings { spam: f64::NAN, copies: 2.0, decide_minutes: 1e9, review_hours: 1e9, ..tiny.clone() },
        Settings {
            prone: 0.0,
            new_authors: -1.0,
            dialect: 9.0,
            activity_spread: f64::INFINITY,
            ..tiny.clone()
        },
        Settings { report_harmful: 1.0, report_harmless: 1.0, review_random: 1.0, obfuscation: 1.0, ..tiny },
    ];
    for settings in table {
        let world = Posts::new(&settings, u64::MAX);
        let mut last = i64::MIN;
        world.log(&mut |line| {
            assert!(line.time() >= last && line.time() < world.end());
            last = line.time();
        });
        assert!(world.afterwards(3).len() >= 3);
        for id in ["", "p", "p01", "q1", "p4294967295", "p4294967296"] {
            assert_eq!(world.truth(id).is_some(), id == "p4294967295", "{id:?}");
        }
    }
}

#[test]
fn a_review_that_was_asked_for_ends_the_views_of_harm() {
    let settings = Settings { review_random: 0.0, review_reported: 0.0, ..Settings::default() };
    let world = Posts::new(&settings, 6);
    let (mut left, mut asked) = (world.population(), world.population());
    let (mut views, mut reviews, mut harmful, mut harmless) = ([0.0; 2], 0, 0, 0);
    for moment in world.afterwards(400) {
        let Moment::Visit(visit) = moment else { continue };
        let before = left.react(&visit, &visit.pool);
        let after = asked.react_to_reviewed(&visit, &visit.pool, &visit.pool);
        let [(ill, all), (ill_after, all_after)] = [&before, &after].map(|lines| world.parts(lines));
        reviews += after.iter().filter(|line| is_review(line)).count();
        assert!(!before.iter().any(is_review));
        if world.truth(&visit.pool[0]).unwrap().contains(&true) {
            harmful += 1;
            assert_eq!((ill, ill_after), (all, all_after), "all its views are of harm");
            assert!(all_after <= all);
            views = [views[0] + all, views[1] + all_after];
        } else {
            harmless += 1;
            assert_eq!((ill, all), (0.0, all_after), "what is harmless stays");
        }
        // Who asks for what is not shown asks in vain.
        assert_eq!(asked.react_to_reviewed(&visit, &[], &visit.pool), left.react(&visit, &[]));
    }
    assert_eq!(reviews, 400);
    assert!(harmful > 15 && harmless > 300, "{harmful} {harmless}");
    assert!(views[1] < 0.6 * views[0], "a review comes after {} hours: {views:?}", settings.review_hours);
}

fn is_review(line: &Line) -> bool {
    matches!(line, Line::Interaction { event, .. } if event == "review")
}
