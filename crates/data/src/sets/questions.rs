//! Sentences with their class, commands with their actions, passages with their questions.

use std::path::PathBuf;

use serde::Deserialize;

use super::json;
use super::lines::{Encoding, each};
use super::shape::{Shape, named, quoted, unfit};
use crate::{Cell, DataError, Place, Row, Rows};

/// `3 sentence`.
pub(super) fn labelled(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let shape = Shape::new(["label", "text"]);
    each(paths, Encoding::Utf8, move |place, line| match line.split_once(' ') {
        Some((label, text)) => Ok(shape.row(place, [label, text].map(|part| Cell::Text(part.to_owned())))),
        None => Err(unfit(place, "a label, a space and a sentence", quoted(&line))),
    })
}

/// `COARSE:fine question`. The one byte beyond ASCII stands between two words, and others replace it by a space
/// (Hugging Face datasets, `trec.py`).
pub(super) fn trec(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let shape = Shape::new(["coarse", "fine", "text"]);
    each(paths, Encoding::Latin1, move |place, line| {
        let line = line.replace('\u{f0}', " ");
        let parts = line.split_once(' ').and_then(|(fine, text)| Some((fine.split_once(':')?.0, fine, text)));
        let Some((coarse, fine, text)) = parts else {
            return Err(unfit(place, "`COARSE:fine question`", quoted(&line)));
        };
        Ok(shape.row(place, [coarse, fine, text.trim()].map(|part| Cell::Text(part.to_owned()))))
    })
}

/// `IN: command OUT: actions`.
pub(super) fn scan(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let shape = Shape::new(["source", "target"]);
    each(paths, Encoding::Utf8, move |place, line| {
        match line.strip_prefix("IN: ").and_then(|rest| rest.split_once(" OUT: ")) {
            Some((command, actions)) => {
                Ok(shape.row(place, [command, actions].map(|part| Cell::Text(part.trim().to_owned()))))
            }
            None => Err(unfit(place, "`IN: command OUT: actions`", quoted(&line))),
        }
    })
}

#[derive(Deserialize)]
struct Squad {
    data: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    context: String,
    qas: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    id: String,
    question: String,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    text: String,
    /// In characters.
    answer_start: i64,
}

/// A row a question; of one that has no answer (SQuAD 2.0) the list is empty.
pub(super) fn squad(paths: &[PathBuf]) -> Result<Rows, DataError> {
    let shape = Shape::new(["id", "context", "question", "answers", "starts"]);
    let mut rows = Vec::new();
    for path in paths {
        let (file, squad) = (named(path), json::whole::<Squad>(path)?);
        for paragraph in squad.data.into_iter().flat_map(|article| article.paragraphs) {
            for question in paragraph.qas {
                let place = Place { file: file.clone(), line: rows.len() as u64 + 1 };
                rows.push(Ok(asked(&shape, place, &paragraph.context, question)));
            }
        }
    }
    Ok(Box::new(rows.into_iter()))
}

fn asked(shape: &Shape, place: Place, context: &str, Question { id, question, answers }: Question) -> Row {
    let starts = answers.iter().map(|answer| Cell::Integer(answer.answer_start)).collect();
    let answers = answers.into_iter().map(|answer| Cell::Text(answer.text)).collect();
    let texts = [id, context.to_owned(), question].map(Cell::Text);
    shape.row(place, texts.into_iter().chain([Cell::List(answers), Cell::List(starts)]))
}
