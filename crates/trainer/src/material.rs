//! What a model learns from: running text as tokens, or rows with roles.

use std::collections::BTreeSet;

use attentive_data::{
    CardSplit, Cell, ChatTemplate, Columns, DataError, Labels, Row, Rows, Task, Text, Tokenizer, Turn, digest, files,
    generated::classes, rename,
};
use attentive_pictures::{Color, Limits};

use crate::{
    Event, TrainerError,
    config::Family,
    plan::DataPlan,
    text::{self, Corpus},
};

/// Of so many rows one is held out where nothing is held out by name.
const HELD_OUT: usize = 20;
/// What is said of statements, by the numbers of `truth`.
const TRUTHS: [&str; 2] = ["false", "true"];
/// The split that is judged on the way.
const VALIDATION: &str = "validation";
/// Pictures that are looked at for color.
const LOOKED_AT: usize = 16;
/// Joins the names of splits that are trained on together.
const JOINED: char = '+';
/// Columns whose texts a tokenizer learns from.
const TEXTS: [&str; 14] = [
    "text",
    "second",
    "source",
    "target",
    "context",
    "endings",
    "completion",
    "question",
    "answers",
    "captions",
    "caption",
    "sentence",
    "words",
    "prompt",
];

/// What the data part of a plan comes to.
pub(crate) enum Material {
    Text(Corpus),
    Rows(Samples),
}

/// What the data says about the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    /// Number of token ids; zero where no text is read.
    pub(crate) tokens: usize,
    /// The roles that a row has; none of running text.
    pub(crate) roles: BTreeSet<String>,
    pub(crate) labels: Vec<String>,
    /// Channels and pixels of a side of the first picture.
    pub(crate) picture: Option<[usize; 2]>,
}

/// Rows of both splits.
pub(crate) struct Samples {
    pub(crate) tokenizer: Option<Tokenizer>,
    pub(crate) train: Vec<Row>,
    pub(crate) validation: Vec<Row>,
    pub(crate) labels: Vec<String>,
    pub(crate) sha256: String,
}

impl Material {
    pub(crate) fn open(family: Family, plan: &DataPlan, told: &mut dyn FnMut(Event)) -> Result<Self, TrainerError> {
        if reads_text(family, plan)? {
            Corpus::open(plan, told).map(Self::Text)
        } else {
            Samples::open(family, plan, told).map(Self::Rows)
        }
    }

    pub(crate) fn sha256(&self) -> &str {
        match self {
            Self::Text(corpus) => &corpus.sha256,
            Self::Rows(samples) => &samples.sha256,
        }
    }

    pub(crate) fn tokenizer(&self) -> Option<&Tokenizer> {
        match self {
            Self::Text(corpus) => Some(&corpus.tokenizer),
            Self::Rows(samples) => samples.tokenizer.as_ref(),
        }
    }

    pub(crate) fn facts(&self) -> Result<Facts, TrainerError> {
        let tokens = self.tokenizer().map_or(0, Tokenizer::vocabulary);
        match self {
            Self::Text(_) => Ok(Facts { tokens, ..Facts::default() }),
            Self::Rows(samples) => Ok(Facts { tokens, ..samples.facts()? }),
        }
    }
}

/// Whether the model reads running text rather than rows.
fn reads_text(family: Family, plan: &DataPlan) -> Result<bool, TrainerError> {
    let labelled = || ["label", "score", "tags"].iter().any(|role| plan.columns.contains_key(*role));
    Ok(match (family, &plan.source) {
        (Family::Gpt, _) => plan.learn.is_none(),
        (Family::Bert, Some(name)) => attentive_data::card(name)?.task == Task::LanguageModelling,
        (Family::Bert, None) => !labelled(),
        _ => false,
    })
}

impl Samples {
    fn open(family: Family, plan: &DataPlan, told: &mut dyn FnMut(Event)) -> Result<Self, TrainerError> {
        let (train, validation) = split_rows(plan, told)?;
        train.first().map_or(Ok(()), |first| fits(family, first))?;
        let labels = labels(plan, &train)?;
        let speaks = plan.learn.is_some();
        let learn = |recipe| {
            let documents = if speaks { spoken_texts(&train)? } else { train.iter().flat_map(texts).collect() };
            let tokenizer = Tokenizer::build(&recipe, &Text { documents }, &mut |event| told(Event::Data(event)))?;
            Ok::<_, TrainerError>(if speaks { tokenizer.conversing() } else { tokenizer })
        };
        let tokenizer = text::recipe(plan).map(learn).transpose()?;
        Ok(Self { sha256: digest(&train), tokenizer, train, validation, labels })
    }

