//! Which files a commit has, as the hub tells it.

use std::fmt;

use attentive_files::Checksum;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, SeqAccess, Visitor},
};

use super::needed;

/// More files of a model than any has.
const MOST_FILES: usize = 10_000;

/// The files that may matter, of all that there are.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Listing {
    /// The commit.
    pub(super) sha: String,
    #[serde(deserialize_with = "relevant")]
    siblings: Vec<Listed>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Listed {
    rfilename: String,
    size: Option<u64>,
    /// Git's name for the content, or for what stands for it in git.
    #[serde(rename = "blobId")]
    blob: Option<String>,
    /// Of a large file, which lies elsewhere than in git.
    lfs: Option<Large>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Large {
    sha256: String,
    size: u64,
}

impl Listing {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let listing: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if is_commit(&listing.sha) { Ok(listing) } else { Err(format!("its `sha` is `{}`, no commit", listing.sha)) }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("it is made of texts and numbers")
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.siblings.iter().map(|file| file.rfilename.as_str())
    }

    pub(super) fn file(&self, name: &str) -> Option<&Listed> {
        self.siblings.iter().find(|file| file.rfilename == name)
    }
}

impl Listed {
    /// Its size and checksum.
    pub(super) fn expected(&self) -> Result<(u64, Checksum), String> {
        let found = match self {
            Self { lfs: Some(Large { sha256, size }), .. } if hexadecimal(sha256, 64) => {
                Some((*size, Checksum::Sha256(sha256.clone())))
            }
            Self { lfs: None, size: Some(size), blob: Some(blob), .. } if hexadecimal(blob, 40) => {
                Some((*size, Checksum::Git(blob.clone())))
            }
            _ => None,
        };
        found.ok_or_else(|| format!("`{}` has no size and checksum", self.rfilename))
    }
}

pub(super) fn is_commit(text: &str) -> bool {
    hexadecimal(text, 40)
}

fn hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn relevant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Listed>, D::Error> {
    deserializer.deserialize_seq(Relevant)
}

/// Keeps what may matter, as there may be many files that don't.
struct Relevant;

impl<'de> Visitor<'de> for Relevant {
    type Value = Vec<Listed>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Vec<Listed>, A::Error> {
        let mut files = Vec::new();
        while let Some(file) = all.next_element::<Listed>()? {
            if needed::relevant(&file.rfilename) {
                files.push(file);
            }
            if files.len() > MOST_FILES {
                return Err(A::Error::custom(format!("more than {MOST_FILES} files of one model")));
            }
        }
        Ok(files)
    }
}
