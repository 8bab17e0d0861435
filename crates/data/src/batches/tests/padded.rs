use proptest::prelude::*;

use crate::{IGNORED, Padded, padded, padded_targets};

#[test]
fn the_longest_row_decides() {
    let rows: [&[u32]; 3] = [&[5, 6], &[], &[7, 8, 9]];
    let expected = Padded { ids: vec![5, 6, 1, 1, 1, 1, 7, 8, 9], lengths: vec![2, 0, 3], rows: 3, length: 3 };
    assert_eq!(padded(&rows, 1), expected);
}

#[test]
fn a_table_has_a_column_at_least() {
    let empty = padded(&[Vec::new(), Vec::new()], 4);
    assert_eq!(empty, Padded { ids: vec![4, 4], lengths: vec![0, 0], rows: 2, length: 1 });
    let none: [Vec<u32>; 0] = [];
    assert_eq!(padded(&none, 4), Padded { ids: vec![], lengths: vec![], rows: 0, length: 1 });
}

#[test]
fn targets_are_ignored_beside_fillers() {
    let rows: [&[i32]; 3] = [&[5], &[], &[7, IGNORED, 9]];
    let nothing = IGNORED;
    assert_eq!(padded_targets(&rows, 2), [5, nothing, nothing, nothing, 7, nothing]);
}

proptest! {
    #[test]
    fn rows_come_back(rows in prop::collection::vec(prop::collection::vec(0_u32..1 << 30, 0..9), 0..7), filler in 0_u32..5) {
        let table = padded(&rows, filler);
        prop_assert_eq!(table.ids.len(), table.rows * table.length);
        for (row, (ids, length)) in rows.iter().zip(table.ids.chunks(table.length).zip(&table.lengths)) {
            let (own, fillers) = ids.split_at(*length);
            prop_assert!(own.iter().map(|id| *id as u32).eq(row.iter().copied()));
            prop_assert!(fillers.iter().all(|id| *id == filler as i32));
        }
    }
}