    fn facts(&self) -> Result<Facts, TrainerError> {
        let roles = self.train.first().map(roles).unwrap_or_default();
        Ok(Facts { tokens: 0, roles, labels: self.labels.clone(), picture: self.picture()? })
    }

    /// Channels and size of the first picture; there is color where one of the first has some.
    fn picture(&self) -> Result<Option<[usize; 2]>, TrainerError> {
        let (mut size, mut colored) = (None, false);
        for row in self.train.iter().take(LOOKED_AT) {
            let Some(picture) = row.cells.iter().find_map(|(_, cell)| pictured(cell)) else { continue };
            let unfit = |source| DataError::Picture { place: row.place.clone(), source };
            let pixels = attentive_data::pixels(picture, Color::Rgb, &Limits::default()).map_err(unfit)?;
            size.get_or_insert(pixels.width().max(pixels.height()));
            colored |= pixels.bytes().chunks_exact(3).any(|pixel| pixel[0] != pixel[1] || pixel[1] != pixel[2]);
        }
        Ok(size.map(|size| [if colored { 3 } else { 1 }, size]))
    }
}

fn roles(row: &Row) -> BTreeSet<String> {
    row.cells.iter().map(|(name, _)| name.to_string()).collect()
}

/// The roles that rows must have, in any of these sets.
fn needed(family: Family) -> &'static [&'static [&'static str]] {
    match family {
        // Conversations come in more ways than one, and say themselves what they lack.
        Family::Gpt => &[&[]],
        Family::Bert => &[&["text", "label"], &["text", "score"], &["words", "tags"]],
        Family::Seq2Seq => &[&["source", "target"]],
        Family::Vit => &[&["picture", "label"]],
        Family::Multimodal => &[&["picture"], &["pictures"]],
    }
}

/// Refuses rows from which such a model cannot learn.
fn fits(family: Family, row: &Row) -> Result<(), TrainerError> {
    let (has, needed) = (roles(row), needed(family));
    if needed.iter().any(|roles| roles.iter().all(|role| has.contains(*role))) {
        return Ok(());
    }
    let told = |roles: Vec<&str>| roles.iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(" and ");
    let wanted: Vec<String> = needed.iter().map(|roles| told(roles.to_vec())).collect();
    Err(TrainerError::Asked(format!(
        "{}: rows have {}, and this model learns from {}; name another data set in `data.source` (see `attentive data list`), or give your \
         columns these roles by `data.columns`",
        row.place,
        told(has.iter().map(String::as_str).collect()),
        wanted.join(", or ")
    )))
}

fn pictured(cell: &Cell) -> Option<&attentive_data::Picture> {
    match cell {
        Cell::Picture(picture) => Some(picture),
        Cell::List(cells) => cells.first().and_then(pictured),
        _ => None,
    }
}

/// Rows to learn from, and rows held out.
fn split_rows(plan: &DataPlan, told: &mut dyn FnMut(Event)) -> Result<(Vec<Row>, Vec<Row>), TrainerError> {
    let (train, validation) = match &plan.source {
        Some(name) => known(name, plan, told)?,
        None => own(plan)?,
    };
    let (mut train, validation) = match validation {
        Some(validation) => (train, validation),
        None => {
            let (validation, train) =
                train.into_iter().enumerate().partition(|(index, _)| index % HELD_OUT == HELD_OUT - 1);
            let plain = |rows: Vec<(usize, Row)>| rows.into_iter().map(|(_, row)| row).collect();
            (plain(train), plain(validation))
        }
    };
    train.truncate(plan.rows.unwrap_or(usize::MAX));
    for (rows, split) in [(&train, "training"), (&validation, "validation")] {
        if rows.is_empty() {
            return Err(TrainerError::Asked(format!(
                "there are no rows for {split}; name other files or splits: `data.split`, `data.held_out`, `data.validation`"
            )));
        }
    }
    Ok((train, validation))
}

