//! A run written as a model folder that transformers opens.

use std::path::{Path, PathBuf};

use attentive_data::{Role, Tokenizer};
use attentive_hub::{Assembly, Unfit, Writing};
use serde_json::{Map, Value, json};

pub use attentive_hub::Format as Type;

use crate::{
    Opened, Trained, TrainerError,
    evaluation::Evaluation,
    families::{self, LowRank},
    foreign::{self, Encoder},
    picture,
    plan::ModelPlan,
};

/// transformers cuts files at this size, too.
const MOST_BYTES: u64 = 5_000_000_000;

/// What is to be written, and where.
#[derive(Clone, Debug)]
pub struct Exporting {
    pub to: PathBuf,
    pub format: Type,
    pub what: What,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The whole model, low-rank paths multiplied out.
    Model,
    /// What a run with low-rank paths has learned, beside the model that it began with.
    Adapter,
}

/// What a folder became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    pub tensors: usize,
    pub written: Written,
}

/// What opens a folder that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Model,
    /// The model without a head: it has none, or one that transformers has no class for.
    Encoder,
    /// The same, and how it makes vectors of texts, as sentence-transformers reads it.
    Sentences,
    Adapter,
}

/// Writes the folder, whole or not at all.
pub fn export(opened: &Opened, trained: &Trained<'_>, exporting: &Exporting) -> Result<Exported, TrainerError> {
    let Exporting { to, format, what } = exporting;
    if to.exists() {
        return Err(TrainerError::Asked(format!(
            "{} is there already; name another folder, or remove it",
            to.display()
        )));
    }
    let plan = settled(opened);
    if *what == What::Adapter {
        return adapter(opened, &plan, trained, to);
    }
    let encoder = Encoder::of(opened, &plan)?;
    let config = config(opened, (&plan, encoder.as_ref()), *format).map_err(|unfit| unsaid(opened, &unfit))?;
    let tensors = assembly(opened, (&plan, encoder.as_ref()), trained)?.into_tensors();
    let mut writing = begun(to)?;
    writing.tensors(&tensors, *format, MOST_BYTES)?;
    tokenizer(opened, &plan, &mut writing)?;
    if let (Some(pictures), Some(kind)) = (&opened.plan.pictures, config.get("model_type").and_then(Value::as_str)) {
        let processor = picture::processor(pictures, kind).map_err(|unfit| unsaid(opened, &unfit))?;
        writing.json("preprocessor_config.json", &processor)?;
    }
    if let Some(mut generation) = generation(&config) {
        if let (ModelPlan::Seq2Seq(plan), Some(rules)) = (&plan, &opened.plan.generation) {
            generation.extend(families::said(rules, plan.context));
        }
        writing.json("generation_config.json", &generation)?;
    }
    let written = match &encoder {
        None => Written::Model,
        Some(Encoder { sentences: None, .. }) => Written::Encoder,
        Some(Encoder { sentences: Some(sentences), plan, .. }) => {
            sentences.write(plan, &mut writing)?;
            Written::Sentences
        }
    };
    writing.text("README.md", &card(opened, written)?)?;
    writing.json("config.json", &config)?;
    writing.publish()?;
    Ok(Exported { tensors: tensors.len(), written })
}

fn tokenizer(opened: &Opened, plan: &ModelPlan, writing: &mut Writing) -> Result<(), TrainerError> {
    let Some(tokenizer) = &opened.tokenizer else { return Ok(()) };
    writing.text("tokenizer.json", &tokenizer.to_json())?;
    writing.json("tokenizer_config.json", &tokenizing(tokenizer, plan))?;
    let template = tokenizer.template().filter(|_| opened.plan.data.learn.is_some());
    Ok(template.map_or(Ok(()), |template| writing.text("chat_template.jinja", template))?)
}

fn begun(to: &Path) -> Result<Writing, TrainerError> {
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let failed = |source| TrainerError::Folder { path: to.to_owned(), source };
    std::fs::create_dir_all(parent.unwrap_or(Path::new("."))).map_err(failed)?;
    Ok(Writing::new(to)?)
}

/// Writes what learned alone.
fn adapter(opened: &Opened, plan: &ModelPlan, trained: &Trained<'_>, to: &Path) -> Result<Exported, TrainerError> {
    let asked = |message: &str| TrainerError::Asked(format!("{} {message}", opened.folder.display()));
    let own = opened
        .plan
        .adapter
        .as_ref()
        .ok_or_else(|| asked("has no low-rank paths; export the whole model, or train with `adapter.rank = 8`"))?;
    let base =
        opened.plan.initialize.as_ref().map_or_else(String::new, |initialize| initialize.from.display().to_string());
    let tuning = opened.plan.fit.tuning.clone().unwrap_or_default();
    let found = opened.run.weights(trained, LowRank::Apart)?;
    let mut writing = begun(to)?;
    let count = foreign::write(&mut writing, (plan, own), found, (&base, |path| !tuning.freezes(path)))?;
    writing.text("README.md", &card(opened, Written::Adapter)?)?;
    writing.publish()?;
    Ok(Exported { tensors: count, written: Written::Adapter })
}

fn unsaid(opened: &Opened, unfit: &Unfit) -> TrainerError {
    TrainerError::Asked(format!("{} cannot be said in transformers' words: {unfit}", opened.folder.display()))
}

/// The model's plan with what only its tokenizer says.
fn settled(opened: &Opened) -> ModelPlan {
    let mut plan = opened.plan.model.clone();
    if let (ModelPlan::Seq2Seq(plan), Some(tokenizer)) = (&mut plan, &opened.tokenizer) {
        let end = tokenizer.closing();
        plan.end = plan.end.or(end);
        plan.start = plan.start.or(tokenizer.role(Role::Begin)).or(end);
    }
    plan
}

