//! Checksums of bytes, of files, and of what passes through a writer.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::FileError;

/// What tells the content of a file from every other, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    Sha256(String),
    /// The name that git has for the content: all that a server of repositories tells of a small file.
    Git(String),
}

impl Checksum {
    pub fn digits(&self) -> &str {
        let (Self::Sha256(digits) | Self::Git(digits)) = self;
        digits
    }

    /// As errors name it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "sha256",
            Self::Git(_) => "git's blob id",
        }
    }

    /// The digits of this kind that a file of `size` bytes has.
    pub(crate) fn of_file(&self, path: &Path, size: u64) -> Result<String, FileError> {
        digits_of_file(path, Hashing::like(self, size, io::sink()))
    }
}

/// SHA-256 in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// SHA-256 of a file of any size, read piece by piece.
pub fn sha256_file(path: &Path) -> Result<String, FileError> {
    digits_of_file(path, Hashing::new(io::sink()))
}

fn digits_of_file(path: &Path, mut hashing: Hashing<io::Sink>) -> Result<String, FileError> {
    let mut file = File::open(path).map_err(FileError::io("open", path))?;
    io::copy(&mut file, &mut hashing).map_err(FileError::io("read", path))?;
    Ok(hashing.finish().2)
}

/// A writer that remembers the size and the checksum of what it passed on.
pub(crate) struct Hashing<W> {
    inner: W,
    size: u64,
    digest: Hash,
}

enum Hash {
    Sha256(Sha256),
    Sha1(Sha1),
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, size: 0, digest: Hash::Sha256(Sha256::new()) }
    }

    /// For a checksum of this kind; git puts the size before the content (Pro Git, second edition, section 10.2).
    pub(crate) fn like(kind: &Checksum, size: u64, inner: W) -> Self {
        match kind {
            Checksum::Sha256(_) => Self::new(inner),
            Checksum::Git(_) => {
                let digest = Sha1::new().chain_update(format!("blob {size}\0"));
                Self { inner, size: 0, digest: Hash::Sha1(digest) }
            }
        }
    }

    /// The writer within, the size and the checksum.
    pub(crate) fn finish(self) -> (W, u64, String) {
        let digits = match self.digest {
            Hash::Sha256(digest) => hexadecimal(&digest.finalize()),
            Hash::Sha1(digest) => hexadecimal(&digest.finalize()),
        };
        (self.inner, self.size, digits)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        match &mut self.digest {
            Hash::Sha256(digest) => digest.update(&bytes[..written]),
            Hash::Sha1(digest) => digest.update(&bytes[..written]),
        }
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The two shortest examples of FIPS 180-2, appendix B.
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn bytes_match_the_published_examples() {
        assert_eq!(sha256(b""), EMPTY);
        assert_eq!(sha256(b"abc"), ABC);
    }

    #[test]
    fn a_file_has_the_checksum_of_its_bytes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("file");
        let bytes: Vec<u8> = (0..100_003u32).map(|index| (index % 251) as u8).collect();
        std::fs::write(&path, &bytes).expect("the folder is writable");
        assert_eq!(sha256_file(&path).expect("the file exists"), sha256(&bytes));
    }

    #[test]
    fn git_has_its_own_name_for_a_content() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "what is up, doc?").expect("the folder is writable");
        let found = Checksum::Git(String::new()).of_file(&path, 16).expect("the file exists");
        assert_eq!(found, "bd9dbf5aae1a3862dd1526723246b20206e5fc37", "the example of Pro Git, section 10.2");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = sha256_file(Path::new("/nowhere/at/all")).expect_err("there is no such file");
        assert_eq!(
            error.to_string(),
            "cannot open /nowhere/at/all; check that the path is right and that its folder exists"
        );
    }
}
