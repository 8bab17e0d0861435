//! Updates of parameters in one pass over memory, which multiplies the gradient on its way: clipping needs no pass of its own.

use pulp::Simd;

use super::{AdamW, Lion, Momentum, Sgd};
use crate::cpu::elementwise::{Entries, Law, apply};

pub(crate) fn adamw(settings: &AdamW, parameter: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    let law = AdamWLaw::new(settings);
    apply(law, Entries { changed: [parameter, first, second], read: [gradient], written: [] });
}

pub(crate) fn lion(settings: &Lion, parameter: &mut [f32], gradient: &[f32], momentum: &mut [f32]) {
    apply(LionLaw::new(settings), Entries { changed: [parameter, momentum], read: [gradient], written: [] });
}

pub(crate) fn sgd(settings: &Sgd, parameter: &mut [f32], gradient: &[f32], velocity: &mut [f32]) {
    let entries = Entries { changed: [parameter, velocity], read: [gradient], written: [] };
    let heavy = |momentum: f64| Heavy { descent: Descent::new(settings), momentum: momentum as f32 };
    match settings.momentum {
        Momentum::Heavy(momentum) => apply(heavy(momentum), entries),
        Momentum::Nesterov(momentum) => apply(Nesterov(heavy(momentum)), entries),
    }
}

/// The sum of two values, each times its factor; every operation rounds, as in the reference.
#[inline(always)]
fn blend<S: Simd>(simd: S, [left, right]: [(S::f32s, f32); 2]) -> S::f32s {
    let product = |(value, factor)| simd.mul_f32s(value, simd.splat_f32s(factor));
    simd.add_f32s(product(left), product(right))
}

#[derive(Clone, Copy)]
struct AdamWLaw {
    factor: f32,
    /// Each beta and what it leaves of one.
    first: [f32; 2],
    second: [f32; 2],
    root: f32,
    epsilon: f32,
    rate: f32,
    decay: f32,
}

impl AdamWLaw {
    fn new(settings: &AdamW) -> Self {
        let corrections = settings.betas.map(|beta| 1.0 - beta.powf(settings.step as f64));
        let [first, second] = settings.betas.map(|beta| [beta as f32, (1.0 - beta) as f32]);
        Self {
            factor: settings.factor as f32,
            first,
            second,
            root: corrections[1].sqrt() as f32,
            epsilon: settings.epsilon as f32,
            rate: (settings.learning_rate / corrections[0]) as f32,
            decay: (1.0 - settings.learning_rate * settings.decay) as f32,
        }
    }
}

impl Law<4, 3> for AdamWLaw {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [parameter, first, second, gradient]: [S::f32s; 4]) -> [S::f32s; 3] {
        let splat = |value| simd.splat_f32s(value);
        let gradient = simd.mul_f32s(gradient, splat(self.factor));
        let first = blend(simd, [(first, self.first[0]), (gradient, self.first[1])]);
        let square = simd.mul_f32s(gradient, gradient);
        let second = blend(simd, [(second, self.second[0]), (square, self.second[1])]);
        let root = simd.div_f32s(simd.sqrt_f32s(second), splat(self.root));
        let update = simd.div_f32s(first, simd.add_f32s(root, splat(self.epsilon)));
        let update = simd.mul_f32s(update, splat(self.rate));
        let parameter = simd.sub_f32s(simd.mul_f32s(parameter, splat(self.decay)), update);
        [parameter, first, second]
    }
}

#[derive(Clone, Copy)]
struct LionLaw {
    factor: f32,
    direction: [f32; 2],
    momentum: [f32; 2],
    rate: f32,
    decay: f32,
}

impl LionLaw {
    fn new(settings: &Lion) -> Self {
        let [direction, momentum] = settings.betas.map(|beta| [beta as f32, (1.0 - beta) as f32]);
        Self {
            factor: settings.factor as f32,
            direction,
            momentum,
            rate: settings.learning_rate as f32,
            decay: (1.0 - settings.learning_rate * settings.decay) as f32,
        }
    }
}

impl Law<3, 2> for LionLaw {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [parameter, momentum, gradient]: [S::f32s; 3]) -> [S::f32s; 2] {
        let splat = |value| simd.splat_f32s(value);
        let gradient = simd.mul_f32s(gradient, splat(self.factor));
        let direction = blend(simd, [(momentum, self.direction[0]), (gradient, self.direction[1])]);
        let momentum = blend(simd, [(momentum, self.momentum[0]), (gradient, self.momentum[1])]);
        // What is neither above nor below zero is its own sign: zero, or not a number.
        let zero = splat(0.0);
        let update = simd.select_f32s(simd.less_than_f32s(direction, zero), splat(-self.rate), direction);
        let update = simd.select_f32s(simd.greater_than_f32s(direction, zero), splat(self.rate), update);
        [simd.sub_f32s(simd.mul_f32s(parameter, splat(self.decay)), update), momentum]
    }
}

#[derive(Clone, Copy)]
struct Descent {
    factor: f32,
    rate: f32,
    decay: f32,
}

impl Descent {
    fn new(settings: &Sgd) -> Self {
        let &Sgd { learning_rate, decay, factor, .. } = settings;
        Self { factor: factor as f32, rate: learning_rate as f32, decay: decay as f32 }
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, parameter: S::f32s, gradient: S::f32s) -> S::f32s {
        blend(simd, [(gradient, self.factor), (parameter, self.decay)])
    }

    #[inline(always)]
    fn moved<S: Simd>(self, simd: S, parameter: S::f32s, update: S::f32s) -> S::f32s {
        simd.sub_f32s(parameter, simd.mul_f32s(update, simd.splat_f32s(self.rate)))
    }
}

#[derive(Clone, Copy)]
struct Heavy {
    descent: Descent,
    momentum: f32,
}

impl Heavy {
    #[inline(always)]
    fn velocity<S: Simd>(self, simd: S, velocity: S::f32s, gradient: S::f32s) -> S::f32s {
        simd.add_f32s(simd.mul_f32s(velocity, simd.splat_f32s(self.momentum)), gradient)
    }
}

impl Law<3, 2> for Heavy {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [parameter, velocity, gradient]: [S::f32s; 3]) -> [S::f32s; 2] {
        let gradient = self.descent.gradient(simd, parameter, gradient);
        let velocity = self.velocity(simd, velocity, gradient);
        [self.descent.moved(simd, parameter, velocity), velocity]
    }
}

/// Looks one step of the velocity ahead.
#[derive(Clone, Copy)]
struct Nesterov(Heavy);

impl Law<3, 2> for Nesterov {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [parameter, velocity, gradient]: [S::f32s; 3]) -> [S::f32s; 2] {
        let gradient = self.0.descent.gradient(simd, parameter, gradient);
        let velocity = self.0.velocity(simd, velocity, gradient);
        [self.0.descent.moved(simd, parameter, self.0.velocity(simd, velocity, gradient)), velocity]
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
