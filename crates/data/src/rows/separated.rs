//! Fields between commas or tabs. The crate `csv-core` cuts them; what it forgives is found here: quotes that are never closed,
//! records without end, rows of the wrong length, names that occur twice.

use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::input::{Input, LONGEST, NUL, named, open};
use super::names::repeated;
use super::{Header, Quoting, Separated, until_error};
use crate::{Cell, DataError, Place, Row, Rows};

/// A record put behind the last one. Text holds no NUL, so this field comes back alone, or else inside of a quoted field
/// that should have ended long before.
const END: &[u8] = b"\n\0";

const UNCLOSED: &str = "close it, or double it and quote the field if it belongs to the text";

pub(super) fn rows(path: &Path, delimiter: u8, separated: Separated) -> Result<Rows, DataError> {
    bounded(path, delimiter, separated, LONGEST)
}

pub(super) fn bounded(path: &Path, delimiter: u8, separated: Separated, longest: usize) -> Result<Rows, DataError> {
    let mut records = Records::open(path, delimiter, separated, longest)?;
    let first = records.read()?.unwrap_or_default();
    let (columns, mut pending) = match separated.header {
        Header::Names => (header(first, &records.place)?, None),
        Header::None => ((0..first.len()).map(|index| index.to_string().into()).collect(), Some(first)),
    };
    Ok(until_error(move || {
        let fields = match pending.take() {
            Some(first) => Some(first),
            None => records.read()?,
        };
        fields.map(|fields| row(&columns, fields, &records.place)).transpose()
    }))
}

fn header(names: Vec<String>, place: &Place) -> Result<Vec<Arc<str>>, DataError> {
    match repeated(&names) {
        None => Ok(names.into_iter().map(Arc::from).collect()),
        Some(name) => {
            let problem = format!("two columns are named `{name}`");
            Err(place
                .clone()
                .malformed(problem, "rename one, or say `data.dialect.header = false` if this is a row already"))
        }
    }
}

fn row(columns: &[Arc<str>], fields: Vec<String>, place: &Place) -> Result<Row, DataError> {
    if fields.len() == columns.len() {
        let cells = columns.iter().cloned().zip(fields.into_iter().map(Cell::Text)).collect();
        return Ok(Row { place: place.clone(), cells });
    }
    let problem = format!("the row has {} fields, and the first one of the file {}", fields.len(), columns.len());
    Err(place.clone().malformed(problem, "put fields that hold the separator in quotes, and check `data.dialect`"))
}

/// Records of decoded fields.
struct Records {
    input: io::Chain<Input, &'static [u8]>,
    reader: Reader,
    record: Record,
    separated: Separated,
    longest: usize,
    /// The line of the next byte.
    line: u64,
    /// Of the record that was read last.
    place: Place,
}

/// The bytes of one record's fields and where each field ends. Beyond the lengths lies what earlier, longer records left.
#[derive(Default)]
struct Record {
    bytes: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    fields: usize,
}

impl Records {
    fn open(path: &Path, delimiter: u8, separated: Separated, longest: usize) -> Result<Self, DataError> {
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter);
        if separated.quoting == Quoting::Off {
            // Without quotes a return in the middle of a line is text.
            builder.quoting(false).terminator(Terminator::Any(b'\n'));
        }
        let (reader, record) = (builder.build(), Record::default());
        let place = Place { file: named(path), line: 1 };
        Ok(Self { input: open(path)?.chain(END), reader, record, separated, longest, line: 1, place })
    }

    /// The fields of the next record; blank lines are none.
    fn read(&mut self) -> Result<Option<Vec<String>>, DataError> {
        while self.advance()? {
            let fields = self.fields()?;
            if self.separated.quoting == Quoting::On || fields != [""] {
                return Ok(Some(fields));
            }
        }
        Ok(None)
    }

    fn advance(&mut self) -> Result<bool, DataError> {
        if !self.step()? {
            return Ok(false);
        }
        let last = self.record.fields().next_back().unwrap_or_default();
        if self.separated.quoting == Quoting::On && last.ends_with(END) {
            return Err(self.unclosed());
        }
        if self.record.fields > 1 || last != &END[1..] {
            return Ok(true);
        }
        let place = self.place.clone();
        // A NUL of the file's own has at least the one put behind it to follow.
        if self.step()? { Err(place.malformed(NUL.0, NUL.1)) } else { Ok(false) }
    }

    /// Whether there was another record.
    fn step(&mut self) -> Result<bool, DataError> {
        let read = self.skip_blank_lines().and_then(|()| {
            self.place.line = self.line;
            self.cut()
        });
        read.map_err(|error| self.failed(&error))
    }

    fn skip_blank_lines(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.input.fill_buf()?;
            let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.line += lines(&bytes[..blank]);
            let more = blank > 0 && blank == bytes.len();
            self.input.consume(blank);
            if !more {
                return Ok(());
            }
        }
    }

    fn cut(&mut self) -> io::Result<bool> {
        self.record.clear();
        let mut size = 0;
        loop {
            let bytes = self.input.fill_buf()?;
            let (result, read) = self.record.fill(&mut self.reader, bytes);
            self.line += lines(&bytes[..read]);
            self.input.consume(read);
            size += read;
            match result {
                _ if size > self.longest => return Err(io::ErrorKind::FileTooLarge.into()),
                ReadRecordResult::Record => return Ok(true),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.record.bytes.resize(2 * self.record.bytes.len().max(512), 0),
                ReadRecordResult::OutputEndsFull => self.record.ends.resize(2 * self.record.ends.len().max(16), 0),
            }
        }
    }

    fn fields(&self) -> Result<Vec<String>, DataError> {
        let Separated { quoting, encoding, .. } = self.separated;
        let last = self.record.fields.saturating_sub(1);
        let decode = |(index, field): (usize, _)| {
            let text = encoding.decode(field)?;
            let returned = quoting == Quoting::Off && index == last;
            Ok(if returned { text.strip_suffix('\r').unwrap_or(&text).to_owned() } else { text.into_owned() })
        };
        let fields = self.record.fields().enumerate().map(decode).collect::<Result<_, _>>();
        fields.map_err(|(problem, remedy): (String, _)| self.place.clone().malformed(problem, remedy))
    }

    /// The error of a record that reaches the end of the file: its last field was opened in quotes.
    fn unclosed(&self) -> DataError {
        let before = self.record.fields().rev().skip(1);
        let lines = before.map(lines).sum::<u64>();
        let place = Place { line: self.place.line + lines, ..self.place.clone() };
        place.malformed("a quote that opens here is never closed", UNCLOSED)
    }

    fn failed(&self, error: &io::Error) -> DataError {
        let place = self.place.clone();
        if error.kind() == io::ErrorKind::FileTooLarge {
            let problem = format!("a record that begins here is longer than {} bytes", self.longest);
            return place.malformed(
                problem,
                "a quote may be open: close it, or double it and quote the field if it belongs to the text",
            );
        }
        place.malformed(error.to_string(), "get the file again, it may be cut off")
    }
}

impl Record {
    fn clear(&mut self) {
        (self.length, self.fields) = (0, 0);
    }

    /// Takes bytes in, as far as there is room, and says how many.
    fn fill(&mut self, reader: &mut Reader, bytes: &[u8]) -> (ReadRecordResult, usize) {
        let (result, read, written, ended) =
            reader.read_record(bytes, &mut self.bytes[self.length..], &mut self.ends[self.fields..]);
        self.length += written;
        self.fields += ended;
        (result, read)
    }

    fn fields(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        (0..self.fields).map(|index| {
            let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
            &self.bytes[start..self.ends[index]]
        })
    }
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
