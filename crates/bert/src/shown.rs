//! What a model shows of a batch beside its loss, so that a student can be held against its teacher.

use attentive_attention::{Aspect, Pass, Shown, Teaching};
use attentive_kernels::Scored;
use burn::tensor::Tensor;

use crate::{
    Targets,
    asked::Asked,
    model::{Bert, Sentences},
};

/// What the blocks leave behind that can be compared.
struct Seen {
    states: Tensor<3>,
    attention: Option<Tensor<4>>,
}

impl Bert {
    /// What the model makes of sentences on the way to its scores, and what the head judges.
    fn looked(&self, sentences: &Sentences, teaching: &Teaching, pass: &mut Pass) -> (Seen, Tensor<3>) {
        let last = self.blocks.len() - 1;
        if teaching.of(Aspect::Attention) {
            pass.watch(last);
        }
        let hidden = self.hidden(sentences, pass);
        let attention = pass.watched(last);
        let states = self.lens.as_ref().map_or_else(|| hidden.clone(), |lens| lens.forward(hidden.clone(), pass));
        (Seen { states, attention }, self.judged(hidden, sentences, pass))
    }

    /// What can be held against another model, of those places alone that something is asked of.
    pub fn shown(&self, sentences: &Sentences, targets: &Targets, teaching: &Teaching, pass: &mut Pass) -> Shown {
        let (seen, places) = self.looked(sentences, teaching, pass);
        self.showing(seen, places, targets, pass)
    }

    /// The loss, and what can be held against a teacher.
    pub fn loss_shown(
        &self,
        sentences: &Sentences,
        targets: &Targets,
        teaching: &Teaching,
        pass: &mut Pass,
    ) -> (Tensor<1>, Shown) {
        let (seen, places) = self.looked(sentences, teaching, pass);
        (self.missed(places.clone(), targets, pass), self.showing(seen, places, targets, pass))
    }

    fn showing(&self, seen: Seen, places: Tensor<3>, targets: &Targets, pass: &Pass) -> Shown {
        let asked = match targets {
            Targets::Ids(ids) => Asked::of(ids).gather(places),
            Targets::Numbers(_) => places,
        };
        let (hidden, weight) = self.product(asked, pass);
        Shown { scored: Scored { hidden, weight }, states: seen.states, attention: seen.attention }
    }
}
