//! Low-rank adapters apart from their model, in PEFT's layout: written, and added to what a folder holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use attentive_attention::{Parameter, adapts};
use attentive_hub::{Config, Folder, Foreign, Lies, Place, Unfit, Weights, Writing};
use serde_json::{Map, Value, json};

use crate::{
    TrainerError,
    plan::{AdapterPlan, ModelPlan},
};

/// Before the names of all tensors.
const WRAPPED: &str = "base_model.model.";
const DOWN: &str = ".lora_A.weight";
const UP: &str = ".lora_B.weight";
/// Ways of PEFT that change what an adapter computes.
const STRANGE: [&str; 5] = ["use_dora", "use_qalora", "lora_bias", "megatron_config", "layer_replication"];
const PATTERNS: [&str; 2] = ["rank_pattern", "alpha_pattern"];

/// An adapter that was read.
pub(crate) struct Adapter {
    scale: f64,
    /// Matrices of the model lie `[in, out]`.
    turned: bool,
    weights: Weights,
}

impl Adapter {
    pub(crate) fn open(path: &Path) -> Result<Self, TrainerError> {
        let (config, weights) = Folder::adapter(path)?;
        let (scale, turned) = read(&config).map_err(|unfit| Folder::unfit_adapter(path, unfit))?;
        Ok(Self { scale, turned, weights })
    }

    /// The names of whole tensors that it brings, as the model has them.
    pub(crate) fn brought(&self) -> impl Iterator<Item = &str> {
        let whole = |name: &&str| !name.ends_with(DOWN) && !name.ends_with(UP);
        self.weights.names().filter(whole).filter_map(|name| name.strip_prefix(WRAPPED))
    }

    pub(crate) fn shape(&self, tensor: &str) -> Option<&[usize]> {
        self.weights.shape(&format!("{WRAPPED}{tensor}"))
    }

    /// A tensor of the model as the adapter changes it: put in its place, or added to.
    pub(crate) fn changed(&self, tensor: &str, found: Option<Foreign>) -> Result<Option<Foreign>, TrainerError> {
        if let Some(own) = self.weights.read(&format!("{WRAPPED}{tensor}"))? {
            return Ok(Some(own));
        }
        let Some(mut found) = found else { return Ok(None) };
        let Some(module) = tensor.strip_suffix(".weight") else { return Ok(Some(found)) };
        let part = |end: &str| self.weights.read(&format!("{WRAPPED}{module}{end}"));
        if let (Some(down), Some(up)) = (part(DOWN)?, part(UP)?) {
            self.add(&down, &up, &mut found).ok_or_else(|| TrainerError::Unlike {
                path: module.into(),
                reason: format!(
                    "the adapter's matrices {:?} and {:?} do not fit the model's {:?}",
                    down.shape, up.shape, found.shape
                ),
            })?;
        }
        Ok(Some(found))
    }

    /// `scale · up · down` onto a matrix `[out, in]`, if all of them fit.
    fn add(&self, down: &Foreign, up: &Foreign, found: &mut Foreign) -> Option<()> {
        let (&[rank, ins], &[outs, narrow]) = (down.shape.as_slice(), up.shape.as_slice()) else { return None };
        let wanted = if self.turned { [ins, outs] } else { [outs, ins] };
        if narrow != rank || found.shape != wanted {
            return None;
        }
        for out in 0..outs {
            for inner in 0..ins {
                let product = |k: usize| f64::from(up.values[out * rank + k]) * f64::from(down.values[k * ins + inner]);
                let sum: f64 = (0..rank).map(product).sum();
                let at = if self.turned { inner * outs + out } else { out * ins + inner };
                found.values[at] += (self.scale * sum) as f32;
            }
        }
        Some(())
    }
}

/// What the product is multiplied with, and whether matrices lie turned.
fn read(said: &Config) -> Result<(f64, bool), Unfit> {
    let kind = said.text("peft_type")?.unwrap_or("LORA");
    said.only("peft_type", Some(kind), "LORA")?;
    said.only("bias", said.text("bias")?, "none")?;
    if let Some(key) = STRANGE.into_iter().find(|key| !matches!(said.raw(key), None | Some(Value::Bool(false)))) {
        return Err(said.unfit(
            key,
            "is a way that is not supported; add the adapter to its model with PEFT's `merge_and_unload`",
        ));
    }
    for key in PATTERNS {
        if said.table(key)?.is_some_and(|table| table.keys().next().is_some()) {
            return Err(said.unfit(key, "gives layers ranks of their own, which is not supported"));
        }
    }
    let dropout = said.number("lora_dropout")?.unwrap_or(0.0);
    if !(0.0..1.0).contains(&dropout) {
        return Err(said.unfit("lora_dropout", "must be at least 0 and below 1"));
    }
    let (rank, alpha) = (said.needed("r")?.max(1) as f64, said.number("lora_alpha")?.unwrap_or(8.0));
    let scale = if said.flag("use_rslora")?.unwrap_or(false) { alpha / rank.sqrt() } else { alpha / rank };
    Ok((scale, said.flag("fan_in_fan_out")?.unwrap_or(false)))
}

