//! Proof on a small batch, before anything long starts, that gradients flow and are right.

use attentive_attention::{Pass, adapts, gradients, parameters, updated};
use attentive_random::Key;
use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};

use crate::{At, FitError, Gradients, Role, Split, Task, gradients::host};

/// One thing that was to be proved.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    pub name: String,
    pub passed: bool,
    pub detail: String,
}

/// How far low-rank paths are opened.
const AJAR: f64 = 0.01;
/// Entries moved at once by a finite difference.
const MOVED: usize = 64;
/// How far the loss is meant to move, relative to itself: far above the rounding of f32, far below the curve's bend.
const STEP: f64 = 2e-3;
/// How much shorter the second try is.
const SHORTER: f64 = 0.25;
/// Accepted distance between the gradient and the difference.
const DISTANCE: f64 = 0.05;

/// Every trainable tensor gets a finite gradient that is not zero, and sampled finite differences agree with it.
pub fn preflight<T: Task>(task: &T, device: &Device, (rows, seed): (usize, u64)) -> Result<Vec<Check>, FitError> {
    let model = task.model(&device.clone().autodiff()).map_err(FitError::Task)?;
    // A fresh low-rank path ends in zeros, which no gradient passes.
    let model = updated(model, |path, values| if adapts(path) { values + AJAR } else { values });
    let loss = |model: &T::Model, pass: &mut Pass| -> Result<Tensor<1>, FitError> {
        let at = At { split: Split::Train, step: 0, rows: 0..rows };
        let batch = task.batch(&at).map_err(FitError::Task)?.ok_or(FitError::Exhausted { step: 0 })?;
        let loss = task.loss(model, batch, pass);
        Ok(loss.sum / loss.count.max(1) as f64)
    };
    let mut pass = Pass::evaluation();
    let value = loss(&model, &mut pass)?;
    let start = f64::from(host(value.clone().inner())[0]);
    let mut flow = Gradients::default();
    pass.backward(&value, |left| flow.add(gradients(&model, left)));
    let learns = |path: &String| task.role(path) != Role::Frozen;
    let mut checks = vec![flows(&model, &flow, learns)];
    let plain = model.valid();
    let measured = |model: &T::Model| Ok::<_, FitError>(f64::from(host(loss(model, &mut Pass::evaluation())?)[0]));
    checks.push(differences(&plain, &flow, (start, seed), measured)?);
    Ok(checks)
}

fn flows<M: Module>(model: &M, flow: &Gradients, learns: impl Fn(&String) -> bool) -> Check {
    let paths: Vec<String> = parameters(model).into_keys().filter(learns).collect();
    let count = paths.len();
    let bad = paths.into_iter().filter_map(|path| Some((fault(flow.0.get(&path))?, path)));
    let bad: Vec<String> = bad.map(|(fault, path)| format!("{path} {fault}")).collect();
    let detail = if bad.is_empty() { format!("{count} tensors, all finite and none zero") } else { bad.join(", ") };
    Check { name: "every trainable tensor gets a gradient".to_owned(), passed: bad.is_empty(), detail }
}

fn fault(gradient: Option<&Tensor<1>>) -> Option<&'static str> {
    let Some(gradient) = gradient else { return Some("gets none") };
    let values = host(gradient.clone());
    if values.iter().any(|value| !value.is_finite()) {
        Some("gets one that is not finite")
    } else if values.iter().all(|&value| value == 0.0) {
        Some("gets zero")
    } else {
        None
    }
}

/// Moves the steepest entries of each tensor both ways by their sign, and compares what the loss does with what the gradient says.
fn differences<M: Module>(
    model: &M,
    flow: &Gradients,
    (start, seed): (f64, u64),
    measured: impl Fn(&M) -> Result<f64, FitError>,
) -> Result<Check, FitError> {
    let (mut worst, mut compared) = ((0.0, String::new()), 0);
    for (path, gradient) in &flow.0 {
        let values = host(gradient.clone());
        let direction = direction(&values, Key::new(seed).at("preflight").at(path));
        let slope: f64 = values.iter().zip(&direction).map(|(&value, &way)| f64::from(value) * f64::from(way)).sum();
        let distance = STEP * start.abs() / slope.abs().max(f64::MIN_POSITIVE);
        if distance > 0.05 {
            // So flat that a step which moves the loss would leave the neighborhood that a gradient speaks of.
            continue;
        }
        let off = |distance: f64| -> Result<f64, FitError> {
            let moved = |way: f64| measured(&shifted(model, path, &direction, way * distance));
            let difference = (moved(1.0)? - moved(-1.0)?) / (2.0 * distance);
            Ok((difference - slope).abs() / slope.abs())
        };
        let mut error = off(distance)?;
        if error >= DISTANCE {
            // Where the loss bends much, a shorter way shows what the gradient speaks of.
            error = error.min(off(distance * SHORTER)?);
        }
        compared += 1;
        // In this order no number is worse than NaN.
        if error.total_cmp(&worst.0).is_gt() {
            worst = (error, path.clone());
        }
    }
    let (error, path) = worst;
    let detail = format!("{compared} tensors compared; largest distance {:.2} % at {path}", 100.0 * error);
    let passed = compared > 0 && error < DISTANCE;
    Ok(Check { name: "finite differences agree with gradients".to_owned(), passed, detail })
}

/// ±1 at sampled entries, by the sign of the gradient there, so that their effects on the loss add up.
fn direction(gradient: &[f32], key: Key) -> Vec<f32> {
    let mut stream = key.stream();
    let mut direction = vec![0.0; gradient.len()];
    for _ in 0..MOVED.min(gradient.len()) {
        let first = stream.below(gradient.len());
        let second = stream.below(gradient.len());
        let steeper = if gradient[first].abs() >= gradient[second].abs() { first } else { second };
        direction[steeper] = gradient[steeper].signum();
    }
    direction
}

fn shifted<M: Module>(model: &M, path: &str, direction: &[f32], distance: f64) -> M {
    updated(model.clone(), |candidate, values| {
        if candidate != path {
            return values;
        }
        let way = TensorData::new(direction.to_vec(), [direction.len()]);
        values.clone() + Tensor::from_data(way, &values.device()) * distance
    })
}
