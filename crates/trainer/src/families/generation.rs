//! How folders of other libraries say that answers are searched for, as the table `[generation]`, and the other way round.
//!
//! The settings are those of `GenerationConfig` of transformers 5.23. Those that only sampling asks are passed over.

use attentive_hub::{Config, Unfit};
use serde_json::{Map, Value, json};

use crate::{plan::GenerationPlan, sections::GenerationConfig};

/// Hypotheses that a search keeps where nothing is said.
pub(super) const BEAMS: usize = 5;

/// What a search of ours does not do, with the value at which it does nothing.
const NEUTRAL: [(&str, f64); 7] = [
    ("num_beam_groups", 1.0),
    ("diversity_penalty", 0.0),
    ("repetition_penalty", 1.0),
    ("encoder_repetition_penalty", 1.0),
    ("encoder_no_repeat_ngram_size", 0.0),
    ("guidance_scale", 1.0),
    ("penalty_alpha", 0.0),
];
/// The same, where there is no such value.
const ABSENT: [&str; 10] = [
    "sequence_bias",
    "suppress_tokens",
    "begin_suppress_tokens",
    "forced_decoder_ids",
    "exponential_decay_length_penalty",
    "constraints",
    "force_words_ids",
    "dola_layers",
    "stop_strings",
    "watermarking_config",
];
const NOT_TRUE: [&str; 2] = ["renormalize_logits", "token_healing"];

/// What configs of these models force at the greatest length when they say nothing about it.
const FORCED_LAST: [(&str, u32); 4] = [("bart", 2), ("mbart", 2), ("marian", 0), ("pegasus", 1)];

/// The table `[generation]` that a `generation_config.json` amounts to, or, in a folder without one, its `config.json`. Refuses what
/// would make other answers than ours.
pub(crate) fn generation(said: &Config) -> Result<toml::Table, Unfit> {
    refuse(said)?;
    let beams = said.count("num_beams")?.unwrap_or(1);
    let config = GenerationConfig {
        beams: Some(in_range(said, "num_beams", beams)?),
        length_penalty: Some(said.number("length_penalty")?.unwrap_or(1.0)),
        early: Some(early(said, beams)?),
        most: most(said)?,
        least: least(said)?,
        no_repeat: counted(said, "no_repeat_ngram_size")?.filter(|size| *size > 0),
        ruled_out: Some(ruled_out(said)?).filter(|ids| !ids.is_empty()),
        forced_first: id(said, "forced_bos_token_id")?,
        forced_last: forced_last(said)?,
    };
    Ok(toml::Table::try_from(config).expect("its numbers are small"))
}

