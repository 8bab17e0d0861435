//! The first bytes of a file of tokens.

/// To be raised when the format changes, or how documents are joined.
pub(super) const VERSION: u32 = 2;
pub(super) const LENGTH: usize = 40;

const MAGIC: [u8; 8] = *b"attntoks";

/// Bytes of an id.
pub(super) fn width(vocabulary: usize) -> usize {
    if vocabulary <= 1 << 16 { 2 } else { 4 }
}

/// What the file says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes of an id.
    pub(super) width: usize,
    /// Number of ids.
    pub(super) count: u64,
    /// Bytes of the text.
    pub(super) bytes: u64,
    /// Characters of the text.
    pub(super) characters: u64,
}

impl Header {
    pub(super) fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&(self.width as u32).to_le_bytes());
        bytes[16..24].copy_from_slice(&self.count.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[32..].copy_from_slice(&self.characters.to_le_bytes());
        bytes
    }

    /// None if the file begins otherwise.
    pub(super) fn read(file: &[u8]) -> Option<Self> {
        let bytes: &[u8; LENGTH] = file.first_chunk()?;
        let long = |place: usize| bytes[place..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
        let header = Self { width: bytes[12].into(), count: long(16)?, bytes: long(24)?, characters: long(32)? };
        // Comparing the beginning as a whole checks magic, version and width at once.
        (matches!(header.width, 2 | 4) && header.to_bytes() == *bytes).then_some(header)
    }

    /// The length of the whole file; None if no file can be so long.
    pub(super) fn file_length(&self) -> Option<u64> {
        self.count.checked_mul(self.width as u64)?.checked_add(LENGTH as u64)
    }
}
