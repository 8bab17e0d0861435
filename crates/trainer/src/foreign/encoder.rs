//! Encoders of texts written without a head: transformers' bare model, and around it what sentence-transformers reads beside it.

use std::collections::BTreeMap;

use attentive_bert::{BertPlan, Pooling, foreign};
use attentive_hub::{Assembly, Foreign, Place, Writing};
use serde_json::{Map, Value, json};

use super::origin::{Origin, POOLING};
use crate::{Opened, TrainerError, plan::ModelPlan};

const LENGTH: &str = "sentence_bert_config.json";
const LONGEST: &str = "max_seq_length";
/// What a bare BERT or RoBERTa has behind its last block, and ours has in heads alone.
const POOLER: [&str; 2] = ["pooler.dense.weight", "pooler.dense.bias"];

/// A model that is written as its encoder alone.
pub(crate) struct Encoder<'a> {
    pub(crate) plan: &'a BertPlan,
    pub(crate) sentences: Option<Sentences>,
    /// The folder's own pooler, which goes along.
    pooler: BTreeMap<String, Foreign>,
}

/// What makes one vector of a text, as sentence-transformers says it.
pub(crate) struct Sentences {
    /// Tokens of a text that are read.
    longest: Value,
}

impl<'a> Encoder<'a> {
    /// Nothing where the model has a head that transformers has, too: one that reads the mean of a text's tokens is none.
    pub(crate) fn of(opened: &Opened, plan: &'a ModelPlan) -> Result<Option<Self>, TrainerError> {
        let ModelPlan::Bert(bert) = plan else { return Ok(None) };
        let origin = opened.weights.folder().filter(|origin| !origin.has_head_of(plan));
        let Some(origin) = origin else {
            let averaged = bert.head.is_pooled() && bert.pooling == Pooling::Mean;
            let sentences = Some(Sentences { longest: bert.context.into() });
            return Ok(averaged.then_some(Self { plan: bert, sentences, pooler: BTreeMap::new() }));
        };
        let said = origin.table(LENGTH)?.and_then(|said| said.raw(LONGEST).cloned());
        let sentences = Sentences { longest: said.unwrap_or(bert.context.into()) };
        let sentences = origin.table(POOLING)?.map(|_| sentences);
        Ok(Some(Self { plan: bert, sentences, pooler: pooler(origin, bert)? }))
    }

    pub(crate) fn beside(&self, assembly: &mut Assembly) {
        for (name, Foreign { shape, values }) in &self.pooler {
            assembly.put(&[Place::straight(name.as_str())], shape, values);
        }
    }
}

fn pooler(origin: &Origin, plan: &BertPlan) -> Result<BTreeMap<String, Foreign>, TrainerError> {
    let mut found = BTreeMap::new();
    for name in POOLER {
        for prefix in ["", foreign::base(plan)] {
            let tensor = origin.tensor(&format!("{prefix}{name}"))?;
            found.extend(tensor.map(|tensor| (name.to_owned(), tensor)));
        }
    }
    Ok(found)
}

impl Sentences {
    /// The folders and tables around the encoder.
    pub(crate) fn write(&self, plan: &BertPlan, writing: &mut Writing) -> Result<(), TrainerError> {
        let module = |number: usize, path: &str, kind: &str| json!({"idx": number, "name": number.to_string(), "path": path, "type": format!("sentence_transformers.models.{kind}")});
        let modules =
            [module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling"), module(2, "2_Normalize", "Normalize")];
        writing.list("modules.json", &modules)?;
        let length = [(LONGEST.to_owned(), self.longest.clone()), ("do_lower_case".to_owned(), false.into())];
        writing.json(LENGTH, &Map::from_iter(length))?;
        let (folder, file) = POOLING.split_once('/').expect("it lies in a folder of its own");
        writing.json_within(folder, file, &foreign::said_pooling(plan))?;
        Ok(())
    }
}
