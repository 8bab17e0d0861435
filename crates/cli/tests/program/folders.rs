//! Model folders of transformers through the program: used as they are, fine-tuned, written again.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Map, Value, json};

use crate::bench::{Bench, Said};

/// Golden models of the family crates, whose folders these tests put together.
pub(crate) const GPT2: &str = "../gpt/tests/golden/gpt2-gelu";
pub(crate) const MASKED: &str = "../bert/tests/golden/bert-masked";
const VIT: &str = "../vit/tests/golden/vit";
const CLASSIFY: &str = "../bert/tests/golden/bert-classify";

/// A tensor of a file: its type, its shape and its bytes.
pub(crate) type Tensor = (String, Vec<u64>, Vec<u8>);

/// The tensors of a safetensors file.
pub(crate) fn tensors(path: &Path) -> BTreeMap<String, Tensor> {
    let bytes = fs::read(path).expect("the file can be read");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header: Map<String, Value> = serde_json::from_slice(&bytes[8..8 + length]).expect("a header");
    let data = &bytes[8 + length..];
    let numbers = |value: &Value| -> Vec<u64> { serde_json::from_value(value.clone()).expect("numbers") };
    let tensor = |(name, entry): (String, Value)| {
        let (offsets, shape) = (numbers(&entry["data_offsets"]), numbers(&entry["shape"]));
        let bytes = data[offsets[0] as usize..offsets[1] as usize].to_vec();
        (name, (entry["dtype"].as_str().expect("a type").to_owned(), shape, bytes))
    };
    header.into_iter().filter(|(name, _)| name != "__metadata__").map(tensor).collect()
}

pub(crate) fn written(tensors: &BTreeMap<String, Tensor>) -> Vec<u8> {
    let (mut header, mut data) = (Map::new(), Vec::new());
    for (name, (kind, shape, bytes)) in tensors {
        let start = data.len();
        data.extend(bytes);
        header.insert(name.clone(), json!({"dtype": kind, "shape": shape, "data_offsets": [start, data.len()]}));
    }
    let header = serde_json::to_vec(&header).expect("JSON");
    [&(header.len() as u64).to_le_bytes(), &header[..], &data[..]].concat()
}

