//! Every layout on small files made here: what is read, and what is refused with which words.

mod grids;
mod languages;
mod online;
mod pictures;
mod questions;
mod roles;
mod tables;

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use super::Layout;
use crate::card::CardSplit;
use crate::{Cell, DataError, Row};

/// A folder of files made for one test.
struct Made(tempfile::TempDir);

impl Made {
    fn new<Content: AsRef<[u8]>>(files: &[(&str, Content)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
            fs::write(path, content).expect("writable");
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The rows of the files in the layout that is written so on a card.
    fn rows(&self, layout: &str, files: &[&str]) -> Result<Vec<Row>, DataError> {
        self.rows_of(layout, files, &split(""))
    }

    fn rows_of(&self, layout: &str, files: &[&str], split: &CardSplit) -> Result<Vec<Row>, DataError> {
        let paths: Vec<PathBuf> = files.iter().map(|file| self.path(file)).collect();
        self::layout(layout).read(&paths, split)?.collect()
    }

    /// The error of reading, without the folder.
    fn error(&self, layout: &str, files: &[&str]) -> String {
        let error = self.rows(layout, files).expect_err("the files are wrong").to_string();
        error.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn layout(text: &str) -> Layout {
    toml::from_str(text).expect("a layout")
}

fn split(more: &str) -> CardSplit {
    toml::from_str(&format!("name = \"made\"\n{more}")).expect("a split")
}

fn texts(rows: &[Row], column: &str) -> Vec<String> {
    rows.iter().map(|row| row.text(column).expect("text").to_owned()).collect()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn list(items: &[&str]) -> Cell {
    Cell::List(items.iter().map(|item| text(item)).collect())
}

/// As the card of these would say after the place.
const COMPARE: &str = "; compare the file with `format` on the card of the data set";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("into memory");
    encoder.finish().expect("into memory")
}

fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content.as_bytes()).expect("into memory");
    }
    builder.into_inner().expect("into memory")
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("into memory");
        writer.write_all(content.as_bytes()).expect("into memory");
    }
    writer.finish().expect("into memory").into_inner()
}
