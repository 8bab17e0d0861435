//! The parts of a `tokenizer.json`, put together from what other files say.

use serde_json::{Value, json};

use super::roles::Role;

/// What stands around the model, each part as the file has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipeline {
    pub(super) added: Vec<Added>,
    pub(super) normalizer: Value,
    pub(super) pre_tokenizer: Value,
    pub(super) post_processor: Value,
    pub(super) decoder: Value,
}

/// A token that is found in a text before anything else is done to it.
#[derive(Clone, Debug)]
pub(super) struct Added {
    pub(super) id: u32,
    pub(super) content: String,
    pub(super) kind: Kind,
    pub(super) roles: Vec<Role>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Special,
    /// Special, and takes the spaces before it with it, as RoBERTa's `<mask>`.
    Greedy,
    Ordinary,
}

impl Pipeline {
    /// The whole file around this model.
    pub(super) fn around(mut self, model: Value) -> String {
        // The library numbers tokens that the model does not have in the order in which they come.
        self.added.sort_by_key(|token| token.id);
        let added: Vec<Value> = self.added.iter().map(Added::to_json).collect();
        let Self { normalizer, pre_tokenizer, post_processor, decoder, .. } = self;
        let whole = json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": decoder, "model": model,
        });
        serde_json::to_string_pretty(&whole).expect("JSON values can be written")
    }
}

impl Added {
    fn to_json(&self) -> Value {
        let mut token = json!({
            "id": self.id, "content": self.content, "single_word": false, "lstrip": self.kind == Kind::Greedy,
            "rstrip": false, "normalized": false, "special": self.kind != Kind::Ordinary,
        });
        if !self.roles.is_empty() {
            token["roles"] = json!(self.roles);
        }
        token
    }
}

/// One after the other; none if there is nothing to do.
pub(super) fn sequence(kind: &str, parts: Vec<Value>) -> Value {
    match parts.len() {
        0 => Value::Null,
        1 => parts.into_iter().next().unwrap_or_default(),
        _ => json!({"type": "Sequence", kind: parts}),
    }
}

/// What a pattern finds becomes something else.
pub(super) fn substitute((pattern, content): (&str, &str)) -> Value {
    json!({"type": "Replace", "pattern": {"Regex": pattern}, "content": content})
}

pub(super) fn replace(text: &str, content: &str) -> Value {
    json!({"type": "Replace", "pattern": {"String": text}, "content": content})
}

/// Spaces as `▁`, with one before the first word.
pub(super) fn metaspace(scheme: &str, split: Value) -> Value {
    json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split})
}

/// What goes around one text and around a pair, each a list of names; `A` and `B` are the texts, all else are tokens.
pub(super) fn template(single: &[&str], pair: &[(&str, u32)], tokens: &[(&str, u32)]) -> Value {
    let piece = |(name, kind): (&str, u32)| match name {
        "A" | "B" => json!({"Sequence": {"id": name, "type_id": kind}}),
        token => json!({"SpecialToken": {"id": token, "type_id": kind}}),
    };
    let special = |(name, id): &(&str, u32)| ((*name).to_owned(), json!({"id": name, "ids": [id], "tokens": [name]}));
    json!({
        "type": "TemplateProcessing",
        "single": single.iter().map(|name| piece((name, 0))).collect::<Vec<_>>(),
        "pair": pair.iter().copied().map(piece).collect::<Vec<_>>(),
        "special_tokens": tokens.iter().map(special).collect::<serde_json::Map<_, _>>(),
    })
}

/// T5's: the end after each text.
pub(super) fn ended(end: &str, id: u32) -> Value {
    template(&["A", end], &[("A", 0), (end, 0), ("B", 0), (end, 0)], &[(end, id)])
}
