//! Rows as examples to learn from: texts encoded, labels numbered. An error names its row.

mod conversations;
mod labels;
mod pairs;
mod shelf;
mod tags;

use crate::preparing::prepared;
use crate::{DataError, Encoded, Row, Rows, Tokenizer, Told};

pub use conversations::{Conversation, Learned, conversed};
pub use labels::Labels;
pub use pairs::{Pair, Paired, paired};
pub use shelf::{Shelf, Shelved};

/// How texts become ids. Rows are read by their roles; what is made of them comes in a [`Vec`], or, where there may be many, on a
/// [`Shelf`].
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
    pub fn texts<All>(&self, rows: Rows, told: &mut dyn FnMut(Told)) -> Result<All, DataError>
    where
        All: Default + Extend<Encoded>,
    {
        all(rows, |row| self.sentence(row), told)
    }

    /// `text`, `second` where rows have it, and `label`.
    pub fn classes<All>(&self, rows: Rows, labels: &Labels, told: &mut dyn FnMut(Told)) -> Result<All, DataError>
    where
        All: Default + Extend<Example<usize>>,
    {
        all(rows, |row| Ok(example(self.sentence(row)?, labels.index(row)?)), told)
    }

    /// `text`, `second` where rows have it, and `score`.
    pub fn scores<All>(&self, rows: Rows, told: &mut dyn FnMut(Told)) -> Result<All, DataError>
    where
        All: Default + Extend<Example<f64>>,
    {
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

/// What is made of each row, in a [`Vec`] or in a [`Shelf`].
fn all<Made: Send, All: Default + Extend<Made>>(
    rows: Rows,
    make: impl Fn(&Row) -> Result<Made, DataError> + Sync,
    told: &mut dyn FnMut(Told),
) -> Result<All, DataError> {
    let mut all = All::default();
    prepared(rows, make, |made| all.extend([made]), told)?;
    Ok(all)
}

fn unencoded(row: &Row) -> impl Fn(DataError) -> DataError {
    |source| DataError::Unencoded { place: row.place.clone(), source: Box::new(source) }
}

#[cfg(test)]
mod tests;
