//! Downloads over HTTP: resumed, retried, checked, and only then given their name.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

use ureq::config::RedirectAuthHeaders;
use ureq::http::{Response, header};
use ureq::{Agent, Body};

use super::answer::{self, Failure, Retry};
use super::pace::Pace;
use super::place::Places;
use super::settings::Manners;
use super::stored::{check_content, remember};
use super::{Remote, Transfer};
use crate::atomic::rename;
use crate::{FetchError, FileError};

/// How much is read between two reports of progress.
const PIECE: usize = 64 * 1024;

/// Downloads from the first address that gives the right content. What a cut connection left is kept for the next.
pub(crate) fn download(
    remote: &Remote,
    places: &Places,
    token: Option<&str>,
    manners: &Manners,
    progress: &mut dyn FnMut(Transfer),
) -> Result<(), FetchError> {
    let mut download = Download { remote, places, token, manners, agent: agent(manners), progress };
    let mut failures = Vec::new();
    for address in &remote.addresses {
        match download.try_address(address) {
            Ok(()) => return Ok(()),
            Err(failure @ FetchError::File(_)) => return Err(failure), // no other address would mend this machine
            Err(failure) => failures.push(failure),
        }
    }
    match failures.pop() {
        Some(only) if failures.is_empty() => Err(only),
        last => Err(FetchError::Everywhere {
            file: remote.file.clone(),
            failures: failures.into_iter().chain(last).collect(),
        }),
    }
}

/// Statuses are ours to judge, and a compressed transfer would count its ranges in compressed bytes.
pub(crate) fn agent(manners: &Manners) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .accept_encoding("identity")
        .redirect_auth_headers(RedirectAuthHeaders::SameHost)
        .user_agent(concat!("attentive/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(manners.connect))
        .timeout_connect(Some(manners.connect))
        .timeout_recv_response(Some(manners.stall))
        .timeout_per_read(Some(manners.stall))
        .timeout_per_write(Some(manners.stall));
    config.build().new_agent()
}

/// What a request shows so that its server knows the user.
pub(crate) fn authorization(token: Option<&str>, reader: &str, address: &str) -> Option<String> {
    token.filter(|_| address.starts_with(reader)).map(|token| format!("Bearer {token}"))
}

/// An address that makes no sense will make none later.
pub(crate) fn unreachable(address: &str, place: &Path, source: ureq::Error) -> Failure {
    use ureq::Error::{BadUri, Http, RedirectFailed, TooManyRedirects};
    let lasting = matches!(source, BadUri(_) | Http(_) | RedirectFailed | TooManyRedirects);
    let (address, place) = (address.to_string(), place.to_path_buf());
    let error = FetchError::Request { address, place, source: Box::new(source) };
    if lasting { Failure::lasting(error) } else { Failure::passing(error) }
}

/// A download under way.
pub(crate) struct Download<'a> {
    pub(crate) remote: &'a Remote,
    pub(crate) places: &'a Places,
    token: Option<&'a str>,
    manners: &'a Manners,
    agent: Agent,
    progress: &'a mut dyn FnMut(Transfer),
}

