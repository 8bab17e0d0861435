//! A folder that a model comes from: of another library, or of a run.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use attentive_engine::Which;
use attentive_files::{Fetching, sha256};
use attentive_hub::{Config, Fetched, Folder, Foreign, Weights, fetched};
use burn::tensor::Device;

use super::{labels, model, pictured};
use crate::{
    Event, Opened, RunConfig, RunPlan, Told, Trained, TrainerError, config::Family, document::Document, families,
    material::Facts, picture, plan::ModelPlan, predict::Speed, resolve::Resolver, run::open,
};

/// What a folder says a model must be; its weights are read apart.
pub(crate) struct Origin {
    pub(crate) path: PathBuf,
    kind: Kind,
}

enum Kind {
    Folder(Folder),
    Run(Box<Opened>),
}

/// Weights by the names that their folder gives them.
pub(crate) enum Tensors {
    Folder(Weights),
    /// By path: the same names as ours.
    Run(BTreeMap<String, Foreign>),
}

/// Of a number, and how many times what a file holds a model may have in all: heads that are new, tensors that are tied.
const FEWEST_BYTES: u64 = 2;
const MOST_TIMES: u64 = 16;
/// Tables beside config.json.
const PROCESSOR: &str = "preprocessor_config.json";
const GENERATION: &str = "generation_config.json";
pub(crate) const POOLING: &str = "1_Pooling/config.json";
/// What of a run's `[pictures]` a model that begins with it must see alike.
const SEEN: [&str; 9] = ["size", "channels", "fit", "shorter", "stretched", "filter", "normalize", "mean", "deviation"];

impl Origin {
    /// A folder here, or one that is fetched from the hub, and its commit there.
    pub(crate) fn found(
        from: &str,
        revision: Option<&str>,
        told: &mut dyn FnMut(Event),
    ) -> Result<(Self, Option<String>), TrainerError> {
        let Some(name) = named(Path::new(from)) else { return Ok((Self::open(Path::new(from))?, None)) };
        let fetched = from_hub(name, revision, told)?;
        Ok((Self::open(&fetched.folder)?, Some(fetched.revision)))
    }

    pub(crate) fn open(path: &Path) -> Result<Self, TrainerError> {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let kind = if path.join("plan.toml").is_file() {
            Kind::Run(Box::new(open(path)?))
        } else if Folder::is_one(path) {
            Kind::Folder(Folder::open(path)?)
        } else {
            return Err(TrainerError::NoModel { path: path.to_owned() });
        };
        Ok(Self { path: absolute, kind })
    }

    /// Lays what the folder says beneath what was written.
    pub(crate) fn lay(&self, document: &mut Document) -> Result<(), TrainerError> {
        let mut table = self.model()?;
        let family = table.get("family").and_then(|family| family.as_str()).unwrap_or_default().to_owned();
        if let Some(written) = document.text("model.family").filter(|written| *written != family) {
            let message =
                format!("`model.family = \"{written}\"`, and {} holds a model of family {family}", self.path.display());
            return Err(TrainerError::Refused { place: "initialize.from".to_owned(), message });
        }
        // The data's task decides what is asked; another head than the folder's begins fresh.
        ["head", "classes"].iter().for_each(|key| drop(table.remove(*key)));
        if family == "vit" {
            table.remove("size"); // pictures have one, which may be another than the folder's
        }
        let said = self.said();
        beneath(document, "model", &table, &said);
        if family != "vit" && !document.contains("data.tokenizer") {
            document.set_flag("data.tokenizer", &toml::Value::from(self.tokenizer()).to_string(), &said);
        }
        self.lay_generation(document, &family)?;
        self.lay_pictures(document)
    }

    /// How a folder's model searches for answers.
    fn lay_generation(&self, document: &mut Document, family: &str) -> Result<(), TrainerError> {
        let Kind::Folder(folder) = &self.kind else { return Ok(()) };
        if family != "seq2seq" {
            return Ok(());
        }
        let table = folder.table(GENERATION)?;
        let (file, said) = table.as_ref().map_or(("config.json", folder.config()), |table| (GENERATION, table));
        let table = families::generation(said).map_err(|unfit| folder.unfit_in(file, unfit))?;
        beneath(document, "generation", &table, &self.path.join(file).display().to_string());
        Ok(())
    }

    /// How errors and provenance name what the folder says.
    fn said(&self) -> String {
        let file = if matches!(self.kind, Kind::Folder(_)) { "config.json" } else { "plan.toml" };
        self.path.join(file).display().to_string()
    }

    fn model(&self) -> Result<toml::Table, TrainerError> {
        match &self.kind {
            Kind::Folder(folder) => model(folder),
            Kind::Run(run) => Ok(toml::Table::try_from(&run.plan.model).expect("a plan is plain data")),
        }
    }

