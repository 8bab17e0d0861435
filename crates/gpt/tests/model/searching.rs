//! A model with its cache goes on as `generate` of transformers does: token for token, greedily and with beams.

use attentive_attention::{Cache, Pass};
use attentive_engine::{Hypothesis, Search, Stopping};
use attentive_testkit::assert_slices_close;
use burn::module::Module;

use crate::{
    parity::{Case, written},
    sample::logits,
};

/// Scores are means of some log-probabilities, each as near as the logits.
const SCORES: f32 = 2e-5;
const PROMPT: usize = 3;
const MOST: usize = 8;
const END: u32 = 2;
/// Stands behind an end.
const NOTHING: i32 = -1;

#[test]
fn greedy_search_finds_what_that_of_transformers_finds() {
    let search = Search::greedy(MOST, Some(END));
    for case in written() {
        assert_eq!(found(&case, &search).0, case.integers("greedy"), "{}", case.name);
    }
}

#[test]
fn beams_find_what_those_of_transformers_find() {
    let early = Search { length_penalty: 0.6, stopping: Stopping::Full, ..search() };
    for case in written() {
        for (word, search) in [("p0.6/early", &early), ("p1.0/late", &search())] {
            let (ids, scores) = found(&case, search);
            let name = format!("{}: {word}", case.name);
            assert_eq!(ids, case.integers(&format!("beam/{word}")), "{name}");
            assert_slices_close(&scores, &case.tensors[&format!("beam_scores/{word}")].values, SCORES, &name);
        }
    }
}

fn search() -> Search {
    Search { beams: 3, best: 2, ..Search::greedy(MOST, Some(END)) }
}

/// The best continuations of each row, filled up behind their ends, and their scores.
fn found(case: &Case, search: &Search) -> (Vec<Vec<i32>>, Vec<f32>) {
    let model = case.model().valid();
    let mut cache = Some(Cache::new(model.blocks.len(), PROMPT + MOST));
    let next = |rows: &[Hypothesis]| {
        let mut kept = cache.take().expect("it comes back after each step");
        let known = kept.len();
        if known > 0 {
            kept.choose(&rows.iter().map(|row| row.parent).collect::<Vec<_>>());
        }
        let ids: Vec<Vec<i32>> =
            rows.iter().map(|row| row.ids[known..].iter().map(|&id| id as i32).collect()).collect();
        let mut pass = Pass::evaluation().with_cache(kept);
        let logits = logits(&model, &ids, &mut pass);
        cache = pass.into_cache();
        let each = logits.len() / rows.len();
        logits.chunks(each).flat_map(|row| row[each - each / ids[0].len()..].to_vec()).collect()
    };
    let starts = case.batch().ids.into_iter().map(|row| row[..PROMPT].iter().map(|&id| id as u32).collect());
    let found = search.run(&starts.collect::<Vec<_>>(), next);
    let filled = |ids: &[u32]| {
        let mut row: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
        row.resize(MOST, NOTHING);
        row
    };
    let each = || found.iter().flatten();
    (each().map(|found| filled(&found.ids)).collect(), each().map(|found| found.score as f32).collect())
}
