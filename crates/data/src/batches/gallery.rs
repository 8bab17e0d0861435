//! Pictures of a split in memory: all of one size, as bytes one after the other.

use attentive_pictures::{Color, Fit, Limits, PictureError, Pixels, Planes, Recipe, decode_on_white, open_on_white};
use attentive_random::Key;
use rayon::prelude::*;

use crate::preparing::prepared;
use crate::{Cell, DataError, Picture, Row, Rows, Told};

/// How pictures of any kind and size become alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub fit: Fit,
    pub color: Color,
    pub limits: Limits,
}

impl Look {
    /// The picture decoded and fitted.
    pub fn of(&self, picture: &Picture) -> Result<Pixels, PictureError> {
        self.fit.apply(&pixels(picture, self.color, &self.limits)?)
    }
}

/// The picture decoded, whatever its kind. What is transparent shows white; the limits are those of files.
pub fn pixels(picture: &Picture, color: Color, limits: &Limits) -> Result<Pixels, PictureError> {
    match picture {
        Picture::File(path) => open_on_white(path, color, limits),
        Picture::Encoded(bytes) => decode_on_white(bytes, color, limits),
        Picture::Pixels { height, width, channels, bytes } => {
            Ok(Pixels::new(*height, *width, *channels, bytes.clone())?.into_color(color))
        }
    }
}

/// Pictures of one size, numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gallery {
    height: usize,
    width: usize,
    color: Color,
    /// `[picture, height, width, channel]`
    bytes: Vec<u8>,
}

impl Gallery {
    /// The picture in this column of each row, of several the first, and what else is kept of the rows: labels, texts.
    pub fn read<Kept: Send>(
        rows: Rows,
        column: &str,
        look: &Look,
        kept: impl Fn(&Row) -> Result<Kept, DataError> + Sync,
        told: &mut dyn FnMut(Told),
    ) -> Result<(Self, Vec<Kept>), DataError> {
        let [height, width] = look.fit.size();
        let (mut gallery, mut all) = (Self { height, width, color: look.color, bytes: Vec::new() }, Vec::new());
        let work = |row: &Row| Ok((shown(row, column, look)?, kept(row)?));
        let keep = |(picture, kept): (Pixels, Kept)| {
            gallery.bytes.extend_from_slice(picture.bytes());
            all.push(kept);
        };
        prepared(rows, work, keep, told)?;
        gallery.bytes.shrink_to_fit();
        Ok((gallery, all))
    }

    /// How many there are.
    pub fn pictures(&self) -> usize {
        self.bytes.len() / self.picture_bytes()
    }

    /// The picture with this number.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn picture(&self, item: usize) -> Pixels {
        let bytes = &self.bytes[item * self.picture_bytes()..][..self.picture_bytes()];
        let picture = Pixels::new(self.height, self.width, self.color.channels(), bytes.to_vec());
        picture.expect("the gallery's pictures have its size, which Fit checked")
    }

    /// These pictures as a model takes them. `key` gives the draws of a row of the batch; with the key of a row being that of
    /// `step * batch + row`, any split of a batch into smaller ones gives the same pictures.
    ///
    /// # Errors
    /// When the recipe fits pictures once more, and they are so long and narrow that they would become huge in between.
    ///
    /// # Panics
    /// When there are not so many pictures.
    pub fn planes(
        &self,
        items: &[usize],
        recipe: &Recipe,
        key: impl Fn(usize) -> Key + Sync,
    ) -> Result<Vec<Planes>, PictureError> {
        let rows = items.par_iter().enumerate();
        rows.map(|(row, item)| recipe.apply(key(row), self.picture(*item))).collect()
    }

    fn picture_bytes(&self) -> usize {
        self.height * self.width * self.color.channels()
    }
}

/// Pictures of one shape as one batch, `[row, channel, height, width]`.
pub fn stacked(pictures: &[Planes]) -> Vec<f32> {
    pictures.iter().flat_map(|picture| &picture.values).copied().collect()
}

fn shown(row: &Row, column: &str, look: &Look) -> Result<Pixels, DataError> {
    let unfit = |source| DataError::Picture { place: row.place.clone(), source };
    look.of(first(row, column)?).map_err(unfit)
}

fn first<'a>(row: &'a Row, column: &str) -> Result<&'a Picture, DataError> {
    match row.cell(column) {
        Some(Cell::List(cells)) if let Some(Cell::Picture(picture)) = cells.first() => Ok(picture),
        _ => row.picture(column),
    }
}
