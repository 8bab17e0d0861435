//! The encoder, top to bottom: patches, positions, blocks, norm.

use attentive_attention::{
    AttentionConfig, Bias, Block, BlockConfig, Embedding, Initial, Linear, Mask, Norm, NormPlace, Pass, ResidualConfig,
    deviation,
};
use burn::{
    module::Module,
    tensor::{Device, Int, Tensor, TensorData, ops::PadMode},
};

use crate::{
    Pooling, Positions, VitPlan,
    positions::{plane_waves, resized},
};

/// Standard deviation of fresh tokens and positions (Touvron et al. 2021).
pub(crate) const DEVIATION: f64 = 0.02;

/// class `[1, width]`, registers `[register, width]`, positions `[position, width]`: the class token's, then the patches' row by row.
#[derive(Module, Debug)]
pub struct Vit {
    /// From the pixels of a patch, channel by channel and row by row, as a convolution's weight has them.
    pub patches: Linear,
    pub class: Option<Embedding>,
    pub registers: Option<Embedding>,
    pub positions: Option<Embedding>,
    pub embedding_norm: Option<Norm>,
    pub blocks: Vec<Block>,
    pub norm: Norm,
    /// Pixels of a patch's side, those seen beyond it, and patches of a side in the table of positions.
    #[module(skip)]
    patch: usize,
    #[module(skip)]
    overlap: usize,
    #[module(skip)]
    side: usize,
    #[module(skip)]
    waves: bool,
    #[module(skip)]
    dropout: f64,
    /// The number of the first block in passes and traces.
    #[module(skip)]
    first: usize,
}

impl Vit {
    /// An encoder with fresh weights; what the plan says beyond one encoder is not read.
    pub fn new(plan: &VitPlan, initial: &Initial) -> Self {
        let (width, bias, biased) = (plan.width, bias(plan), patch_bias(plan));
        let table = |name, rows| Embedding::new([rows, width], DEVIATION, &initial.at(name));
        let norm = |name| Norm::new(plan.norm, width, bias, plan.norm_epsilon, &initial.at(name));
        let pixels = plan.channels * plan.window().pow(2);
        let class = usize::from(plan.pooling == Pooling::Class);
        let block = |index| Block::new(&block(plan, index), &initial.at("blocks").nth(index));
        Self {
            patches: Linear::new([pixels, width], biased, (pixels as f64).sqrt().recip(), &initial.at("patches")),
            class: (class == 1).then(|| table("class", 1)),
            registers: (plan.registers > 0).then(|| table("registers", plan.registers)),
            positions: (plan.positions == Positions::Learned).then(|| table("positions", class + plan.side().pow(2))),
            embedding_norm: plan.embedding_norm.then(|| norm("embedding_norm")),
            blocks: (0..plan.layers).map(block).collect(),
            norm: norm("norm"),
            patch: plan.patch,
            overlap: plan.overlap,
            side: plan.side(),
            waves: plan.positions == Positions::Sinusoidal,
            dropout: plan.dropout,
            first: 0,
        }
    }

