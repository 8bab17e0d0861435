//! What can go wrong with a picture or with what is to be done to it.

use std::path::PathBuf;

use crate::Pixels;

#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("{} is not a picture that can be used", .path.display())]
    File { path: PathBuf, source: Box<PictureError> },
    #[error("{} cannot be read; check that it exists and that you may read it", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} is not a file; name a picture", .path.display())]
    NotAFile { path: PathBuf },
    #[error("it has more than {limit} bytes; make it smaller or raise the limit")]
    LongFile { limit: u64 },

    #[error("a PNG, JPEG, GIF, BMP or WebP was expected, found {found}; convert the picture or leave it out")]
    UnknownKind { found: String },
    #[error("the {kind} is {width}x{height}, a picture has at least one pixel; leave it out")]
    NoPixels { kind: &'static str, height: u64, width: u64 },
    #[error(
        "the {kind} says that it is {width}x{height}, where at most {} wide, {} high and {} pixels are allowed; make \
         it smaller or raise the limits",
        .limits.width, .limits.height, .limits.pixels
    )]
    TooLarge { kind: &'static str, height: u64, width: u64, limits: Box<crate::Limits> },
    #[error(
        "decoding the {kind} takes more than the {limit} bytes of memory allowed; make it smaller or raise the limit"
    )]
    Memory { kind: &'static str, limit: u64 },
    #[error("the {kind} ends too early, found {found} bytes; get it again or leave it out")]
    CutShort { kind: &'static str, found: usize },
    #[error("the {kind} is damaged or of a rare kind; convert it, get it again or leave it out")]
    Damaged { kind: &'static str, source: image::ImageError },

    #[error("a picture has 1 channel or 3, found {found}; drop the others")]
    Channels { found: usize },
    #[error(
        "sides from 1 to {} and at most {} pixels were expected, found {height}x{width}; choose another size or leave \
         the picture out",
        Pixels::LONGEST,
        Pixels::MOST
    )]
    Size { height: usize, width: usize },
    #[error("a picture of {height}x{width} with {channels} channels has {expected} bytes, found {found}")]
    Bytes { height: usize, width: usize, channels: usize, expected: usize, found: usize },

    #[error("`{name} = {found}` where {expected} was expected")]
    Setting { name: &'static str, expected: &'static str, found: String },
    #[error("a sheet of no pictures cannot be drawn; give at least one")]
    NothingToDraw,
    #[error("the PNG could not be written")]
    Encoding { source: image::ImageError },
}
