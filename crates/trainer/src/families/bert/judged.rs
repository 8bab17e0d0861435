//! How well an encoder does on data that it has not seen.

use attentive_attention::Pass;
use attentive_bert::{Bert as Model, Head, Targets};
use attentive_data::{Card, Rows};
use attentive_engine::Event as FitEvent;
use attentive_random::Key;

use super::{
    super::{
        Item, Run, Trained,
        candidates::{Judged, host},
    },
    Bert, EVALUATION_ROWS,
    material::{Answer, Gaps},
};
use crate::{
    Event, TrainerError,
    evaluation::{Fold, Measure},
};

impl Bert {
    /// How often gaps of running text are filled right.
    pub(super) fn gaps(
        &self,
        model: &Model,
        card: &Card,
        split: &str,
        told: &mut dyn FnMut(Event),
    ) -> Result<Vec<Measure>, TrainerError> {
        let tokens = crate::text::known((&card.name, split), self.plan.data.stories, &self.tokenizer, told)?;
        let gaps = Gaps::new(tokens, &self.tokenizer, (&self.model, &self.plan.loss), Key::new(0))?;
        let (total, mut judged) = (gaps.evaluation_batches(EVALUATION_ROWS), Judged::default());
        for done in 0..total {
            let Some(batch) = gaps.evaluation(done, EVALUATION_ROWS) else { break };
            let Targets::Ids(targets) = &batch.targets else { break };
            let logits = model.logits_asked(&batch.sentences(&model.device()), targets, &mut Pass::evaluation());
            let right: Vec<usize> = targets.iter().filter(|&&id| id >= 0).map(|&id| id as usize).collect();
            judged.extend(&host(logits), self.model.vocabulary, &right);
            told(Event::Fit(FitEvent::Evaluating { done: done + 1, total: Some(total) }));
        }
        Ok(judged.measures())
    }

    /// How the cosines between the vectors of two texts go with what was said of their likeness.
    pub(super) fn likeness(&self, trained: &Trained<'_>, rows: Rows) -> Result<Vec<Measure>, TrainerError> {
        let (mut items, mut scores) = (Vec::new(), Vec::new());
        for row in rows {
            let row = row?;
            items.extend([Item::Text(row.text("text")?.to_owned()), Item::Text(row.text("second")?.to_owned())]);
            scores.push(row.number("score")?);
        }
        let vectors = self.embed(trained, &items, None)?;
        let cosine = |pair: &[Vec<f32>]| pair[0].iter().zip(&pair[1]).map(|(one, other)| f64::from(one * other)).sum();
        let pairs: Vec<[f64; 2]> =
            vectors.chunks_exact(2).map(cosine).zip(scores).map(|(told, right)| [told, right]).collect();
        Ok(vec![Measure::new("pearson", Fold::Pearson, pairs.clone()), Measure::new("spearman", Fold::Spearman, pairs)])
    }

    pub(super) fn rows(
        &self,
        model: &Model,
        rows: Rows,
        told: &mut dyn FnMut(Event),
    ) -> Result<Vec<Measure>, TrainerError> {
        let examples = self.encoder().examples(rows, told)?;
        let (mut judged, mut pairs, total) = (Judged::default(), Vec::new(), examples.len());
        for index in 0..total.div_ceil(EVALUATION_ROWS) {
            let portion = examples.portion(index, EVALUATION_ROWS);
            let batch = self.encoder().batch(&portion);
            let logits = model.logits(&batch.sentences(&model.device()), &mut Pass::evaluation());
            let [_, places, outputs] = logits.dims();
            let logits = host(logits);
            for (row, example) in logits.chunks(places * outputs).zip(&portion) {
                match &example.target {
                    Answer::Number(right) => pairs.push([f64::from(row[0]), *right]),
                    Answer::Class(right) => {
                        judged.extend(row, outputs, &[*right]);
                        pairs.push([best(row) as f64, *right as f64]);
                    }
                    Answer::Tags(tags) => {
                        for (place, &tag) in tags.iter().enumerate().filter(|(_, tag)| **tag >= 0) {
                            judged.extend(&row[place * outputs..][..outputs], outputs, &[tag as usize]);
                        }
                    }
                    Answer::None => {}
                }
            }
            let done = total.min((index + 1) * EVALUATION_ROWS);
            told(Event::Fit(FitEvent::Evaluating { done, total: Some(total) }));
        }
        Ok(self.measured(judged, pairs))
    }

    fn measured(&self, judged: Judged, pairs: Vec<[f64; 2]>) -> Vec<Measure> {
        match self.model.head {
            Head::Number => vec![
                Measure::new("pearson", Fold::Pearson, pairs.clone()),
                Measure::new("spearman", Fold::Spearman, pairs),
            ],
            Head::Classes(classes) => {
                let mut measures = judged.measures();
                if classes == 2 {
                    let counts = pairs.iter().map(|&[told, right]| [2.0 * told * right, told + right]);
                    measures.push(Measure::new("f1", Fold::Mean, counts.collect::<Vec<_>>()));
                }
                measures.push(Measure::new("matthews", Fold::Matthews, pairs));
                measures
            }
            Head::Tags(_) | Head::Masked => judged.measures(),
        }
    }
}

/// The place of the largest number.
pub(super) fn best(row: &[f32]) -> usize {
    let first = |best: usize, index: usize| if row[index] > row[best] { index } else { best };
    (0..row.len()).fold(0, first)
}
