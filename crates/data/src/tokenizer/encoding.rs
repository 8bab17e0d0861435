//! Whole splits to ids, on all cores. A long document is cut into parts first, where that cannot change its tokens.

use rayon::prelude::*;
use tokenizers::{PreTokenizerWrapper, Tokenizer as Library};

use super::{Tokenizer, bytes, failed};
use crate::{DataError, Text, Told};

/// Bytes of a part, at least: so many that cutting costs nothing, so few that all cores get some.
const PART: usize = 1 << 14;
/// Parts or documents between two reports of progress.
pub(super) const GROUP: usize = 256;
/// What stands between documents when no token ends them.
const BETWEEN: &str = "\n\n";

impl Tokenizer {
    /// All documents in order: each followed by [`end`](Self::end), or joined by a blank line if there is no such
    /// token.
    pub(crate) fn encode_all(&self, text: &Text, told: &mut dyn FnMut(Told)) -> Result<Vec<u32>, DataError> {
        let parts: Vec<Part> = text.documents.iter().flat_map(|document| self.parts_of(document)).collect();
        let between = if self.end.is_none() && text.documents.len() > 1 { self.encode(BETWEEN)? } else { Vec::new() };
        let (total, mut done, mut ids) = (text.bytes(), 0, Vec::new());
        for group in parts.chunks(GROUP) {
            let encoded: Result<Vec<Vec<u32>>, DataError> =
                group.par_iter().map(|part| self.encode(part.text)).collect();
            for (part, encoded) in group.iter().zip(encoded?) {
                ids.extend(if part.opens && !ids.is_empty() { between.as_slice() } else { &[] });
                ids.extend(encoded);
                ids.extend(self.end.filter(|_| part.closes));
                done += part.text.len() as u64;
            }
            told(Told::Encoding { done, total });
        }
        Ok(ids)
    }

    fn parts_of<'a>(&self, document: &'a str) -> Vec<Part<'a>> {
        let texts = if divisible(&self.library) { parts(document) } else { vec![document] };
        let last = texts.len() - 1;
        let part = |(index, text)| Part { text, opens: index == 0, closes: index == last };
        texts.into_iter().enumerate().map(part).collect()
    }
}

/// A part of a document, and whether it is the first and the last one.
struct Part<'a> {
    text: &'a str,
    opens: bool,
    closes: bool,
}

/// The ids that the library gives, without the tokens that some models want around a sentence.
pub(super) fn encode(library: &Library, text: &str) -> Result<Vec<u32>, DataError> {
    let encoding = library.encode_fast(text, false).map_err(failed("encode"))?;
    Ok(encoding.get_ids().to_vec())
}

/// Whether the tokenizer treats words as GPT-2's does, so that [`parts`] may cut between them.
fn divisible(library: &Library) -> bool {
    let words = match library.get_pre_tokenizer() {
        Some(PreTokenizerWrapper::ByteLevel(found)) => bytes::cuts_as_gpt2(found),
        _ => false,
    };
    let added = library.get_added_tokens_decoder();
    let narrow = added.values().all(|token| !token.lstrip && !token.rstrip && !token.content.contains(' '));
    words && narrow && library.get_normalizer().is_none()
}

/// Cuts a document before spaces that stand alone between two words: there each of the alternatives in GPT-2's pattern
/// of words ends and begins, and the pattern never looks back. All parts but the last have at least [`PART`] bytes.
pub(super) fn parts(document: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), document);
    while let Some(place) = cut(rest) {
        let (part, after) = rest.split_at(place);
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

fn cut(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // All but ASCII is passed over: whether such a character is a space need not be asked.
    let word = |byte: u8| byte.is_ascii_graphic();
    let lone = |place: &usize| bytes[*place] == b' ' && word(bytes[place - 1]) && word(bytes[place + 1]);
    (PART..bytes.len().saturating_sub(1)).find(lone)
}
