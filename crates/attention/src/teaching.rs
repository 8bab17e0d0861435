//! What a student learns of a teacher that reads the same batch: its scores (Hinton et al. 2015), its last states (Jiao et al. 2020), where its
//! last block looks (Wang et al. 2020). The teacher's tensors bear no gradient.

use attentive_kernels::{Affine, Precision, Scored, Softening, linear, linear_divergence};
use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of the map by which a student's states are compared with wider or narrower ones; it serves training alone.
pub(crate) const LENS: &str = "lens";
/// Stands for a weight of zero, whose log is none.
const LEAST: f32 = 1e-30;

/// What can be learned of a teacher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// What it takes to be likely.
    Logits,
    /// The last block's stream, as the head reads it.
    States,
    /// The attention weights of the last block.
    Attention,
}

/// How a student is held against a teacher.
#[derive(Clone, Debug)]
pub struct Teaching {
    pub aspects: Vec<Aspect>,
    /// What both sides' scores are divided by.
    pub temperature: f64,
    pub precision: Precision,
}

/// What a model makes of a batch on the way to its scores.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What the head multiplies to scores: `[batch, place, width]` and `[width, output]`.
    pub scored: Scored,
    /// `[batch, query, width]`, of a student in the teacher's width.
    pub states: Tensor<3>,
    /// `[batch, head, query, key]`, where it was watched.
    pub attention: Option<Tensor<4>>,
}

/// How much each place counts.
#[derive(Clone, Debug)]
pub struct Shares {
    /// Of those that are scored, `[batch, place]`.
    pub scored: Tensor<2>,
    /// Of all, `[batch, query]`.
    pub positions: Tensor<2>,
}

/// Whether a parameter serves the comparison with a teacher alone.
pub fn is_lens(path: &str) -> bool {
    path.strip_prefix(LENS).is_some_and(|rest| rest.starts_with('.'))
}

impl Teaching {
    pub fn of(&self, aspect: Aspect) -> bool {
        self.aspects.contains(&aspect)
    }

    /// How far the student is from the teacher in all aspects, summed over places, `[1]`.
    pub fn loss(&self, student: Shown, teacher: Shown, shares: &Shares) -> Tensor<1> {
        let aspects = self.aspects.iter().map(|aspect| match aspect {
            Aspect::Logits => self.scores(student.scored.clone(), teacher.scored.clone(), shares.scored.clone()),
            Aspect::States => states(&student.states, &teacher.states, &shares.positions),
            Aspect::Attention => looks(student.attention.as_ref(), teacher.attention.as_ref(), &shares.positions),
        });
        aspects.reduce(Tensor::add).expect("a teaching has aspects")
    }

    /// The divergence of distributions; of a single output, which is a number, the square of the difference.
    fn scores(&self, student: Scored, teacher: Scored, shares: Tensor<2>) -> Tensor<1> {
        if student.weight.dims()[1] > 1 {
            let softening = Softening { temperature: self.temperature, precision: self.precision };
            return linear_divergence(student, teacher, shares, softening);
        }
        let number = |Scored { hidden, weight }: Scored| {
            linear(hidden, Affine { weight, bias: None, precision: self.precision }) // [batch, place, 1]
        };
        states(&number(student), &number(teacher), &shares)
    }
}

/// The mean square over channels of the difference.
fn states(student: &Tensor<3>, teacher: &Tensor<3>, shares: &Tensor<2>) -> Tensor<1> {
    let difference = student.clone() - beside(teacher.clone(), student);
    let squares: Tensor<2> = (difference.clone() * difference).mean_dim(2).squeeze_dim(2); // [batch, query]
    (squares * beside(shares.clone(), student)).sum()
}

/// The divergence of the student's attention weights from the teacher's, a mean over heads.
fn looks(student: Option<&Tensor<4>>, teacher: Option<&Tensor<4>>, shares: &Tensor<2>) -> Tensor<1> {
    let (Some(student), Some(teacher)) = (student, teacher) else { panic!("who learns where to look is watched") };
    let log = |weights: &Tensor<4>| weights.clone().clamp_min(LEAST).log();
    let surprise = beside(teacher.clone(), student) * (beside(log(teacher), student) - log(student));
    let each: Tensor<2> = surprise.sum_dim(3).mean_dim(1).reshape(shares.dims()); // [batch, query]
    (each * beside(shares.clone(), student)).sum()
}

/// A constant where the other tensor lies, with or without autodiff.
fn beside<const D: usize, const E: usize>(constant: Tensor<D>, other: &Tensor<E>) -> Tensor<D> {
    if other.is_autodiff() { Tensor::from_inner(constant) } else { constant }
}
