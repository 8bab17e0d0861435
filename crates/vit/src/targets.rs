//! What a batch of pictures is judged by.

use burn::tensor::{Int, Tensor, activation::log_softmax};

/// The classes of pictures, `[batch]` each. A negative one counts nothing.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one a batch")]
pub enum Targets {
    Classes(Tensor<1, Int>),
    /// Two of each picture, and the first one's share: pictures blended with others (Zhang et al. 2018; Yun et al. 2019).
    Blended {
        first: Tensor<1, Int>,
        second: Tensor<1, Int>,
        share: Tensor<1>,
    },
}

impl Targets {
    /// The cross-entropy `[batch]` of logits `[batch, class]` in nats, with this share of each target spread over all classes.
    pub fn losses(&self, logits: Tensor<2>, smoothing: f64) -> Tensor<1> {
        let [_, classes] = logits.dims();
        let shares = self.shares(&logits); // [batch, class]
        let spread = shares.clone().sum_dim(1) * (smoothing / classes as f64); // [batch, 1]
        let shares = shares * (1.0 - smoothing) + spread;
        -(shares * log_softmax(logits, 1)).sum_dim(1).squeeze_dim::<1>(1)
    }

    /// Each class's share of each picture, `[batch, class]`.
    fn shares(&self, logits: &Tensor<2>) -> Tensor<2> {
        match self {
            Self::Classes(classes) => told(classes, logits),
            Self::Blended { first, second, share } => {
                let share = share.clone().unsqueeze_dim(1); // [batch, 1]
                told(first, logits) * share.clone() + told(second, logits) * (-share + 1.0)
            }
        }
    }
}

/// One where the class is told, zero elsewhere.
fn told(classes: &Tensor<1, Int>, logits: &Tensor<2>) -> Tensor<2> {
    let [batch, count] = logits.dims();
    let all = Tensor::<1, Int>::arange(0..count as i64, &classes.device()).reshape([1, count]).expand([batch, count]);
    all.equal(classes.clone().reshape([batch, 1]).expand([batch, count])).float()
}
