//! What there is to measure: each operation at shapes that training really has, beside its reference, with the least work that it could
//! be done with. Each operation's `subjects.rs` lists its own; the clock is kept elsewhere.

use attentive_random::Key;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::{activation, attention, cross_entropy, dropout, embedding, linear, norm, optimizers, rotary};

/// The least that a computation has to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    pub flops: f64,
    /// Read or written, each operand once.
    pub bytes: f64,
}

/// Which of the two ways to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the chooser: fused where the device has it.
    Chosen,
    Reference,
}

/// One operation at one shape.
pub struct Subject {
    pub name: &'static str,
    pub shape: String,
    pub forward: Cost,
    /// Of the backward pass alone. Absent: there is none.
    pub backward: Option<Cost>,
    /// Lengths of the inputs.
    inputs: Vec<usize>,
    chosen: Form,
    reference: Form,
}

/// The computation on flat inputs.
type Form = Box<dyn Fn(Vec<Tensor<1>>) -> Tensor<1>>;

/// All operations.
pub fn subjects() -> Vec<Subject> {
    let all = [
        linear::subjects::subjects(),
        attention::subjects::subjects(),
        cross_entropy::subjects::subjects(),
        norm::subjects::subjects(),
        activation::subjects::subjects(),
        rotary::subjects::subjects(),
        dropout::subjects::subjects(),
        embedding::subjects::subjects(),
        optimizers::subjects::subjects(),
    ];
    all.into_iter().flatten().collect()
}

impl Subject {
    pub(crate) fn new(
        (name, shape): (&'static str, String),
        inputs: &[usize],
        chosen: impl Fn(&[Tensor<1>]) -> Tensor<1> + 'static,
        reference: impl Fn(&[Tensor<1>]) -> Tensor<1> + 'static,
    ) -> Self {
        Self::in_place((name, shape), inputs, move |inputs| chosen(&inputs), move |inputs| reference(&inputs))
    }

    /// An operation that may write over its inputs.
    pub(crate) fn in_place(
        (name, shape): (&'static str, String),
        inputs: &[usize],
        chosen: impl Fn(Vec<Tensor<1>>) -> Tensor<1> + 'static,
        reference: impl Fn(Vec<Tensor<1>>) -> Tensor<1> + 'static,
    ) -> Self {
        let none = Cost { flops: 0.0, bytes: 0.0 };
        let (inputs, chosen, reference) = (inputs.to_vec(), Box::new(chosen), Box::new(reference));
        Self { name, shape, forward: none, backward: None, inputs, chosen, reference }
    }

    /// States the work of the forward pass: operations, and numbers of four bytes that are moved.
    #[must_use]
    pub(crate) fn forward(mut self, flops: usize, numbers: usize) -> Self {
        self.forward = cost(flops, numbers);
        self
    }

    /// The same of the backward pass.
    #[must_use]
    pub(crate) fn backward(mut self, flops: usize, numbers: usize) -> Self {
        self.backward = Some(cost(flops, numbers));
        self
    }

    /// Inputs, normal and the same each time.
    pub fn inputs(&self, device: &Device) -> Vec<Tensor<1>> {
        let input = |(index, &length): (usize, &usize)| {
            let values = Key::new(index as u64).at("subject").normals(length, 1.0);
            Tensor::from_data(TensorData::new(values, [length]), device)
        };
        self.inputs.iter().enumerate().map(input).collect()
    }

    /// The flat output. Inputs that nobody else holds may be written over.
    pub fn run(&self, way: Way, inputs: Vec<Tensor<1>>) -> Tensor<1> {
        match way {
            Way::Chosen => (self.chosen)(inputs),
            Way::Reference => (self.reference)(inputs),
        }
    }
}

const fn cost(flops: usize, numbers: usize) -> Cost {
    Cost { flops: flops as f64, bytes: 4.0 * numbers as f64 }
}

/// Random numbers below a bound, where the inputs are.
pub(crate) fn ids<const D: usize>(dims: [usize; D], end: usize, beside: &Tensor<1>) -> Tensor<D, Int> {
    let mut draws = Key::new(1).at("ids").stream();
    let ids: Vec<i32> = (0..dims.iter().product()).map(|_| draws.below(end) as i32).collect();
    Tensor::from_data(TensorData::new(ids, dims), &beside.device())
}

pub(crate) fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    tensor.reshape([-1])
}

#[cfg(test)]
mod tests {
    use attentive_testkit::{device, host};

    use super::*;

    /// Sums of some thousand products.
    const ROUNDING: f32 = 2e-3;

    /// Both ways are timed as doing the same: that they do is seen here, at the shapes that are timed. Large ones are left to
    /// the tests of parity.
    #[test]
    fn both_ways_give_the_same() {
        for subject in subjects().iter().filter(|subject| subject.forward.flops < 1e9) {
            let inputs = subject.inputs(&device());
            let [found, expected] = [Way::Chosen, Way::Reference].map(|way| host(subject.run(way, inputs.clone())));
            let most = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
            let error = found.iter().zip(&expected).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
            assert!(error <= ROUNDING * most, "{} {}: {error} of {most}", subject.name, subject.shape);
        }
    }

    #[test]
    fn every_subject_states_its_work() {
        for subject in subjects() {
            let costs = [Some(subject.forward), subject.backward];
            assert!(costs.iter().flatten().all(|cost| cost.bytes > 0.0), "{} {}", subject.name, subject.shape);
        }
    }
}
