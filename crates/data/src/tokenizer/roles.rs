//! What special tokens are for: which one ends a document, which one pads a batch.
//!
//! A `tokenizer.json` does not say it. Its companions in a folder do (`special_tokens_map.json`,
//! `tokenizer_config.json`); what they say is kept as `roles` on the token within the tokenizer.json, which other readers
//! pass over. Where nothing is said, well-known names are believed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokenizers::{PostProcessorWrapper, Tokenizer as Library};

/// The token that ends a document, in GPT-2 and in what is learned here.
pub(super) const END: &str = "<|endoftext|>";

/// A use of a special token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Begin,
    End,
    Padding,
    Unknown,
    /// Stands before a sentence that is to be classified.
    Class,
    /// Stands after each sentence of a pair.
    Separator,
    /// Stands for a token that is to be guessed.
    Mask,
}

impl Role {
    pub const ALL: [Self; 7] =
        [Self::Begin, Self::End, Self::Padding, Self::Unknown, Self::Class, Self::Separator, Self::Mask];

    /// The key in `special_tokens_map.json` and `tokenizer_config.json`.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Begin => "bos_token",
            Self::End => "eos_token",
            Self::Padding => "pad_token",
            Self::Unknown => "unk_token",
            Self::Class => "cls_token",
            Self::Separator => "sep_token",
            Self::Mask => "mask_token",
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Begin => &["<|startoftext|>", "<s>", "<bos>", "[BOS]"],
            Self::End => &["</s>", "<eos>", "[EOS]"],
            Self::Padding => &["[PAD]", "<pad>", "<|pad|>"],
            Self::Unknown => &["[UNK]", "<unk>"],
            Self::Class => &["[CLS]"],
            Self::Separator => &["[SEP]"],
            Self::Mask => &["[MASK]", "<mask>"],
        }
    }
}

/// The token of each role that has one.
pub(super) type Roles = BTreeMap<Role, u32>;

/// The roles in a tokenizer: as its JSON says, or else by what is known of names.
pub(super) fn roles(library: &Library, json: &str) -> Roles {
    let said = said(json);
    let id = |role: &Role| {
        let named = said.get(role).and_then(|token| library.token_to_id(token));
        named.or_else(|| believed(library, *role)).map(|id| (*role, id))
    };
    Role::ALL.iter().filter_map(id).collect()
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Added {
    content: String,
    /// Versions before wrote null beside tokens of no role.
    roles: Option<Vec<Role>>,
}

fn said(json: &str) -> BTreeMap<Role, String> {
    let added = serde_json::from_str::<Head>(json).map(|head| head.added_tokens).unwrap_or_default();
    added
        .into_iter()
        .flat_map(|token| token.roles.into_iter().flatten().map(move |role| (role, token.content.clone())))
        .collect()
}

fn believed(library: &Library, role: Role) -> Option<u32> {
    let processed = match (library.get_post_processor(), role) {
        (Some(PostProcessorWrapper::Bert(around)), Role::Class) => Some(around.cls.1),
        (Some(PostProcessorWrapper::Bert(around)), Role::Separator) => Some(around.sep.1),
        (Some(PostProcessorWrapper::Roberta(around)), Role::Class) => Some(around.cls.1),
        (Some(PostProcessorWrapper::Roberta(around)), Role::Separator) => Some(around.sep.1),
        (_, Role::End) => library.token_to_id(END),
        _ => None,
    };
    // A learned piece may look like one of these; a special token is one on purpose.
    let special = |name: &&&str| library.get_added_vocabulary().is_special_token(name);
    processed.or_else(|| role.names().iter().find(special).and_then(|name| library.token_to_id(name)))
}
