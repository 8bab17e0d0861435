#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod errors;
mod reading;
mod setting;
mod values;

use std::fs;

use serde::de::DeserializeOwned;
use tempfile::TempDir;

use super::{Document, DocumentError};

/// Files in a folder of their own; errors are shown relative to it.
struct Folder(TempDir);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text.as_bytes()));
        folder
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(&self, name: &str) -> Result<Document, DocumentError> {
        Document::read(&self.0.path().join(name))
    }

    fn shown(&self, text: impl ToString) -> String {
        text.to_string().replace(&format!("{}/", self.0.path().display()), "")
    }

    fn error(&self, name: &str) -> String {
        self.shown(self.read(name).unwrap_err())
    }

    fn origin(&self, document: &Document, path: &str) -> String {
        document.origin(path).map_or_else(|| "nowhere".to_owned(), |origin| self.shown(origin))
    }
}

/// The error of a section of `a.toml` with this text.
fn section_error<T: DeserializeOwned>(text: &str, path: &str) -> String {
    let folder = Folder::of(&[("a.toml", text)]);
    folder.shown(folder.read("a.toml").unwrap().section::<T>(path).err().unwrap())
}

fn set(assignments: &[&str]) -> Document {
    let mut document = Document::empty();
    assignments.iter().for_each(|assignment| document.set(assignment).unwrap());
    document
}
