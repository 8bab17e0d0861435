//! Pictures from files: PNG, JPEG, GIF (its first frame), BMP and WebP.
//!
//! As Pillow's `convert("RGB")`, and so torchvision, does it: alpha is dropped, not blended, unless white is asked for; an EXIF
//! orientation is not applied; color profiles are ignored. Of 16-bit samples the high byte is kept. Files are taken for hostile:
//! sizes are checked before memory is given.

mod alpha;
mod jpeg;

use std::fs::{self, File};
use std::io::{Cursor, ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::error::{DecodingError, ImageFormatHint};
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult};

use crate::pixels::{bounded, grays};
use crate::{Color, PictureError, Pixels};

/// What a file may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Never more than [`Pixels::LONGEST`], nor the height.
    pub width: u64,
    pub height: u64,
    /// Never more than [`Pixels::MOST`].
    pub pixels: u64,
    /// Bytes of a file, and of its picture as it is decoded. A decoder may take a few times as much beside it: a progressive
    /// JPEG is held as coefficients.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            width: Pixels::LONGEST as u64,
            height: Pixels::LONGEST as u64,
            pixels: Pixels::MOST as u64,
            memory: 1 << 29,
        }
    }
}

/// What becomes of alpha, the last of so many channels.
type Opaque = fn(samples: Vec<u8>, channels: usize) -> Vec<u8>;

/// The picture in a file.
pub fn open(path: &Path, color: Color, limits: &Limits) -> Result<Pixels, PictureError> {
    opened(path, color, limits, alpha::dropped)
}

/// The picture in a file as it looks on white: what is transparent may have any color, and mostly has black.
pub fn open_on_white(path: &Path, color: Color, limits: &Limits) -> Result<Pixels, PictureError> {
    opened(path, color, limits, alpha::on_white)
}

fn opened(path: &Path, color: Color, limits: &Limits, opaque: Opaque) -> Result<Pixels, PictureError> {
    let named = |source| PictureError::File { path: path.to_owned(), source: Box::new(source) };
    let bytes = read(path, limits.memory)?;
    bytes
        .ok_or(PictureError::LongFile { limit: limits.memory })
        .and_then(|bytes| decoded(&bytes, color, limits, opaque))
        .map_err(named)
}

/// The file, or nothing when it is too long. Pipes and devices could wait forever and are not read.
fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, PictureError> {
    let unreadable = |source| PictureError::Unreadable { path: path.to_owned(), source };
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(PictureError::NotAFile { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// The picture in the bytes of a file, whose kind they say themselves.
pub fn decode(bytes: &[u8], color: Color, limits: &Limits) -> Result<Pixels, PictureError> {
    decoded(bytes, color, limits, alpha::dropped)
}

/// The picture in the bytes of a file as it looks on white.
pub fn decode_on_white(bytes: &[u8], color: Color, limits: &Limits) -> Result<Pixels, PictureError> {
    decoded(bytes, color, limits, alpha::on_white)
}

fn decoded(bytes: &[u8], color: Color, limits: &Limits, opaque: Opaque) -> Result<Pixels, PictureError> {
    let format = format(bytes)?;
    let kind = name(format);
    let failure = |source| failed(source, kind, bytes.len(), limits);
    if format == ImageFormat::Jpeg && jpeg::is_cut_short(bytes) {
        return Err(PictureError::CutShort { kind, found: bytes.len() });
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(memory(limits));
    let decoder = careful(|| reader.into_decoder()).map_err(failure)?;
    let (width, height) = decoder.dimensions();
    check_size(kind, u64::from(height), u64::from(width), limits)?;
    let layout = decoder.color_type();
    let mut samples = vec![0; room(decoder.total_bytes(), kind, limits)?];
    careful(|| decoder.read_image(&mut samples)).map_err(failure)?;
    Ok(Pixels::made(height as usize, width as usize, color, converted(samples, layout, color, opaque)))
}

/// A panic of a decoder as an error: what it trusts in a foreign file may show only in use.
fn careful<T>(work: impl FnOnce() -> ImageResult<T>) -> ImageResult<T> {
    let broken = || DecodingError::new(ImageFormatHint::Unknown, "the decoder gave up on it");
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(ImageError::Decoding(broken())))
}

fn format(bytes: &[u8]) -> Result<ImageFormat, PictureError> {
    let format = image::guess_format(bytes).ok().filter(|format| !name(*format).is_empty());
    format.ok_or_else(|| PictureError::UnknownKind { found: beginning(bytes) })
}

const fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Gif => "GIF",
        ImageFormat::Bmp => "BMP",
        ImageFormat::WebP => "WebP",
        _ => "",
    }
}

/// What bytes of no known kind begin with.
fn beginning(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "no bytes at all".to_owned();
    }
    let first: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("bytes that begin with {}", first.join(" "))
}

fn memory(limits: &Limits) -> image::Limits {
    let mut memory = image::Limits::no_limits();
    memory.max_alloc = Some(limits.memory);
    memory
}

fn check_size(kind: &'static str, height: u64, width: u64, limits: &Limits) -> Result<(), PictureError> {
    if height == 0 || width == 0 {
        return Err(PictureError::NoPixels { kind, height, width });
    }
    let small = width <= limits.width && height <= limits.height && width.saturating_mul(height) <= limits.pixels;
    if small && bounded(height as usize, width as usize).is_some() {
        return Ok(());
    }
    Err(PictureError::TooLarge { kind, height, width, limits: Box::new(*limits) })
}

fn room(bytes: u64, kind: &'static str, limits: &Limits) -> Result<usize, PictureError> {
    let room = usize::try_from(bytes).ok().filter(|_| bytes <= limits.memory);
    room.ok_or(PictureError::Memory { kind, limit: limits.memory })
}

fn failed(source: ImageError, kind: &'static str, found: usize, limits: &Limits) -> PictureError {
    match source {
        ImageError::Limits(_) => PictureError::Memory { kind, limit: limits.memory },
        source if is_end(&source) => PictureError::CutShort { kind, found },
        source => PictureError::Damaged { kind, source },
    }
}

/// Whether there were too few bytes, told by whatever error of reading lies at the bottom.
fn is_end(failure: &ImageError) -> bool {
    let first: &dyn std::error::Error = failure;
    std::iter::successors(Some(first), |failure| failure.source())
        .any(|failure| failure.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::UnexpectedEof))
}

/// Gray, gray with alpha, color or color with alpha, of one byte or two each, as gray or color.
fn converted(samples: Vec<u8>, layout: ColorType, color: Color, opaque: Opaque) -> Vec<u8> {
    let channels = usize::from(layout.channel_count());
    let opaque = opaque(high_bytes(samples, usize::from(layout.bytes_per_pixel()) / channels), channels);
    match (layout.has_color(), color) {
        (false, Color::Rgb) => opaque.into_iter().flat_map(|gray| [gray; 3]).collect(),
        (true, Color::Gray) => grays(&opaque).collect(),
        (false, Color::Gray) | (true, Color::Rgb) => opaque,
    }
}

/// Samples of one byte; of two bytes, in the order of this machine, the high one.
fn high_bytes(samples: Vec<u8>, size: usize) -> Vec<u8> {
    if size == 1 {
        return samples;
    }
    samples.as_chunks::<2>().0.iter().map(|&sample| (u16::from_ne_bytes(sample) >> 8) as u8).collect()
}
