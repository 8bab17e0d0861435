//! Rotary position embedding (Su et al. 2021), with channel `i` paired with channel `i + channels / 2`, as Llama folders of
//! the Hugging Face layout have it.

#[cfg(feature = "flex")]
mod cpu;
#[cfg(feature = "flex")]
mod fused;
pub(crate) mod subjects;

use burn::tensor::{Device, Tensor, TensorData};

/// Turns each pair of channels of input `[batch, head, query, channel]` by its position times the pair's frequency; the first
/// query stands at position `start`.
pub fn rotary(input: Tensor<4>, start: usize, theta: f64) -> Tensor<4> {
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::rotary(input, start, theta);
    }
    reference(input, start, theta)
}

pub(crate) fn reference(input: Tensor<4>, start: usize, theta: f64) -> Tensor<4> {
    let [_, _, queries, channels] = input.dims();
    let half = channels / 2;
    let angles = angles(start, queries, half, theta);
    let device = input.device();
    let [cosine, sine] = [f32::cos, f32::sin].map(|wave| table(&angles, wave, half, &device)); // [1, 1, query, half]
    let (first, second) = (input.clone().narrow(3, 0, half), input.narrow(3, half, half));
    let turned = first.clone() * cosine.clone() - second.clone() * sine.clone();
    Tensor::cat(vec![turned, second * cosine + first * sine], 3) // [batch, head, query, channel]
}

/// `[query, half]`, in the precision and order of the reference implementation.
fn angles(start: usize, queries: usize, half: usize, theta: f64) -> Vec<f32> {
    let frequencies: Vec<f32> =
        (0..half).map(|pair| 1.0 / (theta as f32).powf((2 * pair) as f32 / (2 * half) as f32)).collect();
    let rows =
        (start..start + queries).map(|position| frequencies.iter().map(move |frequency| position as f32 * frequency));
    rows.flatten().collect()
}

fn table(angles: &[f32], wave: fn(f32) -> f32, half: usize, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = angles.iter().copied().map(wave).collect();
    let queries = values.len() / half;
    Tensor::from_data(TensorData::new(values, [1, 1, queries, half]), device)
}
