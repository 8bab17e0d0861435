//! An error on its way out of serde: it collects its path while it rises, so that reading well costs nothing.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::{
    DocumentError, Origin,
    nearest::{hint, listed},
    origin::one_line,
    parse::quoted,
    tree::Node,
};

/// The most characters of a string that an error repeats.
const EXCERPT: usize = 60;

#[derive(Debug)]
pub(super) struct Fault {
    problem: Problem,
    origin: Option<Origin>,
    /// The innermost step first; the step into a list begins with `[`, which no key does.
    steps: Vec<String>,
}

#[derive(Debug)]
enum Problem {
    /// With what was meant.
    UnknownKey(String),
    Missing,
    /// What was wanted, and what was found instead.
    Unfit(String),
    Message(String),
}

impl Fault {
    pub(super) fn wants(wanted: impl fmt::Display, found: impl fmt::Display) -> Self {
        Problem::Unfit(format!("{wanted}, not {found}")).into()
    }

    pub(super) fn unknown_key(key: &str, known: &[&str]) -> Self {
        Self::from(Problem::UnknownKey(hint(key, known))).under(key)
    }

    /// Places the fault at this origin, unless one further in is known.
    pub(super) fn at(mut self, origin: &Origin) -> Self {
        self.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// Places the fault at this node, unless one further in is known.
    pub(super) fn of(mut self, node: &Node) -> Self {
        if let Problem::Message(message) = &self.problem
            && message.starts_with("data did not match any variant of untagged enum")
        {
            self.problem = Problem::Unfit(format!("something else, not {}", found(node.unexpected())));
        }
        self.at(&node.origin)
    }

    pub(super) fn under(mut self, key: &str) -> Self {
        self.steps.push(quoted(key));
        self
    }

    pub(super) fn inside(mut self, index: usize) -> Self {
        self.steps.push(format!("[{index}]"));
        self
    }

    /// The finished error, of a section at `prefix`. `home` is the main file, where a missing key is to be added.
    pub(super) fn finish(self, home: &Origin, prefix: &str) -> DocumentError {
        let at = self.origin.unwrap_or_else(|| home.clone());
        let in_list = self.steps.iter().any(|step| step.starts_with('['));
        let path = self.steps.iter().rev().fold(prefix.to_owned(), |path, step| join(path, step));
        match self.problem {
            Problem::UnknownKey(hint) => DocumentError::UnknownKey { at, path, hint },
            Problem::Missing if in_list => DocumentError::MissingInList { at, path },
            Problem::Missing => DocumentError::Missing { place: place(home), path },
            Problem::Unfit(wish) => DocumentError::Unfit { at, path, wish },
            Problem::Message(message) => DocumentError::Refused { at, path, message },
        }
    }
}

fn join(path: String, step: &str) -> String {
    if path.is_empty() || step.starts_with('[') { path + step } else { path + "." + step }
}

/// What is missing is in no line.
fn place(home: &Origin) -> String {
    match home {
        Origin::File { path, .. } => path.display().to_string(),
        other => other.to_string(),
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self { problem, origin: None, steps: Vec::new() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::UnknownKey(hint) => write!(out, "unknown key{hint}"),
            Problem::Missing => write!(out, "a key is missing"),
            Problem::Unfit(wish) => write!(out, "wants {wish}"),
            Problem::Message(message) => write!(out, "{message}"),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Problem::Message(one_line(&message.to_string())).into()
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wants(kind(&expected.to_string()), found(unexpected))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::wants(kind(&expected.to_string()), format_args!("one of {length}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let meant = super::nearest(variant, expected.iter().copied());
        let hint = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        Self::wants(format_args!("one of {}", listed(expected)), excerpt(variant) + &hint)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown_key(field, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::from(Problem::Missing).under(field)
    }
}

/// The kind of a value in the words of someone who writes configs.
pub(super) fn found(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Str(text) => format!("the string {}", excerpt(text)),
        Unexpected::Signed(whole) => whole.to_string(),
        Unexpected::Unsigned(whole) => whole.to_string(),
        Unexpected::Float(number) => format!("{number:?}"),
        Unexpected::Bool(truth) => truth.to_string(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        Unexpected::Other(text) => text.to_owned(),
        other => other.to_string(),
    }
}

/// The text in quotes, cut where it is too long to read.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{:?}", text[..end].to_owned() + "…"),
        None => format!("{text:?}"),
    }
}

/// What serde's own visitors say they want, in the same words.
fn kind(expected: &str) -> String {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number of at least 0".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table".to_owned(),
        "path string" => "a string".to_owned(),
        nonzero if nonzero.starts_with("a nonzero") => "a whole number other than 0".to_owned(),
        structure if structure.starts_with("struct ") => "a table".to_owned(),
        other => other.to_owned(),
    }
}
