//! How much an archive may hold, and what is left of that.

use std::path::Path;

use super::ArchiveError;
use super::name::shown;

/// How much an archive may hold. What is checked is what is really read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of all files together.
    pub bytes: u64,
    /// The bytes of one file.
    pub bytes_of_one: u64,
    /// Files and folders, and what a tar tells of them in entries of their own.
    pub entries: u64,
    /// How many names a path may join.
    pub depth: usize,
    /// How many bytes a byte of the archive may stand for. A few megabytes are never too many.
    pub ratio: u64,
}

/// Room for the largest data sets that one machine trains on. Text seldom shrinks to less than a tenth.
impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 38, bytes_of_one: 1 << 36, entries: 1 << 22, depth: 32, ratio: 200 }
    }
}

/// What an archive may hold whatever its ratio: a small file of zeros is no bomb.
const NO_BOMB: u64 = 16 << 20;

/// What is left of the limits.
pub(crate) struct Budget<'a> {
    archive: &'a Path,
    limits: &'a Limits,
    /// How many bytes this archive may stand for, by its length and the ratio.
    inflated: u64,
    entries: u64,
    bytes: u64,
}

impl<'a> Budget<'a> {
    pub(crate) fn new(archive: &'a Path, length: u64, limits: &'a Limits) -> Self {
        let inflated = length.saturating_mul(limits.ratio).max(NO_BOMB);
        Self { archive, limits, inflated, entries: 0, bytes: 0 }
    }

    /// Counts one more entry.
    pub(crate) fn enter(&mut self, entry: &str) -> Result<(), ArchiveError> {
        self.entries += 1;
        self.expect(entry, self.entries, self.limits.entries, "entries")
    }

    /// Counts bytes that were read for an entry which has had `before` of them.
    pub(crate) fn spend(&mut self, entry: &str, before: u64, read: u64) -> Result<(), ArchiveError> {
        self.bytes += read;
        self.expect(entry, before + read, self.limits.bytes_of_one, "bytes for one file")?;
        self.expect(entry, self.bytes, self.limits.bytes, "bytes in all")?;
        self.expect(entry, self.bytes, self.inflated, "bytes, which so short an archive may stand for,")
    }

    pub(crate) fn expect_depth(&self, entry: &str, depth: usize) -> Result<(), ArchiveError> {
        self.expect(entry, depth as u64, self.limits.depth as u64, "names in a path")
    }

    /// How long a list of all entries may be: a bound on memory, generous to long names.
    pub(crate) fn longest_list(&self) -> u64 {
        self.limits.entries.saturating_mul(512).saturating_add(1 << 20)
    }

    fn expect(&self, entry: &str, found: u64, allowed: u64, limit: &'static str) -> Result<(), ArchiveError> {
        if found <= allowed {
            return Ok(());
        }
        Err(ArchiveError::Limit { archive: self.archive.to_path_buf(), entry: shown(entry), limit, allowed })
    }
}
