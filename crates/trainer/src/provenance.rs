//! Where each value of a plan comes from.

use crate::{RunPlan, document::Document};

/// One value of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `training.steps`.
    pub path: String,
    /// As TOML.
    pub value: String,
    /// `configs/gpt/stories.toml:12:1`, `--set training.steps=10`, or `default`.
    pub origin: String,
}

/// Every value of the plan with its origin.
pub(crate) fn entries(plan: &RunPlan, document: &Document) -> Vec<Entry> {
    let origin = |path: &str| document.origin(path).map_or_else(|| "default".to_owned(), ToString::to_string);
    let values = flattened(&toml::Value::try_from(plan).expect("a plan is plain data"));
    values.into_iter().map(|(path, value)| Entry { origin: origin(&path), path, value }).collect()
}

/// Leaves by dotted path.
pub(crate) fn flattened(value: &toml::Value) -> Vec<(String, String)> {
    let mut leaves = Vec::new();
    collect(value, String::new(), &mut leaves);
    leaves
}

fn collect(value: &toml::Value, path: String, leaves: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                collect(value, if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, leaves);
            }
        }
        leaf => leaves.push((path, leaf.to_string())),
    }
}
