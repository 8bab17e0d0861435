//! RandAugment and TrivialAugment: which operation, how strong, in which direction.

use attentive_random::Stream;

use crate::{Operation, Pixels, Sampling};

/// The greatest magnitude; the least is 0.
pub(super) const MAGNITUDES: u8 = 30;
const OPERATIONS: usize = 14;

/// What operations do at the greatest magnitude.
struct Extent {
    shear: f32,
    /// Pixels, `[right, down]`.
    translation: [f32; 2],
    degrees: f32,
    /// How far a factor is from 1.
    factor: f32,
    /// Bits that go.
    bits: f32,
}

/// Each operation at the same magnitude.
pub(super) fn rand_augment(
    stream: &mut Stream,
    picture: Pixels,
    operations: usize,
    magnitude: u8,
    sampling: Sampling,
) -> Pixels {
    // Cubuk et al. 2019 move ImageNet's pictures of 331 pixels by up to 150.
    let translation = [picture.width(), picture.height()].map(|side| 150.0 / 331.0 * side as f32);
    let extent = Extent { shear: 0.3, translation, degrees: 30.0, factor: 0.9, bits: 4.0 };
    (0..operations).fold(picture, |picture, _| drawn(stream, &extent, magnitude).apply(picture, sampling))
}

/// One operation at any magnitude, up to extreme ones.
pub(super) fn trivial_augment(stream: &mut Stream, picture: Pixels, sampling: Sampling) -> Pixels {
    let extent = Extent { shear: 0.99, translation: [32.0; 2], degrees: 135.0, factor: 0.99, bits: 6.0 };
    let magnitude = stream.below(usize::from(MAGNITUDES) + 1) as u8;
    drawn(stream, &extent, magnitude).apply(picture, sampling)
}

fn drawn(stream: &mut Stream, extent: &Extent, magnitude: u8) -> Operation {
    let choice = stream.below(OPERATIONS);
    let strength = f32::from(magnitude) / f32::from(MAGNITUDES);
    let signed = if stream.chance(0.5) { strength } else { -strength };
    operation(choice, extent, strength, signed)
}

fn operation(choice: usize, extent: &Extent, strength: f32, signed: f32) -> Operation {
    let factor = 1.0 + extent.factor * signed;
    let [right, down] = extent.translation.map(|pixels| (pixels * signed) as i32);
    match choice {
        0 => Operation::Identity,
        1 => Operation::ShearX(extent.shear * signed),
        2 => Operation::ShearY(extent.shear * signed),
        3 => Operation::TranslateX(right),
        4 => Operation::TranslateY(down),
        5 => Operation::Rotate(extent.degrees * signed),
        6 => Operation::Brightness(factor),
        7 => Operation::Color(factor),
        8 => Operation::Contrast(factor),
        9 => Operation::Sharpness(factor),
        10 => Operation::Posterize(8 - (extent.bits * strength).round() as u8),
        11 => Operation::Solarize(255.0 * (1.0 - strength)),
        12 => Operation::AutoContrast,
        _ => Operation::Equalize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use attentive_random::Key;

    /// torchvision 0.29.2's table of magnitudes, at 9 of 30, for a picture of 32x32.
    #[test]
    fn magnitudes_are_those_of_torchvision() {
        let translation = [150.0 / 331.0 * 32.0; 2];
        let extent = Extent { shear: 0.3, translation, degrees: 30.0, factor: 0.9, bits: 4.0 };
        let at_nine = |choice| operation(choice, &extent, 0.3, -0.3);
        assert_eq!(at_nine(3), Operation::TranslateX(-4));
        assert_eq!(at_nine(5), Operation::Rotate(-9.0));
        assert_eq!(at_nine(10), Operation::Posterize(7));
        assert!(matches!(at_nine(1), Operation::ShearX(by) if (by + 0.09).abs() < 1e-6));
        assert!(matches!(at_nine(6), Operation::Brightness(by) if (by - 0.73).abs() < 1e-6));
        assert!(matches!(at_nine(11), Operation::Solarize(from) if (from - 178.5).abs() < 1e-4));
    }

    #[test]
    fn every_operation_is_drawn_alike() {
        let mut counts = [0; OPERATIONS];
        let extent = Extent { shear: 1.0, translation: [100.0; 2], degrees: 100.0, factor: 0.5, bits: 4.0 };
        let kinds: Vec<_> =
            (0..OPERATIONS).map(|choice| std::mem::discriminant(&operation(choice, &extent, 0.5, 0.5))).collect();
        for item in 0..14_000 {
            let operation = drawn(&mut Key::new(3).nth(item).stream(), &extent, 15);
            let choice = kinds.iter().position(|&kind| kind == std::mem::discriminant(&operation));
            counts[choice.expect("one of them")] += 1;
        }
        assert!(counts.iter().all(|&count| (850..1150).contains(&count)), "{counts:?}");
    }
}
