//! Why a file could not be fetched.

use std::error::Error;
use std::path::PathBuf;

use crate::{ArchiveError, FileError};

/// A failure to fetch a file.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("`{name}` cannot be fetched: expected a relative path without `..`; correct the list that names it")]
    Name { name: String },

    #[error(
        "`{file}` needs a download, which ATTENTIVE_OFFLINE forbids; put it at {place}, or unset ATTENTIVE_OFFLINE"
    )]
    Offline { file: String, place: PathBuf },

    #[error("`{file}` has no address to download it from; put it at {place}")]
    NoAddress { file: String, place: PathBuf },

    #[error(
        "{address} answered 401: it wants a login; set HF_TOKEN if this is Hugging Face, or put the file at {place}"
    )]
    Unauthorized { address: String, place: PathBuf },

    #[error("{address} answered 403: it refuses this user; accept its terms in a browser, or put the file at {place}")]
    Forbidden { address: String, place: PathBuf },

    #[error("{address} answered 404: the file has moved; correct its address, or put the file at {place}")]
    NotFound { address: String, place: PathBuf },

    #[error("{address} answered {status}, expected 200 or 206; try again later, or put the file at {place}")]
    Status { address: String, status: u16, place: PathBuf },

    #[error("cannot reach {address}; check the network, or put the file at {place}")]
    Request { address: String, place: PathBuf, source: Box<ureq::Error> },

    #[error("the transfer from {address} broke off at {done} of {total} bytes; run again to resume it")]
    Cut { address: String, done: u64, total: u64, source: std::io::Error },

    #[error("{address} answered with bytes other than those from {start} on; run again to start over")]
    Range { address: String, start: u64 },

    #[error("{place} holds {found} bytes, expected {expected}; get a fresh copy, or correct the list that names it")]
    Size { place: String, expected: u64, found: u64 },

    #[error("{place} holds more than the expected {limit} bytes; get a fresh copy, or correct the list that names it")]
    TooLarge { place: String, limit: u64 },

    #[error("{place} has {kind} {found}, expected {expected}; get a fresh copy, or correct the list that names it")]
    Checksum { place: String, kind: &'static str, expected: String, found: String },

    #[error("cannot unpack {from} to {to}; check that it is a whole gzip file and that there is space")]
    Unpack { from: PathBuf, to: PathBuf, source: std::io::Error },

    #[error("none of its addresses gave `{file}`:{}", listed(failures))]
    Everywhere { file: String, failures: Vec<FetchError> },

    #[error(transparent)]
    Archive(#[from] ArchiveError),

    #[error(transparent)]
    File(#[from] FileError),
}

/// One line for each failure, its cause included: a list of errors has no single source to name.
fn listed(failures: &[FetchError]) -> String {
    let line = |failure: &FetchError| match failure.source() {
        Some(source) => format!("\n  {failure} ({source})"),
        None => format!("\n  {failure}"),
    };
    failures.iter().map(line).collect()
}
