//! What can go wrong with a model folder.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

use attentive_files::{FetchError, FileError};

use crate::Unfit;

/// What to do where a file is broken.
const AGAIN: &str = "fetch it again, or ask whoever made it";

/// A model folder that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error(
        "{path} is no model folder: it has no config.json; name a folder as transformers' `save_pretrained` writes it, or a run"
    )]
    NoConfig { path: PathBuf },

    #[error(
        "{path} holds a LoRA adapter of `{base}`, not a model; name the model's folder, and the adapter in `initialize.adapter`"
    )]
    Adapter { path: PathBuf, base: String },

    #[error("cannot read {path}; check that it is there and may be read")]
    Unreadable { path: PathBuf, source: std::io::Error },

    #[error("{path} has {found} bytes, and such a file needs at most {most}; {AGAIN}")]
    TooLarge { path: PathBuf, found: u64, most: u64 },

    #[error("{path} is not valid JSON ({reason}); {AGAIN}")]
    Json { path: PathBuf, reason: String },

    #[error("{path}: {source}")]
    Config { path: PathBuf, source: Unfit },

    #[error("{path} leads out of its folder, to {target}; put the file itself there")]
    Outside { path: PathBuf, target: PathBuf },

    #[error(
        "{path} is a pickle, which may run any program when it is opened, and is not read; convert it once, where it can be trusted, with \
         Python: `import transformers as t; folder = {folder:?}; getattr(t, t.AutoConfig.from_pretrained(folder).architectures[0])\
         .from_pretrained(folder).save_pretrained(folder)`"
    )]
    Pickle { path: PathBuf, folder: PathBuf },

    #[error(
        "{path} has no weights: expected model.safetensors, or model.safetensors.index.json and the files that it names"
    )]
    NoWeights { path: PathBuf },

    #[error("{path} is damaged: {reason}; {AGAIN}")]
    Damaged { path: PathBuf, reason: String },

    #[error("{path}: the tensor `{tensor}` is of type {found}; supported are F32, F16, BF16 and F64")]
    Type { path: PathBuf, tensor: String, found: String },

    #[error(
        "`{name}` names no model of the hub: expected `organization/name`, as in `openai-community/gpt2`, of letters, digits, `.`, `_` and `-`"
    )]
    Name { name: String },

    #[error("`{revision}` is no revision: expected a branch, a tag or a commit")]
    Revision { revision: String },

    #[error("HF_ENDPOINT is `{endpoint}`: expected an address such as https://huggingface.co; correct or unset it")]
    Endpoint { endpoint: String },

    #[error(
        "the hub has no model `{name}` with a revision `{revision}`, or shows it to some users alone; check the name, or set HF_TOKEN"
    )]
    Unknown { name: String, revision: String, source: Box<FetchError> },

    #[error(
        "cannot ask the hub for `{name}`; try again later, or use what was fetched before (ATTENTIVE_OFFLINE=1), or put its files into \
         the folder huggingface/{name} of ATTENTIVE_MIRROR"
    )]
    Unlisted { name: String, source: Box<FetchError> },

    #[error("`{name}` is not open to everyone; accept its terms at {page} in a browser, and set HF_TOKEN")]
    Closed { name: String, page: String, source: Box<FetchError> },

    #[error("{address} answered with no list of a model's files ({reason}); try again later, or check HF_ENDPOINT")]
    Listing { address: String, reason: String },

    #[error("`{name}` cannot be used: {reason}")]
    Unusable { name: String, reason: String },

    #[error(
        "`{name}` with revision `{revision}` was never fetched whole, and ATTENTIVE_OFFLINE forbids to fetch it; unset \
         ATTENTIVE_OFFLINE, or put its files into the folder huggingface/{name} of ATTENTIVE_MIRROR"
    )]
    NeverFetched { name: String, revision: String },

    #[error(transparent)]
    Fetch(Box<FetchError>),

    #[error(
        "{} holds no low-rank adapter: expected adapter_config.json and adapter_model.safetensors, as PEFT's `save_pretrained` writes them",
        .path.display()
    )]
    NoAdapter { path: PathBuf },

    #[error(transparent)]
    File(#[from] FileError),
}

/// More of a reason is of no use: it quotes what a file holds.
const LONGEST_REASON: usize = 300;

impl HubError {
    pub(crate) fn damaged(path: &Path, reason: impl Display) -> Self {
        Self::Damaged { path: path.to_owned(), reason: tamed(&reason.to_string(), LONGEST_REASON) }
    }

    pub(crate) fn json(path: &Path, reason: impl Display) -> Self {
        Self::Json { path: path.to_owned(), reason: tamed(&reason.to_string(), LONGEST_REASON) }
    }

    pub(crate) fn listing(address: &str, reason: impl Display) -> Self {
        Self::Listing { address: address.to_owned(), reason: tamed(&reason.to_string(), LONGEST_REASON) }
    }

    /// For use in `map_err`.
    pub(crate) fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::Unreadable { path: path.to_owned(), source }
    }
}

/// A foreign text as an error may show it: cut short, and without what terminals obey.
pub(crate) fn tamed(text: &str, most: usize) -> String {
    let shown: String = text.chars().take(most).map(|sign| if obeyed(sign) { '\u{fffd}' } else { sign }).collect();
    if text.chars().nth(most).is_some() { shown + "…" } else { shown }
}

/// Control characters, and those that turn the direction of a line.
fn obeyed(sign: char) -> bool {
    sign.is_control() && sign != '\n' || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
