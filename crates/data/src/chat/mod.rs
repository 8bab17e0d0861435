//! Conversations: who says what, and the template that makes a text of it.

mod template;

pub use template::ChatTemplate;

use crate::{Cell, DataError, Row};

/// More turns than this are no conversation: a template is rendered once for each answer.
const MOST: usize = 1024;
/// Roles of two texts of which one answers the other.
const PAIRS: [(&str, &str); 2] = [("prompt", "completion"), ("source", "target")];

/// What one of those who speak says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// `system`, `user` or `assistant`, or what else the template knows.
    pub role: String,
    pub content: String,
}

impl Turn {
    pub fn system(content: impl Into<String>) -> Self {
        Self { role: "system".to_owned(), content: content.into() }
    }

    pub fn user(content: impl Into<String>) -> Self {
        Self { role: "user".to_owned(), content: content.into() }
    }

    pub fn assistant(content: impl Into<String>) -> Self {
        Self { role: "assistant".to_owned(), content: content.into() }
    }

    /// Whether the model says it.
    pub fn is_answer(&self) -> bool {
        self.role == "assistant"
    }

    /// The turns of a row: its `messages`; or its `prompt` and `completion`, or its `source` and `target`, behind its `system` where it
    /// has one.
    pub fn of(row: &Row) -> Result<Vec<Self>, DataError> {
        let has = |role| row.cell(role).is_some();
        let turns = match PAIRS.into_iter().find(|(asks, tells)| has(asks) && has(tells)) {
            _ if has("messages") => messages(row)?,
            Some((asks, tells)) => exchange(row, asks, tells)?,
            None => return Err(no_conversation(row)),
        };
        match turns.len() {
            0 => Err(malformed(row, "there are no messages".to_owned())),
            count if count > MOST => {
                Err(malformed(row, format!("there are {count} messages, and {MOST} are the most")))
            }
            _ => Ok(turns),
        }
    }
}

fn exchange(row: &Row, asks: &str, tells: &str) -> Result<Vec<Turn>, DataError> {
    let system = row.cell("system").map(|_| row.text("system").map(Turn::system)).transpose()?;
    let exchange = [Turn::user(row.text(asks)?), Turn::assistant(row.text(tells)?)];
    Ok(system.into_iter().chain(exchange).collect())
}

fn messages(row: &Row) -> Result<Vec<Turn>, DataError> {
    match row.cell("messages") {
        Some(Cell::List(messages)) => {
            let turns: Option<Vec<Turn>> = messages.iter().map(message).collect();
            turns.ok_or_else(|| {
                malformed(row, "a message is not an object with the texts `role` and `content`".to_owned())
            })
        }
        found => Err(row.unfit("messages", "a list of messages", found)),
    }
}

fn message(cell: &Cell) -> Option<Turn> {
    let Cell::Record(fields) = cell else { return None };
    let text = |wanted: &str| fields.iter().find(|(name, _)| name == wanted)?.1.text().map(ToOwned::to_owned);
    Some(Turn { role: text("role")?, content: text("content")? })
}

fn no_conversation(row: &Row) -> DataError {
    let remedy =
        "`messages`, or `prompt` and `completion`, were expected; say in `data.columns` which columns are that";
    DataError::Malformed { place: row.place.clone(), problem: "there is no conversation".to_owned(), remedy }
}

fn malformed(row: &Row, problem: String) -> DataError {
    let remedy = "mend the row or leave it out";
    DataError::Malformed { place: row.place.clone(), problem, remedy }
}
