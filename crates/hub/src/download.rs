//! Models of the hub, by name: which files there are, at which commit. The files themselves come through the cache of
//! `attentive_files`, each with the size and the checksum that the hub told.

mod asked;
mod listing;
mod needed;

use std::{fs, path::PathBuf};

use attentive_files::{FetchError, Fetching, Remote, Transfer, fetch, write_atomically};

use crate::{
    HubError,
    weights::{INDEX, indexed},
};
use asked::Asked;
use listing::Listing;
use needed::Weighing;

/// A list of the largest repositories, with a hundred thousand files, has some twenty megabytes.
const MOST_LISTING: u64 = 32 << 20;

/// A model folder that came from the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub folder: PathBuf,
    /// The commit, by which the same files can be had again; of a mirror, which knows no commits, what was asked for.
    pub revision: String,
}

/// The folder of the model `organization/name`, at a branch, a tag or a commit, otherwise `main`.
///
/// A folder `huggingface/organization/name` of the mirror goes before the hub, whatever the revision. Offline, the commit that this
/// revision was when it was last fetched is taken from the cache. `HF_ENDPOINT` names another server than huggingface.co,
/// which alone is shown `HF_TOKEN`.
pub fn fetched(
    name: &str,
    revision: Option<&str>,
    fetching: &Fetching,
    told: &mut dyn FnMut(Transfer),
) -> Result<Fetched, HubError> {
    let endpoint = std::env::var("HF_ENDPOINT").ok();
    fetched_from(&Asked::new(endpoint.as_deref(), name, revision, fetching)?, told)
}

fn fetched_from(asked: &Asked<'_>, told: &mut dyn FnMut(Transfer)) -> Result<Fetched, HubError> {
    if let Some(folder) = asked.mirrored() {
        return Ok(Fetched { folder, revision: asked.revision.to_owned() });
    }
    let listing = asked.listing()?;
    let weighing = needed::weighing(asked.name, &listing)?;
    for file in listing.names().filter(|name| needed::beside(name)) {
        asked.fetch(&listing, file, told)?;
    }
    match weighing {
        Weighing::Whole(file) => asked.fetch(&listing, file, told).map(drop)?,
        Weighing::Shards => {
            let index = asked.fetch(&listing, INDEX, told)?;
            for file in indexed(&index)?.keys() {
                asked.fetch(&listing, file, told)?;
            }
        }
    }
    asked.remember(&listing)?;
    Ok(Fetched { folder: asked.fetching.cache.join(asked.folder(&listing)), revision: listing.sha })
}

impl Asked<'_> {
    /// The files of the revision. What a commit holds never changes, so that nobody needs to ask twice.
    fn listing(&self) -> Result<Listing, HubError> {
        let remembered = || fs::read(self.remembered(self.revision)).ok().and_then(|bytes| Listing::parse(&bytes).ok());
        if self.fetching.offline {
            let (name, revision) = (self.name.to_owned(), self.revision.to_owned());
            return remembered().ok_or(HubError::NeverFetched { name, revision });
        }
        let known = listing::is_commit(self.revision).then(remembered).flatten();
        known.map_or_else(|| self.listed(), Ok)
    }

    fn listed(&self) -> Result<Listing, HubError> {
        let address = self.list();
        let answer = attentive_files::asked(&address, MOST_LISTING, &self.remedy(), self.fetching);
        let answer = answer.map_err(|error| match error {
            FetchError::Unauthorized { .. } | FetchError::NotFound { .. } => {
                let (name, revision) = (self.name.to_owned(), self.revision.to_owned());
                HubError::Unknown { name, revision, source: Box::new(error) }
            }
            FetchError::Forbidden { .. } => self.refused(error),
            _ => HubError::Unlisted { name: self.name.to_owned(), source: Box::new(error) },
        })?;
        Listing::parse(&answer).map_err(|reason| HubError::listing(&address, reason))
    }

    /// The file's path in the cache, once it is there and is the one that is listed.
    fn fetch(&self, listing: &Listing, file: &str, told: &mut dyn FnMut(Transfer)) -> Result<PathBuf, HubError> {
        let listed = listing.file(file).ok_or_else(|| HubError::Unusable {
            name: self.name.to_owned(),
            reason: format!("it has no file {file}, which its {INDEX} names"),
        })?;
        let (size, checksum) = listed.expected().map_err(|reason| HubError::listing(&self.list(), reason))?;
        let (folder, addresses) = (self.folder(listing), vec![self.address(listing, file)]);
        let remote = Remote { folder, file: file.to_owned(), addresses, size, checksum };
        // The mirror was asked for the whole folder.
        let fetching = Fetching { mirror: None, ..self.fetching.clone() };
        fetch(&remote, &fetching, told).map_err(|error| self.refused(error))
    }

    fn refused(&self, error: FetchError) -> HubError {
        match error {
            FetchError::Unauthorized { .. } | FetchError::Forbidden { .. } => {
                HubError::Closed { name: self.name.to_owned(), page: self.page(), source: Box::new(error) }
            }
            _ => HubError::Fetch(Box::new(error)),
        }
    }

    /// So that this revision, and this commit, are found offline.
    fn remember(&self, listing: &Listing) -> Result<(), HubError> {
        let bytes = listing.bytes();
        for path in [self.remembered(self.revision), self.remembered(&listing.sha)] {
            if fs::read(&path).is_ok_and(|found| found == bytes) {
                continue; // the cache may be one that is only read
            }
            let folder = path.parent().expect("it lies in a folder of the cache");
            fs::create_dir_all(folder).map_err(HubError::unreadable(folder))?;
            write_atomically(&path, &bytes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
