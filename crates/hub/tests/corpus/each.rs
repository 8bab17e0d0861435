//! Kept cases tried one by one, as they are and damaged in some ways, always in the same ones.

use std::{fs, path::Path};

/// Ways to damage each case; `ATTENTIVE_DAMAGES` may ask for more.
const DAMAGES: u64 = 40;
/// Bytes that mean something to many formats.
const TELLING: &[u8] = b"\x00\x01\x7f\x80\xff\"{}[],:0-9e.\\\n<>";

pub(crate) fn each(cases: &Path, tried: fn(&[u8])) {
    let files = fs::read_dir(cases).expect("the cases are there").map(|entry| entry.expect("it can be read").path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let cases: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).expect("it can be read")).collect();
    assert!(!cases.is_empty());
    let damages = std::env::var("ATTENTIVE_DAMAGES").map_or(DAMAGES, |count| count.parse().expect("a number"));
    for (case, name) in cases.iter().zip(&files) {
        tried(case);
        for number in 0..damages {
            let (mut damaged, mut draws) = (case.clone(), Draws(number * 7919 + case.len() as u64 + 1));
            (0..=draws.below(4)).for_each(|_| damage(&mut damaged, &cases, &mut draws));
            let survived = std::panic::catch_unwind(|| tried(&damaged));
            assert!(survived.is_ok(), "damage {number} of {}: {:?}", name.display(), String::from_utf8_lossy(&damaged));
        }
    }
}

/// One change, small or large.
fn damage(bytes: &mut Vec<u8>, cases: &[Vec<u8>], draws: &mut Draws) {
    let place = draws.below(bytes.len() + 1);
    let end = (place + 1 + draws.below(16)).min(bytes.len());
    match draws.below(8) {
        0 => bytes.truncate(place),
        1 => drop(bytes.drain(place.min(end)..end)),
        2 => bytes.insert(place, TELLING[draws.below(TELLING.len())]),
        3 => {
            let again = bytes[place.min(end)..end].to_vec();
            let at = draws.below(bytes.len() + 1);
            bytes.splice(at..at, again);
        }
        4 => {
            let other = &cases[draws.below(cases.len())];
            let from = draws.below(other.len() + 1);
            let to = (from + draws.below(64)).min(other.len());
            bytes.splice(place..place, other[from..to].iter().copied());
        }
        5 => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte = TELLING[draws.below(TELLING.len())]),
        _ => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << draws.below(8)),
    }
}

/// Xorshift (Marsaglia 2003): what is drawn need not be good, only the same each time.
struct Draws(u64);

impl Draws {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % most.max(1) as u64) as usize
    }
}
