//! How many threads compute on the processor.

use crate::TrainerError;

/// Lets this many threads compute in place of one a core. To be asked before anything is computed: they start but once.
pub fn use_threads(count: usize) -> Result<(), TrainerError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count);
    pool.build_global().map_err(|source| TrainerError::Threads { count, source })
}

pub(crate) fn threads() -> usize {
    rayon::current_num_threads()
}
