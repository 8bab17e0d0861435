//! Numbers as files hold them.

use crate::header::Type;

/// 2 to the power of 112: by so much the exponents of f16 and f32 differ, once their bits stand in the same place.
const SHIFT: f32 = f32::from_bits(0x7780_0000);
/// The smallest normal number of f16, and the distance of those below it.
const NORMAL: f32 = 6.103_515_6e-5;
const FINEST: f64 = 1.0 / (1 << 24) as f64;

/// The numbers that these bytes are.
pub(crate) fn read(bytes: &[u8], kind: Type) -> Vec<f32> {
    match kind {
        Type::F64 => bytes.as_chunks().0.iter().map(|&word| f64::from_le_bytes(word) as f32).collect(),
        Type::F32 => bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect(),
        Type::F16 => bytes.as_chunks().0.iter().map(|&word| from_half(u16::from_le_bytes(word))).collect(),
        Type::Bf16 => bytes.as_chunks().0.iter().map(|&word| from_brain(u16::from_le_bytes(word))).collect(),
    }
}

/// The bytes of these numbers, each rounded to the nearest that there is, and to the even one of two.
pub(crate) fn written(values: &[f32], kind: Type) -> Vec<u8> {
    match kind {
        Type::F64 => values.iter().flat_map(|&value| f64::from(value).to_le_bytes()).collect(),
        Type::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        Type::F16 => values.iter().flat_map(|&value| half(value).to_le_bytes()).collect(),
        Type::Bf16 => values.iter().flat_map(|&value| brain(value).to_le_bytes()).collect(),
    }
}

/// bf16 is the upper half of an f32.
fn from_brain(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

fn brain(value: f32) -> u16 {
    if value.is_nan() { (value.to_bits() >> 16) as u16 | 0x40 } else { (rounded(value.to_bits(), 16)) as u16 }
}

fn from_half(bits: u16) -> f32 {
    let (sign, size) = (u32::from(bits & 0x8000) << 16, u32::from(bits & 0x7fff) << 13);
    let size = if bits & 0x7c00 == 0x7c00 { size | 0x7f80_0000 } else { (f32::from_bits(size) * SHIFT).to_bits() };
    f32::from_bits(sign | size)
}

fn half(value: f32) -> u16 {
    let (sign, size) = ((value.to_bits() >> 16) as u16 & 0x8000, value.abs());
    let bits = if value.is_nan() {
        0x7e00
    } else if size < NORMAL {
        (f64::from(size) / FINEST).round_ties_even() as u16
    } else {
        rounded((size / SHIFT).to_bits(), 13).min(0x7c00) as u16
    };
    sign | bits
}

/// The bits without the last `cut`, rounded to the nearest, and to the even one of two.
fn rounded(bits: u32, cut: u32) -> u32 {
    let (odd, below_half) = ((bits >> cut) & 1, (1 << (cut - 1)) - 1);
    ((u64::from(bits) + u64::from(below_half + odd)) >> cut) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_comes_back() {
        for bits in (0..=u16::MAX).filter(|bits| bits & 0x7c00 != 0x7c00 || bits & 0x3ff == 0) {
            assert_eq!(half(from_half(bits)), bits);
            assert_eq!(from_brain(brain(from_brain(bits))).to_bits(), from_brain(bits).to_bits());
        }
        assert!(
            from_half(0x7e01).is_nan() && from_half(half(f32::NAN)).is_nan() && from_brain(brain(f32::NAN)).is_nan()
        );
    }

    #[test]
    fn known_numbers_are_known() {
        let known =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0001, 5.960_464_5e-8), (0x7c00, f32::INFINITY)];
        for (bits, value) in known {
            assert_eq!((from_half(bits).to_bits(), half(value)), (f32::to_bits(value), bits));
        }
    }

    /// What lies between two neighbors goes to the nearer, and to the even one from the middle.
    #[test]
    fn numbers_between_are_rounded() {
        for bits in (0..0x7bff).step_by(7) {
            let (low, high) = (f64::from(from_half(bits)), f64::from(from_half(bits + 1)));
            let at = |share: f64| half((low + share * (high - low)) as f32);
            assert_eq!((at(0.49), at(0.51)), (bits, bits + 1));
            assert_eq!(at(0.5), bits + bits % 2);
        }
        assert_eq!((half(65519.0), half(65521.0), half(1e9)), (0x7bff, 0x7c00, 0x7c00));
        assert_eq!((brain(1.003_9), brain(1.003_906_3), brain(1.011_718_8)), (0x3f80, 0x3f80, 0x3f82));
    }
}
