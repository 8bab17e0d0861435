//! Changes that look only at a byte's value and at how often each occurs, as Pillow's `ImageOps` has them.

use crate::Pixels;

type Table = [u8; 256];

/// The `bits` highest bits of each byte.
pub(crate) fn posterized(picture: Pixels, bits: u8) -> Pixels {
    let mask = u8::MAX.checked_shl(8_u32.saturating_sub(u32::from(bits))).unwrap_or(0);
    looked_up(picture, |_| std::array::from_fn(|byte| byte as u8 & mask))
}

/// Bytes from the threshold on are inverted.
pub(crate) fn solarized(picture: Pixels, threshold: f32) -> Pixels {
    looked_up(picture, |_| {
        std::array::from_fn(|byte| if (byte as f32) < threshold { byte as u8 } else { 255 - byte as u8 })
    })
}

/// Each channel spread over all values.
pub(crate) fn autocontrasted(picture: Pixels) -> Pixels {
    looked_up(picture, spread)
}

/// Each channel's values made equally frequent.
pub(crate) fn equalized(picture: Pixels) -> Pixels {
    looked_up(picture, leveled)
}

/// Every byte replaced from a table that is made of how often each value occurs in its channel.
fn looked_up(mut picture: Pixels, table: impl Fn(&[u64; 256]) -> Table) -> Pixels {
    let channels = picture.channels();
    for channel in 0..channels {
        let mut counts = [0; 256];
        picture.bytes().iter().skip(channel).step_by(channels).for_each(|&byte| counts[usize::from(byte)] += 1);
        let table = table(&counts);
        let bytes = picture.bytes_mut().iter_mut().skip(channel).step_by(channels);
        bytes.for_each(|byte| *byte = table[usize::from(*byte)]);
    }
    picture
}

fn unchanged() -> Table {
    std::array::from_fn(|byte| byte as u8)
}

fn spread(counts: &[u64; 256]) -> Table {
    let lowest = counts.iter().position(|&count| count > 0).unwrap_or(0);
    let highest = counts.iter().rposition(|&count| count > 0).unwrap_or(0);
    if highest <= lowest {
        return unchanged();
    }
    let scale = 255.0 / (highest - lowest) as f64;
    let offset = -(lowest as f64) * scale;
    std::array::from_fn(|byte| (byte as f64 * scale + offset) as u8)
}

fn leveled(counts: &[u64; 256]) -> Table {
    let last = counts.iter().rev().find(|&&count| count > 0).unwrap_or(&0);
    let step = (counts.iter().sum::<u64>() - last) / 255;
    if step == 0 {
        return unchanged();
    }
    let mut below = step / 2;
    counts.map(|count| {
        let level = below / step;
        below += count;
        level.min(255) as u8
    })
}
