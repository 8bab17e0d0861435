//! Names and lists that make no sense, or mean harm.

use super::*;

fn complaint(listed: &[u8], others: &[&[u8]]) -> String {
    let script = [&[listed], others].concat().into_iter().map(Answer::whole).collect();
    Home::new(script).complaint()
}

fn fetch(name: &str, revision: Option<&str>, endpoint: &str) -> String {
    let fetching = Fetching { cache: "/nowhere/at/all".into(), mirror: None, offline: true, token: None };
    let error = Asked::new(Some(endpoint), name, revision, &fetching).err();
    error.map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn names_are_those_of_models() {
    for name in ["a/b", "openai-community/gpt2", "Qwen/Qwen2.5-0.5B_x"] {
        assert_eq!(fetch(name, None, ""), "", "{name}");
    }
    let long = "x".repeat(97);
    for name in [
        "gpt2", "", "/", "a/", "/b", "a/b/c", "../a", "a/..", "a/.b", "-a/b", "a b/c", "a/b?c", "a/b%2f", "a\\b/c",
        "ä/b", &long,
    ] {
        let expected = "names no model of the hub: expected `organization/name`, as in `openai-community/gpt2`, of letters, digits, `.`, \
                        `_` and `-`";
        assert!(fetch(name, None, "").ends_with(expected), "{name}");
    }
}

#[test]
fn revisions_are_branches_tags_or_commits() {
    for revision in ["main", "v1.0", COMMIT, "refs/pr/1"] {
        assert_eq!(fetch("a/b", Some(revision), ""), "");
    }
    for revision in ["", "../main", "a//b", "a/", "a b", "a?b", "a%2f"] {
        let expected = format!("`{revision}` is no revision: expected a branch, a tag or a commit");
        assert_eq!(fetch("a/b", Some(revision), ""), expected);
    }
}

#[test]
fn endpoints_are_addresses() {
    for endpoint in ["", "https://hf-mirror.com", "http://127.0.0.1:80/hub/"] {
        assert_eq!(fetch("a/b", None, endpoint), "");
    }
    for endpoint in
        ["huggingface.co", "file:///etc", "https://", "https://a b", "https://a/?b", "https://user:word@host"]
    {
        let expected = "expected an address such as https://huggingface.co; correct or unset it";
        assert!(fetch("a/b", None, endpoint).ends_with(expected), "{endpoint}");
    }
}

#[test]
fn a_repository_must_hold_a_model_that_can_be_read() {
    let (config, bin) = (small("config.json", CONFIG), large("pytorch_model.bin", b"a pickle"));
    let adapter = small("adapter_config.json", CONFIG);
    let table = [
        (
            vec![config.clone(), bin.clone(), large("training_args.bin", b"")],
            "its weights are in pytorch_model.bin, a pickle, which may run any program when it is opened; where it can be trusted, \
             convert it with transformers' `from_pretrained` and `save_pretrained`, and name the folder",
        ),
        (vec![config], "it has neither model.safetensors nor model.safetensors.index.json"),
        (vec![bin], "it has no config.json, by which transformers' models are known"),
        (vec![adapter], "it is an adapter of another model, which is the one to name"),
        (vec![], "it has no config.json, by which transformers' models are known"),
    ];
    for (files, reason) in table {
        assert_eq!(complaint(&list(&files), &[]), format!("`org/name` cannot be used: {reason}"));
    }
}

#[test]
fn lists_that_make_no_sense_are_told() {
    let entry =
        |rest: &str| list(&[format!(r#"{{"rfilename": "config.json"{rest}}}"#), large("model.safetensors", WEIGHTS)]);
    let other = |sha: &str| format!(r#"{{"sha": "{sha}", "siblings": []}}"#).into_bytes();
    let (nothing, deep) = ("`config.json` has no size and checksum", "[".repeat(1 << 16));
    let crowd: Vec<_> = (0..10_001).map(|number| large(&format!("{number}.safetensors"), b"")).collect();
    let table = [
        (b"<html>".to_vec(), "expected value at line 1 column 1"),
        (deep.into_bytes(), "invalid type: sequence, expected a string at line 1 column 1"),
        (b"{}".to_vec(), "missing field `sha` at line 1 column 2"),
        (other("main"), "its `sha` is `main`, no commit"),
        (
            other("../../../../../../../../../../../../x..."),
            "its `sha` is `../../../../../../../../../../../../x...`, no commit",
        ),
        (entry(""), nothing),
        (entry(r#", "size": 3"#), nothing),
        (entry(r#", "size": 3, "blobId": "../../x""#), nothing),
        (entry(&format!(r#", "blobId": "{COMMIT}""#)), nothing),
        (entry(&format!(r#", "size": 3, "blobId": "{COMMIT}", "lfs": {{"sha256": "", "size": 3}}"#)), nothing),
        (list(&crowd), "more than 10000 files of one model at line 1 column 2169209"),
    ];
    for (listed, reason) in table {
        let expected = format!(
            "http://hub/api/models/org/name/revision/main?blobs=true answered with no list of a model's files ({reason}); try again \
             later, or check HF_ENDPOINT"
        );
        assert_eq!(complaint(&listed, &[]), expected);
    }
}

/// They are not needed, whatever they are called.
#[test]
fn files_that_lead_elsewhere_are_left_out() {
    let names = [
        "../x",
        "/etc/passwd",
        "../tokenizer.json",
        "tokenizer/../../x.json",
        "vocab./../../x",
        "..\\\\tokenizer.json",
        "tokenizer\\u0000.json",
        "a/model.safetensors",
        "../1_Pooling/config.json",
        "tokenizer_\\u001b.json",
        ".spm",
    ];
    let mut files: Vec<_> = names.iter().map(|name| large(name, b"harm")).collect();
    files.extend([small("config.json", CONFIG), large("model.safetensors", WEIGHTS)]);
    let home = Home::new([&list(&files)[..], CONFIG.0.as_bytes(), WEIGHTS].map(Answer::whole).into());
    assert_eq!(home.names(None), ["config.json", "model.safetensors"]);
    assert_eq!(home.asked().len(), 3);
}

#[test]
fn a_repository_of_many_files_is_read() {
    let mut files: Vec<_> = (0..100_000).map(|number| small(&format!("data/{number}.json"), CONFIG)).collect();
    files.extend([small("config.json", CONFIG), large("model.safetensors", WEIGHTS)]);
    let home = Home::new([&list(&files)[..], CONFIG.0.as_bytes(), WEIGHTS].map(Answer::whole).into());
    assert_eq!(home.names(None), ["config.json", "model.safetensors"]);
}

#[test]
fn a_list_without_end_is_not_read() {
    let endless = vec![b' '; MOST_LISTING as usize + 1];
    let error = Home::new(vec![Answer::whole(&endless)]).fetch(None).expect_err("it is too large");
    let HubError::Unlisted { source, .. } = error else { panic!("{error}") };
    assert!(matches!(*source, FetchError::TooLarge { .. }), "{source}");
}

#[test]
fn an_index_names_no_files_of_elsewhere() {
    let config = small("config.json", CONFIG);
    let away = (r#"{"weight_map": {"a": "../../secret.safetensors"}}"#, "b09f43be94fe8ee42e4a36f03c8cd36f9b33b307");
    let gone =
        (r#"{"weight_map": {"a": "model-00009-of-00002.safetensors"}}"#, "3815cafdd367e0e272277d76080efc53998ca971");
    let index = |content| list(&[config.clone(), small("model.safetensors.index.json", content)]);
    let text = complaint(&index(away), &[CONFIG.0.as_bytes(), away.0.as_bytes()]);
    assert!(text.contains(r#"`weight_map` names "../../secret.safetensors" as a file"#), "{text}");
    let text = complaint(&index(gone), &[CONFIG.0.as_bytes(), gone.0.as_bytes()]);
    let expected = "it has no file model-00009-of-00002.safetensors, which its model.safetensors.index.json names";
    assert_eq!(text, format!("`org/name` cannot be used: {expected}"));
}
