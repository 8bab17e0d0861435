//! The table by which SentencePiece normalizes characters: a double-array trie (Aoe 1989) over what is replaced, and
//! the replacements.
//!
//! The library that reads it trusts it. Here it is walked once: each place that a text could lead to must exist, and
//! each replacement must be one.

use std::collections::HashSet;

/// Why the table can't be used, if it can't.
pub(super) fn checked(charsmap: &[u8]) -> Result<(), String> {
    const BROKEN: &str = "its table of characters is broken";
    let broken = || BROKEN.to_owned();
    let (size, rest) = charsmap.split_first_chunk().ok_or_else(broken)?;
    let size = u32::from_le_bytes(*size) as usize;
    if !size.is_multiple_of(4) {
        return Err(broken());
    }
    let (trie, replacements) = rest.split_at_checked(size).ok_or_else(broken)?;
    let trie = Trie { units: trie.as_chunks().0.iter().map(|unit| u32::from_le_bytes(*unit)).collect() };
    let replacements = std::str::from_utf8(replacements).map_err(|_| broken())?;
    if trie.leads_within(replacements) { Ok(()) } else { Err(broken()) }
}

struct Trie {
    units: Vec<u32>,
}

impl Trie {
    /// Whether every path ends in the trie or at a replacement.
    fn leads_within(&self, replacements: &str) -> bool {
        let Some(root) = self.units.first() else { return false };
        let (mut open, mut seen) = (vec![offset(*root)], HashSet::new());
        while let Some(base) = open.pop() {
            if !seen.insert(base) {
                continue;
            }
            // Whatever byte comes next, its unit is looked at.
            if base | 0xff >= self.units.len() {
                return false;
            }
            for byte in 1..=0xff {
                let place = base ^ byte;
                let unit = self.units[place];
                if label(unit) != byte as u32 {
                    continue;
                }
                let next = place ^ offset(unit);
                if has_leaf(unit) && !self.units.get(next).is_some_and(|leaf| begins(replacements, value(*leaf))) {
                    return false;
                }
                open.push(next);
            }
        }
        true
    }
}

// The bits of a unit, as in the Darts-clone library.

fn has_leaf(unit: u32) -> bool {
    unit >> 8 & 1 == 1
}

fn value(unit: u32) -> usize {
    (unit & 0x7fff_ffff) as usize
}

fn label(unit: u32) -> u32 {
    unit & 0x8000_00ff
}

fn offset(unit: u32) -> usize {
    ((unit >> 10) as usize) << ((unit & 1 << 9) >> 6)
}

fn begins(replacements: &str, place: usize) -> bool {
    place <= replacements.len() && replacements.is_char_boundary(place)
}
