//! Byte-level BPE as GPT-2's (Sennrich et al. 2016; Radford et al. 2019): any text can be written in it.

use std::collections::HashMap;

use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, DecoderWrapper, Tokenizer as Library};

use super::counting::counted;
use super::failed;
use super::roles::END;
use crate::{DataError, Text, Told};

/// The 256 bytes and the token that ends a document.
const LEAST: usize = 257;

/// Learns the merges from the text. The library counts in hash tables of random order and on many threads, but sums do
/// not depend on order, and equal counts are told apart by the pair's ids: the result is the same every time.
pub(super) fn build(text: &Text, vocabulary: usize, told: &mut dyn FnMut(Told)) -> Result<Library, DataError> {
    if vocabulary < LEAST {
        let what = "the 256 bytes and `<|endoftext|>`";
        return Err(DataError::SmallVocabulary { vocabulary, what, least: LEAST });
    }
    let end = AddedToken::from(END, true);
    let mut library = Library::new(BPE::default());
    library.with_pre_tokenizer(Some(words()));
    library.with_decoder(Some(ByteLevel::default()));
    let model = learned(text, vocabulary, &library, &end, told)?;
    library.with_model(model);
    library.add_special_tokens([end]).map_err(failed("be trained"))?;
    Ok(library)
}

fn learned(
    text: &Text,
    vocabulary: usize,
    library: &Library,
    end: &AddedToken,
    told: &mut dyn FnMut(Told),
) -> Result<BPE, DataError> {
    let words = counted(text, library, told)?;
    let trainer = BpeTrainer::builder()
        .vocab_size(vocabulary)
        .show_progress(false)
        .special_tokens(vec![end.clone()])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let mut model = BPE::default();
    let words = words.into_iter().map(|(word, count)| (word.into(), count)).collect();
    trainer.do_train(&words, &mut model).map_err(failed("be trained"))?;
    Ok(model)
}

/// Words with their leading space, and no space before the first: what is decoded is what was encoded.
fn words() -> ByteLevel {
    ByteLevel::new(false, true, true)
}

/// Whether it splits as [`words`] does; where offsets are trimmed doesn't matter to ids.
pub(super) fn cuts_as_gpt2(level: &ByteLevel) -> bool {
    level.use_regex && !level.add_prefix_space
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

/// The way back: how each byte is written.
pub(super) fn character_of_byte() -> [char; 256] {
    let mut table = ['\0'; 256];
    byte_of_character().into_iter().for_each(|(character, byte)| table[usize::from(byte)] = character);
    table
}

/// GPT-2 writes each byte as a character one can see: as itself if it can be seen in Latin-1, else as one from
/// `U+0100` on.
fn byte_of_character() -> HashMap<char, u8> {
    let visible = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let shown = (0..=u8::MAX).filter(visible).map(|byte| (char::from(byte), byte));
    let hidden = (0..=u8::MAX).filter(|byte| !visible(byte));
    shown.chain(('\u{100}'..).zip(hidden)).collect()
}
