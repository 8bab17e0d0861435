//! What a `config.json` says, asked key by key.

use std::fmt;

use serde_json::{Map, Value};

use crate::error::tamed;

/// More of what a config says is of no use in an error.
const LONGEST: usize = 600;

/// A key of a foreign config that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {reason}")]
pub struct Unfit {
    pub key: String,
    /// What is wrong with it, and the remedy.
    pub reason: String,
}

impl Unfit {
    pub fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        let (key, reason): (String, String) = (key.into(), reason.into());
        Self { key: tamed(&key, LONGEST), reason: tamed(&reason, LONGEST) }
    }
}

/// A table of a foreign config. `null` counts as absent, as it does in transformers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Before each key in errors: `rope_scaling.` of an inner table.
    scope: String,
    values: Map<String, Value>,
}

impl Config {
    pub fn new(values: Map<String, Value>) -> Self {
        Self { scope: String::new(), values }
    }

    pub fn text(&self, key: &str) -> Result<Option<&str>, Unfit> {
        self.value(key, "a string", Value::as_str)
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, Unfit> {
        self.value(key, "true or false", Value::as_bool)
    }

    pub fn number(&self, key: &str) -> Result<Option<f64>, Unfit> {
        self.value(key, "a number", Value::as_f64)
    }

    pub fn count(&self, key: &str) -> Result<Option<usize>, Unfit> {
        self.value(key, "a whole number, not negative", |value| usize::try_from(value.as_u64()?).ok())
    }

    /// A count that no such config is without.
    pub fn needed(&self, key: &str) -> Result<usize, Unfit> {
        self.count(key)?.ok_or_else(|| self.unfit(key, "is absent, and nothing can be said for it"))
    }

    pub fn table(&self, key: &str) -> Result<Option<Self>, Unfit> {
        let inner = self.value(key, "a table", Value::as_object)?;
        Ok(inner.map(|values| Self { scope: format!("{}{key}.", self.scope), values: values.clone() }))
    }

    pub fn list(&self, key: &str) -> Result<Option<&[Value]>, Unfit> {
        self.value(key, "a list", |value| value.as_array().map(Vec::as_slice))
    }

    /// The value itself, for what no other question fits.
    pub fn raw(&self, key: &str) -> Option<&Value> {
        self.values.get(key).filter(|value| !value.is_null())
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Refuses what changes the model in a way that Attentive's does not follow.
    pub fn only<T: PartialEq + fmt::Display>(&self, key: &str, found: Option<T>, followed: T) -> Result<(), Unfit> {
        match found {
            Some(found) if found != followed => {
                Err(self.unfit(key, &format!("is {found}, and only {followed} is supported")))
            }
            _ => Ok(()),
        }
    }

    /// An error about a key of this table.
    pub fn unfit(&self, key: &str, reason: &str) -> Unfit {
        Unfit::new(format!("{}{key}", self.scope), reason)
    }

    fn value<'a, T>(
        &'a self,
        key: &str,
        wanted: &str,
        taken: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Unfit> {
        let wrong = |value: &Value| self.unfit(key, &format!("is {}, where {wanted} is expected", shown(value)));
        self.raw(key).map(|value| taken(value).ok_or_else(|| wrong(value))).transpose()
    }
}

/// A value as an error shows it, cut short.
fn shown(value: &Value) -> String {
    tamed(&value.to_string(), 40)
}
