//! What is said about each kind of broken folder.

use super::*;

const AGAIN: &str = "; fetch it again, or ask whoever made it";

/// The error of weights that consist of this header and so many bytes.
fn of(entries: &[String], data: usize) -> String {
    Home::of(&file(&header(entries), &vec![0; data])).complaint()
}

fn damaged(reason: &str) -> String {
    format!("~/model.safetensors is damaged: {reason}{AGAIN}")
}

fn shape(text: &str, to: &str) -> String {
    format!(r#""a":{{"dtype":"F32","shape":{text},"data_offsets":[0,{to}]}}"#)
}

#[test]
fn lies_about_places_and_sizes() {
    let f32 = |name, from, to| entry(name, "F32", &[(to - from) / 4], from, to);
    let long = "9".repeat(30);
    let table = [
        (of(&[f32("a", 0, 8), f32("b", 4, 12)], 12), "the tensor `b` lies at 4 to 12, where 8 is the next free byte"),
        (of(&[f32("a", 0, 4), f32("b", 8, 12)], 12), "the tensor `b` lies at 8 to 12, where 4 is the next free byte"),
        (of(&[f32("a", 4, 8)], 8), "the tensor `a` lies at 4 to 8, where 0 is the next free byte"),
        (
            of(&[entry("a", "F32", &[1], 0, 8)], 8),
            "the tensor `a` has 8 bytes, which is not what F32 of shape [1] needs",
        ),
        (
            of(&[entry("a", "BF16", &[2, 3], 0, 8)], 8),
            "the tensor `a` has 8 bytes, which is not what BF16 of shape [2, 3] needs",
        ),
        (of(&[f32("a", 0, 8)], 4), "its tensors need 8 bytes behind the header, and it has 4"),
        (of(&[f32("a", 0, 8)], 12), "its tensors need 8 bytes behind the header, and it has 12"),
        (of(&[f32("a", 0, 4), f32("a", 4, 8)], 8), "it has two tensors of the name `a`"),
        (
            of(&[shape("[4611686018427387904,4611686018427387904]", "4")], 4),
            "the tensor `a` has 4 bytes, which is not what F32 of shape [4611686018427387904, 4611686018427387904] needs",
        ),
        (
            of(&[shape("[0,4294967296,4294967296]", "0")], 0),
            "the tensor `a` has 0 bytes, which is not what F32 of shape [0, 4294967296, 4294967296] needs",
        ),
        (
            of(&[entry("a", "I64", &[1 << 40, 1 << 40], 0, 8)], 8),
            "the tensor `a` has 8 bytes, which is not what I64 of shape [1099511627776, 1099511627776] needs",
        ),
        (
            of(&[shape("[1]", "18446744073709551615")], 4),
            "the tensor `a` has 18446744073709551615 bytes, which is not what F32 of shape [1] needs",
        ),
        (of(&[shape("[1,1,1,1,1,1,1,1,1]", "4")], 4), "the tensor `a` has 9 axes, where 8 are the most"),
        (
            of(&[shape(&format!("[{long}]"), "4")], 4),
            "its header: `a`: invalid type: floating point `1e+30`, expected usize at line 1 column 59",
        ),
        (
            of(&[shape("[-1]", "4")], 4),
            "its header: `a`: invalid value: integer `-1`, expected usize at line 1 column 31",
        ),
        (
            of(&[shape("[1]", "-4")], 4),
            "its header: `a`: invalid value: integer `-4`, expected u64 at line 1 column 52",
        ),
        (of(&[entry("a\\u001b[31m", "F32", &[1], 0, 4)], 4), "no tensor has a name such as `a\u{fffd}[31m`"),
        (
            of(&[entry(&"n".repeat(501), "F32", &[1], 0, 4)], 4),
            "no tensor has a name such as `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…`",
        ),
    ];
    for (found, reason) in table {
        assert_eq!(found, damaged(reason));
    }
}

#[test]
fn headers_that_are_none() {
    let of = |bytes: Vec<u8>| Home::of(&bytes).complaint();
    let said = |length: u64, rest: usize| [length.to_le_bytes().to_vec(), vec![b' '; rest]].concat();
    let table = [
        (of(vec![]), "it has only 0 bytes"),
        (of(vec![0; 7]), "it has only 7 bytes"),
        (of(said(0, 0)), "its header: EOF while parsing a value at line 1 column 0"),
        (of(said(u64::MAX, 9)), "its header is said to have 18446744073709551615 bytes, where 9 are the most"),
        (of(said(10, 9)), "its header is said to have 10 bytes, where 9 are the most"),
        (of(file("[]", &[])), "its header: invalid type: sequence, expected a table of tensors at line 1 column 0"),
        (
            of(file(r#"{"a":1}"#, &[])),
            "its header: `a`: invalid type: integer `1`, expected a table of what a tensor is and where it lies at line 1 column 6",
        ),
        (of(file(r#"{"a":{}}"#, &[])), "its header: `a`: missing field `dtype` at line 1 column 7"),
        (of(file("{} x", &[])), "its header: trailing characters at line 1 column 4"),
    ];
    for (found, reason) in table {
        assert_eq!(found, damaged(reason));
    }
}

#[test]
fn indices_that_lie() {
    let of = |map: &str| Home::sharded(map, &[("1.safetensors", vector("a", &[1.0]))]).complaint();
    let index = |reason: &str| format!("~/model.safetensors.index.json is damaged: {reason}{AGAIN}");
    let twice = [("1.safetensors", vector("a", &[1.0])), ("2.safetensors", vector("a", &[1.0]))];
    let twice = Home::sharded(r#"{"a": "1.safetensors", "b": "2.safetensors"}"#, &twice);
    let both = [entry("a", "F32", &[1], 0, 4), entry("b", "F32", &[1], 4, 8)];
    let twice = twice.with("2.safetensors", file(&header(&both), &[0; 8]));
    let table = [
        (of("[]"), index("it has no table `weight_map` of tensors and files")),
        (of("{}"), index("it has no table `weight_map` of tensors and files")),
        (of(r#"{"a": "../x"}"#), index(r#"`weight_map` names "../x" as a file"#)),
        (of(r#"{"a": "/etc/passwd"}"#), index(r#"`weight_map` names "/etc/passwd" as a file"#)),
        (of(r#"{"a": ""}"#), index(r#"`weight_map` names "" as a file"#)),
        (of(r#"{"a": 7}"#), index("`weight_map` names 7 as a file")),
        (of(r#"{"a": ["1.safetensors"]}"#), index(r#"`weight_map` names ["1.safetensors"] as a file"#)),
        (
            of(r#"{"a": "2.safetensors"}"#),
            "cannot read ~/2.safetensors; check that it is there and may be read".to_owned(),
        ),
        (
            of(r#"{"a": "1.safetensors", "b": "1.safetensors"}"#),
            format!(
                "~/1.safetensors is damaged: it lacks the tensor `b`, which model.safetensors.index.json promises{AGAIN}"
            ),
        ),
        (twice.complaint(), format!("~/2.safetensors is damaged: its tensor `a` is in another file too{AGAIN}")),
    ];
    for (found, expected) in table {
        assert_eq!(found, expected);
    }
}

#[test]
fn folders_without_weights() {
    let pickle = |name: &str| {
        format!(
            "~/{name} is a pickle, which may run any program when it is opened, and is not read; convert it once, where it can be \
             trusted, with Python: `import transformers as t; folder = \"~\"; \
             getattr(t, t.AutoConfig.from_pretrained(folder).architectures[0]).from_pretrained(folder).save_pretrained(folder)`"
        )
    };
    let none =
        "~ has no weights: expected model.safetensors, or model.safetensors.index.json and the files that it names";
    let bin = Home::new().with("alone.bin", "").with("pytorch_model.bin", "").with("training_args.bin", "");
    let table = [
        (Home::new().complaint(), none.to_owned()),
        (Home::new().with("training_args.bin", "").with("optimizer.pt", "").complaint(), none.to_owned()),
        (bin.complaint(), pickle("pytorch_model.bin")),
        (Home::new().with("weights.pth", "").complaint(), pickle("weights.pth")),
    ];
    for (found, expected) in table {
        assert_eq!(found, expected);
    }
}

#[test]
fn configs_that_cannot_be_read() {
    let of = |text: &[u8]| Home::new().with("config.json", text).complaint();
    let json = |reason: &str| format!("~/config.json is not valid JSON ({reason}){AGAIN}");
    let adapter =
        Home::new().without("config.json").with("adapter_config.json", r#"{"base_model_name_or_path": "a/b"}"#);
    let huge = Home::new();
    let sparse = fs::File::create(huge.at("config.json")).and_then(|file| file.set_len(1 << 40));
    sparse.expect("the file system has sparse files");
    let table = [
        (of(b""), json("EOF while parsing a value at line 1 column 0")),
        (of(b"[]"), json("invalid type: sequence, expected a map at line 1 column 0")),
        (of(b"{\"a\": \xff}"), json("expected value at line 1 column 7")),
        (of("[".repeat(1 << 20).as_bytes()), json("invalid type: sequence, expected a map at line 1 column 0")),
        (of(format!("{{\"a\":{}", "[".repeat(1 << 20)).as_bytes()), json("recursion limit exceeded at line 1 column 132")),
        (
            huge.complaint(),
            format!("~/config.json has 1099511627776 bytes, and such a file needs at most 33554432{AGAIN}"),
        ),
        (
            of(b"{}"),
            "~/config.json: `model_type` is absent, so that nobody knows what kind of model this is".to_owned(),
        ),
        (of(br#"{"model_type": 7}"#), "~/config.json: `model_type` is 7, where a string is expected".to_owned()),
        (
            Home::new().without("config.json").complaint(),
            "~ is no model folder: it has no config.json; name a folder as transformers' `save_pretrained` writes it, or a run"
                .to_owned(),
        ),
        (
            adapter.complaint(),
            "~ holds a LoRA adapter of `a/b`, not a model; name the model's folder, and the adapter in `initialize.adapter`"
                .to_owned(),
        ),
    ];
    for (found, expected) in table {
        assert_eq!(found, expected);
    }
}

/// An error shows some of what a file holds, never all of it.
#[test]
fn errors_stay_short() {
    let long = "x".repeat(1 << 20);
    let kind = Home::of(&file(&header(&[entry("a", &long, &[1], 0, 4)]), &[0; 4]));
    let shape = Home::of(&file(&format!(r#"{{"a":{{"shape":"{long}"}}}}"#), &[]));
    let index = Home::sharded(&format!(r#"{{"a": ["{long}"]}}"#), &[]);
    let config = Home::new().with("config.json", format!(r#"{{"model_type": ["{long}"]}}"#));
    for home in [kind, shape, index, config] {
        let text = home.complaint();
        assert!(text.contains("xxx") && text.len() < 500, "{} bytes", text.len());
    }
}
