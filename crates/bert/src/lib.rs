//! BERT-style encoders (Devlin et al. 2019): one model of configured parts, with a head for each kind of task.

mod asked;
mod config;
mod cost;
pub mod foreign;
mod model;
mod shown;

pub use config::{BertConfig, BertPlan, Head, HeadActivation, HeadName, Pooling, Positions};
pub use cost::cost;
pub use model::{Bert, Predictions, Scorer, Sentences, Targets};
