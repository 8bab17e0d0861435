//! What a model learns from: running text as tokens, or rows with roles.

mod split;

use std::collections::BTreeSet;

use attentive_data::{
    CardSplit, Cell, ChatTemplate, Columns, DataError, Labels, Row, Task, Text, Tokenizer, Turn, generated::classes,
};
use attentive_pictures::{Color, Limits};

use crate::{
    Event, TrainerError,
    config::Family,
    plan::DataPlan,
    text::{self, Corpus},
};
pub(crate) use split::Split;
use split::{Origin, Portion, Reading};

/// Bytes of the rows of a split that are held in memory.
const HELD: usize = 1 << 28;
/// What is said of statements, by the numbers of `truth`.
const TRUTHS: [&str; 2] = ["false", "true"];
/// The split that is judged on the way.
const VALIDATION: &str = "validation";
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
    pub(crate) train: Split,
    pub(crate) validation: Split,
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
        let [train, validation] = readings(plan)?;
        let (train, sha256) = Split::read(train, HELD, told)?;
        let (validation, _) = Split::read(validation, HELD, told)?;
        for (split, name) in [(&train, "training"), (&validation, "validation")] {
            split.beginning().first().ok_or_else(|| no_rows(name))?;
        }
        fits(family, &train.beginning()[0])?;
        let labels = labels(plan, &train)?;
        let speaks = plan.learn.is_some();
        let learn = |recipe| {
            let template = ChatTemplate::built_in();
            // As the built-in template writes it, so that what is between the turns is learned too.
            let spoken = |row: &Row| Ok(vec![template.text(&Turn::of(row)?)?]);
            let documents = if speaks { learned_from(&train, spoken) } else { learned_from(&train, texts) }?;
            let tokenizer = Tokenizer::build(&recipe, &Text { documents }, &mut |event| told(Event::Data(event)))?;
            Ok::<_, TrainerError>(if speaks { tokenizer.conversing() } else { tokenizer })
        };
        let tokenizer = text::recipe(plan).map(learn).transpose()?;
        Ok(Self { sha256, tokenizer, train, validation, labels })
    }

    fn facts(&self) -> Result<Facts, TrainerError> {
        let roles = self.train.beginning().first().map(roles).unwrap_or_default();
        Ok(Facts { tokens: 0, roles, labels: self.labels.clone(), picture: self.picture()? })
    }

    /// Channels and size of the first picture; there is color where one of the first has some.
    fn picture(&self) -> Result<Option<[usize; 2]>, TrainerError> {
        let (mut size, mut colored) = (None, false);
        for row in self.train.beginning() {
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

fn no_rows(split: &str) -> TrainerError {
    TrainerError::Asked(format!(
        "there are no rows for {split}; name other files or splits: `data.split`, `data.held_out`, `data.validation`"
    ))
}

/// How rows to learn from are read, and rows held out.
fn readings(plan: &DataPlan) -> Result<[Reading; 2], TrainerError> {
    let most = plan.rows.unwrap_or(usize::MAX);
    let (train, held_out) = match &plan.source {
        Some(name) => known(name, plan)?,
        None => own(plan),
    };
    Ok(match held_out {
        Some(held_out) => [
            Reading { origin: train, portion: Portion::All, most },
            Reading { origin: held_out, portion: Portion::All, most: usize::MAX },
        ],
        None => [
            Reading { origin: train.clone(), portion: Portion::Kept, most },
            Reading { origin: train, portion: Portion::HeldOut, most: usize::MAX },
        ],
    })
}

fn known(name: &str, plan: &DataPlan) -> Result<(Origin, Option<Origin>), TrainerError> {
    let mut card = attentive_data::card(name)?;
    card.columns.extend(plan.columns.clone());
    let trained_on = plan.split.as_deref().unwrap_or("train");
    let has_its_own = |split: &CardSplit| split.name == VALIDATION && split.labelled;
    let usual = card.splits.iter().any(has_its_own).then_some(VALIDATION);
    // What is trained on can't be judged on: then rows of it are held out.
    let apart = |name: &&str| trained_on.split(JOINED).all(|split| split.trim() != *name);
    let held_out = plan.held_out.as_deref().or(usual).filter(apart);
    let origin = |splits: &str| {
        let splits = splits.split(JOINED).map(|split| split.trim().to_owned()).collect();
        Origin::Known { card: Box::new(card.clone()), splits }
    };
    Ok((origin(trained_on), held_out.map(origin)))
}

fn own(plan: &DataPlan) -> (Origin, Option<Origin>) {
    let origin = |patterns: &Vec<String>| {
        let (patterns, columns) = (patterns.clone(), Columns(plan.columns.clone()));
        Origin::Own { patterns, format: text::rows_of(plan), columns }
    };
    (origin(&plan.files.clone().unwrap_or_default()), plan.validation.as_ref().map(origin))
}

/// The names of the classes: as the plan has them, as the card has them, or all that rows have.
fn labels(plan: &DataPlan, rows: &Split) -> Result<Vec<String>, TrainerError> {
    if !plan.labels.is_empty() {
        return Ok(plan.labels.clone());
    }
    let card = plan.source.as_deref().map(attentive_data::card).transpose()?;
    let known = card.as_ref().map(classes).unwrap_or_default();
    if !known.is_empty() {
        return Ok(known);
    }
    let has = |role: &&str| rows.beginning().first().is_some_and(|row| row.cell(role).is_some());
    if has(&"truth") {
        return Ok(TRUTHS.map(ToOwned::to_owned).to_vec());
    }
    match ["label", "tags"].into_iter().find(has) {
        Some(role) => Ok(Labels::of(rows.column(role)?, role)?.names().to_vec()),
        None => Ok(Vec::new()),
    }
}

/// What a tokenizer learns from: all rows, or of many those that come first.
fn learned_from(
    split: &Split,
    texts: impl Fn(&Row) -> Result<Vec<String>, DataError>,
) -> Result<Vec<String>, TrainerError> {
    let (mut documents, mut bytes) = (Vec::new(), 0);
    for texts in split.map(texts)? {
        let texts = texts??;
        bytes += texts.iter().map(String::len).sum::<usize>();
        documents.extend(texts);
        if bytes > HELD {
            break;
        }
    }
    Ok(documents)
}

/// All texts of a row that a tokenizer should know.
fn texts(row: &Row) -> Result<Vec<String>, DataError> {
    let cells = row.cells.iter().filter(|(name, _)| TEXTS.contains(&&**name));
    let mut found = Vec::new();
    cells.for_each(|(_, cell)| spoken(cell, &mut found));
    Ok(found)
}

fn spoken(cell: &Cell, found: &mut Vec<String>) {
    match cell {
        Cell::Text(text) => found.push(text.clone()),
        Cell::List(cells) => cells.iter().for_each(|cell| spoken(cell, found)),
        _ => {}
    }
}
