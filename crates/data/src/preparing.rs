//! From rows to what a model learns from, on all cores.

use rayon::prelude::*;

use crate::{DataError, Row, Rows, Told};

/// Rows that are worked on together: enough for each core to have something to do, few enough for their files to fit into
/// memory where they are pictures.
const AT_ONCE: usize = 512;

/// Works on each row and hands what comes of it to `keep`, in the order of the rows. The first error in that order ends it.
pub(crate) fn prepared<Made: Send>(
    mut rows: Rows,
    work: impl Fn(&Row) -> Result<Made, DataError> + Sync,
    mut keep: impl FnMut(Made),
    told: &mut dyn FnMut(Told),
) -> Result<(), DataError> {
    let (mut done, total) = (0, rows.size_hint().1.map(|total| total as u64));
    loop {
        let batch: Vec<_> = rows.by_ref().take(AT_ONCE).collect();
        if batch.is_empty() {
            break;
        }
        done += batch.len() as u64;
        let made: Vec<_> = batch.into_par_iter().map(|row| work(&row?)).collect();
        made.into_iter().try_for_each(|made| made.map(&mut keep))?;
        told(Told::Preparing { done, total });
    }
    if done == 0 {
        return Err(DataError::NoItems);
    }
    told(Told::Preparing { done, total: Some(done) });
    Ok(())
}
