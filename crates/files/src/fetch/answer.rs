//! What a server's answer means, before a byte of its body is read.

use std::path::Path;
use std::time::{Duration, SystemTime};

use ureq::Body;
use ureq::http::{HeaderMap, Response, header};

use super::date;
use super::download::Download;
use super::stored::check_size;
use crate::{FetchError, FileError};

/// A failure, and whether the same address is worth another try.
pub(crate) struct Failure {
    pub(crate) error: FetchError,
    pub(crate) retry: Retry,
}

pub(crate) enum Retry {
    Never,
    Soon,
    After(Duration),
}

impl Failure {
    pub(crate) fn lasting(error: impl Into<FetchError>) -> Self {
        Self { error: error.into(), retry: Retry::Never }
    }

    pub(crate) fn passing(error: FetchError) -> Self {
        Self { error, retry: Retry::Soon }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::lasting(error)
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::lasting(error)
    }
}

/// From which byte on the body is, if it can be used: from `kept` on if the server knows ranges, else from the first.
pub(crate) fn start(
    response: &Response<Body>,
    address: &str,
    kept: u64,
    download: &Download<'_>,
) -> Result<u64, Failure> {
    let start = match response.status().as_u16() {
        200 => 0,
        206 if first_byte(response.headers()) == Some(kept) => kept,
        206 | 416 => return Err(Failure::passing(FetchError::Range { address: address.to_string(), start: kept })),
        status => return Err(refusal(status, response.headers(), address, download.places.remedy())),
    };
    if let Some(length) = response.body().content_length() {
        check_size(address, download.remote, start.saturating_add(length))?;
    }
    Ok(start)
}

/// The 7 of `Content-Range: bytes 7-41/42`.
fn first_byte(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// What a status that is no success means; `place` is where a user may put what was asked for.
pub(crate) fn refusal(status: u16, headers: &HeaderMap, address: &str, place: &Path) -> Failure {
    let (address, place) = (address.to_string(), place.to_path_buf());
    let retry = match status {
        408 | 429 | 500..=599 => pause_asked_for(headers).map_or(Retry::Soon, Retry::After),
        _ => Retry::Never,
    };
    let error = match status {
        401 => FetchError::Unauthorized { address, place },
        403 => FetchError::Forbidden { address, place },
        404 => FetchError::NotFound { address, place },
        _ => FetchError::Status { address, status, place },
    };
    Failure { error, retry }
}

/// In seconds, or as a date, which may have passed by now.
fn pause_asked_for(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let until = |date: SystemTime| date.duration_since(SystemTime::now()).unwrap_or_default();
    text.parse().map(Duration::from_secs).ok().or_else(|| date::parse(text).map(until))
}
