//! Questions that a language model answers by the likelier continuation, as lm-evaluation-harness asks them.
//!
//! The files are those of LLM Foundry's evaluation gauntlet; contexts and endings are brought into the form of the
//! tasks of lm-evaluation-harness (EleutherAI/lm-evaluation-harness at 4e7e0d4, `lm_eval/tasks`), so that scores
//! compare. There a context and an ending are joined by one space (`target_delimiter`), and an ending's length is its
//! own, without that space; LAMBADA's completion is joined as it is.

use std::path::PathBuf;

use serde::Deserialize;

use super::json;
use super::layout::{Ending, Prompt};
use super::shape::{Shape, unfit};
use crate::{Cell, DataError, Place, Rows};

#[derive(Deserialize)]
struct Endings {
    query: String,
    choices: Vec<String>,
    gold: usize,
}

#[derive(Deserialize)]
struct Beginnings {
    context_options: Vec<String>,
    continuation: String,
    gold: usize,
}

#[derive(Deserialize)]
struct LastWord {
    context: String,
    continuation: String,
}

#[derive(Deserialize)]
struct Solution {
    context: String,
    chain_of_thought: String,
    answer: String,
}

/// `lambada/lambada_openai.yaml`: the last word after its space.
pub(super) fn last_word(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let shape = Shape::new(["context", "completion"]);
    json::lines(paths, move |place, LastWord { context, continuation }| {
        Ok(shape.row(place, [context, format!(" {continuation}")].map(Cell::Text)))
    })
}

/// Several endings of one context.
pub(super) fn endings(paths: &[PathBuf], prompt: Prompt) -> Result<Rows, DataError> {
    let shape = Shape::new(["context", "endings", "answer"]);
    json::lines(paths, move |place, Endings { query, choices, gold }| {
        let answer = among(&choices, gold, &place)?;
        Ok(shape.row(place, [Cell::Text(prompt.context(&query)), list(prompt.endings(choices)), answer]))
    })
}

impl Prompt {
    /// The `doc_to_text` of the tasks.
    fn context(self, query: &str) -> String {
        match self {
            Self::AsIs => query.to_owned(),
            // arc/arc_easy.yaml, piqa/piqa.yaml: "Question: {{question}}\nAnswer:"
            Self::Answer => format!("{}\nAnswer:", query.trim_end_matches('\n')),
            // super_glue/boolq/default.yaml: "{{passage}}\nQuestion: {{question}}?\nAnswer:"
            Self::Passage => format!("{}\nAnswer:", query.strip_prefix("Passage: ").unwrap_or(query)),
            // super_glue/copa/utils.py: the premise without its period, then the connective
            Self::Connective => match query.rsplit_once(", ") {
                Some((premise, connective @ ("because" | "therefore"))) => format!("{premise} {connective}"),
                _ => query.to_owned(),
            },
        }
    }

    /// The `doc_to_choice` of the tasks. That of COPA begins with a space of its own, before which the joining one
    /// comes as well.
    fn endings(self, choices: Vec<String>) -> Vec<String> {
        if self != Self::Connective {
            return choices;
        }
        choices.into_iter().map(|choice| format!(" {choice}")).collect()
    }
}

/// One ending of several contexts. `winogrande/preprocess_winogrande.py` strips it; `wsc273/default.yaml` takes all that
/// follows the pronoun, its space included, before which the joining one comes as well.
pub(super) fn beginnings(paths: &[PathBuf], ending: Ending) -> Result<Rows, DataError> {
    let shape = Shape::new(["contexts", "ending", "answer"]);
    json::lines(paths, move |place, Beginnings { context_options, continuation, gold }| {
        let answer = among(&context_options, gold, &place)?;
        let follows_a_space = ending == Ending::Spaced && continuation.starts_with(char::is_alphanumeric);
        let text = if follows_a_space { format!(" {continuation}") } else { continuation };
        Ok(shape.row(place, [list(context_options), Cell::Text(text), answer]))
    })
}

/// `gsm8k/gsm8k.yaml`: the question; the way and, after `####`, its result; the result alone as the only answer.
pub(super) fn solutions(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let shape = Shape::new(["context", "completion", "answers"]);
    json::lines(paths, move |place, Solution { context, chain_of_thought, answer }| {
        let context = format!("Question: {context}\nAnswer:");
        let completion = format!(" {chain_of_thought}\n#### {answer}");
        Ok(shape.row(place, [Cell::Text(context), Cell::Text(completion), list(vec![answer])]))
    })
}

/// The index of the answer, if there is such a choice.
pub(super) fn among(choices: &[String], index: usize, place: &Place) -> Result<Cell, DataError> {
    if index < choices.len() {
        return Ok(Cell::Integer(index as i64));
    }
    Err(unfit(place.clone(), format!("an answer among {} choices, counted from 0", choices.len()), index.to_string()))
}

pub(super) fn list(texts: Vec<String>) -> Cell {
    Cell::List(texts.into_iter().map(Cell::Text).collect())
}
