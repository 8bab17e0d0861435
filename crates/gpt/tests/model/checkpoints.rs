//! Real checkpoints, where they are at hand: what others trained speaks, sorts and attends here as it does elsewhere.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use attentive_attention::{Block, Pass, Trace};
use attentive_gpt::Gpt;
use attentive_testkit::{Golden, assert_slices_close, golden, host};
use burn::{module::Module, tensor::Tensor};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::{
    foreign::{Tensors, filled, mingpt, stories, unread},
    sample::{best, fresh, greedy, integers, logits, plan},
};

/// The references were computed with other sums; both keep float32's six digits.
const ROUNDING: f32 = 2e-5;

/// The folder of a checkpoint, or nothing after a word on why the test is skipped.
fn checkpoint(name: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/datasets"));
    let mirrors = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from).into_iter().chain([beside]);
    let found = mirrors.map(|mirror| mirror.join("checkpoints").join(name)).find(|folder| folder.is_dir());
    if found.is_none() {
        skipped(name);
    }
    found
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped(name: &str) {
    eprintln!("skipped: {name} is neither in ATTENTIVE_MIRROR nor in ../shared/datasets beside the checkout");
}

#[test]
fn stories260k_tells_its_story_word_for_word() {
    let Some(folder) = checkpoint("stories260K") else { return };
    let tensors = golden(&folder.join("stories260K.safetensors"));
    let model = storyteller(&tensors);
    assert!(unread(&model, &tensors, stories).is_empty(), "every weight has its place");

    let file = File::open(folder.join("reference.json")).expect("the checkpoint has its reference");
    let reference: Value = serde_json::from_reader(file).expect("the reference is JSON");
    let start = [numbers(&reference["prompt"]).map(|id| id as i32).collect::<Vec<_>>()];
    let expected: Vec<f32> = numbers(&reference["logits_after_bos"]).map(|logit| logit as f32).collect();
    assert_slices_close(&logits(&model, &start, &mut Pass::evaluation()), &expected, ROUNDING, "logits");

    let expected: Vec<i32> = numbers(&reference["greedy_ids"]).map(|id| id as i32).collect();
    let ids = greedy(&model, &start[0], expected.len());
    assert_eq!(ids, expected);
    let pieces = pieces(&std::fs::read(folder.join("tok512.bin")).expect("the checkpoint has its tokenizer"));
    let text: String = ids.iter().map(|&id| pieces[id as usize].as_str()).collect();
    assert_eq!(text, reference["greedy_text"].as_str().expect("the story is text"));
}

fn storyteller(tensors: &Tensors) -> Gpt {
    let plan = plan(json!({
        "style": "llama", "layers": 5, "heads": 8, "key_value_heads": 4, "width": 64, "hidden": 172, "context": 512,
        "vocabulary": 512, "tied": true,
    }));
    filled(fresh(&plan), tensors, stories).valid()
}

fn numbers(list: &Value) -> impl Iterator<Item = f64> + '_ {
    list.as_array().expect("a list").iter().map(|number| number.as_f64().expect("of numbers"))
}

/// The pieces of llama2.c's tokenizer file: the length of the longest, then for each its score, its length and its bytes.
fn pieces(file: &[u8]) -> Vec<String> {
    let (_, mut rest) = file.split_at(4);
    let mut pieces = Vec::new();
    while let Some((head, tail)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let (piece, tail) = tail.split_at(length);
        pieces.push(String::from_utf8_lossy(piece).replace("<0x0A>", "\n"));
        rest = tail;
    }
    pieces
}

