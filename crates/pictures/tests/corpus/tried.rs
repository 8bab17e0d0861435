//! What is done with foreign bytes, by the fuzzer and by the tests of what it kept.

use attentive_pictures::{Color, Limits, decode, decode_on_white};

const LIMITS: Limits = Limits { width: 4096, height: 4096, pixels: 1 << 18, memory: 1 << 22 };
/// Errors quote what a file holds, and stay readable.
const LONGEST: usize = 2000;

pub(crate) fn picture(bytes: &[u8]) {
    let found = [decode(bytes, Color::Rgb, &LIMITS), decode_on_white(bytes, Color::Gray, &LIMITS)];
    for picture in found {
        match picture {
            Ok(picture) => assert!((picture.height() * picture.width()) as u64 <= LIMITS.pixels),
            Err(error) => assert!(error.to_string().len() <= LONGEST),
        }
    }
}
