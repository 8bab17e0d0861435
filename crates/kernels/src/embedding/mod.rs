//! Rows of a table by their numbers.

#[cfg(feature = "flex")]
mod cpu;
#[cfg(feature = "flex")]
mod fused;
pub(crate) mod subjects;

use burn::tensor::{Int, Tensor};

/// table `[vocabulary, width]`, ids `[batch, query]` to `[batch, query, width]`.
pub fn embedding(table: Tensor<2>, ids: Tensor<2, Int>) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&table.device()) {
        return fused::embedding(table, ids);
    }
    reference(table, ids)
}

pub(crate) fn reference(table: Tensor<2>, ids: Tensor<2, Int>) -> Tensor<3> {
    let [batch, queries] = ids.dims();
    let [_, width] = table.dims();
    table.select(0, ids.reshape([batch * queries])).reshape([batch, queries, width])
}
