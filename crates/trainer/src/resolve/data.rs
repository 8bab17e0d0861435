//! The part about data.

use std::{ops::RangeInclusive, path::Path};

use attentive_data::absolute;
use attentive_multimodal::Kind;

use super::Resolver;
use crate::{
    TrainerError,
    config::{Family, ModelConfig},
    families,
    plan::{DataPlan, TokenizerPlan},
    sections::{DataConfig, DialectConfig, Learn, TextFormat},
    text::{self, STORIES},
};

/// Token ids that pairs of bytes may have: the bytes and the end of a text at least; at most what no slip of the finger is.
const IDS: RangeInclusive<usize> = 257..=1_000_000;
/// The same of words and their pieces.
const FEW_IDS: RangeInclusive<usize> = 4..=1_000_000;
/// Columns with these roles hold conversations.
const SPOKEN: [&str; 2] = ["messages", "completion"];
const VOCABULARY: usize = 1024;

impl Resolver<'_> {
    /// The data part; the checksum comes when the text has been read.
    pub(crate) fn data(&self, base: &Path) -> Result<DataPlan, TrainerError> {
        let written = &self.config.data;
        let (source, files) = self.source(written)?;
        let stories = (source.as_deref() == Some("stories")).then(|| written.stories.unwrap_or(STORIES) as u64);
        let stories = stories.map(|stories| self.count("data.stories", stories)).transpose()?;
        if let (Some(count), None) = (written.stories, stories) {
            let message = format!("`data.stories = {count}` only speaks to `data.source = \"stories\"`; remove it");
            return Err(self.refused("data.stories", message));
        }
        let tokenizer = self.tokenizer(written, base)?;
        let learned = !matches!(tokenizer, None | Some(TokenizerPlan::Characters | TokenizerPlan::File(_)));
        if let (Some(vocabulary), false) = (written.vocabulary, learned) {
            let message = format!(
                "`data.vocabulary = {vocabulary}` only speaks to `data.tokenizer = \"bytes\"` and others that are learned; remove it"
            );
            return Err(self.refused("data.vocabulary", message));
        }
        let vocabulary = written.vocabulary.unwrap_or(VOCABULARY);
        let few = matches!(tokenizer, Some(TokenizerPlan::Words | TokenizerPlan::WordPiece | TokenizerPlan::Unigram));
        let ids = if few { FEW_IDS } else { IDS };
        let wish = format!("is out of range; give {} to {}", ids.start(), ids.end());
        self.check("data.vocabulary", vocabulary as f64, ids.contains(&vocabulary), &wish)?;
        let rooted =
            |patterns: Vec<String>| -> Vec<String> { patterns.iter().map(|pattern| absolute(pattern, base)).collect() };
        let count = |key: &str, written: Option<usize>| written.map(|count| self.count(key, count as u64)).transpose();
        if written.batch_tokens.is_some() && self.config.family() != Family::Seq2Seq {
            let message = "`data.batch_tokens` fills batches of pairs, for `model.family = \"seq2seq\"` alone; remove it, and set `training.batch`";
            return Err(self.refused("data.batch_tokens", message));
        }
        let learn = self.learn(written)?;
        Ok(DataPlan {
            source,
            split: written.split.clone(),
            held_out: written.held_out.clone(),
            rows: count("data.rows", written.rows)?.map(|rows| rows as usize),
            stories: stories.map(|stories| stories as usize),
            files: files.map(rooted),
            validation: written.validation.clone().map(rooted),
            format: self.format(written)?,
            dialect: self.dialect(written)?,
            columns: written.columns.clone().unwrap_or_default(),
            tokenizer,
            vocabulary: learned.then_some(vocabulary),
            order: (self.config.family() == Family::Gpt && learn.is_none()).then(|| written.order.unwrap_or_default()),
            batch_tokens: count("data.batch_tokens", written.batch_tokens)?.map(|tokens| tokens as usize),
            learn,
            labels: written.labels.clone().unwrap_or_default(),
            sha256: written.sha256.clone().unwrap_or_default(),
        })
    }

    /// What of conversations is learned, if a language model reads such rows.
    fn learn(&self, written: &DataConfig) -> Result<Option<Learn>, TrainerError> {
        if self.config.family() != Family::Gpt {
            let message = "`data.learn` only speaks to language models; remove it".to_owned();
            return written.learn.map_or(Ok(None), |_| Err(self.refused("data.learn", message)));
        }
        let named = |role: &&str| written.columns.as_ref().is_some_and(|columns| columns.contains_key(*role));
        let learn = written.learn.or_else(|| SPOKEN.iter().find(|&role| named(role)).map(|_| Learn::Answers));
        if learn.is_some() && written.order.is_some() {
            let message = "`data.order` only speaks to running text; remove it, conversations are shuffled anyway";
            return Err(self.refused("data.order", message));
        }
        Ok(learn)
    }

    /// Encoders read words, others pairs of bytes, and who sees pictures alone reads nothing.
    fn tokenizer(&self, written: &DataConfig, base: &Path) -> Result<Option<TokenizerPlan>, TrainerError> {
        let usual = match self.config.family() {
            Family::Gpt | Family::Seq2Seq => "bytes",
            Family::Bert | Family::Multimodal => "wordpiece",
            Family::Vit if written.tokenizer.is_some() => {
                let message = "`data.tokenizer` says nothing to a model of pictures; remove it";
                return Err(self.refused("data.tokenizer", message));
            }
            Family::Vit => return Ok(None),
        };
        Ok(Some(tokenizer(written.tokenizer.as_deref().unwrap_or(usual), base)))
    }

    /// The format of rows, if the files hold rows.
    fn format(&self, written: &DataConfig) -> Result<Option<TextFormat>, TrainerError> {
        let rows = written.format.filter(|format| *format != TextFormat::Text);
        if written.format.is_some() && written.files.is_none() {
            return Err(self.refused("data.format", "`data.format` goes with `data.files`; remove it".to_owned()));
        }
        if written.columns.is_some() && rows.is_none() {
            let message = "`data.columns` names columns of rows; say which with `data.format = \"csv\"` or another";
            return Err(self.refused("data.columns", message.to_owned()));
        }
        Ok(rows)
    }

    /// What is said of separated fields, if the rows have such.
    fn dialect(&self, written: &DataConfig) -> Result<Option<DialectConfig>, TrainerError> {
        let Some(dialect) = &written.dialect else { return Ok(None) };
        if !matches!(written.format, Some(TextFormat::Csv | TextFormat::Tsv)) {
            let message =
                "`data.dialect` speaks of separated fields; it goes with `data.format = \"csv\"` or `\"tsv\"`";
            return Err(self.refused("data.dialect", message));
        }
        if let Some(delimiter) = dialect.delimiter.as_deref().filter(|delimiter| text::delimiter(delimiter).is_none()) {
            let message = format!(
                "`data.dialect.delimiter = {delimiter:?}` cannot stand between fields; give one character such as \";\""
            );
            return Err(self.refused("data.dialect.delimiter", message));
        }
        Ok(Some(dialect.clone()))
    }

    fn source(&self, written: &DataConfig) -> Result<(Option<String>, Option<Vec<String>>), TrainerError> {
        match (&written.source, &written.files) {
            (Some(_), Some(_)) => {
                Err(self.refused("data.files", "`data.source` and `data.files` exclude each other; remove one of them"))
            }
            (None, Some(files)) if files.is_empty() => {
                Err(self
                    .refused("data.files", "`data.files` is empty; name at least one pattern, such as \"texts/*.txt\""))
            }
            (None, Some(files)) => Ok((None, Some(files.clone()))),
            (source, None) if written.validation.is_some() => {
                let source = source.as_deref().unwrap_or(self.made());
                Err(self.refused(
                    "data.validation",
                    format!("`data.validation` goes with `data.files`; `{source}` has its own split"),
                ))
            }
            (source, None) => Ok((Some(source.clone().unwrap_or_else(|| self.made().to_owned())), None)),
        }
    }

    /// The data set that the program makes itself for models of this family.
    fn made(&self) -> &'static str {
        families::made(&self.config.model)
    }

    /// The kind of a model of pictures and text.
    pub(super) fn kind(&self) -> Option<Kind> {
        if let ModelConfig::Multimodal(written) = &self.config.model { Some(written.kind) } else { None }
    }
}

fn tokenizer(written: &str, base: &Path) -> TokenizerPlan {
    match written {
        "characters" => TokenizerPlan::Characters,
        "bytes" => TokenizerPlan::Bytes,
        "wordpiece" => TokenizerPlan::WordPiece,
        "unigram" => TokenizerPlan::Unigram,
        "words" => TokenizerPlan::Words,
        path => TokenizerPlan::File(base.join(path)),
    }
}
