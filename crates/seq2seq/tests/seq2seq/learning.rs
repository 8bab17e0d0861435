//! Models learn: fresh ones, from their own first weights.

use std::collections::BTreeMap;

use attentive_attention::{Mode, Pass, updated};
use attentive_kernels::{AdamW, Moments, adamw};
use attentive_random::Key;
use attentive_seq2seq::Seq2Seq;
use serde_json::{Value, json};

use crate::sample::{Batch, CROSSES, Learned, STYLES, fresh, greedy, learn, plan};

/// Begins every target.
const START: i32 = 0;

/// AdamW as the first transformer had it, without weight decay.
struct Learner {
    model: Seq2Seq,
    moments: BTreeMap<String, Moments>,
    step: u64,
}

impl Learner {
    fn new(written: Value) -> Self {
        Self { model: fresh(&plan(written)), moments: BTreeMap::new(), step: 0 }
    }

    fn step(mut self, batch: &Batch, rate: f64) -> (Self, f32) {
        let mode = Mode::Training { key: Key::new(self.step), row: 0, recompute: false };
        let Learned { loss, gradients } = learn(&self.model, batch, 0.0, Pass::new(mode));
        self.step += 1;
        let (moments, step) = (&mut self.moments, self.step);
        let settings = AdamW { learning_rate: rate, betas: [0.9, 0.98], epsilon: 1e-9, decay: 0.0, step, factor: 1.0 };
        self.model = updated(self.model, |path, values| {
            let before = moments.remove(path).unwrap_or_else(|| Moments::zeros_like(&values));
            let (values, after) = adamw(values, gradients[path].clone(), before, &settings);
            moments.insert(path.to_owned(), after);
            values
        });
        (self, loss)
    }
}

/// Rows of letters, to be answered by the same letters from last to first.
fn reversals(rows: usize, letters: usize, alphabet: usize, key: Key) -> Batch {
    let mut stream = key.stream();
    let mut letter = || 1 + stream.below(alphabet) as i32;
    let source: Vec<Vec<i32>> = (0..rows).map(|_| (0..letters).map(|_| letter()).collect()).collect();
    let targets: Vec<Vec<i32>> = source.iter().map(|row| row.iter().rev().copied().collect()).collect();
    let inputs = targets.iter().map(|row| [&[START], &row[..letters - 1]].concat()).collect();
    Batch { lengths: vec![letters; rows], source, inputs, targets }
}

#[test]
fn the_first_transformer_learns_to_reverse() {
    const STEPS: u64 = 200;
    const WARM: f64 = 80.0;
    const RATE: f64 = 5e-3;
    /// Of 50. Six rates and warm-ups gave 44 to 50, and this one 50; other roundings may end elsewhere in that range.
    const FEWEST: usize = 40;
    let written = json!({"layers": 2, "heads": 4, "width": 32, "hidden": 64, "context": 6, "vocabulary": 9});
    let mut learner = Learner::new(written);
    for step in 1..=STEPS {
        let factor = (step as f64 / WARM).min((WARM / step as f64).sqrt());
        (learner, _) = learner.step(&reversals(64, 6, 8, Key::new(7).nth(step)), RATE * factor);
    }
    let unseen = reversals(50, 6, 8, Key::new(8));
    let answers = greedy(&learner.model, &unseen, START, 6);
    let right = answers.iter().zip(&unseen.targets).filter(|(answer, target)| answer == target).count();
    assert!(right >= FEWEST, "{right} of 50 reversed");
}

#[test]
fn every_style_and_every_look_at_the_source_can_learn_a_batch_by_heart() {
    let looks = STYLES.map(|style| (style, CROSSES[0])).into_iter().chain(CROSSES.map(|cross| ("pre_norm", cross)));
    for (style, cross) in looks {
        let written = json!({
            "style": style, "cross": cross, "layers": 1, "heads": 2, "width": 16, "context": 5, "vocabulary": 7,
        });
        let batch = reversals(3, 5, 6, Key::new(9));
        let mut learner = Learner::new(written);
        let mut loss = f32::INFINITY;
        for _ in 0..60 {
            (learner, loss) = learner.step(&batch, 1e-2);
        }
        assert!(loss < 0.05, "{style}, {cross}: the loss is still {loss}");
    }
}
