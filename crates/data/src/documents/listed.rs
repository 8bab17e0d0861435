//! The texts of rows, read row by row whenever they are wanted.

use std::path::PathBuf;

use attentive_files::{Fetching, sha256};

use super::{Part, Seen};
use crate::local::Chosen;
use crate::rows::{Columns, Format, count, rename, rows};
use crate::sets::{self, document};
use crate::{Card, DataError, Rows};

/// Rows that can be read again.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    File { path: PathBuf, format: Format, columns: Columns },
    Known { card: Box<Card>, split: String, fetching: Fetching },
}

/// What lies between two rows of an origin: a document each.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    origin: Origin,
    from: usize,
    /// Behind the last one.
    to: usize,
}

impl Origin {
    fn rows(&self) -> Result<Rows, DataError> {
        match self {
            Self::File { path, format, columns } => Ok(rename(rows(path, format)?, columns)),
            Self::Known { card, split, fetching } => sets::rows(card, card.split(split)?, fetching, &mut |_| ()),
        }
    }
}

impl Listed {
    /// The share of a file's rows that belongs to a split. They are counted if that is not the whole.
    pub(super) fn chosen(chosen: &Chosen, format: &Format, columns: &Columns) -> Result<Self, DataError> {
        let origin = Origin::File { path: chosen.path.clone(), format: format.clone(), columns: columns.clone() };
        if (chosen.from, chosen.to) == (0.0, 1.0) {
            return Ok(Self::whole(origin));
        }
        let all = count(origin.rows()?)? as f64;
        Ok(Self { origin, from: (chosen.from * all) as usize, to: (chosen.to * all) as usize })
    }

    pub(super) fn whole(origin: Origin) -> Self {
        Self { origin, from: 0, to: usize::MAX }
    }

    /// Reads all rows for their lengths and their checksums.
    pub(super) fn see(&self, seen: &mut Seen) -> Result<(), DataError> {
        self.parts().try_for_each(|part| {
            let text = part?.text;
            seen.add(text.len() as u64, &sha256(text.as_bytes()));
            Ok(())
        })
    }

    /// Those without text are left out.
    pub(super) fn parts(&self) -> impl Iterator<Item = Result<Part<'static>, DataError>> + use<> {
        let (from, most) = (self.from, self.to - self.from);
        let (rows, refused) =
            self.origin.rows().map_or_else(|error| (None, Some(Err(error))), |rows| (Some(rows), None));
        let texts = rows.into_iter().flatten().skip(from).take(most).map(|row| document(&row?));
        let filled = texts.filter(|text| !matches!(text, Ok(text) if text.is_empty()));
        refused.into_iter().chain(filled.map(|text| text.map(Part::whole)))
    }
}