#[test]
fn every_activation_of_gpt_nano_is_the_published_one() {
    let Some(folder) = checkpoint("gpt-nano-sort") else { return };
    let (model, published) = (sorter(&folder), golden(&folder.join("activations.safetensors")));
    let check = |actual: Vec<f32>, name: &str| assert_slices_close(&actual, &published[name].values, ROUNDING, name);
    let ids: Vec<Vec<i32>> =
        published["idx"].values.chunks(11).map(|row| row.iter().map(|&id| id as i32).collect()).collect();

    let mut pass = Pass::evaluation().with_trace(Trace { watched: [0].into(), ..Trace::default() });
    let mut hidden: Tensor<3> = model.embed(integers(&ids, &model.device()), &mut pass);
    check(host(hidden.clone()), "x");
    for (index, block) in model.blocks.iter().enumerate() {
        hidden = pass.block(index, block, hidden, Block::forward);
        check(host(hidden.clone()), &format!("block{index}"));
    }
    check(host(model.norm.forward(hidden.clone())), "ln_f");
    check(host(model.head(hidden)), "lm_head");
    let mut weights = pass.into_trace().expect("the pass had a trace").weights;
    check(host(weights.remove(&0).expect("block 0 is watched")), "attSm");
}

#[test]
fn gpt_nano_sorts_every_word() {
    let Some(folder) = checkpoint("gpt-nano-sort") else { return };
    let sorted: Vec<Vec<i32>> = words().map(sorted).collect();
    // Each word is followed by its right answer: a model that errs nowhere here errs nowhere on its own.
    let rows = words().zip(&sorted).map(|(word, sorted)| [&word[..], &sorted[..LETTERS - 1]].concat());
    let logits = logits(&sorter(&folder), &rows.collect::<Vec<_>>(), &mut Pass::evaluation());
    let answers: Vec<i32> = logits.chunks(ALPHABET as usize).map(best).collect();
    for (row, sorted) in answers.chunks(2 * LETTERS - 1).zip(&sorted) {
        assert_eq!(row[LETTERS - 1..], sorted[..]);
    }
}

const LETTERS: usize = 6;
const ALPHABET: i32 = 3;

/// Every word that gpt-nano was made to sort.
fn words() -> impl Iterator<Item = Vec<i32>> {
    let letters = |word: i32| (0..LETTERS as u32).map(|place| word / ALPHABET.pow(place) % ALPHABET).collect();
    (0..ALPHABET.pow(LETTERS as u32)).map(letters)
}

fn sorted(mut word: Vec<i32>) -> Vec<i32> {
    word.sort_unstable();
    word
}

fn sorter(folder: &Path) -> Gpt {
    let plan = plan(json!({"layers": 3, "heads": 3, "width": 48, "context": 11, "vocabulary": 3, "tied": false}));
    let file = File::open(folder.join("gpt-nano-sort-model.json.gz")).expect("the checkpoint has its weights");
    let tensors = published(&serde_json::from_reader(GzDecoder::new(file)).expect("the weights are JSON"));
    let model = filled(fresh(&plan), &tensors, mingpt).valid();
    assert!(unread(&model, &tensors, mingpt).is_empty(), "every weight has its place");
    model
}

/// The tensors of the published JSON, but for the buffers that hold the causal mask.
fn published(file: &Value) -> Tensors {
    let entries = file.as_object().expect("an object of tensors").iter();
    let entries = entries.filter(|(name, _)| *name != "config" && !name.ends_with(".attn.bias"));
    entries.map(|(name, tensor)| (name.clone(), decoded(tensor))).collect()
}

fn decoded(tensor: &Value) -> Golden {
    let shape = numbers(&tensor["shape"]).map(|size| size as usize).collect();
    let bytes = base64(tensor["data"].as_str().expect("the data is text"));
    let words = bytes.chunks_exact(4).map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    Golden { shape, values: words.collect() }
}

/// The bytes of a base64 text (RFC 4648).
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text
        .trim_end_matches('=')
        .bytes()
        .map(|digit| DIGITS.iter().position(|&known| known == digit).expect("the text is base64") as u32);
    let digits: Vec<u32> = digits.collect();
    let groups = digits.chunks(4).flat_map(|group| {
        let bits = (0..4).fold(0, |bits, place| bits << 6 | group.get(place).copied().unwrap_or(0));
        let [_, bytes @ ..] = bits.to_be_bytes();
        bytes.into_iter().take(group.len() * 6 / 8)
    });
    groups.collect()
}