/// What config.json says.
fn config(
    opened: &Opened,
    (plan, encoder): (&ModelPlan, Option<&Encoder<'_>>),
    format: Type,
) -> Result<Map<String, Value>, Unfit> {
    let (labels, tokenizer) = (&opened.plan.data.labels, opened.tokenizer.as_ref());
    let id = |role: Role| tokenizer.and_then(|tokenizer| tokenizer.role(role));
    let end = id(Role::End).or_else(|| tokenizer.and_then(Tokenizer::closing));
    let mut said = match plan {
        ModelPlan::Gpt(plan) => {
            let mut said = attentive_gpt::foreign::said(plan)?;
            let ids =
                [("bos_token_id", id(Role::Begin).or(end)), ("eos_token_id", end), ("pad_token_id", id(Role::Padding))];
            said.extend(ids.into_iter().map(|(key, id)| (key.to_owned(), json!(id))));
            said
        }
        ModelPlan::Bert(plan) => {
            let mut said = match encoder {
                Some(_) => attentive_bert::foreign::said_bare(plan)?,
                None => attentive_bert::foreign::said(plan, labels)?,
            };
            said.entry("pad_token_id").or_insert(json!(id(Role::Padding).unwrap_or(0)));
            said
        }
        ModelPlan::Seq2Seq(plan) => attentive_seq2seq::foreign::said(plan)?,
        ModelPlan::Vit(plan) => attentive_vit::foreign::said(plan, labels)?,
        ModelPlan::Multimodal(plan) => attentive_multimodal::foreign::said(plan, end.unwrap_or(0) as usize)?,
    };
    said.insert("dtype".to_owned(), format.name().into());
    said.insert("torch_dtype".to_owned(), format.name().into());
    Ok(said)
}

/// The tensors as the folder has them.
fn assembly(
    opened: &Opened,
    (plan, encoder): (&ModelPlan, Option<&Encoder<'_>>),
    trained: &Trained<'_>,
) -> Result<Assembly, TrainerError> {
    let mut assembly = Assembly::default();
    let places = |path: &str| match encoder {
        Some(Encoder { plan, .. }) => attentive_bert::foreign::bare(plan, path),
        None => plan.places(path),
    };
    for (path, parameter) in opened.run.weights(trained, LowRank::Merged)? {
        let mut values: Vec<f32> = parameter.values.into_data().try_into_vec().expect("models compute in f32");
        if let ModelPlan::Multimodal(plan) = plan {
            attentive_multimodal::foreign::settled(plan, &path, &mut values);
        }
        assembly.put(&places(&path), &parameter.shape, &values);
    }
    encoder.iter().for_each(|encoder| encoder.beside(&mut assembly));
    if let ModelPlan::Seq2Seq(plan) = plan {
        for (name, tensor) in attentive_seq2seq::foreign::constants(plan) {
            assembly.put(&[attentive_hub::Place::straight(name)], &tensor.shape, &tensor.values);
        }
    }
    Ok(assembly)
}

/// What `tokenizer_config.json` says.
fn tokenizing(tokenizer: &Tokenizer, plan: &ModelPlan) -> Map<String, Value> {
    let mut said = Map::from_iter([("tokenizer_class".to_owned(), "PreTrainedTokenizerFast".into())]);
    let context = match plan {
        ModelPlan::Gpt(plan) => plan.context,
        ModelPlan::Bert(plan) => plan.context,
        ModelPlan::Seq2Seq(plan) => plan.context,
        ModelPlan::Multimodal(plan) => plan.text.context,
        ModelPlan::Vit(_) => return said,
    };
    said.insert("model_max_length".to_owned(), context.into());
    said.extend(tokenizer.names().into_iter().map(|(key, token)| (key.to_owned(), token.into())));
    said
}

/// What `generation_config.json` says of models that write.
fn generation(config: &Map<String, Value>) -> Option<Map<String, Value>> {
    let writes = config.get("architectures")?.to_string();
    let keys = ["bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id", "forced_eos_token_id"];
    let said = keys.into_iter().filter_map(|key| Some((key.to_owned(), config.get(key)?.clone())));
    ["CausalLM", "LMHead", "Conditional", "MTModel"].iter().any(|end| writes.contains(end)).then(|| said.collect())
}

/// The model's card: what it is, what it reaches, and the plan that it was trained by.
fn card(opened: &Opened, written: Written) -> Result<String, TrainerError> {
    let mut scores = String::new();
    for evaluation in Evaluation::kept(&opened.folder)? {
        for (name, value) in evaluation.to_json().as_object().into_iter().flatten() {
            if let Some(value) = value.as_f64().filter(|_| !["step", "items"].contains(&name.as_str())) {
                scores.push_str(&format!("| {} | {} | {value:.4} |\n", evaluation.on, name.replace('_', " ")));
            }
        }
    }
    let scores = if scores.is_empty() {
        String::new()
    } else {
        format!("\n## Scores\n\n| on | measure | |\n|---|---|---|\n{scores}")
    };
    let plan = opened.plan.to_toml();
    let library = match written {
        Written::Model | Written::Encoder => "transformers",
        Written::Sentences => "sentence-transformers",
        Written::Adapter => "peft",
    };
    Ok(format!(
        "---\nlibrary_name: {library}\n---\n\n# {}\n\nTrained with Attentive: {}.\n{scores}\n## Plan\n\n```toml\n{}\n```\n",
        opened.folder.file_name().unwrap_or_default().to_string_lossy(),
        opened.run.kind(),
        plan.trim_end()
    ))
}
