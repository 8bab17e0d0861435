//! Elementary functions on vectors of f32, whichever the processor has: written once over `pulp`, which chooses among AVX-512,
//! AVX2, NEON and plain code at run time. NaN in gives NaN out.

use pulp::Simd;

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// ln 2 in two parts, so that a small multiple of it can be taken off without rounding.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Adding and subtracting it rounds to the nearest integer, which then stands in the lowest bits.
const ROUNDER: f32 = 12_582_912.0;
/// Beyond these, `exp` is zero or infinite; between them, its exponent is that of a normal number.
const EXP_LEAST: f32 = -87.3;
const EXP_MOST: f32 = 88.3;
/// The Taylor-like polynomial of Cephes for `(exp(x) - 1 - x) / x²` on `|x| <= ln 2 / 2`.
const EXP_POLYNOMIAL: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5e-1];

/// `exp(x)` within two units in the last place; exactly zero far below, infinite far above.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |value| simd.splat_f32s(value);
    let rounder = splat(ROUNDER);
    let shifted = simd.mul_add_e_f32s(x, splat(LOG2_E), rounder);
    let turns = simd.sub_f32s(shifted, rounder);
    let rest = simd.mul_add_e_f32s(turns, splat(-LN_2_HIGH), x);
    let rest = simd.mul_add_e_f32s(turns, splat(-LN_2_LOW), rest);
    let mut sum = splat(EXP_POLYNOMIAL[0]);
    for &coefficient in &EXP_POLYNOMIAL[1..] {
        sum = simd.mul_add_e_f32s(sum, rest, splat(coefficient));
    }
    let square = simd.mul_f32s(rest, rest);
    let sum = simd.add_f32s(simd.mul_add_e_f32s(sum, square, rest), splat(1.0));
    // The turns, in the lowest bits of `shifted`, become an exponent.
    let exponent = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    let scaled = simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(sum), exponent));
    let scaled = simd.select_f32s(simd.less_than_f32s(x, splat(EXP_LEAST)), splat(0.0), scaled);
    let scaled = simd.select_f32s(simd.greater_than_f32s(x, splat(EXP_MOST)), splat(f32::INFINITY), scaled);
    simd.select_f32s(simd.equal_f32s(x, x), scaled, x)
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    simd.div_f32s(one, simd.add_f32s(one, exp(simd, simd.sub_f32s(simd.splat_f32s(0.0), x))))
}

/// `tanh(x)`, as `2 σ(2x) - 1`: absolute error of a few units in the last place of one.
#[inline(always)]
pub(crate) fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let twice = sigmoid(simd, simd.add_f32s(x, x));
    simd.sub_f32s(simd.add_f32s(twice, twice), simd.splat_f32s(1.0))
}
