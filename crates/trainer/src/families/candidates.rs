//! Scores of classes as the commands and the measures want them.

use attentive_data::Card;
use burn::tensor::Tensor;

use crate::{TrainerError, evaluation::Measure};

use super::Ranked;

/// Classes beyond which being among the first five says something.
const MANY: usize = 5;

/// The softmax of a row of logits.
pub(super) fn probabilities(logits: &[f32]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raised: Vec<f64> = logits.iter().map(|&logit| f64::from(logit - most).exp()).collect();
    let total: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / total).collect()
}

/// The classes by their probabilities, the likeliest first; of equals, the first.
pub(super) fn ranked(probabilities: &[f64], labels: &[String]) -> Vec<Ranked> {
    let name = |index: usize| labels.get(index).cloned().unwrap_or_else(|| index.to_string());
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&left, &right| probabilities[right].total_cmp(&probabilities[left]).then(left.cmp(&right)));
    order.into_iter().map(|index| Ranked { name: name(index), score: probabilities[index] }).collect()
}

/// How many classes are likelier than the right one, or as likely and named before it.
pub(super) fn rank(logits: &[f32], right: usize) -> usize {
    let ahead = |(index, &logit): (usize, &f32)| logit > logits[right] || (logit == logits[right] && index < right);
    logits.iter().enumerate().filter(|&pair| ahead(pair)).count()
}

/// Logits of items beside what is right.
#[derive(Debug, Default)]
pub(super) struct Judged {
    ranks: Vec<usize>,
    nats: Vec<[f64; 2]>,
    classes: usize,
}

impl Judged {
    /// Rows of logits, a class each.
    pub(super) fn extend(&mut self, logits: &[f32], classes: usize, right: &[usize]) {
        self.classes = classes;
        for (row, &right) in logits.chunks(classes).zip(right) {
            self.ranks.push(rank(row, right));
            self.nats.push([-probabilities(row)[right].max(f64::MIN_POSITIVE).ln(), 1.0]);
        }
    }

    pub(super) fn measures(self) -> Vec<Measure> {
        let within = |most: usize| self.ranks.iter().map(move |&rank| rank < most);
        let mut measures = vec![Measure::share("accuracy", within(1))];
        if self.classes > MANY {
            measures.push(Measure::share("top_5", within(MANY)));
        }
        measures.push(Measure::new("loss", crate::evaluation::Fold::Mean, self.nats));
        measures
    }
}

pub(super) fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("models compute in f32")
}

/// Says on what such a model is judged.
pub(super) fn unfit(kind: &str, card: &Card, tasks: &str) -> TrainerError {
    TrainerError::Asked(format!(
        "{kind} is not judged on `{}`, whose task is {}; it is on tasks of {tasks} (see `attentive data list`)",
        card.name,
        card.task.name()
    ))
}

/// Refuses a data set with other classes than the model's.
pub(super) fn same_classes(known: usize, labels: &[String], name: &str) -> Result<(), TrainerError> {
    if labels.is_empty() || labels.len() == known {
        return Ok(());
    }
    Err(TrainerError::Asked(format!(
        "the model tells {known} classes apart, and `{name}` has {}; judge it on the data set that it was trained on, or on one with the \
         same classes",
        labels.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_are_ranked_in_order() {
        assert_eq!([0, 1, 2].map(|right| rank(&[1.0, 2.0, 1.0], right)), [1, 0, 2]);
        let labels = ["a", "b"].map(ToOwned::to_owned);
        let first = ranked(&probabilities(&[0.0, 0.0]), &labels).into_iter().next().expect("two classes");
        assert_eq!(first, Ranked { name: "a".to_owned(), score: 0.5 });
    }
}