/// What `generation_config.json` says of a plan, but for the ids that answers start with and end with, and are filled up with. The
/// model can write `context` ids.
pub(crate) fn said(plan: &GenerationPlan, context: usize) -> Map<String, Value> {
    let most = plan.most.map_or(context, |most| most.min(context));
    let words = plan.ruled_out.iter().map(|id| [id]).collect::<Vec<_>>();
    let all = json!({
        "num_beams": plan.beams.unwrap_or(BEAMS),
        "length_penalty": plan.length_penalty,
        "early_stopping": plan.early,
        "max_length": most + 1,
        "min_length": (plan.least > 0).then_some(plan.least + 1),
        "no_repeat_ngram_size": plan.no_repeat,
        "bad_words_ids": (!words.is_empty()).then_some(words),
        "forced_bos_token_id": plan.forced_first,
        "forced_eos_token_id": plan.forced_last,
    });
    let said = all.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    said.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn refuse(said: &Config) -> Result<(), Unfit> {
    for (key, neutral) in NEUTRAL {
        said.only(key, said.number(key)?, neutral)?;
    }
    for key in NOT_TRUE {
        said.only(key, said.flag(key)?, false)?;
    }
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    match ABSENT.into_iter().find(|key| said.raw(key).is_some_and(|value| !empty(value))) {
        Some(key) => {
            Err(said.unfit(key, "is set, and a search here does nothing of the kind; remove it from the folder"))
        }
        None => Ok(()),
    }
}

/// Of one hypothesis nothing better can come later.
fn early(said: &Config, beams: usize) -> Result<bool, Unfit> {
    match said.raw("early_stopping") {
        Some(Value::String(word)) if word == "never" && beams > 1 => {
            Err(said.unfit("early_stopping", "is \"never\", and supported are true and false"))
        }
        Some(Value::String(word)) if word == "never" => Ok(false),
        _ => Ok(said.flag("early_stopping")?.unwrap_or(false)),
    }
}

/// `max_length` counts the id that a decoder starts with.
fn most(said: &Config) -> Result<Option<usize>, Unfit> {
    let new = counted(said, "max_new_tokens")?;
    let most = new.or(counted(said, "max_length")?.map(|length| length.saturating_sub(1)));
    Ok(most.map(|most| most.max(1)))
}

/// So does `min_length`; both count the end.
fn least(said: &Config) -> Result<Option<usize>, Unfit> {
    let new = counted(said, "min_new_tokens")?;
    let least = new.or(counted(said, "min_length")?.map(|length| length.saturating_sub(1)));
    Ok(least.filter(|least| *least > 0))
}

/// The end is never ruled out, though some folders list it.
fn ruled_out(said: &Config) -> Result<Vec<u32>, Unfit> {
    const KEY: &str = "bad_words_ids";
    let several = || said.unfit(KEY, "holds a word of several tokens, and only single ones are supported; remove it");
    let single = |word: &Value| match word.as_array().map(Vec::as_slice) {
        Some([id]) => token(said, KEY, id),
        _ => Err(several()),
    };
    let words = said.list(KEY)?.unwrap_or_default();
    let ends = ids(said, "eos_token_id")?;
    let mut out = words.iter().map(single).collect::<Result<Vec<u32>, Unfit>>()?;
    out.retain(|id| !ends.contains(id));
    Ok(out)
}

fn forced_last(said: &Config) -> Result<Option<u32>, Unfit> {
    const KEY: &str = "forced_eos_token_id";
    // Not even `null`.
    if said.keys().any(|key| key == KEY) {
        return id(said, KEY);
    }
    let kind = said.text("model_type")?;
    Ok(FORCED_LAST.into_iter().find_map(|(model, id)| (kind == Some(model)).then_some(id)))
}

fn id(said: &Config, key: &str) -> Result<Option<u32>, Unfit> {
    match ids(said, key)?.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(said.unfit(key, "is a list, and only one token can be forced; give one")),
    }
}

/// One token id, or a list of them.
fn ids(said: &Config, key: &str) -> Result<Vec<u32>, Unfit> {
    let listed = said.raw(key).map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
    listed.unwrap_or_default().iter().map(|id| token(said, key, id)).collect()
}

fn token(said: &Config, key: &str, value: &Value) -> Result<u32, Unfit> {
    let id = value.as_u64().and_then(|id| u32::try_from(id).ok());
    id.ok_or_else(|| said.unfit(key, "holds what is no token id, which is a whole number"))
}

fn counted(said: &Config, key: &str) -> Result<Option<usize>, Unfit> {
    said.count(key)?.map(|count| in_range(said, key, count)).transpose()
}

