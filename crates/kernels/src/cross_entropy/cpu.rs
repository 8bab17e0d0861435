//! Cross-entropy of rows of logits, and in the same pass the gradient in the place of the logits, so that no row of
//! probabilities is ever kept beside them.

use pulp::{Arch, Simd, WithSimd};

use super::{CrossEntropy, IGNORED};
use crate::cpu::elementwise::{Entries, Law, Pieces, sweep};
use crate::cpu::threads::Shared;

/// The loss of each row of logits `[row, vocabulary]`, with targets `[row]`.
pub(crate) fn cross_entropy(logits: &[f32], targets: &[i32], options: CrossEntropy, losses: &mut [f32]) {
    let vocabulary = vocabulary(logits, targets, losses);
    let losses = Shared::new(losses);
    Pieces::of_rows(targets.len(), vocabulary).each(|_, rows| {
        // SAFETY: pieces don't overlap and end with the losses.
        let losses = unsafe { losses.slice(rows.start, rows.len()) };
        let logits = &logits[rows.start * vocabulary..rows.end * vocabulary];
        Arch::new().dispatch(Losses { logits, targets: &targets[rows], options, losses });
    });
}

/// The same, and puts the gradient of the sum of the losses in the place of the logits.
pub(crate) fn cross_entropy_gradient(logits: &mut [f32], targets: &[i32], options: CrossEntropy, losses: &mut [f32]) {
    let vocabulary = vocabulary(logits, targets, losses);
    let (logits, losses) = (Shared::new(logits), Shared::new(losses));
    Pieces::of_rows(targets.len(), vocabulary).each(|_, rows| {
        // SAFETY: pieces don't overlap and end with the losses and the logits.
        let losses = unsafe { losses.slice(rows.start, rows.len()) };
        // SAFETY: as above.
        let logits = unsafe { logits.slice(rows.start * vocabulary, rows.len() * vocabulary) };
        Arch::new().dispatch(Gradients { logits, targets: &targets[rows], options, losses });
    });
}

fn vocabulary(logits: &[f32], targets: &[i32], losses: &[f32]) -> usize {
    assert_eq!(targets.len(), losses.len(), "a loss for each target");
    let vocabulary = logits.len() / targets.len().max(1);
    assert_eq!(logits.len(), targets.len() * vocabulary, "the last row is not whole");
    vocabulary
}

struct Losses<'a> {
    logits: &'a [f32],
    targets: &'a [i32],
    options: CrossEntropy,
    losses: &'a mut [f32],
}

impl WithSimd for Losses<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.logits.chunks_exact(self.logits.len() / self.targets.len());
        for ((row, &target), loss) in rows.zip(self.targets).zip(self.losses) {
            if target == IGNORED {
                *loss = 0.0;
                continue;
            }
            let view = View::new(simd, row, target, self.options);
            let [total] = sweep(simd, Exponential(view.maximum), Entries { changed: [], read: [row], written: [] });
            *loss = view.loss(total.ln(), self.options);
        }
    }
}

struct Gradients<'a> {
    logits: &'a mut [f32],
    targets: &'a [i32],
    options: CrossEntropy,
    losses: &'a mut [f32],
}

impl WithSimd for Gradients<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let vocabulary = self.logits.len() / self.targets.len();
        let rows = self.logits.chunks_exact_mut(vocabulary);
        for ((row, &target), loss) in rows.zip(self.targets).zip(self.losses) {
            if target == IGNORED {
                row.fill(0.0);
                *loss = 0.0;
            } else {
                *loss = differentiate(simd, row, target, self.options);
            }
        }
    }
}

/// Puts the gradient in the place of the logits; returns the loss.
#[inline(always)]
fn differentiate<S: Simd>(simd: S, row: &mut [f32], target: i32, options: CrossEntropy) -> f32 {
    let view = View::new(simd, row, target, options);
    let [total] = sweep(simd, Exponential(view.maximum), Entries { changed: [&mut *row], read: [], written: [] });
    let partition = view.maximum + total.ln();
    let [smoothing, z] = [options.smoothing as f32, options.z as f32];
    let law = Gradient { scale: (1.0 + 2.0 * z * partition) / total, spread: smoothing / row.len() as f32 };
    sweep(simd, law, Entries { changed: [&mut *row], read: [], written: [] });
    row[target as usize] -= 1.0 - smoothing;
    view.loss(total.ln(), options)
}

/// What the loss of a row depends on, beside its sum of exponentials. Logits are counted from the greatest.
struct View {
    maximum: f32,
    picked: f32,
    /// The mean logit; zero where no loss is spread.
    mean: f32,
}

impl View {
    #[inline(always)]
    fn new<S: Simd>(simd: S, row: &[f32], target: i32, options: CrossEntropy) -> Self {
        let maximum = maximum(simd, row);
        let target = usize::try_from(target).expect("a target is a number of the vocabulary");
        let mut view = Self { maximum, picked: row[target] - maximum, mean: 0.0 };
        if options.smoothing != 0.0 {
            let [sum] = sweep(simd, Difference(maximum), Entries { changed: [], read: [row], written: [] });
            view.mean = sum / row.len() as f32;
        }
        view
    }

    #[inline(always)]
    fn loss(&self, log_total: f32, options: CrossEntropy) -> f32 {
        let (partition, [smoothing, z]) = (self.maximum + log_total, [options.smoothing as f32, options.z as f32]);
        let spread = (1.0 - smoothing) * self.picked + smoothing * self.mean;
        let penalty = if z == 0.0 { 0.0 } else { z * partition * partition };
        log_total - spread + penalty
    }
}

/// The greatest entry. One that is not a number may go unseen here, but not in the sum of exponentials.
#[inline(always)]
fn maximum<S: Simd>(simd: S, row: &[f32]) -> f32 {
    let (vectors, rest) = S::as_simd_f32s(row);
    let mut greatest = [simd.splat_f32s(f32::NEG_INFINITY); 4];
    let mut groups = vectors.chunks_exact(4);
    for group in &mut groups {
        for (greatest, &vector) in greatest.iter_mut().zip(group) {
            *greatest = simd.max_f32s(*greatest, vector);
        }
    }
    for &vector in groups.remainder() {
        greatest[0] = simd.max_f32s(greatest[0], vector);
    }
    let [first, second, third, fourth] = greatest;
    let all = simd.max_f32s(simd.max_f32s(first, second), simd.max_f32s(third, fourth));
    rest.iter().copied().fold(simd.reduce_max_f32s(all), f32::max)
}

/// `exp(x - maximum)`.
#[derive(Clone, Copy)]
struct Exponential(f32);

impl Law<1, 1> for Exponential {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [crate::cpu::simd::exp(simd, simd.sub_f32s(x, simd.splat_f32s(self.0)))]
    }
}

#[derive(Clone, Copy)]
struct Difference(f32);

impl Law<1, 1> for Difference {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [simd.sub_f32s(x, simd.splat_f32s(self.0))]
    }
}

/// From exponentials to the gradient, but for the target.
#[derive(Clone, Copy)]
struct Gradient {
    scale: f32,
    spread: f32,
}

impl Law<1, 1> for Gradient {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [exponential]: [S::f32s; 1]) -> [S::f32s; 1] {
        [simd.mul_add_e_f32s(exponential, simd.splat_f32s(self.scale), simd.splat_f32s(-self.spread))]
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
