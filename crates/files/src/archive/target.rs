//! The folder that an archive is unpacked into, and what of the archive goes there.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::budget::{Budget, Limits};
use super::gauge::Gauge;
use super::name::{plain, shown};
use super::{ArchiveError, Members};
use crate::{FileError, Transfer};

/// How much is read between two reports of progress.
const PIECE: usize = 64 * 1024;

/// Where entries go, one after another. What this creates is what there is: no links, no special files.
pub(crate) struct Target<'a> {
    pub(crate) archive: &'a Path,
    folder: &'a Path,
    members: &'a Members,
    /// The wanted members that have come.
    met: Vec<bool>,
    pub(crate) budget: Budget<'a>,
    gauge: &'a Gauge,
    progress: &'a mut dyn FnMut(Transfer),
    piece: Vec<u8>,
}

impl<'a> Target<'a> {
    pub(crate) fn new(
        archive: &'a Path,
        folder: &'a Path,
        members: &'a Members,
        limits: &'a Limits,
        gauge: &'a Gauge,
        progress: &'a mut dyn FnMut(Transfer),
    ) -> Self {
        let budget = Budget::new(archive, gauge.length, limits);
        let met = vec![false; members.names().len()];
        Self { archive, folder, members, met, budget, gauge, progress, piece: vec![0; PIECE] }
    }

    /// Counts an entry and returns its plain name.
    pub(crate) fn enter(&mut self, name: &[u8]) -> Result<String, ArchiveError> {
        let entry = String::from_utf8_lossy(name);
        self.budget.enter(&entry)?;
        let plain = plain(name).map_err(|flaw| self.misnamed(&entry, flaw))?;
        self.budget.expect_depth(&plain, plain.split('/').count())?;
        Ok(plain)
    }

    /// Whether an entry is among those to be unpacked.
    pub(crate) fn wants(&mut self, name: &str) -> bool {
        let Members::Named(wanted) = self.members else { return true };
        let mut any = false;
        for (member, met) in wanted.iter().zip(&mut self.met) {
            let fits = name.strip_prefix(member.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            *met |= fits;
            any |= fits;
        }
        any
    }

    pub(crate) fn folder(&mut self, name: &str) -> Result<(), ArchiveError> {
        let path = self.folder.join(name);
        fs::create_dir_all(&path).map_err(self.failed_to_create(name, &path))
    }

    /// Writes a file that is wanted, and returns its size.
    pub(crate) fn file(&mut self, name: &str, content: &mut dyn Read) -> Result<u64, ArchiveError> {
        if !self.wants(name) {
            return self.pass_by(name, content);
        }
        if name.is_empty() {
            return Err(self.misnamed("", "is empty"));
        }
        let path = self.folder.join(name);
        let created = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create_new(&path));
        let mut file = created.map_err(self.failed_to_create(name, &path))?;
        self.copy(name, content, &mut file)
    }

    /// Reads a file that is not wanted: what it inflates to counts all the same.
    fn pass_by(&mut self, name: &str, content: &mut dyn Read) -> Result<u64, ArchiveError> {
        self.copy(name, content, &mut io::sink())
    }

    fn copy(&mut self, name: &str, from: &mut dyn Read, to: &mut dyn Write) -> Result<u64, ArchiveError> {
        let mut done = 0;
        loop {
            let length = match from.read(&mut self.piece) {
                Ok(0) => return Ok(done),
                Ok(length) => length,
                Err(cut) if cut.kind() == ErrorKind::Interrupted => continue,
                Err(cut) => return Err(self.damaged(name)(cut)),
            };
            self.budget.spend(name, done, length as u64)?;
            to.write_all(&self.piece[..length]).map_err(FileError::io("write", &self.folder.join(name)))?;
            done += length as u64;
            self.tell(self.gauge.position());
        }
    }

    pub(crate) fn finish(mut self) -> Result<(), ArchiveError> {
        let missing = self.members.names().iter().zip(&self.met).find(|(_, met)| !**met);
        if let Some((member, _)) = missing {
            return Err(ArchiveError::Member { archive: self.archive.to_path_buf(), member: member.clone() });
        }
        self.tell(self.gauge.length);
        Ok(())
    }

    fn tell(&mut self, done: u64) {
        let file = self.archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (self.progress)(Transfer { file, done, total: self.gauge.length });
    }

    pub(crate) fn damaged(&self, place: &str) -> impl FnOnce(io::Error) -> ArchiveError + use<> {
        ArchiveError::damaged(self.archive, &format!("{:?}", shown(place)))
    }

    pub(crate) fn special(&self, entry: &str, what: &'static str) -> ArchiveError {
        ArchiveError::Special { archive: self.archive.to_path_buf(), entry: shown(entry), what }
    }

    fn misnamed(&self, entry: &str, flaw: &'static str) -> ArchiveError {
        ArchiveError::Name { archive: self.archive.to_path_buf(), entry: shown(entry), flaw }
    }

    /// Nothing was there before this archive: what is in the way came from it, if only by a name in another case.
    fn failed_to_create(&self, name: &str, path: &Path) -> impl FnOnce(io::Error) -> ArchiveError + use<> {
        let (archive, entry, path) = (self.archive.to_path_buf(), shown(name), PathBuf::from(path));
        move |source| match source.kind() {
            ErrorKind::AlreadyExists | ErrorKind::NotADirectory => ArchiveError::Twice { archive, entry },
            _ => FileError::io("write", &path)(source).into(),
        }
    }
}
