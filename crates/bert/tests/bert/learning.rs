//! A fresh model of any head learns a batch by heart.

use std::collections::BTreeMap;

use attentive_attention::{IGNORED, Pass, updated};
use attentive_bert::{Bert, Head, Targets};
use attentive_kernels::{AdamW, Moments, adamw};
use serde_json::json;

use crate::sample::{Batch, fresh, learn, plan};

const NONE: i32 = IGNORED;

const RATE: f64 = 5e-3;
/// Of what a model that knows nothing begins with.
const LEFT: f32 = 0.05;

/// Four rows, the last of which is shorter.
fn batch(head: Head) -> Batch {
    let ids = vec![vec![1, 5, 6, 7, 2], vec![1, 8, 9, 10, 2], vec![1, 6, 8, 5, 2], vec![1, 9, 2, 0, 0]];
    let targets = match head {
        Head::Masked => Targets::Ids(vec![
            NONE, 9, NONE, 6, NONE, NONE, 5, 7, NONE, NONE, NONE, 8, 4, 9, NONE, NONE, 3, NONE, NONE, NONE,
        ]),
        Head::Tags(_) => Targets::Ids(vec![0, 1, 2, NONE, 0, 0, 2, 2, 1, 0, 0, 1, 1, 2, 0, 0, 2, 1, NONE, NONE]),
        Head::Classes(_) => Targets::Ids(vec![0, 1, 2, 1]),
        Head::Number => Targets::Numbers(vec![-1.0, 0.5, 2.0, 1.0]),
    };
    Batch { ids, kinds: None, lengths: vec![5, 5, 5, 3], targets }
}

fn stepped(model: Bert, batch: &Batch, moments: &mut BTreeMap<String, Moments>, step: u64) -> Bert {
    let gradients = learn(&model, batch, Pass::evaluation()).gradients;
    let settings = AdamW { learning_rate: RATE, betas: [0.9, 0.95], epsilon: 1e-8, decay: 0.0, step, factor: 1.0 };
    updated(model, |path, values| {
        let before = moments.remove(path).unwrap_or_else(|| Moments::zeros_like(&values));
        let (values, after) = adamw(values, gradients[path].clone(), before, &settings);
        moments.insert(path.to_owned(), after);
        values
    })
}

#[test]
fn one_batch_is_learned_by_heart() {
    for head in [Head::Masked, Head::Classes(3), Head::Number, Head::Tags(3)] {
        // What is pooled is told apart by attention alone, which takes longer.
        let steps = if head.is_pooled() { 150 } else { 40 };
        for norm_place in ["after", "before"] {
            let written = json!({
                "layers": 2, "heads": 2, "width": 32, "context": 5, "vocabulary": 11, "norm_place": norm_place,
            });
            let [first, last] = trained(fresh(&plan(written, head)), &batch(head), steps);
            assert!(last < LEFT * first, "{head:?}, norms {norm_place}: from {first} to {last}");
        }
    }
}

/// The losses before and after so many steps.
fn trained(mut model: Bert, batch: &Batch, steps: u64) -> [f32; 2] {
    let first = learn(&model, batch, Pass::evaluation()).loss;
    let mut moments = BTreeMap::new();
    for step in 1..=steps {
        model = stepped(model, batch, &mut moments, step);
    }
    [first, learn(&model, batch, Pass::evaluation()).loss]
}
