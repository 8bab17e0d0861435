//! The members of an archive, read into memory: tens of thousands of small files are not worth a file each on the disk.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use super::shape::{named, unfit};
use crate::{DataError, Place};

/// Far more than any known set of small files; a wrong archive must not fill the memory.
const MOST: u64 = 1 << 32;

/// Files by their names below the folder that was asked for, in the order of names. Hidden ones are left out.
pub(super) type Members = BTreeMap<String, Vec<u8>>;

/// What lies below a path that leads to an archive and perhaps on into it.
pub(super) fn members(path: &Path) -> Result<Members, DataError> {
    let archive = path.ancestors().find(|place| place.is_file()).unwrap_or(path);
    let within = path.strip_prefix(archive).unwrap_or(Path::new("")).to_string_lossy().into_owned();
    let failed = |error: io::Error| {
        let place = Place { file: named(archive), line: 1 };
        unfit(place, "a whole zip, tar or tar.gz", error.to_string())
    };
    let mut members = Kept { below: if within.is_empty() { within } else { within + "/" }, ..Kept::default() };
    read(archive, &mut members).map_err(failed)?;
    if members.files.is_empty() {
        return Err(unfit(Place { file: named(path), line: 1 }, "files in this folder of the archive", "none"));
    }
    Ok(members.files)
}

/// A member's place in errors.
pub(super) fn place(path: &Path, member: &str) -> Place {
    Place { file: named(&path.join(member)), line: 1 }
}

fn read(archive: &Path, members: &mut Kept) -> io::Result<()> {
    let mut file = BufReader::new(File::open(archive)?);
    let mut magic = [0; 2];
    file.read_exact(&mut magic)?;
    file.rewind()?;
    match &magic {
        b"PK" => unzip(file, members),
        b"\x1f\x8b" => untar(flate2::read::MultiGzDecoder::new(file), members),
        _ => untar(file, members),
    }
}

fn unzip(file: BufReader<File>, members: &mut Kept) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(file)?;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index)?;
        if member.is_file() {
            let name = member.name()?.into_owned();
            members.keep(&name, &mut member)?;
        }
    }
    Ok(())
}

fn untar(file: impl Read, members: &mut Kept) -> io::Result<()> {
    for member in tar::Archive::new(file).entries()? {
        let mut member = member?;
        if member.header().entry_type().is_file() {
            let name = member.path()?.to_string_lossy().into_owned();
            members.keep(&name, &mut member)?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Kept {
    below: String,
    files: Members,
    size: u64,
}

impl Kept {
    fn keep(&mut self, name: &str, content: &mut impl Read) -> io::Result<()> {
        let name = name.strip_prefix("./").unwrap_or(name).strip_prefix(&self.below);
        let Some(name) = name.filter(|name| !name.split('/').any(|part| part.starts_with('.'))) else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        self.size += content.take(MOST - self.size).read_to_end(&mut bytes)? as u64;
        if self.size == MOST {
            return Err(io::Error::other(format!("more than {MOST} bytes")));
        }
        self.files.insert(name.to_owned(), bytes);
        Ok(())
    }
}
