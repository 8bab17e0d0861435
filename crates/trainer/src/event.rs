//! What the trainer tells on its way.

use attentive_data::Told;

#[derive(Debug)]
pub enum Event {
    /// Progress on data: downloads, tokenizer, tokens.
    Data(Told),
    /// Progress of a run.
    Fit(attentive_engine::Event),
    /// A word that the user should see once.
    Note(String),
}
