//! Which parameters of a model a folder fills, and with what.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
};

use attentive_attention::{Parameter, adapts, is_lens, parameters, updated};
use attentive_hub::{Foreign, Gap, Place, gathered};
use burn::{
    module::Module,
    tensor::{Tensor, TensorData},
};

use super::{Adapter, Origin, origin::Tensors};
use crate::{TrainerError, plan::ModelPlan};

/// What a model takes from a folder.
pub(crate) struct Beginning<'a> {
    plan: &'a ModelPlan,
    origin: &'a Origin,
    tensors: Tensors,
    /// The folder's names by those that places give.
    names: BTreeMap<String, String>,
    /// Changes what is read.
    adapter: Option<Adapter>,
    /// Whether a head that the folder lacks may begin fresh.
    open: bool,
}

/// How a parameter begins.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Whole,
    /// The first so many of our so many rows, or columns, and the rest fresh.
    Rows([usize; 2]),
    Columns([usize; 2]),
    /// Positions of patches for a grid of another side, behind so many of other tokens.
    Grid {
        leading: usize,
        from: usize,
        to: usize,
    },
    Fresh,
}

/// What was loaded, what is new, and what was left over.
#[derive(Debug, Default)]
pub(crate) struct Report {
    loaded: usize,
    total: usize,
    parts: Vec<String>,
    fresh: Vec<String>,
    left: Vec<String>,
}

impl<'a> Beginning<'a> {
    /// `open`: parts that the folder lacks may begin fresh, which those that are used as they are may not.
    pub(crate) fn new(plan: &'a ModelPlan, origin: &'a Origin, open: bool) -> Result<Self, TrainerError> {
        let tensors = origin.tensors()?;
        let names: BTreeMap<String, String> = match &tensors {
            Tensors::Folder(weights) => weights.names().map(|name| (plan.modern(name), name.to_owned())).collect(),
            Tensors::Run(found) => found.keys().map(|name| (name.clone(), name.clone())).collect(),
        };
        Ok(Self { plan, origin, tensors, names, adapter: None, open })
    }

    /// With an adapter, if there is to be one.
    pub(crate) fn with(mut self, adapter: Option<&Path>) -> Result<Self, TrainerError> {
        self.adapter = adapter.map(Adapter::open).transpose()?;
        let brought = self.adapter.iter().flat_map(Adapter::brought).map(|name| (name.to_owned(), name.to_owned()));
        self.names.extend(brought.collect::<Vec<_>>());
        Ok(self)
    }

    fn places(&self, path: &str) -> Vec<Place> {
        match &self.tensors {
            Tensors::Folder(_) => self.plan.places(path),
            Tensors::Run(_) => vec![Place::straight(path)],
        }
    }

    /// The folder's name of a tensor: with the base model's prefix, or without it.
    fn name(&self, tensor: &str) -> Option<&String> {
        let bare = || self.names.get(tensor.strip_prefix(self.plan.base())?);
        self.names.get(tensor).or_else(bare)
    }

    fn shape(&self, tensor: &str) -> Option<&[usize]> {
        if let Some(own) = self.adapter.as_ref().and_then(|adapter| adapter.shape(tensor)) {
            return Some(own);
        }
        let name = self.name(tensor)?;
        match &self.tensors {
            Tensors::Folder(weights) => weights.shape(name),
            Tensors::Run(found) => found.get(name).map(|found| found.shape.as_slice()),
        }
    }

    fn read(&self, tensor: &str) -> Result<Option<Foreign>, TrainerError> {
        let Some(name) = self.name(tensor) else { return Ok(None) };
        let found = match &self.tensors {
            Tensors::Folder(weights) => weights.read(name)?,
            Tensors::Run(found) => found.get(name).cloned(),
        };
        self.adapter.as_ref().map_or(Ok(found.clone()), |adapter| adapter.changed(tensor, found))
    }

    fn standing(&self, path: &str, wanted: &[usize]) -> Result<Standing, TrainerError> {
        if is_beside(path) {
            return Ok(Standing::Fresh);
        }
        let places = self.places(path);
        let head = path.starts_with("head");
        let brought =
            |place: &Place| self.adapter.as_ref().is_some_and(|adapter| adapter.shape(&place.tensor).is_some());
        let own = self.origin.has_head_of(self.plan) || places.iter().all(brought);
        if places.is_empty() || head && !own && self.is_of_head(&places) {
            return if self.open { Ok(Standing::Fresh) } else { Err(self.absent(path)) };
        }
        let mut standing = Standing::Whole;
        for place in &places {
            let Some(shape) = self.shape(&place.tensor) else {
                return match () {
                    () if self.plan.zero_if_absent(&place.tensor) => Ok(Standing::Fresh),
                    () if self.open && head => Ok(Standing::Fresh),
                    () => Err(self.gap(Gap::Absent { tensor: place.tensor.clone() })),
                };
            };
            let found = place.lies.ours(shape).unwrap_or_else(|| shape.to_vec());
            if long(&found) != long(wanted) {
                standing = self.partly(path, &found, wanted).ok_or_else(|| {
                    self.gap(Gap::Shape { tensor: place.tensor.clone(), found, wanted: wanted.to_vec() })
                })?;
            }
        }
        Ok(standing)
    }

