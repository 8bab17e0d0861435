//! Random draws as pure functions of a key.
//!
//! A [`Key`] is derived from a seed by names and indices (`Key::new(seed).at("dropout").nth(step)`); the draws under it are
//! the blocks of Philox4x32-10 (Salmon et al. 2011), numbered by a counter. No generator is ever carried along, so any
//! draw of any step can be made again alone, in any order and on any thread. Not for cryptography.

mod philox;
mod shuffle;

pub use shuffle::permuted;

/// A place in the tree of random draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    pub const fn new(seed: u64) -> Self {
        Self(mixed(seed))
    }

    /// The key of a named place below this one.
    #[must_use]
    pub fn at(self, name: &str) -> Self {
        // FNV-1a over the name, then a full avalanche, so that near names give unrelated keys.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(mixed(self.0 ^ mixed(hash)))
    }

    /// The key of a numbered place below this one.
    #[must_use]
    pub const fn nth(self, index: u64) -> Self {
        Self(mixed(self.0.wrapping_add(mixed(index ^ 0x9e37_79b9_7f4a_7c15))))
    }

    /// Four draws of 32 bits: the block with this number.
    pub fn block(self, counter: u64) -> [u32; 4] {
        philox::block([counter as u32, (counter >> 32) as u32, 0, 0], self.words())
    }

    /// The key as Philox takes it, for code that makes many blocks at once.
    pub const fn words(self) -> [u32; 2] {
        [self.0 as u32, (self.0 >> 32) as u32]
    }

    /// The draws of this key, one after the other.
    pub const fn stream(self) -> Stream {
        Stream { key: self, counter: 0, block: [0; 4], left: 0 }
    }

    /// The same draws from number `first` on.
    pub fn stream_from(self, first: u64) -> Stream {
        let mut stream = Stream { key: self, counter: first / 4, block: [0; 4], left: 0 };
        (0..first % 4).for_each(|_| {
            stream.bits();
        });
        stream
    }

    /// `count` numbers, uniform in `[0, 1)`.
    pub fn uniforms(self, count: usize) -> Vec<f32> {
        let mut stream = self.stream();
        (0..count).map(|_| stream.uniform()).collect()
    }

    /// `count` numbers, normal with the given standard deviation.
    pub fn normals(self, count: usize, deviation: f32) -> Vec<f32> {
        let mut stream = self.stream();
        let pairs = (0..count.div_ceil(2)).flat_map(|_| stream.normal_pair());
        pairs.take(count).map(|draw| draw * deviation).collect()
    }
}

/// SplitMix64's finalizer: a bijection of 64 bits in which each input bit moves half of the output bits.
const fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The draws of one key in order.
#[derive(Clone, Debug)]
pub struct Stream {
    key: Key,
    counter: u64,
    block: [u32; 4],
    left: usize,
}

impl Stream {
    pub fn bits(&mut self) -> u32 {
        if self.left == 0 {
            self.block = self.key.block(self.counter);
            self.counter += 1;
            self.left = 4;
        }
        self.left -= 1;
        self.block[3 - self.left]
    }

    /// Uniform in `[0, 1)`, in steps of 2⁻²⁴, so that every value is an exact `f32`.
    pub fn uniform(&mut self) -> f32 {
        (self.bits() >> 8) as f32 / (1 << 24) as f32
    }

    /// Two independent standard normal draws (Box and Muller 1958), with one libm for all platforms.
    pub fn normal_pair(&mut self) -> [f32; 2] {
        let [first, second] = [self.bits(), self.bits()].map(|bits| (f64::from(bits) + 0.5) / 4_294_967_296.0);
        let radius = libm::sqrt(-2.0 * libm::log(first));
        let (sine, cosine) = libm::sincos(std::f64::consts::TAU * second);
        [(radius * cosine) as f32, (radius * sine) as f32]
    }

    /// Uniform in `0..end`, without bias worth naming (the error is below `end / 2⁶⁴`).
    ///
    /// # Panics
    /// When `end` is zero: there is nothing to draw from.
    pub fn below(&mut self, end: usize) -> usize {
        assert!(end > 0, "a draw needs at least one choice");
        let bits = (u64::from(self.bits()) << 32) | u64::from(self.bits());
        ((u128::from(bits) * end as u128) >> 64) as usize
    }

    /// One of the choices, each as likely.
    pub fn choose<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// True with the given probability.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.uniform() < probability
    }
}

#[cfg(test)]
mod tests;
