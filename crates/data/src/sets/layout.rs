//! The ways in which published files are written, as cards name them.

use std::path::PathBuf;

use serde::Deserialize;

use super::{choices, documents, folders, grids, hellaswag, lines, pictured, questions, tables};
use crate::card::CardSplit;
use crate::{DataError, Rows};

/// How the rows of a split are read from its files. The braces matter: of a variant without, serde would accept any
/// keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Layout {
    /// A file is a document; the split's share is cut from each. Column `text`.
    Text { unit: Unit },
    /// WikiText: a document begins with each ` = Title = `. Column `text`.
    Articles {},
    /// Documents between lines that hold nothing but the mark. Column `text`.
    Marked { mark: String },
    /// A row a line. Column `text`.
    Lines {},
    /// As many files as columns, again and again: line by line one translates the other.
    Parallel { columns: Vec<String> },
    /// The same in the SGML of the WMT test sets: a row a `<seg>`.
    Segments { columns: Vec<String> },
    /// Cells between tabs, without any quoting; the first line names the columns unless `names` does.
    Tabs {
        #[serde(default)]
        names: Vec<String>,
        #[serde(default)]
        ragged: Ragged,
    },
    /// MRPC as GLUE divides it: a table, and the pairs of ids that are held out.
    Mrpc { kept: Kept },
    /// AG News: quoted cells without a header: class, title, description. Columns `label`, `text`.
    News {},
    /// The class, a space, the sentence. Columns `label`, `text`.
    Labelled {},
    /// TREC: `COARSE:fine question` in Latin-1. Columns `coarse`, `fine`, `text`.
    Trec {},
    /// SCAN: `IN: command OUT: actions`. Columns `source`, `target`.
    Scan {},
    /// Pictures and labels as MNIST has them. Columns `picture`, `label`.
    Idx {},
    /// CIFAR's binary records: the named label bytes, then 32 by 32 pixels in planes. Column `picture` and the labels.
    Cifar { labels: Vec<String> },
    /// An archive with a folder a class, of the names or of all. Columns `label`, and `text` or `picture`.
    Folders {
        of: Folded,
        #[serde(default)]
        names: Vec<String>,
    },
    /// A table that names pictures, and the archive that has them. Adds the columns `picture` and `base`.
    Emoji {},
    /// NLVR: JSON lines, and the archive of pictures. Columns `sentence`, `truth`, `pictures`.
    Nlvr {},
    /// Flickr8k: captions, the list of a split's pictures, and the folder that has them. Columns `picture`, `captions`.
    Flickr {},
    /// SQuAD's JSON. Columns `id`, `context`, `question`, `answers`, `starts`.
    Squad {},
    /// LAMBADA: a passage and its last word. Columns `context`, `completion`.
    LastWord {},
    /// Several endings of one context. Columns `context`, `endings`, `answer`.
    Endings { prompt: Prompt },
    /// One ending of several contexts. Columns `contexts`, `ending`, `answer`.
    Beginnings { ending: Ending },
    /// Sums with the way to their result. Columns `context`, `completion`, `answers`.
    Solutions {},
    /// HellaSwag as its authors published it. Columns as of `endings`.
    Hellaswag {},
}

/// What the shares of a split count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Characters,
    /// A cut within a character moves to its end.
    Bytes,
}

/// What becomes of a row that has not as many cells as there are columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ragged {
    #[default]
    Refuse,
    /// Published files have such rows, and those who published scores left them out.
    Skip,
}

/// Which pairs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    Listed,
    Others,
}

/// What the folders of classes hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Folded {
    Texts,
    Pictures,
}

/// How a question becomes the context that lm-evaluation-harness scores, so that scores compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prompt {
    AsIs,
    /// The question, then `Answer:` on a line of its own.
    Answer,
    /// A passage and a question, then `Answer:`.
    Passage,
    /// A sentence that ends in `because` or `therefore`.
    Connective,
}

/// How the ending of several contexts begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    Stripped,
    /// With the space that stands before it in its sentence, unless it is a mere period.
    Spaced,
}

impl Layout {
    /// Whether archives are read as they are, and not unpacked first.
    pub(super) const fn reads_archives(&self) -> bool {
        matches!(self, Self::Folders { .. } | Self::Emoji {} | Self::Nlvr {})
    }

    pub(super) fn read(&self, paths: &[PathBuf], split: &CardSplit) -> Result<Rows, DataError> {
        match self {
            Self::Text { unit } => Ok(documents::shares(paths, *unit, split)),
            Self::Articles {} => documents::articles(paths),
            Self::Marked { mark } => documents::marked(paths, mark),
            Self::Lines {} => lines::rows(paths),
            Self::Parallel { columns } => lines::parallel(paths, columns),
            Self::Segments { columns } => lines::segments(paths, columns),
            Self::Tabs { names, ragged } => tables::tabs(paths, names, *ragged),
            Self::Mrpc { kept } => tables::mrpc(paths, *kept),
            Self::News {} => tables::news(paths),
            Self::Labelled {} => questions::labelled(paths),
            Self::Trec {} => questions::trec(paths),
            Self::Scan {} => questions::scan(paths),
            Self::Squad {} => questions::squad(paths),
            Self::Idx {} => grids::idx(paths),
            Self::Cifar { labels } => grids::cifar(paths, labels),
            Self::Folders { of, names } => folders::rows(paths, *of, names, split),
            Self::Emoji {} => pictured::emoji(paths),
            Self::Nlvr {} => pictured::nlvr(paths),
            Self::Flickr {} => pictured::flickr(paths),
            Self::LastWord {} => choices::last_word(paths),
            Self::Endings { prompt } => choices::endings(paths, *prompt),
            Self::Beginnings { ending } => choices::beginnings(paths, *ending),
            Self::Solutions {} => choices::solutions(paths),
            Self::Hellaswag {} => hellaswag::rows(paths),
        }
    }
}
