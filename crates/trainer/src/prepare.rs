//! From a config file and the command line to a plan, its data and its model family.

use std::{cell::OnceCell, path::Path};

use attentive_data::Tokenizer;
use attentive_kernels::{Precision, bf16_available};

use crate::{
    Entry, Event, Prediction, Run, RunConfig, RunPlan, TrainerError,
    device::{Chosen, choose, peak},
    document::Document,
    families,
    foreign::{Beginning, Origin},
    material::{Facts, Material},
    means::affordable,
    plan::{DataPlan, TokenizerPlan},
    predict::Speed,
    provenance::entries,
    resolve::Resolver,
    teacher::{self, Pair},
};

/// What the command line adds to a config.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// `KEY=VALUE`.
    pub sets: Vec<String>,
    pub device: Option<String>,
}

/// A run that could start.
pub struct Prepared {
    pub plan: RunPlan,
    /// Every value of the plan and where it comes from.
    pub entries: Vec<Entry>,
    pub chosen: Chosen,
    pub run: Box<dyn Run>,
    /// Where text is read.
    pub(crate) tokenizer: Option<Tokenizer>,
    peak: OnceCell<f64>,
}

impl Prepared {
    /// FLOP/s that the device reaches at best, measured once.
    pub(crate) fn peak(&self) -> f64 {
        *self.peak.get_or_init(|| peak(&self.chosen.device))
    }

    /// What training will cost.
    pub fn prediction(&self) -> Prediction {
        self.run.predict(Speed { device: &self.chosen.name, peak: self.peak() })
    }
}

/// Reads, resolves and checks everything that can be checked before training; opens the data.
pub fn prepare(config: &Path, wishes: &Wishes, told: &mut dyn FnMut(Event)) -> Result<Prepared, TrainerError> {
    let mut document = document(config, wishes)?;
    let origin = origin(&mut document, told)?;
    let taught = teacher::found(&mut document, told)?;
    let written = RunConfig::read(&document)?;
    let mut resolver = Resolver { config: &written, document: &document, notes: Vec::new() };
    // All that needs no data first, so that a slip is told at once.
    let teacher = resolver.teacher()?;
    let (fit, mut data, sample) = (resolver.fit()?, resolver.data(&working_folder()?)?, resolver.sample()?);
    let (loss, generation, written_facts) = (resolver.loss()?, resolver.generation()?, resolver.facts());
    resolver.model(&written_facts)?;
    resolver.pictures(&written_facts)?;
    tokenizer_is_there(&resolver, &data)?;
    let chosen = match &written.device {
        Some(name) => choose(name).map_err(|error| resolver.refused("device", error.to_string()))?,
        None => choose("auto")?,
    };
    resolver.notes.extend(unserved(fit.training.precision, &chosen));
    std::mem::take(&mut resolver.notes).into_iter().for_each(|note| told(Event::Note(note)));
    let material = Material::open(written.family(), &data, told)?;
    if !data.sha256.is_empty() && data.sha256 != material.sha256() {
        let message = format!(
            "the training text has sha256 {}, not `data.sha256`; it has changed since: bring it back, or remove `data.sha256`",
            material.sha256()
        );
        return Err(resolver.refused("data.sha256", message));
    }
    material.sha256().clone_into(&mut data.sha256);
    let facts = material.facts()?;
    data.labels.clone_from(&facts.labels);
    let pictures = resolver.pictures(&facts)?;
    let picture = pictures.as_ref().map(|pictures| [pictures.channels, pictures.size]);
    let model = resolver.model(&Facts { picture, ..facts })?;
    resolver.known_ids(generation.as_ref(), model.vocabulary())?;
    let initialize = resolver.initialize();
    let adapter = resolver.adapter()?;
    let mut plan = RunPlan {
        device: chosen.name.clone(),
        initialize,
        model,
        adapter,
        teacher,
        data,
        pictures,
        loss,
        fit,
        sample,
        generation,
    };
    let tokenizer = material.tokenizer().cloned();
    if let (Some(teacher), Some((origin, opened))) = (plan.teacher.take(), &taught) {
        let pair = Pair { student: &plan, tokenizer: tokenizer.as_ref(), teacher: opened, resolver: &resolver };
        plan.teacher = Some(pair.settled(teacher, origin)?);
    }
    let run = families::open(&plan, tokenizer.clone(), Some(material), told)?;
    let entries = entries(&plan, &document);
    let prepared = Prepared { entries, plan, chosen, run, tokenizer, peak: OnceCell::new() };
    begins(&prepared, (origin.as_ref(), &resolver), told)?;
    Ok(prepared)
}

