//! How good the answers to questions are, and the captions.

use attentive_metrics::reading::{Normalization, answered};

use super::usual;
use crate::evaluation::Measure;

/// A question, or none, and all that is right.
pub(super) struct Judged {
    pub(super) beginning: Vec<u32>,
    pub(super) asks: bool,
    pub(super) right: Vec<String>,
}

impl Judged {
    fn right(&self) -> Vec<&str> {
        self.right.iter().map(String::as_str).collect()
    }
}

/// Answers are right or wrong, captions near or far.
pub(super) fn measures(said: &[Judged], texts: &[String]) -> Vec<Measure> {
    let pairs = || texts.iter().zip(said);
    let mut measures = vec![Measure::share("exact_match", pairs().map(|(text, judged)| is_right(text, judged)))];
    if said.iter().all(|judged| judged.asks) {
        let usual = usual(said.iter().map(|judged| judged.right[0].as_str())).unwrap_or_default();
        measures.push(Measure::share("majority", said.iter().map(|judged| is_right(usual, judged))));
    } else {
        measures.push(Measure::bleu(pairs().map(|(text, judged)| (text.as_str(), judged.right()))));
    }
    measures
}

fn is_right(text: &str, judged: &Judged) -> bool {
    answered(text, &judged.right(), Normalization::Squad).is_some_and(|reading| reading.exact == 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_judged_with_their_majority_and_captions_by_bleu() {
        let judged = |asks, right: &str| Judged { beginning: Vec::new(), asks, right: vec![right.to_owned()] };
        let said = ["yes", "no", "no"].map(|right| judged(true, right));
        let texts = ["Yes", "yes", "no."].map(ToOwned::to_owned);
        let names = |measures: &[Measure]| -> Vec<(String, Option<f64>)> {
            measures.iter().map(|measure| (measure.name.clone(), measure.value())).collect()
        };
        let share = Some(2.0 / 3.0);
        let found = names(&measures(&said, &texts));
        assert_eq!(found, [("exact_match".to_owned(), share), ("majority".to_owned(), share)]);
        let text = "two dogs run over here";
        let found = names(&measures(&[judged(false, text)], &[text.to_owned()]));
        assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["exact_match", "bleu"]);
    }
}
