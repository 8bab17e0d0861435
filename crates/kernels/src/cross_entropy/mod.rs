//! Cross-entropy of rows of logits against one target each, alone or together with the head that makes the logits.
//!
//! With the head, the logits of a large vocabulary are never held for all rows at once: they are made, judged and turned into gradients
//! some rows at a time, already on the way forward.

#[cfg(feature = "flex")]
mod cpu;
mod divergence;
#[cfg(feature = "flex")]
mod fused;
pub(crate) mod reference;
pub(crate) mod subjects;

use burn::tensor::{Int, Tensor};

use crate::{Affine, Precision, linear};

pub use divergence::{Scored, Softening, linear_divergence};

/// A target that does not count.
pub const IGNORED: i32 = -1;

/// Logits held at a time, at most, but for a single row of more.
const LOGITS: usize = 1 << 24;

/// What is added to the plain cross-entropy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CrossEntropy {
    /// The share of the target that is spread over all of the vocabulary (Szegedy et al. 2016).
    pub smoothing: f64,
    /// Weight of the squared log of the softmax's denominator (PaLM, 2022).
    pub z: f64,
    pub precision: Precision,
}

/// The cross-entropy `[row]` of each row of logits, in nats; zero where the target is [`IGNORED`].
///
/// logits `[row, vocabulary]`, targets `[row]`.
pub fn cross_entropy_rows(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&logits.device()) && !logits.is_autodiff() {
        return fused::cross_entropy_rows(logits, targets);
    }
    reference::cross_entropy_rows(logits, targets)
}

/// The summed cross-entropy `[1]` of `hidden · weight` in nats; rows whose target is [`IGNORED`] don't count.
///
/// hidden `[batch, query, width]`, weight `[width, vocabulary]`, targets `[batch, query]`.
pub fn linear_cross_entropy(
    hidden: Tensor<3>,
    weight: Tensor<2>,
    targets: Tensor<2, Int>,
    options: CrossEntropy,
) -> Tensor<1> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&hidden.device()) {
        return fused::linear_cross_entropy(hidden, weight, targets, options);
    }
    reference::linear_cross_entropy(hidden, weight, targets, options)
}

/// The plain cross-entropy of each row, `[batch, query]`, for evaluation: without autodiff it holds the logits of some rows at a time.
pub fn linear_cross_entropy_rows(
    hidden: Tensor<3>,
    weight: Tensor<2>,
    targets: Tensor<2, Int>,
    precision: Precision,
) -> Tensor<2> {
    let [batch, queries, width] = hidden.dims();
    let [_, vocabulary] = weight.dims();
    let (rows, hidden, targets) =
        (batch * queries, hidden.reshape([1, batch * queries, width]), targets.reshape([batch * queries]));
    let losses = pieces(rows, vocabulary).map(|(start, length)| {
        let logits =
            linear(hidden.clone().narrow(1, start, length), Affine { weight: weight.clone(), bias: None, precision });
        cross_entropy_rows(logits.reshape([length, vocabulary]), targets.clone().narrow(0, start, length))
    });
    Tensor::cat(losses.collect(), 0).reshape([batch, queries])
}

/// Starts and lengths of stretches of rows whose logits are held at once.
fn pieces(rows: usize, vocabulary: usize) -> impl Iterator<Item = (usize, usize)> {
    let most = (LOGITS / vocabulary).max(1);
    (0..rows).step_by(most).map(move |start| (start, most.min(rows - start)))
}
