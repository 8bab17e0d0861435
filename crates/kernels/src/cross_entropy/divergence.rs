//! How far a student's scores are from a teacher's (Hinton et al. 2015), together with the heads that make both: of a large vocabulary, the
//! scores of some rows are held at a time, and their gradients are made on the way forward.

use burn::tensor::Tensor;

use super::{
    pieces,
    reference::{Judged, plain},
};
use crate::{Affine, Precision, linear};

/// Tensors of the size of the logits that are held together.
const HELD: usize = 4;

/// What a head multiplies to scores: hidden `[batch, place, width]` and weight `[width, vocabulary]`.
#[derive(Clone, Debug)]
pub struct Scored {
    pub hidden: Tensor<3>,
    pub weight: Tensor<2>,
}

/// The choices of one comparison.
#[derive(Clone, Copy, Debug)]
pub struct Softening {
    /// What both sides' scores are divided by; the divergence is multiplied by its square, so that its gradients stay as large.
    pub temperature: f64,
    pub precision: Precision,
}

/// The summed divergence `[1]` of the student's distributions from the teacher's in nats, each place as much as its share
/// `[batch, place]` says. The teacher's tensors bear no gradient.
pub fn linear_divergence(student: Scored, teacher: Scored, shares: Tensor<2>, softening: Softening) -> Tensor<1> {
    let Scored { hidden, weight } = student;
    let own = Scored { hidden: plain(&hidden), weight: plain(&weight) }.in_rows();
    let judged = judge(&own, &teacher.in_rows(), plain(&shares), softening);
    let [batch, places, width] = hidden.dims();
    judged.entering(hidden.reshape([batch * places, width]), weight)
}

impl Scored {
    /// The same with all places in one row.
    fn in_rows(self) -> Self {
        let [batch, places, width] = self.hidden.dims();
        Self { hidden: self.hidden.reshape([1, batch * places, width]), weight: self.weight }
    }

    /// The logs of the probabilities of some places, `[place, vocabulary]`.
    fn logs(&self, (start, length): (usize, usize), softening: Softening) -> Tensor<2> {
        let affine = Affine { weight: self.weight.clone(), bias: None, precision: softening.precision };
        let logits = linear(self.hidden.clone().narrow(1, start, length), affine).squeeze_dim::<2>(0);
        let logits = logits / softening.temperature;
        let shifted = logits.clone() - logits.max_dim(1);
        shifted.clone() - shifted.exp().sum_dim(1).log()
    }
}

fn judge(student: &Scored, teacher: &Scored, shares: Tensor<2>, softening: Softening) -> Judged {
    let Softening { temperature, precision } = softening;
    let [_, rows, _] = student.hidden.dims();
    let [_, vocabulary] = student.weight.dims();
    let product = |left: Tensor<3>, weight| linear(left, Affine { weight, bias: None, precision }).squeeze_dim::<2>(0);
    let shares = shares.reshape([rows, 1]);
    let (mut loss, mut d_weight, mut d_hidden) =
        (Tensor::zeros([1], &shares.device()), student.weight.zeros_like(), Vec::new());
    for (start, length) in pieces(rows, vocabulary.saturating_mul(HELD)) {
        let share = shares.clone().narrow(0, start, length);
        let [own, told] = [student, teacher].map(|side| side.logs((start, length), softening));
        let wanted = told.clone().exp();
        let losses = (wanted.clone() * (told - own.clone())).sum_dim(1); // [row, 1]
        loss = loss + (losses * share.clone()).sum() * temperature.powi(2);
        let d_logits = (own.exp() - wanted) * (share * temperature); // [row, vocabulary]
        let hidden = student.hidden.clone().narrow(1, start, length);
        d_hidden.push(product(d_logits.clone().unsqueeze(), student.weight.clone().transpose()));
        d_weight = d_weight + product(hidden.swap_dims(1, 2), d_logits);
    }
    Judged { loss, d_hidden: Tensor::cat(d_hidden, 0), d_weight }
}

#[cfg(test)]
mod tests {
    use attentive_random::Key;
    use attentive_testkit::{assert_slices_close, device, host, tensor};

    use super::*;

    const SIZES: [usize; 4] = [2, 3, 5, 7]; // batch, place, width, vocabulary
    const TEMPERATURE: f64 = 3.0;
    /// Sums of a few dozen terms of about one, in f32.
    const ROUNDING: f32 = 1e-5;

    fn drawn<const D: usize>(name: &str, dims: [usize; D]) -> Tensor<D> {
        tensor(dims, &Key::new(5).at(name).normals(dims.iter().product(), 1.0))
    }

    /// The same in tensor operations that autodiff follows.
    fn followed(own: Tensor<2>, told: Tensor<2>, shares: Tensor<1>) -> Tensor<1> {
        let logs = |logits: Tensor<2>| {
            let logits = logits / TEMPERATURE;
            logits.clone() - logits.exp().sum_dim(1).log()
        };
        let (own, told) = (logs(own), logs(told));
        let each: Tensor<1> = (told.clone().exp() * (told - own)).sum_dim(1).squeeze_dim(1);
        (each * shares).sum() * TEMPERATURE.powi(2)
    }

    #[test]
    fn it_is_the_divergence_and_so_are_its_gradients() {
        let [batch, places, width, vocabulary] = SIZES;
        let precision = Precision::default();
        let teacher = Scored {
            hidden: drawn("teacher", [batch, places, width + 1]),
            weight: drawn("head", [width + 1, vocabulary]),
        };
        let shares: Tensor<2> = tensor([batch, places], &[1.0, 0.0, 2.0, 0.5, 1.0, 1.0]);
        let leaf = |name, dims: [usize; 2]| Tensor::<2>::from_inner(drawn(name, dims)).require_grad();
        let (hidden, weight) = (leaf("hidden", [batch * places, width]), leaf("weight", [width, vocabulary]));
        let told = teacher.hidden.clone().reshape([batch * places, width + 1]).matmul(teacher.weight.clone());
        let expected = followed(
            hidden.clone().matmul(weight.clone()),
            Tensor::from_inner(told),
            Tensor::from_inner(shares.clone().reshape([batch * places])),
        );
        let student = Scored { hidden: hidden.clone().reshape([batch, places, width]), weight: weight.clone() };
        let found = linear_divergence(student, teacher, shares, Softening { temperature: TEMPERATURE, precision });
        assert_slices_close(&host(found.clone().inner()), &host(expected.clone().inner()), ROUNDING, "loss");
        let (wanted, gradients) = ((expected * 2.0).backward(), (found * 2.0).backward());
        for (name, parameter) in [("hidden", hidden), ("weight", weight)] {
            let [wanted, found] =
                [&wanted, &gradients].map(|from| host(parameter.grad(from).expect("it reaches both").reshape([-1])));
            assert_slices_close(&found, &wanted, ROUNDING, name);
        }
    }

    #[test]
    fn who_says_the_same_is_no_step_away() {
        let side = Scored { hidden: drawn("hidden", [1, 3, 5]), weight: drawn("weight", [5, 7]) };
        let softening = Softening { temperature: TEMPERATURE, precision: Precision::default() };
        let found = linear_divergence(side.clone(), side, Tensor::ones([1, 3], &device()), softening);
        assert_eq!(host(found), [0.0]);
    }
}
