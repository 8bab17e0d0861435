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
                let (ids, scores) = found(&case, penalty.parse().expect("a number"), stopping);
                let name = format!("{}: p{penalty}/{word}", case.name);
                assert_eq!(ids, case.integers(&format!("beam/p{penalty}/{word}")), "{name}");
                let expected = &case.tensors[&format!("beam_scores/p{penalty}/{word}")].values;
                assert_slices_close(&scores, expected, SCORES, &name);
            }
        }
    }
}

/// The best answers to each source, filled up behind their ends, and their scores.
fn found(case: &Case, length_penalty: f64, stopping: Stopping) -> (Vec<Vec<i32>>, Vec<f32>) {
    let (model, batch) = (case.model(), case.batch());
    let end = Some(case.end as u32);
    let search = Search { beams: BEAMS, length_penalty, stopping, most: MOST, best: BEST, end, no_repeat: None };
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
        let logits = host(model.head(hidden));
        let bias = case.bias().unwrap_or(&[]).iter().copied().chain(std::iter::repeat(0.0));
        let bias: Vec<f32> = bias.take(logits.len() / rows.len()).collect();
        logits.chunks(bias.len()).flat_map(|row| row.iter().zip(&bias).map(|(logit, bias)| logit + bias)).collect()
    };
    let found = search.run(&vec![vec![case.start as u32]; batch.source.len()], next);
    let filled = |ids: &[u32]| {
        let mut row: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
        row.resize(MOST, NOTHING);
        row
    };
    let each = || found.iter().flatten();
    (each().map(|found| filled(&found.ids)).collect(), each().map(|found| found.score as f32).collect())
}
