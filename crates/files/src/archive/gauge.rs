//! How far an archive has been read, seen from outside the decoders that read it.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Error, ErrorKind, Read, Seek, SeekFrom};

/// The position in an archive, and how much more of it may be read.
pub(crate) struct Gauge {
    pub(crate) length: u64,
    position: Cell<u64>,
    allowed: Cell<u64>,
}

impl Gauge {
    pub(crate) fn new(length: u64) -> Self {
        Self { length, position: Cell::new(0), allowed: Cell::new(u64::MAX) }
    }

    /// From now on so many bytes may be read, counting again what is read twice.
    pub(crate) fn allow(&self, bytes: u64) {
        self.allowed.set(bytes);
    }

    pub(crate) fn position(&self) -> u64 {
        self.position.get().min(self.length)
    }

    fn passed(&self, bytes: u64) -> io::Result<()> {
        self.position.set(self.position.get().saturating_add(bytes));
        let left = self.allowed.get().checked_sub(bytes);
        self.allowed.set(left.ok_or_else(|| Error::new(ErrorKind::InvalidData, "it is longer than any list may be"))?);
        Ok(())
    }
}

/// A file that moves a gauge.
pub(crate) struct Gauged<'a> {
    pub(crate) file: File,
    pub(crate) gauge: &'a Gauge,
}

impl Read for Gauged<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.gauge.passed(length as u64)?;
        Ok(length)
    }
}

impl Seek for Gauged<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = self.file.seek(to)?;
        self.gauge.position.set(position);
        Ok(position)
    }
}
