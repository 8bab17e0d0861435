//! Checks of what a config may ask for: an error names the setting and what it should be.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::PictureError;

/// Sides that a model may take.
pub(crate) const SIDES: RangeInclusive<usize> = 1..=8192;

/// A setting lies in its range; what is not a number lies in none.
pub(crate) fn within<T: PartialOrd + Display>(
    name: &'static str,
    found: T,
    range: RangeInclusive<T>,
    expected: &'static str,
) -> Result<(), PictureError> {
    if range.contains(&found) {
        return Ok(());
    }
    Err(PictureError::Setting { name, expected, found: found.to_string() })
}

pub(crate) fn sides(height: usize, width: usize) -> Result<(), PictureError> {
    within("height", height, SIDES, "a size from 1 to 8192")?;
    within("width", width, SIDES, "a size from 1 to 8192")
}

pub(crate) fn probability(found: f32) -> Result<(), PictureError> {
    within("probability", found, 0.0..=1.0, "a probability from 0 to 1")
}
