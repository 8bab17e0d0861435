//! Between flex's tensors and slices of f32.

use burn::{
    backend::flex::{FlexTensor, Layout},
    tensor::{Bytes, DType, Device, Int, Shape, Tensor, TensorData},
};

use crate::cpu::product::Matrix;

pub(crate) type Array = FlexTensor;

/// A view of an array: its values from the first element on, and how far apart neighbors lie along each axis.
pub(crate) struct Strided<'a, const D: usize> {
    pub(crate) values: &'a [f32],
    pub(crate) dims: [usize; D],
    pub(crate) strides: [usize; D],
}

pub(crate) fn array(values: Vec<f32>, dims: &[usize]) -> Array {
    Array::new(Bytes::from_elems(values), Layout::contiguous(Shape::from(dims.to_vec())), DType::F32)
}

/// As [`array`], with axes that lie in another order than the values.
pub(crate) fn strided_array(values: Vec<f32>, dims: &[usize], strides: &[usize]) -> Array {
    let strides = strides.iter().map(|&stride| stride as isize).collect();
    Array::new(Bytes::from_elems(values), Layout::new(Shape::from(dims.to_vec()), strides, 0), DType::F32)
}

/// The same array with its values side by side.
pub(crate) fn dense(array: Array) -> Array {
    if array.is_contiguous() { array } else { array.to_contiguous() }
}

/// The values of a dense array.
pub(crate) fn values(array: &Array) -> &[f32] {
    array.as_slice().expect("asked for of dense arrays of f32 alone")
}

/// The values of a dense array, without a copy where nobody else holds them.
pub(crate) fn into_values(array: Array) -> Vec<f32> {
    let array = dense(array);
    let data = array.into_data();
    data.try_into_vec().expect("operations run on f32")
}

pub(crate) fn dims(array: &Array) -> Vec<usize> {
    array.layout().shape().to_vec()
}

/// A view that needs no copy as long as no stride is negative.
pub(crate) fn strided<const D: usize>(array: &Array) -> Strided<'_, D> {
    let layout = array.layout();
    let dims: Vec<usize> = layout.shape().to_vec();
    let strides: Vec<usize> =
        layout.strides().iter().map(|&stride| usize::try_from(stride).expect("models never flip tensors")).collect();
    Strided {
        values: &array.storage::<f32>()[layout.start_offset()..],
        dims: dims.try_into().expect("the caller knows the rank"),
        strides: strides.try_into().expect("as many strides as axes"),
    }
}

/// Values in the order `[batch, position, head, channel]` as `[batch, head, position, channel]`: splitting heads and merging them then
/// costs nothing.
pub(crate) fn by_position(values: Vec<f32>, [batch, heads, positions, channels]: [usize; 4]) -> Array {
    let strides = [positions * heads * channels, channels, heads * channels, 1];
    strided_array(values, &[batch, heads, positions, channels], &strides)
}

/// A matrix as products read it.
pub(crate) fn matrix(array: &Array) -> Matrix<'_> {
    let Strided { values, dims, strides } = strided(array);
    Matrix::strided(values, dims, strides)
}

/// The same array with its last axis side by side and no axis reversed.
pub(crate) fn channels_dense(array: Array) -> Array {
    let strides = array.layout().strides();
    let readable = strides.iter().all(|&stride| stride >= 0) && strides.last() == Some(&1);
    if readable { array } else { array.to_contiguous() }
}

/// Integers, on the host.
pub(crate) fn integers<const D: usize>(tensor: Tensor<D, Int>) -> Vec<i32> {
    tensor.into_data().convert::<i32>().try_into_vec().expect("just converted")
}

/// The values of a tensor of this backend, without a copy where nobody else holds them.
pub(crate) fn host(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("models compute in f32")
}

pub(crate) fn tensor(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let length = values.len();
    Tensor::from_data(TensorData::new(values, [length]), device)
}
