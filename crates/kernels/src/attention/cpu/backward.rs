//! The backward pass: each block of rows meets its keys once more, and five products a tile give the three gradients.
//!
//! A group's keys and values gather their gradients in one place, so a group is one piece of work; where there are few
//! groups, their bands of blocks are dealt out to several parts, whose sums are added in order.

use std::ops::Range;

use super::{
    Call, Heads, MEMORY, Options, Shape,
    bias::Gradient,
    block::{Blocks, KEYS, PIECES},
    gradient::Band,
    pack::{Scratch, width},
};
use crate::cpu::{
    buffer::unwritten,
    product::enter,
    threads::{Shared, each},
};

/// Fewer bands than this are not worth sums of their own.
const BANDS: usize = 2;

/// Where the gradients go: `[batch, position, head or group, channel]`, and that of the bias as the bias,
/// `[batch or 1, head or 1, query, key]`. All of it is written.
pub(crate) struct Gradients<'a> {
    pub query: &'a mut [f32],
    pub key: &'a mut [f32],
    pub value: &'a mut [f32],
    pub bias: Option<&'a mut [f32]>,
}

/// From the inputs and results of the forward pass and the gradient of its output.
pub(crate) fn backward(
    shape: &Shape,
    [query, key, value, d_output]: [Heads; 4],
    options: &Options,
    (output, log_sums): (&[f32], &[f32]),
    mut gradients: Gradients,
) {
    gradients.check(shape, output, log_sums);
    let call = Call { shape: *shape, query, key, value, options };
    let mut d_bias = Gradient::new(gradients.bias.take(), options.bias, shape);
    let pass = Backward {
        call: &call,
        blocks: Blocks::new(shape),
        d_output,
        output,
        log_sums,
        d_query: Shared::new(gradients.query),
        d_bias: d_bias.as_mut().map(Gradient::shared),
    };
    pass.run(Shared::new(gradients.key), Shared::new(gradients.value));
    if let Some(d_bias) = d_bias {
        d_bias.settle(shape);
    }
}

impl Gradients<'_> {
    fn check(&self, shape: &Shape, output: &[f32], log_sums: &[f32]) {
        let Shape { batch, heads, groups, queries, keys, channels } = *shape;
        assert_eq!(output.len(), batch * queries * heads * channels, "one output for each query");
        assert_eq!(log_sums.len(), batch * heads * queries, "one sum for each query");
        assert_eq!(self.query.len(), output.len(), "one gradient for each query");
        assert_eq!(self.key.len(), batch * keys * groups * channels, "one gradient for each key");
        assert_eq!(self.value.len(), self.key.len(), "one gradient for each value");
    }
}

pub(super) struct Backward<'a> {
    pub call: &'a Call<'a>,
    pub blocks: Blocks,
    pub d_output: Heads<'a>,
    pub output: &'a [f32],
    pub log_sums: &'a [f32],
    pub d_query: Shared,
    /// `[batch, head, query, key]`
    pub d_bias: Option<Shared>,
}

impl Backward<'_> {
    fn run(&self, d_key: Shared, d_value: Shared) {
        let groups = self.call.shape.groups_in_all();
        match self.parts() {
            1 => each(groups, |group| self.alone(group, d_key, d_value)),
            parts => self.shared_out(parts, d_key, d_value),
        }
    }

    fn parts(&self) -> usize {
        let most = (self.blocks.bands_per_group() / BANDS).max(1);
        PIECES.div_ceil(self.call.shape.groups_in_all().max(1)).min(most)
    }

    /// Values in the sums of one group's keys.
    fn sums(&self) -> usize {
        self.call.shape.keys * width(self.call.shape.channels)
    }

    /// One group as one piece, whose sums take no memory of their own.
    fn alone(&self, group: usize, d_key: Shared, d_value: Shared) {
        let (shape, sums) = (&self.call.shape, self.sums());
        MEMORY.with_borrow_mut(|memory| {
            let mut scratch = Scratch::new(memory, 2 * sums + Band::size(shape.channels));
            let (key, value) = (scratch.take(sums), scratch.take(sums));
            self.piece(group, Part { index: 0, count: 1 }, scratch, [&mut *key, &mut *value]);
            write_sums(shape, group, 0..shape.keys, &[key], d_key);
            write_sums(shape, group, 0..shape.keys, &[value], d_value);
        });
    }

    /// Each group as several pieces.
    fn shared_out(&self, parts: usize, d_key: Shared, d_value: Shared) {
        let (shape, sums) = (&self.call.shape, self.sums());
        let groups = shape.groups_in_all();
        let mut all = unwritten(groups * parts * 2 * sums);
        let shared = Shared::new(&mut all);
        each(groups * parts, |piece| {
            // SAFETY: each piece has two stretches of its own.
            let sums = [0, 1].map(|which| unsafe { shared.slice((2 * piece + which) * sums, sums) });
            MEMORY.with_borrow_mut(|memory| {
                let scratch = Scratch::new(memory, Band::size(shape.channels));
                self.piece(piece / parts, Part { index: piece % parts, count: parts }, scratch, sums);
            });
        });
        let runs = shape.keys.div_ceil(KEYS);
        each(groups * runs, |index| {
            let (group, first) = (index / runs, index % runs * KEYS);
            for (which, target) in [d_key, d_value].into_iter().enumerate() {
                let sums_of = |part| &all[(2 * (group * parts + part) + which) * sums..][..sums];
                let parts: Vec<&[f32]> = (0..parts).map(sums_of).collect();
                write_sums(shape, group, first..(first + KEYS).min(shape.keys), &parts, target);
            }
        });
    }

    /// Every so many-th band of a group: the cost of a band grows with its place under causal masks.
    fn piece(&self, group: usize, part: Part, mut scratch: Scratch, [d_key, d_value]: [&mut [f32]; 2]) {
        let (batch, group) = (group / self.call.shape.groups, group % self.call.shape.groups);
        d_key.fill(0.0);
        d_value.fill(0.0);
        for band in (part.index..self.blocks.bands_per_group()).step_by(part.count) {
            let blocks = self.blocks.band(batch, group, band);
            let band = Band::new(self, [batch, group], blocks, scratch.again(), [&mut *d_key, &mut *d_value]);
            enter(self.call.options.precision, band);
        }
    }
}

struct Part {
    index: usize,
    count: usize,
}

/// Adds up the parts of some keys of a group and writes them where they belong.
fn write_sums(shape: &Shape, group: usize, keys: Range<usize>, parts: &[&[f32]], target: Shared) {
    let Shape { groups, channels, .. } = *shape;
    for key in keys {
        let place = ((group / groups * shape.keys + key) * groups + group % groups) * channels;
        // SAFETY: in bounds by the lengths that `backward` checks; each key of a group is written by one thread.
        let target = unsafe { target.slice(place, channels) };
        let mut rows = parts.iter().map(|part| &part[key * width(channels)..][..channels]);
        target.copy_from_slice(rows.next().expect("there is at least one part"));
        for row in rows {
            target.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }
}
