//! Pictures as plain bytes: MNIST's IDX files and CIFAR's records.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::shape::{Shape, files, named, unfit};
use crate::error::unreadable;
use crate::{Cell, DataError, Picture, Place, Row, Rows};

const CIFAR_SIDE: usize = 32;
const CIFAR_COLORS: usize = 3;

/// The pictures of one file, each with its label of the other.
pub(super) fn idx(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let [pictures, labels] = files(paths);
    let ([count, height, width], mut pixels) = header::<3>(pictures)?;
    let ([labelled], mut classes) = header::<1>(labels)?;
    if count != labelled {
        let place = Place { file: named(labels), line: 1 };
        return Err(unfit(place, format!("{count} labels, one a picture"), labelled.to_string()));
    }
    let (shape, file, path) = (Shape::new(["picture", "label"]), named(pictures), pictures.clone());
    let row = move |index| {
        let mut bytes = vec![0; height * width];
        pixels.read_exact(&mut bytes).map_err(unreadable(&path))?;
        let mut class = [0];
        classes.read_exact(&mut class).map_err(unreadable(&path))?;
        let picture = Picture::Pixels { height, width, channels: 1, bytes };
        let place = Place { file: file.clone(), line: index as u64 + 1 };
        Ok(shape.row(place, [Cell::Picture(picture), Cell::Integer(class[0].into())]))
    };
    Ok(Box::new((0..count).map(row)))
}

/// The sizes that an IDX file announces, which must be those that its length allows: nothing is allocated by hearsay.
fn header<const AXES: usize>(path: &Path) -> Result<([usize; AXES], BufReader<File>), DataError> {
    let file = File::open(path).map_err(unreadable(path))?;
    let length = file.metadata().map_err(unreadable(path))?.len();
    let mut reader = BufReader::new(file);
    let mut bytes = vec![0; 4 * (AXES + 1)];
    let place = || Place { file: named(path), line: 1 };
    let expected = format!("an IDX file of bytes with {AXES} axes");
    if length < bytes.len() as u64 {
        return Err(unfit(place(), expected, format!("{length} bytes")));
    }
    reader.read_exact(&mut bytes).map_err(unreadable(path))?;
    if bytes[..4] != [0, 0, 8, AXES as u8] {
        return Err(unfit(place(), expected, format!("a file that begins with {:02x?}", &bytes[..4])));
    }
    let sizes: [usize; AXES] = std::array::from_fn(|axis| big_endian(&bytes[4 * (axis + 1)..]));
    let content = sizes.iter().try_fold(1u64, |content, size| content.checked_mul(*size as u64));
    if content != Some(length - bytes.len() as u64) {
        let found = format!("{} bytes of content", length - bytes.len() as u64);
        return Err(unfit(place(), format!("content for the sizes {sizes:?} of its header"), found));
    }
    Ok((sizes, reader))
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes[..4].iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Records of label bytes and three planes of color.
pub(super) fn cifar(paths: &[PathBuf], labels: &[String]) -> Result<Rows, DataError> {
    let columns = labels.iter().map(String::as_str).chain(["picture"]);
    let (shape, labels) = (Shape::new(columns), labels.len());
    let batches: Vec<Batch> =
        paths.iter().map(|path| Batch::open(path, shape.clone(), labels)).collect::<Result<_, _>>()?;
    Ok(Box::new(batches.into_iter().flatten()))
}

/// One file of records.
struct Batch {
    path: PathBuf,
    file: Arc<str>,
    reader: BufReader<File>,
    shape: Shape,
    labels: usize,
    read: u64,
    records: u64,
}

impl Batch {
    fn open(path: &Path, shape: Shape, labels: usize) -> Result<Self, DataError> {
        let reader = BufReader::new(File::open(path).map_err(unreadable(path))?);
        let length = reader.get_ref().metadata().map_err(unreadable(path))?.len();
        let record = (labels + CIFAR_SIDE * CIFAR_SIDE * CIFAR_COLORS) as u64;
        let (records, rest) = (length / record, length % record);
        if rest != 0 || records == 0 {
            let place = Place { file: named(path), line: records + 1 };
            return Err(unfit(place, format!("records of {record} bytes"), format!("{rest} bytes at the end")));
        }
        Ok(Self { path: path.to_owned(), file: named(path), reader, shape, labels, read: 0, records })
    }

    fn row(&mut self) -> Result<Row, DataError> {
        let mut record = vec![0; self.labels + CIFAR_SIDE * CIFAR_SIDE * CIFAR_COLORS];
        self.reader.read_exact(&mut record).map_err(unreadable(&self.path))?;
        self.read += 1;
        let (labels, planes) = record.split_at(self.labels);
        let bytes = (0..planes.len()).map(|at| planes[at % CIFAR_COLORS * CIFAR_SIDE * CIFAR_SIDE + at / CIFAR_COLORS]);
        let picture =
            Picture::Pixels { height: CIFAR_SIDE, width: CIFAR_SIDE, channels: CIFAR_COLORS, bytes: bytes.collect() };
        let labels = labels.iter().map(|label| Cell::Integer((*label).into()));
        let place = Place { file: self.file.clone(), line: self.read };
        Ok(self.shape.row(place, labels.chain([Cell::Picture(picture)])))
    }
}

impl Iterator for Batch {
    type Item = Result<Row, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.read < self.records).then(|| {
            let row = self.row();
            if row.is_err() {
                self.read = self.records; // nothing behind an unreadable record is one
            }
            row
        })
    }
}
