//! Random inputs, and how fused code is held against its reference.

use attentive_random::{Key, Stream};
use attentive_testkit::tensor;
use burn::tensor::Tensor;

/// Sums of a few hundred products of numbers near one, taken in another order.
pub(super) const ROUNDING: f32 = 3e-5;
/// The sizes around which vectors and tiles end.
pub(super) const SIZES: [usize; 12] = [1, 2, 3, 5, 7, 15, 17, 31, 33, 63, 65, 129];
pub(super) const CASES: u64 = 24;

/// Random inputs of one case, each a flat leaf.
pub(super) struct Case {
    pub(super) draws: Stream,
    pub(super) leaves: Vec<Tensor<1>>,
}

impl Case {
    pub(super) fn new(name: &str, number: u64) -> Self {
        Self { draws: Key::new(number).at(name).stream(), leaves: Vec::new() }
    }

    pub(super) fn size(&mut self) -> usize {
        *self.draws.choose(&SIZES)
    }

    pub(super) fn small(&mut self) -> usize {
        *self.draws.choose(&SIZES[..5])
    }

    pub(super) fn flip(&mut self) -> bool {
        self.draws.chance(0.5)
    }

    pub(super) fn leaf(&mut self, length: usize) {
        let values = Key::new(self.leaves.len() as u64).at("leaf").normals(length, 1.0);
        self.leaves.push(tensor::<1>([length], &values));
    }

    /// Compares outputs, and gradients of a random projection of them.
    pub(super) fn compare<const D: usize>(
        &self,
        fused: impl Fn(&[Tensor<1>]) -> Tensor<D>,
        reference: impl Fn(&[Tensor<1>]) -> Tensor<D>,
    ) {
        let (fused, reference) = (self.differentiated(fused), self.differentiated(reference));
        for (index, (found, expected)) in fused.iter().zip(&reference).enumerate() {
            let scale = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
            for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
                let error = (found - expected).abs() / scale;
                let what = if index == 0 { "output".to_owned() } else { format!("gradient of input {}", index - 1) };
                assert!(error <= ROUNDING, "{what} at {place}: {found}, expected {expected} (scale {scale})");
            }
        }
    }

    /// The output, and the gradient of each leaf.
    pub(super) fn differentiated<const D: usize>(&self, run: impl Fn(&[Tensor<1>]) -> Tensor<D>) -> Vec<Vec<f32>> {
        let leaves: Vec<Tensor<1>> =
            self.leaves.iter().map(|leaf| Tensor::from_inner(leaf.clone()).require_grad()).collect();
        let output = run(&leaves);
        let projection = Key::new(99).normals(output.dims().iter().product(), 1.0);
        let projection = Tensor::<D>::from_inner(tensor(output.dims(), &projection));
        let gradients = (output.clone() * projection).sum().backward();
        let found = leaves.iter().map(|leaf| host(leaf.grad(&gradients).expect("every leaf is used")));
        [host(output.inner())].into_iter().chain(found).collect()
    }
}

pub(super) fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    attentive_testkit::host(tensor)
}

pub(super) fn cases(name: &str) -> impl Iterator<Item = Case> {
    (0..CASES).map(move |number| Case::new(name, number))
}

/// Weights come as they are or as a transposed view.
pub(super) fn weight(leaf: &Tensor<1>, [width, out]: [usize; 2], turned: bool) -> Tensor<2> {
    if turned { leaf.clone().reshape([out, width]).transpose() } else { leaf.clone().reshape([width, out]) }
}

/// `[batch, head, position, channel]`, laid out so or by position.
pub(super) fn heads(leaf: &Tensor<1>, [batch, heads, positions, channels]: [usize; 4], by_position: bool) -> Tensor<4> {
    if by_position {
        leaf.clone().reshape([batch, positions, heads, channels]).swap_dims(1, 2)
    } else {
        leaf.clone().reshape([batch, heads, positions, channels])
    }
}
