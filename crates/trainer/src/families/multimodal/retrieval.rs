//! How well texts and pictures find each other, and how well pictures find their classes by name alone.

use std::collections::{BTreeSet, HashMap};

use attentive_attention::Pass;
use attentive_data::{DataError, Labels, Row, Rows};
use attentive_engine::Event as FitEvent;
use attentive_metrics::retrieval::rank;
use attentive_multimodal::Contrastive as Model;
use burn::tensor::Tensor;

use super::{
    super::candidates::{Judged, host},
    basis::{EVALUATION_ROWS, Shown},
    captions,
    contrastive::Contrastive,
};
use crate::{
    Event, TrainerError,
    evaluation::{Fold, Measure},
};

/// Among so many first places the right one is looked for.
const PLACES: [usize; 3] = [1, 5, 10];
/// A class is told by its name alone.
const PROMPT: &str = "{}";

/// A trained model before a data set whose classes have these names.
pub(super) struct Judge<'a> {
    pub(super) family: &'a Contrastive,
    pub(super) model: &'a Model,
    pub(super) labels: &'a [String],
}

/// What is said of a picture: its first caption, and its class if it has one.
struct Said {
    caption: String,
    ids: Vec<u32>,
    class: Option<usize>,
}

impl Judge<'_> {
    /// Of pictures with captions, of which the first counts.
    pub(super) fn retrieved(&self, rows: Rows, told: &mut dyn FnMut(Event)) -> Result<Vec<Measure>, TrainerError> {
        let labels = self.named()?;
        let said = |row: &Row| -> Result<Said, DataError> {
            let caption = captions(row)?[0];
            let class = labels.as_ref().filter(|_| row.cell("label").is_some());
            let class = class.map(|labels| labels.index(row)).transpose()?;
            let ids = self.family.basis.closed(self.family.basis.ids(row, caption)?);
            Ok(Said { caption: caption.to_owned(), ids, class })
        };
        let shown = self.family.basis.shown(rows, said, told)?;
        let pictures = self.pictures(&shown, told)?;
        let texts: Vec<Vec<u32>> = shown.said.iter().map(|said| said.ids.clone()).collect();
        let texts = texts.chunks(EVALUATION_ROWS).map(|texts| self.family.embedded(self.model, texts)).collect();
        let texts = Tensor::cat(texts, 0);
        let right = alike(&shown.said.iter().map(|said| said.caption.as_str()).collect::<Vec<_>>());
        let mut measures = recalls("text_to_picture", &ranks(&texts, &pictures, &right));
        measures.extend(recalls("picture_to_text", &ranks(&pictures, &texts, &right)));
        let classes: Option<Vec<usize>> = shown.said.iter().map(|said| said.class).collect();
        if let Some(classes) = classes {
            measures.extend(self.zero_shot(pictures, &classes)?);
        }
        Ok(measures)
    }

    /// Of pictures with classes.
    pub(super) fn sorted(&self, rows: Rows, told: &mut dyn FnMut(Event)) -> Result<Vec<Measure>, TrainerError> {
        let labels = Labels::named(self.labels.to_vec())?;
        let shown = self.family.basis.shown(rows, |row| labels.index(row), told)?;
        let pictures = self.pictures(&shown, told)?;
        self.zero_shot(pictures, &shown.said)
    }

    fn named(&self) -> Result<Option<Labels>, TrainerError> {
        if self.labels.is_empty() { Ok(None) } else { Ok(Some(Labels::named(self.labels.to_vec())?)) }
    }

    /// `[picture, shared]`
    fn pictures<Said>(&self, shown: &Shown<Said>, told: &mut dyn FnMut(Event)) -> Result<Tensor<2>, TrainerError> {
        let (items, device): (Vec<usize>, _) = ((0..shown.said.len()).collect(), self.model.device());
        let mut vectors = Vec::new();
        for chunk in items.chunks(EVALUATION_ROWS) {
            let pictures = self.family.basis.judged(shown, chunk, &device)?;
            vectors.push(self.model.embed_pictures(pictures, &mut Pass::evaluation()));
            let done = chunk.last().map_or(0, |last| last + 1);
            told(Event::Fit(FitEvent::Evaluating { done, total: Some(items.len()) }));
        }
        Ok(Tensor::cat(vectors, 0))
    }

    /// How often pictures `[picture, shared]` are most like the name of their class.
    fn zero_shot(&self, pictures: Tensor<2>, right: &[usize]) -> Result<Vec<Measure>, TrainerError> {
        let classes = self.family.told(self.model, self.labels, &[PROMPT.to_owned()])?;
        let mut judged = Judged::default();
        judged.extend(&host(self.model.similarity(classes, pictures).transpose()), self.labels.len(), right);
        let named = |measure: Measure| Measure { name: format!("zero_shot_{}", measure.name), ..measure };
        Ok(judged.measures().into_iter().map(named).collect())
    }
}

/// Which captions say the same, for each of them; itself among them.
fn alike(captions: &[&str]) -> Vec<BTreeSet<usize>> {
    let mut places: HashMap<&str, BTreeSet<usize>> = HashMap::new();
    for (place, caption) in captions.iter().enumerate() {
        places.entry(caption).or_default().insert(place);
    }
    captions.iter().map(|caption| places[caption].clone()).collect()
}

/// Of each query `[query, shared]`, the place from 1 of the first right one among the candidates `[candidate, shared]`.
fn ranks(queries: &Tensor<2>, candidates: &Tensor<2>, right: &[BTreeSet<usize>]) -> Vec<usize> {
    let [total, count] = [queries, candidates].map(|vectors| vectors.dims()[0]);
    let mut ranks = Vec::with_capacity(total);
    for start in (0..total).step_by(EVALUATION_ROWS) {
        let rows = EVALUATION_ROWS.min(total - start);
        let similarities = host(queries.clone().narrow(0, start, rows).matmul(candidates.clone().transpose()));
        let pairs = similarities.chunks(count).zip(&right[start..]);
        ranks.extend(pairs.filter_map(|(row, right)| rank(row, right)));
    }
    ranks
}

fn recalls(way: &str, ranks: &[usize]) -> Vec<Measure> {
    let recall =
        |places: usize| Measure::share(&format!("{way}_recall_{places}"), ranks.iter().map(|&rank| rank <= places));
    let mut measures: Vec<Measure> = PLACES.map(recall).into();
    let items = ranks.iter().map(|&rank| [rank as f64]);
    measures.push(Measure::new(&format!("{way}_median_rank"), Fold::Median, items));
    measures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_captions_are_right_for_each_other() {
        let right = alike(&["a dog", "a cat", "a dog"]);
        assert_eq!(right, [BTreeSet::from([0, 2]), BTreeSet::from([1]), BTreeSet::from([0, 2])]);
    }

    #[test]
    fn recall_counts_the_first_places() {
        let measures = recalls("text_to_picture", &[1, 3, 6, 40]);
        let scores: Vec<_> = measures.iter().map(|measure| (measure.name.as_str(), measure.value())).collect();
        let expected = [("recall_1", 0.25), ("recall_5", 0.5), ("recall_10", 0.75), ("median_rank", 4.5)];
        for ((name, value), (end, score)) in scores.into_iter().zip(expected) {
            assert_eq!((name, value), (format!("text_to_picture_{end}").as_str(), Some(score)));
        }
    }
}
