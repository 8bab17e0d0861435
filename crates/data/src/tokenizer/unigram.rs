//! Unigram (Kudo 2018), as T5's: learned from a text.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};
use tokenizers::models::unigram::{Unigram, UnigramTrainer};
use tokenizers::{AddedToken, Tokenizer as Library};

use super::counting::{Counts, alphabet, counted, within};
use super::division::WHITE;
use super::pipeline::{Added, Kind, Pipeline, ended, metaspace, sequence, substitute};
use super::roles::Role;
use super::{failed, parsed};
use crate::{DataError, Text, Told};

/// In T5's order.
const SPECIAL: [(&str, Role); 3] = [("<pad>", Role::Padding), ("</s>", Role::End), ("<unk>", Role::Unknown)];
const UNKNOWN: usize = 2;
/// Longer words are cut: learning takes time and memory by a word's length, and without spaces a text is one word.
const LONGEST_WORD: usize = 256;

/// Learns pieces and their probabilities from the text; the same text gives the same ones.
pub(super) fn build(text: &Text, vocabulary: usize, told: &mut dyn FnMut(Told)) -> Result<String, DataError> {
    let empty = pipeline().around(model(&specials().map(|name| (name, 0.0)).collect::<Vec<_>>()));
    let library =
        parsed(&empty).map_err(|reason| DataError::Tokenizer { action: "be built", source: reason.into() })?;
    let words = words(text, &library, told)?;
    let alphabet = alphabet(&words);
    // The library can't stop at the characters alone: it takes one more piece before it counts.
    let least = SPECIAL.len() + alphabet.len() + 1;
    if vocabulary < least {
        let what = "the special tokens, the text's characters and a piece";
        return Err(DataError::SmallVocabulary { vocabulary, what, least });
    }
    let learned = learned(within(words, &alphabet), vocabulary)?;
    Ok(pipeline().around(model(&learned)))
}

fn specials() -> impl Iterator<Item = String> {
    SPECIAL.iter().map(|(name, _)| (*name).to_owned())
}

fn words(text: &Text, library: &Library, told: &mut dyn FnMut(Told)) -> Result<Counts, DataError> {
    let mut words = Counts::new();
    for (word, count) in counted(text, library, told)? {
        let characters: Vec<char> = word.chars().collect();
        for part in characters.chunks(LONGEST_WORD) {
            *words.entry(part.iter().collect()).or_default() += count;
        }
    }
    Ok(words)
}

/// The library adds probabilities in the order in which its threads come to them: on one thread that is one order.
fn learned(words: Counts, vocabulary: usize) -> Result<Vec<(String, f64)>, DataError> {
    let count = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let words: Vec<(String, u32)> = words.into_iter().map(|(word, found)| (word, count(found))).collect();
    let trainer = UnigramTrainer::builder()
        .vocab_size(u32::try_from(vocabulary).unwrap_or(u32::MAX))
        .show_progress(false)
        .special_tokens(specials().map(|name| AddedToken::from(name, true)).collect())
        .unk_token(Some(SPECIAL[UNKNOWN].0.to_owned()))
        .build();
    let trainer = trainer.map_err(|error| failed("be trained")(error.into()))?;
    let alone = ThreadPoolBuilder::new().num_threads(1).build().map_err(|error| failed("be trained")(error.into()))?;
    let mut model = Unigram::default();
    // It panics where a likelihood is not a number.
    let trained = alone.install(|| catch_unwind(AssertUnwindSafe(|| trainer.do_train(words, &mut model))));
    let trained = trained.unwrap_or_else(|_| Err("the library gave up on it".into()));
    trained.map_err(failed("be trained"))?;
    Ok(ordered(model.iter().cloned().collect()))
}

/// Characters that learning had dropped come back with the least scores, one a little above the other in the order of
/// a hash table. Here they get those scores in the order of their code points, and equals are sorted by name.
fn ordered(mut pieces: Vec<(String, f64)>) -> Vec<(String, f64)> {
    let learned = &mut pieces[SPECIAL.len()..];
    let returned = returned(learned);
    let mut scores: Vec<f64> = returned.iter().map(|index| learned[*index].1).collect();
    scores.sort_by(|first, second| second.total_cmp(first));
    let mut names: Vec<String> = returned.iter().map(|index| learned[*index].0.clone()).collect();
    names.sort();
    for (index, piece) in returned.iter().zip(names.into_iter().zip(scores)) {
        learned[*index] = piece;
    }
    learned.sort_by(|(first, one), (second, other)| other.total_cmp(one).then_with(|| first.cmp(second)));
    pieces
}

/// Where the single characters are whose scores begin with the least one and go up by the library's step.
fn returned(pieces: &[(String, f64)]) -> Vec<usize> {
    const STEP: f64 = 0.0001;
    let least = pieces.iter().map(|(_, score)| *score).fold(f64::INFINITY, f64::min);
    let (mut found, mut above) = (Vec::new(), 0.0);
    loop {
        let single =
            |(_, (name, score)): &(usize, &(String, f64))| *score == least + above && name.chars().count() == 1;
        let here: Vec<usize> = pieces.iter().enumerate().filter(single).map(|(index, _)| index).collect();
        if here.is_empty() {
            return found;
        }
        found.extend(here);
        above += STEP;
    }
}

fn pipeline() -> Pipeline {
    let token = |((name, role), id): (&(&str, Role), u32)| Added {
        id,
        content: (*name).to_owned(),
        kind: Kind::Special,
        roles: vec![*role],
    };
    let normalizers = vec![
        json!({"type": "NFKC"}),
        substitute(WHITE),
        json!({"type": "Strip", "strip_left": true, "strip_right": true}),
    ];
    Pipeline {
        added: SPECIAL.iter().zip(0..).map(token).collect(),
        normalizer: sequence("normalizers", normalizers),
        pre_tokenizer: metaspace("always", Value::Bool(true)),
        post_processor: ended("</s>", 1),
        decoder: metaspace("always", Value::Bool(true)),
    }
}

fn model(pieces: &[(String, f64)]) -> Value {
    json!({"type": "Unigram", "unk_id": UNKNOWN, "vocab": pieces, "byte_fallback": false})
}
