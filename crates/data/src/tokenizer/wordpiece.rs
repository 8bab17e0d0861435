//! WordPiece as BERT's (Devlin et al. 2018): learned from a text, or read from a `vocab.txt`.
//!
//! Learning merges the most frequent pair, as the Hugging Face library does, not the likeliest one, as the paper on
//! WordPiece (Schuster and Nakajima 2012) has it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::{AddedToken, Model};

use super::companions::Companions;
use super::counting::{Counts, alphabet, counted, within};
use super::pipeline::{Added, Kind, Pipeline, template};
use super::recipe::Case;
use super::roles::Role;
use super::{failed, parsed};
use crate::{DataError, Text, Told};

/// In BERT's order.
const SPECIAL: [(&str, Role); 5] = [
    ("[PAD]", Role::Padding),
    ("[UNK]", Role::Unknown),
    ("[CLS]", Role::Class),
    ("[SEP]", Role::Separator),
    ("[MASK]", Role::Mask),
];
pub(super) const CONTINUES: &str = "##";
/// A longer word is unknown as a whole.
const LONGEST_WORD: usize = 100;

/// Learns the vocabulary from the text; the same text gives the same vocabulary.
pub(super) fn build(
    text: &Text,
    vocabulary: usize,
    case: Case,
    told: &mut dyn FnMut(Told),
) -> Result<String, DataError> {
    let written = Settings { case, accents: Value::Null, chinese: Value::Bool(true) };
    let empty = json!({"type": "WordPiece", "vocab": {}, "unk_token": "[UNK]", "max_input_chars_per_word": LONGEST_WORD,
        "continuing_subword_prefix": CONTINUES});
    let library = written.pipeline(&BTreeMap::new()).around(empty);
    let library =
        parsed(&library).map_err(|reason| DataError::Tokenizer { action: "be built", source: reason.into() })?;
    let counts = counted(text, &library, told)?;
    let ids = learned(counts, vocabulary)?;
    Ok(written.pipeline(&ids).around(model(&ids)))
}

fn learned(counts: Counts, vocabulary: usize) -> Result<BTreeMap<String, u32>, DataError> {
    let alphabet = alphabet(&counts);
    let counts = within(counts, &alphabet);
    // The library would number continuations as a hash table has them, so all are named before.
    let continued: BTreeSet<char> = counts.keys().flat_map(|word| word.chars().skip(1)).collect();
    let continued = continued.into_iter().map(|character| format!("{CONTINUES}{character}"));
    let single = alphabet.iter().map(char::to_string);
    let first: Vec<String> =
        SPECIAL.iter().map(|(name, _)| (*name).to_owned()).chain(single).chain(continued).collect();
    if vocabulary < first.len() {
        let what = "the special tokens and the text's characters, alone and within words";
        return Err(DataError::SmallVocabulary { vocabulary, what, least: first.len() });
    }
    let trainer = BpeTrainer::builder()
        .vocab_size(vocabulary)
        .show_progress(false)
        .special_tokens(first.into_iter().map(|token| AddedToken::from(token, true)).collect())
        .continuing_subword_prefix(CONTINUES.to_owned())
        .build();
    let mut pairs = BPE::default();
    let words = counts.into_iter().map(|(word, count)| (word.into(), count)).collect();
    trainer.do_train(&words, &mut pairs).map_err(failed("be trained"))?;
    Ok(WordPiece::from_bpe(&pairs).get_vocab().into_iter().collect())
}

/// A `vocab.txt`: a token a line, numbered from 0. Whether it is for small letters alone is what its companions say, or
/// else whether it has no others.
pub(super) fn read(path: &Path, text: &str, companions: &Companions) -> Result<String, DataError> {
    let ids: BTreeMap<String, u32> =
        text.lines().zip(0..).map(|(token, id)| (token.trim_end_matches('\r').to_owned(), id)).collect();
    if let Some((missing, _)) = SPECIAL[1..4].iter().find(|(name, _)| !ids.contains_key(*name)) {
        let reason = format!("it has no line `{missing}`");
        return Err(DataError::NotAVocabulary { path: path.to_owned(), kind: "BERT's vocab.txt", reason });
    }
    let lower = companions.truth("do_lower_case").unwrap_or_else(|| !ids.keys().any(|token| has_capitals(token)));
    let setting = |key: &str, default| companions.truth(key).map_or(default, Value::Bool);
    let settings = Settings {
        case: if lower { Case::Lower } else { Case::Kept },
        accents: setting("strip_accents", Value::Null),
        chinese: setting("tokenize_chinese_chars", Value::Bool(true)),
    };
    Ok(settings.pipeline(&ids).around(model(&ids)))
}

fn has_capitals(token: &str) -> bool {
    let special = token.starts_with('[') && token.ends_with(']');
    !special && token.contains(|letter: char| letter.is_ascii_uppercase())
}

/// How words are written before they are looked up.
struct Settings {
    case: Case,
    /// Whether accents go; as the case has it when null.
    accents: Value,
    /// Whether each Chinese character is a word.
    chinese: Value,
}

impl Settings {
    fn pipeline(&self, ids: &BTreeMap<String, u32>) -> Pipeline {
        let token = |(name, role): &(&str, Role)| {
            let id = *ids.get(*name)?;
            Some(Added { id, content: (*name).to_owned(), kind: Kind::Special, roles: vec![*role] })
        };
        let lower = self.case == Case::Lower;
        Pipeline {
            added: SPECIAL.iter().filter_map(token).collect(),
            normalizer: json!({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": self.chinese,
                "strip_accents": self.accents, "lowercase": lower}),
            pre_tokenizer: json!({"type": "BertPreTokenizer"}),
            post_processor: around_sentences(ids),
            decoder: json!({"type": "WordPiece", "prefix": CONTINUES, "cleanup": true}),
        }
    }
}

fn around_sentences(ids: &BTreeMap<String, u32>) -> Value {
    let (Some(class), Some(separator)) = (ids.get("[CLS]"), ids.get("[SEP]")) else { return Value::Null };
    let pair = [("[CLS]", 0), ("A", 0), ("[SEP]", 0), ("B", 1), ("[SEP]", 1)];
    template(&["[CLS]", "A", "[SEP]"], &pair, &[("[CLS]", *class), ("[SEP]", *separator)])
}

fn model(ids: &BTreeMap<String, u32>) -> Value {
    let ids: Map<String, Value> = ids.iter().map(|(token, id)| (token.clone(), json!(id))).collect();
    json!({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": CONTINUES,
        "max_input_chars_per_word": LONGEST_WORD, "vocab": ids})
}
