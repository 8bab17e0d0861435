//! Rotary position embedding (Su et al. 2021), with channel `i` paired with channel `i + channels / 2`, as Llama folders of
//! the Hugging Face layout have it.

#[cfg(feature = "flex")]
mod cpu;
mod frequencies;
#[cfg(feature = "flex")]
mod fused;
pub(crate) mod subjects;

use burn::tensor::{Device, Tensor, TensorData};
pub use frequencies::{Rotary, RotaryScaling};

/// Turns each pair of channels of input `[batch, head, query, channel]` by its position times the pair's frequency; the first
/// query stands at position `start`.
pub fn rotary(input: Tensor<4>, start: usize, rotary: impl Into<Rotary>) -> Tensor<4> {
    let rotary = rotary.into();
    #[cfg(feature = "flex")]
    if crate::flex::serves(&input.device()) {
        return fused::rotary(input, start, rotary);
    }
    reference(input, start, rotary)
}

pub(crate) fn reference(input: Tensor<4>, start: usize, rotary: impl Into<Rotary>) -> Tensor<4> {
    let [_, _, queries, channels] = input.dims();
    let half = channels / 2;
    let angles = angles(start, queries, &rotary.into().frequencies(channels));
    let device = input.device();
    let [cosine, sine] = [f32::cos, f32::sin].map(|wave| table(&angles, wave, half, &device)); // [1, 1, query, half]
    let (first, second) = (input.clone().narrow(3, 0, half), input.narrow(3, half, half));
    let turned = first.clone() * cosine.clone() - second.clone() * sine.clone();
    Tensor::cat(vec![turned, second * cosine + first * sine], 3) // [batch, head, query, channel]
}

/// `[query, half]`, in the precision and order of the reference implementation.
fn angles(start: usize, queries: usize, frequencies: &[f32]) -> Vec<f32> {
    let rows =
        (start..start + queries).map(|position| frequencies.iter().map(move |frequency| position as f32 * frequency));
    rows.flatten().collect()
}

fn table(angles: &[f32], wave: fn(f32) -> f32, half: usize, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = angles.iter().copied().map(wave).collect();
    let queries = values.len() / half;
    Tensor::from_data(TensorData::new(values, [1, 1, queries, half]), device)
}
