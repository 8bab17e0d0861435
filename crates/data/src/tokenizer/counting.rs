//! The words of a text and how often each occurs: what every recipe learns from.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;
use tokenizers::{Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, Tokenizer as Library};

use super::division::{GROUP, parts};
use super::failed;
use crate::{DataError, Text, Told};

/// In the order of the words, so that nothing learned from them depends on a hash table.
pub(super) type Counts = BTreeMap<String, u64>;

/// This share of a text's characters is covered by those that get a token, as by default in SentencePiece
/// (`character_coverage`); the rest are misprints and other languages' names.
const COVERAGE: f64 = 0.9995;
/// So many characters get a token however seldom they are.
const ALWAYS_COVERED: usize = 1000;

/// Counts words as the normalizer and the pre-tokenizer of `library` make them.
pub(super) fn counted(text: &Text, library: &Library, told: &mut dyn FnMut(Told)) -> Result<Counts, DataError> {
    let parts: Vec<&str> = text.documents.iter().flat_map(|document| parts(document)).collect();
    let (total, mut done, mut counts) = (text.bytes(), 0, Counts::new());
    for group in parts.chunks(GROUP) {
        let found: Result<Vec<_>, DataError> = group.par_iter().map(|part| counted_part(library, part)).collect();
        found?.into_iter().flatten().for_each(|(word, count)| *counts.entry(word).or_default() += count);
        done += group.iter().map(|part| part.len() as u64).sum::<u64>();
        told(Told::Training { done, total });
    }
    Ok(counts)
}

fn counted_part(library: &Library, part: &str) -> Result<HashMap<String, u64>, DataError> {
    let mut split = PreTokenizedString::from(part);
    if let Some(normalizer) = library.get_normalizer() {
        split.normalize(|piece| normalizer.normalize(piece)).map_err(failed("be trained"))?;
    }
    if let Some(words) = library.get_pre_tokenizer() {
        words.pre_tokenize(&mut split).map_err(failed("be trained"))?;
    }
    let mut counts = HashMap::new();
    for (word, _, _) in split.get_splits(OffsetReferential::Original, OffsetType::None) {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    Ok(counts)
}

/// The characters that get a token, in the order of their code points.
pub(super) fn alphabet(counts: &Counts) -> Vec<char> {
    let mut found: HashMap<char, u64> = HashMap::new();
    for (word, count) in counts {
        word.chars().for_each(|character| *found.entry(character).or_default() += count);
    }
    let mut found: Vec<(char, u64)> = found.into_iter().collect();
    found.sort_unstable_by_key(|(character, count)| (std::cmp::Reverse(*count), *character));
    let wanted = (COVERAGE * found.iter().map(|(_, count)| *count as f64).sum::<f64>()) as u64;
    let mut covered = 0;
    let common = found.into_iter().enumerate().take_while(|(index, (_, count))| {
        let before = covered;
        covered += count;
        *index < ALWAYS_COVERED || before < wanted
    });
    let mut common: Vec<char> = common.map(|(_, (character, _))| character).collect();
    common.sort_unstable();
    common
}

/// The words without those that hold another character than these.
pub(super) fn within(counts: Counts, alphabet: &[char]) -> Counts {
    let alphabet: HashSet<char> = alphabet.iter().copied().collect();
    counts.into_iter().filter(|(word, _)| word.chars().all(|character| alphabet.contains(&character))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(words: &[(&str, u64)]) -> Counts {
        words.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect()
    }

    #[test]
    fn seldom_characters_are_left_out_where_there_are_many() {
        let rare = |index: u32| char::from_u32(0x4e00 + index).expect("a character");
        let mut many = counts(&[("ab", 1_000_000)]);
        many.extend((0..1500).map(|index| (rare(index).to_string(), 1)));
        let covered = alphabet(&many);
        assert_eq!(covered.len(), ALWAYS_COVERED);
        assert_eq!(
            (covered[0], covered[1], covered[999]),
            ('a', 'b', rare(997)),
            "equals in the order of their code points"
        );
        let words = within(many, &covered);
        assert!(words.contains_key("ab") && words.len() == 999);
        let few = counts(&[("ab", 1), ("é", 1)]);
        assert_eq!(alphabet(&few), ['a', 'b', 'é']);
    }

    #[test]
    fn most_of_a_text_is_covered() {
        let rare = |index: u32| char::from_u32(0x4e00 + index).expect("a character");
        let even: Counts = (0..2000).map(|index| (rare(index).to_string(), 3)).collect();
        assert_eq!(alphabet(&even).len(), 1999);
    }
}
