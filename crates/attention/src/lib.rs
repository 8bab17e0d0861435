//! Layers that models share, and what travels with one forward pass.
//!
//! The axes of the workspace, by their one name each: `batch`, `query` and `key` (positions of the sequence that asks and of the one
//! that is asked; never the same name), `head`, `group` (heads that share keys and values), `channel` (within a head), `width`
//! (of the residual stream), `hidden` (of a feed-forward), `vocabulary`. Activations between layers are
//! `[batch, query, width]`.

mod adapter;
mod attention;
mod block;
mod cache;
mod cost;
mod cross;
mod embedding;
mod fault;
mod feed_forward;
mod initial;
mod linear;
mod norm;
mod parameters;
mod pass;
mod recompute;
mod relative;
mod residual;
mod sinusoids;
mod teaching;
mod trace;

pub use adapter::{Adapter, adapts, merged};
pub use attention::{Attention, AttentionConfig};
pub use attentive_kernels::{Attend, Dropout, IGNORED, Mask, Precision, Rotary, RotaryScaling};
pub use block::{Block, BlockConfig, NormPlace, Sight};
pub use cache::Cache;
pub use cost::Cost;
pub use cross::{CrossAttention, CrossConfig, CrossKind, Memory};
pub use embedding::Embedding;
pub use fault::{Fault, MOST_CONTEXT, MOST_LAYERS, MOST_WIDTH};
pub use feed_forward::{FeedForward, FeedForwardKind};
pub use initial::{Adapters, Initial, deviation};
pub use linear::{AttentionBias, Bias, Biases, Linear};
pub use norm::{Norm, NormKind};
pub use parameters::{Parameter, frozen, gradients, parameters, updated};
pub use pass::{Mode, Pass};
pub use recompute::Segment;
pub use relative::{RelativeBias, RelativeConfig};
pub use residual::{Residual, ResidualConfig};
pub use sinusoids::{sinusoids, waves};
pub use teaching::{Aspect, Shares, Shown, Teaching, is_lens};
pub use trace::{Head, Trace};

#[cfg(test)]
mod tests;
