//! What all kinds share: pictures in memory beside what is said about them, texts as ids, and the picks of a batch.

use std::{iter::Peekable, path::Path, sync::Arc};

use attentive_attention::Initial;
use attentive_data::{DataError, Epochs, Gallery, Look, Padded, Picture, Row, Rows, Tokenizer, stacked};
use attentive_engine::{At, Split, TrainingPlan};
use attentive_multimodal::{MultimodalPlan, Texts};
use attentive_pictures::{Color, Limits, PictureError};
use attentive_random::Key;
use burn::tensor::{Device, Tensor, TensorData};

use super::super::reader::tensor;
use crate::{
    Event, RunPlan, TrainerError,
    material::{Material, Samples, Split as Sampled},
    picture::{Recipes, recipes},
    text::ends,
};

/// Rows that are judged at a time, and that a preflight looks at.
pub(super) const EVALUATION_ROWS: usize = 64;
pub(super) const CHECKED_ROWS: usize = 4;

pub(super) struct Basis {
    pub(super) plan: RunPlan,
    pub(super) model: MultimodalPlan,
    pub(super) tokenizer: Tokenizer,
    recipes: Recipes,
    look: Look,
    /// Ids that a text begins and ends with.
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Pictures, and what is said about each.
pub(super) struct Shown<Said> {
    pub(super) gallery: Gallery,
    pub(super) said: Vec<Said>,
}

/// What is trained on and what is judged on the way.
pub(super) struct Splits<Said> {
    train: Shown<Said>,
    pub(super) validation: Shown<Said>,
    order: Epochs,
}

/// An item of a batch; in training with the key of its draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pick {
    pub(super) item: usize,
    key: Option<Key>,
}

impl Pick {
    /// An item that is judged.
    pub(super) const fn judged(item: usize) -> Self {
        Self { item, key: None }
    }

    /// One of several that are as good: drawn anew in each epoch of training, else the first.
    pub(super) fn of<'a, Choice>(&self, choices: &'a [Choice]) -> &'a Choice {
        self.key.map_or(&choices[0], |key| key.at("text").stream().choose(choices))
    }
}

impl<Said> Splits<Said> {
    /// Where the items of a batch are, and which; none behind the end of a split.
    pub(super) fn picks(&self, at: &At, training: &TrainingPlan) -> Option<(&Shown<Said>, Vec<Pick>)> {
        let rows = at.rows.len();
        match at.split {
            Split::Train => {
                let key = Key::new(training.seed).at("picks");
                let place = |row: usize| at.step * training.batch as u64 + row as u64;
                let pick = |place| Pick { item: self.order.item(place), key: Some(key.nth(place)) };
                Some((&self.train, at.rows.clone().map(place).map(pick).collect()))
            }
            Split::Validation => {
                let start = at.step as usize * rows;
                let items = start..self.validation.said.len().min(start + rows);
                (!items.is_empty()).then(|| (&self.validation, items.map(Pick::judged).collect()))
            }
        }
    }
}

impl Basis {
    pub(super) fn new(plan: &RunPlan, model: &MultimodalPlan, tokenizer: Tokenizer) -> Result<Self, TrainerError> {
        let pictures = plan.pictures.as_ref().expect("a model of pictures has a plan for them");
        let recipes = recipes(pictures).map_err(TrainerError::Asked)?;
        let color = if pictures.channels == 1 { Color::Gray } else { Color::Rgb };
        let look = Look { fit: recipes.fit, color, limits: Limits::default() };
        let [start, end] = ends(&tokenizer)?;
        Ok(Self { plan: plan.clone(), model: model.clone(), tokenizer, recipes, look, start, end })
    }

    /// Both splits, if there is material; `said` reads what is said about the picture of a row.
    pub(super) fn splits<Said: Send>(
        &self,
        material: Option<Material>,
        said: impl Fn(&Row) -> Result<Said, DataError> + Sync,
        told: &mut dyn FnMut(Event),
    ) -> Result<Option<Splits<Said>>, TrainerError> {
        let Some(Material::Rows(Samples { train, validation, .. })) = material else { return Ok(None) };
        let mut read = |split: Sampled| self.shown(split.into_rows()?, &said, told);
        let (train, validation) = (read(train)?, read(validation)?);
        let key = Key::new(self.plan.fit.training.seed).at("batches");
        Ok(Some(Splits { order: Epochs::new(train.said.len(), key)?, train, validation }))
    }