/// A tokenizer of so many words: `w5` is 5.
fn tokenizer(words: u64) -> Value {
    let named = |id| match id {
        0 => "[PAD]".to_owned(),
        1 => "</s>".to_owned(),
        id if id == words - 1 => "[MASK]".to_owned(),
        id => format!("w{id}"),
    };
    let added = |id: u64| {
        json!({"id": id, "content": named(id), "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true})
    };
    json!({
        "version": "1.0", "added_tokens": [added(0), added(1), added(words - 1)], "normalizer": null, "decoder": null,
        "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "truncation": null, "padding": null,
        "model": {"type": "WordLevel", "unk_token": "w2", "vocab": (0..words).map(|id| (named(id), id.into())).collect::<Map<_, Value>>()}
    })
}

/// The folder `model` that transformers writes of a golden model.
pub(crate) fn folder(golden: &str) -> Bench {
    let (bench, golden) = (Bench::new(), Path::new(env!("CARGO_MANIFEST_DIR")).join(golden));
    let said: Value =
        serde_json::from_slice(&fs::read(golden.with_extension("json")).expect("a golden file")).expect("JSON");
    let (mut config, class) = (said["config"].clone(), &said["class"]);
    if class.is_string() {
        config["architectures"] = json!([class]);
    }
    let all = tensors(&golden.with_extension("safetensors"));
    let weights = all.into_iter().filter_map(|(name, tensor)| Some((name.strip_prefix("weight/")?.to_owned(), tensor)));
    fs::create_dir(bench.path("model")).expect("a folder");
    bench.write("model/config.json", config.to_string().as_bytes());
    bench.write("model/model.safetensors", &written(&weights.collect()));
    let Some(words) = config["vocab_size"].as_u64() else { return bench };
    bench.write("model/tokenizer.json", tokenizer(words).to_string().as_bytes());
    bench
}

pub(crate) fn well(said: Said) -> String {
    assert_eq!(said.code, 0, "{}", said.err);
    said.out
}

/// A config that goes on with the folder.
pub(crate) fn tuning(bench: &Bench, more: &str) -> Said {
    let rows: String = (0..40).map(|row| format!("w{} w{} w{}\t{}\n", row % 7 + 3, row % 5 + 4, 9, row % 2)).collect();
    bench.write("rows.tsv", format!("text\tlabel\n{rows}").as_bytes());
    let texts: String =
        (0..400).map(|row| format!("w{} w{} w{} w{}\n", row % 7 + 3, row % 5 + 4, 9, row % 3 + 5)).collect();
    bench.write("texts.txt", texts.as_bytes());
    bench.write(
        "tune.toml",
        format!(
            "[initialize]\nfrom = \"model\"\n{more}\n[training]\nsteps = 3\nbatch = 4\n[evaluation]\nbatches = 1\n"
        )
        .as_bytes(),
    );
    bench.run(&["train", "tune.toml", "--run", "run"])
}

pub(crate) const TEXTS: &str = "[data]\nfiles = [\"texts.txt\"]\n[sample]\ntokens = 0";
pub(crate) const ROWS: &str =
    "[data]\nfiles = [\"rows.tsv\"]\nformat = \"tsv\"\ncolumns = { text = \"text\", label = \"label\" }";

#[test]
fn a_folder_is_used_and_written_as_it_was() {
    let bench = folder(GPT2);
    let text = well(bench.run(&["generate", "model", "--prompt", "w5 w6", "--tokens", "4", "--temperature", "0"]));
    assert!(text.starts_with("w5 w6"), "{text}");
    well(bench.run(&["export", "model", "--to", "copy"]));
    let [model, copy] = ["model", "copy"].map(|folder| bench.path(folder).join("model.safetensors"));
    assert_eq!(tensors(&model), tensors(&copy));
    assert_eq!(
        well(bench.run(&["generate", "copy", "--prompt", "w5 w6", "--tokens", "4", "--temperature", "0"])),
        text
    );
    let twice = bench.run(&["export", "model", "--to", "copy"]);
    assert!(twice.code == 2 && twice.err.contains("is there already"), "{}", twice.err);
}

#[test]
fn numbers_are_written_as_short_as_asked() {
    let bench = folder(GPT2);
    for (kind, name) in [("f16", "F16"), ("bf16", "BF16")] {
        well(bench.run(&["export", "model", "--to", kind, "--dtype", kind]));
        let written = tensors(&bench.path(kind).join("model.safetensors"));
        assert!(written.values().all(|(found, ..)| found == name), "{kind}");
        well(bench.run(&["generate", kind, "--tokens", "2"]));
        let config: Value =
            serde_json::from_slice(&fs::read(bench.path(kind).join("config.json")).expect("it is there"))
                .expect("JSON");
        assert_eq!(config["dtype"], if kind == "f16" { "float16" } else { "bfloat16" });
    }
}

#[test]
fn training_goes_on_with_a_folder() {
    let bench = folder(GPT2);
    let said = tuning(&bench, TEXTS);
    assert_eq!(said.code, 0, "{}", said.err);
    let loaded = said.err.lines().find(|line| line.contains("parameters loaded")).expect("it says what was loaded");
    assert!(loaded.contains("model: 36 of 36 parameters loaded") && !loaded.contains(';'), "{loaded}");
    well(bench.run(&["export", "run", "--to", "out"]));
    let [before, after] = ["model", "out"].map(|folder| tensors(&bench.path(folder).join("model.safetensors")));
    assert!(before.keys().eq(after.keys()));
    assert!(before.iter().all(|(name, tensor)| after[name].1 == tensor.1 && after[name].2 != tensor.2));
    assert!(fs::read_to_string(bench.path("out/README.md")).expect("a card").contains("[initialize]"));
}

#[test]
fn a_run_goes_on_from_a_run() {
    let bench = folder(GPT2);
    assert_eq!(tuning(&bench, TEXTS).code, 0);
    let again = fs::read_to_string(bench.path("tune.toml")).expect("it was written").replace("\"model\"", "\"run\"");
    bench.write("again.toml", again.as_bytes());
    let said = bench.run(&["train", "again.toml", "--run", "further"]);
    assert!(said.code == 0 && said.err.contains("run: 36 of 36 parameters loaded"), "{}", said.err);
}

#[test]
fn a_new_head_is_told_and_the_old_one_left() {
    let bench = folder(MASKED);
    assert!(well(bench.run(&["fill-mask", "model", "w5 [MASK] w7"])).contains('w'));
    let said = tuning(&bench, ROWS);
    assert_eq!(said.code, 0, "{}", said.err);
    let loaded = said.err.lines().find(|line| line.contains("parameters loaded")).expect("it says what was loaded");
    for part in ["new: head.bias, head.pooler.bias, head.pooler.weight, head.weight", "left over: cls.predictions."] {
        assert!(loaded.contains(part), "{loaded}");
    }
    well(bench.run(&["classify", "run", "w5 w6"]));
}

#[test]
fn pictures_may_have_another_size() {
    let bench = folder(VIT);
    let said = tuning(&bench, "[data]\nsource = \"shapes\"\nrows = 20\n[pictures]\nsize = 20");
    assert_eq!(said.code, 0, "{}", said.err);
    let grid = "in part: encoders.0.positions.table (from 3 x 3 patches to 5 x 5); new: head.bias, head.weight";
    assert!(said.err.contains(grid), "{}", said.err);
    well(bench.run(&["export", "run", "--to", "out"]));
    assert!(fs::read_to_string(bench.path("out/preprocessor_config.json")).expect("it is there").contains("20"));
}

#[test]
fn classes_of_a_folder_have_their_names() {
    let bench = folder(CLASSIFY);
    assert!(well(bench.run(&["classify", "model", "w5 w6"])).contains("LABEL_"));
    let vectors = well(bench.run(&["embed", "model", "w5 w6"]));
    assert!(vectors.starts_with('['), "{vectors}");
    let unfit = bench.run(&["fill-mask", "model", "w5 [MASK]"]);
    assert!(unfit.code == 2 && unfit.err.contains("does not fill gaps"), "{}", unfit.err);
}

/// Vectors are made as the folder says, heads as transformers has them, so that what was tuned can be written.
#[test]
fn a_folder_of_sentences_has_a_way_to_make_vectors() {
    let bench = folder(MASKED);
    fs::create_dir(bench.path("model/1_Pooling")).expect("a folder");
    let says = |mode: &str| {
        let mut said = json!({"pooling_mode_mean_tokens": false}); // which is true where nothing is said
        said[mode] = true.into();
        bench.write("model/1_Pooling/config.json", said.to_string().as_bytes());
    };
    for (mode, name) in [("pooling_mode_mean_tokens", "mean"), ("pooling_mode_cls_token", "class")] {
        says(mode);
        let [said, asked] = [vec![], vec!["--pooling", name]]
            .map(|more| well(bench.run(&[&["embed", "model", "w5 w6 w7"], &more[..]].concat())));
        assert_eq!(said, asked, "{name}");
    }
    says("pooling_mode_max_tokens");
    let unfit = bench.run(&["embed", "model", "w5"]);
    assert!(unfit.code == 2 && unfit.err.contains("1_Pooling/config.json"), "{}", unfit.err);
    says("pooling_mode_mean_tokens");
    assert_eq!(tuning(&bench, ROWS).code, 0);
    well(bench.run(&["export", "run", "--to", "out"]));
}

/// Encoders without a head come out without one; with what sentence-transformers needs, where they came with it.
#[test]
fn an_encoder_without_a_head_is_written_as_one() {
    let bench = folder(MASKED);
    bench.edit("model/config.json", "BertForMaskedLM", "BertModel");
    let mut bare: BTreeMap<String, Tensor> = tensors(&bench.path("model/model.safetensors"))
        .into_iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix("bert.")?.to_owned(), tensor)))
        .collect();
    let (_, shape, _) = &bare["embeddings.LayerNorm.weight"];
    let bytes = (0..shape[0]).flat_map(|entry| (entry as f32).to_le_bytes()).collect();
    bare.insert("pooler.dense.bias".to_owned(), ("F32".to_owned(), shape.clone(), bytes));
    bench.write("model/model.safetensors", &written(&bare));
    let said = well(bench.run(&["export", "model", "--to", "copy"]));
    assert!(said.contains("the encoder, without a head"), "{said}");
    let mut copy = tensors(&bench.path("copy/model.safetensors"));
    copy.retain(|name, _| bare.contains_key(name));
    assert!(copy == bare || copy.keys().eq(bare.keys()), "{:?}", copy.keys());
    assert_eq!(copy, bare);
    assert!(bench.text("copy/config.json").contains("\"BertModel\"") && !bench.path("copy/modules.json").exists());

    fs::create_dir(bench.path("model/1_Pooling")).expect("a folder");
    bench.write("model/1_Pooling/config.json", b"{\"pooling_mode_mean_tokens\": true}");
    bench.write("model/sentence_bert_config.json", b"{\"max_seq_length\": 11}");
    let said = well(bench.run(&["export", "model", "--to", "sentences"]));
    assert!(said.contains("SentenceTransformer(\"sentences\")"), "{said}");
    assert!(bench.text("sentences/sentence_bert_config.json").contains("\"max_seq_length\": 11"));
    assert!(bench.text("sentences/modules.json").contains("1_Pooling"));
    let vectors = ["model", "sentences"].map(|folder| well(bench.run(&["embed", folder, "w5 w6 w7"])));
    assert_eq!(vectors[0], vectors[1]);
}

