//! Activations and gated activations, forward and backward, each in one pass. What is to be activated by what is a type
//! ([`Gelu`], [`Relu`], …), so that the choice is made outside of the loops.

use pulp::Simd;

use super::QUICK;
use crate::cpu::elementwise::{Entries, Law, apply};
use crate::cpu::simd;

/// An activation and its derivative.
pub(crate) trait Curve: Copy + Send + Sync {
    fn value<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s;
    fn slope<S: Simd>(self, simd: S, x: S::f32s) -> [S::f32s; 2];
}

pub(crate) fn activate(curve: impl Curve, input: &[f32], output: &mut [f32]) {
    apply(Value(curve), Entries { changed: [], read: [input], written: [output] });
}

/// The way back of [`activate`]: the gradient of the output becomes the input's, and the input becomes the output.
pub(crate) fn activate_backward(curve: impl Curve, gradient: &mut [f32], input: &mut [f32]) {
    apply(Backward(curve), Entries { changed: [gradient, input], read: [], written: [] });
}

/// `output = f(gate) * up`: SwiGLU, GEGLU and so on (Shazeer 2020).
pub(crate) fn gated(curve: impl Curve, gate: &[f32], up: &[f32], output: &mut [f32]) {
    apply(Gated(curve), Entries { changed: [], read: [gate, up], written: [output] });
}

/// The way back of [`gated`]: the gradient of the output becomes the gate's, the gate becomes the output, and what it multiplied becomes
/// its gradient.
pub(crate) fn gated_backward(curve: impl Curve, gradient: &mut [f32], gate: &mut [f32], up: &mut [f32]) {
    apply(GatedBackward(curve), Entries { changed: [gradient, gate, up], read: [], written: [] });
}

#[derive(Clone, Copy)]
struct Value<C>(C);

impl<C: Curve> Law<1, 1> for Value<C> {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [self.0.value(simd, x)]
    }
}

#[derive(Clone, Copy)]
struct Backward<C>(C);

impl<C: Curve> Law<2, 2> for Backward<C> {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [d_output, x]: [S::f32s; 2]) -> [S::f32s; 2] {
        let [value, slope] = self.0.slope(simd, x);
        [simd.mul_f32s(d_output, slope), value]
    }
}

#[derive(Clone, Copy)]
struct Gated<C>(C);

impl<C: Curve> Law<2, 1> for Gated<C> {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [gate, up]: [S::f32s; 2]) -> [S::f32s; 1] {
        [simd.mul_f32s(self.0.value(simd, gate), up)]
    }
}

#[derive(Clone, Copy)]
struct GatedBackward<C>(C);

impl<C: Curve> Law<3, 3> for GatedBackward<C> {
    #[inline(always)]
    fn lanes<S: Simd>(self, simd: S, [d_output, gate, up]: [S::f32s; 3]) -> [S::f32s; 3] {
        let [value, slope] = self.0.slope(simd, gate);
        let d_gate = simd.mul_f32s(simd.mul_f32s(d_output, up), slope);
        [d_gate, simd.mul_f32s(value, up), simd.mul_f32s(d_output, value)]
    }
}

/// `x Φ(x)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gelu;

impl Curve for Gelu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let [below, _] = normal(simd, x);
        simd.mul_f32s(x, below)
    }

    #[inline(always)]
    fn slope<S: Simd>(self, simd: S, x: S::f32s) -> [S::f32s; 2] {
        let [below, density] = normal(simd, x);
        [simd.mul_f32s(x, below), simd.mul_add_e_f32s(x, density, below)]
    }
}

/// Where the variable of the polynomial is zero.
const CENTER: f32 = 3.75;
/// `(z + CENTER) Φ(-z) exp(z²/2)` as a polynomial of `(z - CENTER) / (z + CENTER)`, the transformation of Shepherd and Laframboise
/// (1981). Chebyshev interpolation on `0 <= z <= 14`, beyond which `exp` is zero; relative error below 2e-8.
const TAIL: [f32; 9] = [
    4.499_425_7e-4,
    5.218_146e-4,
    -4.167_097e-3,
    1.193_251_1e-3,
    3.749_020_4e-2,
    -0.151_519_7,
    0.352_939_96,
    -0.588_188_35,
    0.750_294_1,
];

