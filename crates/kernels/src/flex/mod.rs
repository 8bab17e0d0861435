//! How fused CPU code joins burn: one extension of the flex backend, and of autodiff on top of it, that runs any [`Operation`].
//!
//! burn offers one differentiable output per operation and adds up the gradients of a tensor that is used more than once in
//! passes of their own. Here a backward pass may take over what its inputs have gathered so far and add to it in place.

mod array;
mod autodiff;

use std::{fmt::Debug, ops::Range, sync::Arc};

use burn::{
    backend::{Backend, Dispatch, Flex, backend_extension, tensor::FloatTensor},
    tensor::{DType, Device, Tensor},
};

pub(crate) use array::{
    Array, Strided, array, by_position, channels_dense, dense, dims, host, integers, into_values, matrix, strided,
    strided_array, tensor, values,
};
pub(crate) use autodiff::Inputs;

/// A differentiable operation on arrays in the processor's memory.
pub(crate) trait Operation: Debug + Send + Sync {
    /// The output. What the backward pass will need beside the inputs goes into `kept`, which is absent when there will be none.
    fn forward(&self, inputs: &[Array], kept: Option<&mut Vec<Array>>) -> Array;

    /// Whether the backward pass looks at the inputs; if not, they are let go.
    fn keeps_inputs(&self) -> bool {
        true
    }

    /// Hands each input that wants one its gradient.
    fn backward(&self, kept: Vec<Array>, gradient: Array, inputs: &mut Inputs<'_>);
}

/// How an operand is made of some inputs of the operation that takes it, which does not keep it.
pub(crate) trait Making: Debug + Send + Sync {
    fn made(&self, parts: &[Array]) -> Array;

    /// The same once more, on the way back; the inputs at these places get their gradients, made of the operand's.
    fn unmade(&self, gradient: Vec<f32>, parts: Range<usize>, inputs: &mut Inputs<'_>) -> Array;
}

type Shared = Arc<dyn Operation>;

/// One function for each number of inputs, since an extension takes tensors one by one.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait Extension: Backend {
    fn run_1(a: FloatTensor<Self>, operation: Shared) -> FloatTensor<Self>;
    fn run_2(a: FloatTensor<Self>, b: FloatTensor<Self>, operation: Shared) -> FloatTensor<Self>;
    fn run_3(a: FloatTensor<Self>, b: FloatTensor<Self>, c: FloatTensor<Self>, operation: Shared) -> FloatTensor<Self>;
    fn run_4(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        operation: Shared,
    ) -> FloatTensor<Self>;
    fn run_5(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        operation: Shared,
    ) -> FloatTensor<Self>;
    fn run_6(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        operation: Shared,
    ) -> FloatTensor<Self>;
}

impl Extension for Flex {
    fn run_1(a: Array, operation: Shared) -> Array {
        operation.forward(&[a], None)
    }

    fn run_2(a: Array, b: Array, operation: Shared) -> Array {
        operation.forward(&[a, b], None)
    }

    fn run_3(a: Array, b: Array, c: Array, operation: Shared) -> Array {
        operation.forward(&[a, b, c], None)
    }

    fn run_4(a: Array, b: Array, c: Array, d: Array, operation: Shared) -> Array {
        operation.forward(&[a, b, c, d], None)
    }

    fn run_5(a: Array, b: Array, c: Array, d: Array, e: Array, operation: Shared) -> Array {
        operation.forward(&[a, b, c, d, e], None)
    }

    fn run_6(a: Array, b: Array, c: Array, d: Array, e: Array, f: Array, operation: Shared) -> Array {
        operation.forward(&[a, b, c, d, e, f], None)
    }
}

/// Whether tensors of this device are computed by the code here.
pub(crate) fn serves(device: &Device) -> bool {
    *device == Device::flex()
}

/// One input of an operation.
pub(crate) struct Input(burn::backend::DispatchTensor);

impl<const D: usize> From<Tensor<D>> for Input {
    fn from(tensor: Tensor<D>) -> Self {
        assert_eq!(tensor.dtype(), DType::F32, "models compute in f32");
        Self(tensor.into_dispatch())
    }
}

/// The output of an operation on these inputs, differentiable where they are.
pub(crate) fn run<const D: usize>(operation: impl Operation + 'static, inputs: Vec<Input>) -> Tensor<D> {
    let operation = Arc::new(operation);
    let mut inputs = inputs.into_iter().map(|Input(tensor)| tensor);
    Tensor::from_dispatch(match [(); 6].map(|()| inputs.next()) {
        [Some(a), None, ..] => Dispatch::run_1(a, operation),
        [Some(a), Some(b), None, ..] => Dispatch::run_2(a, b, operation),
        [Some(a), Some(b), Some(c), None, ..] => Dispatch::run_3(a, b, c, operation),
        [Some(a), Some(b), Some(c), Some(d), None, _] => Dispatch::run_4(a, b, c, d, operation),
        [Some(a), Some(b), Some(c), Some(d), Some(e), None] => Dispatch::run_5(a, b, c, d, e, operation),
        [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f)] => Dispatch::run_6(a, b, c, d, e, f, operation),
        [None, ..] => unreachable!("an operation has inputs"),
    })
}