fn in_range(said: &Config, key: &str, count: usize) -> Result<usize, Unfit> {
    const MOST: usize = 1_000_000_000;
    if count <= MOST {
        Ok(count)
    } else {
        Err(said.unfit(key, &format!("is {count}, and at most {MOST} is supported")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(said: Value) -> Result<String, String> {
        let Value::Object(values) = said else { panic!("a table") };
        generation(&Config::new(values)).map(|table| table.to_string()).map_err(|unfit| unfit.to_string())
    }

    fn assert_says(said: Value, expected: &str) {
        let expected: toml::Table = toml::from_str(expected).expect("a table");
        assert_eq!(of(said), Ok(expected.to_string()));
    }

    #[test]
    fn nothing_said_is_greedy_search_as_in_transformers() {
        assert_says(json!({}), "beams = 1\nlength_penalty = 1.0\nearly = false");
        let sampled = json!({"do_sample": true, "top_k": 5, "temperature": 0.3, "max_length": null, "num_beams": null});
        assert_says(sampled, "beams = 1\nlength_penalty = 1.0\nearly = false");
    }

    #[test]
    fn a_generation_config_is_a_table() {
        let marian = json!({
            "bad_words_ids": [[58100], [0]], "decoder_start_token_id": 58100, "eos_token_id": 0, "forced_eos_token_id": 0,
            "max_length": 512, "num_beams": 4, "pad_token_id": 58100, "renormalize_logits": false,
        });
        assert_says(
            marian,
            "beams = 4\nlength_penalty = 1.0\nearly = false\nmost = 511\nruled_out = [58100]\nforced_last = 0",
        );
        let bart = json!({
            "early_stopping": true, "forced_bos_token_id": 0, "forced_eos_token_id": [2], "length_penalty": 2, "max_length": 142,
            "min_length": 56, "no_repeat_ngram_size": 3, "num_beams": 4, "suppress_tokens": [],
        });
        assert_says(
            bart,
            "beams = 4\nlength_penalty = 2.0\nearly = true\nmost = 141\nleast = 55\nno_repeat = 3\nforced_first = 0\nforced_last = 2",
        );
        let new = json!({"max_length": 9, "max_new_tokens": 30, "min_length": 5, "min_new_tokens": 2, "early_stopping": "never"});
        assert_says(new, "beams = 1\nlength_penalty = 1.0\nearly = false\nmost = 30\nleast = 2");
    }

    #[test]
    fn configs_of_models_force_the_end_unless_they_say_otherwise() {
        let plain = "beams = 1\nlength_penalty = 1.0\nearly = false\n";
        for (kind, id) in FORCED_LAST {
            assert_says(json!({"model_type": kind}), &format!("{plain}forced_last = {id}"));
            assert_says(json!({"model_type": kind, "forced_eos_token_id": null}), plain);
        }
        assert_says(json!({"model_type": "t5", "num_beams": 1}), plain);
    }

    #[test]
    fn what_is_said_of_a_plan_is_the_plan() {
        let plain = GenerationPlan {
            beams: Some(1),
            length_penalty: 1.0,
            early: false,
            most: Some(16),
            least: 0,
            no_repeat: None,
            ruled_out: Vec::new(),
            forced_first: None,
            forced_last: None,
        };
        let rich = GenerationPlan {
            beams: Some(4),
            length_penalty: 0.6,
            early: true,
            most: Some(9),
            least: 2,
            no_repeat: Some(3),
            ruled_out: vec![7, 8],
            forced_first: Some(5),
            forced_last: Some(0),
        };
        for plan in [plain, rich] {
            let expected = toml::Table::try_from(&plan).expect("a plan is plain data");
            let mut found = generation(&Config::new(said(&plan, 16))).expect("it can be followed");
            found.entry("least").or_insert(toml::Value::Integer(0));
            assert_eq!(found, expected);
            let unsaid = GenerationPlan { beams: None, most: None, ..plan };
            let said = said(&unsaid, 16);
            assert_eq!((&said["num_beams"], &said["max_length"]), (&json!(5), &json!(17)));
        }
    }

    #[test]
    fn what_would_make_other_answers_is_refused() {
        let refusals = [
            (json!({"repetition_penalty": 1.2}), "`repetition_penalty` is 1.2, and only 1 is supported"),
            (json!({"num_beam_groups": 2}), "`num_beam_groups` is 2, and only 1 is supported"),
            (json!({"renormalize_logits": true}), "`renormalize_logits` is true, and only false is supported"),
            (
                json!({"suppress_tokens": [4]}),
                "`suppress_tokens` is set, and a search here does nothing of the kind; remove it from the folder",
            ),
            (
                json!({"early_stopping": "never", "num_beams": 2}),
                "`early_stopping` is \"never\", and supported are true and false",
            ),
            (
                json!({"bad_words_ids": [[4, 5]]}),
                "`bad_words_ids` holds a word of several tokens, and only single ones are supported; remove it",
            ),
            (
                json!({"forced_bos_token_id": [4, 5]}),
                "`forced_bos_token_id` is a list, and only one token can be forced; give one",
            ),
            (
                json!({"forced_eos_token_id": -1}),
                "`forced_eos_token_id` holds what is no token id, which is a whole number",
            ),
            (json!({"num_beams": 1e3}), "`num_beams` is 1000.0, where a whole number, not negative is expected"),
            (
                json!({"max_length": 1u64 << 60}),
                "`max_length` is 1152921504606846976, and at most 1000000000 is supported",
            ),
        ];
        for (said, expected) in refusals {
            assert_eq!(of(said), Err(expected.to_owned()));
        }
    }
}
