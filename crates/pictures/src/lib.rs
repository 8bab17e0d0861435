//! Pictures as plain arrays: decoded, resized, normalized, augmented, drawn. Nothing here knows a tensor or a data set.
//!
//! Bytes come in ([`decode`], [`open`]) as [`Pixels`], `[height, width, channel]`, are fitted and augmented as bytes, and leave
//! as [`Planes`], `[channel, height, width]`; a [`Recipe`] is that way as one value. Arithmetic on bytes follows Pillow, whose
//! results trained models have seen, and every random choice is a pure function of a key.

mod affine;
mod augment;
mod crop;
mod decode;
mod enhance;
mod erase;
mod error;
mod fit;
mod mix;
mod normalize;
mod operation;
mod pixels;
mod portion;
mod recipe;
mod resize;
mod settings;
mod sheet;
mod terminal;
mod tones;

pub use affine::Sampling;
pub use augment::Augmentation;
pub use decode::{Limits, decode, decode_on_white, open, open_on_white};
pub use erase::{Erasing, Fill};
pub use error::PictureError;
pub use fit::{Before, Fit};
pub use mix::{Mix, Mixed, Mixing, mix};
pub use normalize::{Normalization, Planes};
pub use operation::Operation;
pub use pixels::{Color, Pixels};
pub use portion::Portion;
pub use recipe::Recipe;
pub use resize::{Filter, resize};
pub use sheet::{png, sheet};
pub use terminal::{Ink, terminal};
