//! Questions to a language model: the likelihood of an ending, and what it writes after a beginning. Encoded as
//! lm-evaluation-harness encodes them, so that scores compare.

use attentive_attention::Pass;
use attentive_data::{Card, ChatTemplate, DataError, Row, Task, Tokenizer, Turn};
use attentive_engine::Sampling;
use attentive_gpt::Gpt as Model;
use attentive_metrics::choice::{By, Ending, Question};

use super::{Reader, tensor};
use crate::{
    TrainerError,
    evaluation::{Fold, Measure},
};

/// A model that is asked.
pub(super) struct Answerer<'a> {
    pub(super) model: &'a Model,
    pub(super) tokenizer: &'a Tokenizer,
    /// Where the model was trained on conversations: questions are put to it in these.
    pub(super) template: Option<&'a ChatTemplate>,
    pub(super) layers: usize,
    pub(super) context: usize,
}

/// How likely an ending is.
#[derive(Clone, Copy)]
struct Likelihood {
    /// In nats, summed over its tokens.
    log: f64,
    /// Whether each of its tokens was the likeliest one.
    greedy: bool,
}

impl Answerer<'_> {
    /// The measures of the card's task, over all rows.
    pub(super) fn judge(
        &self,
        card: &Card,
        rows: impl Iterator<Item = Result<Row, DataError>>,
        told: &mut dyn FnMut(usize),
    ) -> Result<Vec<Measure>, TrainerError> {
        let rows = rows.enumerate().map(|(index, row)| {
            told(index + 1);
            row.map_err(TrainerError::from)
        });
        match card.task {
            Task::Completion => self.words(rows),
            Task::MultipleChoice => self.choices(rows),
            Task::SequenceToSequence => self.exact(rows),
            _ => Err(unfit(card)),
        }
    }

    fn words(&self, rows: impl Iterator<Item = Result<Row, TrainerError>>) -> Result<Vec<Measure>, TrainerError> {
        let likelihood = |row: Result<Row, TrainerError>| {
            let row = row?;
            self.likelihood(row.text("context")?, row.text("completion")?)
        };
        let words: Vec<Likelihood> = rows.map(likelihood).collect::<Result<_, _>>()?;
        let nats = words.iter().map(|word| [-word.log, 1.0]);
        Ok(vec![
            Measure::share("accuracy", words.iter().map(|word| word.greedy)),
            Measure::new("perplexity", Fold::Exponential, nats),
        ])
    }

    fn choices(&self, rows: impl Iterator<Item = Result<Row, TrainerError>>) -> Result<Vec<Measure>, TrainerError> {
        let mut right = [Vec::new(), Vec::new()];
        for row in rows {
            let row = row?;
            let answer = row.integer("answer")?;
            let endings: Vec<Ending> = self.endings(&row)?;
            let question = Question { endings: &endings, right: usize::try_from(answer).unwrap_or(usize::MAX) };
            for (right, by) in right.iter_mut().zip([By::Whole, By::Character]) {
                right.push(question.is_right(by));
            }
        }
        let [whole, normed] = right;
        Ok(vec![Measure::share("acc", whole), Measure::share("acc_norm", normed)])
    }

    /// Each ending follows its context after one space; of some questions it is the contexts that differ.
    fn endings(&self, row: &Row) -> Result<Vec<Ending>, TrainerError> {
        let pairs: Vec<(&str, &str)> = if row.cell("contexts").is_some() {
            let ending = row.text("ending")?;
            row.texts("contexts")?.into_iter().map(|context| (context, ending)).collect()
        } else {
            let context = row.text("context")?;
            row.texts("endings")?.into_iter().map(|ending| (context, ending)).collect()
        };
        let ending = |(context, ending): (&str, &str)| {
            Ok(Ending::new(ending, self.likelihood(context, &format!(" {ending}"))?.log))
        };
        pairs.into_iter().map(ending).collect()
    }

    fn exact(&self, rows: impl Iterator<Item = Result<Row, TrainerError>>) -> Result<Vec<Measure>, TrainerError> {
        let is_right = |row: Result<Row, TrainerError>| {
            let row = row?;
            let target = row.text("target")?;
            Ok(self.writes(row.text("source")?, target)? == target)
        };
        let right: Vec<bool> = rows.map(is_right).collect::<Result<_, TrainerError>>()?;
        Ok(vec![Measure::share("exact_match", right)])
    }

    /// What a text begins with that goes on with the answer, and the tokens that end it.
    fn asked(&self, source: &str) -> Result<(Vec<u32>, Vec<u32>), TrainerError> {
        if let Some(template) = self.template {
            let ids = template.asked(&[Turn::user(source)], self.tokenizer)?;
            return Ok((ids, template.endings().to_vec()));
        }
        let end: Vec<u32> = self.tokenizer.closing().into_iter().collect();
        let ids = self.tokenizer.encode(&attentive_data::sets::asked(source))?;
        Ok((end.iter().copied().chain(ids).collect(), end))
    }

    /// What the model answers, until the text or the line ends, or it has become longer than it should.
    fn writes(&self, source: &str, target: &str) -> Result<String, TrainerError> {
        let (mut ids, ends) = self.asked(source)?;
        let begun = ids.len();
        let most = self.tokenizer.encode(target)?.len() + 2;
        let mut reader = Reader::new(self.model, self.layers, self.context);
        let greedy = Sampling { temperature: 0.0, top_k: None, top_p: None, seed: 0 };
        while ids.len() < begun + most {
            let next = greedy.pick(&reader.logits(&ids, self.tokenizer.vocabulary()), ids.len() as u64);
            if ends.contains(&next) {
                break;
            }
            ids.push(next);
            if self.tokenizer.decode(&[next])?.contains('\n') {
                break;
            }
        }
        Ok(self.tokenizer.decode(&ids[begun..])?.trim().to_owned())
    }

    fn likelihood(&self, context: &str, ending: &str) -> Result<Likelihood, TrainerError> {
        let (ids, length) = self.ids(context, ending)?;
        // The last id is only predicted; what is too long loses its beginning.
        let inputs = &ids[ids.len().saturating_sub(self.context + 1)..ids.len() - 1];
        let length = length.min(inputs.len());
        let ids_in = inputs.iter().map(|&id| id as i32).collect();
        let hidden = self.model.hidden(tensor(ids_in, 1, &self.model.device()), &mut Pass::evaluation());
        let logits = self.model.head(hidden.narrow(1, inputs.len() - length, length)); // [1, query, vocabulary]
        let [_, _, vocabulary] = logits.dims();
        let logits: Vec<f32> = logits.into_data().try_into_vec().expect("models compute in f32");
        let targets = &ids[ids.len() - length..];
        let each = logits.chunks(vocabulary).zip(targets).map(|(row, &target)| likelihood(row, target as usize));
        Ok(each.fold(Likelihood { log: 0.0, greedy: true }, |whole, next| Likelihood {
            log: whole.log + next.log,
            greedy: whole.greedy && next.greedy,
        }))
    }

    /// The ids of both, and how many of them are the ending's. Spaces at the seam belong to the ending, as words bear them in front.
    fn ids(&self, context: &str, ending: &str) -> Result<(Vec<u32>, usize), TrainerError> {
        let kept = context.trim_end_matches(char::is_whitespace);
        let whole = self.tokenizer.encode(&format!("{context}{ending}"))?;
        let before = self.tokenizer.encode(kept)?.len().min(whole.len().saturating_sub(1));
        let (mut ids, length) = (whole.clone(), whole.len() - before);
        if before == 0 {
            // Something has to be read before the first prediction.
            let start = match self.tokenizer.closing() {
                Some(end) => end,
                None => self.tokenizer.encode("\n")?.first().copied().unwrap_or_default(),
            };
            ids.insert(0, start);
        }
        Ok((ids, length))
    }
}

/// The log of the softmax at one place, and whether it is the highest.
fn likelihood(logits: &[f32], target: usize) -> Likelihood {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&logit| f64::from(logit - most).exp()).sum();
    let log = f64::from(logits[target] - most) - sum.ln();
    let first = logits.iter().position(|&logit| logit == most);
    Likelihood { log, greedy: first == Some(target) }
}

fn unfit(card: &Card) -> TrainerError {
    TrainerError::Asked(format!(
        "a language model is not judged on `{}`, whose task is {}; it is on tasks of language modelling, completion, multiple choice \
         and sequence to sequence (see `attentive data list`)",
        card.name,
        card.task.name()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_likelihood_is_the_log_of_the_softmax() {
        let found = likelihood(&[0.0, 3.0_f32.ln(), 0.0], 1);
        assert!((found.log - 0.6_f64.ln()).abs() < 1e-6 && found.greedy);
        assert!(!likelihood(&[0.0, 0.0], 1).greedy, "the first of equals is chosen");
    }
}
