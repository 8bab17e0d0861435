//! A text and what is to be made of it: translations, answers, commands.

use super::{Examples, all, unencoded};
use crate::{DataError, Padded, Row, Rows, Told, padded, padded_targets};

/// A source and its target, both closed by the token that ends texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub source: Vec<u32>,
    /// Opened by the token that decoders begin with.
    pub target: Vec<u32>,
}

impl Pair {
    /// What a decoder reads: the target without its last token.
    pub fn inputs(&self) -> &[u32] {
        self.target.split_last().map_or(&[], |(_, before)| before)
    }

    /// What it is to say after each of them: the target without its first token.
    pub fn targets(&self) -> &[u32] {
        self.target.split_first().map_or(&[], |(_, after)| after)
    }

    /// Tokens that the encoder and the decoder read.
    pub fn lengths(&self) -> (usize, usize) {
        (self.source.len(), self.inputs().len())
    }
}

/// Pairs as tables of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paired {
    pub source: Padded,
    pub inputs: Padded,
    /// Beside the inputs.
    pub targets: Vec<i32>,
}

/// The pairs as tables, filled up to the longest.
pub fn paired(pairs: &[&Pair], filler: u32) -> Paired {
    let sources: Vec<&[u32]> = pairs.iter().map(|pair| pair.source.as_slice()).collect();
    let inputs: Vec<&[u32]> = pairs.iter().map(|pair| pair.inputs()).collect();
    let targets: Vec<Vec<i32>> =
        pairs.iter().map(|pair| pair.targets().iter().map(|id| *id as i32).collect()).collect();
    let (source, inputs) = (padded(&sources, filler), padded(&inputs, filler));
    Paired { source, targets: padded_targets(&targets, inputs.length), inputs }
}

impl Examples<'_> {
    /// `source` and `target`, each cut so that it holds, with the token that closes it, no more than `most`. Targets begin with
    /// `start`.
    pub fn pairs<All>(&self, rows: Rows, start: u32, told: &mut dyn FnMut(Told)) -> Result<All, DataError>
    where
        All: Default + Extend<Pair>,
    {
        let closing = self.tokenizer.closing().ok_or(DataError::NoClosing)?;
        self.pairs_within([Vec::new(), vec![closing]], rows, start, told)
    }

    /// The same with all that the tokenizer puts around a text, as a model wants it that learned so elsewhere: BART's texts have a
    /// beginning too.
    pub fn framed_pairs<All>(&self, rows: Rows, start: u32, told: &mut dyn FnMut(Told)) -> Result<All, DataError>
    where
        All: Default + Extend<Pair>,
    {
        let closing = self.tokenizer.closing().ok_or(DataError::NoClosing)?;
        let [before, mut after] = self.tokenizer.around()?;
        if !after.contains(&closing) {
            after.push(closing);
        }
        self.pairs_within([before, after], rows, start, told)
    }

    fn pairs_within<All: Default + Extend<Pair>>(
        &self,
        [before, after]: [Vec<u32>; 2],
        rows: Rows,
        start: u32,
        told: &mut dyn FnMut(Told),
    ) -> Result<All, DataError> {
        let added = before.len() + after.len();
        let room = self.most.checked_sub(added).filter(|room| *room > 0);
        let room = room.ok_or(DataError::NoRoom { most: self.most, added })?;
        let framed = |mut ids: Vec<u32>| {
            ids.truncate(room);
            [&before, &ids, &after].into_iter().flatten().copied().collect::<Vec<u32>>()
        };
        let pair = |row: &Row| {
            let source = self.tokenizer.encode(row.text("source")?).map_err(unencoded(row))?;
            let target = self.tokenizer.encode_target(row.text("target")?).map_err(unencoded(row))?;
            let target = [vec![start], framed(target)].concat();
            Ok(Pair { source: framed(source), target })
        };
        all(rows, pair, told)
    }
}
