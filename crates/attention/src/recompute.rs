//! Activation recomputation (Chen et al. 2016): a block keeps only its input, and runs again in the backward pass.
//!
//! The forward pass leaves a chain of segments. Each one ends in a fresh leaf, whose gradient the segment above it provides;
//! multiplied with the block's output and summed, that gradient carries the backward pass on into the block.

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
    run: Block,
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
        forward: fn(&M, Tensor<3>, &mut Self) -> Tensor<3>,
    ) -> Tensor<3> {
        self.enter(index);
        if self.segments.is_none() || !input.is_autodiff() {
            return forward(module, input, self);
        }
        let hidden = forward(&module.valid(), input.clone().inner(), &mut self.again(index));
        let output = Tensor::from_inner(hidden).require_grad();
        let (again, owned) = (self.again(index), module.clone());
        let run = Box::new(move |input: Tensor<3>| forward(&owned, input, &mut again.again(index)));
        let segment = Segment { input, output: output.clone(), run };
        self.segments.get_or_insert_default().push(segment);
        output
    }

    /// The backward pass from `loss`, through all segments from the last to the first. `collect` receives the gradients of
    /// each stretch; a parameter used in several stretches appears in each of them, and its gradients add up.
    pub fn backward(&mut self, loss: &Tensor<1>, mut collect: impl FnMut(&mut Gradients)) {
        let mut gradients = loss.backward();
        let segments = self.segments.as_mut().map(std::mem::take).unwrap_or_default();
        for Segment { input, output, run } in segments.into_iter().rev() {
            let Some(above) = output.grad_remove(&mut gradients) else { break };
            collect(&mut gradients);
            let again = run(input);
            gradients = (again * Tensor::from_inner(above)).sum().backward();
        }
        collect(&mut gradients);
    }
}
