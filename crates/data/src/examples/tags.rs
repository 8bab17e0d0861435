//! A class for each word of a sentence.

use std::ops::Range;

use super::{Example, Examples, Labels, all, example, unencoded};
use crate::{DataError, Encoded, IGNORED, Row, Rows, Told};

impl Examples<'_> {
    /// `words` and `tags`, two lists of one length. The words are encoded as one text, with a space between them, so that any
    /// tokenizer sees what it was made for. The first token of a word has its tag as target, as in BERT's experiments with names
    /// (Devlin et al. 2019, section 5.3), and [`IGNORED`] is that of all others.
    pub fn tags<All>(&self, rows: Rows, labels: &Labels, told: &mut dyn FnMut(Told)) -> Result<All, DataError>
    where
        All: Default + Extend<Example<Vec<i32>>>,
    {
        all(rows, |row| self.tagged(row, labels), told)
    }

    fn tagged(&self, row: &Row, labels: &Labels) -> Result<Example<Vec<i32>>, DataError> {
        let (words, tags) = (row.texts("words")?, labels.tags(row)?);
        if words.len() != tags.len() {
            let problem = format!("{} words have {} tags", words.len(), tags.len());
            return Err(DataError::Malformed { place: row.place.clone(), problem, remedy: "give each word one tag" });
        }
        let encoded = self.tokenizer.encode_sentence(&words.join(" "), self.most).map_err(unencoded(row))?;
        let targets = targets(&encoded, &places(&words), &tags);
        Ok(example(encoded, targets))
    }
}

/// Where each word stands in the text of all.
fn places(words: &[&str]) -> Vec<Range<usize>> {
    let mut start = 0;
    let place = |word: &&str| {
        let place = start..start + word.len();
        start = place.end + 1;
        place
    };
    words.iter().map(place).collect()
}

/// Words that no token stands for, because the text was cut or the tokenizer drops them, have no target.
fn targets(encoded: &Encoded, words: &[Range<usize>], tags: &[usize]) -> Vec<i32> {
    let mut targets = vec![IGNORED; encoded.ids.len()];
    let mut next = 0;
    for (target, (from, to)) in targets.iter_mut().zip(&encoded.places).filter(|(_, (from, to))| from < to) {
        next += words[next..].iter().take_while(|word| word.end <= *from).count();
        if words.get(next).is_some_and(|word| word.start < *to) {
            *target = tags[next] as i32;
            next += 1;
        }
    }
    targets
}
