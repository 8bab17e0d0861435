//! Where a parameter stands in a foreign file: names and indices, no tensors.

/// A foreign tensor, or a part of one, that makes a parameter of ours. Ours are matrices `[in, out]`, tables `[entry, width]` and
/// vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The foreign tensor's name.
    pub tensor: String,
    pub lies: Lies,
    /// The shape of the whole foreign tensor, where ours doesn't tell it: for writing alone.
    pub shape: Option<Vec<usize>>,
}

/// How our entries lie in the foreign tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// In the same order, whatever axes of length one stand around them.
    Straight,
    /// A matrix `[out, in]`; the axes of a convolution's kernel behind the first are one axis.
    Turned,
    /// A matrix `[in, of * out]` or a vector `[of * out]`: several of ours side by side.
    Part { index: usize, of: usize },
    /// The same with the foreign matrix `[of * out, in]`.
    TurnedPart { index: usize, of: usize },
    /// A matrix `[out, in]` or a vector whose heads of so many channels have rotary pairs side by side; ours are half a head apart.
    Neighbors { channels: usize },
    /// A table that has so many rows before ours.
    Below { rows: usize },
    /// One row of a table.
    Row { index: usize },
    /// A table without this row.
    Without { index: usize },
}

impl Place {
    /// In the same order.
    pub fn straight(tensor: impl Into<String>) -> Self {
        Self::new(tensor, Lies::Straight)
    }

    /// A matrix of another library's linear layer.
    pub fn turned(tensor: impl Into<String>) -> Self {
        Self::new(tensor, Lies::Turned)
    }

    pub fn new(tensor: impl Into<String>, lies: Lies) -> Self {
        Self { tensor: tensor.into(), lies, shape: None }
    }

    /// In a foreign tensor of this shape.
    #[must_use]
    pub fn shaped(self, shape: impl Into<Vec<usize>>) -> Self {
        Self { shape: Some(shape.into()), ..self }
    }
}

impl Lies {
    /// The shape of ours that a foreign tensor of `shape` holds, or nothing where it can't hold one.
    pub fn ours(self, shape: &[usize]) -> Option<Vec<usize>> {
        let parted = |out: usize, of: usize| (of > 0 && out.is_multiple_of(of)).then(|| out / of);
        let single = shape.iter().rev().skip(2).all(|&length| length == 1);
        Some(match (self, shape) {
            (Self::Part { index, of } | Self::TurnedPart { index, of }, _) if index >= of => return None,
            (Self::Straight, _) => shape.to_vec(),
            (Self::Turned, [outs, ins @ ..]) if !ins.is_empty() => vec![ins.iter().product(), *outs],
            (Self::Part { of, .. } | Self::TurnedPart { of, .. }, &[outs]) => vec![parted(outs, of)?],
            (Self::Part { of, .. }, &[ins, outs]) => vec![ins, parted(outs, of)?],
            (Self::TurnedPart { of, .. }, &[outs, ins]) => vec![ins, parted(outs, of)?],
            (Self::Neighbors { channels }, _) if !channels.is_multiple_of(2) => return None,
            (Self::Neighbors { channels }, &[outs]) => vec![parted(outs, channels)? * channels],
            (Self::Neighbors { channels }, &[outs, ins]) => vec![ins, parted(outs, channels)? * channels],
            (Self::Below { rows }, &[all, width]) => vec![all.checked_sub(rows)?, width],
            (Self::Row { index }, &[.., rows, width]) if index < rows && single => vec![1, width],
            (Self::Without { index }, &[.., rows, width]) if index < rows && single => vec![rows - 1, width],
            _ => return None,
        })
    }

    /// For each entry of ours, in order, where it stands in a foreign tensor of `shape`, which must hold one.
    pub fn entries(self, shape: &[usize]) -> Box<dyn Iterator<Item = usize>> {
        let total: usize = shape.iter().product();
        let (first, rest) = shape.split_first().map_or((1, 1), |(&first, rest)| (first, rest.iter().product()));
        let last = shape.last().copied().unwrap_or(1);
        match self {
            Self::Straight => Box::new(0..total),
            Self::Turned => turned(0..first, rest),
            Self::Part { index, of } => {
                let outs = last / of;
                Box::new(
                    (0..total / last.max(1))
                        .flat_map(move |row| (0..outs).map(move |out| row * last + index * outs + out)),
                )
            }
            Self::TurnedPart { index, of } => {
                let outs = first / of;
                turned(index * outs..(index + 1) * outs, rest)
            }
            Self::Neighbors { channels } => {
                Box::new((0..rest).flat_map(move |row| (0..first).map(move |out| neighbor(out, channels) * rest + row)))
            }
            Self::Below { rows } => Box::new(rows * last..total),
            Self::Row { index } => Box::new(index * last..(index + 1) * last),
            Self::Without { index } => Box::new((0..index * last).chain((index + 1) * last..total)),
        }
    }
}

/// The entries of these rows, each `width` long, column by column.
fn turned(rows: std::ops::Range<usize>, width: usize) -> Box<dyn Iterator<Item = usize>> {
    Box::new((0..width).flat_map(move |column| rows.clone().map(move |row| row * width + column)))
}

/// The place among neighboring pairs of an output that belongs to halves of a head.
fn neighbor(out: usize, channels: usize) -> usize {
    let (head, channel) = (out / channels, out % channels);
    head * channels + 2 * (channel % (channels / 2)) + channel / (channels / 2)
}
