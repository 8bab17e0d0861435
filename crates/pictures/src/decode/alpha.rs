//! What becomes of alpha, the last of two channels or four.

/// The color as it is, however transparent.
pub(super) fn dropped(samples: Vec<u8>, channels: usize) -> Vec<u8> {
    match channels {
        2 => samples.as_chunks::<2>().0.iter().map(|&[gray, _]| gray).collect(),
        4 => samples.as_chunks::<4>().0.iter().flat_map(|&[red, green, blue, _]| [red, green, blue]).collect(),
        _ => samples,
    }
}

/// The color as it looks on white.
pub(super) fn on_white(samples: Vec<u8>, channels: usize) -> Vec<u8> {
    match channels {
        2 => samples.as_chunks::<2>().0.iter().map(|&[gray, alpha]| blended(gray, alpha)).collect(),
        4 => {
            let pixels = samples.as_chunks::<4>().0.iter();
            pixels
                .flat_map(|&[red, green, blue, alpha]| [red, green, blue].map(|light| blended(light, alpha)))
                .collect()
        }
        _ => samples,
    }
}

/// To the nearest, as Pillow's `paste` with a mask rounds.
fn blended(light: u8, alpha: u8) -> u8 {
    let [light, alpha] = [light, alpha].map(u32::from);
    ((light * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}
