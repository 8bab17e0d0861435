mod labels;
mod pairs;
mod sentences;
mod tags;

use std::sync::{Arc, LazyLock};

use crate::{Case, Cell, Examples, Place, Recipe, Row, Rows, Text, Tokenizer};

const DOCUMENT: &str = "the cat sat on the mat and the dog ran around, unhappily. ";

/// Cuts words into pieces, with special tokens as BERT's.
static PIECES: LazyLock<Tokenizer> = LazyLock::new(|| built(&Recipe::WordPiece { vocabulary: 60, case: Case::Lower }));
/// Cuts bytes, each space to the word after it.
static BYTES: LazyLock<Tokenizer> = LazyLock::new(|| built(&Recipe::Bytes { vocabulary: 280 }));

fn built(recipe: &Recipe) -> Tokenizer {
    Tokenizer::build(recipe, &Text { documents: vec![DOCUMENT.repeat(9)] }, &mut |_| ()).expect("built")
}

fn examples(tokenizer: &Tokenizer, most: usize) -> Examples<'_> {
    Examples { tokenizer, most }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn texts(texts: &[&str]) -> Cell {
    Cell::List(texts.iter().map(|one| text(one)).collect())
}

/// Rows of these columns in a file `here`.
fn rows<const COLUMNS: usize>(columns: [&str; COLUMNS], rows: Vec<[Cell; COLUMNS]>) -> Rows {
    let columns: [Arc<str>; COLUMNS] = columns.map(Arc::from);
    let row = move |(line, cells): (u64, [Cell; COLUMNS])| {
        Ok(Row { place: Place { file: "here".into(), line }, cells: columns.iter().cloned().zip(cells).collect() })
    };
    Box::new((1..).zip(rows).map(row))
}
