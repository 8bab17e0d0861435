//! Safe files: atomic writes, checksums, locks, whole folders, archives, and downloads with a cache and a mirror.
//!
//! Everything that must survive a kill goes through here: a file or a folder written by this crate is either whole
//! under its final name or still under a name that starts with `.tmp-`, which [`sweep`] clears away. The crate knows
//! nothing of what the files mean.
//!
//! What comes from elsewhere is not trusted: [`fetch`] takes a file only with the size and the checksum that were asked
//! for, and [`unpack`] writes nothing outside its folder, and no more than its [`Limits`] allow.

mod archive;
mod atomic;
mod checksum;
mod error;
mod fetch;
mod lock;
mod manifest;
mod staging;

pub use archive::{ArchiveError, Limits, Members, Unpacked, unpack};
pub use atomic::{rename, write_atomically};
pub use checksum::{Checksum, sha256, sha256_file};
pub use error::FileError;
pub use fetch::{FetchError, Fetching, Remote, Transfer, asked, fetch, unpacked};
pub use lock::Lock;
pub use manifest::{Entry, Manifest, verify};
pub use staging::{Staging, sweep};
