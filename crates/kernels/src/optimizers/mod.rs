//! Updates of parameters, and what clipping needs to know.
//!
//! All tensors are flat and without autodiff. On flex an update is one pass that changes parameter and state in place.

mod adamw;
#[cfg(feature = "flex")]
mod cpu;
#[cfg(feature = "flex")]
mod fused;
mod lion;
mod muon;
#[cfg(feature = "flex")]
mod orthogonal;
mod sgd;
pub(crate) mod subjects;

use burn::tensor::Tensor;

pub use adamw::{AdamW, Moments, adamw};
pub use lion::{Lion, lion};
pub use muon::{Muon, muon};
pub use sgd::{Momentum, Sgd, sgd};

#[cfg(test)]
pub(crate) use self::{
    adamw::reference as reference_adamw, lion::reference as reference_lion, muon::reference as reference_muon,
    sgd::reference as reference_sgd,
};

/// Long tensors are squared and summed in stretches of this length: a backend may sum longer ones in an order that depends on its
/// threads, and rounding grows with length.
const STRETCH: usize = 1 << 20;

/// The sum of the squares of all entries, `[1]`.
pub fn sum_of_squares(values: Tensor<1>) -> Tensor<1> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&values.device()) {
        return crate::flex::run(fused::SumOfSquares, vec![values.into()]);
    }
    let [length] = values.dims();
    let stretches = (0..length).step_by(STRETCH).map(|start| {
        let stretch = values.clone().narrow(0, start, STRETCH.min(length - start));
        (stretch.clone() * stretch).sum()
    });
    Tensor::cat(stretches.collect(), 0).sum()
}
