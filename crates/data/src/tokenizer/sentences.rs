//! Sentences as encoders want them: with the special tokens around, and no longer than asked.

use tokenizers::{Encoding, PostProcessor, Token, TruncationParams, truncate_encodings};

use super::{Tokenizer, careful, failed};
use crate::DataError;

/// One or two encoded texts; all lists have one entry a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    pub ids: Vec<u32>,
    /// Which of the two texts a token belongs to, as the tokenizer counts it: 0 or 1 mostly.
    pub kinds: Vec<u32>,
    /// 1 where the tokenizer added the token around the texts, else 0.
    pub special: Vec<u32>,
    /// Where the token stands in its text, in bytes from and to; empty ranges for special tokens.
    pub places: Vec<(usize, usize)>,
    /// The number of the token's word in its text, as the tokenizer cuts words; none for special tokens.
    pub words: Vec<Option<u32>>,
}

impl Tokenizer {
    /// One text with the special tokens around, cut at its end to `most` tokens.
    pub fn encode_sentence(&self, text: &str, most: usize) -> Result<Encoded, DataError> {
        self.encode_sentences(text, None, most)
    }

    /// Two texts with the special tokens around; where both are more than `most` tokens, the longer one is cut at its
    /// end until they are as long as each other, then both.
    pub fn encode_pair(&self, first: &str, second: &str, most: usize) -> Result<Encoded, DataError> {
        self.encode_sentences(first, Some(second), most)
    }

    /// The text alone, without tokens around it, and where in it each token stands.
    pub fn encode_placed(&self, text: &str) -> Result<Encoded, DataError> {
        careful(|| self.library.encode(text, false)).map(encoded).map_err(failed("encode"))
    }

    /// An id around one text or two that no token has.
    pub(super) fn beyond(&self) -> Option<u32> {
        let text = || Encoding::from_tokens(vec![Token::new(0, String::new(), (0, 0))], 0);
        let framed = |second| careful(|| self.library.post_process(text(), second, true)).ok();
        let mut ids = [None, Some(text())].into_iter().filter_map(framed).flat_map(|framed| framed.get_ids().to_vec());
        ids.find(|&id| id as usize >= self.vocabulary)
    }

    /// The special tokens before a text that stands alone, and behind it.
    pub fn around(&self) -> Result<[Vec<u32>; 2], DataError> {
        let text = Encoding::from_tokens(vec![Token::new(0, String::new(), (0, 0))], 0);
        let framed = careful(|| self.library.post_process(text, None, true)).map_err(failed("encode"))?;
        let place = framed.get_special_tokens_mask().iter().position(|special| *special == 0);
        let (before, rest) = framed.get_ids().split_at(place.unwrap_or(0));
        Ok([before.to_vec(), rest.iter().skip(1).copied().collect()])
    }

    fn encode_sentences(&self, first: &str, second: Option<&str>, most: usize) -> Result<Encoded, DataError> {
        let around = self.library.get_post_processor();
        let added = around.map_or(0, |around| around.added_tokens(second.is_some()));
        let room = most.checked_sub(added).filter(|room| *room > 0);
        let params = TruncationParams {
            max_length: room.ok_or(DataError::NoRoom { most, added })?,
            ..TruncationParams::default()
        };
        careful(|| {
            let first = self.library.encode(first, false)?;
            let second = second.map(|second| self.library.encode(second, false)).transpose()?;
            let second = second.map(of_second);
            let (first, second) = truncate_encodings(first, second, &params)?;
            self.library.post_process(first, second, true)
        })
        .map(encoded)
        .map_err(failed("encode"))
    }
}

/// Where nothing goes around the texts, the second one is told apart by its kind all the same.
fn of_second(mut encoding: Encoding) -> Encoding {
    encoding.set_type_ids(vec![1; encoding.len()]);
    encoding
}

fn encoded(encoding: Encoding) -> Encoded {
    Encoded {
        ids: encoding.get_ids().to_vec(),
        kinds: encoding.get_type_ids().to_vec(),
        special: encoding.get_special_tokens_mask().to_vec(),
        places: encoding.get_offsets().to_vec(),
        words: encoding.get_word_ids().to_vec(),
    }
}
