//! Whether a JPEG is all there: the decoder would paint the rest gray and say nothing.

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// A picture without its end. A thumbnail in the header may have an end of its own, so that one after the first scan begins
/// counts; within a scan no such bytes occur (ITU-T T.81, F.1.2.3).
pub(super) fn is_cut_short(bytes: &[u8]) -> bool {
    let scans = first_scan(bytes).unwrap_or(&[]);
    !scans.windows(2).rev().any(|pair| pair == END_OF_IMAGE)
}

/// What follows the header: segments of a marker, a length that counts itself, and content.
fn first_scan(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(2..)?;
    loop {
        match *rest {
            [0xff, START_OF_SCAN, ..] => return Some(rest),
            [0xff, 0xff, ..] => rest = &rest[1..], // markers may be padded
            [0xff, _, high, low, ..] => rest = rest.get(2 + usize::from(u16::from_be_bytes([high, low]))..)?,
            _ => return None,
        }
    }
}