    pub(super) fn shown<Said: Send>(
        &self,
        rows: Rows,
        said: impl Fn(&Row) -> Result<Said, DataError> + Sync,
        told: &mut dyn FnMut(Event),
    ) -> Result<Shown<Said>, TrainerError> {
        let mut rows = rows.peekable();
        let column = pictured(&mut rows);
        let told = &mut |event| told(Event::Data(event));
        let (gallery, said) = Gallery::read(Box::new(rows), column, &self.look, said, told)?;
        Ok(Shown { gallery, said })
    }

    /// Pictures as the model takes them, varied in training.
    pub(super) fn pixels(&self, gallery: &Gallery, picks: &[Pick]) -> Result<Vec<f32>, PictureError> {
        let items: Vec<usize> = picks.iter().map(|pick| pick.item).collect();
        let trains = picks.iter().all(|pick| pick.key.is_some());
        let recipe = if trains { &self.recipes.train } else { &self.recipes.judge };
        let key = |row: usize| picks[row].key.map_or(Key::new(0), |key| key.at("picture"));
        Ok(stacked(&gallery.planes(&items, recipe, key)?))
    }

    /// Items of a split that is judged, `[row, channel, height, width]`.
    pub(super) fn judged<Said>(
        &self,
        shown: &Shown<Said>,
        items: &[usize],
        device: &Device,
    ) -> Result<Tensor<4>, TrainerError> {
        let picks: Vec<Pick> = items.iter().copied().map(Pick::judged).collect();
        let pixels = self.pixels(&shown.gallery, &picks)?;
        Ok(self.pictures(pixels, picks.len(), device))
    }

    /// The picture in a file, `[1, channel, height, width]`.
    pub(super) fn picture(&self, path: &Path, device: &Device) -> Result<Tensor<4>, TrainerError> {
        let pixels = self.look.of(&Picture::File(path.to_owned()))?;
        let planes = self.recipes.judge.apply(Key::new(0), pixels)?;
        Ok(self.pictures(planes.values, 1, device))
    }

    pub(super) fn pictures(&self, pixels: Vec<f32>, rows: usize, device: &Device) -> Tensor<4> {
        let size = self.model.picture.size;
        Tensor::from_data(TensorData::new(pixels, [rows, self.model.picture.channels, size, size]), device)
    }

    pub(super) fn ids(&self, row: &Row, text: &str) -> Result<Vec<u32>, DataError> {
        let unencoded = |source| DataError::Unencoded { place: row.place.clone(), source: Box::new(source) };
        self.tokenizer.encode(text).map_err(unencoded)
    }

    /// A whole text between the ids that begin and end one, no longer than the model reads.
    pub(super) fn closed(&self, mut ids: Vec<u32>) -> Vec<u32> {
        ids.truncate(self.model.text.context.saturating_sub(2));
        let whole = [self.start].into_iter().chain(ids).chain([self.end]);
        whole.take(self.model.text.context).collect()
    }

    /// The text of ids that [`Self::closed`] gave.
    pub(super) fn spoken(&self, ids: &[u32]) -> Result<String, TrainerError> {
        let ids = ids.strip_prefix(&[self.start]).unwrap_or(ids);
        Ok(self.tokenizer.decode(ids.strip_suffix(&[self.end]).unwrap_or(ids))?)
    }

    pub(super) fn texts(&self, padded: &Padded, device: &Device) -> Texts {
        let ids = tensor(padded.ids.clone(), padded.rows, device);
        Texts { ids, lengths: Arc::from(padded.lengths.as_slice()) }
    }

    /// Draws of fresh weights.
    pub(super) fn initial(&self, device: &Device) -> Initial {
        self.plan.initial(device)
    }
}

/// The column of the pictures; there may be several a row, of which the first is taken.
fn pictured(rows: &mut Peekable<Rows>) -> &'static str {
    match rows.peek() {
        Some(Ok(row)) if row.cell("picture").is_none() => "pictures",
        _ => "picture",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_drawn_in_training_alone() {
        let choices = [1, 2, 3];
        let drawn = |place| *Pick { item: 0, key: Some(Key::new(1).nth(place)) }.of(&choices);
        let all: std::collections::BTreeSet<i32> = (0..50).map(drawn).collect();
        assert_eq!(all, choices.into());
        assert_eq!((drawn(7), *Pick::judged(0).of(&choices)), (drawn(7), 1));
    }
}