/// The standard normal distribution `Φ(x)`, within a few units in the last place also where it is small, and its density.
#[inline(always)]
fn normal<S: Simd>(simd: S, x: S::f32s) -> [S::f32s; 2] {
    let splat = |value| simd.splat_f32s(value);
    let size = simd.abs_f32s(x);
    let bell = simd::exp(simd, simd.mul_f32s(simd.mul_f32s(x, x), splat(-0.5)));
    let share = simd.div_f32s(splat(1.0), simd.add_f32s(size, splat(CENTER)));
    let place = simd.mul_add_e_f32s(share, splat(-2.0 * CENTER), splat(1.0));
    let mut sum = splat(TAIL[0]);
    for &coefficient in &TAIL[1..] {
        sum = simd.mul_add_e_f32s(sum, place, splat(coefficient));
    }
    let tail = simd.mul_f32s(simd.mul_f32s(sum, share), bell);
    let below = simd.select_f32s(simd.less_than_f32s(x, splat(0.0)), tail, simd.sub_f32s(splat(1.0), tail));
    [below, simd.mul_f32s(bell, splat(0.398_942_3))]
}

/// The tanh approximation of [`Gelu`], `x σ(2u)` with `u = √(2/π) (x + 0.044715 x³)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GeluTanh;

/// `2 √(2/π)`.
const TWICE_ROOT: f32 = 1.595_769;
const CUBIC: f32 = 0.044_715;

impl Curve for GeluTanh {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let square = simd.mul_f32s(x, x);
        let inner = simd.mul_add_e_f32s(square, simd.splat_f32s(TWICE_ROOT * CUBIC), simd.splat_f32s(TWICE_ROOT));
        simd.mul_f32s(x, simd::sigmoid(simd, simd.mul_f32s(x, inner)))
    }

    #[inline(always)]
    fn slope<S: Simd>(self, simd: S, x: S::f32s) -> [S::f32s; 2] {
        let splat = |value| simd.splat_f32s(value);
        let square = simd.mul_f32s(x, x);
        let inner = simd.mul_add_e_f32s(square, splat(TWICE_ROOT * CUBIC), splat(TWICE_ROOT));
        let inner_slope = simd.mul_add_e_f32s(square, splat(3.0 * TWICE_ROOT * CUBIC), splat(TWICE_ROOT));
        let [gate, rest] = shares(simd, simd.mul_f32s(x, inner));
        let value = simd.mul_f32s(x, gate);
        [value, simd.mul_add_e_f32s(simd.mul_f32s(value, rest), inner_slope, gate)]
    }
}

/// `x σ(x)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silu;

impl Curve for Silu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_f32s(x, simd::sigmoid(simd, x))
    }

    #[inline(always)]
    fn slope<S: Simd>(self, simd: S, x: S::f32s) -> [S::f32s; 2] {
        let [gate, rest] = shares(simd, x);
        let value = simd.mul_f32s(x, gate);
        [value, simd.mul_add_e_f32s(value, rest, gate)]
    }
}

/// `x σ(1.702 x)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuickGelu;

impl Curve for QuickGelu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_f32s(x, simd::sigmoid(simd, simd.mul_f32s(x, simd.splat_f32s(QUICK))))
    }

    #[inline(always)]
    fn slope<S: Simd>(self, simd: S, x: S::f32s) -> [S::f32s; 2] {
        let steep = simd.splat_f32s(QUICK);
        let [gate, rest] = shares(simd, simd.mul_f32s(x, steep));
        let value = simd.mul_f32s(x, gate);
        [value, simd.mul_add_e_f32s(simd.mul_f32s(value, rest), steep, gate)]
    }
}

/// `max(x, 0)`, with slope zero at zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relu;

impl Curve for Relu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let nothing = simd.splat_f32s(0.0);
        // Asked this way around, what is not a number stays so.
        simd.select_f32s(simd.less_than_f32s(x, nothing), nothing, x)
    }

    #[inline(always)]
    fn slope<S: Simd>(self, simd: S, x: S::f32s) -> [S::f32s; 2] {
        let [nothing, one] = [0.0, 1.0].map(|value| simd.splat_f32s(value));
        let slope = simd.select_f32s(simd.greater_than_f32s(x, nothing), one, nothing);
        [self.value(simd, x), slope]
    }
}

/// `σ(x)` and `1 - σ(x)`, the latter without the loss of digits that subtraction would bring.
#[inline(always)]
fn shares<S: Simd>(simd: S, x: S::f32s) -> [S::f32s; 2] {
    let one = simd.splat_f32s(1.0);
    let odds = simd::exp(simd, simd.sub_f32s(simd.splat_f32s(0.0), x));
    // An infinity times a share of zero would not be a number.
    let odds = simd.min_f32s(odds, simd.splat_f32s(1e37));
    let share = simd.div_f32s(one, simd.add_f32s(one, odds));
    [share, simd.mul_f32s(odds, share)]
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
