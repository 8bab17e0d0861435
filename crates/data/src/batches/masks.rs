//! Tokens hidden to be guessed, as BERT learns (Devlin et al. 2019, section 3.1).

use std::ops::Range;

use attentive_random::{Key, Stream};

use crate::{DataError, IGNORED, Role, Tokenizer};

/// Which tokens are chosen to be guessed, and what stands in their place.
#[derive(Clone, Debug, PartialEq)]
pub struct Masking {
    /// Of the tokens that are not special. BERT's is 0.15.
    pub share: f64,
    /// How often the mask stands in the place of a chosen token.
    pub hidden: f32,
    /// How often another token does, any of the vocabulary that is not special; otherwise it stays.
    pub replaced: f32,
    mask: u32,
    vocabulary: usize,
    /// In ascending order.
    special: Vec<u32>,
}

/// A text with tokens to be guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    pub inputs: Vec<u32>,
    /// The tokens that were chosen, [`IGNORED`] elsewhere.
    pub targets: Vec<i32>,
}

impl Masking {
    /// BERT's, but for the share.
    pub fn new(tokenizer: &Tokenizer, share: f64) -> Result<Self, DataError> {
        let mask = tokenizer.role(Role::Mask).ok_or(DataError::NoMask)?;
        let (vocabulary, special) = (tokenizer.vocabulary(), tokenizer.special());
        Ok(Self { share, hidden: 0.8, replaced: 0.1, mask, vocabulary, special })
    }

    /// The text with its share of tokens chosen: exactly so many, rounded, and at least one, all choices as likely. So does
    /// BERT's own code (google-research/bert, `create_pretraining_data.py`), which however takes the share of special tokens
    /// too.
    ///
    /// With `words`, the word of each token, whole words are chosen: in random order, those that still fit into the share; the
    /// first one always does. Special tokens are never chosen.
    pub fn apply(&self, key: Key, ids: &[u32], words: Option<&[Option<u32>]>) -> Masked {
        let (mut inputs, mut targets) = (ids.to_vec(), vec![IGNORED; ids.len()]);
        for position in self.chosen(key.at("choice"), self.units(ids, words.unwrap_or_default())) {
            targets[position] = ids[position] as i32;
            inputs[position] = self.shown(&mut key.at("shown").nth(position as u64).stream(), ids[position]);
        }
        Masked { inputs, targets }
    }

    /// The positions to be guessed, of units that are chosen as a whole.
    fn chosen(&self, key: Key, mut units: Vec<Range<usize>>) -> Vec<usize> {
        let tokens: usize = units.iter().map(Range::len).sum();
        let wanted = ((self.share * tokens as f64).round() as usize).max(1);
        let (mut draws, mut chosen) = (key.stream(), Vec::new());
        for place in 0..units.len() {
            let drawn = place + draws.below(units.len() - place);
            units.swap(place, drawn);
            if chosen.is_empty() || chosen.len() + units[place].len() <= wanted {
                chosen.extend(units[place].clone());
            }
            if chosen.len() >= wanted {
                break;
            }
        }
        chosen
    }

    /// Runs of tokens of one word; a token of no known word is alone.
    fn units(&self, ids: &[u32], words: &[Option<u32>]) -> Vec<Range<usize>> {
        let word = |position: usize| words.get(position).copied().flatten();
        let mut units: Vec<Range<usize>> = Vec::new();
        for position in (0..ids.len()).filter(|position| !self.is_special(ids[*position])) {
            match units.last_mut() {
                Some(unit) if unit.end == position && word(position).is_some_and(|of| Some(of) == word(unit.start)) => {
                    unit.end += 1;
                }
                _ => units.push(position..position + 1),
            }
        }
        units
    }

    /// What stands in the place of a chosen token.
    fn shown(&self, draws: &mut Stream, id: u32) -> u32 {
        match draws.uniform() {
            draw if draw < self.hidden => self.mask,
            draw if draw < self.hidden + self.replaced => self.any(draws),
            _ => id,
        }
    }

    /// Any token that is not special: of the others, counted without special ones, the drawn one.
    fn any(&self, draws: &mut Stream) -> u32 {
        let drawn = draws.below(self.vocabulary - self.special.len()) as u32;
        self.special.iter().fold(drawn, |id, special| id + u32::from(id >= *special))
    }

    fn is_special(&self, id: u32) -> bool {
        self.special.binary_search(&id).is_ok()
    }
}

impl AsRef<[u32]> for Masked {
    fn as_ref(&self) -> &[u32] {
        &self.inputs
    }
}

impl AsRef<[i32]> for Masked {
    fn as_ref(&self) -> &[i32] {
        &self.targets
    }
}
