//! Where a document may be cut without changing its tokens, so that a long one is encoded on all cores, and one longer
//! than the memory at all.

use tokenizers::normalizers::replace::{Replace, ReplacePattern};
use tokenizers::pre_tokenizers::metaspace::PrependScheme;
use tokenizers::{NormalizerWrapper, PreTokenizerWrapper, Tokenizer as Library};

use super::bytes;

/// Bytes of a part, at least: so many that cutting costs nothing, so few that all cores get some.
const PART: usize = 1 << 14;
/// Parts between two reports of progress while learning.
pub(super) const GROUP: usize = 256;

/// Whether and where the documents of a tokenizer may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Division {
    /// Between any two characters.
    Anywhere,
    /// Before spaces that stand alone between two words.
    Words,
    Nowhere,
}

impl Division {
    pub(super) fn of(library: &Library) -> Self {
        let added = library.get_added_tokens_decoder();
        let narrow = added.values().all(|token| !token.lstrip && !token.rstrip && !token.content.contains(' '));
        if narrow && cuts_at_spaces(library) { Self::Words } else { Self::Nowhere }
    }

    /// The first place to cut that leaves at least `least` bytes before it.
    pub(crate) fn cut(self, text: &str, least: usize) -> Option<usize> {
        match self {
            Self::Anywhere => (least.max(1)..text.len()).find(|place| text.is_char_boundary(*place)),
            Self::Words => (least.max(1)..text.len().saturating_sub(1)).find(|place| lone_space(text, *place)),
            Self::Nowhere => None,
        }
    }

    /// The last place to cut, if there is one.
    pub(crate) fn last_cut(self, text: &str) -> Option<usize> {
        match self {
            Self::Anywhere => (1..text.len()).rfind(|place| text.is_char_boundary(*place)),
            Self::Words => (1..text.len().saturating_sub(1)).rfind(|place| lone_space(text, *place)),
            Self::Nowhere => None,
        }
    }

    /// Cuts a document; all parts but the last have at least [`PART`] bytes.
    pub(crate) fn parts(self, document: &str) -> Vec<&str> {
        let (mut parts, mut rest) = (Vec::new(), document);
        while let Some(place) = self.cut(rest, PART) {
            let (part, after) = rest.split_at(place);
            parts.push(part);
            rest = after;
        }
        parts.push(rest);
        parts
    }
}

/// Cuts where each recipe that learns words may be cut.
pub(super) fn parts(document: &str) -> Vec<&str> {
    Division::Words.parts(document)
}

/// There each of the alternatives in GPT-2's pattern of words ends and begins, and the pattern never looks back; BERT's
/// and T5's words end there too. All but ASCII is passed over: whether such a character is a space, or joins its
/// neighbor, need not be asked.
fn lone_space(text: &str, place: usize) -> bool {
    let bytes = text.as_bytes();
    bytes[place] == b' ' && bytes[place - 1].is_ascii_graphic() && bytes[place + 1].is_ascii_graphic()
}

/// Whether the tokenizer treats words as GPT-2's, BERT's or T5's does, or takes what stands between spaces.
fn cuts_at_spaces(library: &Library) -> bool {
    let normalizer = library.get_normalizer();
    match library.get_pre_tokenizer() {
        Some(PreTokenizerWrapper::ByteLevel(level)) => bytes::cuts_as_gpt2(level) && normalizer.is_none(),
        Some(PreTokenizerWrapper::BertPreTokenizer(_) | PreTokenizerWrapper::WhitespaceSplit(_)) => {
            normalizer.is_none_or(keeps_words)
        }
        Some(PreTokenizerWrapper::Metaspace(space)) => {
            space.split && space.prepend_scheme == PrependScheme::Always && normalizer.is_none_or(keeps_words)
        }
        _ => false,
    }
}

/// Whether words are normalized without regard to what lies behind the next single space.
fn keeps_words(normalizer: &NormalizerWrapper) -> bool {
    match normalizer {
        NormalizerWrapper::Sequence(sequence) => sequence.as_ref().iter().all(keeps_words),
        NormalizerWrapper::Replace(replace) => squeezes(replace),
        NormalizerWrapper::BertNormalizer(_)
        | NormalizerWrapper::Precompiled(_)
        | NormalizerWrapper::Lowercase(_)
        | NormalizerWrapper::NFC(_)
        | NormalizerWrapper::NFKC(_)
        | NormalizerWrapper::StripNormalizer(_) => true,
        _ => false,
    }
}

/// Several spaces become one, as SentencePiece has it.
pub(super) const SEVERAL: (&str, &str) = (" {2,}", "▁");
/// Spaces at the end go, and so do the characters that stand for them.
pub(super) const LAST: (&str, &str) = (r"[ ▁]+\z", "");
/// Whatever is white becomes one space.
pub(super) const WHITE: (&str, &str) = (r"\s+", " ");

fn squeezes(replace: &Replace) -> bool {
    let known = |(pattern, content): &(&str, &str)| {
        let pattern = ReplacePattern::Regex((*pattern).to_owned());
        Replace::new(pattern, *content).is_ok_and(|known| known == *replace)
    };
    [SEVERAL, LAST, WHITE].iter().any(known)
}
