use super::*;
use crate::cpu::elementwise::tests::{numbers, on_any_threads};

fn ids(count: usize, vocabulary: usize) -> Vec<i32> {
    // The square favors low numbers, so that some come often.
    numbers(count, 1).iter().map(|draw| (draw * draw * vocabulary as f32) as i32).collect()
}

const SHAPES: [(usize, usize, usize); 6] =
    [(1, 1, 1), (5, 3, 2), (11, 7, 63), (17, 50, 65), (300, 40, 129), (90, 500, 384)];

#[test]
fn rows_are_copied_by_id() {
    for (vocabulary, count, width) in SHAPES {
        let (table, ids) = (numbers(vocabulary * width, 2), ids(count, vocabulary));
        let mut output = vec![f32::NAN; count * width];
        gather(&table, width, &ids, &mut output);
        let row = |id: i32| &table[id as usize * width..(id as usize + 1) * width];
        assert_eq!(output, ids.iter().flat_map(|&id| row(id)).copied().collect::<Vec<_>>());
    }
}

#[test]
fn gradients_are_added_in_the_order_of_the_rows() {
    for (vocabulary, count, width) in SHAPES {
        let (before, d_output, ids) =
            (numbers(vocabulary * width, 3), numbers(count * width, 4), ids(count, vocabulary));
        let mut expected = before.clone();
        for (row, &id) in ids.iter().enumerate() {
            (0..width).for_each(|column| expected[id as usize * width + column] += d_output[row * width + column]);
        }
        let d_table = on_any_threads(|| {
            let mut d_table = before.clone();
            scatter_add(&d_output, width, &ids, &mut d_table);
            d_table
        });
        assert_eq!(d_table, expected);
    }
}

#[test]
#[should_panic(expected = "an id beyond the table")]
fn an_id_beyond_the_table_is_refused() {
    scatter_add(&[1.0, 2.0], 2, &[3], &mut [0.0; 6]);
}
