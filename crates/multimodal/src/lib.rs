//! Models of pictures and text. [`Contrastive`] matches the two, [`Answers`] writes about a picture, [`Statements`] judges what is said
//! of one. Each has a picture tower ([`attentive_vit::Vit`]) under `picture` and text blocks ([`Text`]) under `text`.
//!
//! Axes beside those of the workspace: `picture` and `text` (rows of a batch that are compared), `shared` (width of the space of both),
//! `class`, `template`; those of pictures are `attentive_vit`'s. In a pass the picture tower's blocks have the first numbers, then
//! comes one for its embedding, then the text's blocks.

mod answers;
mod classifier;
mod config;
mod contrastive;
mod cost;
pub mod foreign;
mod statements;
mod text;

pub use answers::Answers;
pub use attentive_vit::Pictured;
pub use classifier::Classifier;
pub use config::{
    Aim, AnswersPlan, ContrastivePlan, Fusion, Kind, MultimodalConfig, MultimodalPlan, PairLoss, Pooling, Scale,
    StatementsPlan, TextConfig, TextPlan, TextPositions,
};
pub use contrastive::Contrastive;
pub use cost::cost;
pub use statements::Statements;
pub use text::{Text, Texts};
