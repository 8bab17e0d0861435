//! Rows of unlike lengths as one table.

use crate::IGNORED;

/// Ids as a table, row-major `[rows, length]`: each row begins with its own, and fillers follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Padded {
    pub ids: Vec<i32>,
    /// How many ids of each row are its own.
    pub lengths: Vec<usize>,
    pub rows: usize,
    pub length: usize,
}

/// The rows, each filled up to the longest. A table has at least one column, so that no tensor of it is empty.
pub fn padded(rows: &[impl AsRef<[u32]>], filler: u32) -> Padded {
    let lengths: Vec<usize> = rows.iter().map(|row| row.as_ref().len()).collect();
    let length = lengths.iter().copied().max().unwrap_or(0).max(1);
    let ids = rows.iter().map(|row| row.as_ref().iter().map(|id| *id as i32));
    Padded { ids: table(ids, length, filler as i32), rows: rows.len(), lengths, length }
}

/// The targets of each row beside its ids, `[rows, length]`, and [`IGNORED`] beside fillers. What is beyond `length` is left out.
pub fn padded_targets(rows: &[impl AsRef<[i32]>], length: usize) -> Vec<i32> {
    table(rows.iter().map(|row| row.as_ref().iter().copied()), length, IGNORED)
}

fn table<Row: Iterator<Item = i32>>(rows: impl ExactSizeIterator<Item = Row>, length: usize, filler: i32) -> Vec<i32> {
    let mut table = Vec::with_capacity(rows.len() * length);
    for (index, row) in rows.enumerate() {
        table.extend(row.take(length));
        table.resize((index + 1) * length, filler);
    }
    table
}
