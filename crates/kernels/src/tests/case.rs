//! Random inputs, and how fused code is held against its reference.

use std::ops::Range;

use attentive_random::Key;
use attentive_testkit::{device, tensor};
use burn::tensor::{Int, Tensor, TensorData};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{RngSeed, TestRunner},
};

/// Sums of a few hundred products of numbers near one, taken in another order.
pub(super) const ROUNDING: f32 = 3e-5;
/// The sizes around which vectors and tiles end.
pub(super) const SIZES: [usize; 12] = [1, 2, 3, 5, 7, 15, 17, 31, 33, 63, 65, 129];
const CASES: u32 = 64;
/// More choices than a case makes, and a multiple of how many there are to choose from.
const CHOICES: usize = 32;
const NUMBERS: Range<usize> = 0..60;

/// Random inputs of one case, each a flat leaf, and what else the case chooses: a number a choice, and the first choice where no number is
/// left. What is simpler stands first, so that `proptest` finds the simplest case that fails by making numbers smaller.
#[derive(Default)]
pub(super) struct Case {
    numbers: std::vec::IntoIter<usize>,
    pub(super) leaves: Vec<Tensor<1>>,
}

/// Runs a test on random cases.
pub(super) fn check(test: impl Fn(Case)) {
    let settings = ProptestConfig {
        cases: CASES,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let found = TestRunner::new(settings).run(&vec(NUMBERS, CHOICES), |numbers| {
        test(Case { numbers: numbers.into_iter(), ..Case::default() });
        Ok(())
    });
    found.unwrap_or_else(|fault| panic!("{fault}"));
}

impl Case {
    pub(super) fn choose<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.numbers.next().unwrap_or(0) % among.len()]
    }

    pub(super) fn size(&mut self) -> usize {
        self.choose(&SIZES)
    }

    pub(super) fn small(&mut self) -> usize {
        self.choose(&SIZES[..5])
    }

    pub(super) fn flip(&mut self) -> bool {
        self.choose(&[false, true])
    }

    /// Random ids out of a range.
    pub(super) fn ids(dims: [usize; 2], range: Range<i32>) -> Tensor<2, Int> {
        let mut draws = Key::new(0).at("ids").stream();
        let ids: Vec<i32> = (0..dims.iter().product()).map(|_| range.start + draws.below(range.len()) as i32).collect();
        Tensor::from_data(TensorData::new(ids, dims), &device())
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
