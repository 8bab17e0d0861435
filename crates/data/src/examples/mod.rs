//! Rows as examples to learn from: texts encoded, labels numbered. An error names its row.

mod conversations;
mod labels;
mod pairs;
mod tags;

use crate::preparing::prepared;
use crate::{DataError, Encoded, Row, Rows, Tokenizer, Told};

pub use conversations::{Conversation, Learned, conversed};
pub use labels::Labels;
pub use pairs::{Pair, Paired, paired};

/// How texts become ids. Rows are read by their roles.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    pub tokenizer: &'a Tokenizer,
    /// Tokens of an example at most, those that the tokenizer adds included; what is longer is cut.
    pub most: usize,
}

/// A text, or a pair of them, as an encoder takes it, and what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example<Target> {
    pub ids: Vec<u32>,
    /// Which of the two texts each token belongs to.
    pub kinds: Vec<u32>,
    pub target: Target,
}

impl<Target> AsRef<[u32]> for Example<Target> {
    fn as_ref(&self) -> &[u32] {
        &self.ids
    }
}

impl Examples<'_> {
    /// `text`, and `second` where rows have it: to learn without labels, or to be judged.
    pub fn texts(&self, rows: Rows, told: &mut dyn FnMut(Told)) -> Result<Vec<Encoded>, DataError> {
        all(rows, |row| self.sentence(row), told)
    }

    /// `text`, `second` where rows have it, and `label`.
    pub fn classes(
        &self,
        rows: Rows,
        labels: &Labels,
        told: &mut dyn FnMut(Told),
    ) -> Result<Vec<Example<usize>>, DataError> {
        all(rows, |row| Ok(example(self.sentence(row)?, labels.index(row)?)), told)
    }

    /// `text`, `second` where rows have it, and `score`.
    pub fn scores(&self, rows: Rows, told: &mut dyn FnMut(Told)) -> Result<Vec<Example<f64>>, DataError> {
        all(rows, |row| Ok(example(self.sentence(row)?, row.number("score")?)), told)
    }

    fn sentence(&self, row: &Row) -> Result<Encoded, DataError> {
        let text = row.text("text")?;
        let encoded = match row.cell("second") {
            None => self.tokenizer.encode_sentence(text, self.most),
            Some(_) => self.tokenizer.encode_pair(text, row.text("second")?, self.most),
        };
        encoded.map_err(unencoded(row))
    }
}

fn example<Target>(Encoded { ids, kinds, .. }: Encoded, target: Target) -> Example<Target> {
    Example { ids, kinds, target }
}

/// What is made of each row.
fn all<Made: Send>(
    rows: Rows,
    make: impl Fn(&Row) -> Result<Made, DataError> + Sync,
    told: &mut dyn FnMut(Told),
) -> Result<Vec<Made>, DataError> {
    let mut all = Vec::new();
    prepared(rows, make, |made| all.push(made), told)?;
    Ok(all)
}

fn unencoded(row: &Row) -> impl Fn(DataError) -> DataError {
    |source| DataError::Unencoded { place: row.place.clone(), source: Box::new(source) }
}

#[cfg(test)]
mod tests;