    /// The same with its blocks numbered from here on in passes and traces, for models that have other blocks beside these.
    #[must_use]
    pub fn numbered_from(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// The same for pictures with sides of this many pixels: learned positions are resized to the new grid.
    #[must_use]
    pub fn resized(mut self, size: usize) -> Self {
        let (side, leading) = (size / self.patch, usize::from(self.class.is_some()));
        let grids = [[self.side; 2], [side; 2]];
        let regridded = |table: Tensor<2>| {
            let (tracked, learning) = (table.is_autodiff(), table.is_require_grad());
            let table = resized(if tracked { table.inner() } else { table }, leading, grids[0], grids[1]);
            if tracked { Tensor::from_inner(table).set_require_grad(learning) } else { table }
        };
        self.positions = self.positions.map(|positions| Embedding { table: positions.table.map(regridded) });
        Self { side, ..self }
    }

    /// pictures `[batch, channel, height, width]` to `[batch, position, width]` after the last norm: the class token if there is one,
    /// registers, patches. Sides need not be those of the plan, but multiples of a patch's.
    pub fn hidden(&self, pictures: Tensor<4>, pass: &mut Pass) -> Tensor<3> {
        let start = self.embed(pictures, pass);
        let blocks = self.blocks.iter().enumerate();
        let end =
            blocks.fold(start, |hidden, (index, block)| pass.block(self.first + index, block, hidden, Block::forward));
        self.norm.forward(end)
    }

    /// What stands for each picture, `[batch, width]`.
    pub fn pooled(&self, pictures: Tensor<4>, pass: &mut Pass) -> Tensor<2> {
        self.pool(self.hidden(pictures, pass))
    }

    /// The same of what [`Vit::hidden`] makes of pictures.
    pub(crate) fn pool(&self, hidden: Tensor<3>) -> Tensor<2> {
        let [_, length, _] = hidden.dims();
        match &self.class {
            Some(_) => hidden.narrow(1, 0, 1).squeeze_dim(1),
            None => {
                let leading = self.leading();
                hidden.narrow(1, leading, length - leading).mean_dim(1).squeeze_dim(1)
            }
        }
    }

    /// pictures `[batch, channel, height, width]` to the residual stream `[batch, position, width]`.
    pub fn embed(&self, pictures: Tensor<4>, pass: &mut Pass) -> Tensor<3> {
        let [batch, _, height, width] = pictures.dims();
        pass.enter(self.first + self.blocks.len());
        let patches = self.patches.forward(unfolded(pictures, self.patch, self.overlap), pass); // [batch, patch, width]
        let [_, count, channels] = patches.dims();
        let places = self.places([height / self.patch, width / self.patch], channels, &patches.device());
        let leading = places.as_ref().map_or(0, |places| places.dims()[1] - count);
        let place = |start, count| places.clone().map(|places| places.narrow(1, start, count));
        let class = self.class.as_ref().map(|class| placed(class.positions(0, 1), place(0, leading)));
        let registers = self.registers.as_ref().map(|table| table.positions(0, table.table.dims()[0]));
        let before = class.into_iter().chain(registers).map(|tokens| {
            let [_, tokens_count, _] = tokens.dims();
            tokens.expand([batch, tokens_count, channels])
        });
        let hidden = Tensor::cat(before.chain([placed(patches, place(leading, count))]).collect(), 1);
        let hidden = pass.dropout(hidden, self.dropout);
        self.embedding_norm.iter().fold(hidden, |hidden, norm| norm.forward(hidden))
    }

    /// The vectors of a grid's places, `[1, position, width]`.
    fn places(&self, grid: [usize; 2], width: usize, device: &Device) -> Option<Tensor<3>> {
        let leading = usize::from(self.class.is_some());
        match &self.positions {
            Some(positions) => Some(resized(positions.table.val(), leading, [self.side; 2], grid).unsqueeze()),
            None => self.waves.then(|| plane_waves(leading, grid, width, device)),
        }
    }

    /// Tokens before the patches.
    pub fn leading(&self) -> usize {
        let registers = self.registers.as_ref().map_or(0, |table| table.table.dims()[0]);
        usize::from(self.class.is_some()) + registers
    }

    /// How many block numbers the encoder takes: one for what is dropped before the first block.
    pub fn numbers(&self) -> usize {
        self.blocks.len() + 1
    }

    /// Whether weight decay spares the parameter at this path: norms, biases, tokens and positions.
    pub fn spared(path: &str) -> bool {
        path.contains("norm.") || path.ends_with("bias") || path.ends_with("table") || path.ends_with("residual.scale")
    }

    /// Whether the parameter at this path is a matrix between hidden layers.
    pub fn hidden_matrix(path: &str) -> bool {
        path.contains("blocks.") && !Self::spared(path)
    }

    /// The device that the model lives on.
    pub fn device(&self) -> Device {
        self.patches.weight.val().device()
    }
}

fn placed(tokens: Tensor<3>, places: Option<Tensor<3>>) -> Tensor<3> {
    places.into_iter().fold(tokens, Tensor::add)
}

/// `[batch, channel, height, width]` to the pixels of each patch `[batch, patch, channel * window * window]`: a
/// window is a patch and what lies around it, zeros beyond the picture.
fn unfolded(pictures: Tensor<4>, patch: usize, overlap: usize) -> Tensor<3> {
    let [batch, channels, height, width] = pictures.dims();
    let ([rows, columns], window) = ([height / patch, width / patch], patch + 2 * overlap);
    let seen = if overlap == 0 { pictures } else { windowed(pictures, patch, overlap) };
    let cut: Tensor<6> = seen.reshape([batch, channels, rows, window, columns, window]);
    cut.permute([0, 2, 4, 1, 3, 5]).reshape([batch, rows * columns, channels * window * window])
}

/// Pictures with each patch's rows and columns as many times as windows see them, window by window.
fn windowed(pictures: Tensor<4>, patch: usize, overlap: usize) -> Tensor<4> {
    let [_, _, height, width] = pictures.dims();
    let device = pictures.device();
    let seen = |side: usize| {
        let starts = (0..side / patch).map(|number| number * patch);
        let places: Vec<i32> =
            starts.flat_map(|start| start..start + patch + 2 * overlap).map(|place| place as i32).collect();
        Tensor::<1, Int>::from_data(TensorData::from(&*places), &device)
    };
    let framed = pictures.pad([(overlap, overlap); 2], PadMode::Constant(0.0));
    framed.select(2, seen(height)).select(3, seen(width))
}

pub(crate) fn bias(plan: &VitPlan) -> Bias {
    if plan.bias { Bias::With } else { Bias::Without }
}

pub(crate) fn patch_bias(plan: &VitPlan) -> Bias {
    if plan.patch_bias { Bias::With } else { Bias::Without }
}

/// Block number `index`: the deeper, the more often its branches are left out.
pub(crate) fn block(plan: &VitPlan, index: usize) -> BlockConfig {
    let depth = plan.depth * index as f64 / (plan.layers - 1).max(1) as f64;
    BlockConfig {
        width: plan.width,
        hidden: plan.hidden,
        attention: AttentionConfig::plain(plan.heads, Mask::Everything),
        cross: None,
        feed_forward: plan.feed_forward,
        norm: plan.norm,
        norm_epsilon: plan.norm_epsilon,
        norm_place: NormPlace::Before,
        bias: bias(plan).into(),
        dropout: plan.attention_dropout,
        residual: ResidualConfig { dropout: plan.dropout, depth, scale: plan.layer_scale },
        deviation: deviation(plan.width, plan.hidden),
        residual_deviation: deviation(plan.width, plan.hidden),
    }
}
