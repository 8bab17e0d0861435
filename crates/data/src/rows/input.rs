//! The bytes of a text file, unpacked on the way, and its lines. No line, however long, is held beyond a bound.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::Encoding;
use crate::error::unreadable;
use crate::{DataError, Place};

pub(super) type Input = Box<dyn BufRead + Send>;

/// The longest line, or record of separated fields, in bytes. No known data set has a document as long.
pub(super) const LONGEST: usize = 64 << 20;
const BUFFER: usize = 1 << 16;
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Text in UTF-16 is full of these bytes, and no other text has any.
pub(super) const NUL: (&str, &str) = (
    "the text holds a NUL byte",
    "convert it to UTF-8 if it is UTF-16, for example with `iconv -f UTF-16 -t UTF-8`, or remove the byte",
);
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A file's text from its first character, decompressed if its first bytes are gzip's.
pub(super) fn open(path: &Path) -> Result<Input, DataError> {
    let mut file = BufReader::with_capacity(BUFFER, regular(path)?);
    let packed = file.fill_buf().map_err(unreadable(path))?.starts_with(&GZIP);
    let mut input: Input =
        if packed { Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))) } else { Box::new(file) };
    let start = input.fill_buf().map_err(|error| broken(path, &error))?;
    if start.is_empty() {
        return Err(DataError::EmptyFile { path: path.to_owned() });
    }
    if start.starts_with(BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
    }
    Ok(input)
}

/// The opened file, if it is one: opening a pipe might wait forever.
pub(super) fn regular(path: &Path) -> Result<File, DataError> {
    let metadata = path.metadata().map_err(unreadable(path))?;
    if metadata.is_dir() {
        return Err(DataError::Folder { path: path.to_owned() });
    }
    if !metadata.is_file() {
        let problem = "is a device or a pipe".to_owned();
        return Err(DataError::UnfitFile { path: path.to_owned(), problem, remedy: "name a file" });
    }
    File::open(path).map_err(unreadable(path))
}

/// An error in the middle of reading: almost always of the compressed data.
fn broken(path: &Path, error: &io::Error) -> DataError {
    let remedy = "get the file again, it may be cut off";
    DataError::Damaged { path: path.to_owned(), format: "text", reason: error.to_string(), remedy }
}

/// The name under which rows remember their file.
pub(super) fn named(path: &Path) -> Arc<str> {
    path.to_string_lossy().into()
}

impl Place {
    pub(super) fn malformed(self, problem: impl Into<String>, remedy: &'static str) -> DataError {
        DataError::Malformed { place: self, problem: problem.into(), remedy }
    }
}

impl Encoding {
    /// The text, or what is wrong with it and what to do.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, (String, &'static str)> {
        if bytes.contains(&0) {
            return Err((NUL.0.to_owned(), NUL.1));
        }
        match self {
            Self::Latin1 => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
            Self::Utf8 => str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
                let problem = format!("the text is not UTF-8 from its byte {} on", error.valid_up_to() + 1);
                (
                    problem,
                    "convert it, for example with `iconv -t UTF-8`, or say `data.dialect.encoding = \"latin-1\"` if it is a \
                     table in that",
                )
            }),
        }
    }
}

/// A file's lines, one at a time, without their ends.
pub(super) struct Lines {
    input: Input,
    file: Arc<str>,
    line: u64,
    encoding: Encoding,
    longest: usize,
    bytes: Vec<u8>,
}

impl Lines {
    pub(super) fn open(path: &Path, encoding: Encoding) -> Result<Self, DataError> {
        Self::bounded(path, encoding, LONGEST)
    }

    pub(super) fn bounded(path: &Path, encoding: Encoding, longest: usize) -> Result<Self, DataError> {
        Ok(Self { input: open(path)?, file: named(path), line: 0, encoding, longest, bytes: Vec::new() })
    }

    /// Of the line that was read last.
    pub(super) fn place(&self) -> Place {
        Place { file: self.file.clone(), line: self.line }
    }

    pub(super) fn read(&mut self) -> Result<Option<Cow<'_, str>>, DataError> {
        self.line += 1;
        if !self.fill()? {
            return Ok(None);
        }
        let decoded = self.encoding.decode(&self.bytes);
        decoded
            .map(Some)
            .map_err(|(problem, remedy)| Place { file: self.file.clone(), line: self.line }.malformed(problem, remedy))
    }

    /// Puts the next line into `bytes`, if there is one.
    fn fill(&mut self) -> Result<bool, DataError> {
        self.bytes.clear();
        let most = self.longest as u64 + "\r\n".len() as u64;
        let read = self.input.by_ref().take(most).read_until(b'\n', &mut self.bytes);
        let read = read.map_err(|error| broken(Path::new(&*self.file), &error))?;
        if self.bytes.pop_if(|byte| *byte == b'\n').is_some() {
            self.bytes.pop_if(|byte| *byte == b'\r');
        }
        if self.bytes.len() > self.longest {
            let problem = format!("the line is longer than {} bytes", self.longest);
            return Err(self.place().malformed(problem, "check that this is a file of lines, or break the line"));
        }
        Ok(read > 0)
    }
}
