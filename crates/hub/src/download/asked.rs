//! What is asked for, and where it lies: on the hub, in the mirror and in the cache.

use std::path::PathBuf;

use attentive_files::Fetching;

use super::listing::Listing;
use crate::{HubError, error::tamed};

const ENDPOINT: &str = "https://huggingface.co";
const MAIN: &str = "main";
/// In the mirror and in the cache, beside the data sets.
const FOLDER: &str = "huggingface";
/// The hub allows 96 characters.
const LONGEST: usize = 96;

/// A model of the hub at some revision; its names were checked, as they become parts of paths and addresses.
pub(super) struct Asked<'a> {
    endpoint: String,
    pub(super) name: &'a str,
    pub(super) revision: &'a str,
    pub(super) fetching: &'a Fetching,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        endpoint: Option<&str>,
        name: &'a str,
        revision: Option<&'a str>,
        fetching: &'a Fetching,
    ) -> Result<Self, HubError> {
        let (revision, endpoint) = (revision.unwrap_or(MAIN), self::endpoint(endpoint)?);
        if !name.split_once('/').is_some_and(|(organization, name)| plain(organization) && plain(name)) {
            return Err(HubError::Name { name: tamed(name, LONGEST) });
        }
        if !revision.split('/').all(plain) || revision.len() > LONGEST {
            return Err(HubError::Revision { revision: tamed(revision, LONGEST) });
        }
        Ok(Self { endpoint, name, revision, fetching })
    }

    /// The model's page for people.
    pub(super) fn page(&self) -> String {
        format!("{}/{}", self.endpoint, self.name)
    }

    /// The address of the list of files.
    pub(super) fn list(&self) -> String {
        format!("{}/api/models/{}/revision/{}?blobs=true", self.endpoint, self.name, escaped(self.revision))
    }

    pub(super) fn address(&self, listing: &Listing, file: &str) -> String {
        format!("{}/resolve/{}/{file}", self.page(), listing.sha)
    }

    /// Below the cache.
    pub(super) fn folder(&self, listing: &Listing) -> String {
        format!("{FOLDER}/{}/{}", self.name, listing.sha)
    }

    pub(super) fn mirrored(&self) -> Option<PathBuf> {
        self.in_mirror().filter(|folder| folder.is_dir())
    }

    /// Where a user may put the folder, or the list of files.
    pub(super) fn remedy(&self) -> PathBuf {
        self.in_mirror().unwrap_or_else(|| self.remembered(self.revision))
    }

    fn in_mirror(&self) -> Option<PathBuf> {
        self.fetching.mirror.as_ref().map(|mirror| mirror.join(FOLDER).join(self.name))
    }

    /// Where the list of a revision's files is kept.
    pub(super) fn remembered(&self, revision: &str) -> PathBuf {
        let name = format!("{}.json", escaped(revision));
        self.fetching.cache.join(FOLDER).join(self.name).join("refs").join(name)
    }
}

fn endpoint(named: Option<&str>) -> Result<String, HubError> {
    let endpoint = named.filter(|named| !named.is_empty()).unwrap_or(ENDPOINT).trim_end_matches('/');
    let host = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
    let sound = host.is_some_and(|host| !host.is_empty() && host.chars().all(|sign| sign.is_ascii_graphic()));
    if !sound || endpoint.contains(['?', '#', '@']) {
        return Err(HubError::Endpoint { endpoint: tamed(endpoint, LONGEST) });
    }
    Ok(endpoint.to_owned())
}

/// Neither hidden nor a way upward, nor an option of some program.
fn plain(name: &str) -> bool {
    let known = |sign: char| sign.is_ascii_alphanumeric() || "._-".contains(sign);
    (1..=LONGEST).contains(&name.len()) && !name.starts_with(['.', '-']) && name.chars().all(known)
}

/// As one part of an address, and of a path.
fn escaped(revision: &str) -> String {
    revision.replace('/', "%2F")
}