/// The low-rank paths of one matrix of the model: several where it holds several of ours side by side.
#[derive(Default)]
struct Paths {
    parts: Vec<(Lies, Foreign, Foreign)>,
}

/// Writes what learned beside the model that it began with: low-rank paths, and parameters that learned as a whole.
pub(crate) fn write(
    writing: &mut Writing,
    (plan, adapter): (&ModelPlan, &AdapterPlan),
    found: BTreeMap<String, Parameter>,
    (base, learned): (&str, impl Fn(&str) -> bool),
) -> Result<usize, TrainerError> {
    let host = |parameter: Parameter| Foreign {
        values: parameter.values.into_data().try_into_vec().expect("models compute in f32"),
        shape: parameter.shape,
    };
    let (mut modules, mut tensors, mut saved) = (BTreeMap::<String, Paths>::new(), BTreeMap::new(), BTreeSet::new());
    let mut ups: BTreeMap<String, Foreign> = BTreeMap::new();
    let mut downs: BTreeMap<String, Foreign> = BTreeMap::new();
    let mut assembly = attentive_hub::Assembly::default();
    for (path, parameter) in found {
        match path.rsplit_once(".adapter.") {
            Some((layer, "up")) => drop(ups.insert(layer.to_owned(), host(parameter))),
            Some((layer, _)) => drop(downs.insert(layer.to_owned(), host(parameter))),
            None if learned(&path) && !adapts(&path) => {
                let (places, own) = (plan.places(&path), host(parameter));
                saved.extend(places.iter().filter_map(|place| module(&place.tensor)));
                assembly.put(&places, &own.shape, &own.values);
            }
            None => {}
        }
    }
    for (layer, down) in downs {
        let (Some(up), [Place { tensor, lies, .. }]) =
            (ups.remove(&layer), &plan.places(&format!("{layer}.weight"))[..])
        else {
            continue;
        };
        let Some(module) = module(tensor) else { continue };
        modules.entry(module).or_default().parts.push((*lies, down, up));
    }
    let rank = modules.values().map(|paths| paths.parts.len()).max().unwrap_or(1) * adapter.rank;
    for (name, paths) in &modules {
        let [down, up] = paths.joined(rank);
        tensors.insert(format!("{WRAPPED}{name}{DOWN}"), down);
        tensors.insert(format!("{WRAPPED}{name}{UP}"), up);
    }
    tensors.extend(assembly.into_tensors().into_iter().map(|(name, tensor)| (format!("{WRAPPED}{name}"), tensor)));
    let turned = modules
        .values()
        .flat_map(|paths| &paths.parts)
        .any(|(lies, ..)| matches!(lies, Lies::Straight | Lies::Part { .. }));
    let said = json!({
        "peft_type": "LORA", "base_model_name_or_path": base, "r": rank, "lora_alpha": adapter.scale() * rank as f64,
        "lora_dropout": adapter.dropout, "bias": "none", "fan_in_fan_out": turned, "inference_mode": true,
        "target_modules": modules.keys().collect::<Vec<_>>(),
        "modules_to_save": if saved.is_empty() { Value::Null } else { json!(saved) },
        "task_type": Value::Null,
    });
    writing.json("adapter_config.json", said.as_object().unwrap_or(&Map::new()))?;
    writing.adapter(&tensors)?;
    Ok(tensors.len())
}

/// The module that a tensor belongs to.
fn module(tensor: &str) -> Option<String> {
    tensor.rsplit_once('.').map(|(module, _)| module.to_owned())
}

impl Paths {
    /// One path that does what all of them do, of this rank: `[rank, in]` and `[out, rank]`.
    fn joined(&self, rank: usize) -> [Foreign; 2] {
        let of = |lies: Lies| match lies {
            Lies::Part { index, of } | Lies::TurnedPart { index, of } => (index, of),
            _ => (0, 1),
        };
        let (ins, outs) =
            self.parts.first().map_or((0, 0), |(lies, down, up)| (down.shape[0], up.shape[1] * of(*lies).1));
        let mut down = Foreign { shape: vec![rank, ins], values: vec![0.0; rank * ins] };
        let mut up = Foreign { shape: vec![outs, rank], values: vec![0.0; outs * rank] };
        let mut first = 0;
        for (lies, narrow, wide) in &self.parts {
            let (own, width) = (narrow.shape[1], wide.shape[1]);
            for k in 0..own {
                (0..ins).for_each(|inner| down.values[(first + k) * ins + inner] = narrow.values[inner * own + k]);
                let start = of(*lies).0 * width;
                (0..width).for_each(|out| up.values[(start + out) * rank + first + k] = wide.values[k * width + out]);
            }
            first += own;
        }
        [down, up]
    }
}
