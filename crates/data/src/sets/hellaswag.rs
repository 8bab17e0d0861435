//! HellaSwag as its authors published it, cleaned the way lm-evaluation-harness does (`hellaswag/utils.py` at 4e7e0d4).

use std::path::PathBuf;

use serde::Deserialize;

use super::choices::{among, list};
use super::json;
use super::shape::Shape;
use crate::{Cell, DataError, Rows};

#[derive(Deserialize)]
struct Scene {
    activity_label: String,
    ctx_a: String,
    ctx_b: String,
    endings: Vec<String>,
    /// Absent in the test split.
    label: Option<usize>,
}

pub(super) fn rows(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let shape = Shape::new(["context", "endings", "answer"]);
    json::lines(paths, move |place, scene: Scene| {
        let answer = scene.label.map_or(Ok(Cell::Missing), |label| among(&scene.endings, label, &place))?;
        let context = format!("{}: {} {}", scene.activity_label, scene.ctx_a, capitalized(&scene.ctx_b));
        let endings = scene.endings.iter().map(|ending| cleaned(ending)).collect();
        Ok(shape.row(place, [Cell::Text(cleaned(&context)), list(endings), answer]))
    })
}

/// The first character in upper case and all others in lower case.
fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(characters.flat_map(char::to_lowercase)).collect()
}

/// Without what is left of WikiHow's marks.
fn cleaned(text: &str) -> String {
    without_brackets(&text.trim().replace(" [title]", ". ")).replace("  ", " ")
}

/// Leaves out each `[…]` that closes on its line.
fn without_brackets(text: &str) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some(open) = rest.find('[') {
        let closed = rest[open..].find([']', '\n']).map(|end| open + end).filter(|end| rest[*end..].starts_with(']'));
        let (before, after) = match closed {
            Some(end) => (&rest[..open], &rest[end + 1..]),
            None => rest.split_at(open + 1),
        };
        kept.push_str(before);
        rest = after;
    }
    kept + rest
}
