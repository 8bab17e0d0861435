//! Beam search finds what transformers finds, and what its rules promise.

use std::{collections::BTreeSet, fs, iter::zip};

use attentive_engine::{Found, Hypothesis, Search, Stopping};
use proptest::prelude::*;
use serde::Deserialize;

use crate::languages::{END, Language, search};

/// The golden file holds float32.
const SINGLE: f64 = 1e-5;
/// Logits are float32, sums float64.
const ROUNDING: f64 = 1e-6;

#[derive(Deserialize)]
struct Golden {
    start: u32,
    end: u32,
    max_new_tokens: usize,
    /// By language, step and token before.
    languages: Vec<Vec<Vec<Vec<f32>>>>,
    searches: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Case {
    language: usize,
    beams: usize,
    length_penalty: f64,
    early_stopping: bool,
    #[serde(flatten)]
    rules: Rules,
    sequences: Vec<Vec<u32>>,
    scores: Vec<f64>,
}

/// What else `generate` was told.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Rules {
    no_repeat_ngram_size: Option<usize>,
    bad_words_ids: Vec<[u32; 1]>,
    /// Counts the start as well.
    min_length: usize,
    forced_bos_token_id: Option<u32>,
    forced_eos_token_id: Option<u32>,
}

impl Golden {
    fn read() -> Self {
        let path = format!("{}/tests/golden/beam.json", env!("CARGO_MANIFEST_DIR"));
        let bytes = fs::read(path).expect("the file is kept with the crate");
        serde_json::from_slice(&bytes).expect("a golden file")
    }

    fn found(&self, case: &Case) -> Vec<Found> {
        let &Case { language, beams, length_penalty, early_stopping, ref rules, .. } = case;
        let search = Search {
            beams,
            length_penalty,
            stopping: if early_stopping { Stopping::Full } else { Stopping::Hopeless },
            best: beams,
            no_repeat: rules.no_repeat_ngram_size,
            // The end is never a bad word.
            ruled_out: rules.bad_words_ids.iter().flatten().copied().filter(|&id| id != self.end).collect(),
            least: rules.min_length.saturating_sub(1),
            forced_first: rules.forced_bos_token_id,
            forced_last: rules.forced_eos_token_id,
            ..Search::greedy(self.max_new_tokens, Some(self.end))
        };
        let mut found = search.run(&[vec![self.start]], |live| {
            let follows = live.iter().flat_map(|one| {
                let (last, before) = one.ids.split_last().expect("a start has an id");
                &self.languages[language][before.len()][*last as usize]
            });
            follows.copied().collect()
        });
        found.pop().expect("one start")
    }
}

#[test]
fn transformers_finds_the_same() {
    let golden = Golden::read();
    let ruled = golden.searches.iter().filter(|case| case.rules.min_length > 0).count();
    assert!(golden.searches.len() - ruled > 100 && ruled > 50, "{} searches, {ruled} ruled", golden.searches.len());
    for case in &golden.searches {
        let found = golden.found(case);
        let sequences: Vec<&Vec<u32>> = found.iter().map(|found| &found.ids).collect();
        assert_eq!(sequences, case.sequences.iter().collect::<Vec<_>>(), "{case:?}");
        for (found, score) in zip(&found, &case.scores) {
            assert!((found.score - score).abs() < SINGLE, "{case:?}: {} for {score}", found.score);
        }
    }
}

fn one(language: Language, search: &Search, start: &[u32]) -> Vec<Found> {
    search.run(&[start.to_vec()], |live| language.next(live)).pop().expect("one start")
}

fn likeliest(probabilities: &[f64]) -> u32 {
    let best =
        (0..probabilities.len()).rev().max_by(|&left, &right| probabilities[left].total_cmp(&probabilities[right]));
    best.expect("a language has words") as u32
}

fn languages() -> impl Strategy<Value = Language> {
    (any::<u64>(), 2..7usize).prop_map(|(seed, words)| Language { seed, words })
}

fn searches() -> impl Strategy<Value = Search> {
    let stopping = prop_oneof![Just(Stopping::Full), Just(Stopping::Hopeless)];
    let counts = (1..6usize, 1..9usize, 1..7usize);
    (counts, prop_oneof![Just(0.0), Just(0.6), Just(1.0), Just(2.0)], stopping, prop::option::of(1..4usize)).prop_map(
        |((beams, most, best), length_penalty, stopping, no_repeat)| Search {
            beams,
            length_penalty,
            stopping,
            best,
            no_repeat,
            ..Search::greedy(most, Some(END))
        },
    )
}

fn starts() -> impl Strategy<Value = Vec<Vec<u32>>> {
    prop::collection::vec(prop::collection::vec(1..2u32, 1..4), 1..5)
}

