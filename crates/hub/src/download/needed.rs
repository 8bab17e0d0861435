//! Which files of a repository a model is made of. Pickles, and other formats of the same weights, are not among them.

use super::listing::Listing;
use crate::{
    HubError,
    weights::{INDEX, WHOLE, is_pickle, pickle},
};

const CONFIG: &str = "config.json";
const ADAPTER: &str = "adapter_config.json";
const TENSORS: &str = ".safetensors";
/// Beside the weights; tokenizers have files of several names, for which see [`beside`].
const BESIDE: [&str; 13] = [
    CONFIG,
    "generation_config.json",
    "merges.txt",
    "spiece.model",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "preprocessor_config.json",
    "chat_template.jinja",
    "modules.json",
    "1_Pooling/config.json",
];

/// Where the weights are.
pub(super) enum Weighing {
    Whole(&'static str),
    /// Where the index says.
    Shards,
}

/// Whether anybody needs to know of this file. Nothing that leads out of the folder is relevant.
pub(super) fn relevant(name: &str) -> bool {
    beside(name) || name == INDEX || name == ADAPTER || plain(name) && (name.ends_with(TENSORS) || is_pickle(name))
}

/// Whether a model is read with the help of this file, its weights aside.
pub(super) fn beside(name: &str) -> bool {
    let tokenizer = name.starts_with("tokenizer") && name.ends_with(".json")
        || name.starts_with("vocab.") && !is_pickle(name)
        || name.ends_with(".spm");
    BESIDE.contains(&name) || plain(name) && tokenizer
}

/// Where the weights are, if the repository has a model that can be read.
pub(super) fn weighing(name: &str, listing: &Listing) -> Result<Weighing, HubError> {
    let has = |file: &str| listing.file(file).is_some();
    let unusable = |reason: String| Err(HubError::Unusable { name: name.to_owned(), reason });
    match pickle(listing.names().map(str::to_owned)) {
        _ if !has(CONFIG) && has(ADAPTER) => {
            unusable("it is an adapter of another model, which is the one to name".to_owned())
        }
        _ if !has(CONFIG) => unusable("it has no config.json, by which transformers' models are known".to_owned()),
        _ if has(WHOLE) => Ok(Weighing::Whole(WHOLE)),
        _ if has(INDEX) => Ok(Weighing::Shards),
        Some(file) => unusable(format!(
            "its weights are in {file}, a pickle, which may run any program when it is opened; where it can be trusted, convert it \
             with transformers' `from_pretrained` and `save_pretrained`, and name the folder"
        )),
        None => unusable(format!("it has neither {WHOLE} nor {INDEX}")),
    }
}

/// A file of the folder itself, with a name that needs no care.
fn plain(name: &str) -> bool {
    let known = |sign: char| sign.is_ascii_alphanumeric() || "._-".contains(sign);
    !name.starts_with(['.', '-']) && name.len() <= 200 && name.chars().all(known)
}