impl Download<'_> {
    fn try_address(&mut self, address: &str) -> Result<(), FetchError> {
        let manners = self.manners;
        manners.retry(|| self.attempt(address))
    }

    fn attempt(&mut self, address: &str) -> Result<(), Failure> {
        let kept = self.kept()?;
        let complete = kept > 0 && kept == self.remote.size;
        let start = if complete { kept } else { self.transfer(address, kept)? };
        self.settle(address, start)
    }

    /// How much of the file is here already. More than the whole is not a part of it.
    fn kept(&self) -> Result<u64, FileError> {
        match fs::metadata(&self.places.part).map(|part| part.len()) {
            Ok(length) if length <= self.remote.size => Ok(length),
            Ok(_) => self.forget().map(|()| 0),
            Err(_) => Ok(0),
        }
    }

    /// Asks for what is missing and adds it to the part; returns from which byte on the server gave it.
    fn transfer(&mut self, address: &str, kept: u64) -> Result<u64, Failure> {
        let response = self.ask(address, kept)?;
        let start = match answer::start(&response, address, kept, self) {
            Err(failure) if matches!(failure.error, FetchError::Range { .. }) => {
                self.forget()?;
                return Err(failure);
            }
            other => other?,
        };
        let part = self.open_part(start)?;
        self.receive(response.into_body().into_reader(), part, address, start)?;
        Ok(start)
    }

    fn ask(&self, address: &str, kept: u64) -> Result<Response<Body>, Failure> {
        let mut request = self.agent.get(address);
        if kept > 0 {
            request = request.header(header::RANGE, format!("bytes={kept}-"));
        }
        if let Some(authorization) = authorization(self.token, &self.manners.token_reader, address) {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        request.call().map_err(|source| unreachable(address, self.places.remedy(), source))
    }

    fn open_part(&self, start: u64) -> Result<File, FileError> {
        let mut options = OpenOptions::new();
        let options = if start > 0 { options.append(true) } else { options.write(true).create(true).truncate(true) };
        options.open(&self.places.part).map_err(FileError::io("write", &self.places.part))
    }

    fn receive(&mut self, mut body: impl Read, mut part: File, address: &str, start: u64) -> Result<(), Failure> {
        let (mut done, total) = (start, self.remote.size);
        let mut piece = vec![0; PIECE];
        let mut pace = Pace::new(self.manners.stall, self.manners.least);
        loop {
            let cut =
                move |source| Failure::passing(FetchError::Cut { address: address.to_string(), done, total, source });
            let came = match body.read(&mut piece).map_err(cut)? {
                0 if done == total => return Ok(()),
                0 => return Err(cut(Error::from(ErrorKind::UnexpectedEof))),
                length => self.keep(&mut part, &piece[..length], address, done)?,
            };
            done += came;
            if done < total && pace.crawls(came) {
                return Err(cut(Error::new(ErrorKind::TimedOut, "the server sends next to nothing")));
            }
            (self.progress)(Transfer { file: self.remote.file.clone(), done, total });
        }
    }

    /// A server may send more than it announced, but it does not get to fill the disk.
    fn keep(&self, part: &mut File, piece: &[u8], address: &str, done: u64) -> Result<u64, Failure> {
        let length = piece.len() as u64;
        if length > self.remote.size - done {
            self.forget()?;
            return Err(Failure::lasting(FetchError::TooLarge { place: address.to_string(), limit: self.remote.size }));
        }
        part.write_all(piece).map_err(FileError::io("write", &self.places.part))?;
        Ok(length)
    }

    /// Gives the part its name if it is right. If not, and some of it was here before, this address may not be to
    /// blame, so it is asked once more for the whole.
    fn settle(&self, address: &str, start: u64) -> Result<(), Failure> {
        let part = &self.places.part;
        let found = self.remote.checksum.of_file(part, self.remote.size)?;
        if let Err(wrong) = check_content(address, self.remote, found) {
            self.forget()?;
            return Err(if start > 0 { Failure::passing(wrong) } else { Failure::lasting(wrong) });
        }
        File::open(part).and_then(|file| file.sync_all()).map_err(FileError::io("write", part))?;
        rename(part, &self.places.cached)?;
        remember(&self.places.cached, self.remote, &self.places.stamp);
        Ok(())
    }

    fn forget(&self) -> Result<(), FileError> {
        match fs::remove_file(&self.places.part) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                Err(FileError::io("remove", &self.places.part)(source))
            }
            _ => Ok(()),
        }
    }
}

impl Manners {
    /// Tries as often as the failures allow.
    pub(crate) fn retry<T>(&self, mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T, FetchError> {
        let mut tries = 0;
        loop {
            let failure = match attempt() {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let Some(pause) = self.pause(&failure.retry, tries) else { return Err(failure.error) };
            std::thread::sleep(pause);
            tries += 1;
        }
    }

    /// How long to wait before the next try, if there is to be one.
    fn pause(&self, retry: &Retry, tries: u32) -> Option<Duration> {
        if tries >= self.retries {
            return None;
        }
        match *retry {
            Retry::Never => None,
            Retry::Soon => Some(self.pause * 2u32.pow(tries)),
            Retry::After(asked) => Some(asked).filter(|pause| *pause <= self.longest_pause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_shown_to_hugging_face_and_to_no_lookalike() {
        let reader = Manners::default().token_reader;
        let shown = |address| authorization(Some("hf_secret"), &reader, address);
        assert_eq!(shown("https://huggingface.co/a/b").as_deref(), Some("Bearer hf_secret"));
        for address in
            ["http://huggingface.co/a", "https://huggingface.co.evil.example/a", "https://huggingface.co@evil.example/"]
        {
            assert_eq!(shown(address), None, "{address}");
        }
        assert_eq!(authorization(None, &reader, &reader), None);
    }

    #[test]
    fn pauses_double_and_end() {
        let manners = Manners { retries: 3, pause: Duration::from_secs(1), ..Manners::default() };
        let seconds = |tries| manners.pause(&Retry::Soon, tries).map(|pause| pause.as_secs());
        assert_eq!([seconds(0), seconds(1), seconds(2), seconds(3)], [Some(1), Some(2), Some(4), None]);
        assert_eq!(manners.pause(&Retry::Never, 0), None);
    }
}