/// A head that transformers has no class for stays behind.
#[test]
fn a_head_over_means_is_left_behind() {
    let bench = folder(MASKED);
    assert_eq!(tuning(&bench, &format!("{ROWS}\n[model]\npooling = \"mean\"")).code, 0);
    let said = well(bench.run(&["export", "run", "--to", "out"]));
    assert!(said.contains("without a head"), "{said}");
    assert!(bench.text("out/1_Pooling/config.json").contains("\"pooling_mode_mean_tokens\": true"));
    let vectors = ["run", "out"].map(|folder| well(bench.run(&["embed", folder, "w5 w6 w7"])));
    assert_eq!(vectors[0], vectors[1]);
}

#[test]
fn what_cannot_be_loaded_is_refused_with_the_reason() {
    let bench = folder(GPT2);
    let config = fs::read(bench.path("model/config.json")).expect("it was written");
    let said: Value = serde_json::from_slice(&config).expect("JSON");
    let with = |key: &str, value: Value| {
        let mut said = said.clone();
        said[key] = value;
        bench.write("model/config.json", said.to_string().as_bytes());
    };
    let weights = fs::read(bench.path("model/model.safetensors")).expect("it was written");
    let fails = |part: &str| {
        let said = bench.run(&["generate", "model", "--tokens", "1"]);
        assert!(said.code == 2 && said.err.contains(part), "wanted {part}: {} {}", said.code, said.err);
    };
    with("model_type", "gpt17".into());
    fails("`model_type` is \"gpt17\", and supported are gpt2, llama, mistral");
    with("n_layer", 9.into());
    fails("is missing");
    with("n_positions", 9_000_000.into());
    fails("they do not belong together");
    with("n_inner", 8.into());
    fails("where [");
    bench.write("model/config.json", &config);
    bench.write("model/model.safetensors", &weights[..weights.len() - 3]);
    fails("is damaged");
    fs::rename(bench.path("model/model.safetensors"), bench.path("model/pytorch_model.bin")).expect("it is there");
    fails("is a pickle");
    fs::remove_file(bench.path("model/config.json")).expect("it is there");
    let said = tuning(&bench, TEXTS);
    assert!(said.code == 2 && said.err.contains("neither a run nor a model folder"), "{}", said.err);
}