/// Checks against the model's own parameters what is said about them, and tells how they begin.
fn begins(
    prepared: &Prepared,
    (origin, resolver): (Option<&Origin>, &Resolver<'_>),
    told: &mut dyn FnMut(Event),
) -> Result<(), TrainerError> {
    let plan = &prepared.plan;
    if origin.is_none() && plan.adapter.is_none() && plan.fit.tuning.is_none() {
        return Ok(());
    }
    affordable(prepared)?; // the model is made, to see what its parameters are
    let shapes = prepared.run.shapes();
    if let Some(origin) = origin {
        let adapter = plan.initialize.as_ref().and_then(|initialize| initialize.adapter.as_deref());
        let report = Beginning::new(&plan.model, origin, true)?.with(adapter)?.report(&shapes)?;
        told(Event::Note(format!("{}: {report}", origin.path.display())));
    }
    resolver.learns(plan, shapes.into_keys().collect())
}

/// The folder that the weights begin with, and what it says laid beneath what was written.
fn origin(document: &mut Document, told: &mut dyn FnMut(Event)) -> Result<Option<Origin>, TrainerError> {
    let Some(from) = document.text("initialize.from") else { return Ok(None) };
    let (origin, revision) = Origin::found(from, document.text("initialize.revision"), told)?;
    if let Some(revision) = revision {
        document.set_flag("initialize.revision", &toml::Value::from(revision).to_string(), "the hub");
    }
    origin.lay(document)?;
    if let Some(adapter) = document.text("initialize.adapter") {
        let path = std::path::absolute(adapter).unwrap_or_else(|_| adapter.into());
        document.set_flag(
            "initialize.adapter",
            &toml::Value::from(path.display().to_string()).to_string(),
            "initialize.adapter",
        );
    }
    // The plan means the same from any folder.
    let path = toml::Value::from(origin.path.display().to_string()).to_string();
    document.set_flag("initialize.from", &path, "initialize.from");
    Ok(Some(origin))
}

/// What to tell where a device can't take its products in the precision that was asked for.
fn unserved(precision: Precision, chosen: &Chosen) -> Option<String> {
    let reason = match (precision, chosen.name.as_str()) {
        (Precision::F32, _) => return None,
        (Precision::Bf16, "flex") if bf16_available() => return None,
        (Precision::Bf16, "flex") => "this processor has no products of bf16",
        (Precision::Bf16, _) => "bf16 is for flex alone so far",
    };
    Some(format!("products are taken in f32: {reason}"))
}

/// A misspelled `characters` would otherwise be a file that cannot be read.
fn tokenizer_is_there(resolver: &Resolver<'_>, data: &DataPlan) -> Result<(), TrainerError> {
    match &data.tokenizer {
        Some(TokenizerPlan::File(path)) if !path.exists() => {
            let wish = "`data.tokenizer` wants `characters`, `bytes`, `wordpiece`, `unigram`, `words` or the path of a tokenizer.json";
            let path = path.display();
            Err(resolver.refused("data.tokenizer", format!("{wish}, and there is no {path}")))
        }
        _ => Ok(()),
    }
}

fn document(config: &Path, wishes: &Wishes) -> Result<Document, TrainerError> {
    let mut document = Document::read(config)?;
    for assignment in &wishes.sets {
        document.set(assignment)?;
    }
    if let Some(device) = &wishes.device {
        document.set_flag("device", device, &format!("--device {device}"));
    }
    Ok(document)
}

fn working_folder() -> Result<std::path::PathBuf, TrainerError> {
    let failed = |source| TrainerError::Folder { path: ".".into(), source };
    std::env::current_dir().map_err(failed)
}

/// The plan of a run folder.
pub(crate) fn planned(folder: &Path) -> Result<RunPlan, TrainerError> {
    let path = folder.join("plan.toml");
    if !path.is_file() {
        return Err(TrainerError::NoRun { folder: folder.to_owned() });
    }
    read_plan(&path).map_err(|source| TrainerError::Plan { path, source: Box::new(source) })
}

/// A plan reads back as a config; its text is not needed.
fn read_plan(path: &Path) -> Result<RunPlan, TrainerError> {
    let document = Document::read(path)?;
    let written = RunConfig::read(&document)?;
    let mut resolver = Resolver { config: &written, document: &document, notes: Vec::new() };
    let facts = resolver.facts();
    Ok(RunPlan {
        device: written.device.clone().unwrap_or_default(),
        initialize: resolver.initialize(),
        model: resolver.model(&facts)?,
        adapter: resolver.adapter()?,
        teacher: resolver.teacher()?,
        data: resolver.data(Path::new("/"))?,
        pictures: resolver.pictures(&facts)?,
        loss: resolver.loss()?,
        fit: resolver.fit()?,
        sample: resolver.sample()?,
        generation: resolver.generation()?,
    })
}
