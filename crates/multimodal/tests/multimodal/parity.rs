//! Equal weights give equal results: against transformers, by the golden files of `scripts/golden/multimodal.py`; and against our GPT.

use std::{collections::BTreeSet, path::PathBuf};

use attentive_attention::{Initial, Pass, Sight, parameters, updated};
use attentive_gpt::{Gpt, GptConfig};
use attentive_multimodal::{Contrastive, MultimodalPlan, Pictured, Texts, foreign};
use attentive_testkit::{assert_slices_close, device, golden, host, tensor};
use burn::tensor::{Int, Tensor, TensorData};
use serde_json::{Value, json};

use crate::{
    published::{Published, Tensors, gathered},
    sample::{BATCH, answers, config, contrastive, integers, learned, moved, pictures, plan},
};

/// The files are up to 3e-7 from float64; sums taken in another order add as much again.
const FORWARD: f32 = 1e-6;
/// CLIP's are a few hundredths at most, and the files' are within 3e-8 of float64.
const GRADIENT: f32 = 2e-7;

fn read(name: &str) -> Tensors {
    golden(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors")))
}

fn clip_plan(keys: Value) -> MultimodalPlan {
    let mut written = json!({
        "kind": "contrastive",
        "projection": 10,
        "picture": {
            "patch": 4, "layers": 2, "heads": 2, "width": 14, "hidden": 22, "feed_forward": "quick_gelu",
            "norm_epsilon": 1e-5, "embedding_norm": true,
        },
        "text": {"layers": 2, "heads": 3, "width": 18, "hidden": 26, "context": 9, "feed_forward": "quick_gelu"},
    });
    written.as_object_mut().expect("a table").extend(keys.as_object().expect("a table").clone());
    config(written).resolve(37, &Pictured { channels: 3, size: 12, classes: 0 }).expect("CLIP can be")
}

/// The file's pictures and texts.
fn batch(file: &Tensors) -> (Tensor<4>, Texts) {
    let device = device().autodiff();
    let (pixels, input) = (&file["pixels"], &file["input"]);
    let ids: Vec<i32> = input.values.iter().map(|&id| id as i32).collect();
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, input.shape.clone()), &device);
    let lengths = file["lengths"].values.iter().map(|&length| length as usize).collect();
    (Tensor::from_data(TensorData::new(pixels.values.clone(), pixels.shape.clone()), &device), Texts { ids, lengths })
}

/// A matrix of a file, `[row, column]`; a vector as one row.
fn matrix(file: &Tensors, name: &str) -> Tensor<2> {
    let golden = &file[name];
    let columns = *golden.shape.last().expect("no number alone");
    let dims = [golden.values.len() / columns, columns];
    Tensor::from_data(TensorData::new(golden.values.clone(), dims), &device().autodiff())
}

#[test]
fn clip_sees_and_reads_as_that_of_transformers() {
    for case in Published::all() {
        let (model, file) = (case.model(), &case.tensors);
        let ((pictures, texts), mut pass) = (batch(file), Pass::evaluation());
        let pictures = model.embed_pictures(pictures, &mut pass);
        let texts = model.embed_texts(&texts, &mut pass);
        case.assert_close(pictures.clone(), "image_embeds", FORWARD);
        case.assert_close(texts.clone(), "text_embeds", FORWARD);
        case.assert_close(model.similarity(texts, pictures).transpose(), "logits", FORWARD);
    }
}

#[test]
fn every_gradient_of_clip_is_that_of_transformers() {
    for case in Published::all() {
        let model = case.model();
        let (pictures, texts) = batch(&case.tensors);
        // transformers takes the mean over the batch.
        let rows = texts.lengths.len() as f64;
        let loss = |model: &Contrastive, pass: &mut Pass| model.loss(pictures.clone(), &texts, pass) / rows;
        let found = learned(&model, Pass::evaluation(), loss);
        assert_slices_close(&[found.loss], &case.tensors["loss"].values, FORWARD, "loss");
        found.assert_reaches_all(&model);
        let (shapes, mut left): (_, BTreeSet<String>) = (parameters(&model), case.names("gradient"));
        for (path, gradient) in found.gradients {
            let places = case.places(&path);
            let theirs = case.gathered("gradient", &places, &shapes[&path].shape);
            assert_slices_close(&host(gradient), &theirs, GRADIENT, &format!("{}: {path}", case.name));
            for place in &places {
                left.remove(&place.tensor);
            }
        }
        assert!(left.is_empty(), "{}: no parameter of ours has the gradients {left:?}", case.name);
    }
}