proptest! {
    #[test]
    fn one_beam_takes_the_likeliest_word_each_time(language in languages(), most in 1..9usize) {
        let mut ids = vec![1];
        while ids.len() <= most && (ids.len() == 1 || ids.last() != Some(&END)) {
            ids.push(likeliest(&language.log_probabilities(&ids)));
        }
        let found = one(language, &Search { most, ..search(1) }, &[1]);
        prop_assert_eq!(&found[0].ids, &ids[1..]);
    }

    /// With a beam for each sentence that there is, nothing is lost: the search is exhaustive.
    #[test]
    fn a_beam_for_each_sentence_finds_them_all_in_order(seed: u64, penalty in 0.0..2.0f64) {
        let language = Language { seed, words: 3 };
        let mut sentences = language.sentences(4);
        let score = |ids: &Vec<u32>| language.total(&[2], ids) / (ids.len() as f64).powf(penalty);
        sentences.sort_by(|left, right| score(right).total_cmp(&score(left)));
        let wide = Search { length_penalty: penalty, most: 4, ..search(sentences.len()) };
        let found: Vec<Vec<u32>> = one(language, &wide, &[2]).into_iter().map(|found| found.ids).collect();
        prop_assert_eq!(found, sentences);
    }

    #[test]
    fn what_is_found_is_distinct_ordered_and_scored_by_its_probability(language in languages(), search in searches()) {
        let found = one(language, &search, &[1]);
        prop_assert!((1..=search.best.min(search.beams)).contains(&found.len()));
        prop_assert!(found.is_sorted_by(|left, right| left.score >= right.score));
        let distinct: BTreeSet<&Vec<u32>> = found.iter().map(|found| &found.ids).collect();
        prop_assert_eq!(distinct.len(), found.len());
        for Found { ids, score } in &found {
            let expected = language.total(&[1], ids) / (ids.len().max(1) as f64).powf(search.length_penalty);
            prop_assert!((score - expected).abs() < ROUNDING * expected.abs().max(1.0), "{} for {}", score, expected);
            prop_assert!(!ids.iter().rev().skip(1).any(|&id| id == END));
        }
    }

    #[test]
    fn a_sequence_ends_or_is_as_long_as_it_may_be(language in languages(), search in searches()) {
        let search = Search { no_repeat: None, ..search };
        for found in one(language, &search, &[1]) {
            prop_assert!(found.ids.last() == Some(&END) || found.ids.len() == search.most, "{:?}", found);
        }
    }

    #[test]
    fn starts_do_not_disturb_each_other(language in languages(), search in searches(), starts in starts()) {
        let together = search.run(&starts, |live| language.next(live));
        let apart: Vec<Vec<Found>> = starts.iter().map(|start| one(language, &search, start)).collect();
        prop_assert_eq!(together, apart);
    }

    #[test]
    fn parents_keep_a_cache_in_step(language in languages(), search in searches(), starts in starts()) {
        prop_assert_eq!(search.run(&starts, language.cached()), search.run(&starts, |live| language.next(live)));
    }

    #[test]
    fn no_run_comes_twice(language in languages(), search in searches(), size in 1..4usize) {
        let start = [1, 1];
        for found in one(language, &Search { no_repeat: Some(size), ..search }, &start) {
            let ids = [&start[..], &found.ids].concat();
            let made: Vec<&[u32]> = ids.windows(size).collect();
            let twice = (3..=ids.len()).filter(|&end| end >= size && made[..end - size].contains(&made[end - size]));
            prop_assert_eq!(twice.count(), 0, "{:?} in {:?}", size, ids);
        }
    }
}

proptest! {
    #[test]
    fn what_is_ruled_out_never_comes_and_what_is_forced_always(
        language in languages(), search in searches(), out in 1..7u32, least in 0..5usize, forced in 1..2u32,
    ) {
        let (forced_first, forced_last) = (Some(forced), Some(END));
        let search = Search { no_repeat: None, ruled_out: vec![out], least, forced_first, forced_last, ..search };
        for Found { ids, .. } in one(language, &search, &[1]) {
            let all_out = language.words == 2 && out == 1 && ids.len() < search.most;
            let inner = if ids.len() < search.most { &ids[1..] } else { &ids[1.min(ids.len() - 1)..ids.len() - 1] };
            prop_assert!(!inner.contains(&out), "{:?}", ids);
            prop_assert!(ids.len() == 1 && search.most == 1 || ids[0] == forced, "{:?}", ids);
            prop_assert!(ids.len() < search.most || ids.last() == Some(&END), "{:?}", ids);
            prop_assert!(all_out || ids.len() > least || ids.len() == search.most, "{:?}", ids);
        }
    }
}