    /// Whether these lie in the head of the folder's model, rather than in its base.
    fn is_of_head(&self, places: &[Place]) -> bool {
        let base = self.plan.base();
        base.is_empty() || places.iter().any(|place| !place.tensor.starts_with(base))
    }

    /// What is taken of a parameter that has another size there: other positions, another vocabulary, other classes.
    fn partly(&self, path: &str, found: &[usize], wanted: &[usize]) -> Option<Standing> {
        if !self.open {
            return None;
        }
        let vocabulary = self.plan.vocabulary();
        if let (ModelPlan::Vit(plan), Some("positions.table")) = (self.plan, path.strip_prefix("encoders.0.")) {
            return grid(&long(found), wanted, plan.side());
        }
        match (found, wanted) {
            (&[rows, width], &[most, wide])
                if width == wide && (path.ends_with("positions.table") || path.ends_with("tokens.table")) =>
            {
                Some(Standing::Rows([rows.min(most), most]))
            }
            (&[ins, outs], &[wide, most]) if ins == wide && most == vocabulary && path.starts_with("head") => {
                Some(Standing::Columns([outs.min(most), most]))
            }
            (&[outs], &[most]) if most == vocabulary && path.starts_with("head") => {
                Some(Standing::Rows([outs.min(most), most]))
            }
            _ if path.starts_with("head") => Some(Standing::Fresh),
            _ => None,
        }
    }

    /// A parameter's values, given those that a fresh model has.
    fn values(&self, path: &str, fresh: &Parameter) -> Result<Tensor<1>, TrainerError> {
        let (wanted, device) = (&fresh.shape, fresh.values.device());
        let standing = self.standing(path, wanted)?;
        if standing == Standing::Fresh {
            return Ok(fresh.values.clone());
        }
        let mut places = self.places(path);
        places.retain(|place| self.shape(&place.tensor).is_some());
        let found = places.first().and_then(|place| place.lies.ours(self.shape(&place.tensor)?));
        let shape = if standing == Standing::Whole { wanted.clone() } else { found.unwrap_or_else(|| wanted.clone()) };
        let read = |tensor: &str| self.read(tensor).map_err(Taken::Failed);
        let values = gathered(&places, &shape, read).map_err(|taken| match taken {
            Taken::Gap(gap) => self.gap(gap),
            Taken::Failed(error) => error,
        })?;
        let flat = |values: Vec<f32>| {
            let length = values.len();
            Tensor::from_data(TensorData::new(values, [length]), &device)
        };
        Ok(match standing {
            Standing::Rows([rows, most]) => {
                let width = values.len() / shape[0].max(1);
                let kept = values[..rows * width].to_vec();
                if rows == most {
                    return Ok(flat(kept));
                }
                let rest = fresh.values.clone().narrow(0, rows * width, (most - rows) * width);
                Tensor::cat(vec![flat(kept), rest], 0)
            }
            Standing::Columns([columns, most]) => {
                let mut mixed: Vec<f32> =
                    fresh.values.clone().into_data().try_into_vec().expect("models compute in f32");
                for (ours, theirs) in mixed.chunks_mut(most).zip(values.chunks(shape[1])) {
                    ours[..columns].copy_from_slice(&theirs[..columns]);
                }
                flat(mixed)
            }
            Standing::Grid { leading, from, to } => {
                let rows = leading + from * from;
                let table = flat(values).reshape([rows, wanted[1]]);
                attentive_vit::resized(table, leading, [from; 2], [to; 2]).reshape([-1])
            }
            Standing::Whole | Standing::Fresh => flat(values),
        })
    }

    /// The model with all that the folder has for it.
    pub(crate) fn filled<M: Module>(&self, model: M) -> Result<M, TrainerError> {
        let fresh = parameters(&model);
        let (mut failed, read) = (None, |path: &str| self.values(path, &fresh[path]));
        let model = updated(model, |path, before| match &failed {
            None => read(path).unwrap_or_else(|error| {
                failed = Some(error);
                before
            }),
            Some(_) => before,
        });
        failed.map_or(Ok(model), Err)
    }

