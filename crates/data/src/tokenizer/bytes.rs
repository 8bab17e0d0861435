//! Byte-level BPE as GPT-2's (Sennrich et al. 2016; Radford et al. 2019): any text can be written in it.

use std::collections::HashMap;

use rayon::prelude::*;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{
    AddedToken, DecoderWrapper, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, Tokenizer as Library,
};

use super::encoding::{GROUP, parts};
use super::{END, failed};
use crate::{DataError, Text, Told};

/// The 256 bytes and the token that ends a document.
const LEAST: usize = 257;

type Counts = HashMap<String, u64>;

/// Learns the merges from the text. The library counts in hash tables of random order and on many threads, but sums do
/// not depend on order, and equal counts are told apart by the pair's ids: the result is the same every time.
pub(super) fn build(text: &Text, vocabulary: usize, told: &mut dyn FnMut(Told)) -> Result<Library, DataError> {
    if vocabulary < LEAST {
        return Err(DataError::SmallVocabulary { vocabulary, least: LEAST });
    }
    let words = counted(text, told)?;
    let end = AddedToken::from(END, true);
    let trainer = BpeTrainer::builder()
        .vocab_size(vocabulary)
        .show_progress(false)
        .special_tokens(vec![end.clone()])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let mut model = BPE::default();
    let words = words.into_iter().map(|(word, count)| (word.into(), count)).collect();
    trainer.do_train(&words, &mut model).map_err(failed("be trained"))?;
    assembled(model, end)
}

fn assembled(model: BPE, end: AddedToken) -> Result<Library, DataError> {
    let mut library = Library::new(model);
    library.with_pre_tokenizer(Some(words()));
    library.with_decoder(Some(ByteLevel::default()));
    library.add_special_tokens([end]).map_err(failed("be trained"))?;
    Ok(library)
}

/// Words with their leading space, and no space before the first: what is decoded is what was encoded.
pub(super) fn words() -> ByteLevel {
    ByteLevel::new(false, true, true)
}

/// Whether it splits as [`words`] does; where offsets are trimmed doesn't matter to ids.
pub(super) fn cuts_as_gpt2(level: &ByteLevel) -> bool {
    level.use_regex && !level.add_prefix_space
}

/// How often each word occurs.
fn counted(text: &Text, told: &mut dyn FnMut(Told)) -> Result<Counts, DataError> {
    let parts: Vec<&str> = text.documents.iter().flat_map(|document| parts(document)).collect();
    let (total, mut done, mut counts) = (text.bytes(), 0, Counts::new());
    for group in parts.chunks(GROUP) {
        let found: Result<Vec<Counts>, DataError> = group.par_iter().map(|part| counted_part(part)).collect();
        found?.into_iter().flatten().for_each(|(word, count)| *counts.entry(word).or_default() += count);
        done += group.iter().map(|part| part.len() as u64).sum::<u64>();
        told(Told::Training { done, total });
    }
    Ok(counts)
}

fn counted_part(part: &str) -> Result<Counts, DataError> {
    let mut split = PreTokenizedString::from(part);
    words().pre_tokenize(&mut split).map_err(failed("be trained"))?;
    let mut counts = Counts::new();
    for (word, _, _) in split.get_splits(OffsetReferential::Original, OffsetType::None) {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    Ok(counts)
}

/// The bytes of each id, if the tokenizer decodes as GPT-2's.
pub(super) fn pieces(library: &Library, vocabulary: usize) -> Option<Vec<Vec<u8>>> {
    let Some(DecoderWrapper::ByteLevel(_)) = library.get_decoder() else { return None };
    let table = byte_of_character();
    let piece = |token: String| {
        let bytes: Option<Vec<u8>> = token.chars().map(|character| table.get(&character).copied()).collect();
        bytes.unwrap_or_else(|| token.into_bytes())
    };
    Some((0..vocabulary as u32).map(|id| library.id_to_token(id).map(piece).unwrap_or_default()).collect())
}

/// GPT-2 writes each byte as a character one can see: as itself if it can be seen in Latin-1, else as one from
/// `U+0100` on.
fn byte_of_character() -> HashMap<char, u8> {
    let visible = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let shown = (0..=u8::MAX).filter(visible).map(|byte| (char::from(byte), byte));
    let hidden = (0..=u8::MAX).filter(|byte| !visible(byte));
    shown.chain(('\u{100}'..).zip(hidden)).collect()
}
