//! Attention by its definition, in f64, one query at a time; and cases to compare with. Operands that are rounded to bf16 before they
//! meet others are rounded here too, bit by bit. Weights and the gradients of scores come out of sums, so that which way they are
//! rounded is not known here: their rounding is accounted for entry by entry.

use attentive_random::{Key, Stream};

use crate::{
    Precision,
    attention::{
        Mask,
        cpu::{Bias, Gradients, Heads, Options, Shape, backward, forward},
    },
    cpu::product::bf16_available,
    dropout::Dropout,
};

/// By how much of itself a number changes when it is rounded to the eight bits of bf16, at most.
pub(super) const BF16_ROUNDING: f64 = 1.0 / 256.0;

/// To the nearest bf16, and to the even one of two.
pub(super) fn to_bf16(value: f32) -> f32 {
    let bits = value.to_bits();
    f32::from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
}

/// `[batch, head, position, channel]` with gaps between positions.
pub(super) struct Strided {
    pub values: Vec<f32>,
    strides: [usize; 3],
}

impl Strided {
    fn draw(stream: &mut Stream, [batch, heads, positions, channels]: [usize; 4]) -> Self {
        let position = heads * channels + stream.below(4);
        let length = batch * positions * position;
        let values = (0..length).map(|_| 2.0 * stream.uniform() - 1.0).collect();
        Self { values, strides: [positions * position, channels, position] }
    }

    pub(super) fn place(&self, batch: usize, head: usize, position: usize) -> usize {
        batch * self.strides[0] + head * self.strides[1] + position * self.strides[2]
    }

    fn at(&self, [batch, head, position, channel]: [usize; 4]) -> f32 {
        self.values[self.place(batch, head, position) + channel]
    }

    fn heads(&self) -> Heads<'_> {
        let [batch, head, position] = self.strides;
        Heads { values: &self.values, batch, head, position }
    }
}

pub(super) struct Case {
    pub shape: Shape,
    pub mask: Mask,
    pub soft_cap: Option<f32>,
    pub slopes: Option<Vec<f32>>,
    pub lengths: Option<Vec<usize>>,
    pub segments: Option<[Vec<i32>; 2]>,
    /// With the number of batches and of heads that it tells apart.
    pub bias: Option<([usize; 2], Vec<f32>)>,
    pub dropout: Option<Dropout>,
    pub precision: Precision,
    pub query: Strided,
    pub key: Strided,
    pub value: Strided,
    pub d_output: Strided,
}

#[derive(PartialEq, Debug)]
pub(super) struct Outcome<T> {
    pub output: Vec<T>,
    pub log_sums: Vec<T>,
    pub query: Vec<T>,
    pub key: Vec<T>,
    pub value: Vec<T>,
    pub bias: Vec<T>,
}

/// What an entry should be, and by how much rounded weights may move it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    pub value: f64,
    pub slack: f64,
}

impl Sum {
    const ZERO: Self = Self { value: 0.0, slack: 0.0 };

    fn add(&mut self, value: f64, slack: f64) {
        self.value += value;
        self.slack += slack;
    }
}

impl Case {
    pub(super) fn plain(stream: &mut Stream, shape: Shape, mask: Mask) -> Self {
        let Shape { batch, heads, groups, queries, keys, channels } = shape;
        let mut draw = |heads, positions| Strided::draw(stream, [batch, heads, positions, channels]);
        let (query, key, value, d_output) =
            (draw(heads, queries), draw(groups, keys), draw(groups, keys), draw(heads, queries));
        let (soft_cap, slopes, lengths, segments, bias, dropout) = (None, None, None, None, None, None);
        let precision = Precision::F32;
        Self { shape, mask, soft_cap, slopes, lengths, segments, bias, dropout, precision, query, key, value, d_output }
    }

    /// Adds the options whose bits are set.
    pub(super) fn with(mut self, stream: &mut Stream, options: usize) -> Self {
        let Shape { batch, heads, queries, keys, .. } = self.shape;
        let chosen = |bit: usize| options & (1 << bit) != 0;
        self.soft_cap = chosen(0).then_some(0.7);
        self.slopes = chosen(1).then(|| (0..heads).map(|_| stream.uniform()).collect());
        self.lengths = chosen(2).then(|| (0..batch).map(|_| stream.below(keys + 1)).collect());
        self.segments = chosen(3).then(|| [queries, keys].map(|count| documents(stream, batch, count)));
        self.bias = chosen(4).then(|| {
            let kinds = [[1, batch][stream.below(2)], [1, heads][stream.below(2)]];
            (kinds, (0..kinds[0] * kinds[1] * queries * keys).map(|_| 2.0 * stream.uniform() - 1.0).collect())
        });
        self.dropout = chosen(5).then(|| Dropout { key: Key::new(7), probability: 0.3, row: stream.below(1 << 30) });
        self
    }

