//! Groups of texts that are nearly the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rankine_learn::similar::groups;

const SHARE: f64 = 0.7;

#[test]
fn copies_are_in_one_group_and_others_are_not() {
    let cases: [(&str, &str, bool); 13] = [
        ("", "", true),
        ("", "  \n", true),
        ("Call now", "call, NOW!", true),
        ("call now", "now call", false),
        ("code 1234 is yours", "Code 98 is yours.", true),
        ("!!!", "???", false),
        ("\u{1f600}", "\u{1f600} ", true),
        ("\u{1f600}", "\u{1f44d}", false),
        ("", "!", false),
        ("שלום עולם", "שלום  עולם", true),
        ("yes", "no", false),
        // One word of fourteen differs: nine of fifteen shingles are in both, which is too few; of 40, enough.
        ("a b c d e f g h i j k l m n", "a b c d e f X h i j k l m n", false),
        (
            "you have won a prize of a thousand pounds in our weekly draw to claim it call this number before \
          the end of the month and quote the code that we sent to you with this message today",
            "you have won a prize of a thousand euros in our weekly draw to claim it call this number before \
          the end of the month and quote the code that we sent to you with this message today",
            true,
        ),
    ];
    for (one, other, same) in cases {
        let have = groups(&[one, "something else altogether", other], SHARE);
        assert_eq!(have[0] == have[2], same, "{one:?} {other:?}");
        assert_ne!(have[0], have[1], "{one:?}");
    }
    assert!(groups(&[], SHARE).is_empty());
}

/// A text of so many words out of a hundred.
fn text(seed: u64, words: usize) -> Vec<String> {
    (0..words).map(|at| format!("w{}", letters(rankine_learn::hash(seed, &[at as u64]) % 100))).collect()
}

fn letters(number: u64) -> String {
    [number / 10, number % 10].map(|digit| char::from(b'a' + digit as u8)).iter().collect()
}

/// Of pairs that share almost all shingles nearly all are found, of unlike ones none.
#[test]
fn nearly_all_copies_are_found() {
    let mut texts = Vec::new();
    for at in 0..500 {
        let words = text(at, 60);
        let mut changed = words.clone();
        changed[30] = "changed".to_owned();
        texts.push(words.join(" "));
        texts.push(changed.join(" "));
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let have = groups(&texts, SHARE);
    let found = have.chunks(2).filter(|pair| pair[0] == pair[1]).count();
    assert!(found >= 498, "{found} of 500");
    let distinct = have.iter().max().expect("there are texts") + 1;
    assert_eq!(distinct as usize, 1000 - found, "no two others are in one group");
}

/// Many copies of one text cost no more than many texts.
#[test]
fn a_text_sent_ten_thousand_times_is_one_group() {
    let texts: Vec<String> =
        (0..10_000).map(|at| format!("your code is {at} do not share it with anyone")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(groups(&texts, SHARE), vec![0; 10_000]);
}

/// Who is with whom, by the number of a text.
fn partition(groups: &[u32], names: &[usize]) -> Vec<Vec<usize>> {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    groups.iter().zip(names).for_each(|(group, name)| members.entry(*group).or_default().push(*name));
    let mut all: Vec<Vec<usize>> = members.into_values().collect();
    all.iter_mut().for_each(|members| members.sort_unstable());
    all.sort();
    all
}

fn some_texts() -> impl Strategy<Value = Vec<String>> {
    let few =
        prop::collection::vec(prop::sample::select(vec!["a", "B", "c", "d7", "e!", "\u{1f600}", "f"]), 0..12);
    prop::collection::vec(prop_oneof![few.prop_map(|words| words.join(" ")), "\\PC{0,6}"], 0..40)
}

proptest! {
    #[test]
    fn equal_texts_are_always_in_one_group(texts in some_texts(), share in 0.0..=1.0) {
        let twice: Vec<&str> = texts.iter().chain(&texts).map(String::as_str).collect();
        let have = groups(&twice, share);
        prop_assert_eq!(&have[..texts.len()], &have[texts.len()..]);
        // Numbers are given in the order of first appearance.
        let mut next = 0;
        for group in have {
            prop_assert!(group <= next);
            next = next.max(group + 1);
        }
    }

    #[test]
    fn groups_do_not_depend_on_the_order(texts in some_texts(), seed in any::<u64>(), share in 0.0..=1.0) {
        let ahead: Vec<usize> = (0..texts.len()).collect();
        let mut mixed = ahead.clone();
        mixed.sort_by_key(|at| rankine_learn::hash(seed, &[*at as u64]));
        let of = |order: &[usize]| {
            let list: Vec<&str> = order.iter().map(|at| texts[*at].as_str()).collect();
            partition(&groups(&list, share), order)
        };
        prop_assert_eq!(of(&ahead), of(&mixed));
    }
}
