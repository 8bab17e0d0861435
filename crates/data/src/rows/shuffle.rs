//! An order by chance for rows that do not fit into memory.

use std::num::NonZeroUsize;

use attentive_random::Key;

use super::until_error;
use crate::{Row, Rows};

/// The rows in an order by chance: of the next `buffer` rows, each as likely, one is taken and the following row put in its place.
///
/// The order is a pure function of the key, the size of the buffer and the order of the rows, because draw number `n`
/// decides row number `n`. So a position is the count of rows taken: `shuffled(…).skip(count)` over the same rows goes on exactly
/// where another left off, at the price of reading what it skips.
///
/// A row comes at most `buffer - 1` places too early, though it may come any number too late. Rows sorted by label over
/// stretches longer than the buffer stay nearly so: shuffle such a file once on disk. A buffer as long as the rows gives
/// every order the same chance.
pub fn shuffled(mut rows: Rows, key: Key, buffer: NonZeroUsize) -> Rows {
    let mut held: Vec<Row> = Vec::new();
    let mut taken = 0;
    Box::new(until_error(move || {
        while held.len() < buffer.get()
            && let Some(row) = rows.next()
        {
            held.push(row?);
        }
        if held.is_empty() {
            return Ok(None);
        }
        let chosen = key.nth(taken).stream().below(held.len());
        taken += 1;
        Ok(Some(held.swap_remove(chosen)))
    }))
}
