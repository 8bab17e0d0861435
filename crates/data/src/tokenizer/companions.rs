//! What lies beside a tokenizer's file and tells how it is meant: `tokenizer_config.json`, `special_tokens_map.json`,
//! `chat_template.jinja` and the model's `config.json`. All are foreign and all may be absent; what cannot be understood is passed over.

use std::path::Path;

use serde_json::{Map, Value};

use super::roles::Role;

/// Companions are small; a larger file is none.
const LARGEST: u64 = 1 << 24;
/// Later ones say it again or more precisely.
const NAMES: [&str; 3] = ["config.json", "tokenizer_config.json", "special_tokens_map.json"];
/// A key of `tokenizer_config.json`, and the name of a file that is heeded before it.
const TEMPLATE: (&str, &str) = ("chat_template", "chat_template.jinja");

#[derive(Clone, Debug, Default)]
pub(super) struct Companions {
    said: Map<String, Value>,
}

impl Companions {
    pub(super) fn beside(path: &Path) -> Self {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut said = Map::new();
        for name in NAMES {
            said.extend(object(&folder.join(name)).unwrap_or_default());
        }
        let template = content(&folder.join(TEMPLATE.1)).and_then(|bytes| String::from_utf8(bytes).ok());
        said.extend(template.map(|template| (TEMPLATE.0.to_owned(), Value::String(template))));
        Self { said }
    }

    pub(super) fn truth(&self, key: &str) -> Option<bool> {
        self.said.get(key)?.as_bool()
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.said.get(key)?.as_str()
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.said.get(key)?.as_u64()
    }

    /// The chat template: a text, or of a list of named ones the usual one.
    pub(super) fn template(&self) -> Option<&str> {
        let template = self.said.get(TEMPLATE.0)?;
        let usual = || template.as_array()?.iter().find(|one| one["name"] == "default")?["template"].as_str();
        template.as_str().or_else(usual)
    }

    /// The token of a role: a name, or an object that holds it.
    pub(super) fn token(&self, role: Role) -> Option<&str> {
        let token = self.said.get(role.key())?;
        token.as_str().or_else(|| token.get("content")?.as_str())
    }
}

fn content(path: &Path) -> Option<Vec<u8>> {
    let size = std::fs::metadata(path).ok()?.len();
    (size <= LARGEST).then(|| std::fs::read(path).ok()).flatten()
}

fn object(path: &Path) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&content(path)?).ok()? {
        Value::Object(said) => Some(said),
        _ => None,
    }
}
