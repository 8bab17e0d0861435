//! Single operations, timed beside their reference and against what the machine could do at best.

use std::time::Instant;

use attentive_kernels::{Affine, Cost, Precision, Subject, Way, linear, subjects};
use burn::tensor::{Device, Tensor};
use serde::Serialize;

use super::rounded;
use crate::{
    TrainerError,
    device::{bandwidth, choose, median, peak},
    threads::threads,
};

/// Seconds that one way of one operation is measured, at most but for the least number of runs.
const BUDGET: f64 = 0.25;
const RUNS: std::ops::RangeInclusive<usize> = 3..=50;

/// Rows, inputs and outputs of the product that the limit is measured by.
const PRODUCT: usize = 1536;

/// What is to be timed.
#[derive(Clone, Debug)]
pub struct KernelTrial {
    pub device: String,
    /// Part of an operation's name; absent: all of them.
    pub only: Option<String>,
}

/// What the machine does at best, measured in the same process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Machine {
    pub device: String,
    pub threads: usize,
    pub peak_flops: f64,
    pub bytes_per_second: f64,
}

/// One operation at one shape, in one direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KernelTiming {
    pub operation: &'static str,
    pub shape: String,
    pub pass: Pass,
    pub median_ms: f64,
    pub reference_ms: f64,
    /// How long the machine needs at best, for operations or for bytes, whichever takes longer.
    pub limit_ms: f64,
    pub bound: Bound,
    pub share_of_limit: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pass {
    Forward,
    /// Forward and backward, with the sum that a backward pass begins with.
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    Flops,
    Bytes,
}

impl KernelTrial {
    /// Times the operations one after the other, and tells each as soon as it is known.
    pub fn run(&self, told: &mut dyn FnMut(&KernelTiming)) -> Result<Machine, TrainerError> {
        let chosen = choose(&self.device)?;
        let wanted = self.wanted()?;
        let (peak_flops, bytes_per_second) = (best_peak(&chosen.device).round(), bandwidth(&chosen).round());
        let machine = Machine { device: chosen.name, threads: threads(), peak_flops, bytes_per_second };
        for subject in &wanted {
            timed(subject, Pass::Forward, subject.forward, &machine, &chosen.device, told);
            if let Some(backward) = subject.backward {
                timed(subject, Pass::Both, sum(subject.forward, backward), &machine, &chosen.device, told);
            }
        }
        Ok(machine)
    }

    fn wanted(&self) -> Result<Vec<Subject>, TrainerError> {
        let part = self.only.as_deref().unwrap_or_default().to_lowercase();
        let (wanted, others): (Vec<_>, Vec<_>) =
            subjects().into_iter().partition(|subject| subject.name.to_lowercase().contains(&part));
        if wanted.is_empty() {
            let mut names: Vec<&str> = others.iter().map(|subject| subject.name).collect();
            names.dedup();
            return Err(TrainerError::Asked(format!(
                "no operation is called `{part}`; there are {}",
                names.join("; ")
            )));
        }
        Ok(wanted)
    }
}

/// The fastest large product, burn's own or ours: a limit is not to be passed.
fn best_peak(device: &Device) -> f64 {
    let [input, weight] = [[1, PRODUCT, PRODUCT]; 2].map(|dims| Tensor::<3>::ones(dims, device));
    let affine = Affine { weight: weight.reshape([PRODUCT, PRODUCT]), bias: None, precision: Precision::F32 };
    let run = || {
        let start = Instant::now();
        drop(linear(input.clone(), affine.clone()));
        sync(device);
        start.elapsed().as_secs_f64()
    };
    let fastest = (0..*RUNS.start() + 1).map(|_| run()).fold(f64::INFINITY, f64::min);
    peak(device).max(2.0 * (PRODUCT as f64).powi(3) / fastest)
}

fn sum(first: Cost, second: Cost) -> Cost {
    Cost { flops: first.flops + second.flops, bytes: first.bytes + second.bytes }
}

fn timed(
    subject: &Subject,
    pass: Pass,
    cost: Cost,
    machine: &Machine,
    device: &Device,
    told: &mut dyn FnMut(&KernelTiming),
) {
    let inputs = subject.inputs(device);
    let [chosen, reference] = interleaved(|way| seconds(subject, way, pass, &inputs, device)).map(median);
    let (flops, bytes) = (cost.flops / machine.peak_flops, cost.bytes / machine.bytes_per_second);
    let limit = flops.max(bytes);
    told(&KernelTiming {
        operation: subject.name,
        shape: subject.shape.clone(),
        pass,
        median_ms: rounded(1e3 * chosen, 1e4),
        reference_ms: rounded(1e3 * reference, 1e4),
        limit_ms: rounded(1e3 * limit, 1e4),
        bound: if flops > bytes { Bound::Flops } else { Bound::Bytes },
        share_of_limit: rounded(limit / chosen, 1e4),
    });
}

/// Both ways in turn, so that a slow moment of the machine meets both; the first run of each warms up.
fn interleaved(mut seconds: impl FnMut(Way) -> f64) -> [Vec<f64>; 2] {
    let ways = [Way::Chosen, Way::Reference];
    for way in ways {
        seconds(way);
    }
    let start = Instant::now();
    let mut times = [Vec::new(), Vec::new()];
    while times[0].len() < *RUNS.start()
        || (times[0].len() < *RUNS.end() && start.elapsed().as_secs_f64() < 2.0 * BUDGET)
    {
        times.iter_mut().zip(ways).for_each(|(times, way)| times.push(seconds(way)));
    }
    times
}

/// One run on inputs of its own, until the device has finished.
fn seconds(subject: &Subject, way: Way, pass: Pass, inputs: &[Tensor<1>], device: &Device) -> f64 {
    let fresh = |input: &Tensor<1>| {
        let own = input.clone() * 1.0;
        if pass == Pass::Both { Tensor::from_inner(own).require_grad() } else { own }
    };
    let own: Vec<Tensor<1>> = inputs.iter().map(fresh).collect();
    sync(device);
    let start = Instant::now();
    let output = subject.run(way, own);
    let gradients = (pass == Pass::Both).then(|| output.clone().sum().backward());
    sync(device);
    let seconds = start.elapsed().as_secs_f64();
    drop((output, gradients));
    seconds
}

fn sync(device: &Device) {
    device.sync().expect("the device has just computed its peak");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_operation_gets_the_list() {
        let trial = KernelTrial { device: "flex".to_owned(), only: Some("convolution".to_owned()) };
        let Err(error) = trial.run(&mut |_| ()) else { panic!("there is no such operation") };
        let text = error.to_string();
        assert!(text.starts_with("no operation is called `convolution`; there are linear; linear of GELU;"), "{text}");
    }

    #[test]
    #[cfg(feature = "flex")]
    fn an_operation_is_timed_in_both_directions() {
        let trial = KernelTrial { device: "flex".to_owned(), only: Some("rotary".to_owned()) };
        let mut timings = Vec::new();
        let machine = trial.run(&mut |timing| timings.push(timing.clone())).expect("flex is there");
        assert!(machine.peak_flops > 1e6 && machine.bytes_per_second > 1e6);
        assert_eq!(timings.iter().map(|timing| timing.pass).collect::<Vec<_>>(), [Pass::Forward, Pass::Both]);
        assert!(timings.iter().all(|timing| timing.median_ms > 0.0 && timing.limit_ms > 0.0));
    }
}
