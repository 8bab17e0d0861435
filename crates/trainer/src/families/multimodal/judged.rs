//! How good the answers to questions are, and the captions.

use std::{collections::BTreeSet, ops::RangeInclusive};

use attentive_metrics::reading::{Normalization, answered};

use super::usual;
use crate::evaluation::Measure;

/// A question, or none, and all that is right.
pub(super) struct Judged {
    pub(super) beginning: Vec<u32>,
    /// The sort of question.
    pub(super) asks: Option<String>,
    pub(super) right: Vec<String>,
}

impl Judged {
    fn right(&self) -> Vec<&str> {
        self.right.iter().map(String::as_str).collect()
    }
}

/// How many sorts of questions are told apart: of more, each has too few.
const SORTS: RangeInclusive<usize> = 2..=12;

/// What a question's first two words say of it: `how many`, `what color`.
pub(super) fn sort(question: &str) -> String {
    question.split_whitespace().take(2).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Answers are right or wrong, of all questions and of each sort; captions near or far.
pub(super) fn measures(said: &[Judged], texts: &[String]) -> Vec<Measure> {
    let pairs = || texts.iter().zip(said);
    let mut measures = vec![Measure::share("exact_match", pairs().map(|(text, judged)| is_right(text, judged)))];
    if said.iter().all(|judged| judged.asks.is_some()) {
        let usual = usual(said.iter().map(|judged| judged.right[0].as_str())).unwrap_or_default();
        measures.push(Measure::share("majority", said.iter().map(|judged| is_right(usual, judged))));
        let sorts: BTreeSet<&str> = said.iter().filter_map(|judged| judged.asks.as_deref()).collect();
        measures.extend(sorts.iter().filter(|_| SORTS.contains(&sorts.len())).map(|sort| {
            let these = pairs().filter(|(_, judged)| judged.asks.as_deref() == Some(sort));
            Measure::share(&format!("exact_match: {sort}"), these.map(|(text, judged)| is_right(text, judged)))
        }));
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
        let judged = |asks: Option<&str>, right: &str| Judged {
            beginning: Vec::new(),
            asks: asks.map(sort),
            right: vec![right.to_owned()],
        };
        let said = [("Is there a dog?", "yes"), ("is there snow?", "no"), ("can it rain?", "no")];
        let said = said.map(|(question, right)| judged(Some(question), right));
        let texts = ["Yes", "yes", "no."].map(ToOwned::to_owned);
        let names = |measures: &[Measure]| -> Vec<(String, Option<f64>)> {
            measures.iter().map(|measure| (measure.name.clone(), measure.value())).collect()
        };
        let share = Some(2.0 / 3.0);
        let found = names(&measures(&said, &texts));
        let expected = [("exact_match", share), ("majority", share), ("exact_match: can it", Some(1.0))];
        let expected = expected.into_iter().chain([("exact_match: is there", Some(0.5))]);
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value)).collect::<Vec<_>>());
        let text = "two dogs run over here";
        let found = names(&measures(&[judged(None, text)], &[text.to_owned()]));
        assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["exact_match", "bleu"]);
    }
}
