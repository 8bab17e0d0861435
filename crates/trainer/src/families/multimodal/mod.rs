//! Models of pictures and text: a file a kind, above what they share.

mod ajar;
mod answers;
mod basis;
mod contrastive;
mod judged;
mod retrieval;
mod statements;
mod writer;

use std::{cmp::Reverse, collections::BTreeMap};

use attentive_attention::Fault;
use attentive_data::{DataError, Row, Tokenizer};
use attentive_multimodal::{Aim, Kind, MultimodalConfig, MultimodalPlan, Pictured};

use super::Run;
use crate::{
    Event, RunPlan, TrainerError,
    material::{Facts, Material},
};
use basis::Basis;

/// Classes of a statement before the data was read: it holds or not.
const TRUTHS: usize = 2;

pub(crate) fn resolve(written: &MultimodalConfig, facts: &Facts) -> Result<MultimodalPlan, Fault> {
    let [channels, size] = facts.picture.unwrap_or([3, written.picture.size.unwrap_or(written.picture.patch)]);
    let classes = if facts.labels.is_empty() { TRUTHS } else { facts.labels.len() };
    let plan = written.resolve(facts.tokens, &Pictured { channels, size, classes })?;
    if facts.picture.is_some() && plan.picture.size != size {
        let reason = format!("is not the size of the pictures, {size}; set `pictures.size`, and leave this out");
        return Err(Fault::new("size", plan.picture.size, reason).under("picture"));
    }
    Ok(plan)
}

pub(crate) fn made(written: &MultimodalConfig) -> &'static str {
    match written.kind {
        Kind::Contrastive => "scenes-captions",
        Kind::Answers => "scenes-questions",
        Kind::Statements => "scenes-statements",
    }
}

pub(crate) fn open(
    plan: &RunPlan,
    model: &MultimodalPlan,
    tokenizer: Option<Tokenizer>,
    material: Option<Material>,
    told: &mut dyn FnMut(Event),
) -> Result<Box<dyn Run>, TrainerError> {
    let basis = Basis::new(plan, model, tokenizer.expect("who reads has a tokenizer"))?;
    Ok(match model.aim {
        Aim::Contrastive(own) => Box::new(contrastive::Contrastive::open(basis, own, material, told)?),
        Aim::Answers(own) => Box::new(answers::Answers::open(basis, own, material, told)?),
        Aim::Statements(own) => Box::new(statements::Statements::open(basis, own, material, told)?),
    })
}

/// All captions of a row's picture; at least one.
fn captions(row: &Row) -> Result<Vec<&str>, DataError> {
    let column = if row.cell("captions").is_some() { "captions" } else { "caption" };
    some(row, column)
}

/// The texts in this column; at least one.
fn some<'a>(row: &'a Row, column: &str) -> Result<Vec<&'a str>, DataError> {
    let texts = row.texts(column)?;
    if !texts.is_empty() {
        return Ok(texts);
    }
    let problem = format!("column `{column}` holds an empty list");
    Err(DataError::Malformed { place: row.place.clone(), problem, remedy: "give each picture at least one text" })
}

/// What occurs most often: what would be right most often without looking. Of equals the least.
fn usual<Right: Ord + Copy>(all: impl IntoIterator<Item = Right>) -> Option<Right> {
    let mut counts: BTreeMap<Right, usize> = BTreeMap::new();
    all.into_iter().for_each(|right| *counts.entry(right).or_default() += 1);
    counts.into_iter().max_by_key(|&(right, count)| (count, Reverse(right))).map(|(right, _)| right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_is_the_most_frequent() {
        assert_eq!(usual([3, 1, 2, 3]), Some(3));
        assert_eq!(usual(["no", "yes"]), Some("no"));
        assert_eq!(usual([0; 0]), None);
    }
}
