//! The affine map.

use burn::tensor::Tensor;

/// input `[batch, query, in]`, weight `[in, out]`, bias `[out]` to `[batch, query, out]`.
///
/// The product is taken over `batch * query` rows at once: left batched, a backend may run one small product per item.
pub fn linear(input: Tensor<3>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<3> {
    let [batch, queries, width] = input.dims();
    let [_, out] = weight.dims();
    let product = input.reshape([batch * queries, width]).matmul(weight); // [batch * query, out]
    let output = match bias {
        Some(bias) => product + bias.reshape([1, out]),
        None => product,
    };
    output.reshape([batch, queries, out])
}
