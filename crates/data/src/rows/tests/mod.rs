use std::io::Write;
use std::path::PathBuf;

use super::*;
use crate::Cell;

mod columns;
mod formats;
mod hostile;
mod jsonl;
mod parquet;
mod pictures;
mod separated;
mod shuffle;
mod text;

/// A folder of files that is gone after the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        files.iter().for_each(|(name, content)| folder.write(name, content));
        folder
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(path, content).expect("written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn rows(&self, name: &str, format: &Format) -> Result<Vec<Row>, DataError> {
        rows(&self.path(name), format)?.collect()
    }

    /// The error's text, with the folder's name taken out.
    #[track_caller]
    fn error(&self, name: &str, format: &Format) -> String {
        self.told(&self.rows(name, format).expect_err("the file is unfit"))
    }

    fn told(&self, error: &DataError) -> String {
        error.to_string().replace(&self.0.path().display().to_string(), "FOLDER")
    }
}

/// The rows of one file of this content.
fn read(format: &Format, content: &[u8]) -> Result<Vec<Row>, DataError> {
    Folder::new(&[("file", content)]).rows("file", format)
}

#[track_caller]
fn error(format: &Format, content: &[u8]) -> String {
    Folder::new(&[("file", content)]).error("file", format)
}

/// Each row's line and texts.
fn texts(rows: &[Row]) -> Vec<(u64, Vec<&str>)> {
    let text = |(_, cell)| Cell::text(cell).expect("a text");
    rows.iter().map(|row| (row.place.line, row.cells.iter().map(|(name, cell)| text((name, cell))).collect())).collect()
}

fn names(row: &Row) -> Vec<&str> {
    row.cells.iter().map(|(name, _)| &**name).collect()
}

fn row(cells: &[(&str, Cell)]) -> Row {
    let cells = cells.iter().map(|(name, cell)| ((*name).into(), cell.clone())).collect();
    Row { place: crate::Place { file: "file".into(), line: 7 }, cells }
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(content).expect("into memory");
    packer.finish().expect("into memory")
}