#[test]
fn what_is_certain_adds_nothing_to_a_score_and_what_is_ruled_out_keeps_its_share() {
    let logits = [0.1_f32, 0.2, 0.3, 0.4].map(f32::ln);
    let search = Search { ruled_out: vec![3], forced_last: Some(0), ..Search::greedy(2, Some(0)) };
    let found = search.run(&[vec![1]], |_| logits.to_vec()).remove(0);
    assert_eq!(found[0].ids, [2, 0]);
    assert!((found[0].score - 0.3_f64.ln() / 2.0).abs() < ROUNDING);
    let beyond = Search { forced_first: Some(4), ..search };
    assert_eq!(beyond.run(&[vec![1]], |_| logits.to_vec()), [[Found { ids: vec![], score: 0.0 }]]);
}

#[test]
fn of_equals_the_lower_id_comes_first() {
    let even = Search { most: 2, end: None, ..search(4) };
    let found = even.run(&[vec![0]], |live| vec![0.0; 3 * live.len()]).remove(0);
    let ids: Vec<Vec<u32>> = found.into_iter().map(|found| found.ids).collect();
    assert_eq!(ids, [[0, 0], [0, 1], [0, 2], [1, 0]]);
}

#[test]
fn starts_that_are_done_are_asked_for_no_more() {
    let mut asked = Vec::new();
    let found = search(1).run(&[vec![1], vec![2], vec![3]], |live| {
        asked.push(live.iter().map(|one| (one.start, one.parent)).collect::<Vec<_>>());
        // A sentence ends after as many words as its start says.
        live.iter()
            .flat_map(|one| if one.made().len() + 1 == one.ids[0] as usize { [1.0, 0.0] } else { [0.0, 1.0] })
            .collect()
    });
    assert_eq!(asked, [vec![(0, 0), (1, 1), (2, 2)], vec![(1, 1), (2, 2)], vec![(2, 1)]]);
    let ids: Vec<&[u32]> = found.iter().map(|found| &found[0].ids[..]).collect();
    assert_eq!(ids, [&[0][..], &[1, 0], &[1, 1, 0]]);
}

/// A hopeless search goes on as long as a better sequence may come; a full one does not wait for it.
#[test]
fn a_full_search_takes_what_came_first() {
    // The end is likely at once, but a second word makes a third certain, so that the mean over three is the better one.
    let likely = |made: &[u32]| match made {
        [] => [0.4_f32, 0.6],
        [1] => [0.4, 0.6],
        _ => [0.99, 0.01],
    };
    let found = |stopping| {
        let search = Search { stopping, ..search(2) };
        search.run(&[vec![9]], |live| live.iter().flat_map(|one| likely(one.made()).map(f32::ln)).collect()).remove(0)
    };
    let ids = |found: Vec<Found>| found.into_iter().map(|found| found.ids).collect::<Vec<_>>();
    assert_eq!(ids(found(Stopping::Full)), [vec![1, 0], vec![0]]);
    assert_eq!(ids(found(Stopping::Hopeless)), [vec![1, 1, 0], vec![1, 0]]);
}

#[test]
fn where_nothing_can_follow_the_sequences_are_taken_as_they_are() {
    for nothing in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let found = search(2).run(&[vec![5]], |live| {
            let certain = [f32::NEG_INFINITY, 1.0];
            live.iter().flat_map(|one| if one.made().is_empty() { certain } else { [nothing; 2] }).collect()
        });
        assert_eq!(found, [[Found { ids: vec![1], score: 0.0 }]]);
    }
}

#[test]
fn a_hypothesis_that_nothing_can_follow_gives_way_to_the_others() {
    let found = search(2).run(&[vec![5]], |live| {
        let follows = |one: &Hypothesis| match one.made() {
            [] => [f32::NEG_INFINITY, 2.0, 1.0],
            [1, ..] => [0.0, 0.0, f32::NAN],
            _ => [1.0, f32::NEG_INFINITY, f32::NEG_INFINITY],
        };
        live.iter().flat_map(follows).collect()
    });
    let ids: Vec<&[u32]> = found[0].iter().map(|found| &found.ids[..]).collect();
    assert_eq!(ids, [[2, END]]);
}

#[test]
fn counts_of_zero_are_taken_for_one() {
    let language = Language { seed: 1, words: 5 };
    let none = Search { beams: 0, most: 0, best: 0, no_repeat: Some(0), ..search(1) };
    let one_of_each = Search { beams: 1, most: 1, best: 1, no_repeat: Some(1), ..search(1) };
    assert_eq!(one(language, &none, &[1]), one(language, &one_of_each, &[1]));
    assert_eq!(search(2).run(&[], |live| language.next(live)), [[]; 0]);
}

#[test]
#[should_panic(expected = "5 logits are no rows of one length for 2 hypotheses")]
fn logits_of_another_shape_are_refused() {
    search(2).run(&[vec![1], vec![1]], |_| vec![0.0; 5]);
}
