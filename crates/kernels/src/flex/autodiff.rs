//! The backward passes of operations as burn's autodiff wants them.

use burn::backend::{
    Autodiff, Flex,
    autodiff::{
        NodeId,
        checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
        grads::Gradients,
        ops::{Backward, Ops, OpsKind},
    },
    tensor::FloatTensor,
};

use super::{Array, Extension, Shared};

/// What autodiff calls a tensor.
type Tracked = FloatTensor<Autodiff<Flex>>;

impl<C: CheckpointStrategy> Extension for Autodiff<Flex, C> {
    fn run_1(a: Tracked, operation: Shared) -> Tracked {
        tracked::<C, 1>([a], operation)
    }

    fn run_2(a: Tracked, b: Tracked, operation: Shared) -> Tracked {
        tracked::<C, 2>([a, b], operation)
    }

    fn run_3(a: Tracked, b: Tracked, c: Tracked, operation: Shared) -> Tracked {
        tracked::<C, 3>([a, b, c], operation)
    }

    fn run_4(a: Tracked, b: Tracked, c: Tracked, d: Tracked, operation: Shared) -> Tracked {
        tracked::<C, 4>([a, b, c, d], operation)
    }

    fn run_5(a: Tracked, b: Tracked, c: Tracked, d: Tracked, e: Tracked, operation: Shared) -> Tracked {
        tracked::<C, 5>([a, b, c, d, e], operation)
    }

    fn run_6(a: Tracked, b: Tracked, c: Tracked, d: Tracked, e: Tracked, f: Tracked, operation: Shared) -> Tracked {
        tracked::<C, 6>([a, b, c, d, e, f], operation)
    }
}

fn tracked<C: CheckpointStrategy, const N: usize>(inputs: [Tracked; N], operation: Shared) -> Tracked {
    let nodes = inputs.each_ref().map(Tracked::node);
    let arrays = inputs.each_ref().map(|input| input.primitive().clone());
    match Step.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::UnTracked(preparation) => preparation.finish(operation.forward(&arrays, None)),
        OpsKind::Tracked(preparation) => {
            let mut kept = Vec::new();
            let output = operation.forward(&arrays, Some(&mut kept));
            let inputs = if operation.keeps_inputs() { inputs.to_vec() } else { Vec::new() };
            preparation.finish(State { operation, kept, inputs }, output)
        }
    }
}

/// What an operation leaves behind for its backward pass.
#[derive(Clone, Debug)]
struct State {
    operation: Shared,
    kept: Vec<Array>,
    /// They are also the keys to the gradients that the inputs have gathered. Holding them keeps a graph alive that is never run
    /// backward: the engine leaves no such graph behind.
    inputs: Vec<Tracked>,
}

#[derive(Debug)]
struct Step;

impl<const N: usize> Backward<Flex, N> for Step {
    type State = State;

    fn backward(self, ops: Ops<State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        let State { operation, kept, inputs } = ops.state;
        let nodes = ops.parents.iter().map(|parent| parent.as_ref().map(|node| node.id)).collect();
        let inputs = inputs.into_iter().map(Some).collect();
        operation.backward(kept, gradient, &mut Inputs { inputs, nodes, gradients });
    }
}

const HELD: &str = "an operation keeps this input, and has not taken it for good";

/// The inputs of an operation, as its backward pass sees them.
pub(crate) struct Inputs<'a> {
    /// Those that were not taken for good.
    inputs: Vec<Option<Tracked>>,
    /// Of those inputs that want a gradient.
    nodes: Vec<Option<NodeId>>,
    gradients: &'a mut Gradients,
}

impl Inputs<'_> {
    pub(crate) fn count(&self) -> usize {
        self.nodes.len()
    }

    /// Whether this input is there and wants a gradient.
    pub(crate) fn wants(&self, index: usize) -> bool {
        self.nodes.get(index).is_some_and(Option::is_some)
    }

    /// The input itself, of an operation that keeps them.
    pub(crate) fn array(&self, index: usize) -> Array {
        self.inputs[index].as_ref().expect(HELD).primitive().clone()
    }

    /// The same for good: it can be written over where nobody else holds it.
    pub(crate) fn last_array(&mut self, index: usize) -> Array {
        let array = self.array(index);
        self.inputs[index] = None;
        array
    }

    /// What this input has gathered from other uses, to be added to and given back.
    pub(crate) fn take(&mut self, index: usize) -> Option<Array> {
        self.gradients.remove::<Flex>(self.inputs[index].as_ref().expect(HELD))
    }

    /// Adds to what this input has gathered, if it wants a gradient.
    pub(crate) fn give(&mut self, index: usize, gradient: Array) {
        if let Some(node) = self.nodes[index] {
            self.gradients.register::<Flex>(node, gradient);
        }
    }
}
