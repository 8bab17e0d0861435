//! The gradient of a bias that several batches or heads share: they write their own, which are then summed in order.

use super::{Bias, Shape};
use crate::cpu::{
    buffer::unwritten,
    threads::{Shared, each},
};

/// `[batch, head, query, key]` gradients, each written once.
pub(super) struct Gradient<'a> {
    target: &'a mut [f32],
    /// How many batches and heads the target has.
    kinds: [usize; 2],
    /// When the target is smaller.
    all: Option<Vec<f32>>,
}

impl<'a> Gradient<'a> {
    pub(super) fn new(target: Option<&'a mut [f32]>, bias: Option<Bias>, shape: &Shape) -> Option<Self> {
        let (target, bias) = (target?, bias?);
        let kinds = [if bias.batch == 0 { 1 } else { shape.batch }, if bias.head == 0 { 1 } else { shape.heads }];
        let scores = shape.queries * shape.keys;
        assert_eq!(target.len(), kinds[0] * kinds[1] * scores, "one gradient for each bias");
        let is_smaller = kinds != [shape.batch, shape.heads];
        Some(Self { target, kinds, all: is_smaller.then(|| unwritten(shape.batch * shape.heads * scores)) })
    }

    pub(super) fn shared(&mut self) -> Shared {
        Shared::new(self.all.as_mut().map_or(&mut *self.target, |all| all))
    }

    /// Sums what the batches and heads that share a bias wrote.
    pub(super) fn settle(self, shape: &Shape) {
        let Some(all) = self.all else { return };
        let ([batches, heads], keys) = (self.kinds, shape.keys);
        let target = Shared::new(self.target);
        each(batches * heads * shape.queries, |row| {
            // SAFETY: each row of the target is one index's own.
            let target = unsafe { target.slice(row * keys, keys) };
            let (kind, query) = (row / shape.queries, row % shape.queries);
            target.fill(0.0);
            for batch in (kind / heads..shape.batch).step_by(batches) {
                for head in (kind % heads..shape.heads).step_by(heads) {
                    let source = &all[((batch * shape.heads + head) * shape.queries + query) * keys..][..keys];
                    target.iter_mut().zip(source).for_each(|(sum, value)| *sum += value);
                }
            }
        });
    }
}
