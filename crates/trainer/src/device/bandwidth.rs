//! How fast numbers move through a device's memory.

use std::time::Instant;

use burn::tensor::{Device, Tensor};

use super::{Chosen, has_own_memory, median};
use crate::threads::threads;

/// Numbers that are copied at once: more than caches hold.
const NUMBERS: usize = 1 << 25;
const RUNS: usize = 5;
const WIDTH: f64 = 4.0;

/// Bytes per second, read and written together.
pub(crate) fn bandwidth(chosen: &Chosen) -> f64 {
    let on_card = has_own_memory(&chosen.name);
    let seconds = if on_card { added(&chosen.device.clone().without_autodiff()) } else { copied() };
    2.0 * WIDTH * NUMBERS as f64 / seconds
}

/// Each thread copies its part.
fn copied() -> f64 {
    let (source, mut target) = (vec![1.0_f32; NUMBERS], vec![0.0_f32; NUMBERS]);
    let part = NUMBERS.div_ceil(threads());
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for (target, source) in target.chunks_mut(part).zip(source.chunks(part)) {
                scope.spawn(|| target.copy_from_slice(source));
            }
        });
        times.push(start.elapsed().as_secs_f64());
    }
    std::hint::black_box(&target);
    median(times)
}

fn added(device: &Device) -> f64 {
    let source = Tensor::<1>::ones([NUMBERS], device);
    let run = || {
        let start = Instant::now();
        let sum = source.clone() + 1.0;
        drop(sum.narrow(0, 0, 1).try_into_data());
        start.elapsed().as_secs_f64()
    };
    run();
    median((0..RUNS).map(|_| run()).collect())
}
