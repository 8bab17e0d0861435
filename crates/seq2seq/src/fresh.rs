//! How wide fresh weights are drawn. A model that normalizes behind its branches starts to learn only when no branch drowns another:
//! matrices get deviations by their own sizes (Glorot and Bengio 2010), as they do in tensor2tensor and fairseq.

use attentive_attention::{CrossKind, parameters, updated};

use crate::{Seq2Seq, Seq2SeqPlan};

/// What the blocks' matrices are drawn with, before [`spread`].
pub(crate) const UNIT: f64 = 1.0;

/// A head's vectors give logits of about one when they are as long as one; those of a head whose logits are divided, as T5's, √width.
pub(crate) fn tokens(plan: &Seq2SeqPlan) -> f64 {
    if plan.head_scale { UNIT } else { positions(plan) }
}

/// Of learned positions and of relative ones.
pub(crate) fn positions(plan: &Seq2SeqPlan) -> f64 {
    1.0 / (plan.width as f64).sqrt()
}

/// The model with the matrices of its blocks at their own deviations.
pub(crate) fn spread(model: Seq2Seq, plan: &Seq2SeqPlan) -> Seq2Seq {
    let drawn = parameters(&model);
    updated(model, |path, values| match deviation(path, &drawn[path].shape, plan) {
        Some(deviation) => values * deviation,
        None => values,
    })
}

/// Absent for what was drawn as it should be.
fn deviation(path: &str, shape: &[usize], plan: &Seq2SeqPlan) -> Option<f64> {
    match *shape {
        [from, to] if Seq2Seq::hidden_matrix(path) => {
            let glorot = (2.0 / (from + to) as f64).sqrt();
            // Scores that nothing divides begin as others do.
            Some(if unscaled(path, plan) { glorot / (plan.channels as f64).sqrt() } else { glorot })
        }
        [length] if path.ends_with("score") => Some(1.0 / (length as f64).sqrt()),
        _ => None,
    }
}

/// Whether scores are products with these queries as they are.
fn unscaled(path: &str, plan: &Seq2SeqPlan) -> bool {
    let queries = path.ends_with("query.weight");
    match (path.contains(".cross."), plan.cross) {
        (true, CrossKind::Multiplicative) => queries,
        (true, CrossKind::Additive) => false,
        _ => queries && !plan.score_scale,
    }
}