type Parts = (Vec<Row>, Option<Vec<Row>>);

fn known(name: &str, plan: &DataPlan, told: &mut dyn FnMut(Event)) -> Result<Parts, TrainerError> {
    let mut card = attentive_data::card(name)?;
    card.columns.extend(plan.columns.clone());
    let mut read = |splits: &str, most: usize| -> Result<Vec<Row>, TrainerError> {
        let mut rows = Vec::new();
        for split in splits.split(JOINED) {
            for row in text::rows(&card, split.trim(), told)?.take(most - rows.len()) {
                rows.push(row?);
            }
        }
        Ok(rows)
    };
    let trained_on = plan.split.as_deref().unwrap_or("train");
    let has_its_own = |split: &CardSplit| split.name == VALIDATION && split.labelled;
    let usual = card.splits.iter().any(has_its_own).then_some(VALIDATION);
    // What is trained on can't be judged on: then rows of it are held out.
    let apart = |name: &&str| trained_on.split(JOINED).all(|split| split.trim() != *name);
    let held_out = plan.held_out.as_deref().or(usual).filter(apart);
    // Where nothing is held out by name, all rows are read: what is held out of them does not depend on how many are wanted.
    let most = held_out.and(plan.rows).unwrap_or(usize::MAX);
    let train = read(trained_on, most)?;
    Ok((train, held_out.map(|held_out| read(held_out, usize::MAX)).transpose()?))
}

fn own(plan: &DataPlan) -> Result<Parts, TrainerError> {
    let columns = Columns(plan.columns.clone());
    let format = plan.format.and_then(text::rows_of);
    let read = |patterns: &[String]| -> Result<Vec<Row>, TrainerError> {
        let rows: Rows = rename(files(patterns, std::path::Path::new("/"), format.as_ref())?, &columns);
        rows.map(|row| row.map_err(TrainerError::from)).collect()
    };
    let train = read(plan.files.as_deref().unwrap_or_default())?;
    Ok((train, plan.validation.as_deref().map(read).transpose()?))
}

/// The names of the classes: as the plan has them, as the card has them, or all that rows have.
fn labels(plan: &DataPlan, rows: &[Row]) -> Result<Vec<String>, TrainerError> {
    if !plan.labels.is_empty() {
        return Ok(plan.labels.clone());
    }
    let card = plan.source.as_deref().map(attentive_data::card).transpose()?;
    let known = card.as_ref().map(classes).unwrap_or_default();
    if !known.is_empty() {
        return Ok(known);
    }
    let has = |role: &&str| rows.first().is_some_and(|row| row.cell(role).is_some());
    if has(&"truth") {
        return Ok(TRUTHS.map(ToOwned::to_owned).to_vec());
    }
    match ["label", "tags"].into_iter().find(has) {
        Some(role) => {
            let labels: Vec<Row> = rows.iter().map(|row| alone(row, role)).collect();
            Ok(Labels::of(Box::new(labels.into_iter().map(Ok)), role)?.names().to_vec())
        }
        None => Ok(Vec::new()),
    }
}

/// Conversations as the built-in template writes them, so that a tokenizer learns what is between the turns, too.
fn spoken_texts(rows: &[Row]) -> Result<Vec<String>, TrainerError> {
    let template = ChatTemplate::built_in();
    let text = |row: &Row| Ok(template.text(&Turn::of(row)?)?);
    rows.iter().map(text).collect()
}

/// The row with nothing but one of its cells: pictures are not copied for their labels.
fn alone(row: &Row, role: &str) -> Row {
    let cells = row.cells.iter().filter(|(name, _)| **name == *role).cloned().collect();
    Row { place: row.place.clone(), cells }
}

/// All texts of a row that a tokenizer should know.
fn texts(row: &Row) -> Vec<String> {
    let cells = row.cells.iter().filter(|(name, _)| TEXTS.contains(&&**name));
    let mut found = Vec::new();
    cells.for_each(|(_, cell)| spoken(cell, &mut found));
    found
}

fn spoken(cell: &Cell, found: &mut Vec<String>) {
    match cell {
        Cell::Text(text) => found.push(text.clone()),
        Cell::List(cells) => cells.iter().for_each(|cell| spoken(cell, found)),
        _ => {}
    }
}
