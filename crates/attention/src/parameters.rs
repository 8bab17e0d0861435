//! A model's parameters by path, as flat tensors: what optimizers, checkpoints and gradient checks work on.
//!
//! A path is the chain of field names from the model down, `blocks.0.attention.query.weight`. It is the only name of a parameter:
//! burn's own identifiers are random and never leave the process.

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Gradients, Tensor},
};

/// One parameter, without autodiff.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub shape: Vec<usize>,
    pub values: Tensor<1>,
}

/// All parameters in order of their paths.
pub fn parameters<M: Module>(model: &M) -> BTreeMap<String, Parameter> {
    let mut reader = Reader::default();
    model.visit(&mut reader);
    reader.found
}

/// The gradients that a backward pass left, flat; parameters that it did not reach are absent.
pub fn gradients<M: Module>(model: &M, gradients: &mut Gradients) -> BTreeMap<String, Tensor<1>> {
    let mut taker = Taker { path: Path::default(), gradients, found: BTreeMap::new() };
    model.visit(&mut taker);
    taker.found
}

/// The model with each parameter replaced by what `update` makes of its path and flat values.
pub fn updated<M: Module>(model: M, update: impl FnMut(&str, Tensor<1>) -> Tensor<1>) -> M {
    model.map(&mut Updater { path: Path::default(), update })
}

/// The model in which these parameters take no gradient, so that no work is done for any.
pub fn frozen<M: Module>(model: M, which: impl Fn(&str) -> bool) -> M {
    model.map(&mut Freezer { path: Path::default(), which })
}

/// Where in the module tree a walk stands.
#[derive(Default)]
struct Path(Vec<String>);

impl Path {
    fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    fn exit(&mut self) {
        self.0.pop();
    }

    fn joined(&self) -> String {
        self.0.join(".")
    }
}

#[derive(Default)]
struct Reader {
    path: Path,
    found: BTreeMap<String, Parameter>,
}

impl ModuleVisitor for Reader {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let tensor = parameter.val().inner();
        let shape = tensor.dims().to_vec();
        self.found.insert(self.path.joined(), Parameter { shape, values: tensor.reshape([-1]) });
    }
}

struct Taker<'a> {
    path: Path,
    gradients: &'a mut Gradients,
    found: BTreeMap<String, Tensor<1>>,
}

impl ModuleVisitor for Taker<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = parameter.val().grad_remove(self.gradients) {
            self.found.insert(self.path.joined(), gradient.reshape([-1]));
        }
    }
}

struct Updater<F> {
    path: Path,
    update: F,
}

impl<F: FnMut(&str, Tensor<1>) -> Tensor<1>> ModuleMapper for Updater<F> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.joined();
        parameter.map(|tensor| {
            let (tracked, learning, dims) = (tensor.is_autodiff(), tensor.is_require_grad(), tensor.dims());
            let values = (self.update)(&path, tensor.inner().reshape([-1])).reshape(dims);
            if tracked { Tensor::from_inner(values).set_require_grad(learning) } else { values }
        })
    }
}

struct Freezer<F> {
    path: Path,
    which: F,
}

impl<F: Fn(&str) -> bool> ModuleMapper for Freezer<F> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if (self.which)(&self.path.joined()) { parameter.set_require_grad(false) } else { parameter }
    }
}
