//! How well a trained model does on a data set: a few numbers an item, folded into scores with intervals, and kept beside the run so
//! that runs can be compared item by item.

mod compare;
mod kept;
mod measure;

use attentive_data::Card;
use attentive_metrics::{Interval, Language};
use serde::{Deserialize, Serialize};

use crate::TrainerError;

pub use compare::{Compared, Comparison, Difference, Standing, compare};
pub(crate) use measure::Fold;
pub use measure::Measure;

/// What to judge a model on.
#[derive(Clone, Debug)]
pub struct On {
    /// Of the data set.
    pub name: String,
    /// Absent: `validation`, or what the data set has in its place.
    pub split: Option<String>,
    /// Only so many items, the first ones. Language models read texts whole.
    pub limit: Option<usize>,
}

/// A data set that can be judged on.
pub(crate) struct Asked<'a> {
    pub(crate) card: Card,
    pub(crate) split: &'a str,
}

/// Where to look when no split is named.
const SPLITS: [&str; 2] = ["validation", "test"];

impl On {
    /// The card and the split, whose answers must be known.
    pub(crate) fn asked(&self) -> Result<Asked<'_>, TrainerError> {
        let card = attentive_data::card(&self.name)?;
        let has = |split: &&str| card.splits.iter().any(|known| known.name == *split);
        let split = self.split.as_deref().or_else(|| SPLITS.into_iter().find(has)).unwrap_or(SPLITS[0]);
        if !card.split(split)?.labelled {
            return Err(TrainerError::Unlabelled { name: self.name.clone(), split: split.to_owned() });
        }
        Ok(Asked { card, split })
    }

    /// `name:split`, and how many items it is cut to.
    pub(crate) fn named(&self, split: &str) -> String {
        let limit = self.limit.map(|limit| format!(", the first {limit}")).unwrap_or_default();
        format!("{}:{split}{limit}", self.name)
    }
}

/// How a model did on a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// `name:split`, and how many items it was cut to.
    pub on: String,
    /// Of the checkpoint.
    pub step: u64,
    /// Where the score is of a running text.
    pub language: Option<Language>,
    pub measures: Vec<Measure>,
}

impl Evaluation {
    /// One object with the value of each measure by its name, as other programs read it.
    pub fn to_json(&self) -> serde_json::Value {
        let mut object = serde_json::Map::new();
        if let Some(Ok(serde_json::Value::Object(language))) = self.language.as_ref().map(serde_json::to_value) {
            object.extend(language);
        }
        for measure in &self.measures {
            object.insert(measure.name.clone(), measure.value().into());
        }
        let interval = |measure: &Measure| (measure.name.clone(), bounds(measure.interval()));
        object.insert("intervals".to_owned(), self.measures.iter().map(interval).collect());
        object.insert("items".to_owned(), self.items().into());
        object.insert("step".to_owned(), self.step.into());
        object.insert("on".to_owned(), self.on.clone().into());
        object.into()
    }

    pub fn items(&self) -> usize {
        self.measures.first().map_or(0, |measure| measure.items.len())
    }
}

fn bounds(interval: Option<Interval>) -> serde_json::Value {
    interval.map_or(serde_json::Value::Null, |interval| [interval.low, interval.high].into())
}
