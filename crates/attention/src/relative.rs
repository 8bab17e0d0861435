//! Positions as a bias of the scores by distance (Raffel et al. 2020): near distances have a learned number each, far ones share some.

use attentive_kernels::embedding;
use burn::{
    module::{Module, Param},
    tensor::{Int, Tensor, TensorData},
};

use crate::Initial;

/// Which distances there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelativeConfig {
    /// Numbers a head.
    pub buckets: usize,
    /// Distances from here on share the last bucket.
    pub most: usize,
    /// Whether keys lie on both sides of a query, so that half of the buckets are for each.
    pub both_sides: bool,
}

/// table `[bucket, head]`.
#[derive(Module, Debug)]
pub struct RelativeBias {
    pub table: Param<Tensor<2>>,
    #[module(skip)]
    config: RelativeConfig,
}

impl RelativeBias {
    pub fn new(config: RelativeConfig, heads: usize, deviation: f64, initial: &Initial) -> Self {
        Self { table: initial.normal([config.buckets, heads], deviation), config }
    }

    /// `[1, head, query, key]`, where the first query stands at position `start` and the first key at zero.
    pub fn forward(&self, start: usize, queries: usize, keys: usize) -> Tensor<4> {
        let table = self.table.val();
        let [_, heads] = table.dims();
        let place = |query: usize| (0..keys).map(move |key| key as i64 - (start + query) as i64);
        let ids: Vec<i32> = (0..queries).flat_map(place).map(|distance| self.config.bucket(distance) as i32).collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [queries, keys]), &table.device());
        let bias = embedding(table, ids); // [query, key, head]
        bias.permute([2, 0, 1]).reshape([1, heads, queries, keys])
    }
}

impl RelativeConfig {
    /// The bucket of a key at this distance behind the query; negative before it.
    fn bucket(self, distance: i64) -> usize {
        let (buckets, first) = match (self.both_sides, distance > 0) {
            (true, after) => (self.buckets / 2, if after { self.buckets / 2 } else { 0 }),
            (false, _) => (self.buckets, 0),
        };
        let far = if self.both_sides { distance.unsigned_abs() } else { (-distance).max(0).unsigned_abs() } as usize;
        let exact = buckets / 2;
        if far < exact {
            return first + far;
        }
        // Beyond, buckets grow with the logarithm of the distance. Rounded to f32 where the reference implementation rounds, or some
        // distances would meet the next bucket.
        let share = f64::from(far as f32 / exact as f32).ln() as f32 / (self.most as f64 / exact as f64).ln() as f32;
        first + (exact + (share * (buckets - exact) as f32) as usize).min(buckets - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distances that come near to the next bucket, as T5 of transformers 5.23 sorts them.
    #[test]
    fn buckets_are_those_of_the_reference_implementation() {
        let bucket =
            |buckets, most, distance: i64| RelativeConfig { buckets, most, both_sides: false }.bucket(-distance);
        assert_eq!([15, 16, 22, 23, 1000].map(|distance| bucket(32, 128, distance)), [15, 16, 18, 18, 31]);
        assert_eq!([bucket(8, 9, 6), bucket(19, 49, 21), bucket(36, 98, 42)], [6, 14, 27]);
        assert_eq!([bucket(46, 164, 107), bucket(55, 147, 63), bucket(112, 85, 65)], [41, 41, 76]);
    }
}
