//! The gradient of one update: summed over micro-batches, measured, scaled.

use std::collections::BTreeMap;

use attentive_kernels::sum_of_squares;
use burn::tensor::Tensor;

/// Flat gradients by the path of their parameter.
#[derive(Debug, Default)]
pub struct Gradients(pub(crate) BTreeMap<String, Tensor<1>>);

/// The size of a gradient.
#[derive(Clone, Debug)]
pub(crate) struct Norm {
    pub(crate) global: f64,
    /// The first tensor, in order of paths, that is not finite.
    pub(crate) bad: Option<String>,
}

impl Gradients {
    pub(crate) fn add(&mut self, more: BTreeMap<String, Tensor<1>>) {
        for (path, gradient) in more {
            let sum = match self.0.remove(&path) {
                Some(before) => before + gradient,
                None => gradient,
            };
            self.0.insert(path, sum);
        }
    }

    /// The global norm of `factor` times these gradients: one number a tensor is read back, all of them at once.
    pub(crate) fn norm(&self, factor: f64) -> Norm {
        let squares: Vec<Tensor<1>> = self.0.values().cloned().map(sum_of_squares).collect();
        if squares.is_empty() {
            return Norm { global: 0.0, bad: None };
        }
        let squares = host(Tensor::cat(squares, 0));
        let bad = self.0.keys().zip(&squares).find(|(_, square)| !square.is_finite());
        let total: f64 = squares.iter().map(|&square| f64::from(square)).sum();
        Norm { global: total.sqrt() * factor, bad: bad.map(|(path, _)| path.clone()) }
    }
}

pub(crate) fn host(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("the engine computes in f32")
}

#[cfg(test)]
mod tests {
    use attentive_random::Key;
    use attentive_testkit::{device, tensor};
    use burn::tensor::TensorData;

    use super::*;

    fn gradients(entries: &[(&str, &[f32])]) -> Gradients {
        Gradients(entries.iter().map(|&(path, values)| (path.to_owned(), tensor([values.len()], values))).collect())
    }

    #[test]
    fn the_norm_is_that_of_all_tensors_together() {
        let norm = gradients(&[("left", &[3.0, 0.0]), ("right", &[-4.0])]).norm(2.0);
        assert_eq!((norm.global, norm.bad), (10.0, None));
        let nothing = Gradients::default().norm(2.0);
        assert_eq!((nothing.global, nothing.bad), (0.0, None));
    }

    #[test]
    fn the_first_bad_tensor_in_order_of_paths_is_named() {
        let bad = gradients(&[("c", &[f32::NAN]), ("a", &[1.0]), ("b", &[1.0, f32::NEG_INFINITY])]).norm(1.0).bad;
        assert_eq!(bad.as_deref(), Some("b"));
    }

    /// Equal entries are the worst case: their roundings all point the same way.
    #[test]
    fn the_norm_of_long_tensors_is_accurate() {
        const ACCURACY: f64 = 1e-5;
        let length = (3 << 20) + 7;
        for values in [Key::new(1).normals(length, 1e-3), vec![0.1; length]] {
            let exact = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
            let long = Tensor::from_data(TensorData::new(values, [length]), &device());
            let norm = Gradients([("long".to_owned(), long)].into()).norm(1.0).global;
            let error = (norm / exact - 1.0).abs();
            assert!(error < ACCURACY, "{norm}, expected {exact} (error {error:e})");
        }
    }

    #[test]
    fn gradients_of_several_passes_add_up() {
        let mut sum = Gradients::default();
        for values in [[1.0, 2.0], [10.0, 20.0]] {
            sum.add([("both".to_owned(), tensor([2], &values))].into());
        }
        sum.add([("last".to_owned(), tensor([1], &[5.0]))].into());
        let values: Vec<Vec<f32>> = sum.0.into_values().map(host).collect();
        assert_eq!(values, [vec![11.0, 22.0], vec![5.0]]);
    }
}
