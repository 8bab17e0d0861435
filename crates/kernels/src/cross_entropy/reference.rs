//! Cross-entropy in plain tensor operations.

use burn::tensor::{Int, Tensor};

use super::{CrossEntropy, IGNORED, pieces};

pub(crate) fn cross_entropy_rows(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    let [rows, _] = logits.dims();
    let ignored = targets.clone().equal_elem(IGNORED); // [row]
    let index = targets.mask_fill(ignored.clone(), 0).reshape([rows, 1]);
    let maximum = logits.clone().detach().max_dim(1); // [row, 1]
    let shifted = logits - maximum;
    let picked = shifted.clone().gather(1, index); // [row, 1]
    let total = shifted.exp().sum_dim(1).log(); // [row, 1]
    (total - picked).reshape([rows]).mask_fill(ignored, 0.0)
}

/// Stretch by stretch, with the gradients made on the way: they enter autodiff as factors of a term that is zero.
pub(crate) fn linear_cross_entropy(
    hidden: Tensor<3>,
    weight: Tensor<2>,
    targets: Tensor<2, Int>,
    options: CrossEntropy,
) -> Tensor<1> {
    let [batch, queries, width] = hidden.dims();
    let hidden = hidden.reshape([batch * queries, width]);
    let judged = judge(plain(&hidden), plain(&weight), targets.reshape([batch * queries]), options);
    judged.entering(hidden, weight)
}

pub(super) fn plain<const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    if tensor.is_autodiff() { tensor.clone().inner() } else { tensor.clone() }
}

/// A loss `[1]`, and its gradients by what a head multiplies: `[row, width]` and `[width, vocabulary]`.
pub(super) struct Judged {
    pub(super) loss: Tensor<1>,
    pub(super) d_hidden: Tensor<2>,
    pub(super) d_weight: Tensor<2>,
}

impl Judged {
    /// The loss, whose gradients reach these two where there is autodiff.
    pub(super) fn entering(self, hidden: Tensor<2>, weight: Tensor<2>) -> Tensor<1> {
        if !hidden.is_autodiff() {
            return self.loss;
        }
        let [d_hidden, d_weight] = [self.d_hidden, self.d_weight].map(Tensor::from_inner);
        let carrier = (hidden * d_hidden).sum() + (weight * d_weight).sum();
        Tensor::from_inner(self.loss) + (carrier.clone() - carrier.detach())
    }
}

fn judge(hidden: Tensor<2>, weight: Tensor<2>, targets: Tensor<1, Int>, options: CrossEntropy) -> Judged {
    let [rows, _] = hidden.dims();
    let [_, vocabulary] = weight.dims();
    let (mut loss, mut d_weight, mut d_hidden) =
        (Tensor::zeros([1], &hidden.device()), weight.zeros_like(), Vec::new());
    for (start, length) in pieces(rows, vocabulary) {
        let hidden = hidden.clone().narrow(0, start, length);
        let logits = hidden.clone().matmul(weight.clone()); // [row, vocabulary]
        let (losses, d_logits) = differentiated(logits, targets.clone().narrow(0, start, length), options);
        loss = loss + losses.sum();
        d_hidden.push(d_logits.clone().matmul(weight.clone().transpose())); // [row, width]
        d_weight = d_weight + hidden.transpose().matmul(d_logits); // [width, vocabulary]
    }
    Judged { loss, d_hidden: Tensor::cat(d_hidden, 0), d_weight }
}

/// The loss `[row, 1]` of each row and its gradient `[row, vocabulary]`.
fn differentiated(logits: Tensor<2>, targets: Tensor<1, Int>, options: CrossEntropy) -> (Tensor<2>, Tensor<2>) {
    let CrossEntropy { smoothing, z, .. } = options;
    let [rows, vocabulary] = logits.dims();
    let ignored = targets.clone().equal_elem(IGNORED).reshape([rows, 1]); // [row, 1]
    let index = targets.reshape([rows, 1]).mask_fill(ignored.clone(), 0); // [row, 1]
    let maximum = logits.clone().max_dim(1); // [row, 1]
    let raised = (logits.clone() - maximum.clone()).exp();
    let total = raised.clone().sum_dim(1); // [row, 1]
    let log_sum = total.clone().log() + maximum; // [row, 1]
    let picked = logits.clone().gather(1, index.clone()) * (1.0 - smoothing) + logits.mean_dim(1) * smoothing;
    let losses = (log_sum.clone() - picked + log_sum.clone() * log_sum.clone() * z).mask_fill(ignored.clone(), 0.0);
    let places = Tensor::<1, Int>::arange(0..vocabulary as i64, &raised.device()).reshape([1, vocabulary]);
    let hit = places.equal(index).float() * (1.0 - smoothing); // [row, vocabulary]
    let d_logits = raised / total * (log_sum * (2.0 * z) + 1.0) - hit - smoothing / vocabulary as f64;
    (losses, d_logits.mask_fill(ignored.expand([rows, vocabulary]), 0.0))
}
