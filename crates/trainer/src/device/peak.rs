//! How fast a device can compute at best, as this program would use it: what its speed is judged by.

use std::time::Instant;

use burn::tensor::{Device, Tensor};

const SMALLEST: usize = 768;
/// A software GPU refuses the buffers of a product twice this size.
const LARGEST: usize = 3072;

/// A shorter product measures the way to the device rather than the device.
const LONG_ENOUGH: f64 = 2e-3;

/// A slow device is measured fewer times.
const BUDGET: f64 = 0.3;

const RUNS: usize = 5;

/// Floating-point operations per second of a matrix product on this device, measured in a fraction of a second once its
/// kernels are compiled. Infinite where the device fails at it: then shares of it are zero.
pub fn peak(device: &Device) -> f64 {
    let device = device.clone().without_autodiff();
    let mut size = SMALLEST;
    while warmed(size, &device).is_some_and(|seconds| seconds < LONG_ENOUGH) && size < LARGEST {
        size *= 2;
    }
    2.0 * (size as f64).powi(3) / repeated(|| seconds(size, &device)).map_or(0.0, median)
}

/// One product after the first, which may compile and tune.
fn warmed(size: usize, device: &Device) -> Option<f64> {
    seconds(size, device)?;
    seconds(size, device)
}

fn repeated(mut measure: impl FnMut() -> Option<f64>) -> Option<Vec<f64>> {
    let start = Instant::now();
    let mut all = vec![measure()?];
    while all.len() < RUNS && start.elapsed().as_secs_f64() < BUDGET {
        all.push(measure()?);
    }
    Some(all)
}

/// One product, until a corner of it is back: devices work ahead of the program that asks.
fn seconds(size: usize, device: &Device) -> Option<f64> {
    let [left, right] = [(); 2].map(|()| Tensor::<2>::ones([size, size], device)); // [size, size]
    await_corner(left.clone() + right.clone())?; // they are filled when the clock starts
    let start = Instant::now();
    await_corner(left.matmul(right))?;
    Some(start.elapsed().as_secs_f64())
}

fn await_corner(tensor: Tensor<2>) -> Option<()> {
    tensor.slice([0..1, 0..1]).try_into_data().ok().map(drop)
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![3.0]), 3.0);
        assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn a_slow_device_is_measured_once() {
        let slow = || {
            std::thread::sleep(std::time::Duration::from_secs_f64(BUDGET));
            Some(1.0)
        };
        assert_eq!(repeated(slow), Some(vec![1.0]));
        assert_eq!(repeated(|| Some(2.0)), Some(vec![2.0; RUNS]));
        assert_eq!(repeated(|| None), None);
    }

    #[test]
    #[cfg(feature = "flex")]
    fn a_processor_has_a_plausible_peak() {
        let peak = peak(&Device::flex());
        assert!((1e6..1e15).contains(&peak), "{peak} operations per second");
    }
}
