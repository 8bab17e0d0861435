//! What a model shows of pictures beside its loss, so that a student can be held against its teacher.

use attentive_attention::{Aspect, Pass, Shares, Shown, Teaching};
use attentive_kernels::Scored;
use burn::tensor::Tensor;

use crate::{Classifier, Targets};

impl Classifier {
    /// What can be held against another model. Several encoders show their logits alone, and have what their fusion makes of a picture for its states.
    pub fn shown(&self, pictures: Tensor<4>, teaching: &Teaching, pass: &mut Pass) -> Shown {
        self.looked(pictures, teaching, pass).1
    }

    /// The loss, and what can be held against a teacher.
    pub fn loss_shown(
        &self,
        pictures: Tensor<4>,
        (targets, smoothing): (&Targets, f64),
        teaching: &Teaching,
        pass: &mut Pass,
    ) -> (Tensor<1>, Shown) {
        let (logits, shown) = self.looked(pictures, teaching, pass);
        (targets.losses(logits, smoothing).sum(), shown)
    }

    fn looked(&self, pictures: Tensor<4>, teaching: &Teaching, pass: &mut Pass) -> (Tensor<2>, Shown) {
        let (logits, states, attention) = if self.fusion.is_some() {
            let fused = self.pooled(pictures, pass).unsqueeze_dim::<3>(1); // [batch, 1, width]
            (self.head.forward(fused.clone(), pass).squeeze_dim(1), fused, None)
        } else {
            let last = self.encoders[0].blocks.len() - 1;
            if teaching.of(Aspect::Attention) {
                pass.watch(last);
            }
            let hidden = self.encoders[0].hidden(pictures, pass);
            let attention = pass.watched(last);
            (self.scores(hidden.clone(), pass), hidden, attention)
        };
        let states = self.lens.as_ref().map_or_else(|| states.clone(), |lens| lens.forward(states.clone(), pass));
        (logits.clone(), Shown { scored: scored(logits), states, attention })
    }
}

/// Logits as the product that they are with the identity, for heads may be several, with biases.
fn scored(logits: Tensor<2>) -> Scored {
    let ([_, classes], device) = (logits.dims(), logits.device());
    Scored { hidden: logits.unsqueeze_dim(1), weight: Tensor::eye(classes, &device) }
}

/// Each picture counts once, and each place of it alike.
pub fn shares(shown: &Shown) -> Shares {
    let ([batch, positions, _], device) = (shown.states.dims(), shown.states.device());
    Shares {
        scored: Tensor::ones([batch, 1], &device),
        positions: Tensor::full([batch, positions], (positions as f64).recip(), &device),
    }
}
