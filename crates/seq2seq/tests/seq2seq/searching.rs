//! A search over a decoder with its cache finds what `generate` of transformers finds with beams: token for token, and the scores.

use attentive_attention::Pass;
use attentive_engine::{Hypothesis, Search, Stopping};
use attentive_testkit::{assert_slices_close, host};

use crate::{
    parity::{Case, NOTHING, cases},
    sample::{integers, memory},
};

/// Scores are means of a dozen log-probabilities, each as near as the logits.
const SCORES: f32 = 2e-5;
const BEAMS: usize = 4;
const BEST: usize = 3;
const MOST: usize = 12;

#[test]
fn beams_find_what_those_of_transformers_find() {
    for case in cases() {
        for penalty in ["0.6", "1.0", "2.0"] {
            for (stopping, word) in [(Stopping::Full, "early"), (Stopping::Hopeless, "late")] {
                let length_penalty = penalty.parse().expect("a number");
                let search = Search { length_penalty, stopping, ..search(&case) };
                assert_found(&case, &format!("p{penalty}/{word}"), &search);
            }
        }
    }
}

#[test]
fn beams_with_forced_ends_find_what_those_of_transformers_find() {
    const FIRST: u32 = 7;
    let forced = cases().filter(|case| case.tensors.contains_key("beam/forced"));
    let tried = forced.map(|case| {
        let (forced_first, forced_last) = (Some(FIRST), Some(case.end()));
        let search = Search { no_repeat: Some(2), forced_first, forced_last, ..search(&case) };
        assert_found(&case, "forced", &search);
    });
    assert_eq!(tried.count(), 2);
}

/// As those of the files, but for what a file's name says.
fn search(case: &Case) -> Search {
    Search { beams: BEAMS, best: BEST, ..Search::greedy(MOST, Some(case.end())) }
}

fn assert_found(case: &Case, file: &str, search: &Search) {
    let (ids, scores) = found(case, search);
    let name = format!("{}: {file}", case.name);
    assert_eq!(ids, case.integers(&format!("beam/{file}")), "{name}");
    assert_slices_close(&scores, &case.tensors[&format!("beam_scores/{file}")].values, SCORES, &name);
}

/// The best answers to each source, filled up behind their ends, and their scores.
fn found(case: &Case, search: &Search) -> (Vec<Vec<i32>>, Vec<f32>) {
    let (model, batch) = (case.model(), case.batch());
    let (mut memory, mut cache) = (memory(&model, &batch, &mut Pass::evaluation()), Some(model.cache(MOST)));
    let next = |rows: &[Hypothesis]| {
        let mut kept = cache.take().expect("it comes back after each step");
        if !kept.is_empty() {
            let parents: Vec<usize> = rows.iter().map(|row| row.parent).collect();
            kept.choose(&parents);
            memory.choose(&parents);
        }
        let last: Vec<Vec<i32>> = rows.iter().map(|row| vec![*row.ids.last().expect("a start") as i32]).collect();
        let mut pass = Pass::evaluation().with_cache(kept);
        let hidden = model.decode(integers(&last, &model.device()), &memory, &mut pass);
        cache = pass.into_cache();
        host(model.head(hidden))
    };
    let found = search.run(&vec![vec![case.start()]; batch.source.len()], next);
    let filled = |ids: &[u32]| {
        let mut row: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
        row.resize(MOST, NOTHING);
        row
    };
    let each = || found.iter().flatten();
    (each().map(|found| filled(&found.ids)).collect(), each().map(|found| found.score as f32).collect())
}
