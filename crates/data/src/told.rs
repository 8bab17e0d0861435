//! Progress, told to the caller while something takes its time.

use std::path::PathBuf;

use attentive_files::Transfer;

/// One report of progress; amounts are bytes of text unless the variant says otherwise.
#[derive(Clone, Debug)]
pub enum Told {
    Fetching(Transfer),
    /// Stories made so far.
    Generating {
        done: u64,
        total: u64,
    },
    /// The tokenizer learns its vocabulary; when `done` reaches `total` the text is read and the merges are computed.
    Training {
        done: u64,
        total: u64,
    },
    Encoding {
        done: u64,
        total: u64,
    },
    /// Rows are made into examples: texts encoded, pictures decoded. The total is not always known before the end.
    Preparing {
        done: u64,
        total: Option<u64>,
    },
    /// The tokens were there already.
    Cached {
        path: PathBuf,
    },
}
