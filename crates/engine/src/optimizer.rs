//! The update of all parameters, its state by path.

use std::collections::BTreeMap;

use attentive_attention::{parameters, updated};
use attentive_kernels::{AdamW, Lion, Moments, Momentum, Muon, Sgd, adamw, lion, muon, sgd};
use burn::{module::Module, tensor::Tensor};

use crate::{Gradients, OptimizerKind, OptimizerPlan};

/// The state of the optimizer; the default one has seen no gradient.
#[derive(Debug, Default)]
pub struct Optimizer {
    pub(crate) states: BTreeMap<String, State>,
}

/// What an optimizer remembers of one parameter.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one a parameter, and most are of the larger kind")]
pub(crate) enum State {
    Moments(Moments),
    Momentum(Tensor<1>),
}

/// What sets one update apart from another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) learning_rate: f64,
    /// Number of the update, from one.
    pub(crate) update: u64,
    /// What the gradients are multiplied with first.
    pub(crate) factor: f64,
}

/// How the task sees a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A matrix between hidden layers.
    Matrix,
    /// Decays, but is no such matrix: a head.
    Weight,
    /// Spared by weight decay: a norm, a bias, an embedding.
    Spared,
    /// Not trained.
    Frozen,
}

impl Role {
    /// As models tell their parameters apart by path; those that both know are spared.
    pub fn of(path: &str, spared: fn(&str) -> bool, hidden_matrix: fn(&str) -> bool) -> Self {
        match (spared(path), hidden_matrix(path)) {
            (true, _) => Self::Spared,
            (false, true) => Self::Matrix,
            (false, false) => Self::Weight,
        }
    }
}

impl Optimizer {
    /// The model after one update. Parameters without a gradient stay; `role` also says what the learning rate is multiplied with.
    pub(crate) fn update<M: Module>(
        &mut self,
        model: M,
        mut gradients: Gradients,
        plan: &OptimizerPlan,
        pace: Pace,
        role: impl Fn(&str) -> (Role, f64),
    ) -> M {
        let shapes: BTreeMap<_, _> =
            parameters(&model).into_iter().map(|(path, parameter)| (path, parameter.shape)).collect();
        updated(model, |path, parameter| {
            let (role, rate) = role(path);
            let pace = Pace { learning_rate: rate * pace.learning_rate, ..pace };
            let gradient = gradients.0.remove(path).filter(|_| role != Role::Frozen);
            let Some(gradient) = gradient else { return parameter };
            let before = self.states.remove(path);
            let law = Law { plan, pace, role, shape: &shapes[path] };
            let (parameter, after) = law.updated(parameter, gradient, before);
            self.states.insert(path.to_owned(), after);
            parameter
        })
    }
}

/// The update of one parameter.
struct Law<'a> {
    plan: &'a OptimizerPlan,
    pace: Pace,
    role: Role,
    shape: &'a [usize],
}

impl Law<'_> {
    fn updated(&self, parameter: Tensor<1>, gradient: Tensor<1>, before: Option<State>) -> (Tensor<1>, State) {
        match (self.plan.kind, self.shape) {
            (OptimizerKind::Lion, _) => self.lion(parameter, gradient, before),
            (OptimizerKind::Sgd, _) => self.sgd(parameter, gradient, before),
            (OptimizerKind::Muon, &[rows, columns]) if self.role == Role::Matrix => {
                self.muon(parameter, gradient, before, [rows, columns])
            }
            (OptimizerKind::AdamW | OptimizerKind::Muon, _) => self.adamw(parameter, gradient, before),
        }
    }

    fn decay(&self) -> f64 {
        if self.role == Role::Spared { 0.0 } else { self.plan.decay }
    }

    fn adamw(&self, parameter: Tensor<1>, gradient: Tensor<1>, before: Option<State>) -> (Tensor<1>, State) {
        let &OptimizerPlan { betas, epsilon, .. } = self.plan;
        let Pace { learning_rate, update: step, factor } = self.pace;
        let settings = AdamW { learning_rate, betas, epsilon, decay: self.decay(), step, factor };
        let moments = match before {
            Some(State::Moments(moments)) => moments,
            _ => Moments::zeros_like(&parameter),
        };
        let (parameter, moments) = adamw(parameter, gradient, moments, &settings);
        (parameter, State::Moments(moments))
    }

    fn lion(&self, parameter: Tensor<1>, gradient: Tensor<1>, before: Option<State>) -> (Tensor<1>, State) {
        let Pace { learning_rate, factor, .. } = self.pace;
        let settings = Lion { learning_rate, betas: self.plan.betas, decay: self.decay(), factor };
        let momentum = momentum(before, &parameter);
        let (parameter, momentum) = lion(parameter, gradient, momentum, &settings);
        (parameter, State::Momentum(momentum))
    }

    fn sgd(&self, parameter: Tensor<1>, gradient: Tensor<1>, before: Option<State>) -> (Tensor<1>, State) {
        let Pace { learning_rate, factor, .. } = self.pace;
        let momentum_kept = Momentum::Heavy(self.plan.momentum);
        let settings = Sgd { learning_rate, momentum: momentum_kept, decay: self.decay(), factor };
        let momentum = momentum(before, &parameter);
        let (parameter, momentum) = sgd(parameter, gradient, momentum, &settings);
        (parameter, State::Momentum(momentum))
    }

    fn muon(
        &self,
        parameter: Tensor<1>,
        gradient: Tensor<1>,
        before: Option<State>,
        dims: [usize; 2],
    ) -> (Tensor<1>, State) {
        let Pace { learning_rate, factor, .. } = self.pace;
        let settings = Muon { learning_rate, momentum: self.plan.momentum, decay: self.decay(), factor };
        let momentum = momentum(before, &parameter);
        let (parameter, momentum) = muon(parameter, gradient, momentum, dims, &settings);
        (parameter, State::Momentum(momentum))
    }
}

fn momentum(before: Option<State>, parameter: &Tensor<1>) -> Tensor<1> {
    match before {
        Some(State::Momentum(momentum)) => momentum,
        _ => parameter.zeros_like(),
    }
}
