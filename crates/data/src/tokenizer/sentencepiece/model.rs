//! What a SentencePiece model says, by the field numbers of its `sentencepiece_model.proto`, checked as SentencePiece
//! checks it.

use std::collections::HashSet;

use super::protobuf::{Fields, Value};

/// Far longer than any real one; finding the halves of a piece takes time by the square of its length.
const LONGEST_PIECE: usize = 512;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) score: f32,
    pub(super) kind: PieceKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    Normal,
    Unknown,
    Control,
    UserDefined,
    Unused,
    Byte,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Unigram,
    Pairs,
}

/// A model as far as it matters to encoding and decoding.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Model {
    /// The index is the id.
    pub(super) pieces: Vec<Piece>,
    pub(super) algorithm: Algorithm,
    pub(super) unknown: usize,
    /// Characters without a piece are written as bytes.
    pub(super) byte_fallback: bool,
    pub(super) charsmap: Vec<u8>,
    /// A space is put before a text.
    pub(super) dummy_prefix: bool,
    /// Spaces at both ends are dropped, and those between words become one.
    pub(super) squeezes_spaces: bool,
}

impl Model {
    pub(super) fn read(file: &[u8]) -> Result<Self, String> {
        let mut model = Self {
            pieces: Vec::new(),
            algorithm: Algorithm::Unigram,
            unknown: 0,
            byte_fallback: false,
            charsmap: Vec::new(),
            dummy_prefix: true,
            squeezes_spaces: true,
        };
        for field in Fields::of(file) {
            match field? {
                (1, piece) => model.pieces.push(Piece::read(piece.bytes()?)?),
                (2, trainer) => model.read_trainer(trainer.bytes()?)?,
                (3, normalizer) => model.read_normalizer(normalizer.bytes()?)?,
                _ => {}
            }
        }
        model.unknown = checked(&model.pieces)?;
        Ok(model)
    }

    fn read_trainer(&mut self, message: &[u8]) -> Result<(), String> {
        for field in Fields::of(message) {
            match field? {
                (3, kind) => self.algorithm = algorithm(kind.number()?)?,
                (24, suffix) if suffix.number()? != 0 => {
                    return Err("its spaces end words instead of beginning them, which is not supported".to_owned());
                }
                (35, falls_back) => self.byte_fallback = falls_back.number()? != 0,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_normalizer(&mut self, message: &[u8]) -> Result<(), String> {
        for field in Fields::of(message) {
            match field? {
                (2, charsmap) => self.charsmap = charsmap.bytes()?.to_vec(),
                (3, prefix) => self.dummy_prefix = prefix.number()? != 0,
                (4, squeezes) => self.squeezes_spaces = squeezes.number()? != 0,
                (5, escapes) if escapes.number()? == 0 => {
                    return Err("its spaces are not written as `▁`, which is not supported".to_owned());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn algorithm(kind: u64) -> Result<Algorithm, String> {
    match kind {
        1 => Ok(Algorithm::Unigram),
        2 => Ok(Algorithm::Pairs),
        3 => Err("it has whole words for pieces, which is not supported; unigram and bpe are".to_owned()),
        4 => Err("it has characters for pieces, which is not supported; unigram and bpe are".to_owned()),
        kind => Err(format!("it has the unknown model type {kind}")),
    }
}

impl Piece {
    fn read(message: &[u8]) -> Result<Self, String> {
        let mut piece = Self { text: String::new(), score: 0.0, kind: PieceKind::Normal };
        for field in Fields::of(message) {
            match field? {
                (1, text) => piece.text = written(text)?,
                (2, score) => piece.score = score.float()?,
                (3, kind) => piece.kind = piece_kind(kind.number()?)?,
                _ => {}
            }
        }
        if piece.text.is_empty() || !piece.score.is_finite() {
            return Err("it has a piece without text, or with a score that is no number".to_owned());
        }
        Ok(piece)
    }
}

fn written(text: Value<'_>) -> Result<String, String> {
    let text = text.bytes()?;
    if text.len() > LONGEST_PIECE {
        return Err(format!("it has a piece of {} bytes; {LONGEST_PIECE} are the most", text.len()));
    }
    String::from_utf8(text.to_vec()).map_err(|_| "it has a piece that is not UTF-8".to_owned())
}

fn piece_kind(kind: u64) -> Result<PieceKind, String> {
    match kind {
        1 => Ok(PieceKind::Normal),
        2 => Ok(PieceKind::Unknown),
        3 => Ok(PieceKind::Control),
        4 => Ok(PieceKind::UserDefined),
        5 => Ok(PieceKind::Unused),
        6 => Ok(PieceKind::Byte),
        kind => Err(format!("it has a piece of the unknown type {kind}")),
    }
}

/// The one piece that stands for what is unknown; each piece may occur once.
fn checked(pieces: &[Piece]) -> Result<usize, String> {
    if pieces.is_empty() {
        return Err("it has no pieces".to_owned());
    }
    let mut seen = HashSet::new();
    if let Some(twice) = pieces.iter().find(|piece| !seen.insert(&piece.text)) {
        return Err(format!("it has the piece `{}` twice", twice.text));
    }
    let mut unknown = pieces.iter().enumerate().filter(|(_, piece)| piece.kind == PieceKind::Unknown);
    match (unknown.next(), unknown.next()) {
        (Some((id, _)), None) => Ok(id),
        (None, _) => Err("it has no piece for what is unknown".to_owned()),
        (Some(_), Some(_)) => Err("it has two pieces for what is unknown".to_owned()),
    }
}