/// Each text of the files ends in the id at which its format reads, and has it nowhere else.
#[test]
fn texts_end_where_they_are_read() {
    for case in Published::all() {
        let end = foreign::end(&case.said).expect("it has one") as f32;
        let (ids, lengths) = (&case.tensors["input"], &case.tensors["lengths"]);
        for (row, length) in ids.values.chunks(ids.shape[1]).zip(&lengths.values) {
            assert_eq!(row.iter().position(|id| *id == end), Some(*length as usize - 1), "{}", case.name);
        }
    }
}

/// SigLIP's picture tower ends in a head of its own, which ours has not: from the embeddings on.
#[test]
fn the_sigmoid_loss_is_that_of_siglip() {
    let file = read("siglip");
    let model = updated(contrastive(&clip_plan(json!({"loss": "sigmoid"}))), |path, fresh| match path {
        "scale" => tensor([1], &file["weight/logit_scale"].values),
        "shift" => tensor([1], &file["weight/logit_bias"].values),
        _ => fresh,
    });
    let [texts, pictures] = ["text_embeds", "image_embeds"].map(|name| matrix(&file, name));
    let logits = model.similarity(texts.clone(), pictures.clone());
    assert_slices_close(&host(logits.transpose()), &file["logits"].values, FORWARD, "logits");
    let rows = texts.dims()[0] as f64;
    let found = learned(&model, Pass::evaluation(), |model, _| {
        model.pair_losses(model.similarity(texts.clone(), pictures.clone())).sum() / rows
    });
    assert_slices_close(&[found.loss], &file["loss"].values, FORWARD, "loss");
    for (path, name) in [("scale", "gradient/logit_scale"), ("shift", "gradient/logit_bias")] {
        assert_slices_close(&host(found.gradients[path].clone()), &file[name].values, FORWARD, path);
    }
}

/// Its text sees all positions, padding or not, and is read at the last of them; its projection has a bias, which ours has not.
#[test]
fn texts_are_read_as_by_siglip() {
    let file = read("siglip");
    let keys = json!({
        "text": {
            "layers": 1, "heads": 3, "width": 18, "hidden": 26, "context": 9, "feed_forward": "gelu_tanh",
            "norm_epsilon": 1e-6, "causal": false,
        },
    });
    let clip = Published::read("clip");
    let shapes = parameters(&contrastive(&clip_plan(keys.clone())));
    let model = updated(contrastive(&clip_plan(keys)), |path, fresh| {
        if !path.starts_with("text.") {
            return fresh;
        }
        // Its text tower has the names of CLIP's.
        let values = gathered(&file, "weight", &clip.places(path), &shapes[path].shape);
        tensor([values.len()], &values)
    });
    let (_, texts) = batch(&file);
    let [batch, length] = texts.ids.dims();
    let hidden = model.text.hidden(texts.ids, &Sight::default(), &mut Pass::evaluation());
    let last = hidden.narrow(1, length - 1, 1).reshape([batch, 18]);
    let bias = matrix(&file, "weight/text_model.head.bias");
    let projected = last.matmul(matrix(&file, "weight/text_model.head.weight").transpose()) + bias;
    let lengths = projected.clone().powf_scalar(2.0).sum_dim(1).sqrt();
    assert_slices_close(&host(projected / lengths), &file["text_embeds"].values, FORWARD, "texts");
}

/// While its gates are closed, a writer about pictures is a GPT; and our GPT is transformers'.
#[test]
fn answers_with_closed_gates_are_those_of_a_gpt() {
    let plan = plan("answers", json!({"gated": true}));
    let model = updated(
        moved(answers(&plan)),
        |path, values| {
            if path.ends_with("gate") { values.zeros_like() } else { values }
        },
    );
    let config: GptConfig = serde_json::from_value(json!({
        "layers": plan.text.layers, "heads": plan.text.heads, "width": plan.text.width, "hidden": plan.text.hidden,
        "context": plan.text.context, "feed_forward": "gelu",
    }))
    .expect("the config has known keys alone");
    let weights = parameters(&model);
    let gpt = Gpt::new(&config.resolve(plan.vocabulary).expect("it can be"), &Initial::new(1, &device().autodiff()));
    let gpt = updated(gpt, |path, _| weights[&format!("text.{path}")].values.clone());
    let ids = vec![vec![1, 5, 2, 3], vec![4, 0, 6, 2], vec![3, 3, 0, 1]];
    let expected = host(gpt.forward(integers(&ids), &mut Pass::evaluation()));
    let actual = model.forward(pictures(BATCH, 1), integers(&ids), &mut Pass::evaluation());
    assert_slices_close(&host(actual), &expected, FORWARD, "logits");
}
