//! Conversations as a language model learns them.

use std::ops::Range;

use super::{Examples, all, unencoded};
use crate::{Batch, ChatTemplate, DataError, Encoded, IGNORED, Row, Rows, Told, Turn, padded, padded_targets};

/// What of a conversation is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// What the assistant says.
    Answers,
    All,
}

/// A conversation in tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub inputs: Vec<u32>,
    /// What follows each of them, and [`IGNORED`] where that is not to be learned.
    pub targets: Vec<i32>,
    /// Whether it was too long and lost its beginning.
    pub cut: bool,
}

/// The conversations as tables of one batch, filled up to the longest.
pub fn conversed(conversations: &[&Conversation], filler: u32) -> Batch {
    let inputs: Vec<&[u32]> = conversations.iter().map(|conversation| conversation.inputs.as_slice()).collect();
    let targets: Vec<&[i32]> = conversations.iter().map(|conversation| conversation.targets.as_slice()).collect();
    let inputs = padded(&inputs, filler);
    let targets = padded_targets(&targets, inputs.length);
    Batch { inputs: inputs.ids, targets, rows: inputs.rows, length: inputs.length }
}

impl Examples<'_> {
    /// The conversations of the rows. Where answers alone are learned, what follows the last one is left out. One that has more tokens
    /// than fit keeps the last ones.
    pub fn conversations<All>(
        &self,
        rows: Rows,
        (template, learned): (&ChatTemplate, Learned),
        told: &mut dyn FnMut(Told),
    ) -> Result<All, DataError>
    where
        All: Default + Extend<Conversation>,
    {
        all(rows, |row| self.conversation(row, template, learned), told)
    }

    fn conversation(&self, row: &Row, template: &ChatTemplate, learned: Learned) -> Result<Conversation, DataError> {
        let turns = Turn::of(row)?;
        let (text, answers) = match learned {
            Learned::Answers => template.answers(&turns),
            Learned::All => template.text(&turns).map(|text| {
                let whole = 0..text.len();
                (text, vec![whole])
            }),
        }
        .map_err(unencoded(row))?;
        let end = answers.last().map_or(0, |answer| answer.end);
        let encoded = self.tokenizer.encode_placed(&text[..end]).map_err(unencoded(row))?;
        let conversation = self.fitting(&encoded, &answers);
        let learns = conversation.targets.iter().any(|&target| target != IGNORED);
        if learns { Ok(conversation) } else { Err(nothing(row)) }
    }

    fn fitting(&self, Encoded { ids, places, .. }: &Encoded, answers: &[Range<usize>]) -> Conversation {
        // The last token is only predicted.
        let first = ids.len().saturating_sub(self.most + 1);
        let asked =
            |place: &(usize, usize)| answers.iter().any(|answer| place.0 < answer.end && place.1 > answer.start);
        let targets = ids.iter().zip(places).skip(first + 1);
        Conversation {
            inputs: ids[first..].split_last().map_or_else(Vec::new, |(_, inputs)| inputs.to_vec()),
            targets: targets.map(|(&id, place)| if asked(place) { id as i32 } else { IGNORED }).collect(),
            cut: first > 0,
        }
    }
}

fn nothing(row: &Row) -> DataError {
    let problem = "the assistant says nothing in this conversation".to_owned();
    DataError::Malformed { place: row.place.clone(), problem, remedy: "give it an answer, or leave the row out" }
}
