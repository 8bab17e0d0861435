//! Positions as fixed waves (Vaswani et al. 2017, section 3.5): all sines first, then all cosines, as tensor2tensor and Marian have them.

use burn::tensor::{Device, Tensor, TensorData};

/// The longest wave is about `2π` times this.
const BASE: f64 = 10_000.0;

/// The vectors of positions from `start` on, `[1, position, width]`.
pub fn sinusoids(start: usize, count: usize, width: usize, device: &Device) -> Tensor<3> {
    let row = |position: usize| waves(position as f64, width);
    let values: Vec<f32> = (start..start + count).flat_map(row).collect();
    Tensor::from_data(TensorData::new(values, [1, count, width]), device)
}

/// The vector of one position; a width that is odd has one sine more than cosines.
pub fn waves(position: f64, width: usize) -> Vec<f32> {
    let angle = |pair: usize| position / BASE.powf(2.0 * pair as f64 / width as f64);
    let sines = (0..width.div_ceil(2)).map(|pair| angle(pair).sin() as f32);
    sines.chain((0..width / 2).map(|pair| angle(pair).cos() as f32)).collect()
}
