//! Activation recomputation (Chen et al. 2016): a block keeps only its input, and runs again in the backward pass.
//!
//! The forward pass leaves a chain of segments, or several where parts of a model meet later. Each one ends in a fresh leaf, whose
//! gradient all that read it provides; multiplied with the block's output and summed, that gradient carries the backward pass on into
//! the block. Readers of a leaf ran after it, so the last segment left has always heard from all of them.

use std::fmt;

use burn::{
    module::Module,
    tensor::{Gradients, Tensor},
};

use crate::Pass;

type Block = Box<dyn Fn(Tensor<3>) -> Tensor<3> + Send>;

/// One block to be run again: what it read, what stands for its output above it, and how to run it.
pub struct Segment {
    input: Tensor<3>,
    output: Tensor<3>,
    /// The gradient that has arrived at the output, without autodiff.
    above: Option<Tensor<3>>,
    run: Block,
}

impl Segment {
    /// Adds what a stretch of the backward pass brought to the output.
    fn receive(&mut self, gradients: &mut Gradients) {
        let Some(more) = self.output.grad_remove(gradients) else { return };
        self.above = Some(match self.above.take() {
            Some(before) => before + more,
            None => more,
        });
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Segment").field("input", &self.input.dims()).finish_non_exhaustive()
    }
}

impl Pass {
    /// Runs block number `index`, keeping its activations or, where the pass recomputes, only its input.
    pub fn block<M: Module + 'static>(
        &mut self,
        index: usize,
        module: &M,
        input: Tensor<3>,
        forward: impl Fn(&M, Tensor<3>, &mut Self) -> Tensor<3> + Send + 'static,
    ) -> Tensor<3> {
        self.enter(index);
        if self.segments.is_none() || !input.is_autodiff() || self.watches(index) {
            return forward(module, input, self);
        }
        let hidden = forward(&module.valid(), input.clone().inner(), &mut self.again(index));
        let output = Tensor::from_inner(hidden).require_grad();
        let (again, owned) = (self.again(index), module.clone());
        let run = Box::new(move |input: Tensor<3>| forward(&owned, input, &mut again.again(index)));
        let segment = Segment { input, output: output.clone(), above: None, run };
        self.segments.get_or_insert_default().push(segment);
        output
    }

    /// The backward pass from `loss`, through all segments from the last to the first. `collect` receives the gradients of
    /// each stretch; a parameter used in several stretches appears in each of them, and its gradients add up.
    pub fn backward(&mut self, loss: &Tensor<1>, mut collect: impl FnMut(&mut Gradients)) {
        let mut segments = self.segments.as_mut().map(std::mem::take).unwrap_or_default();
        let mut arrive = |segments: &mut [Segment], mut gradients: Gradients| {
            segments.iter_mut().for_each(|segment| segment.receive(&mut gradients));
            collect(&mut gradients);
        };
        arrive(&mut segments, loss.backward());
        while let Some(Segment { input, above, run, .. }) = segments.pop() {
            // What no gradient reaches adds nothing to the loss.
            let Some(above) = above else { continue };
            arrive(&mut segments, (run(input) * Tensor::from_inner(above)).sum().backward());
        }
    }
}