    fn tokenizer(&self) -> String {
        match &self.kind {
            Kind::Folder(_) => self.path.display().to_string(),
            Kind::Run(_) => self.path.join("tokenizer.json").display().to_string(),
        }
    }

    /// How the folder's model sees pictures.
    pub(crate) fn lay_pictures(&self, document: &mut Document) -> Result<(), TrainerError> {
        match &self.kind {
            Kind::Folder(folder) => {
                let (said, kind) = (folder.config(), folder.kind()?);
                let Some([channels, size]) = pictured(said, kind).map_err(|unfit| folder.unfit(unfit))? else {
                    return Ok(());
                };
                if let Some(processor) = folder.table(PROCESSOR)? {
                    let shown = picture::shown(&processor, kind).map_err(|unfit| folder.unfit_in(PROCESSOR, unfit))?;
                    let written = picture::beneath(shown, |key| document.contains(&format!("pictures.{key}")));
                    beneath(document, "pictures", &written, &self.path.join(PROCESSOR).display().to_string());
                }
                let sizes = [("channels", channels), ("size", size)];
                let table =
                    sizes.map(|(key, value)| (key.to_owned(), toml::Value::from(value as i64))).into_iter().collect();
                beneath(document, "pictures", &table, &self.said());
            }
            Kind::Run(run) => {
                if let Some(pictures) = &run.plan.pictures {
                    let plan = toml::Table::try_from(pictures).expect("a plan is plain data");
                    let table = plan.into_iter().filter(|(key, _)| SEEN.contains(&key.as_str())).collect();
                    let table = picture::beneath(table, |key| document.contains(&format!("pictures.{key}")));
                    beneath(document, "pictures", &table, &self.said());
                }
            }
        }
        Ok(())
    }

    pub(crate) fn tensors(&self) -> Result<Tensors, TrainerError> {
        match &self.kind {
            Kind::Folder(folder) => Ok(Tensors::Folder(folder.weights()?)),
            Kind::Run(run) => {
                let trained = Trained { weights: &run.weights, which: Which::Best, device: &Device::default() };
                let found = run.run.weights(&trained, families::LowRank::Merged)?;
                let host =
                    |values: burn::tensor::Tensor<1>| values.into_data().try_into_vec().expect("models compute in f32");
                let plain = |(path, parameter): (String, attentive_attention::Parameter)| {
                    (path, Foreign { shape: parameter.shape, values: host(parameter.values) })
                };
                Ok(Tensors::Run(found.into_iter().map(plain).collect()))
            }
        }
    }

    /// What tells its weights from all others.
    pub(crate) fn digest(&self) -> Result<String, TrainerError> {
        let line = |name: &str, found: &Foreign| {
            let bytes: Vec<u8> = found.values.iter().copied().flat_map(f32::to_le_bytes).collect();
            format!("{name} {:?} {}\n", found.shape, sha256(&bytes))
        };
        let mut lines = Vec::new();
        match self.tensors()? {
            Tensors::Run(found) => lines.extend(found.iter().map(|(name, found)| line(name, found))),
            Tensors::Folder(weights) => {
                for name in weights.names() {
                    lines.extend(weights.read(name)?.map(|found| line(name, &found)));
                }
            }
        }
        lines.sort_unstable();
        Ok(sha256(lines.concat().as_bytes()))
    }

    /// A table of the folder beside config.json.
    pub(crate) fn table(&self, file: &str) -> Result<Option<Config>, TrainerError> {
        match &self.kind {
            Kind::Folder(folder) => Ok(folder.table(file)?),
            Kind::Run(_) => Ok(None),
        }
    }

    /// A tensor of the folder by its name there.
    pub(crate) fn tensor(&self, name: &str) -> Result<Option<Foreign>, TrainerError> {
        match &self.kind {
            Kind::Folder(folder) => Ok(folder.weights()?.read(name)?),
            Kind::Run(_) => Ok(None),
        }
    }

    /// Whether the folder's own head is the one that the plan has.
    pub(crate) fn has_head_of(&self, plan: &ModelPlan) -> bool {
        match (&self.kind, plan) {
            (Kind::Folder(folder), ModelPlan::Bert(bert)) => {
                attentive_bert::foreign::config(folder.config()).is_ok_and(|said| said.head == Some(bert.head.name()))
            }
            (Kind::Run(run), ModelPlan::Bert(bert)) => {
                matches!(&run.plan.model, ModelPlan::Bert(own) if own.head.name() == bert.head.name())
            }
            _ => true,
        }
    }
}

/// The model of the hub that a path names: nothing lies there, nor in the folder where it would be.
pub(crate) fn named(path: &Path) -> Option<&str> {
    let here = path.exists() || path.parent().is_some_and(Path::is_dir);
    path.to_str().filter(|name| !here && is_name(name))
}

