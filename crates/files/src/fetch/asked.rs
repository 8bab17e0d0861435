//! What a server answers to a question, such as which files there are: read whole, and not kept.

use std::io::{Error, ErrorKind, Read};
use std::path::Path;

use ureq::Body;
use ureq::http::header;

use super::answer::{Failure, refusal};
use super::download::{agent, authorization, unreachable};
use super::pace::Pace;
use super::settings::Manners;
use crate::{FetchError, Fetching};

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// The body of what `address` answers, of at most `most` bytes. `place` is where a user may put what it is about.
pub fn asked(address: &str, most: u64, place: &Path, fetching: &Fetching) -> Result<Vec<u8>, FetchError> {
    asked_with(address, most, place, fetching, &Manners::default())
}

pub(super) fn asked_with(
    address: &str,
    most: u64,
    place: &Path,
    fetching: &Fetching,
    manners: &Manners,
) -> Result<Vec<u8>, FetchError> {
    if fetching.offline {
        return Err(FetchError::Offline { file: address.to_owned(), place: place.to_path_buf() });
    }
    manners.retry(|| attempt(address, most, place, fetching.token.as_deref(), manners))
}

fn attempt(address: &str, most: u64, place: &Path, token: Option<&str>, manners: &Manners) -> Result<Vec<u8>, Failure> {
    let mut request = agent(manners).get(address);
    if let Some(authorization) = authorization(token, &manners.token_reader, address) {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let response = request.call().map_err(|source| unreachable(address, place, source))?;
    match response.status().as_u16() {
        200 => received(response.into_body(), address, most, manners),
        status => Err(refusal(status, response.headers(), address, place)),
    }
}

fn received(body: Body, address: &str, most: u64, manners: &Manners) -> Result<Vec<u8>, Failure> {
    let announced = body.content_length();
    let (mut body, mut all, mut piece) = (body.into_reader(), Vec::new(), vec![0; PIECE]);
    let mut pace = Pace::new(manners.stall, manners.least);
    loop {
        let done = all.len() as u64;
        let cut = |source| {
            let total = announced.unwrap_or(done);
            Failure::passing(FetchError::Cut { address: address.to_owned(), done, total, source })
        };
        let came = body.read(&mut piece).map_err(cut)?;
        if done + came as u64 > most {
            return Err(Failure::lasting(FetchError::TooLarge { place: address.to_owned(), limit: most }));
        }
        match came {
            0 if announced.is_some_and(|announced| announced != done) => {
                return Err(cut(Error::from(ErrorKind::UnexpectedEof)));
            }
            0 => return Ok(all),
            _ if pace.crawls(came as u64) => {
                return Err(cut(Error::new(ErrorKind::TimedOut, "the server sends next to nothing")));
            }
            _ => all.extend_from_slice(&piece[..came]),
        }
    }
}
