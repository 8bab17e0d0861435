//! Text on stdout. Its reader may leave early, as `head` does: `failure` takes the error that then comes back for success.

use std::io::{self, Write};

pub(crate) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
