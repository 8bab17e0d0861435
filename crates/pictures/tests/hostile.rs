//! Files that are damaged, cut, absurd or not pictures at all: each is an error or a picture, quickly and in little memory.

use std::path::PathBuf;

use attentive_pictures::{Color, Limits, PictureError, Pixels, decode, open};
use attentive_random::Key;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The golden files, of every kind.
fn files() -> Vec<(String, Vec<u8>)> {
    let names = std::fs::read_dir(folder()).expect("the golden folder").map(|entry| entry.expect("an entry"));
    let mut files: Vec<_> = names
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("a file")))
        .filter(|(name, _)| !["pixels.", "processors."].iter().any(|golden| name.starts_with(golden)))
        .collect();
    files.sort();
    files
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect("a golden file")
}

/// Little is allowed, so that what asks for much shows.
const SMALL: Limits = Limits { width: 4096, height: 4096, pixels: 1 << 16, memory: 1 << 20 };

fn attempt(bytes: &[u8]) -> Result<Pixels, PictureError> {
    let decoded = decode(bytes, Color::Rgb, &SMALL);
    if let Ok(picture) = &decoded {
        assert!(picture.height() * picture.width() <= 1 << 16);
    }
    decoded
}

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let message = attempt(bytes).expect_err("it should be refused").to_string();
    assert!(message.contains(expected), "{message}");
}

/// The bytes with others at a place.
fn patched(mut bytes: Vec<u8>, place: usize, patch: &[u8]) -> Vec<u8> {
    bytes[place..][..patch.len()].copy_from_slice(patch);
    bytes
}

/// Where the height of a JPEG lies, two bytes before its width.
fn frame(bytes: &[u8]) -> usize {
    5 + bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a baseline JPEG")
}

/// A PNG's header says its size in a chunk with a checksum of its own.
fn png_of(height: u32, width: u32) -> Vec<u8> {
    let mut bytes = patched(file("rgb.png"), 16, &width.to_be_bytes());
    bytes = patched(bytes, 20, &height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    patched(bytes, 29, &checksum.to_be_bytes())
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn absurd_sizes_are_refused_before_memory_is_given() {
    let huge = "at most 4096 wide, 4096 high and 65536 pixels are allowed";
    refused(&png_of(60_000, 50_000), "the PNG says that it is 50000x60000");
    refused(&png_of(3, 5000), huge);
    refused(&png_of(2000, 2000), huge);
    let jpeg = file("rgb.jpg");
    refused(&patched(jpeg.clone(), frame(&jpeg), &[0xff; 4]), huge);
    refused(&patched(file("palette.gif"), 6, &[0xff; 4]), huge);
    refused(&patched(file("rgb.bmp"), 18, &[0xf0, 0xf0, 0, 0, 0xf0, 0xf0, 0, 0]), "61680x61680");
    refused(&patched(file("lossless.webp"), 21, &(16_382_u32 | 16_381 << 14).to_le_bytes()), "16383x16382");
}

#[test]
fn pictures_without_pixels_are_refused() {
    assert!(attempt(&png_of(0, 7)).is_err());
    let jpeg = file("rgb.jpg");
    assert!(attempt(&patched(jpeg.clone(), frame(&jpeg), &[0, 0])).is_err());
    refused(&patched(file("palette.gif"), 6, &[0; 4]), "the GIF is 0x0");
    assert!(attempt(&patched(file("rgb.bmp"), 18, &[0; 8])).is_err());
}

#[test]
fn what_is_no_picture_says_what_it_begins_with() {
    refused(b"", "found no bytes at all");
    refused(b"<html><body>", "bytes that begin with 3c 68 74 6d 6c 3e 3c 62; convert");
    refused(b"II*\0 a TIFF", "a PNG, JPEG, GIF, BMP or WebP was expected");
}

#[test]
fn half_a_file_is_no_picture() {
    for (name, bytes) in files() {
        let failure = attempt(&bytes[..bytes.len() / 2]).expect_err(&name);
        assert!(matches!(failure, PictureError::CutShort { .. } | PictureError::Damaged { .. }), "{name}: {failure}");
        assert!(!failure.to_string().is_empty());
    }
    let jpeg = file("turned.jpg");
    refused(&jpeg[..jpeg.len() - 2], "the JPEG ends too early, found 761 bytes");
}

#[test]
fn no_cut_is_a_panic() {
    for (_, bytes) in files() {
        (0..bytes.len()).for_each(|length| drop(attempt(&bytes[..length])));
    }
}

#[test]
fn the_path_stands_in_the_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("cat.png");
    std::fs::write(&path, "meow").expect("written");
    let failure = open(&path, Color::Rgb, &SMALL).expect_err("no picture");
    assert!(failure.to_string().ends_with("cat.png is not a picture that can be used"), "{failure}");
    assert!(std::error::Error::source(&failure).is_some());
    let short = Limits { memory: 3, ..SMALL };
    assert!(matches!(open(&path, Color::Rgb, &short), Err(PictureError::File { .. })));
    assert!(matches!(open(folder.path(), Color::Rgb, &SMALL), Err(PictureError::NotAFile { .. })));
    assert!(matches!(open(&folder.path().join("no"), Color::Rgb, &SMALL), Err(PictureError::Unreadable { .. })));
}

#[test]
fn of_sixteen_bits_the_high_byte_is_kept() {
    use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
    let samples: Vec<u8> = [0x0180_u16, 0xff00, 0x00ff].into_iter().flat_map(u16::to_ne_bytes).collect();
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(&samples, 1, 1, ExtendedColorType::Rgb16).expect("written");
    assert_eq!(attempt(&png).expect("its own file").bytes(), [0x01, 0xff, 0x00]);
}

/// One of the files with a few bytes changed, or its beginning and then noise. Most damage is done to headers, where it goes
/// furthest.
fn damaged(files: &[(String, Vec<u8>)], key: Key) -> Vec<u8> {
    let mut stream = key.stream();
    let (_, mut bytes) = stream.choose(files).clone();
    if stream.chance(0.2) {
        bytes.truncate(2 + stream.below(40));
        bytes.extend((0..stream.below(300)).map(|_| stream.bits() as u8));
        return bytes;
    }
    for _ in 0..=stream.below(5) {
        let end = if stream.chance(0.5) { bytes.len().min(64) } else { bytes.len() };
        bytes[stream.below(end)] = stream.bits() as u8;
    }
    bytes
}

#[test]
fn no_damage_is_a_panic() {
    let files = files();
    (0..2_000).for_each(|item| drop(attempt(&damaged(&files, Key::new(1).nth(item)))));
}

#[test]
#[ignore = "half a minute of a release build; for new versions of the decoders"]
fn no_damage_of_very_much_is_a_panic() {
    let files = files();
    (0..1_000_000).for_each(|item| drop(attempt(&damaged(&files, Key::new(2).nth(item)))));
}