/// A model's folder by its name on the hub; tells how its files come.
pub(crate) fn from_hub(
    name: &str,
    revision: Option<&str>,
    told: &mut dyn FnMut(Event),
) -> Result<Fetched, TrainerError> {
    let told = &mut |transfer| told(Event::Data(Told::Fetching(transfer)));
    let unfound = |source| TrainerError::NotHere { name: name.to_owned(), source };
    fetched(name, revision, &Fetching::from_environment(), told).map_err(unfound)
}

/// Whether this is how models on the hub are called.
fn is_name(from: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.');
    from.split_once('/').is_some_and(|(organization, name)| plain(organization) && plain(name) && !name.contains('/'))
}

/// Lays a table beneath what the document has at a path.
fn beneath(document: &mut Document, path: &str, table: &toml::Table, said: &str) {
    for (key, value) in table {
        let path = format!("{path}.{key}");
        match value {
            toml::Value::Table(inner) => beneath(document, &path, inner, said),
            value if !document.contains(&path) => document.set_flag(&path, &value.to_string(), said),
            _ => {}
        }
    }
}

/// How a folder of sentence-transformers makes one vector of a text. It speaks of vectors, not of heads: these read a text as transformers'
/// do, unless a config says otherwise.
fn pooling(folder: &Folder) -> Result<toml::Table, TrainerError> {
    let Some(said) = folder.table(POOLING)? else { return Ok(toml::Table::new()) };
    let pooling = attentive_bert::foreign::pooling(&said).map_err(|unfit| folder.unfit_in(POOLING, unfit))?;
    let named = pooling.and_then(|pooling| toml::Value::try_from(pooling).ok());
    Ok(named.map(|pooling| ("pooling".to_owned(), pooling)).into_iter().collect())
}

/// Refuses a config that describes far more than the files hold, before memory is asked for.
fn plausible(run: &dyn families::Run, folder: &Folder) -> Result<(), TrainerError> {
    let described = run.predict(Speed { device: "flex", peak: 1.0 }).parameters;
    let held = folder.weights()?.bytes() / FEWEST_BYTES;
    if described <= held.saturating_mul(MOST_TIMES) {
        return Ok(());
    }
    let reason = format!(
        "its config describes {described} parameters, and its files hold at most {held}; they do not belong together"
    );
    Err(TrainerError::Unlike { path: folder.path().to_owned(), reason })
}

/// A model folder opened for use, as a run that has no data.
pub(crate) fn opened(path: &Path) -> Result<Opened, TrainerError> {
    let folder = Folder::open(path)?;
    let origin = Origin { path: path.to_owned(), kind: Kind::Folder(folder.clone()) };
    let (mut document, said) = (Document::empty(), origin.said());
    document.set_flag("training.steps", "1", &said);
    beneath(&mut document, "model", &pooling(&folder)?, &said);
    beneath(&mut document, "model", &origin.model()?, &said);
    let family = document.text("model.family").unwrap_or_default().to_owned();
    origin.lay_generation(&mut document, &family)?;
    origin.lay_pictures(&mut document)?;
    if family != "vit" {
        document.set_flag("data.tokenizer", &toml::Value::from(origin.tokenizer()).to_string(), &said);
    }
    let labels = labels(folder.config(), folder.kind()?).map_err(|unfit| folder.unfit(unfit))?;
    if !labels.is_empty() {
        document.set_flag("data.labels", &toml::Value::from(labels).to_string(), &said);
    }
    let written = RunConfig::read(&document)?;
    let tokenizer = match written.family() {
        Family::Vit => None,
        _ => Some(attentive_data::Tokenizer::load(path)?),
    };
    if written.family() == Family::Gpt && tokenizer.as_ref().is_some_and(|tokenizer| tokenizer.template().is_some()) {
        document.set_flag("data.learn", "\"answers\"", &said);
    }
    let written = RunConfig::read(&document)?;
    let mut resolver = Resolver { config: &written, document: &document, notes: Vec::new() };
    let written_facts = resolver.facts();
    let tokens = tokenizer.as_ref().map_or(1, attentive_data::Tokenizer::vocabulary);
    let facts = Facts { tokens, ..written_facts };
    let plan = RunPlan {
        device: String::new(),
        initialize: None,
        model: resolver.model(&facts)?,
        adapter: None,
        teacher: None,
        data: resolver.data(Path::new("/"))?,
        pictures: resolver.pictures(&facts)?,
        loss: resolver.loss()?,
        fit: resolver.fit()?,
        sample: resolver.sample()?,
        generation: resolver.generation()?,
    };
    resolver.known_ids(plan.generation.as_ref(), plan.model.vocabulary())?;
    let run = families::open(&plan, tokenizer.clone(), None, &mut |_| ())?;
    plausible(&*run, &folder)?;
    let weights = families::Weights(families::Lying::Folder(Box::new(origin)));
    Ok(Opened { folder: path.to_owned(), plan, run, weights, tokenizer })
}