    /// What parameters of these shapes take, in words.
    pub(crate) fn report(&self, shapes: &BTreeMap<String, Vec<usize>>) -> Result<Report, TrainerError> {
        let mut report = Report { total: shapes.keys().filter(|path| !is_beside(path)).count(), ..Report::default() };
        let mut read = BTreeSet::new();
        for (path, shape) in shapes {
            let standing = self.standing(path, shape)?;
            if standing != Standing::Fresh {
                report.loaded += 1;
                read.extend(self.places(path).iter().filter_map(|place| self.name(&place.tensor)).cloned());
            }
            match standing {
                Standing::Rows([rows, all]) => report.parts.push(format!("{path} ({} rows)", of(rows, all))),
                Standing::Columns([columns, all]) => {
                    report.parts.push(format!("{path} ({} columns)", of(columns, all)))
                }
                Standing::Grid { from, to, .. } => {
                    report.parts.push(format!("{path} (from {from} x {from} patches to {to} x {to})"));
                }
                Standing::Fresh if !is_beside(path) => report.fresh.push(path.clone()),
                Standing::Fresh | Standing::Whole => {}
            }
        }
        let left = self.names.iter().filter(|(modern, name)| !read.contains(*name) && !self.plan.spare(modern));
        report.left = left.map(|(_, name)| name.clone()).collect();
        self.copies(&read)?;
        Ok(report)
    }

    /// What files hold twice must be the same twice, or it is another model.
    fn copies(&self, read: &BTreeSet<String>) -> Result<(), TrainerError> {
        let Tensors::Folder(weights) = &self.tensors else { return Ok(()) };
        for (modern, name) in self.names.iter().filter(|(_, name)| !read.contains(*name)) {
            let Some(first) = self.plan.repeated(modern) else { continue };
            if self.read(&first)?.map(|found| found.values) != weights.read(name)?.map(|found| found.values) {
                let message = format!(
                    "`{name}` is not the same as `{first}`, although the config says that they are one; is it of another version?"
                );
                return Err(self.unlike(message));
            }
        }
        Ok(())
    }

    fn absent(&self, path: &str) -> TrainerError {
        self.unlike(format!(
            "it has nothing for `{path}`: the model lacks the part that this asks for; fine-tune it first"
        ))
    }

    fn gap(&self, gap: Gap) -> TrainerError {
        self.unlike(gap.to_string())
    }

    fn unlike(&self, reason: String) -> TrainerError {
        TrainerError::Unlike { path: self.origin.path.clone(), reason }
    }
}

/// Whether a parameter is none of the model itself.
fn is_beside(path: &str) -> bool {
    adapts(path) || is_lens(path)
}

/// Positions of patches in another grid, behind the tokens that the table begins with.
fn grid(found: &[usize], wanted: &[usize], to: usize) -> Option<Standing> {
    let (&[rows, width], &[most, wide]) = (found, wanted) else { return None };
    let leading = most.checked_sub(to * to)?;
    let from = rows.checked_sub(leading)?.isqrt();
    (width == wide && from > 0 && leading + from * from == rows).then_some(Standing::Grid { leading, from, to })
}

/// Why reading ended.
enum Taken {
    Gap(Gap),
    Failed(TrainerError),
}

impl From<Gap> for Taken {
    fn from(gap: Gap) -> Self {
        Self::Gap(gap)
    }
}

fn long(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|&length| length != 1).collect()
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {} parameters loaded", self.loaded, self.total)?;
        for (what, paths) in [("in part", &self.parts), ("new", &self.fresh), ("left over", &self.left)] {
            if !paths.is_empty() {
                write!(out, "; {what}: {}", listed(paths))?;
            }
        }
        Ok(())
    }
}

/// How much of a parameter is taken from a file.
fn of(taken: usize, all: usize) -> String {
    if taken == all { format!("the first {taken} of the file's") } else { format!("{taken} of {all}") }
}

/// The first of a list, and how many more there are.
fn listed(paths: &[String]) -> String {
    const MOST: usize = 6;
    let shown = paths.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if paths.len() > MOST { format!("{shown} and {} more", paths.len() - MOST) } else { shown }
}

/// The model as its plan says it begins: with what a folder has, or as it is.
pub(crate) fn begun<M: Module>(model: M, plan: &crate::RunPlan) -> Result<M, TrainerError> {
    let Some(initialize) = &plan.initialize else { return Ok(model) };
    let origin = Origin::open(&initialize.from)?;
    Beginning::new(&plan.model, &origin, true)?.with(initialize.adapter.as_deref())?.filled(model)
}
