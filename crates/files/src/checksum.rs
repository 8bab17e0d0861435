//! SHA-256 of bytes, of files, and of what passes through a writer.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::FileError;

/// SHA-256 in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// SHA-256 of a file of any size, read piece by piece.
pub fn sha256_file(path: &Path) -> Result<String, FileError> {
    let mut file = File::open(path).map_err(FileError::io("open", path))?;
    let mut hashing = Hashing::new(io::sink());
    io::copy(&mut file, &mut hashing).map_err(FileError::io("read", path))?;
    Ok(hashing.finish().2)
}

/// A writer that remembers the size and the checksum of what it passed on.
pub(crate) struct Hashing<W> {
    inner: W,
    size: u64,
    digest: Sha256,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, size: 0, digest: Sha256::new() }
    }

    /// The writer within, the size and the checksum.
    pub(crate) fn finish(self) -> (W, u64, String) {
        (self.inner, self.size, hexadecimal(&self.digest.finalize()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
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
    fn a_missing_file_is_named() {
        let error = sha256_file(Path::new("/nowhere/at/all")).expect_err("there is no such file");
        assert_eq!(
            error.to_string(),
            "cannot open /nowhere/at/all; check that the path is right and that its folder exists"
        );
    }
}
