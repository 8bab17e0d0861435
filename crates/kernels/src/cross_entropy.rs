//! Cross-entropy of a row of logits against one target.

use burn::tensor::{Int, Tensor};

/// A target that does not count.
pub const IGNORED: i32 = -1;

/// The cross-entropy `[row]` of each row, in nats; zero where the target is [`IGNORED`].
///
/// logits `[row, vocabulary]`, targets `[row]`.
pub fn cross_entropy_rows(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    let [rows, _] = logits.dims();
    let ignored = targets.clone().equal_elem(IGNORED); // [row]
    let index = targets.mask_fill(ignored.clone(), 0).reshape([rows, 1]);
    let maximum = logits.clone().detach().max_dim(1); // [row, 1]
    let shifted = logits - maximum;
    let picked = shifted.clone().gather(1, index); // [row, 1]
    let total = shifted.exp().sum_dim(1).log(); // [row, 1]
    (total - picked).reshape([rows]).mask_fill(ignored, 0.0)
}