    pub(super) fn scale(&self) -> f32 {
        2.0 / (self.shape.channels as f32).sqrt()
    }

    /// What the code under test makes of it.
    pub(super) fn run(&self) -> Outcome<f32> {
        let Shape { batch, heads, groups, queries, keys, channels } = self.shape;
        let options = self.options();
        let [mut output, mut query] = [0, 1].map(|_| vec![f32::NAN; batch * queries * heads * channels]);
        let [mut key, mut value] = [0, 1].map(|_| vec![f32::NAN; batch * keys * groups * channels]);
        let mut log_sums = vec![f32::NAN; batch * heads * queries];
        let mut bias = vec![f32::NAN; self.bias.as_ref().map_or(0, |(_, bias)| bias.len())];
        let inputs = [&self.query, &self.key, &self.value, &self.d_output].map(Strided::heads);
        forward(&self.shape, inputs[0], inputs[1], inputs[2], &options, &mut output, &mut log_sums);
        let gradients = Gradients { query: &mut query, key: &mut key, value: &mut value, bias: Some(&mut bias) };
        backward(&self.shape, inputs, &options, (&output, &log_sums), gradients);
        Outcome { output, log_sums, query, key, value, bias }
    }

    fn options(&self) -> Options<'_> {
        let Shape { queries, keys, .. } = self.shape;
        let stride = |kinds: usize, stride| if kinds == 1 { 0 } else { stride };
        Options {
            mask: self.mask.clone(),
            scale: self.scale(),
            soft_cap: self.soft_cap,
            slopes: self.slopes.as_deref(),
            lengths: self.lengths.as_deref(),
            segments: self.segments.as_ref().map(|[queries, keys]| (&**queries, &**keys)),
            bias: self.bias.as_ref().map(|([batches, heads], values)| Bias {
                values,
                batch: stride(*batches, heads * queries * keys),
                head: stride(*heads, queries * keys),
                query: keys,
            }),
            dropout: self.dropout,
            precision: self.precision,
        }
    }

    /// What it should make of it.
    pub(super) fn expected(&self) -> Outcome<Sum> {
        let Shape { batch, heads, groups, queries, keys, channels } = self.shape;
        let [outputs, inputs] = [batch * queries * heads * channels, batch * keys * groups * channels];
        let mut all = Outcome {
            output: vec![Sum::ZERO; outputs],
            log_sums: vec![Sum { value: f64::NEG_INFINITY, slack: 0.0 }; batch * heads * queries],
            query: vec![Sum::ZERO; outputs],
            key: vec![Sum::ZERO; inputs],
            value: vec![Sum::ZERO; inputs],
            bias: vec![Sum::ZERO; self.bias.as_ref().map_or(0, |(_, bias)| bias.len())],
        };
        for row in 0..batch * heads * queries {
            self.expect_row(row / queries / heads, row / queries % heads, row % queries, &mut all);
        }
        all
    }

    fn expect_row(&self, batch: usize, head: usize, query: usize, all: &mut Outcome<Sum>) {
        let Shape { heads, groups, queries, keys, channels, .. } = self.shape;
        let (group, scale) = (head / (heads / groups), f64::from(self.scale()));
        let seen: Vec<usize> = (0..keys).filter(|&key| self.sees(batch, query, key)).collect();
        let scores: Vec<(f64, f64)> = seen.iter().map(|&key| self.score([batch, head, query, key])).collect();
        let sum: f64 = scores.iter().map(|(score, _)| score.exp()).sum();
        let place = ((batch * queries + query) * heads + head) * channels;
        if sum > 0.0 {
            all.log_sums[(batch * heads + head) * queries + query].value = sum.ln();
        }
        let rounding = if self.rounds() { BF16_ROUNDING } else { 0.0 };
        let [value, key_at] = [&self.value, &self.key]
            .map(|side| move |key, channel| self.operand(side.at([batch, group, key, channel])));
        let d_output_at = |channel| self.d_output.at([batch, head, query, channel]);
        let d_output = |channel| self.operand(d_output_at(channel));
        let d_weight = |key| -> f64 { (0..channels).map(|channel| value(key, channel) * d_output(channel)).sum() };
        let parts = || {
            seen.iter()
                .zip(&scores)
                .map(|(&key, &(score, bend))| (key, score.exp() / sum, self.factor([batch, head, query, key]), bend))
        };
        for (key, weight, factor, _) in parts() {
            for channel in 0..channels {
                let term = weight * factor * value(key, channel);
                all.output[place + channel].add(term, rounding * term.abs());
            }
        }
        let mut share = Sum::ZERO;
        for (channel, output) in all.output[place..][..channels].iter().enumerate() {
            let d_output = f64::from(d_output_at(channel));
            share.add(output.value * d_output, output.slack * d_output.abs());
        }
        for (key, weight, factor, bend) in parts() {
            let (d_score, slack) = (weight * (factor * d_weight(key) - share.value), weight * share.slack);
            if let Some(place) = self.bias_place([batch, head, query, key]) {
                all.bias[place].add(d_score, slack);
            }
            let (d_score, slack) = (d_score * bend, (slack + rounding * (d_score.abs() + slack)) * bend);
            let at = ((batch * keys + key) * groups + group) * channels;
            for channel in 0..channels {
                let term = weight * factor * d_output(channel);
                all.value[at + channel].add(term, rounding * term.abs());
                let key = scale * key_at(key, channel);
                all.query[place + channel].add(d_score * key, slack * key.abs());
                let query = self.scaled_query([batch, head, query, channel]);
                all.key[at + channel].add(d_score * query, slack * query.abs());
            }
        }
    }

    /// Whether this processor rounds the operands of this case.
    fn rounds(&self) -> bool {
        self.precision == Precision::Bf16 && bf16_available()
    }

    fn operand(&self, value: f32) -> f64 {
        f64::from(if self.rounds() { to_bf16(value) } else { value })
    }

    /// Queries are scaled before they are rounded.
    fn scaled_query(&self, place: [usize; 4]) -> f64 {
        self.operand(self.query.at(place) * self.scale())
    }

    fn sees(&self, batch: usize, query: usize, key: usize) -> bool {
        let Shape { queries, keys, .. } = self.shape;
        let absent = self.lengths.as_ref().is_some_and(|lengths| key >= lengths[batch]);
        let foreign = |[rows, columns]: &[Vec<i32>; 2]| rows[batch * queries + query] != columns[batch * keys + key];
        !self.mask.hides(query, key, queries, keys) && !absent && !self.segments.as_ref().is_some_and(foreign)
    }

    /// The score and the derivative of the soft cap.
    fn score(&self, [batch, head, query, key]: [usize; 4]) -> (f64, f64) {
        let Shape { heads, groups, queries, keys, channels, .. } = self.shape;
        let group = head / (heads / groups);
        let product = |channel| {
            self.scaled_query([batch, head, query, channel]) * self.operand(self.key.at([batch, group, key, channel]))
        };
        let (mut score, mut bend) = ((0..channels).map(product).sum::<f64>(), 1.0);
        if let Some(cap) = self.soft_cap.map(f64::from) {
            let bent = (score / cap).tanh();
            (score, bend) = (cap * bent, 1.0 - bent * bent);
        }
        if let Some(slopes) = &self.slopes {
            score -= f64::from(slopes[head]) * (query + keys).abs_diff(key + queries) as f64;
        }
        if let Some(place) = self.bias_place([batch, head, query, key]) {
            score += f64::from(self.bias.as_ref().map_or(0.0, |(_, bias)| bias[place]));
        }
        (score, bend)
    }

    fn bias_place(&self, [batch, head, query, key]: [usize; 4]) -> Option<usize> {
        let ([batches, heads], _) = self.bias.as_ref()?;
        Some(((batch % batches * heads + head % heads) * self.shape.queries + query) * self.shape.keys + key)
    }

    fn factor(&self, [batch, head, query, key]: [usize; 4]) -> f64 {
        let Some(Dropout { key: draws, probability, row }) = self.dropout else { return 1.0 };
        let Shape { heads, queries, keys, .. } = self.shape;
        let number = ((((row + batch) * heads + head) * queries + query) * keys + key) as u64;
        let draw = (draws.block(number / 4)[(number % 4) as usize] >> 8) as f32 / (1 << 24) as f32;
        if draw < probability as f32 { 0.0 } else { f64::from((1.0 / (1.0 - probability)) as f32) }
    }
}

fn documents(stream: &mut Stream, batch: usize, count: usize) -> Vec<i32> {
    let mut document = -1;
    let mut next = || {
        document += i32::from(stream.chance(0.05));
        document
    };
    (0..batch).flat_map(|_| (0..count).map(|_| next()).collect::<Vec<_>>()).collect()
}
