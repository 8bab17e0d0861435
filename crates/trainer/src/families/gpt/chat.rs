//! Conversations with a language model.

use attentive_data::{ChatTemplate, Turn};
use attentive_gpt::Gpt as Model;

use super::{Gpt, Writing};
use crate::{
    TrainerError,
    families::{Chat, Chatting, Family, Trained},
};

/// A conversation, and the model that it is held with.
pub(super) struct Talk<'run> {
    gpt: &'run Gpt,
    model: Model,
    template: ChatTemplate,
    how: Chatting,
    turns: Vec<Turn>,
    /// Tokens that were drawn, so that no draw is made twice.
    made: u64,
}

impl<'run> Talk<'run> {
    pub(super) fn begin(gpt: &'run Gpt, trained: &Trained<'_>, how: &Chatting) -> Result<Self, TrainerError> {
        if gpt.tokenizer.template().is_none() {
            let message = "this language model knows no conversations: it has no chat template and was not trained on `messages`, or \
                           `prompt` and `completion` (docs/chat.md); let it write on with `attentive generate RUN`";
            return Err(TrainerError::Asked(message.to_owned()));
        }
        let template = ChatTemplate::of(&gpt.tokenizer)?;
        let (model, _) = gpt.trained(trained)?;
        let mut talk = Self { gpt, model, template, how: how.clone(), turns: Vec::new(), made: 0 };
        talk.reset();
        Ok(talk)
    }

    /// What the model reads: as much of the conversation as leaves room for an answer, and the newest turn in any case.
    fn prompt(&mut self) -> Result<Vec<u32>, TrainerError> {
        let context = self.gpt.model.context;
        let room = context - self.how.tokens.min(context / 2);
        loop {
            let ids = self.template.asked(&self.turns, &self.gpt.tokenizer)?;
            let first = usize::from(self.how.system.is_some());
            // A question goes with its answer, as templates want them in turn.
            if ids.len() <= room || self.turns.len() < first + 3 {
                return Ok(ids);
            }
            self.turns.drain(first..first + 2);
        }
    }
}

impl Chat for Talk<'_> {
    fn answer(&mut self, said: &str, out: &mut dyn FnMut(&str)) -> Result<(), TrainerError> {
        self.turns.push(Turn::user(said));
        let ids = self.prompt()?;
        let mut answer = String::new();
        let Chatting { tokens, sampling, .. } = &self.how;
        let writing = Writing { ids, ends: self.template.endings(), tokens: *tokens, sampling, place: self.made };
        let made = self.gpt.write(&self.model, writing, &mut |piece| {
            // Some templates put a space before what is said.
            let piece = if answer.is_empty() { piece.trim_start() } else { piece };
            answer.push_str(piece);
            out(piece);
        })?;
        self.made += made as u64;
        self.turns.push(Turn::assistant(answer.trim_end()));
        Ok(())
    }

    fn reset(&mut self) {
        self.turns = self.how.system.iter().map(Turn::system).collect();
    }
}
