//! A file whose end is an error to whoever reads on: the header of a page may speak of two thousand million entries, and the crate would ask for
//! each of them where there is nothing left.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result as IoResult};

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};

pub(super) struct Whole(pub File);

impl Length for Whole {
    fn len(&self) -> u64 {
        Length::len(&self.0)
    }
}

impl ChunkReader for Whole {
    type T = Until<<File as ChunkReader>::T>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(Until(self.0.get_read(start)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.0.get_bytes(start, length)
    }
}

/// What is read of a page's header.
pub(super) struct Until<R>(R);

impl<R: Read> Read for Until<R> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(Error::new(ErrorKind::UnexpectedEof, "the file ends within a page")),
            read => Ok(read),
        }
    }
}
